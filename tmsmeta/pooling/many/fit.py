"""Inverse-variance pooling of many data sets at once, with the choices of :class:`~tmsmeta.pooling.PoolingSpec`.

:func:`pool_columns` is the engine: arrays in, arrays out, no checks. :func:`tmsmeta.pool_batch` is the friendly edge.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Literal, get_args

import numpy as np
from scipy.special import ndtri

from tmsmeta.effects.base import Floats
from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.pooling import PoolingSpec
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.pooling.many.estimators import estimate_rows
from tmsmeta.pooling.many.moments import Rows, Weighed, arrange, trace_p, weigh, weighted_squares
from tmsmeta.pooling.many.result import PooledColumns, quantiles

Engine = Literal["auto", "numpy", "numba"]
BLOCK = 200_000  # numbers per array and block: fewer cost time per call, more leave the cache
WORTHWHILE = 50_000  # data sets below which loading the compiled kernel costs more than it gains


def pool_columns(y: Floats, v: Floats, spec: PoolingSpec, *, compiled: bool = False) -> PooledColumns:
    """Pool every column of `y` and `v`, of shape (k, n) with NaN for absent studies.

    With `compiled`, the compiled kernel does what it can prove, which must be likelihood; numpy does the rest.
    """
    if compiled:
        return _with_kernel(y, v, spec)
    rows = arrange(y, v)
    if rows.n and rows.count.min() >= 2.0:
        return _several_studies(rows, spec)
    pooled = _single_studies(rows, spec)
    several = np.flatnonzero(rows.count >= 2.0)
    if len(several):
        for whole, part in zip(pooled, _several_studies(rows.take(several), spec), strict=True):
            whole[several] = part
    return pooled


def use_kernel(engine: Engine, spec: PoolingSpec, n: int) -> bool:
    """Whether the compiled kernel is to pool `n` data sets.

    Raises:
        UnknownOptionError: an engine that does not exist.
        InvalidInputError: if `engine` is ``"numba"`` and numba is not installed.
    """
    check_option("engine", engine, get_args(Engine))
    suits = spec.tau2 in ("ML", "REML") and spec.ci in ("z", "t", "hksj", "hksj-adhoc")
    if engine == "numba" and not numba_is_installed():
        message = "needs numba: install tmsmeta[numba], or use 'auto'."
        raise InvalidInputError(Issue(None, "engine", engine, message))
    if engine == "auto":
        return suits and n >= WORTHWHILE and numba_is_installed()
    return suits and engine == "numba"


def numba_is_installed() -> bool:
    """Whether the compiled kernel can be used."""
    return find_spec("numba") is not None


def _with_kernel(y: Floats, v: Floats, spec: PoolingSpec) -> PooledColumns:
    from tmsmeta.pooling.many.numba_kernel import pool_compiled

    found, sure = pool_compiled(y.T, v.T, spec.tau2)
    estimate, wald_se, factor, tau2, q, trace, k = found
    if not spec.ci.startswith("hksj"):
        factor = np.ones(len(estimate))
    elif spec.ci == "hksj-adhoc":
        factor = np.maximum(factor, 1.0)
    pooled = PooledColumns(estimate, wald_se, factor, tau2, q, trace, k)
    rest = np.flatnonzero(~sure)
    if len(rest):
        for whole, part in zip(pooled, pool_columns(y[:, rest], v[:, rest], spec), strict=True):
            whole[rest] = part
    return pooled


def _several_studies(rows: Rows, spec: PoolingSpec) -> PooledColumns:
    with np.errstate(over="ignore", under="ignore"):  # cubes of weights, which not every estimator needs
        at_zero = weigh(rows, 0.0)
    q, trace = weighted_squares(at_zero), trace_p(at_zero)
    tau2 = estimate_rows(rows, spec.tau2, at_zero)
    final = weigh(rows, tau2, 1) if ESTIMATORS[spec.tau2].random else at_zero
    wald_se = final.total**-0.5
    factor = _factors(rows, final, wald_se, spec)
    return PooledColumns(rows.y_top + final.mean, wald_se, factor, tau2, q, trace, rows.count)


def _factors(rows: Rows, final: Weighed, wald_se: Floats, spec: PoolingSpec) -> Floats:
    """What the interval of the spec multiplies the Wald standard errors by."""
    if not spec.ci.startswith("hksj"):
        return np.ones(rows.n)
    factor: Floats = np.sqrt(weighted_squares(final) / (rows.count - 1.0))
    if spec.ci == "hksj-adhoc":
        return np.maximum(factor, 1.0)
    if spec.ci == "hksj-iqwig6":
        half = quantiles("t", spec.level, rows.count.astype(np.int64) - 1) * wald_se * factor
        wald_dl = weigh(rows, estimate_rows(rows, "DL"), 1).total ** -0.5
        narrower = half < float(ndtri(0.5 + spec.level / 2)) * wald_dl
        factor = np.where((factor < 1.0) & narrower, 1.0, factor)
    return factor


def _single_studies(rows: Rows, spec: PoolingSpec) -> PooledColumns:
    """One study: its own estimate and standard error. No study: nothing."""
    one = rows.count == 1.0
    nothing = np.full(rows.n, np.nan)
    return PooledColumns(
        estimate=np.where(one, rows.y_top, np.nan),
        wald_se=np.sqrt(np.where(one, rows.v_top, np.nan)),
        factor=nothing.copy() if spec.ci.startswith("hksj") else np.ones(rows.n),
        tau2=nothing.copy() if ESTIMATORS[spec.tau2].random else np.where(one, 0.0, np.nan),
        q=np.where(one, 0.0, np.nan),
        trace=nothing,
        k=rows.count,
    )
