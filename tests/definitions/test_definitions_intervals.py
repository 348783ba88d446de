"""Interval functions beside their definitions: tail probabilities summed term by term, likelihoods maximised."""

from __future__ import annotations

import math
import warnings

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


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("table", TABLES)
def test_newcombe_from_the_wilson_limits_of_each_arm(table: tuple[int, int, int, int], level: float) -> None:
    a, n, c, m = table
    t, k, difference = wilson(a, n, level=level), wilson(c, m, level=level), a / n - c / m
    found = newcombe_difference(*table, level=level)
    low = difference - math.hypot(a / n - t.low, k.high - c / m)
    high = difference + math.hypot(t.high - a / n, c / m - k.low)
    np.testing.assert_allclose((found.estimate, found.low, found.high), (difference, low, high), rtol=1e-12, atol=1e-15)


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


@pytest.mark.parametrize("level", [0.8, 0.95, 0.999])
def test_one_sample_limits_are_those_of_statsmodels(level: float) -> None:
    """Why they are our own: equal to 1e-13, and 0 without events, where statsmodels' Wilson limit is not always 0."""
    from statsmodels.stats.proportion import proportion_confint
    from statsmodels.stats.rates import confint_poisson

    counts = [(0, 5), (5, 5), (1, 9), (11, 35), (61, 75), (3, 10_000_000), (500_000, 1_000_000), (0, 1_000_000)]
    for x, n in counts:
        pairs = (
            (clopper_pearson(x, n, level=level), proportion_confint(x, n, alpha=1 - level, method="beta")),
            (wilson(x, n, level=level), proportion_confint(x, n, alpha=1 - level, method="wilson")),
            (garwood(x, float(n), level=level), confint_poisson(x, float(n), method="exact-c", alpha=1 - level)),
        )
        for found, wanted in pairs:
            np.testing.assert_allclose((found.low, found.high), wanted, rtol=1e-13, atol=1e-18)
            assert (found.low == 0.0) == (x == 0)
    assert proportion_confint(0, 1_000_000, method="wilson")[0] != 0.0


@pytest.mark.parametrize("table", [(19, 19, 161, 238), (0, 11, 109, 194)])
def test_koopman_where_statsmodels_has_no_limits(table: tuple[int, int, int, int]) -> None:
    """Why the score interval is our own: with no or only events in an arm statsmodels 0.15 has a wrong lower limit.

    Ours is where the score statistic equals the quantile, or 0 and infinity where it never does.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    found = risk_ratio_interval(*table)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = confint_proportions_2indep(*table, method="score", compare="ratio", correction=False)
    quantile = stats.norm.isf(0.025) ** 2
    for limit in (found.low, found.high):
        if 0 < limit < math.inf:
            assert math.isclose(score_statistic(limit, *table), quantile, rel_tol=1e-4)
    assert (found.low == 0.0) == (table[0] == 0)
    assert not math.isclose(float(theirs[0]), found.low, rel_tol=1e-6)


@pytest.mark.parametrize("method", ["score", "wald-log", "mover"])
def test_rate_ratio_beside_the_intervals_of_statsmodels(method: str) -> None:
    """Why the exact interval is our own: none of statsmodels' is exact; the exact one is wider than each of them."""
    from statsmodels.stats.rates import confint_poisson_2indep

    found = rate_ratio_exact(11, 1979.0, 2, 14_000.0)
    low, high = confint_poisson_2indep(11, 1979.0, 2, 14_000.0, method=method, compare="ratio")
    assert found.low < float(low)
    assert found.high > float(high)
