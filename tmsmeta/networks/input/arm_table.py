"""Arms of trials, one row each, checked and sorted by trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.pairing import table_of
from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.networks.input.cells import blank, kept_rows, numbers, required, same_length
from tmsmeta.networks.input.data import Exclusion
from tmsmeta.networks.input.from_labels import LabelledTrials
from tmsmeta.networks.input.independent_contrasts import Floats, Integers, pairs_of
from tmsmeta.networks.input.labels import coded, one_spelling, text_labels
from tmsmeta.networks.spec import DUPLICATES
from tmsmeta.words.names import alike, counted

if TYPE_CHECKING:
    import pandas as pd

Columns = dict[str, Floats]
Faults = Callable[[Columns, Integers], list[Issue]]
Merge = Callable[[Columns, Integers], Columns]


@dataclass(frozen=True, eq=False)
class ArmTable:
    """Arms sorted by trial.

    Attributes:
        studies: labels of the trials.
        of: trial of each arm, as an index, shape (a,).
        treatments: labels of the treatments.
        treatment: treatment of each arm, as an index, shape (a,).
        columns: numbers of each arm by name, each of shape (a,).
        excluded: trials left out, with the reason.
        notes: what was done to the rows, as sentences.
    """

    studies: list[str]
    of: Integers
    treatments: list[str]
    treatment: Integers
    columns: Columns
    excluded: tuple[Exclusion, ...] = ()
    notes: tuple[str, ...] = ()

    def of_study(self, study: int) -> tuple[str, ...]:
        """The treatments of a trial."""
        return tuple(self.treatments[t] for t in self.treatment[self.of == study].tolist())


@dataclass(frozen=True)
class ArmKind:
    """What the rows of arms hold.

    Attributes:
        columns: names of the columns of numbers.
        faults: what is wrong with them, from the columns and the row of each arm.
        merge: columns of arms put together, from the columns and the new arm of each row.
    """

    columns: tuple[str, ...]
    faults: Faults
    merge: Merge


def read_arms(arms: Any, kind: ArmKind, *, duplicate_arms: str, missing: str) -> ArmTable:
    """Check a table of arms and sort it by trial.

    Args:
        arms: DataFrame, mapping of columns, record array or list of mappings, with ``study``, ``treatment`` and the
            columns of `kind`.
        kind: what the rows hold.
        duplicate_arms: ``error``, or ``merge`` to put arms of one trial with the same treatment together.
        missing: ``refuse``, or ``drop`` rows with a missing value.

    Raises:
        InvalidInputError: every fault of the table: missing columns or values, numbers that cannot be, an arm given
            twice.
        UnknownOptionError: an option outside its list.
    """
    check_option("duplicate_arms", duplicate_arms, DUPLICATES)
    wanted = ("study", "treatment", *kind.columns)
    table = required("arms", table_of("arms", arms), wanted)
    study, treatment = text_labels(table["study"]), text_labels(table["treatment"])
    cells = {c: _cells(table[c]) for c in kind.columns}
    same_length({"study": study, "treatment": treatment, **cells})
    issues: list[Issue] = []
    unnamed = {"study": _unnamed(study), "treatment": _unnamed(treatment)}
    keep, dropped = kept_rows(unnamed | {c: blank(values) for c, values in cells.items()}, missing, issues)
    rows, everyone = np.flatnonzero(keep) + 1, study
    if dropped:
        study, treatment = (list(compress(labels, keep.tolist())) for labels in (study, treatment))
        cells = {c: values[keep] for c, values in cells.items()}
    columns = {c: numbers(c, values, issues, rows) for c, values in cells.items()}
    issues += kind.faults(columns, rows)
    studies, of = coded(study)
    treatments, arm, notes = _one_spelling(treatment)
    codes = (of * len(treatments) + arm).tolist()  # one number for each trial and treatment
    if duplicate_arms == "error" and len(set(codes)) < len(codes):
        issues += _duplicate_faults(study, [treatments[t] for t in arm.tolist()], rows)
    if issues:
        raise InvalidInputError(issues)
    notes += [f"Row {row + 1} ({everyone[row]}) was left out: {why}." for row, why in dropped.items()]
    if duplicate_arms == "merge":
        kept, to = coded(codes)
        of, arm = (code.astype(np.intp) for code in np.divmod(kept, len(treatments)))
        columns = kind.merge(columns, to)
        notes += _merged(studies, of, treatments, arm, to)
    known = {"", *studies}
    lost = dict.fromkeys(everyone[row] for row in dropped if everyone[row] not in known)
    excluded = [Exclusion(name, "every row of it lacks a value") for name in lost]
    return _comparable(ArmTable(studies, of, treatments, arm, columns, tuple(excluded), tuple(notes)))


def _cells(column: pd.Series) -> NDArray[Any]:
    """The cells of a column: numbers as an array of them, anything else one by one."""
    cells = column.to_numpy()
    return cells if cells.dtype.kind in "fiub" else column.to_numpy(dtype=object)


def _unnamed(labels: list[str]) -> NDArray[np.bool_]:
    return np.array([not label for label in labels]) if "" in labels else np.zeros(len(labels), dtype=bool)


def _one_spelling(treatment: list[str]) -> tuple[list[str], Integers, list[str]]:
    """The treatments, that of each arm as an index, and a sentence for each that had several spellings."""
    spelled, arm = coded(treatment)
    to, notes = one_spelling(dict(zip(spelled, np.bincount(arm).tolist(), strict=True)))
    if not to:
        return spelled, arm, []
    treatments, place = coded([to.get(label, label) for label in spelled])
    return treatments, place[arm], notes


def _duplicate_faults(study: list[str], treatment: list[str], rows: NDArray[np.intp]) -> list[Issue]:
    seen: dict[tuple[str, str], int] = {}
    issues = []
    for row, key in zip(rows.tolist(), zip(study, treatment, strict=True), strict=True):
        if key in seen:
            message = f"is the second arm of {key[0]} with this treatment (the first is row {seen[key]}); "
            issues.append(
                Issue(
                    row,
                    "treatment",
                    key[1],
                    message + "merge them (duplicate_arms='merge', --merge-arms) or name them apart.",
                )
            )
        seen.setdefault(key, row)
    return issues


def _merged(studies: list[str], of: Integers, treatments: list[str], arm: Integers, to: Integers) -> list[str]:
    """A sentence for each arm that was put together; `to` is the new arm of each row."""
    times = np.bincount(to)
    return [
        f"{studies[of[a]]}: {counted(int(times[a]), 'arm')} of {treatments[arm[a]]} were added up."
        for a in np.flatnonzero(times > 1).tolist()
    ]


def _comparable(table: ArmTable) -> ArmTable:
    """The trials with at least two treatments, sorted; the others are left out, which is said."""
    keep = np.bincount(table.of, minlength=len(table.studies)) > 1
    single = np.flatnonzero(~keep).tolist()
    excluded = list(table.excluded)
    spelled: dict[str, list[str]] = {}
    for name in table.studies if single else ():
        spelled.setdefault(alike(name), []).append(name)
    for s in single:
        name, treatments = table.studies[s], table.of_study(s)
        same = [other for other in spelled[alike(name)] if other != name]
        hint = f"; if it is the trial {same[0]!r}, spell it the same" if same else ""
        reason = f"has one treatment only ({treatments[0]}), which compares nothing{hint}"
        excluded.append(Exclusion(name, reason, treatments))
    order = np.argsort(table.of, kind="stable")
    order = order[keep[table.of[order]]]
    return replace(
        table,
        studies=list(compress(table.studies, keep.tolist())),
        of=(np.cumsum(keep) - 1)[table.of[order]],
        treatment=table.treatment[order],
        columns={name: values[order] for name, values in table.columns.items()},
        excluded=tuple(excluded),
    )


def pair_indices(of: Integers, keep: NDArray[np.bool_]) -> tuple[Integers, Integers]:
    """Arm indices of every pair within each kept trial; arms stand sorted by trial."""
    size = np.bincount(of, minlength=len(keep))
    start = np.cumsum(size) - size
    first, second = [np.zeros(0, dtype=np.intp)], [np.zeros(0, dtype=np.intp)]
    for p in sorted(set(size[keep].tolist())):
        at = start[keep & (size == p)][:, None]
        i, j = pairs_of(p)
        first.append((at + i).ravel())
        second.append((at + j).ravel())
    return np.concatenate(first), np.concatenate(second)


def faults_where(rows: Integers, bad: NDArray[np.bool_], column: str, values: Floats, message: str) -> list[Issue]:
    """A fault for each arm in which `bad` holds, with its row."""
    return [Issue(int(rows[a]), column, float(values[a]), message) for a in np.flatnonzero(bad).tolist()]


def labelled(
    table: ArmTable,
    pairs: tuple[Integers, Integers],
    y: Floats,
    variance: Floats,
    reasons: Mapping[int, str],
    notes: tuple[str, ...] = (),
    *,
    independent: bool = True,
) -> LabelledTrials:
    """Trials with their labels.

    Args:
        table: the arms.
        pairs: both arms of each comparison, as indices.
        y, variance: of the comparisons.
        reasons: why a trial (index) is left out.
        notes: what was done, beside what `table` says.
        independent: whether variances are sums of those of the arms.
    """
    first, second = pairs
    keep = ~np.isin(table.of, list(reasons)) if reasons else slice(None)
    unknown = np.full(len(table.of), np.nan)
    return LabelledTrials(
        studies=table.studies,
        treatments=table.treatments,
        study=table.of[first],
        treat1=table.treatment[first],
        treat2=table.treatment[second],
        y=y,
        variance=variance,
        arm_study=table.of[keep],
        arm_treatment=table.treatment[keep],
        arm_events=table.columns.get("events", unknown)[keep],
        arm_n=table.columns.get("n", unknown)[keep],
        excluded=(
            *table.excluded,
            *(Exclusion(table.studies[s], reason, table.of_study(s)) for s, reason in sorted(reasons.items())),
        ),
        notes=(*table.notes, *notes),
        independent=independent,
    )
