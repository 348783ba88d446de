"""Helpers for tests of figures: which texts overlap, what an artist of a given name holds."""

from __future__ import annotations

import re
from itertools import combinations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text


def figure_of(drawn: Axes | Figure) -> Figure:
    return drawn if isinstance(drawn, Figure) else drawn.figure.figure


def texts(drawn: Axes | Figure) -> list[Text]:
    """Every text that a reader sees."""
    found = [
        t for t in figure_of(drawn).findobj(Text) if isinstance(t, Text) and t.get_text().strip() and t.get_visible()
    ]
    unseen = {id(label) for axes in figure_of(drawn).axes for label in _beyond(axes)}
    return [t for t in found if (t.axes is None or t.axes.get_visible()) and id(t) not in unseen]


def _beyond(axes: Axes) -> list[Text]:
    """Labels of ticks outside the limits, which are not drawn."""
    found = []
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        rim = 1e-9 * (high - low)
        ticks = [t for t in (*axis.majorTicks, *axis.minorTicks) if not low - rim <= t.get_loc() <= high + rim]
        found += [label for tick in ticks for label in (tick.label1, tick.label2)]
    return found


def overlapping(axes: Axes | Figure, slack: float = 1.0) -> list[tuple[str, str]]:
    """Pairs of texts whose boxes overlap by more than `slack` pixels."""
    figure = figure_of(axes)
    figure.draw_without_rendering()
    # of a label with a line to its point the text alone
    boxes = [(t.get_text(), Text.get_window_extent(t)) for t in texts(axes)]
    shown = [(name, b) for name, b in boxes if b.width > 1 and b.height > 1]
    return [
        (a, b)
        for (a, x), (b, y) in combinations(shown, 2)
        if min(x.x1, y.x1) - max(x.x0, y.x0) > slack and min(x.y1, y.y1) - max(x.y0, y.y0) > slack
    ]


def outside(axes: Axes | Figure, slack: float = 2.0) -> list[str]:
    """Texts that the edge of the figure cuts."""
    figure = figure_of(axes)
    figure.draw_without_rendering()
    width, height = figure.bbox.width, figure.bbox.height
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts(axes)]
    return [
        name
        for name, b in boxes
        if b.width > 1 and (b.x0 < -slack or b.y0 < -slack or b.x1 > width + slack or b.y1 > height + slack)
    ]


def named(axes: Axes, gid: str) -> list[object]:
    """Artists of the axes with this gid."""
    return [a for a in axes.findobj() if a.get_gid() == gid]


def written(axes: Axes | Figure) -> str:
    """All text of the figure in one string; the aligned parts of a cell, whose names end in a number, as one text."""
    parts = [(t.get_text(), str(t.get_gid())) for t in texts(axes)]
    return "".join((" " if re.fullmatch(r"cell .* \d", gid) else " | ") + text for text, gid in parts)[3:]


def cells(axes: Axes, column: str) -> list[str]:
    """The texts of a column of a table plot from top to bottom, the aligned parts of a cell as one text."""
    rows: dict[float, list[str]] = {}
    for text in axes.texts:
        if re.fullmatch(rf"cell {re.escape(column)}( \d)?", str(text.get_gid())):
            rows.setdefault(round(float(text.get_position()[1]), 3), []).append(text.get_text())
    return [" ".join(parts) for _, parts in sorted(rows.items())]
