"""Baujat plot: which studies add to heterogeneity, and which move the pooled effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.figures import keys
from tmsmeta.figures.axes import set_ticks
from tmsmeta.figures.label_placement import name_studies
from tmsmeta.figures.room import Width, paper_width
from tmsmeta.figures.style import BLUE, ORANGE, SMALL, TWO_COLUMNS, axes_or_new, styled
from tmsmeta.figures.text_extent import wrap
from tmsmeta.words.ticks import linear_ticks

if TYPE_CHECKING:
    import pandas as pd

_NAMES = 0.3  # of the paper that a line of a name may take

_NOTHING = 1e-6  # a contribution that rounding left over


@styled
def baujat_plot(table: pd.DataFrame, *, ax: Axes | None = None, width: Width | None = None, title: str = "") -> Axes:
    """Draw each study by what it adds to heterogeneity and by how far it moves the pooled effect.

    Studies that stand out, with more than twice the mean on either axis, are named.

    Args:
        table: from :func:`tmsmeta.baujat`.
        ax: the axes to use; a new figure without it.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, of a new figure.
        title: heading.

    Returns:
        The axes: x is the contribution to heterogeneity, y the influence on the pooled effect.

    Raises:
        InvalidInputError: something else than what :func:`tmsmeta.baujat` gives, or a width that is none.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> ax = tm.figures.baujat_plot(tm.baujat(trials))
    """
    inches = paper_width(width, 0.72 * TWO_COLUMNS)
    drawn = axes_or_new(ax, inches, 0.6 * inches + 0.2)
    shown = table[np.isfinite(table["x"]) & np.isfinite(table["y"])]
    x, y = shown["x"].to_numpy(dtype=float), shown["y"].to_numpy(dtype=float)
    far = shown["stands_out"].to_numpy(dtype=bool)
    looks = ((~far, BLUE, "o", "Studies"), (far, ORANGE, "D", "More than twice the mean on an axis, named"))
    handles = []
    for some, colour, marker, name in looks:
        gid = "studies" if colour == BLUE else "studies that stand out"
        drawn.scatter(x[some], y[some], s=24, color=colour, marker=marker, zorder=3, clip_on=False, gid=gid)
        if some.any():
            handles.append(keys.dot(name, colour, marker=marker))
    drawn.set_xlim(0, _end(x))
    drawn.set_ylim(0, _end(y))
    set_ticks(drawn, linear_ticks(*drawn.get_xlim(), 7))
    set_ticks(drawn, linear_ticks(*drawn.get_ylim(), 7), which="y")
    drawn.set_xlabel("Contribution to heterogeneity")
    drawn.set_ylabel("Influence on the pooled effect")
    reasons = " ".join(f"Not assessable: {note}." for note in dict.fromkeys(table["note"]) if note)
    keys.key_below(drawn, handles, words=reasons, own=ax is None)
    if title:
        drawn.set_title(title)
    if far.any():
        names = [wrap(str(name), SMALL, _NAMES * inches) for name in shown["study"]]
        # the names of those that stand out leave the other points free
        order = [*np.flatnonzero(far)[np.argsort(-(x + y)[far], kind="stable")].tolist()]
        name_studies(drawn, x, y, names, order)
    return drawn


def _end(values: np.ndarray) -> float:
    """End of an axis from 0 that holds `values`; 1 where there are none above 0."""
    largest = float(values.max(initial=0.0))
    return 1.12 * largest if largest > _NOTHING else 1.0
