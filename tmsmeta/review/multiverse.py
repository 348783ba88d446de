"""The multiverse of a review: every combination of its selections and of the choices of a pooling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from tmsmeta.effects.base import EffectSizes
from tmsmeta.review.evidence import Evidence, check_is_evidence
from tmsmeta.review.folder import load_evidence
from tmsmeta.review.selecting.apply import select
from tmsmeta.review.selecting.effects import effects_of
from tmsmeta.review.selecting.result import SelectedTrials
from tmsmeta.robustness.sensitivity.multiverse import Levels, Multiverse, multiverse
from tmsmeta.words.arguments import answerable

__all__ = ["effects_of", "evidence_multiverse"]


@answerable
def evidence_multiverse(
    evidence: Evidence | None = None,
    *,
    outcomes: Sequence[str] = (),
    tiers: Mapping[str, tuple[str, ...]] | None = None,
    populations: Mapping[str, tuple[str, ...] | None] | None = None,
    zero_cells: Sequence[str] = ("only0", "all", "none"),
    measures: Sequence[str] = ("RR", "OR"),
    tau2: Sequence[str] = ("DL", "REML", "PM"),
    ci: Sequence[str] = ("z", "hksj"),
    level: float = 0.95,
) -> Multiverse:
    """Active treatment against control under every combination of choices.

    Args:
        evidence: the shipped evidence by default.
        outcomes: by default the first of the review.
        tiers: label of each choice of verification tiers, with the tiers; by default those that the protocol's
            selections name. With ``D``, printed ratios join on their own measure.
        populations: label of each choice of population groups, with the groups (None for all); by default
            the main groups, and those of the protocol's selections that hold all of them.
        zero_cells: rules for zero cells, see :func:`tmsmeta.effects.binary`.
        measures: ``RR OR RD AS PETO``. Ratios can be compared with each other, the others stand apart.
        tau2: estimators of the between-study variance.
        ci: interval methods.
        level: confidence level.

    Returns:
        One row per combination, with its choices, its pooled effect, or why there is none.

    Raises:
        InvalidInputError: something else than evidence, or a factor without levels.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> evidence = tm.read_evidence("my_evidence")
        >>> result = tm.evidence_multiverse(evidence, zero_cells=["only0"], measures=["RR"], tau2=["DL", "REML"])
        >>> len(result.table), [f"{estimate:.2f}" for estimate in result.table["estimate"][:2]]
        (4, ['0.43', '0.43'])
    """
    source = load_evidence() if evidence is None else evidence
    check_is_evidence(source)

    @cache
    def chosen(outcome: str, tier: tuple[str, ...], groups: tuple[str, ...] | None, measure: str) -> SelectedTrials:
        return select(source, source.selection(outcome, tiers=tier, populations=groups, measure=measure))

    def build(
        outcome: str, tiers: tuple[str, ...], population: tuple[str, ...] | None, zero_cells: str, measure: str
    ) -> EffectSizes:
        return effects_of(chosen(outcome, tiers, population, measure), measure, zero_cells)

    factors: dict[str, Levels] = {
        "outcome": outcomes or source.outcome_names[:1],
        "tiers": tiers or tier_levels(source),
        "population": populations or population_levels(source),
        "zero_cells": zero_cells,
        "measure": measures,
    }
    return multiverse(build, factors, tau2=tau2, ci=ci, level=level, main=_main(source, factors, tau2, ci))


def _main(evidence: Evidence, factors: Mapping[str, Levels], tau2: Sequence[str], ci: Sequence[str]) -> dict[str, str]:
    """The main analysis of the protocol among the combinations; empty where it is none of them."""
    spec = evidence.protocol.pooling_spec()
    wanted = {
        "outcome": next(iter(factors["outcome"])),
        "tiers": evidence.main_tiers,
        "population": evidence.main_populations,
        "zero_cells": evidence.protocol.pooling.zero_cells,
        "measure": evidence.protocol.pooling.measure,
    }
    found: dict[str, str] = {}
    for name, levels in factors.items():
        labelled = levels if isinstance(levels, Mapping) else {str(level): level for level in levels}
        found.update((name, label) for label, level in labelled.items() if level == wanted[name])
    found |= {"tau2 estimator": spec.tau2} if spec.tau2 in tau2 else {}
    found |= {"interval": spec.ci} if spec.ci in ci else {}
    return found if len(found) == len(factors) + 2 else {}


def tier_levels(evidence: Evidence) -> dict[str, tuple[str, ...]]:
    """The sets of tiers that the selections of the protocol name, with the main one, by name of the selection."""
    protocol = evidence.protocol
    named = {name: given["tiers"] for name, given in protocol.selections.items() if "tiers" in given}
    return {protocol.main_selection: evidence.main_tiers} | {n: t for n, t in named.items() if isinstance(t, tuple)}


def population_levels(evidence: Evidence) -> dict[str, tuple[str, ...] | None]:
    """The main population groups, and the sets of groups of the protocol's selections that hold all of them."""
    main = evidence.main_populations
    named = {name: given.get("populations") for name, given in evidence.protocol.selections.items()}
    wider = {n: g for n, g in named.items() if isinstance(g, tuple) and main is not None and set(g) > set(main)}
    return {"main groups": main} | wider
