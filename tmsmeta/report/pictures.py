"""Pictures of the results, for files and for the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from tmsmeta.errors import InvalidInputError
from tmsmeta.pooling import PooledEffect
from tmsmeta.report.folder import file_name
from tmsmeta.report.typesetting import legible
from tmsmeta.words.names import counted, inside, listed

if TYPE_CHECKING:
    from tmsmeta.review.analyses import Analysis
    from tmsmeta.review.evidence import Evidence
    from tmsmeta.review.joint import JointAnalysis
    from tmsmeta.review.network_fit import ReviewNetwork


Drawn = Mapping[str, bytes]
"""SVG files that are drawn already, by name without ending."""
_PHONE = 2.65
"""Inches: shown as wide as a phone of 375 pixels has room for, its text is as large as the page asks."""


def forest_of(analysis: Analysis, pooled: PooledEffect, evidence: Evidence) -> Any:
    """The forest plot of one analysis: counts per arm, weights, diamond, prediction interval, tier of each trial."""
    from tmsmeta.figures import forest

    chosen = analysis.selected[pooled.effects.measure]
    tiers = dict(zip(chosen.trials["study"], chosen.trials["tier"], strict=True))
    tiers |= dict(zip(chosen.contrasts["study"], chosen.contrasts["tier"], strict=True))
    return forest(
        pooled,
        treated=evidence.active_label,
        comparator=evidence.control_label,
        better=evidence.better(analysis.outcome),
        tier=tiers,
        title=evidence.outcome_title(analysis.outcome),
    )


def forest_svg(analysis: Analysis, pooled: PooledEffect, evidence: Evidence, drawn: Drawn) -> Markup:
    """The forest plot as inline SVG, from the file where that is drawn already."""
    from tmsmeta.figures import inline_svg, to_bytes

    name = f"forest_{file_name(analysis.outcome)}"
    title = f"Forest plot: {analysis.outcome}, {inside(evidence.comparison)}"
    svg = inline_svg(
        drawn[name] if name in drawn else to_bytes(forest_of(analysis, pooled, evidence), "svg"),
        title=title,
        description=pooled.result_sentence(),
        prefix=f"forest-{file_name(analysis.outcome)}",
    )
    return legible(Markup(svg))


def borrowing_svg(found: JointAnalysis) -> Markup:
    """Each outcome alone and jointly, as inline SVG."""
    from tmsmeta.figures import borrowing_forest, to_svg

    title = f"Pooled alone and jointly: {listed(found.joint.outcomes)}"
    svg = to_svg(borrowing_forest(found.joint), title=title, description=found.joint.result_sentence(), prefix="joint")
    return legible(Markup(svg))


def graph_svg(outcome: str, found: ReviewNetwork, drawn: Drawn) -> Markup:
    """The graph of the network as inline SVG, from the file where that is drawn already."""
    from tmsmeta.figures import inline_svg, network_graph, to_bytes

    name = f"network_{file_name(outcome)}"
    svg = inline_svg(
        drawn[name] if name in drawn else to_bytes(network_graph(found.net, labels=found.labels), "svg"),
        title=f"Network of trials: {outcome}",
        description=geometry_sentence(found),
        prefix=f"network-{file_name(outcome)}",
    )
    return legible(Markup(svg))


def small_graph_svg(outcome: str, found: ReviewNetwork) -> Markup:
    """The graph again, for a phone held upright; empty where its names need more room than that."""
    from tmsmeta.figures import network_graph, to_svg

    try:
        graph = network_graph(found.net, labels=found.labels, width=_PHONE)
    except InvalidInputError:
        return Markup("")
    title, description = f"Network of trials: {outcome}", geometry_sentence(found)
    svg = to_svg(graph, title=title, description=description, prefix=f"small-network-{file_name(outcome)}")
    return legible(Markup(svg))


def geometry_sentence(found: ReviewNetwork) -> str:
    """The shape of a network in words (PRISMA-NMA S4)."""
    graph, label = found.graph, found.label
    single = f"; {len(graph.single_trial)} of them rest on one trial" if graph.single_trial else ""
    edges = sorted(graph.edges.to_dict("records"), key=lambda edge: -edge["trials"])
    most = edges[0]
    return (
        f"{len(found.net.treatments)} treatments, {counted(graph.trials, 'trial')} ({graph.multi_arm} with more than "
        f"two arms); {len(edges)} direct comparisons{single}; most trials compare {label(str(most['treat1']))} with "
        f"{label(str(most['treat2']))} ({most['trials']}); {graph.independent_loops} degrees of freedom for "
        "inconsistency."
    )
