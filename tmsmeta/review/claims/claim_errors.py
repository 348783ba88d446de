"""What keeps a claim from being checked, each fault with its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from tmsmeta.errors import Issue
from tmsmeta.review.claims.checks import all_checks
from tmsmeta.review.claims.cited_rows import KEY_COLUMNS, OUTCOME_TABLES
from tmsmeta.review.claims.model import Claim
from tmsmeta.review.claims.question import Case
from tmsmeta.review.evidence import Evidence


def case_of(claim: Claim, evidence: Evidence) -> Case:
    """The claim with its evidence and the rule of its check (none for a check that does not exist)."""
    found = all_checks().get(claim.check)
    return Case(claim, evidence, found.rule if found else "")


def claim_issues(case: Case) -> list[Issue]:
    """Every fault of a claim: its document, check, keys and what the check needs."""
    claim = case.claim
    row = claim.row if claim.row is not None else claim.claim_id
    faults = [*_document_faults(case), *_check_faults(case), *_key_faults(case)]
    if not faults:
        for column, message in all_checks()[claim.check].faults(case):
            faults.append((column, _cell(claim, column), message))
    return [Issue(row, column, found or None, message, claim.file) for column, found, message in faults]


def _document_faults(case: Case) -> Iterator[tuple[str, str, str]]:
    known = set(case.evidence.documents["document_id"])
    found = case.claim.document_id
    if found and known and found not in known:
        yield "document_id", found, f"must be a document of documents.csv.{_near(found, known)}"


def _check_faults(case: Case) -> Iterator[tuple[str, str, str]]:
    known = all_checks()
    if case.claim.check not in known:
        yield (
            "check",
            case.claim.check,
            f"must be one of {', '.join(sorted(known))}.{_near(case.claim.check, set(known))}",
        )


def _key_faults(case: Case) -> Iterator[tuple[str, str, str]]:
    for key in case.claim.keys:
        known = names_in(case.evidence, key.table)
        if not known and key.table not in (*KEY_COLUMNS, *OUTCOME_TABLES):
            tables = ", ".join((*OUTCOME_TABLES, *KEY_COLUMNS))
            yield "evidence", str(key), f"must be keys such as arms:response or rates:ID, of {tables}."
        elif key.name not in known:
            yield "evidence", str(key), f"names no row of {key.table}.{_near(key.name, known)}"


def names_in(evidence: Evidence, table: str) -> set[str]:
    """Names that a key of this table can have."""
    if table in KEY_COLUMNS:
        return set(getattr(evidence, table)[KEY_COLUMNS[table]])
    if table in OUTCOME_TABLES:
        return {"all", *getattr(evidence, table)["outcome"]} - ({"all"} if table == "arms" else set())
    return set()


def _cell(claim: Claim, column: str) -> str:
    if column == "evidence":
        return "; ".join(str(key) for key in claim.keys)
    if column == "parameters":
        return "; ".join(f"{p.name}={p.text}" for p in claim.parameters)
    figure = {"quoted_low": claim.low, "quoted_high": claim.high}.get(column)
    return figure.text if figure is not None else claim.unit if column == "unit" else ""


def _near(found: str, known: set[str]) -> str:
    near = difflib.get_close_matches(found, sorted(known), n=1)
    return f" Is {near[0]!r} meant?" if near else ""
