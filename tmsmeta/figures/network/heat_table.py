"""A table of coloured cells with numbers in them: league tables, contributions, net heat, ranks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from tmsmeta.figures import style
from tmsmeta.figures.axes import set_ticks
from tmsmeta.figures.network.name_list import NameList
from tmsmeta.figures.room import (
    DOUBLE,
    SINGLE,
    TALLEST,
    Room,
    Width,
    fits_page,
    half_points,
    largest_fit,
    paper_width,
    room_of,
    too_small,
)
from tmsmeta.figures.table_plot.description import Column, Row, Table
from tmsmeta.figures.table_plot.draw import TablePen
from tmsmeta.figures.table_plot.layout import COLUMN_GAP, MARGIN, TableLayout
from tmsmeta.figures.text_extent import line_height, lines_height, width, wrap
from tmsmeta.words.numbers import FIGURE

NAME = Column(key="name", align="right")
_PAD, _TIGHT, _ASIDE = 0.06, 0.012, 0.04
_BAR_LENGTH, _BAR_HEIGHT = 1.9, 0.1
_NO_BREAK = "\N{NO-BREAK SPACE}"
_MOST_LINES = 4
"""Lines of the names of columns; longer ones are read at the rows."""
_WIDEST_CELL = 0.95
"""Inches up to which cells grow to fill a page."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """The colour bar below the cells.

    Attributes:
        label: what the colour stands for.
        ticks: places of its ticks, as colour values.
        show: a colour value as text.
    """

    label: str
    ticks: tuple[float, ...]
    show: Callable[[float], str] = FIGURE.tick


@dataclass(frozen=True, kw_only=True, eq=False)
class HeatTable(Table):
    """A table whose graph is a grid of coloured cells with text; its rows hold the names of the cells' rows.

    Attributes:
        columns: names; line breaks are kept.
        values: numbers that the colours stand for, shape (rows, columns); NaN cells are grey.
        cells: texts, shape (rows, columns).
        bold: cells in bold.
        framed: cells with a dark frame.
        colours: colours from the least to the largest value.
        low, high: values at the ends of the colours.
        bar: colour bar.
        corner: words in the top left corner, above the names of the rows.
        across: words above the names of the columns.
        turned: whether the names of the columns are turned by 90 degrees.
        every: how many columns share one name; more than 1 where cells are narrower than text.
        rows_every: the same for rows.
        tight: whether rows have the height of their text.
        least: width and height of a cell in inches at least.
        even: whether all rows are of one height; else each is as high as its own name needs.
        listed: names that the numbers of rows and columns stand for, in a list below.
    """

    left: tuple[Column, ...] = (NAME,)
    columns: tuple[str, ...]
    values: NDArray[np.float64]
    cells: Sequence[Sequence[str]]
    bold: NDArray[np.bool_] | None = None
    framed: NDArray[np.bool_] | None = None
    colours: tuple[str, ...] = style.SEQUENTIAL
    low: float = 0.0
    high: float = 1.0
    bar: Bar
    corner: str = ""
    across: str = ""
    turned: bool = False
    every: int = 1
    rows_every: int = 1
    tight: bool = False
    least: tuple[float, float] = (0.0, 0.0)
    even: bool = True
    listed: tuple[str, ...] = ()

    @property
    def pad(self) -> float:
        """White space above and below the text of a row, in inches."""
        return 0.0 if self.rows_every > 1 else _TIGHT if self.tight else _PAD


S = TypeVar("S", bound=HeatTable)


def name_rows(names: Sequence[str], limit: float) -> tuple[Row, ...]:
    """Rows of a heat table with these names."""
    return tuple(Row(cells={NAME.key: name}) for name in wrapped_names(names, limit))


def wrapped_names(names: Sequence[str], limit: float) -> tuple[str, ...]:
    """`names` in lines of at most `limit` inches, or of the longest word, since no word is broken."""
    longest = max((width(word, style.SMALL) for name in names for word in name.split(" ")), default=0.0)
    return tuple(wrap(name, style.SMALL, max(limit, longest)) for name in names)


def numbers_of(count: int, every: int = 1) -> tuple[str, ...]:
    """The numbers from 1 to `count`; of crowded ones only 1 and each of the `every`-th."""
    return tuple(str(k) if every == 1 or k == 1 or k % every == 0 else "" for k in range(1, count + 1))


def square_variants(full: S, names: Sequence[str], wide: float) -> Iterator[S]:
    """`full`, whose rows and columns have the same names, with those names in less and less room.

    Names at rows and columns, unless those of the columns would be a tower; names at rows, numbers at both; numbers
    alone, with a list of the names below; the same with every fifth number, for cells smaller than text.
    """
    count, limit = len(names), 0.24 * wide
    heads = wrapped_names(names, 0.72)
    if max(head.count("\n") for head in heads) < _MOST_LINES:
        yield replace(full, rows=name_rows(names, limit), columns=heads)
    headed = name_rows([f"{name}{2 * _NO_BREAK}{k}" for k, name in enumerate(names, start=1)], limit)
    yield replace(full, rows=headed, columns=numbers_of(count))
    listed = replace(full, listed=tuple(names), rows=name_rows(numbers_of(count), limit), columns=numbers_of(count))
    yield listed
    if not any(text for row in full.cells for text in row):
        yield replace(
            listed, rows=name_rows(numbers_of(count, 5), limit), columns=numbers_of(count, 5), every=5, rows_every=5
        )


@dataclass(frozen=True)
class HeatLayout(TableLayout):
    """The places of a heat table.

    Attributes:
        paper: width of the page in inches; 0 for as wide as need be.
    """

    sheet: HeatTable
    paper: float = 0.0

    @classmethod
    def at(cls, sheet: HeatTable, size: float, paper: float = 0.0) -> HeatLayout:
        """The layout at one font size, with cells that have room for the longest text, grown to fill `paper`."""
        texts, columns = {t for row in sheet.cells for t in row}, len(sheet.columns)
        names = [row.cells[NAME.key] for row in sheet.rows]
        lines = max(c.count("\n") + 1 for c in sheet.columns)
        longest = lines * line_height(size) if sheet.turned else max(width(c, size) for c in sheet.columns) + 0.06
        named = [lines_height(n, size) + sheet.pad for n in names]
        high = (max if sheet.even else min)(named) / sheet.rows_every
        high = max(high, *(lines_height(t, size) + sheet.pad for t in texts if t), sheet.least[1], 0.0)
        weight = "normal" if sheet.bold is None else "bold"
        wide = max((width(t, size, weight) + _ASIDE for t in texts if t), default=0.0)
        wide = max(wide, longest / sheet.every, sheet.least[0])
        plan = cls(sheet, size, high, wide * columns, paper)
        bare = not any(texts) and not sheet.turned
        widest = max(wide, high if bare and sheet.rows_every == 1 else _WIDEST_CELL)
        grown = min(plan.graph + max(paper - plan.natural_width, 0.0), widest * columns)
        plan = replace(plan, graph=grown)
        if sheet.rows_every == 1:
            return plan
        free = (TALLEST - 0.01 - plan.total_height) / len(names) + high
        return replace(plan, pitch=max(min(grown / columns, free), high))

    @property
    def small(self) -> float:
        """Font size of notes and of the colour bar."""
        return self.size

    @property
    def gaps(self) -> tuple[float, float]:
        """White space left and right of the cells."""
        return _PAD / 2, COLUMN_GAP if self.sheet.right else 0.0

    @property
    def heights(self) -> tuple[float, ...]:
        """All rows are of one height, or of that of their names."""
        rows = self.sheet.rows
        if self.sheet.even:
            return (1.0,) * len(rows)
        return tuple(max(1.0, (lines_height(r.cells[NAME.key], self.size) + self.sheet.pad) / self.pitch) for r in rows)

    @cached_property
    def widths(self) -> Mapping[str, float]:
        """Width of the names of the rows."""
        found = super().widths
        return {**found, NAME.key: max(found[NAME.key], width(self.sheet.corner, self.size))}

    @property
    def natural_width(self) -> float:
        """Width that names and cells take."""
        return super().total_width

    @property
    def total_width(self) -> float:
        """Width of everything; at least that of the colour bar and of the page."""
        return max(self.natural_width, 2 * MARGIN + _BAR_LENGTH, self.paper)

    @property
    def names_height(self) -> float:
        """Height of the names of the columns."""
        heads = [c.header for c in self.sheet.right]
        plain = max((lines_height(h, self.size) for h in heads), default=0.0)
        if self.sheet.turned:
            return max(plain, *(width(c, self.size) for c in self.sheet.columns)) + _PAD
        return max(plain, *(lines_height(c, self.size) for c in self.sheet.columns)) + _PAD

    @property
    def header_height(self) -> float:
        """Height of the names of the columns and the words above them."""
        return self.names_height + (line_height(self.size) + 0.02 if self.sheet.across else 0.0)

    @property
    def bar_label(self) -> str:
        """The label of the colour bar in lines."""
        return self.full_width(self.sheet.bar.label, self.size)

    @cached_property
    def listed(self) -> NameList:
        """The list of names below the cells."""
        return NameList(self.sheet.listed, self.total_width - 2 * MARGIN, self.size)

    @property
    def list_height(self) -> float:
        """Height of the list of names with the space above it."""
        return self.listed.height + 0.1 if self.sheet.listed else 0.0

    @property
    def axis_height(self) -> float:
        """Height of names and colour bar with its label and ticks."""
        return self.list_height + lines_height(self.bar_label, self.size) + _BAR_HEIGHT + line_height(self.size) + 0.18


def draw_heat_table(sheets: Iterable[HeatTable], ax: Axes | None, wide: Width | None, advice: str) -> Axes:
    """As :func:`draw_first`, without the place of the table."""
    return draw_first(sheets, ax, wide, advice)[0]


def draw_first(sheets: Iterable[S], ax: Axes | None, wide: Width | None, advice: str) -> tuple[Axes, S]:
    """Draw the first of `sheets` that fits.

    Args:
        sheets: the same table with less and less in it, the fullest first.
        ax: the axes to use; its area takes names, cells, notes and colour bar. Without it a new figure is made.
        wide: width of a new figure; without it as wide as the table, two columns at most.
        advice: what to leave out where not even the last of `sheets` fits, as an order.

    Returns:
        The axes, whose x and y count columns and rows from the top left, and the table that was drawn.

    Raises:
        InvalidInputError: no table fits.
    """
    if ax is not None:
        found = list(sheets)
        plan = _plan_within(found, room_of(ax))
        return _HeatPen(plan, ax).draw(), next(sheet for sheet in found if sheet is plan.sheet)
    paper = paper_width(wide, DOUBLE)
    for sheet in sheets:
        plan = HeatLayout.at(sheet, style.SMALL, 0.0 if wide is None else paper)
        if plan.total_width < SINGLE:  # notes need more room than a few cells
            plan = HeatLayout.at(sheet, style.SMALL, SINGLE)
        if fits_page(plan, paper):
            return _HeatPen(plan).draw(), sheet
    raise too_small("table", (plan.total_width, plan.total_height), paper, advice)


def _plan_within(sheets: Sequence[HeatTable], room: Room) -> HeatLayout:
    """The fullest table that fits into `room` at the usual size of text, else the barest at a smaller one."""
    for sheet in sheets:
        plan = HeatLayout.at(sheet, style.SMALL)
        if plan.total_width <= room.width and plan.total_height <= room.height:
            return HeatLayout.at(sheet, style.SMALL, room.width)
    return largest_fit(room, half_points(style.SMALL), lambda size, _: HeatLayout.at(sheets[-1], size))


class _HeatPen(TablePen[HeatLayout]):
    """Draws a heat table."""

    def graph(self) -> None:
        """The cells."""
        sheet, ax = self.layout.sheet, self.ax
        ax.set_xlim(0, len(sheet.columns))
        ax.set_ylim(self.layout.rows_height, 0)
        ax.set_xticks([])
        ax.set_yticks([])
        colours = LinearSegmentedColormap.from_list("heat", sheet.colours).with_extremes(bad=style.FAINT)
        norm = Normalize(sheet.low, sheet.high, clip=True)
        edges = np.arange(len(sheet.columns) + 1), np.cumsum([0.0, *self.layout.heights])
        rims = {"edgecolors": style.RULE, "linewidth": 0.5} if sheet.every == 1 else {"linewidth": 0.0}
        ax.pcolormesh(*edges, np.ma.masked_invalid(sheet.values), cmap=colours, norm=norm, gid="cells", **rims)
        self._bar(colours, norm)
        for (r, c), value in np.ndenumerate(sheet.values):
            face = to_rgb(style.FAINT) if np.isnan(value) else colours(norm(value))[:3]
            if sheet.cells[r][c]:
                heavy = "bold" if sheet.bold is not None and sheet.bold[r, c] else "normal"
                ax.text(
                    c + 0.5, self.layout.middles[r], sheet.cells[r][c], ha="center", va="center", linespacing=1.1,
                    fontsize=self.layout.size, fontweight=heavy, color=ink_on(face), gid=f"cell:{r}:{c}",
                )  # fmt: skip
        self._frames()

    def _frames(self) -> None:
        """Dark frames inside their cells."""
        framed = self.layout.sheet.framed
        for r, c in () if framed is None else np.argwhere(framed).tolist():
            high = self.layout.heights[r]
            box = (c + 0.03, self.layout.middles[r] - 0.45 * high), 0.94, 0.9 * high
            self.ax.add_patch(Rectangle(*box, fill=False, edgecolor=style.INK, linewidth=1.0, zorder=2, gid="frame"))

    def header(self) -> None:
        """Names of the columns and the words above them."""
        sheet, layout = self.layout.sheet, self.layout
        wide, base = layout.graph / len(sheet.columns), self.up(_PAD / 2)
        look = {"rotation": 90, "multialignment": "left"} if sheet.turned else {"multialignment": "center"}
        for c, name in enumerate(sheet.columns):
            if name:
                x = layout.graph_left + (c + 0.5) * wide
                self.write(x, base, name, gid="column name", ha="center", va="bottom", **look)
        for column in sheet.right:
            x, align = self.anchor(column)
            self.write(x, base, column.header, gid="head", ha=align, va="bottom", multialignment=align)
        right = layout.lefts[NAME.key] + layout.widths[NAME.key]
        if sheet.corner:
            self.write(right, base, sheet.corner, gid="corner", ha="right", va="bottom", color=style.MUTED)
        if sheet.across:
            above = self.up(layout.names_height + 0.02)
            self.write(layout.graph_left, above, sheet.across, gid="across", va="bottom", color=style.MUTED)

    def over(self) -> None:
        """The list of names."""
        self.layout.listed.draw(
            lambda x, down, text, **look: self.write(MARGIN + x, self.down(0.1 + down), text, **look)
        )

    def _bar(self, colours: Colormap, norm: Normalize) -> None:
        """The colour bar, with its label above it."""
        sheet, layout = self.layout.sheet, self.layout
        start = layout.list_height
        self.write(MARGIN, self.down(start + 0.08), layout.bar_label, gid="bar label", va="top")
        below = start + 0.1 + lines_height(layout.bar_label, layout.size)
        high = layout.rows_height * layout.pitch
        first = width(sheet.bar.show(sheet.bar.ticks[0]), layout.size) / 2
        left, bottom = (MARGIN + first - layout.graph_left) / layout.graph, -(below + _BAR_HEIGHT) / high
        inset = self.ax.inset_axes((left, bottom, _BAR_LENGTH / layout.graph, _BAR_HEIGHT / high))
        shades = np.linspace(sheet.low, sheet.high, 128)[None, :]
        inset.pcolormesh(np.linspace(sheet.low, sheet.high, 129), [0, 1], shades, cmap=colours, norm=norm,
                         rasterized=True)  # fmt: skip
        inset.add_patch(
            Rectangle((sheet.low, 0), sheet.high - sheet.low, 1, fill=False, edgecolor=style.INK, lw=0.5, clip_on=False)
        )
        inset.set_xlim(sheet.low, sheet.high)
        inset.set_yticks([])
        for spine in inset.spines.values():
            spine.set_visible(False)
        set_ticks(inset, sheet.bar.ticks, sheet.bar.show)
        inset.tick_params(axis="x", length=2, pad=1.5, labelsize=layout.size)


def ink_on(face: tuple[float, float, float]) -> str:
    """Black or white, whichever reads better on `face`; one of them has 4.5:1 at least on any (WCAG 2.1)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in face]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    # (L + 0.05) / 0.05 against black equals 1.05 / (L + 0.05) against white at L = 0.179
    return _BLACK if luminance > 0.179 else style.PAPER


_BLACK = "#000000"
