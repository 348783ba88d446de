"""Two outcomes at once: the effect on one against the effect on the other, each with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.legend_handler import HandlerBase
from matplotlib.lines import Line2D
from matplotlib.text import Text

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.figures import style
from tmsmeta.figures.axes import EffectScale, axis_limits, fit_ticks, scale_of
from tmsmeta.figures.label_placement import place_labels
from tmsmeta.figures.network.name_list import NameList
from tmsmeta.figures.network.treatment_words import Labels, effects_against, name_of
from tmsmeta.figures.not_assessable import not_assessable_panel
from tmsmeta.figures.room import THINNEST_LINE, Width, room_for, room_of, shrink_beside
from tmsmeta.figures.style import styled
from tmsmeta.figures.text_extent import lines_height, wrap
from tmsmeta.words.names import inside
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.networks import NetworkMeta

_MARGIN, _LEFT = 0.08, 0.72
_NAME_WIDTH = 1.5
_NARROW = 5.0
"""Inches up to which fewer names have room."""
_CROWDED, _FEW = 10, 4
_MANY = 30
"""Treatments from which intervals are thin lines, so that points and numbers stand out."""


@dataclass(frozen=True)
class _Side:
    """One outcome: its scale, and per treatment the estimate and interval in axis values."""

    name: str
    net: NetworkMeta
    scale: EffectScale
    values: np.ndarray
    limits: tuple[float, float]

    def label(self, reference: str, inches: float) -> str:
        """Heading of an axis so many inches long, with an arrow to the better end."""
        direction = "better →" if self.net.better == "higher" else "← better"
        level = FIGURE.level(self.net.spec.level)
        words = f"{self.name}: {inside(self.scale.label)} against {reference} with {level}\N{NO-BREAK SPACE}CI"
        return f"{wrap(words, style.SMALL, inches)}\n{direction}"


@styled
def two_outcomes(
    networks: Mapping[str, NetworkMeta],
    *,
    ax: Axes | None = None,
    labels: Labels = None,
    digits: int | None = None,
    title: str = "",
    width: Width | None = None,
) -> Axes:
    """Draw every treatment that two networks share at its effects on both outcomes.

    Args:
        networks: two networks by the name of their outcome, such as ``{"Response": ..., "Remission": ...}``, with
            the same reference; the first gives x, the second y.
        ax: the axes to use; a new figure without it.
        labels: names of the treatments to print; where more than ten, or more than four at 85 mm, would crowd the
            plot, numbers take their place, and a list below the axes (beside them in a given `ax`) names them.
        digits: decimals that small tick labels may need.
        title: heading.
        width: ``single`` (85 mm), ``double`` (170 mm, the default) or inches, of a new figure.

    Returns:
        The axes. Points carry the gid ``points``, intervals ``x whiskers`` and ``y whiskers``; the quadrant that is
        better than the reference on both outcomes has a pale ground.

    Raises:
        InvalidInputError: not two networks, or two references.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> other = tm.network(arms | {"events": [5, 6, 7, 4, 9, 4]}, measure="OR", reference="P", better="lower")
        >>> ax = tm.figures.two_outcomes({"response": net, "dropout": other})
    """
    if len(networks) != 2:
        raise InvalidInputError(Issue(None, "networks", len(networks), "must be two, by the name of their outcome."))
    first, second = networks.values()
    if first.reference != second.reference:
        found = f"{first.reference}, {second.reference}"
        raise InvalidInputError(Issue(None, "networks", found, "must have the same reference."))
    shared = [t for t in first.treatments if t in second.treatments and t != first.reference]
    if not shared:
        return not_assessable_panel(
            NotAssessable("two outcomes", "the networks share no treatment but the reference"), ax=ax, title=title
        )
    sides = [_side(name, net, shared, digits) for name, net in networks.items()]
    names = [name_of(t, labels) for t in shared]
    x, y = (side.values[:, 0] for side in sides)
    wide = room_for(ax, width)
    crowded = len(shared) > (_CROWDED if wide > _NARROW else _FEW)
    best = np.argsort(-x if first.better == "higher" else x, kind="stable").tolist()
    listed = [names[k] for k in best] if crowded and ax is None else []
    drawn = _page(wide, listed, title, sides, labels) if ax is None else ax
    if ax is not None:
        _frame(ax, sides, labels, (0.8 * wide, 0.8 * room_of(ax).height))
        ax.set_title(title)
    _points(drawn, sides)
    bars = [((lo, v), (hi, v)) for (_, lo, hi), v in zip(_cut(sides[0]), y.tolist(), strict=True)]
    bars += [((v, lo), (v, hi)) for (_, lo, hi), v in zip(_cut(sides[1]), x.tolist(), strict=True)]
    texts = [wrap(name, style.SMALL, min(_NAME_WIDTH, 0.4 * wide)) for name in names]
    if crowded:
        if ax is not None:
            _key(drawn, [texts[k] for k in best])
        texts = [str(best.index(k) + 1) for k in range(len(best))]
    place_labels(drawn, np.column_stack([x, y]), texts, lines=bars)
    return drawn


def _page(wide: float, listed: list[str], title: str, sides: list[_Side], labels: Labels) -> Axes:
    """Axes of a new figure, with the list of names below them, in inches from the top left."""
    names = NameList(listed, wide - 2 * _MARGIN)
    plot = wide - _LEFT - 0.15, min((0.72 if wide > _NARROW else 1.0) * wide, 4.6)
    heading = wrap(title, style.TEXT, wide - 2 * _MARGIN, "bold")
    above = _MARGIN + (lines_height(heading, style.TEXT) + 0.08 if title else 0.06)
    below = 0.3 + lines_height(_longest(sides, labels, plot[0]), style.SMALL)
    high = above + plot[1] + below + (names.height + 0.1 if listed else 0.0) + _MARGIN
    figure = style.new_figure(wide, high, constrained=False)
    ax = figure.add_axes((_LEFT / wide, 1 - (above + plot[1]) / high, plot[0] / wide, plot[1] / high))
    _frame(ax, sides, labels, plot)
    top = above + plot[1] + below + 0.05
    names.draw(
        lambda x, down, text, **look: figure.text(
            (_MARGIN + x) / wide, 1 - (top + down) / high, text, fontsize=style.SMALL, va="baseline", **look
        )
    )
    if title:
        figure.text(_MARGIN / wide, 1 - _MARGIN / high, heading, fontsize=style.TEXT, fontweight="bold", va="top")
    return ax


def _longest(sides: list[_Side], labels: Labels, inches: float) -> str:
    """The label of the horizontal axis."""
    return sides[0].label(inside(name_of(sides[0].net.reference, labels)), inches)


def _key(ax: Axes, names: list[str]) -> None:
    """List the treatments beside the axes, in the order of their numbers."""
    handles = [Line2D([], [], ls="none", label=name) for name in names]
    symbols = {handle: _Numbered(str(k)) for k, handle in enumerate(handles, start=1)}
    texts = ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0, handlelength=0.9,
        handletextpad=0.5, labelspacing=0.45, handler_map=symbols,
    )  # fmt: skip
    texts.set_gid("key")
    shrink_beside(ax, texts)


class _Numbered(HandlerBase):
    """A number in place of a legend's symbol."""

    def __init__(self, number: str) -> None:
        super().__init__()
        self.number = number

    def create_artists(self, legend: Any, orig_handle: Any, xdescent: float, ydescent: float, width: float,
                       height: float, fontsize: float, trans: Any) -> list[Text]:  # fmt: skip
        """The number, right-aligned."""
        return [
            Text(width, height / 2, self.number, ha="right", va="center_baseline", fontsize=fontsize, transform=trans)
        ]


def _side(name: str, net: NetworkMeta, treatments: list[str], digits: int | None) -> _Side:
    scale = scale_of(net.measure, digits=digits)
    values = np.asarray(scale.show(effects_against(net, treatments)))
    limits = axis_limits(scale, values[:, 0].tolist(), values[:, 1].tolist(), values[:, 2].tolist(), reach=1.2)
    return _Side(name, net, scale, values, limits)


def _cut(side: _Side) -> list[tuple[float, float, float]]:
    """Estimates with their intervals, cut at the limits of the axis."""
    ends = np.clip(side.values[:, 1:], *side.limits)
    return list(zip(side.values[:, 0].tolist(), ends[:, 0].tolist(), ends[:, 1].tolist(), strict=True))


def _frame(ax: Axes, sides: list[_Side], labels: Labels, inches: tuple[float, float]) -> None:
    """Axes so many inches wide and high, with limits, ticks, names and the line of no effect."""
    x, y = sides
    if x.scale.log:
        ax.set_xscale("log")
    if y.scale.log:
        ax.set_yscale("log")
    ax.set_xlim(*x.limits)
    ax.set_ylim(*y.limits)
    fit_ticks(ax, x.scale, x.limits, 0.9 * inches[0], style.SMALL)
    fit_ticks(ax, y.scale, y.limits, 0.9 * inches[1], style.SMALL, "y")
    reference = inside(name_of(x.net.reference, labels))
    ax.set_xlabel(x.label(reference, inches[0]), fontsize=style.SMALL)
    ax.set_ylabel(y.label(reference, inches[1]), fontsize=style.SMALL)
    nulls = [side.scale.null for side in sides]
    if nulls[0] is not None and nulls[1] is not None:
        ax.axvline(nulls[0], color=style.INK, lw=0.7, zorder=1, gid="no effect")
        ax.axhline(nulls[1], color=style.INK, lw=0.7, zorder=1, gid="no effect")
        corner = [side.limits[1] if side.net.better == "higher" else side.limits[0] for side in sides]
        ax.fill_between(
            sorted((nulls[0], corner[0])), nulls[1], corner[1], color=style.STRIPE, lw=0, zorder=0, gid="better on both"
        )


def _points(ax: Axes, sides: list[_Side]) -> None:
    x, y = sides[0].values[:, 0], sides[1].values[:, 0]
    across, up = _cut(sides[0]), _cut(sides[1])
    thick = 1.0 if len(x) <= _MANY else THINNEST_LINE
    ax.hlines(y, [lo for _, lo, _ in across], [hi for _, _, hi in across], colors=[style.SKY], lw=thick, zorder=3,
              gid="x whiskers")  # fmt: skip
    ax.vlines(x, [lo for _, lo, _ in up], [hi for _, _, hi in up], colors=[style.SKY], lw=thick, zorder=3,
              gid="y whiskers")  # fmt: skip
    ax.scatter(x, y, s=24, c=[style.BLUE], edgecolors=style.PAPER, linewidths=0.6, zorder=5, gid="points")
    for axis, (low_marker, high_marker) in enumerate((("<", ">"), ("v", "^"))):
        side, other = sides[axis], sides[1 - axis].values[:, 0]
        for edge, marker, cut in (
            (side.limits[0], low_marker, side.values[:, 1] < side.limits[0]),
            (side.limits[1], high_marker, side.values[:, 2] > side.limits[1]),
        ):
            if cut.any():
                ends = np.full(int(cut.sum()), edge), other[cut]
                x_end, y_end = ends if axis == 0 else ends[::-1]
                ax.scatter(x_end, y_end, s=18, c=style.SKY, marker=marker, linewidths=0, clip_on=False, zorder=5,
                           gid="clipped")  # fmt: skip
