"""How printed figures are read, and how reconstructions are kept, narrowed and shown."""

from __future__ import annotations

import json
import math
from fractions import Fraction

import pytest

from tmsmeta.effects.intervals import clopper_pearson
from tmsmeta.effects.reconstruct import (
    arms_from_percents,
    check_percent,
    counts_from_percent,
    counts_from_ratio,
    counts_from_test,
    events_from_rate,
    feasible_denominators,
    intersect,
)
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.tables.printed import read_printed


@pytest.mark.parametrize(
    ("given", "value", "decimals"),
    [
        ("6.10", Fraction(61, 10), 2),
        ("6\u00b710", Fraction(61, 10), 2),
        (" 32 % ", Fraction(32), 0),
        (".06", Fraction(6, 100), 2),
        ("\u22120.05", Fraction(-5, 100), 2),
        ("+1.5", Fraction(3, 2), 1),
        (20.7, Fraction(207, 10), 1),
        (0.00001, Fraction(1, 100_000), 5),
        (34, Fraction(34), 0),
    ],
)
def test_figures_are_read_with_the_decimals_they_show(given: str | float, value: Fraction, decimals: int) -> None:
    faults: list[Issue] = []
    figure = read_printed(given, "figure", faults)
    assert not faults
    assert (figure.value, figure.decimals) == (value, decimals)


def test_decimals_can_be_given_where_the_figure_lost_its_zeros() -> None:
    assert read_printed("6.5", "figure", [], decimals=2).text == "6.50"
    assert read_printed(6.5, "figure", [], decimals=2).text == "6.50"
    # 6.0 printed with two decimals excludes ratios such as 6.04 that print as 6.0.
    coarse = counts_from_ratio("RR", "6.0", ("0.9", "40.4"), max_n=40)
    fine = counts_from_ratio("RR", "6.0", ("0.9", "40.4"), max_n=40, decimals=2)
    assert len(fine.solutions) < len(coarse.solutions)


@pytest.mark.parametrize(
    ("text", "rounding", "inside", "outside"),
    [
        ("6.2", "half_up", ["6.15", "6.2499"], ["6.1499", "6.25"]),
        ("6.2", "half_even", ["6.15", "6.25"], ["6.26"]),
        ("6.3", "half_even", ["6.26", "6.34"], ["6.25", "6.35"]),
        ("6.2", "nearest", ["6.15", "6.25"], ["6.2501"]),
        ("6.2", "truncate", ["6.2", "6.2999"], ["6.1999", "6.3"]),
        ("-6.2", "half_up", ["-6.25".replace("5", "4"), "-6.15"], ["-6.25", "-6.14"]),
        ("-6.2", "truncate", ["-6.2", "-6.29"], ["-6.3", "-6.19"]),
        ("0.0", "half_up", ["0.049", "-0.049"], ["0.05", "-0.05"]),
        ("0.0", "truncate", ["0.09", "-0.09"], ["0.1", "-0.1"]),
    ],
)
def test_windows_of_the_rounding_conventions(text: str, rounding: str, inside: list[str], outside: list[str]) -> None:
    window = read_printed(text, "figure", []).window(rounding)
    assert all(Fraction(value) in window for value in inside)
    assert not any(Fraction(value) in window for value in outside)


def test_bounds_on_p_values() -> None:
    below = counts_from_test(test="fisher", p="<0.001", n_t=8, n_c=8)
    assert {s.key for s in below.solutions} == {(0, 8, 8, 8), (8, 8, 0, 8)}
    above = counts_from_test(test="fisher", p=">0.99", n_t=3, n_c=3, events_t=1)
    assert [s.events_c for s in above.solutions] == [0, 1, 2]
    one_side = counts_from_test(test="fisher", p="<0.001", n_t=8, n_c=8, more_in="t")
    assert one_side.solution.key == (8, 8, 0, 8)


def test_a_quantile_that_the_authors_rounded_matters_for_wide_intervals() -> None:
    se = math.sqrt(1 / 8 - 1 / 20 + 1 / 1 - 1 / 20)  # 8 of 20 against 1 of 20, ratio 8
    printed = {z: [f"{8 * math.exp(sign * z * se):.3f}" for sign in (-1, 1)] for z in (1.96, 1.959963984540054)}
    assert len({upper for _, upper in printed.values()}) == 2
    for z, limits in printed.items():
        for quantile in printed:
            found = counts_from_ratio("RR", "8.000", limits, n_t=20, n_c=20, quantile=quantile)
            assert [s.key for s in found.solutions] == ([(8, 20, 1, 20)] if quantile == z else [])


def test_known_events_and_percentages_narrow_the_search() -> None:
    found = counts_from_ratio("RR", "1.25", ("0.26", "6.07"), max_n=60)
    assert len(found.solutions) == 4
    assert counts_from_ratio("RR", "1.25", ("0.26", "6.07"), percent_t="25", max_n=60).solution.key == (3, 12, 2, 10)
    assert counts_from_ratio("RR", "1.25", ("0.26", "6.07"), events_c=2, total=22).solution.key == (3, 12, 2, 10)
    assert found.where(n_t=range(10, 15)).where(n_c=10).solution.key == (3, 12, 2, 10)
    assert "with n_t 12" in found.where(n_t=12).sentence()


def test_the_fields_of_a_solution_reproduce_the_print() -> None:
    solution = counts_from_ratio("RR", "6.00", ("0.89", "40.41"), max_n=60).solution
    row = solution.to_dict()
    assert f"{row['estimate']:.2f} {row['ci_low']:.2f} {row['ci_high']:.2f}" == "6.00 0.89 40.41"
    assert not row["corrected"]


def test_every_result_shows_as_sentence_frame_and_json() -> None:
    ratio = counts_from_ratio("RR", "1.43", ("0.41", "4.99"), max_n=60)
    results = [
        ratio,
        intersect(ratio, counts_from_ratio("RR", "1.43", ("0.41", "4.99"), n_t=7, n_c=5)),
        counts_from_percent("41.5", 307),
        check_percent("41.5", 307),
        feasible_denominators(["34.6", "20.6"], max_n=144),
        arms_from_percents([("95.5", "68.2"), ("71.4", "38.1")], 43),
        counts_from_test(test="chi2_yates", p="0.05", n_t=20, n_c=20),
        events_from_rate("0.14", ("0.01", "0.51"), per=1000),
        clopper_pearson(61, 75),
    ]
    for result in results:
        json.dumps(result.to_dict(), allow_nan=False)
        assert len(result.to_frame()) >= 1
        assert result.sentence().strip().endswith((".", ")"))
        assert result._repr_html_().startswith("<p>")


def test_a_miss_shows_its_neighbours() -> None:
    found = counts_from_percent("29.0", 55)
    assert not found.unique
    assert not found.to_frame()["fits"].any()
    assert [str(count) for count in found.nearest] == ["16 of 55", "15 of 55"]
    assert found.sentence() == (
        "No exact solution (29.0% of 55, 1 decimal, rounded with ties up). Nearest: 16 of 55; 15 of 55. "
        "It fits 16 of 55 if it was cut off rather than rounded."
    )
    with pytest.raises(InvalidInputError, match="No exact solution"):
        _ = found.solution


def test_long_lists_say_how_many_they_leave_out() -> None:
    found = counts_from_percent("37", 3000)
    assert len(found.solutions) == 30
    assert "and 28 more" in found.sentence(most=2)
    assert "proves little" in check_percent("37", 3000).sentence()
