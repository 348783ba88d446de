"""The small figure of a claim: the quoted figure as a band, what the evidence gives as dots with their intervals.

Places are computed here, from numbers of the finding, in percent of the width; the template draws them, so that
colours follow the reader's theme, text stays text, and both fit a phone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tmsmeta.errors import NotAssessable
from tmsmeta.review.claims import Claim, Finding, Recomputed
from tmsmeta.review.claims.numbers import digits
from tmsmeta.words.numbers import FIGURE
from tmsmeta.words.ticks import linear_ticks, log_ticks

WIDTH = 100.0
MARGIN = 4.0
MOST_ROWS = 8


@dataclass(frozen=True)
class Tick:
    """A tick of the axis: place and text."""

    x: float
    text: str


@dataclass(frozen=True)
class Bar:
    """One recomputed figure.

    Attributes:
        x: place of the dot; None for a range without a middle.
        low, high: ends of the line; None where there is no interval.
        label, value: what it is, and its figures in words.
        kind: ``"agrees"``, ``"disagrees"`` or ``"beside"``, for the colour; the words say it too.
    """

    x: float | None
    low: float | None
    high: float | None
    label: str
    value: str
    kind: str


@dataclass(frozen=True)
class ClaimFigure:
    """The figure of a claim, ready to be drawn.

    Attributes:
        band: left and right edge of the quoted figure; None where none is quoted on this axis.
        quoted: the quoted figure in words.
        bars: recomputed figures from top to bottom.
        ticks: the axis.
        unit: what the axis shows.
        more: how many figures there was no room for.
        description: the result in words, for those who cannot see the figure.
    """

    band: tuple[float, float] | None
    quoted: str
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    unit: str
    more: int
    description: str


def claim_figure(finding: Finding) -> ClaimFigure | None:
    """The figure of a finding, or None where there is nothing to draw."""
    main = finding.main
    if main is None or finding.verdict == "cannot be recomputed":
        return None
    figures = [f for f in finding.recomputed if f.unit == main.unit and not isinstance(f.value, NotAssessable)]
    if not figures:
        return None
    shown, band = figures[:MOST_ROWS], _band(finding.claim, main.unit)
    values = [v for f in shown for v in (f.value, f.low, f.high) if isinstance(v, float | int) and math.isfinite(v)]
    axis = _Axis.of([*values, *(end for end in band or () if end is not None)], logarithmic=main.unit == "ratio")
    bars = tuple(_bar(figure, axis) for figure in shown)
    return ClaimFigure(
        band=None if band is None else (axis.place(band[0], low=True), axis.place(band[1], low=False)),
        quoted=finding.claim.quoted() if band is not None else "",
        bars=bars,
        ticks=tuple(
            Tick(axis.place(value), FIGURE.plain(value) if main.unit == "year" else FIGURE.tick(value))
            for value in axis.ticks()
        ),
        unit={"percent": "percent", "ratio": "ratio, logarithmic axis"}.get(main.unit, main.unit),
        more=len(figures) - len(shown),
        description=_description(finding, shown),
    )


def _description(finding: Finding, figures: list[Recomputed]) -> str:
    quoted = finding.claim.quoted()
    found = "; ".join(f"{figure.label}: {figure.text()}" for figure in figures)
    return f"{f'Quoted {quoted}. ' if quoted else ''}Recomputed: {found}. Verdict: {finding.verdict}."


def _band(claim: Claim, unit: str) -> tuple[float | None, float | None] | None:
    """Edges of what the quoted figure stands for; None for an open end, no band where its unit is another."""
    if claim.unit != unit or (claim.low is None and claim.high is None):
        return None
    low, high = claim.low, claim.high
    if low is not None and high is not None:
        return float(low.window("nearest").low), float(high.window("nearest").high)
    return (None if low is None else float(low.value)), (None if high is None else float(high.value))


@dataclass(frozen=True)
class _Axis:
    """A linear or logarithmic axis over all the values of a figure."""

    low: float
    high: float
    logarithmic: bool

    @classmethod
    def of(cls, values: list[float], *, logarithmic: bool) -> _Axis:
        positive = [value for value in values if value > 0]
        if logarithmic and positive:
            return cls(math.log(min([*positive, 1.0]) / 1.1), math.log(max([*positive, 1.0]) * 1.1), True)
        low, high = min(values), max(values)
        spread = (high - low) or abs(high) or 1.0
        floor = 0.0 if low >= 0 and low - 0.1 * spread < 0 else low - 0.1 * spread
        return cls(floor, high + 0.1 * spread, False)

    def place(self, value: float | None, *, low: bool = True) -> float:
        """Where a value stands; an open or infinite end stands at the edge."""
        if value is None or math.isinf(value) or (self.logarithmic and value <= 0):
            return MARGIN if low else WIDTH - MARGIN
        at = math.log(value) if self.logarithmic else value
        share = min(max((at - self.low) / (self.high - self.low), 0.0), 1.0)
        return round(MARGIN + share * (WIDTH - 2 * MARGIN), 2)

    def ticks(self) -> list[float]:
        """Round values within the axis, as in every figure."""
        if self.logarithmic:
            return log_ticks(math.exp(self.low), math.exp(self.high), 6)
        return linear_ticks(self.low, self.high, 5)


def _bar(figure: Recomputed, axis: _Axis) -> Bar:
    value = None if isinstance(figure.value, NotAssessable) else figure.value
    has_limits = figure.low is not None and figure.high is not None
    kind = "beside" if figure.agrees is None else "agrees" if figure.agrees else "disagrees"
    return Bar(
        x=None if figure.kind == "range" and figure.low != figure.high else axis.place(value),
        low=axis.place(figure.low, low=True) if has_limits else None,
        high=axis.place(figure.high, low=False) if has_limits else None,
        label=figure.label,
        value=_value(figure),
        kind=kind,
    )


def _value(figure: Recomputed) -> str:
    """Figures in short, since the axis names the unit."""
    if isinstance(figure.value, NotAssessable):
        return str(figure.value)
    if figure.low is None or figure.high is None:
        return digits(figure.value, figure.unit)
    low, high = digits(figure.low, figure.unit), digits(figure.high, figure.unit)
    return f"{low} to {high}" if figure.kind == "range" else f"{digits(figure.value, figure.unit)} ({low} to {high})"
