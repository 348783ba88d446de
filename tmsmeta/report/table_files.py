"""Tables as files: CSV and XLSX with every digit, Markdown, LaTeX and HTML as a reader sees them."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.tables.csv_write import cells_of, csv_text, guard_remark, plain_records, safe_cell
from tmsmeta.words.markdown import markdown_text
from tmsmeta.words.signs import printable
from tmsmeta.words.table_text import html_table, tex_table, tex_text, titled_markdown

if TYPE_CHECKING:
    from tmsmeta.words.tables import ReaderTable

_EPOCH = datetime(1980, 1, 1)  # the same bytes on every run
_SHEET_NAME = 31  # the longest name that a spreadsheet allows


def check_table_file(path: Path, option: str = "table") -> None:
    """Raise :class:`~tmsmeta.errors.InvalidInputError` unless tables can be written in the format of `path`."""
    if path.suffix.lower() not in TABLE_FORMATS:
        allowed = ", ".join(TABLE_FORMATS)
        raise InvalidInputError(Issue(None, option, str(path), f"must end in one of {allowed}."))


def table_places(path: Path, tables: Sequence[ReaderTable]) -> list[Path]:
    """The files that hold `tables`: `path`, and for a CSV file one beside it for each table after the first."""
    more = tables[1:] if path.suffix.lower() == ".csv" else ()
    return [path, *(path.with_name(f"{path.stem}_{t.name}{path.suffix}") for t in more)]


def table_files(path: Path, tables: Sequence[ReaderTable], about: Sequence[str] = ()) -> tuple[dict[Path, bytes], str]:
    """The files that hold tables, in the format that the ending of `path` names.

    CSV holds one table: the first goes to `path`, the others beside it, as ``path_name.csv``.

    Args:
        path: ``.csv``, ``.xlsx``, ``.md``, ``.tex`` or ``.html``.
        tables: what to write.
        about: sentences that say what came out and how; they stand below the tables where the format has room.

    Returns:
        What each file is to hold, and a sentence where cells had to be made harmless; an empty one otherwise.

    Raises:
        InvalidInputError: another ending.
    """
    check_table_file(path)
    suffix = path.suffix.lower()
    remark = guard_remark(cells_of(t.frame for t in tables)) if suffix in (".csv", ".xlsx") else ""
    if suffix == ".csv":
        names = table_places(path, tables)
        return {name: csv_text(t.frame).encode() for name, t in zip(names, tables, strict=True)}, remark
    return {path: TABLE_FORMATS[suffix](tables, [*about, remark] if remark else about)}, remark


def _csv(tables: Sequence[ReaderTable], _: Sequence[str]) -> bytes:
    return csv_text(tables[0].frame).encode()


def _markdown(tables: Sequence[ReaderTable], about: Sequence[str]) -> bytes:
    return "\n\n".join([*map(titled_markdown, tables), *map(markdown_text, about), ""])[:-1].encode()


def _tex(tables: Sequence[ReaderTable], about: Sequence[str]) -> bytes:
    parts = ["% needs \\usepackage{booktabs}", *map(tex_table, tables), *map(tex_text, about)]
    return ("\n\n".join(parts) + "\n").encode()


def _html(tables: Sequence[ReaderTable], about: Sequence[str]) -> bytes:
    body = [html_table(t) for t in tables]
    body += [f"<p>{escape(printable(text))}</p>" for text in about]
    title = escape(printable(tables[0].title))
    head = f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n</head>\n<body>'
    return "\n".join([head, *body, "</body>\n</html>\n"]).encode()


def _xlsx(tables: Sequence[ReaderTable], about: Sequence[str]) -> bytes:
    """A workbook with a sheet for each table, and one for what the tables are."""
    import xlsxwriter

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": tables[0].title, "created": _EPOCH})
        bold = book.add_format({"bold": True, "bottom": 1})
        for t in tables:
            _fill(book.add_worksheet(t.name[:_SHEET_NAME]), t, bold)
        sheet = book.add_worksheet("about")
        sheet.set_column(0, 0, 120)
        lines = [line for t in tables for line in (f"{t.name}: {t.title}", *t.notes)]
        for row, text in enumerate([*lines, *about]):
            sheet.write_string(row, 0, str(safe_cell(text)))
    return buffer.getvalue()


def _fill(sheet: Any, t: ReaderTable, bold: Any) -> None:
    """Numbers as numbers with every digit, text as text; what is not finite as text, which a sheet cannot hold."""
    sheet.freeze_panes(1, 1)
    for column, name in enumerate(map(str, t.frame.columns)):
        sheet.write_string(0, column, str(safe_cell(name)), bold)
        sheet.set_column(column, column, max(9, min(40, len(name) + 2)))
    for row, record in enumerate(plain_records(t.frame), start=1):
        for column, value in enumerate(record.values()):
            if isinstance(value, bool):
                sheet.write_boolean(row, column, value)
            elif isinstance(value, (int, float)) and abs(value) != float("inf"):
                sheet.write_number(row, column, value)
            elif value is not None:
                sheet.write_string(row, column, str(safe_cell(value)))


TABLE_FORMATS: Mapping[str, Callable[[Sequence[ReaderTable], Sequence[str]], bytes]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".md": _markdown,
    ".tex": _tex,
    ".html": _html,
}
"""What writes a table, by the ending of the file."""
