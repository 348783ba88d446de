"""A numbered list of names in columns, for figures whose treatments carry numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from tmsmeta.figures.style import MUTED, SMALL
from tmsmeta.figures.text_extent import line_height, lines_height, width, wrap

_BETWEEN = 0.15
_LEAST_ENTRY = 1.0
_COLUMNS = (4, 3, 2, 1)


@dataclass(frozen=True)
class NameList:
    """Names in as many columns as make the list short; all lengths are inches.

    Attributes:
        names: in the order of their numbers, from 1.
        wide: width of the list.
        size: font size in points.
    """

    names: Sequence[str]
    wide: float
    size: float = SMALL

    @cached_property
    def _number(self) -> float:
        return width(f"{len(self.names)} ", self.size) + 0.04

    def _entry(self, columns: int) -> float:
        """Width of a name in one of so many columns."""
        return (self.wide - (columns - 1) * _BETWEEN) / columns - self._number

    def _stacks(self, columns: int) -> list[list[str]]:
        """Names in each column, as even in height as their order allows."""
        names = [wrap(name, self.size, max(self._entry(columns), 0.2)) for name in self.names]
        heights = [lines_height(name, self.size) for name in names]
        share, used = sum(heights) / columns, 0.0
        found: list[list[str]] = [[] for _ in range(columns)]
        for name, own in zip(names, heights, strict=True):
            found[min(int((used + own / 2) / share), columns - 1)].append(name)
            used += own
        return found

    @cached_property
    def stacks(self) -> list[list[str]]:
        """The lowest arrangement."""
        wide_enough = [n for n in _COLUMNS if self._entry(n) >= _LEAST_ENTRY] or [1]
        return min((self._stacks(n) for n in wide_enough), key=self._height)

    def _height(self, stacks: Sequence[Sequence[str]]) -> float:
        return max((sum(lines_height(name, self.size) for name in stack) for stack in stacks), default=0.0)

    @property
    def height(self) -> float:
        """Height of the list; nothing for no names."""
        return self._height(self.stacks) if self.names else 0.0

    def draw(self, put: Callable[..., object], gids: Sequence[str] = ()) -> None:
        """Write the list.

        Args:
            put: writes a text at so many inches right of and below the top left corner: ``put(x, down, text, **look)``.
            gids: of the names; without them each is a ``listed name``.
        """
        gid = "listed name"
        for x, down, number, text in self._lines():
            if number:
                gid = gids[int(number) - 1] if gids else gid
                put(x - 0.05, down, number, ha="right", color=MUTED, gid="list number")
            put(x, down, text, gid=gid)

    def _lines(self) -> Iterator[tuple[float, float, str, str]]:
        """Left edge and base line (from the top left, downwards), number and text of every line.

        The number is empty in the further lines of a name; it stands right-aligned, just left of the text.
        """
        number, step = 0, self._number + self._entry(len(self.stacks)) + _BETWEEN
        for column, stack in enumerate(self.stacks if self.names else ()):
            y = 0.8 * line_height(self.size)
            for name in stack:
                number += 1
                for i, line in enumerate(name.split("\n")):
                    yield column * step + self._number, y, str(number) if i == 0 else "", line
                    y += line_height(self.size)
