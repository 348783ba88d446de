"""Outcomes together, pairwise and in the network: what the page and the summary show of them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import exp
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import NotAssessable
from tmsmeta.report.drawing import Files
from tmsmeta.report.interval_rows import Scale
from tmsmeta.report.pictures import borrowing_svg
from tmsmeta.report.rows import joint_sentences
from tmsmeta.words.markdown import markdown_table
from tmsmeta.words.markdown import markdown_text as md
from tmsmeta.words.names import counted, heading, inside, listed
from tmsmeta.words.numbers import level, number, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from tmsmeta.networks import JointNetwork
    from tmsmeta.pooling import PooledEffect
    from tmsmeta.review.joint import JointAnalysis
    from tmsmeta.review.run import ReviewRun

Label = Callable[[str], str]
_MODELS = ("alone", "jointly")
RANKED = "Ranked on all of these outcomes"


def joint_view(result: ReviewRun, drawn: Files) -> dict[str, Any] | None:
    """What the page shows: the texts, and the picture of each outcome alone and jointly."""
    view, found = _texts(result), result.joint
    if view is None or isinstance(found, NotAssessable):
        return view
    return view | {"svg": borrowing_svg(found, drawn), "rows": _rows(found)}


def _rows(found: JointAnalysis) -> dict[str, Any]:
    """The same picture as rows, for screens without room for it."""
    lines = {(line["outcome"], line["model"]): line for line in found.to_frame().to_dict("records")}
    rows = [_row_of(found.alone[name], lines[name, how]) for name, how in product(found.joint.outcomes, _MODELS)]
    ratios = any(pooled.effects.info.is_ratio for pooled in found.alone.values())
    ends = [end for row in rows for end in row["limits"] or ()]
    scale = Scale.of([row["value"] for row in rows], ends, logarithmic=ratios)
    for row in rows:
        row["mark"] = scale.mark(row["value"], row["limits"])
    return {"rows": rows, "ticks": scale.ticks(), "null": scale.place(scale.null)}


def _row_of(pooled: PooledEffect, line: Mapping[Any, Any]) -> dict[str, Any]:
    """One estimate of an outcome, in the numbers that people read."""
    natural, ci = pooled.effects.natural, (float(line["ci_low"]), float(line["ci_high"]))
    known = ci if ci[0] == ci[0] else None
    return {
        "name": f"{heading(line['outcome'])}, {line['model']}",
        "size": counted(int(line["k"]), "trial"),
        "value": float(natural.value(float(line["estimate"]))),
        "limits": natural.limits(known) if known else None,
        "text": natural.text(float(line["estimate"]), known),
        "spread": "",
        "prediction": "",
        "notes": [],
    }


def _texts(result: ReviewRun) -> dict[str, Any] | None:
    """Title, sentences and ranking, or why there are none; None where the protocol asks for nothing."""
    outcomes, found = result.evidence.protocol.joint.outcomes, result.joint
    if not outcomes:
        return None
    named = heading(listed([inside(result.evidence.outcome_label(name)) for name in outcomes]))
    view: dict[str, Any] = {"title": f"{named} together", "reason": "", "network": _network_view(result)}
    if isinstance(found, NotAssessable):
        return view | {"reason": _sentence(f"{named} together", found)}
    return view | {"sentences": joint_sentences(found), "methods": found.joint.methods_sentence()}


def _network_view(result: ReviewRun) -> dict[str, Any] | None:
    """The treatments ranked over all outcomes; None where the review has no network."""
    found = result.joint_network
    if not result.networks:
        return None
    if isinstance(found, NotAssessable):
        return {"title": RANKED, "reason": _sentence(RANKED, found)}
    return {
        "title": RANKED,
        "reason": "",
        "caption": f"Treatments on {listed(list(found.joint.outcomes))}, best mean P-score first",
        "head": ranking_head(found.joint, found.label),
        "rows": ranking_rows(found.joint, found.ranking, found.label),
        "sentences": found.sentences(),
        "methods": found.joint.methods_sentence(),
    }


def joint_summary(result: ReviewRun) -> list[str]:
    """The same in Markdown; nothing where the protocol asks for no such analysis."""
    view = _texts(result)
    if view is None:
        return []
    parts = [f"## {md(view['title'])}", *_paragraphs(view)]
    network = view["network"]
    if network is None:
        return parts
    table = [] if network["reason"] else [markdown_table(network["head"], network["rows"])]
    return [*parts, f"### {md(network['title'])}", *table, *_paragraphs(network)]


def _paragraphs(view: Mapping[str, Any]) -> list[str]:
    if view["reason"]:
        return [md(view["reason"])]
    return ["\n".join(f"- {md(line)}" for line in view["sentences"]), md(view["methods"])]


def _sentence(what: str, reason: NotAssessable) -> str:
    return f"{what}: {str(reason).rstrip('.')}."


def ranking_head(joint: JointNetwork, label: Label) -> list[str]:
    """Column names of :func:`ranking_rows`."""
    reference = inside(label(joint.reference))
    own = [
        f"{name}: {part}"
        for name, net in joint.networks.items()
        for part in (f"{net.measure} vs {reference}, {level(joint.spec.level)} CI", "P-score", "trials")
    ]
    return ["treatment", *own, "mean P-score", *(["better on both"] if len(joint.outcomes) == 2 else []), "level"]


def ranking_rows(joint: JointNetwork, ranking: pd.DataFrame, label: Label) -> list[list[str]]:
    """One line per treatment, best first: its effect, interval and P-score on each outcome, then over all of them."""
    return [_row(joint, line, label) for line in ranking.to_dict("records")]


def _row(joint: JointNetwork, line: Mapping[Any, Any], label: Label) -> list[str]:
    cells = [label(str(line["treatment"]))]
    for name, net in joint.networks.items():
        info = net.data.info
        logged = [float(line[f"{part} {name}"]) for part in ("estimate", "ci_low", "ci_high")]
        value, low, high = (exp(x) if info.is_ratio else x for x in logged)
        cells += [
            "reference" if value != value else info.text(value, (low, high)),
            number(float(line[f"p_score {name}"])),
            f"{line[f'trials {name}']}",
        ]
    both = [percent(100 * float(line["both"]), 0)] if "both" in line else []
    return [*cells, number(float(line["mean_p_score"])), *both, str(line["level"])]
