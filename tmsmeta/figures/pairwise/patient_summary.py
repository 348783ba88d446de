"""A card for patients: sentences, or what a treatment means for 100 people as a bar that adds up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from tmsmeta.absolute.people import People, people_of
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.figures import style
from tmsmeta.figures.card import MARGIN, Box, Card, Words, draw_card
from tmsmeta.figures.room import Width
from tmsmeta.figures.style import styled
from tmsmeta.figures.text_extent import width as text_width
from tmsmeta.words.names import heading, inside

if TYPE_CHECKING:
    from tmsmeta.absolute import AbsoluteRisk

_INDENT, _BAR = 0.16, 0.2
_PARTS = ((style.BLUE, style.PAPER), (style.ORANGE, style.INK), (style.PAPER, style.INK))
"""Face and ink of the parts of a bar: people with the outcome as before, people more or fewer, the others."""

Said = tuple[str, tuple[int, ...], tuple[str, ...], int]
"""Sentence of an outcome, the parts of its bar with their meaning, and of how many people."""


@styled
def patient_summary(
    sentences: Iterable[str] | Mapping[str, AbsoluteRisk],
    *,
    ax: Axes | None = None,
    title: str = "",
    note: str = "",
    treated: str = "treatment",
    comparator: str = "no treatment",
    width: Width | None = None,
) -> Axes:
    """Draw risks as sentences and bars of one number of people, or sentences as a list.

    For a risk the card says how many of 100 people (1,000 for all, where one risk is below 2.5%) have the outcome with
    the comparator and with treatment, and between which numbers that may lie. A bar of all people shows who has the
    outcome as with the comparator, how many more (or fewer) have it with treatment, and the others; the parts add up.
    The sources of the risks with the comparator stand below.

    Args:
        sentences: sentences to list; or what people do, as ``"respond"``, with the risks of
            :func:`tmsmeta.risk_per_1000`. Texts are wrapped, never cut.
        ax: the axes to use, whose frame goes; a new figure of the size that is needed without it.
        title: heading.
        note: small print below, such as the data version.
        treated, comparator: names of the treatment and of what it is compared with, inside a sentence.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches; by default three quarters of two columns.

    Returns:
        The axes.

    Raises:
        InvalidInputError: nothing to say, a width that is none, an `ax` too small.

    Example:
        >>> import tmsmeta as tm
        >>> risk = tm.risk_per_1000(baseline_risk=0.20, measure="RR", estimate=1.75, ci=(1.25, 2.45))
        >>> ax = tm.figures.patient_summary({"respond": risk}, treated="the drug", comparator="placebo")
    """
    if isinstance(sentences, Mapping):
        said = _risks(sentences, inside(treated), inside(comparator))
        sources = "; ".join(f"{outcome}: {risk.source}" for outcome, risk in sentences.items())
        note = " ".join(filter(None, (f"Risks with {inside(comparator)}: {sources}.", note)))
    else:
        said = [(text, (), (), 0) for text in sentences if text.strip()]
    if not said:
        raise InvalidInputError(Issue(None, "sentences", 0, "must hold at least one sentence."))
    return draw_card(lambda size, wide: _plan(said, title, note, size, wide), ax, width, 0.75 * style.TWO_COLUMNS)


def _risks(risks: Mapping[str, AbsoluteRisk], treated: str, comparator: str) -> list[Said]:
    """One number of people for all of them: the larger one where one outcome is rare."""
    per = max((people_of(risk).per for risk in risks.values()), default=100)
    return [_said(outcome, people_of(risk, per), treated, comparator) for outcome, risk in risks.items()]


def _said(outcome: str, people: People, treated: str, comparator: str) -> Said:
    start = f"Of {people.per:,} people, {people.baseline:,} {outcome} with {comparator}"
    if isinstance(people.treated, NotAssessable) or isinstance(people.more, NotAssessable):
        return f"{start}. How many do with {treated} is {people.treated}.", (), (), people.per
    between = ""
    if not isinstance(people.limits, NotAssessable):
        between = (
            f" The number with {treated} may be as low as {people.limits[0]:,} or as high as {people.limits[1]:,}."
        )
    text = f"{start} and {people.treated:,} with {treated}.{between}"
    same, changed = min(people.baseline, people.treated), abs(people.more)
    parts = (same, changed, people.per - same - changed)
    if people.more >= 0:
        meanings = f"{outcome} as with {comparator}", f"more {outcome} with {treated}", f"do not {outcome}"
    else:
        meanings = f"{outcome} with {treated}", f"fewer {outcome} than with {comparator}", f"do not {outcome}"
    return text, parts, meanings, people.per


def _plan(said: list[Said], title: str, note: str, size: float, wide: float) -> Card:
    card, small = Card(total_width=wide), min(style.SMALL, size)
    at = card.title(title, size, 0.06)
    for text, parts, meanings, per in said:
        if not parts:
            card.add(Words(MARGIN, at, "•", size))
        at = card.paragraph(text, size, at, left=MARGIN if parts else MARGIN + _INDENT)
        at = _bar(card, parts, meanings, per, at + 0.04, size) if parts else at
        at += 0.09
    at = card.paragraph(note, small, at, colour=style.MUTED)
    card.total_height = at + MARGIN
    return card


def _bar(card: Card, parts: tuple[int, ...], meanings: tuple[str, ...], per: int, at: float, size: float) -> float:
    """All people as one bar, with the numbers in it where they fit, and below it what its parts mean."""
    x, full = MARGIN, card.total_width - 2 * MARGIN
    small = min(style.SMALL, size)
    for count, (face, ink), gid in zip(parts, _PARTS, ("as before", "change", "others"), strict=True):
        wide = full * count / per
        if count:
            card.add(Box(x, at, wide, _BAR, face, style.INK, gid))
        if text_width(f"{count:,}", small, "bold") + 0.04 < wide:
            card.add(Words(x + wide / 2, at + _BAR / 2, f"{count:,}", small, "bold", ink, "center", va="center"))
        x += wide
    at += _BAR + 0.05
    for count, meaning, (face, _) in zip(parts, meanings, _PARTS, strict=True):
        if count:
            card.add(Box(MARGIN, at + 0.02, 0.08, 0.08, face, style.INK, "key"))
            at = card.paragraph(heading(f"{count:,} {meaning}"), small, at, left=MARGIN + _INDENT)
    return at
