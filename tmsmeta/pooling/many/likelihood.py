"""Maximum and restricted maximum likelihood for many data sets at once, the same maxima as
:func:`tmsmeta.pooling.heterogeneity.likelihood.maximise` finds.

The root of the score is sought by steps on b / a, which is a straight line in tau2 when all variances are equal. That
it is the only root is proven by :mod:`tmsmeta.pooling.many.uniqueness_proof`, in one of two ways:

* Few data sets are evaluated on a grid first, all points in one call, which proves and brackets: few calls, more work.
* For many, Newton steps from 0 come first, and the proof then looks at what is left: less work, more calls. Where it
  does not come, the grid has its turn.

A data set for which neither proof comes, whose numbers span too many orders of magnitude or whose likelihood is too
flat at the root goes to ``maximise``. The error of an answer is a few units in the last place of the largest variance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tmsmeta.pooling.heterogeneity.likelihood import FARTHEST, LARGEST_SCALE, MARGIN, Criterion, maximise
from tmsmeta.pooling.heterogeneity.weighted_regression import Floats
from tmsmeta.pooling.many.moments import (
    Rows,
    Weighed,
    largest_variance,
    residual_squares,
    squares_times_variance,
)
from tmsmeta.pooling.many.uniqueness_proof import LARGEST_SPREAD, Point, evaluate, on_grid, point, proven

_FEW = 2000  # numbers per array up to which the calls cost more than the work
_MAX_STEPS = 40
TOLERANCE = 1e-8  # relative size of the last Newton step; the error after it is of the order of its square
_BEND = 0.5  # part of a Newton step by which the cubic may change it
_SHORT, _AGREE = 1e-5, 1e-12  # relative size of a step, and of the terms beyond Newton's, that make it the last
_REGROUP = 0.75  # share of unfinished data sets below which the finished ones are put aside


def maximise_rows(rows: Rows, criterion: Criterion, at_zero: Weighed) -> Floats:
    """The tau2 >= 0 at which the likelihood of each data set is largest, shape (n,).

    Every data set must hold at least two studies; `at_zero` is ``weigh(rows, 0.0)``.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        tau2, sure = find_and_prove(rows, criterion, at_zero)
    for column in np.flatnonzero(~sure):
        tau2[column] = maximise(rows.model(int(column)), criterion)
    return tau2


def find_and_prove(rows: Rows, criterion: Criterion, at_zero: Weighed) -> tuple[Floats, NDArray[np.bool_]]:
    """The place of a maximum, and whether it is proven to be the only one; each of shape (n,)."""
    squares, largest = residual_squares(rows), largest_variance(rows)
    top = upper_bound_rows(rows, squares, largest)
    unknown = (squares > 0.0) & _in_range(rows, top, largest)
    few = rows.v.size <= _FEW
    if few and unknown.all():
        return grid_first(rows, criterion, top)
    tau2, sure = np.zeros(rows.n), squares == 0.0  # equal estimates: the score is negative everywhere
    if not few and unknown.any():
        zero = point(at_zero, np.zeros(rows.n), criterion)
        limit_a = squares_times_variance(rows) / squares
        some = rows.keep(unknown), criterion, zero.keep(unknown), limit_a[unknown], top[unknown]
        tau2[unknown], sure[unknown] = search_first(*some)
        unknown = unknown & ~sure
    if unknown.any():
        tau2[unknown], sure[unknown] = grid_first(rows.keep(unknown), criterion, top[unknown])
    return tau2, sure


def _in_range(rows: Rows, top: Floats, largest: Floats) -> NDArray[np.bool_]:
    """Which data sets are such that no term of the score overflows, underflows or loses its digits."""
    scale = (rows.v_top >= 1.0 / LARGEST_SCALE) & (largest <= LARGEST_SCALE)
    return scale & (largest <= LARGEST_SPREAD * rows.v_top) & (top <= FARTHEST * rows.v_top)


def upper_bound_rows(rows: Rows, squares: Floats, largest: Floats) -> Floats:
    """:func:`tmsmeta.pooling.heterogeneity.likelihood.upper_bound` of every data set, shape (n,).

    Args:
        rows: the data sets.
        squares: sums of squares of their ordinary residuals.
        largest: their largest variances.
    """
    low, df2 = rows.v_top, 2.0 * (rows.count - 1.0)
    x: Floats = (squares + np.sqrt(squares) * np.sqrt(squares + 2.0 * df2 * (largest - low))) / df2
    return np.maximum(x - low, 0.0) + MARGIN * np.maximum(x, low)


def grid_first(rows: Rows, criterion: Criterion, top: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """As :func:`find_and_prove`: the proof on a grid, then the search between two of its points.

    `top` is a value of tau2 beyond which the score is negative.
    """
    sure, points, first_below = on_grid(rows, criterion, top)
    sure &= first_below < len(points.tau2)
    tau2 = np.zeros(rows.n)
    inside = sure & (first_below > 0)
    if inside.any():
        index = np.flatnonzero(inside)
        low, high = (points.take((place, index)) for place in (first_below[index] - 1, first_below[index]))
        part = rows.keep(inside)
        guess, _ = _propose(high, low.tau2, high.tau2, part.v_top, low)  # between the two, whichever way it is read
        tau2[index], root, settled = _search(part, criterion, guess, low.tau2, high.tau2, high)
        sure[index] = settled & root.well_conditioned
    return tau2, sure


def search_first(
    rows: Rows, criterion: Criterion, zero: Point, limit_a: Floats, top: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """As :func:`find_and_prove`: the search from 0, then the proof by few evaluations around the root.

    `zero` is the point at tau2 = 0; where the score is not positive there, 0 is the candidate. `limit_a` is the limit
    of A as tau2 grows, `top` as in :func:`grid_first`.
    """
    tau2, root, sure = np.zeros(rows.n), Point(*(x.copy() for x in zero)), zero.ratio <= 1.0
    inside = ~sure
    if inside.any():
        part, low, high = rows.keep(inside), np.zeros(np.count_nonzero(inside)), top[inside]
        start, _ = _propose(zero.keep(inside), low, high, part.v_top)
        tau2[inside], there, settled = _search(part, criterion, start, low, high)
        for whole, new in zip(root, there._replace(ratio=np.ones(part.n)), strict=True):
            whole[inside] = new
        sure[inside] = settled & there.well_conditioned
    if sure.any():
        sure[sure] = proven(rows.keep(sure), criterion, zero.keep(sure), root.keep(sure), limit_a[sure])
    return tau2, sure


def _search(
    rows: Rows, criterion: Criterion, t: Floats, low: Floats, high: Floats, before: Point | None = None
) -> tuple[Floats, Point, NDArray[np.bool_]]:
    """The root of the score between `low` and `high`, looked for from `t` on.

    With another point known `before`, steps follow the cubic through the last two points, which also tells earlier
    when to stop; the slopes at the point returned are then those of a place near the root, not at it.

    Returns:
        tau2; the point from which the last step was taken; and whether the iteration settled.
    """
    tau2, root = t, Point(*np.full((len(Point._fields), rows.n), np.nan))
    settled, index = np.zeros(rows.n, dtype=bool), np.arange(rows.n)
    for _ in range(_MAX_STEPS):
        here = evaluate(rows, t, criterion)
        positive = here.ratio > 1.0
        low, high = np.where(positive, t, low), np.where(positive, high, t)
        proposal, done = _propose(here, low, high, rows.v_top, before)
        left = ~done
        unfinished = np.count_nonzero(left)
        if unfinished == 0 and len(index) == len(tau2):
            return proposal, here, done
        if before is None and unfinished >= _REGROUP * len(index):
            t = np.where(done, t, proposal)  # what has settled settles again at the same place
            continue
        place = index[done]
        tau2[place], settled[place] = proposal[done], True
        for kept, new in zip(root, here, strict=True):
            kept[place] = new[done]
        if unfinished == 0:
            break
        index, rows, t, low, high = index[left], rows.keep(left), proposal[left], low[left], high[left]
        before = here.keep(left) if before is not None else None
    return tau2, root, settled


def _propose(
    here: Point, low: Floats, high: Floats, shift: Floats, before: Point | None = None
) -> tuple[Floats, NDArray[np.bool_]]:
    """The next value of tau2, and whether the step to it is the last; only a last one may leave `low` to `high`."""
    step, done = _step(here, shift, before)
    proposal = here.tau2 + step
    if done.all():
        return np.maximum(proposal, 0.0), done
    usable = done | ((here.rise > 0.0) & (proposal > low) & (proposal < high))
    middle = np.sqrt((low + shift) * (high + shift)) - shift
    return np.where(usable, np.maximum(proposal, 0.0), middle), done


def _step(here: Point, shift: Floats, before: Point | None) -> tuple[Floats, NDArray[np.bool_]]:
    """A step towards the root, and whether it is small enough to be the last.

    It is a Newton step on b / a, and with a point `before` what the cubic for tau2 in b / a through the two points and
    their slopes adds to it.
    """
    rise = here.rise
    step = (here.ratio - 1.0) / rise
    size, scale = np.abs(step), here.tau2 + shift
    last = size <= TOLERANCE * scale
    if before is not None:
        bend, twist = _bend(before, here)
        change = np.abs(bend) + np.abs(twist)  # not of the sum, which could vanish by chance
        last |= (size <= _SHORT * scale) & (change <= _AGREE * scale)
        step = np.where(change <= _BEND * size, step + bend + twist, step)
    return step, last & (rise > 0.0)


def _bend(before: Point, here: Point) -> tuple[Floats, Floats]:
    """What the square and the cubic term, for tau2 in b / a through two points, add to the Newton step from `here`."""
    value, value_before = 1.0 / here.ratio, 1.0 / before.ratio
    slope, slope_before = here.ratio / here.rise, before.ratio / before.rise
    way, width = 1.0 - value, value_before - value
    share, chord = way / width, (before.tau2 - here.tau2) / width
    part = way * share
    return part * (chord - slope), part * (share - 1.0) * (slope + slope_before - 2.0 * chord)
