"""Whatever the counts were, printing them and searching must list them again."""

from __future__ import annotations

import json
import math
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tmsmeta.effects.intervals import garwood
from tmsmeta.effects.reconstruct import (
    arms_from_percents,
    check_percent,
    counts_from_percent,
    counts_from_ratio,
    counts_from_test,
    events_from_rate,
)
from tmsmeta.effects.reconstruct.association import chi_square, fisher_p

MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "truncate": ROUND_DOWN}
arm = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def percent(events: int, n: int, decimals: int, rounding: str) -> str:
    exact = Decimal(100 * events) / Decimal(n)
    return f"{exact.quantize(Decimal(1).scaleb(-decimals), rounding=MODES[rounding]):f}"


@settings(max_examples=150)
@given(arm, st.integers(0, 3), st.sampled_from(sorted(MODES)))
def test_a_printed_percentage_gives_its_count_back(counts: tuple[int, int], decimals: int, rounding: str) -> None:
    events, n = counts
    text = percent(events, n, decimals, rounding)
    found = counts_from_percent(text, n, rounding=rounding)
    assert events in [s.events for s in found.solutions]
    assert all(percent(s.events, n, decimals, rounding) == text for s in found.solutions)
    assert check_percent(text, n, rounding=rounding).feasible


@settings(max_examples=150)
@given(st.integers(1, 120), st.integers(0, 1000))
def test_a_percentage_that_fits_nothing_is_told_so_with_neighbours_that_do(n: int, tenths: int) -> None:
    text = f"{tenths // 10}.{tenths % 10}"
    found = check_percent(text, n)
    possible = {percent(e, n, 1, "half_up") for e in range(n + 1)}
    assert found.feasible == (text in possible)
    for size in found.nearest_denominators:
        assert text in {percent(e, size, 1, "half_up") for e in range(size + 1)}
    json.dumps(found.to_dict(), allow_nan=False)
    assert found.sentence().startswith(f"{text}% can")
    assert len(found.to_frame()) == 1


@settings(max_examples=60)
@given(st.tuples(st.integers(1, 40), st.integers(2, 41)), st.tuples(st.integers(1, 40), st.integers(2, 41)))
def test_arms_of_a_total_are_among_the_splits(t: tuple[int, int], c: tuple[int, int]) -> None:
    assume(t[0] <= t[1] and c[0] <= c[1])
    texts = [percent(*counts, 1, "half_up") for counts in (t, c)]
    found = arms_from_percents(texts, t[1] + c[1])
    assert (t[1], c[1]) in [s.key for s in found.solutions]


small = st.integers(2, 40).flatmap(lambda n: st.tuples(st.integers(1, n - 1), st.just(n)))


@settings(max_examples=60)
@given(small, small, st.sampled_from(["RR", "OR", "RD"]), st.integers(2, 3))
def test_a_printed_ratio_gives_its_counts_back(
    t: tuple[int, int], c: tuple[int, int], measure: str, digits: int
) -> None:
    (a, n), (b, m) = t, c
    risks = a / n, b / m
    if measure == "RD":
        centre, se = risks[0] - risks[1], math.sqrt(sum(p * (1 - p) / k for p, k in zip(risks, (n, m), strict=True)))
        figures = [centre + z * 1.959963984540054 * se for z in (0, -1, 1)]
    else:
        odds = measure == "OR"
        parts = [(x, k - x) if odds else (x, k) for x, k in (t, c)]
        centre = math.log(parts[0][0] / parts[0][1]) - math.log(parts[1][0] / parts[1][1])
        se = math.sqrt(sum(1 / x + (1 / y if odds else -1 / y) for x, y in parts))
        figures = [math.exp(centre + z * 1.959963984540054 * se) for z in (0, -1, 1)]
    text = [f"{figure:.{digits}f}" for figure in figures]
    assume(measure == "RD" or float(text[1]) > 0)
    found = counts_from_ratio(measure, text[0], (text[1], text[2]), n_t=range(1, n + 3), n_c=range(1, m + 3))
    assert (a, n, b, m) in [s.key for s in found.solutions]
    assert counts_from_ratio(measure, text[0], (text[1], text[2]), n_t=n, n_c=m, total=n + m).solutions
    json.dumps(found.to_dict(), allow_nan=False)
    assert len(found.to_frame()) == len(found.solutions)


@settings(max_examples=60)
@given(small, small, st.sampled_from(["chi2", "chi2_yates", "fisher"]), st.integers(2, 4))
def test_a_printed_p_value_gives_its_counts_back(
    t: tuple[int, int], c: tuple[int, int], test: str, digits: int
) -> None:
    import numpy as np
    from scipy.special import chdtrc

    table = tuple(np.array([value]) for value in (*t, *c))
    p = fisher_p(*table)[0] if test == "fisher" else chdtrc(1.0, chi_square(*table, yates=test == "chi2_yates")[0][0])
    found = counts_from_test(test=test, p=f"{p:.{digits}f}", n_t=t[1], n_c=c[1], percent_t=percent(*t, 0, "half_up"))
    assert (*t, *c) in [s.key for s in found.solutions]
    more = "t" if t[0] * c[1] > c[0] * t[1] else "c" if t[0] * c[1] < c[0] * t[1] else "either"
    directed = counts_from_test(test=test, p=f"{p:.{digits}f}", n_t=t[1], n_c=c[1], events_t=t[0], more_in=more)
    assert (*t, *c) in [s.key for s in directed.solutions]


@settings(max_examples=60)
@given(st.integers(0, 60), st.integers(100, 60_000))
def test_a_printed_rate_gives_its_events_back(events: int, exposure: int) -> None:
    rate = garwood(events, exposure, per=1000)
    text = [
        f"{Decimal(str(value)).quantize(Decimal('0.01'), rounding=ROUND_HALF_UP):f}"
        for value in (rate.estimate, rate.low, rate.high)
    ]
    open_search = events_from_rate(text[0], (text[1], text[2]), per=1000, max_events=80, rounding="nearest")
    known = events_from_rate(
        text[0], (text[1], text[2]), per=1000, exposure=exposure, max_events=80, rounding="nearest"
    )
    assert events in [s.events for s in known.solutions]
    match = next(s for s in open_search.solutions if s.events == events)
    assert match.exposure_low <= exposure <= match.exposure_high
