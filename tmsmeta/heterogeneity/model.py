"""The weighted model y = X b + u + e, and the few sums of it that every tau2 estimator is made of.

With weights w_i = 1 / (v_i + tau2), W = diag(w) and P = W - W X (X'WX)^-1 X'W, the quantities are::

    q     = y'P y                  weighted residual sum of squares (Cochran's Q at tau2 = 0)
    a     = y'P P y                minus the derivative of q
    c     = y'P P P y              half the second derivative of q
    tr_p  = trace(P)               minus the derivative of log|V + tau2| + log|X'WX|
    tr_pp = trace(P P)             minus the derivative of tr_p

q, a, c, tr_p and tr_pp all decrease in tau2, which the solvers use to prove that they found every root.
Notation as in Harville, J Am Stat Assoc 1977;72:320, and Viechtbauer, J Educ Behav Stat 2005;30:261.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from tmsmeta.errors import InvalidInputError, Issue

Floats = NDArray[np.float64]


class Sums(NamedTuple):
    """The quantities of the module docstring at one or more values of tau2, each of the shape of tau2."""

    q: Floats
    a: Floats
    c: Floats
    tr_p: Floats
    tr_pp: Floats
    sum_w: Floats
    sum_w2: Floats


class WeightedFit(NamedTuple):
    """The fit at one value of tau2: coefficients (p,), their covariance per unit weight (p, p), and more."""

    beta: Floats
    covariance: Floats
    weights: Floats
    residuals: Floats


class WeightedModel(Protocol):
    """What the estimators ask of a model; satisfied by :class:`InterceptModel` and :class:`DesignModel`."""

    y: Floats
    v: Floats

    @property
    def k(self) -> int: ...

    @property
    def p(self) -> int: ...

    @property
    def at_zero(self) -> Sums: ...

    def sums(self, tau2: Floats | float) -> Sums: ...

    def fit(self, tau2: float) -> WeightedFit: ...

    def unweighted(self) -> tuple[float, Floats]: ...

    def trace_pv(self, tau2: float) -> tuple[float, float]: ...

    def log_determinants(self, tau2: float) -> tuple[float, float]: ...


class InterceptModel:
    """One common mean: X is a column of ones.

    Sums are taken around the study with the largest weight, whose own share in P would otherwise be the
    difference of two nearly equal numbers when variances span many orders of magnitude.

    Args:
        y: estimates, shape (k,).
        v: sampling variances, shape (k,).
    """

    p = 1

    def __init__(self, y: Floats, v: Floats) -> None:
        self.y, self.v = y, v
        self._top = int(v.argmin())
        self._shifted = y - y[self._top]

    @property
    def k(self) -> int:
        return len(self.y)

    @cached_property
    def at_zero(self) -> Sums:
        """The sums at tau2 = 0, that is at fixed-effect weights."""
        return self.sums(0.0)

    def _parts(self, tau2: Floats | float) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Weights, their sum, residuals, 1 - w / sum(w), and weights without the largest; last axis over studies."""
        w = 1.0 / (self.v + tau2) if isinstance(tau2, float) else 1.0 / (self.v + np.asarray(tau2)[..., None])
        total = np.add.reduce(w, axis=-1, keepdims=True)
        residuals = self._shifted - (w @ self._shifted)[..., None] / total
        others = w.copy()
        others[..., self._top] = 0.0
        rest = 1.0 - w / total
        rest[..., self._top] = np.add.reduce(others, axis=-1) / total[..., 0]
        return w, total, residuals, rest, others

    def sums(self, tau2: Floats | float) -> Sums:
        w, total, r, rest, others = self._parts(tau2)
        wr = w * r
        diagonal = w * rest
        # P u for u = P y = w r is w (u - weighted mean of u)
        centred = wr - _dot(w, wr)[..., None] / total
        others2 = others * others
        square = total[..., 0] ** 2
        return Sums(
            q=_dot(wr, r),
            a=_dot(wr, wr),
            c=_dot(w * centred, centred),
            tr_p=np.add.reduce(diagonal, axis=-1),
            tr_pp=_dot(diagonal, diagonal) + self._pairs(others2, w[..., self._top] ** 2) / square,
            sum_w=total[..., 0],
            sum_w2=_dot(w, w),
        )

    @staticmethod
    def _pairs(others: Floats, top: Floats) -> Floats:
        """Sum over i != j of x_i x_j, where `top` is the largest x and `others` holds the rest (0 in its place)."""
        total = np.add.reduce(others, axis=-1)
        pairs: Floats = 2.0 * top * total + (total * total - _dot(others, others))
        return pairs

    def fit(self, tau2: float) -> WeightedFit:
        w = 1.0 / (self.v + tau2)
        total = w.sum()
        shift = (w @ self._shifted) / total
        mean = np.array([self.y[self._top] + shift])
        return WeightedFit(mean, np.array([[1.0 / total]]), w, self._shifted - shift)

    def unweighted(self) -> tuple[float, Floats]:
        """Residual sum of squares of ordinary least squares, and the leverages (k,)."""
        residuals = self._shifted - self._shifted.mean()
        return float(residuals @ residuals), np.full(self.k, 1.0 / self.k)

    def trace_pv(self, tau2: float) -> tuple[float, float]:
        """trace(P V) and trace(P V P V) at weights 1 / (v + tau2), where V = diag(v)."""
        w, total, _, rest, others = self._parts(tau2)
        diagonal = w * self.v * rest
        x = w * w * self.v
        others_x = others * others * self.v
        pairs = self._pairs(others_x, x[self._top]) / total[0] ** 2
        return float(diagonal.sum()), float((diagonal * diagonal).sum() + pairs)

    def log_determinants(self, tau2: float) -> tuple[float, float]:
        """log|X'WX| and log|X'X|."""
        return float(np.log((1.0 / (self.v + tau2)).sum())), float(np.log(self.k))


class DesignModel:
    """The general model with a design matrix, solved by QR of W^(1/2) X.

    Args:
        y: estimates, shape (k,).
        v: sampling variances, shape (k,).
        x: design matrix of full column rank, shape (k, p), p < k.

    Raises:
        InvalidInputError: if the columns of `x` are linearly dependent.
    """

    def __init__(self, y: Floats, v: Floats, x: Floats) -> None:
        if np.linalg.matrix_rank(x) < x.shape[1]:
            message = "must have linearly independent columns; leave out a moderator that the others determine."
            raise InvalidInputError(Issue(None, "design matrix", f"rank {np.linalg.matrix_rank(x)}", message))
        self.y, self.v, self.x = y, v, x

    @property
    def k(self) -> int:
        return len(self.y)

    @property
    def p(self) -> int:
        return int(self.x.shape[1])

    @cached_property
    def at_zero(self) -> Sums:
        """The sums at tau2 = 0, that is at fixed-effect weights."""
        return self.sums(0.0)

    def _basis(self, tau2: Floats | float) -> tuple[Floats, Floats, Floats]:
        """Weights (..., k), orthonormal basis of W^(1/2) X (..., k, p), and P y (..., k)."""
        w = 1.0 / (self.v + np.asarray(tau2, dtype=float)[..., None])
        root = np.sqrt(w)
        basis = np.linalg.qr(root[..., None] * self.x)[0]
        return w, basis, root * _project_out(basis, root * self.y)

    def sums(self, tau2: Floats | float) -> Sums:
        w, basis, py = self._basis(tau2)
        root = np.sqrt(w)
        ppy = root * _project_out(basis, root * py)
        leverage = (basis * basis).sum(axis=-1)
        inner = np.swapaxes(basis, -1, -2) @ (w[..., None] * basis)
        return Sums(
            q=(py * self.y).sum(axis=-1),
            a=(py * py).sum(axis=-1),
            c=(py * ppy).sum(axis=-1),
            tr_p=(w * (1.0 - leverage)).sum(axis=-1),
            tr_pp=(w * w * (1.0 - 2.0 * leverage)).sum(axis=-1) + (inner * inner).sum(axis=(-1, -2)),
            sum_w=w.sum(axis=-1),
            sum_w2=(w * w).sum(axis=-1),
        )

    def fit(self, tau2: float) -> WeightedFit:
        w = 1.0 / (self.v + tau2)
        root = np.sqrt(w)
        basis, triangle = np.linalg.qr(root[:, None] * self.x)
        beta = np.linalg.solve(triangle, basis.T @ (root * self.y))
        inverse = np.linalg.inv(triangle)
        return WeightedFit(beta, inverse @ inverse.T, w, self.y - self.x @ beta)

    def unweighted(self) -> tuple[float, Floats]:
        """Residual sum of squares of ordinary least squares, and the leverages (k,)."""
        basis = np.linalg.qr(self.x)[0]
        residuals = _project_out(basis, self.y)
        leverages: Floats = (basis * basis).sum(axis=-1)
        return float(residuals @ residuals), leverages

    def trace_pv(self, tau2: float) -> tuple[float, float]:
        """trace(P V) and trace(P V P V) at weights 1 / (v + tau2), where V = diag(v)."""
        w, basis, _ = self._basis(tau2)
        wv = w * self.v
        leverage = (basis * basis).sum(axis=-1)
        inner = basis.T @ (wv[:, None] * basis)
        second = (wv * wv * (1.0 - 2.0 * leverage)).sum() + (inner * inner).sum()
        return float((wv * (1.0 - leverage)).sum()), float(second)

    def log_determinants(self, tau2: float) -> tuple[float, float]:
        """log|X'WX| and log|X'X|."""
        root = np.sqrt(1.0 / (self.v + tau2))
        weighted = np.linalg.slogdet((root[:, None] * self.x).T @ (root[:, None] * self.x))[1]
        return float(weighted), float(np.linalg.slogdet(self.x.T @ self.x)[1])


def _dot(x: Floats, y: Floats) -> Floats:
    """Sum of x * y over the last axis."""
    product: Floats = x @ y if x.ndim == 1 else np.einsum("...i,...i->...", x, y)
    return product


def _project_out(basis: Floats, z: Floats) -> Floats:
    """z minus its projection on the columns of `basis`, over leading axes."""
    inside = np.swapaxes(basis, -1, -2) @ z[..., None]
    outside: Floats = z - (basis @ inside)[..., 0]
    return outside
