"""Naive definitions of the models on counts: loops, scipy distributions, and integrals by scipy.integrate.quad."""

from __future__ import annotations

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar
from scipy.special import comb, expit, gammaln
from scipy.stats import betabinom, binom, hypergeom


def mantel_haenszel(measure, a, n1, c, n2):
    """Estimate: the ratio of sums, or weighted mean difference, one study at a time."""
    top = bottom = 0.0
    for x, n, y, m in zip(a, n1, c, n2, strict=True):
        size = n + m
        if measure == "OR":
            top, bottom = top + x * (m - y) / size, bottom + (n - x) * y / size
        elif measure == "RR":
            top, bottom = top + x * m / size, bottom + y * n / size
        else:
            top, bottom = top + (x / n - y / m) * n * m / size, bottom + n * m / size
    return top / bottom if measure == "RD" else np.log(top / bottom)


def cmh(a, n1, c, n2):
    """Cochran-Mantel-Haenszel without correction, by the moments of scipy's hypergeometric distribution."""
    tables = list(zip(a, n1, c, n2, strict=True))
    excess = sum(x - hypergeom.mean(n + m, x + y, n) for x, n, y, m in tables)
    return excess**2 / sum(hypergeom.var(n + m, x + y, n) for x, n, y, m in tables)


def expected_events(x, n, y, m, odds_ratio):
    """The treated events whose table has the margins and exactly this odds ratio, by root finding."""

    def gap(e):
        return e * (m - x - y + e) - odds_ratio * (n - e) * (x + y - e)

    return brentq(gap, max(0, x + y - m), min(n, x + y), xtol=1e-13, rtol=1e-14)


def peto(a, n1, c, n2):
    """Sum of observed minus expected over sum of variances."""
    tables = list(zip(a, n1, c, n2, strict=True))
    excess = sum(x - hypergeom.mean(n + m, x + y, n) for x, n, y, m in tables)
    variance = sum(hypergeom.var(n + m, x + y, n) for x, n, y, m in tables)
    return excess / variance, variance**-0.5


def log_p(model, row):
    """Log probability of one study's counts given its log odds ratio, logit or log rate `theta` (not UM.FS, UM.RS)."""
    if model == "IRLN":
        x, time = row
        return lambda theta: x * (theta + np.log(time)) - time * np.exp(theta) - gammaln(x + 1)
    if model == "PLO":
        x, n, offset = *row, 0.0
    else:
        a, n1, c, n2 = row
        x, n, offset = a, a + c, np.log(n1 / n2)
    if model != "CM.EL":
        return lambda theta: np.log(comb(n, x)) + x * (theta + offset) - n * np.log1p(np.exp(theta + offset))
    support = np.arange(max(0, a + c - n2), min(n1, a + c) + 1)
    ways = comb(n1, support) * comb(n2, a + c - support)
    return lambda theta: np.log(ways[support == a][0]) - np.log(np.sum(ways * np.exp((support - a) * theta)))


def marginal(log_prob, theta, tau):
    """Log of the integral of exp(log_prob(theta + tau z)) over standard normal z."""
    if tau == 0:
        return float(log_prob(theta))

    def log_integrand(z):
        return log_prob(theta + tau * z) - z * z / 2 - np.log(2 * np.pi) / 2

    grid = np.linspace(-9, 9, 181)
    values = [log_integrand(z) for z in grid]
    peak, top = grid[int(np.argmax(values))], max(values)
    inner = [peak - 0.5, peak, peak + 0.5]
    area, _ = quad(lambda z: np.exp(log_integrand(z) - top), -11, 11, points=inner, limit=200, epsabs=0, epsrel=1e-10)
    return float(top + np.log(area))


def log_likelihood(model, rows, theta, tau):
    """Sum over studies of :func:`marginal`."""
    return sum(marginal(log_p(model, row), theta, tau) for row in rows)


def normal(z):
    return -(z**2) / 2 - np.log(2 * np.pi) / 2


def two_binomials(row, logit_t, logit_c):
    """Log probability of the events of both arms."""
    a, n1, c, n2 = row
    arms = ((a, n1, logit_t), (c, n2, logit_c))
    return sum(
        gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1) + x * e - n * np.log1p(np.exp(e)) for x, n, e in arms
    )


def fixed_effects_log_likelihood(rows, theta, tau):
    """UM.FS: each study's own intercept is where its marginal likelihood is highest."""
    z = np.linspace(-9, 9, 1801)
    weight = np.exp(normal(z)) * (z[1] - z[0])
    half = (theta + tau * z) / 2
    total = 0.0
    for row in rows:

        def minus(alpha, row=row):
            both = two_binomials(row, alpha + half, alpha - half)
            return -np.log(np.exp(both - both.max()) @ weight) - both.max()

        a, n1, c, n2 = row
        middle = np.log((a + c + 0.5) / (n1 + n2 - a - c + 0.5))
        total -= minimize_scalar(minus, (middle - 0.5, middle + 0.5), tol=1e-9).fun
    return total


def random_intercept_log_likelihood(rows, gamma, theta, sigma, tau):
    """UM.RS by the trapezoid rule on a fine grid; `gamma` is the mean logit halfway between the arms."""
    z = np.linspace(-8.5, 8.5, 601)
    s, u = np.meshgrid(sigma * z, theta + tau * z, indexing="ij")
    log_weight = normal(z)[:, None] + normal(z)[None, :] + 2 * np.log(z[1] - z[0])
    total = 0.0
    for row in rows:
        both = two_binomials(row, gamma + s + u / 2, gamma + s - u / 2) + log_weight
        total += both.max() + np.log(np.exp(both - both.max()).sum())
    return total


def laplace_log_likelihood(rows, gamma, theta, sigma, tau):
    """UM.RS by the Laplace approximation, each study's mode by plain Newton steps."""
    total = 0.0
    arm = np.array([[sigma, tau / 2], [sigma, -tau / 2]])
    for a, n1, c, n2 in rows:
        x, n, z = np.array([a, c]), np.array([n1, n2]), np.zeros(2)
        for _ in range(100):
            p = expit(gamma + np.array([theta, -theta]) / 2 + arm @ z)
            curvature = np.eye(2) + arm.T @ np.diag(n * p * (1 - p)) @ arm
            step = np.linalg.solve(curvature, arm.T @ (x - n * p) - z)
            z = z + step / max(1.0, np.abs(step).max())
            if np.abs(step).max() < 1e-13:
                break
        p = expit(gamma + np.array([theta, -theta]) / 2 + arm @ z)
        curvature = np.eye(2) + arm.T @ np.diag(n * p * (1 - p)) @ arm
        total += binom.logpmf(x, n, p).sum() - z @ z / 2 - np.log(np.linalg.det(curvature)) / 2
    return total


def beta_binomial_log_likelihood(events, n, logit, rho):
    """scipy's beta-binomial distribution; binomial at rho = 0."""
    mu = expit(logit)
    if rho == 0:
        return binom.logpmf(events, n, mu).sum()
    return betabinom.logpmf(events, n, mu * (1 - rho) / rho, (1 - mu) * (1 - rho) / rho).sum()
