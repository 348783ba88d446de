"""Find out whether a table writes 5,09 or 5.09, from all of its numbers together, and write them with points."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from tmsmeta.errors import Issue
from tmsmeta.tables.csv_text import WHOLE_FILE
from tmsmeta.tables.missing import is_missing

_END = r"([eE][+-]?[0-9]{1,3})? *%?"
_SIGN = r"[<>≤≥]? *[-+−–]?"
_COMMA = re.compile(rf"{_SIGN}([0-9]{{1,3}}(?:[. '’\u00a0\u202f][0-9]{{3}})+|[0-9]*),([0-9]+){_END}")
_POINT = re.compile(rf"{_SIGN}([0-9]{{1,3}}(?:[, '’\u00a0\u202f][0-9]{{3}})+|[0-9]*)\.([0-9]+){_END}")
_THOUSANDS_POINT = re.compile(rf"{_SIGN}[1-9][0-9]{{0,2}}(\.[0-9]{{3}})+ *%?")
_THOUSANDS_COMMA = re.compile(rf"{_SIGN}[1-9][0-9]{{0,2}}(,[0-9]{{3}})+ *%?")
_NUMBER = re.compile(rf"{_SIGN}[0-9][0-9.,' ’\u00a0\u202f]*{_END}")
_PART = re.compile(r"(?<![0-9,.])([-+−–]?[0-9]*),([0-9]+)(?![0-9.]|,[0-9])")
_PARTS = re.compile(r"[-+−–0-9.,;:()\[\] <>±%]*((to|bis|à|a) [-+−–0-9.,;:()\[\] <>±%]*)?")
_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class _Marks:
    """How many numbers of a column have a decimal comma or point for certain, and how many could be thousands."""

    comma: int = 0
    point: int = 0
    either_comma: int = 0
    either_point: int = 0


def with_points(
    name: str, columns: Sequence[str], cells: list[list[str]], lines: Sequence[int]
) -> tuple[tuple[str, ...], list[Issue]]:
    """Write decimal points into `cells` (one list per column, changed in place) where the table has decimal commas.

    A table has decimal commas where some number can only be read so (``5,09``, ``0,123``) and none has a decimal point.
    A point before three digits (``1.234``) then stands between thousands. Where a table has both, each column is
    read by its own numbers, and a column that has both is a fault. Where it has decimal points and no decimal comma,
    a comma before three digits (``1,234``) stands between thousands.

    Returns:
        What was done, as sentences, and faults.
    """
    with_commas = [place for place, column in enumerate(cells) if "," in "".join(column)]
    marks = {place: _marks(cells[place]) for place in with_commas if _holds_numbers(cells[place])}
    with_comma = [place for place, found in marks.items() if found.comma]
    grouped = [place for place, found in marks.items() if found.either_comma]
    if not with_comma and not grouped:
        return (), []
    without = [place for place in range(len(cells)) if place not in with_commas and _holds_numbers(cells[place])]
    marks |= {place: _marks(cells[place]) for place in without}
    if not with_comma:
        return _without_commas(cells, grouped) if any(found.point for found in marks.values()) else (), []
    mixed = [place for place in with_comma if marks[place].point]
    if mixed:
        return (), [_mixed(name, columns[place], cells[place], lines) for place in mixed]
    pointed = any(found.point for found in marks.values())
    thousands = False
    for place in with_comma if pointed else marks:
        thousands = thousands or bool(marks[place].either_point)
        changed = {cell: _with_point(cell) for cell in set(cells[place])}  # a long column has few different cells
        cells[place][:] = map(changed.__getitem__, cells[place])
    return ("decimal commas", *(["points between thousands"] if thousands else [])), []


def _without_commas(cells: Sequence[list[str]], grouped: Sequence[int]) -> tuple[str, ...]:
    """Take the commas out of ``1,234`` in these columns, and say so."""
    for place in grouped:
        cells[place][:] = [cell.replace(",", "") if _THOUSANDS_COMMA.fullmatch(cell) else cell for cell in cells[place]]
    return ("commas between thousands",)


def _holds_numbers(column: Sequence[str]) -> bool:
    """Whether more than half of the first filled cells are numbers or intervals."""
    filled = list(islice((cell for cell in column if not is_missing(cell)), _LOOKED_AT))
    fit = sum(1 for cell in filled if _NUMBER.fullmatch(cell) or _COMMA.fullmatch(cell) or _PARTS.fullmatch(cell))
    return 2 * fit > len(filled)


def _marks(column: Iterable[str]) -> _Marks:
    comma = point = either_comma = either_point = 0
    for cell, times in Counter(column).items():
        if "," not in cell and "." not in cell:
            continue
        if found := _COMMA.fullmatch(cell):
            if _could_be_thousands(found[1], found[2]):
                either_comma += times
            else:
                comma += times
        elif found := _POINT.fullmatch(cell):
            if _could_be_thousands(found[1], found[2]):
                either_point += times
            else:
                point += times
        elif _PARTS.fullmatch(cell):
            parts = [_could_be_thousands(*part) for part in _PART.findall(cell)]
            comma += times * (len(parts) > 1 and not all(parts))  # 5 (4,6) may be an interval
    return _Marks(comma, point, either_comma, either_point)


def _could_be_thousands(before: str, after: str) -> bool:
    return len(after) == 3 and len(before) in (1, 2, 3) and before.isdigit() and before[0] != "0"


def _with_point(cell: str) -> str:
    if "," not in cell:
        return cell.replace(".", "") if _THOUSANDS_POINT.fullmatch(cell) else cell
    if found := _COMMA.fullmatch(cell):
        whole = cell[: found.end(1)].replace(".", "")
        return f"{whole}.{cell[found.start(2) :]}"
    return _PART.sub(r"\1.\2", cell) if _PARTS.fullmatch(cell) else cell


def _mixed(name: str, column: str, cells: Sequence[str], lines: Sequence[int]) -> Issue:
    first_of = {"comma": "", "point": ""}
    line = lines[0]
    for place, cell in enumerate(cells):
        found = _marks([cell])
        if found.comma and not first_of["comma"]:
            first_of["comma"], line = cell, lines[place]
        if found.point and not first_of["point"]:
            first_of["point"] = cell
    message = (
        f"must have decimal commas or decimal points in all its rows, not both; another row has {first_of['point']}."
    )
    return Issue(line, column or WHOLE_FILE, first_of["comma"], message, name)
