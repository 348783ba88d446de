"""Arms (study, treatment and counts, means or rates) to comparisons with their exact covariance.

A multi-arm trial contributes every pair of its arms; that they share arms is kept through the variances of the
single arms, which add up to those of the differences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.measures import MEASURES
from tmsmeta.errors import Issue, check_option
from tmsmeta.networks.input.arm_table import (
    ArmKind,
    ArmTable,
    Columns,
    faults_where,
    labelled,
    pair_indices,
    read_arms,
)
from tmsmeta.networks.input.from_labels import LabelledTrials
from tmsmeta.networks.input.independent_contrasts import Floats, Integers, sums
from tmsmeta.networks.input.mean_arms import MEANS, mean_trials
from tmsmeta.networks.spec import ARM_MEASURES, MEAN_MEASURES, RATE_MEASURES, ZeroRule

_RATE_OF_ARM = {"IRR": "IRLN", "IRD": "IR"}


def trials_from_arms(
    arms: Any,
    *,
    measure: str,
    zero: ZeroRule | None = None,
    duplicate_arms: str = "error",
    missing: str = "refuse",
) -> LabelledTrials:
    """Comparisons of all arms of each trial.

    Args:
        arms: table (DataFrame, mapping of columns, record array or list of mappings) with ``study`` and ``treatment``,
            one row per arm, and ``events`` and ``n``, or ``mean``, ``sd`` and ``n``, or ``events`` and ``time``.
        measure: of counts ``OR``, ``RR`` (log scale), ``RD`` or ``AS``; of means ``MD``, ``SMD`` or ``ROM``; of rates
            ``IRR`` (log scale) or ``IRD``.
        zero: the rule for arms without events.
        duplicate_arms: ``error``, or ``merge`` to put arms of one trial with the same treatment together.
        missing: ``refuse`` rows with a missing value, or ``drop`` them.

    Raises:
        InvalidInputError: every fault of the table: missing columns or values, numbers that cannot be, an arm given
            twice.
        UnknownOptionError: an option outside its list.
    """
    check_option("measure", measure, (*ARM_MEASURES, *MEAN_MEASURES, *RATE_MEASURES))
    if measure in MEAN_MEASURES:
        return mean_trials(read_arms(arms, MEANS, duplicate_arms=duplicate_arms, missing=missing), measure)
    rule = zero or ZeroRule()
    kind = COUNTS if measure in ARM_MEASURES else RATES
    table = read_arms(arms, kind, duplicate_arms=duplicate_arms, missing=missing)
    corrected = _corrected(table, measure, rule)
    with np.errstate(divide="ignore", invalid="ignore"):
        effect, variance = _arm_effects(measure, table, corrected, rule)
    reasons = _unusable(table, measure, variance)
    keep = np.ones(len(table.studies), dtype=bool)
    keep[list(reasons)] = False
    trials = int(keep[np.unique(table.of[corrected])].sum()) if corrected.any() else 0
    first, second = pair_indices(table.of, keep)
    return labelled(
        table,
        (first, second),
        effect[first] - effect[second],
        variance[first] + variance[second],
        reasons,
        (rule.sentence(trials),) if trials else (),
    )


def _count_faults(columns: Columns, rows: Integers) -> list[Issue]:
    events, n = columns["events"], columns["n"]
    part, part_of_n = events % 1, n % 1
    if ((events >= 0) & (part == 0) & (n >= 1) & (part_of_n == 0) & (events <= n)).all():
        return []
    return [
        *faults_where(rows, events < 0, "events", events, "must not be negative."),
        *faults_where(rows, np.isfinite(events) & (part != 0), "events", events, "must be a whole number."),
        *faults_where(rows, n <= 0, "n", n, "must be at least 1."),
        *faults_where(rows, np.isfinite(n) & (part_of_n != 0), "n", n, "must be a whole number."),
        *faults_where(rows, (events > n) & (n > 0), "events", events, "must not exceed `n`."),
    ]


def _rate_faults(columns: Columns, rows: Integers) -> list[Issue]:
    events, time = columns["events"], columns["time"]
    return [
        *faults_where(rows, events < 0, "events", events, "must not be negative."),
        *faults_where(rows, np.isfinite(events) & (events % 1 != 0), "events", events, "must be a whole number."),
        *faults_where(rows, time <= 0, "time", time, "must be above 0."),
    ]


def _added_up(columns: Columns, to: Integers) -> Columns:
    return {name: sums(to, values) for name, values in columns.items()}


COUNTS = ArmKind(("events", "n"), _count_faults, _added_up)
"""Events of n in each arm."""
RATES = ArmKind(("events", "time"), _rate_faults, _added_up)
"""Events in the person-time of each arm."""


def _corrected(table: ArmTable, measure: str, rule: ZeroRule) -> NDArray[np.bool_]:
    """Which arms receive the correction."""
    if MEASURES[measure].defined_at_zero or rule.apply == "none":
        return np.zeros(len(table.of), dtype=bool)
    if rule.apply == "all":
        return np.ones(len(table.of), dtype=bool)
    touched: NDArray[np.bool_] = sums(table.of, _none(table) | _only(table))[table.of] > 0
    return touched


def _none(table: ArmTable) -> NDArray[np.bool_]:
    """Arms without an event."""
    return np.asarray(table.columns["events"] == 0)


def _only(table: ArmTable) -> NDArray[np.bool_]:
    """Arms with nothing but events; person-time has no such thing."""
    return np.asarray(table.columns["events"] == table.columns.get("n", np.inf))


def arm_formula(measure: str) -> Callable[[Floats, Floats], tuple[Floats, Floats]]:
    """Effect and variance of one arm from its events and n, for a measure of :data:`ARM_MEASURES`."""
    formula = MEASURES[measure].arm_formula
    assert formula is not None
    return formula


def _arm_effects(measure: str, table: ArmTable, corrected: NDArray[np.bool_], rule: ZeroRule) -> tuple[Floats, Floats]:
    """Effect and variance of each arm, whose differences are the effects between arms."""
    add = np.where(corrected, rule.add, 0.0)
    events = table.columns["events"]
    if measure in RATE_MEASURES:
        formula = MEASURES[_RATE_OF_ARM[measure]].formula
        assert formula is not None
        return formula(events + add, table.columns["time"])
    a, n = events + add, table.columns["n"] + 2 * add
    if measure == "RR" and rule.convention == "netmeta":
        n = table.columns["n"] + add
    effect, variance = arm_formula(measure)(a, n)
    if measure == "RD" and rule.convention == "netmeta":
        effect = events / table.columns["n"]
    return effect, variance


def _unusable(table: ArmTable, measure: str, variance: Floats) -> Mapping[int, str]:
    """Reason for each trial (index) that cannot enter."""
    reasons: dict[int, str] = {}
    size = len(table.studies)
    arms = np.bincount(table.of, minlength=size)
    if MEASURES[measure].is_ratio:
        for count, what in ((_none(table), "no event"), (_only(table), "nothing but events")):
            for s in np.flatnonzero(sums(table.of, count, size) == arms).tolist() if count.any() else ():
                reasons[s] = f"{what} in any arm, which tells nothing about a ratio"
    if (variance > 0).all() and np.isfinite(variance).all():
        return reasons
    for s in np.flatnonzero(sums(table.of, ~np.isfinite(variance)) > 0).tolist():
        reasons.setdefault(s, "an arm with no event or only events, and the zero rule adds nothing")
    for s in np.flatnonzero(sums(table.of, variance == 0) > 1).tolist():
        reasons.setdefault(s, "two arms in which the variance is zero; the convention of metafor keeps it")
    return reasons
