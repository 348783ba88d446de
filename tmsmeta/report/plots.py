"""The figures of a run. Another process draws them and loads what they take: no more than each figure shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import InvalidInputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from tmsmeta.models.multivariate import JointEffect
    from tmsmeta.networks import NetworkGraph
    from tmsmeta.pooling import PooledEffect

_PHONE = 2.55
"""Inches: shown as wide as a phone of 360 pixels has room for, its text is as large as the page asks."""


def forest_plot(pooled: PooledEffect, choices: Mapping[str, Any]) -> Axes:
    """The forest plot of one analysis: counts per arm, weights, diamond, prediction interval, tier of each trial."""
    from tmsmeta.figures import forest

    return forest(pooled, **choices)


def graph_plot(graph: NetworkGraph, labels: Mapping[str, str], reference: str) -> Axes:
    """The graph of a network."""
    from tmsmeta.figures import network_graph

    return network_graph(graph, labels=labels, reference=reference)


def small_graph_plot(graph: NetworkGraph, labels: Mapping[str, str], reference: str) -> Axes | None:
    """The graph again, for a phone held upright; None where its names need more room than that."""
    from tmsmeta.figures import network_graph

    try:
        return network_graph(graph, labels=labels, reference=reference, width=_PHONE)
    except InvalidInputError:
        return None


def borrowing_plot(joint: JointEffect) -> Axes:
    """Each outcome alone and jointly."""
    from tmsmeta.figures import borrowing_forest

    return borrowing_forest(joint)
