"""GOSH plot: the pooled effects of all subsets of the studies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.figures import keys
from tmsmeta.figures.axes import effect_axis, padded, scale_for, set_ticks
from tmsmeta.figures.pairwise.forest_parts import arm_names, direction_labels
from tmsmeta.figures.picture import figure_of
from tmsmeta.figures.room import Width, paper_width
from tmsmeta.figures.style import BLUE, INK, MUTED, ORANGE, TWO_COLUMNS, axes_or_new, styled

if TYPE_CHECKING:
    from tmsmeta.robustness.sensitivity.gosh import Gosh

_BINS = 140
_COARSE = 60  # bins of the marginal densities
_MARGIN = 0.16  # of the plot that a marginal density takes
_PERCENT = (-3.0, 103.0)


@styled
def gosh_plot(
    gosh: Gosh,
    *,
    ax: Axes | None = None,
    width: Width | None = None,
    study: str | None = None,
    better: str | None = None,
    treated: str = "",
    comparator: str = "",
    favours: tuple[str, str] | None = None,
    title: str = "",
    per: float | None = None,
) -> Axes:
    """Draw heterogeneity against effect of every subset as a density of dots, with the density of each beside it.

    Args:
        gosh: from :func:`tmsmeta.gosh`.
        ax: the axes to use; a new figure without it. The densities take a part of its place, above and right.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, of a new figure.
        study: subsets that hold this study are set off in another colour.
        better: ``higher`` or ``lower``, the direction in which the outcome is good; gives the "favours" labels.
        treated, comparator: names of the arms in these labels; by default those that the effects carry.
        favours: these labels in other words, left and right.
        title: heading.
        per: people or patient-time that proportions (100 by default) and rates (1) refer to, such as 1000.

    Returns:
        The axes: x is the pooled effect of a subset, y its I2 in percent.

    Raises:
        InvalidInputError: something else than what :func:`tmsmeta.gosh` gives, a `study` that it does not hold, a
            width that is none, or `per` for a measure that is no proportion and no rate.
        UnknownOptionError: an unknown `better`.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> ax = tm.figures.gosh_plot(tm.gosh(trials), study="B")
    """
    shown = direction_labels(favours, better, *arm_names(gosh.effects, treated, comparator))
    inches = paper_width(width, 0.72 * TWO_COLUMNS)
    drawn = axes_or_new(ax, inches, 0.66 * inches + 0.2)
    x, y = gosh.rows.estimate, gosh.rows.i2
    known = np.isfinite(x) & np.isfinite(y)
    held = gosh.contains(study) if study is not None else np.zeros(len(x), dtype=bool)
    scale = scale_for(gosh.effects, per=per)
    seen = x[known] if known.any() else np.array([gosh.pooled.estimate])
    low, high = padded(float(seen.min()), float(seen.max()))
    without = "Subsets" if study is None else f"Subsets without {study}"
    looks: list[tuple[np.ndarray, str, Any, str]] = [
        (known & ~held, BLUE, "-", without),
        (known & held, ORANGE, (0, (3, 1)), f"Subsets with {study}"),
    ]
    above, right = _margins(drawn, (low, high))
    handles: list[Any] = []
    for some, colour, dashes, name in looks:
        if some.any():
            _dots(drawn, x[some], y[some], (low, high), colour, name)
            _density(above, x[some], (low, high), colour, dashes)
            _density(right, y[some], (0.0, 100.0), colour, dashes, upright=True)
            handles.append(keys.dot(name, colour, marker="s"))
    drawn.axvline(gosh.pooled.estimate, color=INK, lw=0.9, gid="all studies")
    handles.append(keys.line("all studies", INK, weight=0.9))
    effect_axis(drawn, scale, low, high)
    drawn.set_ylim(*_PERCENT)
    set_ticks(drawn, [0, 20, 40, 60, 80, 100], which="y")
    drawn.set_ylabel("I² (%)")
    keys.favours_below(drawn, shown, own=ax is None)
    keys.key_below(drawn, handles, words=_count(gosh, int(known.sum())), own=ax is None)
    if title:
        (above if ax is None else drawn).set_title(title)
    return drawn


def _count(gosh: Gosh, subsets: int) -> str:
    if not subsets:
        return "One study has no subsets of two and more."
    if subsets == 1:
        return f"The one subset of two and more of {gosh.effects.k} studies."
    what = f"All {subsets:,} subsets" if gosh.complete else f"{subsets:,} random draws of subsets"
    return f"{what} of two and more of {gosh.effects.k} studies; the curves are their densities."


def _margins(ax: Axes, limits: tuple[float, float]) -> tuple[Axes, Axes]:
    """Two bare axes, above and right of `ax`, that share its limits."""
    above = ax.inset_axes((0.0, 1.02, 1.0, _MARGIN))
    right = ax.inset_axes((1.02, 0.0, _MARGIN, 1.0))
    above.set_xlim(limits)
    right.set_ylim(_PERCENT)
    for margin, name in ((above, "density of effects"), (right, "density of I²")):
        margin.set_label(name)
        margin.set_xticks([])
        margin.set_yticks([])
        for side in margin.spines.values():
            side.set_visible(False)
    above.spines["bottom"].set(visible=True, color=MUTED)
    right.spines["left"].set(visible=True, color=MUTED)
    return above, right


def _density(
    ax: Axes, values: np.ndarray, limits: tuple[float, float], colour: str, dashes: Any, *, upright: bool = False
) -> None:
    """A histogram of area 1 as a line."""
    share, edges = np.histogram(values, bins=_COARSE, range=limits, density=True)
    way: Any = "horizontal" if upright else "vertical"
    ax.stairs(share, edges, orientation=way, color=colour, lw=1.1, ls=dashes, gid="density")


def _dots(ax: Axes, x: np.ndarray, y: np.ndarray, limits: tuple[float, float], colour: str, name: str) -> None:
    """A dot for every cell of a fine grid that holds subsets, darker the more there are."""
    counts, across, up = np.histogram2d(x, y, bins=_BINS, range=(limits, (0.0, 100.0)))
    i, j = np.nonzero(counts)
    weight = np.log1p(counts[i, j])
    alpha = 0.35 + 0.65 * weight / weight.max()
    centres = (across[i] + across[i + 1]) / 2, (up[j] + up[j + 1]) / 2
    side = 72 * ax.get_window_extent().width / figure_of(ax).dpi / _BINS
    ax.scatter(*centres, s=max(side, 1.2) ** 2, color=colour, alpha=alpha, marker="s", linewidths=0, gid=name)
