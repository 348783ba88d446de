"""The rows of a file or sheet, kept by column: a long table then needs neither much time nor much memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import compress, repeat
from sys import intern

from tmsmeta.tables.csv_text import as_meant

Row = tuple[int, Sequence[str]]
"""A line of the file and its cells."""


@dataclass(slots=True, eq=False)
class Rows:
    """Rows of cells.

    Attributes:
        lines: line of the file of each row.
        columns: the cells of each column, without surrounding blanks and as meant (:mod:`tmsmeta.tables.csv_text`);
            ``""`` where a row has fewer cells.
        lengths: number of cells of each row.
    """

    lines: list[int] = field(default_factory=list)
    columns: list[list[str]] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines)

    def add(self, lines: Iterable[int], rows: Sequence[Sequence[str]]) -> None:
        """Append rows of text; equal cells are kept once."""
        lengths = list(map(len, rows))
        widest = max(lengths, default=0)
        self.columns += [[""] * len(self) for _ in range(widest - len(self.columns))]
        if min(lengths, default=0) < len(self.columns):
            rows = [[*row, *[""] * (len(self.columns) - len(row))] for row in rows]
        self._append(lines, lengths, zip(*rows, strict=True))

    def add_columns(self, lines: Sequence[int], columns: Sequence[Sequence[str]]) -> None:
        """Append rows that are all as wide as those before, given by column; equal cells are kept once."""
        if not self.columns:
            self.columns = [[] for _ in columns]
        self._append(lines, [len(columns)] * len(lines), columns)

    def _append(self, lines: Iterable[int], lengths: Sequence[int], columns: Iterable[Sequence[str]]) -> None:
        for column, cells in zip(self.columns, columns, strict=False):  # without rows there are no cells
            texts: Iterable[str] = [*map(str.strip, cells)]
            if any(map(str.startswith, texts, repeat("'"))):
                texts = map(as_meant, texts)
            column += map(intern, texts)
        self.lines += lines
        self.lengths += lengths

    def row(self, place: int) -> Row:
        """Line and cells of one row, as many as it has."""
        return self.lines[place], [column[place] for column in self.columns[: self.lengths[place]]]

    def part(self, start: int, end: int) -> Rows:
        """The rows from `start` up to, but without, `end`."""
        return Rows(self.lines[start:end], [column[start:end] for column in self.columns], self.lengths[start:end])

    def filled(self) -> Rows:
        """The rows that are not empty."""
        filled = list(map(any, zip(*self.columns, strict=True)))
        if all(filled):
            return self
        columns = [list(compress(column, filled)) for column in self.columns]
        return Rows(list(compress(self.lines, filled)), columns, list(compress(self.lengths, filled)))
