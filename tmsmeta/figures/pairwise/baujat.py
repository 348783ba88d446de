"""Baujat plot: which studies add to heterogeneity, and which move the pooled effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.figures.axes import linear_ticks, set_ticks
from tmsmeta.figures.label_placement import name_studies
from tmsmeta.figures.style import BLUE, TWO_COLUMNS, axes_or_new, styled

if TYPE_CHECKING:
    import pandas as pd

_SIDE = 0.6 * TWO_COLUMNS


@styled
def baujat_plot(table: pd.DataFrame, *, ax: Axes | None = None, title: str = "") -> Axes:
    """Draw each study by what it adds to heterogeneity and by how far it moves the pooled effect.

    Args:
        table: from :func:`tmsmeta.baujat`.
        ax: the axes to use; a new figure without it.
        title: heading.
    """
    drawn = axes_or_new(ax, 1.2 * _SIDE, _SIDE)
    shown = table[np.isfinite(table["x"]) & np.isfinite(table["y"])]
    x, y = shown["x"].to_numpy(dtype=float), shown["y"].to_numpy(dtype=float)
    drawn.scatter(x, y, s=24, color=BLUE, zorder=3, clip_on=False, gid="studies")
    drawn.set_xlim(0, 1.12 * max(float(x.max(initial=0.0)), 1e-6))
    drawn.set_ylim(0, 1.12 * max(float(y.max(initial=0.0)), 1e-6))
    set_ticks(drawn, linear_ticks(*drawn.get_xlim(), 8))
    set_ticks(drawn, linear_ticks(*drawn.get_ylim(), 8), which="y")
    drawn.set_xlabel("Contribution to heterogeneity")
    drawn.set_ylabel("Influence on the pooled effect")
    order = np.argsort(-(x / max(x.max(initial=0.0), 1e-12) + y / max(y.max(initial=0.0), 1e-12)), kind="stable")
    if title:
        drawn.set_title(title)
    name_studies(drawn, x, y, shown["study"].astype(str).tolist(), order.tolist())
    return drawn
