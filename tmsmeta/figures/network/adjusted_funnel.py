"""The comparison-adjusted funnel of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from tmsmeta.figures import style
from tmsmeta.figures.axes import axis_limits, fit_ticks, linear_ticks, scale_of, set_ticks
from tmsmeta.figures.network.treatment_words import Labels, name_of
from tmsmeta.figures.room import shrink_beside
from tmsmeta.figures.style import SERIES, axes_or_new, styled
from tmsmeta.figures.text_extent import line_height, lines_height, wrap
from tmsmeta.words.names import inside
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.networks import NetworkMeta

_NAMED = 7
_LEGEND_WIDTH = 1.75


@styled
def adjusted_funnel(
    funnel: pd.DataFrame,
    net: NetworkMeta,
    *,
    ax: Axes | None = None,
    labels: Labels = None,
    level: float | None = 0.95,
    title: str = "",
) -> Axes:
    """Draw trials around the mean of their comparison, precise ones on top.

    Args:
        funnel: what ``comparison_adjusted_funnel`` returned.
        net: the network it came from, for the measure.
        ax: the axes to use. A new figure without it.
        labels: names of the treatments to print.
        level: of the pseudo-limits; None for none.
        title: heading.

    Returns:
        The axes; x is the trial's effect beyond the mean of its comparison (a ratio of ratios on a log axis), y its
        standard error, growing downwards. The seven comparisons with most trials have markers of their own; each is
        a collection with the gid ``points:<treat1>|<treat2>``, the rest is ``points:other``.
    """
    from tmsmeta.networks import pseudo_limits

    scale = scale_of(net.measure)
    drawn = axes_or_new(ax, style.TWO_COLUMNS, _height(funnel, labels))
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
    _points(drawn, funnel, shown, labels, level)
    inches = 0.55 * drawn.figure.bbox.width / drawn.figure.dpi
    fit_ticks(drawn, scale, limits, inches, style.SMALL)
    set_ticks(drawn, linear_ticks(0.0, top, 6), which="y")
    what = inside(scale.label)
    beyond = (
        f"{scale.label} divided by that of its comparison"
        if scale.log
        else f"{scale.label} minus that of its comparison"
    )
    alone = not funnel.duplicated(["treat1", "treat2"], keep=False).all()
    note = "\nThe only contrast of a comparison lies on the line by construction." if alone else ""
    drawn.set_xlabel(f"{beyond} (first treatment against second){note}", fontsize=style.SMALL)
    drawn.set_ylabel(f"Standard error of the {'log ' if scale.log else ''}{what}", fontsize=style.SMALL)
    if title:
        drawn.set_title(title)
    return drawn


def _height(funnel: pd.DataFrame, labels: Labels) -> float:
    """Height of a new figure: the legend may need more than the plot."""
    pairs = dict.fromkeys(zip(funnel["treat1"].astype(str), funnel["treat2"].astype(str), strict=True))
    words = [wrap(_versus(pair, labels, 0), style.SMALL, _LEGEND_WIDTH) for pair in pairs]
    longest = sorted((lines_height(w, style.SMALL) for w in words), reverse=True)[: _NAMED + 1]
    return max(3.5, sum(longest) + 3 * line_height(style.SMALL) + (len(longest) + 3) * 0.6 * style.SMALL / 72 + 0.2)


def _versus(pair: tuple[str, str], labels: Labels, count: int) -> str:
    return f"{name_of(pair[0], labels)} vs {inside(name_of(pair[1], labels))} ({count})"


def _points(ax: Axes, funnel: pd.DataFrame, shown: np.ndarray, labels: Labels, level: float | None) -> None:
    """Markers by comparison, the most frequent first, and their legend."""
    pairs = [(str(a), str(b)) for a, b in zip(funnel["treat1"], funnel["treat2"], strict=True)]
    counts = {pair: pairs.count(pair) for pair in dict.fromkeys(pairs)}
    ordered = sorted(counts, key=lambda p: (-counts[p], p))
    named = ordered if len(ordered) <= _NAMED + 1 else ordered[:_NAMED]
    se, handles = funnel["se"].to_numpy(dtype=float), []
    for pair, look in zip(named, SERIES, strict=False):
        at = np.array([p == pair for p in pairs])
        ax.scatter(shown[at], se[at], s=26, c=look.colour, marker=look.marker, edgecolors=style.PAPER, linewidths=0.5,
                   zorder=3, gid=f"points:{pair[0]}|{pair[1]}")  # fmt: skip
        words = wrap(_versus(pair, labels, counts[pair]), style.SMALL, _LEGEND_WIDTH)
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
    legend = ax.legend(handles=handles, title="Comparison (contrasts)", title_fontsize=style.SMALL, loc="upper left",
              bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0, alignment="left", labelspacing=0.6)  # fmt: skip
    shrink_beside(ax, legend)


def _handle(marker: str, colour: str, words: str, edge: str = style.PAPER) -> Line2D:
    return Line2D([], [], ls="none", marker=marker, markersize=5.5, markerfacecolor=colour, markeredgecolor=edge,
                  markeredgewidth=0.6, label=words)  # fmt: skip
