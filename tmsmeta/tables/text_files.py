"""Read text files of any encoding and separator into rows of cells."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from tmsmeta.errors import Issue
from tmsmeta.tables.csv_text import WHOLE_FILE
from tmsmeta.tables.grid import Cells, Origin, Row, faulty, table_of

_SEPARATORS = {"\t": "tabs", ";": "semicolons", "|": "vertical bars", ",": "commas"}
"""By preference where two fit: a comma is also written inside cells."""

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig", ""),
    (b"\xff\xfe\x00\x00", "utf-32", "UTF-32"),
    (b"\x00\x00\xfe\xff", "utf-32", "UTF-32"),
    (b"\xff\xfe", "utf-16", "UTF-16"),
    (b"\xfe\xff", "utf-16", "UTF-16"),
)
_HEAD = 65_536
_SAVE = "save the table as 'CSV UTF-8'."


class _Unreadable(Exception):
    """A fault of the file as text, which ends the reading."""

    def __init__(self, line: int | None, message: str, found: object = None) -> None:
        super().__init__(message)
        self.line, self.message, self.found = line, message, found


def text_cells(data: bytes, origin: Origin) -> Cells:
    """The table in a text file: comma, semicolon, tab, vertical bar or blanks between cells.

    UTF-8, UTF-16 and UTF-32 are told by their byte order mark or their bytes; what is none of them is read as
    Windows-1252, which contains Latin-1. A first line ``sep=;`` decides, and lines with ``#`` above the header are
    skipped.
    """
    try:
        text, encoding = _decoded(data)
        rows, said = _rows(text)
        origin = replace(origin, said=(*origin.said, *filter(None, [encoding]), *said))
        return _one_column(origin, rows) or table_of(rows, origin)
    except _Unreadable as fault:
        return faulty(origin, Issue(fault.line, WHOLE_FILE, fault.found, fault.message, origin.name))


def _decoded(data: bytes) -> tuple[str, str]:
    """The text, and the name of its encoding where it is not UTF-8."""
    for mark, codec, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _checked(data, codec), name
    if b"\0" in data:
        big = data[:_HEAD:2].count(0) > data[1:_HEAD:2].count(0)
        return _checked(data, "utf-16-be" if big else "utf-16-le"), "UTF-16"
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError as error:
        _refuse_mixture(data, error)
        return _checked(data, "cp1252"), "Windows-1252"


def _checked(data: bytes, codec: str) -> str:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _Unreadable(line, f"cannot be read as text; {_SAVE}", data[error.start : error.end]) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise _Unreadable(line, f"must be plain text, without NUL characters; {_SAVE}", "\0")
    return text


def _refuse_mixture(data: bytes, error: UnicodeDecodeError) -> None:
    """Bytes that are partly UTF-8: every letter beyond ASCII would turn into two if they were read as Windows-1252."""
    if re.search(rb"[\xc3-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}", data):
        line = data.count(b"\n", 0, error.start) + 1
        raise _Unreadable(line, f"mixes UTF-8 with another encoding; {_SAVE}", data[error.start : error.end])


def _rows(text: str) -> tuple[list[Row], list[str]]:
    """The rows, and how they were read."""
    said: list[str] = []
    lines = text.splitlines(keepends=True) if len(text) < _HEAD else text[:_HEAD].splitlines(keepends=True)[:-1]
    above, separator = 0, ""
    if lines and (stated := re.fullmatch(r'"?sep=(.)"?[\s;,]*', lines[0])):
        above, separator = 1, stated[1]
    comments = above
    while comments < len(lines) and (lines[comments].startswith(("#", "//")) or not lines[comments].strip()):
        comments += 1
    if skipped := sum(bool(line.strip()) for line in lines[above:comments]):
        said.append(f"{skipped} comment line{'' if skipped == 1 else 's'} above the header left out")
    head = "".join(lines[comments:])
    separator = separator or _separator(head)
    if separator == " ":
        said.insert(0, "blanks between the cells")
    elif separator != ",":
        said.insert(0, f"{_SEPARATORS.get(separator, repr(separator))} between the cells")
    start = sum(map(len, lines[:comments]))
    rows = list(_records(text[start:], separator, comments + 1))
    _refuse_two_separators(rows, separator)
    return _with_row_names(rows) if separator == " " else rows, said


def _separator(head: str) -> str:
    """The separator by which most rows fall into the same number of cells; ``""`` where there is none."""
    best, most = "", 0.0
    for separator in _SEPARATORS:
        share = _share(head, separator)
        if share > most:
            best, most = separator, share
    if best:
        return best
    return " " if _share(head, " ") == 1 else ""


def _share(head: str, separator: str) -> float:
    """Share of the rows that have the commonest number of cells, 0 where that is one."""
    try:
        widths = Counter(len(row) for _, row in _records(head, separator, 1) if any(row))
    except _Unreadable:
        widths = Counter(len(line.split(separator)) for line in head.splitlines() if line.strip())
    several = Counter({width: count for width, count in widths.items() if width > 1})
    if not several:
        return 0.0
    width, count = several.most_common(1)[0]
    shorter = several[width - 1] if separator == " " and several[width - 1] == 1 else 0
    return (count + shorter) / widths.total()


def _records(text: str, separator: str, line: int) -> Iterator[Row]:
    blanks = separator == " "
    source = io.StringIO(text, newline="")
    reader = csv.reader(
        (part.strip(" ") for part in source) if blanks else source,
        delimiter=separator or "\n",
        skipinitialspace=blanks,
        strict=True,
    )
    first = line
    try:
        for row in reader:
            yield line, [cell.strip() for cell in row]
            line = first + reader.line_num
    except csv.Error as error:
        message = f"cannot be read from here on ({error}); close every double quote and double it inside a quoted cell."
        raise _Unreadable(line, message) from error


def _with_row_names(rows: list[Row]) -> list[Row]:
    """R writes row names without a name for their column: the header is then one cell shorter than every row."""
    filled = [row for _, row in rows if any(row)]
    if len(filled) > 1 and all(len(row) == len(filled[0]) + 1 for row in filled[1:]):
        filled[0].insert(0, "")
    return rows


def _refuse_two_separators(rows: list[Row], separator: str) -> None:
    """A header with other separators than the rows below it."""
    filled = [row for row in rows if any(row[1])]
    if len(filled) < 2 or len(filled[0][1]) > 1:
        return
    line, (header,) = filled[0]
    width = Counter(len(row) for _, row in filled[1:]).most_common(1)[0][0]
    for other, name in _SEPARATORS.items():
        if width > 1 and separator != other and len(header.split(other)) == width:
            below = _SEPARATORS.get(separator, "blanks")
            raise _Unreadable(
                line, f"is separated by {name}, and the rows below it by {below}; use one of them.", header
            )


def _one_column(origin: Origin, rows: list[Row]) -> Cells | None:
    """A file without separators, unless it is empty."""
    filled = [row for row in rows if any(row[1])]
    if not filled or any(sum(map(bool, row)) > 1 for _, row in filled):
        return None
    line, row = filled[0]
    header = next(cell for cell in row if cell)
    if any(separator in header for separator in _SEPARATORS):
        message = "holds each line in one pair of double quotes; delete these quotes, or save the table as CSV again."
    else:
        message = "has one column only; put commas, semicolons or tabs between the cells of a row."
    return faulty(origin, Issue(line, WHOLE_FILE, header, message, origin.name))
