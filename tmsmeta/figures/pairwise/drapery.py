"""Drapery plot: p values of every hypothesised effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.errors import NotAssessable
from tmsmeta.figures import keys
from tmsmeta.figures.axes import effect_axis, right_axis, scale_for, set_ticks
from tmsmeta.figures.pairwise.forest_parts import arm_names, direction_labels
from tmsmeta.figures.room import Width, paper_width
from tmsmeta.figures.style import BLUE, DASHES, INK, MUTED, ORANGE, TWO_COLUMNS, axes_or_new, styled
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.robustness.sensitivity.curves import PValueCurves

_P_VALUES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_MANY = 30  # studies whose curves would hide each other


@styled
def drapery_plot(
    curves: PValueCurves,
    *,
    ax: Axes | None = None,
    width: Width | None = None,
    better: str | None = None,
    treated: str = "",
    comparator: str = "",
    favours: tuple[str, str] | None = None,
    title: str = "",
    per: float | None = None,
) -> Axes:
    """Draw the p-value function of the pooled effect, of a new study and of each study.

    A horizontal line cuts each curve at the ends of an interval: at p on the left axis, with the confidence level on
    the right one. The line of the analysis' own level is drawn.

    Args:
        curves: from ``tmsmeta.robustness.sensitivity.p_value_curves``.
        ax: the axes to use; a new figure without it.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, of a new figure.
        better: ``higher`` or ``lower``, the direction in which the outcome is good; gives the "favours" labels.
        treated, comparator: names of the arms in these labels; by default those that the effects carry.
        favours: these labels in other words, left and right.
        title: heading.
        per: people or patient-time that proportions (100 by default) and rates (1) refer to, such as 1000.

    Returns:
        The axes: x is the hypothesised effect, y the p value.

    Raises:
        InvalidInputError: something else than p-value curves, a width that is none, or `per` for a measure that is no
            proportion and no rate.
        UnknownOptionError: an unknown `better`.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> ax = tm.figures.drapery_plot(tm.sensitivity.p_value_curves(tm.pool(trials)))
    """
    shown = direction_labels(favours, better, *arm_names(curves.result.effects, treated, comparator))
    inches = paper_width(width, 0.72 * TWO_COLUMNS)
    drawn = axes_or_new(ax, inches, 0.52 * inches + 0.2)
    handles = [*_pooled(drawn, curves), *_single(drawn, curves)]
    level = curves.result.spec.level
    drawn.axhline(1 - level, color=INK, lw=0.8, ls=DASHES, zorder=3, gid="level")
    handles.append(keys.line(f"{FIGURE.level(level)} intervals (p = {1 - level:.3g})", INK, style=DASHES, weight=0.8))
    null = curves.result.effects.info.null
    if np.isfinite(null):
        drawn.axvline(null, color=MUTED, lw=0.9, ls=":", zorder=3, gid="no effect")
        handles.append(keys.line("no effect", MUTED, style=":", weight=0.9))
    scale = scale_for(curves.result.effects, per=per)
    effect_axis(drawn, scale, float(curves.effect[0]), float(curves.effect[-1]))
    drawn.set_ylim(0, 1)
    set_ticks(drawn, _P_VALUES, which="y")
    drawn.set_ylabel("p value")
    levels = [FIGURE.share(1 - p, 0) for p in _P_VALUES]
    right_axis(drawn, _P_VALUES, levels, "Confidence level (%)", "confidence level")
    keys.favours_below(drawn, shown, own=ax is None)
    keys.key_below(drawn, handles, own=ax is None)
    if title:
        drawn.set_title(title)
    return drawn


def _pooled(ax: Axes, curves: PValueCurves) -> list[Any]:
    """The curves of the pooled effect and of a new study, on top of all others."""
    handles: list[Any] = []
    named = (
        (curves.pooled, "Pooled effect", ORANGE, "-", 2.2, 5.0, "pooled"),
        (curves.prediction, "Effect in a new study", BLUE, (0, (5, 1.5)), 1.4, 4.0, "prediction"),
    )
    for curve, name, colour, dashes, weight, above, gid in named:
        if not isinstance(curve, NotAssessable):
            ax.plot(curves.effect, curve, color=colour, ls=dashes, lw=weight, zorder=above, gid=gid)
            handles.append(keys.line(name, colour, style=dashes, weight=weight))
    return handles


def _single(ax: Axes, curves: PValueCurves) -> list[Any]:
    faint = 0.75 if len(curves.studies) < _MANY else 0.4
    for row in curves.studies:
        ax.plot(curves.effect, row, color=MUTED, lw=0.5, alpha=faint, zorder=1, gid="study")
    return [keys.line("Single studies", MUTED, weight=0.5)]
