"""Flow diagrams: the PRISMA 2020 flow of a search, and the way of the evidence into the analyses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.axes import Axes

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.figures import style
from tmsmeta.figures.card import MARGIN, Box, Card, Line, Words, check_height, draw_card
from tmsmeta.figures.room import Width
from tmsmeta.figures.style import styled
from tmsmeta.figures.text_extent import line_height, lines_height, wrap
from tmsmeta.figures.text_extent import width as width_of
from tmsmeta.review.prisma import Count, PrismaCounts, prisma_counts
from tmsmeta.words.names import counted, listed
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.review import TrialFlow

_PAD, _GAP, _DOWN = 0.06, 0.22, 0.16
_INDENT = 0.16
_NARROWEST_BOTH = 5.0
"""Inches that two searches side by side need."""


@dataclass(frozen=True)
class _Stage:
    """A box of the main way, and the box of what leaves it there."""

    main: str
    side: str = ""


_Way = list[_Stage | None]
"""The stages of a search from top to bottom; None where it has none beside one of the other search."""


@styled
def prisma_flow(
    counts: Mapping[str, Count], *, ax: Axes | None = None, title: str = "", width: Width | None = None
) -> Axes:
    """The PRISMA 2020 flow diagram of a search, from its numbers, which are held against each other.

    Args:
        counts: the numbers, see :func:`tmsmeta.review.prisma.prisma_counts`: ``identified``, ``duplicates``,
            ``automation``, ``other_reasons``, ``screened``, ``excluded``, ``sought``, ``not_retrieved``, ``assessed``,
            ``excluded_reports``, ``studies``, ``reports``; and with ``other_`` in front those of other methods.
        ax: the axes to use, whose frame goes; a new figure without it.
        title: heading.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches; by default two columns. Other methods need two.

    Returns:
        The axes. Boxes of what goes on are rectangles with the ``gid`` ``box``, those of what leaves ``left out``; the
        bars of the phases Identification, Screening and Included are called ``phase``.

    Raises:
        InvalidInputError: numbers that lack, are none or do not add up, all at once; too small a width.

    Example:
        >>> import tmsmeta as tm
        >>> counts = {"identified": 412, "duplicates": 101, "screened": 311, "excluded": 280, "sought": 31}
        >>> counts |= {"assessed": 31, "excluded_reports": 19, "studies": 11, "reports": 12}
        >>> ax = tm.figures.prisma_flow(counts)

    Source: Page et al. 2021, BMJ 372:n71.
    """
    found = prisma_counts(counts)
    ways, end = _searches(found), _included(found)
    return draw_card(lambda size, wide: _prisma(ways, end, title, size, wide), ax, width, style.TWO_COLUMNS)


def _n(count: int) -> str:
    return f"(n = {count:,})"


def _lines(found: PrismaCounts, key: str, start: str) -> str:
    """A key with its sources or reasons, one a line; the number alone where none are named."""
    named = {name: count for name, count in found.given.get(key, {}).items() if name}
    if not named:
        return f"{start} {_n(found.total(key))}"
    return "\n".join([f"{start}:", *(f"{name} {_n(count)}" for name, count in named.items())])


def _searches(found: PrismaCounts) -> list[tuple[str, _Way]]:
    """The stages of each search: databases and registers, and other methods, which screen no records."""
    removed = {
        "duplicates": "Duplicate records",
        "automation": "Marked as ineligible by automation tools",
        "other_reasons": "Removed for other reasons",
    }
    before = [f"{text} {_n(found.total(key))}" for key, text in removed.items() if key in found.given]
    first: _Way = [
        _Stage(
            _lines(found, "identified", "Records identified from databases and registers"),
            "\n".join(["Records removed before screening:", *before]) if before else "",
        ),
        _Stage(
            f"Records screened {_n(found.total('screened'))}",
            f"Records excluded {_n(found.total('excluded'))}",
        ),
        *_reports(found, ""),
    ]
    searches: list[tuple[str, _Way]] = [("Databases and registers", first)]
    if found.other_methods:
        start = _Stage(_lines(found, "other_identified", "Records identified from other methods"))
        searches.append(("Other methods", [start, None, *_reports(found, "other_")]))
    return searches


def _reports(found: PrismaCounts, prefix: str) -> list[_Stage]:
    return [
        _Stage(
            f"Reports sought for retrieval {_n(found.total(f'{prefix}sought'))}",
            f"Reports not retrieved {_n(found.total(f'{prefix}not_retrieved'))}",
        ),
        _Stage(
            f"Reports assessed for eligibility {_n(found.total(f'{prefix}assessed'))}",
            _lines(found, f"{prefix}excluded_reports", "Reports excluded"),
        ),
    ]


def _included(found: PrismaCounts) -> str:
    said = f"Studies included in review {_n(found.total('studies'))}"
    return f"{said}\nReports of included studies {_n(found.total('reports'))}" if "reports" in found.given else said


def _prisma(ways: Sequence[tuple[str, _Way]], end: str, title: str, size: float, wide: float) -> Card:
    if len(ways) > 1 and wide < _NARROWEST_BOTH:
        message = f"must be at least {_NARROWEST_BOTH:g} inches, or 'double', for a search by other methods beside."
        raise InvalidInputError(Issue(None, "width", f"{FIGURE.number(wide, 1)} inches", message))
    card, small = Card(total_width=wide), min(style.SMALL, size)
    at = card.title(title, size, 0.08)
    left = MARGIN + _bar(small) + _PAD
    each = (wide - left - MARGIN - _GAP * (len(ways) - 1)) / len(ways)
    lefts = [left + place * (each + _GAP) for place in range(len(ways))]
    if len(ways) > 1:
        named = [
            card.paragraph(name, size, at, left=x, wide=each, weight="bold")
            for x, (name, _) in zip(lefts, ways, strict=True)
        ]
        at = max(named) + 0.05
    rows = _rows(card, [way for _, way in ways], lefts, each, at, small)
    lowest, ends, half = rows[-1].bottom + _DOWN, rows[-1].ends, (each - _GAP) / 2
    bottom = _box(card, end, left, half, lowest, small, "box")
    card.add(Line([left + half / 2] * 2, [ends[0], lowest], arrow=True, gid="arrow"))
    for x, start in zip(lefts[1:], ends[1:], strict=True):
        middle = (lowest + bottom) / 2
        card.add(Line([x + half / 2] * 2 + [left + half], [start, middle, middle], arrow=True, gid="arrow"))
    last = max(bottom, lowest + _phase_height("Included", small))
    _phase(card, "Identification", rows[0].top, rows[0].bottom, small)
    _phase(card, "Screening", rows[1].top, rows[-1].bottom, small)
    _phase(card, "Included", lowest, last, small)
    card.total_height = last + MARGIN
    return check_height(card, "counts", len(rows), "shorten the reasons, or take a larger width")


def _bar(size: float) -> float:
    """Width of the bar of a phase."""
    return line_height(size) + _PAD


def _phase_height(name: str, size: float) -> float:
    """Least height of the bar of a phase, whose name stands upright."""
    return width_of(name, size, "bold") + 2 * _PAD


def _phase(card: Card, name: str, top: float, bottom: float, size: float) -> None:
    """The bar of a phase of PRISMA 2020 left of its boxes, with its name from below upwards."""
    wide = _bar(size)
    card.add(Box(MARGIN, top, wide, bottom - top, style.SEQUENTIAL[1], style.INK, "phase"))
    at = MARGIN + wide / 2, (top + bottom) / 2
    card.add(Words(*at, name, size, "bold", ha="center", va="center", gid="phase name", turn=90))


class _Row(NamedTuple):
    """Top and bottom of a row of boxes, and the bottom of the last box of each way down to it."""

    top: float
    bottom: float
    ends: tuple[float, ...]


def _rows(card: Card, ways: Sequence[_Way], lefts: Sequence[float], each: float, at: float, size: float) -> list[_Row]:
    """The boxes of the searches, row by row, with what leaves them right of them."""
    half, top = (each - _GAP) / 2, at
    found: list[_Row] = []
    ends = [at] * len(ways)
    for stages in zip(*ways, strict=True):
        bottom = top if found else top + _phase_height("Identification", size)
        for way, (stage, left) in enumerate(zip(stages, lefts, strict=True)):
            if stage is None:
                continue
            if found:
                card.add(Line([left + half / 2] * 2, [ends[way], top], arrow=True, gid="arrow"))
            ends[way], low = _pair(card, stage, (left, half), (left + half + _GAP, half), top, size)
            bottom = max(bottom, low)
        found.append(_Row(top, bottom, tuple(ends)))
        top = bottom + _DOWN
    return found


def _box(card: Card, text: str, left: float, wide: float, top: float, size: float, gid: str) -> float:
    """A box as high as its text; returns its bottom."""
    shown = wrap(text, size, wide - 2 * _PAD)
    high = lines_height(shown, size) + 2 * _PAD
    face = style.PAPER if gid == "box" else style.STRIPE
    card.add(Box(left, top, wide, high, face, style.INK, gid))
    card.add(Words(left + _PAD, top + _PAD, shown, size))
    return top + high


@styled
def trial_flow(flow: TrialFlow, *, ax: Axes | None = None, title: str = "", width: Width | None = None) -> Axes:
    """The way of the evidence: trials known, trials with numbers by tier, and trials in the main analysis by outcome.

    Right of each box stands what is not in the next one: trials whose numbers were not seen, by name, and trials that
    the main analysis leaves out, by reason.

    Args:
        flow: from :func:`tmsmeta.trial_flow`.
        ax: the axes to use, whose frame goes; a new figure without it.
        title: heading.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches; by default two columns.

    Returns:
        The axes. Boxes of what goes on are rectangles with the ``gid`` ``box``, those of what leaves ``left out``.

    Raises:
        InvalidInputError: not an evidence flow; a picture higher than a page; a width that is none.

    Example:
        >>> import tmsmeta as tm
        >>> ax = tm.figures.trial_flow(tm.trial_flow(tm.read_review("my_evidence")))
    """
    tiers = "\n".join(f"tier {tier}: {counted(count, 'trial')}" for tier, count in flow.by_tier.items())
    gaps = listed(flow.without) if flow.without else ""
    top = [
        _Stage(
            f"Trials known: {flow.known:,}",
            f"No number seen: {counted(len(flow.without), 'trial')}. {gaps}" if gaps else "",
        ),
        _Stage(f"Trials with numbers, by their best tier: {flow.with_numbers:,}\n{tiers}"),
    ]
    ends = [_Stage(_outcome_text(o), _outcome_left(o)) for o in flow.outcomes]
    return draw_card(lambda size, wide: _trials(top, ends, title, size, wide), ax, width, style.TWO_COLUMNS)


def _outcome_text(outcome: Any) -> str:
    people = f", {outcome.people:,} people" if outcome.people else ""
    return f"{outcome.title}: {counted(outcome.main, 'trial')} in the main analysis{people}"


def _outcome_left(outcome: Any) -> str:
    lines = [f"{reason}: {counted(count, 'trial')}" for reason, count in outcome.left_out.items()]
    lines = [f"Left out of {outcome.with_numbers:,} with numbers on it:", *lines] if lines else []
    if outcome.not_seen:
        lines.append(f"Numbers on it not seen: {counted(len(outcome.not_seen), 'trial')}. {listed(outcome.not_seen)}")
    return "\n".join(lines)


def _pair(
    card: Card,
    stage: _Stage,
    main: tuple[float, float],
    side: tuple[float, float],
    top: float,
    size: float,
) -> tuple[float, float]:
    """A box and, where there is any, the box of what leaves it; returns the bottom of the first and of both."""
    end = bottom = _box(card, stage.main, *main, top, size, "box")
    if stage.side:
        bottom = _box(card, stage.side, *side, top, size, "left out")
        middle = (top + min(end, bottom)) / 2
        card.add(Line([sum(main), side[0]], [middle, middle], arrow=True, gid="arrow"))
    return end, max(end, bottom)


def _trials(top: list[_Stage], ends: list[_Stage], title: str, size: float, wide: float) -> Card:
    card, small = Card(total_width=wide), min(style.SMALL, size)
    at = card.title(title, size, 0.08)
    full = wide - 2 * MARGIN
    narrow = 0.36 * (full - _GAP)
    right, rest = MARGIN + narrow + _GAP, full - narrow - _GAP
    end = bottom = at
    for number, stage in enumerate(top):
        start = bottom + (_DOWN if number else 0.0)
        if number:
            card.add(Line([MARGIN + narrow / 2] * 2, [end, start], arrow=True, gid="arrow"))
        end, bottom = _pair(card, stage, (MARGIN, narrow), (right, rest), start, small)
    root, spine = end, MARGIN + _INDENT / 2
    for stage in ends:
        start, left = bottom + _DOWN, MARGIN + _INDENT
        end, bottom = _pair(card, stage, (left, narrow - _INDENT), (right, rest), start, small)
        middle = (start + end) / 2
        card.add(Line([spine, spine, left], [root, middle, middle], arrow=True, gid="arrow"))
    card.total_height = bottom + MARGIN
    return check_height(card, "flow", len(ends), "take a larger width")
