"""Where a pool begins to say something else: every threshold at its value, just below it and just above."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import chi2, norm, t

import tmsmeta as tm
from tmsmeta import NotAssessable, effects, pool, profile_likelihood
from tmsmeta.pooling.cautions import way_back_caution
from tmsmeta.pooling.clusters import few_df_caution
from tmsmeta.pooling.zero_cells import by_rule, rule_of

Y, V = np.array([0.7, 0.1, 0.5, 0.9, -0.2, 0.4]), np.array([0.04, 0.02, 0.09, 0.05, 0.11, 0.03])
TRIALS = effects.generic(Y, vi=V)


@pytest.mark.parametrize(("df", "said"), [(3.999, True), (4.0, False), (4.001, False)])
def test_degrees_of_freedom_below_4_are_pointed_out(df, said):
    assert bool(few_df_caution(df)) == said


def way_back(events, sizes, limits, shown):
    """The caution of a proportion brought back as `shown`, where log odds give `limits`."""
    made = effects.proportion("PFT", events, sizes)
    other = SimpleNamespace(
        natural_ci=limits, estimate=-1.0, ci=(-2.0, 0.0), effects=effects.proportion("PLO", [1], [4])
    )
    return way_back_caution(SimpleNamespace(effects=made, natural=shown, spec=None), lambda again, spec: other)


@pytest.mark.parametrize(
    ("limits", "shown", "said"),
    [
        ((0.2, 0.4), 0.3, False),
        ((0.3, 0.4), 0.3, False),
        ((0.2, 0.3), 0.3, False),
        ((0.301, 0.4), 0.3, True),
        ((0.2, 0.299), 0.3, True),
        ((0.0, 1.0), 0.125, True),  # all studies together have 0.25: half of it, and twice
        ((0.0, 1.0), 0.5, True),
        ((0.0, 1.0), 0.126, False),
        ((0.0, 1.0), 0.499, False),
        (NotAssessable("interval", "none"), 0.3, True),
    ],
)
def test_a_way_back_is_doubted_outside_the_interval_on_log_odds_or_far_from_all_patients(limits, shown, said):
    assert bool(way_back([1, 0, 249], [2, 2, 996], limits, shown)) == said


def test_a_way_back_is_doubted_from_sizes_with_a_mean_of_ten_harmonic_means_on():
    for largest, said in ((34, False), (42, True)):  # sizes 1 and these: means of 9.0 and 11.0 harmonic means
        sizes = [1, largest]
        ratio = np.mean(sizes) * np.mean(1 / np.array(sizes))
        assert (ratio > 10) == said
        assert bool(way_back([1, 0], sizes, (0.4, 0.5), 0.9)) == said


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize("ci", ["z", "t", "hksj"])
@pytest.mark.parametrize("prediction", ["z", "t(k-1)", "t(k-2)"])
def test_intervals_and_tests_follow_from_the_estimate_and_its_error(level, ci, prediction):
    found = pool(TRIALS, ci=ci, level=level, prediction=prediction)
    law = norm if ci == "z" else t(5)
    half = law.ppf(0.5 + level / 2) * found.se
    np.testing.assert_allclose(found.ci, [found.estimate - half, found.estimate + half], rtol=1e-8)
    assert found.p_value == pytest.approx(2 * law.sf(abs(found.estimate / found.se)), rel=1e-8)
    law = {"z": norm, "t(k-1)": t(5), "t(k-2)": t(4)}[prediction]
    half = law.ppf(0.5 + level / 2) * math.sqrt(found.tau2 + found.se**2)
    np.testing.assert_allclose(found.prediction, [found.estimate - half, found.estimate + half], rtol=1e-8)


@pytest.mark.parametrize(("prediction", "least"), [("z", 2), ("t(k-1)", 2), ("t(k-2)", 3)])
def test_how_many_studies_a_prediction_interval_needs(prediction, least):
    one = pool(TRIALS.subset(np.arange(1)), prediction=prediction)
    assert one.prediction.reason == f"needs at least {least} studies, got 1"
    two = pool(TRIALS.subset(np.arange(2)), prediction=prediction).prediction
    assert isinstance(two, tuple) == (least == 2)
    if least == 3:
        assert two.reason == "needs at least 3 studies, got 2"
    assert isinstance(pool(TRIALS.subset(np.arange(3)), prediction=prediction).prediction, tuple)


def test_the_likelihood_interval_of_tau2_is_of_the_likelihood_that_gave_it():
    for name, criterion in (("ML", "ML"), ("REML", "REML"), ("DL", "REML")):
        found = pool(TRIALS, tau2=name, level=0.9).tau2_interval("PL")
        wanted = profile_likelihood(TRIALS, method=criterion, level=0.9)
        assert found.tau2 == pytest.approx((wanted.low, wanted.high), rel=1e-9)
        assert (found.method, found.level) == ("PL", 0.9)
    assert pool(TRIALS.subset(np.arange(1))).tau2_interval().reason == "needs at least 2 studies, got 1"


def highest(mean):
    """The largest ML log likelihood of a pooled effect, over tau2."""

    def down(tau2):
        return 0.5 * float((np.log(2 * np.pi * (V + tau2)) + (Y - mean) ** 2 / (V + tau2)).sum())

    found = minimize_scalar(down, bounds=(0, 5), method="bounded", options={"xatol": 1e-12})
    return -min(found.fun, down(0.0))


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_a_profile_of_the_pooled_effect_is_the_likelihood_at_the_best_tau2(level):
    found = profile_likelihood(TRIALS, "mu", level=level, points=11)
    pooled = pool(TRIALS, tau2="ML")
    assert found.estimate == pytest.approx(pooled.estimate, rel=1e-9)
    assert found.maximum == pytest.approx(pooled.log_likelihood, rel=1e-12)
    assert found.maximum - found.cutoff == pytest.approx(chi2.ppf(level, 1) / 2, rel=1e-9)
    np.testing.assert_allclose(found.log_likelihood, [highest(mean) for mean in found.values], rtol=1e-9)
    for end in (found.low, found.high):
        assert highest(end) == pytest.approx(found.cutoff, rel=1e-9)
    room = 0.15 * (found.high - found.low)
    np.testing.assert_allclose(found.values[[0, -1]], [found.low - room, found.high + room], rtol=1e-12)
    assert len(found.to_frame()) == 11


def test_a_profile_of_tau2_begins_at_0_and_is_refused_where_it_cannot_be():
    found = profile_likelihood(TRIALS)
    assert (found.criterion, found.values[0], len(found.values)) == ("REML", 0.0, 101)
    assert found.estimate == pytest.approx(pool(TRIALS).tau2, rel=1e-9)
    assert profile_likelihood(TRIALS.subset(np.arange(1))).reason == "needs at least 2 studies, got 1"
    with pytest.raises(tm.InvalidInputError, match="at least 11"):
        profile_likelihood(TRIALS, points=10)
    with pytest.raises(tm.InvalidInputError, match="must be 'ML' for the pooled effect"):
        profile_likelihood(TRIALS, "mu", method="REML")
    some = effects.binary("OR", [3, 0, 5], [9, 9, 9], [2, 0, 4], [9, 9, 9], drop_double_zero=True)
    left = profile_likelihood(some)
    assert (left.effects.k, len(left.left_out)) == (2, 1)


COUNTS = ([3, 0, 0, 5], [20, 25, 30, 22], [2, 4, 0, 6], [21, 24, 30, 20])


@pytest.mark.parametrize("measure", ["OR", "RR", "RD", "PETO", "AS"])
def test_which_measures_a_rule_for_zero_cells_touches(measure):
    rule = rule_of(tm.profiles.REVMAN5, measure)
    if measure in ("PETO", "AS"):
        assert rule is None
    else:
        assert rule.drop_double_zero == (measure != "RD")
    made = effects.binary(measure, *COUNTS, zero_cells="all", add=0.25)
    again = by_rule(made, tm.profiles.REVMAN5)
    if rule is None:
        assert again is made
        return
    wanted = effects.binary(
        measure, *COUNTS, zero_cells=rule.zero_cells, add=rule.add, correction=rule.correction,
        drop_double_zero=rule.drop_double_zero,
    )  # fmt: skip
    np.testing.assert_array_equal(again.yi, wanted.yi)
    np.testing.assert_array_equal(again.vi, wanted.vi)
    assert again.corrections == wanted.corrections
    assert again.not_estimable == wanted.not_estimable
    assert again.zero_rule == rule
    assert again.notes[-1].startswith("The effects, made with 0.25 added to the cells of")
    assert ("3 of 4 studies have an effect, where 4 had" in again.notes[-1]) == (measure != "RD")
    assert by_rule(again, tm.profiles.REVMAN5) is again


def test_a_rule_that_changes_nothing_is_not_noted():
    counts = ([3, 5, 4], [20, 25, 30], [2, 4, 6], [21, 24, 30])
    again = by_rule(effects.binary("OR", *counts, zero_cells="none"), tm.profiles.REVMAN5)
    assert again.notes == ()
    assert again.zero_rule == rule_of(tm.profiles.REVMAN5, "OR")


ROWS = np.array(
    [
        [0.7, 0.1, 0.5, 0.9, -0.2, 0.4],
        [0.3, 0.31, 0.29, 0.3, np.nan, np.nan],
        [0.7, np.nan, -0.5, 2.0, np.nan, np.nan],
        [np.nan, 0.1, np.nan, 0.9, np.nan, np.nan],
        [np.nan, 0.2, np.nan, 0.2, 0.2, np.nan],
        [np.nan, np.nan, 0.5, np.nan, np.nan, np.nan],
    ]
)
OF_ROWS = {
    "estimate": lambda one: one.estimate,
    "se": lambda one: one.se,
    "ci_low": lambda one: one.ci if isinstance(one.ci, NotAssessable) else one.ci[0],
    "ci_high": lambda one: one.ci if isinstance(one.ci, NotAssessable) else one.ci[1],
    "statistic": lambda one: one.statistic,
    "p_value": lambda one: one.p_value,
    "tau2": lambda one: one.tau2,
    "q": lambda one: one.q,
    "q_p": lambda one: one.q_p,
    "i2": lambda one: one.i2,
    "h2": lambda one: one.h2,
    "prediction_low": lambda one: one.prediction if isinstance(one.prediction, NotAssessable) else one.prediction[0],
    "prediction_high": lambda one: one.prediction if isinstance(one.prediction, NotAssessable) else one.prediction[1],
}
INTERVALS = ("z", "t", "hksj", "hksj-adhoc", "hksj-iqwig6")
PREDICTIONS = ("z", "t(k-1)", "t(k-2)", "none")
CHOICES = [
    *({"tau2": tau2, "ci": ci} for tau2 in ("FE", "DL", "REML", "PM") for ci in INTERVALS),
    *({"prediction": law, "prediction_se": se} for law in PREDICTIONS for se in ("model", "wald")),
    *({"tau2": tau2, "i2": i2, "level": 0.8} for tau2 in ("FE", "DL", "ML", "SJ") for i2 in ("Q", "tau2")),
]


@pytest.mark.parametrize("choices", CHOICES, ids=str)
def test_a_row_of_a_batch_is_the_pool_of_its_studies(choices):
    """Every number of it, and where there is none the same reason."""
    rows = tm.pool_batch(ROWS, V, **choices)
    for at, y in enumerate(ROWS):
        there = ~np.isnan(y)
        one = pool(effects.generic(y[there], vi=V[there]), **{"ci": "z"} | choices)
        for name, number in OF_ROWS.items():
            wanted, reason = number(one), rows.why(name, at)
            if isinstance(wanted, NotAssessable):
                assert reason is not None, (name, at)
                assert reason.reason == wanted.reason, (name, at)
            else:
                assert reason is None, (name, at, reason)
                assert getattr(rows, name)[at] == pytest.approx(wanted, rel=1e-9, abs=1e-12), (name, at)
        assert rows.k[at] == one.k
