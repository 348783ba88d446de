"""A new review of a table that holds several outcomes, told apart by a column."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.review.new import NewFolder, NewReview, Record, table_text, toml_outcomes
from tmsmeta.review.new_from_table import review_from_table
from tmsmeta.review.protocol_faults import FILE
from tmsmeta.tables.csv_text import parse_csv
from tmsmeta.tables.data_table import DataTable

_KEYS = {"trials": "trial_id", "outcomes": "outcome", "treatments": "treatment", "sources": "source_id"}
"""Tables with one row for each of these, however many outcomes name it; other rows are of one outcome each."""


def review_from_outcomes(
    tables: Mapping[str, DataTable], spec: NewReview, *, name: str, read_on: datetime.date
) -> NewFolder:
    """One review of all outcomes, the first of them the main one.

    Args:
        tables: the rows of each outcome, as tables of their own.
        spec: what the review is about; a direction for each outcome, or `better` for all.
        name: name of the file, which becomes the source of every number.
        read_on: the day it was read.

    Raises:
        InvalidInputError: with every fault: those of :func:`tmsmeta.review.new_from_table.review_from_table` for each
            outcome, directions of outcomes that are not there, facts about a study that differ between its outcomes.
    """
    issues = [
        Issue(None, "--better", outcome, f"is no outcome of {name}, which holds {', '.join(tables)}.")
        for outcome in spec.directions
        if outcome not in tables
    ]
    folders: list[NewFolder] = []
    for outcome, table in tables.items():
        own = replace(spec, outcome=outcome, better=spec.directions.get(outcome, spec.better), directions={})
        try:
            folders.append(review_from_table(table, own, name=name, read_on=read_on))
        except InvalidInputError as error:
            issues += [replace(issue, message=f"{issue.message} (outcome {outcome})") for issue in error.issues]
    merged = {} if issues else _merged(folders, name, issues)
    if issues:
        raise InvalidInputError(issues, f"No review can be made of {name}")
    files = {FILE: folders[0].files[FILE] + toml_outcomes(list(tables)[1:]), **merged}
    notes = [f"Outcomes: {', '.join(tables)}; the first is the main one.", *(n for f in folders for n in f.notes)]
    return NewFolder(files=files, notes=tuple(dict.fromkeys(notes)))


def _merged(folders: list[NewFolder], name: str, issues: list[Issue]) -> dict[str, str]:
    """The tables of all outcomes as one set; `issues` receives what they contradict each other in."""
    files = {}
    for file in dict.fromkeys(file for folder in folders for file in folder.files if file != FILE):
        texts = [parse_csv(file, folder.files[file].encode("utf-8")) for folder in folders if file in folder.files]
        rows: list[Record] = [row for text in texts for _, row in text.records()]
        columns = list(dict.fromkeys(column for text in texts for column in text.columns))
        key = _KEYS.get(file.removesuffix(".csv"), "")
        if file == "dictionary.csv":
            rows = list({(row["file"], row["column"]): row for row in rows}.values())
        files[file] = table_text(columns, _once(rows, key, name, issues) if key else rows)
    return files


def _once(rows: list[Record], key: str, name: str, issues: list[Issue]) -> list[Record]:
    """One row for each value of `key`: what one outcome leaves blank, another may fill."""
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        kept = found.setdefault(row[key], dict(row))
        for column, cell in row.items():
            if cell and kept.get(column) and kept[column] != cell and key == "trial_id":
                message = f"of {kept['label']} must be the same for all outcomes; it is also {kept[column]!r}."
                issues.append(Issue(None, column, cell, message, name))
            kept[column] = kept.get(column) or cell
    return list(found.values())
