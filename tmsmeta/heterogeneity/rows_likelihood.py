"""Maximum and restricted maximum likelihood for many data sets at once, the same maxima as
:func:`tmsmeta.heterogeneity.likelihood.maximise` finds.

Newton steps on b / a, which is a straight line in tau2 when all variances are equal, find a root of the score in three
or four steps. :mod:`tmsmeta.heterogeneity.rows_certificate` then proves that it is the only one. A data set whose proof
does not come, whose variances span too many orders of magnitude or whose likelihood is too flat at the root goes to
``maximise``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tmsmeta.heterogeneity.likelihood import Criterion, maximise
from tmsmeta.heterogeneity.model import Floats
from tmsmeta.heterogeneity.rows_certificate import LARGEST_SPREAD, Point, evaluate, point, proven
from tmsmeta.heterogeneity.rows_model import Rows, Spread, Weighed, spread

_MAX_STEPS = 40
TOLERANCE = 1e-8  # relative size of the last step; the error after it is of the order of its square
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
    shape = spread(rows)
    top = upper_bound_rows(rows, shape)
    zero = point(at_zero, np.zeros(rows.n), criterion)
    tau2, root, settled = _newton(rows, criterion, zero, top)
    all_equal = zero.ratio == 0.0
    inside = tau2 > 0.0
    sane = (shape.v_max <= LARGEST_SPREAD * rows.v_top) & (root.well_conditioned | ~inside)
    sure = all_equal | (settled & sane)
    check = np.flatnonzero(sure & ~all_equal)
    limit_a = shape.weighted / shape.squares
    if len(check) == rows.n:
        return tau2, proven(rows, criterion, zero, root, limit_a, top)
    if len(check):
        sure[check] = proven(
            rows.take(check), criterion, zero.take(check), root.take(check), limit_a[check], top[check]
        )
    return tau2, sure


def upper_bound_rows(rows: Rows, shape: Spread) -> Floats:
    """:func:`tmsmeta.heterogeneity.likelihood.upper_bound` of every data set, shape (n,)."""
    df = rows.count - 1.0
    squares, low, high = shape.squares, rows.v_top, shape.v_max
    x = (squares + np.sqrt(squares * squares + 4.0 * df * squares * (high - low))) / (2.0 * df)
    return np.maximum(x - low, 0.0) * (1.0 + 1e-9)


def _newton(rows: Rows, criterion: Criterion, zero: Point, top: Floats) -> tuple[Floats, Point, NDArray[np.bool_]]:
    """A root of the score between 0 and `top`, or 0 where the score is not positive there.

    Returns:
        tau2; the point from which the last step was taken, its a / b set to 1 (at 0: as it is); and whether the
        iteration settled.
    """
    settled = zero.ratio <= 1.0
    tau2, root = np.zeros(rows.n), Point(*(x.copy() for x in zero))
    index = np.flatnonzero(~settled)
    part = rows if len(index) == rows.n else rows.take(index)
    low, high = np.zeros(len(index)), top[index]
    t, _ = _propose(zero.take(index), low, high, part.v_top)
    for _ in range(_MAX_STEPS):
        if not len(index):
            break
        here = evaluate(part, t, criterion)
        np.copyto(low, t, where=here.ratio > 1.0)
        np.copyto(high, t, where=here.ratio <= 1.0)
        proposal, done = _propose(here, low, high, part.v_top)
        place = index[done]
        tau2[place], settled[place] = proposal[done], True
        for kept, new in zip(root, here, strict=True):
            kept[place] = new[done]
        root.ratio[place] = 1.0
        t = np.where(done, t, proposal)
        left = ~done
        if np.count_nonzero(left) < _REGROUP * len(index):
            index, part, t, low, high = index[left], part.take(left), t[left], low[left], high[left]
    return tau2, root, settled


def _propose(here: Point, low: Floats, high: Floats, shift: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """The Newton step on b / a, kept between `low` and `high`, and whether it was small enough to be the last."""
    rise = here.rise
    step = (here.ratio - 1.0) / rise
    proposal = here.tau2 + step
    done = (rise > 0.0) & (np.abs(step) <= TOLERANCE * (here.tau2 + shift))
    usable = done | ((rise > 0.0) & (proposal > low) & (proposal < high))
    middle = np.sqrt((low + shift) * (high + shift)) - shift
    return np.where(usable, np.maximum(proposal, 0.0), middle), done
