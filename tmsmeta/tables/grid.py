"""From the rows of a file or sheet to named columns of text: where the table begins, and what is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from tmsmeta.errors import Issue
from tmsmeta.provenance import DataVersion
from tmsmeta.tables.csv_text import WHOLE_FILE
from tmsmeta.tables.decimal_commas import with_points
from tmsmeta.tables.missing import is_missing
from tmsmeta.tables.numerals import is_number
from tmsmeta.words.names import counted, listed

if TYPE_CHECKING:
    import pandas as pd

Row = tuple[int, list[str]]
"""A line of the file and its cells without surrounding blanks."""

_LOOKED_AT = 40
_NOTE = re.compile(
    r"(notes?|source|quelle|anmerkung(en)?|abbreviations?|legend)\b.*|[*†‡§¹²].*|[a-z]\) .*|.{80,}", re.I | re.S
)
_NUMBERED = re.compile(r".*[0-9][\])]?")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cells:
    """A table as text.

    Attributes:
        name: the file, for messages.
        origin: where it was read.
        data_version: hash of the file, or of the cells of a data frame.
        columns: names in the header as they are spelled; each stands once.
        frame: the cells as text without surrounding blanks, ``""`` where blank, with decimal points; its index is the
            line of the file, and the header of a file without a title is line 1.
        said: how the file was read, where that was not plain: separator, encoding, sheet, what was left out.
        issues: what is wrong with the file as a table. `frame` is then empty, as other faults would follow from these.
    """

    name: str
    origin: str
    data_version: DataVersion
    columns: tuple[str, ...]
    frame: pd.DataFrame
    said: tuple[str, ...]
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What the cells of a table carry along: see :class:`Cells`."""

    name: str
    origin: str
    data_version: DataVersion
    said: tuple[str, ...] = ()


def faulty(origin: Origin, *issues: Issue) -> Cells:
    """A table that could not be read, with the reasons."""
    return _cells(origin, [], [], [], (), issues)


def table_of(rows: Iterable[Row], origin: Origin) -> Cells:
    """The table that stands in `rows`.

    Empty rows, titles above the header, notes below the table and columns without name and content are left out. What
    is wrong with the header is reported alone.
    """
    filled = [row for row in rows if any(row[1])]
    if not filled:
        return faulty(origin, _whole(origin, None, "is empty; the first line must name the columns."))
    start = _header_place(filled)
    (line, header), body = filled[start], filled[start + 1 :]
    said = [*origin.said, *_said_above(filled[:start])]
    names = [" ".join(name.split()) for name in header]
    if issues := _no_header(origin, line, names, body):
        return faulty(origin, *issues)
    body, notes = _without_notes(body, len(names))
    said += notes
    width = _trimmed_width(names, body)
    names += [""] * (width - len(names))
    del names[width:]
    if issues := _unequal_rows(origin, names, body):
        return faulty(origin, *issues)
    lines = [line for line, _ in body]
    cells = _by_column([row for _, row in body], width)
    kept, row_numbers = _named_or_filled(names, cells)
    names, cells = [names[place] for place in kept], [cells[place] for place in kept]
    said += row_numbers
    if issues := [*_header_issues(origin, line, names, cells, lines), *_units(origin, cells, lines)]:
        return faulty(origin, *issues)
    marks, issues = with_points(origin.name, names, cells, lines)
    if issues:
        return faulty(origin, *issues)
    return _cells(origin, names, cells, lines, (*said, *marks), ())


def _cells(
    origin: Origin,
    names: Sequence[str],
    cells: Sequence[Sequence[str]],
    lines: Sequence[int],
    said: Sequence[str],
    issues: Sequence[Issue],
) -> Cells:
    import pandas as pd

    index = pd.Index(list(lines), dtype="int64", name="row")
    columns = {name: pd.Series(column, index=index, dtype=str) for name, column in zip(names, cells, strict=True)}
    return Cells(
        name=origin.name,
        origin=origin.origin,
        data_version=origin.data_version,
        columns=tuple(names),
        frame=pd.DataFrame(columns, index=index),
        said=tuple(said),
        issues=tuple(issues),
    )


def _whole(origin: Origin, line: int | None, message: str, found: object = None) -> Issue:
    return Issue(line, WHOLE_FILE, found, message, origin.name)


def _header_place(rows: Sequence[Row]) -> int:
    """The first row that has as many filled cells as a row of the table can have, past titles above the header."""
    widths = sorted(sum(map(bool, row)) for _, row in rows[:_LOOKED_AT])
    least = max(2, widths[len(widths) // 2] / 2)
    return next((place for place, (_, row) in enumerate(rows[:_LOOKED_AT]) if sum(map(bool, row)) >= least), 0)


def _said_above(rows: Sequence[Row]) -> list[str]:
    if not rows:
        return []
    text = " ".join(cell for cell in rows[0][1] if cell)
    return [f"{counted(len(rows), 'line')} above the header left out: {_short(text)}"]


def _short(text: str, most: int = 40) -> str:
    return repr(text if len(text) <= most else f"{text[: most - 3]}...")


def _no_header(origin: Origin, line: int, names: Sequence[str], body: Sequence[Row]) -> list[Issue]:
    filled = [name for name in names if name]
    values = [name for name in filled if is_number(name) or is_missing(name)]
    if 2 * len(values) > len(filled) or (len(values) == 1 and len(filled) == 1):
        message = f"has no header, but values ({_first(filled)}); put a line above that names the columns."
        return [_whole(origin, line, message)]
    return [] if body else [_whole(origin, None, f"has a header ({_first(filled)}) but no rows.")]


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")


def _without_notes(body: list[Row], width: int) -> tuple[list[Row], list[str]]:
    """The rows without those at the end that are a note below the table: text in the first cell only."""
    end = len(body)
    while end and width > 2 and _is_note(body[end - 1][1]):
        end -= 1
    if end == len(body) or not end:
        return body, []
    return body[:end], [f"{counted(len(body) - end, 'note')} below the table left out: {_short(body[end][1][0])}"]


def _is_note(row: Sequence[str]) -> bool:
    return bool(row[0]) and not any(row[1:]) and _NOTE.fullmatch(row[0]) is not None


def _trimmed_width(names: Sequence[str], body: Sequence[Row]) -> int:
    """Number of columns without the nameless and empty ones at the right."""
    named = max(place for place, name in enumerate(names, start=1) if name)
    longest = max((len(row) for _, row in body), default=0)
    while longest > named and not any(row[longest - 1] for _, row in body if len(row) >= longest):
        longest -= 1
    return max(named, min(longest, len(names)))


def _unequal_rows(origin: Origin, names: Sequence[str], body: Sequence[Row]) -> list[Issue]:
    """Rows with too many or too few cells; a row may end early where only numbered arms are left (``t3, r3, n3``)."""
    width = len(names)
    early = next((width - place for place, name in enumerate(reversed(names)) if not _NUMBERED.fullmatch(name)), 0)
    wrong = [(line, row) for line, row in body if len(row) < early or any(row[width:])]
    if not wrong:
        return []
    if 2 * len(wrong) > len(body):
        return [_most_rows_unequal(origin, width, wrong)]
    message = f"must have {width} cells, as the header has; put a text that holds the separator into double quotes."
    return [_whole(origin, line, message, f"{len(row)} cells") for line, row in wrong]


def _most_rows_unequal(origin: Origin, width: int, wrong: Sequence[Row]) -> Issue:
    line, row = wrong[0]
    if len(row) > width + 1 and all(is_number(cell) for cell in row[1:]):
        advice = (
            "decimal commas cannot stand between separating commas: save it with semicolons, or with decimal points"
        )
    else:
        advice = "name each column once in the first line"
    return _whole(origin, line, f"has {len(row)} cells where the header names {counted(width, 'column')}; {advice}.")


def _by_column(rows: Sequence[list[str]], width: int) -> list[list[str]]:
    for row in rows:
        if len(row) != width:
            row[width:] = [""] * (width - len(row))
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def _named_or_filled(names: Sequence[str], cells: Sequence[Sequence[str]]) -> tuple[list[int], list[str]]:
    """Places of the columns that have a name or content; row numbers without a name are left out."""
    kept = [place for place, name in enumerate(names) if name or any(cells[place])]
    if kept and not names[kept[0]] and _counts_rows(cells[kept[0]]):
        return kept[1:], ["row numbers in the first column left out"]
    return kept, []


def _counts_rows(column: Sequence[str]) -> bool:
    numbers = [int(cell) if cell.isdecimal() else -1 for cell in column]
    return min(numbers) >= 0 and all(low < high for low, high in pairwise(numbers))


def _header_issues(
    origin: Origin, line: int, names: Sequence[str], cells: Sequence[Sequence[str]], lines: Sequence[int]
) -> list[Issue]:
    issues = []
    for place, name in enumerate(names):
        if not name:
            first = next(at for at, cell in enumerate(cells[place]) if cell)
            message = (
                f"column {place + 1} has no name, but row {lines[first]} holds a value there; name it or delete it."
            )
            issues.append(_whole(origin, line, message, cells[place][first]))
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        places = [str(place) for place, other in enumerate(names, start=1) if other == name]
        message = f"is the name of columns {listed(places)}; each name once."
        issues.append(Issue(line, name, None, message, origin.name))
    return issues


def _units(origin: Origin, cells: Sequence[Sequence[str]], lines: Sequence[int]) -> list[Issue]:
    """A row below the header that holds units, or is a second header: text in every column that else holds numbers."""
    numeric = [column for column in cells if len(column) > 2 and all(map(_number_or_missing, column[1:_LOOKED_AT]))]
    heads = [column[0] for column in numeric]
    if len(heads) < 2 or any(map(_number_or_missing, heads)):
        return []
    message = "holds units or a second header, not values; move the units into the names of the columns and delete it."
    return [_whole(origin, lines[0], message, _first(heads))]


def _number_or_missing(cell: str) -> bool:
    return is_missing(cell) or is_number(cell)
