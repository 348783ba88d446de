"""The network part of the gallery: every figure of the network, from the shipped review."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from gallery.picture import Picture
from tmsmeta.figures.network.adjusted_funnel import adjusted_funnel
from tmsmeta.figures.network.contribution_map import contribution_map
from tmsmeta.figures.network.hasse import hasse
from tmsmeta.figures.network.league_heat import league_heat
from tmsmeta.figures.network.net_heat_map import net_heat_map
from tmsmeta.figures.network.network_forest import network_forest
from tmsmeta.figures.network.network_graph import network_graph
from tmsmeta.figures.network.node_split_forest import node_split_forest
from tmsmeta.figures.network.rank_effect import rank_effect
from tmsmeta.figures.network.rank_heat import rank_heat
from tmsmeta.figures.network.rankogram import rankogram
from tmsmeta.figures.network.two_outcomes import two_outcomes
from tmsmeta.networks import (
    comparison_adjusted_funnel,
    contributions,
    league_table,
    net_heat,
    node_split,
    partial_order,
)
from tmsmeta.review import Evidence, Review


def network_pictures(evidence: Evidence) -> Iterator[Picture]:
    """Every figure of a network meta-analysis."""
    review = Review(evidence)
    response = review.network("response", lumping="fine")
    remission = review.network("remission", lumping="fine")
    net, ranking = response.net, response.ranking
    names = remission.labels | response.labels
    spec = response.spec.to_dict()
    both = {"Response": net, "Remission": remission.net}
    ranks = {"Response": ranking, "Remission": remission.ranking}
    order = (net.reference, *(t for t in net.treatments if t != net.reference))
    draws = (
        ("network_graph", "Network graph", partial(network_graph, net, labels=names)),
        ("network_forest", "Network forest against sham", partial(network_forest, ranking, labels=names)),
        (
            "node_split",
            "Direct, indirect and network estimates",
            partial(node_split_forest, node_split(net), net, labels=names),
        ),
        ("league", "League table", partial(league_heat, league_table(net), labels=names)),
        ("rankogram", "Rankogram and cumulative rank", partial(rankogram, ranking, labels=names)),
        ("rank_effect", "Rank against effect", partial(rank_effect, ranking, labels=names)),
        ("rank_heat", "Ranks on two outcomes", partial(rank_heat, ranks, labels=names)),
        ("net_heat", "Net heat", partial(net_heat_map, net_heat(net), labels=names)),
        ("contributions", "Contribution matrix", partial(contribution_map, contributions(net), labels=names)),
        ("two_outcomes", "Response against remission", partial(two_outcomes, both, labels=names)),
        ("hasse", "Hasse diagram of response and remission", partial(hasse, partial_order(both), labels=names)),
        (
            "adjusted_funnel",
            "Comparison-adjusted funnel",
            partial(adjusted_funnel, comparison_adjusted_funnel(net, order), net, labels=names),
        ),
    )
    for name, title, draw in draws:
        yield Picture(name, title, draw, spec)
