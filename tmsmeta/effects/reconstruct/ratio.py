"""Counts behind a printed risk ratio, odds ratio or risk difference with its interval.

On its own scale (log for ratios) each of the three is a difference of two arms, g(arm t) - g(arm c), and its
variance a sum, v(arm t) + v(arm c). The estimate fixes the difference up to rounding, and the width of the interval
fixes the sum. So both arms are listed once, and pairs are found by looking up, for each arm, the few partners whose
g and v fall into the two windows; every pair found is then checked against the printed digits themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from tmsmeta.effects.reconstruct.arms import MAX_SOLUTIONS, ArmSpec, Floats, Ints, read_arm, read_total, too_many
from tmsmeta.effects.reconstruct.join import Box, join
from tmsmeta.effects.reconstruct.results import Reconstruction, TwoArms
from tmsmeta.errors import Issue, check_option
from tmsmeta.tables.printed import ROUNDINGS, Printed, Window, check_level, raise_if, read_printed, whole_number
from tmsmeta.words.arguments import answerable

MEASURES = ("RR", "OR", "RD")
CORRECTIONS = ("none", "all_cells", "events", "events_n")
"""What was added when a cell is empty: nothing; 0.5 to all four cells; 0.5 to the events of both arms; 0.5 to the
events and to the size of both arms."""

_NAMES = {"RR": "risk ratio", "OR": "odds ratio", "RD": "risk difference"}
_ADDED = {"none": (0.0, 0.0), "all_cells": (0.5, 1.0), "events": (0.5, 0.0), "events_n": (0.5, 0.5)}


@dataclass(frozen=True, kw_only=True)
class RatioQuery:
    """A printed ratio or difference and the conventions under which counts are sought for it.

    Attributes:
        measure: one of :data:`MEASURES`.
        estimate: the estimate as printed.
        low: lower limit as printed.
        high: upper limit as printed.
        quantile: normal quantile of the interval, 1.959964 for 95 %.
        correction: one of :data:`CORRECTIONS`.
        rounding: one of :data:`~tmsmeta.tables.printed.ROUNDINGS`.
        arm_t: what is known of the treated arm.
        arm_c: what is known of the comparator.
        total: patients in both arms, where known.
    """

    measure: str
    estimate: Printed
    low: Printed
    high: Printed
    quantile: float
    correction: str
    rounding: str
    arm_t: ArmSpec
    arm_c: ArmSpec
    total: int | None


@answerable
def counts_from_ratio(
    measure: str,
    estimate: str | float,
    ci: Sequence[str | float],
    *,
    n_t: int | Iterable[int] | None = None,
    n_c: int | Iterable[int] | None = None,
    events_t: int | None = None,
    events_c: int | None = None,
    percent_t: str | float | None = None,
    percent_c: str | float | None = None,
    total: int | None = None,
    max_n: int = 100,
    level: float = 0.95,
    quantile: float | None = None,
    correction: str = "none",
    rounding: str = "nearest",
    decimals: int | None = None,
) -> Reconstruction[TwoArms]:
    """Every 2x2 table that prints as this ratio (or difference) with this interval.

    Args:
        measure: ``"RR"``, ``"OR"`` (log intervals by the delta method) or ``"RD"`` (Wald interval, as a fraction).
        estimate: the estimate as printed, not logged; text keeps its decimals ("6.0" or "6.00").
        ci: lower and upper limit as printed.
        n_t: size of the treated arm, or the sizes it may have; any size up to `max_n` when left out.
        n_c: the same for the comparator.
        events_t: events in the treated arm, where known.
        events_c: events in the comparator, where known.
        percent_t: percentage printed for the treated arm, where there is one.
        percent_c: percentage printed for the comparator, where there is one.
        total: patients in both arms, where known.
        max_n: largest arm that is searched where no size is given.
        level: confidence level of the interval.
        quantile: normal quantile, where the authors rounded it (1.96); from `level` when left out.
        correction: what was added when a cell is empty: ``"none"`` lists tables that need no correction;
            ``"all_cells"`` adds 0.5 to each cell of tables with an empty one; ``"events"`` adds 0.5 to the events of
            both arms, ``"events_n"`` to events and size, when an arm has no events.
        rounding: ``"nearest"`` (ties either way), ``"half_up"``, ``"half_even"`` or ``"truncate"``.
        decimals: digits printed after the point, where the figures do not show them.

    Returns:
        All solutions within what was searched, each with the ratio and limits it gives at full precision.

    Raises:
        InvalidInputError: figures that are no numbers, limits in the wrong order or not around the estimate, a ratio
            that is not above 0, impossible sizes; or figures so coarse that over 100,000 tables fit.
        UnknownOptionError: a measure, correction or rounding that is not on its list.

    Example:
        >>> import tmsmeta as tm
        >>> found = tm.counts_from_ratio("RR", "2.00", ["0.97", "4.14"], n_t=40, n_c=40, percent_c="20")
        >>> [(it.events_t, it.events_c) for it in found.solutions]
        [(16, 8)]
    """
    check_option("measure", measure, MEASURES)
    check_option("correction", correction, CORRECTIONS)
    check_option("rounding", rounding, ROUNDINGS)
    faults: list[Issue] = []
    size = whole_number(max_n, "max_n", faults, least=1)
    check_level(level, faults)
    figures = _read_figures(measure, estimate, ci, decimals, faults)
    if quantile is not None and not (math.isfinite(quantile) and quantile > 0):
        faults.append(Issue(None, "quantile", quantile, "must be above 0, e.g. 1.96."))
    arm_t = read_arm(n_t, events_t, percent_t, "t", faults, max_n=size)
    arm_c = read_arm(n_c, events_c, percent_c, "c", faults, max_n=size)
    together = read_total(total, faults)
    raise_if(faults)
    query = RatioQuery(
        measure=measure,
        estimate=figures[0],
        low=figures[1],
        high=figures[2],
        quantile=float(quantile or -special.ndtri((1.0 - level) / 2.0)),
        correction=correction,
        rounding=rounding,
        arm_t=arm_t,
        arm_c=arm_c,
        total=together,
    )
    return Reconstruction(
        solutions=tuple(sorted(_search(query), key=lambda s: (s.n_t + s.n_c, s.n_t, s.events_t, s.events_c))),
        method=f"2x2 tables whose {_NAMES[measure]} and interval round to the printed figures.",
        inputs=_inputs(query, level),
        searched=_searched(query),
    )


def _read_figures(
    measure: str,
    estimate: str | float,
    ci: Sequence[str | float],
    decimals: int | None,
    faults: list[Issue],
) -> tuple[Printed, Printed, Printed]:
    before = len(faults)
    if isinstance(ci, str) or len(ci) != 2:
        faults.append(Issue(None, "ci", ci, "must hold the lower and the upper limit."))
        ci = ("0", "0")
    middle, low, high = (
        read_printed(value, column, faults, decimals=decimals)
        for value, column in ((estimate, "estimate"), (ci[0], "ci[0]"), (ci[1], "ci[1]"))
    )
    if len(faults) == before:
        if not low.value <= middle.value <= high.value:
            message = "must run from a lower to an upper limit with the estimate between them."
            faults.append(Issue(None, "ci", (low.text, high.text), message))
        if measure != "RD" and (low.value < 0 or high.value <= 0):
            faults.append(Issue(None, "ci", (low.text, high.text), f"must be above 0 for {measure} (not logged)."))
        if measure == "RD" and abs(middle.value) > 1:  # Wald limits may lie beyond -1 and 1
            faults.append(Issue(None, "estimate", middle.text, "must lie between -1 and 1 (a fraction) for RD."))
    return middle, low, high


def _search(query: RatioQuery) -> Iterator[TwoArms]:
    box = _box(query)
    if box is None:
        return
    check = _Check(
        estimate=query.estimate.window(query.rounding),
        low=query.low.window(query.rounding).floats(),
        high=query.high.window(query.rounding).floats(),
    )
    for left, right, corrected in _arm_lists(query):
        # All pairs first: figures that leave too much open are refused before the slow check begins.
        for i, j in list(join(left.g, left.v, right.g, right.v, box, limit=MAX_SOLUTIONS, overflow=too_many)):
            a, n, c, m = (int(x) for x in (left.events[i], left.n[i], right.events[j], right.n[j]))
            if query.total in (None, n + m):
                figures = _figures(query, check, (a, n), (c, m), corrected)
                if figures is not None:
                    yield TwoArms(a, n, c, m, figures, corrected)


@dataclass(frozen=True, kw_only=True)
class _Check:
    """What the figures of a table must fall into to print as given."""

    estimate: Window
    low: tuple[float, float]
    high: tuple[float, float]


@dataclass(frozen=True)
class _Arms:
    """One side of the search: counts, and the arm's share in the estimate (g) and in the variance (v)."""

    events: Ints
    n: Ints
    g: Floats
    v: Floats

    def keep(self, mask: npt.NDArray[np.bool_]) -> _Arms:
        return _Arms(self.events[mask], self.n[mask], self.g[mask], self.v[mask])


def _arm_lists(query: RatioQuery) -> Iterator[tuple[_Arms, _Arms, bool]]:
    """Pairs of lists to match: tables that need no correction, then those that do (each table in one list only)."""
    plain = [_arms(query, arm, "none") for arm in (query.arm_t, query.arm_c)]
    if query.correction == "none":
        yield plain[0], plain[1], False
        return
    empty = _has_empty_cell if query.correction == "all_cells" else _has_no_events
    t, c = plain
    yield t.keep(~empty(t)), c.keep(~empty(c)), False
    t, c = (_arms(query, arm, query.correction) for arm in (query.arm_t, query.arm_c))
    yield t.keep(empty(t)), c, True
    yield t.keep(~empty(t)), c.keep(empty(c)), True


def _has_empty_cell(arms: _Arms) -> npt.NDArray[np.bool_]:
    return np.asarray((arms.events == 0) | (arms.events == arms.n))


def _has_no_events(arms: _Arms) -> npt.NDArray[np.bool_]:
    return np.asarray(arms.events == 0)


def _arms(query: RatioQuery, spec: ArmSpec, correction: str) -> _Arms:
    counts, sizes = spec.pairs(query.rounding)
    plus_events, plus_n = _ADDED[correction]
    events, n = counts.astype(np.float64) + plus_events, sizes.astype(np.float64) + plus_n
    usable = {"RR": (events > 0) & (events <= n), "OR": (events > 0) & (events < n), "RD": events <= n}[query.measure]
    events, n = events[usable], n[usable]
    g, v = _SHARES[query.measure](events, n)
    return _Arms(counts[usable], sizes[usable], g, v)


def _rr_shares(events: Floats, n: Floats) -> tuple[Floats, Floats]:
    return np.log(events / n), 1.0 / events - 1.0 / n


def _or_shares(events: Floats, n: Floats) -> tuple[Floats, Floats]:
    return np.log(events / (n - events)), 1.0 / events + 1.0 / (n - events)


def _rd_shares(events: Floats, n: Floats) -> tuple[Floats, Floats]:
    risk = events / n
    return risk, risk * (1.0 - risk) / n


_SHARES: dict[str, Callable[[Floats, Floats], tuple[Floats, Floats]]] = {
    "RR": _rr_shares,
    "OR": _or_shares,
    "RD": _rd_shares,
}


def _box(query: RatioQuery) -> Box | None:
    """Where g and v must lie for the printed digits to come out; `None` when the figures contradict each other."""
    scale: Callable[[float], float] = float if query.measure == "RD" else _log
    (e0, e1), (l0, l1), (h0, h1) = (
        tuple(scale(edge) for edge in figure.window(query.rounding).floats(1e-10))
        for figure in (query.estimate, query.low, query.high)
    )
    slack = 1e-9 * max(1.0, abs(e0), abs(e1))
    g_low, g_high = max(e0, (l0 + h0) / 2.0) - slack, min(e1, (l1 + h1) / 2.0) + slack
    half_low = max((h0 - l1) / 2.0, e0 - l1, h0 - e1, 0.0) - slack
    half_high = min((h1 - l0) / 2.0, e1 - l0, h1 - e0) + slack
    if g_low > g_high or half_high < 0.0 or half_low > half_high:
        return None
    least, most = (max(half_low, 0.0) / query.quantile) ** 2, (half_high / query.quantile) ** 2
    return Box(g_low, g_high, least - 1e-12, most + 1e-12)


def _log(value: float) -> float:
    return math.log(value) if value > 0.0 else -math.inf


def _figures(
    query: RatioQuery, check: _Check, arm_t: tuple[int, int], arm_c: tuple[int, int], corrected: bool
) -> tuple[tuple[str, float], ...] | None:
    """Estimate and limits of a table, or `None` when they do not print as they should.

    The estimate is a fraction and is compared as one, so a tie falls on the right side of its window. The limits
    are not, and get the room of a few units of floating point.
    """
    plus_events, plus_n = _ADDED[query.correction] if corrected else (0.0, 0.0)
    (a, n), (c, m) = ((Fraction(e + plus_events), Fraction(k + plus_n)) for e, k in (arm_t, arm_c))
    exact, variance = _EXACT[query.measure](a, n, c, m)
    if exact not in check.estimate:
        return None
    logged = query.measure != "RD"
    centre, half = math.log(exact) if logged else float(exact), query.quantile * math.sqrt(variance)
    low, high = (math.exp(centre - half), math.exp(centre + half)) if logged else (centre - half, centre + half)
    if not (check.low[0] <= low <= check.low[1] and check.high[0] <= high <= check.high[1]):
        return None
    return ("estimate", float(exact)), ("ci_low", low), ("ci_high", high)


def _exact_rr(a: Fraction, n: Fraction, c: Fraction, m: Fraction) -> tuple[Fraction, Fraction]:
    return a * m / (c * n), 1 / a - 1 / n + 1 / c - 1 / m


def _exact_or(a: Fraction, n: Fraction, c: Fraction, m: Fraction) -> tuple[Fraction, Fraction]:
    return a * (m - c) / (c * (n - a)), 1 / a + 1 / (n - a) + 1 / c + 1 / (m - c)


def _exact_rd(a: Fraction, n: Fraction, c: Fraction, m: Fraction) -> tuple[Fraction, Fraction]:
    return a / n - c / m, a * (n - a) / n**3 + c * (m - c) / m**3


_EXACT = {"RR": _exact_rr, "OR": _exact_or, "RD": _exact_rd}


def _inputs(query: RatioQuery, level: float) -> dict[str, Any]:
    return {
        "measure": query.measure,
        "estimate": query.estimate.text,
        "ci": [query.low.text, query.high.text],
        "level": level,
        "quantile": query.quantile,
        "correction": query.correction,
        "rounding": query.rounding,
        "total": query.total,
    }


def _searched(query: RatioQuery) -> str:
    total = "" if query.total is None else f", {query.total} patients in all"
    words = {
        "none": "no continuity correction",
        "all_cells": "0.5 added to all cells where one is empty",
        "events": "0.5 added to the events where an arm has none",
        "events_n": "0.5 added to events and n where an arm has no events",
    }
    printed = f"{query.measure} {query.estimate.text} ({query.low.text} to {query.high.text})"
    arms = f"{query.arm_t.phrase('treated')}, {query.arm_c.phrase('comparator')}"
    return f"{printed}, {arms}{total}, {words[query.correction]}"
