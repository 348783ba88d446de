"""From the evidence to the fitted network of an outcome, with what it can and cannot say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from tmsmeta.networks import (
    Decomposition,
    Linkage,
    NetworkGraph,
    NetworkMeta,
    NetworkReport,
    Ranking,
    decompose,
    fit_network,
    geometry,
    linkage,
    network_data,
    network_report,
    rank,
    supports,
)
from tmsmeta.review.evidence import Evidence
from tmsmeta.review.network_spec import ReviewNetworkSpec
from tmsmeta.review.selecting.apply import select_arms
from tmsmeta.review.selecting.effects import logged
from tmsmeta.review.selecting.reasons import lumped
from tmsmeta.review.selecting.result import SelectedArms
from tmsmeta.review.selecting.spec import Selection
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import inside
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd

RATIOS = ("OR", "RR")


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class ReviewNetwork(Brief):
    """The network of an outcome and the selection it comes from.

    Attributes:
        spec: the choices, filled in.
        selection: the rows used and left out, with reasons, sources and tiers.
        net: the fitted network; trial labels are those of the evidence.
        labels: names of the nodes for text.
        families: group of each active node by the glossary of treatments, which says what is of the same kind; in
            the order in which the protocol names what is active.
        unconverted: trials known by a ratio on another measure that did not join, with the reason.
    """

    spec: ReviewNetworkSpec
    selection: SelectedArms
    net: NetworkMeta
    labels: dict[str, str]
    families: dict[str, str]
    unconverted: tuple[str, ...]

    def in_short(self) -> str:
        """The effects of the network."""
        return f"{self.spec.outcome}: {self.net.result_sentence()}"

    @cached_property
    def ranking(self) -> Ranking:
        """Treatments from best to worst."""
        return rank(self.net, margin=self.spec.margin or 0.0)

    @cached_property
    def consistency(self) -> Decomposition:
        """Heterogeneity within designs and inconsistency between them."""
        return decompose(self.net)

    @cached_property
    def graph(self) -> NetworkGraph:
        """Nodes, edges and loops."""
        return geometry(self.net)

    @cached_property
    def supports(self) -> pd.DataFrame:
        """What each node hangs on."""
        return supports(self.net, self.labels)

    def label(self, node: str) -> str:
        """Name of a node for text."""
        return self.labels.get(node, node)

    def links(self) -> tuple[Linkage, ...]:
        """How each active node is linked to every active node of another kind; none where all are of one kind."""
        pairs = combinations(self.families, 2)
        return tuple(linkage(self.net, new, old) for old, new in pairs if self.families[old] != self.families[new])

    def statements(self) -> tuple[str, ...]:
        """In plain words: what links the nodes, what hangs on one trial or on the reference, what can be tested."""
        return self._statements

    @cached_property
    def _statements(self) -> tuple[str, ...]:
        said = [link.sentence(self.labels) for link in self.links()]
        said += self.supports.loc[self.supports["treatment"] != self.net.reference, "statement"].tolist()
        said.append(self.consistency.sentence())
        single = [f"{self.label(a)} against {self.label(b)} ({s})" for a, b, s in self.graph.single_trial]
        if single:
            said.append(f"Comparisons that rest on one trial: {'; '.join(single)}.")
        alone = [self.label(t) for t, other in self.graph.only_neighbour.items() if other == self.net.reference]
        if alone:
            reference = inside(self.label(self.net.reference))
            said.append(f"Linked to the other treatments through {reference} alone: {', '.join(alone)}.")
        return (*said, *self.unconverted)

    def report(self) -> NetworkReport:
        """Everything that ``tmsmeta network`` prints."""
        return network_report(self.net, statements=self.statements(), ranking=self.ranking)


@answerable
def review_network(evidence: Evidence, spec: ReviewNetworkSpec | None = None) -> ReviewNetwork:
    """Fit the network of an outcome.

    Args:
        evidence: the tables and their protocol.
        spec: outcome, nodes, tiers, measure and model; by default the main network of the first outcome.

    Returns:
        The fitted network with its ranking, the names of its nodes, and ``report()``.

    Raises:
        DisconnectedNetworkError: when the selected trials do not link all nodes, with the parts.
        InvalidInputError: when no trial is left, or a stated risk cannot be.

    Example:
        >>> import tmsmeta as tm
        >>> network = tm.review.review_network(tm.read_evidence("my_evidence"))
        >>> print(network.report().heterogeneity_sentence())
        tau2 = 0.000; Q = 0.57 on 2 degrees of freedom, p = 0.754; I2 = 0%.
    """
    chosen = (spec or ReviewNetworkSpec()).filled_in(evidence)
    selected = select_arms(evidence, chosen.selection(evidence, chosen.measure))
    contrasts, unconverted = _contrasts(chosen, evidence, selected)
    data = network_data(
        selected.arms[["study", "treatment", "events", "n"]] if len(selected.arms) else None,
        measure=chosen.measure,
        reference=chosen.reference,
        better=evidence.better(chosen.outcome),
        contrasts=contrasts,
        zero=chosen.zero,
    )
    families = _families(evidence, selected.selection)
    return ReviewNetwork(
        spec=chosen,
        selection=selected,
        net=fit_network(data, chosen.network_spec),
        labels={t: evidence.treatment_label(t) for t in data.treatments},
        families={t: family for t, family in families.items() if t in data.treatments},
        unconverted=unconverted,
    )


def _contrasts(
    spec: ReviewNetworkSpec, evidence: Evidence, selected: SelectedArms
) -> tuple[pd.DataFrame | None, tuple[str, ...]]:
    """Trials known by their ratio, on the log scale, and sentences about those that cannot join."""
    import pandas as pd

    frames = [selected.contrasts]
    if "D" in spec.tiers:
        others = [m for m in RATIOS if m != spec.measure]
        frames += [select_arms(evidence, spec.selection(evidence, m)).contrasts for m in others]
    found = pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True).drop_duplicates("trial_id")
    if found.empty:
        return None, ()
    found = logged(found)
    found["comparator_risk"] = [_risk(spec, selected, node) for node in found["treat2"]]
    own = found["measure"] == spec.measure
    usable = own | (found["comparator_risk"].notna() & (spec.measure in RATIOS))
    unused = tuple(
        f"{row.study} is known only by its {row.measure} of {row.treat1} against {row.treat2}, which does not enter a "
        f"network of {spec.measure} without a stated comparator risk."
        for row in found[~usable].itertuples()
    )
    columns = ["study", "treat1", "treat2", "yi", "se", "measure", "comparator_risk"]
    kept = found.loc[usable, columns].reset_index(drop=True)
    return (kept if len(kept) else None), unused


def _risk(spec: ReviewNetworkSpec, selected: SelectedArms, node: str) -> float:
    stated = spec.comparator_risk
    if stated is None:
        return np.nan
    if isinstance(stated, str):
        arms = selected.arms[selected.arms["treatment"] == node]
        n = float(arms["n"].sum())
        risk = float(arms["events"].sum()) / n if n else np.nan
    else:
        risk = float(dict(stated).get(node, np.nan))
    return risk * spec.risk_factor


def _families(evidence: Evidence, selection: Selection) -> dict[str, str]:
    """Family of each active node, under the name that the selection merges it to."""
    named = evidence.protocol.comparison.active

    def place(node: str) -> int:
        return next((i for i, name in enumerate(named) if name in (node, evidence.treatment_family(node))), len(named))

    nodes = sorted((node for node in evidence.nodes if evidence.is_active(node)), key=place)
    return {lumped(evidence, selection, node): evidence.treatment_family(node) for node in nodes}
