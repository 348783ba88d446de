"""Effects that depend on each other: several outcomes of one trial, several effects of one study."""

from tmsmeta.models.multivariate.fit import joint
from tmsmeta.models.multivariate.multilevel import multilevel
from tmsmeta.models.multivariate.multilevel_result import Multilevel, MultilevelSpec
from tmsmeta.models.multivariate.outcomes import JointEffects, joint_effects, nested_covariance
from tmsmeta.models.multivariate.result import JointEffect
from tmsmeta.models.multivariate.spec import JointSpec

__all__ = [
    "JointEffect",
    "JointEffects",
    "JointSpec",
    "Multilevel",
    "MultilevelSpec",
    "joint",
    "joint_effects",
    "multilevel",
    "nested_covariance",
]
