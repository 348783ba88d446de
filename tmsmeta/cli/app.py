"""The commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import tmsmeta as tm
from tmsmeta.cli import run_data, run_diff, run_new, run_review
from tmsmeta.cli.console import guarded
from tmsmeta.cli.joint import joint
from tmsmeta.cli.network import network
from tmsmeta.cli.options import Evidence, Input, Json, spread
from tmsmeta.cli.pool import pool, proportion
from tmsmeta.cli.reconstruct import reconstruct
from tmsmeta.cli.regression import regression
from tmsmeta.cli.sensitivity import sensitivity
from tmsmeta.cli.smallstudy import smallstudy
from tmsmeta.cli.sources import evidence_of
from tmsmeta.cli.subgroups import subgroups

app = typer.Typer(
    name="tmsmeta",
    help="Pool trials, rank treatments, and check quoted figures against their evidence.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

File = Annotated[Path | None, typer.Argument(help="Claims of your own; by default those of the evidence.")]
Outcomes = Annotated[list[str] | None, typer.Option("--outcome", help="Outcome to analyse; repeat for several.")]
Out = Annotated[Path, typer.Option("--out", help="Folder to write: new, empty, or from an earlier run.")]
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
    outcome: Annotated[str, typer.Option(help="Its name; of a table with a column outcome, the one to take.")] = "",
    better: Annotated[str | None, typer.Option(help="higher or lower: what is good; death=lower,cure=higher.")] = None,
    control: Annotated[str, typer.Option(help="The comparator; by default the treatment called placebo ...")] = "",
    measure: Annotated[str, typer.Option(help="OR RR RD AS PETO; by default RR. OR or RR for a CSV of ratios.")] = "",
    columns: Annotated[list[str] | None, typer.Option(metavar="ROLE=COLUMN", help="As of tmsmeta pool.")] = None,
    rows: Annotated[list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="As of tmsmeta pool.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook, outcome of an RM5 file.")] = None,
    json: Json = False,
) -> None:
    """Start a review: its protocol, and tables from one of yours.

    Example: tmsmeta new my_review --from trials.csv --outcome death --better lower

    The CSV has columns study,events_t,n_t,events_c,n_c or study,treatment,events,n or study,ratio,ci_low,ci_high;
    further columns are kept, and a column outcome makes one review of several outcomes. Then `tmsmeta check my_review`
    and `tmsmeta run my_review --out results`.
    """
    asked = run_new.asked(title=title, outcome=outcome, better=better, control=control, measure=measure)
    given = Input(columns=columns, rows=rows, sheet=sheet, missing="refuse")
    run_new.new(folder, table, asked, json, given)


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
    """Do all that a review asks for, and write its report.

    Example: tmsmeta run my_review --out results

    Pools, ranks and checks quoted figures; writes figures, tables, `results.json`, `summary.md` and `report.html`.
    """
    run_review.run(
        lambda: tm.read_review(folder), out, tuple(outcome or ()), since=since, as_json=json, verbose=verbose
    )


@app.command()
@guarded
def diff(
    old: Annotated[Path, typer.Argument(help="Earlier review folder, or a folder that `tmsmeta run` wrote.")],
    new: Annotated[Path, typer.Argument(help="Later one, of either kind.")],
    json: Json = False,
) -> None:
    """Compare two versions of a review, down to its verdicts.

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
    """Run the shipped review, as `tmsmeta run` does.

    Example: tmsmeta reproduce --out results
    """
    run_review.run(lambda: tm.Review(evidence_of(evidence)), out, tuple(outcome or ()), as_json=json, verbose=verbose)


for analysis in (pool, proportion, subgroups, regression, sensitivity, smallstudy, network, joint, reconstruct):
    app.command()(guarded(spread(analysis)))


@app.command()
@guarded
def claims(file: File = None, evidence: Evidence = None, json: Json = False) -> None:
    """Check quoted figures, and give each its verdict.

    Example: tmsmeta claims my_claims.csv --evidence my_review
    """
    run_data.claims(file, evidence, json)


@app.command()
@guarded
def check(
    file: Annotated[Path, typer.Argument(help="Evidence folder, a file of it, or a CSV of counts.")],
    json: Json = False,
) -> None:
    """Check a review or a table: every fault, with its place.

    Example: tmsmeta check my_review
    """
    run_data.check(file, json)


@app.command()
@guarded
def export(
    out: Annotated[Path, typer.Argument(help="Folder to write: new or empty.")],
    evidence: Evidence = None,
    json: Json = False,
) -> None:
    """Write a review for CINeMA, RevMan, netmeta, Metapsy.

    Example: tmsmeta export for_other_tools --evidence my_review
    """
    run_data.export(out, evidence, json)
