"""Cluster-robust intervals of models whose rows depend on each other: which rows belong together, and the sandwich."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.effects.pairing import row_values
from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.pooling.heterogeneity.weighted_regression import WeightedFit
from tmsmeta.pooling.robust import ROBUST, Clusters, RobustName, Sandwich, stacks_of
from tmsmeta.pooling.spec import PoolingSpec

FEW_DF = 4.0


def clustered(effects: EffectSizes, cluster: Any, robust: str | None, ci: str | None) -> tuple[EffectSizes, str | None]:
    """The effects with their clusters, and the interval that follows; both as they were where there is no cluster.

    Args:
        effects: k rows.
        cluster: one label per row, by study or position as :mod:`tmsmeta.effects.pairing` has it; ``"study"`` for the
            study labels; None for no clusters.
        robust: ``CR0``, ``CR1`` or ``CR2``; None for ``CR2``, or what `ci` says.
        ci: the interval asked for; None where none was.

    Raises:
        InvalidInputError: `robust` without `cluster`, or an interval beside it that does not come from the clusters.
        UnknownOptionError: another name in `robust`.
    """
    if robust is not None:
        check_option("robust", robust, ROBUST)
    if cluster is None:
        if robust is not None and effects.cluster is None:
            message = "needs `cluster`, the column that says which rows belong together."
            raise InvalidInputError(Issue(None, "robust", robust, message))
        return effects, robust or ci
    if ci is not None and (ci not in ROBUST or robust not in (None, ci)):
        message = "stands beside `cluster`, whose robust standard errors have an interval of their own; leave it out."
        raise InvalidInputError(Issue(None, "ci", ci, message))
    given = effects.study.tolist() if isinstance(cluster, str) and cluster == "study" else cluster
    labels = np.array([str(value) for value in row_values("cluster", given, effects, "cluster")])
    return replace(effects, cluster=labels), robust or ci or "CR2"


def robust_spec(spec: PoolingSpec, ci: str | None) -> PoolingSpec:
    """The spec with the cluster-robust interval `ci`; with it, a profile is no longer the profile."""
    return replace(spec, ci=ci, name="")  # type: ignore[arg-type]


def is_robust(ci: str) -> bool:
    """Whether the interval comes from clusters."""
    return ci in ROBUST


def check_clusters(effects: EffectSizes, ci: str) -> None:
    """Raise for a cluster-robust interval of effects without clusters."""
    if is_robust(ci) and effects.cluster is None:
        message = "needs the clusters of the rows; give `cluster`, as pool, meta_regression and subgroups take it."
        raise InvalidInputError(Issue(None, "ci", ci, message))


def count_clusters(effects: EffectSizes) -> int:
    """Number of clusters among the rows; of rows where none are named."""
    return effects.k if effects.cluster is None else len(np.unique(effects.cluster))


class Model(Protocol):
    """What the sandwich reads of a weighted model."""

    v: Floats


def sandwich_of(
    effects: EffectSizes, model: Model, x: Floats, fit: WeightedFit, tau2: float, kind: RobustName
) -> Sandwich:
    """The sandwich over the clusters, with the independent errors v + tau2 of the weighted model as working covariance.

    Args:
        effects: k rows with clusters.
        model: the weighted model.
        x: its design, shape (k, p).
        fit: its fit at `tau2`.
        tau2: between-study variance.
        kind: ``CR0``, ``CR1`` or ``CR2``.
    """
    labels = np.arange(effects.k).astype(str) if effects.cluster is None else effects.cluster
    codes = np.unique(labels, return_inverse=True)[1].astype(np.intp)
    variances = model.v + tau2
    basis, triangle = np.linalg.qr(x / np.sqrt(variances)[:, None])
    design = basis * np.sqrt(variances)[:, None]  # spans the same columns, and its X' W X is 1
    residuals = fit.residuals - design @ (basis.T @ (fit.residuals / np.sqrt(variances)))
    clusters = (
        Clusters(design[rows], residuals[rows], variances[rows][:, :, None] * np.eye(rows.shape[1]))
        for rows in stacks_of(codes)
    )
    return Sandwich.of(clusters, np.eye(x.shape[1]), kind, turn=np.linalg.inv(triangle))


def few_df_caution(df: float) -> str:
    """What few degrees of freedom mean; empty where there are enough."""
    if df >= FEW_DF:
        return ""
    return (
        f"The cluster-robust interval has {df:.1f} degrees of freedom; below {FEW_DF:g} its coverage is not "
        "to be relied on (Tipton 2015), and a model of the dependence (multilevel, joint) says more."
    )
