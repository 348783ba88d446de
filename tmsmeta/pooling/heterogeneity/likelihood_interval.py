"""Where a profile likelihood has fallen so far that a value is outside its confidence interval."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf

from scipy.special import chdtri

from tmsmeta.errors import ConvergenceError
from tmsmeta.pooling.heterogeneity.likelihood import Criterion, log_likelihood
from tmsmeta.pooling.heterogeneity.weighted_regression import WeightedModel

_FARTHEST = 200  # doublings of the step on the search for a limit


def likelihood_limits(model: WeightedModel, best: float, criterion: Criterion, level: float) -> tuple[float, float]:
    """Profile-likelihood limits of tau2 around its estimate `best` (Hardy & Thompson, Stat Med 1996;15:619)."""
    profile = partial(tau2_profile, model, criterion)
    cutoff = profile(best) - 0.5 * float(chdtri(1, 1 - level))
    step = max(best, model.v_min) / 4
    low = 0.0 if profile(0.0) >= cutoff else cross(profile, best, -step, cutoff, 0.0)
    return low, cross(profile, best, step, cutoff, inf)


def tau2_profile(model: WeightedModel, criterion: Criterion, tau2: float) -> float:
    """The log-likelihood at `tau2`, the pooled effect at its best."""
    return log_likelihood(model, tau2, criterion)


def cross(profile: Callable[[float], float], centre: float, step: float, cutoff: float, end: float) -> float:
    """Where the profile falls through `cutoff`, going from `centre` in the direction of `step` and never past `end`."""
    from scipy.optimize import brentq

    inner, outer = centre, centre + step
    for _ in range(_FARTHEST):
        outer = max(outer, end) if step < 0 else min(outer, end)
        if profile(outer) < cutoff:
            return float(brentq(lambda value: profile(value) - cutoff, inner, outer, xtol=1e-14, rtol=1e-13))
        inner, step = outer, 2 * step
        outer = inner + step
    raise ConvergenceError(f"The profile likelihood did not fall to {cutoff} between {centre} and {outer}.")
