"""A single arm: a proportion or an incidence rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import EffectSizes, ZeroCellRule, ZeroCells, effect_sizes
from tmsmeta.effects.checks import Faults
from tmsmeta.effects.measures import MEASURES, Floats, estimates, of_family
from tmsmeta.effects.missing import Missing, study_rows
from tmsmeta.errors import check_option
from tmsmeta.words.arguments import answerable


@answerable
def proportion(
    measure: str,
    events: Any,
    n: Any,
    *,
    study: Any = None,
    zero_cells: ZeroCells = "only0",
    add: float = 0.5,
    allow_fractional: bool = False,
    missing: Missing = "refuse",
) -> EffectSizes:
    """A proportion per study, on the scale of the measure.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        measure: ``PR`` raw, ``PLN`` log, ``PLO`` logit, ``PAS`` arcsine square root, ``PFT`` Freeman-Tukey double
            arcsine.
        events, n: events and patients, shape (k,).
        study: labels, shape (k,), none of them missing.
        zero_cells, add: which studies receive `add` events and `add` non-events, as in :func:`binary`. ``PAS`` and
            ``PFT`` are defined at 0 and n, and never receive any.
        allow_fractional: accept counts that are not whole numbers.
        missing: ``refuse`` or ``drop`` rows with a missing value, as in :func:`tmsmeta.effects.binary`.

    Returns:
        One row per study, with every correction in ``corrections``.

    Raises:
        InvalidInputError: counts that are negative, fractional, not finite, above n; n = 0; lengths that differ.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> effects = tm.effects.proportion("PLO", [4, 0, 7], [40, 25, 61], study=["A", "B", "C"])
        >>> [f"{share:.3f}" for share in tm.effects.back_transform("PLO", effects.yi)]
        ['0.100', '0.019', '0.115']
        >>> [it.study for it in effects.corrections]
        ['B']

    References:
        Freeman & Tukey, Ann Math Stat 1950;21:607; variances as in Miller, Am Stat 1978;32:138 (PFT).
    """
    check_option("measure", measure, of_family("proportion"))
    rule = ZeroCellRule(zero_cells=zero_cells, add=add)
    rows = study_rows({"events": events, "n": n}, study, missing)
    given, names = rows.complete
    faults = Faults(names)
    faults.counts("events", "n", given, fractional=allow_fractional)
    faults.raise_if_any()
    x, size = given["events"], given["n"]
    has_zero = (x == 0) | (x == size)
    return rows.put_back(_one_arm(measure, given, names, has_zero, rule, grows=2.0))


@answerable
def rate(
    measure: str,
    events: Any,
    time: Any,
    *,
    study: Any = None,
    zero_cells: ZeroCells = "only0",
    add: float = 0.5,
    missing: Missing = "refuse",
) -> EffectSizes:
    """An incidence rate per study, on the scale of the measure.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        measure: ``IR`` raw (per unit of time), ``IRLN`` log, ``IRS`` square root, ``IRFT`` Freeman-Tukey.
        events, time: events and person-time, shape (k,).
        study: labels, shape (k,), none of them missing.
        zero_cells, add: which studies receive `add` events. ``IRS`` and ``IRFT`` are defined at 0, and never receive
            any.
        missing: ``refuse`` or ``drop`` rows with a missing value, as in :func:`tmsmeta.effects.binary`.

    Returns:
        One row per study; ``natural`` brings the rates back to events per unit of time.

    Raises:
        InvalidInputError: events that are negative, fractional or not finite; person-time that is not positive; lengths
            that differ.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> effects = tm.effects.rate("IRLN", [4, 9], [120.0, 310.0], study=["A", "B"])
        >>> [f"{rate:.4f}" for rate in tm.effects.back_transform("IRLN", effects.yi)]
        ['0.0333', '0.0290']
    """
    check_option("measure", measure, of_family("rate"))
    rule = ZeroCellRule(zero_cells=zero_cells, add=add)
    rows = study_rows({"events": events, "time": time}, study, missing)
    given, names = rows.complete
    faults = Faults(names)
    faults.non_negative("events", given["events"])
    faults.where(given["events"] % 1 > 0, "events", given["events"], "must be a whole number.")
    faults.positive("time", given["time"])
    faults.raise_if_any()
    return rows.put_back(_one_arm(measure, given, names, given["events"] == 0, rule, grows=0.0))


def _one_arm(
    measure: str,
    given: Mapping[str, Floats],
    names: NDArray[np.str_],
    has_zero: NDArray[np.bool_],
    rule: ZeroCellRule,
    *,
    grows: float,
) -> EffectSizes:
    """Correct, transform, record. `grows` is how many times what is added enlarges the denominator."""
    x, size = given.values()
    rows = rule.rows(has_zero) & (not MEASURES[measure].defined_at_zero)
    added = np.where(rows, rule.add, 0.0)
    found = estimates(measure, x + added, size + grows * added)
    reason = f"no events, or only events, without a correction (`zero_cells`={rule.zero_cells!r})."
    return effect_sizes(measure, found, given, names, reason, rule, (added, np.zeros_like(added)))
