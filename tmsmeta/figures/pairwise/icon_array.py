"""Icon arrays: what a treatment means for 100 people, or for 1,000 where the outcome is rare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.absolute.people import People, people_of
from tmsmeta.errors import NotAssessable
from tmsmeta.figures import style
from tmsmeta.figures.card import MARGIN, Card, Dots, Words, draw_card
from tmsmeta.figures.room import Width
from tmsmeta.figures.style import styled
from tmsmeta.figures.text_extent import lines_height, wrap
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.absolute import AbsoluteRisk

_GAP = 0.22
_LARGEST = 2.2
"""Inches: the widest an array gets."""
WITH, MORE, NONE = style.BLUE, style.ORANGE, style.PAPER


@styled
def icon_array(
    risk: AbsoluteRisk,
    *,
    ax: Axes | None = None,
    outcome: str = "have the outcome",
    treated: str = "With treatment",
    comparator: str = "Without treatment",
    title: str = "",
    per: int | None = None,
    width: Width | None = None,
) -> Axes:
    """People without treatment and people with it, one circle a person; what is drawn is what is said.

    Blue circles are people with the outcome as without treatment. Orange ones are those that treatment adds; empty ones
    with an orange rim and a cross those that it spares. The interval is told in words. Where there is no figure, words
    say why.

    Args:
        risk: from :func:`tmsmeta.risk_per_1000`.
        ax: the axes to use, whose frame goes; a new figure without it. Circles stay round.
        outcome: what happens to people, as in "37 of 100 people respond".
        treated, comparator: headings of the two arrays.
        title: heading.
        per: 100 or 1,000 people; by default 100, and 1,000 where either risk is below 2.5%.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches; by default one column.

    Returns:
        The axes. Circles are collections with the ``gid`` ``left with`` and ``left without``; ``right with`` (as
        without treatment), ``right more`` or ``right fewer``, and ``right without``.

    Raises:
        InvalidInputError: another number of people, a width that is none, an `ax` too small.

    Example:
        >>> import tmsmeta as tm
        >>> risk = tm.risk_per_1000(baseline_risk=0.20, measure="RR", estimate=1.75, ci=(1.25, 2.45))
        >>> ax = tm.figures.icon_array(risk, outcome="respond")
    """
    people = people_of(risk, per)
    words = (
        title,
        (comparator, treated),
        (f"{_count(people.baseline, people.per)} {outcome}", _treated(risk, people, outcome)),
        _note(risk, people),
    )
    return draw_card(lambda size, wide: _plan(people, words, size, wide), ax, width, style.ONE_COLUMN)


def _plan(people: People, words: tuple[str, tuple[str, str], tuple[str, str], str], size: float, wide: float) -> Card:
    title, heads, captions, note = words
    card, small = Card(total_width=wide), min(style.SMALL, size)
    room = (wide - 2 * MARGIN - _GAP) / 2
    side, lefts = min(room, _LARGEST), (MARGIN, MARGIN + room + _GAP)
    at = card.title(title, size, 0.06)
    shown = [wrap(head, size, room, "bold") for head in heads]
    for head, left in zip(shown, lefts, strict=True):
        card.add(Words(left, at, head, size, "bold"))
    at += max(lines_height(head, size) for head in shown) + 0.05
    rows = _array(card, people, lefts[0], at, side, "left", (people.baseline, 0, 0))
    if not isinstance(people.treated, NotAssessable):
        same, more = min(people.baseline, people.treated), people.treated - people.baseline
        _array(card, people, lefts[1], at, side, "right", (same, max(more, 0), max(-more, 0)))
    at += rows + 0.08
    ends = [card.paragraph(c, size, at, left=left, wide=room) for c, left in zip(captions, lefts, strict=True)]
    at = card.paragraph(note, small, max(ends) + 0.08, colour=style.MUTED)
    card.total_height = at + MARGIN
    return card


def _array(
    card: Card, people: People, left: float, top: float, side: float, name: str, counts: tuple[int, int, int]
) -> float:
    """Circles of people with the outcome as before, added and spared, and of the rest; returns the height."""
    columns = 10 if people.per == 100 else 25
    step = side / columns
    place = np.arange(people.per)
    x, y = left + (place % columns + 0.5) * step, top + (place // columns + 0.5) * step
    same, more, fewer = np.cumsum(counts)
    groups = (
        (f"{name} with", place < same, WITH, style.MUTED),
        (f"{name} more", (place >= same) & (place < more), MORE, style.MUTED),
        (f"{name} fewer", (place >= more) & (place < fewer), NONE, MORE),
        (f"{name} without", place >= fewer, NONE, style.MUTED),
    )
    for gid, some, face, edge in groups:
        if some.any():
            card.add(Dots(x[some], y[some], 0.8 * step, face, edge, gid, 1.0 if gid.endswith("fewer") else 0.5))
        if some.any() and gid.endswith("fewer"):
            card.add(Dots(x[some], y[some], 0.45 * step, MORE, MORE, f"{name} crosses", 0.8, "x"))
    return float(people.per / columns * step)


def _count(count: int, per: int) -> str:
    return f"{count:,} of {per:,} people"


def _treated(risk: AbsoluteRisk, people: People, outcome: str) -> str:
    """What the array of treated people shows, and between which limits it may lie."""
    if isinstance(people.treated, NotAssessable) or isinstance(people.more, NotAssessable):
        return f"How many of {people.per:,} people {outcome} is {people.treated}"
    said = f"{_count(people.treated, people.per)} {outcome}: "
    if people.more > 0:
        said += f"{people.baseline:,} as without treatment, plus {people.more:,} more."
    elif people.more < 0:
        said += f"{-people.more:,} fewer than the {people.baseline:,} without treatment."
    else:
        said += "as many as without treatment."
    if isinstance(people.limits, NotAssessable):
        return f"{said} The interval is {people.limits}."
    low, high = people.limits
    return f"{said} It may be as few as {low:,} or as many as {high:,} ({FIGURE.level(risk.effect.level)} interval)."


def _note(risk: AbsoluteRisk, people: People) -> str:
    key = ["Dark blue: people with the outcome as without treatment."]
    if not isinstance(people.more, NotAssessable) and people.more:
        key.append(
            "Lighter orange: the people more." if people.more > 0 else "Empty with an orange cross: the people fewer."
        )
    return f"{' '.join(key)} Risk without treatment, taken as known: {risk.source}."
