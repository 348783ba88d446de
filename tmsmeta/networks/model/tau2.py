"""The between-study variance of a network, common to all its comparisons: one function for each estimator.

A new estimator is a function of a regression and its solution at tau2 = 0, and a line of :data:`METHODS`. One with a
closed form also meets stacks of data sets, for which it answers with an array.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import ceil, isfinite, log
from typing import NamedTuple

import numpy as np

from tmsmeta.errors import ConvergenceError, InvalidInputError, Issue, check_option
from tmsmeta.networks.input.independent_contrasts import Floats
from tmsmeta.networks.model.regression import Solution, WeightedRegression


def common_effect(regression: WeightedRegression, common: Solution) -> float:
    """No variance between studies."""
    return 0.0


def by_moments(regression: WeightedRegression, common: Solution) -> Floats:
    """The value that makes Q as large as expected (Jackson, White & Riley, Stat Med 2012;31:3805), 0 without df."""
    df = regression.df
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(df > 0, np.maximum(0.0, (common.q - df) / common.moment), 0.0)


def by_likelihood(regression: WeightedRegression, common: Solution, *, restricted: bool) -> float:
    """The value with the highest (restricted) likelihood among the local maxima and zero, 0 without df."""
    if regression.df <= 0:
        return 0.0

    def score(tau2: float) -> _Score:
        return _score(regression, tau2, restricted)

    grid = _search_grid(regression, float(by_moments(regression, common)))
    scores = [score(t) for t in grid]
    while scores[-1].slope > 0:
        grid.append(10 * grid[-1])
        scores.append(score(grid[-1]))
        if grid[-1] > 1e12 * (1 + grid[1]):
            name = "REML" if restricted else "ML"
            raise ConvergenceError(f"{name}: the likelihood of tau2 keeps rising, up to {grid[-1]:.3g}.")
    best, top = 0.0, scores[0].log_likelihood
    for low, high, at_low, at_high in zip(grid, grid[1:], scores, scores[1:], strict=False):
        if at_low.slope > 0 >= at_high.slope:
            found, value = _root(score, low, high)
            if value > top:
                best, top = found, value
    return best


class Tau2Method(NamedTuple):
    """An estimator of tau2: its name in sentences, the function, and whether it needs no search."""

    label: str
    estimate: Callable[[WeightedRegression, Solution], float | Floats]
    closed_form: bool


METHODS: dict[str, Tau2Method] = {
    "FE": Tau2Method("common effect", common_effect, True),
    "DL": Tau2Method("DerSimonian-Laird", by_moments, True),
    "ML": Tau2Method("ML", partial(by_likelihood, restricted=False), False),
    "REML": Tau2Method("REML", partial(by_likelihood, restricted=True), False),
}


def between_study_variance(regression: WeightedRegression, common: Solution, tau2: str | float) -> float | Floats:
    """The number itself, or what the method of that name estimates."""
    return METHODS[tau2].estimate(regression, common) if isinstance(tau2, str) else float(tau2)


def check_tau2(tau2: str | float, *, closed: bool = False) -> None:
    """Raise unless `tau2` is a method of the table, or one with a `closed` form, or a variance.

    Raises:
        UnknownOptionError: no such method.
        InvalidInputError: a number that cannot be a variance.
    """
    if isinstance(tau2, str):
        check_option("tau2", tau2, [name for name, method in METHODS.items() if method.closed_form or not closed])
    elif not (isfinite(tau2) and tau2 >= 0):
        raise InvalidInputError(Issue(None, "tau2", tau2, "must be a method or a finite number, 0 or more."))


def closed_form(tau2: str | float) -> str | float:
    """What a further analysis of a network takes by default: its `tau2`, with DL in the place of ML and REML."""
    return tau2 if not isinstance(tau2, str) or METHODS[tau2].closed_form else "DL"


def tau2_label(tau2: str | float) -> str:
    """The method in words."""
    return METHODS[tau2].label if isinstance(tau2, str) else f"fixed at {tau2:g}"


class _Score(NamedTuple):
    """Slope of the log-likelihood in tau2, the expected information (its negative mean curvature), and the fit."""

    slope: float
    information: float
    at: Solution
    restricted: bool

    @property
    def log_likelihood(self) -> float:
        """Up to a constant; a search asks for it at its ends alone."""
        plain = float(np.log(self.at.weights).sum() - self.at.q) / 2
        return plain + self.at.equations.log_det / 2 if self.restricted else plain


def _score(regression: WeightedRegression, tau2: float, restricted: bool) -> _Score:
    at = regression.at(tau2)
    w, weighted = at.weights, at.weights * at.residuals
    if not restricted:
        return _Score(float(weighted @ weighted - w.sum()) / 2, float(w @ w) / 2, at, restricted)
    spread, square = at.equations.row_variances(), w**2
    trace = w.sum() - square @ spread
    quadratic = at.equations.covariance @ at.equations.gram(square)
    information = float(w @ w - 2 * w**3 @ spread + (quadratic * quadratic.T).sum()) / 2
    return _Score(float(weighted @ weighted - trace) / 2, information, at, restricted)


def _search_grid(regression: WeightedRegression, start: float) -> list[float]:
    typical = float(1.0 / np.mean(1.0 / regression.d))
    centre = max(start, typical)
    if not regression.matrix.is_small:
        return [0.0, centre]
    # a trial far from the others, or far less precise, has a maximum of its own at up to its squared distance
    top = max(float(regression.d.max()), float(np.square(regression.z).max()))
    highest = max(2, ceil(log(top / centre, 4)) + 1)
    return [0.0, *(centre * 4.0**power for power in range(-4, highest + 1))]


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
