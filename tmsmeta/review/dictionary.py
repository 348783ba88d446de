"""The data dictionary: which tables an evidence folder has, and what each column allows.

The rules stand in ``dictionary.csv`` beside the data, so that what a reviewer reads is what is checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import cast, get_args

from tmsmeta.errors import EvidenceError, Issue
from tmsmeta.review.shipped import shipped_folder
from tmsmeta.tables.columns import ColumnRule, Kind, Presence
from tmsmeta.tables.csv_text import WHOLE_FILE, CsvText, parse_csv

DICTIONARY_COLUMNS = ("file", "column", "type", "unit", "required", "allowed", "meaning")
REQUIRED_TABLES = ("trials", "arms")
TABLES = (
    "trials",
    "arms",
    "contrasts",
    "published",
    "rates",
    "cohorts",
    "claims",
    "documents",
    "sources",
    "gaps",
    "treatments",
    "populations",
    "outcomes",
    "flags",
    "tiers",
)
"""Every table of an evidence folder; a file is called ``<table>.csv``. All but the required ones are optional."""

UNIQUE_TOGETHER: Mapping[str, tuple[str, ...]] = {
    "contrasts": ("trial_id", "treat1", "treat2", "outcome", "measure", "subset"),
    "gaps": ("trial_id", "outcome"),
    "tiers": ("tier",),
}
"""Columns that together name a row, in tables without a key column; ``arms`` has a rule of its own."""


@cache
def column_rules() -> Mapping[str, tuple[ColumnRule, ...]]:
    """The shipped dictionary as rules per table, in the order of the dictionary.

    Raises:
        EvidenceError: ``dictionary.csv`` was changed and now has faults.
    """
    text = parse_csv("dictionary.csv", (shipped_folder() / "dictionary.csv").read_bytes())
    if issues := _dictionary_issues(text):
        raise EvidenceError(issues, "The data dictionary has faults")
    rules: dict[str, tuple[ColumnRule, ...]] = {}
    for table, column, kind, unit, presence, allowed, meaning in text.rows:
        rule = ColumnRule(
            table=table,
            column=column,
            kind=cast(Kind, kind),
            unit=unit,
            presence=cast(Presence, presence),
            allowed=allowed,
            meaning=meaning,
        )
        rules[table] = (*rules.get(table, ()), rule)
    return rules


def _dictionary_issues(text: CsvText) -> list[Issue]:
    """Faults of the dictionary itself, on which every other check rests."""
    if text.issues or text.columns != DICTIONARY_COLUMNS:
        message = f"must have the columns {', '.join(DICTIONARY_COLUMNS)}."
        return list(text.issues) or [Issue(1, WHOLE_FILE, ", ".join(text.columns), message, text.file)]
    issues = []
    for line, record in text.records():
        for column, allowed in (("type", get_args(Kind)), ("required", get_args(Presence))):
            if record[column] not in allowed:
                message = f"must be one of {', '.join(allowed)}."
                issues.append(Issue(line, column, record[column], message, text.file))
    tables = text.values("file")
    missing = [table for table in TABLES if table not in tables]
    return issues + [Issue(None, "file", table, "has no columns in the dictionary.", text.file) for table in missing]
