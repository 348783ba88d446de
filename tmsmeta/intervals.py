"""Intervals for one or two proportions or rates: exact where an exact one exists.

Each function takes counts and returns an :class:`Interval`. All inputs are checked, and every fault is listed.
They rest on closed forms in `scipy.special`, so that an audit of many figures stays fast.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scipy import special

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable, check_option

if TYPE_CHECKING:
    import pandas as pd

RISK_RATIO_METHODS = ("score", "log")


@dataclass(frozen=True, kw_only=True)
class Interval:
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
        estimate = (
            {"not_assessable": self.estimate.reason}
            if isinstance(self.estimate, NotAssessable)
            else _jsonable(self.estimate)
        )
        return {
            "quantity": self.quantity,
            "estimate": estimate,
            "low": _jsonable(self.low),
            "high": _jsonable(self.high),
            "level": self.level,
            "per": self.per,
            "method": self.method,
            "inputs": dict(self.inputs),
        }

    def to_frame(self) -> pd.DataFrame:
        """One row: `quantity estimate ci_low ci_high level per method note`."""
        import pandas as pd

        missing = isinstance(self.estimate, NotAssessable)
        row = {
            "quantity": self.quantity,
            "estimate": math.nan if missing else self.estimate,
            "ci_low": self.low,
            "ci_high": self.high,
            "level": self.level,
            "per": self.per,
            "method": self.method,
            "note": str(self.estimate) if missing else "",
        }
        return pd.DataFrame([row])

    def sentence(self) -> str:
        """The figure, its interval and its method in one line."""
        shown = str(self.estimate) if isinstance(self.estimate, NotAssessable) else f"{self.estimate:.4g}"
        scale = f" per {self.per:,.10g}" if self.quantity == "rate" else ""
        return (
            f"{self.quantity} {shown}{scale} ({100 * self.level:g}% interval {self.low:.4g} to {self.high:.4g}; "
            f"{self.method})."
        )


def clopper_pearson(events: int, n: int, *, level: float = 0.95) -> Interval:
    """Exact interval for a proportion: it never covers less often than `level`.

    Args:
        events: number with the outcome, 0 to `n`.
        n: number observed.
        level: confidence level, between 0 and 1.

    Returns:
        Estimate and limits as proportions (0 to 1).

    Raises:
        InvalidInputError: counts that are not whole, negative, or more events than `n`; `level` outside (0, 1).

    Source: Clopper and Pearson 1934, Biometrika 26:404-413, as quantiles of beta distributions.
    """
    _check([_arm(events, n, "events", "n")], level)
    tail = (1.0 - level) / 2.0
    low = 0.0 if events == 0 else float(special.betaincinv(events, n - events + 1, tail))
    high = 1.0 if events == n else float(special.betainccinv(events + 1, n - events, tail))
    inputs = {"events": float(events), "n": float(n)}
    return Interval(
        quantity="proportion",
        estimate=events / n,
        low=low,
        high=high,
        level=level,
        method="Clopper-Pearson exact",
        inputs=inputs,
    )


def wilson(events: int, n: int, *, level: float = 0.95) -> Interval:
    """Score interval for a proportion: short, and right on average.

    Args, return value and errors are those of :func:`clopper_pearson`.

    Source: Wilson 1927, Journal of the American Statistical Association 22:209-212.
    """
    _check([_arm(events, n, "events", "n")], level)
    low, high = _wilson_limits(events, n, _z(level))
    inputs = {"events": float(events), "n": float(n)}
    return Interval(
        quantity="proportion",
        estimate=events / n,
        low=low,
        high=high,
        level=level,
        method="Wilson score",
        inputs=inputs,
    )


def garwood(events: int, exposure: float, *, per: float = 1.0, level: float = 0.95) -> Interval:
    """Exact Poisson interval for a rate of events per exposure.

    Args:
        events: number of events, 0 or more.
        exposure: person-time, sessions or persons, above 0.
        per: the exposure that the answer refers to, e.g. 1000 for events per 1,000 sessions.
        level: confidence level, between 0 and 1.

    Returns:
        Rate and limits per `per` units of exposure.

    Raises:
        InvalidInputError: events that are not whole or are negative, exposure or `per` not above 0.

    Source: Garwood 1936, Biometrika 28:437-442.
    """
    faults = [*_whole(events, "events"), *_positive(exposure, "exposure"), *_positive(per, "per")]
    _check([faults], level)
    low, high = garwood_limits(events, level)
    scale = per / exposure
    return Interval(
        quantity="rate",
        estimate=events * scale,
        low=low * scale,
        high=high * scale,
        level=level,
        per=per,
        method="Garwood exact Poisson",
        inputs={"events": float(events), "exposure": float(exposure)},
    )


def garwood_limits(events: int, level: float) -> tuple[float, float]:
    """Exact limits for the mean of a Poisson count, from quantiles of gamma distributions."""
    tail = (1.0 - level) / 2.0
    low = 0.0 if events == 0 else float(special.gammaincinv(events, tail))
    return low, float(special.gammainccinv(events + 1, tail))


def rate_ratio_exact(events_t: int, time_t: float, events_c: int, time_c: float, *, level: float = 0.95) -> Interval:
    """Ratio of two Poisson rates (treated over comparator) with its exact conditional interval.

    Given the total, the treated events are binomial, so the limits are those of Clopper and Pearson for that
    share, turned back into a ratio of rates.

    Args:
        events_t: events in the treated arm, 0 or more.
        time_t: exposure of the treated arm, above 0.
        events_c: events in the comparator.
        time_c: exposure of the comparator, in the unit of `time_t`.
        level: confidence level, between 0 and 1.

    Returns:
        Ratio and limits, not logged. Without any event the ratio is not assessable and the limits are 0 and
        infinity.

    Raises:
        InvalidInputError: counts that are not whole or are negative, exposures not above 0.

    Source: Przyborowski and Wilenski 1940, Biometrika 31:313-323.
    """
    faults = [*_whole(events_t, "events_t"), *_whole(events_c, "events_c")]
    faults += [*_positive(time_t, "time_t"), *_positive(time_c, "time_c")]
    _check([faults], level)
    inputs = {
        "events_t": float(events_t),
        "time_t": float(time_t),
        "events_c": float(events_c),
        "time_c": float(time_c),
    }
    total, scale = events_t + events_c, time_c / time_t
    low, high = 0.0, math.inf
    if total:
        share = clopper_pearson(events_t, total, level=level)
        low = scale * _odds(share.low)
        high = scale * _odds(share.high)
    return Interval(
        quantity="rate ratio",
        estimate=_ratio(events_t, events_c, scale, "rate ratio"),
        low=low,
        high=high,
        level=level,
        method="exact conditional binomial",
        inputs=inputs,
    )


def newcombe_difference(events_t: int, n_t: int, events_c: int, n_c: int, *, level: float = 0.95) -> Interval:
    """Difference of two proportions (treated minus comparator) from the Wilson limits of each.

    Args:
        events_t: number with the outcome in the treated arm.
        n_t: size of the treated arm.
        events_c: number with the outcome in the comparator.
        n_c: size of the comparator.
        level: confidence level, between 0 and 1.

    Returns:
        Difference and limits as proportions (-1 to 1).

    Raises:
        InvalidInputError: counts that are not whole, negative, or more events than patients.

    Source: Newcombe 1998, Statistics in Medicine 17:873-890, method 10.
    """
    _check([_arm(events_t, n_t, "events_t", "n_t"), _arm(events_c, n_c, "events_c", "n_c")], level)
    z, p_t, p_c = _z(level), events_t / n_t, events_c / n_c
    low_t, high_t = _wilson_limits(events_t, n_t, z)
    low_c, high_c = _wilson_limits(events_c, n_c, z)
    difference = p_t - p_c
    return Interval(
        quantity="risk difference",
        estimate=difference,
        low=difference - math.hypot(p_t - low_t, high_c - p_c),
        high=difference + math.hypot(high_t - p_t, p_c - low_c),
        level=level,
        method="Newcombe method 10 (from Wilson limits)",
        inputs=_two_arms(events_t, n_t, events_c, n_c),
    )


def risk_ratio_interval(
    events_t: int, n_t: int, events_c: int, n_c: int, *, method: str = "score", level: float = 0.95
) -> Interval:
    """Ratio of two proportions (treated over comparator) with a score or a log interval.

    Args:
        events_t: number with the outcome in the treated arm.
        n_t: size of the treated arm.
        events_c: number with the outcome in the comparator.
        n_c: size of the comparator.
        method: ``"score"`` (works with zero cells too) or ``"log"`` (the delta method; needs events in both arms).
        level: confidence level, between 0 and 1.

    Returns:
        Ratio and limits, not logged. A comparator without events gives an infinite ratio and upper limit;
        no events at all give a ratio that is not assessable, with limits 0 and infinity.

    Raises:
        InvalidInputError: impossible counts, or a zero cell with ``method="log"``.
        UnknownOptionError: a `method` that is not on the list.

    Source: score: Koopman 1984, Biometrics 40:513-517; log: Katz et al. 1978, Biometrics 34:469-474.
    """
    check_option("method", method, RISK_RATIO_METHODS)
    faults = [*_arm(events_t, n_t, "events_t", "n_t"), *_arm(events_c, n_c, "events_c", "n_c")]
    if method == "log" and not faults:
        message = "must be above 0 for the log interval; use method='score' for zero cells."
        faults += [Issue(None, c, e, message) for c, e in (("events_t", events_t), ("events_c", events_c)) if e == 0]
    _check([faults], level)
    limits = _log_limits if method == "log" else _score_limits
    low, high = limits(events_t, n_t, events_c, n_c, _z(level))
    return Interval(
        quantity="risk ratio",
        estimate=_ratio(events_t, events_c, n_c / n_t, "risk ratio"),
        low=low,
        high=high,
        level=level,
        method="Koopman score" if method == "score" else "log (delta method)",
        inputs=_two_arms(events_t, n_t, events_c, n_c),
    )


def _log_limits(events_t: int, n_t: int, events_c: int, n_c: int, z: float) -> tuple[float, float]:
    centre = math.log(events_t / n_t) - math.log(events_c / n_c)
    half = z * math.sqrt((n_t - events_t) / (events_t * n_t) + (n_c - events_c) / (events_c * n_c))
    return math.exp(centre - half), math.exp(centre + half)


def _score_limits(events_t: int, n_t: int, events_c: int, n_c: int, z: float) -> tuple[float, float]:
    if events_t == 0 and events_c == 0:
        return 0.0, math.inf

    def excess(log_ratio: float) -> float:
        return _score_statistic(math.exp(log_ratio), events_t, n_t, events_c, n_c) - z * z

    start = math.log(max(events_t, 1e-9) / n_t) - math.log(max(events_c, 1e-9) / n_c)
    low = 0.0 if events_t == 0 else math.exp(_crossing(excess, start, -1.0))
    high = math.inf if events_c == 0 else math.exp(_crossing(excess, start, 1.0))
    return low, high


def _score_statistic(ratio: float, events_t: int, n_t: int, events_c: int, n_c: int) -> float:
    """Koopman's statistic: Pearson's chi-square against the most likely risks that have this ratio."""
    a, c = ratio * (n_t + n_c), float(events_t + events_c)
    b = ratio * (n_t + events_c) + events_t + n_c
    risk_c = 2.0 * c / (b + math.sqrt(max(b * b - 4.0 * a * c, 0.0)))
    return _pearson(events_t, n_t, min(ratio * risk_c, 1.0)) + _pearson(events_c, n_c, min(risk_c, 1.0))


def _pearson(events: int, n: int, risk: float) -> float:
    gap, spread = events - n * risk, n * risk * (1.0 - risk)
    if spread <= 0.0:
        return 0.0 if abs(gap) < 1e-9 * n else math.inf
    return gap * gap / spread


def _crossing(excess: Callable[[float], float], start: float, direction: float) -> float:
    """Where `excess`, negative at `start`, first turns positive in `direction`."""
    from scipy.optimize import brentq

    step = 0.25
    while excess(start + direction * step) < 0.0:
        step *= 2.0
    near, far = start + direction * step / 2.0 * (step > 0.25), start + direction * step
    return float(brentq(excess, min(near, far), max(near, far), xtol=1e-13, rtol=1e-14))


def _wilson_limits(events: int, n: int, z: float) -> tuple[float, float]:
    centre = (events + z * z / 2.0) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(events * (n - events) / n + z * z / 4.0)
    low = 0.0 if events == 0 else centre - half
    return low, 1.0 if events == n else centre + half


def _ratio(events_t: int, events_c: int, scale: float, what: str) -> float | NotAssessable:
    if events_t == 0 and events_c == 0:
        return NotAssessable(what, "neither arm has an event")
    return math.inf if events_c == 0 else scale * events_t / events_c


def _odds(share: float) -> float:
    return math.inf if share == 1.0 else share / (1.0 - share)


def _z(level: float) -> float:
    return -float(special.ndtri((1.0 - level) / 2.0))


def _two_arms(events_t: int, n_t: int, events_c: int, n_c: int) -> dict[str, float]:
    return {"events_t": float(events_t), "n_t": float(n_t), "events_c": float(events_c), "n_c": float(n_c)}


def _jsonable(value: float) -> float | str:
    return "infinity" if math.isinf(value) else value


def _number(value: object, column: str) -> list[Issue]:
    if isinstance(value, bool) or not hasattr(value, "__float__") or not math.isfinite(float(value)):
        return [Issue(None, column, value, "must be a finite number.")]
    return []


def _whole(value: float, column: str) -> list[Issue]:
    faults = _number(value, column)
    if not faults and (value < 0 or value != int(value)):
        faults = [Issue(None, column, value, "must be a whole number, 0 or more.")]
    return faults


def _positive(value: float, column: str) -> list[Issue]:
    faults = _number(value, column)
    return faults or ([] if value > 0 else [Issue(None, column, value, "must be above 0.")])


def _arm(events: int, n: int, events_column: str, n_column: str) -> list[Issue]:
    faults = [*_whole(events, events_column), *_whole(n, n_column)]
    if not faults and n == 0:
        faults = [Issue(None, n_column, n, "must be at least 1.")]
    elif not faults and events > n:
        faults = [Issue(None, events_column, events, f"must not exceed `{n_column}`, which is {n}.")]
    return faults


def _check(groups: list[list[Issue]], level: float) -> None:
    faults = [issue for group in groups for issue in group]
    if _number(level, "level") or not 0.0 < level < 1.0:
        faults.append(Issue(None, "level", level, "must lie between 0 and 1, e.g. 0.95."))
    if faults:
        raise InvalidInputError(faults)
