"""A quoted rank or preference against the network of trials."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from tmsmeta.effects.measures import MEASURES
from tmsmeta.errors import DisconnectedNetworkError, InvalidInputError
from tmsmeta.networks import NetworkMeta, p_scores
from tmsmeta.review.claims.checks.pooled import published_ratio
from tmsmeta.review.claims.cited_rows import contrast_says, trial_rows
from tmsmeta.review.claims.model import EvidenceRow, Finding, Recomputed, Verdict
from tmsmeta.review.claims.question import Case, Check, better_side, named, times
from tmsmeta.review.evidence import Evidence
from tmsmeta.review.network_fit import ReviewNetwork, review_network
from tmsmeta.review.network_spec import NOTHING_MERGED, ReviewNetworkSpec, network_measure
from tmsmeta.words.names import counted, inside, listed

RANK_RULE = (
    "A network is fitted for each outcome (the main selection and measure of the review unless the claim names another "
    "measure; with contrasts among the keys also trials known by ratio only), and the named treatment is set against "
    "every other. Reproduced when it is better than each of them with an interval that excludes 1; differs when "
    "another treatment is better than it in that sense; holds only under the comparison with the reference when it is "
    "better than that but cannot be told apart from other treatments; cannot be recomputed when no network has it, or "
    "its interval against the reference includes 1 for every outcome. A rank without an interval decides nothing."
)
RATIOS = ("RR", "OR")
"""Measures of a network whose effects are ratios."""


@dataclass(frozen=True)
class _Place:
    """Where the treatment stands in the network of one outcome."""

    outcome: str
    effect: Recomputed
    p_score: float
    rank: int
    of: int
    beaten_by: tuple[str, ...]
    equal: tuple[str, ...]
    below_reference: bool


def network_rank(case: Case) -> Finding:
    """Whether a treatment stands out in the network of trials."""
    node = case.option("node", "")
    networks = fitted_networks(case, (node,))
    places = [_place(case, found, node) for found in networks.fitted]
    published = case.rows("published")
    rows = [*networks.rows, *(row.evidence(used=False) for row in published)]
    printed = tuple(published_ratio(case, row) for row in published)
    return _Standing(case, node, tuple(places), printed, tuple(rows), networks.faults).finding()


@dataclass(frozen=True)
class Networks:
    """The networks that a claim is set against.

    Attributes:
        fitted: those that have the treatments of the claim, one per outcome.
        rows: the trials behind all of them.
        faults: why there is none, for the other outcomes.
    """

    fitted: tuple[ReviewNetwork, ...]
    rows: tuple[EvidenceRow, ...]
    faults: tuple[str, ...]


def fitted_networks(case: Case, nodes: Sequence[str]) -> Networks:
    """The network of each outcome of a claim that has all of `nodes`."""
    fitted: list[ReviewNetwork] = []
    rows: list[EvidenceRow] = []
    faults: list[str] = []
    for outcome in case.outcomes():
        try:
            found = review_network(case.evidence, network_spec(case, outcome))
        except (DisconnectedNetworkError, InvalidInputError) as error:
            faults.append(f"{case.outcome(outcome)}: {error}")
            continue
        arms, contrasts = found.selection.arms, found.selection.contrasts
        rows += trial_rows(case.evidence, arms, partial(_arm_says, case.evidence), f"arms:{outcome}")
        rows += trial_rows(case.evidence, contrasts, partial(contrast_says, case.evidence), f"contrasts:{outcome}")
        absent = [case.treatment(node) for node in nodes if node not in found.net.treatments]
        if absent:
            faults.append(f"{case.outcome(outcome)}: no trial of {listed(absent)}")
        else:
            fitted.append(found)
    return Networks(tuple(fitted), tuple(rows), tuple(faults))


def network_spec(case: Case, outcome: str) -> ReviewNetworkSpec:
    """The choices of the network that a claim on an outcome is set against."""
    evidence = case.evidence
    with_contrasts = bool({outcome, "all"} & set(case.outcomes("contrasts")))
    tiers = tuple(dict.fromkeys((*evidence.main_tiers, "D"))) if with_contrasts else evidence.main_tiers
    lumping = evidence.protocol.claims.lumping or NOTHING_MERGED
    asked = ReviewNetworkSpec(outcome=outcome, measure=measure_of(case), tiers=tiers, lumping=lumping)
    return asked.filled_in(evidence)


def measure_of(case: Case) -> str:
    """Measure of the network: that of the claim, or else that of the review's network."""
    protocol = case.evidence.protocol
    return case.option("measure", protocol.network.measure or network_measure(protocol.pooling.measure))


def network_ratio_of(case: Case, found: ReviewNetwork, node: str, against: str) -> Recomputed:
    """The ratio of one treatment against another in a network."""
    net, spec = found.net, found.spec.network_spec
    value, low, high = (math.exp(end) for end in _ends(net, node, against))
    effects = "common effect" if spec.tau2 == "FE" else "random effects"
    return Recomputed(
        label=f"{case.outcome(found.spec.outcome)}, {case.treatment(node)} against {inside(case.treatment(against))}",
        value=value, low=low, high=high, unit="ratio", kind="interval", level=spec.level,
        method=f"network of {counted(net.k, 'trial')} and {len(net.treatments)} treatments, "
        f"tiers {', '.join(found.spec.tiers)}, {MEASURES[found.spec.measure].label}, {effects}",
    )  # fmt: skip


def _ends(net: NetworkMeta, node: str, against: str) -> tuple[float, float, float]:
    """Estimate and limits of one treatment against another, on the scale of the analysis."""
    i, j = net.index(node), net.index(against)
    estimate, half = float(net.effect_matrix[i, j]), net.critical * float(net.se_matrix[i, j])
    return estimate, estimate - half, estimate + half


def _place(case: Case, found: ReviewNetwork, node: str) -> _Place:
    net, better = found.net, case.evidence.better(found.spec.outcome)
    others = [t for t in net.treatments if t not in (node, net.reference)]
    ends = {t: _ends(net, node, t) for t in net.treatments if t != node}
    sides = {t: better_side(better, low, high, null=0.0) for t, (_, low, high) in ends.items()}
    scores = dict(zip(net.treatments, p_scores(net).tolist(), strict=True))
    effect = network_ratio_of(case, found, node, net.reference)
    return _Place(
        outcome=case.outcome(found.spec.outcome),
        effect=replace(effect, agrees=sides[net.reference] > 0),
        p_score=scores[node],
        rank=1 + sum(score > scores[node] for score in scores.values()),
        of=len(scores),
        beaten_by=tuple(case.treatment(t) for t in others if sides[t] < 0),
        equal=tuple(case.treatment(t) for t in others if sides[t] == 0),
        below_reference=sides[net.reference] < 0,
    )


@dataclass(frozen=True)
class _Standing:
    """How a treatment stands in every network, on the way to a verdict."""

    case: Case
    node: str
    places: tuple[_Place, ...]
    printed: tuple[Recomputed, ...]
    rows: tuple[EvidenceRow, ...]
    faults: tuple[str, ...]

    def finding(self) -> Finding:
        """The verdict by the rule of ranks."""
        worse = list(dict.fromkeys(name for place in self.places for name in place.beaten_by))
        if any(place.below_reference for place in self.places):
            worse.append(self.reference)
        if worse:
            better = listed(worse)
            plain = f"The trials at hand do not bear this out: {better} did better."
            return self.found("differs", f"{better} did better than {self.name}", plain)
        if not self.helped:
            reason = listed(self.faults) or f"trials enough to tell {self.name} from {self.reference}"
            plain = f"The trials at hand cannot tell how {self.name} ranks."
            return self.found("cannot be recomputed", f"missing: {reason}", plain, missing=[reason])
        if len(self.helped) == len(self.case.outcomes()) and not any(place.equal for place in self.places):
            plain = f"{self.name} did better than every other treatment"
            return self.found("reproduced", plain, f"The trials at hand bear this out: {plain}.")
        return self.only_against_reference()

    @property
    def name(self) -> str:
        return self.case.treatment(self.node)

    @property
    def reference(self) -> str:
        evidence = self.case.evidence
        return inside(evidence.treatment_label(evidence.protocol.network.reference or evidence.control))

    @property
    def helped(self) -> list[_Place]:
        return [place for place in self.places if place.effect.agrees]

    @property
    def unseen(self) -> list[str]:
        """What the claim says beyond the outcomes that the evidence has."""
        return [word.strip() for word in self.case.option("also claimed", "").split(",") if word.strip()]

    def only_against_reference(self) -> Finding:
        outcomes = listed([place.outcome for place in self.helped])
        equal = listed(list(dict.fromkeys(name for place in self.places for name in place.equal)))
        known = [(place.outcome, place.effect.value) for place in self.helped]
        measure = measure_of(self.case)
        ratios = listed([f"{outcome} {times(measure, value)}" for outcome, value in known if isinstance(value, float)])
        unseen = f" There are no numbers here for {listed(self.unseen)}." if self.unseen else ""
        plain = (
            f"{self.name} did better than {self.reference} ({ratios}), but whether it is better than other active "
            f"treatments cannot be told.{unseen}"
        )
        headline = f"holds against {self.reference} ({outcomes}); not told apart from {equal}"
        condition = f"against {self.reference}, for {outcomes}"
        return self.found("holds only under", headline, plain, conditions=[condition])

    def found(
        self, verdict: Verdict, headline: str, plain: str, *,
        conditions: Sequence[str] = (), missing: Sequence[str] = (),
    ) -> Finding:  # fmt: skip
        case, beside = self.case, f" Beside it: {named(self.printed)}." if self.printed else ""
        unseen = [*missing, *(f"data on {word}" for word in self.unseen)]
        if case.claim.cited_source and not any(case.is_cited(row) for row in case.rows("published")):
            unseen.append(f"the figures of the cited source ({case.claim.cited_source})")
        networks = [network_spec(case, outcome).to_dict() for outcome in case.outcomes()]
        return case.finding(
            verdict, headline, plain, (_ranks(self.places) or listed(self.faults)) + beside,
            recomputed=[*(place.effect for place in self.places), *self.printed], conditions=conditions, missing=unseen,
            rows=self.rows, spec={"node": self.node, "networks": networks},
        )  # fmt: skip


def _ranks(places: Sequence[_Place]) -> str:
    return " ".join(
        f"{p.effect.label}: {p.effect.text()} ({p.effect.method}); rank {p.rank} of {p.of} by P-score {p.p_score:.2f}; "
        f"intervals include 1 against {listed(p.equal) or 'no other treatment'}."
        for p in places
    )


def _arm_says(evidence: Evidence, record: Mapping[Any, Any]) -> str:
    return f"{evidence.treatment_label(record['treatment'])}: {int(record['events'])} of {int(record['n'])}"


def _rank_faults(case: Case) -> Iterator[tuple[str, str]]:
    if not case.outcomes():
        yield "evidence", "must name an outcome of arms, as arms:OUTCOME, for network_rank."
    yield from treatment_faults(case, "node")
    yield from measure_faults(case)


def treatment_faults(case: Case, name: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a parameter that must name a treatment of the tables."""
    found, evidence = case.parameter(name), case.evidence
    merged = evidence.protocol.network.lumpings.get(evidence.protocol.claims.lumping, {})
    if merged == "family":
        merged = {evidence.treatment_family(node): () for node in evidence.nodes}
    known = sorted({*evidence.nodes, *merged})
    if found is None or found.text not in known:
        yield "parameters", f"must name a treatment as {name}=NAME, one of {', '.join(known)}."


def measure_faults(case: Case) -> Iterator[tuple[str, str]]:
    """What is wrong with the measure of a network."""
    if measure_of(case) not in RATIOS:
        yield "parameters", f"must give measure as one of {', '.join(RATIOS)} for {case.claim.check}."


CHECKS = (Check(name="network_rank", rule=RANK_RULE, run=network_rank, faults=_rank_faults),)
