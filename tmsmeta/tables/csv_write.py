"""Write tables as CSV that a spreadsheet cannot misread, and as plain values.

A text that a spreadsheet would read as a formula gets an apostrophe in front. One that looks as if it had got one gets
another, so that :func:`tmsmeta.tables.csv_text.as_meant`, by which every reader of files takes one away, gives back
what was there.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tmsmeta.tables.csv_text import as_meant, guarded
from tmsmeta.words.names import counted
from tmsmeta.words.results import records

if TYPE_CHECKING:
    import pandas as pd

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?")


def plain_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as plain JSON-able values, None where a cell is missing."""
    return records(frame, _plain)


def _plain(value: Any) -> Any:
    import pandas as pd

    if value is None or value is pd.NA or value != value:
        return None
    return value.item() if hasattr(value, "item") else value


def safe_cell(value: Any) -> Any:
    """The value for a CSV cell: a text that a spreadsheet would read as a formula gets a leading apostrophe."""
    return guarded(value) if isinstance(value, str) else value


def is_number_text(cell: str) -> bool:
    """Whether a text is a plain number, which a spreadsheet takes for nothing else."""
    return _NUMBER.fullmatch(cell) is not None


def guard_remark(cells: Iterable[object]) -> str:
    """A sentence on the cells that are written with an apostrophe in front; empty where none is."""
    found = {cell for cell in cells if isinstance(cell, str) and guarded(cell) != cell}
    if not found:
        return ""
    which = f"{counted(len(found), 'text')} that a spreadsheet would read as a formula (such as {min(found)!r})"
    return f"{which} {'has' if len(found) == 1 else 'have'} an apostrophe in front."


def guarded_in(files: Mapping[str, str]) -> str:
    """The sentence of :func:`guard_remark` on the CSV files among `files`, texts by name."""
    texts = (text for name, text in files.items() if name.endswith(".csv") and "'" in text)
    cells = (cell for text in texts for row in csv.reader(io.StringIO(text, newline="")) for cell in row)
    return guard_remark(as_meant(cell) for cell in cells if as_meant(cell) != cell)


def cells_of(frames: Iterable[pd.DataFrame]) -> Iterable[object]:
    """Every cell of tables, with the names of their columns."""
    return (cell for frame in frames for record in plain_records(frame) for cell in (*record, *record.values()))


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Texts as CSV with safe cells and ``\\n`` line ends; numbers among them stay as they are."""
    lines = [columns, *rows]
    cells = [[cell if is_number_text(cell) else guarded(cell) for cell in row] for row in lines]
    return "".join(f"{','.join(_quoted(cell, ',') for cell in row)}\n" for row in cells)


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
