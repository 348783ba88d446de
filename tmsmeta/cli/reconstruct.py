"""``tmsmeta reconstruct``: counts behind printed figures, of one result or of every row of a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tmsmeta.cli.options import Output, option_name
from tmsmeta.cli.outputs import check_output, deliver
from tmsmeta.errors import InvalidInputError, Issue, TmsmetaError

if TYPE_CHECKING:
    from tmsmeta.effects.reconstruct import Reconstruction
    from tmsmeta.tables.files import Cells


@dataclass(frozen=True, kw_only=True)
class Printed:
    """Figures as they were printed, with all their decimals."""

    percent: Annotated[str | None, typer.Option(help="Percentage, or several of one sample: 34.3,11.4")] = None
    n: Annotated[str | None, typer.Option(help="Sample size of the percentage; left out, it is searched.")] = None
    measure: Annotated[str | None, typer.Option(help="Of the ratio: RR OR RD")] = None
    ratio: Annotated[str | None, typer.Option(help="Ratio or difference, not logged.")] = None
    ci: Annotated[str | None, typer.Option(help="Its interval: 1.25,29.0")] = None
    chi2: Annotated[str | None, typer.Option(help="Chi-square with 1 degree of freedom.")] = None
    p: Annotated[str | None, typer.Option(help='p value of the test, such as 0.03 or "<0.001".')] = None
    test: Annotated[str | None, typer.Option(help="chi2 chi2_yates fisher  [default: chi2]")] = None
    rate: Annotated[str | None, typer.Option(help="Events per --per, with --ci.")] = None
    per: Annotated[str | None, typer.Option(help="Exposure that a rate refers to, such as 1000.")] = None
    exposure: Annotated[str | None, typer.Option(help="Exposure observed, where known.")] = None
    n_t: Annotated[str | None, typer.Option(help="Size of the treated arm: 35, or 30-40.")] = None
    n_c: Annotated[str | None, typer.Option(help="Size of the comparator arm.")] = None
    events_t: Annotated[str | None, typer.Option(help="Events in the treated arm, where known.")] = None
    events_c: Annotated[str | None, typer.Option(help="Events in the comparator arm, where known.")] = None
    percent_t: Annotated[str | None, typer.Option(help="Percentage in the treated arm, where printed.")] = None
    percent_c: Annotated[str | None, typer.Option(help="Percentage in the comparator arm.")] = None
    total: Annotated[str | None, typer.Option(help="Patients in both arms, where known.")] = None

    def given(self) -> dict[str, str]:
        """What was printed, by name."""
        named = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value.strip() for name, value in named.items() if value is not None and value.strip()}


NAMES = tuple(f.name for f in fields(Printed))
_TWO_ARMS = ("n_t", "n_c", "events_t", "events_c", "percent_t", "percent_c", "total")


def reconstruct(
    *,
    file: Annotated[
        Path | None, typer.Argument(help="Table whose columns are named like the options, a result per row.")
    ] = None,
    printed: Printed,
    output: Output,
) -> None:
    """Find every set of counts that prints as these figures.

    Example: tmsmeta reconstruct --ratio 5.66 --ci 1.37,23.39 --measure RR --n-t 35 --n-c 33
    """
    check_output(
        output,
        file,
        no_figure="has nothing to draw of a reconstruction, whose counts stand in the table",
        no_script="has no script for a reconstruction, which R has no function for",
    )
    given = printed.given()
    if file is None:
        deliver(_answer_of_one(solved(given)), output, file)
        return
    if given:
        message = "does not apply to a table, whose rows hold the figures; leave it out."
        raise InvalidInputError([Issue(None, option_name(name), value, message) for name, value in given.items()])
    deliver(_answer_of_rows(file), output, file)


def solved(given: Mapping[str, str]) -> Reconstruction[Any]:
    """Every solution behind figures as they were printed.

    Raises:
        InvalidInputError: nothing to start from, figures of two kinds, or figures that belong to another kind.
    """
    kinds = [kind for kind, (starts, _, _) in _KINDS.items() if any(name in given for name in starts)]
    if len(kinds) != 1:
        message = "must be given by one of --percent, --ratio with --ci, --chi2 or --p, --rate with --ci."
        raise InvalidInputError(Issue(None, "figures", ", ".join(given) or None, message))
    starts, others, search = _KINDS[kinds[0]]
    foreign = [
        Issue(None, option_name(name), value, f"does not belong to {option_name(starts[0])}; leave it out.")
        for name, value in given.items()
        if name not in (*starts, *others)
    ]
    if foreign:
        raise InvalidInputError(foreign)
    return search(given)


def _of_percent(given: Mapping[str, str]) -> Reconstruction[Any]:
    from tmsmeta.effects.reconstruct import counts_from_percent, feasible_denominators

    percents = [part.strip().rstrip("%") for part in given["percent"].split(",")]
    if "n" not in given:
        return feasible_denominators(percents)
    n = _whole(given, "n")
    if len(percents) > 1:
        return feasible_denominators(percents, min_n=n, max_n=n)
    return counts_from_percent(percents[0], n)


def _of_ratio(given: Mapping[str, str]) -> Reconstruction[Any]:
    from tmsmeta.effects.reconstruct import counts_from_ratio

    if "measure" not in given:
        raise InvalidInputError(Issue(None, "--measure", None, "must say what the ratio is: RR, OR or RD."))
    return counts_from_ratio(given["measure"].upper(), given["ratio"], _interval(given), **_arms(given))


def _of_test(given: Mapping[str, str]) -> Reconstruction[Any]:
    from tmsmeta.effects.reconstruct import counts_from_test

    faults = [Issue(None, option_name(name), None, "must be stated.") for name in ("n_t", "n_c") if name not in given]
    if faults:
        raise InvalidInputError(faults)
    return counts_from_test(
        test=given.get("test", "chi2"), statistic=given.get("chi2"), p=given.get("p"), **_arms(given)
    )


def _of_rate(given: Mapping[str, str]) -> Reconstruction[Any]:
    from tmsmeta.effects.reconstruct import events_from_rate

    numbers: dict[str, Any] = {name: _whole(given, name) for name in ("per", "exposure") if name in given}
    return events_from_rate(given["rate"], _interval(given), **numbers)


_Kind = tuple[tuple[str, ...], tuple[str, ...], Callable[[Mapping[str, str]], "Reconstruction[Any]"]]
_KINDS: Mapping[str, _Kind] = {
    "percent": (("percent",), ("n",), _of_percent),
    "ratio": (("ratio",), ("ci", "measure", *_TWO_ARMS), _of_ratio),
    "test": (("chi2", "p"), ("test", *_TWO_ARMS), _of_test),
    "rate": (("rate",), ("ci", "per", "exposure"), _of_rate),
}
"""The kinds of figures: what each starts from, what else belongs to it, and the search."""


def _arms(given: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {name: _sizes(given, name) for name in ("n_t", "n_c") if name in given}
    found |= {name: _whole(given, name) for name in ("events_t", "events_c", "total") if name in given}
    return found | {name: given[name].rstrip("%") for name in ("percent_t", "percent_c") if name in given}


def _whole(given: Mapping[str, str], name: str) -> int:
    if not re.fullmatch(r"\d+", given[name]):
        raise InvalidInputError(Issue(None, option_name(name), given[name], "must be a whole number, 0 or more."))
    return int(given[name])


def _sizes(given: Mapping[str, str], name: str) -> int | range:
    """``"35"`` as a size, ``"30-40"`` as the sizes from 30 to 40."""
    ends = re.fullmatch(r"(\d+)\s*-\s*(\d+)", given[name])
    return range(int(ends[1]), int(ends[2]) + 1) if ends else _whole(given, name)


def _interval(given: Mapping[str, str]) -> tuple[str, str]:
    ends = re.split(r"\s*(?:,|;|\bto\b|–)\s*", given.get("ci", ""))
    if len(ends) != 2 or not all(ends):
        raise InvalidInputError(Issue(None, "--ci", given.get("ci"), "must be two limits, such as 1.25,29.0."))
    return ends[0], ends[1]


def _answer_of_one(found: Reconstruction[Any]) -> Any:
    from tmsmeta.report.answer import Answer

    return Answer(
        title="Counts behind printed figures",
        tables=[_solutions(found)],
        sentences=[found.sentence()],
        methods=[found.method],
        plain=found.to_dict(),
    )


def _solutions(found: Reconstruction[Any]) -> Any:
    from tmsmeta.words import numbers
    from tmsmeta.words.tables import Column, ReaderTable

    frame = found.to_frame()

    def column(name: str) -> Column:
        def cell(row: Mapping[str, Any]) -> str:
            value = row[name]
            if isinstance(value, bool):
                return "yes" if value else "no"
            return numbers.plain(value) if isinstance(value, float) else str(value)

        return Column(label=name, text=cell)

    return ReaderTable(
        name="counts",
        title="Solutions" if found.solutions else "No solution; the nearest misses",
        frame=frame,
        columns=[column(str(name)) for name in frame.columns if name != "fits"],
    )


def _answer_of_rows(file: Path) -> Any:
    """Every row of a table, with its only solution or the reason why there is none."""
    import pandas as pd

    from tmsmeta.report.answer import Answer
    from tmsmeta.words.tables import ReaderTable, words

    rows = [_row(line, label, given) for line, label, given in _figures_of(file)]
    frame = pd.DataFrame([row for row, _ in rows])
    unique = sum(found is not None and found.unique for _, found in rows)
    table = ReaderTable(
        name="counts",
        title=f"Counts behind the figures of {file.name}",
        frame=frame,
        columns=[words("row", "row"), words("study", "study"), words("found", "found")],
    )
    return Answer(
        title=table.title,
        tables=[table],
        sentences=[f"{unique} of {len(rows)} rows have exactly one solution."],
        methods=[],
        plain={"rows": [_plain_row(row, found) for row, found in rows]},
    )


def _plain_row(row: Mapping[str, Any], found: Reconstruction[Any] | None) -> dict[str, Any]:
    place = {"row": row["row"], "study": row["study"]}
    return place | ({"fault": row["found"]} if found is None else found.to_dict())


def _row(line: int, label: str, given: Mapping[str, str]) -> tuple[dict[str, Any], Reconstruction[Any] | None]:
    try:
        found = solved(given)
    except TmsmetaError as error:
        issues = getattr(error, "issues", ())
        reason = "; ".join(str(issue) for issue in issues) or str(error)
        return {"row": line, "study": label, "solutions": 0, "found": reason}, None
    counts = found.solution.to_dict() if found.unique else {}
    return {"row": line, "study": label, "solutions": len(found.solutions), **counts, "found": found.sentence()}, found


def _figures_of(file: Path) -> list[tuple[int, str, dict[str, str]]]:
    """Line, label and figures of every row; columns are found by the names of the options, however they are spelled."""
    from tmsmeta.errors import EvidenceError
    from tmsmeta.tables.files import read_cells

    cells: Cells = read_cells(file)
    if cells.issues:
        raise EvidenceError(cells.issues, f"{cells.name} has faults")
    known = {_plain(name): name for name in (*NAMES, "ci_low", "ci_high", "study")}
    columns = {known[_plain(str(c))]: c for c in cells.frame.columns if _plain(str(c)) in known}
    found = []
    for line, record in zip(cells.frame.index, cells.frame.to_dict("records"), strict=True):
        cell = {name: str(record[column]).strip() for name, column in columns.items()}
        if cell.get("ci_low") and cell.get("ci_high"):
            cell["ci"] = f"{cell['ci_low']},{cell['ci_high']}"
        given = {name: cell[name] for name in NAMES if cell.get(name)}
        found.append((int(line), cell.get("study", ""), given))
    return found


def _plain(name: str) -> str:
    return re.sub(r"[\s._-]", "", name).casefold()
