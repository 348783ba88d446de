"""Joint and multilevel models: what they accept, what they say, and what they refuse."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import tmsmeta as tm
from tmsmeta import InvalidInputError, NotAssessable, UnknownOptionError
from tmsmeta.models.multivariate.structure import Structure

# Eight invented trials: 60 patients an arm, those with the wider outcome, and how many of them have the narrower one.
STUDY = list("ABCDEFGH")
WIDE_T, WIDE_C = [30, 25, 33, 28, 21, 36, 27, 30], [15, 18, 14, 16, 15, 12, 17, 16]
NARROW_T, NARROW_C = [20, 12, 22, 15, 10, 24, 13, 19], [8, 10, 6, 8, 9, 4, 9, 8]
N = [60] * 8


def wide(measure="RR", **more):
    return tm.effects.binary(measure, WIDE_T, N, WIDE_C, N, study=STUDY, **more)


def narrow(measure="RR", rows=8, n=N, events=NARROW_T):
    return tm.effects.binary(measure, events[:rows], n[:rows], NARROW_C[:rows], n[:rows], study=STUDY[:rows])


def nested(rows=5, **choices):
    return tm.joint({"wide": wide(), "narrow": narrow(rows=rows)}, nested=("wide", "narrow"), **choices)


def test_studies_without_an_outcome_join_and_inform_it():
    found, alone = nested(), tm.pool(narrow(rows=5), tau2="REML", ci="z")
    assert found.effects.reported.sum(axis=0).tolist() == [8, 5]
    assert found.borrowing[1] > found.borrowing[0] > 0
    joint = nested(ci="z")
    assert joint.estimate[1] != pytest.approx(alone.estimate, rel=1e-3)


def test_the_narrower_outcome_may_stand_first():
    one = tm.joint({"wide": wide(), "narrow": narrow()}, nested=("wide", "narrow"))
    other = tm.joint({"narrow": narrow(), "wide": wide()}, nested=("wide", "narrow"))
    np.testing.assert_allclose(one.estimate, other.estimate[::-1], rtol=1e-8)


def test_two_log_risks_covary_by_the_variance_of_the_wider_outcome():
    e = tm.joint_effects({"wide": wide(), "narrow": narrow()}, nested=("wide", "narrow"))
    np.testing.assert_allclose(e.covariance[:, 0, 1], wide().vi, rtol=1e-12)


def test_everything_that_was_chosen_is_said():
    found = nested()
    text = found.methods_sentence()
    for words in ("REML", "unstructured", "nested counts", "Jackson and Riley", "wide and narrow"):
        assert words in text
    assert "5 studies" in found.result_sentence()
    assert json.loads(json.dumps(found.to_dict()))["outcomes"] == ["wide", "narrow"]
    assert len(repr(found).splitlines()) <= 20


def test_a_boundary_is_said():
    same = tm.effects.generic([0.1, 0.1, 0.1, 0.1], vi=[0.04] * 4, study=list("abcd"))
    found = tm.joint({"x": same, "y": same}, correlation=0.5)
    assert isinstance(found.correlation, NotAssessable)
    assert "variance of x and y is 0" in found.result_sentence()
    rng = np.random.default_rng(2)
    shift = rng.normal(0, 1, 12)
    one = tm.effects.generic(shift, vi=[0.01] * 12, study=np.arange(12))
    two = tm.effects.generic(2 * shift, vi=[0.01] * 12, study=np.arange(12))
    edge = tm.joint({"x": one, "y": two}, correlation=0.0)
    assert edge.correlation[0, 1] == pytest.approx(1.0, abs=1e-3)


def test_a_held_correlation_is_the_one_of_the_result_and_never_more_likely():
    free = nested(rows=8)
    for rho in (-0.5, 0.0, 0.5, 0.9):
        held = nested(rows=8, between_correlation=rho)
        sd = np.sqrt(held.tau2)
        assert held.between[0, 1] == pytest.approx(rho * sd[0] * sd[1], abs=1e-12)
        assert held.log_likelihood <= free.log_likelihood + 1e-8
        assert f"held at {rho:.2f}" in held.result_sentence() or isinstance(held.correlation, NotAssessable)


def test_regions_hold_the_centre_and_the_prediction_region_is_the_larger():
    found = nested(rows=8)
    inner, outer = (found.region("wide", "narrow", what=what) for what in ("confidence", "prediction"))
    np.testing.assert_allclose(inner[:-1].mean(axis=0), found.estimate, atol=1e-9)
    assert (
        np.ptp(outer, axis=0).min() > np.ptp(inner, axis=0).max() * 0.99
        or (np.ptp(outer, axis=0) >= np.ptp(inner, axis=0)).all()
    )
    with pytest.raises(UnknownOptionError, match="wide"):
        found.region("wide", "harm")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda: tm.joint({"wide": wide()}, nested=("wide",)), "at least two"),
        (lambda: tm.joint({"wide": wide(), "narrow": narrow()}), "exactly one of nested"),
        (lambda: tm.joint({"wide": wide(), "narrow": narrow()}, nested=("narrow", "wide")), "must be at most"),
        (lambda: tm.joint({"wide": wide(), "narrow": narrow()}, nested=("wide", "other")), "name each outcome once"),
        (lambda: tm.joint({"wide": wide(), "narrow": narrow(n=[80] * 8)}, nested=("wide", "narrow")), "same patients"),
        (lambda: tm.joint({"wide": wide(), "narrow": narrow()}, correlation=1.2), "from -1 to 1"),
        (lambda: tm.joint({"wide": wide(), "narrow": narrow()}, correlation=0.5, nested=("wide", "narrow")), "exactly"),
        (lambda: tm.joint({"wide": wide("PETO"), "narrow": narrow("PETO")}, nested=("wide", "narrow")), "use OR, RR"),
        (lambda: tm.joint({"wide": wide(), "narrow": narrow(rows=1)}, nested=("wide", "narrow")), "at least 2 studies"),
        (lambda: tm.joint({"wide": wide(), "narrow": narrow()}, covariance=np.zeros((2, 2))), "shape (8, 2, 2)"),
        (lambda: tm.joint({"wide": wide(), "narrow": [1, 2]}, correlation=0), "must be effect sizes"),
        (lambda: tm.joint({"wide": wide(), "wide ": narrow()}, correlation=0), "Got 'wide '"),
        (lambda: tm.joint({1: wide(), "1": narrow()}, correlation=0), "a name of its own"),
        (lambda: tm.joint({"wide": wide(), "narrow": narrow()}, nested=("narrow", "wide")), "part. Got 2"),
        (lambda: tm.joint({"wide": wide(), "narrow": wide()}, nested=("wide", "narrow")), "fault"),
        (lambda: tm.joint({"wide": wide(), "narrow": wide()}, nested=("wide", "narrow")), "counts the same patients"),
        (lambda: tm.joint({"wide": wide(), "narrow": wide()}, correlation=1), ": 8 faults"),
        (lambda: tm.joint({"wide": wide(), "narrow": narrow()}, correlation=0, between_correlation="x"), "numbers"),
    ],
)
def test_faults_of_a_joint_model_are_sentences(asked, words):
    with pytest.raises(InvalidInputError) as error:
        asked()
    assert words in str(error.value)


def test_correlated_means_use_the_patients_correlation():
    sd, n = np.array([2.0, 3.0, 2.5]), np.array([20, 30, 25])
    one = tm.effects.continuous("MD", [5, 6, 7], sd, n, [4, 4, 6], sd, n, study=list("abc"))
    two = tm.effects.continuous("MD", [50, 61, 70], 10 * sd, n, [45, 50, 66], 10 * sd, n, study=list("abc"))
    e = tm.joint_effects({"one": one, "two": two}, patient_correlation=0.7)
    np.testing.assert_allclose(e.covariance[:, 0, 1], 0.7 * 2 * sd * 10 * sd / n, rtol=1e-12)


def test_means_of_trials_with_one_outcome_have_no_covariance():
    sd, n = np.array([2.0, 3.0, 2.5]), np.array([20, 30, 25])
    columns = ([5, 6, 7], sd, n, [4, 4, 6], sd, n)
    one, two = (tm.effects.continuous("MD", *columns, study=list(names)) for names in ("abc", "dbc"))
    e = tm.joint_effects({"one": one, "two": two}, patient_correlation=0.7)
    both = dict(zip(e.study, e.covariance[:, 0, 1], strict=True))
    assert {str(s): bool(np.isfinite(c)) for s, c in both.items()} == {"a": False, "b": True, "c": True, "d": False}


def grouped(seed=1, groups=8, per=4):
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), per)
    v = rng.uniform(0.01, 0.1, groups * per)
    y = rng.normal(0.3, 0.3, groups)[group] + rng.normal(0, np.sqrt(v + 0.02))
    return tm.effects.generic(y, vi=v), group


def test_order_of_rows_changes_nothing_in_a_multilevel_model():
    e, group = grouped()
    order = np.random.default_rng(0).permutation(e.k)
    one, two = tm.multilevel(e, group), tm.multilevel(e.subset(order), group[order])
    np.testing.assert_allclose([one.estimate, one.se[0], one.df[0]], [two.estimate, two.se[0], two.df[0]], rtol=1e-7)


def test_groups_of_one_effect_are_the_level_of_the_effects():
    e, group = grouped(groups=12)
    levels = pd.DataFrame({"region": group // 3, "study": group})
    usual = tm.multilevel(e, levels)
    own = tm.multilevel(e, levels.assign(effect=np.arange(e.k)), by_effect=False)
    assert list(own.variances) == list(usual.variances) == ["region", "study", "effect"]
    assert len({round(value, 6) for value in usual.variances.values()}) == 3
    for name, value in usual.variances.items():
        assert own.variances[name] == pytest.approx(value, rel=1e-5, abs=1e-8)
    np.testing.assert_allclose(
        [*own.se, *own.df, own.log_likelihood], [*usual.se, *usual.df, usual.log_likelihood], rtol=1e-6
    )


def test_groups_may_be_named_columns_outermost_first():
    e, group = grouped(groups=12)
    frame = pd.DataFrame({"region": group // 3, "study": group})
    found = tm.multilevel(e, frame)
    assert list(found.variances) == ["region", "study", "effect"]
    assert found.groups == {"region": 4, "study": 12}
    assert "region, study and each effect" in found.methods_sentence()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda e, g: tm.multilevel(e, np.arange(e.k)), "one member in each group"),
        (lambda e, g: tm.multilevel(e, g[:-1]), "one group per row"),
        (lambda e, g: tm.multilevel(e, g // 8), "more groups than"),
        (lambda e, g: tm.multilevel(e, g, correlation=0.5, covariance=np.diag(e.vi)), "leave one"),
        (lambda e, g: tm.multilevel(e, g, correlation=-0.5), "`correlation`: must be above -0.333: the 4 effects"),
        (lambda e, g: tm.multilevel(e, g, covariance=np.diag(e.vi) + (g[:, None] == g) * (1 - np.eye(e.k))), "group 3"),
        (
            lambda e, g: tm.multilevel(e, g, covariance=np.diag(e.vi) + (g[:, None] == g) * (1 - np.eye(e.k))),
            "8 faults",
        ),
        (lambda e, g: tm.multilevel(e, g, covariance=np.eye(3)), "shape (32, 32)"),
        (lambda e, g: tm.multilevel(e, g, correlation=-0.9), "positive definite"),
    ],
)
def test_faults_of_a_multilevel_model_are_sentences(asked, words):
    e, group = grouped()
    with pytest.raises(InvalidInputError) as error:
        asked(e, group)
    assert words in str(error.value)


def test_figures_show_the_numbers_of_the_result():
    found = nested(rows=8)
    ax = tm.figures.joint_regions(found)
    pooled = next(line for line in ax.lines if line.get_gid() == "pooled")
    np.testing.assert_allclose([pooled.get_xdata()[0], pooled.get_ydata()[0]], np.exp(found.estimate))
    for width in (None, "single"):
        forest = tm.figures.borrowing_forest(found, width=width)
        text = " ".join(t.get_text() for a in forest.figure.axes for t in a.texts)
        assert f"{np.exp(found.estimate[0]):.2f}" in text
        assert f"{found.borrowing[1]:.0f}%" in text


def test_a_correlation_that_no_study_can_tell_is_none():
    """With outcomes in different studies the likelihood is flat in it: what the search leaves is no estimate."""
    apart = {"a": tm.effects.generic([0.1, 0.9, 0.4], se=[0.1] * 3, study=list("abc"))}
    apart["b"] = tm.effects.generic([0.5, -0.5, 0.1], se=[0.1] * 3, study=list("xyz"))
    for structure in ("unstructured", "compound"):
        found = tm.joint(apart, correlation=0.3, structure=structure)
        assert not found.correlation
        assert "not assessable: no study has two outcomes" in found.result_sentence()
        assert found.between_intervals()["note"].iloc[-1].endswith("no study has two outcomes")
    apart["c"] = tm.effects.generic([0.5, -0.5, 0.1, 0.7], se=[0.1] * 4, study=list("abxy"))
    found = tm.joint(apart, correlation=0.3)
    assert "no study tells the between-study correlation of a with b" in found.boundary
    assert not tm.joint(apart, correlation=0.3, structure="compound").boundary.startswith("no study")


def test_effects_that_are_all_equal_leave_no_error_to_tell():
    equal = tm.effects.generic([0.3] * 12, vi=np.linspace(0.02, 0.1, 12))
    found = tm.multilevel(equal, np.arange(12) % 4)
    assert (found.q, found.q_p) == (0.0, 1.0)
    assert "95% CI not assessable: no group leaves a residual" in found.result_sentence()
    assert "not available" not in found.result_sentence()


def test_effects_of_several_outcomes_say_their_numbers():
    found = tm.joint_effects({"wide": wide(), "narrow": narrow(rows=5)}, nested=("wide", "narrow"))
    assert (found.k, found.p) == (8, 2)
    assert found.in_short() == "8 studies with 2 outcomes: wide in 8, narrow in 5."
    np.testing.assert_array_equal(found.reported, [[True, row < 5] for row in range(8)])


@pytest.mark.parametrize("p", [2, 3])
@pytest.mark.parametrize("correlation", [None, 0.4])
@pytest.mark.parametrize("name", ["unstructured", "compound", "diagonal"])
def test_a_structure_gives_back_its_matrix_and_its_slopes(name, p, correlation):
    if name != "unstructured" and correlation is not None:
        return
    structure = Structure(name, p, correlation)
    sd = np.array([0.4, 0.3, 0.7])[:p] if name != "compound" else np.full(p, 0.4)
    held = {"diagonal": 0.0, "compound": 0.3}.get(name, correlation or -0.2)
    matrix = (held + (1 - held) * np.eye(p)) * np.outer(sd, sd)
    theta = structure.parameters(matrix)
    np.testing.assert_allclose(structure.matrix(theta), matrix, rtol=1e-12, atol=1e-15)
    slope = np.cos(np.arange(p * p).reshape(p, p))
    slope = slope + slope.T

    def height(at):
        return float((slope * structure.matrix(at)).sum())

    step = 1e-6 * np.eye(len(theta))
    wanted = [(height(theta + h) - height(theta - h)) / 2e-6 for h in step]
    np.testing.assert_allclose(structure.chain(theta, slope), wanted, rtol=1e-7)
