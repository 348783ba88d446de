"""Maximise a smooth likelihood of few parameters, to the last digit that its gradient can tell."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tmsmeta.effects.base import Floats
from tmsmeta.errors import ConvergenceError

Downhill = Callable[[Floats], tuple[float, Floats]]
_SMALL = 1e-9


def climb(downhill: Downhill, start: Floats, what: str) -> Floats:
    """Parameters of the smallest value of `downhill`, which gives value and gradient.

    Quasi-Newton brings it near; Newton steps with a Hessian from differences of the exact gradient bring it home, which
    makes the answer independent of the quasi-Newton tolerance.

    Args:
        downhill: value and gradient at parameters of order one.
        start: where to begin.
        what: of what no maximum was found, for the message.

    Raises:
        ConvergenceError: where the gradient does not vanish.
    """
    from scipy.optimize import minimize  # a fifth of the time of a pool from the command line

    theta = minimize(downhill, start, jac=True, method="BFGS", options={"gtol": 1e-5}).x
    for _ in range(20):
        value, gradient = downhill(theta)
        if np.abs(gradient).max() < _SMALL:
            return theta
        step = _newton_step(downhill, theta, gradient)
        better = next((theta + f * step for f in (1.0, 0.25, 0.05) if downhill(theta + f * step)[0] <= value), None)
        if better is None:
            break
        theta = better
    value, gradient = downhill(theta)
    if np.abs(gradient).max() > 1e-4 * max(1.0, abs(value)):
        raise ConvergenceError(
            f"No maximum of the likelihood of {what} was found; try a simpler model or more studies."
        )
    return theta


def curvature(downhill: Downhill, theta: Floats) -> Floats:
    """The Hessian of `downhill`, from central differences of its exact gradient: the observed information."""
    width = 1e-5
    rows = [
        (downhill(theta + width * unit)[1] - downhill(theta - width * unit)[1]) / (2 * width)
        for unit in np.eye(len(theta))
    ]
    both = np.array(rows)
    return (both + both.T) / 2


def _newton_step(downhill: Downhill, theta: Floats, gradient: Floats) -> Floats:
    """Newton's step; directions in which the likelihood is flat or curves the wrong way are left alone."""
    values, vectors = np.linalg.eigh(curvature(downhill, theta))
    usable = values > 1e-7 * max(float(values[-1]), 1e-300)
    inverse = np.divide(1.0, values, where=usable, out=np.zeros_like(values))
    return -vectors @ (inverse * (vectors.T @ gradient))
