"""Number needed to treat, with an interval that stays right when it crosses no effect."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tmsmeta.absolute.effect import NOT_STATED, PooledLike, RelativeEffect, checked_effect
from tmsmeta.absolute.risk import Limits, because, treated_risk
from tmsmeta.effects.intervals.base import NotebookView
from tmsmeta.errors import NotAssessable
from tmsmeta.words.arguments import answerable
from tmsmeta.words.numbers import level, number
from tmsmeta.words.results import notes, to_cell, to_plain

if TYPE_CHECKING:
    import pandas as pd

NNTB, NNTH = "NNTB", "NNTH"
_IN_WORDS = {NNTB: "benefit", NNTH: "harm"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch of the interval of a number needed to treat.

    Attributes:
        kind: ``"NNTB"`` (to benefit) or ``"NNTH"`` (to harm).
        low: its smaller end: the strongest effect.
        high: its larger end; infinite where it reaches no effect.
    """

    kind: str
    low: float | NotAssessable
    high: float | NotAssessable


@dataclass(frozen=True, kw_only=True, repr=False)
class NumberNeeded(NotebookView):
    """How many people must be treated for one more to benefit (NNTB), or to be harmed (NNTH).

    Attributes:
        effect: the relative effect it is computed from.
        baseline_risk: risk without treatment, a fraction.
        source: where the baseline risk is from, or ``"not stated"``.
        better: ``"higher"`` when the outcome is wanted, ``"lower"`` when it is not.
        kind: ``"NNTB"`` or ``"NNTH"``; ``""`` when the estimate is exactly no effect or not assessable.
        value: the number, 1 or more; infinite when the estimate is exactly no effect.
        interval: one stretch; or two, benefit to infinity and harm to infinity, when the interval includes no
            effect; empty when no limit is known.
    """

    effect: RelativeEffect
    baseline_risk: float
    source: str
    better: str
    kind: str
    value: float | NotAssessable
    interval: tuple[Stretch, ...]

    @property
    def crosses_no_effect(self) -> bool:
        """Whether both benefit and harm are within the interval."""
        return len(self.interval) == 2

    def interval_text(self) -> str:
        """The interval in Altman's notation, e.g. ``"NNTB 4.0 to infinity to NNTH 20.0"``."""
        if not self.interval:
            return "not assessable"
        if self.crosses_no_effect:
            benefit, harm = self.interval
            return f"NNTB {_shown(benefit.low)} to infinity to NNTH {_shown(harm.low)}"
        only = self.interval[0]
        return f"{only.kind} {_shown(only.low)} to {_shown(only.high)}"

    def _interval_words(self) -> str:
        """The same without the abbreviations: ``"from a benefit for one in 4.0 through no effect to a harm ..."``."""
        if not self.interval:
            return "not assessable"
        if self.crosses_no_effect:
            benefit, harm = (f"a {_IN_WORDS[s.kind]} for one in {_shown(s.low)}" for s in self.interval)
            return f"from {benefit} through no effect to {harm}"
        only = self.interval[0]
        return f"{_shown(only.low)} to {_shown(only.high)}"

    def sentence(self, outcome: str = "has the outcome") -> str:
        """The number and its interval in a sentence; `outcome` completes "one more (or fewer) ..."."""
        at = (
            f"at a baseline risk of {number(1000 * self.baseline_risk, 0)} per 1,000 "
            f"(source of this figure: {self.source}), from {self.effect.text()}"
        )
        if isinstance(self.value, NotAssessable):
            return f"The number needed to treat is {self.value}, {at}."
        if not self.kind:
            return f"The estimate is no effect, so the number needed to treat is infinite, {at}."
        more = (self.kind == NNTB) == (self.better == "higher")
        interval = f"{level(self.effect.level)} interval {self._interval_words()}"
        why = because([end for stretch in self.interval for end in (stretch.low, stretch.high)])
        return (
            f"{_shown(self.value)} people need to be treated for one {'more' if more else 'fewer'} who {outcome} "
            f"(a {_IN_WORDS[self.kind]}; {interval}), {at}.{why}"
        )

    def _method(self) -> str:
        return (
            f"The number needed to treat is the reciprocal of the risk difference that {self.effect.text()} gives at a "
            f"baseline risk of {number(1000 * self.baseline_risk, 0)} per 1,000 (source: {self.source}); an interval "
            "that includes no effect runs from benefit through infinity to harm (Altman, BMJ 1998;317:1309)."
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; infinity is the text ``"infinity"``."""
        return {
            "measure": self.effect.measure,
            "estimate": self.effect.estimate,
            "level": self.effect.level,
            "baseline_risk": self.baseline_risk,
            "source": self.source,
            "better": self.better,
            "kind": self.kind,
            "value": to_plain(self.value),
            "interval": to_plain(self.interval),
            "crosses_no_effect": self.crosses_no_effect,
        }

    def to_frame(self) -> pd.DataFrame:
        """One row for the estimate and one per stretch of the interval: `part kind low high note`."""
        import pandas as pd

        rows = [("estimate", self.kind, self.value, self.value)]
        rows += [("interval", stretch.kind, stretch.low, stretch.high) for stretch in self.interval]
        return pd.DataFrame(
            [
                {
                    "part": part,
                    "kind": kind,
                    "low": to_cell(low),
                    "high": to_cell(high),
                    "baseline_risk": self.baseline_risk,
                    "source": self.source,
                    "note": notes((low, high)),
                }
                for part, kind, low, high in rows
            ]
        )


@answerable
def nnt(
    pooled: PooledLike | None = None,
    *,
    baseline_risk: float,
    source: str = NOT_STATED,
    better: str = "higher",
    measure: str | None = None,
    estimate: float | None = None,
    ci: Sequence[float] | None = None,
    level: float | None = None,
) -> NumberNeeded:
    """Number needed to treat for one more person to benefit, at a stated baseline risk.

    Args:
        pooled: a pooled OR, RR, RD or Peto odds ratio, as in :func:`~tmsmeta.absolute.risk_per_1000`.
        baseline_risk: risk without treatment as a fraction, strictly between 0 and 1.
        source: where the baseline risk is from.
        better: ``"higher"`` or ``"lower"``: which direction of the outcome is wanted.
        measure: ``"OR"``, ``"RR"``, ``"RD"`` or ``"PETO"`` for plain numbers.
        estimate: the effect as printed: ratios not logged, a risk difference as a fraction.
        ci: its limits, on the same scale.
        level: confidence level of `ci`, 0.95 when left out; a pooled effect knows its own.

    Returns:
        The number with its kind, and the interval. An interval that includes no effect runs from benefit through
        infinity to harm and is never printed as if it were one stretch of numbers. Where the risk would leave 0 to 1
        the number or the limit is not assessable.

    Raises:
        InvalidInputError: numbers that cannot be right; every fault is listed.
        UnknownOptionError: a measure or direction that is not on its list.

    Example:
        >>> import tmsmeta as tm
        >>> number = tm.nnt(baseline_risk=0.20, measure="RR", estimate=1.75, ci=(1.25, 2.45), source="control arms")
        >>> f"{number.kind} {number.value:.1f} ({number.interval_text()})"
        'NNTB 6.7 (NNTB 3.4 to 20.0)'

    Source: Altman 1998, BMJ 317:1309-1312, for the interval and the names NNTB and NNTH.
    """
    effect = checked_effect(
        pooled, (baseline_risk,), source, better, measure=measure, estimate=estimate, ci=ci, level=level
    )
    treated, limits = treated_risk(effect, baseline_risk)
    gain = _gain(treated, baseline_risk, better)
    gains = _gain(limits[0], baseline_risk, better), _gain(limits[1], baseline_risk, better)
    return NumberNeeded(
        effect=effect,
        baseline_risk=float(baseline_risk),
        source=source,
        better=better,
        kind="" if isinstance(gain, NotAssessable) or gain == 0.0 else NNTB if gain > 0.0 else NNTH,
        value=_inverse(gain),
        interval=_interval(gains if better == "higher" else (gains[1], gains[0])),
    )


def _gain(risk: float | NotAssessable, baseline: float, better: str) -> float | NotAssessable:
    """Gain in risk, positive for a benefit."""
    if isinstance(risk, NotAssessable):
        return risk
    return risk - baseline if better == "higher" else baseline - risk


def _inverse(gain: float | NotAssessable) -> float | NotAssessable:
    if isinstance(gain, NotAssessable):
        return NotAssessable("number needed to treat", gain.reason)
    return math.inf if gain == 0.0 else 1.0 / abs(gain)


def _interval(gains: Limits) -> tuple[Stretch, ...]:
    """Stretches for the limits of the gain, the worst first.

    One limit beyond the possible risks is the far end of its own side: past it lies no other effect.
    """
    worst, best = gains
    if isinstance(worst, NotAssessable) and isinstance(best, NotAssessable):
        return ()
    benefits = isinstance(best, NotAssessable) or best > 0.0
    harms = isinstance(worst, NotAssessable) or worst < 0.0
    if benefits and harms:
        return Stretch(NNTB, _inverse(best), math.inf), Stretch(NNTH, _inverse(worst), math.inf)
    if benefits:
        return (Stretch(NNTB, _inverse(best), _inverse(worst)),)
    return (Stretch(NNTH, _inverse(worst), _inverse(best)),) if harms else ()


def _shown(value: float | NotAssessable) -> str:
    if isinstance(value, NotAssessable):
        return "not assessable"
    return number(value, 1)
