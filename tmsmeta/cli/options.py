"""Options that several commands share: each group a frozen dataclass, whose fields become options of a command."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout instead of tables.")]
Evidence = Annotated[Path | None, typer.Option("--evidence", help="Review folder, in place of the shipped one.")]
Cluster = Annotated[str | None, typer.Option(help="Column of rows that belong together: robust errors.")]
Robust = Annotated[str | None, typer.Option(help="CR0 CR1 CR2  [default: CR2]")]
Tau2 = Annotated[str | None, typer.Option(help="FE DL HE HS SJ ML REML EB PM  [default: REML]")]
Level = Annotated[float | None, typer.Option(help="Confidence level.  [default: 0.95]")]
ZeroCells = Annotated[str | None, typer.Option(help="Cells of 0: none only0 if0all all  [default: only0]")]


@dataclass(frozen=True, kw_only=True)
class Input:
    """Where the numbers come from: a table of one's own, or the evidence of a review."""

    file: Annotated[Path | None, typer.Argument(help="Your table: CSV, XLSX ...  [default: shipped evidence]")] = None
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook, outcome of an RM5 file.")] = None
    columns: Annotated[
        list[str] | None, typer.Option(metavar="ROLE=COLUMN", help="Which column is what: events_t=ai,n_t=n1i")
    ] = None
    rows: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="Only these rows: outcome=response")
    ] = None
    shape: Annotated[str | None, typer.Option(help='"two arms" arms contrasts ratio estimate ...')] = None
    missing: Annotated[str | None, typer.Option(help="Rows with gaps: drop refuse  [default: drop]")] = None
    scale: Annotated[str | None, typer.Option(help="Of estimates in the table: log natural")] = None
    control: Annotated[str | None, typer.Option(help="The comparator; its name where rows hold both arms.")] = None
    evidence: Evidence = None
    outcome: Annotated[str | None, typer.Option(help="Outcome of the evidence.  [default: the first]")] = None
    tiers: Annotated[str | None, typer.Option(help="Tiers of the evidence, such as A,B,C.")] = None

    @property
    def read(self) -> Path | None:
        """The table or the folder that is read; None for the shipped evidence."""
        return self.file or self.evidence


@dataclass(frozen=True, kw_only=True)
class Arms:
    """What the treated arms of a table of one's own are called, and which direction of the outcome is good."""

    treated: Annotated[str | None, typer.Option(help="Name of the treated arms, or the one to compare.")] = None
    better: Annotated[str | None, typer.Option(help="higher or lower: gives 'favours' labels, no number.")] = None


@dataclass(frozen=True, kw_only=True)
class Output:
    """Where the results go, besides the console."""

    figure: Annotated[Path | None, typer.Option(help="Draw to FILE.png, .svg or .pdf; FILE: png and svg.")] = None
    width: Annotated[str | None, typer.Option(help="Of --figure: single double, or millimetres.")] = None
    table: Annotated[Path | None, typer.Option(help="Write to FILE.csv, .xlsx, .md, .tex or .html.")] = None
    report: Annotated[Path | None, typer.Option(help="Write all of it as one page: FILE.html")] = None
    r_script: Annotated[Path | None, typer.Option(help="Write an R script that repeats it: FILE.R")] = None
    json: Json = False


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Make options of the fields of each parameter that is a dataclass; the command gets the dataclass, filled."""
    groups: dict[str, Any] = {}
    flat: list[inspect.Parameter] = []
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        if is_dataclass(parameter.annotation):
            groups[parameter.name] = parameter.annotation
            flat += _of_fields(groups[parameter.name])
        else:
            flat.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))

    def run(**given: Any) -> None:
        filled = {name: kind(**{f.name: given.pop(f.name) for f in fields(kind)}) for name, kind in groups.items()}
        command(**filled, **given)

    # what typer looks at: the options, not the groups
    run.__dict__["__signature__"] = inspect.Signature(flat)
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in flat}
    return run


@cache
def _of_fields(group: Any) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            f.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if f.default is MISSING else f.default,
            annotation=hints[f.name],
        )
        for f in fields(group)
    ]


def option_name(field: str) -> str:
    """``r_script`` as it is typed: ``--r-script``."""
    return f"--{field.replace('_', '-')}"
