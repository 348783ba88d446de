"""A table of one's own on its way into a review: its arms, treatments, comparator, trials and further columns."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, cast

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.review.dictionary import SELECTED_COLUMNS, column_rules
from tmsmeta.review.new import NewReview
from tmsmeta.tables.cells import cell_issues
from tmsmeta.tables.controls import is_control_name
from tmsmeta.tables.data_table import DataTable
from tmsmeta.tables.shapes import COLUMNS, WORDS
from tmsmeta.words.names import alike

TRIAL_COLUMNS = ("year", "doi", "registry", "population_group", "population")
"""Columns of a table of one's own that are columns of trials under the same name."""
ROW_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "arms": ("tier", "timepoint", "definition", "note"),
    "contrasts": ("tier", "subset", "note"),
}
"""The same for the rows with the numbers."""
RATIO_MEASURES = ("RR", "OR")


REVIEWABLE = ("two arms", "arms", "ratio", "estimate", "contrasts")
"""Shapes of which a review can be made: it holds counts, and ratios with their intervals."""


def as_ratios(table: DataTable) -> DataTable:
    """Log ratios with their standard errors as ratios with 95 % limits, the way a review holds them.

    Raises:
        InvalidInputError: a table of something else than counts and ratios.
    """
    import numpy as np

    if table.shape not in REVIEWABLE or (
        table.shape in ("estimate", "contrasts") and table.measure not in RATIO_MEASURES
    ):
        held = f"{WORDS[table.shape]}{f' ({table.measure})' if table.measure else ''}"
        message = f"holds {held}; a review is made of counts of arms, or of risk ratios or odds ratios named as such."
        raise InvalidInputError(Issue(None, "--from", table.origin, message))
    if table.shape not in ("estimate", "contrasts"):
        return table
    half = 1.959963984540054 * table.frame["se"]
    middle = table.frame["estimate"]
    limits = {"ratio": np.exp(middle), "ci_low": np.exp(middle - half), "ci_high": np.exp(middle + half)}
    frame = table.frame.assign(**limits).drop(columns=["estimate", "se", "n1", "n2"], errors="ignore")
    return replace(table, shape="ratio", frame=frame.rename(columns={"treat1": "treatment_t", "treat2": "treatment_c"}))


class OwnTable:
    """One table of one's own on its way into the tables of a review."""

    def __init__(self, table: DataTable, spec: NewReview, name: str) -> None:
        table = as_ratios(table)
        self.spec, self.name, self.shape = spec, name, table.shape
        self.table, self.measure = table, spec.measure or table.measure or ""
        self.frame, self.version = table.frame, table.data_version.short
        self.numbers = "contrasts" if table.shape == "ratio" else "arms"
        self.outcome = spec.outcome or "outcome"
        self.source = f"{_slug(name.rpartition('.')[0]) or 'table'}_table"

    @cached_property
    def cells(self) -> list[tuple[int, dict[str, str]]]:
        """The rows as text, each with its line of the file."""
        columns = [str(column) for column in self.frame.columns]
        rows = zip(*(self.frame[column] for column in columns), strict=True)
        texts = ({c: _text(value) for c, value in zip(columns, row, strict=True)} for row in rows)
        return [(int(line), text) for line, text in zip(self.frame.index, texts, strict=True)]

    @cached_property
    def sides(self) -> list[tuple[int, str, str, str, dict[str, str]]]:
        """Every arm or side of a ratio: line, study, suffix of its columns, treatment as spelled, cells of the row."""
        if self.shape == "arms":
            return [(line, row["study"], "", row["treatment"], row) for line, row in self.cells]
        default = {"_t": "Treatment", "_c": "Comparator"}
        return [
            (line, row["study"], suffix, row.get(f"treatment{suffix}") or name, row)
            for line, row in self.cells
            for suffix, name in default.items()
        ]

    def treatment(self, spelled: str) -> str:
        """The name of a treatment in the review, without ; and :."""
        return re.sub(r"\s*[;:]\s*", " - ", spelled)

    def spellings(self, treatment: str) -> list[str]:
        """How the table spells a treatment of the review."""
        names = {spelled for _, _, _, spelled, _ in self.sides if self.treatment(spelled) == treatment}
        return sorted({spelling for name in names for spelling in self.table.spellings.get(name, (name,))})

    @cached_property
    def treatments(self) -> tuple[str, ...]:
        """All treatments, in the order of the table."""
        return tuple(dict.fromkeys(self.treatment(spelled) for _, _, _, spelled, _ in self.sides))

    @cached_property
    def controls(self) -> tuple[str, ...]:
        """Treatments that can be the comparator: the one asked for, or those that are called one."""
        if self.spec.control:
            wanted = alike(self.spec.control)
            return tuple(t for t in self.treatments if wanted in map(alike, (t, *self.spellings(t))))
        return tuple(t for t in self.treatments if is_control_name(t))

    @cached_property
    def trial_ids(self) -> dict[str, str]:
        """A name of letters, digits and underscores for each study, no two alike."""
        ids: dict[str, str] = {}
        taken: set[str] = set()
        for number, study in enumerate(dict.fromkeys(row["study"] for _, row in self.cells), start=1):
            stem = _slug(study) or f"trial_{number}"
            name, copy = stem, 1
            while name in taken:
                copy += 1
                name = f"{stem}_{copy}"
            taken.add(name)
            ids[study] = name
        return ids

    @cached_property
    def further(self) -> dict[str, str]:
        """Columns that the review's tables do not have, with the table that each goes to."""
        layout = {*COLUMNS[self.shape], "treatment_t", "treatment_c"}
        known = {*TRIAL_COLUMNS, *ROW_COLUMNS[self.numbers], *layout}
        return {column: self._home(column) for column in map(str, self.frame.columns) if column not in known}

    def _home(self, column: str) -> str:
        """``trials`` where a column says the same in all rows of a study, else the table with the numbers."""
        varied = self.frame.groupby("study")[column].nunique(dropna=False).max() > 1
        return self.numbers if varied else "trials"

    def name_of(self, column: str) -> str:
        """The name of an own column, changed where its table has another column of that name."""
        taken = {rule.column for rule in column_rules()[self.further[column]]}
        if self.further[column] == "trials":
            taken |= SELECTED_COLUMNS
        return f"{column}_as_given" if column in taken else column

    def issues(self) -> list[Issue]:
        """Every fault, those of rows in the order of the table."""
        rows = [*self._arm_issues(), *self._cell_issues(), *self._study_issues()]
        return [*self._control_issues(), *self._measure_issues(), *sorted(rows, key=lambda i: cast(int, i.row))]

    def _control_issues(self) -> Iterable[Issue]:
        if len(self.controls) == 1:
            return
        named = ", ".join(self.treatments)
        if self.spec.control:
            yield Issue(None, "--control", self.spec.control, f"must be one of the treatments {named}.", self.name)
            return
        message = f"must be stated, as it cannot be told which of {named} is the comparator."
        yield Issue(None, "--control", None, message, self.name)

    def _measure_issues(self) -> Iterable[Issue]:
        measure = self.measure
        if self.shape == "ratio" and measure and measure not in RATIO_MEASURES:
            yield Issue(None, "--measure", measure, "must be RR or OR for a table of ratios.", self.name)

    def _arm_issues(self) -> Iterable[Issue]:
        """Arms of one study that are the same treatment, and studies with one arm."""
        seen: dict[tuple[str, str], tuple[int, str, str]] = {}
        for line, study, suffix, spelled, _ in self.sides:
            place, side, earlier = seen.setdefault((study, alike(spelled)), (line, suffix, spelled))
            if (place, side) != (line, suffix) and (self.numbers == "arms" or place == line):
                message = f"is the treatment {earlier!r} of row {place} again; the arms of a study must differ."
                yield Issue(line, f"treatment{suffix}", spelled, message, self.name)
        yield from self._same_pair()
        arms = Counter(study for study, _ in seen)
        for (study, _), (line, _, spelled) in seen.items():
            if arms[study] == 1 and self.shape == "arms":
                message = f"is the only arm of {study}; add its other arm, or delete the row."
                yield Issue(line, "treatment", spelled, message, self.name)

    def _same_pair(self) -> Iterable[Issue]:
        """Ratios of the same two treatments that stand twice in a study."""
        seen: dict[tuple[str, frozenset[str]], int] = {}
        for line, row in self.cells if self.numbers == "contrasts" else ():
            pair = frozenset(alike(row.get(f"treatment_{arm}", arm)) for arm in "tc")
            if (place := seen.setdefault((row["study"], pair), line)) != line:
                message = f"compares the treatments of row {place} again; give different studies different labels."
                yield Issue(line, "study", row["study"], message, self.name)

    def _cell_issues(self) -> list[Issue]:
        """Cells of known columns that the tables of a review do not allow."""
        import pandas as pd

        frame = pd.DataFrame([row for _, row in self.cells], index=[line for line, _ in self.cells])
        rules = [
            replace(rule, presence="blank")
            for table, columns in (("trials", TRIAL_COLUMNS), (self.numbers, ROW_COLUMNS[self.numbers]))
            for rule in column_rules()[table]
            if rule.column in columns and rule.column in frame and rule.kind in ("year", "choice")
        ]
        return cell_issues(self.name, frame, rules, strict=False)

    def _study_issues(self) -> Iterable[Issue]:
        """Columns of trials that say different things about one study."""
        for column in (c for c in TRIAL_COLUMNS if c in self.frame):
            first: dict[str, tuple[int, str]] = {}
            for line, row in self.cells:
                place, value = first.setdefault(row["study"], (line, row[column]))
                if row[column] != value:
                    message = f"must be {value!r} as in row {place}, since it is a fact about the study."
                    yield Issue(line, column, row[column], message, self.name)


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")


def _text(value: Any) -> str:
    """A cell as the file had it: whole numbers without a decimal point, blank where nothing stands."""
    if isinstance(value, str):
        return value
    if value != value:
        return ""
    return str(int(value)) if float(value).is_integer() else repr(float(value))
