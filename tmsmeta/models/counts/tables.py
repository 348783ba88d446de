"""Checked counts: two arms, one arm, or events in person-time, before any model sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import EffectSizes, Floats, ZeroCellRule, row_of
from tmsmeta.effects.checks import Faults
from tmsmeta.effects.missing import Missing, study_rows
from tmsmeta.effects.two_arm import NOTHING_TO_COMPARE, from_counts
from tmsmeta.errors import Issue

NO_CONTRAST = f"{NOTHING_TO_COMPARE}: the study tells nothing about an odds ratio."


@dataclass(frozen=True)
class TwoArms:
    """Events of n in two arms: four columns of shape (k,), with labels; and the rows dropped for missing values."""

    events_t: Floats
    n_t: Floats
    events_c: Floats
    n_c: Floats
    study: NDArray[np.str_]
    gone: tuple[Issue, ...] = ()

    @property
    def counts(self) -> dict[str, Floats]:
        """The four columns by name."""
        return {"events_t": self.events_t, "n_t": self.n_t, "events_c": self.events_c, "n_c": self.n_c}

    @property
    def total(self) -> Floats:
        """Patients of both arms."""
        return self.n_t + self.n_c

    @property
    def events(self) -> Floats:
        """Events of both arms."""
        return self.events_t + self.events_c

    @property
    def no_contrast(self) -> NDArray[np.bool_]:
        """Studies without any event, or with only events, in both arms."""
        return (self.events == 0) | (self.events == self.total)

    def subset(self, keep: NDArray[np.bool_]) -> TwoArms:
        """The studies marked in `keep`."""
        return TwoArms(self.events_t[keep], self.n_t[keep], self.events_c[keep], self.n_c[keep], self.study[keep])


def two_arms(
    events_t: Any,
    n_t: Any,
    events_c: Any,
    n_c: Any,
    study: Any,
    missing: Missing,
    *,
    allow_fractional: bool = False,
) -> TwoArms:
    """Check everything and report all faults at once.

    Raises:
        InvalidInputError: counts that are negative, fractional (unless allowed), not finite, above n; n = 0; lengths
            that differ.
    """
    rows = study_rows({"events_t": events_t, "n_t": n_t, "events_c": events_c, "n_c": n_c}, study, missing)
    given, names = rows.complete
    faults = Faults(names)
    faults.counts("events_t", "n_t", given, fractional=allow_fractional)
    faults.counts("events_c", "n_c", given, fractional=allow_fractional)
    faults.raise_if_any()
    return TwoArms(**given, study=names, gone=rows.gone)


def own_effects(measure: str, arms: TwoArms) -> EffectSizes:
    """Each study's own estimate, for tables and for tests of heterogeneity.

    0.5 is added to the cells of studies with a zero cell (never for Peto), and studies without contrast have none.
    """
    rule = ZeroCellRule(zero_cells="none" if measure == "PETO" else "only0", drop_double_zero=True)
    return from_counts(measure, arms.counts, arms.study, rule)


class OneArm(NamedTuple):
    """Events of patients or of person-time, with labels; and the rows dropped for missing values."""

    events: Floats
    size: Floats
    study: NDArray[np.str_]
    gone: tuple[Issue, ...]


def one_arm(events: Any, n: Any, study: Any, missing: Missing, *, allow_fractional: bool = False) -> OneArm:
    """Checked events, n and labels.

    Raises:
        InvalidInputError: as in :func:`two_arms`.
    """
    rows = study_rows({"events": events, "n": n}, study, missing)
    given, names = rows.complete
    faults = Faults(names)
    faults.counts("events", "n", given, fractional=allow_fractional)
    faults.raise_if_any()
    return OneArm(given["events"], given["n"], names, rows.gone)


def rates(events: Any, time: Any, study: Any, missing: Missing) -> OneArm:
    """Checked events, person-time and labels.

    Raises:
        InvalidInputError: as in :func:`two_arms`; person-time must be positive.
    """
    rows = study_rows({"events": events, "time": time}, study, missing)
    given, names = rows.complete
    faults = Faults(names)
    faults.non_negative("events", given["events"])
    with np.errstate(invalid="ignore"):
        fraction = given["events"] % 1 > 0
    faults.where(fraction, "events", given["events"], "must be a whole number.")
    faults.positive("time", given["time"])
    faults.raise_if_any()
    return OneArm(given["events"], given["time"], names, rows.gone)


def whole_counts(arms: TwoArms, why: str) -> None:
    """Refuse counts that are not whole numbers, for models that cannot have them.

    Raises:
        InvalidInputError: with each of them, and `why`.
    """
    faults = Faults(arms.study)
    for name, values in arms.counts.items():
        faults.where(values % 1 > 0, name, values, f"must be a whole number: {why}")
    faults.raise_if_any()


def left_out(arms: TwoArms, dropped: NDArray[np.bool_]) -> tuple[Issue, ...]:
    """One record for each study without a contrast that is dropped, and for each with a missing value."""
    without = (
        Issue(str(arms.study[i]), "events_t", None, NO_CONTRAST, inputs=row_of(arms.counts, i))
        for i in np.flatnonzero(dropped).tolist()
    )
    return (*arms.gone, *without)
