"""Pages of the audit, made from the ledger and the evidence when the documentation is built."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from myst import anchor, escape, link, table, write

import tmsmeta as tm
from tmsmeta.figures import save
from tmsmeta.figures.picture import about_of
from tmsmeta.report import html_report
from tmsmeta.report.ledger_view import ClaimView, RowView, claim_views
from tmsmeta.report.sources import SourceView, source_views
from tmsmeta.review.claims import VERDICTS
from tmsmeta.review.claims.model import VERDICT_KINDS
from tmsmeta.words.names import counted, heading, listed

PLACES = {"arms": "locator", "contrasts": "locator", "cohorts": "seen_in", "rates": "seen_in", "published": "seen_in"}
"""Column of a table that says where in its source a number stands."""


def write_audit(folder: Path, extra: Path) -> None:
    """Write the ledger, a page for each document that quotes figures, a page on the evidence, and the report.

    Args:
        folder: of the pages.
        extra: folder whose files are copied beside the pages as they are.
    """
    for place in (folder / "figures", extra):
        place.mkdir(parents=True, exist_ok=True)
    review = tm.load_review()
    evidence, ledger = review.evidence, review.ledger()
    sources = {view.source_id: view for view in source_views(evidence)}
    views = claim_views(ledger, sources)
    write(folder / "ledger.inc", f"{_counts(ledger)}\n\n{_ledger(views)}\n")
    for document_id, title in ledger.documents.items():
        own = [view for view in views if view.finding.claim.document_id == document_id]
        write(folder / f"{document_id.lower()}.md", _document(document_id, title, own, evidence, folder))
    write(folder / "evidence.md", _evidence(review, sources))
    write(extra / "report.html", html_report(review.run()))


def _counts(ledger: tm.Ledger) -> str:
    """Each verdict with what it means and how many claims got it."""
    rows = [
        (f"{VERDICT_KINDS[verdict].sign} {verdict}", str(count), f"{heading(VERDICTS[verdict])}.")
        for verdict, count in ledger.counts().items()
    ]
    return table(("Verdict", "Claims", "What it says"), rows)


def _ledger(views: Iterable[ClaimView]) -> str:
    rows = []
    for view in views:
        claim = view.finding.claim
        name = f"[{escape(claim.claim_id)}](#{view.anchor.lower()})"
        rows.append((name, escape(claim.statement), escape(claim.quoted() or "no figure"),
                     escape(view.recomputed or "nothing"), f"{view.symbol} {view.finding.verdict}"))  # fmt: skip
    return table(("Claim", "What is said", "Quoted", "Recomputed", "Verdict"), rows, browse="every quoted figure")


def _document(name: str, title: str, views: list[ClaimView], evidence: tm.Evidence, folder: Path) -> str:
    row = evidence.documents.set_index("document_id").loc[name]
    kind = ", ".join(filter(None, (str(row["kind"]), str(row["date"]))))
    head = f"# {escape(name)}: {escape(title)}\n\n{heading(escape(kind))}. {counted(len(views), 'figure')} quoted.\n"
    return "\n\n".join([head, *(_claim(view, evidence, folder) for view in views)]) + "\n"


def _claim(view: ClaimView, evidence: tm.Evidence, folder: Path) -> str:
    finding, claim = view.finding, view.finding.claim
    said = [f"Quoted: {escape(claim.quoted())}" if claim.quoted() else "No figure is quoted"]
    said += [f"it measures: {escape(claim.quantity)}"] if claim.quantity else []
    said += [f"source named: {escape(claim.cited_source)}"] if claim.cited_source else []
    parts = [
        anchor(view.anchor.lower()),
        f"## {escape(claim.claim_id)}: {escape(claim.statement)}",
        "; ".join(said) + ".",
        f"**{view.symbol} {heading(finding.verdict)}.** {escape(view.because)}",
        escape(finding.patient),
        _figure(view, folder),
        "**What was recomputed**",
        _recomputed(view),
        *(f"- Holds under: {escape(text)}" for text in finding.conditions),
        *(f"- Not seen: {escape(text)}" for text in finding.missing),
        _rests_on(view, evidence),
        f":::{{dropdown}} How the verdict is decided\n{escape(finding.rule)}\n:::",
    ]
    return "\n\n".join(part for part in parts if part)


def _figure(view: ClaimView, folder: Path) -> str:
    drawn = tm.figures.claim_panel([view.finding], width="single")
    name = view.finding.claim.claim_id.lower()
    (file,) = save(drawn, folder / "figures" / name, ("svg",), {"title": view.finding.claim.statement})
    alt = " ".join((view.figure.description if view.figure else about_of(drawn).alt).split())
    return f"```{{image}} figures/{file.name}\n:alt: {alt}\n:width: 85mm\n```"


def _recomputed(view: ClaimView) -> str:
    rows = []
    for figure in view.finding.recomputed:
        agrees = {True: "yes", False: "no", None: "not asked"}[figure.agrees]
        beside = "; ".join(filter(None, (figure.counts, figure.method, figure.interval_note)))
        rows.append((escape(figure.label), escape(figure.text()), escape(beside), agrees))
    if not rows:
        return "Nothing: what would be needed was not seen."
    return table(("What", "Figure", "From what, and how", "Agrees"), rows)


def _rests_on(view: ClaimView, evidence: tm.Evidence) -> str:
    if not view.rows:
        return "It rests on no row of the evidence."
    used = Counter(row.row.tier for row in view.rows if row.row.used and row.row.tier)
    tiers = listed([f"{count} of tier {tier}" for tier, count in sorted(used.items())])
    head = f"What it rests on: {sum(row.row.used for row in view.rows)} of {counted(len(view.rows), 'row')}"
    rows = [
        (
            escape(row.row.label),
            escape(row.row.says),
            row.row.tier,
            _source(row, evidence),
            escape(row.place),
            escape("; ".join(filter(None, ("used" if row.row.used else "not used", row.row.flags, row.row.note)))),
        )
        for row in view.rows
    ]
    columns = ("Trial or source", "Numbers", "Tier", "Where it was printed", "Row", "Used")
    return f":::{{dropdown}} {head}{f', {tiers}' if tiers else ''}\n{table(columns, rows)}\n:::"


def _source(row: RowView, evidence: tm.Evidence) -> str:
    """The sources of a row as links, and the places in them."""
    found = [link(source.name, source.href) for source in row.links]
    column = PLACES.get(row.row.table)
    cells = getattr(evidence, row.row.table)[column] if column else {}
    places = dict.fromkeys(str(cells[line]) for line in row.row.lines if column and line in cells.index)
    return "; ".join([*found, *(escape(place) for place in places if place and place not in "".join(found))])


def _evidence(review: tm.Review, sources: Mapping[str, SourceView]) -> str:
    evidence = review.evidence
    parts = [
        "---\nhtml_theme.sidebar_secondary.remove: true\n---\n\n# The evidence",
        f"{escape(evidence.in_short())}. `data/README.md` says how it was collected, and what is wrong with it.\n\n"
        "Every number, with where it was printed and how sure it is. The tables can be searched and sorted; "
        "[the report](report-link) shows the same evidence with its figures, and trials can be unticked in it.",
        "## Tiers\n\nHow a number was seen decides what it is used for.",
        _tiers(evidence),
        "## Counts\n\nOne row per arm and outcome.",
        _arms(review, sources),
        "## Ratios without counts\n\nTrials known by a ratio and its interval only.",
        _contrasts(evidence, sources),
        "## Left out of the main analyses",
        _left_out(review),
        "## Gaps\n\nTrials known to exist whose numbers were not seen. What was not seen is not in the data.",
        table(
            ("Trial", "Outcome", "Treatments", "Seen", "Missing"),
            _cells(evidence.gaps, "label", "outcome", "treatments", "seen", "missing"),
            browse="every gap",
        ),
        "## Figures without a comparison\n\nRegistries, routine practice, steps of treatment.",
        table(
            ("Cohort", "Year", "Measure", "Scale", "Sample", "Events", "Of", "Printed %", "Source"),
            _cells(
                evidence.cohorts, "label", "year", "measure", "scale", "sample", "events", "n", "percent_printed",
                end=lambda row: (link(row["seen_in"] or "source", row["url"]),),
            ),
            browse="every figure without a comparison",
        ),
        "## Rates",
        table(
            ("Survey", "What", "Device", "Events", "Exposure", "Unit", "Source"),
            _cells(
                evidence.rates, "label", "what", "device", "events", "exposure", "unit",
                end=lambda row: (link(row["seen_in"] or "source", row["url"]),),
            ),
        ),
        "## Flags\n\nWhat there is to know about a number beside its tier.",
        _flags(evidence),
        "## Sources",
        table(
            ("Source", "Where it was read", "When"),
            [(escape(view.name), link(view.host or "address", view.href) if view.href else escape(view.url), view.read)
             for view in sources.values()],
            browse="every source",
        ),
    ]  # fmt: skip
    text = "\n\n".join(parts) + "\n"
    return text.replace("[the report](report-link)", '<a href="../../report.html">the report</a>')


def _tiers(evidence: tm.Evidence) -> str:
    count = Counter([*evidence.arms["tier"], *evidence.contrasts["tier"]])
    rows = [
        (row["tier"], escape(heading(row["meaning"])), row["main_analysis"], str(count[row["tier"]]))
        for _, row in evidence.tiers.iterrows()
    ]
    return table(("Tier", "What it says", "In the main analyses", "Rows"), rows)


def _flags(evidence: tm.Evidence) -> str:
    every = ";".join([*evidence.arms["flags"], *evidence.contrasts["flags"]]).split(";")
    count = Counter(name.strip() for name in every)
    rows = [
        (f"`{row['flag']}`", escape(heading(row["meaning"])), escape(row["effect"]), str(count[row["flag"]]))
        for _, row in evidence.flags.iterrows()
    ]
    return table(("Flag", "What it says", "What it changes", "Rows"), rows)


def _arms(review: tm.Review, sources: Mapping[str, SourceView]) -> str:
    evidence = review.evidence
    used = {
        int(line)
        for outcome in review.outcomes
        for rows in review.select(outcome).trials["rows"]
        for line in str(rows).split(";")
    }

    def end(row: pd.Series) -> tuple[str, ...]:
        source = sources[row["source_id"]]
        read = link(source.name, source.href) if source.href else escape(source.name)
        main = "yes" if row.name in used else "no"
        return (row["tier"], escape(row["flags"].replace(";", "; ")), f"{read}: {escape(row['locator'])}", main)

    arms = evidence.arms.assign(
        trial=[evidence.trials_by_id[name]["label"] for name in evidence.arms["trial_id"]],
        given=[evidence.treatment_label(name) for name in evidence.arms["treatment"]],
        line=evidence.arms.index,
        printed=[
            _printed(*pair) for pair in evidence.arms[["percent_printed", "percent_decimals"]].itertuples(index=False)
        ],
    )
    columns = ("trial", "given", "outcome", "events", "n", "printed", "timepoint")
    rows = _cells(arms, "line", *columns, end=end)
    names = ("Line", "Trial", "Arm", "Outcome", "Events", "Of", "Printed %", "Time point", "Tier", "Flags",
             "Where it was printed", "In a main analysis")  # fmt: skip
    return table(names, rows, browse="every count")


def _contrasts(evidence: tm.Evidence, sources: Mapping[str, SourceView]) -> str:
    def end(row: pd.Series) -> tuple[str, ...]:
        source = sources[row["source_id"]]
        read = link(source.name, source.href) if source.href else escape(source.name)
        figures = f"{row['measure']} {row['estimate']:g} ({row['ci_low']:g} to {row['ci_high']:g})"
        return (figures, row["tier"], escape(row["flags"].replace(";", "; ")), f"{read}: {escape(row['locator'])}")

    shown = evidence.contrasts.assign(
        trial=[evidence.trials_by_id[name]["label"] for name in evidence.contrasts["trial_id"]],
        first=[evidence.treatment_label(name) for name in evidence.contrasts["treat1"]],
        second=[evidence.treatment_label(name) for name in evidence.contrasts["treat2"]],
    )
    rows = _cells(shown, "trial", "first", "second", "outcome", end=end)
    names = (
        "Trial",
        "Treatment",
        "Against",
        "Outcome",
        "Ratio (95% interval)",
        "Tier",
        "Flags",
        "Where it was printed",
    )
    return table(names, rows, browse="every ratio")


def _left_out(review: tm.Review) -> str:
    """Each row that a main analysis does not use, with the reason."""
    names = ("Outcome", "Trial", "Arm", "Row", "Tier", "Why")
    rows = []
    for outcome in review.outcomes:
        for _, row in review.select(outcome).left_out.iterrows():
            place = f"{row['table']}.csv, line {row['row']}"
            arm = " ".join(filter(None, (row["arm"], f"({row['treatment']})" if row["treatment"] else "")))
            rows.append(tuple(map(escape, (outcome, row["label"], arm, place, row["tier"], row["reason"]))))
    return table(names, rows, browse="every row left out")


def _cells(
    frame: pd.DataFrame, *columns: str, end: Callable[[pd.Series], tuple[str, ...]] = lambda _: ()
) -> list[tuple[str, ...]]:
    """Cells of the columns as text, blank where nothing was seen, and what `end` makes of each row."""
    return [(*(escape(_text(row[name])) for name in columns), *end(row)) for _, row in frame.iterrows()]


def _printed(percent: float, decimals: float) -> str:
    """A percentage with the decimals that were printed."""
    return "" if pd.isna(percent) else f"{percent:.{int(decimals)}f}"


def _text(value: Any) -> str:
    if pd.isna(value):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
