"""Intervals for the ratio or the difference of two proportions or rates.

Newcombe's and the log interval are those of statsmodels. Two are our own, since tests in
``tests/definitions/test_definitions_intervals.py`` show them to be better: Koopman's score interval, where statsmodels
0.15 returns the estimate itself as a limit, or a negative one, once an arm has no or only events
(``test_koopman_where_statsmodels_has_no_limits``); and the exact interval of a rate ratio, which statsmodels does not
have (``test_rate_ratio_beside_the_intervals_of_statsmodels``).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from tmsmeta.effects.intervals.base import Interval, arm_faults, positive_faults, raise_faults, whole_faults, z_quantile
from tmsmeta.effects.intervals.one_sample import clopper_pearson
from tmsmeta.errors import Issue, NotAssessable, check_option
from tmsmeta.words.arguments import answerable

RISK_RATIO_METHODS = ("score", "log")
"""Intervals of a risk ratio: Koopman's score interval, or the delta method on the log scale."""


@answerable
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

    Example:
        >>> import tmsmeta as tm
        >>> ratio = tm.intervals.rate_ratio_exact(8, 1200.0, 3, 1180.0)
        >>> f"{ratio.estimate:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"
        '2.62 (0.63 to 15.35)'

    Source: Przyborowski and Wilenski 1940, Biometrika 31:313-323.
    """
    faults = [*whole_faults(events_t, "events_t"), *whole_faults(events_c, "events_c")]
    faults += [*positive_faults(time_t, "time_t"), *positive_faults(time_c, "time_c")]
    raise_faults([faults], level)
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


@answerable
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

    Example:
        >>> import tmsmeta as tm
        >>> difference = tm.intervals.newcombe_difference(12, 60, 6, 61)
        >>> f"{difference.estimate:.3f} ({difference.low:.3f} to {difference.high:.3f})"
        '0.102 (-0.028 to 0.231)'

    Source: Newcombe 1998, Statistics in Medicine 17:873-890, method 10.
    """
    raise_faults([arm_faults(events_t, n_t, "events_t", "n_t"), arm_faults(events_c, n_c, "events_c", "n_c")], level)
    low, high = _by_statsmodels(events_t, n_t, events_c, n_c, "newcomb", "diff", level)
    return Interval(
        quantity="risk difference",
        estimate=events_t / n_t - events_c / n_c,
        low=low,
        high=high,
        level=level,
        method="Newcombe method 10 (from Wilson limits)",
        inputs=_two_arms(events_t, n_t, events_c, n_c),
    )


@answerable
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

    Example:
        >>> import tmsmeta as tm
        >>> ratio = tm.intervals.risk_ratio_interval(12, 60, 6, 61)
        >>> f"{ratio.estimate:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"
        '2.03 (0.85 to 4.97)'

    Source: score: Koopman 1984, Biometrics 40:513-517; log: Katz et al. 1978, Biometrics 34:469-474.
    """
    check_option("method", method, RISK_RATIO_METHODS)
    faults = [*arm_faults(events_t, n_t, "events_t", "n_t"), *arm_faults(events_c, n_c, "events_c", "n_c")]
    if method == "log" and not faults:
        message = "must be above 0 for the log interval; use method='score' for zero cells."
        faults += [Issue(None, c, e, message) for c, e in (("events_t", events_t), ("events_c", events_c)) if e == 0]
    raise_faults([faults], level)
    if method == "log":
        low, high = _by_statsmodels(events_t, n_t, events_c, n_c, "log", "ratio", level)
    else:
        low, high = _score_limits(events_t, n_t, events_c, n_c, z_quantile(level))
    return Interval(
        quantity="risk ratio",
        estimate=_ratio(events_t, events_c, n_c / n_t, "risk ratio"),
        low=low,
        high=high,
        level=level,
        method="Koopman score" if method == "score" else "log (delta method)",
        inputs=_two_arms(events_t, n_t, events_c, n_c),
    )


def _by_statsmodels(
    events_t: int, n_t: int, events_c: int, n_c: int, method: str, compare: str, level: float
) -> tuple[float, float]:
    # imported here, since it takes a second that nobody should wait for who asks for something else
    from statsmodels.stats.proportion import confint_proportions_2indep

    low, high = confint_proportions_2indep(
        events_t, n_t, events_c, n_c, method=method, compare=compare, alpha=1 - level
    )
    return float(low), float(high)


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


def _ratio(events_t: int, events_c: int, scale: float, what: str) -> float | NotAssessable:
    if events_t == 0 and events_c == 0:
        return NotAssessable(what, "neither arm has an event")
    return math.inf if events_c == 0 else scale * events_t / events_c


def _odds(share: float) -> float:
    return math.inf if share == 1.0 else share / (1.0 - share)


def _two_arms(events_t: int, n_t: int, events_c: int, n_c: int) -> dict[str, float]:
    return {"events_t": float(events_t), "n_t": float(n_t), "events_c": float(events_c), "n_c": float(n_c)}
