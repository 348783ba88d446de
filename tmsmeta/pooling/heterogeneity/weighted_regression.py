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
from math import log
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from tmsmeta.errors import InvalidInputError, Issue

Floats = NDArray[np.float64]
EQUAL = 4 * float(np.finfo(float).eps)  # estimates nearer than this share of their size are equal but for rounding
ROUNDING = 64 * float(
    np.finfo(float).eps
)  # residuals below this share of what they are the difference of are rounding errors
_NEARLY_DEPENDENT = 1e-9  # singular value of columns of unit length below which six digits of a coefficient are lost
_FEW = 100  # studies up to which a k x k matrix per value of tau2 is held in memory


class Sums(NamedTuple):
    """The quantities of the module docstring at one or more values of tau2, each of the shape of tau2."""

    q: Floats
    a: Floats
    c: Floats
    tr_p: Floats
    tr_pp: Floats
    sum_w: Floats
    sum_w2: Floats


class Ordinary(NamedTuple):
    """What ordinary least squares leaves, with M = I - X (X'X)^-1 X' and V = diag(v).

    Attributes:
        squares: y'M y, the residual sum of squares.
        trace_mv: trace(M V).
        trace_mvmv: trace(M V M V).
    """

    squares: float
    trace_mv: float
    trace_mvmv: float


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
    v_min: float

    @property
    def k(self) -> int: ...

    @property
    def p(self) -> int: ...

    @property
    def at_zero(self) -> Sums: ...

    def sums(self, tau2: Floats | float) -> Sums: ...

    def fit(self, tau2: float) -> WeightedFit: ...

    def ordinary(self) -> Ordinary: ...

    def trace_pv(self, tau2: float) -> tuple[float, float]: ...

    def log_determinants(self, tau2: float) -> tuple[float, float]: ...

    def scaled(self, factor: float) -> WeightedModel: ...


class _Weighted(NamedTuple):
    """Weights (k,) or (k, n) for n values of tau2, their sum with and without the largest, and residuals."""

    w: Floats
    total: Floats
    others: Floats
    shift: Floats
    residuals: Floats


class InterceptModel:
    """One common mean: X is a column of ones.

    Sums are taken around the study with the largest weight, whose own share in P would otherwise be the
    difference of two nearly equal numbers when variances span many orders of magnitude.

    Args:
        y: estimates, shape (k,).
        v: sampling variances, shape (k,).
        q_centre: what Q at tau2 = 0 is taken around, where it is not the inverse-variance mean. The other sums, and
            Q at other values of tau2, are not touched by it.
    """

    p = 1

    def __init__(self, y: Floats, v: Floats, q_centre: float | None = None) -> None:
        self.y, self.v, self.k = y, v, len(y)
        self._q_centre = q_centre
        self._top = int(v.argmin())
        self.v_min = float(v[self._top])
        self._shifted = from_one(y, self._top)
        self._ones = np.ones(self.k)
        self._others = self._ones.copy()
        self._others[self._top] = 0.0
        self._last: tuple[float, _Weighted] | None = None

    def scaled(self, factor: float) -> InterceptModel:
        """The same data in other units: estimates times `factor`, variances times its square."""
        return InterceptModel(self.y * factor, self.v * factor * factor)

    @cached_property
    def at_zero(self) -> Sums:
        """The sums at tau2 = 0, that is at fixed-effect weights."""
        sums = self.sums(0.0)
        if self._q_centre is None:
            return sums
        return sums._replace(q=np.asarray((self.y - self._q_centre) ** 2 @ (1 / self.v)))

    def _weigh(self, tau2: Floats | float) -> _Weighted:
        """The weights at `tau2`, a number or shape (n,); those at the last number asked for are kept."""
        if isinstance(tau2, np.ndarray) and tau2.ndim:
            return self._weigh_by(1.0 / (self.v[:, None] + tau2), self._shifted[:, None])
        tau2 = float(tau2)
        last = self._last  # read and written at one stroke each: threads that share a result share this, too
        if last is None or last[0] != tau2:
            last = self._last = tau2, self._weigh_by(1.0 / (self.v + tau2), self._shifted)
        return last[1]

    def _weigh_by(self, w: Floats, y: Floats) -> _Weighted:
        # products with a vector of ones: for few studies several times as fast as numpy's own sums
        others = self._others.dot(w)
        total = w[self._top] + others
        shift = self._shifted.dot(w) / total
        return _Weighted(w, total, others, shift, y - shift)

    def _dot(self, x: Floats, y: Floats) -> Floats:
        """Sum of x * y over the studies."""
        return x.dot(y) if x.ndim == 1 else self._ones.dot(x * y)

    def _pairs(self, x: Floats) -> Floats:
        """Sum over i != j of x_i x_j, accurate also where the study with the largest weight dwarfs the rest."""
        others = self._others.dot(x)
        return 2.0 * x[self._top] * others + (others * others - self._others.dot(x * x))

    def _rest(self, weighted: _Weighted) -> Floats:
        """1 - w / sum(w), the diagonal of P divided by the weights."""
        rest: Floats = 1.0 - weighted.w / weighted.total
        rest[self._top] = weighted.others / weighted.total
        return rest

    def sums(self, tau2: Floats | float) -> Sums:
        weighted = self._weigh(tau2)
        w, total, _, _, r = weighted
        wr = w * r
        # P u for u = P y = w r is w (u - weighted mean of u)
        centred = wr - self._dot(w, wr) / total
        rest, w2 = self._rest(weighted), w * w
        diagonal = w * rest
        return Sums(
            q=self._dot(wr, r),
            a=self._dot(wr, wr),
            c=self._dot(w * centred, centred),
            tr_p=self._ones.dot(diagonal),
            tr_pp=self._dot(diagonal, diagonal) + self._pairs(w2) / (total * total),
            sum_w=total,
            sum_w2=self._ones.dot(w2),
        )

    def fit(self, tau2: float) -> WeightedFit:
        w, total, _, shift, residuals = self._weigh(tau2)
        return WeightedFit(np.array([self.y[self._top] + shift]), np.array([[1.0 / total]]), w, residuals)

    def ordinary(self) -> Ordinary:
        """Residuals of ordinary least squares; M = I - 11'/k."""
        k = self.k
        residuals = self._shifted - self._ones.dot(self._shifted) / k
        total = float(self._ones.dot(self.v))
        mvmv = (1.0 - 2.0 / k) * float(self.v.dot(self.v)) + (total / k) ** 2
        return Ordinary(float(residuals.dot(residuals)), (1.0 - 1.0 / k) * total, mvmv)

    def trace_pv(self, tau2: float) -> tuple[float, float]:
        """trace(P V) and trace(P V P V) at weights 1 / (v + tau2), where V = diag(v)."""
        weighted = self._weigh(tau2)
        diagonal = weighted.w * self.v * self._rest(weighted)
        pairs = self._pairs(weighted.w**2 * self.v) / weighted.total**2
        return float(self._ones.dot(diagonal)), float(diagonal.dot(diagonal) + pairs)

    def log_determinants(self, tau2: float) -> tuple[float, float]:
        """log|X'WX| and log|X'X|."""
        return log(self._weigh(tau2).total), log(self.k)


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
        if not independent(x):
            message = "must have linearly independent columns; leave out a moderator that the others determine."
            raise InvalidInputError(Issue(None, "design matrix", f"rank {np.linalg.matrix_rank(x)}", message))
        self.y, self.v, self.x, (self.k, self.p) = y, v, x, x.shape
        self.v_min = float(v.min())

    def scaled(self, factor: float) -> DesignModel:
        """The same data in other units: estimates times `factor`, variances times its square."""
        return DesignModel(self.y * factor, self.v * factor * factor, self.x)

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
        tr_p = (w * (1.0 - (basis * basis).sum(axis=-1))).sum(axis=-1)
        return Sums(
            q=(py * self.y).sum(axis=-1),
            a=(py * py).sum(axis=-1),
            c=(py * ppy).sum(axis=-1),
            tr_p=tr_p,
            tr_pp=self._trace_pp(w, basis, tr_p),
            sum_w=w.sum(axis=-1),
            sum_w2=(w * w).sum(axis=-1),
        )

    def _trace_pp(self, w: Floats, basis: Floats, tr_p: Floats) -> Floats:
        """trace(PP) as a sum of squares; for many studies from the leverages, which saves memory but costs digits."""
        across = np.swapaxes(basis, -1, -2)
        if self.k <= _FEW:
            root = np.sqrt(w)
            p = root[..., None] * (np.eye(self.k) - basis @ across) * root[..., None, :]
            return (p * p).sum(axis=(-1, -2))
        leverage = (basis * basis).sum(axis=-1)
        inner = across @ (w[..., None] * basis)
        found = (w * w * (1.0 - 2.0 * leverage)).sum(axis=-1) + (inner * inner).sum(axis=(-1, -2))
        return np.maximum(found, tr_p * tr_p / (self.k - self.p))  # Cauchy-Schwarz: P has rank k - p

    def fit(self, tau2: float) -> WeightedFit:
        w = 1.0 / (self.v + tau2)
        root = np.sqrt(w)
        basis, triangle = np.linalg.qr(root[:, None] * self.x)
        beta = np.linalg.solve(triangle, basis.T @ (root * self.y))
        inverse = np.linalg.inv(triangle)
        return WeightedFit(beta, inverse @ inverse.T, w, residuals_of(self.y, self.x, beta))

    def ordinary(self) -> Ordinary:
        """Residuals of ordinary least squares."""
        basis = np.linalg.qr(self.x)[0]
        residuals = _project_out(basis, self.y)
        leverages = (basis * basis).sum(axis=-1)
        inner = basis.T @ (self.v[:, None] * basis)
        mvmv = float((self.v**2 * (1 - 2 * leverages)).sum() + (inner * inner).sum())
        return Ordinary(float(residuals @ residuals), float(self.v @ (1 - leverages)), mvmv)

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


def independent(x: Floats) -> bool:
    """Whether no column of a matrix (k, p) is a linear combination of the others, nor so near to one that
    coefficients would have fewer than six right digits; units of the columns do not matter."""
    if not 0 < x.shape[1] <= x.shape[0]:
        return not x.shape[1]
    length = np.sqrt((x * x).sum(axis=0))
    values = np.linalg.svd(x / np.where(length > 0, length, 1.0), compute_uv=False)
    return bool(values[-1] > _NEARLY_DEPENDENT * values[0])


def from_one(y: Floats, at: int) -> Floats:
    """Estimates counted from one of them; exactly 0 for all where they are equal but for rounding."""
    shifted: Floats = y - y[at]
    equal = EQUAL * abs(y[at])
    if abs(shifted[at - 1]) > equal:  # a neighbour that differs spares the look at the others
        return shifted
    return np.zeros_like(shifted) if np.abs(shifted).max() <= equal else shifted


def residuals_of(y: Floats, x: Floats, beta: Floats) -> Floats:
    """y - x beta; exactly 0 for all where they are no more than the rounding errors of y and of the terms of x beta.

    An exact fit leaves standard errors of 0, which are said to be so, instead of some that rounding made up.
    """
    residuals: Floats = y - x @ beta
    reach = np.abs(y) + np.abs(x) @ np.abs(beta)
    return np.zeros_like(residuals) if (np.abs(residuals) <= ROUNDING * reach).all() else residuals


def _project_out(basis: Floats, z: Floats) -> Floats:
    """z minus its projection on the columns of `basis`, over leading axes."""
    inside = np.swapaxes(basis, -1, -2) @ z[..., None]
    return z - (basis @ inside)[..., 0]
