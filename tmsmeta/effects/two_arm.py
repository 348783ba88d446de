"""Two arms: events of n, or events in person-time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import ArmCorrection, EffectSizes, ZeroCellRule, ZeroCells, effect_sizes
from tmsmeta.effects.checks import Faults
from tmsmeta.effects.measures import MEASURES, Floats, Table, estimates, of_family
from tmsmeta.effects.missing import Missing, study_rows
from tmsmeta.errors import check_option
from tmsmeta.words.arguments import answerable

NOTHING_TO_COMPARE = "no event, or only events, in both arms"


def _added(t: Table, rule: ZeroCellRule, rows: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """What each cell of the treated and of the comparator arm receives.

    The treatment-arm correction of Sweeting, Sutton and Lambert (Stat Med 2004;23:1351) is proportional to the
    reciprocal of the size of the other arm; both together add as much as the constant does to equal arms.
    """
    n_t, n_c = t.a + t.b, t.c + t.d
    if rule.correction == "constant":
        return np.where(rows, rule.add, 0.0), np.where(rows, rule.add, 0.0)
    share = n_t / (n_t + n_c)
    return np.where(rows, 2 * rule.add * share, 0.0), np.where(rows, 2 * rule.add * (1 - share), 0.0)


@answerable
def binary(
    measure: str,
    events_t: Any,
    n_t: Any,
    events_c: Any,
    n_c: Any,
    *,
    study: Any = None,
    zero_cells: ZeroCells = "only0",
    add: float = 0.5,
    correction: ArmCorrection = "constant",
    drop_double_zero: bool = False,
    allow_fractional: bool = False,
    missing: Missing = "refuse",
    treated: str = "",
    comparator: str = "",
) -> EffectSizes:
    """Effect of treatment against comparator from events of n in two arms.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        measure: ``OR``, ``RR`` (log scale), ``RD``, ``AS`` (difference of arcsine square roots) or ``PETO``
            (one-step log odds ratio). Positive means more events in the treated arm.
        events_t, n_t: events and patients of the treated arm, shape (k,).
        events_c, n_c: the same for the comparator arm.
        study: labels, shape (k,), none of them missing.
        zero_cells: which studies receive a correction: ``none``; ``only0``, those with a zero cell; ``if0all``, all of
            them if any has one; ``all``. The arcsine difference is defined at zero and never receives one. Peto's
            method needs none either: ask for ``none`` there, or use :func:`tmsmeta.peto`.
        add: what is added to each of the four cells.
        correction: ``constant``, or ``treatment-arm`` (Sweeting 2004; in proportion to the reciprocal of the other
            arm's size, with mean `add`).
        drop_double_zero: leave out studies with no event, or only events, in both arms.
        allow_fractional: accept counts that are not whole numbers, as from a sham arm divided over comparisons.
        missing: ``refuse`` rows with a missing value, all named at once, or ``drop`` them: they keep their row without
            an estimate, with the reason in ``not_estimable``. Missing are None, NaN, pandas' NA and NaT, and what
            tables write for them, such as ``NA`` or ``-``.
        treated, comparator: what the arms are called, for tables, sentences and figures; blank where unknown.

    Returns:
        One row per study, with every correction in ``corrections`` and every row without an estimate in
        ``not_estimable``.

    Raises:
        InvalidInputError: counts that are negative, fractional, not finite, above n; n = 0; lengths that differ; one
            name for both arms.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> effects = tm.effects.binary("RR", [12, 8, 3], [60, 52, 25], [6, 5, 0], [61, 50, 24], study=["A", "B", "C"])
        >>> [f"{ratio:.2f}" for ratio in tm.effects.back_transform("RR", effects.yi)]
        ['2.03', '1.54', '6.73']
        >>> [it.study for it in effects.corrections]
        ['C']

    References:
        Formulas as in Fleiss & Berlin, The Handbook of Research Synthesis (2nd ed. 2009), ch. 13; arcsine difference:
        Rücker et al., Stat Med 2009;28:721; Peto: Yusuf et al., Prog Cardiovasc Dis 1985;27:335.
    """
    check_option("measure", measure, of_family("binary"))
    rule = ZeroCellRule(zero_cells=zero_cells, add=add, correction=correction, drop_double_zero=drop_double_zero)
    columns = {"events_t": events_t, "n_t": n_t, "events_c": events_c, "n_c": n_c}
    all_rows = study_rows(columns, study, missing, (treated, comparator))
    given, names = all_rows.complete
    faults = Faults(names)
    faults.counts("events_t", "n_t", given, fractional=allow_fractional)
    faults.counts("events_c", "n_c", given, fractional=allow_fractional)
    faults.raise_if_any()
    return all_rows.put_back(from_counts(measure, given, names, rule))


def from_counts(measure: str, given: Mapping[str, Floats], study: NDArray[np.str_], rule: ZeroCellRule) -> EffectSizes:
    """As :func:`binary`, from columns that have been checked."""
    events_t, n_t, events_c, n_c = given.values()
    raw = Table(events_t, n_t - events_t, events_c, n_c - events_c)
    has_zero = (raw.a == 0) | (raw.b == 0) | (raw.c == 0) | (raw.d == 0)
    no_contrast = ((raw.a == 0) & (raw.c == 0)) | ((raw.b == 0) & (raw.d == 0))
    rows = rule.rows(has_zero) & (not MEASURES[measure].defined_at_zero)
    add_t, add_c = _added(raw, rule, rows)
    yi, vi = estimates(measure, Table(raw.a + add_t, raw.b + add_t, raw.c + add_c, raw.d + add_c))
    dropped = no_contrast & rule.drop_double_zero
    yi = np.where(dropped, np.nan, yi)
    empty = f"zero cells without a correction (`zero_cells`={rule.zero_cells!r})."
    reasons = np.where(dropped, f"{NOTHING_TO_COMPARE}.", empty).tolist()
    return effect_sizes(measure, (yi, vi), given, study, reasons, rule, (add_t, add_c))


@answerable
def rate_ratio(
    measure: str,
    events_t: Any,
    time_t: Any,
    events_c: Any,
    time_c: Any,
    *,
    study: Any = None,
    zero_cells: ZeroCells = "only0",
    add: float = 0.5,
    missing: Missing = "refuse",
    treated: str = "",
    comparator: str = "",
) -> EffectSizes:
    """Effect from events in person-time in two arms.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        measure: ``IRR`` (log ratio of incidence rates) or ``IRD`` (their difference, per unit of time).
        events_t, time_t: events and person-time of the treated arm, shape (k,).
        events_c, time_c: the same for the comparator arm.
        study: labels, shape (k,), none of them missing.
        zero_cells, add: as in :func:`binary`; what is added goes to both event counts.
        missing, treated, comparator: as in :func:`binary`.

    Returns:
        One row per study, with every correction in ``corrections`` and every row without an estimate in
        ``not_estimable``.

    Raises:
        InvalidInputError: events that are negative, fractional or not finite; person-time that is not positive; lengths
            that differ; one name for both arms.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> effects = tm.effects.rate_ratio("IRR", [8, 5], [1200.0, 640.0], [3, 4], [1180.0, 655.0], study=["A", "B"])
        >>> [f"{ratio:.2f}" for ratio in tm.effects.back_transform("IRR", effects.yi)]
        ['2.62', '1.28']
    """
    check_option("measure", measure, of_family("rate ratio"))
    rule = ZeroCellRule(zero_cells=zero_cells, add=add)
    columns = {"events_t": events_t, "time_t": time_t, "events_c": events_c, "time_c": time_c}
    all_rows = study_rows(columns, study, missing, (treated, comparator))
    given, names = all_rows.complete
    faults = Faults(names)
    for events, time in (("events_t", "time_t"), ("events_c", "time_c")):
        faults.non_negative(events, given[events])
        faults.where(given[events] % 1 > 0, events, given[events], "must be a whole number.")
        faults.positive(time, given[time])
    faults.raise_if_any()

    x_t, t_t, x_c, t_c = given.values()
    rows = rule.rows((x_t == 0) | (x_c == 0)) & (not MEASURES[measure].defined_at_zero)
    added = np.where(rows, add, 0.0)
    found = estimates(measure, x_t + added, t_t, x_c + added, t_c)
    reason = f"no events without a correction (`zero_cells`={zero_cells!r})."
    return all_rows.put_back(effect_sizes(measure, found, given, names, reason, rule, (added, added)))
