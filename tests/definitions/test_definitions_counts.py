"""Models on counts against naive definitions, on random tables with zero cells, one study, and k = 2."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import same
from scipy.optimize import minimize

sys.path.insert(0, str(Path(__file__).parent))
import counts_naive as naive

from tmsmeta.effects.measures import Table
from tmsmeta.models.counts import (
    beta_binomial,
    beta_binomial_two_arm,
    glmm,
    glmm_proportion,
    glmm_rate,
    mantel_haenszel,
    peto,
)
from tmsmeta.models.counts.beta_binomial import Arm, Products
from tmsmeta.models.counts.cells import HypergeometricCells
from tmsmeta.models.counts.designs import proportion_model, rate_model, two_arm_model
from tmsmeta.models.counts.fit import fixed_fit, newton
from tmsmeta.models.counts.laplace import gradient, hessian
from tmsmeta.models.counts.mantel_haenszel import expected_events
from tmsmeta.models.counts.quadrature import Parameters, integrate
from tmsmeta.models.counts.tables import two_arms

TINY = 1e-10  # closed formulas, a few operations in double precision
QUADRATURE = 1e-8  # quad is asked for 1e-11 per study; the rest is the cancellation in logs of large factorials


def tables(seed: int, k: int, *, rare: bool = False) -> tuple[np.ndarray, ...]:
    """Random 2x2 tables, with zero cells when events are rare; at least one event in each arm in all."""
    rng = np.random.default_rng(seed)
    n_t, n_c = rng.integers(8, 60, k), rng.integers(8, 60, k)
    base = rng.normal(-2.5 if rare else -0.3, 0.6, k)
    effect = rng.normal(-0.5, 0.7, k)
    a = rng.binomial(n_t, 1 / (1 + np.exp(-base - effect)))
    c = rng.binomial(n_c, 1 / (1 + np.exp(-base)))
    a[0], c[0] = max(a[0], 1), max(c[0], 2)
    return tuple(x.astype(float) for x in (a, n_t, c, n_c))


SETS = [tables(1, 6), tables(2, 2), tables(3, 8, rare=True), tables(4, 12, rare=True), tables(5, 1)]


def usable(counts):
    a, n_t, c, n_c = counts
    keep = (a + c > 0) & (a + c < n_t + n_c)
    return [tuple(row) for row in np.column_stack(counts)[keep]]


@pytest.mark.parametrize("counts", SETS)
@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_mantel_haenszel_is_the_ratio_of_sums(counts, measure):
    same(mantel_haenszel(measure, *counts).estimate, naive.mantel_haenszel(measure, *counts), TINY, atol=1e-14)


@pytest.mark.parametrize("counts", SETS)
def test_cmh_and_peto_are_sums_of_hypergeometric_moments(counts):
    informative = np.array(usable(counts)).T
    same(mantel_haenszel("OR", *counts).cmh.statistic, naive.cmh(*informative), TINY, atol=1e-12)
    same((peto(*counts).estimate, peto(*counts).se), naive.peto(*informative), TINY, atol=1e-12)


@pytest.mark.parametrize("odds_ratio", [0.02, 0.9999999, 1.0, 7.0])
def test_expected_events_have_the_odds_ratio(odds_ratio):
    a, n_t, c, n_c = np.array(usable(SETS[3])).T
    found = expected_events(Table(a, n_t - a, c, n_c - c), odds_ratio)
    same(found, [naive.expected_events(*row, odds_ratio) for row in usable(SETS[3])], 1e-9)


def test_breslow_day_by_root_finding():
    counts = SETS[0]
    found = mantel_haenszel("OR", *counts)
    statistic = distance = total = 0.0
    for x, n, y, m in usable(counts):
        e = naive.expected_events(x, n, y, m, np.exp(found.estimate))
        variance = 1 / (1 / e + 1 / (n - e) + 1 / (x + y - e) + 1 / (m - x - y + e))
        statistic, distance, total = statistic + (x - e) ** 2 / variance, distance + x - e, total + variance
    same(found.breslow_day.statistic, statistic, 1e-9)
    same(found.tarone.statistic, statistic - distance**2 / total, 1e-9)


def fitted_model(model, counts):
    if model == "PLO":
        return proportion_model(counts[0], counts[1])[0]
    if model == "IRLN":
        return rate_model(counts[0], counts[1])[0]
    arms = two_arms(*np.array(usable(counts)).T, None, "refuse")
    return two_arm_model(model, arms)[0]


def rows_of(model, counts):
    return list(zip(counts[0], counts[1], strict=True)) if model in ("PLO", "IRLN") else usable(counts)


@pytest.mark.parametrize("model", ["CM.AL", "CM.EL", "PLO", "IRLN"])
@pytest.mark.parametrize(("theta", "tau"), [(-0.4, 0.0), (0.3, 0.2), (-1.0, 1.5)])
def test_marginal_likelihood_is_the_integral(model, theta, tau):
    for counts in (SETS[0], SETS[2]):
        at = Parameters(None, np.array([theta]), np.array([tau]))
        found = integrate(fitted_model(model, counts), at, 61).log_likelihood.sum()
        same(found, naive.log_likelihood(model, rows_of(model, counts), theta, tau), QUADRATURE)


@pytest.mark.parametrize("sigma_tau", [(0.0, 0.4), (0.8, 0.0), (0.9, 0.6)])
def test_two_dimensional_integral(sigma_tau):
    at = Parameters(None, np.array([-0.7, -0.4]), np.array(sigma_tau))
    model = fitted_model("UM.RS", SETS[2])
    wanted = naive.random_intercept_log_likelihood(usable(SETS[2]), -0.7, -0.4, *sigma_tau)
    same(integrate(model, at, 31).log_likelihood.sum(), wanted, QUADRATURE)
    wanted = naive.laplace_log_likelihood(usable(SETS[2]), -0.7, -0.4, *sigma_tau)
    same(integrate(model, at, 1).log_likelihood.sum(), wanted, TINY)


def test_score_and_information_are_the_derivatives():
    """Fisher's and Louis's identities against numerical differentiation, with 41 nodes (more change nothing)."""
    model = fitted_model("UM.RS", SETS[0])
    x = np.array([-0.5, -0.3, 0.7, 0.5])

    def value(p):
        return float(integrate(model, Parameters(None, p[:2], p[2:]), 41).log_likelihood.sum())

    at = integrate(model, Parameters(None, x[:2], x[2:]), 41)
    every = np.ones(4, dtype=bool)
    same(at.score.sum(axis=0), gradient(value, x, every), 1e-7, atol=1e-8)
    same(at.hessian.sum(axis=0), hessian(value, x, every), 1e-5, atol=1e-6)


@pytest.mark.parametrize("counts", SETS[:4])
def test_own_intercepts_are_profiled_out(counts):
    """UM.FS at a given tau: the likelihood of the joint fit is the naive profile likelihood."""
    model = fitted_model("UM.FS", counts)
    k = len(usable(counts))
    fit = newton(model, Parameters(np.zeros(k), np.zeros(1), np.array([0.6])), np.zeros(1, dtype=bool), 61)
    theta = float(fit.at.beta[0])
    same(fit.log_likelihood, naive.fixed_effects_log_likelihood(usable(counts), theta, 0.6), QUADRATURE)
    # information about theta: curvature of the profile likelihood, by differences of the naive definition
    h = 0.05
    low, middle, high = (naive.fixed_effects_log_likelihood(usable(counts), theta + d, 0.6) for d in (-h, 0, h))
    wide_low, wide_high = (naive.fixed_effects_log_likelihood(usable(counts), theta + d, 0.6) for d in (-2 * h, 2 * h))
    curvature = (16 * (low + high) - wide_low - wide_high - 30 * middle) / (12 * h**2)
    same(fit.information[0, 0], -curvature, 1e-4)  # differences of fourth order at this width


@pytest.mark.parametrize("counts", SETS[:4])
@pytest.mark.parametrize("model", ["CM.AL", "CM.EL"])
def test_conditional_fit_is_the_maximum_of_the_naive_likelihood(model, counts):
    found = glmm(*counts, model=model)
    assert found.converged
    rows = usable(counts)
    top = naive.log_likelihood(model, rows, found.estimate, found.tau2**0.5)
    same(found.log_likelihood, top, QUADRATURE)
    tau = found.tau2**0.5
    for d_theta, d_tau in ((0.02, 0), (-0.02, 0), (0, 0.02), (0, -0.02), (0.5, 0.5), (0, 1), (-0.5, 0.3)):
        assert naive.log_likelihood(model, rows, found.estimate + d_theta, abs(tau + d_tau)) <= top + 1e-9


def test_single_arm_fits_are_maxima_of_the_naive_likelihood():
    events, n = SETS[3][2], SETS[3][3]
    for model, found in (("PLO", glmm_proportion(events, n)), ("IRLN", glmm_rate(events, n))):
        rows, tau = list(zip(events, n, strict=True)), found.tau2**0.5
        top = naive.log_likelihood(model, rows, found.estimate, tau)
        same(found.log_likelihood, top, QUADRATURE)
        for d_theta, d_tau in ((0.01, 0), (-0.01, 0), (0, 0.01), (0, -0.01)):
            assert naive.log_likelihood(model, rows, found.estimate + d_theta, abs(tau + d_tau)) <= top


@pytest.mark.parametrize("counts", [SETS[0], SETS[2], SETS[3]])
def test_unconditional_fits_are_maxima_of_the_naive_likelihood(counts):
    rows = usable(counts)
    fs = glmm(*counts, model="UM.FS")
    tau = fs.tau2**0.5
    top = naive.fixed_effects_log_likelihood(rows, fs.estimate, tau)
    same(fs.log_likelihood, top, QUADRATURE)
    for d_theta, d_tau in ((0.02, 0), (-0.02, 0), (0, 0.02), (0, -0.02)):
        assert naive.fixed_effects_log_likelihood(rows, fs.estimate + d_theta, abs(tau + d_tau)) <= top + 1e-9


def test_saturated_conditional_likelihood_is_where_the_mean_is_observed():
    from tmsmeta.models.counts.saturated import saturated_cells

    a, n_t, c, n_c = np.array(usable(SETS[2])).T
    cells = HypergeometricCells(a, n_t, c, n_c)
    found = saturated_cells(cells)
    for i, row in enumerate(usable(SETS[2])):
        log_p = naive.log_p("CM.EL", row)
        if np.isfinite(found.eta[i, 0]):
            eta = found.eta[i, 0]
            assert log_p(eta) >= max(log_p(eta - 0.01), log_p(eta + 0.01))
            same(found.log_likelihood[i, 0], log_p(eta), 1e-9)
        else:
            assert log_p(20 * np.sign(found.eta[i, 0])) > -1e-5


@pytest.mark.parametrize("rho", [0.0, 1e-6, 0.02, 0.6])
def test_beta_binomial_likelihood(rho):
    events, n = SETS[0][0], SETS[0][1]
    found = Arm(events, n).at(-0.4, rho / (1 - rho)).value
    # scipy's own form cancels like 1 / rho
    same(found, naive.beta_binomial_log_likelihood(events, n, -0.4, rho), 1e-9 if rho == 0 or rho > 1e-3 else 1e-6)


def test_beta_binomial_shortcut_for_large_studies():
    products = Products(np.array([30.0, 30.0, 900.0, 2500.0]))
    for base, g in ((0.02, 0.004), (0.7, 0.05), (1.0, 3.0)):
        # the second derivatives of the shortcut lose digits to cancellation, as 1 / g
        same(products._by_gamma(base, g), _direct(products, base, g), 1e-7)


def _direct(products, base, g):
    total = np.zeros(6)
    for m, copies in zip(products.values, products.copies, strict=True):
        j = np.arange(m)
        t = base + j * g
        parts = (np.log(t), 1 / t, j / t, -1 / t**2, -j / t**2, -(j**2) / t**2)
        total += copies * np.array([p.sum() for p in parts])
    return total


def test_beta_binomial_fits_are_maxima_of_the_naive_likelihood():
    a, n_t, c, n_c = tables(7, 9)
    one = beta_binomial(a, n_t)
    best = minimize(
        lambda p: -naive.beta_binomial_log_likelihood(a, n_t, p[0], 1 / (1 + np.exp(-p[1]))),
        [0.0, -2.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000},
    )  # fmt: skip
    same(one.log_likelihood, -best.fun, 1e-9)
    same((one.estimate, one.rho), (best.x[0], 1 / (1 + np.exp(-best.x[1]))), 1e-5)  # the simplex stops there

    def minus(p):
        rho = 1 / (1 + np.exp(-p[2]))
        treated = naive.beta_binomial_log_likelihood(a, n_t, p[0], rho)
        return -treated - naive.beta_binomial_log_likelihood(c, n_c, p[1], rho)

    two = beta_binomial_two_arm(a, n_t, c, n_c)
    options = {"xatol": 1e-9, "fatol": 1e-12, "maxiter": 6000}
    best = minimize(minus, [0.0, 0.0, -2.0], method="Nelder-Mead", options=options)
    same(two.log_likelihood, -best.fun, 1e-9)
    same(two.estimate, best.x[0] - best.x[1], 1e-5)
    every = np.ones(3, dtype=bool)
    covariance = np.linalg.inv(-hessian(lambda p: -minus(p), best.x, every))
    same(two.se, np.sqrt([1, -1, 0] @ covariance @ [1, -1, 0]), 1e-4)  # numerical second derivatives


def test_a_fit_without_variances_is_that_of_statsmodels_glm():
    """Coefficient, log likelihood and information of the start of each mixed model that GLM has; it has no CM.EL."""
    import statsmodels.api as sm

    a, n, c, m = (
        np.array(column, dtype=float)
        for column in ([12, 9, 1, 20, 3], [40, 30, 25, 60, 31], [6, 4, 2, 11, 1], [41, 29, 25, 58, 30])
    )
    arms, k = two_arms(a, n, c, m, None, "refuse"), len(a)
    both, of = np.concatenate([a, c]), np.concatenate([n, m])
    binomial, poisson, one = sm.families.Binomial, sm.families.Poisson, np.ones((k, 1))
    own = np.column_stack([np.tile(np.eye(k), (2, 1)), np.repeat([0.5, -0.5], k)])
    pairs = (
        (two_arm_model("UM.FS", arms), sm.GLM(np.column_stack([both, of - both]), own, family=binomial())),
        (two_arm_model("CM.AL", arms), sm.GLM(np.column_stack([a, c]), one, family=binomial(), offset=np.log(n / m))),
        (proportion_model(a, n), sm.GLM(np.column_stack([a, n - a]), one, family=binomial())),
        (rate_model(a, n), sm.GLM(a, one, family=poisson(), offset=np.log(n))),
    )
    for (model, start), glm_model in pairs:
        found, wanted = fixed_fit(model, start), glm_model.fit(tol=1e-14)
        same(found.at.beta[-1], wanted.params[-1], 1e-9)
        same(found.log_likelihood, wanted.llf, 1e-11)
        same(found.information[0, 0], wanted.bse[-1] ** -2, 1e-7)
    exact = fixed_fit(*two_arm_model("CM.EL", arms))
    assert exact.converged
