"""A table of coloured cells with numbers in them: league tables, contributions, net heat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.figures import numbers, style
from tmsmeta.figures.axes.ticks import set_ticks
from tmsmeta.figures.text_extent import line_height, width, wrap

MARGIN = 0.08
_PAD = 0.06
_BAR_LENGTH, _BAR_HEIGHT = 1.9, 0.1
_SMALLEST, _COMFORT = 4.5, 5.5


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
    show: Callable[[float], str] = numbers.tick


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Coloured cells with text, and their names on the left and on top.

    Attributes:
        rows, columns: names; line breaks are kept.
        values: numbers that the colours stand for, shape (rows, columns); NaN cells are grey.
        cells: texts, shape (rows, columns).
        bold: cells in bold.
        colours: colours from the least to the largest value.
        low, high: values at the ends of the colours.
        title: heading, in bold.
        subtitle: sentence below the heading.
        notes: sentences below the cells.
        bar: colour bar, or None.
        corner: words in the top left corner, above the names of the rows.
        across: words above the names of the columns.
        upright: whether the names of the columns are turned by 90 degrees.
        size: font size in points of names; cells are a little smaller.
        room: least width and height of a cell in inches.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: NDArray[np.float64]
    cells: Sequence[Sequence[str]]
    bold: NDArray[np.bool_] | None = None
    colours: tuple[str, ...] = style.SEQUENTIAL
    low: float = 0.0
    high: float = 1.0
    title: str = ""
    subtitle: str = ""
    notes: tuple[str, ...] = ()
    bar: Bar | None = None
    corner: str = ""
    across: str = ""
    upright: bool = False
    size: float = style.SMALL
    room: tuple[float, float] = (0.0, 0.0)

    @property
    def small(self) -> float:
        """Font size of the cells."""
        return self.size - 0.5

    @property
    def cell(self) -> tuple[float, float]:
        """Width and height of a cell: room for the longest text."""
        texts = {t for row in self.cells for t in row}
        wide = max((width(t, self.small, "bold") for t in texts), default=0.0)
        lines = max((t.count("\n") + 1 for t in texts), default=1)
        lines_across = max(c.count("\n") + 1 for c in self.columns)
        least = lines_across * line_height(self.size) if self.upright else width("00000", self.size)
        columns = 0.0 if self.upright else max(width(c, self.size) for c in self.columns)
        row_lines = max(r.count("\n") + 1 for r in self.rows)
        height = max(lines * line_height(self.small), row_lines * line_height(self.size)) + _PAD
        return max(wide + _PAD, least + 0.04, columns + _PAD, self.room[0]), max(height, self.room[1])

    @property
    def left(self) -> float:
        """Width of the names of the rows."""
        words = max((width(r, self.size) for r in self.rows), default=0.0)
        return MARGIN + max(words, width(self.corner, self.size)) + _PAD

    @property
    def names_height(self) -> float:
        """Height of the names of the columns."""
        if self.upright:
            return max(width(c, self.size) for c in self.columns) + _PAD
        return max(c.count("\n") + 1 for c in self.columns) * line_height(self.size) + _PAD

    @property
    def total_width(self) -> float:
        """Width of everything."""
        least = 2 * MARGIN + (_BAR_LENGTH if self.bar else 0.0)
        return max(self.left + len(self.columns) * self.cell[0] + MARGIN, least)

    def wrapped(self, text: str, size: float, weight: str = "normal") -> str:
        """`text` wrapped to the full width."""
        return wrap(text, size, self.total_width - 2 * MARGIN, weight) if text else ""

    @property
    def heading_height(self) -> float:
        """Height of heading and sentence."""
        return _height(self.wrapped(self.title, self.size + 1, "bold"), self.size + 1) + _height(
            self.wrapped(self.subtitle, self.size), self.size
        )

    @property
    def top(self) -> float:
        """Height above the first row of cells."""
        gap = 0.06 if self.title or self.subtitle else 0.0
        across = line_height(self.size) + 0.02 if self.across else 0.0
        return MARGIN + self.heading_height + gap + across + self.names_height

    @property
    def bar_label(self) -> str:
        """The label of the colour bar, wrapped to the full width."""
        return self.wrapped(self.bar.label, self.size) if self.bar else ""

    @property
    def bar_height(self) -> float:
        """Height of the colour bar with its label and ticks."""
        return _height(self.bar_label, self.size) + _BAR_HEIGHT + line_height(self.size) + 0.14 if self.bar else 0.0

    @property
    def notes_text(self) -> str:
        """The notes, wrapped to the full width."""
        return "\n".join(self.wrapped(n, self.size) for n in self.notes)

    @property
    def bottom(self) -> float:
        """Height below the last row of cells."""
        return MARGIN + self.bar_height + _height(self.notes_text, self.size) + (0.06 if self.notes else 0.0)

    @property
    def total_height(self) -> float:
        """Height of everything."""
        return self.top + len(self.rows) * self.cell[1] + self.bottom


def wrapped_names(names: Sequence[str], size: float, limit: float) -> tuple[str, ...]:
    """`names` in lines of at most `limit` inches, or of the longest word, since no word is broken."""
    longest = max((width(word, size) for name in names for word in name.split(" ")), default=0.0)
    return tuple(wrap(name, size, max(limit, longest)) for name in names)


def _height(text: str, size: float) -> float:
    return (text.count("\n") + 1) * line_height(size) if text else 0.0


def draw_grid(grid: Grid, ax: Axes | None = None) -> Axes:
    """Draw `grid` and return its axes, whose x and y count columns and rows from the top left.

    Args:
        grid: what to draw.
        ax: the place to use; its area takes names, cells, notes and colour bar. Without it a new figure is made, two
            columns wide where that leaves legible numbers, and else as large as the cells need.

    Raises:
        InvalidInputError: the grid does not fit into `ax` at any legible size.
    """
    if ax is None:
        sizes = [half_points / 2 for half_points in range(int(2 * grid.size), int(2 * _COMFORT) - 1, -1)]
        tried = [replace(grid, size=points) for points in sizes] or [grid]
        grid = next((g for g in tried if g.total_width <= style.TWO_COLUMNS), tried[-1])
        figure = style.new_figure(grid.total_width, grid.total_height, constrained=False)
        return _Painter(grid, figure.add_axes((0, 0, 1, 1)), (0.0, 0.0, 1.0, 1.0)).draw()
    parent = ax.figure
    if isinstance(parent, Figure) and parent.get_layout_engine() is not None:
        parent.draw_without_rendering()
    box = ax.get_position()
    inches = parent.bbox.transformed(parent.dpi_scale_trans.inverted())
    room = box.width * inches.width, box.height * inches.height
    for half_points in range(int(2 * grid.size), int(2 * _SMALLEST) - 1, -1):
        fitted = replace(grid, size=half_points / 2)
        if fitted.total_width <= room[0] * 1.001 and fitted.total_height <= room[1] * 1.001:
            return _Painter(fitted, ax, (box.x0, box.y0, box.width, box.height)).draw()
    message = (
        f"must be at least {fitted.total_width:.1f} by {fitted.total_height:.1f} inches for this figure. "
        "Leave `ax` out for a figure of the size that is needed."
    )
    raise InvalidInputError(Issue(None, "ax", f"{room[0]:.1f} by {room[1]:.1f} inches", message))


class _Painter:
    """Draws one grid into an area given in figure fractions."""

    def __init__(self, grid: Grid, ax: Axes, area: tuple[float, float, float, float]) -> None:
        self.grid, self.ax, self.area = grid, ax, area
        inches = ax.figure.bbox.transformed(ax.figure.dpi_scale_trans.inverted())
        self.paper = inches.width, inches.height
        self.wide, self.high = grid.cell
        self.colours = LinearSegmentedColormap.from_list("grid", grid.colours)
        self.norm = Normalize(grid.low, grid.high)

    def draw(self) -> Axes:
        """Everything, from back to front."""
        grid, ax = self.grid, self.ax
        size = len(grid.columns) * self.wide, len(grid.rows) * self.high
        left = self.area[0] + grid.left / self.paper[0]
        bottom = self.area[1] + self.area[3] - (grid.top + size[1]) / self.paper[1]
        ax.set_position((left, bottom, size[0] / self.paper[0], size[1] / self.paper[1]))
        ax.set_xlim(0, len(grid.columns))
        ax.set_ylim(len(grid.rows), 0)
        ax.set_xticks([])
        ax.set_yticks([])
        for spine in ax.spines.values():
            spine.set_visible(False)
        self._cells()
        self._names()
        self._words()
        self._bar()
        return ax

    def _x(self, inches: float) -> float:
        """Distance from the left edge of the area as a place in columns."""
        return (inches - self.grid.left) / self.wide

    def _y(self, inches: float) -> float:
        """Distance from the upper edge of the area as a place in rows."""
        return (inches - self.grid.top) / self.high

    def _cells(self) -> None:
        grid = self.grid
        shown = self.colours.with_extremes(bad=style.FAINT)
        edges = np.arange(len(grid.columns) + 1), np.arange(len(grid.rows) + 1)
        values = np.ma.masked_invalid(grid.values)
        self.ax.pcolormesh(
            *edges, values, cmap=shown, norm=self.norm, edgecolors=style.RULE, linewidth=0.3, gid="cells"
        )
        for r, row in enumerate(grid.cells):
            for c, text in enumerate(row):
                if text:
                    heavy = grid.bold is not None and bool(grid.bold[r, c])
                    self.ax.text(
                        c + 0.5,
                        r + 0.5,
                        text,
                        ha="center",
                        va="center",
                        fontsize=grid.small,
                        linespacing=1.1,
                        fontweight="bold" if heavy else "normal",
                        color=ink_on(self._face(grid.values[r, c])),
                        gid=f"cell:{r}:{c}",
                    )

    def _face(self, value: float) -> tuple[float, float, float]:
        return to_rgb(style.FAINT) if np.isnan(value) else self.colours(self.norm(value))[:3]

    def _names(self) -> None:
        grid, gap = self.grid, 0.5 * _PAD
        look: dict[str, Any] = {"fontsize": grid.size, "clip_on": False, "linespacing": 1.1}
        for r, name in enumerate(grid.rows):
            x = self._x(grid.left - gap)
            self.ax.text(
                x,
                r + 0.5,
                name,
                ha="right",
                va="center" if "\n" in name else "center_baseline",
                gid="row name",
                multialignment="right",
                **look,
            )
        for c, name in enumerate(grid.columns):
            turn, lines = (90, "left") if grid.upright else (0, "center")
            y = self._y(grid.top - gap)
            self.ax.text(
                c + 0.5,
                y,
                name,
                ha="center",
                va="bottom",
                gid="column name",
                rotation=turn,
                multialignment=lines,
                **look,
            )
        quiet = {**look, "color": style.MUTED}
        if grid.corner:
            x, y = self._x(grid.left - gap), self._y(grid.top - gap)
            self.ax.text(x, y, grid.corner, ha="right", va="bottom", gid="corner", **quiet)
        if grid.across:
            y = self._y(grid.top - grid.names_height - 0.02)
            self.ax.text(0, y, grid.across, ha="left", va="bottom", gid="across", **quiet)

    def _words(self) -> None:
        grid = self.grid
        at = self._x(MARGIN)
        look: dict[str, Any] = {"ha": "left", "va": "top", "clip_on": False, "linespacing": 1.1}
        title = grid.wrapped(grid.title, grid.size + 1, "bold")
        if title:
            self.ax.text(
                at,
                self._y(MARGIN),
                title,
                fontsize=grid.size + 1,
                fontweight="bold",
                gid="title",
                **look,
            )
        if grid.subtitle:
            y = self._y(MARGIN + _height(title, grid.size + 1))
            self.ax.text(at, y, grid.wrapped(grid.subtitle, grid.size), fontsize=grid.size, gid="subtitle", **look)
        if grid.notes:
            y = self._y(grid.top + len(grid.rows) * self.high + grid.bar_height + 0.06)
            self.ax.text(at, y, grid.notes_text, fontsize=grid.size, color=style.MUTED, gid="notes", **look)

    def _bar(self) -> None:
        grid = self.grid
        if grid.bar is None:
            return
        top = len(grid.rows) * self.high + 0.08
        label = grid.bar_label
        self.ax.text(
            self._x(MARGIN),
            self._y(grid.top + top),
            label,
            fontsize=grid.size,
            ha="left",
            va="top",
            linespacing=1.1,
            clip_on=False,
            gid="bar label",
        )
        below = top + _height(label, grid.size) + 0.02
        rows, columns = len(grid.rows) * self.high, len(grid.columns) * self.wide
        place = (
            (MARGIN - grid.left) / columns,
            1 - (below + _BAR_HEIGHT) / rows,
            _BAR_LENGTH / columns,
            _BAR_HEIGHT / rows,
        )
        inset = self.ax.inset_axes(place)
        inset.pcolormesh(
            np.linspace(grid.low, grid.high, 129),
            [0, 1],
            np.linspace(grid.low, grid.high, 128)[None, :],
            cmap=self.colours,
            norm=self.norm,
            rasterized=True,
        )
        inset.add_patch(
            Rectangle((grid.low, 0), grid.high - grid.low, 1, fill=False, edgecolor=style.INK, lw=0.4, clip_on=False)
        )
        inset.set_xlim(grid.low, grid.high)
        inset.set_yticks([])
        for spine in inset.spines.values():
            spine.set_visible(False)
        set_ticks(inset, grid.bar.ticks, grid.bar.show)
        inset.tick_params(axis="x", length=2, pad=1.5, labelsize=grid.size)


def ink_on(face: tuple[float, float, float]) -> str:
    """Black or white, whichever reads better on `face` (relative luminance as in WCAG 2.1)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in face]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return style.INK if luminance > 0.25 else style.PAPER
