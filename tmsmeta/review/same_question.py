"""Several figures for one question: which of them is the answer, and in what every other differs from it.

The answer to "how many people have the outcome" in an arm is that of the main analysis. The ledger pools
such arms by themselves, since claims ask for that; a reader who meets both figures must find the reason beside them.
What other reviews print is theirs, and is not compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import NotAssessable
from tmsmeta.review.absolute_effects import AbsoluteEffect
from tmsmeta.words.names import inside
from tmsmeta.words.numbers import number

if TYPE_CHECKING:
    from tmsmeta.review.answers import OutcomeAnswer
    from tmsmeta.review.claims import Ledger
    from tmsmeta.review.claims.model import Finding, Recomputed

ARMS = ("control", "active")


@dataclass(frozen=True, kw_only=True)
class OtherFigure:
    """A figure of the same thing as an answer.

    Attributes:
        outcome: key of the outcome.
        arm: ``"control"`` or ``"active"``.
        claim_id: the claim in whose finding it stands.
        figure: the figure with its limits.
        answer: the answer, with its limits.
        differs: in what it differs from the answer: model, trials, arms.
    """

    outcome: str
    arm: str
    claim_id: str
    figure: str
    answer: str
    differs: str

    def sentence(self) -> str:
        """Both figures, and why they are not the same."""
        return f"{self.answer} is the answer; {self.figure} differs from it in {self.differs}."

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def other_figures(answers: Iterable[OutcomeAnswer], ledger: Ledger) -> list[OtherFigure]:
    """The figures in the ledger that answer what the main analyses answer, by claim, in the order of the ledger."""
    known = {a.outcome: a for a in answers if not isinstance(a.absolute, NotAssessable)}
    found = []
    for finding in ledger:
        arm, outcome = finding.spec.get("arm"), (finding.spec.get("selection") or {}).get("outcome")
        if arm in ARMS and outcome in known and finding.claim.unit == "percent":
            found += _of_finding(finding, known[outcome], str(arm))
    return found


def _of_finding(finding: Finding, answer: OutcomeAnswer, arm: str) -> list[OtherFigure]:
    absolute = answer.absolute
    assert isinstance(absolute, AbsoluteEffect)
    people = _people(absolute, arm)
    if not people:
        return []
    return [
        OtherFigure(
            outcome=answer.outcome,
            arm=arm,
            claim_id=finding.claim.claim_id,
            figure=f"{figure.text()}, {inside(figure.label)},",
            answer=people,
            differs=_differs(figure, answer, absolute, arm),
        )
        for figure in finding.recomputed
        if not isinstance(figure.value, NotAssessable) and figure.counts.endswith(" arms")
    ]


def _people(absolute: AbsoluteEffect, arm: str) -> str:
    """The answer for one arm: "16 of 100 with sham"."""
    risk = absolute.risk
    if arm == "control":
        return f"{absolute.count(risk.baseline)} of {absolute.per:,} with {absolute.control}"
    if isinstance(risk.treated, NotAssessable):
        return ""
    around = f" ({' to '.join(absolute.limits)})" if absolute.limits else ""
    return f"{absolute.count(risk.treated)} of {absolute.per:,} with {absolute.active}{around}"


def _differs(figure: Recomputed, answer: OutcomeAnswer, absolute: AbsoluteEffect, arm: str) -> str:
    """Model, then arms and trials."""
    control = f"{number(absolute.risk.baseline / 10, 1)}%"
    ours = (
        f"all events over all people of the {absolute.control} arms, {control}"
        if arm == "control"
        else f"{control} of the {absolute.control} arms and the {answer.effect}"
    )
    return (
        f"its model ({inside(figure.method)} over single arms; the answer takes {ours}) and its arms ({figure.counts}; "
        f"the answer has {answer.size})"
    )
