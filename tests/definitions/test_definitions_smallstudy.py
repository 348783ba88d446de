"""Naive definitions of the tests of asymmetry, trim and fill and the selection model, on random tables."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
import statsmodels.api as sm
from conftest import same
from scipy import integrate, stats

from tmsmeta import NotAssessable, effects, pool
from tmsmeta.robustness.smallstudy import (
    begg,
    deeks,
    egger,
    harbord,
    lfk_index,
    peters,
    selection_model,
    study_power,
    thompson_sharp,
    trim_and_fill,
)
from tmsmeta.robustness.smallstudy.rank import kendall
from tmsmeta.robustness.smallstudy.stepfunction import step_likelihood


def random_studies(seed: int, k: int):
    rng = np.random.default_rng(seed)
    vi = rng.uniform(0.02, 0.6, k)
    return effects.generic(rng.normal(0.3, np.sqrt(vi + 0.05)), vi=vi)


def random_counts(seed: int, k: int, *, rare: bool):
    rng = np.random.default_rng(seed)
    n_t, n_c = rng.integers(8, 90, k), rng.integers(8, 90, k)
    risk = 0.04 if rare else 0.35
    return rng.binomial(n_t, risk), n_t, rng.binomial(n_c, 1.4 * risk), n_c


def weighted_t_test(y, x, w):
    fit = sm.WLS(y, sm.add_constant(x), weights=w).fit()
    return fit.tvalues[1], fit.pvalues[1], fit.params[1]


@pytest.mark.parametrize("seed", range(6))
def test_egger_is_a_weighted_regression(seed):
    data = random_studies(seed, 8)
    found = egger(data)
    same((found.statistic, found.p_value, found.estimate), weighted_t_test(data.yi, data.se, 1 / data.vi), 1e-9)
    # Egger's own form: the intercept of the standardised estimate on precision
    own = sm.OLS(data.yi / data.se, sm.add_constant(1 / data.se)).fit()
    same((found.statistic, found.estimate), (own.tvalues[0], own.params[0]), 1e-9)


@pytest.mark.parametrize("rare", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_tests_on_counts_study_by_study(seed, rare):
    """Loops over the studies, with zero cells and studies that say nothing."""
    rows = {"harbord": [], "peters": [], "deeks": []}
    columns = random_counts(seed, 12, rare=rare)
    for a, n1, c, n2 in zip(*columns, strict=True):
        n, m = n1 + n2, a + c
        if m in (0, n):
            continue
        add = 0.5 if 0 in (a, n1 - a, c, n2 - c) else 0.0
        log_or = np.log((a + add) * (n2 - c + add) / ((n1 - a + add) * (c + add)))
        v = n1 * n2 * m * (n - m) / (n**2 * (n - 1))
        size = 4 * n1 * n2 / n
        rows["harbord"].append(((a - m * n1 / n) / v, 1 / np.sqrt(v), v))
        rows["peters"].append((log_or, 1 / n, 1 / (1 / m + 1 / (n - m))))
        rows["deeks"].append((log_or, 1 / np.sqrt(size), size))
    for test in (harbord, peters, deeks):
        found = test(*columns)
        wanted = weighted_t_test(*np.array(rows[test.__name__]).T)
        same((found.statistic, found.p_value, found.estimate), wanted, 1e-8)
        assert found.k + len(found.left_out) == 12


@pytest.mark.parametrize("n", [3, 4, 6, 7])
def test_exact_kendall_by_all_orders(n):
    """The p value counts, over all orders, how many are at least as discordant or concordant as the one seen."""

    def score(order):
        return sum(np.sign(order[j] - order[i]) for i in range(n) for j in range(i + 1, n))

    everything = np.array([score(p) for p in permutations(range(n))])
    for order in list(permutations(range(n)))[:: max(1, len(everything) // 40)]:
        found = kendall(np.arange(n, dtype=float), np.array(order, dtype=float))
        same(found.p_value, (np.abs(everything) >= abs(score(order))).mean(), 1e-12)
        assert found.exact


@pytest.mark.parametrize("seed", range(6))
def test_kendall_of_scipy(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=25), rng.normal(size=25)
    same(kendall(x, y)[0], stats.kendalltau(x, y)[0], 1e-12)
    same(kendall(x, y).p_value, stats.kendalltau(x, y, method="exact")[1], 1e-10)
    x, y = rng.integers(0, 5, 30).astype(float), rng.integers(0, 9, 30).astype(float)
    found, wanted = kendall(x, y), stats.kendalltau(x, y, method="asymptotic")
    same((found.tau, found.p_value), tuple(wanted), 1e-10)
    assert not found.exact


@pytest.mark.parametrize("seed", range(12))
def test_begg_is_kendall_of_the_standardised_deviates(seed):
    """Few studies, one of which holds most of the weight, so that 1 / sum(1 / v) matters to the order."""
    rng = np.random.default_rng(seed)
    data = effects.generic(rng.normal(0.3, 0.3, 5), vi=[0.011, *rng.uniform(0.012, 0.05, 4)])
    mean = np.average(data.yi, weights=1 / data.vi)
    deviate = (data.yi - mean) / np.sqrt(data.vi - 1 / (1 / data.vi).sum())
    same(begg(data).estimate, stats.kendalltau(deviate, data.vi)[0], 1e-12, atol=1e-14)
    same(begg(data).p_value, stats.kendalltau(deviate, data.vi, method="exact")[1], 1e-10)


def test_thompson_sharp_adds_a_moment_estimate_of_tau2():
    data = random_studies(5, 9)
    x = sm.add_constant(data.se)
    w = np.diag(1 / data.vi)
    p = w - w @ x @ np.linalg.inv(x.T @ w @ x) @ x.T @ w
    tau2 = max(0.0, (data.yi @ p @ data.yi - 7) / np.trace(p))
    w = np.diag(1 / (data.vi + tau2))
    covariance = np.linalg.inv(x.T @ w @ x)
    slope = (covariance @ x.T @ w @ data.yi)[1]
    found = thompson_sharp(data)
    same((found.estimate, found.se, found.tau2), (slope, np.sqrt(covariance[1, 1]), tau2), 1e-9)
    same(found.p_value, 2 * stats.t.sf(abs(slope / found.se), 7), 1e-9)


def naive_trim_and_fill(y, v, estimator, side):
    """Duval and Tweedie's steps with sorted lists; common-effect centre."""
    sign = -1 if side == "right" else 1
    rows = sorted((sign * a, b) for a, b in zip(y, v, strict=True))
    k, k0, seen = len(rows), 0, []
    while True:
        seen.append(k0)
        kept = rows[: k - k0]
        centre = sum(a / b for a, b in kept) / sum(1 / b for _, b in kept)
        by_distance = sorted(a - centre for a, _ in rows)
        ranked = sorted(by_distance, key=abs)
        if estimator == "L0":
            t = sum(i + 1 for i, d in enumerate(ranked) if d > 0)
            k1 = (4 * t - k * (k + 1)) / (2 * k - 1)
        else:
            k1 = k - max((i + 1 for i, d in enumerate(ranked) if d < 0), default=0) - 1
        k1 = max(0, round(k1))
        if k1 == k0 or k1 in seen:
            return k0 if k1 == k0 else None, [sign * (2 * centre - a) for a, _ in rows[k - k0 :]]
        k0 = k1


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("estimator", ["L0", "R0"])
@pytest.mark.parametrize("seed", range(12))
def test_trim_and_fill_step_by_step(seed, estimator, side):
    data = random_studies(seed, 11)
    found = trim_and_fill(data, side=side, estimator=estimator, tau2="FE", ci="z")
    k0, filled = naive_trim_and_fill(data.yi, data.vi, estimator, side)
    if k0 is None:
        assert isinstance(found, NotAssessable)
        return
    assert found.k0 == k0
    same(np.sort(found.filled.yi[found.is_filled]), np.sort(filled), 1e-10, atol=1e-12)
    same(found.pooled.estimate, pool(found.filled, tau2="FE", ci="z").estimate, 1e-12)


@pytest.mark.parametrize("two_sided", [False, True])
def test_selection_density_integrates_to_one(two_sided):
    """The density of one study, weight over A, by quadrature over the outcome."""
    v, mu, tau2 = np.array([0.09]), 0.2, 0.05
    steps, delta = np.array([0.025, 0.4, 1.0]), np.array([1.0, 0.6, 0.2])
    cuts = sorted(
        {s * np.sqrt(v[0]) * z for p in steps[:-1] for s in (1, -1) for z in [stats.norm.isf(p / (1 + two_sided))]}
    )

    def density(y):
        z = y / np.sqrt(v[0])
        p = 2 * stats.norm.sf(abs(z)) if two_sided else stats.norm.sf(z)
        model = step_likelihood(np.array([y]), v, np.array([p]), steps, two_sided=two_sided)
        return np.exp(model.derivatives(mu, tau2, delta).value)

    area = sum(integrate.quad(density, a, b, epsabs=1e-12)[0] for a, b in zip([-6.0, *cuts], [*cuts, 6.0], strict=True))
    same(area, 1.0, 1e-8)


@pytest.mark.parametrize("two_sided", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_selection_derivatives_by_differences(seed, two_sided):
    data = random_studies(seed, 12)
    z = data.yi / data.se
    p = 2 * stats.norm.sf(abs(z)) if two_sided else stats.norm.sf(z)
    model = step_likelihood(data.yi, data.vi, p, np.array([0.05, 0.3, 1.0]), two_sided=two_sided)
    at = np.array([0.25, 0.08, 0.7, 0.4])

    def all_of(x):
        return model.derivatives(x[0], x[1], np.array([1.0, *x[2:]]))

    exact = all_of(at)
    for i in range(4):
        h = np.eye(4)[i] * 1e-5
        slope = (all_of(at + h).value - all_of(at - h).value) / 2e-5
        same(exact.gradient[i], slope, 1e-6, atol=1e-7)
        curvature = (all_of(at + h).gradient - all_of(at - h).gradient) / 2e-5
        same(exact.hessian[i], curvature, 1e-6, atol=1e-5)


def test_selection_with_equal_weights_is_maximum_likelihood():
    data = random_studies(3, 12)
    found, plain = selection_model(data, (0.05, 0.5), weights=(1, 1, 1)), pool(data, tau2="ML", ci="z")
    same(found.estimate, plain.estimate, 1e-8)
    same(found.tau2, plain.tau2, 1e-7, atol=1e-12)
    same(found.log_likelihood, plain.log_likelihood, 1e-12)


def test_selection_found_where_it_was_made():
    """Of 4000 studies without effect those with p > 0.05 are reported with probability 0.2: the model sees it."""
    rng = np.random.default_rng(8)
    vi = rng.uniform(0.02, 0.3, 4000)
    yi = rng.normal(0, np.sqrt(vi))
    kept = (stats.norm.sf(yi / np.sqrt(vi)) <= 0.05) | (rng.uniform(size=4000) < 0.2)
    found = selection_model(effects.generic(yi[kept], vi=vi[kept]), (0.05,))
    assert found.unselected.estimate > 0.05
    assert abs(found.estimate) < 3 * found.se
    assert abs(found.weights[1] - 0.2) < 3 * found.weights_se[1]
    assert found.lrt_p < 1e-10


@pytest.mark.parametrize("seed", range(6))
def test_lfk_index_patient_by_patient(seed):
    """Every study stands for as many patients as its precision says, lined up by its estimate."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 9, 7)
    sizes[rng.integers(7)] = 1  # the least precise study stands for 100
    yi = rng.normal(size=7)
    line = [i for i in np.argsort(yi) for _ in range(100 * sizes[i])]
    z = np.empty(7)
    for i in range(7):
        before = line.index(i)
        z[i] = stats.norm.ppf((before + (before + line.count(i)) - 1) / 2 / len(line))
    tip = yi[np.argmin(np.abs(z))]
    unit = (z.max() - z.min()) / (yi.max() - yi.min())
    wanted = sum(5 / (2 * 7) * (z[i] + unit * (yi[i] - tip)) for i in range(7))
    same(lfk_index(effects.generic(yi, vi=0.3 / sizes)).index, wanted, 1e-9)


def test_power_is_the_share_of_simulated_studies_that_find_the_effect():
    rng = np.random.default_rng(4)
    se = np.array([0.1, 0.25, 0.5])
    found = study_power(effects.generic([0.3, 0.4, 0.1], se=se, measure="MD"), assumed=0.4, alpha=0.1)
    p = 2 * stats.norm.sf(np.abs(rng.normal(0.4, se, (200_000, 3))) / se)
    share = (p < 0.1).mean(axis=0)
    # four standard errors of a share of 200,000
    np.testing.assert_allclose(found.power, share, atol=4 * np.sqrt(0.25 / 200_000))
