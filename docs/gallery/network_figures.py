"""Figures of the gallery on networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

import tmsmeta as tm


def network_graph(response: Any) -> Axes:
    """Network graph.

    Treatments and the trials that compare them.
    """
    return tm.figures.network_graph(response.net, labels=response.labels)


def network_forest(response: Any) -> Axes:
    """Network forest.

    Each treatment against the reference, with its rank.
    """
    return tm.figures.network_forest(response.ranking, labels=response.labels)


def rank_effect(response: Any) -> Axes:
    """Rank against effect.

    A rank never stands alone: effect, interval, trials and direct evidence beside it.
    """
    return tm.figures.rank_effect(response.ranking, labels=response.labels)


def rankogram(response: Any) -> Figure:
    """Rankogram and cumulative rank."""
    return tm.figures.rankogram(response.ranking, labels=response.labels)


def rank_heat(response: Any, remission: Any, names: Mapping[str, str]) -> Axes:
    """Ranks on two outcomes."""
    ranks = {"Response": response.ranking, "Remission": remission.ranking}
    return tm.figures.rank_heat(ranks, labels=names)


def league_heat(response: Any) -> Axes:
    """League table.

    Every treatment against every other one.
    """
    return tm.figures.league_heat(tm.league_table(response.net), labels=response.labels)


def node_split_forest(smoking: Any) -> Axes:
    """Direct, indirect and network estimates.

    Of another review (how to stop smoking), whose network has loops.
    """
    return tm.figures.node_split_forest(tm.node_split(smoking.net), smoking.net, labels=smoking.labels)


def net_heat_map(smoking: Any) -> Axes:
    """Net heat plot.

    Which comparison makes which other one inconsistent, in the review on smoking.
    """
    return tm.figures.net_heat_map(tm.net_heat(smoking.net), labels=smoking.labels)


def contribution_map(smoking: Any) -> Axes:
    """Contribution matrix.

    How much of each estimate comes from which direct comparison, in the review on smoking.
    """
    return tm.figures.contribution_map(tm.contributions(smoking.net), labels=smoking.labels)


def adjusted_funnel(response: Any) -> Axes:
    """Comparison-adjusted funnel plot.

    Each trial against the pooled effect of its comparison.
    """
    net = response.net
    order = (net.reference, *(name for name in net.treatments if name != net.reference))
    table = tm.comparison_adjusted_funnel(net, order)
    return tm.figures.adjusted_funnel(table, net, labels=response.labels)


def two_outcomes(response: Any, remission: Any, names: Mapping[str, str]) -> Axes:
    """Treatments on two outcomes."""
    return tm.figures.two_outcomes({"Response": response.net, "Remission": remission.net}, labels=names)


def hasse(response: Any, remission: Any, names: Mapping[str, str]) -> Axes:
    """Hasse diagram.

    Which treatment is better on both outcomes than which other one.
    """
    order = tm.partial_order({"Response": response.net, "Remission": remission.net})
    return tm.figures.hasse(order, labels=names)
