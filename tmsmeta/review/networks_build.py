"""From the evidence to a fitted TMS network, with what it can and cannot say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
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
from tmsmeta.review import Evidence, SelectedArms, load_evidence, select_arms
from tmsmeta.review.networks_spec import TmsNetworkSpec

if TYPE_CHECKING:
    import pandas as pd

SHAM = "sham"
RATIOS = ("OR", "RR")


@dataclass(frozen=True, eq=False, kw_only=True)
class TmsNetwork:
    """A TMS network and the selection it comes from.

    Attributes:
        spec: the choices.
        selection: the rows used and left out, with reasons, sources and tiers.
        net: the fitted network; trial labels are those of the evidence.
        labels: names of the nodes for text.
        unconverted: trials known by a ratio on another measure that did not join, with the reason.
    """

    spec: TmsNetworkSpec
    selection: SelectedArms
    net: NetworkMeta
    labels: dict[str, str]
    unconverted: tuple[str, ...]

    @cached_property
    def ranking(self) -> Ranking:
        """Treatments from best to worst."""
        return rank(self.net)

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
        """How every theta-burst and deep TMS node is linked to every other rTMS node."""
        kinds = {kind: [t for t in self.net.treatments if _kind(t) == kind] for kind in ("rtms", "tbs", "dtms")}
        return tuple(linkage(self.net, new, old) for new in [*kinds["tbs"], *kinds["dtms"]] for old in kinds["rtms"])

    def statements(self) -> tuple[str, ...]:
        """In plain words: what links the nodes, what hangs on one trial or on sham, what can be tested."""
        said = [link.sentence(self.labels) for link in self.links()]
        said += self.supports.loc[self.supports["treatment"] != SHAM, "statement"].tolist()
        said.append(self.consistency.sentence())
        single = [f"{self.label(a)} against {self.label(b)} ({s})" for a, b, s in self.graph.single_trial]
        if single:
            said.append(f"Comparisons that rest on one trial: {'; '.join(single)}.")
        only_sham = [self.label(t) for t, other in self.graph.only_neighbour.items() if other == SHAM]
        if only_sham:
            said.append(f"Linked to the other treatments through sham alone: {', '.join(only_sham)}.")
        return (*said, *self.unconverted)

    def report(self) -> NetworkReport:
        """Everything that ``tmsmeta network`` prints."""
        return network_report(self.net, statements=self.statements())


def tms_network(spec: TmsNetworkSpec | None = None, evidence: Evidence | None = None) -> TmsNetwork:
    """Fit the TMS network of an outcome.

    Args:
        spec: outcome, nodes, tiers, measure and model; by default the main analysis of response.
        evidence: by default the evidence that comes with the package.

    Raises:
        DisconnectedNetworkError: when the selected trials do not link all nodes, with the parts.
        InvalidInputError: when no trial is left, or a stated risk cannot be.
    """
    chosen = spec or TmsNetworkSpec()
    source = evidence or load_evidence()
    selected = select_arms(source, chosen.selection(chosen.measure))
    contrasts, unconverted = _contrasts(chosen, source, selected)
    data = network_data(
        selected.arms[["study", "treatment", "events", "n"]] if len(selected.arms) else None,
        measure=chosen.measure,
        reference=SHAM,
        better=source.better(chosen.outcome),
        contrasts=contrasts,
        zero=chosen.zero,
    )
    return TmsNetwork(
        spec=chosen,
        selection=selected,
        net=fit_network(data, chosen.model),
        labels={t: source.treatment_label(t) for t in data.treatments},
        unconverted=unconverted,
    )


def _contrasts(
    spec: TmsNetworkSpec, evidence: Evidence, selected: SelectedArms
) -> tuple[pd.DataFrame | None, tuple[str, ...]]:
    """Trials known by their ratio, on the log scale, and sentences about those that cannot join."""
    import pandas as pd

    frames = [selected.contrasts]
    if "D" in spec.tiers:
        others = [m for m in RATIOS if m != spec.measure]
        frames += [select_arms(evidence, spec.selection(m)).contrasts for m in others]
    found = pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True).drop_duplicates("trial_id")
    if found.empty:
        return None, ()
    found = _logged(found)
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


def _logged(found: pd.DataFrame) -> pd.DataFrame:
    """Log ratios with standard errors from the printed 95 % limits."""
    from scipy.special import ndtri

    low, high = np.log(found["ci_low"].to_numpy(dtype=float)), np.log(found["ci_high"].to_numpy(dtype=float))
    return found.assign(yi=np.log(found["estimate"].to_numpy(dtype=float)), se=(high - low) / (2 * float(ndtri(0.975))))


def _risk(spec: TmsNetworkSpec, selected: SelectedArms, node: str) -> float:
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


def _kind(node: str) -> str:
    name = node.lower()
    return "dtms" if name.startswith("dtms") else "rtms" if name.startswith("rtms") else "tbs" if "tbs" in name else ""
