"""The same pooling on many subsets of one set of studies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.errors import InvalidInputError, NotAssessable
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
    found = [_numbers(effects, spec, mask) for mask in masks]
    table = np.array([row for row, _ in found], dtype=float).reshape(len(masks), len(NUMBERS))
    columns = {name: table[:, j] for j, name in enumerate(NUMBERS)}
    return Refits(k=masks.sum(axis=1), **columns, note=[note for _, note in found])


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
