"""Maximum likelihood and restricted maximum likelihood for tau2, with every root of the score accounted for.

Up to a factor of one half the score is g = a - b, where a = y'PPy and b = trace(P) for REML or the sum of the
weights for ML; its derivative is g' = -2 c + d with c = y'PPPy and d = trace(PP), or the sum of squared weights.
All four decrease in tau2, so their values at the ends of an interval bound g and g' inside it. Intervals are halved
until each is proven to hold no root, or exactly one. The likelihood is then compared over all maxima and over
tau2 = 0: a start value cannot lead to a local maximum.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tmsmeta.errors import ConvergenceError
from tmsmeta.heterogeneity.model import Floats, Sums, WeightedModel

Criterion = Literal["ML", "REML"]
_LOG_2PI = float(np.log(2 * np.pi))
_FIRST_GRID = 24
_STEPS = np.linspace(0.0, 1.0, _FIRST_GRID)
_MAX_NEWTON = 200
_LAST_STEP = 1e-9  # convergence is quadratic: after a step of this relative size the error is near 1e-18
_SMALLEST_CELL = 1e-12  # relative width below which a cell is not halved again


class ScoreTerms(NamedTuple):
    """a, b, c and d of the module docstring."""

    a: Floats
    b: Floats
    c: Floats
    d: Floats

    @property
    def score(self) -> Floats:
        return self.a - self.b

    def at(self, index: NDArray[np.intp] | slice) -> ScoreTerms:
        """The terms at some of the points."""
        return ScoreTerms(self.a[index], self.b[index], self.c[index], self.d[index])


def _terms(sums: Sums, criterion: Criterion) -> ScoreTerms:
    if criterion == "REML":
        return ScoreTerms(sums.a, sums.tr_p, sums.c, sums.tr_pp)
    return ScoreTerms(sums.a, sums.sum_w, sums.c, sums.sum_w2)


def log_likelihood(model: WeightedModel, tau2: float, criterion: Criterion) -> float:
    """Log likelihood (ML) or restricted log likelihood (REML) at `tau2`, coefficients at their best.

    The restricted one contains log|X'X| / 2, so that it does not depend on the scale of the moderators
    (Harville, J Am Stat Assoc 1977;72:320).
    """
    total = model.v + tau2
    fit = model.fit(tau2)
    q = float((fit.weights * fit.residuals**2).sum())
    log_variances = float(np.log(total).sum())
    if criterion == "ML":
        return -0.5 * (model.k * _LOG_2PI + log_variances + q)
    weighted, plain = model.log_determinants(tau2)
    return -0.5 * ((model.k - model.p) * _LOG_2PI - plain + log_variances + weighted + q)


def upper_bound(model: WeightedModel) -> float:
    """A value of tau2 beyond which the score of either criterion is negative.

    With e the ordinary residuals, a <= e'e / (tau2 + v_min)^2 and trace(P) >= (k - p) / (tau2 + v_max); the
    quadratic inequality between the two bounds gives the value.
    """
    squares, _ = model.unweighted()
    df = model.k - model.p
    low, high = float(model.v.min()), float(model.v.max())
    x = (squares + np.sqrt(squares * squares + 4 * df * squares * (high - low))) / (2 * df)
    return float(max(x - low, 0.0)) * (1 + 1e-9)


def maximise(model: WeightedModel, criterion: Criterion) -> float:
    """The tau2 >= 0 at which the likelihood is largest; the smaller one where two are equal.

    Raises:
        ConvergenceError: if a bracketed root is not found, which no finite input is known to cause.
    """
    top = upper_bound(model)
    shift = float(model.v.min())
    if top <= 0.0:
        return 0.0
    grid = shift * ((shift + top) / shift) ** _STEPS - shift
    grid[0], grid[-1] = 0.0, top
    terms = _terms(model.sums(grid), criterion)
    brackets = _maxima(
        model, criterion, _Cells(grid[:-1], grid[1:], terms.at(slice(None, -1)), terms.at(slice(1, None)))
    )
    candidates = [0.0] if terms.score[0] <= 0 else []
    candidates += [_newton(model, criterion, low, high) for low, high in brackets]
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise ConvergenceError(f"No maximum of the {criterion} likelihood found between tau2 = 0 and {top}.")
    heights = [log_likelihood(model, t, criterion) for t in candidates]
    return candidates[int(np.argmax(heights))]


class _Cells(NamedTuple):
    """Intervals of tau2, with the terms of the score at their ends."""

    low: Floats
    high: Floats
    left: ScoreTerms
    right: ScoreTerms


def _maxima(model: WeightedModel, criterion: Criterion, cells: _Cells) -> list[tuple[float, float]]:
    """Brackets, in ascending order, each of which holds exactly one maximum of the likelihood."""
    shift = float(model.v.min())
    found: list[tuple[float, float]] = []
    while True:
        low, high, left, right = cells
        rootless = (right.a > left.b) | (left.a < right.b)
        one_root_at_most = (left.d < 2 * right.c) | (right.d > 2 * left.c)
        tiny = (high - low) <= _SMALLEST_CELL * (high + shift)
        settled = rootless | one_root_at_most | tiny
        holds = settled & ~rootless & (left.score > 0) & (right.score <= 0)
        found += [(float(low[i]), float(high[i])) for i in np.flatnonzero(holds)]
        still = np.flatnonzero(~settled)
        if not len(still):
            return sorted(found)
        low, high, left, right = low[still], high[still], left.at(still), right.at(still)
        middle = np.sqrt((low + shift) * (high + shift)) - shift
        middle = np.where((middle <= low) | (middle >= high), (low + high) / 2, middle)
        centre = _terms(model.sums(middle), criterion)
        cells = _Cells(
            np.concatenate([low, middle]),
            np.concatenate([middle, high]),
            ScoreTerms(*(np.concatenate(pair) for pair in zip(left, centre, strict=True))),
            ScoreTerms(*(np.concatenate(pair) for pair in zip(centre, right, strict=True))),
        )


def _newton(model: WeightedModel, criterion: Criterion, low: float, high: float) -> float:
    """The root of the score in a bracket with g(low) > 0 >= g(high), by Newton steps kept inside the bracket."""
    t = (low + high) / 2
    shift = float(model.v.min())
    for _ in range(_MAX_NEWTON):
        terms = _terms(model.sums(t), criterion)
        score, slope = float(terms.score), float(terms.d - 2 * terms.c)
        if score > 0:
            low = t
        else:
            high = t
        step = -score / slope if slope < 0 else np.inf
        proposal = t + step
        if low <= proposal <= high and abs(step) <= _LAST_STEP * (t + shift):
            return proposal
        if not low < proposal < high:
            proposal = (low + high) / 2
        if proposal in (low, high):
            return proposal
        t = proposal
    raise ConvergenceError(f"The {criterion} score did not reach zero between tau2 = {low} and {high}.")
