"""Intervals for one or two proportions or rates: exact where an exact one exists.

Each function takes counts and returns an :class:`Interval`. All inputs are checked, and every fault is listed.
They rest on closed forms in `scipy.special`, so that an audit of many figures stays fast.
"""

from tmsmeta.effects.intervals.base import Interval
from tmsmeta.effects.intervals.one_sample import clopper_pearson, garwood, garwood_limits, wilson
from tmsmeta.effects.intervals.two_samples import (
    RISK_RATIO_METHODS,
    newcombe_difference,
    rate_ratio_exact,
    risk_ratio_interval,
)

__all__ = [
    "RISK_RATIO_METHODS",
    "Interval",
    "clopper_pearson",
    "garwood",
    "garwood_limits",
    "newcombe_difference",
    "rate_ratio_exact",
    "risk_ratio_interval",
    "wilson",
]
