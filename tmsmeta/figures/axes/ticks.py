"""Round values for axes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from math import ceil, floor, log10

from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullFormatter, NullLocator

from tmsmeta.figures import numbers
from tmsmeta.figures.text_extent import width

_LOG_STEPS: Sequence[Sequence[float]] = (
    (1, 2, 5),
    (1, 1.5, 2, 3, 5, 7),
    (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8),
    (1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2, 2.2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9),
)
_ENOUGH = 4


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """At most `most` round values between two positive limits.

    The steps 1, 2, 5 where they give four values, finer ones between close limits, 1 and 3 or powers of ten between
    distant ones; between limits too close for any of them, the values of a linear axis.
    """
    first, last = floor(log10(low)) - 1, ceil(log10(high)) + 1
    best: list[float] = []
    for steps in _LOG_STEPS:
        values = [float(f"{s * 10.0**p:.12g}") for p in range(first, last + 1) for s in steps]
        inside = [v for v in values if low * (1 - 1e-9) <= v <= high * (1 + 1e-9)]
        if len(inside) > most:
            break
        best = inside if len(inside) > len(best) else best
        if len(best) >= min(_ENOUGH, most):
            return best
    if best:
        return best if len(best) > 1 else linear_ticks(low, high, most)
    thirds = [float(f"{s * 10.0**p:.12g}") for p in range(first, last + 1) for s in (1, 3)]
    inside = [v for v in thirds if low * (1 - 1e-9) <= v <= high * (1 + 1e-9)]
    if 1 < len(inside) <= most:
        return inside
    every = max(1, ceil((last - first) / most))
    return [10.0**p for p in range(first, last + 1) if p % every == 0 and low <= 10.0**p <= high]


def snap(low: float, high: float, *, log: bool, give: float = 0.12) -> tuple[float, float]:
    """The limits moved out to round values where that lengthens the axis by no more than `give` of it at each end."""
    if not log:
        step = linear_ticks(low, high, 7)
        size = step[1] - step[0] if len(step) > 1 else high - low
        outer = floor(low / size) * size, ceil(high / size) * size
        room = give * (high - low)
        return (outer[0] if low - outer[0] <= room else low), (outer[1] if outer[1] - high <= room else high)
    first, last = floor(log10(low)) - 1, ceil(log10(high)) + 1
    values = [float(f"{s * 10.0**p:.12g}") for p in range(first, last + 1) for s in (1, 2, 5)]
    below, above = max(v for v in values if v <= low), min(v for v in values if v >= high)
    room = give * log10(high / low)
    return (below if log10(low / below) <= room else low), (above if log10(above / high) <= room else high)


def linear_ticks(low: float, high: float, most: int) -> list[float]:
    """At most about `most` round values between two limits."""
    raw = (high - low) / max(most - 1, 1)
    power = 10.0 ** floor(log10(raw))
    step = next(s * power for s in (1, 2, 2.5, 5, 10, 20) if s * power >= raw * (1 - 1e-9))
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [float(f"{i * step:.12g}") for i in range(first, last + 1)]


def set_ticks(
    ax: Axes, values: Iterable[float], show: Callable[[float], str] = numbers.tick, *, which: str = "x"
) -> None:
    """Put ticks at `values`, and only there."""
    axis = ax.xaxis if which == "x" else ax.yaxis
    places = list(values)
    axis.set_major_locator(FixedLocator(places))
    axis.set_major_formatter(FixedFormatter([show(v) for v in places]))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


def fitting(
    low: float, high: float, *, log: bool, inches: float, size: float, show: Callable[[float], str] = numbers.tick
) -> list[float]:
    """As many round values as their labels at `size` points leave room for on an axis `inches` long."""
    choose = log_ticks if log else linear_ticks
    values: list[float] = []
    for most in range(9, 1, -1):
        values = choose(low, high, most)
        if _labels_fit(values, low, high, log, inches, size, show):
            return values
    return values[:: max(1, len(values) - 1)]


def _labels_fit(
    values: Sequence[float],
    low: float,
    high: float,
    log: bool,
    inches: float,
    size: float,
    show: Callable[[float], str],
) -> bool:
    def place(x: float) -> float:
        share = (log10(x / low) / log10(high / low)) if log else (x - low) / (high - low)
        return share * inches

    ends = [(place(v) - width(show(v), size) / 2, place(v) + width(show(v), size) / 2) for v in values]
    gap = 0.7 * size / 72
    return all(left[1] + gap <= right[0] for left, right in itertools.pairwise(ends))
