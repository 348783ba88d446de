"""From the columns of a table to the canonical ones: arms stacked, counts from percentages, SD from SE."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from tmsmeta.errors import Issue
from tmsmeta.tables.arms_of_differences import comparisons
from tmsmeta.tables.controls import is_control_name
from tmsmeta.tables.effect_columns import Scale, effect_columns
from tmsmeta.tables.grid import Cells
from tmsmeta.tables.missing import missing_cells
from tmsmeta.tables.numerals import Numbers, numbers
from tmsmeta.tables.other_columns import better_columns
from tmsmeta.tables.printed_percent import is_plain, printed_range
from tmsmeta.tables.recipes import Role, name_of
from tmsmeta.tables.recognise import NAMES, Fit
from tmsmeta.tables.shapes import COLUMNS, Shape
from tmsmeta.tables.stated_measure import stated_measure
from tmsmeta.tables.study_labels import Rows, StudyLabels, study_labels
from tmsmeta.tables.totals import total_rows
from tmsmeta.words.names import counted, listed

if TYPE_CHECKING:
    import pandas as pd

_LARGEST = 1e9
"""More people than any study has; larger counts are slips of the pen, and from 2**63 no whole numbers of 64 bits."""

WHOLE = frozenset({"events", "nonevents", "n"})
"""Quantities that count something."""


@dataclass(kw_only=True)
class Derived:
    """A table on its way: its numbers by role, and all that is found on the way.

    Attributes:
        cells: the table as text.
        fit: which column gives which role.
        shape: what it becomes.
        frame: one column per role, then the canonical columns; indexed by line.
        issues: faults.
        warnings: what looks wrong, beside :mod:`tables.plausible`.
        notes: what was done that a reader of the result must know.
        left_out: rows left out: row, study, reason.
        said: what was done that is not in the header.
        labels: the labels of the studies and the columns they are from.
        read: columns of counts that were read without a fault when totals were looked for; no row was left out since.
        measure, log, level: what is known of the effects; see :class:`tmsmeta.tables.data_table.DataTable`.
    """

    cells: Cells
    fit: Fit
    shape: Shape
    frame: pd.DataFrame
    issues: list[Issue] = field(default_factory=list)
    warnings: list[Issue] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: list[tuple[int, str, str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    measure: str | None = None
    log: bool | None = None
    level: float = 0.95
    labels: StudyLabels | None = None
    read: Mapping[Role, Numbers] = field(default_factory=dict)

    def spelled(self, role: str) -> str:
        """The column that gives a role, as it is spelled."""
        wanted = "estimate" if role == "ratio" else role
        return next((column for r, column in self.fit.columns.items() if name_of(r) == wanted), role)

    def fault(self, role: str, bad: pd.Series, message: str) -> None:
        """Record a fault for every row where `bad` holds."""
        column = self.spelled(role)
        cells = self.cells.frame.get(column)
        for line in bad.index[bad.to_numpy()].tolist():
            found = cells.at[line] if cells is not None else None
            self.issues.append(Issue(int(line), column, found, message, self.cells.name))


def derived(cells: Cells, fit: Fit, *, missing: str, totals: str, scale: Scale | None, level: float) -> Derived:
    """The canonical columns of a table whose columns are recognised."""
    made = Derived(cells=cells, fit=fit, shape=fit.recipe.shape, frame=cells.frame.iloc[:, :0], level=level)
    if totals == "leave out" and ("study", "") in fit.columns:
        _leave_totals_out(made)
    _fill_labels(made)
    _label(made)
    made.frame = _stacked(made) if fit.recipe.wide else _by_role(made, list(fit.columns))
    if "study" not in made.frame and made.labels is not None:
        made.frame = made.frame.assign(study=made.labels.labels.loc[made.frame.index].to_numpy())
    if fit.recipe.by_difference:
        _compare(made)
    _blanks(made, missing)
    made.frame = made.frame.replace(math.inf, np.nan)
    for suffix in _suffixes(made):
        _counts(made, suffix)
        _deviations(made, suffix)
    if "estimate" in made.frame or "observed_less_expected" in made.frame:
        effect_columns(made, scale)
    if made.measure is None and (stated := stated_measure(made.cells, made.shape, made.log)):
        made.measure, column = stated
        made.said.append(f"measure {made.measure} by `{column}`")
    return made


def _leave_totals_out(made: Derived) -> None:
    """Take the rows away that sum up others."""
    import pandas as pd

    frame, by_study = made.cells.frame, ("treatment", "") not in made.fit.columns
    counted = {role: frame[column] for role, column in made.fit.columns.items() if role[0] in WHOLE and by_study}
    read = {role: numbers(column, whole=True) for role, column in counted.items()}
    values = {name_of(role): found.values for role, found in read.items()}
    labels = frame[made.fit.columns["study", ""]]
    totals = total_rows(labels, pd.DataFrame(values, index=frame.index))
    made.left_out += [(line, str(labels.at[line]), reason) for line, reason in totals.items()]
    if totals:
        made.cells = replace(made.cells, frame=frame.drop(index=list(totals)))
    else:
        made.read = {role: found for role, found in read.items() if not found.unread}


def _fill_labels(made: Derived) -> None:
    """Give arms without the label of a study that of the arm above, as merged cells leave them blank.

    Where a label stands in several rows the cells were not merged, and a blank one is a gap.
    """
    study, treatment = (made.fit.columns.get((role, ""), "") for role in ("study", "treatment"))
    frame = made.cells.frame
    if not (study and treatment and len(frame)):
        return
    blank = missing_cells(frame[study])
    if not blank.any() or blank.iloc[0] or missing_cells(frame.loc[blank, treatment]).any():
        return
    if frame.loc[~blank, study].duplicated().any():
        return
    filled = frame.assign(**{study: frame[study].mask(blank).ffill()})
    if not filled.duplicated([study, treatment]).any():
        made.cells = replace(made.cells, frame=filled)
        made.said.append(f"blank cells of `{study}` filled from the row above")


def _label(made: Derived) -> None:
    """Give each row the label of its study, from more than one column where one alone repeats; else a number."""
    import pandas as pd

    frame, columns = made.cells.frame, set(made.fit.columns)
    rows: Rows = "one"
    if ("treatment", "") in columns and ("treatment", "2") not in columns:
        rows = "arms"
    elif made.fit.recipe.shape == "contrasts" or (made.fit.recipe.wide and _repeats(frame, made.fit.names.all)):
        rows = "pairs"
    made.labels = study_labels(frame, made.fit.names, rows)
    if made.labels is None:
        numbered = pd.Series([f"study {i}" for i in range(1, len(frame) + 1)], index=frame.index, dtype=str)
        made.labels = StudyLabels(labels=numbered, columns=())
        made.said.append("no column names the studies")


def _repeats(frame: pd.DataFrame, studies: Sequence[str]) -> bool:
    return bool(studies) and all(frame[column].duplicated().any() for column in studies)


def _compare(made: Derived) -> None:
    """Differences from the first arm as comparisons."""
    made.frame, issues = comparisons(made.frame, made.cells.name)
    made.issues += issues
    made.said.append("the arm without a difference is the baseline of its study")


def _by_role(made: Derived, roles: Sequence[Role]) -> pd.DataFrame:
    """The columns of these roles, numbers as such."""
    import pandas as pd

    columns: dict[str, pd.Series] = {}
    for role in roles:
        cells = made.cells.frame[made.fit.columns[role]]
        if role == ("study", "") and made.labels is not None:
            columns["study"] = made.labels.labels
            continue
        if role[0] in NAMES:
            columns[name_of(role)] = cells.where(~missing_cells(cells), "")
            continue
        read = made.read.get(role) or numbers(cells, whole=role[0] in WHOLE, marked=True, file=made.cells.name)
        columns[name_of(role)] = read.values
        if read.unread:
            made.issues += [_of_count(issue) if role[0] in WHOLE else issue for issue in read.issues]
            unread = cells.index.isin([line for line, _, _ in read.unread])  # faults already, so not called blank
            columns[name_of(role)] = read.values.mask(unread, math.inf)
        if role[0] in WHOLE:
            huge = read.values.abs() > _LARGEST
            message = f"must be a whole number of people or events, at most {_LARGEST:.0e}."
            made.fault(name_of(role), huge, message)
            columns[name_of(role)] = columns[name_of(role)].mask(huge, math.inf)
        made.said += read.said
    return pd.DataFrame(columns, index=made.cells.frame.index)


def _of_count(issue: Issue) -> Issue:
    """The fault of a cell that is no number, in a column of counts."""
    plain = issue.message.startswith("must be a number with a decimal point")
    return replace(issue, message="must be a whole number, 0 or more.") if plain else issue


def _stacked(made: Derived) -> pd.DataFrame:
    """A row for each numbered arm that is filled in, arms of a row together."""
    import pandas as pd

    plain = [role for role in made.fit.columns if not role[1].isdigit()]
    arms = sorted({arm for _, arm in made.fit.columns if arm.isdigit()}, key=int)
    shared, parts = _by_role(made, plain), []
    for arm in arms:
        part = _by_role(made, [role for role in made.fit.columns if role[1] == arm])
        part.columns = [column.removesuffix(arm) for column in part.columns]
        empty = part.isna() | (part == "")
        parts.append(pd.concat([shared, part], axis=1)[~empty.all(axis=1)])
    stacked = pd.concat(parts).sort_index(kind="stable")
    if "study" in stacked and stacked["study"].nunique() < len(made.cells.frame):
        stacked = stacked[~stacked.duplicated()]  # pairs of a trial with several arms repeat its arms
    return stacked


def _blanks(made: Derived, missing: str) -> None:
    """Refuse or leave out rows in which something needed is blank."""
    needed = [name for name in made.frame.columns if name not in ("n1", "n2", "treatment_t", "treatment_c")]
    blank = made.frame[needed].isna() | (made.frame[needed] == "")
    if missing == "refuse":
        for name in needed:
            made.fault(name, blank[name], "must be filled in; missing='drop' leaves such rows out.")
        made.issues = [
            Issue(i.row, i.column, None, i.message, i.file) if i.message.startswith("must be filled in") else i
            for i in made.issues
        ]
        return
    for line, row in blank[blank.any(axis=1)].iterrows():
        gone = [f"`{made.spelled(str(name))}`" for name in needed if row[name]]
        study = str(made.frame.at[line, "study"]) if "study" in made.frame and not made.fit.recipe.wide else ""
        made.left_out.append((int(str(line)), study, f"{listed(gone)} {'is' if len(gone) == 1 else 'are'} missing"))
    made.frame = made.frame[~blank.any(axis=1)]


def _suffixes(made: Derived) -> tuple[str, ...]:
    return ("_t", "_c") if any(str(name).endswith("_t") and name != "treatment_t" for name in made.frame) else ("",)


def _counts(made: Derived, suffix: str) -> None:
    """Events and n, from events and non-events, or from n and a percentage that only one count prints."""
    frame, columns = made.frame, set(made.frame.columns)
    events, n, rest = f"events{suffix}", f"n{suffix}", f"nonevents{suffix}"
    if rest in columns:
        made.fault(rest, frame[rest] < 0, "must be 0 or more.")
        if n not in columns:
            made.frame = frame.assign(**{n: frame[events] + frame[rest]})
            made.said.append(f"{n} = `{made.spelled(events)}` + `{made.spelled(rest)}`")
        else:
            made.frame = frame.assign(**{events: frame[n] - frame[rest]})
            made.said.append(f"{events} = `{made.spelled(n)}` - `{made.spelled(rest)}`")
    for quantity, whole in (("percent", 100), ("proportion", 1)):
        if f"{quantity}{suffix}" in columns:
            _from_percent(made, f"{quantity}{suffix}", events, n, whole)


def _from_percent(made: Derived, share: str, events: str, n: str, whole: int) -> None:
    """Events from a percentage or proportion of n, where only one count prints it."""
    column, frame = made.spelled(share), made.frame
    if column in made.cells.frame:
        texts = made.cells.frame[column].loc[frame.index].tolist()
    else:  # numbered arms, stacked
        texts = [f"{value:.15g}" for value in frame[share]]
    printed = [text.rstrip("% ") for text in texts]
    plain = [is_plain(text) and value <= whole for text, value in zip(printed, frame[share], strict=True)]
    known = [all(row) for row in frame[[share, n]].notna().to_numpy()]
    decimals = _dropped_decimals([text for text, good in zip(printed, plain, strict=True) if good])
    counts, padded = [math.nan] * len(frame), False
    for place, (line, size) in enumerate(frame[n].items()):
        if not known[place]:
            continue
        fitting = _fitting(printed[place], int(size), whole) if plain[place] else range(0)
        if len(fitting) > 1 and decimals:
            fuller = _fitting(_with_decimals(printed[place], decimals), int(size), whole)
            fitting, padded = (fuller, True) if len(fuller) == 1 else (fitting, padded)
        if len(fitting) == 1:
            counts[place] = float(fitting[0])
            continue
        which = f"{listed([str(count) for count in fitting][:4])} all print" if len(fitting) else "no count prints"
        message = f"must tell the events exactly, but {which} it among {int(size)}; give the events."
        if not plain[place]:
            message = f"must be a plain number from 0 to {whole}."
        made.issues.append(Issue(int(str(line)), column, texts[place], message, made.cells.name))
    made.frame = frame.assign(**{events: counts})
    made.said.append(f"{events} from `{column}` and `{made.spelled(n)}`")
    if padded:
        many = counted(decimals, "decimal")
        made.said.append(f"`{column}` taken to have {many} throughout, as programs drop zeros at the end")


def _fitting(printed: str, size: int, whole: int) -> range:
    """The counts of `size` that print this share of `whole`."""
    low, high = printed_range(printed)
    return range(max(0, math.ceil(low * size / whole)), math.floor(high * size / whole) + 1)


def _dropped_decimals(cells: Sequence[str]) -> int:
    """The most decimals in a column, where no cell shows that zeros at the end were kept; else 0."""
    tails = [cell.partition(".")[2] for cell in cells]
    return 0 if any(tail.endswith("0") for tail in tails) else max(map(len, tails), default=0)


def _with_decimals(printed: str, decimals: int) -> str:
    before, _, after = printed.partition(".")
    return f"{before}.{after:0<{decimals}}"


def _deviations(made: Derived, suffix: str) -> None:
    """Standard deviations from standard errors of means, or from variances."""
    if f"mean{suffix}" not in made.frame:
        return
    frame, sd, se, variance = made.frame, f"sd{suffix}", f"se{suffix}", f"variance{suffix}"
    if sd not in frame and se in frame:
        made.frame = frame.assign(**{sd: frame[se] * np.sqrt(frame[f"n{suffix}"])})
        made.said.append(f"{sd} = `{made.spelled(se)}` times the square root of `{made.spelled(f'n{suffix}')}`")
    elif sd not in frame:
        made.fault(variance, frame[variance] < 0, "must be 0 or more.")
        made.frame = frame.assign(**{sd: np.sqrt(frame[variance].clip(lower=0))})
        made.said.append(f"{sd} = square root of `{made.spelled(variance)}`")


def row_faults(made: Derived) -> None:
    """Faults of the canonical columns, row by row."""
    frame = made.frame
    for name in (c for c in COLUMNS[made.shape] if c in frame):
        quantity = name.partition("_")[0]
        if quantity in ("events", "n"):
            made.fault(name, (frame[name] < 0) | (frame[name] % 1 > 0), "must be a whole number, 0 or more.")
        if quantity == "n":
            made.fault(name, frame[name] == 0, "must be at least 1.")
        if quantity == "sd":
            made.fault(name, frame[name] < 0, "must be 0 or more.")
        if quantity in ("time", "se", "ratio") or name in ("ci_low", "ci_high"):
            made.fault(name, frame[name] <= 0, "must be a number above 0, with a decimal point.")
    for suffix in ("", "_t", "_c"):
        if {f"events{suffix}", f"n{suffix}"} <= set(frame.columns):
            _more_than_all(made, suffix)
    if {"treatment_t", "treatment_c"} <= set(frame.columns):
        names = frame[["treatment_t", "treatment_c"]].map(is_control_name)
        message = "is named as a comparator, but stands as the treated arm; turn this row round."
        made.fault("treatment_t", names["treatment_t"] & ~names["treatment_c"], message)
    if made.shape == "ratio":
        for smaller, larger in (("ci_low", "ratio"), ("ratio", "ci_high")):
            above = (frame[smaller] > frame[larger]) & (frame[larger] > 0)
            made.fault(smaller, above, f"must be at most `{made.spelled(larger)}`.")
        equal = (frame["ci_low"] == frame["ci_high"]) & (frame["ci_low"] > 0)
        made.fault("ci_high", equal, f"must be above `{made.spelled('ci_low')}`.")


def _more_than_all(made: Derived, suffix: str) -> None:
    """Faults of rows with more events than people; where other columns fit all rows, one fault that names these."""
    frame, events, n = made.frame, f"events{suffix}", f"n{suffix}"
    above = frame.loc[frame[events] > frame[n], n]
    hint = better_columns(made.cells, made.fit, frame.index, suffix.strip("_")) if len(above) else ""
    places = frame.index.to_series()
    if hint:
        first, rows = above.index[0], f"in {len(above)} of {len(frame)} rows"
        message = f"must be at most `{made.spelled(n)}`, which is {above.iloc[0]:g} here, but is more {rows}; {hint}."
        made.fault(events, places == first, message)
        return
    for size in above.unique():
        bad = (frame[events] > frame[n]) & (frame[n] == size)
        made.fault(events, bad, f"must be at most `{made.spelled(n)}`, which is {size:g}.")
