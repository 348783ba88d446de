"""Likelihoods of whole covariance matrices, as a textbook writes them."""

from __future__ import annotations

import numpy as np


def restricted_likelihood(y, x, covariance):
    """Restricted log-likelihood, coefficients and their covariance; a density of N - p contrasts."""
    inverse = np.linalg.inv(covariance)
    information = x.T @ inverse @ x
    beta = np.linalg.solve(information, x.T @ inverse @ y)
    r = y - x @ beta
    parts = np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(information)[1] - np.linalg.slogdet(x.T @ x)[1]
    value = -0.5 * (parts + r @ inverse @ r + (len(y) - x.shape[1]) * np.log(2 * np.pi))
    return value, beta, np.linalg.inv(information)
