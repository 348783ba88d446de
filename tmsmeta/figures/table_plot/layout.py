"""Where everything in a table plot goes, from the extents of its text.

All lengths are inches. Rows are placed in units of one plain row, counted downwards from the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from math import log

from tmsmeta.figures import style
from tmsmeta.figures.label_placement import spread_out
from tmsmeta.figures.room import Room
from tmsmeta.figures.table_plot.aligned import Aligned, pieces
from tmsmeta.figures.table_plot.description import Column, Row, Sheet, Table
from tmsmeta.figures.text_extent import line_height, lines_height, width, wrap

MARGIN = 0.08
COLUMN_GAP = 0.13
GRAPH_GAP = 0.18
_GAP_SHARE = 0.03  # of the paper
LEADERS = 0.3  # room for the lines between the marks of an upright axis and their rows
UPRIGHT = 0.42  # room for the labels of an upright axis
EDGE = 0.12  # room for the outer half of a tick label where no column stands beside the graph
SYMBOL = 0.19
LEAST_GRAPH, BEST_GRAPH, MOST_GRAPH = 0.8, 1.6, 3.6
LEAST_SHARE = 0.24  # of the paper that a graph keeps
LEAST_UPRIGHT, BEST_UPRIGHT = 1.2, 2.4  # height of a graph with an upright axis
LEAST_LEFT = 2.0
CROWDED = 30
"""Rows from which a table is set tighter."""


@dataclass(frozen=True)
class TableLayout:
    """The places of a table at one font size, around a graph that subclasses describe.

    Attributes:
        sheet: what is placed.
        size: font size in points.
        pitch: height of a plain row.
        graph: width of the graph.
        gap: white space beside the graph.
        ruler: rows that the widths of columns are measured on, where several pages share them; else those of `sheet`.
    """

    sheet: Table
    size: float
    pitch: float
    graph: float
    gap: float = field(default=GRAPH_GAP, kw_only=True)
    ruler: tuple[Row, ...] = field(default=(), kw_only=True)

    @property
    def small(self) -> float:
        """Font size of notes and axis labels: a point less than that of the table, unless that is small already."""
        return min(self.size, max(self.size - 1, style.SMALL))

    @property
    def gaps(self) -> tuple[float, float]:
        """White space left and right of the graph."""
        return self.gap if self.sheet.left else EDGE, self.gap if self.sheet.right else EDGE

    @property
    def header_height(self) -> float:
        """Height between titles and rows."""
        return 0.0

    @property
    def axis_height(self) -> float:
        """Height between rows and notes."""
        return 0.0

    def cell(self, column: Column, row: Row) -> str:
        """The text of a cell, wrapped to its column."""
        text = row.cells.get(column.key, "")
        if column.limit is None or not text:
            return text
        return wrap(text, self.size, column.limit, "bold" if row.bold else "normal")

    def _column_width(self, column: Column) -> float:
        """Width of a column: its widest cell or heading."""
        if column.symbols:
            return max(SYMBOL, width(column.header, self.size, "bold"))
        texts = self._texts(column)
        if column.align == "decimal":
            whole = [width(text, self.size, weight) for text, weight in texts if not pieces(text)]
            return max(width(column.header, self.size, "bold"), self._aligned[column.key].width, *whole)
        return max(width(column.header, self.size, "bold"), *(width(text, self.size, w) for text, w in texts), 0.0)

    def _texts(self, column: Column) -> list[tuple[str, str]]:
        """The cells of a column with their weights."""
        return [(self.cell(column, r), "bold" if r.bold else "normal") for r in self.ruler or self.sheet.rows]

    @cached_property
    def _aligned(self) -> Mapping[str, Aligned]:
        """The sub-columns of the columns of numbers."""
        columns = [c for c in (*self.sheet.left, *self.sheet.right) if c.align == "decimal"]
        return {c.key: Aligned.of(self._texts(c), self.size) for c in columns}

    def places(self, column: Column, row: Row) -> list[tuple[int, float, str]]:
        """Sub-column, left end in inches and text of the numbers of a cell; empty for words and other columns."""
        if column.align != "decimal":
            return []
        aligned = self._aligned[column.key]
        start = self.lefts[column.key] + self.widths[column.key] - aligned.width
        cell = aligned.places(self.cell(column, row), self.size, "bold" if row.bold else "normal")
        return [(i, start + at, text) for i, at, text in cell]

    def _gap_before(self, columns: tuple[Column, ...], i: int) -> float:
        """White space before column `i` of `columns`."""
        if i == 0:
            return 0.0
        return 0.02 if columns[i].symbols and columns[i - 1].symbols else COLUMN_GAP

    @cached_property
    def widths(self) -> Mapping[str, float]:
        """Width of every column, widened where a group heading needs more room than its columns."""
        found = {c.key: self._column_width(c) for c in (*self.sheet.left, *self.sheet.right)}
        for side in (self.sheet.left, self.sheet.right):
            for name, members in groups(side).items():
                have = sum(found[side[i].key] for i in members) + sum(self._gap_before(side, i) for i in members[1:])
                missing = max(0.0, width(name, self.size, "bold") + 0.04 - have)
                for i in members:
                    found[side[i].key] += missing / len(members)
        return found

    def _block(self, columns: tuple[Column, ...]) -> float:
        return sum(self.widths[c.key] + self._gap_before(columns, i) for i, c in enumerate(columns))

    @cached_property
    def left_width(self) -> float:
        """Width of the columns left of the graph; wide enough for the sentences that span them."""
        plain = self._block(self.sheet.left)
        if not any(r.span for r in self.ruler or self.sheet.rows):
            return plain
        longest = max(width(r.span, self.small) for r in self.ruler or self.sheet.rows)
        return max(plain, min(LEAST_LEFT, longest))

    @property
    def graph_left(self) -> float:
        """Distance of the graph from the left edge."""
        return MARGIN + self.left_width + self.gaps[0]

    @property
    def total_width(self) -> float:
        """Width of everything."""
        return self.graph_left + self.graph + self.gaps[1] + self._block(self.sheet.right) + MARGIN

    @property
    def sides(self) -> float:
        """Width of everything but the graph."""
        return self.total_width - self.graph

    @cached_property
    def lefts(self) -> Mapping[str, float]:
        """Left edge of every column."""
        found = {}
        for columns, start in (
            (self.sheet.left, MARGIN),
            (self.sheet.right, self.graph_left + self.graph + self.gaps[1]),
        ):
            x = start
            for i, column in enumerate(columns):
                x += self._gap_before(columns, i)
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

    def full_width(self, text: str, size: float, weight: str = "normal") -> str:
        """`text` wrapped to the width of everything."""
        return wrap(text, size, self.total_width - 2 * MARGIN, weight) if text else ""

    @property
    def title(self) -> str:
        """The title in lines."""
        return self.full_width(self.sheet.title, self.size + 1, "bold")

    @property
    def subtitle(self) -> str:
        """The subtitle in lines."""
        return self.full_width(self.sheet.subtitle, self.size)

    @property
    def titles_height(self) -> float:
        """Height of title and subtitle."""
        height = lines_height(self.title, self.size + 1) + lines_height(self.subtitle, self.size)
        return height + 0.06 if height else 0.0

    @property
    def notes(self) -> str:
        """The notes in lines."""
        return "\n".join(self.full_width(note, self.small) for note in self.sheet.notes)

    @property
    def top(self) -> float:
        """Height above the first row."""
        return MARGIN + self.titles_height + self.header_height

    @property
    def bottom(self) -> float:
        """Height below the last row."""
        return self.axis_height + MARGIN + lines_height(self.notes, self.small)

    @property
    def total_height(self) -> float:
        """Height of everything."""
        return self.top + self.rows_height * self.pitch + self.bottom


@dataclass(frozen=True)
class SheetLayout(TableLayout):
    """The places of a sheet.

    Attributes:
        tall: least height of an upright axis.
    """

    sheet: Sheet
    tall: float = BEST_UPRIGHT

    @classmethod
    def of_width(cls, sheet: Sheet, size: float, wide: float | None) -> SheetLayout:
        """A layout as wide as asked for, or wider where the text needs it; as high as need be."""
        gap = GRAPH_GAP if wide is None else min(GRAPH_GAP, _GAP_SHARE * wide)
        plan = cls(sheet, size, _pitch(sheet, size), 0.0, gap=gap)
        best = BEST_GRAPH if wide is None else LEAST_SHARE * wide
        graph = max((wide or style.TWO_COLUMNS) - plan.sides, best, plan.least_graph)
        return replace(plan, graph=graph if wide else min(graph, MOST_GRAPH))

    @classmethod
    def within(cls, sheet: Sheet, size: float, room: Room) -> SheetLayout:
        """A layout that fills `room`, or is larger where that is too small for this font size."""
        plan = cls(sheet, size, _pitch(sheet, size), 0.0, LEAST_UPRIGHT)
        plan = replace(plan, graph=max(room.width - plan.sides, plan.least_graph))
        free = room.height - plan.top - plan.bottom
        if sheet.upright:
            return replace(plan, tall=max(free, LEAST_UPRIGHT))
        pitch = min(max(free / plan.rows_height, 1.3 * size / 72), 2.5 * size / 72)
        return replace(plan, pitch=pitch)

    @property
    def least_graph(self) -> float:
        """Least width of the graph."""
        words = self.sheet.graph_header.split()
        return max([LEAST_GRAPH, *(width(word, self.size, "bold") for word in words)])

    @property
    def graph_header(self) -> str:
        """The heading of the graph in lines."""
        header = self.sheet.graph_header
        return wrap(header, self.size, max(self.graph, self.least_graph), "bold") if header else ""

    @property
    def gaps(self) -> tuple[float, float]:
        """White space left and right of the graph."""
        left, right = super().gaps
        return (left + UPRIGHT - EDGE, LEADERS) if self.sheet.upright else (left, right)

    @cached_property
    def middles(self) -> tuple[float, ...]:
        """Middle of each row, in rows from the top of the first; those of an upright axis near their marks."""
        if not self.sheet.upright:
            return super().middles
        wanted = [(1.0 - row.at) * self.rows_height for row in self.sheet.rows]
        gaps = [(a + b) / 2 for a, b in pairwise(self.heights)]
        half = self.heights[0] / 2, self.heights[-1] / 2
        return tuple(spread_out(wanted, gaps, half[0], self.rows_height - half[1]))

    @property
    def rows_height(self) -> float:
        """Height of all rows, in rows."""
        plain = super().rows_height
        return max(plain, self.tall / self.pitch) if self.sheet.upright else plain

    @property
    def header_lines(self) -> int:
        """Lines of the longest heading."""
        headers = [c.header for c in (*self.sheet.left, *self.sheet.right)] + [self.graph_header]
        return max(h.count("\n") + 1 for h in headers)

    @property
    def header_height(self) -> float:
        """Height of headings, and of direction labels where they stand on top."""
        height = self.header_lines * line_height(self.size) + 0.1
        if any(c.group for c in (*self.sheet.left, *self.sheet.right)):
            height += line_height(self.size) + 0.04
        return height + (self.favours_height if self.sheet.looks.favours_on_top else 0.0)

    @property
    def axis_height(self) -> float:
        """Height of the axis below the rows, with its labels."""
        below = 0.0 if self.sheet.looks.favours_on_top else self.favours_height
        return 0.07 + line_height(self.small) + below

    @property
    def null_place(self) -> float:
        """Distance of the line of no effect from the left edge; the middle of the graph where it lies outside."""
        null, (low, high) = self.sheet.null, self.sheet.limits
        if null is None or not low < null < high:
            return self.graph_left + self.graph / 2
        share = log(null / low) / log(high / low) if self.sheet.scale.log else (null - low) / (high - low)
        return self.graph_left + share * self.graph

    @property
    def favours(self) -> tuple[str, str]:
        """The direction labels, wrapped to the room on either side of the line of no effect."""
        if self.sheet.favours is None:
            return "", ""
        left, right = self.sheet.favours
        rooms = self.null_place - MARGIN - 0.06, self.total_width - self.null_place - MARGIN - 0.06
        return wrap(left, self.small, rooms[0]), wrap(right, self.small, rooms[1])

    @property
    def favours_height(self) -> float:
        """Height of the direction labels."""
        if self.sheet.favours is None:
            return 0.0
        return max(text.count("\n") + 1 for text in self.favours) * line_height(self.small) + 0.04


def _pitch(sheet: Table, size: float) -> float:
    """The usual height of a row."""
    return size * (1.75 if len(sheet.rows) <= CROWDED else 1.5) / 72


def groups(columns: tuple[Column, ...]) -> dict[str, list[int]]:
    """Indices of the columns under each group heading."""
    found: dict[str, list[int]] = {}
    for i, column in enumerate(columns):
        if column.group:
            found.setdefault(column.group, []).append(i)
    return found
