"""The likelihood of effects that were selected by their p values, and its maximum.

A study with estimate y and variance v is reported with a probability proportional to the weight delta_j of the interval
in which its p value falls. Its density is then that of N(mu, S^2), S^2 = v + tau2, times delta_j / A, where
A = sum_j delta_j B_j and B_j is the probability of the interval (Hedges, Stat Sci 1992;7:246, sec. 3; Vevea & Hedges,
Psychometrika 1995;60:419). delta_1 is 1. The first and second derivatives below follow by hand from that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from tmsmeta.effects.base import Floats

_LOG_2PI = float(np.log(2 * np.pi))
_TINY = 1e-300
_STARTS = ((1.0, 1.0), (0.3, 1.0), (0.05, 1.0), (3.0, 1.0), (0.3, 0.0), (0.05, 3.0))  # (weight, share of tau2)
_POLISH = 100
_FLAT = 1e-7  # gradient, in units of log likelihood per standardised parameter, at which an optimum is accepted
_LEVEL = 1e-11  # gradient, in the same units, at which no further step is tried
_HALVINGS = 15
_ROUNDING = 1e-13  # relative size of differences in log likelihood that rounding can make
_FURTHEST = 12.0  # largest |log weight| that the search allows


class Derivatives(NamedTuple):
    """Log likelihood, gradient (2 + m - 1,) and Hessian in mu, tau2, delta_2 .. delta_m."""

    value: float
    gradient: Floats
    hessian: Floats


@dataclass(frozen=True, kw_only=True)
class StepLikelihood:
    """The log likelihood of k studies under a step function of m intervals.

    Attributes:
        y: estimates, oriented so that small p values lie at large ones, shape (k,).
        v: sampling variances, shape (k,).
        cell: interval of the p value of each study, from 0, shape (k,).
        low, high: limits of the parts of the outcome scale that belong to each interval, shape (parts, m, k): one part
            for one-sided p values, two (one per sign) for two-sided ones.
    """

    y: Floats
    v: Floats
    cell: NDArray[np.intp]
    low: Floats
    high: Floats

    @property
    def m(self) -> int:
        """Number of intervals."""
        return int(self.low.shape[1])

    def derivatives(self, mu: float, tau2: float, delta: Floats) -> Derivatives:
        """Log likelihood with gradient and Hessian; `delta` holds all m weights, of which the first stays 1."""
        s2 = self.v + tau2
        s = np.sqrt(s2)
        r = self.y - mu
        parts = [_parts((limit - mu) / s, s) for limit in (self.low, self.high)]
        b = _probability((self.low - mu) / s, (self.high - mu) / s).sum(axis=0)
        b_m, b_t, b_mm, b_mt, b_tt = ((hi - lo).sum(axis=0) for lo, hi in zip(*parts, strict=True))
        a = np.maximum(delta @ b, _TINY)
        a_m, a_t = delta @ b_m / a, delta @ b_t / a
        counts = np.bincount(self.cell, minlength=self.m).astype(float)
        value = float((np.log(delta) @ counts) - 0.5 * (_LOG_2PI + np.log(s2) + r * r / s2).sum() - np.log(a).sum())
        gradient = np.concatenate(
            [
                [(r / s2 - a_m).sum(), (0.5 * (r * r / s2 - 1) / s2 - a_t).sum()],
                (counts / delta - (b / a).sum(axis=1))[1:],
            ]
        )
        size = self.m + 1
        hessian = np.empty((size, size))
        hessian[0, 0] = (-1 / s2 - delta @ b_mm / a + a_m * a_m).sum()
        hessian[0, 1] = hessian[1, 0] = (-r / s2**2 - delta @ b_mt / a + a_m * a_t).sum()
        hessian[1, 1] = ((0.5 - r * r / s2) / s2**2 - delta @ b_tt / a + a_t * a_t).sum()
        hessian[0, 2:] = hessian[2:, 0] = ((b * a_m - b_m) / a).sum(axis=1)[1:]
        hessian[1, 2:] = hessian[2:, 1] = ((b * a_t - b_t) / a).sum(axis=1)[1:]
        share = b / a
        hessian[2:, 2:] = (share @ share.T)[1:, 1:] - np.diag((counts / delta**2)[1:])
        return Derivatives(value, gradient, hessian)


def _parts(t: Floats, s: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Derivatives of Phi(t), t = (limit - mu) / S, in mu, tau2, and the second ones mu mu, mu tau2, tau2 tau2."""
    t = np.clip(t, -40.0, 40.0)  # beyond this the density is 0, and infinite limits would give 0 times infinity
    density = np.exp(-0.5 * t * t) / np.sqrt(2 * np.pi)
    s2 = s * s
    return (
        -density / s,
        -density * t / (2 * s2),
        -density * t / s2,
        density * (1 - t * t) / (2 * s2 * s),
        density * t * (3 - t * t) / (4 * s2 * s2),
    )


def _probability(low: Floats, high: Floats) -> Floats:
    """Phi(high) - Phi(low), from the upper tail where both lie there."""
    upper = low > 0
    return np.where(upper, ndtr(-low) - ndtr(-high), ndtr(high) - ndtr(low))


def step_likelihood(y: Floats, v: Floats, p: Floats, steps: Floats, *, two_sided: bool) -> StepLikelihood:
    """Set up the likelihood for studies with p values `p` and intervals that end at `steps`, the last of which is 1."""
    se = np.sqrt(v)
    tail = np.concatenate([[0.0], steps]) / (2 if two_sided else 1)
    limit = -ndtri(tail)[:, None] * se  # estimate at which p equals each step, descending
    low, high = limit[1:][None], limit[:-1][None]
    if two_sided:
        low, high = np.concatenate([low, -high]), np.concatenate([high, -low])
    cell = np.minimum(np.searchsorted(steps, p, side="left"), len(steps) - 1)
    return StepLikelihood(y=y, v=v, cell=cell, low=low, high=high)


class Optimum(NamedTuple):
    """Where the likelihood is largest, and whether it is certain to be a maximum."""

    mu: float
    tau2: float
    delta: Floats
    at: Derivatives
    free: NDArray[np.bool_]
    converged: bool


def maximise_steps(
    model: StepLikelihood, mu: float, tau2: float, *, hold_tau2: bool, fixed: Floats | None = None
) -> Optimum:
    """The largest of the maxima found from several starts around `mu` and `tau2`.

    Args:
        model: the likelihood, with effects of the order of 1.
        mu, tau2: estimates without selection.
        hold_tau2: keep tau2 at 0.
        fixed: weights of all intervals, where they are given and not estimated.
    """
    free = np.array([True, not hold_tau2] + [fixed is None] * (model.m - 1))
    best: Optimum | None = None
    for weight, share in _STARTS:
        delta = np.concatenate([[1.0], np.full(model.m - 1, weight)]) if fixed is None else fixed
        start = 0.0 if hold_tau2 else max(tau2, 0.05) * share
        found = _polish(model, *_search(model, mu, start, delta, free), free)
        if best is None or (found.at.value, found.converged) > (best.at.value + 1e-9, best.converged):
            best = found
    assert best is not None
    return best


def _search(
    model: StepLikelihood, mu: float, tau2: float, delta: Floats, free: NDArray[np.bool_]
) -> tuple[float, float, Floats]:
    """A rough maximum, in mu, tau2 >= 0 and log weights."""
    from scipy.optimize import minimize

    start = np.concatenate([[mu, tau2], np.log(delta[1:])])

    def negative(theta: Floats) -> tuple[float, Floats]:
        weights = np.concatenate([[1.0], np.exp(theta[2:])])
        at = model.derivatives(float(theta[0]), float(theta[1]), weights)
        slope = at.gradient * np.concatenate([[1.0, 1.0], weights[1:]])
        return -at.value, np.where(free, -slope, 0.0)

    widest = [(None, None), (0.0, None)] + [(-_FURTHEST, _FURTHEST)] * (model.m - 1)
    bounds = [b if f else (x, x) for b, f, x in zip(widest, free, start, strict=True)]
    found = minimize(
        negative, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 2000, "ftol": 1e-10}
    )
    return float(found.x[0]), float(max(found.x[1], 0.0)), np.concatenate([[1.0], np.exp(found.x[2:])])


def _polish(model: StepLikelihood, mu: float, tau2: float, delta: Floats, free: NDArray[np.bool_]) -> Optimum:
    """Newton steps, halved until the likelihood rises, to the maximum near a rough one; tau2 may end at its bound 0."""
    theta = np.concatenate([[mu, tau2], delta[1:]])

    def at(x: Floats) -> Derivatives:
        return model.derivatives(float(x[0]), float(x[1]), np.concatenate([[1.0], x[2:]]))

    here = at(theta)
    for _ in range(_POLISH):
        active = free.copy()
        active[1] &= theta[1] > 0 or here.gradient[1] > 0
        if _steepness(here, here, active) < _LEVEL:
            break
        step = np.zeros_like(theta)
        try:
            step[active] = -np.linalg.solve(here.hessian[np.ix_(active, active)], here.gradient[active])
        except np.linalg.LinAlgError:
            break
        for _halving in range(_HALVINGS):
            trial = theta + step
            trial[1] = max(trial[1], 0.0)
            there = at(trial) if (trial[2:] > 0).all() else None
            if there is not None and _better(there, here, active):
                break
            step = step / 2
        else:
            break
        theta, here = trial, there
    return _judged(theta, here, free)


def _better(there: Derivatives, here: Derivatives, active: NDArray[np.bool_]) -> bool:
    """Whether the likelihood rose, or, where rounding hides its rise, whether the gradient fell."""
    if there.value > here.value:
        return True
    fell = _steepness(there, here, active) < 0.5 * _steepness(here, here, active)
    return fell and there.value >= here.value - _ROUNDING * (1 + abs(here.value))


def _steepness(at: Derivatives, unit: Derivatives, active: NDArray[np.bool_]) -> float:
    """Largest slope per standard error, as the curvature at `unit` has it."""
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diag(unit.hessian)), _TINY))
    return float(np.abs((at.gradient * scale)[active]).max())


def _judged(theta: Floats, at: Derivatives, free: NDArray[np.bool_]) -> Optimum:
    """The optimum, with what the gradient and the curvature say about it."""
    inside = free.copy()
    at_bound = bool(free[1] and theta[1] == 0.0 and at.gradient[1] <= 0)
    inside[1] &= not at_bound
    curvature = at.hessian[np.ix_(inside, inside)]
    scale = 1 / np.sqrt(np.maximum(-np.diag(curvature), _TINY))
    level = bool((np.abs(at.gradient[inside] * scale) < _FLAT).all()) if (np.diag(curvature) < 0).all() else False
    peaked = level and bool((np.linalg.eigvalsh(curvature * np.outer(scale, scale)) < -1e-10).all())
    delta = np.concatenate([[1.0], theta[2:]])
    return Optimum(float(theta[0]), float(theta[1]), delta, at, inside, level and peaked)
