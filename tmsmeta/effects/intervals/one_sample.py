"""Intervals for one proportion or one rate.

They are quantiles of scipy.special, written out: the same numbers as those of statsmodels to the last digits
(``test_one_sample_limits_are_those_of_statsmodels`` in ``tests/definitions/test_definitions_intervals.py``), ten times
as fast in the searches of :mod:`tmsmeta.effects.reconstruct`, exactly 0 where there is no event, and without an import
that takes a second, as long as the rest of a start.
"""

from __future__ import annotations

import math

from scipy import special

from tmsmeta.effects.intervals.base import Interval, arm_faults, positive_faults, raise_faults, whole_faults, z_quantile
from tmsmeta.words.arguments import answerable


@answerable
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

    Example:
        >>> import tmsmeta as tm
        >>> interval = tm.intervals.clopper_pearson(0, 30)
        >>> f"{interval.estimate:.3f} ({interval.low:.3f} to {interval.high:.3f})"
        '0.000 (0.000 to 0.116)'

    Source: Clopper and Pearson 1934, Biometrika 26:404-413, as quantiles of beta distributions.
    """
    raise_faults([arm_faults(events, n, "events", "n")], level)
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


@answerable
def wilson(events: int, n: int, *, level: float = 0.95) -> Interval:
    """Score interval for a proportion: short, and right on average.

    Args:
        events: number with the outcome, 0 to `n`.
        n: number observed.
        level: confidence level, between 0 and 1.

    Returns:
        Estimate and limits as proportions (0 to 1).

    Raises:
        InvalidInputError: counts that are not whole, negative, or more events than `n`; `level` outside (0, 1).

    Example:
        >>> import tmsmeta as tm
        >>> interval = tm.intervals.wilson(12, 30)
        >>> f"{interval.estimate:.3f} ({interval.low:.3f} to {interval.high:.3f})"
        '0.400 (0.246 to 0.577)'

    Source: Wilson 1927, Journal of the American Statistical Association 22:209-212.
    """
    raise_faults([arm_faults(events, n, "events", "n")], level)
    z = z_quantile(level)
    centre = (events + z * z / 2.0) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(events * (n - events) / n + z * z / 4.0)
    inputs = {"events": float(events), "n": float(n)}
    return Interval(
        quantity="proportion",
        estimate=events / n,
        low=0.0 if events == 0 else centre - half,
        high=1.0 if events == n else centre + half,
        level=level,
        method="Wilson score",
        inputs=inputs,
    )


@answerable
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

    Example:
        >>> import tmsmeta as tm
        >>> rate = tm.intervals.garwood(2, 25000, per=10000)
        >>> f"{rate.estimate:.2f} ({rate.low:.2f} to {rate.high:.2f}) per 10,000"
        '0.80 (0.10 to 2.89) per 10,000'

    Source: Garwood 1936, Biometrika 28:437-442.
    """
    faults = [*whole_faults(events, "events"), *positive_faults(exposure, "exposure"), *positive_faults(per, "per")]
    raise_faults([faults], level)
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


@answerable
def garwood_limits(events: int, level: float) -> tuple[float, float]:
    """Exact limits for the mean of a Poisson count, from quantiles of gamma distributions.

    Args:
        events: the count, 0 or more.
        level: confidence level, between 0 and 1. Neither is checked here; :func:`garwood` checks both.

    Returns:
        Lower and upper limit, in events; the lower one of no events is 0.

    Raises:
        InvalidInputError: an argument of another kind.

    Example:
        >>> import tmsmeta as tm
        >>> low, high = tm.intervals.garwood_limits(2, 0.95)
        >>> f"{low:.3f} to {high:.3f}"
        '0.242 to 7.225'
    """
    tail = (1.0 - level) / 2.0
    low = 0.0 if events == 0 else float(special.gammaincinv(events, tail))
    return low, float(special.gammainccinv(events + 1, tail))
