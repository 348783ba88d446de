"""Labels to indices: the step between tables as people write them and :class:`NetworkData`."""

from __future__ import annotations

from collections import Counter
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
        studies, treatments: labels, of which those without an arm do not count; studies in order of appearance.
        study, treat1, treat2: of each comparison, as indices of the labels, shape (m,).
        y, variance: estimate of treat1 against treat2 and its variance, shape (m,).
        arm_study, arm_treatment: of each arm, as indices of the labels, shape (a,).
        arm_events, arm_n: counts of each arm, NaN where unknown.
        excluded: trials left out.
        notes: sentences on what was done to the data.
        independent: whether variances are sums of those of single arms, none of which is then below 0.
    """

    studies: Sequence[str]
    treatments: Sequence[str]
    study: Integers
    treat1: Integers
    treat2: Integers
    y: Floats
    variance: Floats
    arm_study: Integers
    arm_treatment: Integers
    arm_events: Floats
    arm_n: Floats
    excluded: tuple[Exclusion, ...] = ()
    notes: tuple[str, ...] = field(default=())
    independent: bool = False

    def studies_with_arms(self) -> list[str]:
        """The studies that have arms, in order of appearance."""
        return [self.studies[s] for s in np.flatnonzero(np.bincount(self.arm_study)).tolist()]

    def treatments_with_arms(self) -> list[str]:
        """The treatments that have arms."""
        return [self.treatments[t] for t in np.flatnonzero(np.bincount(self.arm_treatment)).tolist()]


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
    labels = {t for p in parts for t in p.treatments_with_arms()}
    if not labels:
        heading = "No trial is left for the network"
        raise InvalidInputError([Issue(e.study, "study", None, e.reason) for e in excluded], heading)
    treatments = tuple(sorted(labels, key=sort_key))
    base = _reference(reference, treatments, excluded)
    studies = tuple(dict.fromkeys(s for p in parts for s in p.studies_with_arms()))
    of_study = _places(studies, [p.studies for p in parts])
    of_treatment = _places(treatments, [p.treatments for p in parts])

    def together(name: str, places: Sequence[Integers] = ()) -> Any:
        """A column of all parts; of labels, their places in the network."""
        columns = [getattr(p, name) for p in parts]
        return np.concatenate([at[c] for at, c in zip(places, columns, strict=True)] if places else columns)

    i, j, y = together("treat1", of_treatment), together("treat2", of_treatment), together("y")
    swap = i > j
    pairs = Pairs(
        study=together("study", of_study),
        i=np.where(swap, j, i),
        j=np.where(swap, i, j),
        y=np.where(swap, -y, y),
        variance=together("variance"),
    )
    arms = Arms(
        study=together("arm_study", of_study),
        treatment=together("arm_treatment", of_treatment),
        events=together("arm_events"),
        n=together("arm_n"),
    )
    notes = [*(note for p in parts for note in p.notes), *respelled, *_lost(treatments, excluded)]
    if not all(p.independent for p in parts):
        notes += negative_arms(pairs, np.bincount(arms.study), studies, treatments)
    return NetworkData(
        treatments=treatments,
        studies=studies,
        measure=measure,
        reference=base,
        better=direction,
        pairs=pairs,
        arms=arms,
        excluded=excluded,
        notes=tuple(notes),
        **made,
    )


def _places(labels: Sequence[str], parts: Iterable[Sequence[str]]) -> list[Integers]:
    """For each label of each part its place among `labels`; -1 for one that is not there."""
    place = {label: k for k, label in enumerate(labels)}
    return [np.array([place.get(label, -1) for label in part], dtype=np.intp) for part in parts]


def _no_trial_twice(parts: Sequence[LabelledTrials]) -> None:
    if len(parts) < 2:
        return
    seen: set[str] = set()
    issues: list[Issue] = []
    for part in parts:
        here = {*part.studies, *(e.study for e in part.excluded)}
        message = "stands among the arms and among the contrasts; a trial may enter once only."
        issues += [Issue(study, "study", None, message) for study in sorted(seen & here)]
        seen |= here
    if issues:
        raise InvalidInputError(issues)


def _one_spelling(parts: Sequence[LabelledTrials]) -> tuple[Sequence[LabelledTrials], list[str]]:
    """Several parts with one spelling of each treatment; each part has one already."""
    if len(parts) < 2:
        return parts, []
    times = Counter(
        p.treatments[t] for p in parts for column in (p.treat1, p.treat2, p.arm_treatment) for t in column.tolist()
    )
    to, notes = one_spelling(times)
    return [replace(part, treatments=[to.get(t, t) for t in part.treatments]) for part in parts], notes


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
