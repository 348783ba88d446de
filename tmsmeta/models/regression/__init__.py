"""Meta-regression on moderators, of the effect and of its variance, and subgroups with the test between them."""

from tmsmeta.models.regression.fit import meta_regression
from tmsmeta.models.regression.location_scale import LocationScale, location_scale
from tmsmeta.models.regression.result import MetaRegression
from tmsmeta.models.regression.spec import RegressionSpec
from tmsmeta.models.regression.subgroup import Subgroups, subgroups

__all__ = [
    "LocationScale",
    "MetaRegression",
    "RegressionSpec",
    "Subgroups",
    "location_scale",
    "meta_regression",
    "subgroups",
]
