"""Likelihood of the multivariate random-effects model, for all studies at once.

Study i has y_i ~ N(X_i b, S_i + G): sampling covariance S_i, between-study covariance G of the p outcomes. A missing
outcome is a row of zeros in y, X and the off-diagonal of the covariance, with a 1 on the diagonal: it then adds
nothing to any sum, so that one batch of (p, p) matrices holds all studies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import isqrt
from typing import Literal, NamedTuple

import numpy as np

from tmsmeta.effects.base import Floats

Criterion = Literal["ML", "REML"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Blocks:
    """What the likelihood reads.

    Attributes:
        y: estimates, 0 where missing, shape (k, p).
        x: design, 0 where missing, shape (k, p, q).
        within: sampling covariance, the unit matrix where missing, shape (k, p, p).
        present: 1 where both outcomes are there, else 0, shape (k, p, p).
        observed: number of estimates.
        loading: where the rows of a study are no outcomes but combinations of units with p outcomes each (contrasts of
            arms): the outcomes of unit a in row n, shape (k, units, n, p); None where row j is outcome j.
    """

    y: Floats
    x: Floats
    within: Floats
    present: Floats
    observed: int
    loading: Floats | None = None

    def in_typical_units(self, p: int, *, together: bool) -> tuple[Blocks, Floats]:
        """The same studies in units of a typical standard error of each outcome, and these units, shape (p,).

        Between-study parameters are then of order one, so that steps and tolerances have no unit. One unit serves all
        outcomes if they are to stay `together`, and where rows are no outcomes.
        """
        known = np.einsum("kpp->kp", self.present) > 0
        diagonal = np.where(known, np.einsum("kpp->kp", self.within), np.nan)
        if together or self.loading is not None:
            scale = np.full(p, typical_errors(diagonal.reshape(-1, 1))[0])
            rows = np.full(diagonal.shape[1], scale[0])
        else:
            rows = scale = typical_errors(diagonal)
        within = np.where(self.present > 0, self.within / np.outer(rows, rows), self.within)
        return replace(self, y=self.y / rows, within=within), scale

    @cached_property
    def log_cross(self) -> float:
        """Log determinant of X'X."""
        return float(np.linalg.slogdet(np.einsum("kpq,kpr->qr", self.x, self.x))[1])

    def spread(self, between: Floats) -> Floats:
        """What a between-study matrix (p, p) adds to the covariance of each study, shape (k, n, n)."""
        if self._shares is None:
            return self.present * between
        return np.asarray((self._shares @ between.ravel()).reshape(self.within.shape))

    def gather(self, each: Floats) -> Floats:
        """The derivative by the between-study matrix, from those by the covariances of the studies (k, n, n)."""
        if self._shares is None:
            return np.asarray((each * self.present).sum(axis=0))
        found = each.ravel() @ self._shares
        return np.asarray(found.reshape((isqrt(len(found)),) * 2))

    @cached_property
    def _shares(self) -> Floats | None:
        """The share of each entry of the between-study matrix in each covariance of each study, shape (k n n, p p)."""
        if self.loading is None:
            return None
        shares = np.einsum("kanp,kamq->knmpq", self.loading, self.loading)
        return np.asarray(shares.reshape(-1, shares.shape[-1] ** 2))


def typical_errors(variances: Floats) -> Floats:
    """The root of the median of each column of variances (k, p), NaN where missing, shape (p,)."""
    ordered, column = np.sort(variances, axis=0), np.arange(variances.shape[1])  # NaN last
    count = np.isfinite(variances).sum(axis=0)
    return np.asarray(np.sqrt((ordered[(count - 1) // 2, column] + ordered[count // 2, column]) / 2))


def blocks(yi: Floats, covariance: Floats) -> Blocks:
    """The batch of one mean per outcome, from estimates (k, p) with NaN for missing ones and covariances (k, p, p)."""
    known = np.isfinite(yi)
    both = known[:, :, None] & known[:, None, :]
    unit = np.eye(yi.shape[1])
    return Blocks(
        y=np.where(known, yi, 0.0),
        x=np.where(known[:, :, None], unit, 0.0),
        within=np.where(both, covariance, unit),
        present=both.astype(float),
        observed=int(known.sum()),
    )


class Fit(NamedTuple):
    """Generalised least squares at one between-study matrix.

    Attributes:
        beta: coefficients, shape (q,).
        covariance: of the coefficients, shape (q, q).
        residuals: y - X b, shape (k, p).
        precision: inverse covariance of each study, shape (k, p, p).
        log_likelihood: of the criterion, constants included.
        weighted_squares: sum of r' W r.
    """

    beta: Floats
    covariance: Floats
    residuals: Floats
    precision: Floats
    log_likelihood: float
    weighted_squares: float


def fit_at(data: Blocks, between: Floats, criterion: Criterion) -> Fit:
    """Estimates and likelihood at the between-study matrix (p, p).

    The restricted likelihood has the constant of Harville (1974): half the log determinant of X'X, and N - q in place
    of N observations, as metafor and lme4 count it.
    """
    total = data.within + data.spread(between)
    precision = np.asarray(np.linalg.inv(total), dtype=np.float64)
    weighted = precision @ data.x
    information = np.einsum("kpq,kpr->qr", data.x, weighted)
    covariance = np.linalg.inv(information)
    beta = covariance @ np.einsum("kpq,kp->q", weighted, data.y)
    residuals = data.y - data.x @ beta
    squares = float(np.einsum("kp,kpo,ko->", residuals, precision, residuals))
    value = -0.5 * (float(np.linalg.slogdet(total)[1].sum()) + squares)
    count = data.observed
    if criterion == "REML":
        count -= len(beta)
        value += 0.5 * float(data.log_cross - np.linalg.slogdet(information)[1])
    return Fit(beta, covariance, residuals, precision, value - 0.5 * count * np.log(2 * np.pi), squares)


def slope(data: Blocks, fit: Fit, criterion: Criterion) -> Floats:
    """Derivative of the log-likelihood by the entries of the between-study matrix, as a symmetric (p, p) matrix.

    d l / d G = (1/2) sum W r r' W - W [+ W X C X' W for REML], over the outcomes that are present; an off-diagonal
    entry counts once for each of its two places.
    """
    pull = np.einsum("kpo,ko->kp", fit.precision, fit.residuals)
    each = np.einsum("kp,ko->kpo", pull, pull) - fit.precision
    if criterion == "REML":
        spread = fit.precision @ data.x
        each += spread @ fit.covariance @ spread.transpose(0, 2, 1)
    return 0.5 * data.gather(each)
