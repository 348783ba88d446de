"""An axis of effects whose data are on the scale of the analysis and whose labels a reader knows."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.figures.axes.effect_scale import EffectScale
from tmsmeta.figures.axes.ticks import linear_ticks, log_ticks, set_ticks


def effect_axis(ax: Axes, scale: EffectScale, low: float, high: float, *, which: str = "x", most: int = 7) -> None:
    """Limits, round ticks and the name of the measure; ratios are spaced as logs and labelled as ratios.

    Args:
        ax: the axes.
        scale: from ``scale_of``.
        low, high: limits on the scale of the analysis (logs for ratios).
        which: ``x`` or ``y``.
        most: most ticks.
    """
    if which == "x":
        ax.set_xlim(low, high)
        ax.set_xlabel(scale.label)
    else:
        ax.set_ylim(low, high)
        ax.set_ylabel(scale.label)
    if scale.log:
        values = log_ticks(float(np.exp(low)), float(np.exp(high)), most)
        set_ticks(ax, np.log(values), lambda at: scale.tick(float(np.exp(at))), which=which)
    else:
        set_ticks(ax, linear_ticks(low, high, most), scale.tick, which=which)


def padded(low: float, high: float, share: float = 0.05) -> tuple[float, float]:
    """Limits moved out by a share of their distance; by 1 where they are equal."""
    room = share * (high - low) if high > low else 1.0
    return low - room, high + room
