"""Input that cannot be right, for reconstruction."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tmsmeta.effects.reconstruct import (
    arms_from_percents,
    check_percent,
    counts_from_percent,
    counts_from_ratio,
    counts_from_test,
    events_from_rate,
    feasible_denominators,
)
from tmsmeta.errors import InvalidInputError, UnknownOptionError


def columns(caught: pytest.ExceptionInfo[InvalidInputError]) -> list[str]:
    return [issue.column for issue in caught.value.issues]


@pytest.mark.parametrize("percent", ["abc", "", "1,5", "<5", "1e2", math.nan, math.inf, None, True, "101", "-1"])
def test_percentages_that_are_none(percent: Any) -> None:
    with pytest.raises(InvalidInputError, match="percent"):
        counts_from_percent(percent, 20)


def test_a_whole_float_does_not_tell_its_decimals() -> None:
    with pytest.raises(InvalidInputError, match="how many decimals"):
        counts_from_percent(34.0, 50)
    assert counts_from_percent(34.0, 50, decimals=0).solution.events == 17
    assert counts_from_percent(34, 50).solution.events == 17
    with pytest.raises(InvalidInputError, match="more than decimals=1"):
        counts_from_percent("6.25", 16, decimals=1)


@pytest.mark.parametrize("n", [0, -3, 12.5, "20", math.nan])
def test_sizes_that_are_none(n: Any) -> None:
    with pytest.raises(InvalidInputError, match="`n`"):
        check_percent("20", n)


def test_all_faults_at_once() -> None:
    with pytest.raises(InvalidInputError) as caught:
        counts_from_ratio(
            "RR", "x", ("3", "1"), n_t=0, n_c=[], events_t=-1, total=1, level=95, quantile=-2, percent_c="120"
        )
    assert columns(caught) == ["level", "estimate", "quantile", "n_t", "events_t", "n_c", "percent_c", "total"]
    with pytest.raises(InvalidInputError) as caught:
        feasible_denominators(["20.7", "x", "120"], max_n=0)
    assert [(issue.row, issue.column) for issue in caught.value.issues] == [
        (2, "percents"),
        (None, "percents"),
        (None, "max_n"),
    ]


@pytest.mark.parametrize(
    ("estimate", "ci"), [("2", ("3", "4")), ("2", ("4", "1")), ("-1", ("-2", "0")), ("2", ("1",)), ("2", "13")]
)
def test_limits_that_are_none(estimate: str, ci: Any) -> None:
    with pytest.raises(InvalidInputError, match="ci"):
        counts_from_ratio("OR", estimate, ci)


def test_figures_too_coarse_to_say_anything_are_refused_not_cut_short() -> None:
    with pytest.raises(InvalidInputError, match="more than 100,000 solutions"):
        counts_from_ratio("RR", "1", ("0", "3"), max_n=80)
    with pytest.raises(InvalidInputError, match="tables"):
        counts_from_test(test="chi2", p="<0.9", n_t=range(1, 200), n_c=range(1, 200))


def test_splits_too_many_to_try_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="splits"):
        arms_from_percents(["50", "50", "50", "50", "50"], 400)


def test_a_percentage_with_too_many_digits_for_any_size_near_by() -> None:
    found = check_percent("33.333334", 10)
    assert found.nearest_denominators == ()
    assert "no sample size near it fits" in found.sentence()


def test_figures_that_contradict_each_other_have_no_solution() -> None:
    found = counts_from_ratio("RR", "2.00", ("1.90", "9.00"))
    assert not found.solutions
    assert "No exact solution" in found.sentence()
    with pytest.raises(InvalidInputError, match="No single solution"):
        _ = found.solution


def test_tests_need_a_figure_and_fisher_has_no_statistic() -> None:
    with pytest.raises(InvalidInputError, match="must be given"):
        counts_from_test(test="chi2", n_t=10, n_c=10)
    with pytest.raises(InvalidInputError) as caught:
        counts_from_test(test="fisher", statistic="-1", p="1.5", n_t=10, n_c=10, events_t=11)
    assert columns(caught) == ["statistic", "statistic", "p", "events_t"]


def test_unknown_options_list_what_is_allowed() -> None:
    with pytest.raises(UnknownOptionError, match="'half_up', 'half_even', 'nearest', 'truncate'"):
        counts_from_percent("20", 10, rounding="up")
    with pytest.raises(UnknownOptionError, match="'RR', 'OR', 'RD'"):
        counts_from_ratio("HR", "2", ("1", "4"))
    with pytest.raises(UnknownOptionError, match="'none', 'all_cells', 'events', 'events_n'"):
        counts_from_ratio("RR", "2", ("1", "4"), correction="tacc")
    with pytest.raises(UnknownOptionError, match="'chi2', 'chi2_yates', 'fisher'"):
        counts_from_test(test="t", p="0.05", n_t=10, n_c=10)
    with pytest.raises(UnknownOptionError, match="n_t"):
        counts_from_ratio("RR", "6.00", ("0.89", "40.41")).where(size=7)


def test_splits_and_rates() -> None:
    with pytest.raises(InvalidInputError, match="at least two arms"):
        arms_from_percents(["20"], 40)
    with pytest.raises(InvalidInputError, match="total"):
        arms_from_percents(["20", "30"], 1)
    with pytest.raises(InvalidInputError) as caught:
        events_from_rate("2", ("3", "1"), per=0, exposure=-1, level=0)
    assert columns(caught) == ["ci", "per", "exposure", "level"]
