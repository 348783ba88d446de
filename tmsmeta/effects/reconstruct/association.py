"""Counts behind a printed chi-square statistic or p value of a 2x2 table."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
from scipy import special

from tmsmeta.effects.reconstruct.arms import MAX_SOLUTIONS, ArmSpec, Floats, Ints, read_arm, read_total, too_many
from tmsmeta.effects.reconstruct.results import Reconstruction, TwoArms
from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.tables.printed import ROUNDINGS, Printed, raise_if, read_printed
from tmsmeta.words.arguments import answerable

TESTS = ("chi2", "chi2_yates", "fisher")
DIRECTIONS = ("either", "t", "c")

_NAMES = {
    "chi2": "Pearson's chi-square",
    "chi2_yates": "chi-square with Yates' correction",
    "fisher": "Fisher's exact test",
}
_MAX_TABLES = 4_000_000


@answerable
def counts_from_test(
    *,
    test: str,
    n_t: int | Iterable[int],
    n_c: int | Iterable[int],
    statistic: str | float | None = None,
    p: str | float | None = None,
    events_t: int | None = None,
    events_c: int | None = None,
    percent_t: str | float | None = None,
    percent_c: str | float | None = None,
    total: int | None = None,
    more_in: str = "either",
    rounding: str = "nearest",
    decimals: int | None = None,
) -> Reconstruction[TwoArms]:
    """Every 2x2 table whose test prints as this statistic, this p value, or both.

    Args:
        test: ``"chi2"`` (Pearson), ``"chi2_yates"``, or ``"fisher"`` (exact, two-sided: the probability of all
            tables that are at most as likely as the one seen).
        n_t: size of the treated arm, or the sizes it may have.
        n_c: the same for the comparator.
        statistic: chi-square with one degree of freedom, as printed.
        p: two-sided p value as printed; ``"<0.001"`` and ``">0.05"`` are understood.
        events_t: events in the treated arm, where known.
        events_c: events in the comparator, where known.
        percent_t: percentage printed for the treated arm, where there is one.
        percent_c: percentage printed for the comparator, where there is one.
        total: patients in both arms, where known.
        more_in: the arm with the higher share of events: ``"t"``, ``"c"`` or ``"either"``; a test does not tell.
        rounding: ``"nearest"`` (ties either way), ``"half_up"``, ``"half_even"`` or ``"truncate"``.
        decimals: digits printed after the point, where the figures do not show them.

    Returns:
        All solutions within what was searched, with the statistic and p value that each gives. Tables without any
        event, or with events only, have no chi-square and are left out of those tests.

    Raises:
        InvalidInputError: no figure at all, a statistic with Fisher's test, a p value outside 0 to 1, impossible
            sizes; or so little information that over 100,000 tables fit.
        UnknownOptionError: a test, direction or rounding that is not on its list.

    Example:
        >>> import tmsmeta as tm
        >>> found = tm.reconstruct.counts_from_test(test="chi2", n_t=30, n_c=30, statistic="4.80", events_c=6)
        >>> [(it.events_t, it.events_c) for it in found.solutions]
        [(14, 6)]

    Source: Yates 1934, Supplement to the Journal of the Royal Statistical Society 1:217-235; Fisher's test with the
    two-sided rule by probability, as in most software.
    """
    check_option("test", test, TESTS)
    check_option("more_in", more_in, DIRECTIONS)
    check_option("rounding", rounding, ROUNDINGS)
    faults: list[Issue] = []
    figures = _read_figures(test, statistic, p, decimals, faults)
    arm_t = read_arm(n_t, events_t, percent_t, "t", faults)
    arm_c = read_arm(n_c, events_c, percent_c, "c", faults)
    together = read_total(total, faults)
    raise_if(faults)
    tables = _tables(arm_t, arm_c, together, more_in, rounding)
    solutions = _matching(test, figures, tables, rounding)
    printed = " and ".join(f"{name} {figure.text}" for name, figure in figures.items())
    both = "" if together is None else f", {together} patients in all"
    return Reconstruction(
        solutions=solutions,
        method=f"2x2 tables whose {_NAMES[test]} rounds to the printed figures.",
        inputs=_inputs(test, figures, more_in, rounding, together),
        searched=f"{_NAMES[test]}, {printed}, {arm_t.phrase('treated')}, {arm_c.phrase('comparator')}{both}",
    )


def _read_figures(
    test: str, statistic: str | float | None, p: str | float | None, decimals: int | None, faults: list[Issue]
) -> dict[str, Printed]:
    figures = {}
    if statistic is not None:
        figures["statistic"] = read_printed(statistic, "statistic", faults, decimals=decimals)
        if figures["statistic"].value < 0:
            faults.append(Issue(None, "statistic", statistic, "must not be negative."))
        if test == "fisher":
            faults.append(Issue(None, "statistic", statistic, "does not exist for Fisher's test; give p."))
    if p is not None:
        figures["p"] = read_printed(p, "p", faults, decimals=decimals, bounds=True)
        if not 0 <= figures["p"].value <= 1:
            faults.append(Issue(None, "p", p, "must lie between 0 and 1."))
    if not figures:
        faults.append(Issue(None, "p", None, "or `statistic` must be given."))
    return figures


def _tables(arm_t: ArmSpec, arm_c: ArmSpec, total: int | None, more_in: str, rounding: str) -> tuple[Ints, ...]:
    """All tables within the constraints, as four arrays: events_t, n_t, events_c, n_c."""
    a, n = arm_t.pairs(rounding)
    c, m = arm_c.pairs(rounding)
    if a.size * c.size > _MAX_TABLES:
        message = f"allow {a.size * c.size:,} tables, more than {_MAX_TABLES:,}; narrow n_t and n_c or give events."
        raise InvalidInputError(Issue(None, "n_t and n_c", None, message))
    i, j = (index.ravel() for index in np.indices((a.size, c.size)))
    keep = np.ones(i.size, dtype=bool) if total is None else n[i] + m[j] == total
    gap = a[i] * m[j] - c[j] * n[i]
    if more_in != "either":
        keep &= gap > 0 if more_in == "t" else gap < 0
    i, j = i[keep], j[keep]
    return a[i], n[i], c[j], m[j]


def _matching(test: str, figures: dict[str, Printed], tables: tuple[Ints, ...], rounding: str) -> tuple[TwoArms, ...]:
    if test == "fisher":
        values = {"p": fisher_p(*tables)}
        defined = np.ones(values["p"].size, dtype=bool)
    else:
        statistic, defined = chi_square(*tables, yates=test == "chi2_yates")
        values = {"statistic": statistic, "p": np.asarray(special.chdtrc(1.0, statistic))}
    hit = defined.copy()
    for name, figure in figures.items():
        low, high = figure.window(rounding).floats(1e-9)
        hit &= (values[name] >= low) & (values[name] <= high)
    rows = np.flatnonzero(hit)
    if rows.size > MAX_SOLUTIONS:
        raise too_many(int(rows.size))
    found = []
    for row in rows:
        counts = tuple(int(column[row]) for column in tables)
        if _fits_exactly(test, counts, figures, rounding):
            shown = tuple((name, float(value[row])) for name, value in values.items())
            found.append(TwoArms(counts[0], counts[1], counts[2], counts[3], shown))
    return tuple(sorted(found, key=lambda s: (s.n_t + s.n_c, s.n_t, s.events_t, s.events_c)))


def _fits_exactly(test: str, counts: tuple[int, ...], figures: dict[str, Printed], rounding: str) -> bool:
    """Decide a statistic on a rounding edge: it is a fraction, so a tie can be told from a near miss."""
    if test == "fisher" or "statistic" not in figures:
        return True
    a, n, c, m = counts
    whole = n + m
    gap = Fraction(abs(a * m - c * n))
    if test == "chi2_yates":
        gap = max(gap - Fraction(whole, 2), Fraction(0))
    exact = whole * gap**2 / (n * m * (a + c) * (whole - a - c))
    return exact in figures["statistic"].window(rounding)


def chi_square(a: Ints, n: Ints, c: Ints, m: Ints, *, yates: bool) -> tuple[Floats, Any]:
    """Chi-square of each table, and whether it exists (some events, and not events only)."""
    events_t, n_t, events_c, n_c = (np.asarray(column, dtype=np.float64) for column in (a, n, c, m))
    whole, events = n_t + n_c, events_t + events_c
    gap = np.abs(events_t * n_c - events_c * n_t)
    if yates:
        gap = np.maximum(gap - whole / 2.0, 0.0)
    spread = n_t * n_c * events * (whole - events)
    defined = spread > 0.0
    return np.divide(whole * gap**2, spread, out=np.zeros_like(gap), where=defined), defined


def fisher_p(a: Ints, n: Ints, c: Ints, m: Ints) -> Floats:
    """Two-sided p of Fisher's test for each table, computed once for all tables with the same margins."""
    answer = np.empty(a.size)
    margins = np.stack([n, m, a + c], axis=1)
    unique, which = np.unique(margins, axis=0, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    edges = np.searchsorted(which.ravel()[order], np.arange(len(unique) + 1))
    for group, (size_t, size_c, events) in enumerate(unique.tolist()):
        rows = order[edges[group] : edges[group + 1]]
        least, p = _fisher_row(size_t, size_c, events)
        answer[rows] = p[a[rows] - least]
    return answer


def _fisher_row(n: int, m: int, events: int) -> tuple[int, Floats]:
    """p for every table with these margins: the probability of all that are at most as likely.

    Equally likely tables can differ in the last digits, so likelihoods within 1e-7 (relative) count as equal.
    """
    least = max(0, events - m)
    x = np.arange(least, min(n, events) + 1)
    log_probability = _log_choose(n, x) + _log_choose(m, events - x) - _log_choose(n + m, np.array([events]))
    probability = np.exp(log_probability)
    ascending = np.sort(probability)
    cumulative = np.cumsum(ascending)
    upto = np.searchsorted(ascending, probability * (1.0 + 1e-7), side="right")
    return least, np.asarray(np.minimum(cumulative[upto - 1], 1.0))


def _log_choose(n: int, k: Ints) -> Floats:
    return np.asarray(math.lgamma(n + 1) - special.gammaln(k + 1.0) - special.gammaln(n - k + 1.0))


def _inputs(test: str, figures: dict[str, Printed], more_in: str, rounding: str, total: int | None) -> dict[str, Any]:
    shown = {name: figure.text for name, figure in figures.items()}
    return {"test": test, **shown, "more_in": more_in, "rounding": rounding, "total": total}
