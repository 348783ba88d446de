"""GOSH plot: the pooled effects of all subsets of the studies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from tmsmeta.figures.axes import effect_axis, padded, scale_for, set_ticks
from tmsmeta.figures.style import BLUE, INK, SMALL, TWO_COLUMNS, YELLOW, axes_or_new, styled
from tmsmeta.figures.text_extent import wrap

if TYPE_CHECKING:
    from tmsmeta.robustness.sensitivity.gosh import Gosh

_BINS = 140


@styled
def gosh_plot(
    gosh: Gosh, *, ax: Axes | None = None, study: str | None = None, title: str = "", per: float | None = None
) -> Axes:
    """Draw heterogeneity against effect of every subset as a density of dots.

    Args:
        gosh: from :func:`tmsmeta.gosh`.
        ax: the axes to use; a new figure without it.
        study: subsets that hold this study are set off in another colour.
        title: heading.
        per: people or patient-time that proportions (100 by default) and rates (1) refer to, such as 1000.
    """
    drawn = axes_or_new(ax, 0.75 * TWO_COLUMNS, 0.55 * TWO_COLUMNS)
    x, y = gosh.rows.estimate, gosh.rows.i2
    known = np.isfinite(x) & np.isfinite(y)
    held = gosh.contains(study) if study is not None else np.zeros(len(x), dtype=bool)
    scale = scale_for(gosh.effects, per=per)
    low, high = padded(float(x[known].min()), float(x[known].max()))
    for some, colour, name in ((known & ~held, BLUE, f"without {study}"), (known & held, YELLOW, f"with {study}")):
        if some.any():
            _density(drawn, x[some], y[some], (low, high), colour, name if study is not None else "subsets")
    drawn.axvline(gosh.pooled.estimate, color=INK, lw=0.8, gid="all studies", label="all studies")
    effect_axis(drawn, scale, low, high)
    drawn.set_ylim(-3, 103)
    set_ticks(drawn, [0, 20, 40, 60, 80, 100], which="y")
    drawn.set_ylabel("I² (%)")
    what = "all" if gosh.complete else "a sample of"
    drawn.set_xlabel(f"{scale.label}\n({what} {int(known.sum()):,} subsets of 2 and more of {gosh.effects.k} studies)")
    names = {"subsets": BLUE} if study is None else {f"without {study}": BLUE, f"with {study}": YELLOW}
    keys = [
        Line2D([], [], color=colour, marker="s", lw=0, label=wrap(name, SMALL, 1.4)) for name, colour in names.items()
    ]
    keys.append(Line2D([], [], color=INK, lw=0.8, label="all studies"))
    drawn.legend(handles=keys, loc="upper left", bbox_to_anchor=(1.01, 1.0))
    if title:
        drawn.set_title(title)
    return drawn


def _density(ax: Axes, x: np.ndarray, y: np.ndarray, limits: tuple[float, float], colour: str, name: str) -> None:
    """A dot for every cell of a fine grid that holds subsets, darker the more there are."""
    counts, across, up = np.histogram2d(x, y, bins=_BINS, range=(limits, (0.0, 100.0)))
    i, j = np.nonzero(counts)
    weight = np.log1p(counts[i, j])
    alpha = 0.35 + 0.65 * weight / weight.max()
    centres = (across[i] + across[i + 1]) / 2, (up[j] + up[j + 1]) / 2
    ax.scatter(*centres, s=3.2, color=colour, alpha=alpha, marker="s", linewidths=0, label=name, gid=name)
