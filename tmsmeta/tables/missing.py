"""What stands in a cell that holds no value: one table for every reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

MISSING = frozenset(
    {
        "",
        "na",
        "n/a",
        "n.a.",
        "#n/a",
        "<na>",
        "nan",
        "null",
        ".",
        "-",
        "--",
        "–",
        "—",
        "−",
        "nr",
        "n.r.",
        "not reported",
    }
)
"""Cells that say "no value", in lower case and without surrounding blanks."""

_LONGEST = max(map(len, MISSING))


def is_missing(cell: str) -> bool:
    """Whether a cell holds no value, whatever its case."""
    return cell in MISSING or (len(cell) <= _LONGEST and cell.strip().casefold() in MISSING)


def missing_cells(cells: pd.Series) -> pd.Series:
    """Which cells of a column of text hold no value."""
    return cells.str.strip().str.lower().isin(MISSING)
