"""Maximum likelihood and restricted maximum likelihood for tau2, with every root of the score accounted for.

Up to a factor of one half the score is a - b, where a = y'PPy and b = trace(P) for REML or the sum of the weights for
ML; with c = y'PPPy and d = trace(PP), or the sum of squared weights, a' = -2 c and b' = -d. All four decrease in tau2.
They are sums over x_j = 1 / (tau2 + lambda_j), where lambda_j > 0 are the eigenvalues of K'VK for an orthonormal basis
K of the error contrasts (the variances themselves for b and d of ML)::

    a = sum z_j^2 x_j^2     c = sum z_j^2 x_j^3     b = sum x_j     d = sum x_j^2

so that A = a / c - tau2 and B = b / d - tau2 increase in tau2 (Cauchy-Schwarz: c^2 <= a sum z_j^2 x_j^4 and
d^2 <= b sum x_j^3), and (log a / b)' = 1 / (tau2 + B) - 2 / (tau2 + A). An interval from l to r therefore holds

* no root, if a(r) > b(l) or a(l) < b(r);
* at most one, because a / b falls throughout, if A(r) < l + 2 B(l);
* at most one, which is no maximum, because a / b rises throughout, if A(l) > r + 2 B(r).

Intervals are halved until one of the three holds. The likelihood is then compared over all maxima and over tau2 = 0: a
start value cannot lead to a local maximum.
"""

from __future__ import annotations

from math import inf, log, log2, sqrt
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tmsmeta.errors import ConvergenceError
from tmsmeta.pooling.heterogeneity.weighted_regression import Floats, Sums, WeightedFit, WeightedModel

Criterion = Literal["ML", "REML"]
LARGEST_SCALE = 1e30  # variances beyond it, or below its reciprocal, are rescaled: fourth powers must not overflow
FARTHEST = 1e60  # largest tau2 in units of the smallest variance; beyond it the terms of the score underflow
MARGIN = 1e-9  # relative margin that keeps an upper bound a bound in spite of rounding
_LOG_2PI = log(6.283185307179586)
_FIRST_GRID = 24
_STEPS = np.linspace(0.0, 1.0, _FIRST_GRID)
_SLACK = 1e-6  # relative allowance for rounding in A and B
_SMALLEST_CELL = 1e-12  # relative width below which an interval is not halved again
_MOST_CELLS = 100_000
_MAX_STEPS = 2000
_PATIENCE = 30  # Newton steps before plain halving: rounding can keep a nearly double root from settling
_LAST_STEP = 1e-9  # convergence is quadratic: after a step of this relative size the error is near 1e-18
_NO_WIDTH = 1e-15  # relative width of a bracket in which all numbers are as good


class Points(NamedTuple):
    """The score at one or more values of tau2, each of the shape of tau2: a, b, a / c and b / d."""

    tau2: Floats
    a: Floats
    b: Floats
    a_to_c: Floats
    b_to_d: Floats

    def at(self, index: NDArray[np.bool_] | slice | int) -> Points:
        """Some of the points."""
        return Points(*(part[index] for part in self))


class Bracket(NamedTuple):
    """Two values of tau2 with one root of the score between them, and a guess of it."""

    low: float
    high: float
    guess: float


def terms(sums: Sums, criterion: Criterion) -> tuple[Floats, Floats, Floats, Floats]:
    """a, b, c and d of the module docstring."""
    if criterion == "REML":
        return sums.a, sums.tr_p, sums.c, sums.tr_pp
    return sums.a, sums.sum_w, sums.c, sums.sum_w2


def _points(model: WeightedModel, tau2: Floats, criterion: Criterion) -> Points:
    a, b, c, d = terms(model.sums(tau2), criterion)
    return Points(tau2, a, b, a / c, b / d)


def log_likelihood(model: WeightedModel, tau2: float, criterion: Criterion, fit: WeightedFit | None = None) -> float:
    """Log likelihood (ML) or restricted log likelihood (REML) at `tau2`, coefficients at their best: those of `fit`.

    The restricted one contains log|X'X| / 2, so that it does not depend on the scale of the moderators
    (Harville, J Am Stat Assoc 1977;72:320).
    """
    fit = fit or model.fit(tau2)
    w, r = fit.weights, fit.residuals
    deviance = float((w * r).dot(r)) - float(np.add.reduce(np.log(w)))
    if criterion == "ML":
        return -0.5 * (model.k * _LOG_2PI + deviance)
    weighted, plain = model.log_determinants(tau2)
    return -0.5 * ((model.k - model.p) * _LOG_2PI - plain + weighted + deviance)


def upper_bound(model: WeightedModel) -> float:
    """A value of tau2 beyond which the score of either criterion is negative, and is so for numbers with rounding.

    With e the ordinary residuals, a <= e'e / (tau2 + v_min)^2 and trace(P) >= (k - p) / (tau2 + v_max); the
    quadratic inequality between the two bounds gives the value. Where all variances are equal it is the root itself,
    hence the margin.
    """
    squares = model.ordinary().squares
    df = model.k - model.p
    low, high = model.v_min, float(model.v.max())
    x = (squares + sqrt(squares) * sqrt(squares + 4 * df * (high - low))) / (2 * df)
    return max(x - low, 0.0) + MARGIN * max(x, low)


def maximise(model: WeightedModel, criterion: Criterion) -> float:
    """The tau2 >= 0 at which the likelihood is largest; the smaller one where two are equal.

    Raises:
        ConvergenceError: estimates that lie more than about 1e30 standard errors apart; or if a bracketed root is not
            found, which no other finite input is known to cause.
    """
    if not 1.0 / LARGEST_SCALE <= model.v_min <= LARGEST_SCALE:
        factor = 2.0 ** -round(log2(model.v_min) / 2)  # a power of 2 changes no digit
        return maximise(model.scaled(factor), criterion) / factor / factor
    with np.errstate(all="ignore"):  # where a underflows to 0, nothing is proven from a / c
        top, shift = upper_bound(model), model.v_min
        if not top <= FARTHEST * shift:
            raise ConvergenceError(
                f"No {criterion} estimate of tau2: the estimates lie too far apart for their standard errors; the "
                f"smallest one is {sqrt(shift):.3g}, the range of the estimates {np.ptp(model.y):.3g}."
            )
        grid = grid_to(top, shift)
        points = _points(model, grid, criterion)
        candidates = [0.0] if points.a[0] <= points.b[0] else []
        candidates += [_newton(model, criterion, bracket) for bracket in _maxima(model, criterion, points)]
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise ConvergenceError(f"No maximum of the {criterion} likelihood found between tau2 = 0 and {top}.")
    heights = [log_likelihood(model, t, criterion) for t in candidates]
    return candidates[int(np.argmax(heights))]


def grid_to(top: Floats | float, shift: float) -> Floats:
    """Values of tau2 from 0 to `top`, finer near 0, shape (24,) or (24, n) for n values of `top`."""
    steps = _STEPS.reshape(-1, *[1] * np.ndim(top))
    grid: Floats = shift * ((shift + top) / shift) ** steps - shift
    grid[0], grid[-1] = 0.0, top
    return grid


def settled(left: Points, right: Points) -> NDArray[np.bool_]:
    """Which intervals from `left` to `right` are proven to hold no root of the score, or one at most."""
    width = right.tau2 - left.tau2
    apart = (right.a > left.b) | (left.a < right.b)
    falls = right.a_to_c * (1 + _SLACK) < 2 * left.b_to_d + width
    rises = left.a_to_c + width > 2 * right.b_to_d * (1 + _SLACK)
    return apart | falls | rises


def _maxima(model: WeightedModel, criterion: Criterion, points: Points) -> list[Bracket]:
    """Brackets, in ascending order, each of which holds exactly one maximum of the likelihood."""
    left, right = points.at(slice(None, -1)), points.at(slice(1, None))
    found: list[Bracket] = []
    while True:
        done = settled(left, right)
        if len(done) > _MOST_CELLS:
            raise ConvergenceError(f"The score of the likelihood cannot be told from 0 around tau2 = {left.tau2[0]}.")
        if not done.all():
            done |= right.tau2 - left.tau2 <= _SMALLEST_CELL * (right.tau2 + model.v_min)
        holds = done & (left.a > left.b) & (right.a <= right.b)
        found += [_bracket(left.at(i), right.at(i)) for i in np.flatnonzero(holds).tolist()]
        if done.all():
            return sorted(found)
        left, right = _halves(model, criterion, left.at(~done), right.at(~done))


def _halves(model: WeightedModel, criterion: Criterion, left: Points, right: Points) -> tuple[Points, Points]:
    """The ends of the intervals from `left` to `right` cut at their geometric middle."""
    low, high, shift = left.tau2, right.tau2, model.v_min
    middle = np.sqrt((low + shift) * (high + shift)) - shift
    middle = np.where((middle <= low) | (middle >= high), (low + high) / 2, middle)
    centre = _points(model, middle, criterion)
    lower, upper = (
        Points(*(np.concatenate(pair) for pair in zip(*pairs, strict=True)))
        for pairs in ((left, centre), (centre, right))
    )
    return lower, upper


def _bracket(left: Points, right: Points) -> Bracket:
    """A root between two points, guessed from the cubic for tau2 in log(a / b) with their values and slopes."""
    low, high = float(left.tau2), float(right.tau2)
    width, guess = high - low, (low + high) / 2
    falls = [2 / float(p.a_to_c) - 1 / float(p.b_to_d) for p in (left, right)]
    if right.a > 0 and min(falls) > 0:
        start, end = log(left.a / left.b), log(right.a / right.b)
        x = start / (start - end)
        bend = [(start - end) / fall - width for fall in falls]
        cubic = low + x * width + x * (1 - x) * ((1 - x) * bend[0] - x * bend[1])
        guess = cubic if low < cubic < high else guess
    return Bracket(low, high, guess)


def _newton(model: WeightedModel, criterion: Criterion, bracket: Bracket) -> float:
    """The root of the score in a bracket with a > b at its lower end and a <= b at its upper end.

    Newton steps on b / a, which is a straight line in tau2 when all variances are equal, kept inside the bracket.
    """
    low, high, t = bracket
    for count in range(_MAX_STEPS):
        a, b, c, d = (float(x) for x in terms(model.sums(t), criterion))
        low, high = (t, high) if a > b else (low, t)
        rise = 2 * c / a - d / b
        step = (a / b - 1) / rise if rise > 0 and count < _PATIENCE else inf
        proposal = t + step
        if low <= proposal <= high and abs(step) <= _LAST_STEP * (t + model.v_min):
            return proposal
        if not low < proposal < high:
            proposal = (low + high) / 2
        if high - low <= _NO_WIDTH * (high + model.v_min):
            return proposal
        t = proposal
    raise ConvergenceError(f"The {criterion} score did not reach zero between tau2 = {low} and {high}.")
