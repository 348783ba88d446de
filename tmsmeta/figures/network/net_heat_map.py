"""Net heat: which design disagrees with the rest of the network, and how much it weighs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.figures import style
from tmsmeta.figures.network.heat_table import Bar, HeatTable, draw_first, square_variants
from tmsmeta.figures.network.treatment_words import Labels, name_of
from tmsmeta.figures.not_assessable import not_assessable_panel
from tmsmeta.figures.room import Width, fewer, room_for
from tmsmeta.figures.style import styled
from tmsmeta.words.names import inside
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.networks import NetHeat

_CELL, _MANY = 0.26, 20
"""Inches of a cell at least, unless there are many."""
_FEWER = (40, 30, 20, 12)
"""Contrasts that are drawn where there is no room for all."""
_SHADE = "#6e6e6e"
FULL = 8.0
"""Change of Q at which the colours end."""
CHANCE = 3.84
"""95% point of chi-square with one degree of freedom: the Q that a single contrast exceeds by chance once in 20."""


@styled
def net_heat_map(
    heat: NetHeat | NotAssessable,
    *,
    ax: Axes | None = None,
    labels: Labels = None,
    full: float = FULL,
    title: str = "",
    width: Width | None = None,
) -> Axes:
    """Draw the net heat matrix (Krahn, Binder & König, BMC Med Res Methodol 2013;13:35).

    The colours end at a fixed change of Q and not at the largest one, so that little inconsistency looks pale and two
    networks can be compared; larger changes have the colour of the end. The default end, 8 in either direction, is that
    of ``netheat`` in R's netmeta; the pages of the paper that were seen give none. Unlike there, warm and cool colours
    are equally strong for equal changes, the area of a grey square is the share itself and not its place between the
    smallest and the largest share, and designs that take part in no loop are shown, without colour. Designs stand in
    the order of :attr:`NetHeat.order`. What does not fit is dropped in this order: names of the columns (numbers take
    their place), names of the rows (a list below takes their place), the contrasts with the smallest changes of Q.

    Args:
        heat: what ``net_heat`` returned. :class:`NotAssessable` gives an empty frame with the reason.
        ax: the axes to use; a new figure without it.
        labels: names of the treatments to print.
        full: change of Q at which the colours end.
        title: heading.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, of a new figure; without it as wide as the table,
            170 mm at most.

    Returns:
        The axes; x and y count columns and rows from the top left. Colours are the collection ``cells``, grey squares
        (area: share of the column's direct estimate in the row's network estimate) are ``shares``; cells whose heat
        is below zero are hatched, so that they differ from warm ones in a grey print (``cool``).

    Raises:
        InvalidInputError: `full` that is not above 0, or a width or an `ax` too small.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> ax = tm.figures.net_heat_map(tm.net_heat(net))
    """
    if isinstance(heat, NotAssessable):
        return not_assessable_panel(heat, ax=ax, title=title)
    if not full > 0:
        raise InvalidInputError(Issue(None, "full", full, "must be a change of Q above 0, as 8."))
    wide = room_for(ax, width)
    sheets = (sheet for at in _selections(heat) for sheet in _sheets(heat, at, labels, full, title, wide))
    advice = "Give it more width, or draw a network of fewer treatments."
    drawn, sheet = draw_first(sheets, ax, width, advice)
    values, share = sheet.values, heat.share.to_numpy(dtype=float)[np.ix_(sheet.at, sheet.at)]
    _shares(drawn, share)
    cool = values < -0.02 * full
    hatched = [Rectangle((c, r), 1, 1) for r, c in zip(*np.nonzero(cool), strict=True)]
    drawn.add_collection(
        PatchCollection(
            hatched, facecolor="none", edgecolor=style.BLUE, hatch="////", linewidth=0, zorder=1.5, gid="cool"
        ),
        autolim=False,
    )
    return drawn


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sheet(HeatTable):
    """A heat table of the contrasts at these places of the matrix."""

    at: list[int]


def _selections(heat: NetHeat) -> Iterator[list[int]]:
    """All contrasts, then those with the largest changes of Q; each in the order of the clusters."""
    order = list(heat.order)
    values = np.abs(heat.heat.to_numpy(dtype=float))
    largest = np.argsort(-np.maximum(values.max(axis=0), values.max(axis=1)), kind="stable")
    for most in fewer(len(order), _FEWER):
        chosen = set(largest[:most].tolist())
        yield [k for k in order if k in chosen]


def _sheets(heat: NetHeat, at: list[int], labels: Labels, full: float, title: str, wide: float) -> Iterator[_Sheet]:
    """The table of some contrasts with less and less room for names."""
    values = heat.heat.to_numpy(dtype=float)
    names = [_design(str(heat.heat.index[k]), labels) for k in at]
    sheet = _Sheet(
        at=at,
        rows=(),
        columns=(),
        values=values[np.ix_(at, at)],
        cells=[[""] * len(names)] * len(names),
        colours=style.DIVERGING[::-1],
        low=-full,
        high=full,
        title=title,
        bar=Bar(label=_bar_label(values, full), ticks=(-full, -full / 2, 0.0, full / 2, full)),
        notes=_notes(heat, at),
        corner="network estimate",
        across="direct estimate of the design",
        least=(_CELL, _CELL) if len(at) <= _MANY else (0.05, 0.05),
    )
    return square_variants(sheet, names, wide)


def _bar_label(values: np.ndarray, full: float) -> str:
    beyond = float(np.abs(values).max()) > full
    return (
        "Fall of the row's part of Q when the column's design is given effects of its own. White: 0; full colour: "
        f"{FIGURE.tick(full)}{' or more' if beyond else ''}"
    )


def _shares(ax: Axes, share: np.ndarray) -> None:
    """Squares whose area is the share; a share above 1, which a multi-arm design can have, fills the cell."""
    side = 0.92 * np.sqrt(np.minimum(share, 1.0))
    squares = [
        Rectangle((c + 0.5 - side[r, c] / 2, r + 0.5 - side[r, c] / 2), side[r, c], side[r, c])
        for r, c in zip(*np.nonzero(share > 1e-6), strict=True)
    ]
    ax.add_collection(
        PatchCollection(squares, facecolor=_SHADE, edgecolor="none", linewidth=0, zorder=2, gid="shares"),
        autolim=False,
    )


def _notes(heat: NetHeat, at: list[int]) -> tuple[str, ...]:
    notes = [
        "Warm: the column's design drives inconsistency of the row; cool, hatched: it eases it. On the diagonal the "
        f"row's own part of Q between designs, {FIGURE.number(float(heat.q.sum()), 2)} in all; chance alone takes a "
        f"single part beyond {FIGURE.number(CHANCE, 2)} once in 20.",
        "Grey squares: share of the column's direct estimate in the row's network estimate, by area.",
    ]
    if len(at) < len(heat.q):
        notes.append(f"Shown: the {len(at)} of {len(heat.q)} contrasts of designs with the largest changes of Q.")
    if not heat.relevant.all():
        notes.append("Rows without colour take part in no loop.")
    return tuple(notes)


def _design(label: str, labels: Labels) -> str:
    """``a:b (a:b:c)`` in words: ``A vs B [with C]``."""
    pair, _, rest = label.partition(" (")
    first, second = pair.split(":")
    others = [t for t in rest.removesuffix(")").split(":") if t not in ("", first, second)]
    beside = f" [with {', '.join(inside(name_of(t, labels)) for t in others)}]" if others else ""
    return f"{name_of(first, labels)} vs {inside(name_of(second, labels))}{beside}"
