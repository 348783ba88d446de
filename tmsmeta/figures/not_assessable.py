"""An empty frame that says why there is nothing to draw."""

from __future__ import annotations

from matplotlib.axes import Axes

from tmsmeta.errors import NotAssessable
from tmsmeta.figures import style
from tmsmeta.figures.style import styled
from tmsmeta.figures.text_extent import wrap


@styled
def not_assessable_panel(reason: NotAssessable, *, ax: Axes | None = None, title: str = "") -> Axes:
    """An empty frame that says why there is nothing to draw.

    Args:
        reason: what a result holds in place of a number.
        ax: the axes to use; a new figure without it.
        title: heading.
    """
    drawn = style.axes_or_new(ax, style.ONE_COLUMN * 1.3, 1.3)
    inches = drawn.get_window_extent().width / drawn.figure.dpi
    text = f"{reason.what[:1].upper()}{reason.what[1:]}: {reason.reason}."
    drawn.set_xticks([])
    drawn.set_yticks([])
    for spine in drawn.spines.values():
        spine.set_visible(True)
        spine.set_color(style.RULE)
    shown = wrap(text, style.TEXT, max(0.8 * inches, 1.0))
    drawn.text(0.5, 0.5, shown, transform=drawn.transAxes, ha="center", va="center", color=style.MUTED, gid="notice")
    if title:
        drawn.set_title(title)
    return drawn
