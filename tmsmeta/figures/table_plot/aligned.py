"""Columns of numbers whose decimal points stand below each other: an estimate and both its limits in three of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from tmsmeta.figures.text_extent import width

_EFFECT = re.compile(r"(?:(\S+) )?(\(\S+) (to) (\S+\))")
_WITH_SPREAD = re.compile(r"([−\d]\S*) (\([\d.]+\))")
_NUMBER = re.compile(r"[−<>]?\d[\d,]*(\.\d+)?(/[\d,.]+|%)?")
_GAP = 1.3  # blanks between two numbers
_BOUND = re.compile(r"\(?[<>]")  # "<0.01" and ">1000" are no numbers to be compared by their decimal points
_POINT = re.compile(r"[./]|[%)]*$")

Text = tuple[str, str]
"""A cell and its weight, ``normal`` or ``bold``."""


def pieces(text: str) -> tuple[str, ...]:
    """The numbers of a cell with the words and brackets that go with them; empty for words."""
    for pattern in (_EFFECT, _WITH_SPREAD):
        found = pattern.fullmatch(text)
        if found:
            return tuple(group or "" for group in found.groups())
    return (text,) if _NUMBER.fullmatch(text) else ()


def _sides(piece: str, size: float, weight: str) -> tuple[float, float]:
    """Widths left and right of the decimal point (or slash), or of where it would stand."""
    found = _POINT.search(piece)
    left = width(piece[: found.start()] if found else piece, size, weight)
    return left, width(piece, size, weight) - left


@dataclass(frozen=True)
class Aligned:
    """Where the pieces of the cells of one column stand, in inches from its left edge.

    Attributes:
        points: of the decimal points of each sub-column.
        ends: of the sub-columns themselves.
        width: of all sub-columns.
    """

    points: tuple[float, ...]
    ends: tuple[float, ...]
    width: float

    @classmethod
    def of(cls, cells: Sequence[Text], size: float) -> Aligned:
        """The sub-columns that hold all numbers of these cells."""
        found: list[list[float]] = []
        bounds: list[tuple[int, float]] = []
        for text, weight in cells:
            for i, piece in enumerate(pieces(text)):
                if i == len(found):
                    found.append([0.0, 0.0])
                if _BOUND.match(piece):
                    bounds.append((i, width(piece, size, weight)))
                    continue
                found[i] = [max(a, b) for a, b in zip(found[i], _sides(piece, size, weight), strict=True)]
        for i, wide in bounds:
            found[i][0] = max(found[i][0], wide - found[i][1])
        gap = _GAP * (width("0 0", size) - width("00", size))
        starts = [0.0, *accumulate(left + right + gap for left, right in found)]
        points = tuple(start + left for start, (left, _) in zip(starts, found, strict=False))
        ends = tuple(point + right for point, (_, right) in zip(points, found, strict=True))
        return cls(points, ends, ends[-1] if ends else 0.0)

    def places(self, text: str, size: float, weight: str) -> list[tuple[int, float, str]]:
        """The sub-column, left end and text of each piece of one cell; a bound ends with its sub-column."""
        return [
            (
                i,
                end - width(piece, size, weight) if _BOUND.match(piece) else point - _sides(piece, size, weight)[0],
                piece,
            )
            for i, (point, end, piece) in enumerate(zip(self.points, self.ends, pieces(text), strict=False))
            if piece
        ]
