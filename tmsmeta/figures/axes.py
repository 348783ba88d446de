"""Axes that a reader knows: the scale of a measure, round ticks, and their labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, log
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullFormatter, NullLocator

from tmsmeta.effects.base import EffectSizes
from tmsmeta.effects.measures import MEASURES, Floats, Measure
from tmsmeta.effects.natural import Natural, check_per
from tmsmeta.effects.transform import SCALES, back_transform
from tmsmeta.errors import NotAssessable
from tmsmeta.figures.text_extent import width
from tmsmeta.words.names import heading
from tmsmeta.words.numbers import FIGURE
from tmsmeta.words.ticks import linear_ticks, log_ticks

Which = Literal["x", "y"]
NOT_ESTIMABLE = "not estimable"


@dataclass(frozen=True, kw_only=True)
class EffectScale:
    """How effects of one measure are shown.

    Attributes:
        measure: its name.
        label: for headers and axes, e.g. ``Risk ratio``.
        log: whether the axis is logarithmic.
        null: place of "no effect" on the axis, None where there is none.
        factor: shown numbers are axis values times this (100 for percent, a number of people or a patient-time).
        digits: decimals shown at least.
        size: for a Freeman-Tukey scale the size or person-time at which pooled values are brought back.
    """

    measure: str
    label: str
    log: bool
    null: float | None
    factor: float = 1.0
    digits: int = 2
    size: float | None = None

    def show(self, values: Any, n: Any = None) -> Floats:
        """Axis values for values on the scale of the analysis; `n` as in ``effects.back_transform``, or the scale's."""
        return back_transform(self.measure, values, n=self.size if n is None else n)

    def number(self, value: float) -> str:
        """One axis value as text."""
        return self._texts(value, None)[0]

    def told(self, value: float) -> str:
        """One value on the scale of the analysis as text."""
        return self.number(float(self.show(value)))

    def limits(self, low: float, high: float, *, beside: float | None = None) -> str:
        """An interval as text, with its brackets; with the decimals of the estimate `beside` it, if there is one."""
        value = NotAssessable("estimate", "") if beside is None else beside
        return self._bracketed(self._texts(value, (low, high))[1:])

    @staticmethod
    def _bracketed(ends: tuple[str, ...]) -> str:
        return f"({' to '.join(ends)})"

    def _texts(self, value: float | NotAssessable, limits: tuple[float, float] | None) -> tuple[str, ...]:
        shown = value if isinstance(value, NotAssessable) else value * self.factor
        ends = None if limits is None else (limits[0] * self.factor, limits[1] * self.factor)
        null = None if self.null is None else self.null * self.factor
        return FIGURE.estimate(shown, ends, self.digits, log=MEASURES[self.measure].is_ratio, null=null)

    def effect(self, estimate: float, interval: tuple[float, float] | NotAssessable | None) -> str:
        """An estimate and its interval as text; an interval that does not exist is named as such."""
        if not isfinite(estimate):
            return NOT_ESTIMABLE
        if interval is None:
            return self.number(estimate)
        if isinstance(interval, NotAssessable) or not all(np.isfinite(interval)):
            return f"{self.number(estimate)} (no interval)"
        shown, *ends = self._texts(estimate, interval)
        return f"{shown} {self._bracketed(tuple(ends))}"

    def tick(self, value: float) -> str:
        """One tick label."""
        return FIGURE.tick(value * self.factor)


def scale_of(
    measure: str,
    *,
    per: float | None = None,
    digits: int | None = None,
    label: str | None = None,
    size: float | None = None,
) -> EffectScale:
    """The usual scale for `measure`: ratios on a log axis, proportions in percent, rates per unit of time.

    Args:
        measure: any measure.
        per: people that proportions (100 by default), or units of time that rates (1 by default) refer to.
        digits: decimals of effects at least.
        label: the name of the effect in other words.
        size: as in :class:`EffectScale`.

    Raises:
        InvalidInputError: `per` for a measure that is no proportion and no rate, or not a number above 0.
    """
    info = MEASURES[measure]
    factor = (100.0 if info.shown == "percent" else 1.0) if per is None else per
    if per is not None:
        check_per(info, per)
    natural = Natural(info=info, size=size, per=factor, fewest=digits)
    return EffectScale(
        measure=measure,
        label=label or _words(info, factor),
        log=info.shown != "percent" and info.scale == "log",
        null=natural.null,
        factor=float(factor),
        digits=natural.digits,
        size=size,
    )


def scale_for(
    effects: EffectSizes, *, per: float | None = None, digits: int | None = None, label: str | None = None
) -> EffectScale:
    """The scale of pools of these effects; as :func:`scale_of`, with the size of their way back."""
    return scale_of(effects.measure, per=per, digits=digits, label=label, size=effects.natural.size)


def _words(info: Measure, factor: float) -> str:
    """What is shown, for headers and axes."""
    if info.shown == "percent":
        return {1.0: "Proportion", 100.0: "Percent"}.get(float(factor), f"Per {FIGURE.tick(factor)}")
    if info.shown == "per time":
        return f"{'Difference' if info.contrast else 'Rate'} per {FIGURE.tick(factor)}"
    return _title(info.label)


def _title(words: str) -> str:
    """A label as a heading: without what stands behind a comma or in brackets, which would widen a column."""
    return heading(words.split(" (")[0].split(",")[0])


_GRID = 4001  # points of an axis between which its way back is taken as straight
_APART = 0.6  # of the even distance that ticks of an uneven axis keep


def axis_limits(
    scale: EffectScale, estimates: Sequence[float], lows: Sequence[float], highs: Sequence[float], reach: float = 1.0
) -> tuple[float, float]:
    """Limits of an effect axis that show every estimate, and intervals up to `reach` spreads of the estimates beyond.

    All values are axis values. Wider intervals are cut; the figure marks them with an arrow.
    """
    move = np.log if scale.log else np.asarray

    def on_axis(values: Sequence[float]) -> np.ndarray:
        array = np.asarray(values, dtype=float)
        return np.asarray(move(array[np.isfinite(array) & ((array > 0) | (not scale.log))]), dtype=float)

    core = on_axis([*estimates, *([] if scale.null is None else [scale.null])])
    low, high = (float(core.min()), float(core.max())) if core.size else (-1.0, 1.0)
    left, right = on_axis(lows), on_axis(highs)
    widths = np.sort(np.concatenate([right, -left])) if left.size == right.size else np.array([])
    typical = float(np.median(right - left)) if widths.size and left.size else 0.0
    spread = max(high - low, typical, 1e-6)
    bottom = min([low, *np.maximum(left, low - reach * spread).tolist()])
    top = max([high, *np.minimum(right, high + reach * spread).tolist()])
    pad = 0.04 * (top - bottom)
    bottom, top = bottom - pad, top + pad
    return (float(np.exp(bottom)), float(np.exp(top))) if scale.log else (bottom, top)


def set_ticks(
    ax: Axes, values: Iterable[float], show: Callable[[float], str] = FIGURE.tick, *, which: Which = "x"
) -> None:
    """Put ticks at `values`, and only there."""
    axis = ax.xaxis if which == "x" else ax.yaxis
    places = list(values)
    axis.set_major_locator(FixedLocator(places))
    axis.set_major_formatter(FixedFormatter([show(v) for v in places]))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


def fit_ticks(
    ax: Axes, scale: EffectScale, limits: tuple[float, float], inches: float, size: float, which: Which = "x"
) -> None:
    """As many round ticks as their labels at `size` points leave room for on an axis of effects `inches` long.

    Args:
        ax: the axes, whose data are axis values.
        scale: of the axis.
        limits: of the axis.
        inches: its length.
        size: font size of the labels.
        which: ``x`` or ``y``.
    """
    low, high = limits
    move = log if scale.log else float
    unit = inches / (move(high) - move(low))

    def crowded(values: list[float]) -> bool:
        places = [((move(v) - move(low)) * unit, width(scale.tick(v), size) / 2) for v in values]
        return any(b - half_b - a - half_a < 0.7 * size / 72 for (a, half_a), (b, half_b) in pairwise(places))

    values: list[float] = []
    for most in range(9, 1, -1):
        values = (log_ticks if scale.log else linear_ticks)(low, high, most)
        if not crowded(values):
            break
    else:
        values = values[:: max(1, len(values) - 1)]
    set_ticks(ax, values, scale.tick, which=which)


def effect_axis(ax: Axes, scale: EffectScale, low: float, high: float, *, most: int = 7, which: Which = "x") -> None:
    """Limits, round ticks and the name of the measure on an axis; ratios are spaced as logs, read as ratios.

    Args:
        ax: the axes.
        scale: from ``scale_of``.
        low, high: limits on the scale of the analysis (logs for ratios).
        most: most ticks.
        which: ``x`` or ``y``.
    """
    getattr(ax, f"set_{which}lim")(low, high)
    getattr(ax, f"set_{which}label")(scale.label)
    places, shown = effect_ticks(scale, low, high, most)
    set_ticks(ax, places, dict(zip(places, map(scale.tick, shown), strict=True)).__getitem__, which=which)


def right_axis(ax: Axes, values: Sequence[float], texts: Sequence[str], name: str, label: str) -> None:
    """Name the places of the upright axis in other words on the right of it.

    Args:
        ax: the axes.
        values: where the ticks stand.
        texts: what stands beside them.
        name: stands along the axis.
        label: of the axes that is added.
    """
    right = ax.secondary_yaxis("right")
    right.yaxis.set_major_locator(FixedLocator(values))
    right.yaxis.set_major_formatter(FixedFormatter(texts))
    right.set_ylabel(name)
    right.set_label(label)


def effect_ticks(scale: EffectScale, low: float, high: float, most: int) -> tuple[list[float], list[float]]:
    """At most `most` round values between two limits on the scale of the analysis: their places on it, and they."""
    if SCALES[MEASURES[scale.measure].scale].size and scale.size is None:
        # a Freeman-Tukey scale without sizes has no way back
        values = linear_ticks(low, high, most)
        return values, values
    grid = np.linspace(low, high, _GRID)
    known = scale.show(grid)
    first, last = float(known[0]), float(known[-1])
    if not last > first:
        return [], []
    if MEASURES[scale.measure].scale == "identity":
        values = linear_ticks(first * scale.factor, last * scale.factor, most)
    elif scale.log and first > 0:
        values = log_ticks(first * scale.factor, last * scale.factor, most)
    else:
        values = _round_values(first * scale.factor, last * scale.factor, most)
    # the way back is monotone, so its inverse is read off a fine grid
    # beyond the bounds of the scale the way back stands still; of those places only the innermost is a tick's
    moving = np.flatnonzero(np.diff(known) > 0)
    inner = slice(moving[0], moving[-1] + 2)
    places = np.interp([v / scale.factor for v in values], known[inner], grid[inner])
    if MEASURES[scale.measure].scale == "identity":
        places = np.array(values) / scale.factor
    elif scale.log:
        places = np.log([v / scale.factor for v in values])
    kept: list[int] = []
    for i, place in enumerate(places):
        if not kept or place - places[kept[-1]] >= _APART * (high - low) / most:
            kept.append(i)
    return [float(places[i]) for i in kept], [values[i] / scale.factor for i in kept]


def _round_values(low: float, high: float, most: int) -> list[float]:
    """Round values for an axis that is neither linear nor logarithmic: those of both, to be thinned out."""
    logged = log_ticks(low, high, most) if low > 0 else []
    return sorted({*linear_ticks(low, high, most), *logged})


def padded(low: float, high: float, share: float = 0.05) -> tuple[float, float]:
    """Limits moved out by a share of their distance; by 1 where they are equal."""
    room = share * (high - low) if high > low else 1.0
    return low - room, high + room
