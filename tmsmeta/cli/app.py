"""The commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tmsmeta.cli import run_analysis, run_data, run_diff, run_new, run_review
from tmsmeta.cli.console import guarded
from tmsmeta.cli.run_analysis import evidence_of

app = typer.Typer(
    name="tmsmeta",
    help="Pool trials, rank treatments, and check quoted figures against their evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout instead of tables.")]
Evidence = Annotated[Path | None, typer.Option("--evidence", help="Folder of evidence; by default the shipped one.")]
File = Annotated[Path | None, typer.Argument(help="CSV of your own; by default the shipped evidence.")]
Outcome = Annotated[str, typer.Option(help="Outcome of the evidence; by default its first one.")]
Outcomes = Annotated[list[str] | None, typer.Option("--outcome", help="Outcome to analyse; repeat for several.")]
Out = Annotated[Path, typer.Option("--out", help="Folder to write: new, empty, or from an earlier run.")]
Tiers = Annotated[str, typer.Option(help="Tiers of the evidence to use, such as A,B,C; by default the main ones.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Print every analysis, not only the answer.")]


@app.callback(invoke_without_command=True)
def top(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Evidence synthesis, and an audit of quoted figures."""
    if version:
        from tmsmeta import __version__

        print(__version__)
        raise typer.Exit()


@app.command()
@guarded
def new(
    folder: Annotated[Path, typer.Argument(help="Folder to write: new or empty.")],
    table: Annotated[
        Path | None, typer.Option("--from", help="CSV of counts or ratios whose numbers the review is to hold.")
    ] = None,
    title: Annotated[str, typer.Option(help="Title of the review; by default the name of the CSV.")] = "",
    outcome: Annotated[str, typer.Option(help='Name of the outcome; by default "outcome" with --from.')] = "",
    better: Annotated[str | None, typer.Option(help="higher or lower: which is good for the people in trials.")] = None,
    control: Annotated[str, typer.Option(help="The comparator; by default the treatment called placebo ...")] = "",
    measure: Annotated[str, typer.Option(help="OR RR RD AS PETO; by default RR. OR or RR for a CSV of ratios.")] = "",
    json: Json = False,
) -> None:
    """Start a review: a protocol to fill in, and its tables, filled from a CSV where one is given.

    Example: tmsmeta new my_review --from trials.csv --outcome death --better lower

    The CSV has columns study,events_t,n_t,events_c,n_c or study,treatment,events,n or study,ratio,ci_low,ci_high;
    further columns are kept. Then `tmsmeta check my_review` and `tmsmeta run my_review --out results`.
    """
    asked = run_new.asked(title=title, outcome=outcome, better=better, control=control, measure=measure)
    run_new.new(folder, table, asked, json)


@app.command()
@guarded
def run(
    folder: Annotated[Path, typer.Argument(help="Folder of a review: review.toml, trials.csv, arms.csv ...")],
    out: Out = Path("tmsmeta-results"),
    outcome: Outcomes = None,
    since: Annotated[
        Path | None, typer.Option(help="Earlier review or results: the report gets a section on what changed.")
    ] = None,
    verbose: Verbose = False,
    json: Json = False,
) -> None:
    """Do everything a review asks for: pool, rank, check quoted figures; write figures, tables and report."""
    from tmsmeta.review import read_review

    run_review.run(read_review(folder), out, tuple(outcome or ()), since=since, as_json=json, verbose=verbose)


@app.command()
@guarded
def diff(
    old: Annotated[Path, typer.Argument(help="Earlier review folder, or a folder that `tmsmeta run` wrote.")],
    new: Annotated[Path, typer.Argument(help="Later one, of either kind.")],
    json: Json = False,
) -> None:
    """Compare two versions of a review: trials, rows, protocol, estimates, ranks, verdicts.

    Example: tmsmeta diff my_review my_review_2027

    A review folder is run, of results `results.json` is read. The exit code is 0 whether or not something changed.
    """
    run_diff.diff(old, new, json)


@app.command()
@guarded
def reproduce(
    out: Out = Path("tmsmeta-results"),
    evidence: Evidence = None,
    outcome: Outcomes = None,
    verbose: Verbose = False,
    json: Json = False,
) -> None:
    """Run the shipped review: the same as `tmsmeta run` on its folder."""
    from tmsmeta.review import Review

    run_review.run(Review(evidence_of(evidence)), out, tuple(outcome or ()), as_json=json, verbose=verbose)


@app.command()
@guarded
def pool(
    file: File = None,
    outcome: Outcome = "",
    measure: Annotated[str, typer.Option(help="OR RR RD AS PETO  [default: that of the review, or RR]")] = "",
    tau2: Annotated[str | None, typer.Option(help="FE DL HE HS SJ ML REML EB PM  [default: REML]")] = None,
    ci: Annotated[str | None, typer.Option(help="z t hksj hksj-adhoc hksj-iqwig6  [default: hksj]")] = None,
    prediction: Annotated[str | None, typer.Option(help="z t(k-1) t(k-2) none  [default: t(k-2)]")] = None,
    level: Annotated[float | None, typer.Option(help="Confidence level.  [default: 0.95]")] = None,
    profile: Annotated[str | None, typer.Option(help="METAFOR META REVMAN5 REVMAN2025 IQWIG6")] = None,
    zero_cells: Annotated[
        str, typer.Option(help="none only0 if0all all  [default: that of the review, or only0]")
    ] = "",
    control: Annotated[str | None, typer.Option(help="Comparator in a CSV with one row per arm.")] = None,
    decimals: Annotated[
        int | None, typer.Option(help="Decimals of the ratios in a CSV of ratios; sharpens their standard errors.")
    ] = None,
    tiers: Tiers = "",
    evidence: Evidence = None,
    figure: Annotated[Path | None, typer.Option(help="Write a forest plot: PATH.png and PATH.svg.")] = None,
    json: Json = False,
) -> None:
    """Pool treated against comparator, from the evidence or from a CSV of counts or ratios."""
    question = run_analysis.PoolQuestion(
        file=file,
        evidence=evidence,
        outcome=outcome,
        tiers=run_analysis.listed(tiers),
        measure=measure,
        zero_cells=zero_cells,
        control=control,
        choices={"tau2": tau2, "ci": ci, "prediction": prediction, "level": level},
        profile=profile,
        decimals=decimals,
    )
    run_analysis.pool(question, figure, json)


@app.command()
@guarded
def network(
    file: File = None,
    outcome: Outcome = "",
    measure: Annotated[str, typer.Option(help="OR RR RD AS  [default: that of the review, or RR]")] = "",
    reference: Annotated[str, typer.Option(help="Treatment that effects are stated against.")] = "",
    tau2: Annotated[str, typer.Option(help="FE DL ML REML  [default: that of the review, or DL]")] = "",
    better: Annotated[str | None, typer.Option(help="higher or lower, for a CSV of your own.")] = None,
    lumping: Annotated[str, typer.Option(help="Name of a lumping of the review; by default its main one.")] = "",
    tiers: Tiers = "",
    evidence: Evidence = None,
    json: Json = False,
) -> None:
    """Rank the treatments in a network, each with effect, interval, trials and share of direct evidence."""
    question = run_analysis.NetworkQuestion(
        file=file,
        evidence=evidence,
        outcome=outcome,
        tiers=run_analysis.listed(tiers),
        measure=measure,
        reference=reference,
        tau2=tau2,
        better=better,
        lumping=lumping,
    )
    run_analysis.network(question, json)


@app.command()
@guarded
def claims(file: File = None, evidence: Evidence = None, json: Json = False) -> None:
    """Check quoted figures against the evidence and give each its verdict."""
    run_data.claims(file, evidence, json)


@app.command()
@guarded
def check(
    file: Annotated[Path, typer.Argument(help="Evidence folder, a file of it, or a CSV of counts.")],
    json: Json = False,
) -> None:
    """Check evidence and list every fault with its place."""
    run_data.check(file, json)


@app.command()
@guarded
def export(
    out: Annotated[Path, typer.Argument(help="Folder to write: new or empty.")],
    evidence: Evidence = None,
    json: Json = False,
) -> None:
    """Write the evidence for other tools: CSV, BibTeX, CINeMA, Metapsy."""
    run_data.export(out, evidence, json)


def main() -> None:
    """Entry point of the ``tmsmeta`` command."""
    app()
