"""Meta-regression on moderators, and subgroups with the test between them."""

from tmsmeta.regression.fit import meta_regression
from tmsmeta.regression.result import MetaRegression
from tmsmeta.regression.spec import RegressionSpec
from tmsmeta.regression.subgroup import Subgroups, subgroups

__all__ = ["MetaRegression", "RegressionSpec", "Subgroups", "meta_regression", "subgroups"]
