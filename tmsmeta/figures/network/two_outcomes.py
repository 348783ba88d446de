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
from tmsmeta.figures.network.treatment_words import Labels, effects_against, name_of
from tmsmeta.figures.not_assessable import not_assessable_panel
from tmsmeta.figures.room import shrink_beside
from tmsmeta.figures.style import axes_or_new, styled
from tmsmeta.figures.text_extent import lines_height, wrap
from tmsmeta.words.names import inside
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.networks import NetworkMeta

_NAME_WIDTH = 1.5
_CROWDED = 10


@dataclass(frozen=True)
class _Side:
    """One outcome: its scale, and per treatment the estimate and interval in axis values."""

    name: str
    net: NetworkMeta
    scale: EffectScale
    values: np.ndarray
    limits: tuple[float, float]

    def label(self, reference: str) -> str:
        """Heading of the axis, with an arrow to the better end."""
        direction = "better →" if self.net.better == "higher" else "← better"
        level = FIGURE.level(self.net.spec.level)
        return f"{self.name}: {inside(self.scale.label)} against {reference} with {level} CI\n{direction}"


@styled
def two_outcomes(
    networks: Mapping[str, NetworkMeta],
    *,
    ax: Axes | None = None,
    labels: Labels = None,
    digits: int | None = None,
    title: str = "",
) -> Axes:
    """Draw every treatment that two networks share at its effects on both outcomes.

    Args:
        networks: two networks by the name of their outcome, such as ``{"Response": ..., "Remission": ...}``, with
            the same reference; the first gives x, the second y.
        ax: the axes to use. A new figure without it.
        labels: names of the treatments to print; more than ten are numbered and listed beside the axes.
        digits: decimals that small tick labels may need.
        title: heading.

    Returns:
        The axes. Points carry the gid ``points``, intervals ``x whiskers`` and ``y whiskers``; the quadrant that is
        better than the reference on both outcomes has a pale ground.

    Raises:
        InvalidInputError: not two networks, or two references.
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
    crowded = len(shared) > _CROWDED
    names = [wrap(name_of(t, labels), style.SMALL, _NAME_WIDTH) for t in shared]
    listed = sum(lines_height(n, style.SMALL) + 0.45 * style.SMALL / 72 for n in names) if crowded else 0.0
    wide = (1.0 if crowded else 0.78) * style.TWO_COLUMNS
    drawn = axes_or_new(ax, wide, max(0.68 * style.TWO_COLUMNS, listed + 0.7))
    if title:
        drawn.set_title(title)
    _frame(drawn, sides, labels)
    _points(drawn, sides)
    x, y = (side.values[:, 0] for side in sides)
    bars = [((lo, v), (hi, v)) for (_, lo, hi), v in zip(_cut(sides[0]), y.tolist(), strict=True)]
    bars += [((v, lo), (v, hi)) for (_, lo, hi), v in zip(_cut(sides[1]), x.tolist(), strict=True)]
    texts = _key(drawn, names, x * (1 if first.better == "higher" else -1)) if crowded else names
    place_labels(drawn, np.column_stack([x, y]), texts, lines=bars)
    return drawn


def _key(ax: Axes, names: list[str], good: np.ndarray) -> list[str]:
    """Number the treatments from best to worst on the first outcome, list them beside the axes, return the numbers."""
    number = {int(k): i for i, k in enumerate(np.argsort(-good, kind="stable"), start=1)}
    listed = sorted(number, key=lambda k: number[k])
    handles = [Line2D([], [], ls="none", label=names[k]) for k in listed]
    symbols = {h: _Numbered(str(number[k])) for h, k in zip(handles, listed, strict=True)}
    texts = ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0, handlelength=0.9,
        handletextpad=0.5, labelspacing=0.45, handler_map=symbols,
    )  # fmt: skip
    texts.set_gid("key")
    shrink_beside(ax, texts)
    return [str(number[k]) for k in range(len(names))]


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


def _frame(ax: Axes, sides: list[_Side], labels: Labels) -> None:
    x, y = sides
    if x.scale.log:
        ax.set_xscale("log")
    if y.scale.log:
        ax.set_yscale("log")
    ax.set_xlim(*x.limits)
    ax.set_ylim(*y.limits)
    box = ax.get_position()
    wide, high = ax.figure.bbox.width / ax.figure.dpi, ax.figure.bbox.height / ax.figure.dpi
    fit_ticks(ax, x.scale, x.limits, 0.9 * box.width * wide, style.SMALL)
    fit_ticks(ax, y.scale, y.limits, 0.9 * box.height * high, style.SMALL, "y")
    reference = inside(name_of(x.net.reference, labels))
    ax.set_xlabel(x.label(reference), fontsize=style.SMALL)
    ax.set_ylabel(y.label(reference), fontsize=style.SMALL)
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
    ax.hlines(y, [lo for _, lo, _ in across], [hi for _, _, hi in across], colors=[style.SKY], lw=1.0, zorder=3,
              gid="x whiskers")  # fmt: skip
    ax.vlines(x, [lo for _, lo, _ in up], [hi for _, _, hi in up], colors=[style.SKY], lw=1.0, zorder=3,
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
