"""Quoted figures against the evidence: each claim gets its verdict, computed and never typed."""

from tmsmeta.review.claim_kinds import CHECK_NAMES
from tmsmeta.review.claims.cited_figures import Parameter
from tmsmeta.review.claims.ledger import Ledger, check, check_claims, claims_of
from tmsmeta.review.claims.model import VERDICTS, Claim, Difference, EvidenceRow, Finding, Key, Recomputed, Verdict
from tmsmeta.review.claims.read import read_claims
from tmsmeta.review.folder import load_claims

__all__ = [
    "CHECK_NAMES",
    "VERDICTS",
    "Claim",
    "Difference",
    "EvidenceRow",
    "Finding",
    "Key",
    "Ledger",
    "Parameter",
    "Recomputed",
    "Verdict",
    "check",
    "check_claims",
    "claims_of",
    "load_claims",
    "read_claims",
]
