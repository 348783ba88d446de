"""Meta-regressions of the same studies with many designs at once, such as a moderator shuffled over them.

The same estimates as those of :class:`tmsmeta.pooling.heterogeneity.weighted_regression.DesignModel`. Arrays have a
column per design, so that every operation runs over all of them; bases are orthonormalised twice, which leaves them as
orthogonal as a QR decomposition does (Giraud, Langou, Rozloznik & van den Eshof, Numer Math 2005;101:87).

Likelihoods are evaluated on the grid of :func:`tmsmeta.pooling.heterogeneity.likelihood.maximise`; where its proof that
there is one maximum or none does not come at once, or the numbers span too many orders of magnitude, the design goes
to that function by itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tmsmeta.pooling.heterogeneity.estimators import estimate_tau2
from tmsmeta.pooling.heterogeneity.likelihood import (
    FARTHEST,
    LARGEST_SCALE,
    MARGIN,
    Criterion,
    Points,
    grid_to,
    settled,
    terms,
)
from tmsmeta.pooling.heterogeneity.weighted_regression import ROUNDING, DesignModel, Floats, Sums
from tmsmeta.pooling.spec import PoolingSpec

_MAX_STEPS = 60
_LAST_STEP = (
    1e-9  # as in the search for one data set: after a Newton step of this relative size the error is its square
)
_LEAST_TRACE = 1e-6  # of the largest term: below it a trace has lost the digits that the proof needs


class Designs:
    """One set of k studies with n designs.

    Args:
        y: estimates, shape (k,).
        v: sampling variances, shape (k,).
        columns: the designs, column by column, shape (p, k, n).
    """

    def __init__(self, y: Floats, v: Floats, columns: Floats) -> None:
        self.y, self.v, self.columns = y[:, None], v[:, None], columns
        self.p, self.k, self.n = columns.shape

    def keep(self, index: NDArray[np.intp]) -> Designs:
        """Some of the designs, or several times the same."""
        return Designs(self.y[:, 0], self.v[:, 0], self.columns[:, :, index])

    def model(self, i: int) -> DesignModel:
        """One design by itself."""
        return DesignModel(self.y[:, 0], self.v[:, 0], np.ascontiguousarray(self.columns[:, :, i].T))

    def basis(self, w: Floats) -> tuple[list[Floats], Floats]:
        """Orthonormal bases of W^(1/2) X, p arrays (k, n), and the upper triangles R of W^(1/2) X = Q R, (n, p, p)."""
        root, found = np.sqrt(w), list[Floats]()
        triangle = np.zeros((self.n, self.p, self.p))
        for j, column in enumerate(self.columns):
            left = root * column
            for _ in range(2):
                for i, unit in enumerate(found):
                    share = _dot(unit, left)
                    triangle[:, i, j] += share
                    left = left - share * unit
            triangle[:, j, j] = np.sqrt(_dot(left, left))
            found.append(left / triangle[:, j, j])
        return found, triangle

    def sums(self, tau2: Floats) -> Sums:
        """The sums of every design at its tau2, shape (n,)."""
        w = np.broadcast_to(1.0 / (self.v + tau2), (self.k, self.n))
        root, (basis, _) = np.sqrt(w), self.basis(w)
        py = root * _project_out(basis, root * self.y)
        ppy = root * _project_out(basis, root * py)
        leverage = sum((unit * unit for unit in basis), np.zeros_like(w))
        w2 = w * w
        tr_p = (w * (1.0 - leverage)).sum(axis=0)
        tr_pp = (w2 * (1.0 - 2.0 * leverage)).sum(axis=0)
        for i, unit in enumerate(basis):
            weighted = w * unit
            tr_pp += _dot(weighted, unit) ** 2 + 2.0 * sum(_dot(weighted, other) ** 2 for other in basis[:i])
        return Sums(_dot(py, self.y), _dot(py, py), _dot(py, ppy), tr_p, tr_pp, w.sum(axis=0), w2.sum(axis=0))


def coefficient_statistics(y: Floats, v: Floats, x: Floats, spec: PoolingSpec) -> Floats:
    """Coefficients divided by their standard errors, shape (n, p); infinite where the standard error is 0.

    Args:
        y: estimates, shape (k,).
        v: sampling variances, shape (k,).
        x: design matrices of full column rank, shape (n, k, p).
        spec: its tau2 and ci are followed.
    """
    designs = Designs(y, v, np.ascontiguousarray(x.transpose(2, 1, 0)))
    w = 1.0 / (designs.v + estimate_each(designs, spec.tau2))
    basis, triangle = designs.basis(w)
    rotated = np.stack([_dot(unit, np.sqrt(w) * designs.y) for unit in basis], axis=-1)
    beta = np.linalg.solve(triangle, rotated[..., None])[..., 0].astype(np.float64)
    se = np.sqrt((np.linalg.inv(triangle) ** 2).sum(axis=-1))
    if spec.ci.startswith("hksj"):
        residuals = _residuals(designs, beta)
        factor = np.sqrt(_dot(w * residuals, residuals) / (designs.k - designs.p))
        se = se * (np.maximum(factor, 1.0) if spec.ci == "hksj-adhoc" else factor)[:, None]
    return np.divide(beta, se, out=np.full_like(se, np.inf), where=se > 0)


def _residuals(designs: Designs, beta: Floats) -> Floats:
    """y - X b, shape (k, n); 0 for all studies where no more than rounding is left."""
    residuals = designs.y - np.einsum("pkn,np->kn", designs.columns, beta)
    reach = np.abs(designs.y) + np.einsum("pkn,np->kn", np.abs(designs.columns), np.abs(beta))
    return np.where((np.abs(residuals) <= ROUNDING * reach).all(axis=0), 0.0, residuals)


def estimate_each(designs: Designs, name: str) -> Floats:
    """tau2 of every design by the estimator `name`, shape (n,)."""
    df, zero = designs.k - designs.p, np.zeros(designs.n)
    if name == "FE":
        return zero
    if name in ("ML", "REML"):
        return _maximise(designs, "REML" if name == "REML" else "ML")
    if name in ("PM", "EB"):
        return _solve_q(designs, df)
    if name in ("DL", "HS"):
        sums = designs.sums(zero)
        excess = (sums.q - df) / sums.tr_p if name == "DL" else (sums.q - designs.k) / sums.sum_w
        return np.maximum(0.0, excess)
    if name == "HE":
        squares, trace = _ordinary(designs)
        return np.maximum(0.0, (squares - trace) / df)
    if name == "SJ":
        start = float(np.square(_from_first(designs.y[:, 0])).mean())
        return start / df * designs.sums(zero + start).q if start else zero
    return np.array([estimate_tau2(designs.model(i), name).tau2 for i in range(designs.n)])


def _from_first(y: Floats) -> Floats:
    """Deviations from the mean, exactly 0 where all estimates are equal."""
    shifted = y - y[0]
    return np.asarray(shifted - shifted.mean())


def _ordinary(designs: Designs) -> tuple[Floats, Floats]:
    """Residual sums of squares of ordinary least squares, and trace(M V); see Ordinary in weighted_regression."""
    basis, _ = designs.basis(np.ones((designs.k, designs.n)))
    left = _project_out(basis, np.broadcast_to(designs.y, (designs.k, designs.n)))
    leverage = sum((unit * unit for unit in basis), np.zeros((designs.k, designs.n)))
    return _dot(left, left), _dot(designs.v, 1.0 - leverage)


def _solve_q(designs: Designs, target: float) -> Floats:
    """The roots of Q(tau2) = target, by the steps of :func:`tmsmeta.pooling.heterogeneity.qprofile.solve_q`."""
    t, index = np.zeros(designs.n), np.arange(designs.n)
    for _ in range(_MAX_STEPS):
        sums = designs.keep(index).sums(t[index])
        step = np.where((sums.q > target) & (sums.a > 0.0), sums.q * (sums.q / target - 1) / sums.a, 0.0)
        t[index] += step
        index = index[step > 1e-15 * (t[index] + designs.v.min())]
        if not len(index):
            return t
    for i in index.tolist():
        t[i] = estimate_tau2(designs.model(i), "PM").tau2
    return t


def _maximise(designs: Designs, criterion: Criterion) -> Floats:
    """The tau2 of the largest likelihood of every design."""
    with np.errstate(all="ignore"):
        tau2, sure = _one_maximum(designs, criterion)
    for i in np.flatnonzero(~sure).tolist():
        tau2[i] = estimate_tau2(designs.model(i), criterion).tau2
    return tau2


def _one_maximum(designs: Designs, criterion: Criterion) -> tuple[Floats, NDArray[np.bool_]]:
    """The maximum where it is proven to be the only one, and whether it is; each of shape (n,)."""
    low, high = float(designs.v.min()), float(designs.v.max())
    top = _upper_bounds(designs, low, high)
    tau2, sure = np.zeros(designs.n), np.isfinite(top) & (top <= FARTHEST * low)
    if not 1.0 / LARGEST_SCALE <= low <= high <= LARGEST_SCALE:
        return tau2, np.zeros(designs.n, dtype=bool)
    grid = grid_to(top, low)
    again = np.repeat(np.arange(designs.n), len(grid))
    points, exact = _points(designs.keep(again), grid.T.ravel(), criterion)
    points = Points(*(part.reshape(designs.n, -1).T for part in points))
    left, right = points.at(slice(None, -1)), points.at(slice(1, None))
    crossings = (left.a > left.b) & (right.a <= right.b)
    sure &= settled(left, right).all(axis=0) & exact.reshape(designs.n, -1).all(axis=1)
    sure &= crossings.sum(axis=0) + (points.a[0] <= points.b[0]) == 1
    inside = np.flatnonzero(sure & crossings.any(axis=0))
    cell = crossings[:, inside].argmax(axis=0)
    ends = (grid[cell, inside], grid[cell + 1, inside])
    tau2[inside], sure[inside] = _newton(designs.keep(inside), criterion, *ends, low)
    return tau2, sure


def _upper_bounds(designs: Designs, low: float, high: float) -> Floats:
    """:func:`tmsmeta.pooling.heterogeneity.likelihood.upper_bound` of every design."""
    (squares, _), df = _ordinary(designs), designs.k - designs.p
    x = (squares + np.sqrt(squares) * np.sqrt(squares + 4 * df * (high - low))) / (2 * df)
    return np.asarray(np.maximum(x - low, 0.0) + MARGIN * np.maximum(x, low))


def _points(designs: Designs, tau2: Floats, criterion: Criterion) -> tuple[Points, NDArray[np.bool_]]:
    """The score, and where no digits of the traces were lost."""
    sums = designs.sums(tau2)
    a, b, c, d = terms(sums, criterion)
    largest = 1.0 / (designs.v.min() + tau2)
    exact = (sums.tr_pp > _LEAST_TRACE * sums.sum_w2) & (sums.tr_p > _LEAST_TRACE * largest)
    return Points(tau2, a, b, a / c, b / d), exact


def _newton(
    designs: Designs, criterion: Criterion, low: Floats, high: Floats, shift: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """The roots of the score in their brackets, and whether each was reached."""
    t = np.sqrt((low + shift) * (high + shift)) - shift
    done, index = np.zeros(designs.n, dtype=bool), np.arange(designs.n)
    for _ in range(_MAX_STEPS):
        if not len(index):
            break
        a, b, c, d = terms(designs.keep(index).sums(t[index]), criterion)
        low[index], high[index] = np.where(a > b, t[index], low[index]), np.where(a > b, high[index], t[index])
        rise = 2 * c / a - d / b
        proposal = t[index] + np.where(rise > 0, (a / b - 1) / rise, np.inf)
        inside = (low[index] <= proposal) & (proposal <= high[index])
        done[index] = inside & (np.abs(proposal - t[index]) <= _LAST_STEP * (t[index] + shift))
        t[index] = np.where(inside, proposal, (low[index] + high[index]) / 2)
        index = index[~done[index]]
    return t, done


def _dot(x: Floats, y: Floats) -> Floats:
    """Sums of products over the studies, shape (n,)."""
    return np.asarray(np.einsum("kn,kn->n", x, y) if x.shape == y.shape else (x * y).sum(axis=0))


def _project_out(basis: list[Floats], z: Floats) -> Floats:
    """z, shape (k, n), minus its projections on the bases."""
    for unit in basis:
        z = z - _dot(unit, z) * unit
    return z
