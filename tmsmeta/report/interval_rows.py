"""Estimates with intervals as rows of a page: the places of their marks, for a forest plot that fits any screen.

Places are shares of the width in percent, so that rows stretch with the page and text keeps its size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tmsmeta.words.numbers import FIGURE
from tmsmeta.words.ticks import linear_ticks, log_ticks

_FARTHEST = 1.6  # limits that lie farther from all estimates than this times their spread end in an arrow
_LEAST = 1.2  # on the log scale: less room than a ratio of 3.3 either side would make small effects look large
_TICKS = 5


@dataclass(frozen=True)
class Mark:
    """One estimate on the scale.

    Attributes:
        x: place of the estimate; None where there is none.
        low, high: places of the limits; None where there is no interval.
        beyond: which limits lie outside the scale: ``""``, ``"left"``, ``"right"`` or ``"left right"``.
        size: side of its square, in pixels.
    """

    x: float | None
    low: float | None
    high: float | None
    beyond: str
    size: int


@dataclass(frozen=True)
class Scale:
    """A scale over several estimates.

    Attributes:
        low, high: its ends, as logs where it is logarithmic.
        logarithmic: whether ratios are spaced as logs.
        null: "no effect".
    """

    low: float
    high: float
    logarithmic: bool
    null: float

    @classmethod
    def of(cls, estimates: Sequence[float], ends: Sequence[float], *, logarithmic: bool) -> Scale:
        """The scale that holds all estimates, "no effect", and as much of the intervals as leaves them legible."""
        null = 1.0 if logarithmic else 0.0
        known = [_at(x, logarithmic) for x in (*estimates, null) if _usable(x, logarithmic)]
        limits = [_at(x, logarithmic) for x in ends if _usable(x, logarithmic)] or known
        low, high = min(known), max(known)
        spread = max(high - low, _LEAST if logarithmic else 0.0) or max(map(abs, limits)) or 1.0
        low = max(min([low, *limits]), low - _FARTHEST * spread)
        high = min(max([high, *limits]), high + _FARTHEST * spread)
        room = 0.03 * (high - low or 1.0)
        return cls(low - room, high + room, logarithmic, null)

    def place(self, value: float) -> float:
        """Where a value stands, in percent; at an end where it lies beyond."""
        if not _usable(value, self.logarithmic):
            return 0.0 if value < self.null else 100.0
        share = (_at(value, self.logarithmic) - self.low) / (self.high - self.low)
        return round(100 * min(max(share, 0.0), 1.0), 2)

    def mark(self, value: float, limits: tuple[float, float] | None, weight: float | None = None) -> Mark:
        """The mark of an estimate; `weight` is its share, from 0 to 1."""
        size = 9 if weight is None else round(5 + 11 * math.sqrt(min(max(weight, 0.0), 1.0)))
        x = None if math.isnan(value) else self.place(value)
        if limits is None or any(math.isnan(end) for end in limits):
            return Mark(x, None, None, "", size)
        low, high = limits
        beyond = [side for side, out in (("left", self._out(low) < 0), ("right", self._out(high) > 0)) if out]
        return Mark(x, self.place(low), self.place(high), " ".join(beyond), size)

    def _out(self, value: float) -> int:
        if not _usable(value, self.logarithmic):
            return -1 if value < self.null else 1
        at = _at(value, self.logarithmic)
        return (at > self.high) - (at < self.low)

    def ticks(self) -> list[tuple[float, str]]:
        """Places and texts of round values, as in every figure."""
        found = log_ticks(math.exp(self.low), math.exp(self.high), _TICKS) if self.logarithmic else None
        values = linear_ticks(self.low, self.high, _TICKS) if found is None else found
        return [(self.place(value), FIGURE.tick(value)) for value in values]


def _usable(value: float, logarithmic: bool) -> bool:
    return math.isfinite(value) and (value > 0 or not logarithmic)


def _at(value: float, logarithmic: bool) -> float:
    return math.log(value) if logarithmic else value
