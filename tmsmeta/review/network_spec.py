"""Which trials and which nodes: the spec of the network of a review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.networks.spec import ARM_MEASURES, NetworkSpec, ZeroRule
from tmsmeta.review.evidence import Evidence, check_is_evidence
from tmsmeta.review.protocol import from_groups
from tmsmeta.review.selecting.reasons import lumped
from tmsmeta.review.selecting.spec import Lumping, Selection
from tmsmeta.words.arguments import answerable

OBSERVED = "observed"
NOTHING_MERGED = "none"


@dataclass(frozen=True, kw_only=True)
class ReviewNetworkSpec:
    """The choices behind the network of a review. What is left open is filled in from the protocol.

    Attributes:
        outcome: an outcome of the review; by default the first one.
        measure: ``OR``, ``RR``, ``RD`` or ``AS``; by default that of the protocol.
        lumping: name of a lumping of the protocol, by default the first one; ``"none"`` merges nothing.
        tiers: verification tiers, by default those of the protocol's network. With ``D``, trials known by ratio and
            interval only join; those on another ratio than `measure` only where `comparator_risk` allows a conversion.
        populations: population groups; by default those of the main analysis.
        reference: treatment that effects are stated against; by default that of the protocol, or its control.
        comparator_risk: None: no conversion. ``"observed"``: each comparator's risk is that of its arms in the
            selected trials (events over patients). Or a mapping from node to risk.
        risk_factor: multiplies every comparator risk, to see what hangs on it.
        margin: the smallest difference that matters for the ranking, on the scale of the measure; by default that of
            the protocol.
        model: tau2, interval, level and prediction interval; by default those of the protocol.
        zero: what is done about zero cells.
    """

    outcome: str = ""
    measure: str = ""
    lumping: str = ""
    tiers: Literal["main"] | tuple[str, ...] = "main"
    populations: Literal["main", "all"] | tuple[str, ...] | None = "main"
    reference: str = ""
    comparator_risk: str | Mapping[str, float] | tuple[tuple[str, float], ...] | None = None
    risk_factor: float = 1.0
    margin: float | None = None
    model: NetworkSpec | None = None
    zero: ZeroRule = field(default_factory=ZeroRule)

    def __post_init__(self) -> None:
        if self.measure:
            check_option("measure", self.measure, ARM_MEASURES)
        if isinstance(self.comparator_risk, str):
            check_option("comparator_risk", self.comparator_risk, (OBSERVED,))
        elif isinstance(self.comparator_risk, Mapping):
            object.__setattr__(self, "comparator_risk", tuple(sorted(self.comparator_risk.items())))
        if not self.risk_factor > 0:
            raise InvalidInputError(Issue(None, "risk_factor", self.risk_factor, "must be above 0."))

    @answerable
    def filled_in(self, evidence: Evidence) -> ReviewNetworkSpec:
        """The spec with everything it leaves open as the protocol of `evidence` says.

        Raises:
            InvalidInputError: something else than evidence.
            UnknownOptionError: the protocol has no such lumping.
        """
        check_is_evidence(evidence)
        protocol, main = evidence.protocol, evidence.selection(self.outcome)
        network = protocol.network
        lumping = self.lumping or protocol.main_lumping
        check_option("lumping", lumping, tuple(dict.fromkeys((*network.lumpings, NOTHING_MERGED))))
        return replace(
            self,
            outcome=main.outcome,
            measure=self.measure or network.measure or network_measure(protocol.pooling.measure),
            lumping=lumping,
            tiers=(network.tiers or main.tiers) if self.tiers == "main" else self.tiers,
            populations=main.populations if self.populations == "main" else self.populations,
            reference=self.reference or network.reference or evidence.control,
            comparator_risk=network.comparator_risk if self.comparator_risk is None else self.comparator_risk,
            margin=network.margin if self.margin is None else self.margin,
            model=self.model or NetworkSpec(**network.model),
        )

    @answerable
    def selection(self, evidence: Evidence, measure: str) -> Selection:
        """The selection of a filled-in spec, with printed ratios on `measure`.

        Args:
            evidence: the tables and their protocol.
            measure: of printed ratios.

        Returns:
            The selection.
        """
        groups = evidence.protocol.network.lumpings.get(self.lumping, {})
        lump: Lumping = "family" if isinstance(groups, str) else from_groups(groups) or "none"
        main = evidence.selection(self.outcome)
        nodes = main.nodes and tuple(n for n in evidence.nodes if {n, lumped(evidence, main, n)} & set(main.nodes))
        return evidence.selection(
            self.outcome, measure=measure, tiers=self.tiers, populations=self.populations, lump=lump, nodes=nodes
        )

    @property
    def network_spec(self) -> NetworkSpec:
        """The model of a filled-in spec."""
        return self.model or NetworkSpec()

    def sentence(self) -> str:
        """The choices in words."""
        groups = self.populations if isinstance(self.populations, tuple) else ("all",)
        return (
            f"{self.outcome}, {self.measure}, nodes: {self.lumping}, tiers {', '.join(self.tiers)}, "
            f"populations {', '.join(groups)}, tau2: {self.network_spec.tau2_label}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        risk, groups = self.comparator_risk, self.populations
        return {
            "outcome": self.outcome,
            "measure": self.measure,
            "lumping": self.lumping,
            "tiers": list(self.tiers),
            "populations": list(groups) if isinstance(groups, tuple) else groups,
            "reference": self.reference,
            "comparator_risk": risk if risk is None or isinstance(risk, str) else dict(risk),
            "risk_factor": self.risk_factor,
            "margin": self.margin,
            "tau2": self.network_spec.tau2,
        }


def network_measure(measure: str) -> str:
    """The measure of a network beside a pairwise analysis on `measure`; Peto's odds ratio is pairwise only."""
    return "OR" if measure == "PETO" else measure
