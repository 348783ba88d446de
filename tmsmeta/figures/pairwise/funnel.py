"""Funnel plot with contours, filled studies and Egger's line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba_array
from matplotlib.patches import Patch

from tmsmeta.errors import NotAssessable
from tmsmeta.figures.axes import effect_axis, linear_ticks, padded, scale_for, set_ticks
from tmsmeta.figures.style import BLUE, INK, ORANGE, PAPER, RULE, SMALL, TWO_COLUMNS, axes_or_new, styled
from tmsmeta.figures.text_extent import wrap
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.robustness.smallstudy import AsymmetryTest, Funnel

_OUTSIDE = "#d3d3d3"
_GREYS = ("#ffffff", "#f1f1f1", "#e3e3e3")
"""White where a study would show nothing, darker the smaller its p value."""


@styled
def funnel_plot(
    funnel: Funnel,
    *,
    ax: Axes | None = None,
    egger: AsymmetryTest | NotAssessable | None = None,
    contours: bool = True,
    limits: bool = True,
    label: str | None = None,
    title: str = "",
    per: float | None = None,
) -> Axes:
    """Draw studies by effect and standard error, the precise ones on top.

    Args:
        funnel: from :func:`tmsmeta.funnel`, of effects or of the result of trim and fill (its added studies are open).
        ax: the axes to use; a new figure without it.
        egger: result of :func:`tmsmeta.egger`; its regression line is drawn and its p value written.
        contours: shade by the p value of a study at that place (against no effect).
        limits: draw the pseudo-limits around the pooled effect.
        label: name of the effect axis.
        title: heading.
        per: people or patient-time that proportions (100 by default) and rates (1) refer to, such as 1000.
    """
    drawn = ax if ax is not None else axes_or_new(None, 0.72 * TWO_COLUMNS, 0.55 * TWO_COLUMNS)
    scale = scale_for(funnel.effects, label=label, per=per)
    points = funnel.points
    top_se = float(funnel.se.max())
    spans = [funnel.limits] if limits else []
    low = min(points["yi"].min(), *(f.loc[f["level"] == 0.95, "low"].min() for f in spans), funnel.centre)
    high = max(points["yi"].max(), *(f.loc[f["level"] == 0.95, "high"].max() for f in spans), funnel.centre)
    effect_axis(drawn, scale, *padded(float(low), float(high)))
    drawn.set_ylim(1.03 * top_se, 0.0)
    set_ticks(drawn, linear_ticks(0.0, top_se, 6), which="y")
    drawn.set_ylabel("Standard error")
    if contours and np.isfinite(funnel.null):
        _shade(drawn, funnel)
    if limits:
        _lines(drawn, funnel)
    drawn.axvline(funnel.centre, color=INK, lw=0.9, gid="centre")
    for filled, face, name in ((False, BLUE, "Studies"), (True, PAPER, "Added by trim and fill")):
        some = points[points["filled"] == filled]
        if len(some):
            drawn.scatter(
                some["yi"], some["se"], s=22, c=face, edgecolors=BLUE, lw=0.9, zorder=5, label=name, gid=name.lower()
            )
    words = "" if egger is None else wrap(_egger(drawn, egger, top_se), SMALL, 1.6)
    _legend(drawn, words)
    if title:
        drawn.set_title(title)
    return drawn


def _legend(ax: Axes, words: str) -> None:
    """What shades, lines and points mean, with `words` on top; nothing where there are points alone."""
    handles, names = ax.get_legend_handles_labels()
    # white needs an edge to be seen in the legend
    keys = [
        Patch(facecolor=to_rgba_array(h.get_facecolor())[0], edgecolor=RULE, lw=0.5)
        if isinstance(h, PolyCollection)
        else h
        for h in handles
    ]
    if len(names) > 1 or words:
        ax.legend(
            keys,
            names,
            loc="upper left",
            bbox_to_anchor=(1.01, 1.0),
            title=words,
            title_fontsize=SMALL,
            alignment="left",
        )


def _shade(ax: Axes, funnel: Funnel) -> None:
    lines = funnel.contours
    levels = sorted(lines["level"].unique(), reverse=True)
    left, right = ax.get_xlim()
    shades = [*reversed(_GREYS[: len(levels)])]
    ax.axvspan(left, right, color=_OUTSIDE, zorder=0, lw=0, label=f"p < {1 - levels[0]:.2g}")
    for i, level in enumerate(levels):
        part = lines[lines["level"] == level]
        shade = shades[min(i, len(shades) - 1)]
        alpha = 1 - level
        name = f"p > {alpha:.2g}" if i == len(levels) - 1 else f"{alpha:.2g} < p < {1 - levels[i + 1]:.2g}"
        ax.fill_betweenx(part["se"], part["low"], part["high"], color=shade, zorder=0.1 + 0.1 * i, lw=0, label=name)
        bottom, top = ax.get_ylim()
        last = part.iloc[-1]
        # the lines of the contours are straight, so the strip below the largest standard error goes on along them
        beyond = last["se"] + (bottom - last["se"]) * np.array([0.0, 1.0])
        centre = (last["low"] + last["high"]) / 2
        reach = (last["high"] - centre) * beyond / last["se"]
        ax.fill_betweenx(beyond, centre - reach, centre + reach, color=shade, zorder=0.1 + 0.1 * i, lw=0)
        ax.set_ylim(bottom, top)
    ax.set_xlim(left, right)


def _lines(ax: Axes, funnel: Funnel) -> None:
    lines = funnel.limits
    part = lines[np.isclose(lines["level"], 0.95)]
    words: str | None = "95% pseudo-limits"
    for name in ("low", "high"):
        ax.plot(
            part[name], part["se"], color=INK, lw=0.8, ls=(0, (4, 2)), zorder=3, gid=f"pseudo-limit {name}", label=words
        )
        words = None


def _egger(ax: Axes, egger: AsymmetryTest | NotAssessable, top_se: float) -> str:
    """Draw the regression line; what the test says, in words."""
    if isinstance(egger, NotAssessable):
        return f"Egger's test: {egger}"
    if not isinstance(egger.intercept, NotAssessable):
        # the test regresses the effect on its standard error, so its line is straight in this plot
        ends = [egger.intercept, egger.intercept + egger.estimate * top_se]
        ax.plot(ends, [0.0, top_se], color=ORANGE, lw=1.4, zorder=4, label="Egger's line", gid="egger line")
    return f"Egger's test: {FIGURE.p_value(egger.p_value)}"
