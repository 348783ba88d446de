"""Many small meta-analyses side by side, with the sums of weighted regression for all of them at once.

One data set is one column of arrays (k, n), so that every sum over studies adds whole rows of numbers. The study with
the smallest variance, the *top* study, is kept apart and its estimate is the origin of the others. This makes the
short formulas safe: the residual of the top study is minus the mean m, so that q >= w_top m^2 and a >= w_top^2 m^2,
and no sum below can lose more than a factor k of its digits to cancellation, however unequal the variances are. (The
exception is c, whose digits shrink with the ratio of the largest to the smallest variance.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tmsmeta.pooling.heterogeneity.likelihood import Criterion
from tmsmeta.pooling.heterogeneity.weighted_regression import EQUAL, Floats, InterceptModel

_add = np.add.reduce
_einsum = np.einsum
_AT_ONCE = 10_000  # numbers per array up to which one call of einsum is faster than nine


@dataclass(frozen=True, slots=True)
class Rows:
    """n data sets of up to k studies, arranged for the kernels.

    Attributes:
        y: estimates of the studies other than the top study, minus the estimate of the top study, shape (k - 1, n);
            0 where a study is absent.
        v: their sampling variances, shape (k - 1, n); infinite where a study is absent, so that its weight is 0.
        y_top: estimate of the study with the smallest variance, shape (n,).
        v_top: its sampling variance, shape (n,).
        count: number of studies present, shape (n,), as floats.
        complete: True if no study is absent anywhere.
    """

    y: Floats
    v: Floats
    y_top: Floats
    v_top: Floats
    count: Floats
    complete: bool

    @property
    def n(self) -> int:
        """Number of data sets."""
        return len(self.y_top)

    def take(self, index: NDArray[Any]) -> Rows:
        """The data sets `index` (positions or a mask), in that order."""
        return Rows(
            self.y[:, index],
            self.v[:, index],
            self.y_top[index],
            self.v_top[index],
            self.count[index],
            self.complete,
        )

    def keep(self, mask: NDArray[np.bool_]) -> Rows:
        """The data sets of a mask."""
        return self if mask.all() else self.take(np.flatnonzero(mask))

    def model(self, column: int) -> InterceptModel:
        """One of the data sets as the model that the functions for single analyses take."""
        present = np.isfinite(self.v[:, column])
        y = np.concatenate([[0.0], self.y[present, column]]) + self.y_top[column]
        return InterceptModel(y, np.concatenate([self.v_top[column, None], self.v[present, column]]))

    def finite_variances(self) -> Floats:
        """The variances of the other studies with 0 in place of absent ones, shape (k - 1, n)."""
        return self.v if self.complete else np.where(np.isinf(self.v), 0.0, self.v)


def arrange(y: Floats, v: Floats) -> Rows:
    """Data sets as columns: `y` and `v` of shape (k, n), NaN in either where a study is absent.

    Every column must hold at least one study. The arrays are not changed.
    """
    absent = np.isnan(y + v)
    complete = not absent.any()
    v = v.copy() if complete else np.where(absent, np.inf, v)
    y = y.copy()
    columns = np.arange(y.shape[1])
    top = v.argmin(axis=0)
    y_top, v_top = y[top, columns], v[top, columns]
    y[top, columns], v[top, columns] = y[0], v[0]
    y, v = y[1:], v[1:]
    y -= y_top
    if complete:
        count = np.full(len(columns), len(y) + 1.0)
    else:
        y[np.isinf(v)] = 0.0
        count = len(y) + 1.0 - absent.sum(axis=0)
    y[:, (np.abs(y) <= EQUAL * np.abs(y_top)).all(axis=0)] = 0.0
    return Rows(y, v, y_top, v_top, count, complete)


class Weighed(NamedTuple):
    """Sums of the weights w = 1 / (v + tau2), from which every statistic at one tau2 follows.

    ``sums[i - 1, j]`` is the sum of w^i y^j over the studies other than the top one, y being counted from the top
    study. ``top`` is the weight of the top study, ``total`` the sum of all weights, ``mean`` the weighted mean of y.
    Each is of the shape of tau2, which is (n,) or, for m values per data set, (m, n).
    """

    sums: Floats
    top: Floats
    total: Floats
    mean: Floats


class Score(NamedTuple):
    """a, b, c, d of :mod:`tmsmeta.pooling.heterogeneity.likelihood`, each of shape (n,): the score is (a - b) / 2."""

    a: Floats
    b: Floats
    c: Floats
    d: Floats


def weigh(rows: Rows, tau2: Floats | float, highest: int = 3) -> Weighed:
    """The sums at `tau2`, one value per data set, m values per data set, or one for all.

    `highest` is the highest power of the weights: 1 is enough for ``weighted_squares``, 2 for ``trace_p`` and
    ``slope_of_q``, 3 for ``score``.
    """
    y, v = rows.y, rows.v
    if np.ndim(tau2) == 2:
        y, v = y[:, None], v[:, None]
    w = v + tau2
    np.divide(1.0, w, out=w)
    sums = _sums_at_once(w, y, highest) if w.size <= _AT_ONCE else _sums_in_turn(w, y, highest)
    top = 1.0 / (rows.v_top + tau2)
    total = top + sums[0, 0]
    return Weighed(sums, top, total, sums[0, 1] / total)


def _sums_at_once(w: Floats, y: Floats, highest: int) -> Floats:
    """The sums of :class:`Weighed` in one call."""
    weights, powers = np.empty((highest, *w.shape)), np.empty((3, *w.shape))
    powers[0], powers[1], powers[2], weights[0] = 1.0, y, y * y, w
    for i in range(1, highest):
        np.multiply(weights[i - 1], w, out=weights[i])
    flat = len(w), -1
    sums: Floats = _einsum("akn,bkn->abn", weights.reshape(highest, *flat), powers.reshape(3, *flat))
    return sums.reshape(highest, 3, *w.shape[1:])


def _sums_in_turn(w: Floats, y: Floats, highest: int) -> Floats:
    """The same one after the other, which reads and writes less memory."""
    sums = np.empty((highest, 3, *w.shape[1:]))
    pair = "kn,kn->n" if w.ndim == 2 else "kmn,kmn->mn"
    wy = w * y
    _add(w, axis=0, out=sums[0, 0])
    _add(wy, axis=0, out=sums[0, 1])
    _einsum(pair, wy, y, out=sums[0, 2])
    if highest >= 2:
        _einsum(pair, w, w, out=sums[1, 0])
        _einsum(pair, w, wy, out=sums[1, 1])
        _einsum(pair, wy, wy, out=sums[1, 2])
    if highest >= 3:
        w2 = w * w
        _einsum(pair, w2, w, out=sums[2, 0])
        _einsum(pair, w2, wy, out=sums[2, 1])
        np.multiply(wy, wy, out=wy)
        _einsum(pair, w, wy, out=sums[2, 2])
    return sums


def weighted_squares(x: Weighed) -> Floats:
    """q = y'Py, the weighted residual sum of squares."""
    q: Floats = x.sums[0, 2] - x.mean * x.mean * x.total
    return np.maximum(q, 0.0)


def trace_p(x: Weighed) -> Floats:
    """trace(P), as a sum of products of weights over pairs of studies, which cannot cancel."""
    others = x.sums[0, 0]
    pairs: Floats = 2.0 * x.top * others + (others * others - x.sums[1, 0])
    return pairs / x.total


def slope_of_q(x: Weighed) -> Floats:
    """a = y'PPy, minus the derivative of q."""
    squares, cross, a = x.sums[1]
    slope: Floats = a - x.mean * (2.0 * cross - x.mean * (squares + x.top * x.top))
    return np.maximum(slope, 0.0)


def score(x: Weighed, criterion: Criterion) -> Score:
    """The terms of the score and of its derivative."""
    (s1, _, _), (s2, m2, _), (s3, m3, c) = x.sums
    top, total, mean = x.top, x.total, x.mean
    # c = sum of w (u - weighted mean of u)^2 with u = w r, taken from the value of u in the top study
    crossed = top * s1
    apart = crossed - s2
    mean_u = (m2 + mean * apart) / total
    c = c + mean * (2.0 * (top * m2 - m3) + mean * (top * (apart - s2) + s3)) - total * mean_u * mean_u
    a = slope_of_q(x)
    if criterion == "ML":
        return Score(a, total, c, top * top + s2)
    square = s1 * s1
    b = (crossed + apart + square) / total
    d = s2 - 2.0 * s3 / total + (top * top * (square + 2.0 * s2) + s2 * s2) / (total * total)
    return Score(a, b, c, d)


def residual_squares(rows: Rows) -> Floats:
    """Sum of squares of the ordinary, unweighted, residuals e of every data set, shape (n,)."""
    total = _add(rows.y, axis=0)
    squares: Floats = _einsum("kn,kn->n", rows.y, rows.y) - total * total / rows.count
    return np.maximum(squares, 0.0)


def squares_times_variance(rows: Rows) -> Floats:
    """The sum of v e^2 over the studies, with e as in :func:`residual_squares`."""
    mean = _add(rows.y, axis=0) / rows.count
    residuals = rows.y - mean
    others: Floats = _einsum("kn,kn,kn->n", rows.finite_variances(), residuals, residuals)
    return others + rows.v_top * mean * mean


def mean_variance(rows: Rows) -> Floats:
    """Mean of the sampling variances."""
    return (_add(rows.finite_variances(), axis=0) + rows.v_top) / rows.count


def largest_variance(rows: Rows) -> Floats:
    """The largest sampling variance."""
    others: Floats = np.maximum.reduce(rows.finite_variances(), axis=0, initial=0.0)
    return np.maximum(others, rows.v_top)
