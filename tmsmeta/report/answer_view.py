"""The head of the page: the answer in people, pictures of them, and the verdicts as one bar."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tmsmeta.absolute.people import whole
from tmsmeta.errors import NotAssessable
from tmsmeta.report.folder import file_name
from tmsmeta.review.absolute_effects import AbsoluteEffect
from tmsmeta.review.answers import OutcomeAnswer
from tmsmeta.review.claims.model import VERDICT_KINDS
from tmsmeta.words.names import heading

if TYPE_CHECKING:
    from tmsmeta.review.claims import Ledger
    from tmsmeta.review.run import ReviewRun

PITCH = 10
"""Room for one person, in units of the drawing."""
MOST_PEOPLE = 1000
"""No picture shows more."""
_SHAPES = {100: 10, 1000: 40}
"""People in a row; other numbers get rows of this length or shorter."""


@dataclass(frozen=True)
class People:
    """A picture of so many people, each a dot.

    Attributes:
        width, height: size in units of the drawing.
        sure: path of the dots of people who have the outcome, even at the lower limit.
        between: path of those between the limits.
        rest: path of all others.
        caption: how many, in words.
        arm: what they receive.
    """

    width: int
    height: int
    sure: str
    between: str
    rest: str
    arm: str
    caption: str


def people(per: int, low: int, high: int, *, arm: str, caption: str) -> People:
    """Dots for `per` people, of whom `low` surely and up to `high` perhaps have the outcome."""
    across = next((row for most, row in _SHAPES.items() if per <= most), 50)
    across = min(across, per)
    places = [(PITCH * (i % across) + PITCH // 2, PITCH * (i // across) + PITCH // 2) for i in range(per)]
    sure, between, rest = (_dots(places[a:b]) for a, b in ((0, low), (low, high), (high, per)))
    size = (PITCH * across, PITCH * -(-per // across))
    return People(*size, sure=sure, between=between, rest=rest, arm=heading(arm), caption=caption)


def _dots(places: list[tuple[int, int]]) -> str:
    return "".join(f"M{x} {y}h0" for x, y in places)


def pictures(found: AbsoluteEffect) -> list[People]:
    """People without and with active treatment; the first alone where the second cannot be told."""
    risk = found.risk
    base = whole(risk.baseline, found.per)
    shown = [people(found.per, base, base, arm=found.control, caption=found.count(risk.baseline))]
    if isinstance(risk.treated, NotAssessable):
        return shown
    ends = [risk.treated if isinstance(end, NotAssessable) else end for end in risk.treated_ci]
    low, high = (whole(end, found.per) for end in ends)
    around = f" ({found.limits[0]} to {found.limits[1]})" if found.limits else ""
    return [*shown, people(found.per, low, high, arm=found.active, caption=f"{found.count(risk.treated)}{around}")]


def answer_views(run: ReviewRun) -> list[dict[str, Any]]:
    """The answer to each outcome, the main one first, with what the template sets in bold."""
    return [_view(run.answer(outcome), run) for outcome in run.outcomes]


def _view(answer: OutcomeAnswer, run: ReviewRun) -> dict[str, Any]:
    found = answer.absolute
    view: dict[str, Any] = {
        "answer": answer,
        "anchor": f"trials-{file_name(answer.outcome)}",
        "time_point": run.evidence.outcome_title(answer.outcome).removeprefix(answer.title).strip(),
        "absolute": None,
        "pictures": [],
        "pale": False,
        "why": "",
    }
    if isinstance(found, NotAssessable):
        return view | {"why": str(found)}
    treated = found.risk.treated
    shown = pictures(found) if found.per <= MOST_PEOPLE else []
    return view | {
        "absolute": found,
        "base": found.count(found.risk.baseline),
        "treated": "" if isinstance(treated, NotAssessable) else found.count(treated),
        "pictures": shown,
        "pale": any(picture.between for picture in shown),
    }


def verdict_parts(ledger: Ledger) -> list[dict[str, Any]]:
    """The parts of the bar: every verdict that occurs, in the order of the ledger."""
    counted = Counter(finding.verdict for finding in ledger)
    return [
        {"verdict": verdict, "sign": kind.sign, "count": counted[verdict], "meaning": kind.meaning}
        for verdict, kind in VERDICT_KINDS.items()
        if counted[verdict]
    ]
