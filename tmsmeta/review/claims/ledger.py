"""All claims with their verdicts: the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import EvidenceError, InvalidInputError, Issue, NotAssessable, check_kind
from tmsmeta.provenance import DataVersion
from tmsmeta.review.claims.checks import all_checks
from tmsmeta.review.claims.model import VERDICTS, Claim, Finding
from tmsmeta.review.claims.question import Case
from tmsmeta.review.claims.read import case_of, claim_issues, claims_from, read_claims
from tmsmeta.review.evidence import Evidence, check_is_evidence
from tmsmeta.review.folder import load_evidence
from tmsmeta.words.arguments import answerable
from tmsmeta.words.results import Brief, to_plain

if TYPE_CHECKING:
    import pandas as pd

LEDGER_COLUMNS = (
    "claim_id", "document_id", "statement", "quantity", "quoted_low", "quoted_high", "unit", "cited_source",
    "verdict", "headline", "estimate", "ci_low", "ci_high", "estimate_unit", "limits", "recomputed_from",
    "difference", "direction", "patient", "statistician", "missing", "evidence", "note",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Ledger(Brief):
    """Every claim with its finding.

    Attributes:
        findings: one per claim, in the order of the file.
        documents: titles of the documents by their id.
        data_version: version of the evidence.
        origin: folder of the evidence.
    """

    findings: tuple[Finding, ...]
    documents: dict[str, str]
    data_version: DataVersion
    origin: str

    def in_short(self) -> str:
        """The verdicts counted, and the version of the data."""
        return f"{self.summary().rstrip('.')}; data {self.data_version.short}."

    def _repr_html_(self) -> str:
        """The ledger as a table for notebooks; every text from a file is escaped."""
        from html import escape

        head = "".join(f"<th>{name}</th>" for name in ("claim", "statement", "quoted", "verdict", "why"))
        rows = ((f.claim.claim_id, f.claim.statement, f.claim.quoted(), f.verdict, f.headline) for f in self.findings)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        return f"<p>{escape(self.summary())}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __getitem__(self, claim_id: str) -> Finding:
        """The finding on a claim.

        Raises:
            InvalidInputError: there is no such claim.
        """
        for finding in self.findings:
            if finding.claim.claim_id == claim_id:
                return finding
        known = ", ".join(finding.claim.claim_id for finding in self.findings)
        raise InvalidInputError(Issue(None, "claim_id", claim_id, f"must be a claim of this ledger: {known}."))

    def counts(self) -> dict[str, int]:
        """Number of claims per verdict, in the order of :data:`VERDICTS`, zeros included."""
        found = Counter(finding.verdict for finding in self.findings)
        return {verdict: found[verdict] for verdict in VERDICTS}

    @answerable
    def where(self, *, verdict: str | None = None, document_id: str | None = None) -> tuple[Finding, ...]:
        """Findings with this verdict, or on this document, or both.

        Args:
            verdict: one of :data:`tmsmeta.claims.VERDICTS`; any by default.
            document_id: the document with the claim; any by default.

        Returns:
            The findings, in the order of the ledger.
        """
        return tuple(
            finding
            for finding in self.findings
            if verdict in (None, finding.verdict) and document_id in (None, finding.claim.document_id)
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per claim, with the columns of :data:`LEDGER_COLUMNS`.

        ``estimate``, ``ci_low`` and ``ci_high`` are the recomputed figure that the verdict rests on and its interval or
        range (``limits`` says which); they are blank where there is none, and ``note`` says why.
        """
        import pandas as pd

        return pd.DataFrame([_record(finding) for finding in self.findings], columns=list(LEDGER_COLUMNS))

    def to_dict(self) -> list[dict[str, Any]]:
        """Plain values for JSON: a list with one object per claim, with ``claim_id`` and ``verdict``."""
        return [finding.to_dict() for finding in self.findings]

    @answerable
    def to_json(self, *, indent: int | None = 2) -> str:
        """The same as JSON text."""
        import json

        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False, allow_nan=False)

    def summary(self) -> str:
        """How many claims got which verdict, in a sentence."""
        words = {"holds only under": "holds only under conditions"}
        parts = [f"{words.get(verdict, verdict)} {count}" for verdict, count in self.counts().items() if count]
        return f"{len(self)} {'claim' if len(self) == 1 else 'claims'}: {', '.join(parts) or 'none'}."


@answerable
def check(claim: Claim, evidence: Evidence) -> Finding:
    """The verdict on one claim, computed from the evidence.

    Args:
        claim: from :func:`claims_of` or :func:`read_claims`.
        evidence: the tables that its keys point to.

    Returns:
        The verdict, with what was recomputed, how far it is from the quoted figure, and the rows it rests on.

    Raises:
        InvalidInputError: something else than a claim; one that lacks what its check needs, or names evidence that is
            not there.

    Example:
        >>> import tmsmeta as tm
        >>> evidence = tm.read_evidence("my_evidence")
        >>> tm.claims.check(tm.read_claims("my_claims.csv", evidence)[0], evidence).verdict
        'differs'
    """
    cases, issues = _cases([claim], evidence)
    if issues:
        raise InvalidInputError(issues, "The claim cannot be checked")
    return all_checks()[claim.check].run(cases[0])


@answerable
def check_claims(
    claims: str | Path | Sequence[Claim] | None = None, evidence: Evidence | None = None
) -> Ledger:  # fmt: skip
    """The verdict on every claim.

    Args:
        claims: path of a claims file (see :mod:`tmsmeta.review.claims.read`), or claims; by default those
            of `evidence`.
        evidence: by default the evidence that comes with tmsmeta.

    Returns:
        A finding for each claim, in their order.

    Raises:
        EvidenceError: with every fault of every claim.
        InvalidInputError: something else than claims and evidence.
        OutputError: a claims file that cannot be read.

    Example:
        >>> import tmsmeta as tm
        >>> tm.check_claims("my_claims.csv", tm.read_evidence("my_evidence")).summary()
        '6 claims: reproduced 3, differs 1, holds only under conditions 1, cannot be recomputed 1.'
    """
    evidence = load_evidence() if evidence is None else evidence
    check_is_evidence(evidence)
    if claims is None:
        claims = claims_of(evidence)
    elif isinstance(claims, str | Path):
        claims = read_claims(claims, evidence)
    cases, issues = _cases(claims, evidence)
    if issues:
        raise EvidenceError(issues, "The claims cannot be checked")
    documents = dict(zip(evidence.documents["document_id"], evidence.documents["title"], strict=True))
    return Ledger(
        findings=tuple(all_checks()[case.claim.check].run(case) for case in cases),
        documents={case.claim.document_id: str(documents.get(case.claim.document_id, "")) for case in cases},
        data_version=evidence.data_version,
        origin=evidence.origin,
    )


def _cases(claims: Sequence[Claim], evidence: Evidence) -> tuple[list[Case], list[Issue]]:
    check_is_evidence(evidence)
    for claim in claims:
        check_kind("claim", claim, Claim, "a claim, as claims_of() and read_claims() give")
    cases = [case_of(claim, evidence) for claim in claims]
    return cases, [issue for case in cases for issue in claim_issues(case)]


def claims_faults(evidence: Evidence) -> list[Issue]:
    """What keeps the claims that stand in the evidence from being checked."""
    claims, issues = claims_from(evidence.claims, evidence, "claims.csv")
    return issues or _cases(claims, evidence)[1]


@answerable
def claims_of(evidence: Evidence) -> tuple[Claim, ...]:
    """The claims that stand in the evidence itself.

    Args:
        evidence: a review's tables, with or without ``claims.csv``.

    Returns:
        The claims, in the order of the file.

    Raises:
        EvidenceError: with every fault of their parameters.
        InvalidInputError: something else than evidence.

    Example:
        >>> import tmsmeta as tm
        >>> claim = tm.claims.claims_of(tm.load_evidence())[0]
        >>> claim.claim_id, claim.check in tm.claims.CHECK_NAMES
        ('C01', True)
    """
    check_is_evidence(evidence)
    claims, issues = claims_from(evidence.claims, evidence, "claims.csv")
    if issues:
        raise EvidenceError(issues, f"The claims in {evidence.origin} have faults")
    return claims


def _record(finding: Finding) -> dict[str, Any]:
    claim, main, difference = finding.claim.to_dict(), finding.main, finding.difference
    value = main.value if main else None
    return {
        **{name: claim[name] for name in LEDGER_COLUMNS if name in claim},
        "verdict": finding.verdict,
        "headline": finding.headline,
        "estimate": None if isinstance(value, NotAssessable) else to_plain(value),
        "ci_low": to_plain(main.low) if main else None,
        "ci_high": to_plain(main.high) if main else None,
        "estimate_unit": main.unit if main else "",
        "limits": main.kind if main else "",
        "recomputed_from": main.label if main else "",
        "difference": difference.amount if difference else None,
        "direction": difference.direction if difference else "",
        "patient": finding.patient,
        "statistician": finding.statistician,
        "missing": "; ".join(finding.missing),
        "evidence": "; ".join(claim["evidence"]),
        "note": str(value)
        if isinstance(value, NotAssessable)
        else (main.interval_note if main else "nothing to compute"),
    }
