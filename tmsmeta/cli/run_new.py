"""``tmsmeta new``: write the folder of a new review."""

from __future__ import annotations

import datetime
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tmsmeta.cli.console import print_json, say

if TYPE_CHECKING:
    from tmsmeta.review.new import Better, NewFolder, NewReview


def asked(*, title: str, outcome: str, better: str | None, control: str, measure: str) -> NewReview:
    """The options as a spec, with the space around names gone.

    Raises:
        UnknownOptionError: a direction or measure that does not exist.
    """
    from tmsmeta.review.new import NewReview

    return NewReview(
        title=title.strip(),
        outcome=outcome.strip(),
        better=cast("Better | None", better),
        control=control.strip(),
        measure=measure,
    )


def new(folder: Path, table: Path | None, spec: NewReview, as_json: bool) -> None:
    """Write a review into `folder`, whole or not at all, and say what comes next."""
    from tmsmeta.report.folder import NOTHING, check_target, write_texts

    check_target(folder, earlier=NOTHING)
    made = _made(table, spec)
    write_texts(folder, made.files, earlier=NOTHING)
    steps = _next_steps(folder)
    if as_json:
        print_json({"folder": str(folder), "files": list(made.files), "notes": list(made.notes), "next": steps})
        return
    say(f"Written to {folder}: {', '.join(made.files)}.")
    for note in made.notes:
        say(f"- {note}")
    if table is None:
        say("Fill in trials.csv (a row per trial), arms.csv (a row per trial, arm and outcome) and the other tables.")
    say("Next:" if table else "Then:")
    for step in steps:
        say(f"  {step}")


def _made(table: Path | None, spec: NewReview) -> NewFolder:
    from tmsmeta.review.new import empty_review
    from tmsmeta.review.new_from_table import review_from_table
    from tmsmeta.tables.read import read_table

    if table is None:
        return empty_review(spec)
    return review_from_table(read_table(table), spec, name=table.name, read_on=datetime.date.today())


def _next_steps(folder: Path) -> list[str]:
    """The commands that follow."""
    place, results = (shlex.quote(name) for name in (str(folder), f"{folder.absolute().name}-results"))
    return [f"tmsmeta check {place}", f"tmsmeta run {place} --out {results}"]
