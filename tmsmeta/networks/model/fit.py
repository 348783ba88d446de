"""Fits: a whole network, or its rows on any columns (components, covariates)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.networks.input.data import NetworkData
from tmsmeta.networks.input.independent_contrasts import Floats
from tmsmeta.networks.model.equations import DenseMatrix, Equations
from tmsmeta.networks.model.regression import Solution, WeightedRegression, of_network
from tmsmeta.networks.model.tau2 import between_study_variance

if TYPE_CHECKING:
    import pandas as pd

_MOST_INFLATED = 1e9
"""Rounding errors are 1e-16 of the weights; so many times as much is 1e-7 of an effect's standard error."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted regression.

    Attributes:
        theta: coefficients; of a network the effect of each treatment against the reference, shape (n,).
        tau2: between-study variance used.
        weights: 1 / (d + tau2), shape (N,).
        residuals: observed minus fitted rows, shape (N,).
        q: generalised Cochran Q, at tau2 = 0.
        q_df: its degrees of freedom, N minus the rank of the design.
        system: the normal equations, which hold the covariance of ``theta``.
    """

    theta: Floats
    tau2: float
    weights: Floats
    residuals: Floats
    q: float
    q_df: int
    system: Equations


def fit(regression: WeightedRegression, tau2: str | float) -> Fit:
    """Fit with `tau2` estimated by the method of that name, or given.

    Raises:
        ConvergenceError: when a search finds no maximum.
        InvalidInputError: when rounding leaves fewer than six digits, see :data:`_MOST_INFLATED`.
    """
    common = _checked(regression.at(0.0))
    variance = float(between_study_variance(regression, common, tau2))
    at = _checked(regression.at(variance)) if variance > 0 else common
    q, df = float(common.q), int(regression.df)
    return Fit(at.coefficients, variance, at.weights, at.residuals, q, df, at.equations)


def _checked(solution: Solution) -> Solution:
    inflation = solution.equations.inflation
    if inflation <= _MOST_INFLATED:
        return solution
    message = (
        "must be less: a link between two parts of the data is so much weaker than those within them that fewer than "
        "six digits of the effects would be right. Leave out the least precise trials, or analyse each part alone."
    )
    raise InvalidInputError(Issue(None, "ratio of variances", f"{inflation:.1e}", message))


def fit_data(data: NetworkData, tau2: str | float) -> Fit:
    """Fit a connected network; arguments and errors as in :func:`fit`."""
    return fit(of_network(data.rows, data.ground), tau2)


@dataclass(frozen=True, eq=False)
class ColumnFit:
    """A regression on columns that the data need not tell apart.

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

    def table(
        self, column: str, labels: Sequence[str], combinations: Floats, level: float, reason: str
    ) -> pd.DataFrame:
        """Rows of `combinations` by label, with z interval and p value; NaN and `reason` where not identified."""
        import pandas as pd

        estimate, se = self.contrasts(combinations)
        z = float(ndtri(0.5 + level / 2))
        with np.errstate(invalid="ignore", divide="ignore"):
            p = 2 * ndtr(-np.abs(estimate / se))
        return pd.DataFrame(
            {
                column: list(labels),
                "estimate": estimate,
                "se": se,
                "ci_low": estimate - z * se,
                "ci_high": estimate + z * se,
                "p_value": p,
                "note": [reason if np.isnan(e) else "" for e in estimate],
            }
        )


def fit_columns(x: Floats, z: Floats, d: Floats, tau2: str | float) -> ColumnFit:
    """Regress z, shape (N,), on x, shape (N, c), with variances d + tau2, in a basis of the row space of x.

    Raises:
        ConvergenceError: when a search finds no maximum.
    """
    scale = np.linalg.norm(x, axis=0)
    scale[scale == 0] = 1.0
    _, singular, vectors = np.linalg.svd(x / scale, full_matrices=False)
    rank = int((singular > 1e-10 * singular.max(initial=1e-300)).sum())
    # on the unscaled columns: the row space is what the scaled one becomes when the scale is put back
    basis = np.linalg.qr((vectors[:rank] * scale).T)[0]
    found = fit(WeightedRegression(DenseMatrix(x @ basis), z, d), tau2)
    return ColumnFit(
        coefficients=basis @ found.theta,
        covariance=basis @ found.system.covariance @ basis.T,
        tau2=found.tau2,
        q=found.q,
        q_df=found.q_df,
        identified=basis @ basis.T,
    )
