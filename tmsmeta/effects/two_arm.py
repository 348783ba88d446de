"""Two arms: events of n, or events in person-time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import Correction, EffectSizes, Floats
from tmsmeta.effects.checks import Faults, blank_rows, not_estimable, study_columns
from tmsmeta.errors import InvalidInputError, Issue, check_option

ZeroCells = Literal["none", "only0", "if0all", "all"]
ArmCorrection = Literal["constant", "treatment-arm"]
BINARY = ("OR", "RR", "RD", "AS", "PETO")
ZERO_CELLS = ("none", "only0", "if0all", "all")
ARM_CORRECTIONS = ("constant", "treatment-arm")


class Table(NamedTuple):
    """The four cells of each study: a events and b non-events treated, c and d in the comparator arm."""

    a: Floats
    b: Floats
    c: Floats
    d: Floats


def _log_odds_ratio(t: Table) -> tuple[Floats, Floats]:
    # products of whole numbers are exact, so equal odds give exactly 0
    return np.log(t.a * t.d / (t.b * t.c)), 1 / t.a + 1 / t.b + 1 / t.c + 1 / t.d


def _log_risk_ratio(t: Table) -> tuple[Floats, Floats]:
    n_t, n_c = t.a + t.b, t.c + t.d
    # b / (a n) is 1/a - 1/n without the loss of digits when nearly everybody has the event
    return np.log(t.a * n_c / (t.c * n_t)), t.b / (t.a * n_t) + t.d / (t.c * n_c)


def _risk_difference(t: Table) -> tuple[Floats, Floats]:
    n_t, n_c = t.a + t.b, t.c + t.d
    return t.a / n_t - t.c / n_c, t.a * t.b / n_t**3 + t.c * t.d / n_c**3


def _arcsine_difference(t: Table) -> tuple[Floats, Floats]:
    n_t, n_c = t.a + t.b, t.c + t.d
    return np.arcsin(np.sqrt(t.a / n_t)) - np.arcsin(np.sqrt(t.c / n_c)), 1 / (4 * n_t) + 1 / (4 * n_c)


def _peto(t: Table) -> tuple[Floats, Floats]:
    n_t, n_c, events = t.a + t.b, t.c + t.d, t.a + t.c
    total = n_t + n_c
    variance = n_t * n_c * events * (total - events) / (total**2 * (total - 1))
    return (t.a - n_t * events / total) / variance, 1 / variance


FORMULAS: Mapping[str, Callable[[Table], tuple[Floats, Floats]]] = {
    "OR": _log_odds_ratio,
    "RR": _log_risk_ratio,
    "RD": _risk_difference,
    "AS": _arcsine_difference,
    "PETO": _peto,
}


def _rows_to_correct(zero_cells: ZeroCells, has_zero: NDArray[np.bool_]) -> NDArray[np.bool_]:
    if zero_cells == "none":
        return np.zeros_like(has_zero)
    if zero_cells == "only0":
        return has_zero
    return np.full_like(has_zero, zero_cells == "all" or bool(has_zero.any()))


def _added(t: Table, add: float, correction: ArmCorrection, rows: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """What each cell of the treated and of the comparator arm receives.

    The treatment-arm correction of Sweeting, Sutton and Lambert (Stat Med 2004;23:1351) is proportional to the
    reciprocal of the size of the other arm; both together add as much as the constant does to equal arms.
    """
    n_t, n_c = t.a + t.b, t.c + t.d
    if correction == "constant":
        return np.where(rows, add, 0.0), np.where(rows, add, 0.0)
    share = n_t / (n_t + n_c)
    return np.where(rows, 2 * add * share, 0.0), np.where(rows, 2 * add * (1 - share), 0.0)


def _check_add(add: object) -> None:
    if isinstance(add, bool) or not isinstance(add, (int, float, np.integer, np.floating)) or not 0 <= add < np.inf:
        raise InvalidInputError(Issue(None, "add", add, "must be a finite number, 0 or more."))


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

    Returns:
        One row per study, with every correction in ``corrections`` and every row without an estimate in
        ``not_estimable``.

    Raises:
        InvalidInputError: counts that are negative, fractional, not finite, above n; n = 0; lengths that differ.
        UnknownOptionError: an option outside its list.

    References:
        Formulas as in Fleiss & Berlin, The Handbook of Research Synthesis (2nd ed. 2009), ch. 13; arcsine difference:
        Rücker et al., Stat Med 2009;28:721; Peto: Yusuf et al., Prog Cardiovasc Dis 1985;27:335.
    """
    check_option("measure", measure, BINARY)
    check_option("zero_cells", zero_cells, ZERO_CELLS)
    check_option("correction", correction, ARM_CORRECTIONS)
    _check_add(add)
    given, names = study_columns({"events_t": events_t, "n_t": n_t, "events_c": events_c, "n_c": n_c}, study)
    faults = Faults(names)
    faults.counts("events_t", "n_t", given, fractional=allow_fractional)
    faults.counts("events_c", "n_c", given, fractional=allow_fractional)
    faults.raise_if_any()

    raw = Table(
        given["events_t"], given["n_t"] - given["events_t"], given["events_c"], given["n_c"] - given["events_c"]
    )
    has_zero = (raw.a == 0) | (raw.b == 0) | (raw.c == 0) | (raw.d == 0)
    no_contrast = ((raw.a == 0) & (raw.c == 0)) | ((raw.b == 0) & (raw.d == 0))
    rows = _rows_to_correct("none" if measure == "AS" else zero_cells, has_zero)
    add_t, add_c = _added(raw, add, correction, rows)
    table = Table(raw.a + add_t, raw.b + add_t, raw.c + add_c, raw.d + add_c)
    with np.errstate(divide="ignore", invalid="ignore"):
        yi, vi = FORMULAS[measure](table)
    vi = np.where(vi > 0, vi, np.nan)
    if drop_double_zero:
        yi = np.where(no_contrast, np.nan, yi)
    blank_rows(yi, vi)
    reason = f"zero cells without a correction (`zero_cells`={zero_cells!r}), or no event or only events in both arms."
    return EffectSizes(
        measure=measure,
        yi=yi,
        vi=vi,
        study=names,
        inputs=given,
        corrections=tuple(
            Correction(
                row=int(i) + 1, study=str(names[i]), added_t=float(add_t[i]), added_c=float(add_c[i]), reason=zero_cells
            )
            for i in np.flatnonzero(rows & np.isfinite(yi) & (add_t + add_c > 0))
        ),
        not_estimable=not_estimable(names, yi, vi, reason),
    )


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
) -> EffectSizes:
    """Effect from events in person-time in two arms.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        measure: ``IRR`` (log ratio of incidence rates) or ``IRD`` (their difference, per unit of time).
        events_t, time_t: events and person-time of the treated arm, shape (k,).
        events_c, time_c: the same for the comparator arm.
        study: labels, shape (k,), none of them missing.
        zero_cells, add: as in :func:`binary`; what is added goes to both event counts.

    Raises:
        InvalidInputError, UnknownOptionError: as in :func:`binary`; person-time must be positive.
    """
    check_option("measure", measure, ("IRR", "IRD"))
    check_option("zero_cells", zero_cells, ZERO_CELLS)
    _check_add(add)
    given, names = study_columns(
        {"events_t": events_t, "time_t": time_t, "events_c": events_c, "time_c": time_c}, study
    )
    faults = Faults(names)
    for events, time in (("events_t", "time_t"), ("events_c", "time_c")):
        faults.non_negative(events, given[events])
        faults.where(given[events] % 1 > 0, events, given[events], "must be a whole number.")
        faults.positive(time, given[time])
    faults.raise_if_any()

    x_t, t_t, x_c, t_c = given.values()
    rows = _rows_to_correct(zero_cells, (x_t == 0) | (x_c == 0))
    x_t, x_c = x_t + add * rows, x_c + add * rows
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "IRR":
            yi, vi = np.log(x_t / t_t) - np.log(x_c / t_c), 1 / x_t + 1 / x_c
        else:
            yi, vi = x_t / t_t - x_c / t_c, x_t / t_t**2 + x_c / t_c**2
    vi = np.where(vi > 0, vi, np.nan)
    blank_rows(yi, vi)
    return EffectSizes(
        measure=measure,
        yi=yi,
        vi=vi,
        study=names,
        inputs=given,
        corrections=tuple(
            Correction(row=int(i) + 1, study=str(names[i]), added_t=add, added_c=add, reason=zero_cells)
            for i in np.flatnonzero(rows & (add > 0))
        ),
        not_estimable=not_estimable(names, yi, vi, f"no events without a correction (`zero_cells`={zero_cells!r})."),
    )
