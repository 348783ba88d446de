"""Proof that a root of the likelihood score is the only one, from a handful of further evaluations.

With K an orthonormal basis of the contrasts between studies and lambda_j the eigenvalues of K'VK, the terms of the
score (see :mod:`tmsmeta.pooling.heterogeneity.likelihood`) are sums over x_j = 1 / (tau2 + lambda_j)::

    a = sum z_j^2 x_j^2     c = sum z_j^2 x_j^3     b = sum x_j     d = sum x_j^2

(for ML, b and d with the variances in place of lambda_j). Two numbers describe how fast a and b fall::

    A = a / c - tau2 ,  (log a)' = -2 / (tau2 + A)
    B = b / d - tau2 ,  (log b)' = -1 / (tau2 + B)

Both increase in tau2, by the Cauchy-Schwarz inequalities c^2 <= a sum z^2 x^4 and d^2 <= b sum x^3. On an interval
[l, r] therefore A <= A(r) and B >= B(l), and with h(t) = (t + A(r))^2 / (t + B(l)), which first falls and then rises,
turning at t = A(r) - 2 B(l):

* b / a increases on [l, r] if l + 2 B(l) > A(r);
* (l, r] holds no root if a / b at l, times h(l), stays below h on it;
* [l, r) holds no root if a / b at r, times h(r), stays above h on it.

As tau2 grows without bound A tends to sum v e^2 / sum e^2, with e the ordinary residuals. So [root, infinity) is
covered by marching down from there: with A at the right end known, b / a increases on the part of the interval where
t + 2 B(root) > A, and only what is left needs another evaluation. [0, root] is covered in the same way. The other way
is a grid: no root need be known, and every interval between two points has bounds of its own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tmsmeta.pooling.heterogeneity.likelihood import Criterion
from tmsmeta.pooling.heterogeneity.weighted_regression import Floats
from tmsmeta.pooling.many.moments import Rows, Weighed, score, weigh

SLACK = 1e-9  # relative allowance for rounding in A and B; see LARGEST_SPREAD
LARGEST_SPREAD = 1e6  # ratio of variances up to which c keeps at least ten digits
STEEPEST = 1e-3  # a root where log(b / a) rises by less than this share of d / b is left to the careful solver
_MARCH_RIGHT, _MARCH_LEFT = 2, 1  # steps after which the grid is cheaper
_STEPS = np.linspace(0.0, 1.0, 24)[:, None]
_Bools = NDArray[np.bool_]


class Point(NamedTuple):
    """What is known at one or more values of tau2 per data set, each of shape (n,) or (m, n): tau2, a / b, c / a and
    d / b.
    """

    tau2: Floats
    ratio: Floats
    slope_a: Floats
    slope_b: Floats

    @property
    def upper_a(self) -> Floats:
        """An upper bound of A."""
        return (1.0 + SLACK) / self.slope_a - self.tau2

    @property
    def lower_b(self) -> Floats:
        """A lower bound of B."""
        return np.maximum((1.0 - SLACK) / self.slope_b - self.tau2, 0.0)

    @property
    def rise(self) -> Floats:
        """Slope of log(b / a)."""
        return 2.0 * self.slope_a - self.slope_b

    @property
    def well_conditioned(self) -> _Bools:
        """Whether b / a rises steeply enough for the last digits of a root here to mean something."""
        return self.rise > STEEPEST * self.slope_b

    def take(self, index: NDArray[np.intp] | tuple[NDArray[np.intp], ...] | slice) -> Point:
        """The same for some of the data sets, or at some points of a grid."""
        return Point(self.tau2[index], self.ratio[index], self.slope_a[index], self.slope_b[index])

    def keep(self, mask: _Bools) -> Point:
        """The same for the data sets of a mask."""
        return self if mask.all() else self.take(np.flatnonzero(mask))


def evaluate(rows: Rows, tau2: Floats, criterion: Criterion) -> Point:
    """The point at `tau2`, shape (n,), or the points at m values per data set, shape (m, n)."""
    return point(weigh(rows, tau2), tau2, criterion)


def point(weighed: Weighed, tau2: Floats, criterion: Criterion) -> Point:
    """The point at `tau2` from the weights there."""
    terms = score(weighed, criterion)
    return Point(tau2, terms.a / terms.b, terms.c / terms.a, terms.d / terms.b)


def _h(t: Floats, upper_a: Floats, lower_b: Floats) -> Floats:
    return (t + upper_a) ** 2 / (t + lower_b)


def _no_root_right_of(left: Point, upper_a: Floats, right: Floats | float) -> _Bools:
    """Whether b stays above a on (left, right], `upper_a` being a bound of A at `right`.

    At a root itself (a / b = 1) this asks for an increasing b / a.
    """
    turn = np.clip(upper_a - 2.0 * left.lower_b, left.tau2, right)
    height = left.ratio * _h(left.tau2, upper_a, left.lower_b)
    rising = (left.tau2 + 2.0 * left.lower_b > upper_a * (1.0 + SLACK)) & (left.ratio <= 1.0)
    return rising | (height * (1.0 + SLACK) < _h(turn, upper_a, left.lower_b))


def _no_root_left_of(right: Point, left_tau2: Floats, lower_b: Floats) -> _Bools:
    """Whether a stays above b on [left_tau2, right), `lower_b` being a bound of B at `left_tau2`."""
    rising = left_tau2 + 2.0 * lower_b > right.upper_a * (1.0 + SLACK)
    start = _h(left_tau2, right.upper_a, lower_b)
    above = right.ratio * _h(right.tau2, right.upper_a, lower_b) > start * (1.0 + 1e-6)
    return (right.ratio >= 1.0) & (rising | above)


def proven(rows: Rows, criterion: Criterion, zero: Point, root: Point, limit_a: Floats) -> _Bools:
    """For which data sets `root` is proven to be the place of the only maximum of the likelihood.

    Args:
        rows: the data sets.
        criterion: ``ML`` or ``REML``.
        zero: the point at tau2 = 0.
        root: the point at the root found, with a / b = 1, or at tau2 = 0 with a / b at most 1.
        limit_a: the limit of A as tau2 grows.
    """
    known = _march_right(rows, criterion, root, limit_a * (1.0 + SLACK))
    inside = known & (root.tau2 > 0.0)
    if inside.any():
        known[inside] = _march_left(rows.keep(inside), criterion, zero.keep(inside), root.keep(inside))
    return known


def _march_right(rows: Rows, criterion: Criterion, root: Point, limit_a: Floats) -> _Bools:
    """Whether b > a everywhere right of the root."""
    found = _no_root_right_of(root, limit_a, np.inf)
    known, index, upper_a = found.copy(), np.arange(rows.n), limit_a
    for _ in range(_MARCH_RIGHT):
        if found.all():
            break
        left = ~found
        index, rows, root, upper_a = index[left], rows.keep(left), root.keep(left), upper_a[left]
        end = np.maximum(upper_a - 2.0 * root.lower_b, root.tau2)
        upper_a = evaluate(rows, end, criterion).upper_a
        found = _no_root_right_of(root, upper_a, end)
        known[index] = found
    return known


def _march_left(rows: Rows, criterion: Criterion, zero: Point, root: Point) -> _Bools:
    """Whether a > b everywhere left of the root, tau2 = 0 included."""
    found = _no_root_left_of(root, zero.tau2, zero.lower_b)
    known, index, end = found.copy(), np.arange(rows.n), root
    for _ in range(_MARCH_LEFT):
        if found.all():
            break
        left = ~found
        index, rows, zero = index[left], rows.keep(left), zero.keep(left)
        end = evaluate(rows, np.maximum(end.upper_a[left] - 2.0 * zero.lower_b, 0.0), criterion)
        found = _no_root_left_of(end, zero.tau2, zero.lower_b)
        known[index] = found
    return known


def on_grid(rows: Rows, criterion: Criterion, top: Floats) -> tuple[_Bools, Point, NDArray[np.intp]]:
    """Proof, without knowing a root, that the likelihood has only one maximum.

    Args:
        rows: the data sets.
        criterion: ``ML`` or ``REML``.
        top: a value of tau2 beyond which the score is negative.

    Returns:
        For which data sets the proof came, shape (n,); the points at values of tau2 from 0 to `top`, in geometric
        steps of tau2 + smallest variance, shape (m, n); and for proven data sets the place of the first point beyond
        the maximum, shape (n,), 0 meaning that the maximum is at tau2 = 0, and m that `top` is no bound.
    """
    tau2 = rows.v_top * ((rows.v_top + top) / rows.v_top) ** _STEPS - rows.v_top
    tau2[0], tau2[-1] = 0.0, top
    points = evaluate(rows, tau2, criterion)
    left, right = points.take(slice(None, -1)), points.take(slice(1, None))
    upper_a, lower_b = right.upper_a, left.lower_b
    settled: _Bools = left.tau2 + 2.0 * lower_b > upper_a * (1.0 + SLACK)
    if not settled.all():
        settled |= _no_root_right_of(left, upper_a, right.tau2)
        settled |= _no_root_left_of(right, left.tau2, lower_b)
    proof: _Bools = np.logical_and.reduce(settled, axis=0)
    return proof, points, np.count_nonzero(points.ratio > 1.0, axis=0)
