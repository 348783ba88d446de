"""The comparison-adjusted funnel of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from tmsmeta.errors import NotAssessable
from tmsmeta.figures import style
from tmsmeta.figures.axes import axis_limits, fit_ticks, scale_of, set_ticks
from tmsmeta.figures.network.treatment_words import Labels, name_of
from tmsmeta.figures.not_assessable import not_assessable_panel
from tmsmeta.figures.room import Width, room_for, shrink_beside
from tmsmeta.figures.style import SERIES, axes_or_new, styled
from tmsmeta.figures.text_extent import line_height, lines_height, wrap
from tmsmeta.words.names import inside
from tmsmeta.words.numbers import FIGURE
from tmsmeta.words.ticks import linear_ticks

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.networks import NetworkMeta

_NAMED = 7
_LEGEND_WIDTH = 1.75
_NARROW = 5.0
"""Inches up to which the legend stands below the plot."""


@styled
def adjusted_funnel(
    funnel: pd.DataFrame,
    net: NetworkMeta,
    *,
    ax: Axes | None = None,
    labels: Labels = None,
    level: float | None = 0.95,
    title: str = "",
    width: Width | None = None,
) -> Axes:
    """Draw trials around the mean of their comparison, precise ones on top.

    A comparison with one trial has no other to differ from: it is left out, and a note counts such comparisons.

    Args:
        funnel: what ``comparison_adjusted_funnel`` returned.
        net: the network it came from, for the measure.
        ax: the axes to use; a new figure without it.
        labels: names of the treatments to print.
        level: of the pseudo-limits; None for none.
        title: heading.
        width: ``single`` (85 mm), ``double`` (170 mm, the default) or inches, of a new figure.

    Returns:
        The axes; x is the trial's effect beyond the mean of its comparison (a ratio of ratios on a log axis), y its
        standard error, growing downwards. The seven comparisons with most trials have markers of their own; each is
        a collection with the gid ``points:<treat1>|<treat2>``, the rest is ``points:other``. An empty frame
        with the reason where no comparison has two trials.

    Raises:
        InvalidInputError: something else than a funnel and its network, or a level outside 0 to 1.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPXPY"), "events": [3, 9, 4, 17, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> ax = tm.figures.adjusted_funnel(tm.comparison_adjusted_funnel(net, ["P", "X", "Y"]), net)
    """
    from tmsmeta.networks import pseudo_limits

    kept = funnel[funnel.duplicated(["treat1", "treat2"], keep=False)]
    alone = len(funnel) - len(kept)
    if kept.empty:
        reason = "no comparison has more than one trial"
        return not_assessable_panel(NotAssessable("comparison-adjusted funnel", reason), ax=ax, title=title)
    funnel = kept
    scale = scale_of(net.measure)
    wide = room_for(ax, width)
    beside = wide > _NARROW
    drawn = axes_or_new(ax, wide, _height(funnel, labels, wide, beside=beside))
    shown = np.asarray(scale.show(funnel["adjusted"].to_numpy(dtype=float)))
    top = float(funnel["se"].max()) * 1.04
    lines = pseudo_limits(funnel, level) if level is not None else None
    ends = np.array([]) if lines is None else np.asarray(scale.show(lines[["low", "high"]].to_numpy().ravel()))
    limits = axis_limits(scale, [*shown.tolist(), *ends.tolist()], [], [])
    if scale.log:
        drawn.set_xscale("log")
    drawn.set_xlim(*limits)
    drawn.set_ylim(top, 0.0)
    if scale.null is not None:
        drawn.axvline(scale.null, color=style.INK, lw=0.8, zorder=1, gid="centre")
    if lines is not None:
        for side in ("low", "high"):
            drawn.plot(scale.show(lines[side].to_numpy()), lines["se"].to_numpy(), color=style.MUTED, lw=0.8,
                       ls=(0, (4, 3)), zorder=1, gid=f"limit {side}")  # fmt: skip
    handles = _points(drawn, funnel, shown, labels, level, _LEGEND_WIDTH if beside else wide - 0.6)
    inches = (0.55 if beside else 0.75) * wide
    fit_ticks(drawn, scale, limits, inches, style.SMALL)
    set_ticks(drawn, linear_ticks(0.0, top, 6), which="y")
    what = inside(scale.label)
    beyond = (
        f"{scale.label} divided by that of its comparison"
        if scale.log
        else f"{scale.label} minus that of its comparison"
    )
    words = f"{beyond} (first treatment against second)"
    if alone:
        has = "comparison has" if alone == 1 else "comparisons have"
        words += f"\n{alone} {has} one trial only and {'is' if alone == 1 else 'are'} not shown."
    drawn.set_xlabel(wrap(words, style.SMALL, (0.6 if beside else 0.8) * wide), fontsize=style.SMALL)
    upright = f"Standard error of the {'log ' if scale.log else ''}{what}"
    drawn.set_ylabel(wrap(upright, style.SMALL, 2.2), fontsize=style.SMALL)
    _legend(drawn, handles, beside=beside)
    if title:
        drawn.set_title(title)
    return drawn


def _height(funnel: pd.DataFrame, labels: Labels, wide: float, *, beside: bool) -> float:
    """Height of a new figure: the legend may need more than the plot, or stands below it."""
    pairs = dict.fromkeys(zip(funnel["treat1"].astype(str), funnel["treat2"].astype(str), strict=True))
    limit = _LEGEND_WIDTH if beside else wide - 0.6
    words = [wrap(_versus(pair, labels, 0), style.SMALL, limit) for pair in pairs]
    longest = sorted((lines_height(w, style.SMALL) for w in words), reverse=True)[: _NAMED + 1]
    legend = sum(longest) + 3 * line_height(style.SMALL) + (len(longest) + 3) * 0.6 * style.SMALL / 72 + 0.2
    return max(3.5, legend) if beside else 3.1 + legend


def _legend(ax: Axes, handles: list[Line2D], *, beside: bool) -> None:
    """The legend right of the plot, or below it and the name of its axis."""
    look: dict[str, Any] = {"title_fontsize": style.SMALL, "borderaxespad": 0.0, "alignment": "left"}
    if beside:
        at: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0)}
        shrink_beside(ax, ax.legend(handles=handles, title="Comparison (trials)", labelspacing=0.6, **look, **at))
        return
    parent = ax.figure
    parent.legend(handles=handles, title="Comparison (trials)", labelspacing=0.5, loc="outside lower left", **look)


def _versus(pair: tuple[str, str], labels: Labels, count: int) -> str:
    return f"{name_of(pair[0], labels)} vs {inside(name_of(pair[1], labels))} ({count})"


def _points(
    ax: Axes, funnel: pd.DataFrame, shown: np.ndarray, labels: Labels, level: float | None, limit: float
) -> list[Line2D]:
    """Markers by comparison, the most frequent first; returns what the legend says of them."""
    pairs = [(str(a), str(b)) for a, b in zip(funnel["treat1"], funnel["treat2"], strict=True)]
    counts = {pair: pairs.count(pair) for pair in dict.fromkeys(pairs)}
    ordered = sorted(counts, key=lambda p: (-counts[p], p))
    named = ordered if len(ordered) <= _NAMED + 1 else ordered[:_NAMED]
    se, handles = funnel["se"].to_numpy(dtype=float), []
    for pair, look in zip(named, SERIES, strict=False):
        at = np.array([p == pair for p in pairs])
        ax.scatter(shown[at], se[at], s=26, c=look.colour, marker=look.marker, edgecolors=style.PAPER, linewidths=0.5,
                   zorder=3, gid=f"points:{pair[0]}|{pair[1]}")  # fmt: skip
        words = wrap(_versus(pair, labels, counts[pair]), style.SMALL, limit)
        handles.append(_handle(look.marker, look.colour, words))
    rest = ordered[len(named) :]
    if rest:
        at = np.array([p in rest for p in pairs])
        ax.scatter(shown[at], se[at], s=16, c=style.PAPER, marker="o", edgecolors=style.MUTED, linewidths=0.7, zorder=2,
                   gid="points:other")  # fmt: skip
        words = f"{len(rest)} other comparisons ({sum(counts[p] for p in rest)})"
        handles.append(_handle("o", style.PAPER, words, edge=style.MUTED))
    if level is not None:
        words = f"{FIGURE.level(level)} pseudo-limits"
        handles.append(Line2D([], [], color=style.MUTED, lw=0.8, ls=(0, (4, 3)), label=words))
    return handles


def _handle(marker: str, colour: str, words: str, edge: str = style.PAPER) -> Line2D:
    return Line2D([], [], ls="none", marker=marker, markersize=5.5, markerfacecolor=colour, markeredgecolor=edge,
                  markeredgewidth=0.6, label=words)  # fmt: skip
