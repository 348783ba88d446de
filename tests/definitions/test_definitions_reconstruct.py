"""Every search beside the slow definition of it: try all tables, compute, round, compare."""

from __future__ import annotations

import math
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy import stats

from tmsmeta.effects.reconstruct import (
    arms_from_percents,
    counts_from_percent,
    counts_from_ratio,
    counts_from_test,
    events_from_rate,
    feasible_denominators,
)

MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "truncate": ROUND_DOWN}
ADDED = {"none": (0.0, 0.0), "all_cells": (0.5, 1.0), "events": (0.5, 0.0), "events_n": (0.5, 0.5)}
Z = 1.959963984540054  # the 97.5 % point of the normal distribution


def show(value: float | Fraction, decimals: int, rounding: str) -> str:
    """A number printed with so many decimals."""
    fraction = Fraction(value)
    exact = Decimal(fraction.numerator) / Decimal(fraction.denominator)  # 28 digits
    shown = exact.quantize(Decimal(1).scaleb(-decimals), rounding=MODES[rounding])
    return f"{abs(shown) if shown == 0 else shown:f}"


def ratio_figures(
    measure: str, counts: tuple[int, int, int, int], correction: str
) -> tuple[Fraction, float, float] | None:
    """Estimate and limits from the textbook formulas, or None where they do not exist."""
    a, n, c, m = counts
    trigger = {"none": False, "all_cells": 0 in (a, n - a, c, m - c)}.get(correction, 0 in (a, c))
    plus_events, plus_n = ADDED[correction] if trigger else (0.0, 0.0)
    x, k, y, l = (Fraction(v) for v in (a + plus_events, n + plus_n, c + plus_events, m + plus_n))  # noqa: E741
    if measure == "RD":
        if x > k or y > l:
            return None
        estimate = x / k - y / l
        se = math.sqrt(x * (k - x) / k**3 + y * (l - y) / l**3)
        return estimate, float(estimate) - Z * se, float(estimate) + Z * se
    if not (0 < x <= k and 0 < y <= l) or (measure == "OR" and (x == k or y == l)):
        return None
    if measure == "RR":
        estimate, variance = (x / k) / (y / l), 1 / x - 1 / k + 1 / y - 1 / l
    else:
        estimate = (x / (k - x)) / (y / (l - y))
        variance = 1 / x + 1 / (k - x) + 1 / y + 1 / (l - y)
    se = math.sqrt(variance)
    return estimate, math.exp(math.log(estimate) - Z * se), math.exp(math.log(estimate) + Z * se)


def all_tables(largest: int) -> list[tuple[int, int, int, int]]:
    arms = [(a, n) for n in range(1, largest + 1) for a in range(n + 1)]
    return [(*t, *c) for t, c in product(arms, arms)]


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
@pytest.mark.parametrize("correction", ["none", "all_cells", "events", "events_n"])
@pytest.mark.parametrize("rounding", ["half_up", "half_even", "truncate"])
def test_ratio_search_loses_and_invents_nothing(measure: str, correction: str, rounding: str) -> None:
    rng = np.random.default_rng(20)
    largest, decimals = 9, 2
    printed: dict[tuple[str, ...], set[tuple[int, ...]]] = {}
    for counts in all_tables(largest):
        figures = ratio_figures(measure, counts, correction)
        if figures is not None:
            printed.setdefault(tuple(show(f, decimals, rounding) for f in figures), set()).add(counts)
    keys = list(printed)
    for index in rng.choice(len(keys), size=40, replace=False):
        estimate, low, high = keys[index]
        found = counts_from_ratio(
            measure, estimate, (low, high), max_n=largest, correction=correction, rounding=rounding
        )
        assert {s.key for s in found.solutions} == printed[keys[index]], (estimate, low, high)


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
def test_ratio_search_finds_larger_tables_that_the_definition_finds(measure: str) -> None:
    rng = np.random.default_rng(7)
    for _ in range(25):
        n, m = (int(v) for v in rng.integers(20, 400, size=2))
        a, c = int(rng.integers(1, n)), int(rng.integers(1, m))
        figures = ratio_figures(measure, (a, n, c, m), "none")
        assert figures is not None
        estimate, low, high = (show(f, 3, "half_up") for f in figures)
        found = counts_from_ratio(measure, estimate, (low, high), n_t=n, n_c=m, rounding="half_up")
        assert (a, n, c, m) in {s.key for s in found.solutions}
        for solution in found.solutions:
            again = ratio_figures(measure, solution.key, "none")
            assert again is not None
            assert tuple(show(f, 3, "half_up") for f in again) == (estimate, low, high)


def test_percentages_at_rounding_edges() -> None:
    for n in range(1, 130):
        for rounding, decimals in product(MODES, (0, 1)):
            shown: dict[str, list[int]] = {}
            for events in range(n + 1):
                shown.setdefault(show(Fraction(100 * events, n), decimals, rounding), []).append(events)
            for text, wanted in list(shown.items())[:: max(len(shown) // 12, 1)]:
                found = counts_from_percent(text, n, rounding=rounding)
                assert [s.events for s in found.solutions] == wanted, (text, n, rounding)


def test_denominators_by_trying_them_all() -> None:
    printed = ("20.7", "34.5")
    wanted = [
        n
        for n in range(1, 320)
        if all(any(show(Fraction(100 * e, n), 1, "half_up") == text for e in range(n + 1)) for text in printed)
    ]
    assert [d.n for d in feasible_denominators(printed, max_n=319).solutions] == wanted


def test_splits_by_trying_them_all() -> None:
    def fits(texts: tuple[str, ...], n: int) -> bool:
        return all(any(show(Fraction(100 * e, n), 0, "half_up") == t for e in range(n + 1)) for t in texts)

    printed, total = [("33",), ("25", "50"), ("17",)], 40
    wanted = [
        (i, j, total - i - j)
        for i in range(1, total)
        for j in range(1, total - i)
        if all(fits(texts, n) for texts, n in zip(printed, (i, j, total - i - j), strict=True))
    ]
    assert [s.key for s in arms_from_percents(printed, total).solutions] == wanted


@pytest.mark.parametrize("test", ["chi2", "chi2_yates", "fisher"])
def test_association_search_against_scipy(test: str) -> None:
    rng = np.random.default_rng(3)
    for n, m in ((7, 9), (10, 10), (12, 5)):
        figures = {}
        for a, c in product(range(n + 1), range(m + 1)):
            table = [[a, n - a], [c, m - c]]
            if test == "fisher":
                figures[a, n, c, m] = (None, float(stats.fisher_exact(table).pvalue))
            elif 0 < a + c < n + m:
                answer = stats.chi2_contingency(table, correction=test == "chi2_yates")
                figures[a, n, c, m] = (float(answer.statistic), float(answer.pvalue))
        for index in rng.choice(len(figures), size=12, replace=False):
            statistic, p = list(figures.values())[index]
            shown_p = f"{p:.3f}"
            wanted = {k for k, (_, q) in figures.items() if f"{q:.3f}" == shown_p}
            found = counts_from_test(test=test, p=shown_p, n_t=n, n_c=m, rounding="nearest")
            assert {s.key for s in found.solutions} == wanted
            if statistic is not None:
                wanted = {k for k, (s, _) in figures.items() if s is not None and f"{s:.2f}" == f"{statistic:.2f}"}
                found = counts_from_test(test=test, statistic=f"{statistic:.2f}", n_t=n, n_c=m)
                assert wanted <= {s.key for s in found.solutions}
                ties = {s.key for s in found.solutions} - wanted  # exactly on an edge: "nearest" lists both sides
                assert all(math.isclose((100 * (figures[k][0] or 0)) % 1, 0.5, abs_tol=1e-9) for k in ties)


def test_rate_search_by_trying_all_exposures() -> None:
    def limit(q: float, df: int) -> Fraction:
        return Fraction(float(stats.chi2.ppf(q, df)) / 2.0 if df else 0.0)

    # The rate and its limits, times the exposure: x, and halves of chi-square quantiles with 2x and 2x + 2 df.
    tops = {x: (Fraction(x), limit(0.025, 2 * x), limit(0.975, 2 * x + 2)) for x in range(7)}
    exposures = range(150, 1000)
    printed: dict[tuple[str, ...], dict[int, list[int]]] = {}
    for x, t in product(tops, exposures):
        text = tuple(show(1000 * v / t, 1, "half_up") for v in tops[x])
        printed.setdefault(text, {}).setdefault(x, []).append(t)
    keys = list(printed)
    for index in np.random.default_rng(11).choice(len(keys), size=150, replace=False):
        rate, low, high = keys[index]
        found = events_from_rate(rate, (low, high), per=1000, max_events=6)
        within = {
            s.events: [t for t in range(int(s.exposure_low), min(int(s.exposure_high), 999) + 1) if t in exposures]
            for s in found.solutions
        }
        assert {x: ts for x, ts in within.items() if ts} == printed[keys[index]], (rate, low, high)


def test_an_exposure_that_puts_the_rate_on_a_rounding_edge_goes_to_the_right_side() -> None:
    # 1 in 800 is 1.25 per 1,000 exactly: ties up print 1.3, ties to even 1.2.
    assert events_from_rate("1.2", ("0.0", "7.0"), per=1000).where(events=1).solution.exposure_low == 801
    even = events_from_rate("1.2", ("0.0", "7.0"), per=1000, rounding="half_even")
    assert even.where(events=1).solution.exposure_low == 800
