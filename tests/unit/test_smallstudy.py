"""Small-study effects: what is not assessable, notes on power, records and words."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tmsmeta import NotAssessable, effects
from tmsmeta.robustness.smallstudy import (
    SelectionSpec,
    begg,
    deeks,
    egger,
    funnel,
    harbord,
    peters,
    selection_model,
    thompson_sharp,
    trim_and_fill,
)

ON_EFFECTS = [egger, lambda e: egger(e, "mixed"), begg, thompson_sharp]
ON_COUNTS = [harbord, peters, deeks]
COUNTS = ([3, 8, 5, 20, 0], [40, 50, 44, 90, 30], [9, 12, 5, 30, 0], [41, 49, 47, 88, 31])


def studies(k=6):
    rng = np.random.default_rng(5)
    return effects.generic(rng.normal(0.4, 0.3, k), vi=rng.uniform(0.02, 0.4, k))


@pytest.mark.parametrize("test", ON_EFFECTS)
def test_under_three_studies_there_is_no_test(test):
    for k in (1, 2):
        found = test(studies(k))
        assert isinstance(found, NotAssessable)
        assert found.reason == f"needs at least 3 studies, got {k}"


@pytest.mark.parametrize("test", ON_EFFECTS)
def test_few_studies_answer_and_say_that_power_is_low(test):
    assert "little power" in test(studies(9)).note
    assert test(studies(10)).note == ""


@pytest.mark.parametrize("test", ON_EFFECTS)
def test_equal_variances_have_no_test(test):
    equal = effects.generic([0.1, 0.4, 0.2, 0.6], vi=[0.1] * 4)
    assert isinstance(test(equal), NotAssessable)


@pytest.mark.parametrize("test", ON_COUNTS)
def test_tests_on_counts_record_who_says_nothing(test):
    found = test(*COUNTS, study=list("abcde"))
    assert found.k == 4
    assert [i.row for i in found.left_out] == ["e"]
    assert found.df == 2
    same = test(effects.binary("RR", *COUNTS, study=list("abcde")))
    assert (same.statistic, same.p_value) == (found.statistic, found.p_value)
    assert isinstance(test(studies()), NotAssessable)


def test_tests_on_counts_take_the_fractions_that_effects_were_allowed():
    data = effects.binary("RR", [3, 8, 5], [40, 50, 44], [4.5, 12, 5], [20.5, 49, 47], allow_fractional=True)
    assert harbord(data).k == 3


@pytest.mark.parametrize("test", ON_EFFECTS)
def test_results_are_json_and_words(test):
    found = test(studies())
    stored = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert {"statistic", "df", "p_value", "estimate"} <= set(stored)
    assert len(found.to_frame()) == 1
    assert "6 studies" in found.methods_sentence()
    assert "little power" in found.result_sentence()
    assert "<table" in found._repr_html_()


def test_degrees_of_freedom_follow_the_reference_distribution():
    assert egger(studies()).df == 4
    assert egger(studies(), "mixed").df is None
    assert egger(studies(), "mixed", ci="t").df == 4
    assert thompson_sharp(studies()).df == 4
    assert begg(studies()).df is None


def test_statistic_is_estimate_over_standard_error():
    for found in (
        egger(studies()),
        egger(studies(), "mixed"),
        thompson_sharp(studies()),
        harbord(*COUNTS),
        begg(studies()),
    ):
        assert found.statistic == pytest.approx(found.estimate / found.se)


def test_trim_and_fill_mirrors_a_lopsided_funnel():
    se = np.array([0.05, 0.06, 0.08, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45])
    data = effects.generic(0.2 + 1.5 * se, se=se, measure="RR")
    found = trim_and_fill(data, tau2="FE", ci="z")
    assert found.side == "left"
    assert found.k0 > 0
    assert found.pooled.estimate < found.original.estimate
    assert found.filled.study[-1].startswith("filled: ")
    assert found.is_filled.sum() == found.k0
    assert found.to_frame()["filled"].sum() == found.k0
    mirrored = trim_and_fill(effects.generic(-data.yi, se=se), tau2="FE", ci="z")
    assert (mirrored.side, mirrored.k0) == ("right", found.k0)
    assert mirrored.pooled.estimate == pytest.approx(-found.pooled.estimate)
    json.dumps(found.to_dict(), allow_nan=False)
    assert f"added {found.k0} " in found.result_sentence()
    assert "L0" in found.methods_sentence()
    assert funnel(found).points["filled"].sum() == found.k0


def test_trim_and_fill_needs_a_side_where_precision_does_not_differ():
    equal = effects.generic([0.1, 0.4, 0.2, 0.6], vi=[0.1] * 4)
    assert "`side` must be given" in trim_and_fill(equal).reason
    assert trim_and_fill(equal, side="left").side_given
    assert isinstance(trim_and_fill(studies(2)), NotAssessable)


def test_funnel_lines_are_where_an_interval_would_touch():
    found = funnel(studies(), levels=(0.95,), n_lines=2, tau2="FE", ci="z")
    assert found.limits["low"][0] == found.limits["high"][0] == found.centre
    wide = found.contours.iloc[1]
    assert wide["high"] == pytest.approx(1.959963984540054 * wide["se"])
    points = found.points
    inside = (points["yi"].abs() < 1.959963984540054 * points["se"]).to_numpy()
    np.testing.assert_array_equal(points["p_value"] > 0.05, inside)
    json.dumps(found.to_dict(), allow_nan=False)
    proportions = effects.proportion("PLO", [3, 5, 8], [10, 20, 30])
    assert funnel(proportions).null == 0.0


def test_selection_model_without_a_study_in_an_interval():
    data = effects.generic([1.0, 1.2, 0.9, 1.1], vi=[0.01] * 4)
    found = selection_model(data)
    assert found == NotAssessable(
        "selection model", "no study has a p value in (0.025, 1], so its weight cannot be estimated"
    )
    assert isinstance(selection_model(studies(2)), NotAssessable)


def test_selection_model_records_and_words():
    data = effects.generic(studies(14).yi, vi=studies(14).vi, measure="OR")
    found = selection_model(data, steps=(0.025,))
    assert found.spec.steps == (0.025, 1.0)
    assert found.converged
    assert sum(found.counts) == 14
    assert found.weights[0] == 1
    assert found.to_frame()["studies"].tolist() == list(found.counts)
    json.dumps(found.to_dict(), allow_nan=False)
    assert "p values of 0.025" in found.methods_sentence()
    assert "likelihood ratio" in found.result_sentence()
    assert "<table" in found._repr_html_()
    assumed = selection_model(data, steps=(0.025,), weights=(2, 1))
    assert assumed.weights.tolist() == [1, 0.5]
    assert isinstance(assumed.lrt, NotAssessable)
    assert "likelihood ratio" not in assumed.result_sentence()


def test_selection_model_looks_the_other_way_for_less():
    data = studies(14)
    up = selection_model(data, (0.2,))
    down = selection_model(effects.generic(-data.yi, vi=data.vi), (0.2,), "less")
    assert down.estimate == pytest.approx(-up.estimate, rel=1e-7)
    assert down.weights == pytest.approx(up.weights, rel=1e-6)
    assert down.log_likelihood == pytest.approx(up.log_likelihood, rel=1e-12)


def test_selection_spec_adds_the_last_step():
    assert SelectionSpec(steps=(0.05,)).steps == (0.05, 1.0)
    assert SelectionSpec().to_dict()["steps"] == [0.025, 1.0]


@pytest.mark.parametrize("side", ["left", "right"])
def test_trim_and_fill_of_equal_estimates_does_not_depend_on_the_order_of_the_rows(side):
    """One of two studies with the same estimate is trimmed: the less precise one, which changes the centre."""
    yi, vi = np.array([0.0, -0.01, -0.01, 0.02]), np.array([1.0, 1.0, 1.2, 1.0])
    sign = 1 if side == "right" else -1
    one, other = (
        trim_and_fill(effects.generic(sign * yi[rows], vi=vi[rows]), side=side, tau2="DL")
        for rows in ([0, 1, 2, 3], [0, 2, 1, 3])
    )
    assert one.k0 == other.k0 == 1
    assert one.pooled.estimate == pytest.approx(other.pooled.estimate, rel=1e-14)
    assert one.filled.vi[-1] == other.filled.vi[-1] == 1.2
