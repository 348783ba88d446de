"""The same pooling on many subsets of one set of studies, by the engine for many data sets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from math import comb
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.pooling import PooledEffect, PoolingSpec, estimable_rows, pool_by
from tmsmeta.pooling.many.fit import BLOCK, pool_columns, use_kernel
from tmsmeta.pooling.many.result import PooledColumns, PooledRows
from tmsmeta.pooling.robust import ROBUST
from tmsmeta.pooling.spec import Profile, spec_without_counts
from tmsmeta.words.arguments import answerable
from tmsmeta.words.glossary import interval_name
from tmsmeta.words.results import to_cell

if TYPE_CHECKING:
    import pandas as pd

Masks = NDArray[np.bool_]
Members = NDArray[np.uint8]
_MOST_SUBSETS = 2_000_000
_WORTHWHILE = 4  # subsets from which on the routine for many at once is the faster one


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


def refit_each(effects: EffectSizes, spec: PoolingSpec, masks: Masks) -> Refits:
    """Pool the studies of each row of `masks`, shape (n, k), as `spec` says."""
    k = masks.sum(axis=1)
    together = (k >= 2) & (spec.q_centre == "inverse-variance" and spec.ci not in ROBUST)
    if np.count_nonzero(together) < _WORTHWHILE:
        together[:] = False
    elif together.all():
        pooled = PooledRows.join([_pool_block(effects, spec, masks)], spec)
        return Refits(**{name: getattr(pooled, name) for name in NUMBERS}, k=k, note=_notes(pooled))
    table = np.empty((len(masks), len(NUMBERS)))
    note = np.full(len(masks), "", dtype=object)
    if together.any():
        pooled = PooledRows.join([_pool_block(effects, spec, masks[together])], spec)
        table[together] = np.column_stack([getattr(pooled, name) for name in NUMBERS])
        note[together] = _notes(pooled)
    for i in np.flatnonzero(~together).tolist():
        table[i], note[i] = _numbers(effects, spec, masks[i])
    return Refits(**dict(zip(NUMBERS, table.T, strict=True)), k=k, note=note.tolist())


def _notes(pooled: PooledRows) -> list[str]:
    """Why a pooling of two or more studies has no p value; empty where it has one."""
    return [_EQUAL if se == 0.0 else "" for se in pooled.se.tolist()]


def _numbers(effects: EffectSizes, spec: PoolingSpec, mask: NDArray[np.bool_]) -> tuple[list[float], str]:
    nan = float("nan")
    if not mask.any():
        return [nan] * len(NUMBERS), "no study is left"
    pool = pool_by(effects.subset(mask), spec)
    if pool.k == 1:
        return _one_study(pool)
    low, high = (nan, nan) if isinstance(pool.ci, NotAssessable) else pool.ci
    values = (pool.estimate, pool.se, low, high, pool.p_value, pool.tau2, pool.q, pool.i2)
    wald = float((1 / (pool.effects.vi + to_cell(pool.tau2))).sum() ** -0.5)
    return [*(to_cell(v) for v in values), wald], _EQUAL if pool.se == 0.0 else ""


def _one_study(pool: PooledEffect) -> tuple[list[float], str]:
    """The study itself: tau2 held at 0, which the note tells, and an interval only where the spec allows one."""
    low, high = (float("nan"),) * 2 if isinstance(pool.ci, NotAssessable) else pool.ci
    values = [pool.estimate, to_cell(pool.se), low, high, to_cell(pool.p_value), 0.0, 0.0, float("nan")]
    note = "one study: tau2 is held at 0, since heterogeneity needs at least 2 studies"
    if isinstance(pool.ci, NotAssessable):
        note += f"; {interval_name(pool.spec.ci)} interval {pool.ci}"
    return [*values, float(pool.effects.se[0])], note


def pool_subsets(effects: EffectSizes, spec: PoolingSpec, members: Members, n_jobs: int = 1) -> PooledRows:
    """Pool the subsets `members`, packed bits of shape (B, ceil(k / 8)), lowest bit first, grouped by size."""
    blocks, compiled = _blocks(members, effects.k), use_kernel("auto", spec, len(members))
    if n_jobs == 1:
        return PooledRows.join([_pool_equal(effects, spec, block, compiled) for block in blocks], spec)
    from joblib import Parallel, delayed

    work = (delayed(_pool_equal)(effects, spec, block, compiled) for block in blocks)
    return PooledRows.join(list(Parallel(n_jobs=n_jobs, prefer="threads")(work)), spec)


def _blocks(members: Members, k: int) -> Iterator[Masks]:
    """Membership tables of shape (n, k), each of subsets of one size."""
    size = max(1, BLOCK // k)
    for start in range(0, len(members), size):
        table = np.unpackbits(members[start : start + size], axis=1, count=k, bitorder="little").view(bool)
        counts = table.sum(axis=1)
        edges = [0, *(np.flatnonzero(np.diff(counts)) + 1).tolist(), len(table)]
        for low, high in pairwise(edges):
            yield table[low:high]


def _pool_block(effects: EffectSizes, spec: PoolingSpec, masks: Masks) -> PooledColumns:
    """Pool the studies of each row of `masks`; in short columns where all sizes are equal."""
    sizes = masks.sum(axis=1)
    if (sizes == sizes[0]).all():
        return _pool_equal(effects, spec, masks)
    y, v = (np.where(masks.T, column[:, None], np.nan) for column in (effects.yi, effects.vi))
    return pool_columns(y, v, spec)


def _pool_equal(effects: EffectSizes, spec: PoolingSpec, masks: Masks, compiled: bool = False) -> PooledColumns:
    """The same for rows of one size."""
    n, k = masks.shape
    # places in the table as one long row are found in a seventh of the time of rows and columns
    index = (np.flatnonzero(masks).reshape(n, -1) - k * np.arange(n)[:, None]).T
    return pool_columns(effects.yi[index], effects.vi[index], spec, compiled=compiled)


def every_subset(k: int) -> Members:
    """All subsets of k studies but the empty one, the small ones first, as packed bits of shape (2^k - 1, ...)."""
    codes = np.arange(1, 2**k, dtype="<u4")
    sizes = np.zeros(len(codes), dtype=np.uint8)
    for bit in range(k):
        sizes += ((codes >> bit) & 1).astype(np.uint8)
    ordered = codes[np.argsort(sizes, kind="stable")]
    return np.ascontiguousarray(ordered.view(np.uint8).reshape(-1, 4)[:, : (k + 7) // 8])


def random_subsets(k: int, count: int, rng: np.random.Generator) -> Members:
    """`count` subsets drawn with replacement from all but the empty one, each equally likely, the small ones first."""
    table = rng.integers(0, 2, (count, k), dtype=np.uint8)
    empty = ~table.any(axis=1)
    while empty.any():
        table[empty] = rng.integers(0, 2, (int(empty.sum()), k), dtype=np.uint8)
        empty = ~table.any(axis=1)
    ordered = table[np.argsort(table.sum(axis=1), kind="stable")]
    return np.packbits(ordered, axis=1, bitorder="little")


@answerable
def leave_k_out(
    effects: EffectSizes, left_out: int, *, n_jobs: int = 1, profile: Profile | None = None, **spec: Any
) -> pd.DataFrame:
    """Pool without every combination of `left_out` studies.

    Args:
        effects: k studies; those without an estimate are left out first.
        left_out: number of studies to leave out at a time, from 1 to k - 1.
        n_jobs: number of threads.
        profile: a complete spec, or its name; a choice that is given as well must agree with it.
        **spec: the fields of :class:`~tmsmeta.PoolingSpec`.

    Returns:
        One row per combination, in the order of :func:`itertools.combinations`: ``without`` (labels with "; " between
        them), ``estimate se ci_low ci_high p_value tau2 q i2 k note``.

    Raises:
        InvalidInputError: if `left_out` leaves nothing to pool or the combinations are more than two million.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.15, 0.3, 0.2], study=["A", "B", "C", "D"])
        >>> table = tm.leave_k_out(trials, 2, tau2="FE", ci="z")
        >>> print(table[["without", "estimate"]].round(2).head(3).to_string(index=False))
        without  estimate
           A; B      0.78
           A; C      0.39
           A; D      0.18
    """

    choices = spec_without_counts(profile, spec)
    kept = estimable_rows(effects, choices)
    if not (isinstance(left_out, int) and 1 <= left_out < kept.k):
        message = f"must be a whole number from 1 to {kept.k - 1}: {kept.k} studies have an estimate."
        raise InvalidInputError(Issue(None, "left_out", left_out, message))
    number = comb(kept.k, left_out)
    if number > _MOST_SUBSETS:
        message = f"gives {number:,} combinations, more than {_MOST_SUBSETS:,}; gosh() samples subsets."
        raise InvalidInputError(Issue(None, "left_out", left_out, message))
    without = np.array(list(combinations(range(kept.k), left_out)))
    table = np.ones((number, kept.k), dtype=bool)
    np.put_along_axis(table, without, False, axis=1)
    rows = pool_subsets(kept, choices, np.packbits(table, axis=1, bitorder="little"), n_jobs)
    frame = rows.to_frame()[["estimate", "se", "ci_low", "ci_high", "p_value", "tau2", "q", "i2", "k", "note"]]
    frame.insert(0, "without", ["; ".join(kept.study[row]) for row in without])
    return frame
