"""Meta-regression on moderators, and subgroups with the test between them."""

from tmsmeta.models.regression.fit import meta_regression
from tmsmeta.models.regression.result import MetaRegression
from tmsmeta.models.regression.spec import RegressionSpec
from tmsmeta.models.regression.subgroup import Subgroups, subgroups

__all__ = ["MetaRegression", "RegressionSpec", "Subgroups", "meta_regression", "subgroups"]
