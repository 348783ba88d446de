"""Cluster-robust (sandwich) covariance of coefficients, with small-sample corrections and degrees of freedom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import Floats

RobustName = Literal["CR0", "CR1", "CR2"]
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
    """
    m, p = len(clusters), len(bread)
    weighted = [np.asarray(np.linalg.solve(c.covariance, c.x), dtype=np.float64) for c in clusters]
    if kind == "CR2":
        weighted = [_adjustment(c, bread).T @ w for c, w in zip(clusters, weighted, strict=True)]
    scores = np.array([w.T @ c.residuals for c, w in zip(clusters, weighted, strict=True)])
    covariance = bread @ (scores.T @ scores) @ bread * (m / (m - p) if kind == "CR1" else 1.0)
    if kind != "CR2":
        return Robust(covariance, np.full(p, float(m - p)))
    return Robust(covariance, _satterthwaite(clusters, weighted, bread))


def _adjustment(cluster: Cluster, bread: Floats) -> Floats:
    """The symmetric-root adjustment A of a cluster, for which A (S - X C X') A' = S with S the working covariance."""
    root = np.linalg.cholesky(cluster.covariance).T
    left = cluster.covariance - cluster.x @ bread @ cluster.x.T
    values, vectors = np.linalg.eigh(root @ left @ root.T)
    usable = values > 1e-10 * max(float(values[-1]), 0.0)
    inverse = np.divide(1.0, np.sqrt(np.where(usable, values, 1.0)), where=usable, out=np.zeros_like(values))
    adjusted: Floats = root.T @ (vectors * inverse) @ vectors.T @ root
    return adjusted


def _satterthwaite(clusters: Sequence[Cluster], weighted: list[Floats], bread: Floats) -> Floats:
    """Degrees of freedom of each coefficient: 2 E(v)^2 / var(v) of its sandwich variance under the working model."""
    p = len(bread)
    df = np.empty(p)
    for j in range(p):
        own = [w @ bread[:, j] for w in weighted]
        d = np.array([a @ c.covariance @ a for a, c in zip(own, clusters, strict=True)])
        h = np.array([c.x.T @ a for a, c in zip(own, clusters, strict=True)])
        between = bread @ (h.T @ h)
        trace = d.sum() - np.trace(between)
        squares = (d * d).sum() - 2 * (d * np.einsum("ip,pq,iq->i", h, bread, h)).sum() + np.trace(between @ between)
        df[j] = trace**2 / squares
    return df


def rows_of(codes: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """The rows of each cluster, for codes from 0 on."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
