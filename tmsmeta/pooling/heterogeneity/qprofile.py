"""Solving Q(tau2) = target, and the Q-profile interval that follows from it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from scipy.special import chdtri

from tmsmeta.errors import ConvergenceError, NotAssessable
from tmsmeta.pooling.heterogeneity.weighted_regression import WeightedModel
from tmsmeta.words import numbers
from tmsmeta.words.arguments import answerable
from tmsmeta.words.results import Brief, to_plain

_MAX_STEPS = 500


def solve_q(model: WeightedModel, target: float) -> float:
    """The tau2 >= 0 at which the generalised Q statistic equals `target`; 0 where Q(0) is not above it.

    1 / Q is concave and increasing in tau2 (by the Cauchy-Schwarz inequality (y'PPy)^2 <= y'Py y'PPPy), so Newton
    steps on 1 / Q from tau2 = 0 rise to the root and cannot pass it.

    Raises:
        ConvergenceError: if the steps do not settle, which no finite input is known to cause.
    """
    shift = float(model.v.min())
    t = 0.0
    for _ in range(_MAX_STEPS):
        sums = model.sums(t) if t else model.at_zero
        q, a = float(sums.q), float(sums.a)
        if q <= target or a == 0.0:
            return t
        step = q * (q / target - 1) / a
        if step <= 1e-15 * (t + shift):
            return t + step
        t += step
    raise ConvergenceError(f"Q(tau2) did not reach {target}; last value tau2 = {t}.")


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Tau2Interval(Brief):
    """Confidence limits for tau2 and what follows from them.

    Attributes:
        method: how it was made, e.g. ``"QP"``.
        level: confidence level.
        tau2: lower and upper limit.
        tau: their square roots.
        i2: limits for I2 in percent, by I2 = tau2 / (tau2 + typical variance).
        h2: limits for H2, by H2 = 1 + tau2 / typical variance.
    """

    method: str
    level: float
    tau2: tuple[float, float]
    tau: tuple[float, float]
    i2: tuple[float, float]
    h2: tuple[float, float]

    def in_short(self) -> str:
        """The limits of tau2 and of I2."""
        low, high = self.tau2
        shown = [f"{numbers.tau2(end)}" for end in (low, high)]
        i2 = " to ".join(numbers.percent(end) for end in self.i2)
        return f"{numbers.level(self.level)} interval of tau2 {' to '.join(shown)}, of I2 {i2} ({self.method})."

    @classmethod
    def of(cls, method: str, level: float, tau2: tuple[float, float], typical: float) -> Tau2Interval:
        """Limits of tau2, and from them those of I2 and H2 with the typical sampling variance."""
        low, high = tau2
        return cls(
            method=method,
            level=level,
            tau2=tau2,
            tau=(float(np.sqrt(low)), float(np.sqrt(high))),
            i2=(100 * (low / (low + typical)), 100 * (high / (high + typical))),
            h2=(1 + low / typical, 1 + high / typical),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {f.name: to_plain(getattr(self, f.name)) for f in fields(self)}


@answerable
def tau2_interval(model: WeightedModel, typical: float, level: float = 0.95) -> Tau2Interval | NotAssessable:
    """Q-profile interval: all tau2 at which Q(tau2) lies between the outer quantiles of chi-square with k - p df.

    Args:
        model: the studies.
        typical: the typical sampling variance, for the limits of I2 and H2.
        level: confidence level.

    Returns:
        The interval, or the reason why there is none: fewer than two studies, or Q so small that the interval is
        empty.

    Raises:
        ConvergenceError: no limit found.

    Example:
        >>> import numpy as np
        >>> import tmsmeta as tm
        >>> model = tm.heterogeneity.InterceptModel(np.array([0.7, 0.1, 0.5]), np.array([0.04, 0.02, 0.09]))
        >>> interval = tm.heterogeneity.tau2_interval(model, tm.heterogeneity.typical_variance(model))
        >>> f"{interval.tau2[0]:.2f} to {interval.tau2[1]:.2f}"
        '0.00 to 3.66'

    References:
        Viechtbauer, Stat Med 2007;26:37.
    """
    df = model.k - model.p
    what = "interval for tau2"
    if df < 1:
        return NotAssessable(what, f"needs at least {model.p + 1} studies, got {model.k}")
    tail = (1 - level) / 2
    smallest, largest = float(chdtri(df, 1 - tail)), float(chdtri(df, tail))
    q0 = float(model.at_zero.q)
    if q0 < smallest:
        reason = f"Q = {q0:.3g} at tau2 = 0 lies below the {tail:.1%} quantile {smallest:.3g}: the interval is empty"
        return NotAssessable(what, reason)
    return Tau2Interval.of("QP", level, (solve_q(model, largest), solve_q(model, smallest)), typical)
