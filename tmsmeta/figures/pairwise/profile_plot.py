"""Profile likelihood: how fast the likelihood falls away from its maximum, and where that cuts the interval off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.figures import keys
from tmsmeta.figures.axes import effect_axis, scale_of, set_ticks
from tmsmeta.figures.room import Width, paper_width
from tmsmeta.figures.style import BLUE, DASHES, MUTED, ORANGE, TWO_COLUMNS, axes_or_new, styled
from tmsmeta.words.numbers import FIGURE
from tmsmeta.words.ticks import linear_ticks

if TYPE_CHECKING:
    from tmsmeta.pooling.profile_likelihood import ProfileLikelihood


@styled
def profile_plot(
    profile: ProfileLikelihood, *, ax: Axes | None = None, width: Width | None = None, title: str = ""
) -> Axes:
    """Draw the log-likelihood below its maximum along tau2 or the pooled effect, with the interval it gives.

    Args:
        profile: from :func:`tmsmeta.profile_likelihood`.
        ax: the axes to use; a new figure without it.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, of a new figure.
        title: heading.

    Returns:
        The axes: x is the parameter, y the log-likelihood below its maximum.

    Raises:
        InvalidInputError: something else than what :func:`tmsmeta.profile_likelihood` gives, or a width that is none.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> ax = tm.figures.profile_plot(tm.profile_likelihood(trials))
    """
    inches = paper_width(width, 0.72 * TWO_COLUMNS)
    drawn = axes_or_new(ax, inches, 0.55 * inches + 0.2)
    fall = profile.log_likelihood - profile.maximum
    drawn.plot(profile.values, fall, color=BLUE, lw=1.4, gid="profile")
    cut = profile.cutoff - profile.maximum
    drawn.axhline(cut, color=MUTED, lw=0.9, ls=DASHES, gid="cutoff")
    drawn.plot([profile.low, profile.high], [cut, cut], color=ORANGE, lw=2.0, gid="interval")
    drawn.plot([profile.estimate], [0.0], ls="", marker="D", ms=5, color=ORANGE, gid="estimate")
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
    drawn.set_ylabel(f"{name}\nbelow its maximum")
    handles = [
        keys.line("profile", BLUE, weight=1.4),
        keys.dot("estimate", ORANGE, marker="D", size=5.0),
        keys.line(f"{FIGURE.level(profile.level)} interval", ORANGE, weight=2.0),
        keys.line("where it is cut off", MUTED, style=DASHES, weight=0.9),
    ]
    keys.key_below(drawn, handles, own=ax is None)
    if title:
        drawn.set_title(title)
    return drawn
