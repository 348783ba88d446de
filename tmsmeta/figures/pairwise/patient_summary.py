"""A card of sentences for patients: no plot that one would have to learn to read."""

from __future__ import annotations

from collections.abc import Iterable

from matplotlib.axes import Axes

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.figures import style
from tmsmeta.figures.style import styled
from tmsmeta.figures.text_extent import lines_height, wrap

_SIZE = style.TEXT + 1
_WIDE = 0.75 * style.TWO_COLUMNS
_MARGIN, _INDENT = 0.15, 0.18


@styled
def patient_summary(sentences: Iterable[str], *, ax: Axes | None = None, title: str = "", note: str = "") -> Axes:
    """Draw sentences as a list on a card.

    Args:
        sentences: such as ``risk.sentence("respond")``, ``nnt.sentence("responds")`` or the ``patient`` sentence of a
            finding. They are wrapped, never cut.
        ax: the axes to use, whose frame goes; a new figure of the size that is needed without it.
        title: heading.
        note: small print below, such as the data version.

    Raises:
        InvalidInputError: no sentence.
    """
    listed = [wrap(text, _SIZE, _WIDE - 2 * _MARGIN - _INDENT) for text in sentences if text.strip()]
    if not listed:
        raise InvalidInputError(Issue(None, "sentences", 0, "must hold at least one sentence."))
    heading = wrap(title, _SIZE + 1, _WIDE - 2 * _MARGIN, "bold") if title else ""
    small = wrap(note, style.SMALL, _WIDE - 2 * _MARGIN) if note else ""
    places, at = [], _MARGIN + (lines_height(heading, _SIZE + 1) + 0.1 if heading else 0.0)
    for text in listed:
        places.append(at)
        at += lines_height(text, _SIZE) + 0.09
    height = at + (lines_height(small, style.SMALL) if small else 0.0) + _MARGIN - 0.05
    drawn = _card(ax, height)
    if heading:
        _write(drawn, _MARGIN, _MARGIN, heading, _SIZE + 1, "bold")
    for text, place in zip(listed, places, strict=True):
        _write(drawn, _MARGIN, place, "•", _SIZE)
        _write(drawn, _MARGIN + _INDENT, place, text, _SIZE)
    if small:
        _write(drawn, _MARGIN, at, small, style.SMALL, colour=style.MUTED)
    return drawn


def _card(ax: Axes | None, height: float) -> Axes:
    if ax is None:
        ax = style.new_figure(_WIDE, height, constrained=False).add_axes((0.0, 0.0, 1.0, 1.0))
    ax.set_xlim(0, _WIDE)
    ax.set_ylim(height, 0)
    ax.set_axis_off()
    return ax


def _write(
    ax: Axes, x: float, y: float, text: str, size: float, weight: str = "normal", colour: str = style.INK
) -> None:
    ax.text(x, y, text, fontsize=size, fontweight=weight, color=colour, va="top", linespacing=1.1, gid="words")
