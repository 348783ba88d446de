"""From the scale of the analysis to the axis a reader knows, and to the words beside it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from tmsmeta.effects.base import EffectSizes
from tmsmeta.effects.measures import MEASURES, Floats
from tmsmeta.effects.transform import SCALES, back_transform
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.figures import numbers


@dataclass(frozen=True, kw_only=True)
class EffectScale:
    """How effects of one measure are shown.

    Attributes:
        measure: its name.
        label: for headers and axes, e.g. ``Risk ratio``.
        log: whether the axis is logarithmic.
        null: place of "no effect" on the axis, None where there is none.
        factor: shown numbers are axis values times this (100 for percent, a patient-time for rates).
        digits: decimals shown.
        joint: between the limits in text: `` to ``, ``, `` or a dash.
        brackets: around an interval.
    """

    measure: str
    label: str
    log: bool
    null: float | None
    factor: float = 1.0
    digits: int = 2
    joint: str = " to "
    brackets: str = "()"

    def show(self, values: Any, n: Any = None) -> Floats:
        """Axis values for values on the scale of the analysis; `n` as in ``effects.back_transform``."""
        return back_transform(self.measure, values, n=n)

    def number(self, value: float) -> str:
        """One axis value as text."""
        return numbers.effect(value * self.factor, self.digits, log=self.log)

    def limits(self, low: float, high: float) -> str:
        """An interval as text, with its brackets."""
        inner = self.joint.join(self._limit(value) for value in (low, high))
        return f"{self.brackets[0]}{inner}{self.brackets[1]}"

    def _limit(self, value: float) -> str:
        null = None if self.null is None else self.null * self.factor
        return numbers.limit(value * self.factor, self.digits, log=self.log, null=null)

    def effect(self, estimate: float, interval: tuple[float, float] | NotAssessable | None) -> str:
        """An estimate and its interval as text; an interval that does not exist is named as such."""
        if not isfinite(estimate):
            return "not estimable"
        if interval is None:
            return self.number(estimate)
        if isinstance(interval, NotAssessable) or not all(np.isfinite(interval)):
            return f"{self.number(estimate)} (no interval)"
        return f"{self.number(estimate)} {self.limits(*interval)}"

    def tick(self, value: float) -> str:
        """One tick label."""
        return numbers.tick(value * self.factor)


def scale_of(measure: str, *, per: float = 1.0, digits: int | None = None, label: str | None = None) -> EffectScale:
    """The usual scale for `measure`: ratios on a log axis, proportions in percent, rates per `per` units of time."""
    info = MEASURES[measure]
    if info.shown == "ratio":
        return EffectScale(
            measure=measure, label=label or _title(info.label), log=True, null=1.0, digits=_or(digits, info.digits)
        )
    if info.shown == "percent":
        return EffectScale(
            measure=measure, label=label or "Percent", log=False, null=None, factor=100.0, digits=_or(digits, 1)
        )
    if info.shown == "per time":
        words = label or f"{'Difference' if info.contrast else 'Rate'} per {numbers.tick(per)}"
        return EffectScale(
            measure=measure,
            label=words,
            log=info.scale == "log",
            null=0.0 if info.contrast else None,
            factor=per,
            digits=_or(digits, 3 if per == 1 else 2),
        )
    return EffectScale(
        measure=measure, label=label or _title(info.label), log=False, null=0.0, digits=_or(digits, info.digits)
    )


def _or(given: int | None, default: int) -> int:
    return default if given is None else given


def _title(words: str) -> str:
    """A label as a heading: without what stands behind a comma or in brackets, which would widen a column."""
    short = words.split(" (")[0].split(",")[0]
    return short[:1].upper() + short[1:]


def study_sizes(effects: EffectSizes) -> Floats | None:
    """Sizes or person-times that the way back from a Freeman-Tukey scale needs."""
    column = SCALES[effects.info.scale].size
    if not column:
        return None
    if column not in effects.inputs:
        raise InvalidInputError(
            Issue(None, "effects", effects.measure, f"needs the input column {column} to be drawn.")
        )
    return effects.inputs[column]


def harmonic_mean(sizes: Floats | None) -> float | None:
    """The size at which a pooled Freeman-Tukey value is brought back (Miller 1978)."""
    return None if sizes is None else float(len(sizes) / np.sum(1 / sizes))
