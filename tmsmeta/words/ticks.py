"""Round numbers between two limits, for the axes of figures and of the page."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10

_LOG_STEPS: Sequence[Sequence[float]] = (
    (1, 2, 5),
    (1, 1.5, 2, 3, 5, 7),
    (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8),
    (1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2, 2.2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9),
)
_STEPS = (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0, 10.0)
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
    """At most about `most` round values between two limits, 1, 2, 2.5 or 5 times a power of ten apart."""
    rim = 1e-9 * (high - low)
    # limits that are round themselves must not count as a bin more for the rounding of their last digits
    first, last = low + rim, high - rim
    bin_width = (last - first) / max(most - 1, 1)
    if not bin_width > 0:
        return [float(f"{low:.12g}") + 0.0] if low == high else []
    power = 10.0 ** floor(log10(bin_width))
    step = next((s * power for s in _STEPS if s * power >= bin_width), 10 * power)
    finer = (s * power for s in reversed(_STEPS) if s * power < step)
    while ceil(first / step) > floor(last / step) and (found := next(finer, None)):  # no multiple between the limits
        step = found
    values = [n * step for n in range(floor(low / step), ceil(high / step) + 1)]
    return [float(f"{v:.12g}") + 0.0 for v in values if low - rim <= v <= high + rim]
