"""What stands in a cell that holds no value: one table for every reader."""

from __future__ import annotations

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


def is_missing(cell: str) -> bool:
    """Whether a cell holds no value, whatever its case."""
    return cell in MISSING or cell.strip().casefold() in MISSING
