"""Profile likelihood: how fast the likelihood falls away from its maximum, and where that cuts the interval off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.figures.axes import effect_axis, linear_ticks, scale_of, set_ticks
from tmsmeta.figures.style import BLUE, MUTED, ORANGE, RULE, SMALL, TWO_COLUMNS, axes_or_new, styled
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.pooling.profile_likelihood import ProfileLikelihood


@styled
def profile_plot(profile: ProfileLikelihood, *, ax: Axes | None = None, title: str = "") -> Axes:
    """Draw the log-likelihood below its maximum along tau2 or the pooled effect, with the interval it gives.

    Args:
        profile: from :func:`tmsmeta.profile_likelihood`.
        ax: the axes to use; a new figure without it.
        title: heading.
    """
    drawn = axes_or_new(ax, 0.7 * TWO_COLUMNS, 0.42 * TWO_COLUMNS)
    fall = profile.log_likelihood - profile.maximum
    drawn.plot(profile.values, fall, color=BLUE, lw=1.4, gid="profile")
    cut = profile.cutoff - profile.maximum
    drawn.axhline(cut, color=RULE, lw=0.9, ls=(0, (4, 2)), gid="cutoff")
    drawn.plot([profile.low, profile.high], [cut, cut], color=ORANGE, lw=2.0, gid="interval")
    drawn.plot([profile.estimate], [0.0], ls="", marker="D", ms=5, color=ORANGE, gid="estimate")
    label = f"{FIGURE.level(profile.level)} interval"
    middle = (profile.low + profile.high) / 2
    drawn.annotate(
        label, (middle, cut), xytext=(0, -4), textcoords="offset points", ha="center", va="top", fontsize=SMALL,
        color=MUTED,
    )  # fmt: skip
    low, high = float(profile.values[0]), float(profile.values[-1])
    if profile.parameter == "tau2":
        drawn.set_xlim(low, high)
        set_ticks(drawn, linear_ticks(low, high, 7))
        drawn.set_xlabel("Between-study variance (τ²)")
    else:
        effect_axis(drawn, scale_of(profile.effects.measure), low, high)
    bottom = float(max(np.min(fall), 2.2 * cut))
    drawn.set_ylim(1.06 * bottom, -0.06 * bottom)
    set_ticks(drawn, linear_ticks(bottom, 0.0, 6), which="y")
    name = "Restricted log-likelihood" if profile.criterion == "REML" else "Log-likelihood"
    drawn.set_ylabel(f"{name}, below its maximum")
    if title:
        drawn.set_title(title)
    return drawn
