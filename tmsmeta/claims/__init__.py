"""Quoted figures against the evidence: each claim gets its verdict, computed and never typed."""

from tmsmeta.claims.ledger import Ledger, check, check_claims, claims_of
from tmsmeta.claims.model import VERDICTS, Claim, Difference, EvidenceRow, Finding, Key, Recomputed, Verdict
from tmsmeta.claims.parameters import Parameter
from tmsmeta.claims.read import CHECK_NAMES, read_claims
from tmsmeta.evidence import load_claims

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
