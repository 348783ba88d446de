"""Interval functions beside their definitions: tail probabilities summed term by term, likelihoods maximised."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, stats

from tmsmeta.effects.intervals import (
    Interval,
    clopper_pearson,
    garwood,
    newcombe_difference,
    rate_ratio_exact,
    risk_ratio_interval,
    wilson,
)
from tmsmeta.errors import InvalidInputError, NotAssessable, UnknownOptionError

TABLES = [
    (12, 22, 1, 11),
    (0, 20, 1, 40),
    (5, 20, 0, 40),
    (20, 20, 13, 40),
    (3, 20, 40, 40),
    (20, 20, 40, 40),
    (7, 9, 2, 8),
]

# The limits solve an equation whose terms are summed in floating point: 1e-9 leaves room for that and no more.
RTOL = 1e-9


def binomial_at_least(x: int, n: int, p: float) -> float:
    return math.fsum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(x, n + 1))


@pytest.mark.parametrize(("events", "n"), [(0, 5), (5, 5), (1, 9), (11, 35), (61, 75)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_clopper_pearson_limits_leave_half_of_the_error_in_each_tail(events: int, n: int, level: float) -> None:
    found, tail = clopper_pearson(events, n, level=level), (1 - level) / 2
    assert (
        found.low == 0.0 if events == 0 else math.isclose(binomial_at_least(events, n, found.low), tail, rel_tol=RTOL)
    )
    upper = 1 - binomial_at_least(events + 1, n, found.high)
    assert found.high == 1.0 if events == n else math.isclose(upper, tail, rel_tol=1e-7)  # 1 - sum loses digits


@pytest.mark.parametrize("events", [0, 1, 2, 11, 24])
def test_garwood_limits_leave_half_of_the_error_in_each_tail(events: int) -> None:
    found = garwood(events, 318_560, per=1000)
    mean_low, mean_high = (limit * 318_560 / 1000 for limit in (found.low, found.high))
    below = math.fsum(math.exp(-mean_high) * mean_high**i / math.factorial(i) for i in range(events + 1))
    at_least = 1 - math.fsum(math.exp(-mean_low) * mean_low**i / math.factorial(i) for i in range(events))
    assert math.isclose(below, 0.025, rel_tol=RTOL)
    assert found.low == 0.0 if events == 0 else math.isclose(at_least, 0.025, rel_tol=1e-7)  # 1 - sum loses digits


@pytest.mark.parametrize(("events", "n"), [(0, 5), (5, 5), (1, 9), (11, 35), (61, 75)])
def test_wilson_limits_are_where_the_score_test_turns(events: int, n: int) -> None:
    found = wilson(events, n)
    z = stats.norm.isf(0.025)
    for limit in (found.low, found.high):
        if 0 < limit < 1:
            assert math.isclose(abs(events / n - limit), z * math.sqrt(limit * (1 - limit) / n), rel_tol=RTOL)
    assert (found.low == 0.0) == (events == 0)
    assert (found.high == 1.0) == (events == n)


def score_statistic(ratio: float, a: int, n: int, c: int, m: int) -> float:
    """Pearson's chi-square at the most likely pair of risks with this ratio, found by search."""

    def minus_log_likelihood(p: float) -> float:
        terms = ((a, ratio * p), (n - a, 1 - ratio * p), (c, p), (m - c, 1 - p))
        return -math.fsum(k * math.log(q) for k, q in terms if k)

    top = min(1.0, 1.0 / ratio)
    best = optimize.minimize_scalar(
        minus_log_likelihood, bounds=(1e-12, top - 1e-12), method="bounded", options={"xatol": 1e-13}
    )
    p = best.x
    return (a - n * ratio * p) ** 2 / (n * ratio * p * (1 - ratio * p)) + (c - m * p) ** 2 / (m * p * (1 - p))


@pytest.mark.parametrize("table", TABLES)
def test_score_limits_are_where_the_score_test_turns(table: tuple[int, int, int, int]) -> None:
    found = risk_ratio_interval(*table)
    for limit in (found.low, found.high):
        if 0 < limit < math.inf:
            # The maximum of a likelihood is flat: a search finds it to about 1e-7.
            assert math.isclose(score_statistic(limit, *table), stats.norm.isf(0.025) ** 2, rel_tol=1e-4)


def test_newcombe_against_statsmodels() -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

    for a, n, c, m in TABLES:
        low, high = confint_proportions_2indep(a, n, c, m, method="newcomb", compare="diff")
        found = newcombe_difference(a, n, c, m)
        np.testing.assert_allclose((found.low, found.high), (low, high), rtol=1e-12, atol=1e-15)
        for level in (0.9, 0.99):
            for x, k in ((a, n), (c, m)):
                wanted = proportion_confint(x, k, alpha=1 - level, method="wilson")
                np.testing.assert_allclose(
                    (wilson(x, k, level=level).low, wilson(x, k, level=level).high), wanted, atol=1e-12
                )


@pytest.mark.parametrize("table", TABLES)
def test_log_interval_by_hand(table: tuple[int, int, int, int]) -> None:
    a, n, c, m = table
    if 0 in (a, c):
        with pytest.raises(InvalidInputError, match="score"):
            risk_ratio_interval(a, n, c, m, method="log")
        return
    found = risk_ratio_interval(a, n, c, m, method="log")
    se = math.sqrt(1 / a - 1 / n + 1 / c - 1 / m)
    wanted = [(a / n) / (c / m) * math.exp(sign * stats.norm.isf(0.025) * se) for sign in (-1, 1)]
    np.testing.assert_allclose((found.low, found.high), wanted, rtol=1e-12)


@pytest.mark.parametrize(("events_t", "events_c"), [(11, 2), (0, 4), (4, 0), (24, 18)])
def test_rate_ratio_limits_leave_half_of_the_error_in_each_tail(events_t: int, events_c: int) -> None:
    found = rate_ratio_exact(events_t, 1979.0, events_c, 14_000.0)
    total = events_t + events_c
    low, high = (
        limit * 1979 / (limit * 1979 + 14_000) if limit < math.inf else 1.0 for limit in (found.low, found.high)
    )
    if events_t:
        assert math.isclose(binomial_at_least(events_t, total, low), 0.025, rel_tol=RTOL)
    if events_c:
        assert math.isclose(1 - binomial_at_least(events_t + 1, total, high), 0.025, rel_tol=1e-7)
    assert (found.low == 0.0, found.high == math.inf) == (events_t == 0, events_c == 0)


def test_no_events_in_either_arm_leave_everything_open() -> None:
    for found in (rate_ratio_exact(0, 10, 0, 20), risk_ratio_interval(0, 10, 0, 20)):
        assert isinstance(found.estimate, NotAssessable)
        assert (found.low, found.high) == (0.0, math.inf)
        assert found.to_dict()["high"] == "infinity"
        assert "neither arm has an event" in found.sentence()
        assert found.to_frame().loc[0, "note"] == "not assessable: neither arm has an event"


def test_all_faults_are_listed() -> None:
    with pytest.raises(InvalidInputError) as caught:
        newcombe_difference(5, 3, -1, 0, level=95)
    assert [issue.column for issue in caught.value.issues] == ["events_t", "events_c", "level"]
    with pytest.raises(InvalidInputError) as caught:
        garwood(1.5, 0, per=math.nan)  # type: ignore[arg-type]
    assert [issue.column for issue in caught.value.issues] == ["events", "exposure", "per"]
    with pytest.raises(UnknownOptionError, match="'score', 'log'"):
        risk_ratio_interval(1, 2, 3, 4, method="exact")


def test_result_travels() -> None:
    found = garwood(18, 586_656, per=10_000)
    assert isinstance(found, Interval)
    assert found.sentence() == "rate 0.3068 per 10,000 (95% interval 0.1818 to 0.4849; Garwood exact Poisson)."
    assert found.to_dict()["inputs"] == {"events": 18.0, "exposure": 586_656.0}
    assert found.to_frame().loc[0, "ci_low"] == found.low
    assert found.contains(0.31)
