"""Maximise a smooth likelihood of few parameters, to the last digit that its gradient can tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import Floats
from tmsmeta.errors import ConvergenceError

Downhill = Callable[[Floats], tuple[float, Floats]]
Together = Callable[[Floats], tuple[Floats, Floats]]
_SMALL = 1e-9
_ROUNDING = 1e-13  # of a value: a step that seems to lead uphill by less may lead downhill
_WIDTH = 1e-5  # of the differences that make a Hessian
_MOST_STEPS = 80
_MAJORITY = 0.75  # of the starts; a last one on a slow way to a maximum that they have reached is not waited for
_AS_GOOD = 1e-7  # values nearer than this belong to the same maximum


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
        most = value + _ROUNDING * abs(value)
        better = next((theta + f * step for f in (1.0, 0.25, 0.05) if downhill(theta + f * step)[0] <= most), None)
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
    rows = [
        (downhill(theta + _WIDTH * unit)[1] - downhill(theta - _WIDTH * unit)[1]) / (2 * _WIDTH)
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


def climb_together(downhill: Together, starts: Floats) -> Floats | None:
    """Parameters of the smallest value that is reached from several starts at once; None where none arrives.

    Newton's method with a Hessian from differences of the exact gradient: gradient, differences and all starts are one
    call. Directions that curve the wrong way are followed by the size of their curvature, and steps that lead uphill
    are shortened.

    Args:
        downhill: values (n,) and gradients (n, m) at n points of m parameters of order one, shape (n, m).
        starts: where to begin, shape (s, m).
    """
    here = _Surface.at(downhill, starts)
    step = here.step()
    for _ in range(_MOST_STEPS):
        there = _Surface.at(downhill, here.place + step)
        lower = there.value <= here.value + _ROUNDING * np.abs(here.value)
        here = here.where(lower, there)
        step = np.where(lower[:, None], here.step(), step / 4)
        best = int(np.argmin(here.value))
        near = here.value <= here.value[best] + _AS_GOOD
        agreed = near.sum() >= _MAJORITY * len(near) or (here.steepness[~near] < 1e-3).all()
        if agreed and (here.steepness[near] < _SMALL).any():
            done = np.flatnonzero(near & (here.steepness < _SMALL))
            return here.place[done[np.argmin(here.value[done])]]
    return None


class _Surface(NamedTuple):
    """Places (s, m), and value (s,), gradient (s, m) and Hessian (s, m, m) there."""

    place: Floats
    value: Floats
    gradient: Floats
    hessian: Floats

    @classmethod
    def at(cls, downhill: Together, place: Floats) -> _Surface:
        count, size = place.shape
        shifts = _WIDTH * np.concatenate([np.zeros((1, size)), np.eye(size), -np.eye(size)])
        value, gradient = downhill((place[:, None] + shifts).reshape(-1, size))
        gradient = gradient.reshape(count, -1, size)
        rise = (gradient[:, 1 : size + 1] - gradient[:, size + 1 :]) / (2 * _WIDTH)
        value = np.where(np.isfinite(value), value, np.inf).reshape(count, -1)[:, 0]
        return cls(place, value, gradient[:, 0], (rise + rise.transpose(0, 2, 1)) / 2)

    @property
    def steepness(self) -> Floats:
        return np.asarray(np.abs(self.gradient).max(axis=1))

    def where(self, better: NDArray[np.bool_], other: _Surface) -> _Surface:
        """The other where it is better."""
        parts = (np.where(better.reshape(-1, *[1] * (b.ndim - 1)), b, a) for a, b in zip(self, other, strict=True))
        return _Surface(*parts)

    def step(self) -> Floats:
        """Newton's step, no longer than the parameters are."""
        values, vectors = np.linalg.eigh(self.hessian)
        size = np.abs(values)
        size = np.maximum(size, np.maximum(1e-7 * size.max(axis=1, keepdims=True), 1e-100))
        along = (vectors.transpose(0, 2, 1) @ self.gradient[:, :, None])[:, :, 0] / size
        step = -(vectors @ along[:, :, None])[:, :, 0]
        longest = np.maximum(1.0, np.sqrt((self.place**2).sum(axis=1)))
        length = np.sqrt((step**2).sum(axis=1))
        return np.asarray(step * np.minimum(1.0, longest / np.maximum(length, 1e-300))[:, None])
