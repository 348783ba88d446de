"""Normal equations X' W X b = X' W z: dense for small designs and for stacks of data sets, sparse for large networks.

A network measures effects from its reference: the coefficient of a `ground` column is zero, and the equations are
those of the weighted Laplacian without its row and column. A network in several parts has one ground in each.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tmsmeta.networks.input.independent_contrasts import Floats, IndependentContrasts, Integers

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array
    from scipy.sparse.linalg import SuperLU

NO_GROUND: Integers = np.zeros(0, dtype=np.intp)
FILL = 12
"""With more non-zeros per column of the Laplacian than this, its factor fills up and dense Cholesky is faster."""
BLOCK = 256
"""Columns solved at a time by the sparse factor."""


class Equations(Protocol):
    """Normal equations at one set of weights, or, for a stack, at one set for each of B data sets."""

    @property
    def covariance(self) -> Floats:
        """Covariance of the coefficients, shape ([B,] c, c), zero for the grounds."""
        ...

    @property
    def log_det(self) -> float:
        """Logarithm of the determinant of the covariance without the grounds; not for stacks."""
        ...

    @property
    def inflation(self) -> float:
        """Largest variance of a coefficient times its precision were the others known; not for stacks.

        So many times the rounding errors of the equations are those of the coefficients.
        """
        ...

    def solve(self, values: Floats) -> Floats:
        """Coefficients for the right-hand side X' values, shape ([B,] c)."""
        ...

    def fitted(self, coefficients: Floats) -> Floats:
        """X b, shape ([B,] N)."""
        ...

    def row_variances(self) -> Floats:
        """x' C x for each row x of the design, the variance of its fitted value, shape ([B,] N)."""
        ...

    def gram(self, weights: Floats) -> Floats:
        """X' diag(weights) X as dense matrices, shape ([B,] c, c)."""
        ...

    def trace(self, weights: Floats) -> Floats:
        """Trace of C X' diag(weights) X, shape ([B])."""
        ...


class Matrix(Protocol):
    """A design matrix, to be weighted."""

    @property
    def rank(self) -> int:
        """Its rank."""
        ...

    @property
    def is_small(self) -> bool:
        """Whether solving it again and again costs little."""
        ...

    def weighted(self, weights: Floats) -> Equations:
        """The normal equations at `weights`, shape ([B,] N)."""
        ...


class DenseMatrix:
    """A design as an array (N, c), shared by all data sets, or (B, N, c); of full rank but for the `grounds`."""

    is_small = True

    def __init__(self, x: Floats, grounds: Integers = NO_GROUND) -> None:
        self.x, self.grounds = x, grounds

    @property
    def rank(self) -> int:
        return int(self.x.shape[-1]) - len(self.grounds)

    def weighted(self, weights: Floats) -> DenseEquations:
        return DenseEquations(self, weights)

    @cached_property
    def _products(self) -> Floats:
        """The outer product of every row with itself, flat: what makes the sums of a stack one matrix product."""
        return (self.x[:, :, None] * self.x[:, None, :]).reshape(len(self.x), -1)

    def gram(self, weights: Floats) -> Floats:
        x = self.x
        if x.ndim == 3:
            stacked: Floats = np.swapaxes(x, 1, 2) * weights[:, None, :] @ x
            return stacked
        if weights.ndim == 2:
            return (weights @ self._products).reshape(len(weights), x.shape[1], x.shape[1])
        single: Floats = (x.T * weights) @ x
        return single

    def inverse(self, gram: Floats) -> Floats:
        """Inverse of the normal equations; overwrites `gram`."""
        if len(self.grounds):
            # a large diagonal element grounds a treatment without copying rows about
            g, scale = self.grounds, np.einsum("...ii->...", gram) / gram.shape[-1]
            gram *= self._not_grounded
            gram[..., g, g] = (scale + (scale == 0))[..., None]
        inverse: Floats = np.asarray(np.linalg.inv(gram), dtype=np.float64)
        if len(self.grounds):
            inverse *= self._not_grounded
        return inverse

    @cached_property
    def kept(self) -> tuple[Integers, ...]:
        """Where a matrix (c, c) has the rows and columns of no ground."""
        kept = np.delete(np.arange(self.x.shape[-1]), self.grounds)
        return np.ix_(kept, kept)

    @cached_property
    def _not_grounded(self) -> Floats:
        """1 where neither row nor column is a ground, else 0, shape (c, c)."""
        kept = np.ones(self.x.shape[-1])
        kept[self.grounds] = 0.0
        return kept[:, None] * kept


class DenseEquations:
    """Normal equations with numpy arrays."""

    def __init__(self, matrix: DenseMatrix, weights: Floats) -> None:
        self._matrix, self._x = matrix, matrix.x
        self.gram = matrix.gram
        gram = matrix.gram(weights)
        self._alone: Floats = gram.diagonal(0, -2, -1).copy()
        self.covariance: Floats = matrix.inverse(gram)

    @property
    def inflation(self) -> float:
        return float((self.covariance.diagonal() * self._alone).max(initial=1.0))

    @property
    def log_det(self) -> float:
        return float(np.linalg.slogdet(self.covariance[self._matrix.kept])[1])

    def solve(self, values: Floats) -> Floats:
        right = values @ self._x if self._x.ndim == 2 else (values[:, None, :] @ self._x)[:, 0, :]
        coefficients: Floats = (self.covariance @ right[..., None])[..., 0]
        return coefficients

    def fitted(self, coefficients: Floats) -> Floats:
        if self._x.ndim == 2:
            return coefficients @ self._x.T
        stacked: Floats = (self._x @ coefficients[:, :, None])[:, :, 0]
        return stacked

    def row_variances(self) -> Floats:
        variances: Floats = ((self._x @ self.covariance) * self._x).sum(axis=-1)
        return variances

    def trace(self, weights: Floats) -> Floats:
        # for one data set the variances of the rows are cheaper than one more product of matrices
        if weights.ndim == 1:
            return weights @ self.row_variances()
        total: Floats = np.einsum("bij,bij->b", self.gram(weights), self.covariance)
        return total


class SparseMatrix:
    """The design of a large network, in compressed rows."""

    is_small = False

    def __init__(self, rows: IndependentContrasts, grounds: Integers) -> None:
        from scipy.sparse import csr_array

        pointer = np.concatenate([[0], np.cumsum(np.bincount(rows.row, minlength=len(rows.z)))])
        shape = (len(rows.z), rows.n_treatments)
        self.x: csr_array = csr_array((rows.value, rows.treatment, pointer), shape=shape)
        self.rows, self.grounds = rows, grounds
        self.kept = np.delete(np.arange(rows.n_treatments), grounds)

    @property
    def rank(self) -> int:
        return len(self.kept)

    def weighted(self, weights: Floats) -> SparseEquations:
        return SparseEquations(self, weights)

    def product(self, weights: Floats) -> csr_array:
        """X' diag(weights) X."""
        product: csr_array = (self.x.T * weights) @ self.x
        return product


class SparseEquations:
    """Normal equations with scipy.sparse; the covariance is worked out when it is first asked for."""

    def __init__(self, matrix: SparseMatrix, weights: Floats) -> None:
        self._matrix, self._kept = matrix, matrix.kept
        self._laplacian: csc_array = matrix.product(weights).tocsc()[self._kept][:, self._kept]

    @property
    def _fills_up(self) -> bool:
        return bool(self._laplacian.nnz > FILL * len(self._kept))

    @cached_property
    def _factor(self) -> SuperLU:
        from scipy.sparse.linalg import splu

        return splu(self._laplacian, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})

    @cached_property
    def covariance(self) -> Floats:
        n = self._matrix.rows.n_treatments
        inverse = np.zeros((n, n))
        inverse[np.ix_(self._kept, self._kept)] = self._dense_inverse() if self._fills_up else self._sparse_inverse()
        return inverse

    @property
    def log_det(self) -> float:
        return float(np.linalg.slogdet(self.covariance[np.ix_(self._kept, self._kept)])[1])

    @cached_property
    def _cholesky(self) -> Floats:
        from scipy.linalg.lapack import dpotrf

        factor: Floats = dpotrf(self._laplacian.toarray(order="F"), lower=1, overwrite_a=1)[0]
        return factor

    @property
    def inflation(self) -> float:
        # by the pivots: the least is of the last treatment of a part that hardly hangs together with the others
        pivots = self._cholesky.diagonal() ** 2 if self._fills_up else self._factor.U.diagonal()[self._factor.perm_c]
        return float((self._laplacian.diagonal() / pivots).max(initial=1.0))

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

    def solve(self, values: Floats) -> Floats:
        right = (self._matrix.x.T @ values)[self._kept]
        coefficients = np.zeros(self._matrix.rows.n_treatments)
        if self._fills_up:
            from scipy.linalg.lapack import dpotrs

            coefficients[self._kept] = dpotrs(self._cholesky, right, lower=1)[0]
        else:
            coefficients[self._kept] = self._factor.solve(right)
        return coefficients

    def fitted(self, coefficients: Floats) -> Floats:
        values: Floats = self._matrix.x @ coefficients
        return values

    def row_variances(self) -> Floats:
        rows, c = self._matrix.rows, self.covariance
        result = np.zeros(len(rows.z))
        for at in rows.by_width():
            for block in np.array_split(at, len(at) // 65536 + 1):
                t, v = rows.cells(block)
                result[block] = np.einsum("rp,rpq,rq->r", v, c[t[:, :, None], t[:, None, :]], v)
        return result

    def gram(self, weights: Floats) -> Floats:
        product: Floats = self._matrix.product(weights).toarray()
        return product

    def trace(self, weights: Floats) -> Floats:
        product = self._matrix.product(weights).tocoo()
        total: Floats = product.data @ self.covariance[product.row, product.col]
        return total
