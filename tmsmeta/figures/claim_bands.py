"""What the claim panel draws: claims by unit, the figures of each on that unit, and an axis for each unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import ceil, floor, inf, isfinite, log, log10
from typing import NamedTuple

from tmsmeta.errors import NotAssessable
from tmsmeta.figures.text_extent import width
from tmsmeta.review.claims.model import Finding, Recomputed
from tmsmeta.words.numbers import FIGURE
from tmsmeta.words.ticks import linear_ticks, log_ticks, snap

_FAR = 50.0
"""Largest figure over the smallest beyond which an axis of positive figures is logarithmic."""
_APART = 0.06  # inches between the labels of two ticks


class Span(NamedTuple):
    """A figure on the unit of its band: its middle (None for a range) and ends (None where a range is open)."""

    middle: float | None
    low: float | None
    high: float | None


class Band(NamedTuple):
    """The claims of one unit, in the order of the ledger."""

    unit: str
    findings: tuple[Finding, ...]


def bands_of(findings: Iterable[Finding]) -> list[Band]:
    """The claims by unit, in the order in which units first occur."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(unit_of(finding), []).append(finding)
    return [Band(unit, tuple(members)) for unit, members in found.items()]


def unit_of(finding: Finding) -> str:
    """The unit of the quoted figure; without one that of the recomputed figure."""
    main = _figure(finding)
    return finding.claim.unit if main is None or _is_quoted(finding) else main.unit


def quoted_span(finding: Finding) -> Span | None:
    """What is quoted; None where no figure is."""
    if not _is_quoted(finding):
        return None
    low, high = (None if end is None else float(end.value) for end in (finding.claim.low, finding.claim.high))
    return Span(low if finding.claim.is_point else None, low, high)


def recomputed_span(finding: Finding) -> Span | None:
    """What the evidence gives; None where there is no figure, or one of another unit than the quoted one."""
    main = _figure(finding)
    if main is None or isinstance(main.value, NotAssessable) or main.unit != unit_of(finding):
        return None
    is_range = main.kind == "range" and main.low is not None and main.low != main.high
    value = float(main.value)
    known = main.low is not None and main.high is not None
    return Span(None if is_range else value, main.low if known else value, main.high if known else value)


def _figure(finding: Finding) -> Recomputed | None:
    main = finding.main
    return None if main is None or isinstance(main.value, NotAssessable) else main


def _is_quoted(finding: Finding) -> bool:
    return finding.claim.low is not None or finding.claim.high is not None


class UnitAxis(NamedTuple):
    """An axis of one unit over `length` inches; ratios, and positive figures far apart, are spaced as logarithms.

    The ticks of an axis of whole figures, such as years and patients, are whole.
    """

    unit: str
    low: float
    high: float
    log: bool
    length: float
    whole: bool

    @property
    def most(self) -> float:
        """The largest figure that the unit can have: 100% of somebody or something, but for a difference of two."""
        share = self.unit.startswith("percent") and not self.unit.startswith("percentage")
        return 100.0 if share else inf

    def at(self, value: float) -> float:
        """Inches from its left end; the end itself for a value beyond it."""
        inside = min(max(value, self.low), self.high)
        if self.log:
            return self.length * log(inside / self.low) / log(self.high / self.low)
        return self.length * (inside - self.low) / (self.high - self.low)

    def ticks(self, size: float) -> list[float]:
        """As many round values as have room for their labels at `size` points."""
        tried = [(log_ticks if self.log else linear_ticks)(self.low, self.high, most) for most in range(6, 1, -1)]
        if self.log:
            tried.append([10.0**p for p in range(ceil(log10(self.low)), floor(log10(self.high)) + 1)])
        tried = [[v for v in values if v.is_integer() or not self.whole] for values in tried]
        return max((values for values in tried if self._have_room(values, size)), key=len, default=tried[-1][:1])

    def _have_room(self, values: Sequence[float], size: float) -> bool:
        half = [width(self.tick(v), size) / 2 for v in values]
        ends = [(self.at(v) - h, self.at(v) + h) for v, h in zip(values, half, strict=True)]
        return all(right[0] - left[1] >= _APART for left, right in pairwise(ends))

    def tick(self, value: float) -> str:
        """The label of a tick."""
        text = f"{value:.0f}" if self.unit == "year" else FIGURE.tick(value)
        return f"{text}%" if self.unit.startswith("percent") else text


def axis_of(band: Band, length: float) -> UnitAxis:
    """An axis that holds every figure of the band: from zero where it is linear, whole years apart for years."""
    spans = [s for f in band.findings for s in (quoted_span(f), recomputed_span(f)) if s is not None]
    values = [float(v) for s in spans for v in s if v is not None and isfinite(v)] or [0.0, 1.0]
    middles = [s.middle for s in spans if s.middle is not None]
    logged = _is_log(band.unit, values, middles)
    whole = not band.unit.startswith(("percent", "ratio", "per ")) and all(v.is_integer() for v in values)
    return UnitAxis(band.unit, *_limits(band.unit, values, logged=logged), logged, length, whole)


def _is_log(unit: str, values: Sequence[float], middles: Sequence[float]) -> bool:
    if unit == "year" or min([*values, 0.0]) < 0 or min(middles, default=1.0) <= 0 or max(values) <= 0:
        return False
    return unit == "ratio" or (min(values) > 0 and max(values) > _FAR * min(values))


def _limits(unit: str, values: Sequence[float], *, logged: bool) -> tuple[float, float]:
    if logged:
        positive = [v for v in values if v > 0] + ([1.0] if unit == "ratio" else [])
        return snap(min(positive) / 1.15, max(positive) * 1.15, log=True, give=0.2)
    if unit == "year":
        return floor(min(values)) - 1.0, ceil(max(values)) + 1.0
    low, high = min([0.0, *values]), max([0.0, *values])
    high = 1.0 if low == high else high
    room = 0.06 * (high - low)
    return snap(low - room if low < 0 else 0.0, high + room if high > 0 else 0.0, log=False, give=0.25)
