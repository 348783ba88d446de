"""Write tables as CSV that a spreadsheet cannot misread, and as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""First characters that make a spreadsheet read a text as a formula; the last four are full-width forms."""


def plain_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as plain JSON-able values, None where a cell is missing."""
    return [{str(name): _plain(value) for name, value in record.items()} for record in frame.to_dict("records")]


def _plain(value: Any) -> Any:
    import pandas as pd

    if value is None or value is pd.NA or value != value:
        return None
    return value.item() if hasattr(value, "item") else value


def safe_cell(value: Any) -> Any:
    """The value for a CSV cell: a text that a spreadsheet would read as a formula gets a leading apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def csv_text(frame: pd.DataFrame, *, separator: str = ",", decimal: str = ".", missing: str = "") -> str:
    """A table as CSV text with safe cells and ``\\n`` line ends, without its index.

    Args:
        frame: the table.
        separator: between cells.
        decimal: decimal sign.
        missing: what stands for a missing value.
    """
    rows = [[str(name) for name in frame.columns], *(list(record.values()) for record in plain_records(frame))]
    cells = [[_cell_text(value, decimal, missing) for value in row] for row in rows]
    return "".join(f"{separator.join(_quoted(cell, separator) for cell in row)}\n" for row in cells)


def _cell_text(value: Any, decimal: str, missing: str) -> str:
    if value is None:
        return missing
    return repr(value).replace(".", decimal) if isinstance(value, float) else str(safe_cell(value))


def _quoted(cell: str, separator: str) -> str:
    # The csv module leaves a lone carriage return unquoted, and readers take it for the end of the row.
    needs_quotes = any(mark in cell for mark in (separator, '"', "\n", "\r"))
    return '"' + cell.replace('"', '""') + '"' if needs_quotes else cell
