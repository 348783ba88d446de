"""Profile likelihood of the between-study variance and of the pooled effect: intervals and the curve behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf, log, log1p
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from scipy.special import chdtri

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable, check_level, check_option
from tmsmeta.pooling.fit import estimable_rows
from tmsmeta.pooling.heterogeneity.likelihood import Criterion, log_likelihood, maximise
from tmsmeta.pooling.heterogeneity.likelihood_interval import cross, likelihood_limits, tau2_profile
from tmsmeta.pooling.heterogeneity.weighted_regression import InterceptModel
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import studies
from tmsmeta.words.numbers import level as level_text
from tmsmeta.words.numbers import tau2 as tau2_text
from tmsmeta.words.results import Result
from tmsmeta.words.sentences import closing

if TYPE_CHECKING:
    import pandas as pd

Parameter = Literal["tau2", "mu"]
PARAMETERS: tuple[Parameter, ...] = get_args(Parameter)
_LOG_2PI = log(6.283185307179586)
_GRID = 120


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class ProfileLikelihood(Result):
    """The likelihood along one parameter, the other one at its best for each value.

    Attributes:
        parameter: ``tau2``, or ``mu`` for the pooled effect (ratios on the log scale).
        criterion: ``ML`` or ``REML``.
        level: confidence level of the interval.
        estimate: where the likelihood is largest.
        low, high: the values at which it has fallen by half the quantile of chi-square with 1 degree of freedom.
        values: a grid of values around the interval, shape (points,).
        log_likelihood: the profile there, shape (points,).
        maximum: the largest log-likelihood.
        cutoff: the log-likelihood at the limits.
        effects: the studies.
        left_out: studies without an estimate.
    """

    parameter: Parameter
    criterion: Criterion
    level: float
    estimate: float
    low: float
    high: float
    values: Floats
    log_likelihood: Floats
    maximum: float
    cutoff: float
    effects: EffectSizes
    left_out: tuple[Issue, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """The curve: ``value log_likelihood``."""
        import pandas as pd

        return pd.DataFrame({"value": self.values, "log_likelihood": self.log_likelihood})

    def result_sentence(self) -> str:
        """The interval, in a sentence."""
        if self.parameter == "tau2":
            estimate, low, high = (tau2_text(value) for value in (self.estimate, self.low, self.high))
            shown = f"tau2 {estimate} ({level_text(self.level)} CI {low} to {high})"
        else:
            estimate, low, high = self.effects.natural.texts(self.estimate, (self.low, self.high))
            shown = f"{self.effects.info.label} {estimate} ({level_text(self.level)} CI {low} to {high})"
        return f"Profile likelihood, {studies(self.effects.k)}: {shown}."

    def methods_sentence(self) -> str:
        """How it was made, in a sentence."""
        name = "restricted likelihood" if self.criterion == "REML" else "likelihood"
        return (
            f"The {level_text(self.level)} interval holds the values at which the profile {name} lies within half the "
            f"quantile of chi-square with 1 degree of freedom of its maximum (Hardy and Thompson 1996). "
            f"{closing('', self.left_out)}"
        )


@answerable
def profile_likelihood(
    effects: EffectSizes,
    parameter: Parameter = "tau2",
    *,
    method: Criterion | None = None,
    level: float = 0.95,
    points: int = 101,
) -> ProfileLikelihood | NotAssessable:
    """Profile the likelihood of the random-effects model along tau2 or along the pooled effect.

    Args:
        effects: k rows; those without an estimate are left out.
        parameter: ``tau2``, or ``mu``, the pooled effect on the scale of the analysis.
        method: ``REML`` (default for tau2) or ``ML`` (the only one for the pooled effect, which the restricted
            likelihood does not contain).
        level: confidence level.
        points: of the grid, at least 11.

    Returns:
        The profile, or the reason why there is none: fewer than 2 studies.

    Raises:
        UnknownOptionError: an option outside its list.
        InvalidInputError: no study with an estimate; REML for the pooled effect; too few points.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.15, 0.3, 0.2], study=["A", "B", "C", "D"])
        >>> profile = tm.profile_likelihood(trials)
        >>> f"tau2 {profile.estimate:.3f} ({profile.low:.3f} to {profile.high:.2f})"
        'tau2 0.101 (0.007 to 1.12)'

    References:
        Hardy & Thompson, Stat Med 1996;15:619.
    """
    check_option("parameter", parameter, PARAMETERS)
    criterion: Criterion = method or ("REML" if parameter == "tau2" else "ML")
    check_option("method", criterion, get_args(Criterion))
    check_level(level)
    if parameter == "mu" and criterion == "REML":
        message = "must be 'ML' for the pooled effect: the restricted likelihood does not depend on it."
        raise InvalidInputError(Issue(None, "method", "REML", message))
    if points < 11:
        raise InvalidInputError(Issue(None, "points", points, "must be at least 11."))
    kept = estimable_rows(effects)
    if kept.k < 2:
        return NotAssessable("profile likelihood", f"needs at least 2 studies, got {kept.k}")
    model = InterceptModel(kept.yi, kept.vi)
    best = maximise(model, criterion)
    top = log_likelihood(model, best, criterion)
    cutoff = top - 0.5 * float(chdtri(1, 1 - level))
    if parameter == "tau2":
        profile: Callable[[float], float] = partial(tau2_profile, model, criterion)
        centre, (low, high) = best, likelihood_limits(model, best, criterion, level)
    else:
        profile, centre = _along_effect(kept), float(model.fit(best).beta[0])
        step = float(model.fit(best).weights.sum()) ** -0.5
        low, high = (cross(profile, centre, way * step, cutoff, way * inf) for way in (-1, 1))
    room = 0.15 * (high - low)
    start = max(low - room, 0.0) if parameter == "tau2" else low - room
    values = np.linspace(start, high + room, points)
    return ProfileLikelihood(
        parameter=parameter,
        criterion=criterion,
        level=level,
        estimate=centre,
        low=low,
        high=high,
        values=values,
        log_likelihood=np.array([profile(float(value)) for value in values]),
        maximum=top,
        cutoff=cutoff,
        effects=kept,
        left_out=() if kept is effects else effects.not_estimable,
    )


def _along_effect(effects: EffectSizes) -> Callable[[float], float]:
    """The likelihood at a given pooled effect, tau2 at its best."""
    y, v = effects.yi, effects.vi
    smallest = float(v.min())

    def at(mean: float) -> float:
        squares = (y - mean) ** 2
        # beyond the largest squared residual the derivative by tau2 is negative for every study
        top = max(float(squares.max()), smallest)
        grid = smallest * np.exp(np.linspace(0.0, log1p(top / smallest), _GRID)) - smallest
        heights = _heights(squares, v, grid)
        place = int(np.argmax(heights))
        low, high = grid[max(place - 1, 0)], grid[min(place + 1, _GRID - 1)]
        return max(float(heights[place]), _refined(squares, v, float(low), float(high)))

    return at


def _heights(squares: Floats, v: Floats, tau2: Floats) -> Floats:
    total = v[:, None] + tau2[None, :]
    return -0.5 * (np.log(total) + squares[:, None] / total + _LOG_2PI).sum(axis=0)


def _refined(squares: Floats, v: Floats, low: float, high: float) -> float:
    """The largest likelihood between two values of tau2 around one maximum, by halving on the sign of the slope."""
    for _ in range(80):
        middle = (low + high) / 2
        w = 1 / (v + middle)
        if float((w * w * squares - w).sum()) > 0:
            low = middle
        else:
            high = middle
    return float(_heights(squares, v, np.array([(low + high) / 2]))[0])
