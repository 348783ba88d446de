"""Labels beside points, moved until none covers another label, a point, or the frame."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, hypot, pi, sin

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from tmsmeta.figures import style
from tmsmeta.figures.text_extent import line_height, width

Box = tuple[float, float, float, float]
"""Left, bottom, right, top in points."""

_DISTANCES = (5.0, 8.0, 12.0, 18.0, 26.0, 36.0, 50.0, 68.0, 90.0)
_ANGLES = tuple(2 * pi * k / 16 + pi / 4 for k in range(16))
_CLEAR = 1.5


def place_labels(
    ax: Axes,
    points: Sequence[tuple[float, float]],
    texts: Sequence[str],
    *,
    size: float,
    lines: Sequence[tuple[tuple[float, float], tuple[float, float]]] = (),
    radius: float = 3.5,
) -> None:
    """Write `texts` beside `points` (data values), as near as the room allows, and tie far ones by a thin line.

    Args:
        ax: the axes, with its final limits and place.
        points: one per text.
        texts: may have several lines.
        size: font size in points.
        lines: horizontal or vertical lines (data values of both ends) that labels should leave free if they can.
        radius: of the points' markers.
    """
    parent = ax.figure
    if isinstance(parent, Figure) and parent.get_layout_engine() is not None:
        parent.draw_without_rendering()
    unit = 72 / ax.figure.dpi
    frame = ax.get_window_extent()
    limits = frame.x0 * unit, frame.y0 * unit, frame.x1 * unit, frame.y1 * unit
    at = ax.transData.transform(np.asarray(points, dtype=float)) * unit if len(points) else np.empty((0, 2))
    bars = [_line_box(ax.transData.transform(np.asarray(ends)) * unit) for ends in lines]
    markers = [(x - radius, y - radius, x + radius, y + radius) for x, y in at.tolist()]
    taken: list[Box] = []
    # crowded points first: they have the fewest places to choose from
    order = sorted(range(len(points)), key=lambda k: (_nearest(at, k), k))
    for k in order:
        box, shift = _best(at[k].tolist(), _extent(texts[k], size), limits, taken, markers, bars, radius)
        taken.append(box)
        far = hypot(*shift) > radius + 9
        centre = (box[0] + box[2]) / 2 - at[k, 0], (box[1] + box[3]) / 2 - at[k, 1]
        ax.annotate(
            texts[k],
            points[k],
            xytext=centre,
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=size,
            linespacing=1.1,
            annotation_clip=False,
            zorder=6,
            gid="label",
            path_effects=[withStroke(linewidth=1.8, foreground=style.PAPER)],
            arrowprops={"arrowstyle": "-", "color": style.MUTED, "lw": 0.5, "shrinkA": 1.0, "shrinkB": radius}
            if far
            else None,
        )


def _extent(text: str, size: float) -> tuple[float, float]:
    return 72 * width(text, size) + 2, 72 * line_height(size) * (text.count("\n") + 1)


def _line_box(ends: np.ndarray) -> Box:
    (x0, y0), (x1, y1) = ends.tolist()
    return min(x0, x1) - 0.5, min(y0, y1) - 0.5, max(x0, x1) + 0.5, max(y0, y1) + 0.5


def _nearest(at: np.ndarray, k: int) -> float:
    apart = np.hypot(*(np.delete(at, k, axis=0) - at[k]).T)
    return float(apart.min()) if apart.size else 0.0


def _best(
    point: Sequence[float],
    extent: tuple[float, float],
    limits: Box,
    taken: list[Box],
    markers: list[Box],
    lines: list[Box],
    radius: float,
) -> tuple[Box, tuple[float, float]]:
    """The cheapest place, and how far its nearest edge is from the point."""
    choices: list[tuple[float, int, Box, tuple[float, float]]] = []
    for distance in _DISTANCES:
        for angle in _ANGLES:
            shift = (distance + radius - 2) * cos(angle), (distance + radius - 2) * sin(angle)
            box = _beside(point, extent, shift)
            hard = sum(_overlap(box, other) for other in [*taken, *markers]) + _outside(box, limits)
            soft = sum(_overlap(box, other) > 0 for other in lines)
            choices.append((1e3 * hard + 9 * soft + distance, len(choices), box, shift))
    _, _, box, shift = min(choices)
    return box, shift


def _beside(point: Sequence[float], extent: tuple[float, float], shift: tuple[float, float]) -> Box:
    """A box that touches point + shift with the side or corner that faces the point."""
    wide, high = extent
    x, y = point[0] + shift[0], point[1] + shift[1]
    across, up = (0.0 if abs(s) < 0.35 * hypot(*shift) else np.sign(s) for s in shift)
    left, bottom = x + (across - 1) * wide / 2, y + (up - 1) * high / 2
    return left, bottom, left + wide, bottom + high


def _overlap(a: Box, b: Box) -> float:
    """Overlap of two boxes in points, with some clearance: 0 for none, else at least a little."""
    x = min(a[2], b[2]) - max(a[0], b[0]) + _CLEAR
    y = min(a[3], b[3]) - max(a[1], b[1]) + _CLEAR
    return max(x, 0.0) * max(y, 0.0)


def _outside(box: Box, limits: Box) -> float:
    left, bottom, right, top = (
        max(0.0, d) for d in (limits[0] - box[0], limits[1] - box[1], box[2] - limits[2], box[3] - limits[3])
    )
    return left + bottom + right + top
