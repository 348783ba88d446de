"""Labels to indices: the step between tables as people write them and :class:`NetworkData`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tmsmeta.errors import DisconnectedNetworkError, InvalidInputError, Issue
from tmsmeta.networks.input.data import Arms, Exclusion, NetworkData
from tmsmeta.networks.input.independent_contrasts import Floats, Integers, Pairs
from tmsmeta.networks.input.labels import find, one_spelling, sort_key, the_treatment
from tmsmeta.networks.input.multi_arm import negative_arms
from tmsmeta.networks.spec import check_better
from tmsmeta.words.names import listed


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


def assemble(
    parts: Sequence[LabelledTrials],
    *,
    measure: str,
    reference: object,
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
    parts, respelled = _one_spelling(parts)
    excluded = tuple(e for p in parts for e in p.excluded)
    labels = [*(t for p in parts for t in p.arm_treatment)]
    if not labels:
        heading = "No trial is left for the network"
        raise InvalidInputError([Issue(e.study, "study", None, e.reason) for e in excluded], heading)
    treatments = tuple(sorted(set(labels), key=sort_key))
    base = _reference(reference, treatments, excluded)
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
        reference=base,
        better=direction,
        pairs=pairs,
        arms=Arms(
            study=arm_study,
            treatment=index(of_treatment, (p.arm_treatment for p in parts)),
            events=np.concatenate([p.arm_events for p in parts]),
            n=np.concatenate([p.arm_n for p in parts]),
        ),
        excluded=excluded,
        notes=(
            *notes,
            *respelled,
            *_lost(treatments, excluded),
            *negative_arms(pairs, np.bincount(arm_study), studies, treatments),
        ),
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


def _one_spelling(parts: Sequence[LabelledTrials]) -> tuple[Sequence[LabelledTrials], list[str]]:
    """Several parts with one spelling of each treatment; each part has one already."""
    if len(parts) < 2:
        return parts, []
    columns = [column for p in parts for column in (p.treat1, p.treat2, p.arm_treatment)]
    spelled, notes = one_spelling(columns)
    made = [
        replace(part, treat1=spelled[3 * k], treat2=spelled[3 * k + 1], arm_treatment=spelled[3 * k + 2])
        for k, part in enumerate(parts)
    ]
    return made, notes


def _reference(reference: object, treatments: Sequence[str], excluded: Sequence[Exclusion]) -> str:
    """The treatment that is meant as reference; one that is gone with its trials is said to be."""
    try:
        return the_treatment("reference", reference, treatments)
    except InvalidInputError as error:
        gone = [e for e in excluded if find(reference, e.treatments)]
        if not gone:
            raise
        why = "; ".join(f"{e.study}: {e.reason}" for e in gone)
        message = f"{error.issues[0].message} Its only trials were left out ({why})."
        raise InvalidInputError(replace(error.issues[0], message=message)) from error


def _lost(treatments: Sequence[str], excluded: Sequence[Exclusion]) -> list[str]:
    """A sentence for every treatment that only trials left out have."""
    behind: dict[str, list[str]] = {}
    for trial in excluded:
        for name in trial.treatments:
            if find(name, treatments) is None:
                behind.setdefault(name, []).append(trial.study)
    return [
        f"{name} is not in the network: its only {'trial' if len(trials) == 1 else 'trials'}, {listed(trials)}, "
        f"{'was' if len(trials) == 1 else 'were'} left out."
        for name, trials in behind.items()
    ]


def check_connected(data: NetworkData) -> None:
    """Raise unless trials link all treatments.

    Raises:
        DisconnectedNetworkError: with the parts, and the trials that were left out and would link them.
    """
    if len(data.parts) < 2:
        return
    part = {t: k for k, group in enumerate(data.parts) for t in group}
    links = [
        f"{e.study} ({listed(e.treatments)}) would link them, but was left out: {e.reason}"
        for e in data.excluded
        if len({part[name] for t in e.treatments if (name := find(t, data.treatments)) is not None}) > 1
    ]
    raise DisconnectedNetworkError(data.parts, links)
