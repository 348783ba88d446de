"""Read claims: from the evidence, or from a user's own file. Every fault is listed at once.

A claims file is a CSV table with one row per quoted figure. Its columns are those of ``claims`` in
``tmsmeta/review/dictionary.csv``:

``claim_id, statement, quantity, unit, check``
    must be filled in. ``claim_id`` is any name; ``check`` is one of :data:`CHECK_NAMES`.
``quoted_low, quoted_high``
    the quoted figure twice, or the ends of a range; one of them blank for a bound ("more than 100"); both blank where
    no figure is quoted. The decimals count: 0.8 stands for 0.75 to 0.85.
``evidence``
    keys of the rows the check rests on, with semicolons between them: ``arms:OUTCOME``, ``contrasts:OUTCOME``,
    ``contrasts:all``, ``published:ID``, ``cohorts:ID``, ``rates:ID``.
``parameters``
    figures and choices the check needs beyond these rows, see :mod:`tmsmeta.review.claims.cited_figures`.
``document_id, cited_source, what_the_sources_show``
    where the claim stands, the source it names ("Taylor 2021"), and what was found by hand. May be blank; where the
    evidence has a table ``documents``, the id must be one of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import EvidenceError, Issue, OutputError
from tmsmeta.review.checks.within_row import row_issues
from tmsmeta.review.claims.checks import all_checks
from tmsmeta.review.claims.cited_figures import IN_CLAIM, Parameter, read_parameters
from tmsmeta.review.claims.cited_rows import named_row
from tmsmeta.review.claims.model import Claim, Key
from tmsmeta.review.claims.question import Case
from tmsmeta.review.dictionary import KEY_COLUMNS, OUTCOME_TABLES, column_rules
from tmsmeta.review.evidence import Evidence, check_is_evidence
from tmsmeta.tables.cells import cell_issues
from tmsmeta.tables.columns import ColumnRule
from tmsmeta.tables.csv_text import parse_csv
from tmsmeta.tables.printed import Printed, read_printed
from tmsmeta.tables.row_rules import split_list
from tmsmeta.tables.to_frame import DECIMALS, text_table
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import meant

if TYPE_CHECKING:
    import pandas as pd

_MAY_BE_MISSING = ("document_id", "cited_source", "quoted_low", "quoted_high", "evidence", "what_the_sources_show")


@answerable
def read_claims(path: str | Path, evidence: Evidence) -> tuple[Claim, ...]:
    """The claims of a user's own file, checked against the evidence they point to.

    Args:
        path: CSV file, described in :mod:`tmsmeta.review.claims.read`.
        evidence: where its keys point to.

    Returns:
        The claims, in the order of the file.

    Raises:
        EvidenceError: with every fault of the file.
        InvalidInputError: something else than evidence.
        OutputError: a file that cannot be read.

    Example:
        >>> import tmsmeta as tm
        >>> claims = tm.read_claims("my_claims.csv", tm.read_evidence("my_evidence"))
        >>> claims[0].statement, claims[0].quoted()
        ('Half of the patients respond', '50%')
    """
    check_is_evidence(evidence)
    place = Path(path)
    try:
        data = place.read_bytes()
    except OSError as error:
        raise OutputError(f"The claims file {place} cannot be read: {error.strerror}. Check the name.") from error
    claims, issues = parse_claims(place.name, data, evidence)
    if issues:
        raise EvidenceError(issues, f"The claims in {place} have faults")
    return claims


def parse_claims(file: str, data: bytes, evidence: Evidence) -> tuple[tuple[Claim, ...], list[Issue]]:
    """The claims in the bytes of a CSV file, and every fault; no claims are returned where there are faults."""
    text = parse_csv(file, data)
    if not text.columns or text.issues:
        return (), list(text.issues)
    frame = text_table(text)
    issues = cell_issues(file, frame, _rules(), together=()) + row_issues("claims", text, evidence.flag_effects)
    claims, faults = claims_from(frame, evidence, file)
    issues += faults
    seen = {(issue.row, issue.column) for issue in issues}
    for claim in claims:
        issues += [i for i in claim_issues(case_of(claim, evidence)) if (i.row, i.column) not in seen]
    if issues:
        return (), sorted(issues, key=lambda issue: issue.row if isinstance(issue.row, int) else 0)
    return claims, []


def _rules() -> tuple[ColumnRule, ...]:
    """The rules of the data dictionary for claims, with what a user's own file may leave out."""
    return tuple(
        replace(rule, presence="optional") if rule.column in _MAY_BE_MISSING else rule
        for rule in column_rules()["claims"]
    )


def claims_from(frame: pd.DataFrame, evidence: Evidence, file: str) -> tuple[tuple[Claim, ...], list[Issue]]:
    """Claims from the rows of a table (text or typed cells), and the faults of their parameters."""
    claims, issues = [], []
    for line, record in zip(frame.index, frame.to_dict("records"), strict=True):
        cells = {str(name): _text(value, record.get(DECIMALS.get(str(name), ""))) for name, value in record.items()}
        parameters, faults = read_parameters(
            cells.get("parameters", ""),
            "parameters",
            int(line),
            file,
            partial(_text_at, cells, evidence),
        )
        issues += faults
        claims.append(_claim(cells, parameters, int(line), file))
    return tuple(claims), issues


def _text(value: Any, decimals: Any = None) -> str:
    """A cell as text; a typed number with the decimals it was printed with, or else the digits it shows."""
    import pandas as pd

    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, float):
        return f"{value:.15g}" if decimals is None or decimals is pd.NA else f"{value:.{decimals}f}"
    return str(value)


def _claim(cells: Mapping[str, str], parameters: tuple[Parameter, ...], line: int, file: str) -> Claim:
    return Claim(
        claim_id=cells.get("claim_id", ""),
        document_id=cells.get("document_id", ""),
        statement=cells.get("statement", ""),
        quantity=cells.get("quantity", ""),
        low=_figure(cells.get("quoted_low", "")),
        high=_figure(cells.get("quoted_high", "")),
        unit=cells.get("unit", ""),
        cited_source="" if cells.get("cited_source", "") == "none given" else cells.get("cited_source", ""),
        check=cells.get("check", ""),
        keys=tuple(_key(part) for part in split_list(cells.get("evidence", ""))),
        parameters=parameters,
        shown=cells.get("what_the_sources_show", ""),
        row=line,
        file=file,
    )  # fmt: skip


def _key(text: str) -> Key:
    table, _, name = text.partition(":")
    return Key(table, name)


def _figure(cell: str) -> Printed | None:
    """A quoted figure; None where blank. A cell that is no number has been reported with the cells of its column."""
    faults: list[Issue] = []
    figure = read_printed(cell, "quoted", faults) if cell else None
    return None if faults else figure


def _text_at(cells: Mapping[str, str], evidence: Evidence, place: str) -> str | None:
    """The text that stands at a place: a cell of the claim, or all cells of a row of the evidence."""
    if place in IN_CLAIM:
        return cells.get(IN_CLAIM[place], "")
    table, colon, name = place.partition(":")
    if not colon or table not in KEY_COLUMNS:
        return None
    row = named_row(evidence, Key(table, name))
    return None if row is None else " | ".join(_text(value) for value in row.cells.values())


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
        yield "document_id", found, f"must be a document of documents.csv.{meant(found, known)}"


def _check_faults(case: Case) -> Iterator[tuple[str, str, str]]:
    known = all_checks()
    if case.claim.check not in known:
        message = f"must be one of {', '.join(sorted(known))}.{meant(case.claim.check, set(known))}"
        yield "check", case.claim.check, message


def _key_faults(case: Case) -> Iterator[tuple[str, str, str]]:
    for key in case.claim.keys:
        known = names_in(case.evidence, key.table)
        if not known and key.table not in (*KEY_COLUMNS, *OUTCOME_TABLES):
            tables = ", ".join((*OUTCOME_TABLES, *KEY_COLUMNS))
            yield "evidence", str(key), f"must be keys such as arms:OUTCOME or rates:ID, of {tables}."
        elif key.name not in known:
            yield "evidence", str(key), f"names no row of {key.table}.{meant(key.name, known)}"


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
