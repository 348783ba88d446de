"""The same pooling on many subsets of one set of studies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.errors import InvalidInputError, NotAssessable
from tmsmeta.heterogeneity.estimators import ESTIMATORS
from tmsmeta.heterogeneity.rows import arrange, estimate_rows, trace_p, weigh, weighted_squares
from tmsmeta.pooling import PooledEffect, PoolingSpec, pool_by

Masks = NDArray[np.bool_]


class Refits(NamedTuple):
    """One pooling per subset; every array of shape (n,), NaN where a number is not assessable.

    ``wald_se`` is the standard error without the Hartung-Knapp factor; ``note`` says why a row holds NaN.
    """

    k: NDArray[np.int64]
    estimate: Floats
    se: Floats
    ci_low: Floats
    ci_high: Floats
    p_value: Floats
    tau2: Floats
    q: Floats
    i2: Floats
    wald_se: Floats
    note: list[str]


NUMBERS = ("estimate", "se", "ci_low", "ci_high", "p_value", "tau2", "q", "i2", "wald_se")
_SE = NUMBERS.index("se")
_WORTHWHILE = 4  # subsets from which on the routine for many at once is the faster one
_TOGETHER = ("z", "t", "hksj", "hksj-adhoc")  # intervals that the routine for many subsets at once knows


def estimable_rows(effects: EffectSizes) -> EffectSizes:
    """The rows with an estimate.

    Raises:
        InvalidInputError: if there is none.
    """
    if effects.estimable.all():
        return effects
    if not effects.estimable.any():
        raise InvalidInputError(effects.not_estimable, "No study has an estimate to pool")
    return effects.subset(effects.estimable)


def refit_each(effects: EffectSizes, spec: PoolingSpec, masks: Masks) -> Refits:
    """Pool the studies of each row of `masks`, shape (n, k), as `spec` says."""
    k = masks.sum(axis=1)
    table = np.empty((len(masks), len(NUMBERS)))
    note = [""] * len(masks)
    together = (k >= 2) & (spec.q_centre == "inverse-variance") & (spec.ci in _TOGETHER)
    together &= np.count_nonzero(together) >= _WORTHWHILE
    if together.any():
        table[together] = _side_by_side(effects, spec, masks[together])
    for i in np.flatnonzero(~together).tolist():
        table[i], note[i] = _numbers(effects, spec, masks[i])
    for i in np.flatnonzero(together & (table[:, _SE] == 0.0)).tolist():
        note[i] = "the estimates are all equal, so the Hartung-Knapp standard error is 0"
    return Refits(k=k, **dict(zip(NUMBERS, table.T, strict=True)), note=note)


def _side_by_side(effects: EffectSizes, spec: PoolingSpec, masks: Masks) -> Floats:
    """The numbers of :data:`NUMBERS` for subsets of at least two studies each, shape (n, 9), all subsets at once."""
    rows = arrange(*_columns(effects, masks))
    at_zero = weigh(rows, 0.0)
    tau2 = estimate_rows(rows, spec.tau2, at_zero)
    x = weigh(rows, tau2)
    df = rows.count - 1.0
    estimate, wald = x.mean + rows.y_top, x.total**-0.5
    se = wald
    if spec.ci.startswith("hksj"):
        factor = np.sqrt(weighted_squares(rows, x) / df)
        se = wald * (np.maximum(1.0, factor) if spec.ci == "hksj-adhoc" else factor)
    upper = 0.5 + spec.level / 2
    half = se * (ndtri(upper) if spec.ci == "z" else stdtrit(df, upper))
    statistic = np.divide(estimate, se, where=se > 0, out=np.full(rows.n, np.nan))
    p_value = 2 * (ndtr(-np.abs(statistic)) if spec.ci == "z" else stdtr(df, -np.abs(statistic)))
    q = weighted_squares(rows, at_zero)
    if spec.i2 == "tau2" and ESTIMATORS[spec.tau2].random:
        i2 = 100 * tau2 / (tau2 + df / trace_p(at_zero))
    else:
        i2 = 100 * np.divide(np.maximum(0.0, q - df), q, where=q > 0, out=np.zeros(rows.n))
    return np.column_stack([estimate, se, estimate - half, estimate + half, p_value, tau2, q, i2, wald])


def _columns(effects: EffectSizes, masks: Masks) -> tuple[Floats, Floats]:
    """Estimates and variances with one subset per column; short columns, of equal length, where all sizes are equal."""
    sizes = masks.sum(axis=1)
    if (sizes == sizes[0]).all():
        index = np.nonzero(masks)[1].reshape(len(masks), -1).T
        return effects.yi[index], effects.vi[index]
    chosen = masks.T
    return np.where(chosen, effects.yi[:, None], np.nan), np.where(chosen, effects.vi[:, None], np.nan)


def _numbers(effects: EffectSizes, spec: PoolingSpec, mask: NDArray[np.bool_]) -> tuple[list[float], str]:
    nan = float("nan")
    if not mask.any():
        return [nan] * len(NUMBERS), "no study is left"
    pool = pool_by(effects.subset(mask), spec)
    if pool.k == 1:
        return _one_study(pool)
    low, high = (nan, nan) if isinstance(pool.ci, NotAssessable) else pool.ci
    values = (pool.estimate, pool.se, low, high, pool.p_value, pool.tau2, pool.q, pool.i2)
    wald = float((1 / (pool.effects.vi + _or_nan(pool.tau2))).sum() ** -0.5)
    reason = str(pool.p_value) if isinstance(pool.p_value, NotAssessable) else ""
    return [*(_or_nan(v) for v in values), wald], reason


def _one_study(pool: PooledEffect) -> tuple[list[float], str]:
    """The study itself: tau2 held at 0, which the note tells, and an interval only where the spec allows one."""
    low, high = (float("nan"),) * 2 if isinstance(pool.ci, NotAssessable) else pool.ci
    values = [pool.estimate, _or_nan(pool.se), low, high, _or_nan(pool.p_value), 0.0, 0.0, float("nan")]
    note = "one study: tau2 is held at 0, since heterogeneity needs at least 2 studies"
    if isinstance(pool.ci, NotAssessable):
        note += f"; {pool.spec.ci} interval {pool.ci}"
    return [*values, float(pool.effects.se[0])], note


def _or_nan(value: float | NotAssessable) -> float:
    return float("nan") if isinstance(value, NotAssessable) else float(value)
