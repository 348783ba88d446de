"""Effects as a reader is shown them: the one way from the scale of the analysis to numbers and text on the page.

Ratios are not logged; a single arm is a proportion or a rate, per 1 or per any number of people or units of time; the
rest is what it is. Sentences, tables, figures and report ask here, so that they cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import floor, log10
from typing import Any

import numpy as np

from tmsmeta.effects.measures import Floats, Measure
from tmsmeta.effects.transform import SCALES, back_transform
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.words.numbers import TEXT, Number, Numerals, Pair

_ARM_DIGITS = 3  # decimals of a proportion or a rate per 1


def harmonic_mean(sizes: Floats) -> float | None:
    """The size at which a pooled Freeman-Tukey value is brought back (Miller, Am Stat 1978;32:138), if any is known."""
    known = sizes[np.isfinite(sizes)]
    return float(len(known) / np.sum(1 / known)) if len(known) else None


@dataclass(frozen=True, kw_only=True)
class Natural:
    """The scale on which a reader is shown effects of one measure.

    Attributes:
        info: the measure.
        size: for a Freeman-Tukey scale the size or person-time of the way back; without it values stay where they are.
        per: the number of people, or the units of time, that proportions and rates refer to.
        fewest: decimals of the texts at least; None for those of the measure.
    """

    info: Measure
    size: float | None = None
    per: float = 1.0
    fewest: int | None = None

    def per_unit(self, per: float | None) -> Natural:
        """The same per another number of people or units of time; None changes nothing.

        Raises:
            InvalidInputError: a number that is not positive, or a measure that is no proportion and no rate.
        """
        if per is None:
            return self
        check_per(self.info, per)
        return replace(self, per=float(per))

    @property
    def transformed(self) -> bool:
        """Whether values are brought back from another scale."""
        return self.info.scale != "identity" and (self.size is not None or not SCALES[self.info.scale].size)

    @property
    def label(self) -> str:
        """What is shown, in words: ``odds ratio``, ``proportion``, ``incidence rate per 1,000``."""
        plain = self.info.label
        if not self.info.contrast and (self.transformed or self.info.scale == "identity"):
            plain = "incidence rate" if self.info.family == "rate" else "proportion"
        return plain if self.per == 1 else f"{plain} per {TEXT.tick(self.per)}"

    @property
    def null(self) -> float | None:
        """The value of no effect; None for a single arm, which has none."""
        if not self.info.contrast:
            return None
        return 1.0 if self.info.is_ratio else 0.0

    @property
    def digits(self) -> int:
        """Decimals of estimate and limits at least."""
        if self.fewest is not None:
            return self.fewest
        if self.info.shown in ("ratio", "number") or not (self.transformed or self.info.scale == "identity"):
            return self.info.digits
        if self.info.shown == "percent":
            return max(1, _ARM_DIGITS - floor(log10(self.per)))
        return _ARM_DIGITS if self.per == 1 else _ARM_DIGITS - 1

    def values(self, values: Any) -> Floats:
        """Any values of the analysis, brought back; `per` is for texts alone."""
        if self.info.scale != "identity" and not self.transformed:
            return np.asarray(values, dtype=float)
        return back_transform(self.info.name, values, n=self.size)

    def value(self, value: Number) -> Number:
        """One value of the analysis, brought back; or the reason why there is none."""
        return value if isinstance(value, NotAssessable) else float(self.values(value))

    def limits(self, limits: Pair) -> Pair:
        """Limits of the analysis, brought back; or the reason why there are none."""
        if isinstance(limits, NotAssessable):
            return limits
        low, high = self.values(limits)
        return float(low), float(high)

    def texts(self, value: Number, limits: Pair | None = None, numerals: Numerals = TEXT) -> tuple[str, ...]:
        """An estimate and its limits, given on the scale of the analysis, as texts on that of a reader."""
        shown = self.value(value)
        return self.texts_of(shown, None if limits is None else self.limits(limits), numerals)

    def text(self, value: Number, limits: Pair | None = None) -> str:
        """``"0.856 (0.782 to 0.908)"``, from values on the scale of the analysis."""
        shown, *ends = self.texts(value, limits)
        return f"{shown} ({' to '.join(ends)})" if ends else shown

    def interval(self, limits: Pair) -> str:
        """``"0.782 to 0.908"``, from limits on the scale of the analysis; or the reason why there are none."""
        return " to ".join(self.texts(NotAssessable("estimate", ""), limits)[1:])

    def texts_of(self, value: Number, limits: Pair | None, numerals: Numerals = TEXT) -> tuple[str, ...]:
        """The texts of values that have been brought back already."""
        value = value if isinstance(value, NotAssessable) else value * self.per
        if limits is not None and not isinstance(limits, NotAssessable):
            limits = limits[0] * self.per, limits[1] * self.per
        return numerals.estimate(value, limits, self.digits, log=self.info.is_ratio, null=self.null)


def check_per(info: Measure, per: float) -> None:
    """Raise unless `per` is a number of people or units of time, and the measure is one that it can refer to."""
    if isinstance(per, bool) or not isinstance(per, (int, float, np.integer, np.floating)) or not 0 < per < np.inf:
        raise InvalidInputError(Issue(None, "per", per, "must be a number above 0, such as 1000."))
    if info.shown in ("ratio", "number") and per != 1:
        message = f"is for proportions and rates; the {info.label} does not refer to people or time."
        raise InvalidInputError(Issue(None, "per", per, message))
