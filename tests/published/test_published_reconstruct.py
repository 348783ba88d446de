"""The counts behind figures that trials and reviews printed, and the figures that no counts give.

Each value is copied from the shipped evidence; the comment beside it says where it was printed.
"""

from __future__ import annotations

import pytest

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

# AHRQ Comparative Effectiveness Review 33 (Gaynes 2011), texts of Figures 10 and 13: risk ratio of response with its
# interval, and the counts that the evidence holds for the trial (events and n, treated then comparator).
AHRQ_UNIQUE = {
    "fitzgerald2006": ("6.50", "1.63", "25.88", (13, 25, 2, 25)),
    "su2005": ("6.00", "0.89", "40.41", (12, 22, 1, 11)),
    "avery2006": ("5.19", "1.24", "21.66", (11, 35, 2, 33)),
    "holtzheimer2004": ("2.29", "0.26", "20.13", (2, 7, 1, 8)),
    "pallanti2010": ("2.75", "0.67", "11.24", (11, 40, 2, 20)),
    "zheng2010": ("9.47", "1.38", "64.90", (12, 19, 1, 15)),
}
AHRQ_ZERO_CELL = {
    "fitzgerald2003": ("1.50", "0.06", "35.19", (1, 40, 0, 20), "events"),
    "garciatoro2006": ("4.61", "0.27", "77.76", (4, 20, 0, 10), "events_n"),
    "stern2007": ("15.88", "1.01", "250.69", (10, 20, 0, 15), "events_n"),
}


@pytest.mark.parametrize("trial", AHRQ_UNIQUE)
def test_ahrq_ratio_has_one_integer_solution_up_to_60_per_arm(trial: str) -> None:
    estimate, low, high, counts = AHRQ_UNIQUE[trial]
    assert counts_from_ratio("RR", estimate, (low, high), max_n=60).solution.key == counts


def test_that_a_solution_is_unique_holds_within_the_sizes_searched_only() -> None:
    estimate, low, high, counts = AHRQ_UNIQUE["fitzgerald2006"]
    assert counts_from_ratio("RR", estimate, (low, high), max_n=100).solution.key == counts
    wider = counts_from_ratio("RR", estimate, (low, high), max_n=200)
    assert [s.key for s in wider.solutions] == [counts, (42, 155, 2, 48), (43, 162, 2, 49), (46, 184, 2, 52)]
    assert "1 to 200" in wider.sentence()


@pytest.mark.parametrize("trial", AHRQ_ZERO_CELL)
def test_ahrq_ratio_with_an_empty_cell_fits_under_one_convention_alone(trial: str) -> None:
    estimate, low, high, counts, convention = AHRQ_ZERO_CELL[trial]
    found = {
        name: [s.key for s in counts_from_ratio("RR", estimate, (low, high), max_n=60, correction=name).solutions]
        for name in ("none", "events", "events_n")
    }
    assert found.pop(convention) == [counts]
    assert not any(found.values())


def test_fitzgerald2003_has_a_second_reading_if_all_cells_were_corrected() -> None:
    found = counts_from_ratio("RR", "1.50", ("0.06", "35.19"), max_n=60, correction="all_cells")
    assert found.solution.key == (1, 39, 0, 19)
    assert found.solution.corrected


def test_kauffmann2004_has_five_solutions_and_the_arm_sizes_of_another_review_leave_one() -> None:
    # AHRQ Figures 10 and 13: 1.43 (0.41-4.99); arms of 7 and 5 from another review.
    found = counts_from_ratio("RR", "1.43", ("0.41", "4.99"), max_n=60)
    assert len(found.solutions) == 5
    assert not found.unique
    assert "Not unique: 5 solutions" in found.sentence()
    assert found.where(n_t=7, n_c=5).solution.key == (4, 7, 2, 5)


def test_garciatoro2001_is_unique_given_the_40_patients_of_the_abstract() -> None:
    # AHRQ Figures 10 and 13: 5.0 (0.64-39.06).
    found = counts_from_ratio("RR", "5.0", ("0.64", "39.06"), max_n=60)
    assert [s.key for s in found.solutions] == [(4, 12, 1, 15), (5, 20, 1, 20), (7, 56, 1, 40)]
    assert counts_from_ratio("RR", "5.0", ("0.64", "39.06"), total=40).solution.key == (5, 20, 1, 20)


def test_manes2001_ratio_fits_three_of_ten_in_both_arms() -> None:
    # AHRQ Figure 13: 1.0 (0.26-3.81); abstract: three responders in each arm, 20 patients.
    found = counts_from_ratio("RR", "1.00", ("0.26", "3.81"), events_t=3, events_c=3, total=20)
    assert found.solution.key == (3, 10, 3, 10)


def test_boutros2002_review_ratio_and_abstract_contradict_each_other() -> None:
    # AHRQ Figures 10 and 13: 1.25 (0.26-6.07); abstract: 6/12 against 1/9.
    found = counts_from_ratio("RR", "1.25", ("0.26", "6.07"), max_n=60)
    assert (3, 12, 2, 10) in [s.key for s in found.solutions]
    assert not found.where(n_t=12, n_c=9).solutions


def test_george2010_ratio_on_the_known_arm_sizes() -> None:
    # AHRQ Figure 13: 2.13 (0.76-6.0); arms of 92 and 98 (abstract).
    assert counts_from_ratio("RR", "2.13", ("0.76", "6.00"), n_t=92, n_c=98).solution.key == (10, 92, 5, 98)


def test_levkovitz2015_published_percentages_fit_86_and_103_patients() -> None:
    # Response 38.4 and 21.4 %, remission 32.6 and 14.6 % (World Psychiatry 2015), of 233 enrolled.
    assert [d.n for d in feasible_denominators(["38.4", "32.6"], max_n=116).solutions] == [86]
    assert [d.n for d in feasible_denominators(["21.4", "14.6"], max_n=130).solutions] == [103]
    # The sponsor's release of April 2012: 36.7 / 30.4 % and 20.5 / 14.5 %; 79 and 83 patients.
    assert 79 in [d.n for d in feasible_denominators(["36.7", "30.4"], max_n=116).solutions]
    assert 83 in [d.n for d in feasible_denominators(["20.5", "14.5"], max_n=116).solutions]


def test_levkovitz2015_release_prints_for_response_the_p_value_of_remission() -> None:
    # Release of April 2012: p = .0148 for both outcomes.
    remission = counts_from_test(test="chi2", p=".0148", n_t=79, n_c=83, percent_t="30.4", percent_c="14.5")
    response = counts_from_test(test="chi2", p=".0148", n_t=79, n_c=83, percent_t="36.7", percent_c="20.5")
    assert remission.solution.key == (24, 79, 12, 83)
    assert not response.solutions


def test_mogg2008_percentages_fit_28_not_29_and_its_p_values_give_the_other_arm() -> None:
    # Abstract: response 32 and 10 %, p = 0.06; remission 25 and 10 %, p = 0.2; randomised 29 and 30.
    assert not check_percent("32", 29).feasible
    assert not check_percent("25", 29).feasible
    assert feasible_denominators(["32", "25"], max_n=29).solution.key == (28,)
    response = counts_from_test(test="fisher", p="0.06", n_t=(28, 29), n_c=(29, 30), percent_t="32", percent_c="10")
    remission = counts_from_test(test="fisher", p="0.2", n_t=(28, 29), n_c=(29, 30), percent_t="25", percent_c="10")
    assert response.solution.key == (9, 28, 3, 29)
    assert [s.key for s in remission.solutions] == [(7, 28, 3, 29), (7, 28, 3, 30)]


@pytest.mark.parametrize("percent", ["41.5", "26.5"])
def test_carpenter2012_ids_percentages_fit_no_count_of_307(percent: str) -> None:
    found = check_percent(percent, 307)
    assert not found.feasible
    assert "cannot come from 307" in found.sentence()
    assert "Brown and Heathers 2017" in found.sentence()


@pytest.mark.parametrize(("percent", "events"), [("58.0", 178), ("37.1", 114)])
def test_carpenter2012_clinician_ratings_do_fit_307(percent: str, events: int) -> None:
    assert counts_from_percent(percent, 307).solution.events == events


def test_griffiths2019_percentages_fit_107_or_136_not_144() -> None:
    # Response 34.6 %, remission 20.6 % of 144 patients.
    assert not check_percent("34.6", 144).feasible
    assert not check_percent("20.6", 144).feasible
    assert [d.n for d in feasible_denominators(["34.6", "20.6"], max_n=144).solutions] == [107, 136]


def test_wang2017_has_one_split_of_43() -> None:
    # Abstract: response 95.5 and 71.4 %, remission 68.2 and 38.1 %.
    split = arms_from_percents([("95.5", "68.2"), ("71.4", "38.1")], 43).solution
    assert split.key == (22, 21)
    assert [arm.events for arm in split.arms] == [((21,), (15,)), ((15,), (8,))]


def test_dalhuisen2024_has_one_split_of_89() -> None:
    # Response 37.5 and 14.6 %, remission 27.1 and 4.9 %.
    split = arms_from_percents([("37.5", "27.1"), ("14.6", "4.9")], 89).solution
    assert split.key == (48, 41)
    assert [arm.events for arm in split.arms] == [((18,), (13,)), ((6,), (2,))]


def test_rossini2005_fits_unless_ties_were_rounded_up() -> None:
    # Abstract: 11 (61.1 %), 5 (27.8 %) and 1 (6.2 %) responders; 54 randomised. 1/16 is 6.25 % exactly, so the
    # printed 6.2 is as good as rounded to the even digit as it is cut off; but 27.8 rules out cutting off (27.77).
    printed = ["61.1", "27.8", "6.2"]
    assert not arms_from_percents(printed, range(40, 55)).solutions
    assert arms_from_percents(printed, range(40, 55), rounding="half_even").solution.key == (18, 18, 16)
    assert not arms_from_percents(printed, range(40, 55), rounding="truncate").solutions
    assert check_percent("6.2", 16).other_roundings == ("half_even", "truncate")


def test_croarkin2021_and_avery2006_print_a_percentage_beside_counts_that_do_not_give_it() -> None:
    croarkin = check_percent("29.0", 55)  # abstract: 16 of 55 = 29.09
    assert not croarkin.feasible
    assert croarkin.nearest_counts[0].events == 16
    assert croarkin.other_roundings == ("truncate",)
    avery = check_percent("30.6", 35)  # abstract: 11 of 35 = 31.4; 11 of 36 would be 30.6
    assert not avery.feasible
    assert avery.nearest_counts[0].events == 11
    assert avery.nearest_denominators == (36,)
    assert not avery.other_roundings


def test_two_percentages_of_an_unnamed_study_fit_multiples_of_29() -> None:
    # A document for patients: 20.7 % remitted and 34.5 % partly remitted "in one study".
    found = feasible_denominators(["20.7", "34.5"], max_n=259)
    assert [d.n for d in found.solutions] == list(range(29, 260, 29))
    assert found.notes == ("All are multiples of 29.",)
    assert dict(zip([d.n for d in found.solutions], found.solutions, strict=True))[58].events == ((12,), (20,))
    beyond = feasible_denominators(["20.7", "34.5"], min_n=260, max_n=300)
    assert next(d.n for d in beyond.solutions if d.n % 29) == 275


def test_stard_step1_percentage_leaves_three_counts() -> None:
    # Rush 2006: 36.8 % of 3,671.
    assert [s.events for s in counts_from_percent("36.8", 3671).solutions] == [1350, 1351, 1352]
    assert counts_from_percent("13.0", 123).solution.events == 16


def test_taylor2021_rates_give_their_events_away() -> None:
    # Abstract: 5.56 (2.77-9.95) per 1,000 H-coil patients.
    h_coil = events_from_rate("5.56", ("2.77", "9.95"), per=1000)
    assert h_coil.solution.events == 11
    assert (h_coil.solution.exposure_low, h_coil.solution.exposure_high) == (1979, 1979)
    # Abstract: 0.71 (0.42-1.11) per 1,000 patients, 18 in 25,526.
    assert events_from_rate("0.71", ("0.42", "1.11"), per=1000).solution.events == 18
    # Abstract: 0.31 (0.18-0.48) per 10,000 sessions, 18 in 586,656.
    per_session = events_from_rate("0.31", ("0.18", "0.48"), per=10_000)
    assert [s.events for s in per_session.solutions] == [18, 19]
    assert events_from_rate("0.31", ("0.18", "0.48"), per=10_000, exposure=586_656).solution.events == 18


def test_taylor2021_figure8_rate_has_no_exact_solution() -> None:
    # Abstract: 0.14 (0.01-0.51) per 1,000 patients.
    found = events_from_rate("0.14", ("0.01", "0.51"), per=1000)
    assert not found.solutions
    assert found.nearest[0].events == 2
    assert 0.0 < found.nearest[0].off_by < 1.0
    assert "No exact solution" in found.sentence()
    assert "cut off rather than rounded, 2 events" in found.sentence()
    assert events_from_rate("0.14", ("0.01", "0.51"), per=1000, rounding="truncate").solution.events == 2


def test_intersection_of_a_ratio_and_a_p_value() -> None:
    # AHRQ: kauffmann2004; of its five solutions only one has a two-sided Fisher p of 1.
    ratio = counts_from_ratio("RR", "1.43", ("0.41", "4.99"), max_n=60)
    exact = counts_from_test(test="fisher", p="1.00", n_t=range(1, 11), n_c=range(1, 11))
    both = intersect(ratio, exact)
    assert both.solution.key == (4, 7, 2, 5)
    assert "Together with" in both.method
