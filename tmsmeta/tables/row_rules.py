"""Rules that a row of counts must satisfy, on cells that are text; what the cell checks refuse is skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tmsmeta.errors import Issue

Record = Mapping[str, str]
RowRule = Callable[[str, int, Record], Iterator[Issue]]


def split_list(cell: str) -> tuple[str, ...]:
    """The parts of a cell that holds several names with semicolons between them."""
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def number_in(record: Record, column: str) -> float | None:
    """The cell as a number, or None where it is blank, missing or refused by the cell checks."""
    try:
        return float(record.get(column, ""))
    except ValueError:
        return None


def whole_in(record: Record, column: str) -> int | None:
    value = number_in(record, column)
    return int(value) if value is not None and value >= 0 and value.is_integer() else None


def at_most(smaller: str, larger: str) -> RowRule:
    """Rule: one count is not above another."""

    def rule(file: str, line: int, record: Record) -> Iterator[Issue]:
        low, high = whole_in(record, smaller), whole_in(record, larger)
        if low is not None and high is not None and low > high:
            yield Issue(line, smaller, record[smaller], f"must be at most `{larger}`, which is {high}.", file)

    return rule


def from_one(column: str) -> RowRule:
    """Rule: a count is at least 1."""

    def rule(file: str, line: int, record: Record) -> Iterator[Issue]:
        if whole_in(record, column) == 0:
            yield Issue(line, column, record[column], "must be at least 1.", file)

    return rule
