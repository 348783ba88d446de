"""Everything that ``tmsmeta run`` computes, as one object; no file is touched here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import DisconnectedNetworkError, InvalidInputError, NotAssessable, check_option
from tmsmeta.models.regression import MetaRegression, Subgroups
from tmsmeta.pooling import PooledEffect, PoolingSpec
from tmsmeta.provenance import environment_record
from tmsmeta.review.absolute_effects import AbsoluteEffect, absolute_effect
from tmsmeta.review.analyses import Analysis, analyses_of
from tmsmeta.review.answers import OutcomeAnswer, outcome_answer, ranking_sentence
from tmsmeta.review.evidence import NOTHING_TO_ANALYSE, Evidence
from tmsmeta.review.findings import SummaryOfFindings, findings_of
from tmsmeta.review.joint import JointAnalysis, joint_of
from tmsmeta.review.joint_network import JointNetworkAnalysis, joint_network_of
from tmsmeta.review.moderators import regressions_of, subgroups_of
from tmsmeta.review.network_fit import ReviewNetwork, review_network
from tmsmeta.review.network_spec import ReviewNetworkSpec
from tmsmeta.review.other_networks import published_networks
from tmsmeta.review.published import PublishedCheck, published_pools
from tmsmeta.review.same_question import OtherFigure, other_figures
from tmsmeta.tables.csv_write import plain_records
from tmsmeta.words.names import studies
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.review.claims import Ledger

SCHEMA_VERSION = 2
Step = Callable[[str], None]
Networks = Mapping[str, ReviewNetwork | NotAssessable]
Drawable = Analysis | ReviewNetwork | JointAnalysis
"""What a figure shows."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReviewRun(Brief):
    """The results of a review.

    Attributes:
        evidence: what was analysed, with its protocol.
        spec: how trials were pooled.
        analyses: active against control, per outcome and selection; the main analysis of an outcome comes first.
        subgroups: per outcome and column of the protocol, the main analysis split, or why it cannot be.
        regressions: per outcome and formula of the protocol, the main analysis on moderators, or why it cannot be.
        joint: the outcomes that the protocol pools together, or why they are not.
        joint_network: the main networks of these outcomes fitted together and ranked over all of them, or why not.
        published: published pools beside their recomputation, or why there are none.
        published_networks: published network estimates beside ours, or why there are none.
        networks: per outcome and lumping the network with its ranking, or why there is none; the main lumping first.
            An outcome whose trials compare two treatments only has none.
        ledger: every quoted figure with its verdict, or that there is none.
    """

    evidence: Evidence
    spec: PoolingSpec
    analyses: list[Analysis]
    subgroups: dict[str, dict[str, Subgroups | NotAssessable]]
    regressions: dict[str, dict[str, MetaRegression | NotAssessable]]
    joint: JointAnalysis | NotAssessable
    joint_network: JointNetworkAnalysis | NotAssessable
    published: list[PublishedCheck] | NotAssessable
    published_networks: pd.DataFrame | NotAssessable
    networks: dict[str, Networks]
    ledger: Ledger | NotAssessable

    def in_short(self) -> str:
        """The main result of every outcome."""
        pools = [
            f"{outcome}: {pool.effects.natural.label} {pool.effects.natural.text(pool.estimate, pool.ci)}, "
            f"{studies(pool.k)}"
            for outcome, pool in self.main_pools().items()
        ]
        ledger = "" if isinstance(self.ledger, NotAssessable) else f" {self.ledger.in_short()}"
        return f"{'; '.join(pools) or 'No outcome could be pooled'}.{ledger}"

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes that were analysed, the main one first."""
        return tuple(dict.fromkeys(analysis.outcome for analysis in self.analyses))

    def main(self, outcome: str) -> Analysis:
        """The main analysis of an outcome."""
        return next(a for a in self.analyses if a.outcome == outcome)

    def absolute(self, outcome: str) -> AbsoluteEffect | NotAssessable:
        """The main result of an outcome in people."""
        return absolute_effect(self.main(outcome), self.evidence)

    def answer(self, outcome: str) -> OutcomeAnswer:
        """The main result of an outcome in the words of the people it is about."""
        return self._answers[outcome]

    @cached_property
    def _answers(self) -> dict[str, OutcomeAnswer]:
        return {outcome: outcome_answer(self.main(outcome), self.evidence) for outcome in self.outcomes}

    def ranking_sentence(self) -> str:
        """Which treatment does best, and how far that can be trusted; empty where nothing is ranked."""
        found = {self.evidence.outcome_label(outcome): self.network(outcome) for outcome in self.networks}
        return ranking_sentence({o: net for o, net in found.items() if not isinstance(net, NotAssessable)})

    def summary_of_findings(self) -> SummaryOfFindings:
        """Every outcome on one line: absolute and relative effects, trials, people, certainty."""
        return self._findings

    @cached_property
    def _findings(self) -> SummaryOfFindings:
        networks = {outcome: self.network(outcome) for outcome in self.networks}
        return findings_of(self.evidence, {outcome: self.main(outcome) for outcome in self.outcomes}, networks)

    def other_figures(self) -> list[OtherFigure]:
        """Figures in the ledger that answer what the main analyses answer, each with what differs."""
        if isinstance(self.ledger, NotAssessable):
            return []
        return other_figures([self.answer(outcome) for outcome in self.outcomes], self.ledger)

    def main_pools(self) -> dict[str, PooledEffect]:
        """The main result of every outcome that could be pooled."""
        pools = {outcome: self.main(outcome).pooled for outcome in self.outcomes}
        return {outcome: pooled for outcome, pooled in pools.items() if isinstance(pooled, PooledEffect)}

    def network(self, outcome: str) -> ReviewNetwork | NotAssessable:
        """The main network of an outcome."""
        found = self.networks.get(outcome)
        if found is None:
            reason = "needs at least 3 treatments, got 2; the pooled comparison is all there is"
            return NotAssessable(f"network of {outcome}", reason)
        return _first(found)

    def to_dict(self) -> dict[str, Any]:
        """What ``results.json`` holds."""
        return {
            "schema_version": SCHEMA_VERSION,
            "title": self.evidence.protocol.title,
            "data": self.evidence.data_version.to_dict(),
            "environment": environment_record(),
            "spec": self.spec.to_dict(),
            "answers": {
                "outcomes": {outcome: self.answer(outcome).to_dict() for outcome in self.outcomes},
                "ranking": self.ranking_sentence(),
                "other_figures": [figure.to_dict() for figure in self.other_figures()],
            },
            "analyses": [a.to_dict() for a in self.analyses],
            "absolute": {o: _plain_or_reason(self.absolute(o), lambda effect: effect.to_dict()) for o in self.outcomes},
            "summary_of_findings": self.summary_of_findings().to_dict(),
            "subgroups": _nested(self.subgroups, lambda split: split.to_dict()),
            "regressions": _nested(self.regressions, lambda fit: fit.to_dict()),
            "joint": _plain_or_reason(self.joint, lambda found: found.to_dict()),
            "joint_network": _plain_or_reason(self.joint_network, lambda found: found.to_dict()),
            "published": _plain_or_reason(self.published, lambda checks: [c.to_dict() for c in checks]),
            "published_networks": _plain_or_reason(self.published_networks, plain_records),
            "networks": {o: _plain_or_reason(self.network(o), _network_dict) for o in self.outcomes},
            "other_lumpings": {
                o: {name: _plain_or_reason(n, _network_dict) for name, n in list(found.items())[1:]}
                for o, found in self.networks.items()
            },
            "claims": _plain_or_reason(self.ledger, lambda ledger: ledger.to_dict()),
        }


def _plain_or_reason(value: Any, convert: Callable[[Any], Any]) -> Any:
    return {"not_assessable": value.reason} if isinstance(value, NotAssessable) else convert(value)


def _nested(found: Mapping[str, Mapping[str, Any]], convert: Callable[[Any], Any]) -> dict[str, Any]:
    return {o: {name: _plain_or_reason(v, convert) for name, v in parts.items()} for o, parts in found.items()}


def _network_dict(network: ReviewNetwork) -> dict[str, Any]:
    return {"spec": network.spec.to_dict(), **network.report().to_dict()}


def run(
    evidence: Evidence,
    *,
    outcomes: tuple[str, ...] = (),
    spec: PoolingSpec | None = None,
    step: Step = lambda _: None,
    shown: Callable[[Drawable], object] = lambda _: None,
    ledger: Callable[[], Ledger | NotAssessable] | None = None,
) -> ReviewRun:
    """Compute everything that the protocol of a review asks for.

    Args:
        evidence: the tables and their protocol.
        outcomes: which outcomes to analyse; by default those of the protocol.
        spec: how to pool; by default as the protocol says.
        step: called with the name of each part as it begins, for a progress bar.
        shown: called with each result that has a figure as soon as it is there: the main analysis and the main network
            of each outcome, and the outcomes pooled together.
        ledger: gives the ledger where it is being made already.

    Raises:
        UnknownOptionError: the evidence has no such outcome.
        InvalidInputError: the evidence has no outcome, or does not say what is compared with what.
    """
    wanted = outcomes or evidence.outcome_names
    if not wanted:
        raise InvalidInputError(NOTHING_TO_ANALYSE, "The review cannot be run")
    for outcome in wanted:
        check_option("outcome", outcome, evidence.outcome_names)
    model = spec or evidence.protocol.pooling_spec()
    analyses: list[Analysis] = []
    subgroups: dict[str, dict[str, Subgroups | NotAssessable]] = {}
    regressions: dict[str, dict[str, MetaRegression | NotAssessable]] = {}
    for outcome in wanted:
        step(f"Active against {evidence.control}: {outcome}")
        found = analyses_of(evidence, outcome, model)
        shown(found[0])
        subgroups[outcome] = subgroups_of(found[0], evidence.protocol.subgroups, model)
        regressions[outcome] = regressions_of(found[0], evidence.protocol.regressions, model)
        analyses += found
    mains = [analysis for analysis in analyses if analysis.name == evidence.protocol.main_selection]
    joint = joint_of(evidence.protocol.joint, mains, model)
    if not isinstance(joint, NotAssessable):
        shown(joint)
    step("Published results")
    published, beside = _published(evidence), _published_networks(evidence)
    networks: dict[str, Networks] = {}
    for outcome in wanted:
        step(f"Network: {outcome}")
        if len(evidence.nodes) > 2:
            networks[outcome] = _networks(evidence, outcome)
            first = _first(networks[outcome])
            if not isinstance(first, NotAssessable):
                shown(first)
    step("Quoted figures")
    firsts = {outcome: _first(found) for outcome, found in networks.items()}
    return ReviewRun(
        evidence=evidence,
        spec=model,
        analyses=analyses,
        subgroups=subgroups,
        regressions=regressions,
        joint=joint,
        joint_network=joint_network_of(evidence.protocol.joint, firsts, model),
        published=published,
        published_networks=beside,
        networks=networks,
        ledger=ledger_of(evidence) if ledger is None else ledger(),
    )


RUN_STEPS = 2
"""Steps of :func:`run` beside two per outcome."""


def _published(evidence: Evidence) -> list[PublishedCheck] | NotAssessable:
    if not evidence.protocol.published.pools:
        return NotAssessable("published pools", "the protocol names none")
    return published_pools(evidence)


def _published_networks(evidence: Evidence) -> pd.DataFrame | NotAssessable:
    if not evidence.protocol.published.networks:
        return NotAssessable("published networks", "the protocol names none")
    return published_networks(evidence)


def _networks(evidence: Evidence, outcome: str) -> Networks:
    """The network of an outcome under every lumping of the protocol, the main one first."""
    lumpings = tuple(evidence.protocol.network.lumpings) or ("none",)
    return {lumping: _network(evidence, outcome, lumping) for lumping in lumpings}


def _first(networks: Networks) -> ReviewNetwork | NotAssessable:
    """The main one of the networks of an outcome."""
    return next(iter(networks.values()))


def main_networks(evidence: Evidence) -> Networks:
    """The main network of every outcome; none where the evidence has two treatments only."""
    if len(evidence.nodes) < 3:
        return {}
    return {o: _network(evidence, o, evidence.protocol.main_lumping) for o in evidence.outcome_names}


def _network(evidence: Evidence, outcome: str, lumping: str) -> ReviewNetwork | NotAssessable:
    what = f"network of {outcome}"
    try:
        found = review_network(evidence, ReviewNetworkSpec(outcome=outcome, lumping=lumping))
    except InvalidInputError as error:
        return NotAssessable(what, "; ".join(map(str, error.issues)) or error.heading)
    except DisconnectedNetworkError as error:
        return NotAssessable(what, str(error))
    if len(found.net.treatments) < 3:
        return NotAssessable(what, "two treatments are left, and their comparison is the pairwise analysis")
    return found


def ledger_of(evidence: Evidence) -> Ledger | NotAssessable:
    """Every quoted figure with its verdict, or that the evidence quotes none."""
    from tmsmeta.review.claims import check_claims

    if evidence.claims.empty:
        return NotAssessable("ledger of claims", "the evidence has no claims table")
    return check_claims(evidence=evidence)
