"""The relative effect that an absolute one is computed from, checked and on its natural scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tmsmeta.effects.measures import MEASURES, of_two_risks
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable, check_option
from tmsmeta.words import numbers
from tmsmeta.words.glossary import BETTER

NOT_STATED = "not stated"
_LEVEL = 0.95


def _measures() -> tuple[str, ...]:
    """Measures from which a risk with treatment follows."""
    return of_two_risks("logit", "log", "identity")


class PooledLike(Protocol):
    """A pooled effect: estimate and interval on the scale of its measure (logs for ratios)."""

    @property
    def estimate(self) -> Any:
        """Pooled estimate."""

    @property
    def ci(self) -> Any:
        """Lower and upper limit."""

    @property
    def effects(self) -> Any:
        """The effect sizes that were pooled; their `measure` is read."""


@dataclass(frozen=True, kw_only=True)
class RelativeEffect:
    """An effect of treatment on the scale on which it is printed.

    Attributes:
        measure: ``"OR"``, ``"RR"``, ``"RD"`` or ``"PETO"`` (an odds ratio).
        estimate: ratio (not logged), or risk difference as a fraction.
        ci: lower and upper limit on the same scale, or why there are none.
        level: confidence level of the limits.
    """

    measure: str
    estimate: float
    ci: tuple[float, float] | NotAssessable
    level: float

    @classmethod
    def of_estimate(
        cls, measure: str, estimate: float, ci: tuple[float, float] | NotAssessable, level: float
    ) -> RelativeEffect:
        """An effect as it was estimated, ratios on the log scale."""
        unlog = math.exp if MEASURES[measure].is_ratio else float
        limits = ci if isinstance(ci, NotAssessable) else (unlog(ci[0]), unlog(ci[1]))
        return cls(measure=measure, estimate=unlog(estimate), ci=limits, level=level)

    def text(self) -> str:
        """The effect as it would be printed."""
        limits = None if isinstance(self.ci, NotAssessable) else self.ci
        return f"{self.measure} {MEASURES[self.measure].text(self.estimate, limits)}"

    def risk(self, baseline: float, effect: float, what: str) -> float | NotAssessable:
        """Risk with treatment for a baseline risk, or why there is none: a risk cannot leave 0 to 1."""
        if MEASURES[self.measure].arm_scale == "logit":
            return effect * baseline / (1.0 - baseline + effect * baseline)
        risk = baseline * effect if MEASURES[self.measure].is_ratio else baseline + effect
        if 0.0 <= risk <= 1.0:
            return risk
        side = "above 1" if risk > 1.0 else "below 0"
        shown, at, gives = (numbers.plain(value, 3) for value in (effect, baseline, risk))
        return NotAssessable(what, f"{self.measure} {shown} at a baseline risk of {at} gives a risk {side} ({gives})")


def checked_effect(
    pooled: PooledLike | None,
    baseline_risks: Sequence[float],
    source: str,
    better: str,
    *,
    measure: str | None,
    estimate: float | None,
    ci: Sequence[float] | None,
    level: float | None,
) -> RelativeEffect:
    """The effect that an absolute one is asked for, once everything that was given has been checked.

    Raises:
        InvalidInputError: numbers that cannot be right; every fault is listed.
        UnknownOptionError: a measure or direction that is not on its list.
    """
    check_option("better", better, BETTER)
    faults: list[Issue] = []
    effect = read_effect(pooled, measure, estimate, ci, level, faults)
    for row, value in enumerate(baseline_risks, start=1):
        check_baseline(value, faults, row if len(baseline_risks) > 1 else None)
    if not len(baseline_risks):
        faults.append(Issue(None, "baseline_risks", None, "must hold at least one risk."))
    check_text(source, "source", faults)
    if faults:
        raise InvalidInputError(faults)
    return effect


def read_effect(
    pooled: PooledLike | None,
    measure: str | None,
    estimate: float | None,
    ci: Sequence[float] | None,
    level: float | None,
    faults: list[Issue],
) -> RelativeEffect:
    """One effect from a pooled result or from plain numbers; what is wrong is added to `faults`.

    Raises:
        UnknownOptionError: a measure that has no absolute counterpart.
    """
    if pooled is not None:
        if any(value is not None for value in (measure, estimate, ci)):
            message = "was given together with a pooled effect; give one of the two."
            faults.append(Issue(None, "measure, estimate or ci", None, message))
        return _from_pooled(pooled, level, faults)
    if measure is not None:
        check_option("measure", measure, _measures())
    if measure is None or estimate is None:
        missing = " and ".join(n for n, v in (("measure", measure), ("estimate", estimate)) if v is None)
        faults.append(Issue(None, missing, None, "is missing: give a pooled effect, or measure and estimate (and ci)."))
    limits: tuple[float, float] | NotAssessable = NotAssessable("interval", "no interval of the effect was given")
    if ci is not None:
        if len(ci) == 2:
            limits = (ci[0], ci[1])
        else:
            faults.append(Issue(None, "ci", ci, "must hold the lower and the upper limit."))
    effect = RelativeEffect(
        measure=measure or "RR",
        estimate=1.0 if estimate is None else estimate,
        ci=limits,
        level=_LEVEL if level is None else level,
    )
    _check(effect, faults)
    return effect


def check_pooled(pooled: object) -> None:
    """Raise unless this is a pooled effect, known by the effects that it was made of."""
    if not hasattr(getattr(pooled, "effects", None), "measure") or not hasattr(pooled, "estimate"):
        message = "must be a pooled effect, as pool() and mantel_haenszel() give; of a network, give the numbers."
        raise InvalidInputError(Issue(None, "pooled", type(pooled).__name__, message))


def _from_pooled(pooled: PooledLike, level: float | None, faults: list[Issue]) -> RelativeEffect:
    check_pooled(pooled)
    measure = str(pooled.effects.measure)
    check_option("measure", measure, _measures())
    if isinstance(pooled.estimate, NotAssessable):
        message = f"has no estimate: {pooled.estimate.reason}."
        raise InvalidInputError(Issue(None, "pooled", None, message))
    usual = _LEVEL if level is None else level
    own = getattr(getattr(pooled, "spec", None), "level", usual)
    if level not in (None, own):
        faults.append(Issue(None, "level", level, f"differs from the level of the pooled interval, {own}."))
    effect = RelativeEffect.of_estimate(measure, pooled.estimate, pooled.ci, own)
    _check(effect, faults)
    return effect


def _check(effect: RelativeEffect, faults: list[Issue]) -> None:
    limits = () if isinstance(effect.ci, NotAssessable) else effect.ci
    numbers = {"estimate": effect.estimate} | {f"ci[{i}]": limit for i, limit in enumerate(limits)}
    broken = [Issue(None, c, v, "must be a finite number.") for c, v in numbers.items() if not is_finite(v)]
    faults.extend(broken)
    if not is_finite(effect.level) or not 0.0 < effect.level < 1.0:
        faults.append(Issue(None, "level", effect.level, "must lie between 0 and 1, e.g. 0.95."))
    if broken:
        return
    if MEASURES[effect.measure].is_ratio:
        message = f"must be above 0: plain numbers for {effect.measure} are not logged."
        faults.extend(Issue(None, c, v, message) for c, v in numbers.items() if v <= 0.0)
    elif any(abs(value) > 1.0 for value in numbers.values()):
        faults.append(Issue(None, "estimate", effect.estimate, "must be a fraction between -1 and 1 for RD."))
    if limits and not limits[0] <= effect.estimate <= limits[1]:
        message = "must run from a lower to an upper limit with the estimate between them."
        faults.append(Issue(None, "ci", limits, message))


def check_baseline(value: float, faults: list[Issue], row: int | None = None) -> None:
    """Add a fault unless `value` is a risk strictly between 0 and 1."""
    if not is_finite(value) or not 0.0 < value < 1.0:
        message = "must be a risk strictly between 0 and 1 (0.10 for 10%)."
        faults.append(Issue(row, "baseline_risk", value, message))


def check_text(value: object, column: str, faults: list[Issue]) -> None:
    """Add a fault unless `value` is text with something in it."""
    if not isinstance(value, str) or not value.strip():
        faults.append(Issue(None, column, value, f"must be text that names the source, or {NOT_STATED!r}."))


def is_finite(value: object) -> bool:
    """Whether it is a number, and not an infinite one."""
    return not isinstance(value, bool) and hasattr(value, "__float__") and math.isfinite(float(value))
