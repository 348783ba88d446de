"""Words beside points: each as near to its point as the room allows, none on another, a point or the frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import cos, hypot, pi, sin
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from tmsmeta.figures import style
from tmsmeta.figures.room import settle
from tmsmeta.figures.text_extent import lines_height, width

Box = tuple[float, float, float, float]
"""Left, bottom, right, top in points."""
Line = tuple[tuple[float, float], tuple[float, float]]
"""Both ends of a horizontal or vertical line, in data values."""


class _Search(NamedTuple):
    """Where a label may go.

    Attributes:
        distances: from the edge of the point's marker, in points, the nearest first.
        angles: around the point, the best first.
        radius: of the point's marker.
        clear: white space between a label and what it must not cover.
    """

    distances: tuple[float, ...]
    angles: tuple[float, ...]
    radius: float
    clear: float


_AROUND = tuple(2 * pi * k / 16 for k in range(16))
_ANYWHERE = _Search(
    (3.0, 6.0, 10.0, 16.0, 24.0, 34.0, 48.0, 66.0, 88.0), tuple(a + pi / 4 for a in _AROUND), radius=3.5, clear=1.5
)
_BESIDE = _Search((1.5,), tuple(sorted(_AROUND, key=lambda a: round(abs(sin(a)), 6))), radius=2.5, clear=0.0)
"""Right or left of the point where that is free, and else around it."""
_UNTIED = 6.0
"""Distance up to which the eye finds the point of a label without a line."""


def place_labels(
    ax: Axes,
    points: NDArray[np.float64],
    texts: Sequence[str],
    *,
    lines: Sequence[Line] = (),
    order: Sequence[int] | None = None,
    every: bool = True,
) -> list[str]:
    """Write `texts` beside `points`.

    Args:
        ax: the axes, with its final limits and place.
        points: data values, shape (k, 2).
        texts: one per point; may have several lines.
        lines: that labels should leave free if they can.
        order: in which labels choose their places, the most important first; by default crowded points first, since
            they have the fewest places to choose from.
        every: whether every label is written, far from its point (and tied to it by a thin line) where there is no
            room beside it; otherwise such labels are left out.

    Returns:
        Texts that were left out.
    """
    search, unit = _ANYWHERE if every else _BESIDE, 72 / ax.figure.dpi
    settle(ax)
    frame = ax.get_window_extent()
    at = ax.transData.transform(points) * unit if len(points) else np.empty((0, 2))
    room = _Room(
        limits=(frame.x0 * unit, frame.y0 * unit, frame.x1 * unit, frame.y1 * unit),
        markers=[(x - search.radius, y - search.radius, x + search.radius, y + search.radius) for x, y in at.tolist()],
        lines=[_line_box(ax.transData.transform(np.asarray(ends)) * unit) for ends in lines],
        search=search,
    )
    missing = []
    for k in order if order is not None else sorted(range(len(at)), key=lambda k: (_nearest(at, k), k)):
        box, distance, free = room.best(at[k], _extent(texts[k]))
        if not free and not every:
            missing.append(texts[k])
            continue
        room.taken.append(box)
        tie = {"arrowstyle": "-", "color": style.MUTED, "lw": 0.5, "shrinkA": 1.0, "shrinkB": search.radius}
        ax.annotate(
            texts[k],
            tuple(points[k]),
            xytext=((box[0] + box[2]) / 2 - at[k, 0], (box[1] + box[3]) / 2 - at[k, 1]),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=style.SMALL,
            linespacing=1.1,
            annotation_clip=False,
            zorder=6,
            gid="label",
            path_effects=[withStroke(linewidth=1.8, foreground=style.PAPER)],
            arrowprops=tie if distance > _UNTIED else None,
        )
    return missing


def name_studies(
    ax: Axes,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    names: Sequence[str],
    order: Sequence[int],
    lines: Sequence[Line] = (),
) -> None:
    """Names where there is room; how many are missing is said below the axis, whose room is kept from the start."""
    words = ax.get_xlabel()
    ax.set_xlabel(f"{words}\n ")
    missing = place_labels(ax, np.column_stack([x, y]), names, lines=lines, order=order, every=False)
    if missing:
        ax.set_xlabel(f"{words}\n({len(missing)} of {len(order)} studies are not named for lack of room)")


@dataclass(frozen=True)
class _Room:
    """What is taken already, in points."""

    limits: Box
    markers: list[Box]
    lines: list[Box]
    search: _Search
    taken: list[Box] = field(default_factory=list)

    def best(self, point: NDArray[np.float64], extent: tuple[float, float]) -> tuple[Box, float, bool]:
        """The cheapest place of a text, its distance from the point, and whether it covers nothing there."""
        choices: list[tuple[float, int, Box, float, bool]] = []
        clear = self.search.clear
        for distance in self.search.distances:
            for angle in self.search.angles:
                reach = self.search.radius + distance
                box = _beside(point, extent, (reach * cos(angle), reach * sin(angle)))
                covered = sum(_overlap(box, other, clear) for other in [*self.taken, *self.markers])
                hard = covered + _outside(box, self.limits)
                soft = sum(_overlap(box, other, clear) > 0 for other in self.lines)
                choices.append((1e3 * hard + 9 * soft + distance, len(choices), box, distance, hard == 0))
        _, _, box, distance, free = min(choices)
        return box, distance, free


def _extent(text: str) -> tuple[float, float]:
    return 72 * width(text, style.SMALL) + 2, 72 * lines_height(text, style.SMALL)


def _line_box(ends: NDArray[np.float64]) -> Box:
    (x0, y0), (x1, y1) = ends.tolist()
    return min(x0, x1) - 0.5, min(y0, y1) - 0.5, max(x0, x1) + 0.5, max(y0, y1) + 0.5


def _nearest(at: NDArray[np.float64], k: int) -> float:
    apart = np.hypot(*(np.delete(at, k, axis=0) - at[k]).T)
    return float(apart.min()) if apart.size else 0.0


def _beside(point: NDArray[np.float64], extent: tuple[float, float], shift: tuple[float, float]) -> Box:
    """A box that touches point + shift with the side or corner that faces the point."""
    wide, high = extent
    x, y = float(point[0] + shift[0]), float(point[1] + shift[1])
    across, up = (0.0 if abs(s) < 0.35 * hypot(*shift) else np.sign(s) for s in shift)
    left, bottom = x + (across - 1) * wide / 2, y + (up - 1) * high / 2
    return left, bottom, left + wide, bottom + high


def _overlap(a: Box, b: Box, clear: float) -> float:
    """Overlap of two boxes in square points; 0 where at least `clear` points lie between them."""
    x = min(a[2], b[2]) - max(a[0], b[0]) + clear
    y = min(a[3], b[3]) - max(a[1], b[1]) + clear
    return max(x, 0.0) * max(y, 0.0)


def _outside(box: Box, limits: Box) -> float:
    left, bottom, right, top = (
        max(0.0, d) for d in (limits[0] - box[0], limits[1] - box[1], box[2] - limits[2], box[3] - limits[3])
    )
    return left + bottom + right + top


def spread_out(wanted: Sequence[float], gaps: Sequence[float], low: float, high: float) -> list[float]:
    """Places as near as possible to the `wanted` ones, in their order, at least `gaps` apart, within `low` to `high`.

    `gaps` has one value between each two neighbours. Neighbours that are too close are merged into blocks around
    their mean (pool adjacent violators on the places minus their offsets), which gives the least squares solution.
    """
    offsets = [0.0, *np.cumsum(gaps).tolist()]
    blocks: list[list[float]] = []
    for place, offset in zip(wanted, offsets, strict=False):
        blocks.append([place - offset, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, count = blocks.pop()
            before = blocks[-1]
            before[0] = (before[0] * before[1] + mean * count) / (before[1] + count)
            before[1] += count
    top = high - offsets[-1]
    flat = [min(max(mean, low), max(top, low)) for mean, count in blocks for _ in range(int(count))]
    return [place + offset for place, offset in zip(flat, offsets, strict=False)]
