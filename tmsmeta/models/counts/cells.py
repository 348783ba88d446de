"""Likelihood of one count given its linear predictor, with the two derivatives that the fits need.

A cell is one observed count: the events of one arm, or the events of the treated arm given all events of the study.
Every likelihood here is log-concave in the linear predictor, which is what makes modes and fits at a given tau2 unique.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from scipy.special import expit, gammaln, logit, xlogy

from tmsmeta.effects.base import Floats


class Terms(NamedTuple):
    """Log likelihood of each cell and its first and second derivative in the linear predictor."""

    value: Floats
    first: Floats
    second: Floats


class Cells(Protocol):
    """k studies with c cells each."""

    def terms(self, eta: Floats) -> Terms:
        """Terms at the linear predictors `eta`, shape (k, c, m)."""
        ...


def log_binomial(n: Floats, x: Floats) -> Floats:
    """Logarithm of the binomial coefficient n over x."""
    return gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)


# Within this distance of a cell's own best fit, likelihoods are computed as differences from it: of two logarithms of
# the size of n only their small difference matters, and subtracting them would leave it with too few digits.
_NEAR = 1.0


class BinomialCells:
    """Events of n with log odds `eta`. A cell with n = 0 holds no information and has likelihood 1."""

    def __init__(self, events: Floats, n: Floats) -> None:
        self.events, self.n = events[..., None], n[..., None]
        self.constant = log_binomial(n, events)[..., None]
        self._inside = (self.events > 0) & (self.events < self.n)
        self._share = np.where(self._inside, self.events / np.maximum(self.n, 1.0), 0.5)
        self._best = logit(self._share)
        self._top = self.constant + xlogy(self.events, self._share) + xlogy(self.n - self.events, 1 - self._share)

    def terms(self, eta: Floats) -> Terms:
        """Terms at the log odds `eta`, shape (k, c, m)."""
        p, q = expit(eta), expit(-eta)
        away = np.clip(eta - self._best, -_NEAR, _NEAR)
        near = self._top + self.events * away - self.n * np.log1p(self._share * np.expm1(away))
        far = self.constant + self.events * eta - self.n * np.logaddexp(0.0, eta)
        value = np.where(self._inside & (np.abs(eta - self._best) < _NEAR), near, far)
        # x q - (n - x) p keeps its digits where x - n p would cancel
        return Terms(value, self.events * q - (self.n - self.events) * p, -self.n * p * q)


class PoissonCells:
    """Events with log expectation `eta` (log rate plus the logarithm of person-time)."""

    def __init__(self, events: Floats) -> None:
        self.events = events[..., None]
        self.constant = -gammaln(events + 1)[..., None]
        self._best = np.log(np.maximum(self.events, 1.0))
        self._top = self.constant + xlogy(self.events, self.events) - self.events

    def terms(self, eta: Floats) -> Terms:
        """Terms at the log expectations `eta`, shape (k, c, m)."""
        with np.errstate(over="ignore"):
            mean = np.exp(eta)
        away = np.clip(eta - self._best, -_NEAR, _NEAR)
        near = self._top + self.events * (away - np.expm1(away))
        far = self.constant + self.events * eta - mean
        value = np.where((self.events > 0) & (np.abs(eta - self._best) < _NEAR), near, far)
        return Terms(value, self.events - mean, -mean)


class HypergeometricCells:
    """Events of the treated arm given all events of the study: noncentral hypergeometric with log odds ratio `eta`.

    Sums run over the whole support, shifted by the observed count, as log-sum-exp. All supports lie in one flat array.
    """

    def __init__(self, events_t: Floats, n_t: Floats, events_c: Floats, n_c: Floats) -> None:
        total = events_t + events_c
        low, high = np.maximum(0, total - n_c), np.minimum(total, n_t)
        self.lowest, self.highest = events_t == low, events_t == high
        sizes = (high - low).astype(int) + 1
        self._starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        self._study = np.repeat(np.arange(len(sizes)), sizes)
        events = np.arange(sizes.sum()) - self._starts[self._study] + low[self._study]
        own = self._study
        log_weight = log_binomial(n_t[own], events) + log_binomial(n_c[own], total[own] - events)
        observed = log_binomial(n_t, events_t) + log_binomial(n_c, events_c)
        self._log_weight = (log_weight - observed[own])[:, None]
        self._shift = (events - events_t[own])[:, None]

    def terms(self, eta: Floats) -> Terms:
        """Terms at the log odds ratios `eta`, shape (k, 1, m)."""
        exponent = self._log_weight + self._shift * eta[self._study, 0, :]
        top = np.maximum.reduceat(exponent, self._starts)
        weight = np.exp(exponent - top[self._study])
        total = np.add.reduceat(weight, self._starts)
        mean = np.add.reduceat(weight * self._shift, self._starts) / total
        spread = np.add.reduceat(weight * (self._shift - mean[self._study]) ** 2, self._starts) / total
        return Terms((-top - np.log(total))[:, None, :], -mean[:, None, :], -spread[:, None, :])
