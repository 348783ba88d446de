"""Where everything in a :class:`~tmsmeta.figures.table_plot.description.Sheet` goes, from the extents of its text.

All lengths are inches. Rows are placed in units of one plain row, counted downwards from the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from tmsmeta.figures.table_plot.description import Column, Row, Sheet
from tmsmeta.figures.text_extent import line_height, width, wrap

MARGIN = 0.08
COLUMN_GAP = 0.13
GRAPH_GAP = 0.18
EDGE = 0.12  # room for the outer half of a tick label where no column stands beside the graph
SYMBOL = 0.19
LEAST_GRAPH, BEST_GRAPH, MOST_GRAPH = 1.1, 2.0, 3.6
LEAST_LEFT = 2.0


@dataclass(frozen=True)
class Geometry:
    """The places of one sheet at one font size.

    Attributes:
        sheet: what is placed.
        size: font size in points.
        pitch: height of a plain row.
    """

    sheet: Sheet
    size: float
    pitch: float

    @property
    def small(self) -> float:
        """Font size of notes and axis labels."""
        return self.size - 1

    def cell(self, column: Column, row: Row) -> str:
        """The text of a cell, wrapped to its column."""
        text = row.cells.get(column.key, "")
        if column.limit is None or not text:
            return text
        return wrap(text, self.size, column.limit, "bold" if row.bold else "normal")

    def column_width(self, column: Column) -> float:
        """Width of a column: its widest cell or heading."""
        if column.symbols:
            return max(SYMBOL, width(column.header, self.size, "bold"))
        cells = (width(self.cell(column, r), self.size, "bold" if r.bold else "normal") for r in self.sheet.rows)
        return max(width(column.header, self.size, "bold"), *cells, 0.0)

    def gap_before(self, columns: tuple[Column, ...], i: int) -> float:
        """White space before column `i` of `columns`."""
        if i == 0:
            return 0.0
        return 0.02 if columns[i].symbols and columns[i - 1].symbols else COLUMN_GAP

    @cached_property
    def widths(self) -> Mapping[str, float]:
        """Width of every column, widened where a group heading needs more room than its columns."""
        found = {c.key: self.column_width(c) for c in (*self.sheet.left, *self.sheet.right)}
        for side in (self.sheet.left, self.sheet.right):
            for name, members in _groups(side).items():
                have = sum(found[side[i].key] for i in members) + sum(self.gap_before(side, i) for i in members[1:])
                missing = max(0.0, width(name, self.size, "bold") + 0.04 - have)
                for i in members:
                    found[side[i].key] += missing / len(members)
        return found

    def _block(self, columns: tuple[Column, ...]) -> float:
        return sum(self.widths[c.key] + self.gap_before(columns, i) for i, c in enumerate(columns))

    @cached_property
    def left_width(self) -> float:
        """Width of the columns left of the graph; wide enough for the sentences that span them."""
        plain = self._block(self.sheet.left)
        if not any(r.span for r in self.sheet.rows):
            return plain
        longest = max(width(r.span, self.small) for r in self.sheet.rows)
        return max(plain, min(LEAST_LEFT, longest))

    @cached_property
    def right_width(self) -> float:
        """Width of the columns right of the graph."""
        return self._block(self.sheet.right)

    def total_width(self, graph: float) -> float:
        """Width of everything around a graph of width `graph`."""
        sides = 2 * MARGIN + self.left_width + self.right_width
        return sides + graph + (GRAPH_GAP if self.sheet.left else EDGE) + (GRAPH_GAP if self.sheet.right else EDGE)

    @property
    def graph_left(self) -> float:
        """Distance of the graph from the left edge."""
        return MARGIN + self.left_width + (GRAPH_GAP if self.sheet.left else EDGE)

    def lefts(self, graph: float) -> dict[str, float]:
        """Left edge of every column."""
        found = {}
        for columns, start in ((self.sheet.left, MARGIN), (self.sheet.right, self.graph_left + graph + GRAPH_GAP)):
            x = start
            for i, column in enumerate(columns):
                x += self.gap_before(columns, i)
                found[column.key] = x
                x += self.widths[column.key]
        return found

    def span(self, row: Row) -> str:
        """The sentence that spans a row, wrapped to the columns left of the graph."""
        return wrap(row.span, self.small, self.left_width) if row.span else ""

    @cached_property
    def heights(self) -> tuple[float, ...]:
        """Height of each row without its gap, in rows."""
        columns = (*self.sheet.left, *self.sheet.right)
        found = []
        for row in self.sheet.rows:
            lines = max((self.cell(c, row).count("\n") for c in columns), default=0)
            spanned = self.span(row).count("\n")
            extra = max(lines * line_height(self.size), spanned * line_height(self.small))
            found.append(1.0 + extra / self.pitch)
        return tuple(found)

    @cached_property
    def middles(self) -> tuple[float, ...]:
        """Middle of each row, in rows from the top of the first."""
        at, found = 0.0, []
        for row, height in zip(self.sheet.rows, self.heights, strict=True):
            at += row.gap
            found.append(at + height / 2)
            at += height
        return tuple(found)

    @property
    def rows_height(self) -> float:
        """Height of all rows, in rows."""
        return sum(self.heights) + sum(r.gap for r in self.sheet.rows)

    @cached_property
    def has_groups(self) -> bool:
        """Whether any column has a group heading."""
        return any(c.group for c in (*self.sheet.left, *self.sheet.right))

    def top(self, graph: float) -> float:
        """Height above the first row: title, headings, and direction labels where they stand on top."""
        headers = [c.header for c in (*self.sheet.left, *self.sheet.right)] + [self.sheet.graph_header]
        lines = max(h.count("\n") + 1 for h in headers)
        height = lines * line_height(self.size) + 0.1
        height += line_height(self.size) + 0.04 if self.has_groups else 0.0
        height += self.title_height + MARGIN
        return height + (self.favours_height(graph) if self.sheet.looks.favours_on_top else 0.0)

    @property
    def title_height(self) -> float:
        """Height of the title."""
        return (self.sheet.title.count("\n") + 1) * line_height(self.size + 1) + 0.06 if self.sheet.title else 0.0

    def null_place(self, graph: float) -> float:
        """Distance of the line of no effect from the left edge; the middle of the graph where it lies outside."""
        from math import log

        null, (low, high) = self.sheet.null, self.sheet.limits
        if null is None or not low < null < high:
            return self.graph_left + graph / 2
        share = log(null / low) / log(high / low) if self.sheet.scale.log else (null - low) / (high - low)
        return self.graph_left + share * graph

    def favours_lines(self, graph: float) -> tuple[str, str]:
        """The direction labels, wrapped to the room on either side of the line of no effect."""
        if self.sheet.favours is None:
            return "", ""
        null, edge = self.null_place(graph), self.total_width(graph)
        left = wrap(self.sheet.favours[0], self.small, null - MARGIN - 0.06) if self.sheet.favours[0] else ""
        right = wrap(self.sheet.favours[1], self.small, edge - null - MARGIN - 0.06) if self.sheet.favours[1] else ""
        return left, right

    def favours_height(self, graph: float) -> float:
        """Height of the direction labels."""
        if self.sheet.favours is None:
            return 0.0
        lines = max(text.count("\n") + 1 for text in self.favours_lines(graph))
        return lines * line_height(self.small) + 0.04

    def notes_text(self, graph: float) -> str:
        """The notes, wrapped to the full width."""
        room = self.total_width(graph) - 2 * MARGIN
        return "\n".join(wrap(note, self.small, room) for note in self.sheet.notes)

    def axis_height(self, graph: float) -> float:
        """Height of the axis below the rows, with its labels."""
        below = 0.0 if self.sheet.looks.favours_on_top else self.favours_height(graph)
        return 0.07 + line_height(self.small) + below

    def bottom(self, graph: float) -> float:
        """Height below the last row."""
        notes = self.notes_text(graph)
        return self.axis_height(graph) + MARGIN + ((notes.count("\n") + 1) * line_height(self.small) if notes else 0.0)

    def total_height(self, graph: float) -> float:
        """Height of everything."""
        return self.top(graph) + self.rows_height * self.pitch + self.bottom(graph)


def _groups(columns: tuple[Column, ...]) -> dict[str, list[int]]:
    """Indices of the columns under each group heading."""
    found: dict[str, list[int]] = {}
    for i, column in enumerate(columns):
        if column.group:
            found.setdefault(column.group, []).append(i)
    return found


def groups(columns: tuple[Column, ...]) -> dict[str, list[str]]:
    """Keys of the columns under each group heading."""
    return {name: [columns[i].key for i in members] for name, members in _groups(columns).items()}
