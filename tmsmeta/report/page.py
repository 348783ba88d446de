"""The page: one self-contained HTML file, the same bytes for the same evidence and versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from tmsmeta.errors import NotAssessable, check_kind
from tmsmeta.provenance import environment_record
from tmsmeta.report.answer_view import answer_views, verdict_parts
from tmsmeta.report.citation import citation, citation_bibtex
from tmsmeta.report.drawing import Files, draw
from tmsmeta.report.explorer import explorer_section
from tmsmeta.report.findings_view import findings_view
from tmsmeta.report.glossed import meanings
from tmsmeta.report.joint_sections import joint_view
from tmsmeta.report.ledger_view import claim_views, documents
from tmsmeta.report.methods import ledger_methods, methods
from tmsmeta.report.pictures import drawings_of
from tmsmeta.report.result_files import WHAT, packed, result_files
from tmsmeta.report.rows import BESIDE_HEAD, beside_rows
from tmsmeta.report.sources import source_views
from tmsmeta.report.templating import PagePart, joined, json_block, script_hash, template
from tmsmeta.report.typesetting import typeset
from tmsmeta.report.views import analysis_views, network_views, not_used
from tmsmeta.review.claims import VERDICTS, Ledger
from tmsmeta.review.evidence import Evidence, check_is_evidence
from tmsmeta.review.plain_words import plain_words
from tmsmeta.review.run import ReviewRun
from tmsmeta.tables.csv_write import csv_text, guarded_in
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import heading
from tmsmeta.words.numbers import level

if TYPE_CHECKING:
    from tmsmeta.review.diff import ReviewDiff

CLAIMS_TITLE = "Quoted figures, checked against the evidence"


@answerable
def html_report(
    result: ReviewRun,
    *,
    since: ReviewDiff | None = None,
    drawn: Files | None = None,
    files: Mapping[str, str] | None = None,
) -> str:
    """The report of the main job.

    Args:
        result: from :func:`tmsmeta.review.run`.
        since: what changed since an earlier version, for a section of its own.
        files: the results as texts by file name, where they are made already; the page offers them.
        drawn: the figures, where they are made already: SVG files by name, such as ``forest_response.svg``.

    Returns:
        A complete HTML page with its style, script and figures inside. Nothing in it is fetched from elsewhere, and
        every text from the evidence is escaped.

    Raises:
        InvalidInputError: something else than the run of a review.

    Example:
        >>> import tmsmeta as tm
        >>> page = tm.report.html_report(tm.read_review("my_evidence").run())
        >>> page.startswith("<!DOCTYPE html>")
        True
    """
    check_kind("result", result, ReviewRun, "the run of a review, as its run() gives")
    if since is not None:
        from tmsmeta.review.diff import ReviewDiff

        check_kind("since", since, ReviewDiff, "what changed since another version, as diff() gives")
    evidence, protocol = result.evidence, result.evidence.protocol
    drawn = draw(drawings_of(result, ("svg",))) if drawn is None else drawn
    sources = source_views(evidence)
    ledger = None if isinstance(result.ledger, NotAssessable) else result.ledger
    published = [] if isinstance(result.published, NotAssessable) else result.published
    return _render(
        title=protocol.heading or "What the trials say",
        lead=protocol.report.lead or protocol.question,
        answers=answer_views(result),
        ranking_sentence=result.ranking_sentence(),
        comparison=evidence.comparison,
        labels=_labels(result),
        first=protocol.report.sections,
        ledger=ledger,
        evidence=evidence,
        analyses=analysis_views(result, drawn, {source.source_id: source for source in sources}),
        sources=sources,
        joint=joint_view(result, drawn),
        networks=network_views(result, drawn),
        published=published,
        beside_head=BESIDE_HEAD,
        beside=beside_rows(result),
        methods=methods(result),
        not_used=not_used(result),
        changes=since,
        explorer=explorer_section(result),
        findings=findings_view(result.summary_of_findings()),
        citation=(citation(evidence), citation_bibtex(evidence)),
        files=files or result_files(result),
        other_figures=result.other_figures(),
    )


@answerable
def ledger_report(ledger: Ledger, evidence: Evidence) -> str:
    """The ledger alone as a page, for claims and evidence of one's own.

    Args:
        ledger: from :func:`tmsmeta.check_claims`.
        evidence: the evidence it was checked against, for gaps and sources.

    Returns:
        A complete HTML page, as of :func:`html_report`.

    Raises:
        InvalidInputError: something else than a ledger and evidence.

    Example:
        >>> import tmsmeta as tm
        >>> evidence = tm.read_evidence("my_evidence")
        >>> page = tm.report.ledger_report(tm.check_claims("my_claims.csv", evidence), evidence)
        >>> page.startswith("<!DOCTYPE html>")
        True
    """
    check_kind("ledger", ledger, Ledger, "a ledger, as check_claims() gives")
    check_is_evidence(evidence)
    return _render(
        title=CLAIMS_TITLE,
        lead="Each quoted figure is recomputed from the rows of evidence it is said to rest on.",
        ledger=ledger,
        evidence=evidence,
        sources=source_views(evidence),
        answers=[],
        ranking_sentence="",
        comparison="",
        labels={},
        first=(),
        analyses=[],
        joint=None,
        networks=[],
        published=[],
        beside_head=[],
        beside=[],
        methods=ledger_methods(ledger),
        not_used=[],
        changes=None,
        findings=None,
        citation=(citation(evidence), citation_bibtex(evidence)),
        other_figures=[],
        files={"claims.json": ledger.to_json(), "claims.csv": csv_text(ledger.to_frame())},
    )


def _labels(result: ReviewRun) -> dict[str, str]:
    """What the table of trials calls its columns."""
    evidence = result.evidence
    measure = next((pooled.effects.info.label for pooled in result.main_pools().values()), "effect")
    return {
        "active": evidence.active_label,
        "control": evidence.control_label,
        "measure": heading(measure),
        "interval": f"{level(result.spec.level)} interval",
    }


def _render(
    *, ledger: Ledger | None, evidence: Evidence, first: Sequence[str], explorer: PagePart | None = None, **parts: Any
) -> str:
    from tmsmeta import __version__

    known = {source.source_id: source for source in parts["sources"]}
    views = claim_views(ledger, known, parts["other_figures"]) if ledger is not None else []
    own = [explorer] if explorer else []
    scripts = [joined(SCRIPTS), *(part.script for part in own)]
    context = {
        "style": Markup("\n".join([joined(STYLES), *(part.css for part in own)])),
        "scripts": [Markup(script) for script in scripts],
        "script_hashes": [Markup(script_hash(script)) for script in scripts],
        "data_blocks": [
            *({"id": part.data_id, "json": json_block(part.data)} for part in own),
            {"id": "downloads-data", "json": Markup(f'"{packed(parts["files"])}"')},
        ],
        "what": WHAT,
        "guarded": guarded_in(parts["files"]),
        "explorer": explorer,
        "meanings": meanings(),
        "version": __version__,
        "data_version": evidence.data_version.short,
        "environment": list(environment_record().items()),
        "views": views,
        "verdict_parts": verdict_parts(ledger) if ledger is not None else [],
        "documents": documents(views),
        "verdicts": VERDICTS,
        "gaps": evidence.gaps.to_dict("records"),
        **parts,
    }
    context["answerable"] = context["answers"] or views
    context["printed"] = context["published"] or context["beside"]
    context["sections"] = _order(first, context)
    context["contents"] = _contents(context)
    context["figures"] = _figures(context)
    return typeset(template("page.html.j2").render(context), plain_words(evidence))


STYLES = ("base.css", "answer.css", "intervals.css", "ledger.css", "print.css")
SCRIPTS = ("address.js", "saving.js", "page.js", "ledger.js", "downloads.js")
SECTIONS: dict[str, tuple[str, str]] = {
    "answer": ("answerable", "The answer"),
    "explorer": ("explorer", "Explore"),
    "findings": ("findings", "Findings"),
    "changes": ("changes", "What changed"),
    "trials": ("analyses", "Trials"),
    "network": ("networks", "Ranking"),
    "claims": ("views", "Ledger"),
    "joint": ("joint", "Together"),
    "published": ("printed", "Published"),
}
"""The sections whose order a protocol may choose: what must be there for each, and its name in the contents."""


def _figures(context: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The figures of the page as files: what each is called, and where it stands."""
    people = [
        (f"people {v['answer'].outcome}", f"#answer-{v['anchor']} .pictures")
        for v in context["answers"]
        if v["pictures"]
    ]
    forests = [(f"forest {v['outcome']}", f"#{v['anchor']} ~ .plot svg") for v in context["analyses"] if v["svg"]]
    others = [
        (f"selections {v['outcome']}", f"#{v['anchor']}-selections .analyses")
        for v in context["analyses"]
        if v["panels"]
    ]
    graphs = [
        (f"network {v['outcome']}", f"#{v['anchor']} ~ .plot:not(.narrow-only) svg")
        for v in context["networks"]
        if v["svg"]
    ]
    joint = context["joint"]
    together = [("outcomes together", "#joint-heading ~ .plot svg")] if joint and "svg" in joint else []
    return [*people, *forests, *others, *graphs, *together]


def _order(first: Sequence[str], context: Mapping[str, Any]) -> list[str]:
    """The sections that have something to show: the answer, then those that the protocol names, then the others."""
    wanted = dict.fromkeys(("answer", "explorer", *first, *SECTIONS))
    return [name for name in wanted if name in SECTIONS and context[SECTIONS[name][0]]]


def _contents(context: Mapping[str, Any]) -> list[tuple[str, str]]:
    anchors = {"claims": "ledger"}
    parts = [(f"{anchors.get(name, name)}-heading", SECTIONS[name][1]) for name in context["sections"]]
    parts.append(("methods-heading", "Methods"))
    if context["gaps"] or context["not_used"]:
        parts.append(("gaps-heading", "Gaps"))
    if context["sources"]:
        parts.append(("sources-heading", "Sources"))
    return [*parts, ("downloads-heading", "Downloads")]
