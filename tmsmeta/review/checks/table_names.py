"""The names that the tables of a folder hold, and the fault of a protocol that uses another one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property

from tmsmeta.errors import Issue
from tmsmeta.review.dictionary import SELECTED_COLUMNS, column_rules
from tmsmeta.review.flags import FlagEffects
from tmsmeta.review.protocol import Protocol
from tmsmeta.review.protocol_faults import FILE
from tmsmeta.tables.controls import is_control_name
from tmsmeta.tables.csv_text import CsvText
from tmsmeta.words.names import meant

Tables = Mapping[str, CsvText]

NOT_SELECTED = frozenset(rule.column for rule in column_rules()["trials"]) - SELECTED_COLUMNS
"""Columns of trials that say where to find a trial or describe it in free text, and so split none."""


class Names:
    """The names that the tables of a folder hold."""

    def __init__(self, tables: Tables, flags: FlagEffects) -> None:
        self._tables = tables
        self.flags = flags.names
        self.outcomes = self.values(("arms", "outcome"), ("contrasts", "outcome"))
        self.nodes = self.values(("arms", "treatment"), ("contrasts", "treat1"), ("contrasts", "treat2"))
        self.known_nodes = self.nodes | self.values(("treatments", "treatment"))
        self.families = self.values(("treatments", "family"))
        self.trial_columns = frozenset(tables["trials"].columns) - NOT_SELECTED if "trials" in tables else frozenset()

    def values(self, *places: tuple[str, str]) -> frozenset[str]:
        """The different cells of columns of tables, blanks left out."""
        found = [self._tables[table].values(column) for table, column in places if table in self._tables]
        return frozenset().union(*found) - {""}

    def rows(self, table: str) -> list[dict[str, str]]:
        """The rows of a table as text; none where the folder lacks it."""
        return [cells for _, cells in self.lines(table)]

    def lines(self, table: str) -> list[tuple[int, dict[str, str]]]:
        """The rows of a table with the lines on which they stand."""
        return list(self._tables[table].records()) if table in self._tables else []

    @cached_property
    def _glossary(self) -> dict[str, dict[str, str]]:
        return {cells["treatment"]: cells for cells in self.rows("treatments") if "treatment" in cells}

    def family(self, node: str) -> str:
        """Family of a treatment; the treatment itself where the glossary has none."""
        return self._glossary.get(node, {}).get("family", "") or node

    def is_active(self, node: str, protocol: Protocol) -> bool:
        """Whether a node counts as active treatment by the protocol."""
        active = protocol.comparison.active
        return not active or node in active or self.family(node) in active

    def control(self, protocol: Protocol) -> str:
        """The comparator, stated or the one treatment that is called one; blank where it cannot be told."""
        if protocol.comparison.control:
            return protocol.comparison.control
        labels = {node: self._glossary.get(node, {}).get("label", "") for node in self.nodes}
        called = [node for node, label in labels.items() if is_control_name(node) or is_control_name(label)]
        return called[0] if len(called) == 1 else ""


def must(key: str, found: str, known: Collection[str], what: str) -> Iterator[Issue]:
    """The fault of a name that is not known, if it is one."""
    if found not in known:
        listing = f" ({', '.join(sorted(known))})" if 0 < len(known) <= 12 else ""
        yield Issue(None, key, found, f"must be {what}{listing}.{meant(found, known)}", FILE)


def each_must(key: str, found: Collection[str], known: Collection[str], what: str) -> Iterator[Issue]:
    """The faults of names that are not known."""
    for name in found:
        yield from must(key, name, known, what)
