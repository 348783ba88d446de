"""Events behind a printed rate and its exact Poisson interval, with or without the exposure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import combinations

from tmsmeta.effects.intervals import garwood_limits
from tmsmeta.effects.reconstruct.results import RateCount, Reconstruction
from tmsmeta.errors import Issue, check_option
from tmsmeta.tables.printed import (
    ROUNDINGS,
    Printed,
    Window,
    check_level,
    raise_if,
    read_printed,
    whole_number,
)
from tmsmeta.words.arguments import answerable

_FIGURES = ("rate", "ci_low", "ci_high")


@answerable
def events_from_rate(
    rate: str | float,
    ci: Sequence[str | float],
    *,
    per: int = 1,
    exposure: int | None = None,
    max_events: int = 1000,
    level: float = 0.95,
    rounding: str = "half_up",
    decimals: int | None = None,
) -> Reconstruction[RateCount]:
    """Every number of events whose rate and exact Poisson interval print as these figures.

    The limits of Garwood's interval divided by the rate depend on the number of events alone, so a printed rate with
    its interval gives the events away even when the exposure is not printed.

    Args:
        rate: the rate as printed, in events per `per`.
        ci: its lower and upper limit as printed.
        per: the exposure that the figures refer to, e.g. 1000.
        exposure: persons or sessions observed, where known; found along with the events when left out. It is a whole
            number (persons, sessions, or person-time in its smallest counted unit).
        max_events: largest number of events that is tried.
        level: confidence level of the interval.
        rounding: ``"half_up"``, ``"half_even"``, ``"nearest"`` (ties either way) or ``"truncate"``.
        decimals: digits printed after the point, where the figures do not show them.

    Returns:
        All solutions, each with the range of exposures that goes with it. When nothing fits, ``nearest`` holds the
        closest misses with how far they are off, in steps of the last printed digit, and the notes name a rounding
        convention that would fit.

    Raises:
        InvalidInputError: figures that are no numbers, negative, or limits in the wrong order.
        UnknownOptionError: a `rounding` that is not on the list.

    Example:
        >>> import tmsmeta as tm
        >>> found = tm.reconstruct.events_from_rate("0.80", ["0.10", "2.89"], per=10000)
        >>> [it.events for it in found.solutions]
        [2]

    Source: Garwood 1936, Biometrika 28:437-442, for the interval.
    """
    check_option("rounding", rounding, ROUNDINGS)
    faults: list[Issue] = []
    figures = _read_figures(rate, ci, decimals, faults)
    scale = whole_number(per, "per", faults, least=1)
    known = None if exposure is None else whole_number(exposure, "exposure", faults, least=1)
    most = whole_number(max_events, "max_events", faults, least=1)
    check_level(level, faults)
    raise_if(faults)
    windows = [figure.window(rounding) for figure in figures]
    solutions = _solutions(windows, scale, known, most, level)
    misses = () if solutions else _nearest(figures, windows, scale, known, most, level)
    notes = () if solutions else _other_conventions(figures, scale, known, most, level, rounding)
    printed = f"{figures[0].text} ({figures[1].text} to {figures[2].text}) per {scale:,}"
    return Reconstruction(
        solutions=solutions,
        method="Numbers of events whose rate and Garwood interval round to the printed figures.",
        inputs={
            "rate": figures[0].text,
            "ci": [figures[1].text, figures[2].text],
            "per": scale,
            "exposure": known,
            "level": level,
            "rounding": rounding,
        },
        searched=f"{printed}, up to {most:,} events" + ("" if known is None else f", exposure {known:,}"),
        nearest=misses,
        notes=notes,
    )


def _read_figures(
    rate: str | float, ci: Sequence[str | float], decimals: int | None, faults: list[Issue]
) -> tuple[Printed, Printed, Printed]:
    if isinstance(ci, str) or len(ci) != 2:
        faults.append(Issue(None, "ci", ci, "must hold the lower and the upper limit."))
        ci = ("0", "0")
    before = len(faults)
    middle, low, high = (
        read_printed(value, column, faults, decimals=decimals)
        for value, column in ((rate, "rate"), (ci[0], "ci[0]"), (ci[1], "ci[1]"))
    )
    if len(faults) == before and not 0 <= low.value <= middle.value <= high.value:
        message = "must run from a lower to an upper limit, not negative, with the rate between them."
        faults.append(Issue(None, "ci", (low.text, high.text), message))
    return middle, low, high


def _solutions(
    windows: Sequence[Window], per: int, known: int | None, most: int, level: float
) -> tuple[RateCount, ...]:
    """Every number of events that gives all three figures, with the exposures for which it does."""
    solutions, edges = [], [window.floats() for window in windows[1:]]
    for events in range(most + 1):
        counts = _multiples(events, level)
        low, high = _exposures(windows[0], edges, counts, per, events)
        if known is not None:
            low, high = max(low, known), min(high, known)
        if low <= high:
            solutions.append(_rate_count(events, low, high, counts, per / ((low + high) / 2.0), 0.0))
    return tuple(solutions)


@lru_cache(maxsize=2048)
def _multiples(events: int, level: float) -> tuple[float, float, float]:
    """Events, and the limits for their expected number: each printed figure is one of these per exposure."""
    low, high = garwood_limits(events, level)
    return float(events), low, high


def _exposures(
    rate: Window, limits: Sequence[tuple[float, float]], counts: tuple[float, float, float], per: int, events: int
) -> tuple[int, int]:
    """Least and greatest whole exposure for which all three figures fall into their windows (least > greatest: none).

    The rate is a fraction and is solved as one; the limits get the room of a few units of floating point.
    """
    least, most = _exact_exposures(rate, events * per)
    for (low, high), count in zip(limits, counts[1:], strict=True):
        if count * per > 0.0 and high > 0.0:
            least = max(least, math.ceil(count * per / high))
            most = most if low <= 0.0 else min(most, math.floor(count * per / low))
        elif not low <= 0.0 <= high:
            return 1, 0
    return least, int(min(most, 10**15))


def _exact_exposures(window: Window, top: int) -> tuple[int, int]:
    """Whole T for which top / T lies in the window."""
    if top == 0:
        return (1, 10**15) if Fraction(0) in window else (1, 0)
    if window.high <= 0:
        return 1, 0
    least, rest = divmod(top * window.high.denominator, window.high.numerator)
    least += rest > 0 or not window.high_closed
    if window.low <= 0:
        return max(least, 1), 10**15
    most, rest = divmod(top * window.low.denominator, window.low.numerator)
    most -= rest == 0 and not window.low_closed
    return max(least, 1), most


def _nearest(
    figures: tuple[Printed, Printed, Printed],
    windows: Sequence[Window],
    per: int,
    known: int | None,
    most: int,
    level: float,
    keep: int = 3,
) -> tuple[RateCount, ...]:
    """The numbers of events that come closest, judged by the worst of the three figures.

    The distance of a figure to its window, in steps of its last digit, is linear in 1 / exposure on either side.
    The worst of the six lines is least at a crossing of two of them, so the crossings are all that need be tried.
    """
    misses = []
    units = [float(figure.unit) for figure in figures]
    edges = [
        (float(window.low) / unit, -float(window.high) / unit) for window, unit in zip(windows, units, strict=True)
    ]
    for events in range(1, most + 1):
        counts = _multiples(events, level)
        lines = []
        for (low, high), unit, count in zip(edges, units, counts, strict=True):
            lines += [(low, -count / unit), (high, count / unit)]
        exposures = [known] if known else _crossings(lines, per)
        distance, exposure = min((max(a + b * per / t for a, b in lines), t) for t in exposures)
        misses.append((max(distance, 0.0), events, exposure, counts))
    return tuple(_rate_count(e, t, t, counts, per / t, off) for off, e, t, counts in sorted(misses)[:keep])


def _crossings(lines: Sequence[tuple[float, float]], per: int) -> list[int]:
    """Whole exposures on both sides of every crossing of two lines in per / exposure."""
    found = [(a2 - a1) / (b1 - b2) for (a1, b1), (a2, b2) in combinations(lines, 2) if b1 != b2]
    exact = [per / u for u in found if u > 0.0]
    return [max(t, 1) for value in exact for t in (math.floor(value), math.ceil(value))]


def _rate_count(
    events: int, low: float, high: float, counts: tuple[float, float, float], factor: float, off_by: float
) -> RateCount:
    figures = tuple((name, count * factor) for name, count in zip(_FIGURES, counts, strict=True))
    return RateCount(events, low, high, figures, off_by)


def _other_conventions(
    figures: tuple[Printed, Printed, Printed], per: int, known: int | None, most: int, level: float, rounding: str
) -> tuple[str, ...]:
    words = {"truncate": "cut off rather than rounded", "nearest": "rounded with ties either way"}
    notes = []
    for other in (name for name in words if name != rounding):
        found = _solutions([figure.window(other) for figure in figures], per, known, most, level)
        if found:
            some = " or ".join(str(solution) for solution in found[:3])
            notes.append(f"If the figures were {words[other]}, {some} would give them.")
    return tuple(notes)
