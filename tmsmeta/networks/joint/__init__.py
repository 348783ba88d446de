"""Networks of several outcomes of the same trials, fitted together."""

from tmsmeta.networks.joint.fit import joint_network
from tmsmeta.networks.joint.result import JointNetwork, OutcomeNetwork

__all__ = ["JointNetwork", "OutcomeNetwork", "joint_network"]
