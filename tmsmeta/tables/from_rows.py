"""From the rows of a file or sheet to its table: where it begins and ends, and what its header says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from tmsmeta.errors import Issue
from tmsmeta.tables.grid import Cells, Origin, faulty, named_cells, whole_file
from tmsmeta.tables.missing import is_missing
from tmsmeta.tables.numerals import is_number
from tmsmeta.tables.rows import Row, Rows
from tmsmeta.words.names import counted

_LOOKED_AT = 40
_NOTE = re.compile(
    r"(notes?|source|quelle|anmerkung(en)?|abbreviations?|legend)\b.*|[#*†‡§¹²].*|[a-z]\) .*|.{80,}", re.I | re.S
)
_NUMBERED = re.compile(r".*[0-9][\])]?")


def table_of(rows: Rows, origin: Origin) -> Cells:
    """The table that stands in `rows`.

    Empty rows, titles above the header, notes below the table and columns without name and content are left out. Two
    rows of header, the upper one with a name for several columns, become one. What is wrong with the header is
    reported alone.
    """
    rows = rows.filled()
    if not len(rows):
        return faulty(origin, whole_file(origin, None, "is empty; the first line must name the columns."))
    top = [rows.row(place) for place in range(min(_LOOKED_AT, len(rows)))]
    start = _header_place([row for _, row in top])
    line, header = top[start]
    names = [" ".join(name.split()) for name in header]
    if issues := _no_header(origin, line, names, rows=len(rows) - start - 1):
        return faulty(origin, *issues)
    names, above, used = _joined_header(names, top, start)
    two = ["two lines of header joined"] if (above, used) != (start, start + 1) else []
    body = rows.part(used, len(rows))
    body, notes = _without_notes(body, len(names))
    origin = replace(origin, said=(*origin.said, *_said_above(top[:above]), *two, *notes))
    width = _trimmed_width(names, body)
    names = (names + [""] * width)[:width]
    if issues := _unequal_rows(origin, names, body):
        return faulty(origin, *issues)
    cells = (body.columns + [[""] * len(body) for _ in range(width)])[:width]
    if issues := _units(origin, cells, body.lines):
        return faulty(origin, *issues)
    return named_cells(origin, names, cells, body.lines, header=line)


def _header_place(rows: Sequence[Sequence[str]]) -> int:
    """The first row that has as many filled cells as a row of the table can have, past titles above the header."""
    widths = [sum(map(bool, row)) for row in rows]
    least = max(2, sorted(widths)[len(widths) // 2] / 2)
    return next((place for place, width in enumerate(widths) if width >= least), 0)


def _said_above(rows: Sequence[Row]) -> list[str]:
    if not rows:
        return []
    text = " ".join(cell for cell in rows[0][1] if cell)
    return [f"{counted(len(rows), 'line')} above the header left out: {_short(text)}"]


def _short(text: str, most: int = 40) -> str:
    return repr(text if len(text) <= most else f"{text[: most - 3]}...")


def _no_header(origin: Origin, line: int, names: Sequence[str], *, rows: int) -> list[Issue]:
    filled = [name for name in names if name]
    values = [name for name in filled if is_number(name) or is_missing(name)]
    if 2 * len(values) > len(filled) or (len(values) == 1 and len(filled) == 1):
        message = f"has no header, but values ({_first(filled)}); put a line above that names the columns."
        return [whole_file(origin, line, message)]
    return [] if rows else [whole_file(origin, None, f"has a header ({_first(filled)}) but no rows.")]


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")


def _joined_header(names: list[str], top: Sequence[Row], start: int) -> tuple[list[str], int, int]:
    """One header from two rows: names over several columns, and below them the names of the columns.

    The row with names over several columns is the one found as header, where it has gaps that a row of names fills;
    or the row above it, where the header names columns alike.

    Returns:
        The names, how many rows stand above the header, and how many up to its end.
    """
    if len(top) > start + 2 and _fills_gaps(names, top[start + 1][1]):
        return _joined(names, top[start + 1][1]), start, start + 2
    filled = [name for name in names if name]
    if start and len(set(filled)) < len(filled) and sum(map(bool, top[start - 1][1])) > 1:
        return _joined(top[start - 1][1], names), start - 1, start + 1
    return names, start, start + 1


def _fills_gaps(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether each gap right of a name has a name in the row below, which holds no number."""
    inner = max(place for place, name in enumerate(upper) if name)
    below = [name for name in lower if name]
    gaps = [place for place, name in enumerate(upper[:inner]) if not name]
    named = all(place < len(lower) and lower[place] for place in gaps)
    return bool(gaps) and named and len(below) > 1 and not any(map(_number_or_missing, below))


def _joined(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    names, over = [], ""
    for place in range(max(len(upper), len(lower))):
        first = upper[place] if place < len(upper) else ""
        second = lower[place] if place < len(lower) else ""
        over = first or (over if second else "")
        names.append(" ".join(f"{over} {second}".split()) if second != over else second)
    return names


def _without_notes(body: Rows, width: int) -> tuple[Rows, list[str]]:
    """The rows without those at the end that are a note below the table: text in the first cell, or a short row."""
    end = len(body)
    while end and width > 2 and _is_note(body.row(end - 1)[1], width):
        end -= 1
    if end == len(body) or not end:
        return body, []
    note = body.row(end)[1][0]
    return body.part(0, end), [f"{counted(len(body) - end, 'note')} below the table left out: {_short(note)}"]


def _is_note(row: Sequence[str], width: int) -> bool:
    """A note may hold the separator where it is one of the signs that a sentence has."""
    sentence = len(row) < width and (":" in row[0] or row[0].startswith("#"))
    return (sentence or not any(row[1:])) and _NOTE.fullmatch(row[0]) is not None


def _trimmed_width(names: Sequence[str], body: Rows) -> int:
    """Number of columns without the nameless and empty ones at the right."""
    named = max(place for place, name in enumerate(names, start=1) if name)
    filled = max((place for place, column in enumerate(body.columns, start=1) if any(column)), default=0)
    return max(named, min(filled, len(names)))


def _unequal_rows(origin: Origin, names: Sequence[str], body: Rows) -> list[Issue]:
    """Rows with too many or too few cells; a row may end early where only numbered arms are left (``t3, r3, n3``)."""
    width = len(names)
    early = next((width - place for place, name in enumerate(reversed(names)) if not _NUMBERED.fullmatch(name)), 0)
    if min(body.lengths) >= early and not any(map(any, body.columns[width:])):
        return []
    rows = [body.row(place) for place, length in enumerate(body.lengths) if length < early or length > width]
    wrong = [(line, row) for line, row in rows if len(row) < early or any(row[width:])]
    if 2 * len(wrong) > len(body):
        return [_most_rows_unequal(origin, width, wrong)]
    message = f"must have {width} cells, as the header has; put a text that holds the separator into double quotes."
    return [whole_file(origin, line, message, f"{len(row)} cells") for line, row in wrong]


def _most_rows_unequal(origin: Origin, width: int, wrong: Sequence[Row]) -> Issue:
    line, row = wrong[0]
    if len(row) > width + 1 and all(is_number(cell) for cell in row[1:]):
        advice = (
            "decimal commas cannot stand between separating commas: save it with semicolons, or with decimal points"
        )
    else:
        advice = "name each column once in the first line"
    return whole_file(
        origin, line, f"has {len(row)} cells where the header names {counted(width, 'column')}; {advice}."
    )


def _units(origin: Origin, cells: Sequence[Sequence[str]], lines: Sequence[int]) -> list[Issue]:
    """A row below the header that holds units, or is a second header: text in every column that else holds numbers."""
    numeric = [column for column in cells if len(column) > 2 and all(map(_number_or_missing, column[1:_LOOKED_AT]))]
    heads = [column[0] for column in numeric]
    if len(heads) < 2 or any(map(_number_or_missing, heads)):
        return []
    message = "holds units or a second header, not values; move the units into the names of the columns and delete it."
    return [whole_file(origin, lines[0], message, _first(heads))]


def _number_or_missing(cell: str) -> bool:
    return is_missing(cell) or is_number(cell)
