"""The claim "36 % remit with active rTMS, 8 % with sham", beside the trials at hand and the published ratio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tmsmeta import effects as fx
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.pooling import PooledEffect, PoolingSpec, pool_by
from tmsmeta.review import Evidence, SelectedTrials
from tmsmeta.words.numbers import interval, number
from tmsmeta.words.results import to_plain

#: Quantity of the claim in claims.csv -> which arm it speaks of.
QUOTED = {"active": "remission, active arm", "sham": "remission, sham arm"}
PUBLISHED = "vida2023_remission"
ARM_SPEC = PoolingSpec(prediction="t(k-2)")


@dataclass(frozen=True, kw_only=True)
class ArmRisk:
    """Remission in one kind of arm over the trials at hand.

    Attributes:
        arm: ``active`` or ``sham``.
        events, n: summed over the trials, for orientation only; trials differ.
        pooled, low, high: random-effects mean of the trials' percentages (logit scale) and its 95% interval, percent.
        lowest, highest: lowest and highest percentage in a single trial.
        quoted: the percentage of the claim.
    """

    arm: str
    events: int
    n: int
    pooled: float
    low: float | NotAssessable
    high: float | NotAssessable
    lowest: float
    highest: float
    quoted: float


@dataclass(frozen=True, kw_only=True)
class RemissionClaim:
    """What 36 against 8 means, what the review that is cited prints, and what the trials at hand say.

    Attributes:
        quoted_ratio: the two quoted percentages as a ratio.
        published_ratio: the pooled risk ratio of the cited review.
        sham_if_active: sham percentage that goes with the quoted active one under the published ratio.
        active_if_sham: active percentage that goes with the quoted sham one under the published ratio.
        ratio, ratio_ci: pooled risk ratio of the trials at hand and its 95% interval.
        active, sham: the arms of the trials at hand.
        sentence: all of it in words.
    """

    quoted_ratio: float
    published_ratio: float
    sham_if_active: float
    active_if_sham: float
    ratio: float | NotAssessable
    ratio_ci: tuple[float, float] | NotAssessable
    active: ArmRisk
    sham: ArmRisk
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        arms = {a.arm: {name: to_plain(value) for name, value in a.__dict__.items()} for a in (self.active, self.sham)}
        own = {name: to_plain(value) for name, value in self.__dict__.items() if name not in arms}
        return own | arms


def remission_claim(evidence: Evidence, chosen: SelectedTrials, pooled: PooledEffect) -> RemissionClaim:
    """Set the quoted percentages beside the published ratio and the trials of a selection.

    Args:
        evidence: its tables ``claims`` and ``published`` give the quoted and the published figure.
        chosen: trials with remission counts.
        pooled: their pooled risk ratio.

    Raises:
        InvalidInputError: the evidence lacks the quoted figures or the published ratio.
    """
    quoted = {arm: _quoted(evidence, quantity) for arm, quantity in QUOTED.items()}
    rows = evidence.published[evidence.published["result_id"] == PUBLISHED]
    if rows.empty:
        raise InvalidInputError(Issue(None, "published", PUBLISHED, "must have this row."))
    ratio = float(rows["estimate"].iloc[0])
    trials = chosen.trials
    claim = RemissionClaim(
        quoted_ratio=quoted["active"] / quoted["sham"],
        published_ratio=ratio,
        sham_if_active=quoted["active"] / ratio,
        active_if_sham=quoted["sham"] * ratio,
        ratio=pooled.ratio,
        ratio_ci=pooled.ratio_ci,
        active=_arm("active", trials["events_t"], trials["n_t"], trials["study"], quoted["active"]),
        sham=_arm("sham", trials["events_c"], trials["n_c"], trials["study"], quoted["sham"]),
        sentence="",
    )
    return RemissionClaim(**{**claim.__dict__, "sentence": _sentence(claim, pooled.k)})


def _quoted(evidence: Evidence, quantity: str) -> float:
    rows = evidence.claims[evidence.claims["quantity"] == quantity]
    if len(rows) != 1:
        raise InvalidInputError(Issue(None, "claims", len(rows), f"must hold exactly one claim on {quantity!r}."))
    return float(rows["quoted_low"].iloc[0])


def _arm(arm: str, events: Any, n: Any, study: Any, quoted: float) -> ArmRisk:
    result = pool_by(fx.proportion("PLO", events, n, study=study), ARM_SPEC)
    limits = (result.ci, result.ci) if isinstance(result.ci, NotAssessable) else result.ci
    low, high = (x if isinstance(x, NotAssessable) else _percent(x) for x in limits)
    each = 100 * events / n
    return ArmRisk(
        arm=arm,
        events=int(events.sum()),
        n=int(n.sum()),
        pooled=_percent(result.estimate),
        low=low,
        high=high,
        lowest=float(each.min()),
        highest=float(each.max()),
        quoted=quoted,
    )


def _percent(logit: float) -> float:
    return 100 * float(fx.back_transform("PLO", logit))


def _arm_words(a: ArmRisk) -> str:
    limits = a.low if isinstance(a.low, NotAssessable) else f"{number(a.low, 0)} to {number(a.high, 0)}%"
    spread = f"single trials {number(a.lowest, 0)} to {number(a.highest, 0)}%"
    return f"{number(a.pooled, 0)}% ({limits}; {spread}) with {a.arm} treatment, quoted {number(a.quoted, 0)}%"


def _sentence(c: RemissionClaim, k: int) -> str:
    return (
        f"{number(c.active.quoted, 0)} against {number(c.sham.quoted, 0)}% is a ratio of {number(c.quoted_ratio, 1)}. "
        f"The review that is cited prints {number(c.published_ratio)}: with {number(c.active.quoted, 0)}% active that "
        f"means {number(c.sham_if_active, 0)}% sham, with {number(c.sham.quoted, 0)}% sham it means "
        f"{number(c.active_if_sham, 0)}% active. The {k} trials at hand give a risk ratio of {number(c.ratio)} "
        f"({interval(c.ratio_ci)}), and remission of {_arm_words(c.active)}; {_arm_words(c.sham)}. "
        "Percentages of single arms mix trials that differ, so only the ratio compares treatment with sham."
    )
