"""Sunset (power-enhanced) funnel plot: a funnel whose bands show the power of a study to find the pooled effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.figures import keys
from tmsmeta.figures.axes import effect_axis, padded, right_axis, scale_for, set_ticks
from tmsmeta.figures.pairwise.forest_parts import arm_names, direction_labels
from tmsmeta.figures.room import Width, paper_width
from tmsmeta.figures.style import BLUE, DASHES, INK, MUTED, PAPER, RULE, TWO_COLUMNS, axes_or_new, styled
from tmsmeta.words.names import studies
from tmsmeta.words.numbers import FIGURE
from tmsmeta.words.ticks import linear_ticks

if TYPE_CHECKING:
    from tmsmeta.robustness.smallstudy import StudyPower

_EDGES = (0.8, 0.6, 0.4, 0.2)
"""Powers between which a band lies, from the top."""
_BANDS = (PAPER, "#fbeede", "#f6dcc0", "#efc9a0", "#e6b27c")
"""Warmer the lower the power; the axis on the right says which power that is."""
_APART = 0.05  # of the height of the plot, between two powers on the axis


@styled
def sunset_plot(
    power: StudyPower,
    *,
    ax: Axes | None = None,
    width: Width | None = None,
    label: str | None = None,
    better: str | None = None,
    treated: str = "",
    comparator: str = "",
    favours: tuple[str, str] | None = None,
    title: str = "",
    per: float | None = None,
) -> Axes:
    """Draw studies by effect and standard error over bands of power, the precise and powerful ones on top.

    The right axis says which power a study of that standard error has to find the assumed effect, the dashed lines
    where its own test is on the edge. Below stand median power, observed and expected positive studies and R-index.

    Args:
        power: from :func:`tmsmeta.study_power`.
        ax: the axes to use; a new figure without it.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, of a new figure.
        label: name of the effect axis.
        better: ``higher`` or ``lower``, the direction in which the outcome is good; gives the "favours" labels.
        treated, comparator: names of the arms in these labels; by default those that the effects carry.
        favours: these labels in other words, left and right.
        title: heading.
        per: people or patient-time that proportions (100 by default) and rates (1) refer to, such as 1000.

    Returns:
        The axes: x is the effect, y the standard error, growing downwards.

    Raises:
        InvalidInputError: something else than what :func:`tmsmeta.study_power` gives, a width that is none, or `per`
            for a measure that is no proportion and no rate.
        UnknownOptionError: an unknown `better`.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> ax = tm.figures.sunset_plot(tm.study_power(trials))

    References:
        Kossmeier, Tran & Voracek, Z Psychol 2020;228:43.
    """
    shown = direction_labels(favours, better, *arm_names(power.effects, treated, comparator))
    inches = paper_width(width, 0.72 * TWO_COLUMNS)
    drawn = axes_or_new(ax, inches, 0.58 * inches + 0.2)
    scale = scale_for(power.effects, label=label, per=per)
    y, se = power.effects.yi, power.effects.se
    bottom = 1.05 * float(se.max())
    ends = [*y, power.null, power.assumed]
    effect_axis(drawn, scale, *padded(float(min(ends)), float(max(ends)), 0.08))
    drawn.set_ylim(bottom, 0.0)
    set_ticks(drawn, linear_ticks(0.0, bottom, 6), which="y")
    drawn.set_ylabel("Standard error")
    _bands(drawn, power, bottom)
    drawn.axvline(power.null, color=MUTED, lw=0.9, ls=":", zorder=2, gid="no effect")
    drawn.axvline(power.assumed, color=INK, lw=1.1, zorder=2, gid="assumed effect")
    for sign in (-1, 1):
        reach = power.null + sign * power.critical * bottom
        drawn.plot([power.null, reach], [0.0, bottom], color=INK, lw=0.8, ls=DASHES, zorder=2, gid="edge of the test")
    drawn.scatter(y, se, s=24, c=BLUE, edgecolors=PAPER, lw=0.6, zorder=3, clip_on=False, gid="studies")
    value = scale.told(power.assumed)
    handles = [
        keys.dot("Studies", BLUE),
        keys.line(f"{'Assumed' if power.assumed_given else 'Pooled'} effect {value}", INK, weight=1.1),
        keys.line("no effect", MUTED, style=":", weight=0.9),
        keys.line(f"p = {power.alpha:g}", INK, style=DASHES, weight=0.8),
    ]
    keys.favours_below(drawn, shown, own=ax is None)
    keys.key_below(drawn, handles, words=_said(power), own=ax is None)
    if title:
        drawn.set_title(title)
    return drawn


def _bands(ax: Axes, power: StudyPower, bottom: float) -> None:
    """A band between each two powers, and the axis on the right that names them."""
    edges = [p for p in _EDGES if p > power.alpha]
    places = np.minimum(power.se_at(edges), bottom) if edges else np.array([])
    for top, low, colour in zip([0.0, *places], [*places, bottom], _BANDS, strict=False):
        ax.axhspan(top, low, color=colour, lw=0, zorder=0, gid="band")
    named: list[tuple[float, float]] = []
    for place, share in zip(places.tolist(), edges, strict=True):
        if place < bottom and place > 0:
            ax.axhline(place, color=RULE, lw=0.5, zorder=0.5)
            if not named or place - named[-1][0] > _APART * bottom:
                named.append((place, share))
    shares = [FIGURE.share(share, 0) for _, share in named]
    right_axis(ax, [place for place, _ in named], shares, "Power (%)", "power")


def _said(power: StudyPower) -> str:
    """Median power, positive studies and R-index in words."""
    return (
        f"Median power {FIGURE.percent(100 * power.median_power)}; p < {power.alpha:g} in {power.observed} of "
        f"{studies(power.k)}, {FIGURE.number(power.expected, 1)} expected; R-index "
        f"{FIGURE.percent(100 * power.r_index)}."
    )
