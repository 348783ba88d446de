"""Read a single CSV of one's own: one row per study (counts or a ratio), or one row per study and arm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tmsmeta.errors import EvidenceError, InvalidInputError, Issue
from tmsmeta.provenance import DataVersion
from tmsmeta.tables.cells import cell_issues
from tmsmeta.tables.columns import ColumnRule, Kind
from tmsmeta.tables.controls import is_control_name
from tmsmeta.tables.csv_text import WHOLE_FILE, CsvText, parse_csv
from tmsmeta.tables.open import file_bytes
from tmsmeta.tables.row_rules import at_most, from_one
from tmsmeta.tables.to_frame import text_table
from tmsmeta.words.names import near

if TYPE_CHECKING:
    import pandas as pd

Layout = Literal["2x2", "arms", "ratio"]
LAYOUTS: dict[Layout, tuple[str, ...]] = {
    "2x2": ("study", "events_t", "n_t", "events_c", "n_c"),
    "arms": ("study", "treatment", "events", "n"),
    "ratio": ("study", "ratio", "ci_low", "ci_high"),
}
"""The columns of each layout; other columns may follow and are kept."""

_BY_PREFERENCE: tuple[Layout, ...] = ("arms", "2x2", "ratio")
_TEXT_COLUMNS = ("study", "treatment")
_RATIO_COLUMNS = ("ratio", "ci_low", "ci_high")
_PAIRS: dict[Layout, tuple[tuple[str, str], ...]] = {
    "2x2": (("events_t", "n_t"), ("events_c", "n_c")),
    "arms": (("events", "n"),),
    "ratio": (),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class TwoByTwo:
    """Two-arm counts of treated against comparator.

    Attributes:
        frame: study, events_t, n_t, events_c, n_c, and further columns of the file where each study has one row.
        control: the comparator, ``"comparator"`` where the file does not name treatments.
        left_out: studies not used, with the reason: columns study and reason.
    """

    frame: pd.DataFrame
    control: str
    left_out: pd.DataFrame


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyTable:
    """A checked table of counts or ratios.

    Attributes:
        layout: ``"2x2"``: counts, one row per study; ``"arms"``: counts, one row per study and treatment; ``"ratio"``:
            a printed ratio with its interval, one row per study.
        frame: its columns as in the file, indexed by line (the header is line 1); counts ``int64``, ratios and their
            limits ``float64``, further columns ``float64`` where every filled cell is a number, else text.
        data_version: hash of the file.
        origin: where it was read.
    """

    layout: Layout
    frame: pd.DataFrame
    data_version: DataVersion
    origin: str

    def two_by_two(self, control: str | None = None) -> TwoByTwo:
        """The counts as treated against comparator; several active arms of a study are summed.

        Args:
            control: the comparator. By default the one treatment that is called one (placebo, usual care ...; see
                :data:`tmsmeta.tables.controls.CONTROL_NAMES`), or else the only one that all studies share.

        Raises:
            InvalidInputError: the comparator cannot be told, or is not in the table; a table of ratios has no counts.
        """
        import pandas as pd

        self._need_counts()
        if self.layout == "2x2":
            nothing = pd.DataFrame(columns=["study", "reason"])
            return TwoByTwo(frame=self.frame.reset_index(drop=True), control="comparator", left_out=nothing)
        return _against(self.frame, _control(self.frame, control))

    def arms(self) -> pd.DataFrame:
        """The counts as study, treatment, events, n.

        A 2x2 table gives its treatments in columns ``treatment_t`` and ``treatment_c``, or else ``"treated"`` and
        ``"comparator"``.

        Raises:
            InvalidInputError: a table of ratios has no counts.
        """
        import pandas as pd

        self._need_counts()
        if self.layout == "arms":
            return self.frame[list(LAYOUTS["arms"])].reset_index(drop=True)
        halves = []
        for suffix, name in (("t", "treated"), ("c", "comparator")):
            half = self.frame[["study", f"events_{suffix}", f"n_{suffix}"]].set_axis(["study", "events", "n"], axis=1)
            column = f"treatment_{suffix}"
            half.insert(1, "treatment", self.frame.get(column, name))
            halves.append(half)
        return pd.concat(halves).sort_index(kind="stable").reset_index(drop=True)

    def _need_counts(self) -> None:
        if self.layout == "ratio":
            message = "holds ratios; this needs counts, in columns events and n."
            raise InvalidInputError(Issue(None, "table", self.origin, message))


def read_table(path: str | Path) -> StudyTable:
    """Read and check a CSV of counts or ratios.

    Its header is ``study,events_t,n_t,events_c,n_c``, or ``study,treatment,events,n``, or
    ``study,ratio,ci_low,ci_high``; further columns may follow.

    Raises:
        EvidenceError: the file is not there, or has faults; all of them with row, column, value and what is allowed.
        OutputError: the system refuses to read it.
    """
    place = Path(path)
    if not place.is_file():
        raise EvidenceError(_not_a_file(path), "The table cannot be read")
    data = file_bytes(place)
    text = parse_csv(place.name, data)
    if issues := table_issues(text):
        raise EvidenceError(issues, f"{place.name} has faults")
    layout = layout_of(text.columns)
    frame = _typed(text, layout)
    return StudyTable(layout=layout, frame=frame, data_version=DataVersion.of({place.name: data}), origin=str(path))


def _not_a_file(path: str | Path) -> Issue:
    return Issue(None, WHOLE_FILE, None, "is not a file; give a CSV file that can be read.", str(path))


def layout_of(columns: Sequence[str]) -> Layout:
    """The layout that shares most columns with the header; of several, ``arms`` first."""
    shared = {layout: len(set(LAYOUTS[layout]) & set(columns)) for layout in _BY_PREFERENCE}
    return max(_BY_PREFERENCE, key=lambda layout: shared[layout])


def table_issues(text: CsvText) -> list[Issue]:
    """Every fault of a table that has been parsed."""
    layout = layout_of(text.columns)
    missing = [name for name in LAYOUTS[layout] if name not in text.columns]
    issues = [*text.issues, *(_missing(text, layout, name) for name in missing)]
    if len(set(text.columns)) < len(text.columns) or "" in text.columns:
        return issues
    frame = text_table(text)
    rules = [_rule(name) for name in LAYOUTS[layout] if name in frame]
    alone = [name for name in LAYOUTS[layout] if name in _TEXT_COLUMNS and name in frame]
    issues += cell_issues(text.file, frame, rules, together=alone, strict=False)
    issues += _ratio_issues(text) if layout == "ratio" else _count_issues(text, layout)
    if not issues and not text.rows:
        issues.append(Issue(None, WHOLE_FILE, None, "has a header but no rows.", text.file))
    return sorted(issues, key=lambda issue: issue.row if isinstance(issue.row, int) else 0)


def _missing(text: CsvText, layout: Layout, name: str) -> Issue:
    column = near(name, text.columns, cutoff=0.5)
    hint = f" Is `{column}` meant?" if column else ""
    layouts = " or ".join(", ".join(names) for names in LAYOUTS.values())
    message = f"is missing; the header must name {', '.join(LAYOUTS[layout])}.{hint} (A table has {layouts}.)"
    return Issue(1, name, None, message, text.file)


def _rule(name: str) -> ColumnRule:
    kind: Kind = "text" if name in _TEXT_COLUMNS else "positive" if name in _RATIO_COLUMNS else "count"
    return ColumnRule(table="", column=name, kind=kind, unit="", presence="yes", allowed="", meaning="")


def _count_issues(text: CsvText, layout: Layout) -> Iterator[Issue]:
    for line, record in text.records():
        for events, n in _PAIRS[layout]:
            yield from at_most(events, n)(text.file, line, record)
            yield from from_one(n)(text.file, line, record)


def _ratio_issues(text: CsvText) -> Iterator[Issue]:
    """Ratios outside their interval."""
    for line, record in text.records():
        for smaller, larger in (("ci_low", "ratio"), ("ratio", "ci_high")):
            low, high = (_float(record.get(name, "")) for name in (smaller, larger))
            if low is not None and high is not None and low > high:
                message = f"must be at most `{larger}`, which is {record[larger]}."
                yield Issue(line, smaller, record[smaller], message, text.file)


def _float(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _typed(text: CsvText, layout: Layout) -> pd.DataFrame:
    import pandas as pd

    cells = text_table(text)
    columns: dict[str, pd.Series] = {}
    for name in cells.columns:
        column = cells[name]
        if layout == "ratio" and name in _RATIO_COLUMNS:
            columns[name] = column.astype("float64")
        elif name in LAYOUTS[layout] and name not in _TEXT_COLUMNS:
            columns[name] = column.astype("float64").astype("int64")
        else:
            columns[name] = column if name in _TEXT_COLUMNS else _number_or_text(column)
    return pd.DataFrame(columns, index=cells.index)


def _number_or_text(column: pd.Series) -> pd.Series:
    import pandas as pd

    numbers = pd.to_numeric(column.where(column != "", None), errors="coerce").astype("float64")
    return numbers if (numbers.notna() | (column == "")).all() and numbers.notna().any() else column


def _control(frame: pd.DataFrame, control: str | None) -> str:
    treatments = sorted(set(frame["treatment"]))
    if control is not None:
        if control not in treatments:
            message = f"must be one of the treatments {', '.join(treatments)}."
            raise InvalidInputError(Issue(None, "control", control, message))
        return control
    studies = frame.groupby("treatment")["study"].nunique()
    everywhere = [str(name) for name in studies.index[studies == frame["study"].nunique()]]
    named = [name for name in treatments if is_control_name(name)]
    for candidates in (named, everywhere):
        if len(candidates) == 1:
            return candidates[0]
    message = f"must be stated, as it cannot be told which of {', '.join(treatments)} is the comparator."
    raise InvalidInputError(Issue(None, "control", None, message))


def _against(frame: pd.DataFrame, control: str) -> TwoByTwo:
    import pandas as pd

    kept, out = [], []
    for study, rows in frame.groupby("study", sort=False):
        is_control = rows["treatment"] == control
        treated, comparator = rows[~is_control], rows[is_control]
        if treated.empty or comparator.empty:
            out.append({"study": study, "reason": f"no {control} arm" if comparator.empty else "no active arm"})
            continue
        counts = {"events_t": treated["events"].sum(), "n_t": treated["n"].sum()}
        counts |= {"events_c": comparator["events"].sum(), "n_c": comparator["n"].sum()}
        kept.append({"study": study, **{name: int(value) for name, value in counts.items()}})
    left_out = pd.DataFrame(out, columns=["study", "reason"])
    return TwoByTwo(frame=pd.DataFrame(kept, columns=list(LAYOUTS["2x2"])), control=control, left_out=left_out)
