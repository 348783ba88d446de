"""Arms of trials, one row each, checked and sorted by trial."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.pairing import table_of
from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.networks.input.cells import kept_rows, numbers, required, same_length
from tmsmeta.networks.input.data import Exclusion
from tmsmeta.networks.input.from_labels import LabelledTrials
from tmsmeta.networks.input.independent_contrasts import Floats, Integers
from tmsmeta.networks.input.labels import one_spelling, text_labels
from tmsmeta.networks.spec import DUPLICATES
from tmsmeta.words.names import alike, counted

Columns = dict[str, Floats]
Faults = Callable[[Columns, Integers], list[Issue]]
Merge = Callable[[Columns, Integers], Columns]


@dataclass(frozen=True, eq=False)
class ArmTable:
    """Arms sorted by trial.

    Attributes:
        studies: labels of the trials.
        of: trial of each arm, as an index, shape (a,).
        treatment: label of each arm.
        columns: numbers of each arm by name, each of shape (a,).
        excluded: trials left out, with the reason.
        notes: what was done to the rows, as sentences.
    """

    studies: list[str]
    of: Integers
    treatment: list[str]
    columns: Columns
    excluded: tuple[Exclusion, ...] = ()
    notes: tuple[str, ...] = ()

    def of_study(self, study: int) -> tuple[str, ...]:
        """The treatments of a trial."""
        return tuple(self.treatment[a] for a in np.flatnonzero(self.of == study).tolist())


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
    cells = {c: table[c].tolist() for c in wanted}
    same_length(cells)
    issues: list[Issue] = []
    keep, dropped = kept_rows(cells, missing, issues)
    rows = np.flatnonzero(keep) + 1
    everyone = text_labels(cells["study"])
    if dropped:
        cells = {
            c: [cell for cell, kept in zip(column, keep.tolist(), strict=True) if kept] for c, column in cells.items()
        }
    study = [everyone[row - 1] for row in rows.tolist()]
    (treatment,), notes = one_spelling([text_labels(cells["treatment"])])
    columns = {c: numbers(c, cells[c], issues, rows.tolist()) for c in kind.columns}
    issues += kind.faults(columns, rows)
    lookup: dict[str, int] = {}
    of = np.array([lookup.setdefault(s, len(lookup)) for s in study], dtype=np.intp)
    if duplicate_arms == "error":
        issues += _duplicate_faults(study, treatment, rows)
    if issues:
        raise InvalidInputError(issues)
    notes += [f"Row {row + 1} ({everyone[row]}) was left out: {why}." for row, why in dropped.items()]
    if duplicate_arms == "merge":
        of, treatment, columns, merged = _merged(list(lookup), of, treatment, columns, kind.merge)
        notes += merged
    lost = dict.fromkeys(everyone[row] for row in dropped if everyone[row] and everyone[row] not in lookup)
    excluded = [Exclusion(name, "every row of it lacks a value") for name in lost]
    return _comparable(list(lookup), of, treatment, columns, excluded, notes)


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


def _merged(
    studies: list[str], of: Integers, treatment: list[str], columns: Columns, merge: Merge
) -> tuple[Integers, list[str], Columns, list[str]]:
    """Arms of one trial with the same treatment put together, and a sentence for each."""
    lookup: dict[tuple[int, str], int] = {}
    to = np.array(
        [lookup.setdefault(key, len(lookup)) for key in zip(of.tolist(), treatment, strict=True)], dtype=np.intp
    )
    keys, times = list(lookup), np.bincount(to)
    notes = [
        f"{studies[keys[a][0]]}: {counted(int(times[a]), 'arm')} of {keys[a][1]} were added up."
        for a in np.flatnonzero(times > 1).tolist()
    ]
    return np.array([s for s, _ in keys], dtype=np.intp), [t for _, t in keys], merge(columns, to), notes


def _comparable(
    studies: Sequence[str],
    of: Integers,
    treatment: list[str],
    columns: Columns,
    excluded: list[Exclusion],
    notes: list[str],
) -> ArmTable:
    """The trials with at least two treatments, sorted; the others are left out, which is said."""
    arms = np.bincount(of, minlength=len(studies))
    names = _by_trial(of, treatment, len(studies))
    single = np.flatnonzero(arms == 1).tolist()
    spelled: dict[str, list[str]] = {}
    for name in studies if single else ():
        spelled.setdefault(alike(name), []).append(name)
    for s in single:
        same = [name for name in spelled[alike(studies[s])] if name != studies[s]]
        hint = f"; if it is the trial {same[0]!r}, spell it the same" if same else ""
        reason = f"has one treatment only ({names[s][0]}), which compares nothing{hint}"
        excluded.append(Exclusion(studies[s], reason, tuple(names[s])))
    keep = arms > 1
    order = np.argsort(of, kind="stable")
    order = order[keep[of[order]]]
    position = np.cumsum(keep) - 1
    return ArmTable(
        studies=[name for s, name in enumerate(studies) if keep[s]],
        of=position[of[order]],
        treatment=[treatment[a] for a in order.tolist()],
        columns={name: values[order] for name, values in columns.items()},
        excluded=tuple(excluded),
        notes=tuple(notes),
    )


def _by_trial(of: Integers, treatment: list[str], size: int) -> list[list[str]]:
    found: list[list[str]] = [[] for _ in range(size)]
    for s, t in zip(of.tolist(), treatment, strict=True):
        found[s].append(t)
    return found


def pair_indices(of: Integers, keep: NDArray[np.bool_]) -> tuple[Integers, Integers]:
    """Arm indices of every pair within each kept trial; arms stand sorted by trial."""
    size = np.bincount(of, minlength=len(keep))
    start = np.cumsum(size) - size
    first, second = [np.zeros(0, dtype=np.intp)], [np.zeros(0, dtype=np.intp)]
    for p in sorted(Counter(size[keep].tolist())):
        at = start[keep & (size == p)]
        upper = np.triu_indices(p, 1)
        first.append((at[:, None] + upper[0]).ravel())
        second.append((at[:, None] + upper[1]).ravel())
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
) -> LabelledTrials:
    """Trials with their labels.

    Args:
        table: the arms.
        pairs: both arms of each comparison, as indices.
        y, variance: of the comparisons.
        reasons: why a trial (index) is left out.
        notes: what was done, beside what `table` says.
    """
    first, second = pairs
    keep = np.array([s not in reasons for s in table.of.tolist()], dtype=bool)
    unknown = np.full(len(table.of), np.nan)
    return LabelledTrials(
        study=[table.studies[s] for s in table.of[first].tolist()],
        treat1=[table.treatment[a] for a in first.tolist()],
        treat2=[table.treatment[a] for a in second.tolist()],
        y=y,
        variance=variance,
        arm_study=[table.studies[s] for s in table.of[keep].tolist()],
        arm_treatment=[t for t, kept in zip(table.treatment, keep.tolist(), strict=True) if kept],
        arm_events=table.columns.get("events", unknown)[keep],
        arm_n=table.columns.get("n", unknown)[keep],
        excluded=(
            *table.excluded,
            *(Exclusion(table.studies[s], reason, table.of_study(s)) for s, reason in sorted(reasons.items())),
        ),
        notes=(*table.notes, *notes),
    )
