"""Read a sheet of a spreadsheet (XLSX, XLS, XLSB, ODS) into cells, as they would stand in a CSV file."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import EvidenceError, Issue
from tmsmeta.tables.csv_text import WHOLE_FILE
from tmsmeta.tables.from_rows import table_of
from tmsmeta.tables.grid import Cells, Origin
from tmsmeta.tables.numerals import is_number
from tmsmeta.tables.rows import Rows
from tmsmeta.words.names import listed, meant

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook


def spreadsheet_cells(data: bytes, origin: Origin, sheet: str | None) -> Cells:
    """The table on a sheet; without a choice, on the only visible sheet that holds one.

    Raises:
        EvidenceError: the file is damaged or protected, there is no such sheet, or several hold a table.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return _table(book, origin, sheet)
    except PasswordError as error:
        raise _refused(origin, "is protected by a password; save a copy without one.") from error
    except CalamineError as error:
        raise _refused(origin, f"cannot be opened as a spreadsheet ({error}); save it again as XLSX or CSV.") from error


def cell_text(value: Any) -> str:
    """A typed cell as it would stand in a CSV file: whole numbers without a decimal point, dates as ``YYYY-MM-DD``."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime):
        midnight = value.timetz() == dt.time(tzinfo=value.tzinfo)
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    return "" if value is None else str(value)


def _refused(origin: Origin, message: str, found: object = None) -> EvidenceError:
    return EvidenceError(Issue(None, WHOLE_FILE, found, message, origin.name), "The table cannot be read")


def _table(book: CalamineWorkbook, origin: Origin, wanted: str | None) -> Cells:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    names = [sheet.name for sheet in sheets]
    if wanted is not None:
        return _sheet(book, _named(origin, names, wanted), origin, len(names))
    visible = [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible] or names
    filled = [name for name in visible if book.get_sheet_by_name(name).height]
    tables = {name: _sheet(book, name, origin, len(names)) for name in filled}
    holding = [name for name, cells in tables.items() if _holds_numbers(cells)]
    if len(holding) > 1:
        raise _refused(origin, f"holds tables on its sheets {_quoted(holding)}; say which one with sheet= (--sheet).")
    if not filled:
        raise _refused(origin, "has no cells that are filled in.")
    if not holding and len(filled) > 1:
        issues = [issue for cells in tables.values() for issue in cells.issues]
        message = f"has no table of studies on its sheets {_quoted(filled)}; say which one with sheet= (--sheet)."
        raise EvidenceError([*_refused(origin, message).issues, *issues], "The table cannot be read")
    return tables[holding[0] if holding else filled[0]]


def _named(origin: Origin, names: list[str], wanted: str) -> str:
    if wanted in names:
        return wanted
    folded = [name for name in names if name.strip().casefold() == wanted.strip().casefold()]
    if len(folded) == 1:
        return folded[0]
    message = f"has no such sheet; its sheets are {_quoted(names)}.{meant(wanted, names)}"
    raise _refused(origin, message, wanted)


def _quoted(names: list[str]) -> str:
    return listed([repr(name) for name in names])


def _sheet(book: CalamineWorkbook, name: str, origin: Origin, sheets: int) -> Cells:
    sheet = book.get_sheet_by_name(name)
    values = sheet.to_python(skip_empty_area=False)
    filled = _fill_merged(sheet, values)
    said = [f"sheet {name} of {sheets}"] if sheets > 1 else []
    said += ["merged cells repeated in each of their rows"] if filled else []
    rows = Rows()
    rows.add(range(1, len(values) + 1), [[cell_text(value) for value in row] for row in values])
    name_of_sheet = f"{origin.name} (sheet {name})" if sheets > 1 else origin.name
    return table_of(rows, replace(origin, name=name_of_sheet, said=(*origin.said, *said)))


def _fill_merged(sheet: CalamineSheet, values: list[list[Any]]) -> bool:
    """Write the value of cells merged over rows into each of these rows; a title over columns stays one cell."""
    filled = False
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        if top < bottom < len(values) and left < len(values[top]) and values[top][left] != "":
            filled = True
            for row in values[top + 1 : bottom + 1]:
                row[left] = values[top][left]
    return filled


def _holds_numbers(cells: Cells) -> bool:
    """Whether a sheet is a table with at least one column of numbers, unlike a page of notes or a list of variables."""
    columns = (cells.frame[column].tolist() for column in cells.columns)
    return not cells.issues and any(2 * sum(map(is_number, column)) > len(column) for column in columns)
