"""Evidence as a flow: how much of each comparison runs over each direct comparison.

The network estimate of a against b is what flows from a to b when every direct comparison is a conductor with its
weight (Rücker 2012; König et al. 2013). Multi-arm trials enter with weights reduced so that their comparisons
together carry no more than the trial does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.networks.input.data import NetworkData
from tmsmeta.networks.input.independent_contrasts import (
    Floats,
    Integers,
    centred_covariance,
    helmert,
    square_blocks,
    square_positions,
    sums,
)
from tmsmeta.networks.model.result import NetworkMeta, check_network
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import counted, listed
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd


def reduced_weights(data: NetworkData, tau2: float) -> Floats:
    """Weight of every pair of the data, shape (m,): inverse variance for two arms, reduced for more.

    A trial's Laplacian is the pseudo-inverse of the covariance of its centred arms; its off-diagonal elements, with
    the sign turned, are the weights (Rücker & Schwarzer 2014).
    """
    pairs = data.pairs
    weight: Floats = 1.0 / (pairs.variance + tau2)
    size = data.arms_per_study[pairs.study]
    for p in np.unique(size[size > 2]).tolist():
        at, _, _, at_i, at_j = square_positions(pairs, size == p, p)
        _, _, _, variance = square_blocks(pairs, size == p, p)
        basis = helmert(p)
        spread = basis @ (centred_covariance(variance) + tau2 / 2 * np.eye(p)) @ basis.T
        laplacian = basis.T @ np.linalg.inv(spread) @ basis
        weight[at] = -laplacian[np.arange(len(at))[:, None], at_i, at_j]
    return weight


@dataclass(frozen=True, eq=False, repr=False)
class EvidenceFlow(Brief):
    """Flow of every chosen comparison over every direct comparison.

    Attributes:
        net: the network.
        source, sink: treatments of the chosen comparisons, shape (c,).
        i, j: treatments of the direct comparisons, shape (e,), i < j.
        weight: their weights, summed over trials, shape (e,).
        pair_weight: weight of each pair of the data, shape (m,).
        flow: shape (c, e); positive from i to j. A row is the comparison's row of the aggregated hat matrix.
    """

    net: NetworkMeta
    source: Integers
    sink: Integers
    i: Integers
    j: Integers
    weight: Floats
    pair_weight: Floats
    flow: Floats

    def in_short(self) -> str:
        """What flows over what."""
        return f"Flow of {counted(len(self.source), 'comparison')} over {counted(len(self.i), 'direct comparison')}."

    @cached_property
    def labels(self) -> list[str]:
        """Names of the chosen comparisons, ``a:b``."""
        return _names(self.net, self.source, self.sink)

    @cached_property
    def edges(self) -> list[str]:
        """Names of the direct comparisons."""
        return _names(self.net, self.i, self.j)

    def measures(self) -> pd.DataFrame:
        """Table ``treat1 treat2 direct_share mean_path_length minimal_parallelism``.

        ``mean_path_length`` is the sum of absolute flows: 1 if all evidence is direct. ``minimal_parallelism`` is
        the inverse of the largest flow: how many independent ways there are at least (König, Krahn & Binder 2013).
        """
        import pandas as pd

        size = np.abs(self.flow)
        names = np.array(self.net.treatments, dtype=object)
        return pd.DataFrame(
            {
                "treat1": names[self.source],
                "treat2": names[self.sink],
                "direct_share": self.net.direct_share.to_numpy()[self.source, self.sink],
                "mean_path_length": size.sum(axis=1),
                "minimal_parallelism": 1.0 / size.max(axis=1),
            }
        )


@answerable
def evidence_flow(
    net: NetworkMeta, comparisons: Sequence[tuple[str, str]] | None = None
) -> EvidenceFlow | NotAssessable:
    """The flow of `comparisons`, or of all pairs of treatments.

    Not assessable where a comparison of a multi-arm trial has a weight below 0 (its standard errors imply a variance
    below 0 for an arm): what flows over it then is no share of anything.

    Args:
        net: a fitted network.
        comparisons: pairs of treatments; all of them by default.

    Returns:
        For each comparison the flow, from 0 to 1, over each direct comparison; or why there is none.

    Raises:
        InvalidInputError: something else than a fitted network, or a comparison of treatments that it lacks.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> flow = tm.evidence_flow(net, [("X", "P")])
        >>> [round(abs(float(share)), 2) for share in flow.flow[0]]
        [0.59, 0.41, 0.41]
    """
    check_network(net)
    if comparisons is not None and not len(comparisons):
        raise InvalidInputError(Issue(None, "comparisons", (), "must hold a pair of treatments, or be None."))
    if comparisons is None:
        source, sink = np.triu_indices(len(net.treatments), 1)
    else:
        source = np.array([net.index(a) for a, _ in comparisons], dtype=np.intp)
        sink = np.array([net.index(b) for _, b in comparisons], dtype=np.intp)
    d = net.direct
    pair_weight = reduced_weights(net.data, net.fit.tau2)
    negative = np.unique(net.data.pairs.study[pair_weight < -1e-12 * np.abs(pair_weight).max()])
    if len(negative):
        trials = listed([net.data.studies[s] for s in negative.tolist()])
        reason = f"the standard errors of {trials} imply a variance below 0 for an arm, hence weights below 0"
        return NotAssessable("flow of evidence", reason)
    weight = sums(d.of_pair, pair_weight)
    c = net.covariance
    potential = c[source] - c[sink]
    return EvidenceFlow(
        net, source, sink, d.i, d.j, weight, pair_weight, weight * (potential[:, d.i] - potential[:, d.j])
    )


@answerable
def hat_matrix(net: NetworkMeta) -> pd.DataFrame | NotAssessable:
    """Aggregated hat matrix: weight of each direct comparison (column) in each network estimate (row), with signs.

    Not assessable where :func:`evidence_flow` is not.

    Args:
        net: a fitted network.

    Returns:
        The matrix, rows and columns named by their comparisons; or why there is none.

    Raises:
        InvalidInputError: something else than a fitted network.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> print(tm.networks.hat_matrix(net).round(2).to_string())
              P:X   P:Y   X:Y
        P:X  0.59  0.41 -0.41
        P:Y  0.34  0.66  0.34
        X:Y -0.25  0.25  0.75
    """
    import pandas as pd

    flow = evidence_flow(net)
    if isinstance(flow, NotAssessable):
        return flow
    return pd.DataFrame(flow.flow, index=flow.labels, columns=flow.edges)


@answerable
def leverage(net: NetworkMeta) -> pd.DataFrame:
    """Table ``study arms leverage residual``: trace of the hat matrix over the trial's contrasts, and its part of Q.

    Leverages sum to the number of treatments minus 1; a trial with p arms has at most p - 1. ``residual`` is the
    weighted sum of squared residuals at the network's tau2.

    Args:
        net: a fitted network.

    Returns:
        The table, one row per trial.

    Raises:
        InvalidInputError: something else than a fitted network.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> print(tm.networks.leverage(net).round(2).to_string(index=False))
        study  arms  leverage  residual
            A     2      0.59      0.04
            B     2      0.66      0.03
            C     2      0.75      0.02
    """
    import pandas as pd

    check_network(net)
    rows, w = net.data.rows, net.fit.weights
    size = len(net.data.studies)
    of_row = w * net.fit.system.row_variances()
    return pd.DataFrame(
        {
            "study": list(net.data.studies),
            "arms": net.data.arms_per_study,
            "leverage": sums(rows.study, of_row, size),
            "residual": sums(rows.study, w * net.fit.residuals**2, size),
        }
    )


def _names(net: NetworkMeta, i: Integers, j: Integers) -> list[str]:
    t = net.treatments
    return [f"{t[a]}:{t[b]}" for a, b in zip(i.tolist(), j.tolist(), strict=True)]
