"""Draw a sheet: choose the size, place the axes, put text and marks on it."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.transforms import Affine2D, Transform, blended_transform_factory

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.figures import style
from tmsmeta.figures.axes import fit_ticks, set_ticks
from tmsmeta.figures.room import Width, half_points, largest_fit, room_of
from tmsmeta.figures.table_plot.description import Column, Row, Sheet, Symbol
from tmsmeta.figures.table_plot.fitting import fitted, pages
from tmsmeta.figures.table_plot.layout import MARGIN, SYMBOL, SheetLayout, TableLayout, groups
from tmsmeta.figures.table_plot.marks import MarkPen
from tmsmeta.figures.text_extent import line_height, lines_height

L = TypeVar("L", bound=TableLayout)


def draw_sheet(sheet: Sheet, *, ax: Axes | None = None, size: float | None = None, wide: Width | None = None) -> Axes:
    """Draw `sheet` and return the axes of its graph.

    Args:
        sheet: what to draw.
        ax: the place to use: its area takes table and graph, and the axes itself becomes the graph. Without it a new
            figure is made, as large as the sheet needs.
        size: font size in points; by default 8, less with many rows or on narrow paper, or what fits into `ax`.
        wide: width of a new figure, which is kept (:func:`~tmsmeta.figures.table_plot.fitting.fitted`); by default
            two columns, or more where the text needs it.

    Raises:
        InvalidInputError: the sheet does not fit into `ax`, or on paper of that width, at any legible size.
    """
    check_points(size)
    if ax is None:
        return SheetPen(fitted(sheet, wide, size)).draw()
    sizes = [size] if size else half_points(style.TEXT)
    plan = largest_fit(room_of(ax), sizes, lambda points, room: SheetLayout.within(sheet, points, room))
    return SheetPen(plan, ax).draw()


def check_points(size: float | None) -> None:
    """Raise :class:`~tmsmeta.errors.InvalidInputError` for a font size that is none."""
    if size is not None and not size > 0:
        raise InvalidInputError(Issue(None, "size", size, "must be a font size in points, above 0."))


def draw_pages(sheet: Sheet, *, size: float | None = None, wide: Width | None = "double") -> tuple[Axes, ...]:
    """Draw `sheet` on as many pages as it needs, none higher than the text of A4, and return the axes of each graph.

    Raises:
        InvalidInputError: the sheet does not fit on paper of that width, or a row is higher than a page.
    """
    check_points(size)
    return tuple(SheetPen(page).draw() for page in pages(sheet, wide, size))


class TablePen(Generic[L]):
    """Draws one table at the places that its layout gives, into the area of `ax` or a new figure."""

    def __init__(self, layout: L, ax: Axes | None = None) -> None:
        if ax is None:
            figure = style.new_figure(layout.total_width, layout.total_height, constrained=False)
            ax = figure.add_axes((0, 0, 1, 1))
        self.layout, self.ax, self.room = layout, ax, room_of(ax)
        self.table: Transform = blended_transform_factory(ax.figure.transSubfigure, self.rows_transform())

    def rows_transform(self) -> Transform:
        """From rows below the top of the graph to the paper."""
        return self.ax.transData

    def draw(self) -> Axes:
        """Everything, from back to front."""
        layout = self.layout
        high = layout.rows_height * layout.pitch
        self.ax.set_position(self.room.box(layout.graph_left, layout.top, layout.graph, high))
        for spine in self.ax.spines.values():
            spine.set_visible(False)
        self.graph()
        self.header()
        self._titles()
        for row, middle in zip(layout.sheet.rows, layout.middles, strict=True):
            self._row(row, middle)
        self.over()
        self._notes()
        return self.ax

    def graph(self) -> None:
        """What lies behind the text."""

    def header(self) -> None:
        """What stands between titles and rows."""

    def over(self) -> None:
        """What lies over the text."""

    def x(self, inches: float) -> float:
        """Inches from the left edge of the area, as a fraction of the paper."""
        return self.room.left + inches / self.room.paper[0]

    def up(self, inches: float) -> float:
        """Inches above the first row, in rows (negative, since rows count downwards)."""
        return -inches / self.layout.pitch

    def down(self, inches: float) -> float:
        """Inches below the last row, in rows."""
        return self.layout.rows_height + inches / self.layout.pitch

    def write(self, x: float, y: float, text: str, *, gid: str, size: float | None = None, **look: Any) -> None:
        """Text at `x` inches and `y` rows; alignment as matplotlib has it."""
        look = {"fontsize": size or self.layout.size, "linespacing": 1.1, "clip_on": False, "gid": gid, **look}
        self.ax.text(self.x(x), y, text, transform=self.table, **look)

    def text(self, x: float, y: float, text: str, *, gid: str, size: float | None = None, **look: Any) -> None:
        """Text at `x` inches whose lines are centred on `y` rows."""
        points, single = size or self.layout.size, "\n" not in text
        drop = 0.36 * points / 72 / self.layout.pitch if single else 0.0
        self.write(x, y + drop, text, gid=gid, size=size, va="baseline" if single else "center", **look)

    def rule(self, y: float, start: float, end: float, colour: str = style.INK, thick: float = 0.6) -> None:
        """A horizontal line from `start` to `end` inches."""
        self.ax.add_artist(
            Line2D([self.x(start), self.x(end)], [y, y], color=colour, lw=thick, transform=self.table, clip_on=False)
        )

    @property
    def right_edge(self) -> float:
        """Right end of the rules."""
        return self.layout.total_width - MARGIN

    def _titles(self) -> None:
        layout, at = self.layout, self.layout.top - MARGIN
        if layout.title:
            self.write(MARGIN, self.up(at), layout.title, gid="title", size=layout.size + 1, va="top",
                       fontweight="bold")  # fmt: skip
        if layout.subtitle:
            at -= lines_height(layout.title, layout.size + 1)
            self.write(MARGIN, self.up(at), layout.subtitle, gid="subtitle", va="top")

    def _notes(self) -> None:
        if self.layout.notes:
            y = self.down(self.layout.axis_height + 0.02)
            small = self.layout.small
            self.write(MARGIN, y, self.layout.notes, gid="notes", size=small, color=style.MUTED, va="top")

    def anchor(self, column: Column) -> tuple[float, str]:
        """Where the texts of a column stand, in inches, and their alignment."""
        left, wide = self.layout.lefts[column.key], self.layout.widths[column.key]
        shift = {"left": 0.0, "center": 0.5}.get(column.align, 1.0)
        return left + shift * wide, "right" if column.align == "decimal" else column.align

    def _row(self, row: Row, middle: float) -> None:
        layout = self.layout
        if row.span:
            self.text(MARGIN, middle, layout.span(row), gid="span", size=layout.small, color=style.MUTED)
        for column in (*layout.sheet.left, *layout.sheet.right):
            self._cell(column, row, middle)
            symbol = row.symbols.get(column.key)
            if symbol is not None:
                self._symbol(layout.lefts[column.key] + layout.widths[column.key] / 2, middle, symbol)

    def _cell(self, column: Column, row: Row, middle: float) -> None:
        """The text of a cell; numbers in a decimal column each at their place."""
        look: dict[str, Any] = {
            "color": style.MUTED if row.quiet else style.INK,
            "fontweight": "bold" if row.bold else "normal",
        }
        places = self.layout.places(column, row)
        for i, x, text in places:
            self.text(x, middle, text, gid=f"cell {column.key}" + (f" {i + 1}" if i else ""), ha="left", **look)
        text = self.layout.cell(column, row)
        if text and not places:
            x, align = self.anchor(column)
            self.text(x, middle, text, gid=f"cell {column.key}", ha=align, multialignment=align, **look)

    def _symbol(self, x: float, y: float, symbol: Symbol) -> None:
        diameter = min(SYMBOL - 0.03, 0.9 * self.layout.pitch) * 72
        self.ax.scatter([self.x(x)], [y], s=diameter**2, c=[symbol.face], edgecolors=style.INK, linewidths=0.5,
                        transform=self.table, clip_on=False, zorder=3, gid="symbol")  # fmt: skip
        size = min(self.layout.small - 0.5, diameter * 0.7)
        look: dict[str, Any] = {"color": symbol.ink, "ha": "center", "fontweight": "bold", "zorder": 4}
        self.text(x, y, symbol.letter, gid="symbol letter", size=size, **look)


class SheetPen(TablePen[SheetLayout]):
    """Draws a sheet: an axis of effects between the columns, with the marks of each row."""

    @property
    def sheet(self) -> Sheet:
        """What is drawn."""
        return self.layout.sheet

    def rows_transform(self) -> Transform:
        """From rows below the top of the graph to the paper; an upright axis has data of its own."""
        if not self.sheet.upright:
            return self.ax.transData
        return Affine2D().scale(1.0, -1.0 / self.layout.rows_height).translate(0.0, 1.0) + self.ax.transAxes

    def graph(self) -> None:
        """Axis, stripes and lines."""
        sheet, layout, ax = self.sheet, self.layout, self.ax
        ax.patch.set_visible(False)
        ax.spines["bottom"].set_visible(True)
        ax.set_xscale("log" if sheet.scale.log else "linear")
        ax.set_xlim(*sheet.limits)
        fit_ticks(ax, sheet.scale, sheet.limits, layout.graph, layout.small)
        ax.tick_params(length=2.5, pad=2.0, labelsize=layout.small)
        if sheet.upright:
            ax.spines["left"].set_visible(True)
            ax.set_ylim(0.0, 1.0)
            set_ticks(ax, [0, 0.25, 0.5, 0.75, 1], which="y")
            ax.grid(axis="y", color=style.FAINT, lw=0.5)
            ax.set_ylabel(sheet.upright, fontsize=layout.small, labelpad=2)
            self._leaders()
        else:
            ax.set_ylim(layout.rows_height, 0.0)
            ax.set_yticks([])
        if sheet.looks.stripes:
            self._stripes()
        self._lines()

    def _leaders(self) -> None:
        """Lines from the marks of an upright axis to their rows."""
        start, end = self.layout.graph_left + self.layout.graph, self.layout.lefts[self.sheet.right[0].key]
        x = [self.x(at) for at in (start, start + 0.06, end - 0.1, end - 0.04)]
        for row, middle in zip(self.sheet.rows, self.layout.middles, strict=True):
            at = (1.0 - row.at) * self.layout.rows_height
            line = Line2D(x, [at, at, middle, middle], transform=self.table, color=style.RULE, lw=0.6, clip_on=False,
                          gid="leader")  # fmt: skip
            self.ax.add_artist(line)

    def _stripes(self) -> None:
        studies = [i for i, r in enumerate(self.sheet.rows) if any(m.shape == "square" for m in r.marks)]
        for i in studies[1::2]:
            middle, height = self.layout.middles[i], self.layout.heights[i]
            band = Rectangle(
                (self.x(MARGIN), middle - height / 2),
                (self.right_edge - MARGIN) / self.room.paper[0],
                height,
                transform=self.table,
                facecolor=style.STRIPE,
                edgecolor="none",
                clip_on=False,
                zorder=0,
            )
            self.ax.add_artist(band)

    def _lines(self) -> None:
        (low, high), null, pooled = self.sheet.limits, self.sheet.null, self.sheet.pooled
        if null is not None and low <= null <= high:
            self.ax.axvline(null, color=style.INK, lw=0.7, zorder=1, gid="no effect")
        if pooled is not None and low <= pooled <= high:
            self.ax.axvline(pooled, color=style.MUTED, lw=0.7, ls=(0, (3, 2)), zorder=1, gid="pooled line")
        for row, middle, height in zip(self.sheet.rows, self.layout.middles, self.layout.heights, strict=True):
            if row.rule:
                self.rule(middle - height / 2 - row.gap / 2, MARGIN, self.right_edge, style.RULE)

    def header(self) -> None:
        """Headings of columns, of groups of them, and of the graph."""
        layout, rules, base = self.layout, self.sheet.looks.header_rules, self.up(0.05)
        if rules:
            self.rule(self.up(0.03), MARGIN, self.right_edge)
            self.rule(self.up(layout.header_height), MARGIN, self.right_edge, thick=0.9)
        for column in (*self.sheet.left, *self.sheet.right):
            if column.header:
                x, align = self.anchor(column)
                self._heading(x, base, column.header, align)
        if layout.graph_header:
            self._heading(layout.graph_left + layout.graph / 2, base, layout.graph_header, "center")
        above = 0.05 + layout.header_lines * line_height(layout.size) + 0.04
        for side in (self.sheet.left, self.sheet.right):
            for name, members in groups(side).items():
                first, last = side[members[0]].key, side[members[-1]].key
                start, end = layout.lefts[first], layout.lefts[last] + layout.widths[last]
                self.rule(self.up(above), start, end, style.RULE)
                self._heading((start + end) / 2, self.up(above + 0.02), name, "center")

    def _heading(self, x: float, y: float, text: str, align: str) -> None:
        """Bold text whose last line stands on `y`."""
        look: dict[str, Any] = {"fontweight": "bold", "ha": align, "va": "baseline", "multialignment": align}
        self.write(x, y + self.up(0.02 + 0.24 * self.layout.size / 72), text, gid="heading", **look)

    def over(self) -> None:
        """Marks and direction labels."""
        sheet = self.sheet
        placed = [
            (mark, row.at if sheet.upright else middle + mark.shift)
            for row, middle in zip(sheet.rows, self.layout.middles, strict=True)
            for mark in row.marks
        ]
        MarkPen(self.ax, sheet, self.layout.pitch, self.layout.graph).draw(placed)
        if sheet.favours is not None:
            self._favours()

    def _favours(self) -> None:
        layout = self.layout
        if self.sheet.looks.favours_on_top:
            y = self.up(layout.header_height - layout.favours_height + 0.06)
        else:
            y = self.down(0.07 + line_height(layout.small) + layout.favours_height - 0.06)
        lines = max(text.count("\n") for text in layout.favours)
        for text, side, align in zip(layout.favours, (-0.06, 0.06), ("right", "left"), strict=True):
            if text:
                look: dict[str, Any] = {"ha": align, "va": "baseline", "multialignment": align}
                padded = text + "\n" * (lines - text.count("\n"))
                self.write(layout.null_place + side, y, padded, gid="favours", size=layout.small, **look)
