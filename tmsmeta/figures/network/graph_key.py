"""The key of a network graph: what areas, widths, colours and shaded fields stand for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Rectangle

from tmsmeta.figures.style import INK, MUTED, SMALL
from tmsmeta.figures.text_extent import line_height, width

_LINE, _BOX, _AFTER, _BETWEEN, _SYMBOL, _HEADED = 0.24, 0.2, 0.16, 0.26, 0.05, 0.08


@dataclass(frozen=True)
class Sign:
    """A symbol with its meaning.

    Attributes:
        text: what it stands for.
        face, edge: its colours.
        radius: of a node in inches; 0 for anything else.
        thick: width in points, of a line or of the rim of a node.
        field: whether it is a shaded field.
    """

    text: str
    face: str
    edge: str = INK
    radius: float = 0.0
    thick: float = 0.0
    field: bool = False

    @property
    def wide(self) -> float:
        """Width of the symbol."""
        return 2 * self.radius if self.radius else _BOX if self.field else _LINE


@dataclass(frozen=True)
class Group:
    """Signs that say the same of different things, after a word for it.

    Attributes:
        heading: the word, empty where each sign speaks for itself.
        signs: from left to right.
    """

    heading: str
    signs: Sequence[Sign]


@dataclass(frozen=True)
class Key:
    """Groups of signs in lines of at most `wide` inches."""

    groups: Sequence[Group]
    wide: float

    @cached_property
    def _places(self) -> list[tuple[float, int, Sign | str]]:
        """Left edge and line of each heading and sign."""
        found: list[tuple[float, int, Sign | str]] = []
        x, line = 0.0, 0
        for group in self.groups:
            x += _BETWEEN - _AFTER if x else 0.0
            for item, own, need in _items(group):
                if x and x + need > self.wide:
                    x, line = 0.0, line + 1
                found.append((x, line, item))
                x += own + (_AFTER if isinstance(item, Sign) else _HEADED)
        return found

    @cached_property
    def _heights(self) -> list[float]:
        count = max((line for _, line, _ in self._places), default=-1) + 1
        return [
            max([line_height(SMALL), *(2 * s.radius for _, at, s in self._places if at == k and isinstance(s, Sign))])
            + 0.05
            for k in range(count)
        ]

    @property
    def height(self) -> float:
        """Of all lines."""
        return sum(self._heights)

    def draw(self, ax: Axes, left: float, top: float) -> None:
        """Draw the key with its upper left corner at `left`, `top` in an axes whose unit is an inch."""
        for x, line, item in self._places:
            y = top - sum(self._heights[:line]) - self._heights[line] / 2
            if isinstance(item, str):
                ax.text(left + x, y, item, fontsize=SMALL, color=MUTED, va="center", gid="key heading")
                continue
            _symbol(ax, left + x, y, item)
            ax.text(left + x + item.wide + _SYMBOL, y, item.text, fontsize=SMALL, va="center", gid="key")


def _items(group: Group) -> Iterator[tuple[Sign | str, float, float]]:
    """Headings and signs, each with its width and with that of what must stand in the same line."""
    wide = [sign.wide + _SYMBOL + width(sign.text, SMALL) for sign in group.signs]
    if group.heading:
        own = width(group.heading, SMALL)
        yield group.heading, own, own + _HEADED + wide[0]
    for sign, own in zip(group.signs, wide, strict=True):
        yield sign, own, own


def _symbol(ax: Axes, x: float, y: float, sign: Sign) -> None:
    if sign.radius:
        ax.add_patch(
            Circle((x + sign.radius, y), sign.radius, facecolor=sign.face, edgecolor=sign.edge, linewidth=sign.thick,
                   gid="key node")
        )  # fmt: skip
    elif sign.field:
        ax.add_patch(
            Rectangle((x, y - 0.055), _BOX, 0.11, facecolor=sign.face, edgecolor=sign.edge, linewidth=0.5,
                      gid="key field")
        )  # fmt: skip
    else:
        ax.add_line(
            Line2D([x, x + _LINE], [y, y], color=sign.face, linewidth=sign.thick, solid_capstyle="butt", gid="key edge")
        )
