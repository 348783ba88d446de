"""Read text files of any encoding and separator into rows of cells."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice, repeat, takewhile
from typing import TYPE_CHECKING

from tmsmeta.errors import Issue
from tmsmeta.tables.csv_text import WHOLE_FILE
from tmsmeta.tables.from_rows import table_of
from tmsmeta.tables.grid import Cells, Origin, faulty
from tmsmeta.tables.rows import Rows
from tmsmeta.words.names import counted

if TYPE_CHECKING:
    from _csv import Reader

_SEPARATORS = {"\t": "tabs", ";": "semicolons", "|": "vertical bars", ",": "commas"}
"""By preference where two fit: a comma is also written inside cells."""

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig", ""),
    (b"\xff\xfe\x00\x00", "utf-32", "UTF-32"),
    (b"\x00\x00\xfe\xff", "utf-32", "UTF-32"),
    (b"\xff\xfe", "utf-16", "UTF-16"),
    (b"\xfe\xff", "utf-16", "UTF-16"),
)
_HEAD, _PIECE, _LOOKED_AT = 65_536, 5_000, 40
_MOST_COLUMNS = 16_384  # of a spreadsheet; a line without end is no table, and would fill the memory
_LONGEST = 131_072  # the csv module refuses longer cells
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


def _rows(text: str) -> tuple[Rows, list[str]]:
    """The rows, and how they were read."""
    said: list[str] = []
    head = text[:_HEAD] if len(text) <= _HEAD else text[: text.rfind("\n", 0, _HEAD) + 1] or text[:_HEAD]
    lines = list(io.StringIO(head, newline=""))
    above, separator = 0, ""
    if lines and (stated := re.fullmatch(r'"?sep=(.)"?[\s;,]*', lines[0])):
        above, separator = 1, stated[1]
    start = above
    while start < len(lines) and (lines[start].startswith(("#", "//")) or not lines[start].strip()):
        start += 1
    if skipped := sum(bool(line.strip()) for line in lines[above:start]):
        said.append(f"{counted(skipped, 'comment line')} above the header left out")
    separator = separator or _separator("".join(lines[start:]))
    if separator == " ":
        said.insert(0, "blanks between the cells")
    elif separator != ",":
        said.insert(0, f"{_SEPARATORS.get(separator, repr(separator))} between the cells")
    rows = _parsed(text[sum(map(len, lines[:start])) :], separator, start + 1)
    _refuse_two_separators(rows, separator)
    return rows, said


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
    if separator not in head:
        return 0.0
    try:
        widths = Counter(len(row) for row in _reader(head, separator) if any(row))
    except csv.Error:
        widths = Counter(len(line.split(separator)) for line in head.splitlines() if line.strip())
    several = Counter({width: count for width, count in widths.items() if width > 1})
    if not several:
        return 0.0
    width, count = several.most_common(1)[0]
    shorter = several[width - 1] if separator == " " and several[width - 1] == 1 else 0
    return (count + shorter) / widths.total()


def _reader(text: str, separator: str) -> Reader:
    source: Iterable[str] = io.StringIO(text, newline="")
    if separator == " ":
        source = (part.strip(" ") for part in source)
    return csv.reader(source, delimiter=separator or "\n", skipinitialspace=separator == " ", strict=True)


def _parsed(text: str, separator: str, first: int) -> Rows:
    """The rows of a text whose first line is line `first` of the file, read in pieces."""
    if (even := _even_rows(text, separator, first)) is not None:
        return even
    rows, reader, line = Rows(), _reader(text, separator), first
    try:
        while piece := list(islice(reader, _PIECE)):
            if separator == " " and line == first:
                _add_row_names(piece)
            _refuse_endless_lines(piece, line)
            breaks = reader.line_num + first - line - len(piece)
            lines = range(line, line + len(piece)) if not breaks else _lines(piece, line)
            rows.add(lines, piece)
            line = reader.line_num + first
    except csv.Error as error:
        message = f"cannot be read from here on ({error}); close every double quote and double it inside a quoted cell."
        raise _Unreadable(_line_of_error(text, separator) + first, message) from error
    return rows


def _refuse_endless_lines(rows: list[list[str]], line: int) -> None:
    widest = max(rows, key=len)
    if len(widest) > _MOST_COLUMNS:
        place = line + sum(1 for _ in takewhile(lambda row: row is not widest, rows))
        message = (
            f"has {len(widest):,} cells, where a table has at most {_MOST_COLUMNS:,}; give each study its own line."
        )
        raise _Unreadable(place, message)


def _even_rows(text: str, separator: str, first: int) -> Rows | None:
    """The rows of a text without quotes whose lines all have as many cells; None for any other, which is read slowly.

    Each piece of lines becomes one list of cells, of which every column is a slice.
    """
    if '"' in text or separator in ("", " "):
        return None
    plain = text.replace("\r\n", "\n") if "\r" in text else text
    lines = plain.removesuffix("\n").split("\n")
    width = lines[0].count(separator) + 1
    if "\r" in plain or {*map(str.count, lines, repeat(separator))} != {width - 1} or max(map(len, lines)) > _LONGEST:
        return None
    if width > _MOST_COLUMNS:
        return None
    rows = Rows()
    for start in range(0, len(lines), _PIECE):
        piece = lines[start : start + _PIECE]
        cells = separator.join(piece).split(separator)
        rows.add_columns(range(first + start, first + start + len(piece)), [cells[i::width] for i in range(width)])
    return rows


def _lines(rows: list[list[str]], line: int) -> list[int]:
    """The line on which each row starts, where cells hold line ends."""
    lines = []
    for row in rows:
        lines.append(line)
        line += 1 + sum(cell.count("\n") + cell.count("\r") - cell.count("\r\n") for cell in row)
    return lines


def _line_of_error(text: str, separator: str) -> int:
    """How many lines come before the row that cannot be read."""
    reader, line = _reader(text, separator), 0
    try:
        for _ in reader:
            line = reader.line_num
    except csv.Error:
        pass
    return line


def _add_row_names(rows: list[list[str]]) -> None:
    """R writes row names without a name for their column: the header is then one cell shorter than every row."""
    filled = [row for row in rows if any(row)]
    if len(filled) > 1 and all(len(row) == len(filled[0]) + 1 for row in filled[1:]):
        filled[0].insert(0, "")


def _refuse_two_separators(rows: Rows, separator: str) -> None:
    """A header with other separators than the rows below it."""
    places = [place for place in range(min(len(rows), _LOOKED_AT)) if any(rows.row(place)[1])]
    if len(places) < 2 or rows.lengths[places[0]] > 1:
        return
    line, (header,) = rows.row(places[0])
    width = Counter(rows.lengths[place] for place in places[1:]).most_common(1)[0][0]
    for other, name in _SEPARATORS.items():
        if width > 1 and separator != other and len(header.split(other)) == width:
            below = _SEPARATORS.get(separator, "blanks")
            message = f"is separated by {name}, and the rows below it by {below}; use one of them."
            raise _Unreadable(line, message, header)


def _one_column(origin: Origin, rows: Rows) -> Cells | None:
    """A file without separators, unless it is empty."""
    filled = [column for column in rows.columns if any(column)]
    if len(filled) != 1:
        return None
    header = next(cell for cell in filled[0] if cell)
    if any(separator in header for separator in _SEPARATORS):
        message = "holds each line in one pair of double quotes; delete these quotes, or save the table as CSV again."
    else:
        message = "has one column only; put commas, semicolons or tabs between the cells of a row."
    line = rows.lines[filled[0].index(header)]
    return faulty(origin, Issue(line, WHOLE_FILE, header, message, origin.name))
