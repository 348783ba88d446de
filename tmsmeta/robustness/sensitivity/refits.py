"""The same pooling on many subsets of one set of studies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PooledEffect, PoolingSpec, pool_by
from tmsmeta.pooling.many.fit import PooledRows, pool_columns

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
_EQUAL = "the estimates are all equal, so the Hartung-Knapp standard error is 0"
_WORTHWHILE = 4  # subsets from which on the routine for many at once is the faster one


def refit_each(effects: EffectSizes, spec: PoolingSpec, masks: Masks) -> Refits:
    """Pool the studies of each row of `masks`, shape (n, k), as `spec` says."""
    k = masks.sum(axis=1)
    together = (k >= 2) & (spec.q_centre == "inverse-variance")
    if np.count_nonzero(together) < _WORTHWHILE:
        together[:] = False
    elif together.all():
        pooled = _side_by_side(effects, spec, masks)
        return Refits(**{name: getattr(pooled, name) for name in NUMBERS}, k=k, note=_notes(pooled))
    table = np.empty((len(masks), len(NUMBERS)))
    note = np.full(len(masks), "", dtype=object)
    if together.any():
        pooled = _side_by_side(effects, spec, masks[together])
        table[together] = np.column_stack([getattr(pooled, name) for name in NUMBERS])
        note[together] = _notes(pooled)
    for i in np.flatnonzero(~together).tolist():
        table[i], note[i] = _numbers(effects, spec, masks[i])
    return Refits(**dict(zip(NUMBERS, table.T, strict=True)), k=k, note=note.tolist())


def _side_by_side(effects: EffectSizes, spec: PoolingSpec, masks: Masks) -> PooledRows:
    """The poolings of subsets of at least two studies each, all subsets at once."""
    return PooledRows.join([pool_columns(*_columns(effects, masks), spec)], spec)


def _notes(pooled: PooledRows) -> list[str]:
    """Why a pooling of two or more studies has no p value; empty where it has one."""
    return [_EQUAL if se == 0.0 else "" for se in pooled.se.tolist()]


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
    return [*(_or_nan(v) for v in values), wald], _EQUAL if pool.se == 0.0 else ""


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
