"""Forests of networks on a page of a given width: the fullest of several tables that fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from matplotlib.axes import Axes

from tmsmeta.figures import style
from tmsmeta.figures.room import DOUBLE, Room, Width, fits_page, paper_width, room_of, too_small
from tmsmeta.figures.table_plot.description import Sheet
from tmsmeta.figures.table_plot.draw import SheetPen, draw_sheet
from tmsmeta.figures.table_plot.layout import SheetLayout

_LEAST_GRAPH = 0.85
"""Inches."""
_TIGHT = 1.3
"""Height of a row in lines of text where rows are many."""


def draw_sheets(sheets: Iterable[Sheet], ax: Axes | None, wide: Width | None, advice: str) -> Axes:
    """Draw the first of `sheets` that fits.

    Args:
        sheets: the same table with less and less in it, the fullest first.
        ax: the axes to use; a new figure without it.
        wide: width of a new figure; two columns without it.
        advice: what to leave out where not even the last of `sheets` fits, as an order.

    Raises:
        InvalidInputError: no table fits.
    """
    if ax is not None:
        return _draw_within(list(sheets), ax)
    paper = paper_width(wide, DOUBLE)
    for sheet in sheets:
        for plan in _plans(sheet, paper):
            if fits_page(plan, paper):
                return SheetPen(plan).draw()
    raise too_small("table", (plan.total_width, plan.total_height), paper, advice)


def _plans(sheet: Sheet, paper: float) -> Iterator[SheetLayout]:
    """A table at the usual size and at the smallest one, the latter with less and less height of rows."""
    for size, lines in ((style.TEXT, None), (style.SMALL, None), (style.SMALL, _TIGHT)):
        plan = SheetLayout.of_width(sheet, size, paper)
        graph = max(paper - plan.sides, _LEAST_GRAPH)
        plan = replace(plan, graph=graph, pitch=plan.pitch if lines is None else lines * size / 72)
        yield plan


def _draw_within(sheets: list[Sheet], ax: Axes) -> Axes:
    """The fullest table that fits into `ax` at a usual size of text, else the barest at a smaller one."""
    room: Room = room_of(ax)
    for sheet in sheets:
        for size in (style.TEXT, style.SMALL):
            plan = SheetLayout.within(sheet, size, room)
            if plan.total_width <= room.width * 1.001 and plan.total_height <= room.height * 1.001:
                return SheetPen(plan, ax).draw()
    return draw_sheet(sheets[-1], ax=ax)
