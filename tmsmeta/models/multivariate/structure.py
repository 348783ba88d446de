"""Between-study matrices and the free parameters behind them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import Floats

StructureName = Literal["unstructured", "compound", "diagonal"]
STRUCTURES: tuple[StructureName, ...] = get_args(StructureName)


@cache
def _lower(p: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where the entries of a lower triangle stand."""
    return np.tril_indices(p)


@dataclass(frozen=True)
class Structure:
    """The between-study covariance of p outcomes as a smooth function of free parameters.

    ``unstructured``: G = L L' with any lower triangle L. ``compound``: one variance, one correlation between -1/(p-1)
    and 1. ``diagonal``: a variance for each outcome, no correlation. The parameters are square roots of variances, so
    that the boundary (a variance of 0, a correlation of 1) is an ordinary point and no step can leave the matrices
    that exist. With `correlation` the variances of an ``unstructured`` matrix are free and every correlation is held
    there.
    """

    name: StructureName
    p: int
    correlation: float | None = None

    def matrix(self, theta: Floats) -> Floats:
        """The between-study matrix, shape (p, p)."""
        if self._held is not None:
            sd = self._sd(theta)
            return self._held * np.outer(sd, sd)
        if self.name == "unstructured":
            root = self._root(theta)
            return root @ root.T
        same, apart = self._projections()
        return theta[0] ** 2 * same + theta[1] ** 2 * apart

    def chain(self, theta: Floats, slope: Floats) -> Floats:
        """Derivative by the parameters, from the one by the matrix (symmetric, shape (p, p))."""
        if self._held is not None:
            by_sd = 2 * (slope * self._held) @ self._sd(theta)
            return by_sd if self.name == "diagonal" else by_sd * 2 * theta
        if self.name == "unstructured":
            return (2 * slope @ self._root(theta))[_lower(self.p)]
        same, apart = self._projections()
        return 2 * theta * np.array([(slope * same).sum(), (slope * apart).sum()])

    def parameters(self, matrix: Floats) -> Floats:
        """Parameters whose matrix is near `matrix`, which must be positive definite."""
        if self._held is not None:
            sd = np.sqrt(np.diag(matrix))
            return sd if self.name == "diagonal" else np.sqrt(sd)
        if self.name == "unstructured":
            return np.linalg.cholesky(matrix)[_lower(self.p)].astype(np.float64)
        same, apart = self._projections()
        shares = [(matrix * same).sum(), (matrix * apart).sum() / (self.p - 1)]
        return np.sqrt(np.maximum(shares, 0.0))

    @property
    def _held(self) -> Floats | None:
        """The correlation matrix where it is not estimated."""
        if self.name == "diagonal":
            return np.eye(self.p)
        if self.correlation is None:
            return None
        return np.full((self.p, self.p), self.correlation) + (1 - self.correlation) * np.eye(self.p)

    def _sd(self, theta: Floats) -> Floats:
        """Between-study standard deviations; squares where their sign would turn a held correlation round."""
        return theta if self.name == "diagonal" else theta * theta

    def _root(self, theta: Floats) -> Floats:
        root = np.zeros((self.p, self.p))
        root[_lower(self.p)] = theta
        return root

    def _projections(self) -> tuple[Floats, Floats]:
        """Onto the mean of the outcomes and off it: a compound matrix has these two eigenspaces."""
        same = np.full((self.p, self.p), 1 / self.p)
        return same, np.eye(self.p) - same
