"""Rules between tables: every id and every key that one table names stands in the table it points to."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tmsmeta.errors import Issue
from tmsmeta.evidence.csvfile import WHOLE_FILE
from tmsmeta.evidence.dictionary import ColumnRule
from tmsmeta.evidence.rules import split_list
from tmsmeta.evidence.typed import records

if TYPE_CHECKING:
    import pandas as pd

Tables = Mapping[str, "pd.DataFrame"]

_KEY_COLUMNS = {"published": "result_id", "cohorts": "cohort_id", "rates": "rate_id"}
_OUTCOME_TABLES = ("arms", "contrasts")


def link_issues(
    tables: Tables, rules: Mapping[str, tuple[ColumnRule, ...]], known_flags: frozenset[str]
) -> list[Issue]:
    """Faults of references between the tables of one folder (cells as text).

    Args:
        tables: the tables that are there.
        rules: what their columns allow.
        known_flags: flags of the shipped glossary; those of the folder's own ``flags.csv`` are added.
    """
    flags = known_flags | _values(tables, "flags", "flag")
    issues: list[Issue] = []
    for table, frame in tables.items():
        for rule in rules[table]:
            if rule.column not in frame.columns:
                continue
            if rule.kind in ("reference", "glossary"):
                issues += _unresolved(tables, table, rule)
            elif rule.kind == "flags":
                issues += _unknown_flags(frame, table, rule.column, flags)
            elif rule.kind == "evidence keys":
                issues += _unknown_keys(tables, table, rule.column)
    return issues


def _values(tables: Tables, table: str, column: str) -> frozenset[str]:
    frame = tables.get(table)
    return frozenset() if frame is None or column not in frame.columns else frozenset(frame[column])


def _near(found: str, known: frozenset[str]) -> str:
    near = difflib.get_close_matches(found, sorted(known), n=1)
    return f" Is {near[0]!r} meant?" if near else ""


def _cells(frame: pd.DataFrame, column: str) -> Iterator[tuple[int, str]]:
    return ((line, record[column]) for line, record in records(frame[[column]]) if record[column])


def _unresolved(tables: Tables, table: str, rule: ColumnRule) -> Iterator[Issue]:
    """Cells that name what the target table does not have; a glossary counts only where the folder brings it."""
    target, column = rule.target
    file = f"{table}.csv"
    if target not in tables:
        used = [cell for _, cell in _cells(tables[table], rule.column)]
        if rule.kind == "reference" and used:
            message = f"is missing; {file} names {len(set(used))} of its {column}s in `{rule.column}`."
            yield Issue(None, WHOLE_FILE, None, message, f"{target}.csv")
        return
    known = _values(tables, target, column)
    for line, cell in _cells(tables[table], rule.column):
        if cell not in known:
            allowed = f" ({'; '.join(sorted(known))})" if len(known) <= 12 else ""
            message = f"must be a `{column}` of {target}.csv{allowed}; add it there if it is new.{_near(cell, known)}"
            yield Issue(line, rule.column, cell, message, file)


def _unknown_flags(frame: pd.DataFrame, table: str, column: str, known: frozenset[str]) -> Iterator[Issue]:
    for line, cell in _cells(frame, column):
        for flag in split_list(cell):
            if flag not in known:
                message = f"must hold flags of the glossary flags.csv ({'; '.join(sorted(known))}).{_near(flag, known)}"
                yield Issue(line, column, flag, message, f"{table}.csv")


def _unknown_keys(tables: Tables, table: str, column: str) -> Iterator[Issue]:
    allowed = {t: _values(tables, t, key) for t, key in _KEY_COLUMNS.items()}
    allowed |= {t: _values(tables, t, "outcome") | {"all"} for t in _OUTCOME_TABLES}
    file = f"{table}.csv"
    for line, cell in _cells(tables[table], column):
        for key in split_list(cell):
            target, _, name = key.partition(":")
            if target not in allowed:
                message = f"must be keys such as arms:response or rates:ID, of {', '.join(sorted(allowed))}."
                yield Issue(line, column, key, message, file)
            elif name not in allowed[target]:
                message = f"names no row of {target}.csv.{_near(name, allowed[target])}"
                yield Issue(line, column, key, message, file)
