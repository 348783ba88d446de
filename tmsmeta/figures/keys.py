"""What stands below a plot: which side favours whom, and what lines, points and shades mean, as wide as the paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import offset_copy

from tmsmeta.figures.picture import figure_of
from tmsmeta.figures.room import room_of
from tmsmeta.figures.style import RULE, SMALL
from tmsmeta.figures.text_extent import lines_height, width, wrap
from tmsmeta.words.names import heading

_HANDLE, _PAD, _BETWEEN = 1.8, 0.6, 1.5  # of a key, in font sizes
_MARGIN = 0.12  # inches that stay free beside a key
_TICK = 7.0  # points of a tick and the gap to its label
_LABEL_PAD = 4.0  # points between ticks and the name of an axis


def line(label: str, colour: str, *, style: Any = "-", weight: float = 1.2) -> Line2D:
    """The key of a line."""
    return Line2D([], [], color=colour, ls=style, lw=weight, label=label)


def dot(
    label: str, colour: str, *, marker: str = "o", face: str | None = None, size: float = 4.5, alpha: float = 1.0
) -> Line2D:
    """The key of points, `size` points across; open ones have the colour of the paper as their `face`."""
    inside = to_rgba(face or colour, alpha)
    return Line2D([], [], color=colour, marker=marker, ls="", ms=size, mfc=inside, mew=0.9, label=label)


def shade(label: str, colour: str) -> Patch:
    """The key of an area, with an edge that shows it where it is white."""
    return Patch(facecolor=colour, edgecolor=RULE, lw=0.5, label=label)


def entry(label: str) -> str:
    """`label` as an entry of a key, which starts with a capital; names of statistics of one letter, such as p, stay."""
    return label if len(label.partition(" ")[0]) == 1 else heading(label)


def key_below(ax: Axes, handles: Sequence[Any], *, words: str = "", own: bool = True) -> Legend | None:
    """Write what is drawn below the plot, from the left, on as few rows as the paper allows.

    Args:
        ax: the axes.
        handles: artists with a label each.
        words: sentences above them.
        own: whether the figure is ours, which grows by the height of the key; below the axes of a user the key has the
            place that their figure leaves there.

    Returns:
        The key; None where there is nothing to say.
    """
    if not handles and not words:
        return None
    if not handles:
        handles = [Patch(visible=False, label="")]
    figure = figure_of(ax)
    inches = figure.get_size_inches()[0] - 2 * _MARGIN if own else ax.get_window_extent().width / figure.dpi
    labels = [wrap(entry(str(h.get_label())), SMALL, inches - _em(_HANDLE + _PAD)) for h in handles]
    dots = [h for h in handles if isinstance(h, Line2D) and h.get_linestyle() == "None"]
    # room for bubbles that are higher than a line of text
    more = max([0.0, *(h.get_markersize() / SMALL - 1.0 for h in dots)])
    settings: dict[str, Any] = {
        "handles": list(handles),
        "labels": labels,
        "ncols": _columns(labels, inches),
        "title": wrap(words, SMALL, inches) if words else None,
        "title_fontsize": SMALL,
        "fontsize": SMALL,
        "alignment": "left",
        "borderpad": more / 2,
        "borderaxespad": 0.2,
        "handlelength": _HANDLE,
        "handletextpad": _PAD,
        "columnspacing": _BETWEEN,
        "labelspacing": 0.35 + more,
    }
    if own:
        figure.set_figheight(figure.get_figheight() + _height(settings["title"], labels, settings["ncols"], more))
        return figure.legend(loc="outside lower left", **settings)
    named = 72 * lines_height(ax.get_xlabel(), float(ax.xaxis.label.get_fontsize()))
    down = -_under(ax) - ax.xaxis.labelpad - named
    below = offset_copy(ax.transAxes, fig=figure, y=down, units="points")
    return ax.legend(loc="upper left", bbox_to_anchor=(0.0, 0.0), bbox_transform=below, **settings)


def favours_below(ax: Axes, favours: tuple[str, str] | None, *, own: bool) -> None:
    """Write which side of the axis favours whom, between its ticks and its name.

    Args:
        ax: the axes, whose horizontal axis shows effects.
        favours: the labels of the left and of the right side; None where nothing says which direction is good.
        own: whether the figure is ours, which grows by the height of the labels.
    """
    if favours is None:
        return
    half = room_of(ax).width / 2 - _em(0.5)
    left, right = (wrap(text, SMALL, half) for text in favours)
    height = max(lines_height(left, SMALL), lines_height(right, SMALL))
    if own:
        figure = figure_of(ax)
        figure.set_figheight(figure.get_figheight() + height)
    ax.xaxis.labelpad = _LABEL_PAD + 72 * height
    below = (0.0, -_under(ax) - 1.0)
    for x, text, side in ((0.0, left, "left"), (1.0, right, "right")):
        ax.annotate(
            text, (x, 0.0), below, "axes fraction", "offset points", ha=side, va="top", fontsize=SMALL, gid="favours"
        )


def _under(ax: Axes) -> float:
    """Points below the axis that its ticks and their labels take."""
    sizes = [float(label.get_fontsize()) for label in ax.get_xticklabels() if label.get_text()]
    return _TICK + 1.2 * max(sizes, default=0.0)


def _em(count: float) -> float:
    return count * SMALL / 72


def _height(words: str | None, labels: Sequence[str], columns: int, more: float) -> float:
    """Height of a key in inches."""
    parts = [part.tolist() for part in np.array_split(np.array(labels, dtype=object), columns)]
    tallest = max(sum(lines_height(label, SMALL) + _em(0.25 + more) for label in part) for part in parts)
    return tallest + lines_height(words or "", SMALL) + _em(more) + 0.08


def _columns(labels: Sequence[str], inches: float) -> int:
    """The most columns whose widest entries stand beside each other; a legend fills its columns one by one."""
    for count in range(len(labels), 1, -1):
        columns = [part.tolist() for part in np.array_split(np.array(labels, dtype=object), count)]
        widths = [max(width(label, SMALL) for label in part) + _em(_HANDLE + _PAD) for part in columns]
        if sum(widths) + _em(_BETWEEN) * (count - 1) <= inches:
            return count
    return 1
