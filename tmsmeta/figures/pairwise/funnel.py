"""Funnel plot with contours, filled studies and Egger's line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.errors import NotAssessable
from tmsmeta.figures import keys
from tmsmeta.figures.axes import EffectScale, effect_axis, padded, scale_for, set_ticks
from tmsmeta.figures.pairwise.forest_parts import arm_names, direction_labels
from tmsmeta.figures.room import Width, paper_width
from tmsmeta.figures.style import BLUE, DASHES, INK, PAPER, RED, RULE, TWO_COLUMNS, axes_or_new, styled
from tmsmeta.words.names import counted, studies
from tmsmeta.words.numbers import FIGURE
from tmsmeta.words.ticks import linear_ticks

if TYPE_CHECKING:
    from tmsmeta.robustness.smallstudy import AsymmetryTest, Funnel

_SHADES = ("#c6c6c6", "#d9d9d9", "#ececec", PAPER)
"""Of the contours from the outside: white where a study would show nothing, darker the smaller its p value."""
_FEW = 10  # studies below which asymmetry says nothing (Sterne et al., BMJ 2011;343:d4002)
_LEVEL = 0.95  # of the pseudo-limits


@styled
def funnel_plot(
    funnel: Funnel,
    *,
    ax: Axes | None = None,
    width: Width | None = None,
    egger: AsymmetryTest | NotAssessable | None = None,
    contours: bool = True,
    limits: bool = True,
    label: str | None = None,
    better: str | None = None,
    treated: str = "",
    comparator: str = "",
    favours: tuple[str, str] | None = None,
    title: str = "",
    per: float | None = None,
) -> Axes:
    """Draw studies by effect and standard error, the precise ones on top, with a key below.

    With trim and fill both pooled effects are drawn and named, with and without the added studies. Below ten studies
    the key says that asymmetry cannot be told from chance.

    Args:
        funnel: from :func:`tmsmeta.funnel`, of effects or of the result of trim and fill (its added studies are open).
        ax: the axes to use; a new figure without it.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, of a new figure.
        egger: result of :func:`tmsmeta.egger`; its regression line is drawn and its p value written.
        contours: shade by the p value of a study at that place (against no effect).
        limits: draw the pseudo-limits around the pooled effect.
        label: name of the effect axis.
        better: ``higher`` or ``lower``, the direction in which the outcome is good; gives the "favours" labels.
        treated, comparator: names of the arms in these labels; by default those that the effects carry.
        favours: these labels in other words, left and right.
        title: heading.
        per: people or patient-time that proportions (100 by default) and rates (1) refer to, such as 1000.

    Returns:
        The axes: x is the effect, y the standard error, growing downwards.

    Raises:
        InvalidInputError: something else than what :func:`tmsmeta.funnel` gives, a width that is none, or `per` for
            a measure that is no proportion and no rate.
        UnknownOptionError: an unknown `better`.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> ax = tm.figures.funnel_plot(tm.funnel(trials), egger=tm.egger(trials))
    """
    shown = direction_labels(favours, better, *arm_names(funnel.effects, treated, comparator))
    inches = paper_width(width, 0.72 * TWO_COLUMNS)
    drawn = axes_or_new(ax, inches, 0.6 * inches + 0.2)
    scale = scale_for(funnel.effects, label=label, per=per)
    bottom = float(funnel.se[-1])
    effect_axis(drawn, scale, *padded(*_reach(funnel, limits)))
    drawn.set_ylim(bottom, 0.0)
    set_ticks(drawn, linear_ticks(0.0, bottom, 6), which="y")
    drawn.set_ylabel("Standard error")
    handles = [*_points(drawn, funnel), *_centres(drawn, funnel, scale)]
    if limits:
        handles += _limits(drawn, funnel)
    said = [] if egger is None else [f"Egger's test: {_egger_words(egger)}."]
    if egger is not None and not isinstance(egger, NotAssessable):
        handles += _egger(drawn, egger, bottom)
    if contours and np.isfinite(funnel.null):
        handles += _contours(drawn, funnel)
    k = int((~funnel.is_filled).sum())
    if k < _FEW:
        here = f"here {'is' if k == 1 else 'are'} {k}"
        said.append(f"With fewer than {_FEW} studies, asymmetry cannot be told from chance; {here}.")
    keys.favours_below(drawn, shown, own=ax is None)
    keys.key_below(drawn, handles, words=" ".join(said), own=ax is None)
    if title:
        drawn.set_title(title)
    return drawn


def _reach(funnel: Funnel, limits: bool) -> tuple[float, float]:
    """Smallest and largest effect that must be seen."""
    ends = [*funnel.points["yi"], funnel.centre]
    if funnel.original is not None:
        ends.append(funnel.original.estimate)
    if limits:
        wide = funnel.limits[np.isclose(funnel.limits["level"], _LEVEL)]
        ends += [*wide["low"], *wide["high"]]
    return float(min(ends)), float(max(ends))


def _points(ax: Axes, funnel: Funnel) -> list[Any]:
    points, handles = funnel.points, []
    for filled, face, name in ((False, BLUE, "Studies"), (True, PAPER, "Added by trim and fill")):
        some = points[points["filled"] == filled]
        if len(some):
            ax.scatter(
                some["yi"], some["se"], s=22, c=face, edgecolors=BLUE, lw=0.9, zorder=5, clip_on=False, gid=name.lower()
            )
            handles.append(keys.dot(name, BLUE, face=face))
    return handles


def _centres(ax: Axes, funnel: Funnel, scale: EffectScale) -> list[Any]:
    """The pooled effect; with trim and fill that of the studies alone and, dashed, that with the added ones."""
    named: list[tuple[float, str, Any, str]] = [(funnel.centre, "Pooled effect", "-", "centre")]
    if funnel.original is not None:
        added = counted(int(funnel.is_filled.sum()), "added study", "added studies")
        named = [
            (funnel.original.estimate, f"Pooled, {studies(funnel.original.k)}", "-", "without added studies"),
            (funnel.centre, f"Pooled with {added}", DASHES, "centre"),
        ]
    handles = []
    for value, name, dashes, gid in named:
        ax.axvline(value, color=INK, lw=1.1, ls=dashes, zorder=3.5, gid=gid)
        handles.append(keys.line(f"{name}: {scale.told(value)}", INK, style=dashes, weight=1.1))
    return handles


def _limits(ax: Axes, funnel: Funnel) -> list[Any]:
    part = funnel.limits[np.isclose(funnel.limits["level"], _LEVEL)]
    for name in ("low", "high"):
        ax.plot(part[name], part["se"], color=INK, lw=0.8, ls=":", zorder=3, gid=f"pseudo-limit {name}")
    return [keys.line(f"{FIGURE.level(_LEVEL)} pseudo-limits", INK, style=":", weight=0.8)] if len(part) else []


def _contours(ax: Axes, funnel: Funnel) -> list[Any]:
    """Shades by the p value of a study, with a line around each; the widest contour first."""
    lines = funnel.contours
    levels = sorted(lines["level"].unique(), reverse=True)
    outside, *shades = _SHADES[-len(levels) - 1 :] if len(levels) < len(_SHADES) else _SHADES
    ax.set_facecolor(outside)
    handles = [keys.shade(f"A study's own p < {1 - levels[0]:.2g}", outside)]
    for i, level in enumerate(levels):
        part, colour = lines[lines["level"] == level], shades[min(i, len(shades) - 1)]
        ax.fill_betweenx(part["se"], part["low"], part["high"], color=colour, zorder=0.1 + 0.1 * i, lw=0, gid="contour")
        for end in ("low", "high"):
            ax.plot(part[end], part["se"], color=RULE, lw=0.5, zorder=0.15 + 0.1 * i)
        last = i == len(levels) - 1
        name = f"p > {1 - level:.2g}" if last else f"{1 - level:.2g} < p < {1 - levels[i + 1]:.2g}"
        handles.append(keys.shade(name, colour))
    return handles


def _egger_words(egger: AsymmetryTest | NotAssessable) -> str:
    return str(egger) if isinstance(egger, NotAssessable) else FIGURE.p_value(egger.p_value)


def _egger(ax: Axes, egger: AsymmetryTest, bottom: float) -> list[Any]:
    """The regression line, which is straight here: the test regresses the effect on its standard error."""
    if isinstance(egger.intercept, NotAssessable):
        return []
    low, high = ax.get_xlim()
    ends = [egger.intercept, egger.intercept + egger.estimate * bottom]
    ax.plot(ends, [0.0, bottom], color=RED, lw=1.4, zorder=4, gid="egger line")
    ax.set_xlim(low, high)
    return [keys.line("Egger's line", RED, weight=1.4)]
