"""The shapes that a table of studies can have, each with its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Shape = Literal[
    "two arms",
    "arms",
    "two means",
    "mean arms",
    "contrasts",
    "ratio",
    "estimate",
    "proportions",
    "rates",
    "two rates",
    "rate arms",
]
SHAPES: tuple[Shape, ...] = get_args(Shape)

COLUMNS: Mapping[Shape, tuple[str, ...]] = {
    "two arms": ("study", "events_t", "n_t", "events_c", "n_c"),
    "arms": ("study", "treatment", "events", "n"),
    "two means": ("study", "mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c"),
    "mean arms": ("study", "treatment", "mean", "sd", "n"),
    "contrasts": ("study", "treat1", "treat2", "estimate", "se"),
    "ratio": ("study", "ratio", "ci_low", "ci_high"),
    "estimate": ("study", "estimate", "se"),
    "proportions": ("study", "events", "n"),
    "rates": ("study", "events", "time"),
    "two rates": ("study", "events_t", "time_t", "events_c", "time_c"),
    "rate arms": ("study", "treatment", "events", "time"),
}
"""The canonical columns of each shape."""

WORDS: Mapping[Shape, str] = {
    "two arms": "two arms per row",
    "arms": "one row per arm",
    "two means": "means of two arms per row",
    "mean arms": "one row per arm, with means",
    "contrasts": "comparisons of two treatments",
    "ratio": "ratios with their intervals",
    "estimate": "estimates with their standard errors",
    "proportions": "one proportion per row",
    "rates": "one rate per row",
    "two rates": "rates of two arms per row",
    "rate arms": "one row per arm, with rates",
}
"""What each is called in a sentence."""

BY_ARM: Mapping[Shape, Shape] = {"arms": "two arms", "mean arms": "two means", "rate arms": "two rates"}
"""Shapes with a row per arm, and what they become against a comparator."""

TEXT = frozenset({"study", "treatment", "treatment_t", "treatment_c", "treat1", "treat2"})
"""Canonical columns that hold names."""

_COUNTS: tuple[Shape, ...] = ("two arms", "arms")
_MEANS: tuple[Shape, ...] = ("two means", "mean arms")
_TIMES: tuple[Shape, ...] = ("two rates", "rate arms")
OF_MEASURE: Mapping[str, tuple[Shape, ...]] = {
    **dict.fromkeys(("OR", "RR", "RD", "AS", "PETO"), _COUNTS),
    **dict.fromkeys(("MD", "SMD", "SMDH", "ROM"), _MEANS),
    **dict.fromkeys(("IRR", "IRD"), _TIMES),
    **dict.fromkeys(("PR", "PLN", "PLO", "PAS", "PFT"), ("proportions",)),
    **dict.fromkeys(("IR", "IRLN", "IRS", "IRFT"), ("rates",)),
}
"""The shapes with the numbers that a measure is made of; it decides where a table has the numbers of several."""
