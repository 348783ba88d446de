"""Every check of the tables of a review folder, on text that has been read already. Nothing here touches a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from tmsmeta.errors import Issue
from tmsmeta.review.checks.double_counting import once_issues
from tmsmeta.review.checks.references import link_issues
from tmsmeta.review.checks.within_row import row_issues
from tmsmeta.review.dictionary import REQUIRED_TABLES, TABLES, UNIQUE_TOGETHER, Rules
from tmsmeta.review.flags import FlagEffects
from tmsmeta.tables.cells import cell_issues
from tmsmeta.tables.columns import ColumnRule
from tmsmeta.tables.csv_text import CsvText
from tmsmeta.tables.to_frame import text_table


def folder_issues(texts: Mapping[str, CsvText], rules: Rules) -> list[Issue]:
    """Faults of the tables of one folder, given as ``{table: parsed file}``, in the order of tables and rows.

    A file that cannot be parsed is reported as such; what others name in it is not checked, as it may well be there.
    """
    usable = {table: text for table, text in texts.items() if _usable(text)}
    issues = [issue for text in texts.values() for issue in text.issues]
    flags = flag_effects(usable.get("flags"))
    for table, text in usable.items():
        issues += _table_issues(table, text, rules[table], flags, "sources" in texts)
    if all(table in usable for table in REQUIRED_TABLES):
        issues += once_issues(usable, flags)
    broken = frozenset(table for table, text in texts.items() if text.issues)
    issues += link_issues(usable, rules, flags.names, broken)
    return _in_order(issues)


def flag_effects(text: CsvText | None) -> FlagEffects:
    """The flags of ``flags.csv``, given as text, and the usual ones."""
    if text is None or not {"flag", "effect"} <= set(text.columns):
        return FlagEffects.of(())
    return FlagEffects.of((row["flag"], row["effect"]) for _, row in text.records())


@lru_cache(maxsize=64)
def _table_issues(
    table: str, text: CsvText, rules: tuple[ColumnRule, ...], flags: FlagEffects, sourced: bool
) -> tuple[Issue, ...]:
    """Faults within one table; remembered, because the same text is often checked first and read afterwards."""
    together = UNIQUE_TOGETHER.get(table, ())
    cells = cell_issues(text.file, text_table(text), rules, together=together, sourced=sourced)
    return (*cells, *row_issues(table, text, flags))


def _usable(text: CsvText) -> bool:
    return bool(text.columns) and all(text.columns) and len(set(text.columns)) == len(text.columns)


def _in_order(issues: Iterable[Issue]) -> list[Issue]:
    place = {f"{table}.csv": number for number, table in enumerate(TABLES)}

    def key(issue: Issue) -> tuple[int, int]:
        row = issue.row if isinstance(issue.row, int) else 0
        return place.get(issue.file or "", len(place)), row

    return sorted(dict.fromkeys(issues), key=key)
