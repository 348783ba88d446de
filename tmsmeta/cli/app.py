"""The commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tmsmeta.cli import run_analysis, run_data, run_reproduce
from tmsmeta.cli.console import guarded

app = typer.Typer(
    name="tmsmeta",
    help="Pool the TMS trials, rank the treatments, and check quoted figures against their evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout instead of tables.")]
Evidence = Annotated[Path | None, typer.Option("--evidence", help="Folder of evidence; by default the shipped one.")]
File = Annotated[Path | None, typer.Argument(help="CSV of your own; by default the shipped evidence.")]
Outcome = Annotated[str, typer.Option(help="Outcome of the evidence, such as response or remission.")]
Tiers = Annotated[str, typer.Option(help="Tiers of the evidence to use, such as A,B,C.")]


@app.callback(invoke_without_command=True)
def top(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Evidence synthesis, and an audit of quoted figures on TMS for depression."""
    if version:
        from tmsmeta import __version__

        print(__version__)
        raise typer.Exit()


@app.command()
@guarded
def reproduce(
    out: Annotated[Path, typer.Option("--out", help="Folder to write: new, empty, or from an earlier run.")] = Path(
        "tmsmeta-results"
    ),
    evidence: Evidence = None,
    outcome: Annotated[list[str] | None, typer.Option(help="Outcome to pool; repeat for several.")] = None,
    json: Json = False,
) -> None:
    """Do everything: pool active against sham, rank, check the quoted figures, write figures, tables and report."""
    run_reproduce.reproduce(out, evidence, tuple(outcome or ()), json)


@app.command()
@guarded
def pool(
    file: File = None,
    outcome: Outcome = "response",
    measure: Annotated[str, typer.Option(help="OR RR RD AS PETO")] = "RR",
    tau2: Annotated[str | None, typer.Option(help="FE DL HE HS SJ ML REML EB PM  [default: REML]")] = None,
    ci: Annotated[str | None, typer.Option(help="z t hksj hksj-adhoc hksj-iqwig6  [default: hksj]")] = None,
    prediction: Annotated[str | None, typer.Option(help="z t(k-1) t(k-2) none  [default: t(k-2)]")] = None,
    level: Annotated[float | None, typer.Option(help="Confidence level.  [default: 0.95]")] = None,
    profile: Annotated[str | None, typer.Option(help="METAFOR META REVMAN5 REVMAN2025 IQWIG6")] = None,
    zero_cells: Annotated[str, typer.Option(help="none only0 if0all all")] = "only0",
    control: Annotated[str | None, typer.Option(help="Comparator in a CSV with one row per arm.")] = None,
    decimals: Annotated[
        int | None, typer.Option(help="Decimals of the ratios in a CSV of ratios; sharpens their standard errors.")
    ] = None,
    tiers: Tiers = "A,B,C",
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
    outcome: Outcome = "response",
    measure: Annotated[str, typer.Option(help="OR RR RD AS")] = "RR",
    reference: Annotated[str, typer.Option(help="Treatment that effects are stated against.")] = "sham",
    tau2: Annotated[str, typer.Option(help="FE DL ML REML")] = "DL",
    better: Annotated[str | None, typer.Option(help="higher or lower, for a CSV of your own.")] = None,
    lumping: Annotated[str, typer.Option(help="Nodes: fine, coarse, theta burst together.")] = "fine",
    tiers: Tiers = "A,B,C",
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
