"""Labels to indices: the step between tables as people write them and :class:`NetworkData`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tmsmeta.effects.checks import is_missing
from tmsmeta.errors import DisconnectedNetworkError, InvalidInputError, Issue
from tmsmeta.networks.input.data import Arms, Exclusion, NetworkData
from tmsmeta.networks.input.independent_contrasts import Floats, Integers, Pairs
from tmsmeta.networks.input.multi_arm import negative_arms
from tmsmeta.networks.spec import check_better


@dataclass(frozen=True, eq=False, kw_only=True)
class LabelledTrials:
    """Trials from one source, with labels: comparisons, arms, and what was left out or changed on the way.

    Attributes:
        study, treat1, treat2: labels of each comparison, each of length m.
        y, variance: estimate of treat1 against treat2 and its variance, shape (m,).
        arm_study, arm_treatment: labels of each arm.
        arm_events, arm_n: counts of each arm, NaN where unknown.
        excluded: trials left out.
        notes: sentences on what was done to the data.
    """

    study: Sequence[str]
    treat1: Sequence[str]
    treat2: Sequence[str]
    y: Floats
    variance: Floats
    arm_study: Sequence[str]
    arm_treatment: Sequence[str]
    arm_events: Floats
    arm_n: Floats
    excluded: tuple[Exclusion, ...] = ()
    notes: tuple[str, ...] = field(default=())


def text_labels(column: str, values: Iterable[Any], issues: list[Issue]) -> list[str]:
    """The labels as text without blanks around them; records missing and empty ones."""
    given = values.tolist() if hasattr(values, "tolist") else values
    labels = [value.strip() if type(value) is str else _text(value) for value in given]
    if "" in labels:
        message = "must not be missing or empty."
        issues += [Issue(row, column, None, message) for row, label in enumerate(labels, start=1) if not label]
    return labels


def _text(value: Any) -> str:
    if is_missing(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def numbers(column: str, values: Any, issues: list[Issue]) -> Floats:
    """The values as floats, shape (m,); records each that is no finite number."""
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.array([_number(v) for v in values])
    finite = np.isfinite(array)
    if not finite.all():
        given, message = list(values), "must be a finite number."
        issues += [Issue(row + 1, column, given[row], message) for row in np.flatnonzero(~finite).tolist()]
    return array


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.nan


def same_length(columns: dict[str, Sequence[Any] | Floats]) -> None:
    """Raise :class:`InvalidInputError` unless all columns have one length, of at least 1."""
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} {n}" for name, n in lengths.items())
        raise InvalidInputError(Issue(None, " ".join(lengths), found, "must all have the same length."))
    if not next(iter(lengths.values())):
        raise InvalidInputError(Issue(None, " ".join(lengths), None, "must hold at least one trial."))


def assemble(
    parts: Sequence[LabelledTrials],
    *,
    measure: str,
    reference: str,
    better: str | None,
    **made: Any,
) -> NetworkData:
    """One network from the trials of all `parts`; `made` are further fields of :class:`NetworkData`.

    Raises:
        InvalidInputError: no direction stated, no trial left, an unknown reference, a trial that stands in two parts.
        UnknownOptionError: `better` outside its list.
    """
    direction = check_better(better)
    _no_trial_twice(parts)
    excluded = tuple(e for p in parts for e in p.excluded)
    labels = [*(t for p in parts for t in p.arm_treatment)]
    if not labels:
        heading = "No trial is left for the network"
        raise InvalidInputError([Issue(e.study, "study", None, e.reason) for e in excluded], heading)
    treatments = tuple(sorted(set(labels), key=lambda label: (label.casefold(), label)))
    if reference not in treatments:
        allowed = ", ".join(repr(t) for t in treatments)
        raise InvalidInputError(Issue(None, "reference", reference, f"must be one of the treatments: {allowed}."))
    studies = tuple(dict.fromkeys(s for p in parts for s in p.arm_study))
    of_study, of_treatment = {s: k for k, s in enumerate(studies)}, {t: k for k, t in enumerate(treatments)}

    def index(lookup: dict[str, int], columns: Iterable[Sequence[str]]) -> Integers:
        return np.array([lookup[label] for column in columns for label in column], dtype=np.intp)

    i = index(of_treatment, (p.treat1 for p in parts))
    j = index(of_treatment, (p.treat2 for p in parts))
    y = np.concatenate([p.y for p in parts])
    swap = i > j
    pairs = Pairs(
        study=index(of_study, (p.study for p in parts)),
        i=np.where(swap, j, i),
        j=np.where(swap, i, j),
        y=np.where(swap, -y, y),
        variance=np.concatenate([p.variance for p in parts]),
    )
    arm_study = index(of_study, (p.arm_study for p in parts))
    notes = [note for p in parts for note in p.notes]
    return NetworkData(
        treatments=treatments,
        studies=studies,
        measure=measure,
        reference=reference,
        better=direction,
        pairs=pairs,
        arms=Arms(
            study=arm_study,
            treatment=index(of_treatment, (p.arm_treatment for p in parts)),
            events=np.concatenate([p.arm_events for p in parts]),
            n=np.concatenate([p.arm_n for p in parts]),
        ),
        excluded=excluded,
        notes=(*notes, *negative_arms(pairs, np.bincount(arm_study), studies, treatments)),
        **made,
    )


def _no_trial_twice(parts: Sequence[LabelledTrials]) -> None:
    if len(parts) < 2:
        return
    seen: set[str] = set()
    issues: list[Issue] = []
    for part in parts:
        here = {*part.arm_study, *(e.study for e in part.excluded)}
        message = "stands among the arms and among the contrasts; a trial may enter once only."
        issues += [Issue(study, "study", None, message) for study in sorted(seen & here)]
        seen |= here
    if issues:
        raise InvalidInputError(issues)


def check_connected(data: NetworkData) -> None:
    """Raise :class:`DisconnectedNetworkError`, naming the parts, unless trials link all treatments."""
    if len(data.parts) > 1:
        raise DisconnectedNetworkError(data.parts)
