"""Coverage and other curves of a simulation against the number of studies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.figures import keys
from tmsmeta.figures.axes import set_ticks
from tmsmeta.figures.room import Width, paper_width
from tmsmeta.figures.style import DASHES, INK, PAPER, SERIES, SMALL, TWO_COLUMNS, Series, new_figure, styled
from tmsmeta.figures.text_extent import wrap
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.words.glossary import INTERVALS
from tmsmeta.words.numbers import FIGURE
from tmsmeta.words.ticks import linear_ticks

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
_FACTORS = {
    "tau2": "τ²",
    "effect": "log effect",
    "event_rate": "event rate",
    "n": "patients per trial",
    "imbalance": "imbalance",
    "large": "size of the first trial",
}
"""What the factors of a simulation are called above a panel."""
_NARROWEST = 1.45  # inches of a panel
_TALL = 1.9  # inches of a panel
_DODGE = 0.035  # distance of neighbouring methods, as a share of the number of studies
_LOOKS = (*SERIES, *SERIES)
"""Of the methods; the second time the markers are open."""
_REACH = 1.96  # Monte Carlo standard errors that the bars reach


@styled
def coverage_curves(
    table: pd.DataFrame,
    *,
    quantity: str = "coverage",
    panels: str = "tau2",
    lines: tuple[str, ...] = ("tau2_estimator", "ci"),
    width: Width | None = None,
    title: str = "",
) -> Figure:
    """Draw a quantity against the number of studies, a line a method, a panel for each value of one factor.

    Methods stand a little beside each other, so that their points and the bars of Monte Carlo error do not hide one
    another; the key names them in words. Panels that do not fit beside each other go on below.

    Rows that share panel, line and number of studies are drawn as one point only if there is one; select rows first
    where the grid has more factors.

    Args:
        table: ``.to_frame()`` of a simulation, or part of it.
        quantity: ``coverage rejection type_1_error power bias width``.
        panels: column whose values each get a panel.
        lines: columns that together name a line.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches.
        title: heading.

    Returns:
        The figure, with an axes for each panel.

    Raises:
        UnknownOptionError: an unknown quantity.
        InvalidInputError: several rows for one point, no row with the quantity, or more than 16 methods.

    Example:
        >>> import tmsmeta as tm
        >>> from tmsmeta.robustness.simulation import grid
        >>> cells = grid(k=[3, 5], tau2=0.1)
        >>> result = tm.simulate(cells, replicates=100, tau2=("DL",), ci=("z", "hksj"), progress=False)
        >>> figure = tm.figures.coverage_curves(result.to_frame())
    """
    check_option("quantity", quantity, list(QUANTITIES))
    for name, column in (("panels", panels), *(("lines", line) for line in lines)):
        check_option(name, column, list(table.columns))
    shown = table[np.isfinite(table[quantity].to_numpy(dtype=float))]
    _check_rows(shown, quantity, [panels, *lines, "k"])
    methods = list(dict.fromkeys(tuple(row) for row in shown[list(lines)].itertuples(index=False)))
    if len(methods) > len(_LOOKS):
        message = f"must have at most {len(_LOOKS)} methods, which lines and markers can tell apart; draw it in parts."
        raise InvalidInputError(Issue(None, "table", len(methods), message))
    values = sorted(shown[panels].unique())
    inches = paper_width(width, TWO_COLUMNS)
    across = int(min(max(inches // _NARROWEST, 1), len(values)))
    down = -(-len(values) // across)
    figure = new_figure(inches, _TALL * down + 0.5)
    axes = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False).ravel()
    handles: list[Any] = []
    for ax, value in zip(axes, values, strict=False):
        part = shown[shown[panels] == value]
        handles = _panel(ax, part, quantity, lines, methods)
        ax.set_title(wrap(_heading(panels, value), SMALL, inches / across - 0.3), fontsize=SMALL)
    for ax in axes[len(values) :]:
        ax.set_visible(False)
    for ax in axes[max(len(values) - across, 0) : len(values)]:
        ax.set_xlabel("Studies")
        ax.tick_params(labelbottom=True)
    _limits(axes[0], quantity)
    for ax in axes[::across]:
        ax.set_ylabel(QUANTITIES[quantity])
    keys.key_below(axes[0], handles, words=_said(shown, quantity))
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    return figure


def _panel(
    ax: Axes, part: pd.DataFrame, quantity: str, lines: tuple[str, ...], methods: list[tuple[Any, ...]]
) -> list[Any]:
    """The lines of one panel, each moved aside by its place among the methods."""
    factor, handles = (100.0 if quantity in _SHARES else 1.0), []
    for i, method in enumerate(methods):
        own = part[(part[list(lines)] == list(method)).all(axis=1)].sort_values("k")
        look, name = _LOOKS[i], ", ".join(_word(c, v) for c, v in zip(lines, method, strict=True))
        x = own["k"].to_numpy(dtype=float) * (1 + _DODGE) ** (i - (len(methods) - 1) / 2)
        y = factor * own[quantity].to_numpy(dtype=float)
        ax.plot(
            x,
            y,
            color=look.colour,
            ls=look.line,
            marker=look.marker,
            mfc=_face(i),
            ms=3.5,
            lw=1.0,
            gid="line",
            label=name,
        )
        if f"{quantity}_mcse" in own:
            reach = _REACH * factor * own[f"{quantity}_mcse"].to_numpy(dtype=float)
            low, high = y - reach, y + reach
            if quantity in _SHARES:
                low, high = np.clip(low, 0, 100), np.clip(high, 0, 100)
            ax.vlines(x, low, high, color=look.colour, lw=0.7)
        handles.append(_key(look, name, _face(i)))
    if quantity in _TARGET:
        target = factor * _TARGET[quantity]
        ax.axhline(target, color=INK, lw=0.8, ls=DASHES, zorder=0.5, gid="target")
        wanted = f"{FIGURE.tick(target)}% wanted" if quantity in _SHARES else "no bias"
        handles.append(keys.line(wanted, INK, style=DASHES, weight=0.8))
    ax.set_xscale("log")
    set_ticks(ax, sorted(part["k"].unique()))
    return handles


def _face(i: int) -> str:
    """What fills the markers of a method: nothing from where the looks come round."""
    return _LOOKS[i].colour if i < len(SERIES) else PAPER


def _key(look: Series, name: str, face: str) -> Any:
    handle = keys.line(name, look.colour, style=look.line, weight=1.0)
    handle.set(marker=look.marker, markersize=3.5, markerfacecolor=face)
    return handle


def _word(column: str, value: Any) -> str:
    """A level of a method in words."""
    if column == "tau2_estimator" and value in ESTIMATORS:
        return ESTIMATORS[value].label
    if column == "ci":
        return INTERVALS.get(str(value), str(value))
    return f"{_FACTORS.get(column, column.replace('_', ' '))} {_shown(value)}"


def _shown(value: Any) -> str:
    return FIGURE.plain(float(value)) if isinstance(value, (int, float, np.number)) else str(value)


def _heading(panels: str, value: Any) -> str:
    name = _FACTORS.get(panels, panels.replace("_", " "))
    return f"{name[:1].upper() if name[:1].isascii() else name[:1]}{name[1:]} = {_shown(value)}"


def _said(table: pd.DataFrame, quantity: str) -> str:
    return "Bars: 95% Monte Carlo error." if f"{quantity}_mcse" in table else ""


def _limits(ax: Axes, quantity: str) -> None:
    bottom, top = ax.get_ylim()
    if quantity in _SHARES:
        bottom, top = max(bottom, -1.0), min(top, 101.0)
    ax.set_ylim(bottom, top)
    set_ticks(ax, linear_ticks(bottom, top, 7), which="y")


def _check_rows(table: pd.DataFrame, quantity: str, columns: list[str]) -> None:
    if not len(table):
        raise InvalidInputError(Issue(None, quantity, None, "is missing in every row of the table; choose another."))
    if table.duplicated(columns).any():
        message = f"must have one row for each {', '.join(columns)}; select rows of the other factors first."
        raise InvalidInputError(Issue(None, "table", int(table.duplicated(columns).sum()), message))
