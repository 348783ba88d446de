"""Names beside points, where there is room for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tmsmeta.figures.style import SMALL
from tmsmeta.figures.text_extent import line_height, width

_DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
_GAP = 0.055  # inches between a point and its name


def label_points(
    ax: Axes,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    names: Sequence[str],
    *,
    first: Sequence[int] | None = None,
) -> list[str]:
    """Write each name beside its point at the first of eight places that overlaps no point and no other name.

    Args:
        ax: axes whose limits are final.
        x, y: points in data units, shape (k,).
        names: their names.
        first: order in which names are placed, the most important first.

    Returns:
        Names for which there was no room.
    """
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    dpi = figure.dpi
    frame = ax.get_window_extent()
    points = ax.transData.transform(np.column_stack([x, y])) / dpi
    bounds = np.array([frame.x0, frame.y0, frame.x1, frame.y1]) / dpi
    taken: list[tuple[float, float, float, float]] = [(a - 0.03, b - 0.03, a + 0.03, b + 0.03) for a, b in points]
    high = line_height(SMALL)
    missing = []
    for i in first if first is not None else range(len(names)):
        wide = width(names[i], SMALL)
        for dx, dy in _DIRECTIONS:
            box = _box(points[i], dx, dy, wide, high)
            inside = box[0] >= bounds[0] and box[1] >= bounds[1] and box[2] <= bounds[2] and box[3] <= bounds[3]
            own = taken[i]
            if inside and not any(_overlap(box, other) for other in taken if other is not own):
                taken.append(box)
                _write(ax, (float(x[i]), float(y[i])), names[i], dx, dy)
                break
        else:
            missing.append(names[i])
    return missing


def _box(point: NDArray[np.float64], dx: int, dy: int, wide: float, high: float) -> tuple[float, float, float, float]:
    left = point[0] + (_GAP if dx > 0 else -_GAP - wide if dx < 0 else -wide / 2)
    bottom = point[1] + (_GAP if dy > 0 else -_GAP - high if dy < 0 else -high / 2)
    return float(left), float(bottom), float(left + wide), float(bottom + high)


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _write(ax: Axes, at: tuple[float, float], name: str, dx: int, dy: int) -> None:
    ax.annotate(
        name,
        at,
        xytext=(72 * _GAP * dx, 72 * _GAP * dy),
        textcoords="offset points",
        ha={1: "left", -1: "right", 0: "center"}[dx],
        va={1: "bottom", -1: "top", 0: "center"}[dy],
        fontsize=SMALL,
        gid="point label",
        annotation_clip=False,
        zorder=2.5,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.3},
    )
