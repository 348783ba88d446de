"""Pairs of arms whose difference and whose sum of variances both fall into a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from tmsmeta.effects.reconstruct.arms import Floats, Ints

_MAX_CELLS = 4096
_BLOCK = 2_000_000


@dataclass(frozen=True)
class Box:
    """The windows for g_i - g_j and for v_i + v_j.

    Attributes:
        g_low: least difference.
        g_high: greatest difference.
        v_low: least sum.
        v_high: greatest sum; may be infinite.
    """

    g_low: float
    g_high: float
    v_low: float
    v_high: float


def join(
    g_left: Floats,
    v_left: Floats,
    g_right: Floats,
    v_right: Floats,
    box: Box,
    *,
    limit: int,
    overflow: Callable[[int], Exception],
) -> Iterator[tuple[int, int]]:
    """Indices (i, j) of all pairs in the box.

    The right-hand arms are sorted into strips of v as wide as the window for v, and by g within each strip, so that
    the partners of one arm lie in at most three stretches of one sorted array. The cost is near the number of
    pairs found plus n log n, not n squared.

    Raises:
        Exception: the one that `overflow` makes, once more than `limit` pairs are found.
    """
    if not (g_left.size and g_right.size):
        return
    v_high = min(box.v_high, float(v_left.max() + v_right.max()) + 1e-9)
    width = max(v_high - box.v_low, float(np.ptp(v_right)) / _MAX_CELLS, 1e-12)
    v_start, g_start, g_end = float(v_right.min()), float(g_right.min()), float(g_right.max())
    strip = np.floor((v_right - v_start) / width)
    span = g_end - g_start + 1.0
    key = strip * span + (g_right - g_start)
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.floor((box.v_low - v_left - v_start) / width)
    last = np.floor((v_high - v_left - v_start) / width)
    low = np.clip(g_left - box.g_high, g_start, g_end + 0.5) - g_start
    high = np.clip(g_left - box.g_low, g_start - 0.5, g_end) - g_start
    found = 0
    for offset in range(int((last - first).max()) + 1):
        at = first + offset
        usable = np.flatnonzero((at >= 0) & (at <= last) & (low <= high))
        base = at[usable] * span
        # One part in 1e10 of slack: the key has lost the last digits of g, and every pair is checked below.
        begin = np.searchsorted(key, base + low[usable] - 1e-9, side="left")
        stop = np.searchsorted(key, base + high[usable] + 1e-9, side="right")
        for i, j in _blocks(usable, begin, stop, order):
            difference, total = g_left[i] - g_right[j], v_left[i] + v_right[j]
            hit = (difference >= box.g_low) & (difference <= box.g_high) & (total >= box.v_low) & (total <= v_high)
            hit &= strip[j] == first[i] + offset
            found += int(hit.sum())
            if found > limit:
                raise overflow(found)
            yield from zip(i[hit].tolist(), j[hit].tolist(), strict=True)


def _blocks(rows: Ints, begin: Ints, stop: Ints, order: Ints) -> Iterator[tuple[Ints, Ints]]:
    """The stretches [begin, stop) of each row written out as index pairs, a few million at a time."""
    length = stop - begin
    cuts = np.cumsum(length)
    start = 0
    while start < rows.size:
        done = cuts[start - 1] if start else 0
        end = max(int(np.searchsorted(cuts, done + _BLOCK, side="right")), start + 1)
        size = length[start:end]
        within = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
        yield np.repeat(rows[start:end], size), order[np.repeat(begin[start:end], size) + within]
        start = end
