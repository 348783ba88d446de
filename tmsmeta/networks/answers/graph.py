"""The shape of a network: nodes, edges, loops, and what it hangs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tmsmeta.networks.input.data import NetworkData, connected_parts, sums
from tmsmeta.networks.model.direct import design_codes
from tmsmeta.networks.model.result import NetworkMeta, records

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, kw_only=True)
class NetworkGraph:
    """Counts that describe a network.

    Attributes:
        nodes: table ``treatment trials patients events degree``, NaN where an arm has no counts.
        edges: table ``treat1 treat2 trials patients studies``: direct comparisons and their trials.
        trials: number of trials.
        multi_arm: trials with more than two arms.
        designs: number of different sets of treatments.
        parts: connected parts, as treatment labels.
        loops: independent loops of the graph of edges (edges - nodes + parts); a multi-arm trial alone closes loops
            that say nothing about consistency.
        independent_loops: degrees of freedom for inconsistency between designs.
        bridges: direct comparisons without which the network falls apart.
        critical_trials: trials without which the network falls apart or loses a treatment.
        single_trial: direct comparisons that rest on one trial.
        only_neighbour: treatments with one neighbour, mapped to it: all they are compared with goes through it.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    trials: int
    multi_arm: int
    designs: int
    parts: tuple[tuple[str, ...], ...]
    loops: int
    independent_loops: int
    bridges: tuple[tuple[str, str], ...]
    critical_trials: tuple[str, ...]
    single_trial: tuple[tuple[str, str, str], ...]
    only_neighbour: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "nodes": records(self.nodes),
            "edges": records(self.edges),
            "trials": self.trials,
            "multi_arm": self.multi_arm,
            "designs": self.designs,
            "parts": [list(p) for p in self.parts],
            "loops": self.loops,
            "independent_loops": self.independent_loops,
            "bridges": [list(b) for b in self.bridges],
            "critical_trials": list(self.critical_trials),
            "single_trial": [list(s) for s in self.single_trial],
            "only_neighbour": dict(self.only_neighbour),
        }


def geometry(network: NetworkMeta | NetworkData) -> NetworkGraph:
    """Describe the shape of a network, fitted or not, connected or not."""
    data = network.data if isinstance(network, NetworkMeta) else network
    edges = _edges(data)
    pairs = list(zip(edges["treat1"], edges["treat2"], strict=True))
    neighbours: dict[str, list[str]] = {t: [] for t in data.treatments}
    for a, b in pairs:
        neighbours[a].append(b)
        neighbours[b].append(a)
    designs, code = design_codes(data)
    rank = len(data.treatments) - len(data.parts)
    within = int(sum((k - 1) * (len(d) - 1) for d, k in zip(designs, np.bincount(code).tolist(), strict=True)))
    return NetworkGraph(
        nodes=_nodes(data, neighbours),
        edges=edges,
        trials=int(data.trial_counts.sum()),
        multi_arm=int(data.trial_counts[data.arms_per_study > 2].sum()),
        designs=len(designs),
        parts=data.parts,
        loops=len(pairs) - rank,
        independent_loops=len(data.rows.z) - rank - within,
        bridges=_bridges(pairs),
        critical_trials=_critical_trials(data),
        single_trial=tuple((a, b, s[0]) for (a, b), s in zip(pairs, edges["studies"], strict=True) if len(s) == 1),
        only_neighbour={t: n[0] for t, n in neighbours.items() if len(n) == 1},
    )


def _nodes(data: NetworkData, neighbours: dict[str, list[str]]) -> pd.DataFrame:
    import pandas as pd

    trials, patients = data.trials_of()
    return pd.DataFrame(
        {
            "treatment": list(data.treatments),
            "trials": trials,
            "patients": patients,
            "events": sums(data.arms.treatment, data.arms.events, len(data.treatments)),
            "degree": [len(neighbours[t]) for t in data.treatments],
        }
    )


def _edges(data: NetworkData) -> pd.DataFrame:
    import pandas as pd

    arms = (column.tolist() for column in (data.arms.study, data.arms.treatment, data.arms.n))
    size = {(s, t): n for s, t, n in zip(*arms, strict=True)}
    found: dict[tuple[int, int], list[int]] = {}
    for s, i, j in zip(data.pairs.study.tolist(), data.pairs.i.tolist(), data.pairs.j.tolist(), strict=True):
        found.setdefault((i, j), []).append(s)
    lines = [
        {
            "treat1": data.treatments[i],
            "treat2": data.treatments[j],
            "trials": int(data.trial_counts[studies].sum()),
            "patients": sum(size[s, i] + size[s, j] for s in studies),
            "studies": tuple(data.studies[s] for s in studies),
        }
        for (i, j), studies in sorted(found.items())
    ]
    return pd.DataFrame(lines)


def _bridges(pairs: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    import networkx as nx

    graph: Any = nx.Graph(pairs)
    known = set(pairs)
    return tuple(sorted((a, b) if (a, b) in known else (b, a) for a, b in nx.bridges(graph)))


def _critical_trials(data: NetworkData) -> tuple[str, ...]:
    """Trials that alone hold two parts together: only those on edges with no other trial can."""
    pairs, n = data.pairs, len(data.treatments)
    code = pairs.i * n + pairs.j
    _, of_pair, count = np.unique(code, return_inverse=True, return_counts=True)
    suspects = np.unique(pairs.study[count[of_pair] == 1])
    critical = []
    for s in suspects.tolist():
        rest = pairs.study != s
        if len(connected_parts(data.treatments, pairs.i[rest], pairs.j[rest])) > len(data.parts):
            critical.append(data.studies[s])
    return tuple(critical)
