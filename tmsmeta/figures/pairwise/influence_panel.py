"""The deletion diagnostics of every study in small panels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tmsmeta.figures.axes import linear_ticks, set_ticks
from tmsmeta.figures.style import BLUE, MUTED, ORANGE, RULE, SMALL, TINY, TWO_COLUMNS, new_figure, styled
from tmsmeta.figures.text_extent import line_height, wrap

if TYPE_CHECKING:
    import pandas as pd

_PANELS = (
    ("rstudent", "Studentised\nresidual", 0.0),
    ("dffits", "DFFITS", 0.0),
    ("cooks_distance", "Cook's distance", None),
    ("cov_ratio", "Covariance ratio", 1.0),
    ("tau2_deleted", "τ² without", None),
    ("weight", "Weight (%)", None),
)


@styled
def influence_panel(table: pd.DataFrame, *, title: str = "") -> Figure:
    """Draw six diagnostics, a line of points each, studies from top to bottom; influential ones stand out.

    Args:
        table: from :func:`tmsmeta.influence`.
        title: heading.

    Returns:
        The figure; its axes carry the names of the columns as labels.
    """
    k = len(table)
    lines = max(wrap(str(name), SMALL, 1.9).count("\n") + 1 for name in table["study"])
    figure = new_figure(TWO_COLUMNS * 1.25, max(1.9, 1.0 + 1.2 * k * lines * line_height(SMALL)))
    axes = figure.subplots(1, len(_PANELS), sharey=True)
    place = np.arange(k)
    flagged = table["influential"].to_numpy(dtype=bool)
    for ax, (column, name, neutral) in zip(axes, _PANELS, strict=True):
        values = table[column].to_numpy(dtype=float) * (100 if column == "weight" else 1)
        ax.hlines(place, neutral if neutral is not None else 0, values, color=RULE, lw=0.8, zorder=1)
        if neutral is not None:
            ax.axvline(neutral, color=MUTED, lw=0.6)
        for some, colour, marker in ((~flagged, BLUE, "o"), (flagged, ORANGE, "D")):
            ax.scatter(values[some], place[some], s=20, color=colour, marker=marker, zorder=3)
        ax.set_title(name, fontsize=SMALL)
        ax.set_label(column)
        low, high = ax.get_xlim()
        set_ticks(ax, linear_ticks(low, high, 4))
        ax.set_xlim(low, high)
        ax.tick_params(axis="x", labelsize=TINY)
        ax.tick_params(axis="y", length=0)
    names = [wrap(str(name), SMALL, 1.9) for name in table["study"]]
    axes[0].set_yticks(place, names)
    axes[0].set_ylim(k - 0.5, -0.5)
    if flagged.any():
        mark = Line2D([], [], color=ORANGE, marker="D", lw=0, ms=4.5, label="influential")
        figure.legend(handles=[mark], loc="outside lower right", fontsize=SMALL)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    return figure
