"""The width of the paper, the room that an axes offers, and the largest font at which a figure fits into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple, Protocol, TypeVar, get_args

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.words.names import heading

_Column = Literal["single", "double"]
Width = _Column | float
"""Width of a figure: one journal column (85 mm), two (170 mm), or inches."""
SINGLE, DOUBLE = 85 / 25.4, 170 / 25.4
"""Widths of one and two journal columns in inches."""
SMALLEST_TEXT = 7.0
"""Points of the smallest text on paper of one or two columns."""
THINNEST_LINE = 0.5
"""Points of the thinnest line."""
TALLEST = 247 / 25.4
"""Height in inches of the text on a page of A4."""
_NARROWEST, _WIDEST = 2.0, 40.0  # inches

SMALLEST = 4.5
"""Points; a figure whose text would have to be smaller is refused."""


def paper_width(width: Width | None, default: float) -> float:
    """The width of a figure in inches; `default` where none is asked for.

    Raises:
        InvalidInputError: something else than ``single``, ``double`` or a number of inches.
    """
    if width is None:
        return default
    if isinstance(width, str) and width in get_args(_Column):
        return SINGLE if width == "single" else DOUBLE
    if not isinstance(width, (bool, str)) and isinstance(width, (int, float)) and _NARROWEST <= width <= _WIDEST:
        return float(width)
    message = (
        f"must be 'single' (85 mm), 'double' (170 mm) or a number of inches from {_NARROWEST:g} to {_WIDEST:g}, as 5.5."
    )
    raise InvalidInputError(Issue(None, "width", width, message))


def page_title(title: str, number: int, count: int) -> str:
    """The title of a page: with its number, where there are several."""
    said = f"page {number} of {count}"
    return title if count == 1 else f"{title}, {said}" if title else heading(said)


class Room(NamedTuple):
    """A place on paper.

    Attributes:
        left, bottom: its lower left corner, as fractions of the figure.
        width, height: in inches.
        paper: width and height of the figure in inches.
    """

    left: float
    bottom: float
    width: float
    height: float
    paper: tuple[float, float]

    def box(self, left: float, top: float, width: float, height: float) -> tuple[float, float, float, float]:
        """A part of the room, given in inches from its upper left corner, as left, bottom, width, height of an axes."""
        wide, high = self.paper
        up = self.bottom + (self.height - top - height) / high
        return self.left + left / wide, up, width / wide, height / high


class Plan(Protocol):
    """Something whose size is known before it is drawn, in inches."""

    @property
    def total_width(self) -> float: ...
    @property
    def total_height(self) -> float: ...


P = TypeVar("P", bound=Plan)


def settle(ax: Axes) -> None:
    """Let a layout engine put `ax` where it will stand."""
    if isinstance(ax.figure, Figure) and ax.figure.get_layout_engine() is not None:
        ax.figure.draw_without_rendering()


def room_of(ax: Axes) -> Room:
    """The area of `ax`."""
    settle(ax)
    box, inches = ax.get_position(), ax.figure.bbox.transformed(ax.figure.dpi_scale_trans.inverted())
    return Room(box.x0, box.y0, box.width * inches.width, box.height * inches.height, (inches.width, inches.height))


def room_for(ax: Axes | None, wide: Width | None, default: float = DOUBLE) -> float:
    """Width in inches that a figure has: that of `ax`, or of a new figure."""
    return paper_width(wide, default) if ax is None else room_of(ax).width


def fewer(count: int, steps: Sequence[int]) -> Iterator[int]:
    """How many of `count` things to draw: all of them, then those of `steps` that are fewer."""
    yield count
    yield from (most for most in steps if most < count)


def fits_page(plan: Plan, paper: float) -> bool:
    """Whether `plan` fits on a page whose text is `paper` inches wide."""
    return plan.total_width <= paper + 1e-6 and plan.total_height <= TALLEST


def too_small(what: str, need: tuple[float, float], paper: float, advice: str) -> InvalidInputError:
    """The error of a page `paper` inches wide that lacks the width and height that `what` needs.

    Args:
        what: what is drawn, such as ``table``.
        need: its width and height in inches.
        paper: width of the page in inches.
        advice: what to leave out, as an order.
    """
    found = f"{need[0]:.1f} by {need[1]:.1f} inches"
    message = f"is too small: the {what} needs {found}, and a page has {TALLEST:.1f} inches of height. {advice}"
    return InvalidInputError(Issue(None, "width", f"{paper:.1f} inches", message))


def half_points(largest: float, smallest: float = SMALLEST) -> list[float]:
    """Font sizes from the largest down, in steps of half a point; at least the largest."""
    return [s / 2 for s in range(int(2 * largest), int(2 * smallest) - 1, -1)] or [largest]


def largest_fit(room: Room, sizes: Sequence[float], plan: Callable[[float, Room], P]) -> P:
    """The plan of the first font size, from large to small, that fits into `room`.

    Raises:
        InvalidInputError: none fits; the message says what the smallest one needs.
    """
    for size in sizes:
        found = plan(size, room)
        if found.total_width <= room.width * 1.001 and found.total_height <= room.height * 1.001:
            return found
    message = (
        f"must be at least {found.total_width:.1f} by {found.total_height:.1f} inches for this figure. "
        "Leave `ax` out for a figure of the size that is needed."
    )
    raise InvalidInputError(Issue(None, "ax", f"{room.width:.1f} by {room.height:.1f} inches", message))


def shrink_beside(ax: Axes, legend: Legend) -> None:
    """Narrow `ax` until a legend right of it stays inside the former area; a layout engine does that by itself."""
    parent = ax.figure
    if not isinstance(parent, Figure) or parent.get_layout_engine() is not None:
        return
    parent.draw_without_rendering()
    box = ax.get_position()
    over = legend.get_window_extent().x1 / parent.bbox.width - box.x1
    if over > 0:
        ax.set_position((box.x0, box.y0, max(box.width - over, 0.1 * box.width), box.height))
