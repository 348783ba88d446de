"""A table as named columns of text: the end on which every reader of files and data frames meets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from tmsmeta.errors import Issue
from tmsmeta.provenance import DataVersion
from tmsmeta.tables.csv_text import WHOLE_FILE
from tmsmeta.tables.decimal_commas import with_points
from tmsmeta.tables.header import readings
from tmsmeta.words.names import listed

if TYPE_CHECKING:
    import pandas as pd


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


def named_cells(
    origin: Origin, names: Sequence[str], cells: Sequence[list[str]], lines: Sequence[int], *, header: int | None = None
) -> Cells:
    """The table of these columns, with decimal points; columns without name and content are left out.

    Args:
        origin: what the table carries along.
        names: names of the columns, blank where a column has none.
        cells: the cells of each column; they are changed.
        lines: line of each row.
        header: line of the header, for messages.
    """
    kept, row_numbers = _named_or_filled(names, cells)
    columns, texts = [names[place] for place in kept], [cells[place] for place in kept]
    columns, texts, apart = _told_apart(columns, texts)
    if issues := _header_issues(origin, header, columns, texts, lines):
        return faulty(origin, *issues)
    marks, issues = with_points(origin.name, columns, texts, lines)
    if issues:
        return faulty(origin, *issues)
    return _cells(origin, columns, texts, lines, (*origin.said, *row_numbers, *apart, *marks), ())


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


def whole_file(origin: Origin, line: int | None, message: str, found: object = None) -> Issue:
    return Issue(line, WHOLE_FILE, found, message, origin.name)


def _named_or_filled(names: Sequence[str], cells: Sequence[Sequence[str]]) -> tuple[list[int], list[str]]:
    """Places of the columns that have a name or content; row numbers without a name are left out."""
    kept = [place for place, name in enumerate(names) if name or any(cells[place])]
    if kept and not names[kept[0]] and _counts_rows(cells[kept[0]]):
        return kept[1:], ["row numbers in the first column left out"]
    return kept, []


def _counts_rows(column: Sequence[str]) -> bool:
    numbers = [int(cell) if cell.isdecimal() else -1 for cell in column]
    return min(numbers) >= 0 and all(low < high for low, high in pairwise(numbers))


def _told_apart(names: Sequence[str], cells: Sequence[list[str]]) -> tuple[list[str], list[list[str]], list[str]]:
    """The columns without those that repeat another one cell by cell, and those whose name means nothing told apart."""
    columns, texts, said = list[str](), list[list[str]](), list[str]()
    for place, (name, column) in enumerate(zip(names, cells, strict=True), start=1):
        if name and name in names[: place - 1]:
            of_no_arm = any(not reading.arm for reading in readings(name))  # as n of two arms may be, and be equal
            if not of_no_arm and any(column == texts[at] for at, other in enumerate(columns) if other == name):
                said.append(f"column {place} left out, which repeats `{name}`")
                continue
            if not readings(name) and f"{name} ({place})" not in names:
                said.append(f"`{name}` of column {place} called `{name} ({place})`, as the name stands twice")
                name = f"{name} ({place})"
        columns.append(name)
        texts.append(column)
    return columns, texts, said


def _header_issues(
    origin: Origin, line: int | None, names: Sequence[str], cells: Sequence[Sequence[str]], lines: Sequence[int]
) -> list[Issue]:
    issues = []
    for place, name in enumerate(names):
        if not name:
            first = next(at for at, cell in enumerate(cells[place]) if cell)
            message = (
                f"column {place + 1} has no name, but row {lines[first]} holds a value there; name it or delete it."
            )
            issues.append(whole_file(origin, line, message, cells[place][first]))
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        places = [str(place) for place, other in enumerate(names, start=1) if other == name]
        message = (
            f"is the name of columns {listed(places)}; give each a name of its own, such as {name}_t and {name}_c for "
            "two arms, or delete what is not needed."
        )
        issues.append(Issue(line, name, None, message, origin.name))
    return issues
