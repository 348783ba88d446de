"""Which trials and which nodes: the spec of a TMS network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.networks import ARM_MEASURES, NetworkSpec, ZeroRule
from tmsmeta.review.selecting.spec import MAIN_POPULATIONS, MAIN_TIERS, Lumping, Selection

LUMPINGS: Mapping[str, Mapping[str, str]] = {
    "fine": {},
    "coarse": {
        "rtms_hf_left": "rTMS",
        "rtms_lf_right": "rTMS",
        "rtms_bilateral": "rTMS",
        "rtms_mixed": "rTMS",
        "itbs": "iTBS",
        "itbs_accelerated": "iTBS",
        "dtms_h1": "dTMS",
        "dtms_h7": "dTMS",
    },
    "theta burst together": {
        "itbs": "tbs",
        "itbs_accelerated": "tbs",
        "ctbs": "tbs",
        "tbs_bilateral": "tbs",
    },
}
"""Ways to merge nodes, by name: from node to the name it is merged under. Nodes not named stay as they are."""

OBSERVED = "observed"


@dataclass(frozen=True, kw_only=True)
class TmsNetworkSpec:
    """The choices behind a TMS network.

    Attributes:
        outcome: ``response`` or ``remission``.
        measure: ``OR``, ``RR``, ``RD`` or ``AS``.
        lumping: a name of :data:`LUMPINGS`.
        tiers: verification tiers. With ``D``, trials known by ratio and interval only join; those on another
            ratio than `measure` only where `comparator_risk` allows a conversion.
        populations: population groups.
        comparator_risk: None: no conversion. ``"observed"``: each comparator's risk is that of its arms in the
            selected trials (events over patients). Or a mapping from node to risk.
        risk_factor: multiplies every comparator risk, to see what hangs on it.
        model: tau2, interval, level and prediction interval.
        zero: what is done about zero cells.
    """

    outcome: str = "response"
    measure: str = "OR"
    lumping: str = "fine"
    tiers: tuple[str, ...] = MAIN_TIERS
    populations: tuple[str, ...] = MAIN_POPULATIONS
    comparator_risk: str | Mapping[str, float] | tuple[tuple[str, float], ...] | None = None
    risk_factor: float = 1.0
    model: NetworkSpec = field(default_factory=NetworkSpec)
    zero: ZeroRule = field(default_factory=ZeroRule)

    def __post_init__(self) -> None:
        check_option("measure", self.measure, ARM_MEASURES)
        check_option("lumping", self.lumping, tuple(LUMPINGS))
        if isinstance(self.comparator_risk, str):
            check_option("comparator_risk", self.comparator_risk, (OBSERVED,))
        elif isinstance(self.comparator_risk, Mapping):
            object.__setattr__(self, "comparator_risk", tuple(sorted(self.comparator_risk.items())))
        if not self.risk_factor > 0:
            raise InvalidInputError(Issue(None, "risk_factor", self.risk_factor, "must be above 0."))

    def selection(self, measure: str) -> Selection:
        """The evidence's own spec, with printed ratios on `measure`."""
        mapping = LUMPINGS[self.lumping]
        lump: Lumping = mapping or "none"
        return Selection(
            outcome=self.outcome, measure=measure, tiers=self.tiers, populations=self.populations, lump=lump
        )

    def sentence(self) -> str:
        """The choices in words."""
        return (
            f"{self.outcome}, {self.measure}, nodes: {self.lumping}, tiers {', '.join(self.tiers)}, "
            f"populations {', '.join(self.populations)}, tau2: {self.model.tau2_label}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        risk = self.comparator_risk
        return {
            "outcome": self.outcome,
            "measure": self.measure,
            "lumping": self.lumping,
            "tiers": list(self.tiers),
            "populations": list(self.populations),
            "comparator_risk": risk if risk is None or isinstance(risk, str) else dict(risk),
            "risk_factor": self.risk_factor,
            "tau2": self.model.tau2,
        }
