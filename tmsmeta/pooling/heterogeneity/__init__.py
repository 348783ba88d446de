"""Between-study variance: estimators, Cochran's Q, I2 and H2, and the Q-profile interval."""

from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS, Estimator, Tau2Estimate, estimate_tau2
from tmsmeta.pooling.heterogeneity.qprofile import Tau2Interval, tau2_interval
from tmsmeta.pooling.heterogeneity.statistics import chi_square_test, cochran_q, i2_h2, typical_variance
from tmsmeta.pooling.heterogeneity.weighted_regression import DesignModel, InterceptModel, WeightedModel

__all__ = [
    "ESTIMATORS",
    "DesignModel",
    "Estimator",
    "InterceptModel",
    "Tau2Estimate",
    "Tau2Interval",
    "WeightedModel",
    "chi_square_test",
    "cochran_q",
    "estimate_tau2",
    "i2_h2",
    "tau2_interval",
    "typical_variance",
]
