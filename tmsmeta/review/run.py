"""Everything the main command computes, as one object; no file is touched here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import DisconnectedNetworkError, InvalidInputError, NotAssessable
from tmsmeta.pooling import PooledEffect, PoolingSpec
from tmsmeta.provenance import environment_record
from tmsmeta.review import Evidence
from tmsmeta.review.analyses import MAIN_SPEC, OUTCOMES, Analysis, standard_analyses
from tmsmeta.review.published import PublishedCheck, ahrq_2011
from tmsmeta.review.remission import RemissionClaim, remission_claim

if TYPE_CHECKING:
    from tmsmeta.review.claims import Ledger
    from tmsmeta.review.networks import TmsNetwork

SCHEMA_VERSION = 1
Step = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Reproduction:
    """The results of the main job.

    Attributes:
        evidence: what was analysed.
        spec: how trials were pooled.
        analyses: active against sham, per outcome and selection; the main analysis of an outcome comes first.
        published: published pools beside their recomputation, or why there are none.
        remission: the claim on remission, or why it cannot be checked.
        networks: per outcome the network with its ranking, or why there is none.
        ledger: every quoted figure with its verdict.
    """

    evidence: Evidence
    spec: PoolingSpec
    analyses: list[Analysis]
    published: list[PublishedCheck] | NotAssessable
    remission: RemissionClaim | NotAssessable
    networks: dict[str, TmsNetwork | NotAssessable]
    ledger: Ledger | NotAssessable

    def main(self, outcome: str) -> Analysis:
        """The main analysis of an outcome."""
        return next(a for a in self.analyses if a.outcome == outcome)

    def to_dict(self) -> dict[str, Any]:
        """What ``results.json`` holds."""
        return {
            "schema_version": SCHEMA_VERSION,
            "data": self.evidence.data_version.to_dict(),
            "environment": environment_record(),
            "spec": self.spec.to_dict(),
            "analyses": [a.to_dict() for a in self.analyses],
            "published": _plain_or_reason(self.published, lambda checks: [c.to_dict() for c in checks]),
            "remission_claim": _plain_or_reason(self.remission, lambda claim: claim.to_dict()),
            "networks": {o: _plain_or_reason(n, _network_dict) for o, n in self.networks.items()},
            "claims": _plain_or_reason(self.ledger, lambda ledger: ledger.to_dict()),
        }


def _plain_or_reason(value: Any, convert: Callable[[Any], Any]) -> Any:
    return {"not_assessable": value.reason} if isinstance(value, NotAssessable) else convert(value)


def _network_dict(network: TmsNetwork) -> dict[str, Any]:
    return {"spec": network.spec.to_dict(), **network.report().to_dict()}


def run(
    evidence: Evidence,
    *,
    outcomes: tuple[str, ...] = OUTCOMES,
    spec: PoolingSpec = MAIN_SPEC,
    step: Step = lambda _: None,
) -> Reproduction:
    """Compute the main job.

    Args:
        evidence: the shipped set, or a user's own.
        outcomes: which outcomes to pool.
        spec: how to pool.
        step: called with the name of each part as it begins, for a progress bar.

    Raises:
        InvalidInputError: no trial of the evidence has any of the outcomes.
    """
    analyses: list[Analysis] = []
    for outcome in outcomes:
        step(f"Active against sham: {outcome}")
        analyses += standard_analyses(evidence, outcome, spec)
    step("Published pools")
    published = _or_reason("published pools", lambda: ahrq_2011(evidence))
    remission = _or_reason("claim on remission", lambda: _remission(evidence, analyses))
    networks = {}
    for outcome in outcomes:
        step(f"Network: {outcome}")
        networks[outcome] = _network(evidence, outcome)
    step("Quoted figures")
    ledger = _or_reason("ledger of claims", lambda: _ledger(evidence))
    return Reproduction(
        evidence=evidence,
        spec=spec,
        analyses=analyses,
        published=published,
        remission=remission,
        networks=networks,
        ledger=ledger,
    )


def _or_reason(what: str, compute: Callable[[], Any]) -> Any:
    """The result, or the reason why a user's own evidence does not allow it."""
    try:
        return compute()
    except InvalidInputError as error:
        return NotAssessable(what, "; ".join(str(issue) for issue in error.issues))


def _remission(evidence: Evidence, analyses: list[Analysis]) -> RemissionClaim | NotAssessable:
    main = next((a for a in analyses if a.outcome == "remission"), None)
    pooled = main.results["RR"] if main else NotAssessable("claim on remission", "remission was not analysed")
    if main is None or not isinstance(pooled, PooledEffect):
        return NotAssessable("claim on remission", str(pooled))
    return remission_claim(evidence, main.selected["RR"], pooled)


def _network(evidence: Evidence, outcome: str) -> TmsNetwork | NotAssessable:
    """The network of an outcome, or why the trials form none."""
    from tmsmeta.review.networks import TmsNetworkSpec, tms_network

    try:
        return tms_network(TmsNetworkSpec(outcome=outcome, measure="RR"), evidence)
    except (InvalidInputError, DisconnectedNetworkError) as error:
        return NotAssessable(f"network of {outcome}", str(error))


def _ledger(evidence: Evidence) -> Ledger | NotAssessable:
    """Every quoted figure with its verdict, or that the evidence quotes none."""
    from tmsmeta.review.claims import check_claims

    if evidence.claims.empty:
        return NotAssessable("ledger of claims", "the evidence has no claims table")
    return check_claims(evidence=evidence)
