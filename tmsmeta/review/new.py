"""The files of a new review: empty tables to fill in, or tables filled from a table of one's own.

Nothing here touches a file: ``tmsmeta new`` writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.review.dictionary import column_rules
from tmsmeta.review.protocol import Measure
from tmsmeta.review.protocol_faults import FILE
from tmsmeta.review.protocol_template import protocol_template, toml_key
from tmsmeta.tables.csv_write import csv_of
from tmsmeta.words.glossary import BETTER
from tmsmeta.words.names import heading

Better = Literal["higher", "lower"]
Record = Mapping[str, str]

TABLES = ("trials", "arms", "outcomes", "treatments", "sources")
"""Tables that every new review has."""


@dataclass(frozen=True, kw_only=True)
class NewReview:
    """What a new review is to be about.

    Attributes:
        title: its title; by default the name of the table.
        outcome: name of the outcome; by default "outcome" where there is a table.
        better: whether more events are good (``higher``) or bad (``lower``) for the people in the trials. It is
            never guessed, so it has no default.
        control: the comparator, spelled as in the table in any case; by default the treatment that is called one.
        directions: `better` by outcome, for a table of several outcomes that are not all good or all bad.
        measure: main measure; by default RR. In a table of ratios it says what the ratios are.
    """

    title: str = ""
    outcome: str = ""
    better: Better | None = None
    directions: Mapping[str, Better] = field(default_factory=dict)
    control: str = ""
    measure: str = ""

    def __post_init__(self) -> None:
        for better in (*([] if self.better is None else [self.better]), *self.directions.values()):
            check_option("better", better, BETTER)
        if self.measure:
            check_option("measure", self.measure, get_args(Measure))


@dataclass(frozen=True, kw_only=True)
class NewFolder:
    """The files of a new review.

    Attributes:
        files: text of each file by name.
        notes: what was chosen where nothing was stated, in sentences.
    """

    files: Mapping[str, str]
    notes: tuple[str, ...] = ()


def empty_review(asked: NewReview | None = None) -> NewFolder:
    """A review without trials: a protocol in comments, and tables with their headers.

    Raises:
        InvalidInputError: an outcome without a direction, or a direction without an outcome.
    """
    spec = asked or NewReview()
    if issues := list(direction_issues(spec, needed=bool(spec.outcome))):
        raise InvalidInputError(issues, "The review cannot be started")
    if spec.better and not spec.outcome:
        message = "says which way an outcome is better; name the outcome too, with --outcome."
        raise InvalidInputError(Issue(None, "--better", spec.better, message), "The review cannot be started")
    records: dict[str, list[Record]] = {table: [] for table in TABLES}
    if spec.outcome:
        records["outcomes"] = [outcome_record(spec, "as the trials define it")]
    if spec.control:
        records["treatments"] = [treatment_record(spec.control, "the comparator")]
    known = {name: value for name, value in (("title", spec.title), ("pooling.measure", spec.measure)) if value}
    return NewFolder(files=files_of(records, protocol_template(known)))


def direction_issues(spec: NewReview, *, needed: bool) -> Iterable[Issue]:
    if needed and spec.better is None:
        message = (
            "must be stated, as the direction of an outcome is never guessed: --better higher if more events are good "
            "for the people in the trials (they recover), --better lower if they are bad (they die)."
        )
        yield Issue(None, "--better", None, message)
    if re.search(r"[;:\x00-\x1f]", spec.outcome):
        yield Issue(None, "--outcome", spec.outcome, "must be a name on one line, without ; or :.")


def files_of(
    records: Mapping[str, Sequence[Record]], protocol: str, own: Mapping[str, Sequence[str]] | None = None
) -> dict[str, str]:
    """The protocol and the tables, each with the columns of the dictionary and the folder's own."""
    files = {FILE: protocol}
    for table, rows in records.items():
        columns = [rule.column for rule in column_rules()[table]] + list((own or {}).get(table, ()))
        files[f"{table}.csv"] = table_text(columns, rows)
    return files


def toml_outcomes(names: Iterable[str]) -> str:
    """Further outcomes as the end of a protocol."""
    return "".join(
        f"\n# A further outcome, with the keys of the first.\n[outcomes.{toml_key(name)}]\n" for name in names
    )


def table_text(columns: Sequence[str], rows: Iterable[Record]) -> str:
    """Records as the text of a table of the folder; a column that one lacks is blank."""
    return csv_of(columns, ([row.get(column, "") for column in columns] for row in rows))


def outcome_record(spec: NewReview, meaning: str, name: str = "") -> Record:
    outcome = name or spec.outcome
    return {"outcome": outcome, "label": spaced(outcome), "better": spec.better or "", "meaning": meaning}


def treatment_record(treatment: str, meaning: str) -> Record:
    return {"treatment": treatment, "label": heading(treatment), "family": treatment, "meaning": meaning}


def spaced(name: str) -> str:
    """The name of a file or outcome as a title."""
    return heading(re.sub(r"\.\w+$", "", name).replace("_", " ").strip())
