"""Rules between tables: every id and every key that one table names stands in the table it points to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tmsmeta.errors import Issue
from tmsmeta.review.dictionary import KEY_COLUMNS, OUTCOME_TABLES
from tmsmeta.tables.columns import ColumnRule
from tmsmeta.tables.csv_text import WHOLE_FILE, CsvText
from tmsmeta.tables.row_rules import split_list
from tmsmeta.words.names import meant

Tables = Mapping[str, CsvText]


def link_issues(
    tables: Tables, rules: Mapping[str, tuple[ColumnRule, ...]], known_flags: frozenset[str], broken: frozenset[str]
) -> list[Issue]:
    """Faults of references between the tables of one folder.

    Args:
        tables: the tables that could be parsed.
        rules: what their columns allow.
        known_flags: flags that rows may have.
        broken: tables whose file is damaged, so that what they hold is not known.
    """
    issues: list[Issue] = []
    for table, text in tables.items():
        for rule in rules[table]:
            if rule.column not in text.columns:
                continue
            if rule.kind in ("reference", "glossary") and rule.target[0] not in broken:
                issues += _unresolved(tables, table, rule)
            elif rule.kind == "flags" and "flags" not in broken:
                issues += _unknown_flags(text, rule.column, known_flags)
            elif rule.kind == "evidence keys":
                issues += _unknown_keys(tables, table, rule.column, broken)
    return issues


def _values(tables: Tables, table: str, column: str) -> frozenset[str]:
    return tables[table].values(column) if table in tables else frozenset()


def _cells(text: CsvText, column: str) -> Iterator[tuple[int, str]]:
    place = text.columns.index(column)
    return ((line, row[place]) for line, row in zip(text.lines, text.rows, strict=True) if row[place])


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
            message = f"must be a `{column}` of {target}.csv{allowed}; add it there if it is new.{meant(cell, known)}"
            yield Issue(line, rule.column, cell, message, file)


def _unknown_flags(text: CsvText, column: str, known: frozenset[str]) -> Iterator[Issue]:
    for line, cell in _cells(text, column):
        for flag in split_list(cell):
            if flag not in known:
                message = f"must hold flags of the glossary flags.csv ({'; '.join(sorted(known))}).{meant(flag, known)}"
                yield Issue(line, column, flag, message, text.file)


def _unknown_keys(tables: Tables, table: str, column: str, broken: frozenset[str]) -> Iterator[Issue]:
    allowed = {t: _values(tables, t, key) for t, key in KEY_COLUMNS.items()}
    allowed |= {t: _values(tables, t, "outcome") | {"all"} for t in OUTCOME_TABLES}
    file = f"{table}.csv"
    for line, cell in _cells(tables[table], column):
        for key in split_list(cell):
            target, _, name = key.partition(":")
            if target not in allowed:
                message = f"must be keys such as arms:response or rates:ID, of {', '.join(sorted(allowed))}."
                yield Issue(line, column, key, message, file)
            elif target not in broken and name not in allowed[target]:
                message = f"names no row of {target}.csv.{meant(name, allowed[target])}"
                yield Issue(line, column, key, message, file)
