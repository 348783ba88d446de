"""``tmsmeta new``: write the folder of a new review."""

from __future__ import annotations

import datetime
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tmsmeta.cli.console import print_json, say
from tmsmeta.cli.options import Input
from tmsmeta.cli.sources import own_table, pairs

if TYPE_CHECKING:
    from tmsmeta.review.new import Better, NewFolder, NewReview
    from tmsmeta.tables.data_table import DataTable


def asked(*, title: str, outcome: str, better: str | None, control: str, measure: str) -> NewReview:
    """The options as a spec, with the space around names gone.

    Raises:
        UnknownOptionError: a direction or measure that does not exist.
    """
    from tmsmeta.review.new import NewReview

    directions = pairs([better], "--better", "death=lower,cure=higher") if better and "=" in better else None
    return NewReview(
        title=title.strip(),
        outcome=outcome.strip(),
        better=None if directions else cast("Better | None", better),
        directions=cast("dict[str, Better]", directions or {}),
        control=control.strip(),
        measure=measure,
    )


def new(folder: Path, table: Path | None, spec: NewReview, as_json: bool, given: Input | None = None) -> None:
    """Write a review into `folder`, whole or not at all, and say what comes next."""
    from tmsmeta.report.folder import NOTHING, check_target, write_texts
    from tmsmeta.tables.csv_write import guarded_in

    check_target(folder, earlier=NOTHING)
    made = _made(table, spec, given or Input(missing="refuse"))
    write_texts(folder, made.files, earlier=NOTHING)
    steps = _next_steps(folder)
    notes = [*made.notes, *filter(None, [guarded_in(made.files)])]
    if as_json:
        print_json({"folder": str(folder), "files": list(made.files), "notes": notes, "next": steps})
        return
    say(f"Written to {folder}: {', '.join(made.files)}.")
    for note in notes:
        say(f"- {note}")
    if table is None:
        say("Fill in trials.csv (a row per trial), arms.csv (a row per trial, arm and outcome) and the other tables.")
    say("Next:" if table else "Then:")
    for step in steps:
        say(f"  {step}")


def _made(table: Path | None, spec: NewReview, given: Input) -> NewFolder:
    from tmsmeta.review.new import empty_review
    from tmsmeta.review.new_from_table import review_from_table
    from tmsmeta.review.new_outcomes import review_from_outcomes
    from tmsmeta.tables.files import read_cells
    from tmsmeta.tables.row_choice import outcomes_in

    if table is None:
        return empty_review(spec)
    column, outcomes = outcomes_in(read_cells(table, sheet=given.sheet))
    today, name = datetime.date.today(), table.name
    if not outcomes or column in (pairs(given.rows, "--rows", "outcome=response") or {}):
        return review_from_table(own_table(given, table), spec, name=name, read_on=today)
    wanted = (spec.outcome,) if spec.outcome else outcomes
    return review_from_outcomes({o: _rows(table, given, column, o) for o in wanted}, spec, name=name, read_on=today)


def _rows(table: Path, given: Input, column: str, outcome: str) -> DataTable:
    """The rows of one outcome, without the column that names it."""
    found = own_table(replace(given, rows=[*(given.rows or ()), f"{column}={outcome}"]), table)
    kept = tuple(name for name in found.kept if name != column)
    return replace(found, frame=found.frame.drop(columns=column, errors="ignore"), kept=kept)


def _next_steps(folder: Path) -> list[str]:
    """The commands that follow."""
    place, results = (shlex.quote(name) for name in (str(folder), f"{folder.absolute().name}-results"))
    return [f"tmsmeta check {place}", f"tmsmeta run {place} --out {results}"]
