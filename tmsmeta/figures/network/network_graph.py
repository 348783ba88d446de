"""The network as a graph: nodes by patients, edges by trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from tmsmeta.figures.label_placement import spread_out
from tmsmeta.figures.network.treatment_words import patients_text
from tmsmeta.figures.room import room_of
from tmsmeta.figures.style import (
    BLUE,
    INK,
    MUTED,
    ONE_COLUMN,
    PAPER,
    RULE,
    SERIES,
    SMALL,
    TWO_COLUMNS,
    axes_or_new,
    styled,
)
from tmsmeta.figures.text_extent import lines_height, width, wrap
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.networks import ComponentMeta, NetworkGraph, NetworkMeta

Edge = tuple[str, str]
_LARGEST_NODE, _SMALLEST_NODE = 900.0, 40.0  # area in square points
_WIDEST_EDGE, _THINNEST_EDGE = 9.0, 1.2  # width in points
_MANY_EDGES = 15
_LABEL_WIDTH, _ROW_GAP, _LEADER = 1.75, 0.07, 0.2  # inches
_ROUNDS = 3
_ALONG = tuple(sorted((k / 40 for k in range(5, 36)), key=lambda at: (abs(at - 0.38), at)))
"""Places of a number on its edge; the middle is not the first, since edges across the circle meet there."""


@styled
def network_graph(
    network: NetworkMeta | ComponentMeta | NetworkGraph,
    *,
    ax: Axes | None = None,
    labels: Mapping[str, str] | None = None,
    shares: Mapping[Edge, Mapping[str, float]] | None = None,
    order: tuple[str, ...] | None = None,
    reference: str | None = None,
    title: str = "",
) -> Axes:
    """Draw treatments on a circle, joined where trials compare them.

    The area of a node is in proportion to its patients (to its trials where no patients are known), the width of an
    edge to its trials, whose number stands on it. Names stand in columns left and right of the circle. The place of
    a node depends on the order only, so it is the same on every run.

    Args:
        network: a fitted network or component model, or its :class:`~tmsmeta.networks.NetworkGraph`.
        ax: the axes to use; a new figure without it, as high as the names need.
        labels: names of the treatments to print.
        shares: for an edge (treat1, treat2 in either order) the share of its trials in each category, such as tiers
            or risk-of-bias judgements; edges are drawn in stretches of these lengths.
        order: treatments in the order around the circle, clockwise from the top; by default the reference comes
            first, then the rest from most to fewest patients.
        reference: treatment at the top of the default order; by default that of the network.
        title: heading.

    Returns:
        The axes. Edges carry the gid ``edge:<treat1>|<treat2>``, nodes are one collection with the gid ``nodes``.
    """
    from tmsmeta.networks import NetworkGraph, geometry

    graph = network if isinstance(network, NetworkGraph) else geometry(network)
    first = reference if reference is not None or isinstance(network, NetworkGraph) else network.reference
    names = order or _order(graph, first)
    place = dict(zip(names, _circle(len(names)), strict=True))
    words = _words(graph, labels or {})
    heights = {t: lines_height(words[t], SMALL) + _ROW_GAP for t in names}
    need = max(sum(heights[t] for t in names if _on_right(place[t]) == right) for right in (True, False))
    drawn = axes_or_new(ax, TWO_COLUMNS, max(0.6 * TWO_COLUMNS, need + 0.4))
    categories = list(dict.fromkeys(c for parts in (shares or {}).values() for c in parts))
    drawn.set_axis_off()
    if title:
        drawn.set_title(title)
    if categories:
        handles = [
            Line2D([], [], color=SERIES[i % len(SERIES)].colour, lw=4, label=c) for i, c in enumerate(categories)
        ]
        drawn.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=min(len(handles), 4))
    radius = _scale(drawn, words)
    _edges(drawn, graph, place, shares or {}, categories)
    _counts(drawn, graph, place)
    _nodes(drawn, graph, place, names)
    _labels(drawn, graph, place, words, radius)
    return drawn


def _order(graph: NetworkGraph, first: str | None) -> tuple[str, ...]:
    sizes = dict(zip(graph.nodes["treatment"], _sizes(graph), strict=True))
    return tuple(sorted(sizes, key=lambda t: (t != first, -sizes[t], t)))


def _sizes(graph: NetworkGraph) -> NDArray[np.float64]:
    patients = graph.nodes["patients"].to_numpy(dtype=float)
    known = np.isfinite(patients).all() and patients.sum() > 0
    return patients if known else graph.nodes["trials"].to_numpy(dtype=float)


def _circle(count: int) -> NDArray[np.float64]:
    angle = np.pi / 2 - 2 * np.pi * np.arange(count) / max(count, 1)
    return np.column_stack([np.cos(angle), np.sin(angle)])


def _on_right(place: NDArray[np.float64]) -> bool:
    return bool(place[0] >= -1e-9)


def _words(graph: NetworkGraph, labels: Mapping[str, str]) -> dict[str, str]:
    """Name, trials and patients of each treatment, in lines."""
    found = {}
    for row in graph.nodes.to_dict("records"):
        treatment = str(row["treatment"])
        trials = "1 trial" if row["trials"] == 1 else f"{FIGURE.count(row['trials'])} trials"
        patients = f", n = {patients_text(row['patients'])}" if np.isfinite(row["patients"]) else ""
        found[treatment] = f"{wrap(labels.get(treatment, treatment), SMALL, _LABEL_WIDTH)}\n{trials}{patients}"
    return found


def _scale(ax: Axes, words: Mapping[str, str]) -> float:
    """Set limits so that one unit is the radius of the circle, with room for names on both sides; inches of a unit."""
    _, _, wide, high, _ = room_of(ax)
    names = max(width(w, SMALL) for w in words.values()) + _LEADER + 0.25
    radius = max(min(high / 2 - 0.28, wide / 2 - names), 0.15 * ONE_COLUMN)
    ax.set_xlim(-wide / 2 / radius, wide / 2 / radius)
    ax.set_ylim(-high / 2 / radius, high / 2 / radius)
    return radius


def _pairs(graph: NetworkGraph) -> list[tuple[str, str, int]]:
    columns = (graph.edges["treat1"].astype(str), graph.edges["treat2"].astype(str), graph.edges["trials"].astype(int))
    return list(zip(*(c.tolist() for c in columns), strict=True))


def _edges(
    ax: Axes,
    graph: NetworkGraph,
    place: Mapping[str, NDArray[np.float64]],
    shares: Mapping[Edge, Mapping[str, float]],
    categories: list[str],
) -> None:
    pairs = _pairs(graph)
    most = max((count for _, _, count in pairs), default=1)
    widest = _WIDEST_EDGE * min(1.0, _MANY_EDGES / max(len(pairs), 1))
    thinnest = min(_THINNEST_EDGE, widest / 2)
    for a, b, count in pairs:
        start, end = place[a], place[b]
        wide = thinnest + (widest - thinnest) * (count - 1) / max(most - 1, 1)
        parts = shares.get((a, b), shares.get((b, a), {}))
        begun = 0.0
        for name, share in parts.items():
            stretch = np.array([start + begun * (end - start), start + (begun + share) * (end - start)])
            colour = SERIES[categories.index(name) % len(SERIES)].colour
            ax.plot(*stretch.T, color=colour, lw=wide, solid_capstyle="butt", zorder=1, gid=f"edge:{a}|{b}:{name}")
            begun += share
        if not parts:
            ends = np.array([start, end])
            ax.plot(*ends.T, color=RULE, lw=wide, solid_capstyle="butt", zorder=1, gid=f"edge:{a}|{b}")


def _counts(ax: Axes, graph: NetworkGraph, place: Mapping[str, NDArray[np.float64]]) -> None:
    """The number of trials on each edge, at the first place along it that is free; the shortest edges choose first."""
    box = {"boxstyle": "round,pad=0.15", "facecolor": PAPER, "edgecolor": "none"}
    unit = float(ax.transData.transform((1, 0))[0] - ax.transData.transform((0, 0))[0]) * 72 / ax.figure.dpi
    area = _areas(graph)
    nodes = [(place[t], np.sqrt(area[t] / np.pi) / unit) for t in place]
    edges = sorted(_pairs(graph), key=lambda e: (float(np.hypot(*(place[e[0]] - place[e[1]]))), e))
    halves = [((72 * width(str(count), SMALL) + 4) / 2 / unit, 0.75 * SMALL / unit) for _, _, count in edges]
    spots: dict[int, NDArray[np.float64]] = {}
    # the later rounds move a number away from those that were placed after it
    for _ in range(_ROUNDS):
        for k, (a, b, _count) in enumerate(edges):
            taken = [(spot, halves[other][0]) for other, spot in spots.items() if other != k]
            choices = [place[a] + along * (place[b] - place[a]) for along in _ALONG]
            costs = [_crowding(choice, halves[k], taken, nodes) for choice in choices]
            spots[k] = choices[int(np.argmin(costs))]
    for k, (_, _, count) in enumerate(edges):
        ax.text(float(spots[k][0]), float(spots[k][1]), str(count), ha="center", va="center", fontsize=SMALL, color=INK,
                bbox=box, zorder=2, gid="count")  # fmt: skip


def _crowding(
    spot: NDArray[np.float64],
    half: tuple[float, float],
    taken: Sequence[tuple[NDArray[np.float64], float]],
    nodes: Sequence[tuple[NDArray[np.float64], float]],
) -> float:
    """How much a number at `spot` would cover of others and of nodes; 0 where it is free."""
    total = 0.0
    for other, wide in taken:
        across = half[0] + wide - abs(spot[0] - other[0])
        up = 2 * half[1] - abs(spot[1] - other[1])
        total += max(min(across, up), 0.0)
    for node, radius in nodes:
        total += 0.2 * max(radius + half[1] - float(np.hypot(*(spot - node))), 0.0)
    return total


def _areas(graph: NetworkGraph) -> dict[str, float]:
    """Area of each node in square points; smaller in a crowded circle."""
    value = _sizes(graph)
    largest = _LARGEST_NODE * min(1.0, 10 / max(len(value), 1))
    area = np.maximum(largest * value / value.max(), min(_SMALLEST_NODE, largest / 10))
    return dict(zip(graph.nodes["treatment"].astype(str), area.tolist(), strict=True))


def _nodes(ax: Axes, graph: NetworkGraph, place: Mapping[str, NDArray[np.float64]], names: tuple[str, ...]) -> None:
    area = _areas(graph)
    points = np.array([place[t] for t in names])
    sizes = [area[t] for t in names]
    ax.scatter(points[:, 0], points[:, 1], s=sizes, color=BLUE, edgecolor=PAPER, linewidth=1.0, zorder=3, gid="nodes")


def _labels(
    ax: Axes, graph: NetworkGraph, place: Mapping[str, NDArray[np.float64]], words: Mapping[str, str], radius: float
) -> None:
    """Names in a column on either side, as near to their nodes as they fit, tied to them by thin lines."""
    reach = {t: np.sqrt(a / np.pi) / 72 / radius for t, a in _areas(graph).items()}
    far = 1.0 + max(reach.values()) + _LEADER / radius
    for side in (1.0, -1.0):
        here = sorted((t for t in place if _on_right(place[t]) == (side > 0)), key=lambda t: (place[t][1], t))
        heights = [(lines_height(words[t], SMALL) + _ROW_GAP) / radius for t in here]
        gaps = [(a + b) / 2 for a, b in pairwise(heights)]
        low, high = ax.get_ylim()
        edge = max(heights, default=0.0) / 2
        rows = spread_out([float(place[t][1]) for t in here], gaps, low + edge, high - edge)
        for treatment, y in zip(here, rows, strict=True):
            x0, y0 = (float(v) for v in place[treatment])
            near = far if side > 0 else -far
            line = [(x0 + side * reach[treatment], near - side * 0.1 / radius, near - side * 0.03 / radius), (y0, y, y)]
            ax.plot(*line, color=MUTED, lw=0.5, zorder=1.5, gid="leader")
            align = "left" if side > 0 else "right"
            ax.text(near, y, words[treatment], ha=align, va="center", multialignment=align, fontsize=SMALL,
                    linespacing=1.1, gid=f"label:{treatment}")  # fmt: skip
