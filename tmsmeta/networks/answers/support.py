"""What links two treatments, and what the link hangs on, in numbers and in a sentence."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import NotAssessable
from tmsmeta.networks.answers.contributions import flow_paths
from tmsmeta.networks.answers.evidence_flow import EvidenceFlow, evidence_flow
from tmsmeta.networks.answers.graph import geometry, trials_and_treatments
from tmsmeta.networks.input.data import NetworkData
from tmsmeta.networks.model.result import NetworkMeta, check_network
from tmsmeta.words import numbers
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import counted, listed

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class EvidencePath:
    """One way from a treatment to another over direct comparisons.

    Attributes:
        treatments: the stations, both ends included.
        share: share of the network estimate that runs this way, 0 to 1.
        trials: trials on each leg.
    """

    treatments: tuple[str, ...]
    share: float
    trials: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Linkage:
    """How a comparison is supported.

    Attributes:
        treat1, treat2: the comparison.
        direct_trials: trials with both arms.
        direct_share: share of direct evidence, 0 to 1.
        paths: ways the evidence runs, the largest share first; not assessable where a multi-arm trial has weights
            below 0.
        critical_trials: trials without any one of which the two are no longer linked.
    """

    treat1: str
    treat2: str
    direct_trials: tuple[str, ...]
    direct_share: float
    paths: tuple[EvidencePath, ...] | NotAssessable
    critical_trials: tuple[str, ...]

    def sentence(self, labels: Mapping[str, str] | None = None) -> str:
        """The link in words; `labels` maps treatments to names."""
        name = dict(labels or {})

        def said(t: str) -> str:
            return name.get(t, t)

        start = f"{said(self.treat1)} against {said(self.treat2)}: "
        count = len(self.direct_trials)
        if count:
            trials = counted(count, "trial")
            parts = [f"compared directly in {trials} ({', '.join(self.direct_trials)})"]
            if self.direct_share < 1 - 1e-9:
                share = numbers.percent(100 * self.direct_share, 0)
                parts[0] += f", which {'carries' if count == 1 else 'carry'} {share} of the estimate"
        else:
            parts = ["no trial compares them directly"]
        ways = self.paths
        if isinstance(ways, NotAssessable):
            parts.append(f"the ways of the evidence are {ways}")
            ways = ()
        indirect = [p for p in ways if len(p.treatments) > 2]
        if indirect:
            through = [
                f"{' - '.join(map(said, p.treatments))} ({numbers.percent(100 * p.share, 0)})" for p in indirect[:3]
            ]
            more = [f"{len(indirect) - 3} more"] if len(indirect) > 3 else []
            parts.append(f"indirect evidence runs {listed([*through, *more])}")
        if self.critical_trials:
            parts.append(f"the link hangs on {' and on '.join(self.critical_trials)} alone")
        return f"{start}{'; '.join(parts)}."


@answerable
def linkage(net: NetworkMeta, treat1: str, treat2: str) -> Linkage:
    """What supports the estimate of `treat1` against `treat2`.

    Args:
        net: a fitted network.
        treat1: a treatment of it.
        treat2: the one that it is compared with.

    Returns:
        Trials that compare the two, paths of indirect evidence with their shares, and trials that all hangs on.

    Raises:
        InvalidInputError: something else than a fitted network, or an unknown treatment.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> link = tm.networks.linkage(net, "X", "P")
        >>> link.direct_trials, f"{link.direct_share:.2f}", link.critical_trials
        (('A',), '0.59', ())
    """
    check_network(net)
    a, b = net.index(treat1), net.index(treat2)
    flow = evidence_flow(net, [(treat1, treat2)])
    on_leg = _trials_by_leg(net.data)
    return Linkage(
        treat1=net.treatments[a],
        treat2=net.treatments[b],
        direct_trials=on_leg.get((min(a, b), max(a, b)), ()),
        direct_share=float(net.direct_share.to_numpy()[a, b]),
        paths=flow if isinstance(flow, NotAssessable) else _paths(flow, on_leg),
        critical_trials=_critical_from(net, treat2)[a],
    )


def _paths(flow: EvidenceFlow, on_leg: Mapping[tuple[int, int], tuple[str, ...]]) -> tuple[EvidencePath, ...]:
    """The ways of the first comparison of `flow`, the largest share first."""
    names = flow.net.treatments
    return tuple(
        EvidencePath(
            treatments=tuple(names[t] for t in nodes),
            share=share,
            trials=tuple(on_leg[min(u, v), max(u, v)] for u, v in itertools.pairwise(nodes)),
        )
        for nodes, share in sorted(flow_paths(flow, 0), key=lambda path: -path[1])
    )


@answerable
def supports(net: NetworkMeta, labels: Mapping[str, str] | None = None) -> pd.DataFrame:
    """What each treatment hangs on.

    Args:
        net: a fitted network.
        labels: names of the treatments for the sentences.

    Returns:
        Table ``treatment trials neighbours only_neighbour critical_trials statement``: the treatments it is compared
        with directly; the one that all its evidence goes through, if there is only one; trials without any one of
        which it is cut off from the reference.

    Raises:
        InvalidInputError: something else than a fitted network.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPXPY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> table = tm.networks.supports(net)
        >>> dict(zip(table["treatment"], table["critical_trials"]))
        {'P': (), 'X': (), 'Y': ('C',)}
    """
    import pandas as pd

    graph, name = geometry(net), dict(labels or {})
    neighbours = graph.neighbours
    lines: list[dict[str, Any]] = []
    cut_off_by = _critical_from(net, net.reference)
    for treatment, trials, critical in zip(graph.nodes["treatment"], graph.nodes["trials"], cut_off_by, strict=True):
        only = graph.only_neighbour.get(treatment, "")
        lines.append(
            {
                "treatment": treatment,
                "trials": int(trials),
                "neighbours": neighbours[treatment],
                "only_neighbour": only,
                "critical_trials": critical,
                "statement": _statement(
                    name.get(treatment, treatment),
                    int(trials),
                    name.get(only, only) if len(net.treatments) > 2 else "",
                    critical,
                ),
            }
        )
    return pd.DataFrame(lines)


def _statement(name: str, trials: int, only: str, critical: tuple[str, ...]) -> str:
    parts = [f"{name}: {counted(trials, 'trial')}"]
    if only:
        parts.append(f"compared with {only} only, so every other comparison of it is indirect")
    if critical:
        parts.append(f"cut off from the reference without {' or without '.join(critical)}")
    return f"{'; '.join(parts)}."


def _trials_by_leg(data: NetworkData) -> dict[tuple[int, int], tuple[str, ...]]:
    legs: dict[tuple[int, int], tuple[str, ...]] = {}
    for s, i, j in zip(data.pairs.study.tolist(), data.pairs.i.tolist(), data.pairs.j.tolist(), strict=True):
        legs[i, j] = (*legs.get((i, j), ()), data.studies[s])
    return legs


def _critical_from(net: NetworkMeta, start: str) -> list[tuple[str, ...]]:
    """For each treatment the trials without any one of which nothing links it to `start`.

    These are the trials that every way from one to the other passes through: the dominators of the treatment.
    """
    import networkx as nx

    size, first = len(net.treatments), net.index(start)
    before = nx.immediate_dominators(trials_and_treatments(net.data).to_directed(), first)
    critical = []
    for node in range(size):
        passed = []
        while node != first:
            node = before[node]
            passed.append(node - size)
        critical.append(tuple(net.data.studies[s] for s in sorted(passed) if s >= 0))
    return critical
