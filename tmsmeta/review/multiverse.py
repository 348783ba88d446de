"""The multiverse of the shipped evidence, or of evidence in the same form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from tmsmeta.effects.base import EffectSizes
from tmsmeta.review import Evidence, SelectedTrials, Selection, load_evidence
from tmsmeta.review.selecting.apply import select
from tmsmeta.review.selecting.effects import effects_of
from tmsmeta.review.selecting.spec import MAIN_POPULATIONS, MAIN_TIERS, SENSITIVITY_POPULATIONS
from tmsmeta.robustness.sensitivity.multiverse import Levels, Multiverse, multiverse

__all__ = ["effects_of", "evidence_multiverse"]

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
