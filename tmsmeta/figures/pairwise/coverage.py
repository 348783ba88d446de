"""Coverage and other curves of a simulation against the number of studies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.figures.axes import linear_ticks, set_ticks
from tmsmeta.figures.style import INK, SERIES, SMALL, TWO_COLUMNS, new_figure, styled

if TYPE_CHECKING:
    import pandas as pd

QUANTITIES = {
    "coverage": "Coverage (%)",
    "rejection": "Rejections (%)",
    "type_1_error": "Type I error (%)",
    "power": "Power (%)",
    "bias": "Bias (log scale)",
    "width": "Width of the interval",
}
_SHARES = ("coverage", "rejection", "type_1_error", "power")
_TARGET = {"coverage": 0.95, "type_1_error": 0.05, "bias": 0.0}


@styled
def coverage_curves(
    table: pd.DataFrame,
    *,
    quantity: str = "coverage",
    panels: str = "tau2",
    lines: tuple[str, ...] = ("tau2_estimator", "ci"),
    title: str = "",
) -> Figure:
    """Draw a quantity against the number of studies, a line a method, a panel for each value of one factor.

    Rows that share panel, line and number of studies are drawn as one point only if there is one; select rows first
    where the grid has more factors.

    Args:
        table: ``.to_frame()`` of a simulation, or part of it.
        quantity: ``coverage rejection type_1_error power bias width``.
        panels: column whose values each get a panel.
        lines: columns that together name a line.
        title: heading.

    Raises:
        UnknownOptionError: an unknown quantity.
        InvalidInputError: several rows for one point.
    """
    check_option("quantity", quantity, list(QUANTITIES))
    shown = table[np.isfinite(table[quantity].to_numpy(dtype=float))]
    _check_single(shown, [panels, *lines, "k"])
    values = sorted(shown[panels].unique())
    figure = new_figure(1.1 * TWO_COLUMNS, 2.6)
    axes = np.atleast_1d(figure.subplots(1, max(len(values), 1), sharey=True))
    factor = 100.0 if quantity in _SHARES else 1.0
    names = list(dict.fromkeys(tuple(row) for row in shown[list(lines)].itertuples(index=False)))
    for ax, value in zip(axes, values, strict=True):
        part = shown[shown[panels] == value]
        for i, name in enumerate(names):
            own = part[(part[list(lines)] == list(name)).all(axis=1)].sort_values("k")
            look = SERIES[i % len(SERIES)]
            y = factor * own[quantity].to_numpy(dtype=float)
            ax.plot(
                own["k"], y, color=look.colour, ls=look.line, marker=look.marker, ms=3.5, label=" ".join(map(str, name))
            )
            if f"{quantity}_mcse" in own:
                reach = 1.96 * factor * own[f"{quantity}_mcse"].to_numpy(dtype=float)
                low, high = y - reach, y + reach
                if quantity in _SHARES:
                    low, high = np.clip(low, 0, 100), np.clip(high, 0, 100)
                ax.vlines(own["k"], low, high, color=look.colour, lw=0.7)
        if quantity in _TARGET:
            ax.axhline(factor * _TARGET[quantity], color=INK, lw=0.7, ls=(0, (4, 2)))
        ax.set_xscale("log")
        set_ticks(ax, sorted(part["k"].unique()))
        ax.set_title(
            f"{'τ²' if panels == 'tau2' else panels} = {value:g}" if isinstance(value, (int, float)) else str(value)
        )
        ax.set_xlabel("Studies")
    bottom, top = axes[0].get_ylim()
    if quantity in _SHARES:
        bottom, top = max(bottom, -1.0), min(top, 101.0)
    axes[0].set_ylim(bottom, top)
    set_ticks(axes[0], linear_ticks(bottom, top, 8), which="y")
    axes[0].set_ylabel(QUANTITIES[quantity])
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", fontsize=SMALL)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    return figure


def _check_single(table: pd.DataFrame, columns: list[str]) -> None:
    if table.duplicated(columns).any():
        message = f"must have one row for each {', '.join(columns)}; select rows of the other factors first."
        raise InvalidInputError(Issue(None, "table", int(table.duplicated(columns).sum()), message))
