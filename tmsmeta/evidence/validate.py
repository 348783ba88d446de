"""Every check of an evidence folder, on text that has been read already. Nothing here touches a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from tmsmeta.errors import Issue
from tmsmeta.evidence.csvfile import CsvText, parse_csv
from tmsmeta.evidence.dictionary import REQUIRED_TABLES, TABLES, UNIQUE_TOGETHER, column_rules
from tmsmeta.evidence.links import link_issues
from tmsmeta.evidence.once import once_issues
from tmsmeta.evidence.rules import row_issues
from tmsmeta.evidence.schema import cell_issues
from tmsmeta.evidence.shipped import shipped_folder
from tmsmeta.evidence.typed import text_table


def folder_issues(texts: Mapping[str, CsvText]) -> list[Issue]:
    """Faults of the tables of one folder, given as ``{table: parsed file}``, in the order of tables and rows.

    A file that cannot be parsed is reported as such and left out of the checks between tables.
    """
    rules = column_rules()
    issues = [issue for text in texts.values() for issue in text.issues]
    frames = {table: text_table(text) for table, text in texts.items() if _usable(text)}
    sourced = "sources" in texts
    for table, frame in frames.items():
        together = UNIQUE_TOGETHER.get(table, ())
        issues += cell_issues(f"{table}.csv", frame, rules[table], together=together, sourced=sourced)
        issues += row_issues(table, frame)
    if all(table in frames for table in REQUIRED_TABLES):
        issues += once_issues(frames)
    complete = frames.keys() == texts.keys()
    if complete:
        issues += link_issues(frames, rules, known_flags())
    return _in_order(issues)


def _usable(text: CsvText) -> bool:
    return bool(text.columns) and all(text.columns) and len(set(text.columns)) == len(text.columns)


@cache
def known_flags() -> frozenset[str]:
    """The flags of the shipped glossary."""
    text = parse_csv("flags.csv", (shipped_folder() / "flags.csv").read_bytes())
    return frozenset(row[text.columns.index("flag")] for row in text.rows)


def _in_order(issues: Iterable[Issue]) -> list[Issue]:
    place = {f"{table}.csv": number for number, table in enumerate(TABLES)}

    def key(issue: Issue) -> tuple[int, int]:
        row = issue.row if isinstance(issue.row, int) else 0
        return place.get(issue.file or "", len(place)), row

    return sorted(dict.fromkeys(issues), key=key)
