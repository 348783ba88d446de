"""What the page shows of trials and networks, read from the results of a review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PooledEffect
from tmsmeta.report.drawing import Files
from tmsmeta.report.folder import file_name
from tmsmeta.report.pictures import forest_svg, graph_svg, small_graph_svg
from tmsmeta.report.rows import (
    caution_lines,
    estimate_head,
    estimate_row,
    moderator_sentences,
    ranking_head,
    ranking_lines,
)
from tmsmeta.report.sensitivity_rows import sensitivity_panels
from tmsmeta.report.trial_rows import Origins, Sources, trial_rows
from tmsmeta.words.names import inside

if TYPE_CHECKING:
    from tmsmeta.review.evidence import Evidence
    from tmsmeta.review.network_fit import ReviewNetwork
    from tmsmeta.review.run import ReviewRun


def analysis_views(result: ReviewRun, drawn: Files, sources: Sources) -> list[dict[str, Any]]:
    """The main analysis of each outcome with its forest plot, and the sensitivity analyses as a table."""
    views = []
    origins = Origins.of(result.evidence, sources)
    for outcome in result.outcomes:
        chosen = [analysis for analysis in result.analyses if analysis.outcome == outcome]
        pooled = chosen[0].pooled
        view: dict[str, Any] = {
            "outcome": outcome,
            "anchor": f"trials-{file_name(outcome)}",
            "title": result.evidence.outcome_title(outcome),
            "result": str(pooled),
            "svg": "",
            "forest": None,
            "favours": _favours(result.evidence, outcome),
            "panels": sensitivity_panels(chosen),
            "cautions": caution_lines(chosen),
            "head": estimate_head(result),
            "selections": [estimate_row(analysis, measure) for analysis in chosen for measure in analysis.results],
            "moderators": moderator_sentences(result, outcome),
        }
        if isinstance(pooled, PooledEffect):
            view["result"] = pooled.result_sentence()
            view["svg"] = forest_svg(chosen[0], pooled, result.evidence, drawn)
            view["forest"] = trial_rows(chosen[0], pooled, origins)
        views.append(view)
    return views


def _favours(evidence: Evidence, outcome: str) -> tuple[str, str]:
    """What each side of a forest plot speaks for."""
    sides = (f"favours {inside(evidence.control_label)}", f"favours {inside(evidence.active_label)}")
    return sides if evidence.better(outcome) == "higher" else sides[::-1]


def network_views(result: ReviewRun, drawn: Files) -> list[dict[str, Any]]:
    """The network of each outcome with its graph, ranking and what it hangs on."""
    views = []
    for outcome in result.networks:
        found = result.network(outcome)
        view: dict[str, Any] = {
            "outcome": outcome,
            "anchor": f"network-{file_name(outcome)}-heading",
            "title": result.evidence.outcome_label(outcome),
            "reason": "",
            "svg": "",
        }
        if isinstance(found, NotAssessable):
            view["reason"] = str(found)
        else:
            view |= {
                "svg": graph_svg(outcome, found, drawn),
                "small": small_graph_svg(outcome, found, drawn),
                "head": ranking_head(found.ranking, found.label),
                "ranking": ranking_lines(found.ranking, found.label),
                "statements": found.statements(),
                "others": [_other_lumping(*item) for item in list(result.networks[outcome].items())[1:]],
            }
        views.append(view)
    return views


def _other_lumping(name: str, found: ReviewNetwork | NotAssessable) -> dict[str, Any]:
    """The ranking with other nodes, as a sensitivity analysis."""
    if isinstance(found, NotAssessable):
        return {"name": name, "reason": str(found), "head": [], "ranking": []}
    head = ranking_head(found.ranking, found.label)
    return {"name": name, "reason": "", "head": head, "ranking": ranking_lines(found.ranking, found.label)}


def not_used(result: ReviewRun) -> list[dict[str, Any]]:
    """Rows of the evidence that the main analyses leave out, with their reasons."""
    blocks = []
    for outcome in result.outcomes:
        left_out = result.main(outcome).chosen.left_out
        if len(left_out):
            blocks.append({"outcome": outcome, "rows": left_out.to_dict("records")})
    return blocks
