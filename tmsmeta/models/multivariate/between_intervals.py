"""Profile likelihood intervals of the variances and correlations of a between-study matrix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtri

from tmsmeta.effects.base import Floats
from tmsmeta.errors import ConvergenceError, NotAssessable
from tmsmeta.models.climb import climb
from tmsmeta.models.multivariate.likelihood import Blocks, Criterion, fit_at, slope
from tmsmeta.models.multivariate.spec import JointSpec
from tmsmeta.models.multivariate.structure import Structure

if TYPE_CHECKING:
    import pandas as pd

Path = Callable[[Floats], tuple[Floats, Floats]]
"""From the parameters that stay free to all of them, and the derivative of these, shape (all, free)."""
_ZERO = 1e-10
_FARTHEST = 60  # doublings of a variance before its profile counts as one that never falls


class Limits(NamedTuple):
    """An interval of one parameter: its estimate, its limits, and what a reader must know of them."""

    parameter: str
    estimate: float
    low: float
    high: float
    note: str


class Profile:
    """The largest likelihood with one variance or correlation held.

    Args:
        data: the studies.
        structure: of the between-study matrix.
        criterion: ``REML`` or ``ML``.
        between: the matrix at the maximum.
    """

    def __init__(self, data: Blocks, structure: Structure, criterion: Criterion, between: Floats) -> None:
        self._data, self.scale = data.in_typical_units(structure.p, together=structure.name == "compound")
        self.structure, self._criterion = structure, criterion
        self.between = between / np.outer(self.scale, self.scale)
        self.maximum = fit_at(self._data, self.between, criterion).log_likelihood

    def variance(self, j: int, value: float) -> float:
        """The likelihood with the variance of outcome j held at `value`."""
        name, p = self.structure.name, self.structure.p
        first_of_all = [j, *(i for i in range(p) if i != j)]
        if name == "compound":
            return self._best(first_of_all, lambda free: _compound_variance(value, p, free), 1)
        held = self.structure.correlation is not None
        root = sqrt(sqrt(value)) if held else sqrt(value)
        triangle = name == "unstructured" and not held
        order, place, size = (first_of_all, 0, p * (p + 1) // 2) if triangle else (list(range(p)), j, p)
        others = [i for i in range(size) if i != place]
        jacobian = np.eye(size)[:, others]

        def path(free: Floats) -> tuple[Floats, Floats]:
            theta = jacobian @ free
            theta[place] = root
            return theta, jacobian

        return self._best(order, path, size - 1)

    def correlation(self, i: int, j: int, value: float) -> float:
        """The likelihood with the correlation of outcomes i and j held at `value`."""
        p = self.structure.p
        order = [i, j, *(m for m in range(p) if m not in (i, j))]
        if self.structure.name == "compound":
            direction = np.sqrt([[max(0.0, 1 + (p - 1) * value)], [max(0.0, 1 - value)]])
            return self._best(order, lambda free: (direction @ free, direction), 1)
        unit = np.delete(np.eye(p * (p + 1) // 2), 2, axis=1)
        unit[1:3, 1] = value, sqrt(max(0.0, 1 - value * value))

        def path(free: Floats) -> tuple[Floats, Floats]:
            # standard deviations as squares: a change of sign would turn the held correlation round
            own, inner = free.copy(), np.ones(len(free))
            own[:2], inner[:2] = free[:2] ** 2, 2 * free[:2]
            return unit @ own, unit * inner

        return self._best(order, path, unit.shape[1])

    def _best(self, order: Sequence[int], path: Path, free: int) -> float:
        """The maximum over the free parameters, from the estimate and from a plain start."""
        back = np.argsort(order)

        def downhill(parameters: Floats) -> tuple[float, Floats]:
            theta, jacobian = path(parameters)
            fit = fit_at(self._data, self.structure.matrix(theta)[np.ix_(back, back)], self._criterion)
            pull = slope(self._data, fit, self._criterion)[np.ix_(order, order)]
            return -fit.log_likelihood, -jacobian.T @ self.structure.chain(theta, pull)

        near = self.between[np.ix_(order, order)] + 1e-6 * np.eye(len(order))
        if not free:
            return -downhill(np.zeros(0))[0]
        starts = [_nearest(path, self.structure.parameters(near), free), np.full(free, 0.5)]
        return max(-downhill(climb(downhill, start, "a profile"))[0] for start in starts)


def _nearest(path: Path, theta: Floats, free: int) -> Floats:
    """Free parameters whose image is near `theta`: one step of Gauss and Newton from a plain start."""
    start = np.full(free, 0.7)
    value, jacobian = path(start)
    step: Floats = np.linalg.lstsq(jacobian, theta - value, rcond=None)[0].astype(np.float64)
    return start + step


def _compound_variance(value: float, p: int, free: Floats) -> tuple[Floats, Floats]:
    """Square roots of the two eigenvalues of a compound matrix of the variance `value`, by an angle."""
    angle, length = float(free[0]), sqrt(p * value)
    apart = 1 / sqrt(p - 1) if p > 1 else 1.0
    theta = length * np.array([np.sin(angle), np.cos(angle) * apart])
    return theta, length * np.array([[np.cos(angle)], [-np.sin(angle) * apart]])


def between_frame(
    data: Blocks, spec: JointSpec, between: Floats, outcomes: Sequence[str], correlation: Floats | NotAssessable
) -> pd.DataFrame:
    """The limits of a joint model, one row per variance and correlation: ``parameter estimate low high note``.

    Args:
        data: the studies.
        spec: the choices.
        between: the between-study matrix at the maximum.
        outcomes: names.
        correlation: the estimated correlations, or why there are none.
    """
    import pandas as pd

    structure = Structure(spec.structure, len(outcomes), spec.between_correlation)
    profile = Profile(data, structure, spec.method, between)
    rows = between_limits(profile, outcomes, spec.level, correlation)
    return pd.DataFrame(rows, columns=list(Limits._fields))


def between_limits(
    profile: Profile, outcomes: Sequence[str], level: float, correlation: Floats | NotAssessable
) -> list[Limits]:
    """Limits of every variance and of every correlation that is estimated: where the profile falls by half a quantile.

    The quantile is that of chi-square with 1 degree of freedom.

    Args:
        profile: of the fit.
        outcomes: names.
        level: confidence level.
        correlation: the estimated correlations, or why there are none.
    """
    structure = profile.structure
    cutoff = profile.maximum - float(chdtri(1, 1 - level)) / 2
    variances = [0] if structure.name == "compound" else list(range(structure.p))
    rows = []
    for j in variances:
        name = "tau2" if structure.name == "compound" else f"tau2 {outcomes[j]}"
        rows.append(_variance_limits(profile, j, name, cutoff))
    if structure.name == "diagonal" or structure.correlation is not None:
        return rows
    pairs = [(0, 1)] if structure.name == "compound" else list(combinations(range(structure.p), 2))
    for i, j in pairs:
        name = "correlation" if structure.name == "compound" else f"correlation {outcomes[i]}, {outcomes[j]}"
        if isinstance(correlation, NotAssessable):
            rows.append(Limits(name, np.nan, np.nan, np.nan, str(correlation)))
        else:
            rows.append(_correlation_limits(profile, (i, j), name, float(correlation[i, j]), cutoff))
    return rows


def _variance_limits(profile: Profile, j: int, name: str, cutoff: float) -> Limits:
    estimate, unit = float(profile.between[j, j]), float(profile.scale[j]) ** 2

    @cache  # the ends of a search, and the estimate for both limits, are asked for again
    def above(value: float) -> float:
        return profile.variance(j, value) - cutoff

    try:
        low = 0.0 if estimate <= _ZERO or above(0.0) >= 0 else _crossing(above, 0.0, estimate)
        far = max(2 * estimate, 0.1)
        for _ in range(_FARTHEST):
            if above(far) < 0:
                break
            far *= 2
        else:
            return Limits(name, estimate * unit, low * unit, np.inf, "the data set no upper limit")
        high = _crossing(above, max(estimate, 0.0), far)
    except ConvergenceError as error:
        return Limits(name, estimate * unit, np.nan, np.nan, str(NotAssessable("interval", str(error))))
    return Limits(name, estimate * unit, low * unit, high * unit, "")


def _correlation_limits(profile: Profile, pair: tuple[int, int], name: str, estimate: float, cutoff: float) -> Limits:
    lowest = -1 / (profile.structure.p - 1) if profile.structure.name == "compound" else -1.0

    @cache
    def above(value: float) -> float:
        return profile.correlation(*pair, value) - cutoff

    estimate = min(max(estimate, lowest), 1.0)
    try:
        low = lowest if estimate <= lowest or above(lowest) >= 0 else _crossing(above, lowest, estimate)
        high = 1.0 if estimate >= 1 or above(1.0) >= 0 else _crossing(above, estimate, 1.0)
    except ConvergenceError as error:
        return Limits(name, estimate, np.nan, np.nan, str(NotAssessable("interval", str(error))))
    ends = [f"{end:+.3g}" for end, limit in ((low, lowest), (high, 1.0)) if end == limit]
    note = f"the data do not exclude {' or '.join(ends)}, the limit of what a correlation can be" if ends else ""
    return Limits(name, estimate, low, high, note)


def _crossing(above: Callable[[float], float], low: float, high: float) -> float:
    return float(brentq(above, low, high, xtol=1e-9 * max(1.0, abs(high)), rtol=1e-7))
