"""Contributions: the share of every direct comparison, and of every trial, in every network estimate."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tmsmeta.errors import ConvergenceError, NotAssessable, check_option
from tmsmeta.networks.answers.evidence_flow import EvidenceFlow, evidence_flow
from tmsmeta.networks.input.independent_contrasts import Floats, Integers
from tmsmeta.networks.model.result import NetworkMeta
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import counted
from tmsmeta.words.numbers import percent
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd

METHODS = ("randomwalk", "shortestpath")
NOTHING = 1e-13
"""Flow below this is rounding."""
BLOCK_CELLS = 4_000_000
"""Cells of the transition matrices held at a time."""


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Contributions(Brief):
    """Shares of evidence.

    Attributes:
        method: ``randomwalk`` or ``shortestpath``.
        flow: the evidence flow they come from.
        share: shape (comparisons, direct comparisons); rows sum to 1.
    """

    method: str
    flow: EvidenceFlow
    share: Floats

    def in_short(self) -> str:
        """How many estimates, and how direct they are."""
        few, most = (percent(100 * float(end), 0) for end in np.quantile(self.measures["direct_share"], (0, 1)))
        return (
            f"Shares of {counted(self.share.shape[1], 'direct comparison')} in {self.share.shape[0]} network estimates "
            f"({self.method}); direct evidence makes up {few} to {most} of an estimate."
        )

    @cached_property
    def matrix(self) -> pd.DataFrame:
        """Shares: network estimates as rows, direct comparisons as columns, both named ``a:b``."""
        import pandas as pd

        return pd.DataFrame(self.share, index=self.flow.labels, columns=self.flow.edges)

    @cached_property
    def studies(self) -> pd.DataFrame:
        """Shares of trials, in columns; the share of a direct comparison is divided among its trials by weight."""
        import pandas as pd

        net, flow = self.flow.net, self.flow
        of_pair = net.direct.of_pair
        part = flow.pair_weight / flow.weight[of_pair]
        by_pair = self.share[:, of_pair] * part
        total = np.zeros((len(self.share), len(net.data.studies)))
        np.add.at(total.T, net.data.pairs.study, by_pair.T)
        return pd.DataFrame(total, index=flow.labels, columns=list(net.data.studies))

    @cached_property
    def measures(self) -> pd.DataFrame:
        """Table ``treat1 treat2 direct_share mean_path_length minimal_parallelism``."""
        return self.flow.measures()

    def to_frame(self) -> pd.DataFrame:
        """The matrix of shares."""
        return self.matrix


@answerable
def contributions(
    net: NetworkMeta, method: str = "randomwalk", *, comparisons: Sequence[tuple[str, str]] | None = None
) -> Contributions | NotAssessable:
    """Share of each direct comparison in each network estimate.

    Args:
        net: a fitted network.
        method: ``randomwalk`` follows a walker along the evidence flow; ``shortestpath`` takes the flow apart into
            paths, shortest first (of paths of one length, the one that carries most). Either way the flow of a path
            is divided evenly among its comparisons.
        comparisons: network estimates wanted, as pairs of treatments; all of them by default.

    Returns:
        The shares, or :class:`NotAssessable` where a multi-arm trial has weights below 0, with the trial: no walk and
        no path follows those.

    Raises:
        InvalidInputError: something else than a fitted network, or a comparison of treatments that it lacks.
        UnknownOptionError: an unknown method.
        ConvergenceError: a random walk that does not end.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> shares = tm.contributions(net, comparisons=[("X", "P")])
        >>> print(shares.matrix.round(2).to_string())
              P:X   P:Y   X:Y
        X:P  0.59  0.21  0.21

    References:
        Davies, Papakonstantinou, Nikolakopoulou, Rücker & Galla, Stat Med 2022;41:2091 (random walk);
        Papakonstantinou et al., F1000Research 2018;7:610 (shortest path).
    """
    check_option("method", method, METHODS)
    flow = evidence_flow(net, comparisons)
    if isinstance(flow, NotAssessable):
        return NotAssessable("contributions", flow.reason)
    return Contributions(method=method, flow=flow, share=(_walks if method == "randomwalk" else _shortest_paths)(flow))


def _walks(flow: EvidenceFlow) -> Floats:
    n, count = len(flow.net.treatments), len(flow.source)
    step = max(1, BLOCK_CELLS // (n * n))
    blocks = [_walk_block(flow, np.arange(at, min(at + step, count)), n) for at in range(0, count, step)]
    return np.concatenate(blocks)


def _walk_block(flow: EvidenceFlow, at: Integers, n: int) -> Floats:
    """Expected share of each direct comparison in the walks of the comparisons `at`.

    A walk of length L gives 1/L to each comparison it crosses. With F_l(u) the chance to stand in u after l steps
    and B_m(v) the chance to reach the sink from v in exactly m more, the edge u-v with transition chance P(u, v)
    receives P(u, v) times the sum over l and m of F_l(u) B_m(v) / (l + 1 + m).
    """
    f, source, sink = flow.flow[at], flow.source[at], flow.sink[at]
    f = np.where(np.abs(f) > NOTHING, f, 0.0)
    start, end = np.where(f > 0, flow.i, flow.j), np.where(f > 0, flow.j, flow.i)
    each = np.arange(len(at))[:, None]
    out = np.zeros((len(at), n))
    np.add.at(out, (each, start), np.abs(f))
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = np.where(f != 0, np.abs(f) / out[each, start], 0.0)
    chance[start == sink[:, None]] = 0.0
    step = np.zeros((len(at), n, n))
    np.add.at(step, (each, start, end), chance)
    forward, backward = _arrivals(step, source, sink)
    lengths = 1.0 / (1.0 + np.add.outer(np.arange(len(forward)), np.arange(len(backward))))
    at_start, at_end = forward[:, each, start], backward[:, each, end]
    share: Floats = chance * np.einsum("lce,lce->ce", at_start, np.tensordot(lengths, at_end, axes=1))
    return share


def _arrivals(step: Floats, source: Integers, sink: Integers) -> tuple[Floats, Floats]:
    """F_l and B_m for l, m = 0, 1, ... until every walk has ended, each of shape (lengths, comparisons, n)."""
    each = np.arange(len(source))
    here, there = np.zeros(step.shape[:2]), np.zeros(step.shape[:2])
    here[each, source] = there[each, sink] = 1.0
    forward, backward = [here], [there]
    limit = 20 * step.shape[1] + 100
    while here.max() > NOTHING or there.max() > NOTHING:
        here = (here[:, None, :] @ step)[:, 0, :]
        there = (step @ there[:, :, None])[:, :, 0]
        forward.append(here)
        backward.append(there)
        if len(forward) > limit:
            raise ConvergenceError("The random walk along the evidence does not end.")
    return np.array(forward), np.array(backward)


def _shortest_paths(flow: EvidenceFlow) -> Floats:
    share = np.zeros(flow.flow.shape)
    edge = {(i, j): e for e, (i, j) in enumerate(zip(flow.i.tolist(), flow.j.tolist(), strict=True))}
    for c in range(len(flow.source)):
        for nodes, amount in flow_paths(flow, c):
            for u, v in itertools.pairwise(nodes):
                share[c, edge[min(u, v), max(u, v)]] += amount / (len(nodes) - 1)
    total: Floats = share.sum(axis=1, keepdims=True)
    return share / total


def flow_paths(flow: EvidenceFlow, comparison: int) -> list[tuple[tuple[int, ...], float]]:
    """The flow of one comparison taken apart into paths, shortest first: stations (indices) and share of each."""
    left = {
        ((i, j) if f > 0 else (j, i)): abs(f)
        for i, j, f in zip(flow.i.tolist(), flow.j.tolist(), flow.flow[comparison].tolist(), strict=True)
        if abs(f) > NOTHING
    }
    source, sink = int(flow.source[comparison]), int(flow.sink[comparison])
    paths = []
    while path := _shortest(left, source, sink):
        amount = min(left[edge] for edge in path)
        for edge in path:
            left[edge] -= amount
            if left[edge] <= NOTHING:
                del left[edge]
        paths.append(((source, *(v for _, v in path)), amount))
    return paths


def _shortest(left: dict[tuple[int, int], float], source: int, sink: int) -> list[tuple[int, int]]:
    """The shortest path with flow from `source` to `sink`; of several, the one with the largest bottleneck."""
    reached: dict[int, tuple[float, tuple[int, int] | None]] = {source: (np.inf, None)}
    front = {source}
    while front and sink not in reached:
        found: dict[int, tuple[float, tuple[int, int] | None]] = {}
        for edge, flow in left.items():
            if edge[0] in front and edge[1] not in reached:
                width = min(flow, reached[edge[0]][0])
                if width > found.get(edge[1], (0.0, None))[0]:
                    found[edge[1]] = (width, edge)
        reached.update(found)
        front = set(found)
    path: list[tuple[int, int]] = []
    edge_in = reached.get(sink, (0.0, None))[1]
    while edge_in is not None:
        path.append(edge_in)
        edge_in = reached[edge_in[0]][1]
    return path[::-1]
