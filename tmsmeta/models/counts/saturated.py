"""Tests of equal effects against an effect of its own for every study."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import xlogy

from tmsmeta.effects.base import Floats
from tmsmeta.errors import NotAssessable
from tmsmeta.models.counts.cells import BinomialCells, Cells, HypergeometricCells, PoissonCells
from tmsmeta.models.counts.quadrature import MixedModel
from tmsmeta.pooling.heterogeneity.statistics import ONE_EFFECT, chi_square_test
from tmsmeta.words.results import HypothesisTest


class Saturated(NamedTuple):
    """Each cell fitted by itself: linear predictor (k, c), its information (k, c), log likelihood (k, c).

    Where a count lies at the end of its range the predictor is infinite, the information 0 and the likelihood its
    supremum.
    """

    eta: Floats
    information: Floats
    log_likelihood: Floats


def saturated_cells(cells: Cells) -> Saturated:
    """The best fit of each cell by itself."""
    if isinstance(cells, BinomialCells):
        x, n = cells.events[..., 0], cells.n[..., 0]
        share = x / n
        with np.errstate(divide="ignore"):
            eta = np.log(x) - np.log(n - x)
        value = cells.constant[..., 0] + xlogy(x, share) + xlogy(n - x, 1 - share)
        return Saturated(eta, x * (1 - share), value)
    if isinstance(cells, PoissonCells):
        x = cells.events[..., 0]
        with np.errstate(divide="ignore"):
            return Saturated(np.log(x), x, cells.constant[..., 0] + xlogy(x, x) - x)
    if isinstance(cells, HypergeometricCells):
        return _conditional(cells)
    raise TypeError(f"no saturated fit for {type(cells).__name__}")


def _conditional(cells: HypergeometricCells) -> Saturated:
    """Conditional maximum likelihood of each log odds ratio, by bisection on the mean, which rises with it."""
    inside = ~(cells.lowest | cells.highest)
    low, high = np.full(len(inside), -40.0), np.full(len(inside), 40.0)
    for _ in range(100):
        middle = (low + high) / 2
        # the score is observed minus expected events: positive means that the log odds ratio should be larger
        rising = cells.terms(middle[:, None, None]).first[:, 0, 0] > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    terms = cells.terms(((low + high) / 2)[:, None, None])
    end = np.where(cells.lowest, -np.inf, np.inf)
    eta = np.where(inside, (low + high) / 2, end)
    return Saturated(
        eta[:, None],
        np.where(inside, -terms.second[:, 0, 0], 0.0)[:, None],
        np.where(inside, terms.value[:, 0, 0], 0.0)[:, None],
    )


def study_effects(model: MixedModel, fitted: Saturated) -> tuple[Floats, Floats]:
    """Effect of each study and its variance, shape (k,); infinite where the study has none by itself."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if fitted.eta.shape[1] == 1:
            return (fitted.eta - model.offset)[:, 0], 1 / fitted.information[:, 0]
        return fitted.eta[:, 0] - fitted.eta[:, 1], (1 / fitted.information).sum(axis=1)


def wald_test(model: MixedModel, fitted: Saturated) -> HypothesisTest | NotAssessable:
    """Weighted squares of the study effects around their mean.

    Studies whose own effect is infinite have infinite variance and so no weight; degrees of freedom count the others.
    """
    effect, variance = study_effects(model, fitted)
    finite = np.isfinite(effect) & np.isfinite(variance)
    df = int(finite.sum()) - 1
    if df < 1:
        return NotAssessable("Wald-type test of heterogeneity", "needs at least 2 studies with a finite effect")
    effect, weight = effect[finite], 1 / variance[finite]
    q = float(weight @ (effect - weight @ effect / weight.sum()) ** 2)
    return chi_square_test(ONE_EFFECT, q, df)


def lr_test(fitted: Saturated, log_likelihood_common: float) -> HypothesisTest | NotAssessable:
    """Twice the distance in log likelihood between the saturated and the common-effect model."""
    df = len(fitted.eta) - 1
    if df < 1:
        return NotAssessable("likelihood-ratio test of heterogeneity", "needs at least 2 studies, got 1")
    statistic = max(0.0, 2 * (float(fitted.log_likelihood.sum()) - log_likelihood_common))
    return chi_square_test(ONE_EFFECT, statistic, df)
