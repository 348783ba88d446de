"""What the page shows of trials and networks, read from the results of a review."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tmsmeta.effects.base import EffectSizes
from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PooledEffect
from tmsmeta.report.folder import file_name
from tmsmeta.report.pictures import Drawn, forest_svg, graph_svg
from tmsmeta.report.rows import (
    absolute_sentence,
    estimate_head,
    estimate_row,
    moderator_sentences,
    ranking_head,
    ranking_lines,
)
from tmsmeta.words.numbers import percent

if TYPE_CHECKING:
    from tmsmeta.review.analyses import Analysis
    from tmsmeta.review.network_fit import ReviewNetwork
    from tmsmeta.review.run import ReviewRun


def analysis_views(result: ReviewRun, drawn: Drawn) -> list[dict[str, Any]]:
    """The main analysis of each outcome with its forest plot, and the sensitivity analyses as a table."""
    views = []
    for outcome in result.outcomes:
        chosen = [analysis for analysis in result.analyses if analysis.outcome == outcome]
        pooled = chosen[0].pooled
        view: dict[str, Any] = {
            "outcome": outcome,
            "anchor": f"trials-{file_name(outcome)}",
            "title": result.evidence.outcome_title(outcome),
            "result": str(pooled),
            "svg": "",
            "trials": [],
            "head": estimate_head(result),
            "selections": [estimate_row(analysis, measure) for analysis in chosen for measure in analysis.results],
            "absolute": absolute_sentence(result, outcome),
            "moderators": moderator_sentences(result, outcome),
        }
        if isinstance(pooled, PooledEffect):
            view["result"] = pooled.result_sentence()
            view["svg"] = forest_svg(chosen[0], pooled, result.evidence, drawn)
            view["trials"] = _trials(chosen[0], pooled)
        views.append(view)
    return views


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
                "ratio": "" if line is None else _ratio(pooled.effects, line),
                "weight": "" if line is None else percent(100 * float(line["weight"])),
                "tier": str(record["tier"]),
            }
        )
    return rows


def _ratio(effects: EffectSizes, line: Mapping[Any, Any]) -> str:
    ratio, low, high = (float(line[name]) for name in effects.columns)
    return effects.info.text(ratio, (low, high))


def network_views(result: ReviewRun, drawn: Drawn) -> list[dict[str, Any]]:
    """The network of each outcome with its graph, ranking and what it hangs on."""
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
                "svg": graph_svg(outcome, found, drawn),
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
