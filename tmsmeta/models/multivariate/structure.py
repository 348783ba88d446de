"""Between-study matrices and the free parameters behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from tmsmeta.effects.base import Floats

StructureName = Literal["unstructured", "compound", "diagonal"]
STRUCTURES: tuple[StructureName, ...] = get_args(StructureName)


@dataclass(frozen=True)
class Structure:
    """The between-study covariance of p outcomes as a smooth function of free parameters.

    ``unstructured``: G = L L' with any lower triangle L. ``compound``: one variance, one correlation between -1/(p-1)
    and 1. ``diagonal``: a variance for each outcome, no correlation. The parameters are square roots of variances, so
    that the boundary (a variance of 0, a correlation of 1) is an ordinary point and no step can leave the matrices
    that exist.
    """

    name: StructureName
    p: int

    @property
    def size(self) -> int:
        """Number of free parameters."""
        return {"unstructured": self.p * (self.p + 1) // 2, "compound": 2, "diagonal": self.p}[self.name]

    def matrix(self, theta: Floats) -> Floats:
        """The between-study matrix, shape (p, p)."""
        if self.name == "diagonal":
            return np.diag(theta * theta)
        if self.name == "unstructured":
            root = self._root(theta)
            return root @ root.T
        same, apart = self._projections()
        return theta[0] ** 2 * same + theta[1] ** 2 * apart

    def chain(self, theta: Floats, slope: Floats) -> Floats:
        """Derivative by the parameters, from the one by the matrix (symmetric, shape (p, p))."""
        if self.name == "diagonal":
            return 2 * theta * np.diag(slope)
        if self.name == "unstructured":
            return (2 * slope @ self._root(theta))[np.tril_indices(self.p)]
        same, apart = self._projections()
        return 2 * theta * np.array([(slope * same).sum(), (slope * apart).sum()])

    def parameters(self, matrix: Floats) -> Floats:
        """Parameters whose matrix is near `matrix`, which must be positive definite."""
        if self.name == "diagonal":
            return np.sqrt(np.diag(matrix))
        if self.name == "unstructured":
            return np.linalg.cholesky(matrix)[np.tril_indices(self.p)].astype(np.float64)
        same, apart = self._projections()
        shares = [(matrix * same).sum(), (matrix * apart).sum() / (self.p - 1)]
        return np.sqrt(np.maximum(shares, 0.0))

    def _root(self, theta: Floats) -> Floats:
        root = np.zeros((self.p, self.p))
        root[np.tril_indices(self.p)] = theta
        return root

    def _projections(self) -> tuple[Floats, Floats]:
        """Onto the mean of the outcomes and off it: a compound matrix has these two eigenspaces."""
        same = np.full((self.p, self.p), 1 / self.p)
        return same, np.eye(self.p) - same
