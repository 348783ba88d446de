"""Many small meta-analyses side by side, and the sums of :mod:`tmsmeta.heterogeneity.model` for all of them at once.

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

from tmsmeta.heterogeneity.likelihood import Criterion
from tmsmeta.heterogeneity.model import Floats, InterceptModel

_add = np.add.reduce
_einsum = np.einsum


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
        count = np.full(len(columns), float(len(y) + 1))
    else:
        y[np.isinf(v)] = 0.0
        count = len(y) + 1.0 - absent.sum(axis=0)
    return Rows(y, v, y_top, v_top, count, complete)


class Weighed(NamedTuple):
    """Weights 1 / (v + tau2) and what every sum needs of them.

    ``w`` and ``wy`` (weight times shifted estimate) are of shape (k - 1, n) and belong to the studies other than the
    top one; ``top`` is the weight of the top study, ``others`` the sum of ``w``, ``total`` the sum of all weights and
    ``mean`` the weighted mean, counted from the top study's estimate; each of shape (n,).
    """

    w: Floats
    wy: Floats
    top: Floats
    others: Floats
    total: Floats
    mean: Floats


class Score(NamedTuple):
    """a, b, c and d of :mod:`tmsmeta.heterogeneity.likelihood`, each of shape (n,): the score is (a - b) / 2."""

    a: Floats
    b: Floats
    c: Floats
    d: Floats


def weigh(rows: Rows, tau2: Floats | float) -> Weighed:
    """Weights at `tau2`, one value per data set or one for all."""
    w = rows.v + tau2
    np.divide(1.0, w, out=w)
    wy = w * rows.y
    top = 1.0 / (rows.v_top + tau2)
    others = _add(w, axis=0)
    total = top + others
    return Weighed(w, wy, top, others, total, _add(wy, axis=0) / total)


def weighted_squares(rows: Rows, x: Weighed) -> Floats:
    """q = y'Py, the weighted residual sum of squares."""
    q: Floats = _einsum("kn,kn->n", x.wy, rows.y) - x.mean * x.mean * x.total
    return np.maximum(q, 0.0)


def trace_p(x: Weighed) -> Floats:
    """trace(P), as a sum of products of weights over pairs of studies, which cannot cancel."""
    squares = _einsum("kn,kn->n", x.w, x.w)
    pairs: Floats = 2.0 * x.top * x.others + (x.others * x.others - squares)
    return pairs / x.total


def slope_of_q(x: Weighed) -> Floats:
    """a = y'PPy, minus the derivative of q."""
    squares = _einsum("kn,kn->n", x.w, x.w) + x.top * x.top
    cross = _einsum("kn,kn->n", x.w, x.wy)
    a: Floats = _einsum("kn,kn->n", x.wy, x.wy) - x.mean * (2.0 * cross - x.mean * squares)
    return np.maximum(a, 0.0)


def score(x: Weighed, criterion: Criterion) -> Score:
    """The terms of the score and of its derivative."""
    w2 = x.w * x.w
    s1, s2, s3 = x.others, _add(w2, axis=0), _einsum("kn,kn->n", w2, x.w)
    m2, m3 = _einsum("kn,kn->n", x.w, x.wy), _einsum("kn,kn->n", w2, x.wy)
    top2, mean2 = x.top * x.top, x.mean * x.mean
    a = _einsum("kn,kn->n", x.wy, x.wy) - x.mean * (2.0 * m2 - x.mean * (s2 + top2))
    # c = sum of w (u - weighted mean of u)^2 with u = w r, taken from the value of u in the top study
    mean_u = (m2 + x.mean * (x.top * s1 - s2)) / x.total
    c = _einsum("kn,kn,kn->n", x.w, x.wy, x.wy) + 2.0 * x.mean * (x.top * m2 - m3)
    c += mean2 * (top2 * s1 - 2.0 * x.top * s2 + s3) - x.total * mean_u * mean_u
    if criterion == "ML":
        return Score(np.maximum(a, 0.0), x.total, c, top2 + s2)
    b = (2.0 * x.top * s1 + (s1 * s1 - s2)) / x.total
    d = s2 - 2.0 * s3 / x.total + (top2 * (s1 * s1 + 2.0 * s2) + s2 * s2) / (x.total * x.total)
    return Score(np.maximum(a, 0.0), b, c, d)


class Spread(NamedTuple):
    """Unweighted quantities: residual sum of squares, the same weighted by the variances, extremes of the variances."""

    squares: Floats
    weighted: Floats
    v_sum: Floats
    v_max: Floats


def spread(rows: Rows) -> Spread:
    """The quantities of ordinary least squares for every data set."""
    v = rows.finite_variances()
    mean = _add(rows.y, axis=0) / rows.count
    mean2 = mean * mean
    residuals = rows.y - mean
    squares = _einsum("kn,kn->n", rows.y, rows.y) - rows.count * mean2
    weighted = _einsum("kn,kn,kn->n", v, residuals, residuals) + rows.v_top * mean2
    v_max = np.maximum(v.max(axis=0, initial=0.0), rows.v_top)
    return Spread(np.maximum(squares, 0.0), weighted, _add(v, axis=0) + rows.v_top, v_max)
