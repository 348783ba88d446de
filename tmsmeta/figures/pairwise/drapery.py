"""Drapery plot: p values of every hypothesised effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.errors import NotAssessable
from tmsmeta.figures.axes import effect_axis, scale_for
from tmsmeta.figures.style import BLUE, INK, MUTED, ORANGE, RULE, SMALL, TWO_COLUMNS, axes_or_new, styled

if TYPE_CHECKING:
    from tmsmeta.robustness.sensitivity.curves import PValueCurves


@styled
def drapery_plot(curves: PValueCurves, *, ax: Axes | None = None, title: str = "", per: float | None = None) -> Axes:
    """Draw the p-value function of each study, of the pooled effect, and of a new study.

    A horizontal line at p cuts each curve at the ends of its (1 - p) interval.

    Args:
        curves: from ``tmsmeta.robustness.sensitivity.p_value_curves``.
        ax: the axes to use; a new figure without it.
        title: heading.
        per: people or patient-time that proportions (100 by default) and rates (1) refer to, such as 1000.
    """
    drawn = axes_or_new(ax, 0.8 * TWO_COLUMNS, 0.5 * TWO_COLUMNS)
    scale = scale_for(curves.result.effects, per=per)
    for row in curves.studies:
        drawn.plot(curves.effect, row, color=RULE, lw=0.7, zorder=1, gid="study")
    if not isinstance(curves.prediction, NotAssessable):
        drawn.fill_between(curves.effect, curves.prediction, color="#cfe1f0", lw=0, zorder=0, label="a new study")
    if not isinstance(curves.pooled, NotAssessable):
        drawn.plot(curves.effect, curves.pooled, color=ORANGE, lw=2.0, zorder=4, label="pooled effect", gid="pooled")
    drawn.plot([], [], color=RULE, lw=0.7, label="single studies")
    alpha = 1 - curves.result.spec.level
    drawn.axhline(alpha, color=INK, lw=0.7, ls=(0, (4, 2)))
    null = curves.result.effects.info.null
    if np.isfinite(null):
        drawn.axvline(null, color=BLUE, lw=0.8, label="no effect", gid="no effect")
    effect_axis(drawn, scale, float(curves.effect[0]), float(curves.effect[-1]))
    drawn.set_ylim(0, 1)
    drawn.set_ylabel("p value")
    drawn.annotate(
        f"p = {alpha:.3g}",
        (1, alpha),
        xycoords=("axes fraction", "data"),
        xytext=(3, 0),
        textcoords="offset points",
        ha="left",
        va="center",
        fontsize=SMALL,
        color=MUTED,
    )
    drawn.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0))
    if title:
        drawn.set_title(title)
    return drawn
