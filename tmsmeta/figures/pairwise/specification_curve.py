"""Specification curve: every defensible analysis, and the choices behind each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tmsmeta.figures.axes import effect_ticks, scale_of, set_ticks
from tmsmeta.figures.style import BLUE, FAINT, INK, MUTED, ORANGE, RULE, SMALL, TINY, TWO_COLUMNS, new_figure, styled
from tmsmeta.figures.text_extent import line_height
from tmsmeta.robustness.sensitivity.multiverse import has_null

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.robustness.sensitivity.multiverse import Multiverse


@styled
def specification_curve(multiverse: Multiverse, *, scale: str | None = None, title: str = "") -> Figure:
    """Draw the results in order of their estimate above a table of dots that shows the choices of each.

    Args:
        multiverse: from :func:`tmsmeta.multiverse`.
        scale: which results, one of ``multiverse.scales``; the most frequent one by default.
        title: heading.

    Returns:
        The figure, with the axes ``curve`` and ``choices`` (their labels).
    """
    curve = multiverse.curve(scale)
    used = {name: [v for v in levels if (curve[name] == v).any()] for name, levels in multiverse.factors.items()}
    used = {name: levels for name, levels in used.items() if len(levels) > 1} or used
    lines = sum(len(levels) for levels in used.values()) + 0.6 * len(used)
    below = lines * 1.1 * line_height(SMALL)
    figure = new_figure(1.15 * TWO_COLUMNS, 2.3 + below)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[2.0, below])
    rank = curve["rank"].to_numpy(dtype=float)
    clear = curve["excludes_null"].to_numpy(dtype=bool)
    low, high, estimate = (curve[n].to_numpy(dtype=float) for n in ("ci_low", "ci_high", "estimate"))
    null = has_null(str(curve["scale"].iloc[0]))
    for some, colour, name in (
        (~clear, RULE if null else BLUE, "interval includes no effect" if null else "interval"),
        (clear, BLUE, "interval excludes no effect"),
    ):
        if not some.any():
            continue
        top.vlines(rank[some], low[some], high[some], color=colour, lw=_thickness(len(curve)), alpha=0.75, label=name)
    top.plot(rank, estimate, color=INK, lw=0, marker=".", ms=2.6, label="estimate", gid="estimates")
    if null:
        top.axhline(0.0, color=ORANGE, lw=0.9)
    top.set_label("curve")
    finite = np.concatenate([low[np.isfinite(low)], high[np.isfinite(high)], estimate, [0.0] if null else []])
    _axis(top, float(finite.min()), float(finite.max()), str(curve["scale"].iloc[0]))
    top.legend(loc="upper left", bbox_to_anchor=(0.0, 1.16), ncols=3, columnspacing=1.2, handlelength=1.2)
    top.tick_params(axis="x", length=0)
    top.spines["bottom"].set_visible(False)
    _choices(bottom, curve, used, rank)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    return figure


def _thickness(count: int) -> float:
    return float(np.clip(220 / count, 0.25, 2.0))


def _axis(ax: Axes, low: float, high: float, name: str) -> None:
    """Limits, ticks and name of the axis of effects on one scale of a multiverse; all ratios share the log scale."""
    room = 0.06 * (high - low)
    ax.set_ylim(low - room, high + room)
    scale = scale_of("RR" if name == "ratio" else name)
    places, values = effect_ticks(scale, low - room, high + room, 7)
    set_ticks(ax, places, dict(zip(places, map(scale.tick, values), strict=True)).__getitem__, which="y")
    ax.set_ylabel("Ratio (log scale)" if name == "ratio" else scale.label)


def _choices(ax: Axes, curve: pd.DataFrame, used: dict[str, list[str]], rank: np.ndarray) -> None:
    places: list[float] = []
    names: list[str] = []
    at = 0.0
    size = float(np.clip(500 / len(curve), 0.4, 9.0))
    for factor, levels in used.items():
        ax.text(
            -0.005,
            at,
            factor.replace("_", " "),
            transform=ax.get_yaxis_transform(),
            ha="right",
            va="center",
            fontsize=SMALL,
            fontweight="bold",
        )
        at += 1.0
        for level in levels:
            chosen = (curve[factor] == level).to_numpy(dtype=bool)
            ax.axhline(at, color=FAINT, lw=0.5, zorder=0)
            ax.scatter(rank[chosen], np.full(int(chosen.sum()), at), s=size, color=BLUE, marker="|", lw=0.8)
            places.append(at)
            names.append(level)
            at += 1.0
        at += 0.4
    ax.set_yticks(places, names, fontsize=TINY)
    ax.tick_params(axis="y", length=0, colors=MUTED)
    ax.set_ylim(at - 0.6, -0.7)
    ax.set_xlim(0, len(curve) + 1)
    ax.set_xlabel(f"{len(curve):,} analyses, by estimate")
    ax.set_label("choices")
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.tick_params(axis="x", length=0, labelbottom=False)
