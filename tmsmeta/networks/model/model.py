"""Generalised least squares for a whole network, and the between-study variance common to all its comparisons.

With the rows of :class:`tmsmeta.networks.input.data.Rows` the model is a weighted regression: variances ``d + tau2``,
no covariances. The estimate, its covariance and Q are those of Rücker (Res Synth Methods 2012;3:312) and Rücker &
Schwarzer (Stat Med 2014;33:4353), who weight down the comparisons of a multi-arm trial; both say the same thing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tmsmeta.errors import ConvergenceError
from tmsmeta.networks.input.data import Floats, NetworkData, Rows
from tmsmeta.networks.model.algebra import System, system
from tmsmeta.networks.spec import NetworkSpec


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted network.

    Attributes:
        theta: effect of each treatment against the reference, shape (n,), 0 for the reference.
        tau2: between-study variance used.
        weights: 1 / (d + tau2), shape (N,).
        residuals: observed minus fitted rows, shape (N,).
        q: generalised Cochran Q, at tau2 = 0.
        q_df: its degrees of freedom, N - (n - 1).
        system: the normal equations, which hold the covariance of ``theta``.
    """

    theta: Floats
    tau2: float
    weights: Floats
    residuals: Floats
    q: float
    q_df: int
    system: System


def fit(data: NetworkData, spec: NetworkSpec) -> Fit:
    """Fit a connected network.

    Raises:
        ConvergenceError: when ML or REML finds no maximum.
    """
    rows, ground = data.rows, data.reference_index
    theta, residuals, weights, common = solve_at(rows, 0.0, ground)
    q = float(weights @ residuals**2)
    df = len(rows.z) - (rows.n_treatments - 1)
    tau2 = _between_study_variance(rows, ground, spec.tau2, q, df, weights, common)
    at_tau2 = common
    if tau2 > 0:
        theta, residuals, weights, at_tau2 = solve_at(rows, tau2, ground)
    return Fit(theta, tau2, weights, residuals, q, df, at_tau2)


def solve_at(rows: Rows, tau2: float, ground: int) -> tuple[Floats, Floats, Floats, System]:
    weights = 1.0 / (rows.d + tau2)
    equations = system(rows, weights, ground)
    theta = equations.solve(equations.backward(weights * rows.z))
    return theta, rows.z - equations.forward(theta), weights, equations


def _between_study_variance(
    rows: Rows, ground: int, method: str | float, q: float, df: int, weights: Floats, common: System
) -> float:
    if not isinstance(method, str):
        return float(method)
    if method == "FE" or df <= 0:
        return 0.0
    dl = max(0.0, (q - df) / moment_denominator(weights, common))
    return dl if method == "DL" else _likelihood_tau2(rows, ground, method, dl)


def moment_denominator(weights: Floats, equations: System) -> float:
    """Increase of the expected Q per unit of tau2: trace of W - W X C X' W."""
    return float(weights.sum() - weights**2 @ equations.row_variances())


@dataclass(frozen=True)
class _Score:
    """Slope of the log-likelihood in tau2, and the expected information (its negative mean curvature)."""

    slope: float
    information: float
    log_likelihood: float


def _score(rows: Rows, ground: int, method: str, tau2: float) -> _Score:
    _, residuals, w, equations = solve_at(rows, tau2, ground)
    weighted = w * residuals
    log_likelihood = float(np.log(w).sum() - w @ residuals**2) / 2
    if method == "ML":
        return _Score(float(weighted @ weighted - w.sum()) / 2, float(w @ w) / 2, log_likelihood)
    trace = moment_denominator(w, equations)
    c = equations.covariance
    kept = np.delete(np.arange(rows.n_treatments), ground)
    log_likelihood += float(np.linalg.slogdet(c[np.ix_(kept, kept)])[1]) / 2
    quadratic = c @ equations.gram(w**2)
    information = float(w @ w - 2 * w**3 @ equations.row_variances() + np.sum(quadratic * quadratic.T)) / 2
    return _Score(float(weighted @ weighted - trace) / 2, information, log_likelihood)


def _likelihood_tau2(rows: Rows, ground: int, method: str, start: float) -> float:
    """The tau2 with the highest (restricted) likelihood among the local maxima and zero."""

    def score(tau2: float) -> _Score:
        return _score(rows, ground, method, tau2)

    grid = _search_grid(rows, start)
    scores = [score(t) for t in grid]
    while scores[-1].slope > 0:
        grid.append(10 * grid[-1])
        scores.append(score(grid[-1]))
        if grid[-1] > 1e12 * (1 + grid[1]):
            raise ConvergenceError(f"{method}: the likelihood of tau2 keeps rising, up to {grid[-1]:.3g}.")
    best, top = 0.0, scores[0].log_likelihood
    for low, high, at_low, at_high in zip(grid, grid[1:], scores, scores[1:], strict=False):
        if at_low.slope > 0 >= at_high.slope:
            found, value = _root(score, low, high)
            if value > top:
                best, top = found, value
    return best


def _search_grid(rows: Rows, start: float) -> list[float]:
    typical = float(1.0 / np.mean(1.0 / rows.d))
    centre = max(start, typical)
    if not rows.is_small:
        return [0.0, centre]
    return [0.0, *(centre * 4.0**power for power in range(-4, 3))]


def _root(score: Callable[[float], _Score], low: float, high: float) -> tuple[float, float]:
    """Zero of the slope between `low` and `high`, and the log-likelihood there.

    The first step is one of Fisher scoring, later ones are secants; a step out of the bracket halves it instead.
    """
    tau2, last, last_slope = (low + high) / 2, 0.0, 0.0
    for step_number in range(200):
        here = score(tau2)
        low, high = (tau2, high) if here.slope > 0 else (low, tau2)
        curvature = here.information if step_number == 0 else (last_slope - here.slope) / (tau2 - last)
        proposal = tau2 + here.slope / (curvature if curvature > 0 else here.information)
        if abs(proposal - tau2) <= 1e-13 * tau2 or high - low <= 1e-14 * high:
            return tau2, here.log_likelihood
        last, last_slope = tau2, here.slope
        tau2 = proposal if low < proposal < high else (low + high) / 2
    raise ConvergenceError(f"The likelihood of tau2 has no stable maximum near {tau2:.6g}.")
