"""The data dictionary: which tables a review folder has, and what each column allows.

The rules of the tables that every review shares stand in ``dictionary.csv`` beside this module, so that what a reader
sees is what is checked. A folder describes columns of its own in a ``dictionary.csv`` of the same form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import cast, get_args

from tmsmeta.errors import EvidenceError, Issue
from tmsmeta.review.certainty import ALLOWED, LEVELS
from tmsmeta.review.claim_kinds import CHECK_NAMES
from tmsmeta.review.flags import EFFECTS
from tmsmeta.review.selecting.result import ARM_COLUMNS, CONTRAST_COLUMNS, TRIAL_COLUMNS
from tmsmeta.tables.columns import ColumnRule, Kind, Presence
from tmsmeta.tables.csv_text import WHOLE_FILE, CsvText, parse_csv

Rules = Mapping[str, tuple[ColumnRule, ...]]

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
    "certainty",
)
"""Every table of a review folder; a file is called ``<table>.csv``. All but the required ones are optional."""

KEY_COLUMNS: Mapping[str, str] = {"published": "result_id", "cohorts": "cohort_id", "rates": "rate_id"}
"""Tables whose rows a claim names by a key such as ``rates:ID``, and the column that holds the ID."""

OUTCOME_TABLES = ("arms", "contrasts")
"""Tables that a claim names by outcome (``arms:OUTCOME``), or whole (``contrasts:all``)."""

UNIQUE_TOGETHER: Mapping[str, tuple[str, ...]] = {
    "contrasts": ("trial_id", "treat1", "treat2", "outcome", "measure", "subset"),
    "gaps": ("trial_id", "outcome"),
    "tiers": ("tier",),
    "certainty": ("outcome", "treatment"),
}
"""Columns that together name a row, in tables without a key column; ``arms`` has a rule of its own."""

SELECTED_COLUMNS = frozenset((*TRIAL_COLUMNS, *ARM_COLUMNS, *CONTRAST_COLUMNS))
"""Columns of the tables that a selection gives; a review's own columns of trials stand beside them there."""

FROM_CODE = "of the library"
"""What the dictionary says where the allowed values are those that the library has."""


@cache
def column_rules() -> Rules:
    """The rules of the columns that every review shares, per table, in the order of the dictionary."""
    values = {"check": CHECK_NAMES, "effect": EFFECTS, "certainty": LEVELS, **ALLOWED}
    text = parse_csv("dictionary.csv", (resources.files("tmsmeta.review") / "dictionary.csv").read_bytes())
    rules, issues = parse_rules(text, known={})
    missing = [Issue(None, "file", t, "has no columns in the dictionary.", text.file) for t in TABLES if t not in rules]
    if issues or missing:
        raise EvidenceError([*issues, *missing], "The data dictionary has faults")
    return {
        table: tuple(
            replace(rule, allowed="; ".join(values[rule.column])) if rule.allowed == FROM_CODE else rule
            for rule in columns
        )
        for table, columns in rules.items()
    }


def rules_with(own: CsvText | None) -> tuple[Rules, list[Issue]]:
    """The shared rules and those of a folder's own dictionary, and the faults of the latter."""
    shared = column_rules()
    if own is None:
        return shared, []
    further, issues = parse_rules(own, known=shared)
    return {table: (*columns, *further.get(table, ())) for table, columns in shared.items()}, issues


def parse_rules(text: CsvText, known: Rules) -> tuple[dict[str, tuple[ColumnRule, ...]], list[Issue]]:
    """The rules in a dictionary, and its faults, on which every other check rests.

    Args:
        text: the parsed file.
        known: rules that stand already; a dictionary must not change them.
    """
    if text.issues or text.columns != DICTIONARY_COLUMNS:
        message = f"must have the columns {', '.join(DICTIONARY_COLUMNS)}."
        return {}, list(text.issues) or [Issue(1, WHOLE_FILE, ", ".join(text.columns), message, text.file)]
    rules: dict[str, tuple[ColumnRule, ...]] = {}
    issues: list[Issue] = []
    for line, record in text.records():
        faults = _entry_faults(record, known, {rule.column for rule in rules.get(record["file"], ())})
        issues += [Issue(line, column, record[column], message, text.file) for column, message in faults]
        if not faults:
            rules[record["file"]] = (*rules.get(record["file"], ()), _rule(record))
    return rules, issues


def _entry_faults(record: Mapping[str, str], known: Rules, earlier: set[str]) -> list[tuple[str, str]]:
    table = record["file"]
    faults = []
    if known and table not in TABLES:
        faults.append(("file", f"must be one of {', '.join(TABLES)}."))
    if record["column"] in {rule.column for rule in known.get(table, ())}:
        faults.append(("column", f"is a column of every {table}.csv already; its rule stands and cannot be changed."))
    elif known and table == "trials" and record["column"] in SELECTED_COLUMNS:
        faults.append(("column", "is what a column of selected trials is called already; choose another name."))
    if record["column"] in earlier:
        faults.append(("column", "stands twice for this table; once is enough."))
    for column, allowed in (("type", get_args(Kind)), ("required", get_args(Presence))):
        if record[column] not in allowed:
            faults.append((column, f"must be one of {', '.join(allowed)}."))
    return faults


def _rule(record: Mapping[str, str]) -> ColumnRule:
    return ColumnRule(
        table=record["file"],
        column=record["column"],
        kind=cast(Kind, record["type"]),
        unit=record["unit"],
        presence=cast(Presence, record["required"]),
        allowed=record["allowed"],
        meaning=record["meaning"],
    )
