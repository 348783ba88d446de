"""The short summary in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PooledEffect
from tmsmeta.report.folder import file_name
from tmsmeta.report.joint_sections import joint_summary
from tmsmeta.report.rows import (
    BESIDE_HEAD,
    absolute_sentence,
    beside_rows,
    caution_lines,
    estimate_head,
    estimate_row,
    moderator_sentences,
    ranking_head,
    ranking_lines,
)
from tmsmeta.review.plain_words import plain_words
from tmsmeta.review.run import ReviewRun
from tmsmeta.words.markdown import markdown_table
from tmsmeta.words.markdown import markdown_text as md
from tmsmeta.words.names import counted, heading, inside
from tmsmeta.words.signs import typographic_markdown

if TYPE_CHECKING:
    from tmsmeta.review.answers import OutcomeAnswer
    from tmsmeta.review.network_fit import ReviewNetwork


def _answers(result: ReviewRun) -> list[str]:
    """What the page says first, in the same words."""
    found = [result.answer(outcome) for outcome in result.outcomes]
    lines = [f"**{md(a.title)}**: {md(a.sentence)}{_relative(a)}" for a in found]
    others = "\n".join(f"- {md(o.claim_id)}: {md(o.sentence())}" for o in result.other_figures())
    if others:
        lines.append(f"Other figures of the same, and what differs:\n\n{others}")
    return [*lines, *([md(ranking)] if (ranking := result.ranking_sentence()) else [])]


def _relative(answer: OutcomeAnswer) -> str:
    """The pooled effect behind the people of an answer; nothing where the answer is the effect itself."""
    return "" if isinstance(answer.absolute, NotAssessable) else f" {md(heading(answer.effect))}."


def _analyses(result: ReviewRun) -> list[str]:
    parts = []
    for outcome in dict.fromkeys(a.outcome for a in result.analyses):
        chosen = [a for a in result.analyses if a.outcome == outcome]
        rows = [estimate_row(a, measure) for a in chosen for measure in a.results]
        parts += [
            f"## {md(result.evidence.outcome_label(outcome))}: {md(inside(result.evidence.comparison))}",
            markdown_table(estimate_head(result), rows),
        ]
        parts += caution_lines(chosen)
        main = chosen[0].pooled
        if isinstance(main, PooledEffect):
            parts += [f"![Forest plot](forest_{file_name(outcome)}.png)", main.methods_sentence()]
        selected = chosen[0].chosen
        parts += [sentence] if (sentence := absolute_sentence(result, outcome)) else []
        parts.append(f"Selection of the main analysis: {selected.selection.describe()}.")
        parts += [f"- {note}" for note in selected.notes]
        parts += [f"- {line}" for line in moderator_sentences(result, outcome)]
        count = selected.left_out["trial_id"].nunique()
        if count:
            have = f"{counted(count, 'trial')} {'has' if count == 1 else 'have'}"
            parts.append(f"{have} rows that the main analysis does not use; `tables/left_out.csv` says why.")
    return parts


def _published(result: ReviewRun) -> list[str]:
    parts = []
    if not isinstance(result.published, NotAssessable):
        lines = [f"- **{md(c.label)}** ({counted(c.k, 'trial')}): {md(c.sentence)}" for c in result.published]
        parts += ["## Published pools recomputed", "\n".join(lines)]
    if beside := beside_rows(result):
        parts += ["## Published network estimates beside ours", markdown_table(BESIDE_HEAD, beside)]
    return parts


def _networks(result: ReviewRun) -> list[str]:
    parts = []
    for outcome, found in result.networks.items():
        pair = result.network(outcome)
        parts.append(f"## Network of {md(outcome)}")
        if isinstance(pair, NotAssessable):
            parts.append(str(pair))
            continue
        parts.append(markdown_table(ranking_head(pair.ranking, pair.label), ranking_lines(pair.ranking, pair.label)))
        parts.append(f"![Network](network_{file_name(outcome)}.png)")
        parts.append("\n".join(f"- {statement}" for statement in pair.statements()))
        parts += [line for name in list(found)[1:] for line in _other_lumping(name, found[name])]
    return parts


def _other_lumping(name: str, pair: ReviewNetwork | NotAssessable) -> list[str]:
    """A sensitivity analysis with other nodes, on a few lines."""
    head = f"Sensitivity analysis with other nodes ({name})"
    if isinstance(pair, NotAssessable):
        return [f"{head}: {pair}"]
    return [
        f"{head}:",
        markdown_table(ranking_head(pair.ranking, pair.label), ranking_lines(pair.ranking, pair.label)),
    ]


def _claims(result: ReviewRun) -> list[str]:
    if isinstance(result.ledger, NotAssessable):
        return [f"## Quoted figures\n\n{result.ledger}"]
    frame = result.ledger.to_frame()
    names = ["claim_id", "statement", "verdict", "headline"]
    rows = [[str(r[name]) for name in names] for r in frame.to_dict("records")]
    return [
        "## Quoted figures",
        result.ledger.summary(),
        markdown_table(["claim", "statement", "verdict", "what we find"], rows),
    ]


_SECTIONS = {
    "trials": _analyses,
    "joint": joint_summary,
    "published": _published,
    "network": _networks,
    "claims": _claims,
}
"""In their usual order; a protocol may put others first."""


def summary(result: ReviewRun) -> str:
    """What came out, on a page or two."""
    data = result.evidence.data_version.short
    title = result.evidence.protocol.heading or "What the trials say"
    parts = [f"# {md(title)}\n\nEvidence: {counted(len(result.evidence.trials), 'trial')}, data version `{data}`."]
    parts += _answers(result)
    for name in dict.fromkeys((*result.evidence.protocol.report.sections, *_SECTIONS)):
        if name in _SECTIONS:
            parts += _SECTIONS[name](result)
    return typographic_markdown("\n\n".join(parts), plain_words(result.evidence)) + "\n"
