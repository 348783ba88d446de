"""Every comparison within a trial, and the independent contrasts that say the same.

A trial with p arms says p - 1 independent things. :class:`IndependentContrasts` writes them as contrasts of its arms
that are uncorrelated within the trial and stay so for every tau2, so that a network with multi-arm trials is a weighted
regression with a diagonal weight matrix:

* The variances of the p(p-1)/2 differences of a trial, as a matrix R with zero diagonal, give the covariance of its
  centred arm effects, G = -J R J / 2 with the centring matrix J.
* Between-study variance tau2 with correlation 0.5 between the comparisons of a trial (Higgins & Whitehead, Stat Med
  1996;15:2733) adds tau2 to each element of R, hence tau2/2 J to G, which leaves the eigenvectors alone.
* An eigenvector u with eigenvalue l gives the row sqrt(2) u with variance 2l + tau2.

For two arms this is the plain difference with its variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.words.arguments import answerable

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

DENSE_CELLS = 1_000_000
"""Design matrices up to this many cells are kept dense: below it dense algebra is faster."""


class Pairs(NamedTuple):
    """Every comparison of every trial: ``y`` estimates treatment ``i`` against treatment ``j``.

    All arrays have shape (m,); ``study``, ``i`` and ``j`` are indices, ``y`` and ``variance`` are on the scale of
    the measure (ratios logged), and a trial with p arms fills p(p-1)/2 places.
    """

    study: Integers
    i: Integers
    j: Integers
    y: Floats
    variance: Floats


@dataclass(frozen=True, eq=False)
class IndependentContrasts:
    """The rows of the regression: ``z[r] = sum(value * theta[treatment]) + error`` with variance ``d[r] + tau2``.

    Attributes:
        study: trial of each row, shape (N,).
        z: the contrast seen, shape (N,).
        d: its sampling variance, shape (N,).
        row, treatment, value: the non-zero cells of the design matrix (N, n), each of shape (nnz,).
        n_treatments: n.
    """

    study: Integers
    z: Floats
    d: Floats
    row: Integers
    treatment: Integers
    value: Floats
    n_treatments: int

    @property
    def is_small(self) -> bool:
        """Whether dense algebra is the better choice."""
        return len(self.z) * self.n_treatments <= DENSE_CELLS

    @cached_property
    def dense(self) -> Floats:
        """The design matrix, shape (N, n)."""
        x = np.zeros((len(self.z), self.n_treatments))
        x[self.row, self.treatment] = self.value
        return x

    @cached_property
    def _first_cell(self) -> Integers:
        """Where the cells of each row begin, and where those of the last one end, shape (N + 1,)."""
        return np.concatenate([[0], np.cumsum(np.bincount(self.row, minlength=len(self.z)))])

    def by_width(self) -> list[Integers]:
        """The rows, by the number of their cells."""
        width = np.diff(self._first_cell)
        return [np.flatnonzero(width == p) for p in np.unique(width)]

    def cells(self, at: Integers) -> tuple[Integers, Floats]:
        """Treatments and values of rows with p cells each, shapes (m, p)."""
        start, end = self._first_cell[at[0]], self._first_cell[at[0] + 1]
        where = self._first_cell[at][:, None] + np.arange(end - start)
        return self.treatment[where], self.value[where]

    def take(self, keep: NDArray[np.bool_]) -> IndependentContrasts:
        """The rows for which `keep`, shape (N,), is true."""
        cell = keep[self.row]
        return IndependentContrasts(
            study=self.study[keep],
            z=self.z[keep],
            d=self.d[keep],
            row=(np.cumsum(keep) - 1)[self.row[cell]],
            treatment=self.treatment[cell],
            value=self.value[cell],
            n_treatments=self.n_treatments,
        )


@answerable
def sums(codes: Integers, values: Any, size: int = 0) -> Floats:
    """Sum of `values` for each code, shape (at least `size`,).

    Args:
        codes: whole numbers from 0, shape (m,).
        values: a number for each of them, shape (m,).
        size: length of the result at least.

    Returns:
        The sums in the order of the codes.

    Raises:
        InvalidInputError: an argument of another kind.

    Example:
        >>> import numpy as np
        >>> import tmsmeta as tm
        >>> tm.networks.sums(np.array([0, 1, 0]), np.array([1.0, 2.0, 3.0])).tolist()
        [4.0, 2.0]
    """
    try:
        total: Floats = np.asarray(np.bincount(codes, weights=values, minlength=size), dtype=np.float64)
    except (TypeError, ValueError) as error:
        message = "must be whole numbers from 0, and as many numbers."
        raise InvalidInputError(Issue(None, "codes, values", type(values).__name__, message)) from error
    return total


def centred_covariance(variance: Floats) -> Floats:
    """Covariance of centred arm effects, shape (m, p, p), from the variances of all differences, shape (m, p, p)."""
    p = variance.shape[-1]
    by_row = variance.sum(axis=-1, keepdims=True) / p
    total = by_row.sum(axis=-2, keepdims=True) / p
    result: Floats = -(variance - by_row - np.swapaxes(by_row, -1, -2) + total) / 2
    return result


@lru_cache(maxsize=32)
def pairs_of(p: int) -> tuple[Integers, Integers]:
    """Both arms of each pair of `p` arms, each of shape (p(p-1)/2,)."""
    first, second = np.triu_indices(p, 1)
    return first, second


@lru_cache(maxsize=32)
def helmert(p: int) -> Floats:
    """Orthonormal contrasts of `p` arms, shape (p - 1, p)."""
    basis = np.tril(np.ones((p, p)), -1)[1:]
    basis[np.arange(p - 1), np.arange(1, p)] = -np.arange(1.0, p)
    result: Floats = basis / np.sqrt(np.arange(1, p) * np.arange(2, p + 1.0))[:, None]
    return result


def independent_contrasts(pairs: Pairs, arms_per_study: Integers, n_treatments: int) -> IndependentContrasts:
    """The independent contrasts of every trial, two-arm trials first."""
    size = arms_per_study[pairs.study]
    two = np.flatnonzero(size == 2)
    blocks = [_two_arm_block(pairs, two)] if len(two) else []
    blocks += [_multi_arm_block(pairs, size == p, p) for p in sorted(set(arms_per_study.tolist())) if p > 2]
    study, z, d, treatment, value, width = (list(column) for column in zip(*blocks, strict=True))
    per_row = np.repeat(width, [len(block) for block in z])
    return IndependentContrasts(
        study=np.concatenate(study),
        z=np.concatenate(z),
        d=np.concatenate(d),
        row=np.repeat(np.arange(len(per_row)), per_row),
        treatment=np.concatenate(treatment),
        value=np.concatenate(value),
        n_treatments=n_treatments,
    )


_Block = tuple[Integers, Floats, Floats, Integers, Floats, int]


def _two_arm_block(pairs: Pairs, at: Integers) -> _Block:
    treatment = np.column_stack([pairs.i[at], pairs.j[at]]).ravel()
    return pairs.study[at], pairs.y[at], pairs.variance[at], treatment, np.tile([1.0, -1.0], len(at)), 2


def _multi_arm_block(pairs: Pairs, mask: NDArray[np.bool_], p: int) -> _Block:
    study, treatment, y, variance = square_blocks(pairs, mask, p)
    basis = helmert(p)
    values, vectors = np.linalg.eigh(basis @ centred_covariance(variance) @ basis.T)
    contrast = np.sqrt(2.0) * np.swapaxes(vectors, 1, 2) @ basis
    z = np.einsum("mrp,mp->mr", contrast, y.sum(axis=2) / p)
    cells = np.repeat(treatment, p - 1, axis=0)
    return np.repeat(study, p - 1), z.ravel(), 2 * values.ravel(), cells.ravel(), contrast.ravel(), p


def square_positions(
    pairs: Pairs, mask: NDArray[np.bool_], p: int
) -> tuple[Integers, Integers, Integers, Integers, Integers]:
    """Where the pairs of trials with `p` arms stand in p x p matrices.

    Returns:
        Pair indices (m, p(p-1)/2), trial (m,), treatments (m, p), and row and column of each pair.
    """
    chosen = np.flatnonzero(mask)
    at = chosen[np.argsort(pairs.study[chosen], kind="stable")].reshape(-1, p * (p - 1) // 2)
    i, j = pairs.i[at], pairs.j[at]
    treatment = np.sort(np.concatenate([i, j], axis=1), axis=1)[:, :: p - 1]
    at_i = (treatment[:, None, :] < i[:, :, None]).sum(axis=2)
    at_j = (treatment[:, None, :] < j[:, :, None]).sum(axis=2)
    return at, pairs.study[at[:, 0]], treatment, at_i, at_j


def square_blocks(pairs: Pairs, mask: NDArray[np.bool_], p: int) -> tuple[Integers, Integers, Floats, Floats]:
    """Trials with `p` arms as matrices: study (m,), treatment (m, p), and y and variance (m, p, p), row vs column."""
    at, study, treatment, at_i, at_j = square_positions(pairs, mask, p)
    trial = np.arange(len(at))[:, None]
    y, variance = np.zeros((len(at), p, p)), np.zeros((len(at), p, p))
    y[trial, at_i, at_j], y[trial, at_j, at_i] = pairs.y[at], -pairs.y[at]
    variance[trial, at_i, at_j] = variance[trial, at_j, at_i] = pairs.variance[at]
    return study, treatment, y, variance
