"""The one weighted regression behind networks: z = X b + error, with variances d + tau2 and no covariances.

A network, one design of it, components, covariates, and thousands of data sets side by side differ in X and in the
number of axes only. With the rows of :class:`~tmsmeta.networks.input.independent_contrasts.IndependentContrasts` the
estimate, its covariance and Q are those of Rücker (Res Synth Methods 2012;3:312) and Rücker & Schwarzer (Stat Med
2014;33:4353), who weight down the comparisons of a multi-arm trial; both say the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tmsmeta.networks.input.independent_contrasts import Floats, IndependentContrasts, Integers
from tmsmeta.networks.model.equations import DenseMatrix, Equations, Matrix, SparseMatrix


@dataclass(frozen=True, eq=False)
class Solution:
    """Least squares at one tau2; arrays of a stack have the data set as first axis.

    Attributes:
        coefficients: b, shape ([B,] c), 0 for a ground.
        residuals: observed minus fitted, shape ([B,] N).
        precision: 1 / (d + tau2), shape ([B,] N).
        weights: the precision times the count of the row, shape ([B,] N).
        equations: the normal equations, which hold the covariance of the coefficients.
    """

    coefficients: Floats
    residuals: Floats
    precision: Floats
    weights: Floats
    equations: Equations

    @property
    def q(self) -> Floats:
        """Weighted sum of squared residuals, shape ([B])."""
        square = self.residuals**2
        return self.weights @ square if square.ndim == 1 else (self.weights * square).sum(axis=1)

    @property
    def moment(self) -> Floats:
        """Increase of the expected Q per unit of tau2, the trace of W - W X C X' W, shape ([B])."""
        total: Floats = self.weights.sum(axis=-1) - self.equations.trace(self.weights * self.precision)
        return total


@dataclass(frozen=True, eq=False)
class WeightedRegression:
    """Observations and the design they are regressed on.

    Attributes:
        matrix: the design, N rows.
        z: observations, shape ([B,] N).
        d: their sampling variances, shape ([B,] N).
        count: how often each row is there, shape (B, N); None for once.
    """

    matrix: Matrix
    z: Floats
    d: Floats
    count: Floats | None = None

    @property
    def df(self) -> Floats:
        """Degrees of freedom of Q, rows minus rank, shape ([B])."""
        rows = len(self.z) if self.count is None else self.count.sum(axis=-1)
        return np.asarray(rows - self.matrix.rank, dtype=np.float64)

    def at(self, tau2: float | Floats) -> Solution:
        """Least squares with between-study variance `tau2`, one number or one for each data set."""
        precision = 1.0 / (self.d + (tau2 if np.ndim(tau2) == 0 else np.asarray(tau2)[:, None]))
        weights = precision if self.count is None else self.count * precision
        equations = self.matrix.weighted(weights)
        coefficients = equations.solve(weights * self.z)
        return Solution(coefficients, self.z - equations.fitted(coefficients), precision, weights, equations)


def of_network(rows: IndependentContrasts, grounds: Integers) -> WeightedRegression:
    """Independent contrasts on the effects of the treatments, with a ground in each connected part."""
    matrix = DenseMatrix(rows.dense, grounds) if rows.is_small else SparseMatrix(rows, grounds)
    return WeightedRegression(matrix, rows.z, rows.d)
