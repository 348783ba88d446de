"""The network as a graph: nodes by patients, edges by trials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from tmsmeta.figures.style import BLUE, INK, MUTED, PAPER, SERIES, SMALL, TEXT, TWO_COLUMNS, axes_or_new, styled
from tmsmeta.figures.text import wrap

if TYPE_CHECKING:
    from tmsmeta.network.graph import NetworkGraph
    from tmsmeta.network.result import NetworkMeta

Edge = tuple[str, str]
_LARGEST_NODE, _SMALLEST_NODE = 900.0, 40.0  # area in square points
_WIDEST_EDGE, _THINNEST_EDGE = 9.0, 1.2  # width in points
_LABEL_GAP, _LABEL_WIDTH = 5.0, 1.45  # points, inches


@styled
def network_graph(
    network: NetworkMeta | NetworkGraph,
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
    edge to its trials, whose number stands on it. The place of a node depends on the order only, so it is the same
    on every run.

    Args:
        network: a fitted network, or its :class:`~tmsmeta.network.graph.NetworkGraph`.
        ax: the axes to use; a new figure without it.
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
    from tmsmeta.network.graph import NetworkGraph, geometry

    graph = network if isinstance(network, NetworkGraph) else geometry(network)
    first = reference if reference is not None or isinstance(network, NetworkGraph) else network.reference
    names = order or _order(graph, first)
    place = dict(zip(names, _circle(len(names)), strict=True))
    drawn = axes_or_new(ax, TWO_COLUMNS, 0.66 * TWO_COLUMNS)
    categories = list(dict.fromkeys(c for parts in (shares or {}).values() for c in parts))
    _edges(drawn, graph, place, shares or {}, categories)
    _nodes(drawn, graph, place, names)
    _labels(drawn, graph, place, dict(labels or {}))
    if categories:
        handles = [
            Line2D([], [], color=SERIES[i % len(SERIES)].colour, lw=4, label=c) for i, c in enumerate(categories)
        ]
        drawn.legend(handles=handles, loc="lower right", bbox_to_anchor=(1.0, -0.02))
    drawn.set_xlim(-2.3, 2.3)
    drawn.set_ylim(-1.45, 1.45)
    drawn.set_aspect("equal")
    drawn.set_axis_off()
    if title:
        drawn.set_title(title)
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


def _edges(
    ax: Axes,
    graph: NetworkGraph,
    place: Mapping[str, NDArray[np.float64]],
    shares: Mapping[Edge, Mapping[str, float]],
    categories: list[str],
) -> None:
    pairs = list(zip(graph.edges["treat1"].astype(str), graph.edges["treat2"].astype(str), strict=True))
    trials = graph.edges["trials"].to_numpy(dtype=int)
    most = max(int(trials.max()), 1) if len(trials) else 1
    for (a, b), count in zip(pairs, trials.tolist(), strict=True):
        start, end = place[a], place[b]
        width = _THINNEST_EDGE + (_WIDEST_EDGE - _THINNEST_EDGE) * (count - 1) / max(most - 1, 1)
        parts = shares.get((a, b), shares.get((b, a), {}))
        begun = 0.0
        for name, share in parts.items():
            stretch = np.array([start + begun * (end - start), start + (begun + share) * (end - start)])
            colour = SERIES[categories.index(name) % len(SERIES)].colour
            ax.plot(*stretch.T, color=colour, lw=width, solid_capstyle="butt", zorder=1, gid=f"edge:{a}|{b}:{name}")
            begun += share
        if not parts:
            ends = np.array([start, end])
            ax.plot(*ends.T, color=MUTED, lw=width, solid_capstyle="butt", zorder=1, gid=f"edge:{a}|{b}")
        # Not in the middle, where edges across the circle meet.
        at = start + 0.38 * (end - start)
        box = {"boxstyle": "round,pad=0.18", "facecolor": PAPER, "edgecolor": "none"}
        ax.text(
            float(at[0]),
            float(at[1]),
            str(count),
            ha="center",
            va="center",
            fontsize=SMALL,
            color=INK,
            bbox=box,
            zorder=2,
        )


def _areas(graph: NetworkGraph) -> dict[str, float]:
    """Area of each node in square points."""
    value = _sizes(graph)
    area = np.maximum(_LARGEST_NODE * value / value.max(), _SMALLEST_NODE)
    return dict(zip(graph.nodes["treatment"].astype(str), area.tolist(), strict=True))


def _nodes(ax: Axes, graph: NetworkGraph, place: Mapping[str, NDArray[np.float64]], names: tuple[str, ...]) -> None:
    area = _areas(graph)
    points = np.array([place[t] for t in names])
    sizes = [area[t] for t in names]
    ax.scatter(points[:, 0], points[:, 1], s=sizes, color=BLUE, edgecolor=PAPER, linewidth=1.0, zorder=3, gid="nodes")


def _labels(ax: Axes, graph: NetworkGraph, place: Mapping[str, NDArray[np.float64]], labels: Mapping[str, str]) -> None:
    area = _areas(graph)
    for row in graph.nodes.to_dict("records"):
        treatment = str(row["treatment"])
        x, y = place[treatment]
        patients = f", n = {row['patients']:.0f}" if np.isfinite(row["patients"]) else ""
        trials = "1 trial" if row["trials"] == 1 else f"{row['trials']} trials"
        away = np.sqrt(area[treatment] / np.pi) + _LABEL_GAP
        ax.annotate(
            f"{wrap(labels.get(treatment, treatment), TEXT, _LABEL_WIDTH)}\n{trials}{patients}",
            (x, y),
            xytext=(away * x, away * y),
            textcoords="offset points",
            ha="center" if abs(x) < 0.2 else "left" if x > 0 else "right",
            va="center" if abs(y) < 0.5 else "bottom" if y > 0 else "top",
            fontsize=TEXT,
            linespacing=1.15,
        )
