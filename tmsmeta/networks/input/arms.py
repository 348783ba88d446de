"""Arms (study, treatment, events, n) to comparisons with their exact covariance.

A multi-arm trial contributes every pair of its arms; that they share arms is kept through the variances of the
single arms, which add up to those of the differences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.measures import MEASURES
from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.networks.input.data import Exclusion
from tmsmeta.networks.input.from_labels import LabelledTrials, numbers, same_length, text_labels
from tmsmeta.networks.input.independent_contrasts import Floats, Integers, sums
from tmsmeta.networks.spec import ARM_MEASURES, DUPLICATES, ZeroRule

ARM_COLUMNS = ("study", "treatment", "events", "n")


@dataclass(frozen=True, eq=False)
class ArmTable:
    """Arms sorted by trial.

    Attributes:
        studies: labels of the trials.
        of: trial of each arm, as an index, shape (a,).
        treatment: label of each arm.
        events, n: counts of each arm, shape (a,).
    """

    studies: list[str]
    of: Integers
    treatment: list[str]
    events: Floats
    n: Floats


def trials_from_arms(
    arms: Any, *, measure: str, zero: ZeroRule | None = None, duplicate_arms: str = "error"
) -> LabelledTrials:
    """Comparisons of all arms of each trial.

    Args:
        arms: table (DataFrame or mapping of columns) with ``study``, ``treatment``, ``events`` and ``n``, one row
            per arm.
        measure: ``OR``, ``RR`` (log scale), ``RD`` or ``AS``.
        zero: the rule for zero cells.
        duplicate_arms: ``error``, or ``merge`` to add up arms of one trial with the same treatment.

    Raises:
        InvalidInputError: every fault of the table: missing columns or values, counts that cannot be, an arm given
            twice, a trial with one arm.
        UnknownOptionError: an option outside its list.
    """
    check_option("measure", measure, ARM_MEASURES)
    rule = zero or ZeroRule()
    table = read_arms(arms, duplicate_arms)
    corrected = _corrected(table, measure, rule)
    with np.errstate(divide="ignore", invalid="ignore"):
        effect, variance = _arm_effects(measure, table, corrected, rule)
    reasons = _unusable(table, measure, variance)
    keep = np.array([s not in reasons for s in range(len(table.studies))], dtype=bool)
    first, second = _pair_indices(table.of, keep)
    arm_keep = keep[table.of]
    trials = int(keep[np.unique(table.of[corrected])].sum())
    return LabelledTrials(
        study=[table.studies[s] for s in table.of[first].tolist()],
        treat1=[table.treatment[a] for a in first.tolist()],
        treat2=[table.treatment[a] for a in second.tolist()],
        y=effect[first] - effect[second],
        variance=variance[first] + variance[second],
        arm_study=[table.studies[s] for s in table.of[arm_keep].tolist()],
        arm_treatment=[t for t, kept in zip(table.treatment, arm_keep.tolist(), strict=True) if kept],
        arm_events=table.events[arm_keep],
        arm_n=table.n[arm_keep],
        excluded=tuple(Exclusion(table.studies[s], reason) for s, reason in sorted(reasons.items())),
        notes=(rule.sentence(trials),) if trials else (),
    )


def read_arms(arms: Any, duplicate_arms: str) -> ArmTable:
    """Check a table of arms and sort it by trial; arguments and errors as in :func:`trials_from_arms`."""
    check_option("duplicate_arms", duplicate_arms, DUPLICATES)
    missing = [c for c in ARM_COLUMNS if c not in arms]
    if missing:
        raise InvalidInputError([Issue(None, c, None, "is a column that the arms need.") for c in missing])
    same_length({c: arms[c] for c in ARM_COLUMNS})
    issues: list[Issue] = []
    study = text_labels("study", arms["study"], issues)
    treatment = text_labels("treatment", arms["treatment"], issues)
    events, n = numbers("events", arms["events"], issues), numbers("n", arms["n"], issues)
    issues += _count_faults(events, n)
    lookup: dict[str, int] = {}
    of = np.array([lookup.setdefault(s, len(lookup)) for s in study], dtype=np.intp)
    if duplicate_arms == "merge":
        of, treatment, events, n = _merged(of, treatment, events, n)
    else:
        issues += _duplicate_faults(study, treatment)
    issues += _single_arm_faults(list(lookup), of, treatment)
    if issues:
        raise InvalidInputError(issues)
    order = np.argsort(of, kind="stable")
    return ArmTable(list(lookup), of[order], [treatment[a] for a in order.tolist()], events[order], n[order])


def _count_faults(events: Floats, n: Floats) -> list[Issue]:
    faults: list[tuple[NDArray[np.bool_], str, Floats, str]] = [
        (events < 0, "events", events, "must not be negative."),
        (np.isfinite(events) & (events % 1 != 0), "events", events, "must be a whole number."),
        (n <= 0, "n", n, "must be at least 1."),
        (np.isfinite(n) & (n % 1 != 0), "n", n, "must be a whole number."),
        ((events > n) & (n > 0), "events", events, "must not exceed `n`."),
    ]
    return [
        Issue(row + 1, column, float(values[row]), message)
        for bad, column, values, message in faults
        for row in np.flatnonzero(bad).tolist()
    ]


def _duplicate_faults(study: list[str], treatment: list[str]) -> list[Issue]:
    seen: dict[tuple[str, str], int] = {}
    issues = []
    for row, key in enumerate(zip(study, treatment, strict=True), start=1):
        if key in seen:
            message = f"is the second arm of {key[0]} with this treatment (the first is row {seen[key]}); "
            issues.append(Issue(row, "treatment", key[1], message + "merge the arms or name them apart."))
        seen.setdefault(key, row)
    return issues


def _single_arm_faults(studies: list[str], of: Integers, treatment: list[str]) -> list[Issue]:
    kinds: list[set[str]] = [set() for _ in studies]
    for s, t in zip(of.tolist(), treatment, strict=True):
        kinds[s].add(t)
    message = "has one treatment only; a trial needs two to compare. Leave it out or add its other arm."
    return [Issue(studies[s], "treatment", next(iter(kind)), message) for s, kind in enumerate(kinds) if len(kind) == 1]


def _merged(
    of: Integers, treatment: list[str], events: Floats, n: Floats
) -> tuple[Integers, list[str], Floats, Floats]:
    lookup: dict[tuple[int, str], int] = {}
    to = np.array(
        [lookup.setdefault(key, len(lookup)) for key in zip(of.tolist(), treatment, strict=True)], dtype=np.intp
    )
    keys = list(lookup)
    return (
        np.array([s for s, _ in keys], dtype=np.intp),
        [t for _, t in keys],
        sums(to, events),
        sums(to, n),
    )


def _corrected(table: ArmTable, measure: str, rule: ZeroRule) -> NDArray[np.bool_]:
    """Which arms receive the correction."""
    if MEASURES[measure].defined_at_zero or rule.apply == "none":
        return np.zeros(len(table.n), dtype=bool)
    if rule.apply == "all":
        return np.ones(len(table.n), dtype=bool)
    extreme = (table.events == 0) | (table.events == table.n)
    touched: NDArray[np.bool_] = sums(table.of, extreme)[table.of] > 0
    return touched


def arm_formula(measure: str) -> Callable[[Floats, Floats], tuple[Floats, Floats]]:
    """Effect and variance of one arm from its events and n, for a measure of :data:`ARM_MEASURES`."""
    formula = MEASURES[measure].arm_formula
    assert formula is not None
    return formula


def _arm_effects(measure: str, table: ArmTable, corrected: NDArray[np.bool_], rule: ZeroRule) -> tuple[Floats, Floats]:
    """Effect and variance of each arm, whose differences are the effects between arms."""
    add = np.where(corrected, rule.add, 0.0)
    a, n = table.events + add, table.n + 2 * add
    if measure == "RR" and rule.convention == "netmeta":
        n = table.n + add
    effect, variance = arm_formula(measure)(a, n)
    if measure == "RD" and rule.convention == "netmeta":
        effect = table.events / table.n
    return effect, variance


def _unusable(table: ArmTable, measure: str, variance: Floats) -> Mapping[int, str]:
    """Reason for each trial (index) that cannot enter."""
    reasons: dict[int, str] = {}
    arms = np.bincount(table.of)
    if MEASURES[measure].is_ratio:
        for count, what in ((table.events == 0, "no event"), (table.events == table.n, "nothing but events")):
            for s in np.flatnonzero(sums(table.of, count) == arms).tolist():
                reasons[s] = f"{what} in any arm, which tells nothing about a ratio"
    impossible = ~np.isfinite(variance)
    for s in np.flatnonzero(sums(table.of, impossible) > 0).tolist():
        reasons.setdefault(s, "an arm with no event or only events, and the zero rule adds nothing")
    for s in np.flatnonzero(sums(table.of, variance == 0) > 1).tolist():
        reasons.setdefault(s, "two arms in which the variance is zero; the convention of metafor keeps it")
    return reasons


def _pair_indices(of: Integers, keep: NDArray[np.bool_]) -> tuple[Integers, Integers]:
    """Arm indices of every pair within each kept trial; arms stand sorted by trial."""
    size = np.bincount(of, minlength=len(keep))
    start = np.concatenate([[0], np.cumsum(size)[:-1]])
    first, second = [np.zeros(0, dtype=np.intp)], [np.zeros(0, dtype=np.intp)]
    for p in sorted(Counter(size[keep].tolist())):
        at = start[keep & (size == p)]
        upper = np.triu_indices(p, 1)
        first.append((at[:, None] + upper[0]).ravel())
        second.append((at[:, None] + upper[1]).ravel())
    return np.concatenate(first), np.concatenate(second)
