"""Cluster-robust (sandwich) covariance of coefficients, with small-sample corrections and degrees of freedom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.special import fdtrc

from tmsmeta.effects.base import Floats
from tmsmeta.errors import NotAssessable

RobustName = Literal["CR0", "CR1", "CR2"]
_NOTHING = 1e-14  # of a model-based variance: what rounding leaves of a robust one that is 0
_STACK = 1 << 20  # numbers in the covariances that are worked on at once
ROBUST: tuple[RobustName, ...] = get_args(RobustName)


class Clusters(NamedTuple):
    """Clusters of one size, side by side: designs (m, n, p), residuals (m, n), working covariances (m, n, n)."""

    x: Floats
    residuals: Floats
    covariance: Floats


class Robust(NamedTuple):
    """Sandwich covariance (p, p), and degrees of freedom of each coefficient (p,)."""

    covariance: Floats
    df: Floats


class WaldTest(NamedTuple):
    """A test of several coefficients: F with its degrees of freedom, those of the denominator not whole with CR2."""

    statistic: float
    df: int
    df_residual: float
    p_value: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Sandwich:
    """What weighted least squares with the working covariance of each cluster leaves to tell its errors.

    The design may span the columns of the moderators in other coordinates: moderators that nearly determine each other
    then cost no digits, since only the last step turns to their coefficients.

    ``CR0``: no correction. ``CR1``: times m / (m - p) for m clusters. Both have m - p degrees of freedom. ``CR2``: the
    residuals of each cluster are adjusted so that the sandwich is unbiased if the working covariance is right (Bell &
    McCaffrey 2002), with Satterthwaite degrees of freedom of each coefficient (Pustejovsky & Tipton, J Bus Econ Stat
    2018;36:672, eqs 5, 7 and 11).

    Attributes:
        bread: (X' W X)^-1, shape (p, p), with X the design in the coordinates of the clusters.
        kind: ``CR0``, ``CR1`` or ``CR2``.
        scores: X' W A e of each cluster, shape (m, p), with A the adjustment of the residuals e.
        spread: covariance of the scores where the working covariance is that of the errors, shape (m, p, p).
        overlap: X' A' W X of each cluster, shape (m, p, p): how the fit takes a part of the errors with it.
        turn: the matrix (p, p) that makes coefficients of the moderators from those of the design.
    """

    bread: Floats
    kind: RobustName
    scores: Floats
    spread: Floats
    overlap: Floats
    turn: Floats

    @classmethod
    def of(
        cls, clusters: Iterable[Clusters], bread: Floats, kind: RobustName, *, turn: Floats | None = None
    ) -> Sandwich:
        """From the clusters, at least p + 1 of them; their order does not matter. `turn` is 1 where it is not given."""
        scores, spread, overlap = [], [], []
        for some in clusters:
            weighted = _weighted(some, bread, kind)
            across = weighted.transpose(0, 2, 1)
            scores.append((across @ some.residuals[:, :, None])[:, :, 0])
            spread.append(across @ some.covariance @ weighted)
            overlap.append(some.x.transpose(0, 2, 1) @ weighted)
        parts = (np.concatenate(part) for part in (scores, spread, overlap))
        found = dict(zip(("scores", "spread", "overlap"), parts, strict=True))
        return cls(bread=bread, kind=kind, turn=np.eye(len(bread)) if turn is None else turn, **found)

    @property
    def m(self) -> int:
        """Number of clusters."""
        return len(self.scores)

    @cached_property
    def errors(self) -> Robust:
        """The robust covariance of the coefficients and the degrees of freedom of each.

        A coefficient that one cluster decides alone leaves no residuals that tell its error: its variance is 0 and its
        degrees of freedom are NaN.
        """
        covariance = self._covariance(self.turn)
        unknown = np.diag(covariance) <= _NOTHING * np.diag(self.turn @ self.bread @ self.turn.T)
        covariance[unknown] = covariance[:, unknown] = 0.0
        return Robust(covariance, np.where(unknown, np.nan, self.df(np.eye(len(self.bread)))))

    def _covariance(self, rows: Floats) -> Floats:
        """The sandwich of linear combinations of the coefficients of the design, one per row."""
        parts = self.scores @ (self.bread @ rows.T)
        return np.asarray(parts.T @ parts) * (self.m / (self.m - len(self.bread)) if self.kind == "CR1" else 1.0)

    def df(self, combinations: Floats) -> Floats:
        """Degrees of freedom of linear combinations of the coefficients, one per row of `combinations`, (n, p)."""
        if self.kind != "CR2":
            return np.full(len(combinations), float(self.m - len(self.bread)))
        return np.array([self._degrees((self.bread @ row)[:, None]) for row in combinations @ self.turn])

    def test(self, beta: Floats, tested: Sequence[int]) -> WaldTest | NotAssessable:
        """Whether the coefficients `beta` at the places `tested` are all 0.

        ``CR0`` and ``CR1``: F with m - p degrees of freedom. ``CR2``: the approximate Hotelling T2 test of Pustejovsky
        and Tipton (2018, section 3.2; their AHT), whose degrees of freedom match the variance of the sandwich.

        Args:
            beta: coefficients, shape (p,).
            tested: places of those that are 0 under the hypothesis.
        """
        q = len(tested)
        # The test is the same for any combinations of the coefficients, and those at right angles keep all digits.
        across, triangle = np.linalg.qr(self.turn[list(tested)].T)
        block, unknown = self._covariance(across.T), np.isnan(self.errors.df[list(tested)])
        if unknown.any() or np.linalg.matrix_rank(block, hermitian=True) < q:
            reason = (
                f"{self.m} clusters do not tell the errors of {q} coefficients together; does a single one decide any?"
            )
            return NotAssessable("test", reason)
        along = solve_triangular(triangle, beta[list(tested)], trans="T")
        chi2 = float(along @ np.linalg.solve(block, along))
        df, shrink = float(self.m - len(self.bread)), 1.0
        if self.kind == "CR2":
            eta = self._degrees(self.bread @ across)
            df, shrink = eta - q + 1, (eta - q + 1) / eta
        if not df > 0:
            return NotAssessable(
                "test", f"{self.m} clusters leave no degree of freedom to test {q} coefficients together"
            )
        statistic = shrink * chi2 / q
        return WaldTest(statistic, q, df, float(fdtrc(q, df, statistic)))

    def _degrees(self, contrasts: Floats) -> float:
        """Degrees of freedom q (q + 1) / sum of var(d_st), d the sandwich of q contrasts in units of its expectation.

        For one contrast that is Satterthwaite's 2 E(v)^2 / var(v). The variance is that under the working model:
        score s of cluster i and score t of cluster j have the covariance P = [i = j] D_i - H_i' M H_j with the M of the
        bread.

        Args:
            contrasts: the bread's columns of the q coefficients, shape (p, q).
        """
        bread = self.bread
        d, h = contrasts.T @ self.spread @ contrasts, self.overlap @ contrasts
        expected = d.sum(axis=0) - np.einsum("ips,pr,irt->st", h, bread, h, optimize=True)
        values, vectors = np.linalg.eigh(expected)
        if values[0] <= _NOTHING * np.trace(contrasts.T @ np.linalg.solve(bread, contrasts)):
            return np.nan
        unit = vectors / np.sqrt(values)
        d, h = unit.T @ d @ unit, h @ unit
        g = h.transpose(0, 2, 1) @ bread @ h
        inside = np.einsum("iss,itt->", d, d) - 2 * np.einsum("iss,itt->", d, g) + (d * d - 2 * d * g).sum()
        cross = np.einsum("ips,irt->stpr", h, h, optimize=True) @ bread
        apart = np.einsum("tspr,strp->", cross, cross) + np.einsum("tspr,tsrp->", cross, cross)
        q = contrasts.shape[1]
        return float(q * (q + 1) / (inside + apart))


def _weighted(clusters: Clusters, bread: Floats, kind: RobustName) -> Floats:
    """W X of each cluster, shape (m, n, p); with CR2, A' W X.

    A is the symmetric-root adjustment, for which A (S - X C X') A' = S with S = L L' the working covariance:
    A = L (L' (S - X C X') L)^-1/2 L', so that A' W X = L (...)^-1/2 L^-1 X.
    """
    if kind != "CR2":
        return np.asarray(np.linalg.solve(clusters.covariance, clusters.x))
    root = np.linalg.cholesky(clusters.covariance)
    left = clusters.covariance - clusters.x @ bread @ clusters.x.transpose(0, 2, 1)
    values, vectors = np.linalg.eigh(root.transpose(0, 2, 1) @ left @ root)
    # nothing is left where the cluster alone decides a coefficient; the second bound is what rounding leaves then
    size = (clusters.covariance**2).sum(axis=(1, 2))
    usable = values > 1e-10 * np.maximum(values[:, -1], 1e-4 * size)[:, None]
    inverse = np.sqrt(values, where=usable, out=np.zeros_like(values))
    np.divide(1.0, inverse, where=usable, out=inverse)
    along = vectors.transpose(0, 2, 1) @ np.linalg.solve(root, clusters.x)
    return np.asarray(root @ (vectors @ (inverse[:, :, None] * along)))


def stacks_of(codes: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """The rows of the clusters, for codes from 0 on: stacks (m, n) of clusters with n rows, small enough for memory."""
    order = np.argsort(codes, kind="stable")
    sizes = np.bincount(codes)
    starts = np.cumsum(sizes) - sizes
    for n in np.unique(sizes).tolist():
        rows = order[starts[sizes == n][:, None] + np.arange(n)]
        step = max(1, _STACK // n**2)
        yield from (rows[first : first + step] for first in range(0, len(rows), step))


def rows_of(codes: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """The rows of each cluster, for codes from 0 on."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
