"""The shape of a network: nodes, edges, loops, and what it hangs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tmsmeta.networks.input.data import NetworkData
from tmsmeta.networks.input.independent_contrasts import Integers, sums
from tmsmeta.networks.model.components import ComponentMeta
from tmsmeta.networks.model.direct import design_codes
from tmsmeta.networks.model.result import NetworkMeta, check_network
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import counted
from tmsmeta.words.results import Brief, to_plain

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class NetworkGraph(Brief):
    """Counts that describe a network.

    Attributes:
        nodes: table ``treatment trials patients events degree``, NaN where an arm has no counts.
        edges: table ``treat1 treat2 trials patients studies``: direct comparisons and their trials.
        trials: number of trials.
        multi_arm: trials with more than two arms.
        multi_arm_designs: sets of treatments that such trials compare, each with its number of trials.
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
    multi_arm_designs: tuple[tuple[tuple[str, ...], int], ...] = ()

    def in_short(self) -> str:
        """Treatments, comparisons, trials and loops."""
        edges, trials = counted(len(self.edges), "direct comparison"), counted(self.trials, "trial")
        parts = f"; {len(self.parts)} parts that no trial connects" if len(self.parts) > 1 else ""
        return (
            f"{len(self.nodes)} treatments, {edges}, {trials} ({self.multi_arm} with more than two arms) in "
            f"{counted(self.designs, 'design')}{parts}; {counted(self.independent_loops, 'independent loop')}, "
            f"{counted(len(self.bridges), 'bridge')}."
        )

    @property
    def neighbours(self) -> dict[str, tuple[str, ...]]:
        """The treatments with which each treatment is compared directly."""
        return neighbours(tuple(self.nodes["treatment"]), self.edges)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "nodes": to_plain(self.nodes),
            "edges": to_plain(self.edges),
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
            "multi_arm_designs": [
                {"treatments": list(names), "trials": trials} for names, trials in self.multi_arm_designs
            ],
        }


@answerable
def geometry(network: NetworkMeta | ComponentMeta | NetworkData) -> NetworkGraph:
    """Describe the shape of a network, fitted or not, connected or not.

    Args:
        network: a fitted network or component model, or the trials of :func:`tmsmeta.networks.network_data`.

    Returns:
        Treatments, comparisons, designs, loops, and what hangs on single trials.

    Raises:
        InvalidInputError: something else than a network.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> shape = tm.geometry(tm.network(arms, measure="OR", reference="P", better="higher"))
        >>> shape.trials, shape.loops, shape.neighbours["P"]
        (3, 1, ('X', 'Y'))
    """
    if not isinstance(network, NetworkData):
        check_network(network, ComponentMeta, argument="network")
    data = network if isinstance(network, NetworkData) else network.data
    edges = _edges(data)
    pairs = list(zip(edges["treat1"], edges["treat2"], strict=True))
    beside = neighbours(data.treatments, edges)
    designs, code = design_codes(data)
    rank = len(data.treatments) - len(data.parts)
    within = int(sum((k - 1) * (len(d) - 1) for d, k in zip(designs, np.bincount(code).tolist(), strict=True)))
    return NetworkGraph(
        nodes=_nodes(data, beside),
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
        only_neighbour={t: n[0] for t, n in beside.items() if len(n) == 1},
        multi_arm_designs=_multi_arm_designs(data, designs, code),
    )


def neighbours(treatments: tuple[str, ...], edges: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """The treatments with which each treatment is compared directly, by the table of edges."""
    found: dict[str, list[str]] = {t: [] for t in treatments}
    for a, b in zip(edges["treat1"], edges["treat2"], strict=True):
        found[a].append(b)
        found[b].append(a)
    return {t: tuple(near) for t, near in found.items()}


def _nodes(data: NetworkData, beside: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    import pandas as pd

    trials, patients = data.trials_of()
    return pd.DataFrame(
        {
            "treatment": list(data.treatments),
            "trials": trials,
            "patients": patients,
            "events": sums(data.arms.treatment, data.arms.events, len(data.treatments)),
            "degree": [len(beside[t]) for t in data.treatments],
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


def _multi_arm_designs(
    data: NetworkData, designs: tuple[tuple[int, ...], ...], code: Integers
) -> tuple[tuple[tuple[str, ...], int], ...]:
    trials = np.bincount(code, weights=data.trial_counts, minlength=len(designs))
    return tuple(
        (tuple(data.treatments[t] for t in design), int(trials[k]))
        for k, design in enumerate(designs)
        if len(design) > 2
    )


def _bridges(pairs: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    import networkx as nx

    graph: Any = nx.Graph(pairs)
    known = set(pairs)
    return tuple(sorted((a, b) if (a, b) in known else (b, a) for a, b in nx.bridges(graph)))


def _critical_trials(data: NetworkData) -> tuple[str, ...]:
    """Trials that alone hold parts together: the joints of the graph of treatments and trials."""
    import networkx as nx

    size = len(data.treatments)
    joints = (node - size for node in nx.articulation_points(trials_and_treatments(data)) if node >= size)
    return tuple(data.studies[s] for s in sorted(joints))


def trials_and_treatments(data: NetworkData) -> Any:
    """Graph whose nodes are treatments (0 to n - 1) and trials (n onwards), with an edge for every arm."""
    import networkx as nx

    graph: Any = nx.Graph()
    graph.add_edges_from(
        zip(data.arms.treatment.tolist(), (data.arms.study + len(data.treatments)).tolist(), strict=True)
    )
    return graph
