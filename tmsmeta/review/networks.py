"""The network of magnetic stimulation for depression: which nodes, which trials, and how far its ranking carries."""

from tmsmeta.review.networks_build import TmsNetwork, tms_network
from tmsmeta.review.networks_compare import compare_with_published
from tmsmeta.review.networks_sensitivity import rank_stability, risk_sensitivity, tms_outcomes, tms_sensitivity
from tmsmeta.review.networks_spec import LUMPINGS, TmsNetworkSpec

__all__ = [
    "LUMPINGS",
    "TmsNetwork",
    "TmsNetworkSpec",
    "compare_with_published",
    "rank_stability",
    "risk_sensitivity",
    "tms_network",
    "tms_outcomes",
    "tms_sensitivity",
]
