"""An empty frame that says why there is nothing to draw."""

from __future__ import annotations

from matplotlib.axes import Axes

from tmsmeta.errors import NotAssessable
from tmsmeta.figures import style
from tmsmeta.figures.room import Width, room_for
from tmsmeta.figures.style import styled
from tmsmeta.figures.text_extent import lines_height, wrap

_LOWEST, _AROUND = 1.3, 0.5
"""Inches: the lowest frame, and the space around its text."""


@styled
def not_assessable_panel(
    reason: NotAssessable, *, ax: Axes | None = None, title: str = "", width: Width | None = None
) -> Axes:
    """An empty frame that says why there is nothing to draw.

    Args:
        reason: what a result holds in place of a number.
        ax: the axes to use; a new figure without it.
        title: heading.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches.

    Returns:
        The axes, with nothing but the words.

    Raises:
        InvalidInputError: something else than a reason, or a width that is none.

    Example:
        >>> import tmsmeta as tm
        >>> reason = tm.NotAssessable("tau2", "one study alone")
        >>> ax = tm.figures.not_assessable_panel(reason)
    """
    wide = room_for(ax, width, style.ONE_COLUMN * 1.3)
    shown = wrap(f"{reason.what[:1].upper()}{reason.what[1:]}: {reason.reason}.", style.TEXT, max(0.8 * wide, 1.0))
    heading = wrap(title, style.TEXT, max(0.9 * wide, 1.0), "bold") if title else ""
    high = lines_height(shown, style.TEXT) + lines_height(heading, style.TEXT)
    drawn = style.axes_or_new(ax, wide, max(_LOWEST, high + _AROUND))
    drawn.set_xticks([])
    drawn.set_yticks([])
    for spine in drawn.spines.values():
        spine.set_visible(True)
        spine.set_color(style.RULE)
    drawn.text(0.5, 0.5, shown, transform=drawn.transAxes, ha="center", va="center", color=style.MUTED, gid="notice")
    if heading:
        drawn.set_title(heading)
    return drawn
