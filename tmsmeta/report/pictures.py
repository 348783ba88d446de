"""Pictures of the results, for files and for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PooledEffect
from tmsmeta.report.drawing import Drawing, Files
from tmsmeta.report.folder import file_name
from tmsmeta.report.plots import borrowing_plot, forest_plot, graph_plot, small_graph_plot
from tmsmeta.report.typesetting import legible
from tmsmeta.review.joint import JointAnalysis
from tmsmeta.review.network_fit import ReviewNetwork
from tmsmeta.words.names import counted, inside, listed
from tmsmeta.words.svg import inline_svg

if TYPE_CHECKING:
    from tmsmeta.review.analyses import Analysis
    from tmsmeta.review.evidence import Evidence
    from tmsmeta.review.run import Drawable, ReviewRun


BOTH = ("svg", "png")
"""The page waits for the first of them."""
BORROWING = "joint"
"""Name of the picture of the outcomes alone and jointly."""


def drawings_of(result: ReviewRun, forms: tuple[str, ...] = BOTH) -> list[Drawing]:
    """The figures of a run."""
    evidence = result.evidence
    mains = (result.main(outcome) for outcome in result.outcomes)
    parts = (*mains, *(result.network(outcome) for outcome in result.networks), result.joint)
    shown = (part for part in parts if not isinstance(part, NotAssessable))
    return [drawing for part in shown for drawing in drawings_of_part(part, evidence, forms)]


def drawings_of_part(part: Drawable, evidence: Evidence, forms: tuple[str, ...] = BOTH) -> list[Drawing]:
    """The figures of one part of a run: a main analysis, a main network, or the outcomes pooled together."""
    known = {"data": evidence.data_version.short}
    if isinstance(part, JointAnalysis):
        return [Drawing(name=BORROWING, figure=borrowing_plot, args=(part.joint,), forms=forms)]
    if isinstance(part, ReviewNetwork):
        outcome = part.spec.outcome
        told = {"title": f"Network of {outcome}", "spec": part.spec.to_dict(), **known}
        args = (part.graph, part.labels, part.net.reference)
        return [
            Drawing(name=_network(outcome), figure=graph_plot, args=args, forms=forms, metadata=told),
            Drawing(name=_small(outcome), figure=small_graph_plot, args=args, forms=("svg",), kept=False),
        ]
    pooled, outcome = part.pooled, part.outcome
    if isinstance(pooled, NotAssessable):
        return []
    told = {"title": f"{evidence.comparison}, {outcome}", "spec": pooled.spec.to_dict(), **known}
    chosen = part.selected[pooled.effects.measure]
    listed_trials = (chosen.trials, chosen.contrasts)
    choices = {
        "treated": evidence.active_label,
        "comparator": evidence.control_label,
        "better": evidence.better(outcome),
        "tier": {s: tier for table in listed_trials for s, tier in zip(table["study"], table["tier"], strict=True)},
        "title": evidence.outcome_title(outcome),
    }
    return [Drawing(name=_forest(outcome), figure=forest_plot, args=(pooled, choices), forms=forms, metadata=told)]


def _forest(outcome: str) -> str:
    return f"forest_{file_name(outcome)}"


def _network(outcome: str) -> str:
    return f"network_{file_name(outcome)}"


def _small(outcome: str) -> str:
    return f"small-{_network(outcome)}"


def forest_svg(analysis: Analysis, pooled: PooledEffect, evidence: Evidence, drawn: Files) -> Markup:
    """The forest plot as inline SVG."""
    title = f"Forest plot: {analysis.outcome}, {inside(evidence.comparison)}"
    return _inline(drawn, _forest(analysis.outcome), title, pooled.result_sentence())


def borrowing_svg(found: JointAnalysis, drawn: Files) -> Markup:
    """Each outcome alone and jointly, as inline SVG."""
    title = f"Pooled alone and jointly: {listed(found.joint.outcomes)}"
    return _inline(drawn, BORROWING, title, found.joint.result_sentence())


def graph_svg(outcome: str, found: ReviewNetwork, drawn: Files) -> Markup:
    """The graph of the network as inline SVG."""
    return _inline(drawn, _network(outcome), f"Network of trials: {outcome}", geometry_sentence(found))


def small_graph_svg(outcome: str, found: ReviewNetwork, drawn: Files) -> Markup:
    """The graph for a phone as inline SVG; empty where it has no room."""
    if f"{_small(outcome)}.svg" not in drawn:
        return Markup("")
    return _inline(drawn, _small(outcome), f"Network of trials: {outcome}", geometry_sentence(found))


def _inline(drawn: Files, name: str, title: str, description: str) -> Markup:
    svg = inline_svg(drawn[f"{name}.svg"], title=title, description=description, prefix=name.replace("_", "-", 1))
    return legible(Markup(svg))


def geometry_sentence(found: ReviewNetwork) -> str:
    """The shape of a network in words (PRISMA-NMA S4)."""
    graph, label = found.graph, found.label
    single = f"; {len(graph.single_trial)} of them rest on one trial" if graph.single_trial else ""
    loops = counted(graph.independent_loops, "degree of freedom", "degrees of freedom")
    edges = sorted(graph.edges.to_dict("records"), key=lambda edge: -edge["trials"])
    most = edges[0]
    return (
        f"{len(found.net.treatments)} treatments, {counted(graph.trials, 'trial')} ({graph.multi_arm} with more than "
        f"two arms); {len(edges)} direct comparisons{single}; most trials compare {label(str(most['treat1']))} with "
        f"{label(str(most['treat2']))} ({most['trials']}); {loops} for inconsistency."
    )
