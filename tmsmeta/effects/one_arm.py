"""A single arm: a proportion or an incidence rate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tmsmeta.effects.base import Correction, EffectSizes, Floats
from tmsmeta.effects.checks import Faults, blank_rows, not_estimable, study_columns
from tmsmeta.effects.two_arm import ZERO_CELLS, ZeroCells, _check_add, _rows_to_correct
from tmsmeta.errors import check_option


def _freeman_tukey(x: Floats, n: Floats) -> tuple[Floats, Floats]:
    both = np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1)))
    return both / 2, 1 / (4 * n + 2)


PROPORTIONS: Mapping[str, Callable[[Floats, Floats], tuple[Floats, Floats]]] = {
    "PR": lambda x, n: (x / n, x * (n - x) / n**3),
    "PLN": lambda x, n: (np.log(x / n), (n - x) / (x * n)),
    "PLO": lambda x, n: (np.log(x) - np.log(n - x), 1 / x + 1 / (n - x)),
    "PAS": lambda x, n: (np.arcsin(np.sqrt(x / n)), 1 / (4 * n)),
    "PFT": _freeman_tukey,
}
RATES: Mapping[str, Callable[[Floats, Floats], tuple[Floats, Floats]]] = {
    "IR": lambda x, t: (x / t, x / t**2),
    "IRLN": lambda x, t: (np.log(x / t), 1 / x),
    "IRS": lambda x, t: (np.sqrt(x / t), 1 / (4 * t)),
    "IRFT": lambda x, t: ((np.sqrt(x / t) + np.sqrt((x + 1) / t)) / 2, 1 / (4 * t)),
}
# These transformations are defined at zero, so they never receive a correction.
_DEFINED_AT_ZERO = ("PAS", "PFT", "IRS", "IRFT")


def proportion(
    measure: str,
    events: Any,
    n: Any,
    *,
    study: Any = None,
    zero_cells: ZeroCells = "only0",
    add: float = 0.5,
    allow_fractional: bool = False,
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

    Raises:
        InvalidInputError: counts that are negative, fractional, not finite, above n; n = 0; lengths that differ.
        UnknownOptionError: an option outside its list.

    References:
        Freeman & Tukey, Ann Math Stat 1950;21:607; variances as in Miller, Am Stat 1978;32:138 (PFT).
    """
    check_option("measure", measure, list(PROPORTIONS))
    given, names = study_columns({"events": events, "n": n}, study)
    faults = Faults(names)
    faults.counts("events", "n", given, fractional=allow_fractional)
    faults.raise_if_any()
    x, size = given["events"], given["n"]
    has_zero = (x == 0) | (x == size)
    return _one_arm(measure, PROPORTIONS[measure], given, names, has_zero, zero_cells, add, grows=2.0)


def rate(
    measure: str,
    events: Any,
    time: Any,
    *,
    study: Any = None,
    zero_cells: ZeroCells = "only0",
    add: float = 0.5,
) -> EffectSizes:
    """An incidence rate per study, on the scale of the measure.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        measure: ``IR`` raw (per unit of time), ``IRLN`` log, ``IRS`` square root, ``IRFT`` Freeman-Tukey.
        events, time: events and person-time, shape (k,).
        study: labels, shape (k,), none of them missing.
        zero_cells, add: which studies receive `add` events. ``IRS`` and ``IRFT`` are defined at 0, and never receive
            any.

    Raises:
        InvalidInputError, UnknownOptionError: as in :func:`proportion`; person-time must be positive.
    """
    check_option("measure", measure, list(RATES))
    given, names = study_columns({"events": events, "time": time}, study)
    faults = Faults(names)
    faults.non_negative("events", given["events"])
    faults.where(given["events"] % 1 > 0, "events", given["events"], "must be a whole number.")
    faults.positive("time", given["time"])
    faults.raise_if_any()
    return _one_arm(measure, RATES[measure], given, names, given["events"] == 0, zero_cells, add, grows=0.0)


def _one_arm(
    measure: str,
    formula: Callable[[Floats, Floats], tuple[Floats, Floats]],
    given: Mapping[str, Floats],
    names: Any,
    has_zero: Any,
    zero_cells: ZeroCells,
    add: float,
    *,
    grows: float,
) -> EffectSizes:
    """Correct, transform, record. `grows` is how many times `add` enlarges the denominator."""
    check_option("zero_cells", zero_cells, ZERO_CELLS)
    _check_add(add)
    x, size = given.values()
    rows = _rows_to_correct("none" if measure in _DEFINED_AT_ZERO else zero_cells, has_zero)
    with np.errstate(divide="ignore", invalid="ignore"):
        yi, vi = formula(x + add * rows, size + grows * add * rows)
    vi = np.where(vi > 0, vi, np.nan)
    blank_rows(yi, vi)
    reason = f"no events, or only events, without a correction (`zero_cells`={zero_cells!r})."
    return EffectSizes(
        measure=measure,
        yi=yi,
        vi=vi,
        study=names,
        inputs=given,
        corrections=tuple(
            Correction(row=int(i) + 1, study=str(names[i]), added_t=add, added_c=0.0, reason=zero_cells)
            for i in np.flatnonzero(rows & (add > 0))
        ),
        not_estimable=not_estimable(names, yi, vi, reason),
    )
