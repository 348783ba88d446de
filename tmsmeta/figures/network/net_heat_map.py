"""Net heat: which design disagrees with the rest of the network, and how much it weighs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from tmsmeta.errors import NotAssessable
from tmsmeta.figures import style
from tmsmeta.figures.axes import linear_ticks
from tmsmeta.figures.network.heat_table import Bar, HeatTable, draw_heat_table, name_rows, wrapped_names
from tmsmeta.figures.network.treatment_words import Labels, name_of
from tmsmeta.figures.not_assessable import not_assessable_panel
from tmsmeta.figures.style import styled
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.networks import NetHeat

_CELL, _NAME_WIDTH, _COLUMN_WIDTH = 0.26, 2.4, 1.8  # inches
_SHADE = "#6e6e6e"


@styled
def net_heat_map(
    heat: NetHeat | NotAssessable, *, ax: Axes | None = None, labels: Labels = None, title: str = ""
) -> Axes:
    """Draw the net heat matrix (Krahn, Binder & König, BMC Med Res Methodol 2013;13:35).

    Args:
        heat: what ``net_heat`` returned. :class:`NotAssessable` gives an empty frame with the reason.
        ax: the place to use. A new figure of the size that is needed without it.
        labels: names of the treatments to print.
        title: heading.

    Returns:
        The axes; x and y count columns and rows from the top left. Colours are the collection ``cells``, grey squares
        (area: share of the column's direct estimate in the row's network estimate) are ``shares``; cells whose heat
        is below zero are hatched, so that they differ from warm ones in a grey print (``cool``).

    Raises:
        InvalidInputError: an `ax` too small.
    """
    if isinstance(heat, NotAssessable):
        return not_assessable_panel(heat, ax=ax, title=title)
    values, names = heat.heat.to_numpy(dtype=float), [_design(str(d), labels) for d in heat.heat.index]
    reach = max(float(np.abs(values).max()), 1e-9)
    drawn = draw_heat_table(
        HeatTable(
            rows=name_rows(names, _NAME_WIDTH),
            columns=wrapped_names(names, _COLUMN_WIDTH),
            values=values,
            cells=[[""] * len(names)] * len(names),
            colours=style.DIVERGING[::-1],
            low=-reach,
            high=reach,
            title=title,
            bar=Bar(
                label="Fall of the row's part of Q when the column's design is given effects of its own",
                ticks=tuple(linear_ticks(-reach, reach, 5)),
            ),
            notes=_notes(heat),
            corner="network estimate",
            across="direct estimate of the design",
            turned=True,
            least=(_CELL, _CELL),
        ),
        ax,
    )
    _shares(drawn, heat.share.to_numpy(dtype=float))
    cool = values < -0.02 * reach
    hatched = [Rectangle((c, r), 1, 1) for r, c in zip(*np.nonzero(cool), strict=True)]
    drawn.add_collection(
        PatchCollection(
            hatched, facecolor="none", edgecolor=style.BLUE, hatch="////", linewidth=0, zorder=1.5, gid="cool"
        ),
        autolim=False,
    )
    return drawn


def _shares(ax: Axes, share: np.ndarray) -> None:
    """Squares whose area is the share; a share above 1, which a multi-arm design can have, fills the cell."""
    side = 0.92 * np.sqrt(np.minimum(share, 1.0))
    squares = [
        Rectangle((c + 0.5 - side[r, c] / 2, r + 0.5 - side[r, c] / 2), side[r, c], side[r, c])
        for r, c in zip(*np.nonzero(share > 1e-6), strict=True)
    ]
    ax.add_collection(
        PatchCollection(squares, facecolor=_SHADE, edgecolor=style.PAPER, linewidth=0.3, zorder=2, gid="shares"),
        autolim=False,
    )


def _notes(heat: NetHeat) -> tuple[str, ...]:
    notes = [
        "Warm: the column's design drives inconsistency of the row; cool, hatched: it eases it. On the diagonal the "
        f"row's own part of Q, {FIGURE.number(float(heat.q.sum()), 2)} in all.",
        "Grey squares: share of the column's direct estimate in the row's network estimate, by area.",
    ]
    if not heat.relevant.all():
        notes.append("Rows without colour take part in no loop.")
    return tuple(notes)


def _design(label: str, labels: Labels) -> str:
    """``a:b (a:b:c)`` in words: ``A vs B (A, B, C)``."""
    pair, _, rest = label.partition(" (")
    first, second = (name_of(t, labels) for t in pair.split(":"))
    inner = [name_of(t, labels) for t in rest.removesuffix(")").split(":")] if rest else []
    return f"{first} vs {second}" + (f"  [{', '.join(inner)}]" if inner else "")
