"""A table of coloured cells with numbers in them: league tables, contributions, net heat."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from tmsmeta.figures import style
from tmsmeta.figures.axes import set_ticks
from tmsmeta.figures.room import half_points, largest_fit, room_of
from tmsmeta.figures.table_plot.description import Column, Row, Table
from tmsmeta.figures.table_plot.draw import TablePen
from tmsmeta.figures.table_plot.layout import MARGIN, TableLayout
from tmsmeta.figures.text_extent import line_height, lines_height, width, wrap
from tmsmeta.words.numbers import FIGURE

NAME = Column(key="name", align="right")
_PAD = 0.06
_BAR_LENGTH, _BAR_HEIGHT = 1.9, 0.1
_COMFORT = 5.5
"""Points; a figure that may choose its size grows sooner than print smaller numbers."""


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


@dataclass(frozen=True, kw_only=True)
class HeatTable(Table):
    """A table whose graph is a grid of coloured cells with text; its rows hold the names of the cells' rows.

    Attributes:
        columns: names; line breaks are kept.
        values: numbers that the colours stand for, shape (rows, columns); NaN cells are grey.
        cells: texts, shape (rows, columns).
        bold: cells in bold.
        colours: colours from the least to the largest value.
        low, high: values at the ends of the colours.
        bar: colour bar.
        corner: words in the top left corner, above the names of the rows.
        across: words above the names of the columns.
        turned: whether the names of the columns are turned by 90 degrees.
        least: width and height of a cell in inches at least.
    """

    left: tuple[Column, ...] = (NAME,)
    columns: tuple[str, ...]
    values: NDArray[np.float64]
    cells: Sequence[Sequence[str]]
    bold: NDArray[np.bool_] | None = None
    colours: tuple[str, ...] = style.SEQUENTIAL
    low: float = 0.0
    high: float = 1.0
    bar: Bar
    corner: str = ""
    across: str = ""
    turned: bool = False
    least: tuple[float, float] = (0.0, 0.0)


def name_rows(names: Sequence[str], limit: float) -> tuple[Row, ...]:
    """Rows of a heat table with these names."""
    return tuple(Row(cells={NAME.key: name}) for name in wrapped_names(names, limit))


def wrapped_names(names: Sequence[str], limit: float) -> tuple[str, ...]:
    """`names` in lines of at most `limit` inches, or of the longest word, since no word is broken."""
    longest = max((width(word, style.SMALL) for name in names for word in name.split(" ")), default=0.0)
    return tuple(wrap(name, style.SMALL, max(limit, longest)) for name in names)


@dataclass(frozen=True)
class HeatLayout(TableLayout):
    """The places of a heat table."""

    sheet: HeatTable

    @classmethod
    def at(cls, sheet: HeatTable, size: float) -> HeatLayout:
        """The layout at one font size, with cells that have room for the longest text."""
        small, texts = size - 0.5, {t for row in sheet.cells for t in row}
        names = [row.cells[NAME.key] for row in sheet.rows]
        lines = max(c.count("\n") + 1 for c in sheet.columns)
        least = lines * line_height(size) if sheet.turned else max(width(c, size) for c in sheet.columns) + 0.02
        wide = max(width("00000", size) if not sheet.turned else 0.0, least) + 0.04
        high = max(*(lines_height(n, size) for n in names), *(lines_height(t, small) for t in texts)) + _PAD
        wide = max(wide, max((width(t, small, "bold") for t in texts), default=0.0) + _PAD, sheet.least[0])
        return cls(sheet, size, max(high, sheet.least[1]), wide * len(sheet.columns))

    @property
    def small(self) -> float:
        """Font size of notes and of the colour bar."""
        return self.size

    @property
    def gaps(self) -> tuple[float, float]:
        """White space left and right of the cells."""
        return _PAD / 2, 0.0

    @property
    def heights(self) -> tuple[float, ...]:
        """All rows are of one height."""
        return (1.0,) * len(self.sheet.rows)

    @cached_property
    def widths(self) -> Mapping[str, float]:
        """Width of the names of the rows."""
        return {NAME.key: max(super().widths[NAME.key], width(self.sheet.corner, self.size))}

    @property
    def total_width(self) -> float:
        """Width of everything; at least that of the colour bar."""
        return max(super().total_width, 2 * MARGIN + _BAR_LENGTH)

    @property
    def names_height(self) -> float:
        """Height of the names of the columns."""
        if self.sheet.turned:
            return max(width(c, self.size) for c in self.sheet.columns) + _PAD
        return max(lines_height(c, self.size) for c in self.sheet.columns) + _PAD

    @property
    def header_height(self) -> float:
        """Height of the names of the columns and the words above them."""
        return self.names_height + (line_height(self.size) + 0.02 if self.sheet.across else 0.0)

    @property
    def bar_label(self) -> str:
        """The label of the colour bar in lines."""
        return self.full_width(self.sheet.bar.label, self.size)

    @property
    def axis_height(self) -> float:
        """Height of the colour bar with its label and ticks."""
        return lines_height(self.bar_label, self.size) + _BAR_HEIGHT + line_height(self.size) + 0.18


def draw_heat_table(sheet: HeatTable, ax: Axes | None = None) -> Axes:
    """Draw `sheet` and return its axes, whose x and y count columns and rows from the top left.

    Args:
        sheet: what to draw.
        ax: the place to use; its area takes names, cells, notes and colour bar. Without it a new figure is made, two
            columns wide where that leaves legible numbers, and else as large as the cells need.

    Raises:
        InvalidInputError: the table does not fit into `ax` at any legible size.
    """
    if ax is not None:
        plan = largest_fit(room_of(ax), half_points(style.SMALL), lambda size, _: HeatLayout.at(sheet, size))
        return _HeatPen(plan, ax).draw()
    tried = [HeatLayout.at(sheet, size) for size in half_points(style.SMALL, _COMFORT)]
    return _HeatPen(next((p for p in tried if p.total_width <= style.TWO_COLUMNS), tried[-1])).draw()


class _HeatPen(TablePen[HeatLayout]):
    """Draws a heat table."""

    def graph(self) -> None:
        """The cells."""
        sheet, ax = self.layout.sheet, self.ax
        ax.set_xlim(0, len(sheet.columns))
        ax.set_ylim(len(sheet.rows), 0)
        ax.set_xticks([])
        ax.set_yticks([])
        colours = LinearSegmentedColormap.from_list("heat", sheet.colours).with_extremes(bad=style.FAINT)
        norm = Normalize(sheet.low, sheet.high)
        edges = np.arange(len(sheet.columns) + 1), np.arange(len(sheet.rows) + 1)
        ax.pcolormesh(
            *edges, np.ma.masked_invalid(sheet.values), cmap=colours, norm=norm, edgecolors=style.RULE, linewidth=0.3,
            gid="cells",
        )  # fmt: skip
        self._bar(colours, norm)
        for (r, c), value in np.ndenumerate(sheet.values):
            face = to_rgb(style.FAINT) if np.isnan(value) else colours(norm(value))[:3]
            if sheet.cells[r][c]:
                heavy = sheet.bold is not None and bool(sheet.bold[r, c])
                ax.text(
                    c + 0.5, r + 0.5, sheet.cells[r][c], ha="center", va="center", fontsize=self.layout.size - 0.5,
                    linespacing=1.1, fontweight="bold" if heavy else "normal", color=ink_on(face),
                    gid=f"cell:{r}:{c}",
                )  # fmt: skip

    def header(self) -> None:
        """Names of the columns and the words above them."""
        sheet, layout = self.layout.sheet, self.layout
        wide, base = layout.graph / len(sheet.columns), self.up(_PAD / 2)
        look = {"rotation": 90, "multialignment": "left"} if sheet.turned else {"multialignment": "center"}
        for c, name in enumerate(sheet.columns):
            x = layout.graph_left + (c + 0.5) * wide
            self.write(x, base, name, gid="column name", ha="center", va="bottom", **look)
        right = layout.lefts[NAME.key] + layout.widths[NAME.key]
        if sheet.corner:
            self.write(right, base, sheet.corner, gid="corner", ha="right", va="bottom", color=style.MUTED)
        if sheet.across:
            above = self.up(layout.names_height + 0.02)
            self.write(layout.graph_left, above, sheet.across, gid="across", va="bottom", color=style.MUTED)

    def _bar(self, colours: Colormap, norm: Normalize) -> None:
        """The colour bar, with its label above it."""
        sheet, layout = self.layout.sheet, self.layout
        self.write(MARGIN, self.down(0.08), layout.bar_label, gid="bar label", va="top")
        below = 0.1 + lines_height(layout.bar_label, layout.size)
        high = layout.rows_height * layout.pitch
        left, bottom = (MARGIN - layout.graph_left) / layout.graph, -(below + _BAR_HEIGHT) / high
        inset = self.ax.inset_axes((left, bottom, _BAR_LENGTH / layout.graph, _BAR_HEIGHT / high))
        shades = np.linspace(sheet.low, sheet.high, 128)[None, :]
        inset.pcolormesh(np.linspace(sheet.low, sheet.high, 129), [0, 1], shades, cmap=colours, norm=norm,
                         rasterized=True)  # fmt: skip
        inset.add_patch(
            Rectangle((sheet.low, 0), sheet.high - sheet.low, 1, fill=False, edgecolor=style.INK, lw=0.4, clip_on=False)
        )
        inset.set_xlim(sheet.low, sheet.high)
        inset.set_yticks([])
        for spine in inset.spines.values():
            spine.set_visible(False)
        set_ticks(inset, sheet.bar.ticks, sheet.bar.show)
        inset.tick_params(axis="x", length=2, pad=1.5, labelsize=layout.size)


def ink_on(face: tuple[float, float, float]) -> str:
    """Black or white, whichever reads better on `face` (relative luminance as in WCAG 2.1)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in face]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return style.INK if luminance > 0.25 else style.PAPER
