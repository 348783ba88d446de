"""What the models on counts answer: fields, reasons, conversions, and the cases at the edge."""

from __future__ import annotations

import dataclasses
import json
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import same

from tmsmeta.errors import InvalidInputError, NotAssessable
from tmsmeta.models.counts import (
    beta_binomial,
    beta_binomial_two_arm,
    glmm,
    glmm_proportion,
    glmm_rate,
    mantel_haenszel,
    peto,
)
from tmsmeta.models.counts.fit import _edges, _peaks
from tmsmeta.models.counts.spec import BetaBinomialSpec, GlmmSpec, MantelHaenszelSpec, PetoSpec

TRIALS = ([2, 4, 6, 7, 0, 11], [39, 44, 107, 103, 110, 154], [1, 4, 4, 5, 0, 4], [43, 44, 110, 100, 106, 146])
SPREAD = ([2, 24, 6, 37, 3, 11], [39, 44, 107, 103, 110, 154], [11, 14, 4, 15, 23, 14], [43, 44, 110, 100, 106, 146])
ONE = ([3], [20], [5], [20])
TWO_ARM = ("UM.FS", "UM.RS", "CM.AL", "CM.EL")

EVERY = {
    "MH": lambda: mantel_haenszel("OR", *TRIALS),
    "MH RR": lambda: mantel_haenszel("RR", *TRIALS),
    "MH RD": lambda: mantel_haenszel("RD", *TRIALS, correction="only0"),
    "Peto": lambda: peto(*TRIALS),
    **{m: lambda m=m: glmm(*TRIALS, model=m) for m in TWO_ARM},
    "PLO": lambda: glmm_proportion(TRIALS[0], TRIALS[1], ci="t"),
    "IRLN": lambda: glmm_rate(TRIALS[0], TRIALS[1]),
    "BB": lambda: beta_binomial(TRIALS[0], TRIALS[1]),
    "BB2": lambda: beta_binomial_two_arm(*TRIALS),
    "no maximum": lambda: glmm([0, 0], [9, 9], [2, 3], [9, 9]),
    "one study": lambda: glmm(*ONE),
    "one arm only": lambda: mantel_haenszel("OR", [0, 0], [9, 9], [2, 3], [9, 9]),
}


@pytest.mark.parametrize(
    ("name", "spec"), [("MH", MantelHaenszelSpec), ("Peto", PetoSpec), ("UM.FS", GlmmSpec), ("BB", BetaBinomialSpec)]
)
def test_a_spec_without_choices_is_what_the_function_does_without_any(name, spec):
    assert EVERY[name]().spec == spec()


@pytest.mark.parametrize("name", EVERY)
def test_every_result_can_be_written_and_read(name):
    found = EVERY[name]()
    text = json.dumps(found.to_dict(), allow_nan=False)
    assert json.loads(text)["k"] == found.k
    frame = found.to_frame()
    assert len(frame) == found.k + 1
    assert frame["study"].iloc[-1] == "pooled"
    for sentence in (found.methods_sentence(), found.result_sentence()):
        assert sentence.endswith(".")
        assert "nan" not in sentence
    assert "<table>" in found._repr_html_()
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.k = 3


@pytest.mark.parametrize("name", EVERY)
def test_a_missing_number_has_a_reason_and_a_fit_without_it_has_not_converged(name):
    found = EVERY[name]()
    for field in dataclasses.fields(found):
        value = getattr(found, field.name)
        assert value is not None
        if isinstance(value, float):
            assert np.isfinite(value), field.name
        if isinstance(value, NotAssessable):
            assert value.reason
    assert found.converged == (not found.reason)
    assert isinstance(found.estimate, float) or not found.converged


def test_ratios_and_proportions_are_those_of_the_estimate():
    found = mantel_haenszel("RR", *TRIALS)
    same((found.ratio, *found.ratio_ci), np.exp((found.estimate, *found.ci)), 1e-15)
    difference = mantel_haenszel("RD", *TRIALS)
    assert isinstance(difference.ratio, NotAssessable)
    assert difference.natural == difference.estimate
    proportion = glmm_proportion(TRIALS[0], TRIALS[1])
    same(proportion.natural, 1 / (1 + np.exp(-proportion.estimate)), 1e-15)
    assert isinstance(proportion.ratio_ci, NotAssessable)


def test_a_t_interval_is_wider_by_its_quantile():
    from scipy.stats import t

    z, student = glmm(*SPREAD), glmm(*SPREAD, ci="t")
    assert student.se == z.se
    # qt(0.975, 5) of R; scipy's own is 4e-10 off in version 1.12
    same((student.ci[1] - student.estimate) / student.se, 2.5705818356363137, 1e-12)
    same(student.p_value, 2 * t.sf(abs(student.statistic), 5), 1e-10)
    assert "5 degrees of freedom" in student.methods_sentence()


def test_level():
    for fit in (lambda level: peto(*TRIALS, level=level), lambda level: mantel_haenszel("OR", *TRIALS, level=level)):
        wide, narrow = fit(0.99), fit(0.9)
        same((wide.ci[1] - wide.ci[0]) / (narrow.ci[1] - narrow.ci[0]), 2.5758293035489 / 1.6448536269515, 1e-12)


def test_double_zero_studies():
    """The fifth trial has no event: mixed models and Peto leave it out and say so, Mantel-Haenszel keeps it."""
    for model in TWO_ARM:
        found = glmm(*TRIALS, model=model)
        assert (found.k, found.left_out[0].row) == (5, "study 5")
        assert "1 study (study 5) was left out" in found.methods_sentence()
    assert peto(*TRIALS).k == 5
    kept, dropped = mantel_haenszel("OR", *TRIALS), mantel_haenszel("OR", *TRIALS, double_zero="drop")
    assert (kept.k, kept.k_informative, dropped.k, dropped.left_out[0].row) == (6, 5, 5, "study 5")
    assert kept.estimate == pytest.approx(dropped.estimate, rel=1e-14)
    # without events a study says that the risk difference is near 0
    keeps, drops = mantel_haenszel("RD", *TRIALS), mantel_haenszel("RD", *TRIALS, double_zero="drop")
    assert 0 < keeps.estimate < drops.estimate
    assert "of which 1 had no event" in keeps.methods_sentence()
    two = beta_binomial_two_arm(*TRIALS)
    assert two.k == 6


def test_corrections():
    exact = mantel_haenszel("OR", *TRIALS)
    by_number = mantel_haenszel("OR", *TRIALS, correction=0.25)
    by_rule = mantel_haenszel("OR", *TRIALS, correction="only0", add=0.25)
    assert by_number.estimate == by_rule.estimate != exact.estimate
    assert by_number.spec == by_rule.spec
    assert "0.25 to each cell of studies with a zero cell" in by_rule.methods_sentence()
    assert "without continuity correction" in exact.methods_sentence()
    assert mantel_haenszel("OR", *TRIALS, correction="all", add=0).estimate == exact.estimate


def test_weights_reproduce_the_estimate():
    found = mantel_haenszel("RD", *SPREAD)
    same(found.weights @ found.effects.yi, found.estimate, 1e-12)
    found = mantel_haenszel("RR", *SPREAD)
    same(np.log(found.weights @ np.exp(found.effects.yi)), found.estimate, 1e-12)
    found = peto(*SPREAD)
    same(found.weights @ found.effects.yi, found.estimate, 1e-12)


def test_one_study():
    same(mantel_haenszel("OR", *ONE).estimate, np.log(3 / 17 * 15 / 5), 1e-14)
    same(mantel_haenszel("OR", *ONE).se, np.sqrt(1 / 3 + 1 / 17 + 1 / 5 + 1 / 15), 1e-12)
    for model in ("UM.FS", "UM.RS"):
        found = glmm(*ONE, model=model)
        same((found.estimate, found.se), (np.log(9 / 17), np.sqrt(1 / 3 + 1 / 17 + 1 / 5 + 1 / 15)), 1e-9)
        assert isinstance(found.tau2, NotAssessable)
        assert isinstance(found.tau2_test, NotAssessable)
        assert isinstance(glmm(*ONE, model=model, ci="t").ci, NotAssessable)
    assert isinstance(beta_binomial([3], [20]).rho, NotAssessable)


@pytest.mark.parametrize("model", TWO_ARM)
def test_equal_studies_have_no_variance(model):
    found = glmm([3] * 4, [20] * 4, [5] * 4, [20] * 4, model=model)
    assert (found.tau2, found.converged) == (0.0, True)
    assert isinstance(found.tau2_se, NotAssessable)
    assert found.tau2_test.p_value == 1.0
    same(found.log_likelihood, found.log_likelihood_common, 1e-12)
    if model == "UM.FS":
        same((found.estimate, found.se), (np.log(9 / 17), np.sqrt((1 / 3 + 1 / 17 + 1 / 5 + 1 / 15) / 4)), 1e-9)


@pytest.mark.parametrize("model", TWO_ARM)
def test_spread_is_found_and_tested(model):
    found = glmm(*SPREAD, model=model)
    assert found.converged
    assert found.tau2 > 0.3
    same(found.tau2_test.statistic, 2 * (found.log_likelihood - found.log_likelihood_common), 1e-10)
    assert found.tau2_test.p_value < 0.01
    assert found.tau2_se > 0


@pytest.mark.parametrize("model", TWO_ARM)
@pytest.mark.parametrize("arm", ["treated", "comparator"])
def test_an_infinite_estimate_is_said_to_be_so(model, arm):
    none, some = ([0, 0, 0], [10, 20, 30]), ([1, 5, 3], [12, 20, 30])
    found = glmm(*none, *some, model=model) if arm == "treated" else glmm(*some, *none, model=model)
    assert not found.converged
    assert "infinite" in found.reason
    assert isinstance(found.estimate, NotAssessable)
    assert "infinite" in found.result_sentence()


@pytest.mark.parametrize("model", ["CM.AL", "CM.EL"])
def test_a_variance_without_limit_is_said_to_be_so(model):
    """Every study is all or nothing, in both directions: the conditional likelihood rises with tau2 for ever."""
    found = glmm([0, 5, 0, 6], [10, 20, 30, 40], [5, 0, 7, 0], [12, 20, 30, 40], model=model)
    assert not found.converged
    assert "keeps rising" in found.reason
    assert isinstance(found.tau2, NotAssessable)


def test_single_arms_without_any_or_with_only_events():
    for found in (
        glmm_proportion([0, 0], [5, 9]),
        glmm_proportion([5, 9], [5, 9]),
        glmm_rate([0, 0], [5.5, 9]),
        beta_binomial([0, 0], [5, 9]),
        glmm_proportion([0, 9, 0, 7], [9, 9, 7, 7]),
        beta_binomial([0, 9, 0, 7], [9, 9, 7, 7]),
    ):
        assert not found.converged
        assert isinstance(found.estimate, NotAssessable)


def test_mantel_haenszel_without_contrast():
    for measure in ("OR", "RR"):
        found = mantel_haenszel(measure, [0, 0], [9, 9], [2, 3], [9, 9])
        assert isinstance(found.estimate, NotAssessable)
        assert isinstance(found.q, NotAssessable)
    assert isinstance(mantel_haenszel("RR", [9, 9], [9, 9], [8, 8], [8, 8]).se, NotAssessable)
    assert isinstance(mantel_haenszel("RD", [0, 0], [9, 9], [0, 0], [9, 9]).se, NotAssessable)
    assert isinstance(mantel_haenszel("OR", [0, 0], [9, 9], [2, 3], [9, 9]).tarone, NotAssessable)
    assert isinstance(mantel_haenszel("RR", *TRIALS).cmh, NotAssessable)


def test_laplace_and_quadrature():
    laplace, full = (glmm(*SPREAD, model="UM.RS", integration=i) for i in ("laplace", "quadrature"))
    assert glmm(*SPREAD, model="UM.RS").spec.integration == "laplace"
    same(laplace.quadrature.estimate, full.estimate, 1e-10)
    same(laplace.quadrature.tau2, full.tau2, 1e-9)
    same((laplace.estimate, laplace.sigma2), (full.estimate, full.sigma2), 0.05)  # an approximation, not the same
    assert laplace.estimate != full.estimate
    assert (laplace.nodes, isinstance(full.quadrature, NotAssessable)) == (1, True)
    assert "Laplace" in laplace.methods_sentence()
    assert "quadrature" in full.methods_sentence()


def test_large_and_lopsided_counts():
    """Arms of a hundred thousand beside arms of ten, and events in nearly everybody."""
    counts = ([50, 2, 99990], [100000, 10, 100000], [80, 3, 99970], [100000, 12, 100000])
    for model in TWO_ARM:
        found = glmm(*counts, model=model)
        assert found.converged, found.reason
        assert -1.5 < found.estimate < 0.5 or model == "CM.AL"
    assert beta_binomial_two_arm(*counts).converged


def test_beta_binomial_without_overdispersion_is_binomial():
    found = beta_binomial([5, 6, 5, 6], [10, 12, 10, 12])
    assert (found.rho, found.rho_test.p_value) == (0.0, 1.0)
    same((found.estimate, found.se), (0.0, np.sqrt(2 / 22)), 1e-9, atol=1e-9)
    assert isinstance(found.rho_se, NotAssessable)
    assert isinstance(found.tau2, NotAssessable)


WITHHELD = [
    ("RD", ([0, 0], [10, 20], [0, 0], [12, 18]), 0.0, "no arm has both"),
    ("RD", ([10, 20], [10, 20], [12, 18], [12, 18]), 0.0, "no arm has both"),
    ("RD", ([10, 20], [10, 20], [0, 0], [12, 18]), 1.0, "no arm has both"),
    ("RR", ([10, 20], [10, 20], [12, 18], [12, 18]), 0.0, "every patient has the event"),
]


@pytest.mark.parametrize(("measure", "counts", "estimate", "reason"), WITHHELD)
def test_mantel_haenszel_withholds_only_a_standard_error_of_zero(measure, counts, estimate, reason):
    found = mantel_haenszel(measure, *counts)
    assert found.estimate == estimate
    assert reason in found.se.reason
    assert found.ci.reason == found.p_value.reason == found.se.reason == found.reason
    assert found.converged
    assert found.result_sentence().count(reason) == 1
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_ratio_without_any_event_stays_not_assessable():
    for measure in ("OR", "RR"):
        assert isinstance(mantel_haenszel(measure, *WITHHELD[0][1]).estimate, NotAssessable)


# metafor 3.8-1: rma.peto, rma.mh and rma.glmm on ai = c(3, 5.5, 2), n1i = c(20, 30, 25), ci = c(6.5, 9, 4),
# n2i = c(20.5, 31, 24); glmm to the digits that lme4 and its optimiser settle (tau2 = 0 there and here)
FRACTIONS = ([3, 5.5, 2], [20, 30, 25], [6.5, 9, 4], [20.5, 31, 24])
FRACTIONAL = {
    "peto": (peto, (-0.728745121859423, 0.407723673852205), 1e-12),
    "OR": (lambda *c, **k: mantel_haenszel("OR", *c, **k), (-0.761972360339006, 0.427717043694813), 1e-12),
    "RR": (lambda *c, **k: mantel_haenszel("RR", *c, **k), (-0.603322387109068, 0.343444300223487), 1e-12),
    "RD": (lambda *c, **k: mantel_haenszel("RD", *c, **k), (-0.116544376424081, 0.0638764982589949), 1e-12),
    "UM.FS": (glmm, (-0.7626359277, 0.4277941824), 1e-6),
    "CM.AL": (lambda *c, **k: glmm(*c, model="CM.AL", **k), (-0.6036546861, 0.3828149997), 1e-6),
}


@pytest.mark.parametrize("name", FRACTIONAL)
def test_fractional_counts_are_taken_where_allowed(name):
    method, wanted, tolerance = FRACTIONAL[name]
    with pytest.raises(InvalidInputError, match="must be a whole number"):
        method(*FRACTIONS)
    found = method(*FRACTIONS, allow_fractional=True)
    same([found.estimate, found.se], list(wanted), tolerance)


def test_the_exact_likelihood_refuses_fractions_and_names_another():
    with pytest.raises(InvalidInputError, match=r"CM\.AL and UM\.FS take fractions") as caught:
        glmm(*FRACTIONS, model="CM.EL", allow_fractional=True)
    assert len(caught.value.issues) == 3


def test_a_proportion_may_have_fractional_events():
    found = glmm_proportion([2.5, 4, 3.5], [20, 21, 22.5], allow_fractional=True)
    assert found.natural == pytest.approx(10 / 63.5)
    with pytest.raises(InvalidInputError, match="whole number"):
        glmm_proportion([2.5, 4, 3.5], [20, 21, 22.5])


@pytest.mark.parametrize(
    ("events", "n"),
    [
        ([789, 2513, 2284], [889, 2994, 2569]),
        ([906, 139, 157, 409, 155], [2415, 341, 574, 1454, 362]),
        ([1018, 599, 348, 306, 74], [2374, 2823, 1435, 1649, 188]),
    ],
)
def test_beta_binomial_of_arms_of_thousands_settles(events, n):
    """Rounding leaves nothing to gain there before the steps are as short as elsewhere."""
    found, turned = beta_binomial(events, n), beta_binomial(np.subtract(n, events), n)
    assert (found.converged, found.reason) == (True, "")
    assert 0 < found.rho_se < found.rho < 0.2
    same((turned.estimate, turned.rho), (-found.estimate, found.rho), 1e-5)


def test_mantel_haenszel_tests_do_not_know_which_arm_is_treated():
    a, n, c, m = SPREAD
    one, other = mantel_haenszel("OR", a, n, c, m), mantel_haenszel("OR", c, m, a, n)
    for name in ("cmh", "cmh_corrected", "breslow_day", "tarone"):
        same(getattr(one, name).statistic, getattr(other, name).statistic, 1e-11)
    # less than half an event apart: the correction leaves nothing
    near = mantel_haenszel("OR", [3, 4], [20, 20], [3, 5], [20, 20])
    assert near.cmh.statistic > 0
    assert (near.cmh_corrected.statistic, near.cmh_corrected.p_value) == (0.0, 1.0)


def test_without_a_study_that_has_an_effect_q_has_no_degree_of_freedom():
    found = mantel_haenszel("RD", [0, 0], [20, 20], [0, 0], [20, 20])
    assert (found.q, found.q_df, found.k, found.k_informative) == (0.0, 0, 2, 0)
    assert isinstance(found.q_p, NotAssessable)
    one = mantel_haenszel("RD", [0, 1], [20, 20], [0, 0], [20, 20])
    assert (one.q_df, one.k_informative, isinstance(one.i2, NotAssessable)) == (0, 1, True)


def test_why_tests_of_the_odds_ratio_are_missing():
    other = mantel_haenszel("RR", *SPREAD)
    assert other.cmh.reason == other.tarone.reason == "belongs to the odds ratio"
    none = mantel_haenszel("OR", [0, 0], [9, 9], [0, 0], [9, 9])
    assert none.cmh.reason == none.breslow_day.reason == "no study has both events and non-events"
    one = mantel_haenszel("OR", [2, 0], [9, 9], [4, 0], [9, 9])
    assert one.cmh.statistic > 0
    assert one.breslow_day.reason == one.tarone.reason == "needs at least 2 informative studies"
    open_end = mantel_haenszel("OR", [0, 0], [9, 9], [2, 3], [9, 9])
    assert open_end.breslow_day.reason == open_end.estimate.reason
    assert "the estimate is 0" in open_end.estimate.reason
    assert "the estimate is infinite" in mantel_haenszel("OR", [2, 3], [9, 9], [0, 0], [9, 9]).estimate.reason
    assert "tells one arm from the other" in mantel_haenszel("OR", [0, 9], [9, 9], [0, 9], [9, 9]).estimate.reason


@pytest.mark.parametrize("ci", ["z", "t"])
def test_intervals_and_tests_follow_from_estimates_and_their_errors(ci):
    from scipy.stats import norm, t

    fits = [glmm(*SPREAD, model=model, ci=ci, level=0.9) for model in TWO_ARM]
    fits += [glmm_proportion(*SPREAD[:2], ci=ci, level=0.9), glmm_rate(*SPREAD[:2], ci=ci, level=0.9)]
    fits += [beta_binomial(*SPREAD[:2], ci=ci, level=0.9), beta_binomial_two_arm(*SPREAD, ci=ci, level=0.9)]
    for found in fits:
        law = norm if ci == "z" else t(found.k - 1)
        half = law.ppf(0.95) * found.se
        same(found.ci, (found.estimate - half, found.estimate + half), 1e-8)
        same(found.statistic, found.estimate / found.se, 1e-13)
        same(found.p_value, 2 * law.sf(abs(found.statistic)), 1e-8)
        assert "90% Wald intervals" in found.methods_sentence()


def test_overdispersion_is_tested_against_none():
    found = beta_binomial_two_arm(*SPREAD)
    statistic = 2 * (found.log_likelihood - found.log_likelihood_common)
    same(found.rho_test.statistic, statistic, 1e-12)
    from scipy.stats import chi2

    same(found.rho_test.p_value, chi2.sf(statistic, 1) / 2, 1e-10)
    one = beta_binomial([3], [20])
    for number in (one.rho, one.rho_se, one.rho_test):
        assert number.reason == "needs at least 2 studies, got 1"
    same((one.estimate, one.se), (np.log(3 / 17), np.sqrt(1 / 3 + 1 / 17)), 1e-10)


def test_studies_left_out_are_said_with_their_reasons():
    events, n, c, m = ([2, 0, None, 4], [20, 20, 20, 20], [5, 0, 3, 2], [20, 20, 20, 20])
    found = peto(events, n, c, m, study=list("ABCD"), missing="drop")
    assert found.k == 2
    said = found.methods_sentence()
    assert "1 study (B) was left out for having no event, or only events, in both arms." in said
    assert "C" in said.split("in both arms.")[1]
    both = peto([2, 0, 20, 4], n, [5, 0, 20, 2], m, study=list("ABCD"))
    assert "2 studies (B and C) were left out for having no event" in both.methods_sentence()


def test_a_variance_of_0_is_no_answer_where_the_likelihood_rises_again_behind_it():
    """From sigma2 = 0 the likelihood falls, and rises to a higher maximum before the next point of the grid.

    metafor 3.8-1 with lme4: rma.glmm(measure="OR", model="UM.RS", ...) gives 1.8152233, tau2 4.8523217, sigma2
    0.2252327 and the log likelihood -29.26375; at sigma2 = 0 it is -29.349.
    """
    counts = ([19, 5, 15, 10, 9], [21, 45, 52, 12, 46], [1, 14, 2, 2, 10], [12, 57, 24, 15, 54])
    found = glmm(*counts, model="UM.RS")
    same((found.estimate, found.tau2, found.sigma2), (1.8152233, 4.8523217, 0.2252327), 1e-5)
    same(found.log_likelihood, -29.26375, 1e-7)
    assert found.quadrature.log_likelihood > -29.21
    full = glmm(*counts, model="UM.RS", integration="quadrature")
    same((full.estimate, full.log_likelihood), (found.quadrature.estimate, found.quadrature.log_likelihood), 1e-9)


def test_which_points_of_the_grid_a_search_goes_on_from():
    """Of each set of variances held at 0 the best one; and every peak, with the best point that holds none at 0."""
    heights = {
        (0, 0): 1.0, (0, 1): 3.0, (0, 2): 2.0,
        (1, 0): 0.5, (1, 1): 2.5, (1, 2): 1.0,
        (2, 0): 0.7, (2, 1): 0.2, (2, 2): 0.9,
    }  # fmt: skip
    profile = {cell: SimpleNamespace(log_likelihood=height, cell=cell) for cell, height in heights.items()}
    assert [fit.cell for fit in _edges(profile)] == [(0, 0), (0, 1), (2, 0)]
    assert [fit.cell for fit in _peaks(profile)] == [(0, 1), (1, 1), (2, 0)]
    flat = {(at,): SimpleNamespace(log_likelihood=height, cell=(at,)) for at, height in enumerate((1.0, 2.0, 2.0, 0.0))}
    assert [fit.cell for fit in _edges(flat)] == [(0,)]
    assert [fit.cell for fit in _peaks(flat)] == [(1,), (2,)]
