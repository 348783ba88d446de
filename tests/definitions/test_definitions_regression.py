"""Naive definitions of meta-regression, subgroups and influence beside the clever ones, on random tables."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from conftest import same

from tmsmeta import effects, pool
from tmsmeta.models.regression import meta_regression, subgroups
from tmsmeta.pooling.heterogeneity import ESTIMATORS
from tmsmeta.robustness.sensitivity import cumulative, influence, leave_one_out

CI = ("z", "t", "hksj", "hksj-adhoc")


def random_studies(seed: int, k: int):
    rng = np.random.default_rng(seed)
    vi = 10 ** rng.uniform(-3, 0.5, k)
    return effects.generic(rng.normal(0, np.sqrt(vi + 0.2)), vi=vi), rng


def dersimonian_laird_by_matrices(y, v, x):
    """(Q - df) / trace(P), with P written out."""
    w = np.diag(1 / v)
    p = w - w @ x @ np.linalg.inv(x.T @ w @ x) @ x.T @ w
    return max(0.0, (y @ p @ y - (len(y) - x.shape[1])) / np.trace(p))


@pytest.mark.parametrize("seed", range(8))
def test_meta_regression_is_weighted_least_squares(seed):
    """statsmodels' WLS at the weights 1 / (v + tau2); its standard errors are those of Knapp and Hartung."""
    data, rng = random_studies(seed, 9)
    dose, year = rng.normal(size=9), rng.integers(1990, 2020, 9).astype(float)
    x = np.column_stack([np.ones(9), dose, year])
    tau2 = dersimonian_laird_by_matrices(data.yi, data.vi, x)
    naive = sm.WLS(data.yi, x, weights=1 / (data.vi + tau2)).fit()
    found = meta_regression(data, "dose + year", {"dose": dose, "year": year}, tau2="DL", ci="hksj")
    same(found.tau2, tau2, 1e-6, atol=1e-12)  # the inverse of X'WX with years near 2000 loses digits on the naive side
    same(found.coefficients["estimate"], naive.params, 1e-6)
    same(found.coefficients["se"], naive.bse, 1e-6)
    same(found.coefficients["p_value"], naive.pvalues, 1e-6)
    same(found.qm, naive.fvalue, 1e-6)
    same(found.qm_p, naive.f_pvalue, 1e-6)
    plain = meta_regression(data, "dose + year", {"dose": dose, "year": year}, tau2="DL")
    same(plain.coefficients["se"], naive.bse / np.sqrt(naive.scale), 1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_shifting_and_scaling_a_moderator_changes_its_coefficient_only(seed):
    data, rng = random_studies(seed, 8)
    dose = rng.normal(size=8)
    plain = meta_regression(data, "dose", {"dose": dose}, ci="hksj")
    scaled = meta_regression(data, "dose", {"dose": 1e-9 * dose}, ci="hksj")
    same(scaled.beta[1], 1e9 * plain.beta[1], 1e-9)
    for name in ("tau2", "qm", "qe", "i2", "r2"):
        same(getattr(scaled, name), getattr(plain, name), 1e-9, what=name, atol=1e-12)
    inside = {"dose": [0.3]}, {"dose": [0.3e-9]}
    for column in ("estimate", "ci_low", "prediction_high"):
        same(plain.predict(inside[0])[column], scaled.predict(inside[1])[column], 1e-9)


@pytest.mark.parametrize("ci", CI)
@pytest.mark.parametrize("tau2", ESTIMATORS)
def test_regression_without_moderators_is_pooling(tau2, ci):
    data, _ = random_studies(3, 7)
    found, wanted = meta_regression(data, "~ 1", {}, tau2=tau2, ci=ci), pool(data, tau2=tau2, ci=ci)
    same(found.beta[0], wanted.estimate, 1e-10)
    same(found.se[0], wanted.se, 1e-10)
    same(found.tau2, wanted.tau2, 1e-9, atol=1e-12)
    same(found.log_likelihood, wanted.log_likelihood, 1e-10)
    same(found.i2, wanted.i2, 1e-9, atol=1e-9)
    if tau2 != "FE":
        same(found.predict({}).loc[0, ["prediction_low", "prediction_high"]].astype(float), wanted.prediction, 1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_subgroups_with_own_tau2(seed):
    """Pool each group by itself; Q between is the fixed-effect Q of the group estimates."""
    data, rng = random_studies(seed, 12)
    by = rng.choice(["a", "b", "c"], 12)
    found = subgroups(data, by, tau2="REML", ci="z")
    alone = {label: pool(data.subset(by == label), tau2="REML", ci="z") for label in dict.fromkeys(by.tolist())}
    estimate = np.array([p.estimate for p in alone.values()])
    weights = np.array([p.se**-2 for p in alone.values()])
    assert list(found.pools) == list(alone)
    same([p.estimate for p in found.pools.values()], estimate, 1e-12)
    mean = (weights * estimate).sum() / weights.sum()
    same(found.q_between, (weights * (estimate - mean) ** 2).sum(), 1e-10)
    again = pool(effects.generic(estimate, se=weights**-0.5), tau2="REML", ci="z")
    same(found.pool_of_subgroups.estimate, again.estimate, 1e-12)
    same(found.overall.estimate, pool(data, tau2="REML", ci="z").estimate, 1e-12)


@pytest.mark.parametrize("tau2", ["DL", "REML", "ML", "PM", "FE"])
@pytest.mark.parametrize("seed", range(4))
def test_subgroups_with_common_tau2_are_a_regression_on_the_factor(seed, tau2):
    data, _ = random_studies(seed, 10)
    by = np.array(list("aabbbcccca"))
    found = subgroups(data, by, common_tau2=True, tau2=tau2, ci="z")
    fit = meta_regression(data, "0 + C(by)", {"by": by}, tau2=tau2)
    same([p.estimate for p in found.pools.values()], fit.beta, 1e-9)
    same([p.se for p in found.pools.values()], fit.se, 1e-9)
    same(found.tau2, fit.tau2, 1e-9, atol=1e-12)
    factor = meta_regression(data, "C(by)", {"by": by}, tau2=tau2)
    same(found.q_between, factor.qm, 1e-8)
    same(found.p_value, factor.qm_p, 1e-8)


@pytest.mark.parametrize("ci", CI)
@pytest.mark.parametrize("tau2", ESTIMATORS)
def test_deletion_is_pooling_the_others(tau2, ci):
    for seed, k in ((1, 3), (2, 8)):
        data, _ = random_studies(seed, k)
        one_out, added = leave_one_out(data, tau2=tau2, ci=ci), cumulative(data, tau2=tau2, ci=ci)
        for i in range(k):
            without = pool(data.subset(np.arange(k) != i), tau2=tau2, ci=ci)
            first = pool(data.subset(np.arange(k) <= i), tau2=tau2, ci=ci)
            for frame, wanted in ((one_out, without), (added, first)):
                if wanted.k == 1:
                    assert frame["note"][i].startswith("one study")
                    continue
                found = frame.loc[i, ["estimate", "se", "ci_low", "ci_high", "tau2", "q", "i2"]].astype(float)
                values = [wanted.estimate, wanted.se, *wanted.ci, wanted.tau2, wanted.q, wanted.i2]
                same(found, values, 1e-9, atol=1e-11)


@pytest.mark.parametrize("ci", ["z", "hksj"])
@pytest.mark.parametrize("seed", range(5))
def test_influence_by_refitting(seed, ci):
    """Each diagnostic from two fits, one with and one without the study, in plain loops."""
    k = 7
    data, _ = random_studies(seed, k)
    found, full = influence(data, tau2="PM", ci=ci), pool(data, tau2="PM", ci=ci)
    for i in range(k):
        rest = data.subset(np.arange(k) != i)
        fit = pool(rest, tau2="PM", ci=ci)
        factor = fit.se**2 * sum(1 / (v + fit.tau2) for v in rest.vi)
        total = sum(1 / (v + fit.tau2) for v in data.vi)
        hat = (1 / (data.vi[i] + full.tau2)) / sum(1 / (v + full.tau2) for v in data.vi)
        variance = factor * (data.vi[i] + fit.tau2)
        shift = full.estimate - fit.estimate
        row = found.loc[i]
        same(row["rstudent"], (data.yi[i] - fit.estimate) / np.sqrt(variance + fit.se**2), 1e-8)
        same(row["dffits"], shift / np.sqrt(hat * variance), 1e-8, atol=1e-11)
        same(row["cooks_distance"], shift**2 / full.se**2, 1e-8, atol=1e-11)
        same(row["cov_ratio"], fit.se**2 / full.se**2, 1e-8)
        same(row["dfbetas"], shift / np.sqrt(factor / total), 1e-8, atol=1e-11)
        same(row["hat"], hat, 1e-10)
        assert row["weight"] == row["hat"]


@pytest.mark.parametrize("choices", [{"q_centre": "mantel-haenszel", "tau2": "DL", "ci": "z"}, {"ci": "hksj-iqwig6"}])
def test_deletion_with_choices_that_are_made_one_subset_at_a_time(choices):
    data = effects.binary("RR", [3, 8, 5, 20], [40, 50, 44, 90], [9, 12, 5, 30], [41, 49, 47, 88])
    found = leave_one_out(data, **choices)
    for i in range(4):
        wanted = pool(data.subset(np.arange(4) != i), **choices)
        same(
            found.loc[i, ["estimate", "se", "tau2", "q"]].astype(float),
            [wanted.estimate, wanted.se, wanted.tau2, wanted.q],
            1e-10,
        )
