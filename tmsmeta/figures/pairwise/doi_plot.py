"""Doi plot: effects against the folded normal quantile of their rank, with the LFK index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from tmsmeta.figures import keys
from tmsmeta.figures.axes import effect_axis, padded, scale_for, set_ticks
from tmsmeta.figures.pairwise.forest_parts import arm_names, direction_labels
from tmsmeta.figures.room import Width, paper_width
from tmsmeta.figures.style import BLUE, DASHES, INK, MUTED, TWO_COLUMNS, axes_or_new, styled
from tmsmeta.words.numbers import minus_signs
from tmsmeta.words.ticks import linear_ticks

if TYPE_CHECKING:
    from tmsmeta.robustness.smallstudy import LfkIndex


@styled
def doi_plot(
    index: LfkIndex,
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
    """Draw studies by effect and by the absolute normal quantile of their rank, the tip on top, with the LFK index.

    Studies that say the same give two limbs alike on both sides of the tip; the index says how unlike they are.

    Args:
        index: from :func:`tmsmeta.lfk_index`.
        ax: the axes to use; a new figure without it.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, of a new figure.
        label: name of the effect axis.
        better: ``higher`` or ``lower``, the direction in which the outcome is good; gives the "favours" labels.
        treated, comparator: names of the arms in these labels; by default those that the effects carry.
        favours: these labels in other words, left and right.
        title: heading.
        per: people or patient-time that proportions (100 by default) and rates (1) refer to, such as 1000.

    Returns:
        The axes: x is the effect, y the absolute normal quantile, growing downwards.

    Raises:
        InvalidInputError: something else than what :func:`tmsmeta.lfk_index` gives, a width that is none, or `per` for
            a measure that is no proportion and no rate.
        UnknownOptionError: an unknown `better`.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> ax = tm.figures.doi_plot(tm.lfk_index(trials))
    """
    shown = direction_labels(favours, better, *arm_names(index.effects, treated, comparator))
    inches = paper_width(width, 0.72 * TWO_COLUMNS)
    drawn = axes_or_new(ax, inches, 0.56 * inches + 0.2)
    points = index.to_frame()
    scale = scale_for(index.effects, label=label, per=per)
    drawn.plot(points["yi"], points["abs_z"], color=MUTED, lw=0.9, zorder=2, gid="limbs")
    drawn.scatter(points["yi"], points["abs_z"], s=26, color=BLUE, zorder=3, gid="studies")
    drawn.axvline(index.centre, color=INK, lw=0.9, ls=DASHES, zorder=1, gid="tip")
    effect_axis(drawn, scale, *padded(float(points["yi"].min()), float(points["yi"].max()), 0.06))
    bottom = 1.06 * float(points["abs_z"].max())
    drawn.set_ylim(bottom, min(0.0, -0.03 * bottom))
    set_ticks(drawn, linear_ticks(0.0, bottom, 7), which="y")
    drawn.set_ylabel("|z| of the rank")
    handles = [
        keys.dot("Studies", BLUE),
        keys.line("limbs", MUTED, weight=0.9),
        keys.line(f"Tip: {scale.told(index.centre)}", INK, style=DASHES, weight=0.9),
    ]
    words = minus_signs(f"LFK index {index.verdict()}. {index.note}")
    keys.favours_below(drawn, shown, own=ax is None)
    keys.key_below(drawn, handles, words=words, own=ax is None)
    if title:
        drawn.set_title(title)
    return drawn
