"""Rows of a table by the value of a column, for tables that hold several outcomes or comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tmsmeta.errors import EvidenceError, Issue
from tmsmeta.words.names import alike, meant

if TYPE_CHECKING:
    from tmsmeta.tables.grid import Cells

_MOST_VALUES = 12


def outcomes_in(cells: Cells) -> tuple[str, tuple[str, ...]]:
    """The column that tells the outcomes of a table apart, and its values; empty where it holds one outcome at most."""
    column = next((name for name in cells.columns if alike(name) in ("outcome", "endpoint")), "")
    values: dict[str, str] = {}
    for value in cells.frame[column] if column else ():
        if value:
            values.setdefault(alike(value), value)
    return (column, tuple(values.values())) if len(values) > 1 else ("", ())


def chosen_rows(cells: Cells, wanted: Mapping[str, str]) -> Cells:
    """The rows that hold each of these values, whatever their case, blanks and hyphens; what was kept is said.

    Args:
        cells: the table.
        wanted: value by column.

    Raises:
        EvidenceError: columns that are not there, values that no row holds.
    """
    issues: list[Issue] = []
    kept, said = cells.frame, []
    for column, value in wanted.items():
        if column not in cells.columns:
            message = f"is not a column of {cells.name}.{meant(column, cells.columns)}"
            issues.append(Issue(None, "rows", column, message))
            continue
        same = kept[column].map(alike) == alike(value)
        if not same.any():
            values = list(dict.fromkeys(v for v in kept[column] if v))
            more = f" and {len(values) - _MOST_VALUES} more" if len(values) > _MOST_VALUES else ""
            message = f"is no value of `{column}`, which holds {', '.join(values[:_MOST_VALUES])}{more}."
            issues.append(Issue(None, "rows", value, message))
            continue
        kept = kept[same]
        said.append(f"only the rows with {column} = {value}")
    if issues:
        raise EvidenceError(issues, "The rows cannot be chosen")
    count = (f"{len(kept)} of {len(cells.frame)} rows",) if said else ()
    return replace(cells, frame=kept, said=(*cells.said, *said, *count))
