"""A weighted regression line with multiplicative dispersion, which several tests of asymmetry are made of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import stdtr

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.errors import Issue, NotAssessable
from tmsmeta.pooling.heterogeneity.weighted_regression import residuals_of
from tmsmeta.robustness.smallstudy.result import LEAST_STUDIES, AsymmetryTest, power_note, too_few

_NO_SPREAD = 1e-12  # relative spread of the predictor below which it counts as constant


class Line(NamedTuple):
    """Intercept and slope with their standard errors, and the residual degrees of freedom."""

    intercept: float
    intercept_se: float
    slope: float
    slope_se: float
    df: int


def weighted_line(y: Floats, x: Floats, w: Floats, what: str) -> Line | NotAssessable:
    """Weighted least squares of `y` on `x`, the dispersion estimated from the residuals; k - 2 degrees of freedom.

    Returns:
        The line, or why `what` cannot be computed: fewer than three studies, a constant predictor, an exact fit.
    """
    k = len(y)
    if k < LEAST_STUDIES:
        return too_few(what, k)
    total = w.sum()
    centre = w @ x / total
    dx = x - centre
    if np.abs(dx).max() <= _NO_SPREAD * np.abs(x).max():
        return NotAssessable(what, "the studies do not differ in the predictor, their size or precision")
    mean = w @ y / total
    dy = y - mean
    sxx, sxy = float(w @ dx**2), float(w @ (dx * dy))
    slope = sxy / sxx
    # the line in terms of x itself, whose rounding errors a steep slope multiplies
    if not residuals_of(y, np.column_stack([np.ones(k), x]), np.array([mean - slope * centre, slope])).any():
        return NotAssessable(what, "the studies lie exactly on a line, so the slope has no standard error")
    dispersion = float(w @ (dy - slope * dx) ** 2) / (k - 2)
    return Line(
        intercept=float(mean - slope * centre),
        intercept_se=float(np.sqrt(dispersion * (1 / total + centre**2 / sxx))),
        slope=slope,
        slope_se=float(np.sqrt(dispersion / sxx)),
        df=k - 2,
    )


def line_test(
    test: str,
    y: Floats,
    x: Floats,
    w: Floats,
    *,
    effects: EffectSizes,
    method: str,
    corrections: str = "",
    left_out: tuple[Issue, ...] = (),
) -> AsymmetryTest | NotAssessable:
    """The t test of the slope of a weighted regression line through the studies of `effects`."""
    line = weighted_line(y, x, w, test)
    if isinstance(line, NotAssessable):
        return line
    statistic = line.slope / line.slope_se
    return AsymmetryTest(
        test=test,
        statistic=statistic,
        df=line.df,
        p_value=float(2 * stdtr(line.df, -abs(statistic))),
        estimate=line.slope,
        se=line.slope_se,
        intercept=line.intercept,
        intercept_se=line.intercept_se,
        tau2=NotAssessable("tau2", "the regression has a multiplicative dispersion instead"),
        k=len(y),
        method=method,
        effects=effects,
        note=power_note(len(y)),
        corrections=corrections,
        left_out=left_out,
    )
