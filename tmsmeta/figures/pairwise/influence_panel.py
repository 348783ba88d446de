"""Influence panel: the deletion diagnostics of every study in small panels, with the cut-offs of the rule."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tmsmeta.figures import keys
from tmsmeta.figures.axes import padded, set_ticks
from tmsmeta.figures.room import Width, paper_width
from tmsmeta.figures.style import BLUE, DASHES, INK, MUTED, ORANGE, RULE, SMALL, TWO_COLUMNS, new_figure, styled
from tmsmeta.figures.text_extent import lines_height, wrap
from tmsmeta.figures.text_extent import width as text_width
from tmsmeta.robustness.sensitivity.influence import influence_cutoffs
from tmsmeta.words.names import inside, studies
from tmsmeta.words.numbers import FIGURE
from tmsmeta.words.ticks import linear_ticks

if TYPE_CHECKING:
    import pandas as pd


class _Panel(NamedTuple):
    """One diagnostic: its column, its name, the value of a study like all others, whether its sign counts, a factor."""

    column: str
    name: str
    neutral: float = 0.0
    signed: bool = False
    factor: float = 1.0
    unit: str = ""


_PANELS = (
    _Panel("dffits", "DFFITS", signed=True),
    _Panel("cooks_distance", "Cook's distance"),
    _Panel("hat", "Weight (%)", factor=100.0, unit="%"),
    _Panel("dfbetas", "DFBETAS", signed=True),
    _Panel("rstudent", "Studentised residual", signed=True),
    _Panel("tau2_deleted", "τ² without it"),
    _Panel("cov_ratio", "Covariance ratio", neutral=1.0),
)
_NARROWEST = 0.74  # inches of a panel
_NAMES = 0.3  # of the paper that names may take
_TALLEST = 9.7  # inches of text on a page of A4
_AROUND = 1.5  # inches above and below the rows, about


@styled
def influence_panel(table: pd.DataFrame, *, width: Width | None = None, title: str = "") -> Figure:
    """Draw deletion diagnostics, a panel each, studies from top to bottom; influential ones stand out.

    Dashed lines are the cut-offs, whose values stand above the panels; the rule stands below in words. On narrow paper
    panels are left out from the right: covariance ratio, tau2, residual, DFBETAS. Where the studies do not fit on a
    page those with the largest Cook's distance are shown, and the others counted.

    Args:
        table: from :func:`tmsmeta.influence`.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches.
        title: heading.

    Returns:
        The figure; its axes carry the names of the columns as labels.

    Raises:
        InvalidInputError: something else than what :func:`tmsmeta.influence` gives, or a width that is none.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> figure = tm.figures.influence_panel(tm.influence(trials))
    """
    inches = paper_width(width, TWO_COLUMNS)
    names = [wrap(str(name), SMALL, _NAMES * inches) for name in table["study"]]
    heights = np.array([1.25 * lines_height(name, SMALL) for name in names])
    shown = _shown(table, heights)
    panels = [p for p in _PANELS if np.isfinite(table[p.column].to_numpy(dtype=float)).any()]
    for_names = max(text_width(names[i], SMALL) for i in shown) + 0.15
    count = int(min(max((inches - for_names) // _NARROWEST, 1), len(panels)))
    each = (inches - for_names) / count - 0.12
    figure = new_figure(inches, _AROUND + max(float(heights[shown].sum()), 0.5))
    axes = np.atleast_1d(figure.subplots(1, count, sharey=True))
    cutoffs = influence_cutoffs(len(table))
    place = np.cumsum(heights[shown]) - heights[shown] / 2
    for ax, panel in zip(axes, panels, strict=False):
        _draw(ax, panel, table.iloc[shown], place, cutoffs.get(panel.column), each)
    axes[0].set_yticks(place, [names[i] for i in shown])
    axes[0].set_ylim(float(heights[shown].sum()), 0.0)
    handles = [keys.dot("influential", ORANGE, marker="D"), keys.dot("other studies", BLUE)] if cutoffs else []
    handles += [keys.line("Cut-off", INK, style=DASHES, weight=0.8)] if cutoffs else []
    words = _rule(cutoffs)
    if len(shown) < len(table):
        words += f" The {len(shown)} of {studies(len(table))} with the largest Cook's distance are shown."
    keys.key_below(axes[0], handles, words=words)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    return figure


def _shown(table: pd.DataFrame, heights: np.ndarray) -> list[int]:
    """Places of the studies that fit on a page, in the order of the table; those that move the result most are kept."""
    far = np.argsort(-np.nan_to_num(table["cooks_distance"].to_numpy(dtype=float)), kind="stable")
    fit = np.cumsum(heights[far]) <= _TALLEST - _AROUND
    return sorted(far[fit].tolist())


def _draw(ax: Axes, panel: _Panel, table: pd.DataFrame, place: np.ndarray, cutoff: float | None, inches: float) -> None:
    values = table[panel.column].to_numpy(dtype=float) * panel.factor
    flagged = table["influential"].to_numpy(dtype=bool)
    ax.hlines(place, panel.neutral, values, color=RULE, lw=0.8, zorder=1)
    ax.axvline(panel.neutral, color=MUTED, lw=0.6)
    for some, colour, marker in ((~flagged, BLUE, "o"), (flagged, ORANGE, "D")):
        ax.scatter(values[some], place[some], s=16, color=colour, marker=marker, zorder=3)
    ends = [] if cutoff is None else [cutoff * panel.factor * sign for sign in ((1, -1) if panel.signed else (1,))]
    for end in ends:
        ax.axvline(end, color=INK, lw=0.8, ls=DASHES, zorder=2, gid="cut-off")
    seen = [panel.neutral, *values[np.isfinite(values)].tolist(), *ends]
    low, high = padded(min(seen), max(seen), 0.08)
    ax.set_xlim(low, high)
    set_ticks(ax, _ticks(low, high, inches))
    said = "" if cutoff is None else f"\ncut-off {_cutoff(panel, cutoff)}"
    ax.set_title(wrap(panel.name + said, SMALL, inches), fontsize=SMALL, fontweight="normal", linespacing=1.15)
    ax.set_label(panel.column)
    ax.tick_params(axis="y", length=0)


def _ticks(low: float, high: float, inches: float) -> list[float]:
    """As many round values as stand beside each other with a blank between."""
    for most in (5, 4, 3, 2):
        values = linear_ticks(low, high, most)
        places = [(v - low) / (high - low) * inches for v in values]
        halves = [text_width(FIGURE.tick(v), SMALL) / 2 for v in values]
        spans = list(zip(places, halves, strict=True))
        if all(b - half_b - a - half_a > 0.07 for (a, half_a), (b, half_b) in pairwise(spans)):
            return values
    return values[:1]


def _cutoff(panel: _Panel, cutoff: float) -> str:
    value = cutoff * panel.factor
    return f"{FIGURE.plain(value, 3)}%" if panel.unit else f"{'±' if panel.signed else ''}{FIGURE.number(value)}"


def _rule(cutoffs: dict[str, float]) -> str:
    """Which studies are influential, in words."""
    if not cutoffs:
        return "One study alone cannot be influential."
    named = {panel.column: panel for panel in _PANELS}
    parts = [_beyond(named[name], value) for name, value in cutoffs.items()]
    return f"Influential: {', '.join(parts[:-1])} or {parts[-1]} (Viechtbauer & Cheung 2010)."


def _beyond(panel: _Panel, cutoff: float) -> str:
    name = inside(panel.name.removesuffix(" (%)")) if panel.unit else panel.name
    return f"{name} {'beyond' if panel.signed else 'above'} {_cutoff(panel, cutoff)}"
