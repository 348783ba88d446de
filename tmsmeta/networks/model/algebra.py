"""Weighted least squares on the rows of a network: dense for small networks, sparse for large ones.

Treatment effects are measured from the reference, whose effect is zero, so that the normal equations are those of
the network's weighted Laplacian without the row and column of the reference.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tmsmeta.networks.input.data import Floats, Rows

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array
    from scipy.sparse.linalg import SuperLU

FILL = 12
"""With more non-zeros per column of the Laplacian than this, its factor fills up and dense Cholesky is faster."""
BLOCK = 256
"""Columns solved at a time by the sparse factor."""


class System(Protocol):
    """The normal equations at one set of weights."""

    @property
    def covariance(self) -> Floats:
        """Covariance of the treatment effects against the reference, shape (n, n), zero for the reference itself."""
        ...

    def solve(self, right: Floats) -> Floats:
        """Effects, shape (n,), for the right-hand side X' W z, shape (n,)."""
        ...

    def forward(self, theta: Floats) -> Floats:
        """X theta, shape (N,)."""
        ...

    def backward(self, values: Floats) -> Floats:
        """X' values, shape (n,)."""
        ...

    def row_variances(self) -> Floats:
        """x' C x for each row x of the design, shape (N,): the variance of the row's fitted value."""
        ...

    def gram(self, weights: Floats) -> Floats:
        """X' diag(weights) X as a dense matrix, shape (n, n)."""
        ...


class DenseSystem:
    """Normal equations with dense numpy arrays."""

    def __init__(self, rows: Rows, weights: Floats, ground: int) -> None:
        self._x, self._ground = rows.dense, ground
        self.covariance: Floats = self._invert(self.gram(weights))

    def _invert(self, laplacian: Floats) -> Floats:
        g = self._ground
        # a large diagonal element grounds the reference without copying rows about
        scale = float(laplacian.diagonal().mean())
        laplacian[g, :] = 0.0
        laplacian[:, g] = 0.0
        laplacian[g, g] = scale
        inverse: Floats = np.asarray(np.linalg.inv(laplacian), dtype=np.float64)
        inverse[g, g] = 0.0
        return inverse

    def solve(self, right: Floats) -> Floats:
        theta: Floats = self.covariance @ right
        return theta

    def forward(self, theta: Floats) -> Floats:
        fitted: Floats = self._x @ theta
        return fitted

    def backward(self, values: Floats) -> Floats:
        right: Floats = values @ self._x
        return right

    def row_variances(self) -> Floats:
        product: Floats = ((self._x @ self.covariance) * self._x).sum(axis=1)
        return product

    def gram(self, weights: Floats) -> Floats:
        product: Floats = (self._x.T * weights) @ self._x
        return product


class SparseSystem:
    """Normal equations with scipy.sparse; the covariance is worked out when it is first asked for."""

    def __init__(self, rows: Rows, weights: Floats, ground: int) -> None:
        self._rows, self._ground = rows, ground
        self._x = sparse_design(rows)
        n = rows.n_treatments
        self._kept = np.delete(np.arange(n), ground)
        product = (self._x.T * weights) @ self._x
        self._laplacian: csc_array = product.tocsc()[self._kept][:, self._kept]

    @property
    def _fills_up(self) -> bool:
        return bool(self._laplacian.nnz > FILL * len(self._kept))

    @cached_property
    def _factor(self) -> SuperLU:
        from scipy.sparse.linalg import splu

        return splu(self._laplacian, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})

    @cached_property
    def covariance(self) -> Floats:
        n = self._rows.n_treatments
        inverse = np.zeros((n, n))
        inverse[np.ix_(self._kept, self._kept)] = self._dense_inverse() if self._fills_up else self._sparse_inverse()
        return inverse

    @cached_property
    def _cholesky(self) -> Floats:
        from scipy.linalg.lapack import dpotrf

        factor: Floats = dpotrf(self._laplacian.toarray(order="F"), lower=1, overwrite_a=1)[0]
        return factor

    def _dense_inverse(self) -> Floats:
        from scipy.linalg.lapack import dpotri

        # the factor's upper triangle is zero and stays so, which makes filling it a plain sum
        lower: Floats = dpotri(self._cholesky, lower=1)[0]
        inverse: Floats = lower + lower.T
        inverse[np.diag_indices_from(inverse)] /= 2
        return inverse

    def _sparse_inverse(self) -> Floats:
        m = len(self._kept)
        inverse = np.empty((m, m))
        for start in range(0, m, BLOCK):
            unit = np.zeros((m, min(BLOCK, m - start)))
            unit[start + np.arange(unit.shape[1]), np.arange(unit.shape[1])] = 1.0
            inverse[:, start : start + unit.shape[1]] = self._factor.solve(unit)
        return inverse

    def solve(self, right: Floats) -> Floats:
        theta = np.zeros(self._rows.n_treatments)
        if self._fills_up:
            from scipy.linalg.lapack import dpotrs

            theta[self._kept] = dpotrs(self._cholesky, right[self._kept], lower=1)[0]
        else:
            theta[self._kept] = self._factor.solve(right[self._kept])
        return theta

    def forward(self, theta: Floats) -> Floats:
        fitted: Floats = self._x @ theta
        return fitted

    def backward(self, values: Floats) -> Floats:
        right: Floats = self._x.T @ values
        return right

    def row_variances(self) -> Floats:
        rows, c = self._rows, self.covariance
        result = np.zeros(len(rows.z))
        width = np.bincount(rows.row)
        start = np.concatenate([[0], np.cumsum(width)[:-1]])
        for p in np.unique(width):
            at = np.flatnonzero(width == p)
            for block in np.array_split(at, len(at) // 65536 + 1):
                cells = start[block][:, None] + np.arange(p)
                t, v = rows.treatment[cells], rows.value[cells]
                result[block] = np.einsum("rp,rpq,rq->r", v, c[t[:, :, None], t[:, None, :]], v)
        return result

    def gram(self, weights: Floats) -> Floats:
        product: Floats = ((self._x.T * weights) @ self._x).toarray()
        return product


def sparse_design(rows: Rows) -> csr_array:
    """The design matrix (N, n) in compressed row form."""
    from scipy.sparse import csr_array

    pointer = np.concatenate([[0], np.cumsum(np.bincount(rows.row, minlength=len(rows.z)))])
    return csr_array((rows.value, rows.treatment, pointer), shape=(len(rows.z), rows.n_treatments))


def system(rows: Rows, weights: Floats, ground: int) -> System:
    """The normal equations of `rows` at `weights`, with the effect of treatment `ground` set to zero."""
    return DenseSystem(rows, weights, ground) if rows.is_small else SparseSystem(rows, weights, ground)
