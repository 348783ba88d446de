"""The same pooling on many subsets of one set of studies, by the engine for many data sets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import EffectSizes
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.pooling import PoolingSpec, estimable_rows
from tmsmeta.pooling.many.fit import BLOCK, PooledColumns, PooledRows, pool_columns, use_kernel
from tmsmeta.pooling.spec import Profile, pooling_spec

if TYPE_CHECKING:
    import pandas as pd

Members = NDArray[np.uint8]
_MOST_SUBSETS = 2_000_000


def rows_spec(profile: Profile | None, choices: dict[str, Any]) -> PoolingSpec:
    """The spec of an analysis that works on estimates and variances alone.

    Raises:
        InvalidInputError: if it takes Q around the Mantel-Haenszel estimate, which needs the counts of every data set.
    """
    spec = pooling_spec(profile, choices)
    if spec.q_centre != "inverse-variance":
        message = "is not available here, where data sets are estimates and variances; use 'inverse-variance'."
        raise InvalidInputError(Issue(None, "q_centre", spec.q_centre, message))
    return spec


def pool_subsets(effects: EffectSizes, spec: PoolingSpec, members: Members, n_jobs: int = 1) -> PooledRows:
    """Pool the subsets `members`, packed bits of shape (B, ceil(k / 8)), lowest bit first, grouped by size."""
    blocks, compiled = _blocks(members, effects.k), use_kernel("auto", spec, len(members))
    if n_jobs == 1:
        return PooledRows.join([_pool_block(effects, spec, block, compiled) for block in blocks], spec)
    from joblib import Parallel, delayed

    work = (delayed(_pool_block)(effects, spec, block, compiled) for block in blocks)
    return PooledRows.join(list(Parallel(n_jobs=n_jobs, prefer="threads")(work)), spec)


def _blocks(members: Members, k: int) -> Iterator[NDArray[np.bool_]]:
    """Membership tables of shape (n, k), each of subsets of one size."""
    size = max(1, BLOCK // k)
    for start in range(0, len(members), size):
        table = np.unpackbits(members[start : start + size], axis=1, count=k, bitorder="little").view(bool)
        counts = table.sum(axis=1)
        edges = [0, *(np.flatnonzero(np.diff(counts)) + 1).tolist(), len(table)]
        for low, high in pairwise(edges):
            yield table[low:high]


def _pool_block(effects: EffectSizes, spec: PoolingSpec, table: NDArray[np.bool_], compiled: bool) -> PooledColumns:
    chosen = np.nonzero(table)[1].reshape(len(table), -1).T
    return pool_columns(effects.yi[chosen], effects.vi[chosen], spec, compiled=compiled)


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
    """

    choices, kept = rows_spec(profile, spec), estimable_rows(effects)
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
