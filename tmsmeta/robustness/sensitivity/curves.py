"""Curves and coordinates behind two plots: the p-value function (drapery plot) and the radial plot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, stdtr

from tmsmeta.effects.base import Floats
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.pooling import PooledEffect
from tmsmeta.pooling.result import check_pooled_effect
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import studies
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, repr=False)
class PValueCurves(Brief):
    """Two-sided p values of every hypothesised effect, on the scale of the measure.

    Attributes:
        effect: hypothesised effects, ascending, shape (n,).
        studies: p value of each study, Wald, shape (k, n).
        pooled: p value of the pooled effect by the test of its spec, shape (n,), or why there is none.
        prediction: p value of the effect in a comparable new study, shape (n,), or why there is none; where it
            crosses 1 - level lie the prediction limits.
        result: what was pooled.
    """

    effect: Floats
    studies: Floats
    pooled: Floats | NotAssessable
    prediction: Floats | NotAssessable
    result: PooledEffect

    def in_short(self) -> str:
        """The range of hypothesised effects and what was pooled."""
        natural, pooled = self.result.effects.natural, self.result
        low, high = (natural.text(float(end)) for end in (self.effect[0], self.effect[-1]))
        return (
            f"p values of {len(self.effect)} hypothesised effects, {natural.label} {low} to {high}, for "
            f"{studies(len(self.studies))} and their pooled effect {natural.text(pooled.estimate, pooled.ci)}."
        )


@answerable
def p_value_curves(
    result: PooledEffect, *, low: float | None = None, high: float | None = None, n: int = 401
) -> PValueCurves:
    """The p-value functions of a pooled effect and of its studies.

    Args:
        result: a pooled effect.
        low, high: range of hypothesised effects on the scale of the measure; by default that of the study intervals.
        n: number of points, at least 2. Over the default range the estimates are points, too, so that every curve
            reaches its top of 1.

    Returns:
        The hypothesised effects, and the p value of each of them for every study, the pooled effect and a new study.

    Raises:
        InvalidInputError: something else than a pooled effect, fewer than two points, or `low` not below `high`.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.15, 0.3, 0.2], study=["A", "B", "C", "D"])
        >>> curves = tm.sensitivity.p_value_curves(tm.pool(trials))
        >>> f"{curves.pooled.max():.2f}", curves.studies.shape[0]
        ('1.00', 4)

    References:
        Rücker & Schwarzer, Res Synth Methods 2021;12:8.
    """
    check_pooled_effect("result", result)
    y, se = result.effects.yi, result.effects.se
    first = float((y - 2 * se).min()) if low is None else low
    last = float((y + 2 * se).max()) if high is None else high
    if n < 2 or not first < last:
        raise InvalidInputError(
            Issue(None, "low, high, n", (first, last, n), "must span a range with 2 points or more.")
        )
    grid = np.linspace(first, last, n)
    if low is None and high is None:
        grid = np.union1d(grid, [*y, result.estimate])
    studies = 2 * ndtr(-np.abs(grid - y[:, None]) / se[:, None])
    return PValueCurves(
        effect=grid,
        studies=studies,
        pooled=_pooled_curve(result, grid),
        prediction=_prediction_curve(result, grid),
        result=result,
    )


def _tail(quantile: str, distance: Floats, k: int) -> Floats:
    df = {"t(k-1)": k - 1, "t(k-2)": k - 2}.get(quantile)
    return 2 * (ndtr(-distance) if df is None else stdtr(df, -distance))


def _pooled_curve(result: PooledEffect, grid: Floats) -> Floats | NotAssessable:
    if isinstance(result.se, NotAssessable):
        return result.se
    if isinstance(result.p_value, NotAssessable):
        return result.p_value
    quantile = "z" if result.spec.ci == "z" else "t(k-1)"
    return _tail(quantile, np.abs(grid - result.estimate) / result.se, result.k)


def _prediction_curve(result: PooledEffect, grid: Floats) -> Floats | NotAssessable:
    if isinstance(result.prediction, NotAssessable):
        return result.prediction
    from tmsmeta.pooling import quantile

    df = result.k - (2 if result.spec.prediction == "t(k-2)" else 1)
    half = (result.prediction[1] - result.prediction[0]) / 2
    spread = half / quantile(result.spec.prediction, result.spec.level, df)
    return _tail(result.spec.prediction, np.abs(grid - result.estimate) / spread, result.k)


@answerable
def radial(result: PooledEffect) -> pd.DataFrame:
    """Coordinates of a radial (Galbraith) plot.

    Args:
        result: a pooled effect, as :func:`tmsmeta.pool` gives.

    Returns:
        One row per study: ``study x y residual``, x = 1 / sqrt(v + tau2), y = estimate times x; studies with the pooled
        effect lie on the line through the origin whose slope it is. ``residual`` is the distance from that line, y -
        pooled effect times x, in standard errors.

    Raises:
        InvalidInputError: something else than a pooled effect.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.15, 0.3, 0.2], study=["A", "B", "C", "D"])
        >>> print(tm.sensitivity.radial(tm.pool(trials, tau2="FE")).round(2).to_string(index=False))
        study    x    y  residual
            A 5.00 3.50      1.13
            B 6.67 0.67     -2.49
            C 3.33 1.67      0.09
            D 5.00 4.50      2.13

    References:
        Galbraith, Technometrics 1988;30:271.
    """
    import pandas as pd

    check_pooled_effect("result", result)
    tau2 = 0.0 if isinstance(result.tau2, NotAssessable) else result.tau2
    x = 1 / np.sqrt(result.effects.vi + tau2)
    residual = (result.effects.yi - result.estimate) * x
    columns = {"study": result.effects.study.astype(object), "x": x, "y": result.effects.yi * x}
    return pd.DataFrame(columns | {"residual": residual})
