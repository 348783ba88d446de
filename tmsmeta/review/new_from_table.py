"""A new review that holds the numbers of a table of one's own."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from typing import Any

from tmsmeta.errors import InvalidInputError
from tmsmeta.review.check import contents_issues
from tmsmeta.review.dictionary import DICTIONARY_COLUMNS
from tmsmeta.review.new import (
    NewFolder,
    NewReview,
    Record,
    direction_issues,
    files_of,
    outcome_record,
    spaced,
    table_text,
    treatment_record,
)
from tmsmeta.review.own_table import ROW_COLUMNS, TRIAL_COLUMNS, OwnTable
from tmsmeta.review.protocol_template import protocol_template
from tmsmeta.tables.csv_write import is_number_text
from tmsmeta.tables.data_table import DataTable

TIERS = {"arms": "B", "contrasts": "D"}
"""The tier of rows whose table states none.

Counts in a table of one's own were read in something other than the report of the trial, which is what B says; it is
not known whether anybody has compared them with the report (A), and nothing was rebuilt (C).
"""
EVERYBODY = "participants"


def review_from_table(table: DataTable, spec: NewReview, *, name: str, read_on: datetime.date) -> NewFolder:
    """A review that holds the numbers of a table of one's own.

    Args:
        table: from :func:`tmsmeta.tables.read.read_table`.
        spec: what the review is about; `better` must be stated.
        name: name of the file of the table, which becomes the source of every number.
        read_on: the day it was read.

    Raises:
        InvalidInputError: with every fault: a direction that is not stated, a comparator that cannot be told,
            treatments of one study that are the same, a study with one arm, cells that the tables do not allow.
    """
    own = OwnTable(table, spec, name)
    issues = [*direction_issues(spec, needed=True), *own.issues()]
    if issues:
        raise InvalidInputError(issues, f"No review can be made of {name}")
    folder = _folder(own, read_on)
    issues = contents_issues({file: text.encode("utf-8") for file, text in folder.files.items()})
    if issues:
        raise InvalidInputError(issues, f"The review that {name} gives would have faults")
    return folder


def _folder(own: OwnTable, read_on: datetime.date) -> NewFolder:
    """The files of the review."""
    records: dict[str, list[Record]] = {
        "trials": _trials(own),
        "arms": _arms(own) if own.numbers == "arms" else [],
        **({"contrasts": _contrasts(own)} if own.numbers == "contrasts" else {}),
        "outcomes": [outcome_record(own.spec, f"as counted in {own.name}", own.outcome)],
        "treatments": [treatment_record(t, _spelling_note(own, t)) for t in own.treatments],
        "sources": [_source(own, read_on)],
    }
    columns = {t: [own.name_of(c) for c, home in own.further.items() if home == t] for t in ("trials", own.numbers)}
    files = files_of(records, _protocol(own), columns)
    if own.further:
        files["dictionary.csv"] = table_text(DICTIONARY_COLUMNS, [_described(own, column) for column in own.further])
    return NewFolder(files=files, notes=tuple(_notes(own)))


def _trials(own: OwnTable) -> list[Record]:
    first: dict[str, dict[str, str]] = {}
    for _, row in own.cells:
        first.setdefault(row["study"], row)
    return [
        {
            "trial_id": own.trial_ids[study],
            "label": study,
            **{column: row.get(column, "") for column in TRIAL_COLUMNS},
            "population_group": row.get("population_group") or EVERYBODY,
            **_own_cells(own, "trials", row),
        }
        for study, row in first.items()
    ]


def _own_cells(own: OwnTable, table: str, row: Record) -> dict[str, str]:
    return {own.name_of(column): row[column] for column, home in own.further.items() if home == table}


def _row(own: OwnTable, line: int, row: Record) -> dict[str, str]:
    """What every row with numbers says beside them."""
    stated = {column: row[column] for column in ROW_COLUMNS[own.numbers] if row.get(column)}
    return {
        "trial_id": own.trial_ids[row["study"]],
        "outcome": own.outcome,
        "tier": TIERS[own.numbers],
        "source_id": own.source,
        "locator": f"row {line}",
        **stated,
        **_own_cells(own, own.numbers, row),
    }


def _arms(own: OwnTable) -> list[Record]:
    arms: list[Record] = []
    for line, _, suffix, spelled, row in own.sides:
        treatment = own.treatment(spelled)
        counts = {"n": row[f"n{suffix}"], "events": row[f"events{suffix}"]}
        record = {"arm": treatment, "treatment": treatment, "timepoint": "not stated", **counts}
        arms.append(record | _row(own, line, row))
    return arms


def _contrasts(own: OwnTable) -> list[Record]:
    pairs = zip(own.sides[::2], own.sides[1::2], strict=True)
    return [
        {
            "treat1": own.treatment(treated[3]),
            "treat2": own.treatment(control[3]),
            "measure": own.measure or "RR",
            "estimate": row["ratio"],
            "ci_low": row["ci_low"],
            "ci_high": row["ci_high"],
            **_row(own, line, row),
        }
        for (line, _, _, _, row), treated, control in ((pair[0], *pair) for pair in pairs)
    ]


def _spelling_note(own: OwnTable, treatment: str) -> str:
    return f"in {own.name} as {', '.join(own.spellings(treatment))}"


def _source(own: OwnTable, read_on: datetime.date) -> Record:
    return {
        "source_id": own.source,
        "kind": f"table of the review's authors; {_tier_sentence(own)}",
        "url": f"{own.name}, SHA-256 begins {own.version}",
        "seen_on": read_on.isoformat(),
    }


def _tier_sentence(own: OwnTable) -> str:
    if "tier" in own.frame:
        return f"the tier of a row is that of its column tier, or {TIERS[own.numbers]} where that is blank"
    if own.numbers == "contrasts":
        return "its rows are of tier D, a ratio with its interval only"
    return "its rows are of tier B, as they were not compared with the trials' own reports"


def _described(own: OwnTable, column: str) -> Record:
    """The row of the dictionary for an own column, its type read off the cells."""
    return {
        "file": own.further[column],
        "column": own.name_of(column),
        "type": _kind([row[column] for _, row in own.cells]),
        "required": "optional",
        "meaning": f"column {column} of {own.name}",
    }


def _protocol(own: OwnTable) -> str:
    control = own.controls[0]
    active = [treatment for treatment in own.treatments if treatment != control]
    given: dict[str, Any] = {"title": own.spec.title or spaced(own.name), "comparison.control": control}
    if len(active) == 1:
        given["comparison.label"] = active[0]
    remarks = {"comparison.control": [f"The treatments are {', '.join(own.treatments)}."]}
    if own.measure or own.numbers == "contrasts":
        given["pooling.measure"] = own.measure or "RR"
    if own.numbers == "contrasts":
        given |= {"selections.main.tiers": ("D",), "pooling.further_measures": ()}
        remarks["selections.main.tiers"] = [
            f"{own.name} holds ratios with their intervals: tier D, which the main analysis uses here."
        ]
        remarks["pooling.measure"] = [f"What the ratios of {own.name} are; change it in contrasts.csv too."]
    else:
        remarks["selections.main.tiers"] = [*_tier_remark(own)]
    moderators = [own.name_of(column) for column, home in own.further.items() if home == "trials"]
    if moderators:
        remarks["subgroups"] = [f"Columns of your own are {', '.join(moderators)}."]
    return protocol_template(given, outcome=own.outcome, remarks=remarks)


def _tier_remark(own: OwnTable) -> Iterable[str]:
    if "tier" in own.frame:
        yield f"Tiers are those of the column tier of {own.name}."
        return
    yield (
        f"The rows of {own.name} are of tier B: read in something other than the trial's own report. Where you "
        "have compared a row with the report, write A into its `tier` in arms.csv; where you have doubts, E, "
        "which the main analysis leaves out."
    )


def _notes(own: OwnTable) -> Iterable[str]:
    control = own.controls[0]
    if not own.spec.outcome:
        yield f"The outcome is called {own.outcome!r}; --outcome gives it a name."
    if not own.spec.control and own.shape == "arms":
        yield f"The comparator is {control}, by its name."
    if own.numbers == "contrasts" and not own.measure:
        yield "The ratios are taken for risk ratios (RR); if they are odds ratios, say --measure OR."
    variants = {t: words for t in own.treatments if (words := _variants(own, t))}
    yield from (f"{treatment} is also spelled {', '.join(words)}." for treatment, words in variants.items())
    changing = "; review.toml says how to change that" if own.numbers == "arms" else ""
    yield f"{own.name}: {_tier_sentence(own)}{changing}."
    if own.further:
        kept = [f"{own.name_of(column)} ({home})" for column, home in own.further.items()]
        yield f"Columns of your own are kept and described in dictionary.csv: {', '.join(kept)}."


def _variants(own: OwnTable, treatment: str) -> list[str]:
    return [spelled for spelled in own.spellings(treatment) if spelled != treatment]


def _kind(cells: Iterable[str]) -> str:
    """The type of a column by its cells."""
    filled = [cell for cell in cells if cell]
    if filled and all(re.fullmatch(r"[0-9]{1,15}", cell) for cell in filled):
        return "count"
    if filled and all(map(is_number_text, filled)):
        return "number"
    return "text"
