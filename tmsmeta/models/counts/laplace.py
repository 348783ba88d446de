"""Maximum of the Laplace approximation to the likelihood, which lme4 and metafor use for two random effects.

The approximation has no posterior mean from which its score could follow, so its derivatives are taken numerically:
central differences of fourth order of a function that is known to about 14 digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import Floats
from tmsmeta.models.counts.fit import NO_MAXIMUM, Fit, ran_away, uphill
from tmsmeta.models.counts.quadrature import MixedModel, Parameters, laplace

_STEP = 2e-3
_MAX_STEPS = 60
_SMALL_GAP = 1e-14
Function = Callable[[Floats], float]


def laplace_fit(model: MixedModel, near: Fit) -> Fit:
    """Maximise the Laplace approximation, from a quadrature fit of the same model.

    Standard deviations that are 0 in `near` are tried at 0 and inside.
    """
    free = near.at.scale > 0
    candidates = [_climb(model, near, free)]
    if not free.all():
        inside = Parameters(None, near.at.beta, np.maximum(near.at.scale, 0.05))
        candidates.append(_climb(model, replace(near, at=inside), np.ones_like(free)))
    top = max(fit.log_likelihood for fit in candidates)
    return next(fit for fit in candidates if fit.log_likelihood >= top - 1e-9)


def _climb(model: MixedModel, near: Fit, free: NDArray[np.bool_]) -> Fit:
    """Steps scaled by the information of the fit nearby, which differs little, over all that `free` leaves free."""
    p = len(near.at.beta)
    _, mode = laplace(model, near.at, np.zeros((len(model.offset), len(free))))

    def value(x: Floats) -> float:
        return laplace(model, Parameters(None, x[:p], x[p:]), mode)[0]

    active = np.concatenate([np.ones(p, dtype=bool), free])
    x = np.concatenate([near.at.beta, near.at.scale])
    information = near.information[np.ix_(active, active)]
    gap, settled = np.inf, False
    for _ in range(_MAX_STEPS):
        slope = gradient(value, x, active)
        step = np.zeros(len(x))
        step[active] = uphill(information, slope)
        gap = abs(float(step[active] @ slope)) / 2
        moved = _uphill(value, x, step)
        x = x if moved is None else moved
        # the step still taken from there squares what little distance is left
        settled = gap < _SMALL_GAP
        if settled or moved is None or ran_away(Parameters(None, x[:p], x[p:])):
            break
    return _fit(value, x, p, near, gap, settled or gap < 1e3 * _SMALL_GAP)


def _fit(value: Function, x: Floats, p: int, near: Fit, gap: float, settled: bool) -> Fit:
    scale = np.where(np.abs(x[p:]) < 1e-6, 0.0, np.abs(x[p:]))
    at, found = Parameters(None, x[:p], scale), np.concatenate([x[:p], scale])
    away = ran_away(at)
    reason = "" if settled else "the steps on the Laplace approximation did not settle"
    return replace(
        near,
        at=at,
        log_likelihood=value(found),
        information=-hessian(value, found, np.ones(len(x), dtype=bool)),
        nodes=1,
        gap=gap,
        converged=settled and not away,
        reason=NO_MAXIMUM if away else reason,
    )


def _uphill(value: Function, x: Floats, step: Floats) -> Floats | None:
    start = value(x)
    for halvings in range(25):
        moved: Floats = x + 0.5**halvings * step
        if value(moved) >= start - 1e-12 * (1 + abs(start)):
            return moved
    return None


def gradient(value: Function, x: Floats, active: NDArray[np.bool_]) -> Floats:
    """Fourth-order central differences in the directions marked in `active`."""
    axes = _STEP * np.eye(len(x))[active]
    return np.array([(8 * (value(x + e) - value(x - e)) - value(x + 2 * e) + value(x - 2 * e)) for e in axes]) / (
        12 * _STEP
    )


def hessian(value: Function, x: Floats, active: NDArray[np.bool_]) -> Floats:
    """Second derivatives from central differences at two widths, extrapolated to fourth order."""
    coarse, fine = (_second_differences(value, x, active, width) for width in (4 * _STEP, 2 * _STEP))
    return (4 * fine - coarse) / 3


def _second_differences(value: Function, x: Floats, active: NDArray[np.bool_], width: float) -> Floats:
    axes = width * np.eye(len(x))[active]
    n, centre = len(axes), value(x)
    second = np.empty((n, n))
    for i in range(n):
        second[i, i] = value(x + axes[i]) - 2 * centre + value(x - axes[i])
        for j in range(i):
            a, b = axes[i], axes[j]
            mixed = value(x + a + b) - value(x + a - b) - value(x - a + b) + value(x - a - b)
            second[i, j] = second[j, i] = mixed / 4
    return second / width**2
