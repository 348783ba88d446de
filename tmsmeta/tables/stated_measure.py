"""The effect measure that a column of a table states for all of its rows, as reviews and packages export it."""

from __future__ import annotations

from tmsmeta.tables.grid import Cells
from tmsmeta.tables.header import fold, measure_of
from tmsmeta.tables.header_words import RATIOS, STATED
from tmsmeta.tables.missing import missing_cells
from tmsmeta.tables.shapes import OF_MEASURE, Shape


def stated_measure(cells: Cells, shape: Shape, log: bool | None) -> tuple[str, str] | None:
    """The measure and its column; None where none is stated, or one of another kind of table.

    A ratio is taken for estimates only where it is known whether these are logs.
    """
    for column in (column for column in cells.columns if fold(column) in STATED):
        values = cells.frame[column][~missing_cells(cells.frame[column])].unique().tolist()
        measure = measure_of(values[0]) if len(values) == 1 else ""
        if not measure:
            continue
        counted = shape in OF_MEASURE.get(measure, ())
        if shape == "ratio" and measure in RATIOS:
            return measure, column
        if counted or (shape in ("estimate", "contrasts") and (log or measure not in RATIOS)):
            return measure, column
    return None
