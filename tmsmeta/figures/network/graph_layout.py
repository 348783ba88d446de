"""Where nodes, edges and names of a network graph go: a circle, edges that pass no foreign node, names outside.

All lengths are inches, from the centre of the circle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tmsmeta.figures.label_placement import spread_out
from tmsmeta.figures.network.name_list import NameList
from tmsmeta.figures.style import SMALL
from tmsmeta.figures.text_extent import line_height, lines_height, width, wrap

Points = NDArray[np.float64]

LARGEST_NODE = 15 / 72
"""Radius of the largest node."""
SMALLEST_NODE = 1 / 72
"""Radius that a node has at least; less could not be seen."""
_TOUCH = 0.65
"""Share of the distance between neighbours that their nodes may fill, so that the edge between them is seen."""
_CLEAR = 2 / 72
"""White space between an edge and a node that it passes."""
_BENDS = tuple(k / 20 for k in range(19))
_STEPS = 49
_GAP, _ROW = 0.09, 0.05
_NUMBERED = 26
"""Treatments from which nodes carry numbers."""
_LEAST_RADIUS = 0.2
"""Of the circle, as a share of the width; below it nodes carry numbers."""


@dataclass(frozen=True)
class Label:
    """A name or number outside the circle.

    Attributes:
        text: in lines.
        at: where it stands, at its left or right end in the middle of its height; numbers are centred.
        align: ``left``, ``right`` or ``center``.
        tie: start and end of a thin line to its node, None where it stands beside it.
    """

    text: str
    at: tuple[float, float]
    align: str
    tie: tuple[tuple[float, float], tuple[float, float]] | None = None


@dataclass(frozen=True)
class Circle:
    """Nodes on a circle.

    Attributes:
        radius: of the circle.
        weights: what the areas of the nodes stand for, in the order around the circle, clockwise from the top.
    """

    radius: float
    weights: Points

    @cached_property
    def centres(self) -> Points:
        """Middle of each node, shape (n, 2)."""
        count = len(self.weights)
        angle = np.pi / 2 - 2 * np.pi * np.arange(count) / max(count, 1)
        return self.radius * np.column_stack([np.cos(angle), np.sin(angle)])

    @cached_property
    def unit(self) -> float:
        """Radius of a node of weight 1: all areas are in proportion, and no two neighbours come close."""
        root = np.sqrt(self.weights)
        most = LARGEST_NODE / max(float(root.max()), 1e-9)
        if len(root) < 2:
            return most
        apart = 2 * self.radius * np.sin(np.pi / len(root))
        return float(min(most, np.min(_TOUCH * apart / np.maximum(root + np.roll(root, 1), 1e-9))))

    @cached_property
    def nodes(self) -> Points:
        """Radius of each node."""
        return np.maximum(self.unit * np.sqrt(self.weights), SMALLEST_NODE)

    def between(self, neighbours: int) -> float:
        """Distance between the edges of a node with so many neighbours, half a radius away from it."""
        return self.radius / 2 * np.pi / max(neighbours, 1)

    def route(self, a: int, b: int, thick: float) -> Points:
        """The line of an edge between two nodes: straight, or bent inwards until it passes no foreign node."""
        start, end = self.centres[a], self.centres[b]
        others = [k for k in range(len(self.centres)) if k not in (a, b)]
        along = np.linspace(0.0, 1.0, _STEPS)[:, None]
        best, most = np.vstack([start, end]), -np.inf
        for bend in _BENDS if others else ():
            control = (1 - bend) * (start + end) / 2
            line = (1 - along) ** 2 * start + 2 * along * (1 - along) * control + along**2 * end
            apart = np.hypot(*(line[:, None, :] - self.centres[others][None, :, :]).transpose(2, 0, 1)).min(axis=0)
            free = float(np.min(apart - self.nodes[others])) - thick / 2
            if free > most:
                best, most = line if bend else best, free
            if free >= _CLEAR:
                break
        return best


def beside(circle: Circle, words: Sequence[str]) -> list[Label]:
    """Names at the height of their nodes, moved up or down where they would touch, tied to the node then."""
    labels: dict[int, Label] = {}
    for side in (1.0, -1.0):
        here = [k for k, (x, _) in enumerate(circle.centres.tolist()) if (x >= -1e-9) == (side > 0)]
        here.sort(key=lambda k: (float(circle.centres[k, 1]), side * k))
        heights = [lines_height(words[k], SMALL) + _ROW for k in here]
        wanted = [1.12 * float(circle.centres[k, 1]) for k in here]
        rows = spread_out(wanted, [(a + b) / 2 for a, b in pairwise(heights)], -np.inf, np.inf)
        for k, y, high in zip(here, rows, heights, strict=True):
            reach = circle.radius + float(circle.nodes.max()) + _GAP
            near = max(abs(y) - high / 2, 0.0)
            x = side * max(np.sqrt(max(reach**2 - near**2, 0.0)), float(circle.nodes[k]) + _GAP)
            labels[k] = _tied(circle, k, words[k], (x, y), side)
    return [labels[k] for k in range(len(words))]


def _tied(circle: Circle, k: int, text: str, at: tuple[float, float], side: float) -> Label:
    centre, own = circle.centres[k], float(circle.nodes[k])
    end = np.array([at[0] - side * 0.025, at[1]])
    away = end - centre
    far = float(np.hypot(*away))
    start = centre + away / max(far, 1e-9) * (own + 0.02)
    tie = (tuple(start.tolist()), tuple(end.tolist())) if far - own > 0.12 else None
    return Label(text, at, "left" if side > 0 else "right", tie)


def numbered(circle: Circle) -> list[Label]:
    """Numbers just outside their nodes, clockwise from the top; crowded ones in two rings."""
    count = len(circle.nodes)
    far = circle.radius + circle.nodes + _number_room(count)
    if 2 * np.pi * float(far.min()) / count < width(str(count), SMALL) + 0.04:
        far[1::2] += 2 * _number_room(count)
    spots = circle.centres / circle.radius * far[:, None]
    return [Label(str(k + 1), (float(x), float(y)), "center") for k, (x, y) in enumerate(spots.tolist())]


def _number_room(count: int) -> float:
    return max(width(str(count), SMALL), line_height(SMALL)) / 2 + 0.03


@dataclass(frozen=True)
class Placed:
    """A circle with its names, and the list that numbers refer to.

    Attributes:
        circle: the nodes.
        labels: one per node.
        listed: the list below that numbers refer to; empty where the names stand beside their nodes.
    """

    circle: Circle
    labels: list[Label]
    listed: NameList

    @property
    def up(self) -> float:
        """Height above the centre of the circle."""
        return max(label.at[1] + lines_height(label.text, SMALL) / 2 for label in self.labels) + 0.04

    @property
    def down(self) -> float:
        """Height below the centre of the circle, without the list."""
        return max(lines_height(label.text, SMALL) / 2 - label.at[1] for label in self.labels) + 0.04

    @property
    def total_height(self) -> float:
        """Height of circle, names and list."""
        return self.up + self.down + (self.listed.height + 0.12 if self.listed.names else 0.0)


def arrangements(
    names: Sequence[str], facts: Sequence[str], weights: Points, wide: float, high: float
) -> Iterator[Placed]:
    """Ways to place the names in `wide` inches, the fullest first; `high` limits the circle.

    Names with their facts beside the nodes; numbers with a list of names and facts; the same without the facts.
    """
    if len(names) < _NUMBERED:
        for share in (0.3, 0.26, 0.22):
            limit = share * wide
            words = [f"{wrap(n, SMALL, limit)}\n{wrap(f, SMALL, limit)}" for n, f in zip(names, facts, strict=True)]
            radius = min(wide / 2 - max(width(w, SMALL) for w in words) - LARGEST_NODE - _GAP, high / 2 - 0.35)
            placed = None if radius < _LEAST_RADIUS * wide else _with_names(radius, words, weights)
            if placed is not None and placed.total_height <= high:
                yield placed
    radius = min(wide / 2 - 4 * _number_room(len(names)) - SMALLEST_NODE - 0.02, 1.5 + 0.02 * len(names))
    # a fact does not break over two lines
    tied = [f.replace(" ", "\N{NO-BREAK SPACE}").replace(",\N{NO-BREAK SPACE}", ", ") for f in facts]
    for texts in ([f"{n} ({f})" for n, f in zip(names, tied, strict=True)], list(names)):
        circle = Circle(min(radius, high / 2 - 0.3), weights)
        yield Placed(circle, numbered(circle), NameList(texts, wide))


def _with_names(radius: float, words: Sequence[str], weights: Points) -> Placed | None:
    """The circle with names, unless they would have to stand far from their nodes."""
    circle = Circle(radius, weights)
    placed = Placed(circle, beside(circle, words), NameList((), 1.0))
    return placed if placed.up + placed.down <= 3.4 * radius else None


def _crowding(
    spot: Points,
    half: tuple[float, float],
    taken: Sequence[tuple[Points, float]],
    nodes: Sequence[tuple[Points, float]],
) -> float:
    """How much a number at `spot` would cover of others and of nodes; 0 where it is free."""
    total = 0.0
    for other, wide in taken:
        across = half[0] + wide - abs(spot[0] - other[0])
        up = 2 * half[1] - abs(spot[1] - other[1])
        total += max(min(across, up), 0.0)
    for node, radius in nodes:
        total += 0.2 * max(radius + half[1] - float(np.hypot(*(spot - node))), 0.0)
    return total


def count_spots(circle: Circle, lines: Sequence[Points], counts: Sequence[str]) -> list[Points]:
    """Where the number of each edge stands: the first free place along it; the shortest edges choose first."""
    nodes = list(zip(circle.centres, circle.nodes.tolist(), strict=True))
    halves = [(width(text, SMALL) / 2 + 0.03, 0.75 * SMALL / 72) for text in counts]
    order = sorted(range(len(lines)), key=lambda k: (float(np.hypot(*(lines[k][0] - lines[k][-1]))), k))
    spots: dict[int, Points] = {}
    # the later rounds move a number away from those that were placed after it
    for _ in range(3):
        for k in order:
            taken = [(spot, halves[other][0]) for other, spot in spots.items() if other != k]
            choices = [_along(lines[k], share) for share in _ALONG]
            costs = [_crowding(choice, halves[k], taken, nodes) for choice in choices]
            spots[k] = choices[int(np.argmin(costs))]
    return [spots[k] for k in range(len(lines))]


_ALONG = tuple(sorted((k / 40 for k in range(5, 36)), key=lambda at: (abs(at - 0.38), at)))
"""Places of a number on its edge; the middle is not the first, since edges across the circle meet there."""


def _along(line: Points, share: float) -> Points:
    at = share * (len(line) - 1)
    low = int(at)
    high = min(low + 1, len(line) - 1)
    spot: Points = line[low] + (at - low) * (line[high] - line[low])
    return spot


def stretches(line: Points, parts: Mapping[str, float]) -> Iterator[tuple[str, Points]]:
    """The line of an edge cut into stretches of these shares."""
    begun, last = 0.0, len(line) - 1
    for name, share in parts.items():
        end = min(begun + share, 1.0)
        inner = [k / last for k in range(last + 1) if begun < k / last < end]
        yield name, np.array([_along(line, s) for s in (begun, *inner, end)])
        begun = end
