"""Weighted regression of the rows of a network on any columns: components, covariates.

For small designs that need not have full rank; the network itself is fitted by :mod:`tmsmeta.networks.model.model`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tmsmeta.networks.input.data import Floats


@dataclass(frozen=True, eq=False)
class Regression:
    """A weighted regression with between-study variance.

    Attributes:
        coefficients: least-squares solution of smallest norm, shape (c,).
        covariance: pseudo-inverse of X' W X, shape (c, c).
        tau2: between-study variance used.
        q, q_df: weighted residual sum of squares at tau2 = 0, and N minus the rank of X.
        identified: projector onto the row space of X, shape (c, c): a combination v of coefficients can be
            estimated if v times it is v.
    """

    coefficients: Floats
    covariance: Floats
    tau2: float
    q: float
    q_df: int
    identified: Floats

    def estimable(self, combinations: Floats) -> Floats:
        """Which rows of `combinations`, shape (m, c), the data identify: booleans of shape (m,)."""
        miss = np.abs(combinations @ self.identified - combinations).max(axis=1, initial=0.0)
        result: Floats = miss < 1e-8
        return result

    def contrasts(self, combinations: Floats) -> tuple[Floats, Floats]:
        """Estimate and standard error of each row of `combinations`, NaN where the data do not identify it."""
        known = self.estimable(combinations)
        variance = np.einsum("mc,cd,md->m", combinations, self.covariance, combinations)
        estimate = combinations @ self.coefficients
        return np.where(known, estimate, np.nan), np.where(known, np.sqrt(np.maximum(variance, 0.0)), np.nan)


def regress(x: Floats, z: Floats, d: Floats, tau2: str | float) -> Regression:
    """Regress z, shape (N,), on x, shape (N, c), with variances d + tau2.

    `tau2` is ``FE``, ``DL`` (method of moments), or the variance itself.
    """
    scale = np.linalg.norm(x, axis=0)
    scale[scale == 0] = 1.0
    _, singular, vectors = np.linalg.svd(x / scale, full_matrices=False)
    rank = int((singular > 1e-10 * singular.max(initial=1e-300)).sum())
    # on the unscaled columns: the row space is what the scaled one becomes when the scale is put back
    basis = np.linalg.qr((vectors[:rank] * scale).T)[0]
    q, df, moment = _common(x, z, d, basis)
    if not isinstance(tau2, str):
        variance = float(tau2)
    else:
        variance = max(0.0, (q - df) / moment) if tau2 == "DL" and df > 0 else 0.0
    covariance, beta = _solve(x, z, d + variance, basis)
    return Regression(beta, covariance, variance, q, df, basis @ basis.T)


def _solve(x: Floats, z: Floats, variance: Floats, basis: Floats) -> tuple[Floats, Floats]:
    reduced, w = x @ basis, 1.0 / variance
    inner = np.linalg.inv((reduced.T * w) @ reduced) if basis.shape[1] else np.zeros((0, 0))
    covariance: Floats = basis @ inner @ basis.T
    return covariance, covariance @ (x.T @ (w * z))


def _common(x: Floats, z: Floats, d: Floats, basis: Floats) -> tuple[float, int, float]:
    covariance, beta = _solve(x, z, d, basis)
    w = 1.0 / d
    leverage = np.einsum("rc,cd,rd->r", x, covariance, x)
    return float(w @ (z - x @ beta) ** 2), len(z) - basis.shape[1], float(w.sum() - w**2 @ leverage)
