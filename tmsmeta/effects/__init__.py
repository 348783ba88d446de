"""Effect sizes from counts, proportions, rates, means, or from an estimate and its interval.

Every function returns :class:`EffectSizes`: one row per study given, in the order given. Values are paired by
position, those of pandas Series, too; Series that hold the same index labels in different orders are refused, because
position would pair them wrongly. Ratios are on the log scale. A study whose effect cannot be computed (a zero cell
without correction) keeps its row with NaN, is listed in ``not_estimable`` with the reason, and is left out by
:func:`tmsmeta.pool`, which says so.
"""

from tmsmeta.effects.base import Correction, EffectSizes, ZeroCellRule
from tmsmeta.effects.combine import combine
from tmsmeta.effects.from_frame import from_frame
from tmsmeta.effects.generic import generic, printed_ranges, printed_ratio
from tmsmeta.effects.means import continuous
from tmsmeta.effects.measures import MEASURES, Measure
from tmsmeta.effects.one_arm import proportion, rate
from tmsmeta.effects.transform import back_transform
from tmsmeta.effects.two_arm import binary, rate_ratio

__all__ = [
    "MEASURES",
    "Correction",
    "EffectSizes",
    "Measure",
    "ZeroCellRule",
    "back_transform",
    "binary",
    "combine",
    "continuous",
    "from_frame",
    "generic",
    "printed_ranges",
    "printed_ratio",
    "proportion",
    "rate",
    "rate_ratio",
]
