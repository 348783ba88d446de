"""Turn checked text cells into typed columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tmsmeta.tables.columns import NUMERIC_KINDS, ColumnRule
from tmsmeta.tables.csv_text import CsvText
from tmsmeta.tables.printed_percent import printed_decimals

if TYPE_CHECKING:
    import pandas as pd


DECIMALS = {
    "percent_printed": "percent_decimals",
    "quoted_low": "quoted_low_decimals",
    "quoted_high": "quoted_high_decimals",
}
"""Columns whose number of printed decimals says something, and the column that keeps it beside the number."""


def text_table(text: CsvText) -> pd.DataFrame:
    """The cells as text, indexed by line of the file."""
    import pandas as pd

    index = pd.Index(text.lines, dtype="int64", name="row")
    cells = list(zip(*text.rows, strict=True)) if text.rows else [()] * len(text.columns)
    columns = {
        name: pd.Series(list(column), index=index, dtype=str) for name, column in zip(text.columns, cells, strict=True)
    }
    return pd.DataFrame(columns, index=index)


def records(frame: pd.DataFrame) -> list[tuple[int, dict[str, Any]]]:
    """The rows of a table, each with its line of the file."""
    rows = zip(frame.index, frame.to_dict("records"), strict=True)
    return [(int(line), {str(name): cell for name, cell in row.items()}) for line, row in rows]


def typed_table(text: CsvText | None, rules: Sequence[ColumnRule]) -> pd.DataFrame:
    """Columns of a checked table with their types, in the order of the dictionary; see :class:`Evidence`."""
    import pandas as pd

    cells = text_table(text or CsvText("", (), (), (), ()))
    columns: dict[str, pd.Series] = {}
    for rule in rules:
        column = cells[rule.column] if rule.column in cells else pd.Series("", index=cells.index, dtype=str)
        columns[rule.column] = _typed(column, rule)
        if rule.column in DECIMALS:
            decimals = [printed_decimals(cell) if cell else None for cell in column]
            columns[DECIMALS[rule.column]] = pd.Series(decimals, index=cells.index, dtype="Int64")
    return pd.DataFrame(columns, index=cells.index)


def _typed(cells: pd.Series, rule: ColumnRule) -> pd.Series:
    import pandas as pd

    if rule.kind not in NUMERIC_KINDS:
        return cells
    numbers = [float(cell) if cell else None for cell in cells]
    if rule.kind in ("count", "year"):
        return pd.Series([None if x is None else int(x) for x in numbers], index=cells.index, dtype="Int64")
    return pd.Series(numbers, index=cells.index, dtype="float64")
