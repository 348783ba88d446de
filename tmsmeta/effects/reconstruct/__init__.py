"""Counts behind printed figures: every integer solution listed, never a silent pick.

Percentages, ratios with intervals, test statistics, p values and rates are read with the decimals they were printed
with. Each function searches a stated range and answers with a :class:`Reconstruction`: all solutions, whether there
is just one, the nearest misses when there is none, and a sentence that says so.
"""

from tmsmeta.effects.reconstruct.association import counts_from_test
from tmsmeta.effects.reconstruct.percent import (
    PercentCheck,
    arms_from_percents,
    check_percent,
    counts_from_percent,
    feasible_denominators,
)
from tmsmeta.effects.reconstruct.rates import events_from_rate
from tmsmeta.effects.reconstruct.ratio import counts_from_ratio
from tmsmeta.effects.reconstruct.results import Count, Denominator, RateCount, Reconstruction, Split, TwoArms, intersect
from tmsmeta.tables.printed import ROUNDINGS

__all__ = [
    "ROUNDINGS",
    "Count",
    "Denominator",
    "PercentCheck",
    "RateCount",
    "Reconstruction",
    "Split",
    "TwoArms",
    "arms_from_percents",
    "check_percent",
    "counts_from_percent",
    "counts_from_ratio",
    "counts_from_test",
    "events_from_rate",
    "feasible_denominators",
    "intersect",
]
