"""Risks as whole people, so that what is said, what is drawn and what is added up are the same numbers."""

from __future__ import annotations

from dataclasses import dataclass

from tmsmeta.absolute.risk import AbsoluteRisk
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable

USUAL, RARE = 100, 1000
_FEWEST = 2.5
"""People whom the smaller of two risks should be about, at least, so that whole numbers can tell them apart."""


@dataclass(frozen=True, kw_only=True)
class People:
    """People of `per` with the outcome.

    Attributes:
        per: people that are counted, 100 or 1,000.
        baseline: how many have the outcome without treatment.
        treated: how many have it with treatment.
        limits: the lower and the upper limit of `treated`, or why there are none.
    """

    per: int
    baseline: int
    treated: int | NotAssessable
    limits: tuple[int, int] | NotAssessable

    @property
    def more(self) -> int | NotAssessable:
        """How many more have it with treatment; below 0, fewer. The difference of the two whole numbers."""
        return self.treated if isinstance(self.treated, NotAssessable) else self.treated - self.baseline


def readable_per(risk: AbsoluteRisk, most: int = 100_000) -> int:
    """Of how many people a risk is told: 100, and 1,000, 10,000 ... where either risk is below 2.5 of them."""
    known = [value for value in (risk.baseline, risk.treated) if not isinstance(value, NotAssessable)]
    per = USUAL
    while per < most and min(known) * per / 1000 < _FEWEST:
        per *= 10
    return per


def whole(per_1000: float, per: int) -> int:
    """A risk per 1,000 as whole people of `per`."""
    return round(per_1000 * per / 1000)


def people_of(risk: AbsoluteRisk, per: int | None = None) -> People:
    """The people of `per` that a risk stands for; 100 by default, 1,000 where either risk is below 2.5%.

    Raises:
        InvalidInputError: another number of people than 100 or 1,000.
    """
    if per not in (None, USUAL, RARE):
        raise InvalidInputError(Issue(None, "per", per, f"must be {USUAL} or {RARE} people."))
    of = per or readable_per(risk, RARE)
    return People(
        per=of,
        baseline=whole(risk.baseline, of),
        treated=risk.treated if isinstance(risk.treated, NotAssessable) else whole(risk.treated, of),
        limits=_limits(*risk.treated_ci, of),
    )


def _limits(low: float | NotAssessable, high: float | NotAssessable, of: int) -> tuple[int, int] | NotAssessable:
    if isinstance(low, NotAssessable):
        return low
    return high if isinstance(high, NotAssessable) else (whole(low, of), whole(high, of))
