"""Tables on paper of a given width: the fewest changes that make a sheet fit, and pages where it is too high."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from tmsmeta.errors import FigureWarning, InvalidInputError, Issue
from tmsmeta.figures import style
from tmsmeta.figures.room import TALLEST, Width, page_title, paper_width
from tmsmeta.figures.table_plot.description import Column, Row, Sheet
from tmsmeta.figures.table_plot.layout import CROWDED, SheetLayout
from tmsmeta.figures.text_extent import width, wrap
from tmsmeta.words.names import listed

_NAMES = (1.6, 1.2, 1.0, 0.8)
"""Widest that names may be in inches at 7 points, tried in turn; words are broken at the last of them only."""
_HEADING = 1.0
"""Widest that headings may then be."""


def fitted(sheet: Sheet, wide: Width | None, size: float | None = None) -> SheetLayout:
    """The layout of `sheet` on paper of a given width, which is kept.

    Tried in this order until it fits: text of 8 points, of 7; names wrapped; sentences below the table instead of in
    it; the columns of ``sheet.drop`` left out, one step after the other, which a note says. Without a width the sheet
    takes two columns of a journal, or what it needs at 7 points, with all its columns.

    Raises:
        InvalidInputError: what is left is still wider.
    """
    sizes = [size] if size else [style.TEXT, style.SMALL] if len(sheet.rows) <= CROWDED else [style.SMALL]
    inches = paper_width(wide, style.TWO_COLUMNS)
    least = inches
    for variant, names in _variants(sheet, whole=wide is None):
        for points in sizes:
            plan = SheetLayout.of_width(_narrowed(variant, names, points), points, None if wide is None else inches)
            if plan.total_width <= inches + 1e-9:
                return _told_if_high(plan) if wide is not None else plan
            least = plan.total_width
    if wide is None:
        return SheetLayout.of_width(sheet, sizes[-1], None)
    advice = f"must be at least {least:.1f} inches for what is left at {sizes[-1]:g} points. "
    advice += "Take shorter names or a wider figure, such as width='double'."
    raise InvalidInputError(Issue(None, "width", wide, advice))


def pages(sheet: Sheet, wide: Width | None, size: float | None = None) -> list[SheetLayout]:
    """The same on as many pages as it takes, none higher than the text of A4; columns and axis are those of all rows.

    A heading stays with the row below it. Notes stand on the last page.

    Raises:
        InvalidInputError: it does not fit on paper of that width, or a row is higher than a page.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FigureWarning)
        plan = fitted(sheet, wide, size)
    rows = plan.sheet.rows
    cuts = [0]
    while cuts[-1] < len(rows):
        cuts.append(_page_end(plan, cuts[-1]))
    found = []
    for number, (start, end) in enumerate(pairwise(cuts), 1):
        last = end == len(rows)
        title = page_title(sheet.title, number, len(cuts) - 1)
        part = replace(plan.sheet, rows=rows[start:end], notes=plan.sheet.notes if last else (), title=title)
        found.append(replace(plan, sheet=part, ruler=rows))
    return found


def _page_end(plan: SheetLayout, start: int) -> int:
    """The row after the last one of a page that begins at `start`."""
    rows, room = plan.sheet.rows, (TALLEST - plan.top - plan.bottom - 0.2) / plan.pitch
    if plan.heights[start] > room:
        high = 25.4 * plan.heights[start] * plan.pitch
        name = next((text for text in rows[start].cells.values() if text), rows[start].span)
        message = (
            f"gives a row of {high:.0f} mm, higher than a page ({25.4 * TALLEST:.0f} mm of text). Shorten its text."
        )
        raise InvalidInputError(Issue(None, "text", f"{name[:40]}...", message))
    end, used = start, 0.0
    while end < len(rows) and (end == start or used + rows[end].gap + plan.heights[end] <= room):
        used += rows[end].gap + plan.heights[end]
        end += 1
    while end < len(rows) and end - 1 > start and rows[end - 1].bold and not rows[end - 1].marks:
        end -= 1
    return end


def _told_if_high(plan: SheetLayout) -> SheetLayout:
    if plan.total_height > TALLEST + 1e-9:
        message = (
            f"The figure is {25.4 * plan.total_height:.0f} mm high, more than the {25.4 * TALLEST:.0f} mm of text "
            "on a page of A4. On several pages such forests come from forest_pages, leave_one_out_pages, "
            "cumulative_pages and sensitivity_pages of tmsmeta.figures."
        )
        warnings.warn(message, FigureWarning, stacklevel=2)
    return plan


def _variants(sheet: Sheet, *, whole: bool) -> Iterator[tuple[Sheet, float | None]]:
    """The sheet with ever more done to make it narrow, and how wide its names may be; `whole`: with all its columns."""
    for step in range(1 if whole else len(sheet.drop) + 1):
        kept = _without(sheet, step)
        yield kept, None
        for names in _NAMES[:-1] if whole else _NAMES:
            yield kept, names
            if not whole:
                yield _told_below(kept), names


def _without(sheet: Sheet, step: int) -> Sheet:
    """The sheet without the first columns that may go, and a note of them."""
    if step == 0:
        return sheet
    gone = {key for _, keys in sheet.drop[:step] for key in keys}
    note = f"Left out at this width: {listed([name for name, _ in sheet.drop[:step]])}."
    left, right = (tuple(c for c in side if c.key not in gone) for side in (sheet.left, sheet.right))
    return replace(sheet, left=left, right=right, notes=(*sheet.notes, note))


def _told_below(sheet: Sheet) -> Sheet:
    """The sentences between the rows as notes, each with what it is about."""
    told = [f"{row.about}: {row.span}" if row.about else row.span for row in sheet.rows if row.span]
    rows: list[Row] = [row for row in sheet.rows if not row.span]
    return replace(sheet, rows=tuple(rows), notes=(*told, *sheet.notes))


def _narrowed(sheet: Sheet, names: float | None, size: float) -> Sheet:
    """The sheet with headings wrapped, and the columns that may be wrapped no wider than `names` inches at 7 points."""
    if names is None:
        return sheet

    def narrow(column: Column) -> Column:
        limit = column.limit
        if limit is not None:
            words = (word for row in sheet.rows for word in row.cells.get(column.key, "").split())
            whole = max((width(word, size, "bold") for word in words), default=0.0) if names > _NAMES[-1] else 0.0
            limit = min(limit, max(names * size / style.SMALL, whole))
        return replace(column, limit=limit, header=wrap(column.header, size, _HEADING * size / style.SMALL, "bold"))

    return replace(sheet, left=tuple(map(narrow, sheet.left)), right=tuple(map(narrow, sheet.right)))
