"""Risks as whole people, so that what is said, what is drawn and what is added up are the same numbers."""

from __future__ import annotations

from dataclasses import dataclass

from tmsmeta.absolute.risk import AbsoluteRisk
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable

USUAL, RARE = 100, 1000
_RARE_BELOW = 25.0
"""Per 1,000: a risk below this is told of 1,000 people where no number of people is asked for."""


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


def people_of(risk: AbsoluteRisk, per: int | None = None) -> People:
    """The people of `per` that a risk stands for; 100 by default, 1,000 where either risk is below 2.5%.

    Raises:
        InvalidInputError: another number of people than 100 or 1,000.
    """
    if per not in (None, USUAL, RARE):
        raise InvalidInputError(Issue(None, "per", per, f"must be {USUAL} or {RARE} people."))
    known = [value for value in (risk.baseline, risk.treated) if not isinstance(value, NotAssessable)]
    of = per or (RARE if min(known) < _RARE_BELOW else USUAL)
    return People(
        per=of,
        baseline=round(risk.baseline * of / 1000),
        treated=risk.treated if isinstance(risk.treated, NotAssessable) else round(risk.treated * of / 1000),
        limits=_limits(*risk.treated_ci, of),
    )


def _limits(low: float | NotAssessable, high: float | NotAssessable, of: int) -> tuple[int, int] | NotAssessable:
    if isinstance(low, NotAssessable):
        return low
    return high if isinstance(high, NotAssessable) else (round(low * of / 1000), round(high * of / 1000))
