"""Figures made of words and plain shapes on a paper that is measured in inches from its upper left corner.

Their height follows from their words: a plan places everything for a font size and a width, then it is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.figures import style
from tmsmeta.figures.room import TALLEST, Width, half_points, largest_fit, paper_width, room_of
from tmsmeta.figures.text_extent import lines_height, wrap

MARGIN = 0.08


class Words(NamedTuple):
    """Text, its upper corner, and how it looks; turned to the left by `turn` degrees."""

    x: float
    y: float
    text: str
    size: float
    weight: str = "normal"
    colour: str = style.INK
    ha: Literal["left", "center", "right"] = "left"
    gid: str = "words"
    va: Literal["top", "center"] = "top"
    turn: float = 0.0


class Dots(NamedTuple):
    """Circles of one kind; `diameter` in inches."""

    x: Sequence[float]
    y: Sequence[float]
    diameter: float
    face: str
    edge: str = style.MUTED
    gid: str = ""
    line: float = 0.5
    marker: str = "o"


class Box(NamedTuple):
    """A rectangle from its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    face: str = style.PAPER
    edge: str = style.INK
    gid: str = ""
    line: float = 0.6


class Line(NamedTuple):
    """A line through points, with an arrow at its end where it leads somewhere."""

    x: Sequence[float]
    y: Sequence[float]
    colour: str = style.INK
    line: float = 0.6
    arrow: bool = False
    gid: str = ""


@dataclass(kw_only=True)
class Card:
    """Everything on the paper, and its size in inches."""

    total_width: float
    total_height: float = 0.0
    parts: list[Words | Dots | Box | Line] = field(default_factory=list)

    def add(self, *parts: Words | Dots | Box | Line) -> None:
        """Put parts on the paper."""
        self.parts += parts

    def title(self, text: str, size: float, below: float) -> float:
        """A title on top, a point larger than `size`; returns where what follows begins, `below` it."""
        return self.paragraph(text, size + 1, MARGIN, weight="bold") + (below if text else 0.0)

    def paragraph(
        self,
        text: str,
        size: float,
        at: float,
        *,
        left: float = MARGIN,
        wide: float | None = None,
        weight: str = "normal",
        colour: str = style.INK,
    ) -> float:
        """Wrapped text from `at` downwards; returns where it ends. No text takes no room."""
        if not text:
            return at
        shown = wrap(text, size, wide or self.total_width - left - MARGIN, weight)
        self.add(Words(left, at, shown, size, weight, colour))
        return at + lines_height(shown, size)


def check_height(card: Card, argument: str, found: int, advice: str) -> Card:
    """The card, unless a page does not hold it.

    Raises:
        InvalidInputError: it is higher than a page; with what is drawn, how much there is of it, and what to do.
    """
    if card.total_height > TALLEST + 1e-6:
        message = (
            f"is too much for a page: it needs {card.total_height:.1f} inches of height, and a page has {TALLEST:.1f}; "
            f"{advice}."
        )
        raise InvalidInputError(Issue(None, argument, found, message))
    return card


def draw_card(plan: Callable[[float, float], Card], ax: Axes | None, width: Width | None, default: float) -> Axes:
    """Draw what `plan` makes of a font size and a width in inches: on `ax`, or on a new figure of the height needed.

    Raises:
        InvalidInputError: an `ax` too small, or a width that is none.
    """
    if ax is None:
        card = plan(style.TEXT, paper_width(width, default))
        figure = style.new_figure(card.total_width, card.total_height, constrained=False)
        ax = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    else:
        card = largest_fit(room_of(ax), half_points(style.TEXT), lambda size, room: plan(size, room.width))
    ax.set_xlim(0, card.total_width)
    ax.set_ylim(card.total_height, 0)
    ax.set_aspect("equal", anchor="NW")
    ax.set_axis_off()
    for part in card.parts:
        _draw(ax, part)
    return ax


def _draw(ax: Axes, part: Words | Dots | Box | Line) -> None:
    match part:
        case Words():
            ax.text(
                part.x,
                part.y,
                part.text,
                fontsize=part.size,
                fontweight=part.weight,
                color=part.colour,
                ha=part.ha,
                va=part.va,
                rotation=part.turn,
                linespacing=1.1,
                gid=part.gid,
            )
        case Dots():
            area = (part.diameter * 72) ** 2
            ax.scatter(
                part.x,
                part.y,
                s=area,
                c=part.face,
                edgecolors=None if part.marker == "x" else part.edge,
                lw=part.line,
                gid=part.gid,
                marker=part.marker,
                zorder=3,
            )
        case Box():
            corner, size = (part.x, part.y), (part.width, part.height)
            ax.add_patch(Rectangle(corner, *size, fc=part.face, ec=part.edge, lw=part.line, gid=part.gid, zorder=1))
        case Line(arrow=True):
            ends = list(zip(part.x, part.y, strict=True))
            ax.plot(part.x[:-1], part.y[:-1], color=part.colour, lw=part.line, zorder=2)
            arrow = FancyArrowPatch(
                ends[-2],
                ends[-1],
                arrowstyle="-|>",
                mutation_scale=7,
                shrinkA=0,
                shrinkB=0,
                color=part.colour,
                lw=part.line,
                gid=part.gid,
            )
            ax.add_patch(arrow)
        case Line():
            ax.plot(part.x, part.y, color=part.colour, lw=part.line, gid=part.gid, zorder=2)
