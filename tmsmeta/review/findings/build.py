"""From a review to its summary of findings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tmsmeta.absolute import RelativeEffect
from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PooledEffect
from tmsmeta.review.absolute_effects import WHAT, Baseline, baseline_of, risk_at
from tmsmeta.review.analyses import Analysis
from tmsmeta.review.certainty import certainty_of
from tmsmeta.review.evidence import Evidence
from tmsmeta.review.findings.event_rate import event_rate
from tmsmeta.review.findings.finding import Finding
from tmsmeta.review.findings.summary import SummaryOfFindings
from tmsmeta.review.network_fit import ReviewNetwork
from tmsmeta.words.names import inside
from tmsmeta.words.sentences import joined_methods

if TYPE_CHECKING:
    from tmsmeta.absolute import AbsoluteRisk


def findings_of(
    evidence: Evidence, mains: Mapping[str, Analysis], networks: Mapping[str, ReviewNetwork | NotAssessable]
) -> SummaryOfFindings:
    """The summary of main analyses and main networks, by outcome."""
    findings: list[Finding] = []
    methods: list[str] = []
    for outcome, main in mains.items():
        baseline = baseline_of(main, evidence)
        findings.append(_pairwise(evidence, main, baseline))
        if isinstance(main.pooled, PooledEffect):
            methods.append(main.pooled.methods_sentence())
        net = networks.get(outcome)
        if isinstance(net, ReviewNetwork):
            findings += _of_network(evidence, outcome, net, baseline)
            methods.append(net.net.methods_sentence())
    return SummaryOfFindings(
        title=f"Summary of findings: {inside(evidence.comparison)}",
        control=evidence.control_label,
        findings=tuple(findings),
        rates=tuple(event_rate(cells) for _, cells in evidence.rows("rates")),
        methods=tuple(dict.fromkeys(joined_methods(methods))),
        data=evidence.data_version.short,
    )


def _pairwise(evidence: Evidence, main: Analysis, baseline: Baseline | NotAssessable) -> Finding:
    effect: RelativeEffect | NotAssessable = (
        main.pooled
        if isinstance(main.pooled, NotAssessable)
        else RelativeEffect.of_estimate(main.measure, main.pooled.estimate, main.pooled.ci, main.pooled.spec.level)
    )
    return _finding(evidence, main.outcome, effect, baseline, main.chosen.k, main.chosen.patients)


def _of_network(
    evidence: Evidence, outcome: str, net: ReviewNetwork, baseline: Baseline | NotAssessable
) -> Iterator[Finding]:
    """The treatments of a network, the best first; those against a reference other than the control have no risks."""
    reference = net.net.reference
    if reference != evidence.control:
        name = inside(net.label(reference))
        baseline = NotAssessable("baseline risk", f"the network is stated against {name}, whose risk is not known")
    for line in net.ranking.to_frame().to_dict("records"):
        node = str(line["treatment"])
        if node != reference:
            ends = (float(line["ci_low"]), float(line["ci_high"]))
            limits = NotAssessable("interval", str(line["note"])) if math.isnan(ends[0]) else ends
            effect = RelativeEffect.of_estimate(net.net.measure, float(line["estimate"]), limits, net.net.spec.level)
            rest = float(line["patients"])
            people = NotAssessable("people", "an arm has no counts") if math.isnan(rest) else round(rest)
            yield _finding(
                evidence, outcome, effect, baseline, int(line["trials"]), people, node=node, name=net.label(node)
            )


def _finding(
    evidence: Evidence,
    outcome: str,
    effect: RelativeEffect | NotAssessable,
    baseline: Baseline | NotAssessable,
    trials: int,
    participants: int | NotAssessable,
    *,
    node: str = "",
    name: str = "",
) -> Finding:
    return Finding(
        outcome=outcome,
        title=evidence.outcome_label(outcome),
        people=evidence.people_who(outcome),
        treatment=name or evidence.active_label,
        control=evidence.control_label,
        node=node,
        risk=_risk(effect, baseline, evidence.better(outcome)),
        effect=effect,
        trials=trials,
        participants=participants,
        certainty=certainty_of(evidence.certainty, outcome, node),
    )


def _risk(
    effect: RelativeEffect | NotAssessable, baseline: Baseline | NotAssessable, better: str
) -> AbsoluteRisk | NotAssessable:
    if isinstance(effect, NotAssessable):
        return NotAssessable(WHAT, effect.reason)
    ci = None if isinstance(effect.ci, NotAssessable) else effect.ci
    return risk_at(baseline, better, measure=effect.measure, estimate=effect.estimate, ci=ci, level=effect.level)
