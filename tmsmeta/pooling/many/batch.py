"""The same pooling over many data sets at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import Floats
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.pooling.many.fit import BLOCK, Engine, pool_columns, use_kernel
from tmsmeta.pooling.many.result import PooledRows
from tmsmeta.pooling.spec import Profile, spec_without_counts
from tmsmeta.words.arguments import answerable

__all__ = ["PooledRows", "pool_batch"]

_MOST_ISSUES = 1000


@answerable
def pool_batch(
    yi: Any,
    vi: Any,
    *,
    tau2: str | None = None,
    ci: str | None = None,
    level: float | None = None,
    prediction: str | None = None,
    profile: Profile | None = None,
    n_jobs: int = 1,
    engine: Engine = "auto",
    **choices: Any,
) -> PooledRows:
    """Pool B data sets at once: row b of the result is what :func:`tmsmeta.pool` gives for row b of the arrays.

    ML and REML are proven to be at the highest maximum of the likelihood, row by row. Rows are worked on in blocks:
    beyond the arrays given, memory holds the seven numbers of each row that the result keeps (56 bytes) and one block.

    Args:
        yi: estimates, shape (B, k), or (k,) to use the same ones in every row; ratios on the log scale. NaN marks an
            absent study.
        vi: their sampling variances, shape (B, k) or (k,). NaN marks an absent study.
        tau2: ``FE DL HE HS SJ ML REML EB PM``, or an estimator added to the table; ``REML`` if not given.
        ci: ``z t hksj hksj-adhoc hksj-iqwig6``; ``z`` if not given.
        level: confidence level; 0.95 if not given.
        prediction: ``z t(k-1) t(k-2) none``; ``t(k-2)`` if not given.
        profile: a complete spec, or its name; a choice that is given as well must agree with it.
        n_jobs: number of threads; -1 for all cores. ``joblib.parallel_config`` chooses another backend.
        engine: ``numpy``; ``numba``, a compiled kernel for ML and REML with the same results (``tmsmeta[numba]``);
            ``auto`` takes the kernel where it is installed and there are at least 50,000 data sets.
        **choices: the remaining fields of :class:`~tmsmeta.PoolingSpec`, except ``q_centre``, which needs counts.

    Returns:
        Arrays of shape (B,): ``estimate se ci_low ci_high statistic p_value tau2 q q_p i2 h2 prediction_low
        prediction_high k``. NaN where a row cannot give the number; ``why(name, row)`` tells the reason.

    Raises:
        InvalidInputError: arrays that do not fit together, infinite values, variances that are not positive.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> rows = tm.pool_batch([[0.7, 0.1, 0.5], [0.2, 0.4, 0.3]], [0.04, 0.02, 0.09], tau2="DL")
        >>> [f"{estimate:.3f}" for estimate in rows.estimate]
        ['0.406', '0.329']
    """
    given = {"tau2": tau2, "ci": ci, "level": level, "prediction": prediction, **choices}
    spec = spec_without_counts(profile, given, ci="z")
    y, v = checked_rows(yi, vi)
    blocks, compiled = _slices(y.shape, n_jobs), use_kernel(engine, spec, len(y))
    if n_jobs == 1 or len(blocks) == 1:
        done = (pool_columns(y[b].T, v[b].T, spec, compiled=compiled) for b in blocks)
        return PooledRows.join(done, spec, rows=len(y))
    from joblib import Parallel, delayed

    work = (delayed(pool_columns)(y[b].T, v[b].T, spec, compiled=compiled) for b in blocks)
    return PooledRows.join(Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(work), spec, rows=len(y))


def _slices(shape: tuple[int, ...], n_jobs: int) -> list[slice]:
    """Blocks of rows that fit the cache, and no fewer than there are workers where there is enough to do."""
    size = max(1, BLOCK // max(1, shape[1]))
    if n_jobs != 1:
        size = min(size, max(1024, shape[0] // 8))
    return [slice(i, i + size) for i in range(0, max(shape[0], 1), size)]


def checked_rows(yi: Any, vi: Any) -> tuple[Floats, Floats]:
    """Estimates and variances as two float arrays of one shape (B, k).

    Raises:
        InvalidInputError: listing what is wrong, with row and column counted from 1.
    """
    y, v = np.atleast_2d(_numeric(yi, "yi")), np.atleast_2d(_numeric(vi, "vi"))
    try:
        if y.shape[-1] != v.shape[-1]:
            raise ValueError
        y, v = np.broadcast_arrays(y, v)
    except ValueError:
        message = f"must have the shape of `vi`, {v.shape}, or be one row for all of them."
        raise InvalidInputError(Issue(None, "yi", y.shape, message)) from None
    if y.ndim != 2 or y.shape[1] == 0:
        message = "must have two axes, data sets by studies, and at least one study."
        raise InvalidInputError(Issue(None, "yi", y.shape, message))
    if _spotless(y, v):
        return y, v
    faults = _faults(y, "yi", lambda b: np.isinf(y[b]) & ~np.isnan(v[b]), "must be finite, or NaN for an absent study.")
    message = "must be positive and finite, or NaN for an absent study."
    faults += _faults(v, "vi", lambda b: ((v[b] <= 0) | np.isinf(v[b])) & ~np.isnan(y[b]), message)
    if faults:
        raise InvalidInputError(faults)
    return y, v


def _spotless(y: Floats, v: Floats) -> bool:
    """Whether all numbers are there, finite and, for variances, positive; three passes without temporary arrays."""
    return y.size > 0 and bool(np.isfinite(y.sum()) and v.min() > 0.0 and v.max() < np.inf)


def _numeric(values: Any, name: str) -> Floats:
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise InvalidInputError(Issue(None, name, None, "must be an array of numbers, one row per data set.")) from None


def _faults(values: Floats, name: str, wrong: Callable[[slice], NDArray[np.bool_]], message: str) -> list[Issue]:
    """What `wrong` finds, block by block: masks of all rows at once would take memory that grows with them."""
    issues: list[Issue] = []
    found = 0
    for block in _slices(values.shape, 1):
        places = np.argwhere(wrong(block))
        for i, j in places[: max(0, _MOST_ISSUES - found)]:
            row = block.start + int(i)
            issues.append(Issue(row + 1, f"{name}, study {j + 1}", float(values[row, j]), message))
        found += len(places)
    if found > _MOST_ISSUES:
        issues.append(Issue(None, name, found, f"only the first {_MOST_ISSUES} faults are listed."))
    return issues
