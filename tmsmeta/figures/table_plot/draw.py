"""Draw a sheet: choose the size, place the axes, put text and marks on it."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Transform, blended_transform_factory

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.figures import style
from tmsmeta.figures.axes.ticks import fitting, set_ticks
from tmsmeta.figures.table_plot.description import Column, Row, Sheet
from tmsmeta.figures.table_plot.layout import (
    BEST_GRAPH,
    GRAPH_GAP,
    LEAST_GRAPH,
    MARGIN,
    MOST_GRAPH,
    SYMBOL,
    Geometry,
    groups,
)
from tmsmeta.figures.table_plot.marks import MarkPen
from tmsmeta.figures.text_extent import line_height, width

_CROWDED = 30
_SMALLEST = 4.5


def draw_sheet(sheet: Sheet, *, ax: Axes | None = None, size: float | None = None, wide: float | None = None) -> Axes:
    """Draw `sheet` and return the axes of its graph.

    Args:
        sheet: what to draw.
        ax: the place to use: its area takes table and graph, and the axes itself becomes the graph. Without it a new
            figure is made, as large as the sheet needs.
        size: font size in points; by default 8, less with many rows, or what fits into `ax`.
        wide: width of a new figure in inches; it grows where the text needs more.

    Raises:
        InvalidInputError: the sheet does not fit into `ax` at any legible size.
    """
    if ax is None:
        geometry = _geometry(sheet, size or (style.TEXT if len(sheet.rows) <= _CROWDED else style.SMALL))
        graph = _graph_width(geometry, wide or style.TWO_COLUMNS)
        figure = style.new_figure(geometry.total_width(graph), geometry.total_height(graph), constrained=False)
        pen = _Pen(geometry, graph, figure.add_axes((0, 0, 1, 1)), (0.0, 0.0, 1.0, 1.0))
    else:
        pen = _fit(sheet, ax, size)
    pen.draw()
    return pen.ax


def _geometry(sheet: Sheet, size: float) -> Geometry:
    loose = 1.75 if len(sheet.rows) <= _CROWDED else 1.5
    return Geometry(sheet, size, size * loose / 72)


def _least_graph(geometry: Geometry) -> float:
    return max(LEAST_GRAPH, width(geometry.sheet.graph_header, geometry.size, "bold"))


def _graph_width(geometry: Geometry, wide: float) -> float:
    room = wide - geometry.total_width(0.0)
    return min(max(room, BEST_GRAPH, _least_graph(geometry)), MOST_GRAPH)


def _fit(sheet: Sheet, ax: Axes, size: float | None) -> _Pen:
    """The largest font at which the sheet fits into the area of `ax`."""
    parent = ax.figure
    if isinstance(parent, Figure) and parent.get_layout_engine() is not None:
        parent.draw_without_rendering()
    box = ax.get_position()
    inches = parent.bbox.transformed(parent.dpi_scale_trans.inverted())
    area_width, area_height = box.width * inches.width, box.height * inches.height
    steps = [size] if size else [s / 2 for s in range(int(2 * style.TEXT), int(2 * _SMALLEST) - 1, -1)]
    for points in steps:
        geometry = _geometry(sheet, points)
        graph = area_width - geometry.total_width(0.0)
        if graph < _least_graph(geometry):
            continue
        free = area_height - geometry.top(graph) - geometry.bottom(graph)
        pitch = min(free / geometry.rows_height, 2.5 * points / 72)
        if pitch >= 1.3 * points / 72:
            fitted = Geometry(sheet, points, pitch)
            if fitted.total_height(graph) <= area_height * 1.001:
                return _Pen(fitted, graph, ax, (box.x0, box.y0, box.width, box.height))
    need = _geometry(sheet, steps[-1])
    graph = _least_graph(need)
    message = (
        f"must be at least {need.total_width(graph):.1f} by {need.total_height(graph):.1f} inches for this figure. "
        "Leave `ax` out for a figure of the size that is needed."
    )
    raise InvalidInputError(Issue(None, "ax", f"{area_width:.1f} by {area_height:.1f} inches", message))


class _Pen:
    """Draws one sheet at the places that its geometry gives."""

    def __init__(self, geometry: Geometry, graph: float, ax: Axes, area: tuple[float, float, float, float]) -> None:
        self.geometry, self.graph, self.ax, self.area = geometry, graph, ax, area
        self.sheet = geometry.sheet
        self.parent: FigureBase = ax.figure
        inches = self.parent.bbox.transformed(self.parent.dpi_scale_trans.inverted())
        self.paper = (inches.width, inches.height)
        self.lefts = geometry.lefts(graph)
        self.table: Transform = blended_transform_factory(self.parent.transSubfigure, ax.transData)

    def x(self, inches: float) -> float:
        """Inches from the left edge of the area, as a fraction of the paper."""
        return self.area[0] + inches / self.paper[0]

    def up(self, inches: float) -> float:
        """Inches above the first row, in rows (negative, since rows count downwards)."""
        return -inches / self.geometry.pitch

    def draw(self) -> None:
        """Everything, from back to front."""
        self._place_axes()
        self._stripes()
        self._lines()
        self._header()
        for row, middle, height in zip(self.sheet.rows, self.geometry.middles, self.geometry.heights, strict=True):
            self._row(row, middle, height)
        self._marks()
        self._favours()
        self._notes()

    def _place_axes(self) -> None:
        geometry, ax = self.geometry, self.ax
        top, rows = geometry.top(self.graph), geometry.rows_height * geometry.pitch
        bottom_edge = self.area[1] + self.area[3] - (top + rows) / self.paper[1]
        ax.set_position((self.x(geometry.graph_left), bottom_edge, self.graph / self.paper[0], rows / self.paper[1]))
        ax.patch.set_visible(False)
        for side in ("left", "right", "top"):
            ax.spines[side].set_visible(False)
        ax.set_xscale("log" if self.sheet.scale.log else "linear")
        ax.set_xlim(*self.sheet.limits)
        ax.set_ylim(geometry.rows_height, 0.0)
        ax.set_yticks([])
        ticks = fitting(
            *self.sheet.limits,
            log=self.sheet.scale.log,
            inches=self.graph,
            size=geometry.small,
            show=self.sheet.scale.tick,
        )
        set_ticks(ax, ticks, self.sheet.scale.tick)
        ax.tick_params(axis="x", length=2.5, pad=2.0, labelsize=geometry.small)

    def text(self, x: float, y: float, text: str, *, gid: str, size: float | None = None, **look: object) -> Text:
        """Text at `x` inches and `y` rows, its lines centred on `y`."""
        points = size or self.geometry.size
        single = "\n" not in text
        drop = 0.36 * points / 72 / self.geometry.pitch if single else 0.0
        return self.ax.text(
            self.x(x),
            y + drop,
            text,
            transform=self.table,
            fontsize=points,
            va="baseline" if single else "center",
            linespacing=1.1,
            clip_on=False,
            gid=gid,
            **look,  # type: ignore[arg-type]
        )

    def rule(self, y: float, start: float, end: float, colour: str = style.INK, thick: float = 0.6) -> None:
        """A horizontal line from `start` to `end` inches."""
        self.ax.add_artist(
            Line2D([self.x(start), self.x(end)], [y, y], color=colour, lw=thick, transform=self.table, clip_on=False)
        )

    @property
    def right_edge(self) -> float:
        """Right end of the rules."""
        return self.geometry.total_width(self.graph) - MARGIN

    def _stripes(self) -> None:
        if not self.sheet.looks.stripes:
            return
        studies = [i for i, r in enumerate(self.sheet.rows) if any(m.shape == "square" for m in r.marks)]
        for i in studies[1::2]:
            middle, height = self.geometry.middles[i], self.geometry.heights[i]
            band = Rectangle(
                (self.x(MARGIN), middle - height / 2),
                (self.right_edge - MARGIN) / self.paper[0],
                height,
                transform=self.table,
                facecolor=style.STRIPE,
                edgecolor="none",
                clip_on=False,
                zorder=0,
            )
            self.ax.add_artist(band)

    def _lines(self) -> None:
        low, high = self.sheet.limits
        if self.sheet.null is not None and low <= self.sheet.null <= high:
            self.ax.axvline(self.sheet.null, color=style.INK, lw=0.7, zorder=1, gid="no effect")
        if self.sheet.pooled is not None and low <= self.sheet.pooled <= high:
            self.ax.axvline(self.sheet.pooled, color=style.RULE, lw=0.7, ls=(0, (3, 2)), zorder=1, gid="pooled line")
        for row, middle, height in zip(self.sheet.rows, self.geometry.middles, self.geometry.heights, strict=True):
            if row.rule:
                self.rule(middle - height / 2 - row.gap / 2, MARGIN, self.right_edge, style.RULE)

    def _header(self) -> None:
        size = self.geometry.size
        base = self.up(0.05)
        if self.sheet.looks.header_rules:
            self.rule(self.up(0.03), MARGIN, self.right_edge)
        for column in (*self.sheet.left, *self.sheet.right):
            if column.header:
                x, align = self._anchor(column)
                self._heading(x, base, column.header, align)
        middle = self.geometry.graph_left + self.graph / 2
        if self.sheet.graph_header:
            self._heading(middle, base, self.sheet.graph_header, "center")
        headers = [c.header for c in (*self.sheet.left, *self.sheet.right)] + [self.sheet.graph_header]
        above = 0.05 + max(h.count("\n") + 1 for h in headers) * line_height(size) + 0.04
        for side in (self.sheet.left, self.sheet.right):
            for name, keys in groups(side).items():
                start, end = self.lefts[keys[0]], self.lefts[keys[-1]] + self.geometry.widths[keys[-1]]
                self.rule(self.up(above), start, end, style.RULE)
                self._heading((start + end) / 2, self.up(above + 0.02), name, "center")
        height = self.geometry.top(self.graph) - MARGIN - self.geometry.title_height
        if self.sheet.looks.header_rules:
            self.rule(self.up(height), MARGIN, self.right_edge, thick=0.9)
        if self.sheet.title:
            self._heading(MARGIN, self.up(height + 0.06), self.sheet.title, "left", size + 1)

    def _heading(self, x: float, y: float, text: str, align: str, size: float | None = None) -> None:
        """Bold text whose last line stands on `y`."""
        points = size or self.geometry.size
        self.ax.text(
            self.x(x),
            y + self.up(0.02 + 0.24 * points / 72),
            text,
            transform=self.table,
            fontsize=points,
            fontweight="bold",
            ha=align,
            va="baseline",
            multialignment=align,
            linespacing=1.1,
            clip_on=False,
            gid="heading",
        )

    def _anchor(self, column: Column) -> tuple[float, str]:
        left, wide = self.lefts[column.key], self.geometry.widths[column.key]
        shift = {"left": 0.0, "center": 0.5, "right": 1.0}[column.align]
        return left + shift * wide, column.align

    def _row(self, row: Row, middle: float, height: float) -> None:
        colour = style.MUTED if row.quiet else style.INK
        weight = "bold" if row.bold else "normal"
        if row.span:
            self.text(MARGIN, middle, self.geometry.span(row), gid="span", size=self.geometry.small, color=style.MUTED)
        for column in (*self.sheet.left, *self.sheet.right):
            text = self.geometry.cell(column, row)
            x, align = self._anchor(column)
            if text:
                look: dict[str, Any] = {"color": colour, "fontweight": weight, "ha": align, "multialignment": align}
                self.text(x, middle, text, gid=f"cell {column.key}", **look)
            symbol = row.symbols.get(column.key)
            if symbol is not None:
                centre = self.lefts[column.key] + self.geometry.widths[column.key] / 2
                self._symbol(centre, middle, symbol)

    def _symbol(self, x: float, y: float, symbol: tuple[str, str, str]) -> None:
        letter, face, ink = symbol
        diameter = min(SYMBOL - 0.03, 0.9 * self.geometry.pitch) * 72
        self.ax.scatter(
            [self.x(x)],
            [y],
            s=diameter**2,
            c=[face],
            edgecolors=style.INK,
            linewidths=0.4,
            transform=self.table,
            clip_on=False,
            zorder=3,
            gid="symbol",
        )
        size = min(self.geometry.small - 0.5, diameter * 0.7)
        self.text(x, y, letter, gid="symbol letter", size=size, color=ink, ha="center", fontweight="bold", zorder=4)

    def _marks(self) -> None:
        placed = [
            (mark, middle + mark.shift)
            for row, middle in zip(self.sheet.rows, self.geometry.middles, strict=True)
            for mark in row.marks
        ]
        MarkPen(self.ax, self.sheet, self.geometry.pitch).draw(placed)

    def _favours(self) -> None:
        if self.sheet.favours is None:
            return
        geometry = self.geometry
        if self.sheet.looks.favours_on_top:
            header = geometry.top(self.graph) - MARGIN - geometry.title_height - geometry.favours_height(self.graph)
            y = self.up(header + 0.06)
        else:
            below = 0.07 + line_height(geometry.small) + geometry.favours_height(self.graph) - 0.06
            y = geometry.rows_height + below / geometry.pitch
        null = geometry.null_place(self.graph)
        labels = geometry.favours_lines(self.graph)
        lines = max(text.count("\n") for text in labels)
        for text, x, align in zip(labels, (null - 0.06, null + 0.06), ("right", "left"), strict=True):
            if text:
                self.ax.text(
                    self.x(x),
                    y,
                    text + "\n" * (lines - text.count("\n")),
                    transform=self.table,
                    fontsize=geometry.small,
                    ha=align,
                    va="baseline",
                    multialignment=align,
                    linespacing=1.1,
                    clip_on=False,
                    gid="favours",
                )

    def _notes(self) -> None:
        text = self.geometry.notes_text(self.graph)
        if text:
            below = self.geometry.axis_height(self.graph) + 0.02
            self.ax.text(
                self.x(MARGIN),
                self.geometry.rows_height + below / self.geometry.pitch,
                text,
                transform=self.table,
                fontsize=self.geometry.small,
                color=style.MUTED,
                va="top",
                linespacing=1.1,
                clip_on=False,
                gid="notes",
            )


__all__ = ["GRAPH_GAP", "draw_sheet"]
