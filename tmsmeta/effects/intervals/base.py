"""The result object of all interval functions, and the checks of what goes into them."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scipy import special

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.provenance import software_sentence
from tmsmeta.words import numbers
from tmsmeta.words.results import Result, notes, to_cell, to_plain

if TYPE_CHECKING:
    import pandas as pd


class NotebookView(Result):
    """Results with one sentence, and a sentence on their method that the software completes."""

    @abstractmethod
    def sentence(self) -> str:
        """What came out, in one sentence."""

    @abstractmethod
    def _method(self) -> str: ...

    def result_sentence(self) -> str:
        """What came out, in a sentence for a results section."""
        return self.sentence()

    def methods_sentence(self) -> str:
        """How it was computed, and with what, for a methods section."""
        return f"{self._method()} {software_sentence()}"


@dataclass(frozen=True, kw_only=True, repr=False)
class Interval(NotebookView):
    """A quantity computed from counts, with its interval.

    Attributes:
        quantity: what is estimated: ``"proportion"``, ``"rate"``, ``"rate ratio"``, ``"risk difference"``
            or ``"risk ratio"``.
        estimate: the point estimate; infinite for a ratio whose comparator has no events; not assessable when
            neither arm has any.
        low: lower limit, on the scale of the estimate (ratios are not logged).
        high: upper limit; ``math.inf`` where the data set no upper bound.
        level: confidence level, between 0 and 1.
        method: name and source of the method.
        per: the exposure a rate refers to (1000 for "per 1,000"); 1 for everything else.
        inputs: the counts as given.
    """

    quantity: str
    estimate: float | NotAssessable
    low: float
    high: float
    level: float
    method: str
    per: float = 1.0
    inputs: dict[str, float] = field(default_factory=dict)

    def contains(self, value: float) -> bool:
        """Whether `value`, on the scale of the estimate, lies within the limits."""
        return self.low <= value <= self.high

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; an infinite figure is the text ``"infinity"``."""
        first = ("quantity", "estimate", "low", "high", "level", "per", "method", "inputs")
        return {name: to_plain(getattr(self, name)) for name in first}

    def to_frame(self) -> pd.DataFrame:
        """One row: `quantity estimate ci_low ci_high level per method note`."""
        import pandas as pd

        row = {
            "quantity": self.quantity,
            "estimate": to_cell(self.estimate),
            "ci_low": self.low,
            "ci_high": self.high,
            "level": self.level,
            "per": self.per,
            "method": self.method,
            "note": notes([self.estimate]),
        }
        return pd.DataFrame([row])

    def sentence(self) -> str:
        """The figure, its interval and its method in one line."""
        scale = f" per {numbers.tick(self.per)}" if self.quantity == "rate" else ""
        estimate, low, high = (numbers.plain(value, 4) for value in (self.estimate, self.low, self.high))
        return (
            f"{self.quantity} {estimate}{scale} ({numbers.level(self.level)} interval {low} to {high}; {self.method})."
        )

    def _method(self) -> str:
        level = numbers.level(self.level)
        return f"The {level} interval of the {self.quantity} was computed by this method: {self.method}."


def z_quantile(level: float) -> float:
    return -float(special.ndtri((1.0 - level) / 2.0))


def _number(value: object, column: str) -> list[Issue]:
    if isinstance(value, bool) or not hasattr(value, "__float__") or not math.isfinite(float(value)):
        return [Issue(None, column, value, "must be a finite number.")]
    return []


def whole_faults(value: float, column: str) -> list[Issue]:
    faults = _number(value, column)
    if not faults and (value < 0 or value != int(value)):
        faults = [Issue(None, column, value, "must be a whole number, 0 or more.")]
    return faults


def positive_faults(value: float, column: str) -> list[Issue]:
    faults = _number(value, column)
    return faults or ([] if value > 0 else [Issue(None, column, value, "must be above 0.")])


def arm_faults(events: int, n: int, events_column: str, n_column: str) -> list[Issue]:
    faults = [*whole_faults(events, events_column), *whole_faults(n, n_column)]
    if not faults and n == 0:
        faults = [Issue(None, n_column, n, "must be at least 1.")]
    elif not faults and events > n:
        faults = [Issue(None, events_column, events, f"must not exceed `{n_column}`, which is {n}.")]
    return faults


def raise_faults(groups: list[list[Issue]], level: float) -> None:
    faults = [issue for group in groups for issue in group]
    if _number(level, "level") or not 0.0 < level < 1.0:
        faults.append(Issue(None, "level", level, "must lie between 0 and 1, e.g. 0.95."))
    if faults:
        raise InvalidInputError(faults)
