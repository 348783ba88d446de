"""What a joint model says of its numbers, each again by another way."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, f, norm
from scipy.stats import t as student

import tmsmeta as tm
from tmsmeta import NotAssessable

STUDY = list("ABCDEFGH")
WIDE_T, WIDE_C = [30, 25, 33, 28, 21, 36, 27, 30], [15, 18, 14, 16, 15, 12, 17, 16]
NARROW_T, NARROW_C = [20, 12, 22, 15, 10, 24, 13, 19], [8, 10, 6, 8, 9, 4, 9, 8]


def sets(rows=8):
    n = [60] * 8
    wide = tm.effects.binary("RR", WIDE_T, n, WIDE_C, n, study=STUDY)
    narrow = tm.effects.binary("RR", NARROW_T[:rows], n[:rows], NARROW_C[:rows], n[:rows], study=STUDY[:rows])
    return {"wide": wide, "narrow": narrow}


def fitted(rows=8, **choices):
    return tm.joint(sets(rows), nested=("wide", "narrow"), **choices)


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize("ci", ["z", "t", "jackson-riley"])
def test_intervals_p_values_and_predictions_follow_from_estimates_and_their_errors(ci, level):
    found, plain = fitted(6, ci=ci, level=level), fitted(6, ci="z")
    df = 8 + 6 - 2
    law = norm if ci == "z" else student(df)
    half = law.ppf(0.5 + level / 2) * found.se
    table = found.to_frame()
    np.testing.assert_allclose(found.ci_low, found.estimate - half, rtol=1e-8)
    np.testing.assert_allclose(found.ci_high, found.estimate + half, rtol=1e-8)
    np.testing.assert_allclose(found.statistic, found.estimate / found.se, rtol=1e-12)
    np.testing.assert_allclose(found.p_value, 2 * law.sf(np.abs(found.statistic)), rtol=1e-8)
    np.testing.assert_allclose(found.covariance, plain.covariance * found.scale_factor ** (ci == "jackson-riley"))
    assert (found.q_df, found.q_test.df) == (df, df)
    assert found.q_p == pytest.approx(chi2.sf(found.q, df), rel=1e-9)
    for name in ("estimate", "se", "ci_low", "ci_high", "p_value", "tau2", "borrowing"):
        np.testing.assert_array_equal(table[name], getattr(found, name))
    assert table["k"].tolist() == [8, 6]
    assert table["outcome"].tolist() == ["wide", "narrow"]
    beside = found.prediction().set_index("outcome")
    for j, (name, k) in enumerate((("wide", 8), ("narrow", 6))):
        reach = student(k - 2).ppf(0.5 + level / 2) * np.sqrt(found.tau2[j] + found.se[j] ** 2)
        assert tuple(beside.loc[name, ["low", "high"]]) == pytest.approx(
            (found.estimate[j] - reach, found.estimate[j] + reach), rel=1e-8
        )
        assert beside.loc[name, "note"] == ""


@pytest.mark.parametrize(("rows", "known"), [(2, False), (3, True)])
def test_a_prediction_of_an_outcome_needs_three_studies_with_it(rows, known):
    row = fitted(rows).prediction().set_index("outcome").loc["narrow"]
    assert np.isfinite(row["low"]) == known
    assert ("needs at least 3 studies, got 2" in row["note"]) != known


@pytest.mark.parametrize("what", ["confidence", "prediction"])
@pytest.mark.parametrize("ci", ["z", "t"])
def test_the_border_of_a_region_lies_at_one_distance(what, ci):
    found = fitted(ci=ci, level=0.9)
    border = found.region("narrow", "wide", what=what, points=25)
    assert border.shape == (25, 2)
    np.testing.assert_allclose(border[0], border[-1])
    spread = (found.covariance + (found.between if what == "prediction" else 0))[::-1, ::-1]
    away = border - found.estimate[::-1]
    distance = np.einsum("ni,ij,nj->n", away, np.linalg.inv(spread), away)
    radius = chi2.ppf(0.9, 2) if ci == "z" else 2 * f.ppf(0.9, 2, found.q_df)
    np.testing.assert_allclose(distance, radius, rtol=1e-6)


@pytest.mark.parametrize("ci", ["z", "t", "jackson-riley"])
def test_beside_a_joint_model_each_outcome_is_pooled_alone(ci):
    alone = fitted(6, ci=ci, level=0.9).separate()
    for name, effects in sets(6).items():
        wanted = tm.pool(effects, tau2="REML", ci="hksj" if ci == "jackson-riley" else ci, level=0.9)
        assert alone[name].estimate == pytest.approx(wanted.estimate, rel=1e-12)
        assert alone[name].ci == pytest.approx(wanted.ci, rel=1e-12)


def test_shares_of_heterogeneity_and_of_information():
    """I2 from variances with and without it (Jackson, White & Riley 2012); borrowing by leaving the other out."""
    found = fitted(6, ci="z")
    covariance = found.effects.covariance
    tau2 = found.tau2
    for j in range(2):
        has = found.effects.reported[:, j]
        own = 1 / (1 / (covariance[has, j, j] + tau2[j])).sum()
        assert found.borrowing[j] == pytest.approx(100 * (1 - found.covariance[j, j] / own), rel=1e-9)
    precision = np.zeros((2, 2))
    for one, there in zip(covariance, found.effects.reported, strict=True):
        at = np.ix_(there, there)
        precision[at] += np.linalg.inv(one[at])
    common = np.linalg.inv(precision)
    i2 = 100 * (1 - np.sqrt(np.linalg.det(common) / np.linalg.det(found.covariance)))
    assert found.i2 == pytest.approx(i2, rel=1e-9)
    np.testing.assert_allclose(found.i2_each, 100 * (1 - np.diag(common) / np.diag(found.covariance)), rtol=1e-9)


@pytest.mark.parametrize("shared", [0, 2])
def test_a_correlation_is_that_of_the_between_study_matrix_or_missing_where_no_study_tells_it(shared):
    rng = np.random.default_rng(4)
    first = tm.effects.generic(rng.normal(0, 0.8, 8), vi=np.full(8, 0.05), study=[f"a{i}" for i in range(8)])
    names = [f"a{i}" if i < shared else f"b{i}" for i in range(8)]
    second = tm.effects.generic(rng.normal(0, 0.8, 8), vi=np.full(8, 0.05), study=names)
    found = tm.joint({"one": first, "two": second}, correlation=0.5)
    assert isinstance(found.correlation, NotAssessable) == (shared == 0)
    if shared:
        sd = np.sqrt(found.tau2)
        np.testing.assert_allclose(found.correlation, found.between / np.outer(sd, sd), rtol=1e-9)
    held = tm.joint({"one": first, "two": second}, correlation=0.5, between_correlation=0.3)
    np.testing.assert_allclose(held.correlation, [[1, 0.3], [0.3, 1]], rtol=1e-9)
    assert "between-study correlation held at 0.3" in held.result_sentence().lower()


def multilevel(**choices):
    yi = np.array([0.5, 0.3, 0.8, -0.1, 0.4, 0.9, 0.2, 0.6, 0.1, 0.7])
    vi = np.array([0.04, 0.03, 0.06, 0.05, 0.02, 0.07, 0.04, 0.05, 0.03, 0.06])
    return tm.multilevel(tm.effects.generic(yi, vi=vi), list("aabbccddee"), **choices)


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize("ci", ["z", "t", "CR0", "CR1", "CR2"])
def test_a_multilevel_model_says_the_interval_of_its_errors(ci, level):
    found = multilevel(ci=ci, level=level)
    law = norm if ci == "z" else student(found.df)
    half = law.ppf(0.5 + level / 2) * found.se
    np.testing.assert_allclose(found.low, found.beta - half, rtol=1e-8)
    np.testing.assert_allclose(found.high, found.beta + half, rtol=1e-8)
    np.testing.assert_allclose(found.statistic, found.beta / found.se, rtol=1e-12)
    np.testing.assert_allclose(found.p_value, 2 * law.sf(np.abs(found.statistic)), rtol=1e-8)
    assert (found.q_df, found.k, dict(found.groups)) == (9, 10, {"group": 5})
    yi, vi = found.effects.yi, found.effects.vi
    mean = np.average(yi, weights=1 / vi)
    assert found.q == pytest.approx(((yi - mean) ** 2 / vi).sum(), rel=1e-9)
    assert found.q_p == pytest.approx(chi2.sf(found.q, 9), rel=1e-9)
    if ci in ("z", "t"):
        groups = np.repeat(np.arange(5), 2)
        between, within = found.variances.values()
        v = np.diag(vi + within) + between * (groups[:, None] == groups)
        assert found.se[0] == pytest.approx(np.linalg.inv(v).sum() ** -0.5, rel=1e-9)
        assert found.df[0] == (np.inf if ci == "z" else 9)
