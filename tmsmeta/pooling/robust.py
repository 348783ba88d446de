"""Cluster-robust (sandwich) covariance of coefficients, with small-sample corrections and degrees of freedom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc

from tmsmeta.effects.base import Floats
from tmsmeta.errors import NotAssessable

RobustName = Literal["CR0", "CR1", "CR2"]
_NOTHING = 1e-14  # of a model-based variance: what rounding leaves of a robust one that is 0
ROBUST: tuple[RobustName, ...] = get_args(RobustName)


class Cluster(NamedTuple):
    """One cluster: its design (n, p), residuals (n,), and working covariance (n, n)."""

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


def robust_covariance(clusters: Sequence[Cluster], bread: Floats, kind: RobustName) -> Robust:
    """The sandwich around weighted least squares with the working covariance of each cluster.

    ``CR0``: no correction. ``CR1``: times m / (m - p) for m clusters. Both have m - p degrees of freedom. ``CR2``: the
    residuals of each cluster are adjusted so that the sandwich is unbiased if the working covariance is right (Bell &
    McCaffrey 2002), with Satterthwaite degrees of freedom of each coefficient (Pustejovsky & Tipton, J Bus Econ Stat
    2018;36:672, eqs 5, 7 and 11).

    Args:
        clusters: at least p + 1 of them.
        bread: (X' W X)^-1, shape (p, p).
        kind: ``CR0``, ``CR1`` or ``CR2``.

    Returns:
        A coefficient that one cluster decides alone leaves no residuals that tell its error: its variance is 0 and its
        degrees of freedom are NaN.
    """
    m, p = len(clusters), len(bread)
    weighted = _weighted(clusters, bread, kind)
    scores = np.array([w.T @ c.residuals for c, w in zip(clusters, weighted, strict=True)])
    covariance = bread @ (scores.T @ scores) @ bread * (m / (m - p) if kind == "CR1" else 1.0)
    unknown = np.diag(covariance) <= _NOTHING * np.diag(bread)
    covariance[unknown] = covariance[:, unknown] = 0.0
    df = robust_df(clusters, bread, kind, np.eye(p))
    return Robust(covariance, np.where(unknown, np.nan, df))


def robust_df(clusters: Sequence[Cluster], bread: Floats, kind: RobustName, combinations: Floats) -> Floats:
    """Degrees of freedom of linear combinations of the coefficients, one per row of `combinations`, shape (n, p)."""
    if kind != "CR2":
        return np.full(len(combinations), float(len(clusters) - len(bread)))
    weighted = _weighted(clusters, bread, kind)
    return np.array([_degrees(clusters, weighted, (bread @ row)[:, None], bread) for row in combinations])


def robust_test(
    clusters: Sequence[Cluster], bread: Floats, kind: RobustName, beta: Floats, tested: Sequence[int]
) -> WaldTest | NotAssessable:
    """Whether the coefficients `beta` at the places `tested` are all 0.

    ``CR0`` and ``CR1``: F with m - p degrees of freedom. ``CR2``: the approximate Hotelling T2 test of Pustejovsky and
    Tipton (2018, section 3.2; their AHT), whose degrees of freedom match the variance of the sandwich.

    Args:
        clusters, bread, kind: as in :func:`robust_covariance`.
        beta: coefficients, shape (p,).
        tested: places of those that are 0 under the hypothesis.
    """
    q, m = len(tested), len(clusters)
    found = robust_covariance(clusters, bread, kind)
    block = found.covariance[np.ix_(tested, tested)]
    if np.linalg.matrix_rank(block, hermitian=True) < q:
        reason = f"{m} clusters do not tell the errors of {q} coefficients together; does a single one decide any?"
        return NotAssessable("test", reason)
    chi2 = float(beta[list(tested)] @ np.linalg.solve(block, beta[list(tested)]))
    df, shrink = float(m - len(bread)), 1.0
    if kind == "CR2":
        eta = _degrees(clusters, _weighted(clusters, bread, kind), bread[:, list(tested)], bread)
        df, shrink = eta - q + 1, (eta - q + 1) / eta
    if not df > 0:
        return NotAssessable("test", f"{m} clusters leave no degree of freedom to test {q} coefficients together")
    statistic = shrink * chi2 / q
    return WaldTest(statistic, q, df, float(fdtrc(q, df, statistic)))


def _weighted(clusters: Sequence[Cluster], bread: Floats, kind: RobustName) -> list[Floats]:
    """W X of each cluster, with the adjustment of its residuals in it."""
    plain = [np.asarray(np.linalg.solve(c.covariance, c.x), dtype=np.float64) for c in clusters]
    if kind != "CR2":
        return plain
    return [_adjustment(c, bread).T @ w for c, w in zip(clusters, plain, strict=True)]


def _adjustment(cluster: Cluster, bread: Floats) -> Floats:
    """The symmetric-root adjustment A of a cluster, for which A (S - X C X') A' = S with S the working covariance."""
    root = np.linalg.cholesky(cluster.covariance).T
    left = cluster.covariance - cluster.x @ bread @ cluster.x.T
    values, vectors = np.linalg.eigh(root @ left @ root.T)
    # nothing is left where the cluster alone decides a coefficient; the second bound is what rounding leaves then
    usable = values > 1e-10 * max(float(values[-1]), 1e-4 * float(np.linalg.norm(cluster.covariance)) ** 2)
    inverse = np.divide(1.0, np.sqrt(np.where(usable, values, 1.0)), where=usable, out=np.zeros_like(values))
    adjusted: Floats = root.T @ (vectors * inverse) @ vectors.T @ root
    return adjusted


def _degrees(clusters: Sequence[Cluster], weighted: list[Floats], contrasts: Floats, bread: Floats) -> float:
    """Degrees of freedom q (q + 1) / sum of var(d_st), d the sandwich of q contrasts in units of its expectation.

    For one contrast that is Satterthwaite's 2 E(v)^2 / var(v). The variance is that under the working model: score s
    of cluster i and score t of cluster j have the covariance P = [i = j] D_i - H_i' M H_j with the M of the bread.

    Args:
        clusters, weighted, bread: as above.
        contrasts: the bread's columns of the q coefficients, shape (p, q).
    """
    own = [w @ contrasts for w in weighted]
    d = np.array([a.T @ c.covariance @ a for a, c in zip(own, clusters, strict=True)])
    h = np.array([c.x.T @ a for a, c in zip(own, clusters, strict=True)])
    expected = d.sum(axis=0) - np.einsum("ips,pr,irt->st", h, bread, h)
    values, vectors = np.linalg.eigh(expected)
    if values[0] <= _NOTHING * np.trace(contrasts.T @ np.linalg.solve(bread, contrasts)):
        return np.nan
    unit = vectors / np.sqrt(values)
    d, h = unit.T @ d @ unit, h @ unit
    g = np.einsum("ips,pr,irt->ist", h, bread, h)
    inside = np.einsum("iss,itt->", d, d) - 2 * np.einsum("iss,itt->", d, g) + (d * d - 2 * d * g).sum()
    cross = np.einsum("ips,irt->stpr", h, h) @ bread
    apart = np.einsum("tspr,strp->", cross, cross) + np.einsum("tspr,tsrp->", cross, cross)
    q = contrasts.shape[1]
    return float(q * (q + 1) / (inside + apart))


def rows_of(codes: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """The rows of each cluster, for codes from 0 on."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
