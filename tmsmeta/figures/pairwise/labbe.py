"""L'Abbé plot: risk with treatment against risk with control."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from tmsmeta.figures.axes import Which, set_ticks
from tmsmeta.figures.style import BLUE, MUTED, ORANGE, RULE, SMALL, TWO_COLUMNS, axes_or_new, styled
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    import pandas as pd

_SIDE = 0.6 * TWO_COLUMNS


@styled
def labbe_plot(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    curve: pd.DataFrame | None = None,
    treated: str = "treatment",
    comparator: str = "control",
    title: str = "",
) -> Axes:
    """Draw risk with treatment against risk with control, a bubble a study with its area by patients.

    Args:
        table: from :func:`tmsmeta.labbe`.
        ax: the axes to use; a new figure without it.
        curve: from ``tmsmeta.robustness.sensitivity.labbe_curve``: where a constant effect would lie.
        treated, comparator: names of the arms.
        title: heading.
    """
    drawn = axes_or_new(ax, 1.05 * _SIDE, _SIDE)
    x, y = table["risk_c"].to_numpy(dtype=float), table["risk_t"].to_numpy(dtype=float)
    patients = (table["n_c"] + table["n_t"]).to_numpy(dtype=float)
    drawn.plot([0, 1], [0, 1], color=RULE, lw=0.9, ls=(0, (4, 2)), zorder=1, gid="no effect")
    drawn.text(
        0.97,
        0.985,
        "no effect",
        ha="right",
        va="bottom",
        rotation=45,
        rotation_mode="anchor",
        fontsize=SMALL,
        color=MUTED,
    )
    drawn.annotate(
        f"area: patients, {int(table['n_c'].add(table['n_t']).min())} to {int(table['n_c'].add(table['n_t']).max())}",
        (1, 0),
        xycoords="axes fraction",
        xytext=(0, 4),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=SMALL,
        color=MUTED,
    )
    if curve is not None:
        drawn.plot(curve["risk_c"], curve["risk_t"], color=ORANGE, lw=1.4, zorder=2, label="pooled effect", gid="curve")
        drawn.legend(loc="lower right", bbox_to_anchor=(1.0, 0.04))
    size = 260 * patients / patients.max()
    drawn.scatter(x, y, s=size, color=BLUE, alpha=0.55, edgecolors=BLUE, lw=0.8, zorder=3, gid="studies")
    axes: tuple[tuple[Which, str], ...] = (("x", comparator), ("y", treated))
    for which, words in axes:
        set_ticks(drawn, [0, 0.2, 0.4, 0.6, 0.8, 1], lambda v: FIGURE.share(v, 0), which=which)
        getattr(drawn, f"set_{which}label")(f"Events with {words} (%)")
        getattr(drawn, f"set_{which}lim")(-0.02, 1.02)
    drawn.set_aspect("equal")
    if title:
        drawn.set_title(title)
    return drawn
