"""Radial (Galbraith) plot: a study's effect is the slope of its ray from the origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.figures.axes import linear_ticks, padded, scale_for, set_ticks
from tmsmeta.figures.label_placement import name_studies
from tmsmeta.figures.style import BLUE, INK, ORANGE, TWO_COLUMNS, axes_or_new, styled

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.pooling import PooledEffect

_SIDE = 0.6 * TWO_COLUMNS


@styled
def radial_plot(table: pd.DataFrame, result: PooledEffect, *, ax: Axes | None = None, title: str = "") -> Axes:
    """Draw a radial (Galbraith) plot: a study's effect is the slope of its ray from the origin.

    Args:
        table: from ``tmsmeta.robustness.sensitivity.radial``.
        result: the pooled effect, whose ray is drawn with the band of 2 to both sides.
        ax: the axes to use; a new figure without it.
        title: heading.
    """
    drawn = axes_or_new(ax, 1.2 * _SIDE, _SIDE)
    x, y = table["x"].to_numpy(dtype=float), table["y"].to_numpy(dtype=float)
    end = 1.08 * float(x.max())
    ray = np.array([0.0, end])
    drawn.fill_between(ray, result.estimate * ray - 2, result.estimate * ray + 2, color="#e9e9e9", lw=0, zorder=0)
    drawn.plot(ray, result.estimate * ray, color=ORANGE, lw=1.4, zorder=2, gid="pooled ray")
    drawn.axhline(0, color=INK, lw=0.6, zorder=1)
    drawn.scatter(x, y, s=24, color=BLUE, zorder=3, gid="studies")
    drawn.set_xlim(0, end)
    drawn.set_ylim(*padded(min(float(y.min()), -2.2), max(float(y.max()), result.estimate * end + 2.2)))
    set_ticks(drawn, linear_ticks(0, end, 7))
    set_ticks(drawn, linear_ticks(*drawn.get_ylim(), 8), which="y")
    drawn.set_xlabel("Precision, 1 / √(v + τ²)")
    label = scale_for(result.effects).label
    drawn.set_ylabel(f"{f'Log {label.lower()}' if result.effects.info.is_ratio else label} × precision")
    if title:
        drawn.set_title(title)
    far = np.argsort(-np.abs(y - result.estimate * x), kind="stable")
    name_studies(drawn, x, y, table["study"].astype(str).tolist(), far.tolist(), lines=[((0.0, 0.0), (end, 0.0))])
    return drawn
