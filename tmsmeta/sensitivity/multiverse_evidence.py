"""The multiverse of the shipped evidence, or of evidence in the same form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from tmsmeta.effects.base import EffectSizes
from tmsmeta.effects.generic import printed_ratio
from tmsmeta.effects.two_arm import binary
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.evidence import Evidence, SelectedTrials, Selection, load_evidence, select
from tmsmeta.evidence.selection import MAIN_POPULATIONS, MAIN_TIERS, SENSITIVITY_POPULATIONS
from tmsmeta.sensitivity.multiverse import Levels, Multiverse, multiverse

_TIERS: Mapping[str, tuple[str, ...]] = {"A": ("A",), "A to C": MAIN_TIERS, "A to D": (*MAIN_TIERS, "D")}
_POPULATIONS: Mapping[str, tuple[str, ...]] = {
    "main groups": MAIN_POPULATIONS,
    "with bipolar, mixed and first-episode": (*MAIN_POPULATIONS, *SENSITIVITY_POPULATIONS),
}


def evidence_multiverse(
    evidence: Evidence | None = None,
    *,
    outcomes: Sequence[str] = ("remission",),
    tiers: Mapping[str, tuple[str, ...]] = _TIERS,
    populations: Mapping[str, tuple[str, ...] | None] = _POPULATIONS,
    zero_cells: Sequence[str] = ("only0", "all", "none"),
    measures: Sequence[str] = ("RR", "OR"),
    tau2: Sequence[str] = ("DL", "REML", "PM"),
    ci: Sequence[str] = ("z", "hksj"),
    level: float = 0.95,
) -> Multiverse:
    """Active treatment against control under every combination of choices.

    Args:
        evidence: the shipped evidence by default.
        outcomes: such as ``remission`` and ``response``.
        tiers: label of each choice of verification tiers, with the tiers. With ``D``, printed ratios join on their own
            measure.
        populations: label of each choice of population groups, with the groups (None for all).
        zero_cells: rules for zero cells, see :func:`tmsmeta.effects.binary`.
        measures: ``RR OR RD AS PETO``. Ratios can be compared with each other, the others stand apart.
        tau2: estimators of the between-study variance.
        ci: interval methods.
        level: confidence level.

    Raises:
        InvalidInputError: a factor without levels.
        UnknownOptionError: an option outside its list.
    """
    source = load_evidence() if evidence is None else evidence

    @cache
    def chosen(outcome: str, tier: tuple[str, ...], groups: tuple[str, ...] | None, measure: str) -> SelectedTrials:
        return select(source, Selection(outcome=outcome, tiers=tier, populations=groups, measure=measure))

    def build(
        outcome: str, tiers: tuple[str, ...], population: tuple[str, ...] | None, zero_cells: str, measure: str
    ) -> EffectSizes:
        return effects_of(chosen(outcome, tiers, population, measure), measure, zero_cells)

    factors: dict[str, Levels] = {
        "outcome": outcomes,
        "tiers": tiers,
        "population": populations,
        "zero_cells": zero_cells,
        "measure": measures,
    }
    return multiverse(build, factors, tau2=tau2, ci=ci, level=level)


def effects_of(selected: SelectedTrials, measure: str, zero_cells: str = "only0") -> EffectSizes:
    """The effects of a selection: trials known by counts, then those known by a printed ratio on `measure`.

    Raises:
        InvalidInputError: if the selection holds no trial.
    """
    counts, ratios = selected.trials, selected.contrasts
    parts = []
    if len(counts):
        columns = [counts[name].to_numpy(dtype=float) for name in ("events_t", "n_t", "events_c", "n_c")]
        fractions = any((column % 1).any() for column in columns)
        parts.append(
            binary(
                measure,
                *columns,
                study=counts["study"].to_numpy(dtype=str),
                zero_cells=zero_cells,  # type: ignore[arg-type]
                allow_fractional=fractions,
            )
        )
    if len(ratios):
        printed = [ratios[name].to_numpy(dtype=float) for name in ("estimate", "ci_low", "ci_high")]
        parts.append(printed_ratio(measure, *printed, study=ratios["study"].to_numpy(dtype=str)))
    if not parts:
        raise InvalidInputError(Issue(None, "selection", None, "holds no trial with usable numbers."))
    if len(parts) == 1:
        return parts[0]
    return EffectSizes(
        measure=measure,
        yi=np.concatenate([part.yi for part in parts]),
        vi=np.concatenate([part.vi for part in parts]),
        study=np.concatenate([part.study for part in parts]),
        corrections=parts[0].corrections,
        not_estimable=parts[0].not_estimable,
    )
