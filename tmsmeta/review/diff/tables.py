"""Changes of the tables and of the protocol of a review, cell by cell and key by key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Literal

from tmsmeta.review.dictionary import TABLES, UNIQUE_TOGETHER, column_rules
from tmsmeta.review.diff.findings import same
from tmsmeta.words.results import to_plain

if TYPE_CHECKING:
    from tmsmeta.review.evidence import Evidence
    from tmsmeta.review.protocol import Protocol

Record = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class CellChange:
    """A cell, or a key of the protocol, with what stood there and what stands there now; None for nothing."""

    name: str
    old: Any
    new: Any


@dataclass(frozen=True, kw_only=True)
class RowChange:
    """A row of a table that was added, removed or changed.

    Attributes:
        table: its table.
        key: what names the row.
        kind: what happened.
        cells: the cells that changed.
    """

    table: str
    key: str
    kind: Literal["added", "removed", "changed"]
    cells: tuple[CellChange, ...] = ()


def row_changes(old: Evidence, new: Evidence) -> tuple[RowChange, ...]:
    """Rows of all tables that were added, removed or changed."""
    return tuple(change for table in TABLES for change in _table_changes(table, old, new))


def _table_changes(table: str, old: Evidence, new: Evidence) -> Iterator[RowChange]:
    before, after = (_rows(table, evidence) for evidence in (old, new))
    yield from records_compared(table, before, after)


def records_compared(table: str, before: Mapping[str, Record], after: Mapping[str, Record]) -> Iterator[RowChange]:
    """Changes between two tables given as rows by their key."""
    for key in dict.fromkeys((*before, *after)):
        if key not in after:
            yield RowChange(table=table, key=key, kind="removed")
        elif key not in before:
            yield RowChange(table=table, key=key, kind="added")
        elif cells := tuple(_cell_changes(before[key], after[key])):
            yield RowChange(table=table, key=key, kind="changed", cells=cells)


def _cell_changes(before: Record, after: Record) -> Iterator[CellChange]:
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if not same(old, new) and (old, new) not in ((None, ""), ("", None)):
            yield CellChange(name=name, old=old, new=new)


def _rows(table: str, evidence: Evidence) -> dict[str, Record]:
    """The rows of a table by what names them; rows that share it are counted."""
    columns, seen = key_columns(table), Counter[str]()
    found: dict[str, Record] = {}
    for record in to_plain(getattr(evidence, table)):
        key = ", ".join(str(record[column]) for column in columns if record[column] not in (None, ""))
        seen[key] += 1
        found[key if seen[key] == 1 else f"{key} ({seen[key]})"] = record
    return found


def key_columns(table: str) -> tuple[str, ...]:
    """The columns that name a row of a table."""
    if table == "arms":
        return ("trial_id", "arm", "outcome")
    keys = tuple(rule.column for rule in column_rules()[table] if rule.kind == "key")
    return keys or UNIQUE_TOGETHER[table]


def protocol_changes(old: Protocol, new: Protocol) -> tuple[CellChange, ...]:
    """Keys of the protocol whose value changed, by their name with dots."""
    before, after = dict(_flat("", old)), dict(_flat("", new))
    return tuple(_cell_changes(before, after))


def _flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The values of a protocol by key; names of a table are kept in their order, as the first is the main one."""
    inner: Mapping[str, Any] = {}
    if is_dataclass(value):
        inner = {f.name: getattr(value, f.name) for f in fields(value)}
    elif isinstance(value, Mapping):
        inner = value
        yield path, list(value)
    elif isinstance(value, Sequence) and not isinstance(value, str) and any(is_dataclass(item) for item in value):
        inner = {str(getattr(item, fields(item)[0].name)): item for item in value}
    else:
        yield path, to_plain(value)
    for name, item in inner.items():
        yield from _flat(f"{path}.{name}" if path else name, item)
