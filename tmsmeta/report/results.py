"""What the page shows of trials and networks, read from the results of the main job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PooledEffect
from tmsmeta.report.names import file_name
from tmsmeta.words.names import inside
from tmsmeta.words.numbers import interval, number, percent

if TYPE_CHECKING:
    from tmsmeta.review.analyses import Analysis
    from tmsmeta.review.evidence import Evidence
    from tmsmeta.review.network_fit import ReviewNetwork
    from tmsmeta.review.run import ReviewRun


def analysis_views(result: ReviewRun) -> list[dict[str, Any]]:
    """The main analysis of each outcome with its forest plot, and the sensitivity analyses as a table."""
    from tmsmeta.report.summary import HEAD, estimate_row

    views = []
    for outcome in dict.fromkeys(analysis.outcome for analysis in result.analyses):
        chosen = [analysis for analysis in result.analyses if analysis.outcome == outcome]
        pooled = chosen[0].pooled
        view: dict[str, Any] = {
            "outcome": outcome,
            "title": result.evidence.outcome_title(outcome),
            "result": str(pooled),
            "svg": "",
            "trials": [],
            "head": HEAD,
            "selections": [estimate_row(analysis, measure) for analysis in chosen for measure in analysis.results],
        }
        if isinstance(pooled, PooledEffect):
            view["result"] = pooled.result_sentence()
            view["svg"] = _forest(chosen[0], pooled, result.evidence)
            view["trials"] = _trials(chosen[0], pooled)
        views.append(view)
    return views


def _forest(analysis: Analysis, pooled: PooledEffect, evidence: Evidence) -> Markup:
    """The forest plot as inline SVG; the file that the main job writes shows the same."""
    from tmsmeta.figures import to_svg
    from tmsmeta.report.write import forest_of

    title = f"Forest plot: {analysis.outcome}, {inside(evidence.comparison)}"
    svg = to_svg(
        forest_of(analysis, pooled, evidence), title=title, description=pooled.result_sentence(),
        prefix=f"forest-{file_name(analysis.outcome)}",
    )  # fmt: skip
    return Markup(svg)


def _trials(analysis: Analysis, pooled: PooledEffect) -> list[dict[str, str]]:
    chosen = analysis.chosen
    lines = {str(line["study"]): line for line in pooled.to_frame().to_dict("records")}
    rows = []
    for record in [*chosen.trials.to_dict("records"), *chosen.contrasts.to_dict("records")]:
        study = str(record["study"])
        line = lines.get(study)
        known = "events_t" in record
        rows.append(
            {
                "study": study,
                "active": f"{record['events_t']:g} of {record['n_t']:g}" if known else "ratio only",
                "control": f"{record['events_c']:g} of {record['n_c']:g}" if known else "ratio only",
                "ratio": "" if line is None else _ratio(line),
                "weight": "" if line is None else percent(100 * float(line["weight"])),
                "tier": str(record["tier"]),
            }
        )
    return rows


def _ratio(line: Mapping[Any, Any]) -> str:
    names = ("ratio", "ratio_low", "ratio_high") if "ratio" in line else ("yi", "ci_low", "ci_high")
    ratio, low, high = (float(line[name]) for name in names)
    return f"{number(ratio)} ({interval((low, high))})"


def network_views(result: ReviewRun) -> list[dict[str, Any]]:
    """The network of each outcome with its graph, ranking and what it hangs on."""
    from tmsmeta.report.summary import ranking_head, ranking_rows

    views = []
    for outcome in result.networks:
        found = result.network(outcome)
        view: dict[str, Any] = {
            "outcome": outcome,
            "title": result.evidence.outcome_label(outcome),
            "reason": "",
            "svg": "",
        }
        if isinstance(found, NotAssessable):
            view["reason"] = str(found)
        else:
            view |= {
                "svg": _graph(outcome, found),
                "head": ranking_head(found.net.measure, found.net.reference),
                "ranking": ranking_rows(result, outcome),
                "statements": found.statements(),
            }
        views.append(view)
    return views


def _graph(outcome: str, found: ReviewNetwork) -> Markup:
    from tmsmeta.figures import network_graph, to_svg

    svg = to_svg(
        network_graph(found.net, labels=found.labels), title=f"Network of trials: {outcome}",
        description=geometry_sentence(found), prefix=f"network-{file_name(outcome)}",
    )  # fmt: skip
    return Markup(svg)


def geometry_sentence(found: ReviewNetwork) -> str:
    """The shape of a network in words (PRISMA-NMA S4)."""
    graph, label = found.graph, found.label
    single = f"; {len(graph.single_trial)} of them rest on one trial" if graph.single_trial else ""
    edges = sorted(graph.edges.to_dict("records"), key=lambda edge: -edge["trials"])
    most = edges[0]
    return (
        f"{len(found.net.treatments)} treatments, {graph.trials} trials ({graph.multi_arm} with more than two arms); "
        f"{len(edges)} direct comparisons{single}; most trials compare {label(str(most['treat1']))} with "
        f"{label(str(most['treat2']))} ({most['trials']}); {graph.independent_loops} degrees of freedom for "
        "inconsistency."
    )


def not_used(result: ReviewRun) -> list[dict[str, Any]]:
    """Rows of the evidence that the main analyses leave out, with their reasons."""
    blocks = []
    for outcome in dict.fromkeys(analysis.outcome for analysis in result.analyses):
        left_out = result.main(outcome).chosen.left_out
        if len(left_out):
            blocks.append({"outcome": outcome, "rows": left_out.to_dict("records")})
    return blocks
