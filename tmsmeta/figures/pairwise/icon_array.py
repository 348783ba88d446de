"""Icon arrays: what a treatment means for 100 people, and what stays uncertain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.errors import NotAssessable
from tmsmeta.figures import style
from tmsmeta.figures.style import styled
from tmsmeta.figures.text_extent import lines_height, wrap
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.absolute import AbsoluteRisk

_SIDE, _STEP = 10, 0.145
_PANEL = _SIDE * _STEP
_GAP, _MARGIN = 0.6, 0.12
_ROOM = _PANEL + 0.45
_WIDE = 2 * _MARGIN + 2 * _ROOM + 0.1


@styled
def icon_array(
    risk: AbsoluteRisk,
    *,
    ax: Axes | None = None,
    outcome: str = "have the outcome",
    treated: str = "With treatment",
    comparator: str = "Without treatment",
    title: str = "",
) -> Axes:
    """A hundred people without treatment and a hundred with it, one circle a person.

    Dark circles are people who have the outcome even at the lower limit of the interval, pale circles with a dot those
    between the limits, empty ones the rest. Where there is no interval or no figure, words say why.

    Args:
        risk: from :func:`tmsmeta.risk_per_1000`.
        ax: the axes to use, whose frame goes; a new figure without it. Circles stay round.
        outcome: what happens to a person, as in "37 of 100 people respond".
        treated, comparator: headings of the two arrays.
        title: above everything.

    Returns:
        The axes. Circles are collections with the ``gid`` ``left with``, ``left between``, ``left without``, and the
        same for ``right``.
    """
    heading = wrap(title, style.TEXT + 1, _WIDE - 2 * _MARGIN, "bold") if title else ""
    heads = [wrap(text, style.TEXT, _ROOM, "bold") for text in (comparator, treated)]
    captions = [wrap(text, style.SMALL, _ROOM) for text in (_baseline(risk, outcome), _treated(risk, outcome))]
    notes = wrap(_note(risk), style.TINY, _WIDE - 2 * _MARGIN)
    at_heads = _MARGIN + (lines_height(heading, style.TEXT + 1) + 0.06 if heading else 0.0)
    at_people = at_heads + max(lines_height(h, style.TEXT) for h in heads) + 0.06
    at_captions = at_people + _PANEL + 0.08
    at_notes = at_captions + max(lines_height(c, style.SMALL) for c in captions) + 0.08
    drawn = _canvas(ax, at_notes + lines_height(notes, style.TINY) + _MARGIN)
    lefts = (_MARGIN, _MARGIN + _ROOM + 0.1)
    if heading:
        _write(drawn, _MARGIN, _MARGIN, heading, style.TEXT + 1, weight="bold")
    for head, caption, left in zip(heads, captions, lefts, strict=True):
        _write(drawn, left, at_heads, head, style.TEXT, weight="bold")
        _write(drawn, left, at_captions, caption, style.SMALL)
    _write(drawn, _MARGIN, at_notes, notes, style.TINY, colour=style.MUTED)
    base = _people(risk.baseline)
    _array(drawn, lefts[0], at_people, base, base, "left")
    if not isinstance(risk.treated, NotAssessable):
        low, high = _span(risk)
        _array(drawn, lefts[1], at_people, low, high, "right")
    return drawn


def _canvas(ax: Axes | None, height: float) -> Axes:
    """Axes in inches from the upper left corner."""
    if ax is None:
        ax = style.new_figure(_WIDE, height, constrained=False).add_axes((0.0, 0.0, 1.0, 1.0))
    ax.set_xlim(0, _WIDE)
    ax.set_ylim(height, 0)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return ax


def _people(per_thousand: float) -> int:
    """People of 100, as many as there are whole circles."""
    return round(per_thousand / 10)


def _span(risk: AbsoluteRisk) -> tuple[int, int]:
    """People of 100 with the outcome at the lower and at the upper limit; the estimate where there is no limit."""
    assert not isinstance(risk.treated, NotAssessable)
    ends = [risk.treated if isinstance(limit, NotAssessable) else limit for limit in risk.treated_ci]
    return _people(ends[0]), _people(ends[1])


def _array(ax: Axes, left: float, top: float, low: int, high: int, side: str) -> None:
    place = np.arange(_SIDE * _SIDE)
    x, y = left + (place % _SIDE + 0.5) * _STEP, top + (place // _SIDE + 0.5) * _STEP
    size = (0.8 * _STEP * 72) ** 2
    groups = (
        ("with", place < low, style.BLUE),
        ("between", (place >= low) & (place < high), "#bcd6ea"),
        ("without", place >= high, style.PAPER),
    )
    for name, some, face in groups:
        if some.any():
            ax.scatter(x[some], y[some], s=size, c=face, edgecolors=style.MUTED, lw=0.5, gid=f"{side} {name}")
        if some.any() and name == "between":
            ax.scatter(x[some], y[some], s=size / 12, c=style.BLUE, lw=0, zorder=3, gid=f"{side} dots")


def _baseline(risk: AbsoluteRisk, outcome: str) -> str:
    return f"{FIGURE.number(risk.baseline / 10, 0)} of 100 people {outcome}"


def _treated(risk: AbsoluteRisk, outcome: str) -> str:
    if isinstance(risk.treated, NotAssessable):
        return f"How many of 100 {outcome} is {risk.treated}"
    low, high = risk.treated_ci
    text = f"{FIGURE.number(risk.treated / 10, 0)} of 100 people {outcome}"
    if isinstance(low, NotAssessable) or isinstance(high, NotAssessable):
        limit = low if isinstance(low, NotAssessable) else high
        return f"{text}; the interval is {limit}"
    level = FIGURE.level(risk.effect.level)
    return f"{text} ({level} interval {FIGURE.number(low / 10, 0)} to {FIGURE.number(high / 10, 0)})"


def _note(risk: AbsoluteRisk) -> str:
    return (
        "Dark: people with the outcome, with treatment even at the lower limit of the interval. "
        "Pale with a dot: those between the limits. "
        f"Risk without treatment taken as known; its source: {risk.source}."
    )


def _write(
    ax: Axes, x: float, y: float, text: str, size: float, *, weight: str = "normal", colour: str = style.INK
) -> None:
    ax.text(x, y, text, fontsize=size, fontweight=weight, color=colour, va="top", linespacing=1.1, gid="words")
