"""Maximum likelihood of a mixed model: concave fits at given variances, a search over variances, joint Newton steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import Floats
from tmsmeta.models.counts.quadrature import Integral, MixedModel, Parameters, integrate

# Standard deviations at which the search begins. On a log odds scale 8 is far beyond anything seen in data.
STARTS = {1: (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0), 2: (0.0, 0.3, 1.0, 3.0)}
# A standard deviation or coefficient beyond this means that the likelihood has no maximum.
RUNAWAY = 40.0
_SEARCH_NODES = {1: 21, 2: 7}
_NODE_LADDER = {1: (21, 41, 81, 121), 2: (15, 25, 41, 61)}
NO_MAXIMUM = "the likelihood keeps rising as the parameters grow, so it has no maximum"
_MAX_STEPS = 100
_SMALL_STEP = 1e-9
# Half a Newton decrement this small leaves the estimates within a millionth of a standard error of the maximum.
_SMALL_GAP = 1e-13
_ROUGH_GAP, _SEARCH_GAP = 1e-4, 1e-9


class Curvature(NamedTuple):
    """Totals over studies, with the own intercepts eliminated.

    Attributes:
        score: of coefficients and standard deviations after the elimination, shape (q,).
        information: the same, shape (q, q).
        own_step: Newton step of the own intercepts while the rest stands still, shape (k,), or None.
        coupling: how the own intercepts move with the rest, shape (k, q), or None.
    """

    score: Floats
    information: Floats
    own_step: Floats | None
    coupling: Floats | None


class Moved(NamedTuple):
    """Where a step led, the share left by the halvings, and its size relative to the parameters."""

    at: Parameters
    integral: Integral
    share: float
    size: float


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A maximised likelihood.

    Attributes:
        at: the parameters.
        log_likelihood: at the maximum.
        information: observed information of coefficients and standard deviations, own intercepts eliminated, (q, q).
        own_variance: variance of each own intercept given the rest, shape (k,), and
        own_coupling: its regression on the rest, shape (k, q); None without own intercepts.
        nodes: quadrature nodes per random effect.
        gap: estimated distance of the log likelihood from its maximum (half the Newton decrement).
        converged: whether the steps settled at a maximum.
        reason: why not, or what else is to be known.
    """

    at: Parameters
    log_likelihood: float
    information: Floats
    own_variance: Floats | None
    own_coupling: Floats | None
    nodes: int
    gap: float
    converged: bool
    reason: str = ""


def eliminate(integral: Integral, own: bool) -> Curvature:
    """Sum over studies, and take the own intercepts out of the Newton equations (Schur complement)."""
    if not own:
        return Curvature(integral.score.sum(axis=0), -integral.hessian.sum(axis=0), None, None)
    head = -integral.hessian[:, 0, 0]
    cross = integral.hessian[:, 0, 1:] / head[:, None]
    own_step = integral.score[:, 0] / head
    score = (integral.score[:, 1:] + own_step[:, None] * integral.hessian[:, 0, 1:]).sum(axis=0)
    information = -integral.hessian[:, 1:, 1:].sum(axis=0) - np.einsum("ki,kj,k->ij", cross, cross, head)
    return Curvature(score, information, own_step, cross)


def uphill(information: Floats, score: Floats) -> Floats:
    """Newton step; where the likelihood is not concave, along the same axes but uphill."""
    values, vectors = np.linalg.eigh(information)
    size = np.maximum(np.abs(values), 1e-8 * max(1.0, float(np.abs(values).max(initial=0.0))))
    return vectors @ ((vectors.T @ score) / size)


def newton(model: MixedModel, start: Parameters, free: NDArray[np.bool_], nodes: int, *, enough: float = 0.0) -> Fit:
    """Maximise over own intercepts, coefficients and the standard deviations marked in `free`, shape (r,).

    The steps end early when no more than `enough` is left to gain in log likelihood, to compare starting points.
    """
    at = start
    active = np.concatenate([np.ones(len(start.beta), dtype=bool), free])
    integral = integrate(model, at, nodes)
    gap, settled = np.inf, False
    for _ in range(_MAX_STEPS):
        curve = eliminate(integral, at.own is not None)
        step = np.zeros(len(active))
        step[active] = uphill(curve.information[np.ix_(active, active)], curve.score[active])
        gap = abs(float(step @ curve.score)) / 2
        if gap < enough:
            break
        moved = _damped(model, at, step, curve, integral, nodes)
        if moved is None:
            settled = gap < _SMALL_GAP
            break
        gained = float(moved.integral.log_likelihood.sum() - integral.log_likelihood.sum())
        # with too few nodes the score is not quite that of the sum of nodes, and steps end in ever finer halvings
        stalled = moved.share < 0.1 and gained < 1e-3 * gap
        at, integral = moved.at, moved.integral
        settled = moved.size <= _SMALL_STEP and (not stalled or gap < _SMALL_GAP)
        if settled or stalled or ran_away(at):
            break
    return _fit(model, Parameters(at.own, at.beta, np.abs(at.scale)), nodes, gap, settled)


def _fit(model: MixedModel, at: Parameters, nodes: int, gap: float, settled: bool) -> Fit:
    at = Parameters(at.own, at.beta, np.where(at.scale < 1e-6, 0.0, at.scale))
    integral = integrate(model, at, nodes)
    curve = eliminate(integral, at.own is not None)
    away = ran_away(at)
    reason = NO_MAXIMUM if away else ""
    if not settled and not away:
        reason = f"the steps of the maximisation did not settle (log likelihood about {gap:.1g} below its maximum)"
    return Fit(
        at=at,
        log_likelihood=float(integral.log_likelihood.sum()),
        information=curve.information,
        own_variance=None if at.own is None else -1 / integral.hessian[:, 0, 0],
        own_coupling=curve.coupling,
        nodes=nodes,
        gap=gap,
        converged=settled and not away,
        reason=reason,
    )


def ran_away(at: Parameters) -> bool:
    return bool(np.abs(at.scale).max(initial=0.0) > RUNAWAY or np.abs(at.beta).max(initial=0.0) > RUNAWAY)


def _damped(
    model: MixedModel, at: Parameters, step: Floats, curve: Curvature, integral: Integral, nodes: int
) -> Moved | None:
    """Take the step, halved until the likelihood does not fall; None if it always falls.

    Steps are capped, since a quadratic far from its centre says little.
    """
    p = len(at.beta)
    own = None if curve.own_step is None or curve.coupling is None else curve.own_step + curve.coupling @ step
    relative = np.abs(step / np.concatenate([1 + np.abs(at.beta), 0.1 + np.abs(at.scale)])).max()
    cap = max(float(np.abs(step[:p]).max()) / 2, 0.0 if own is None else float(np.abs(own).max()) / 5, 1.0)
    total = float(integral.log_likelihood.sum())
    slack = 1e-12 * (1 + float(np.abs(integral.log_likelihood).sum()))
    for halvings in range(25):
        factor = 0.5**halvings / cap
        moved = Parameters(
            None if at.own is None or own is None else at.own + factor * own,
            at.beta + factor * step[:p],
            at.scale + factor * step[p:],
        )
        new = integrate(model, moved, nodes, integral.mode)
        if float(new.log_likelihood.sum()) >= total - slack:
            return Moved(moved, new, 0.5**halvings, float(factor * relative))
    return None


def fixed_fit(model: MixedModel, start: Parameters) -> Fit:
    """The fit with all variances 0, which is a generalised linear model and needs one node.

    The steps are those of the mixed models, not statsmodels' GLM: they give the same maximum and information in a time
    that grows with the studies, not with the cube of their intercepts, and fit the exact hypergeometric likelihood
    too, which GLM has not (``test_a_fit_without_variances_is_that_of_statsmodels_glm`` in
    ``tests/definitions/test_definitions_counts.py``).
    """
    zero = Parameters(start.own, start.beta, np.zeros(len(start.scale)))
    return newton(model, zero, np.zeros(len(start.scale), dtype=bool), 1)


def random_fit(model: MixedModel, common: Fit) -> Fit:
    """The maximum over the variances as well.

    A grid of standard deviations, at each of which the likelihood is concave in everything else, finds the region of
    every maximum; joint Newton steps refine the best ones. A variance of 0 is a candidate like any other.

    Args:
        model: the model.
        common: the fit with all variances 0.
    """
    r = len(common.at.scale)
    nodes, none_free, all_free = _SEARCH_NODES[r], np.zeros(r, dtype=bool), np.ones(r, dtype=bool)
    profile: dict[tuple[int, ...], Fit] = {}
    near = common.at
    for cell in product(range(len(STARTS[r])), repeat=r):
        scales = np.array([STARTS[r][i] for i in cell])
        profile[cell] = newton(model, Parameters(near.own, near.beta, scales), none_free, nodes, enough=_ROUGH_GAP)
        near = profile[cell].at
    edges = [newton(model, fit.at, fit.at.scale > 0, nodes, enough=_SEARCH_GAP) for fit in _edges(profile)]
    candidates = [fit for fit in edges if _falls_inwards(fit)]
    candidates += [newton(model, _inside(fit.at), all_free, nodes, enough=_SEARCH_GAP) for fit in _peaks(profile)]
    top = max(fit.log_likelihood for fit in candidates)
    # equal likelihoods mean the same maximum, reached along the boundary or from inside: take the one on the boundary
    best = next(fit for fit in candidates if fit.log_likelihood >= top - 10 * _SEARCH_GAP)
    return refine(model, best)


def _falls_inwards(fit: Fit) -> bool:
    """Whether the likelihood falls from a boundary fit inwards: negative slope in each variance that is 0.

    At a standard deviation of 0 the second derivative in it is twice the first derivative in the variance.
    """
    at_zero = np.concatenate([np.zeros(len(fit.at.beta), dtype=bool), fit.at.scale == 0])
    return bool((np.diagonal(fit.information)[at_zero] >= 0).all())


def _peaks(profile: dict[tuple[int, ...], Fit]) -> list[Fit]:
    """Grid points that are not below any neighbour, and the best one without a variance of 0.

    The likelihood may fall from a boundary inwards and rise to a higher maximum between two points of the grid.
    """
    inner = max((cell for cell in profile if all(cell)), key=lambda cell: profile[cell].log_likelihood)

    def neighbours(cell: tuple[int, ...]) -> list[tuple[int, ...]]:
        around = [(*cell[:i], cell[i] + d, *cell[i + 1 :]) for i in range(len(cell)) for d in (-1, 1)]
        return [n for n in around if n in profile]

    return [
        fit
        for cell, fit in profile.items()
        if cell == inner or all(fit.log_likelihood >= profile[n].log_likelihood for n in neighbours(cell))
    ]


def _edges(profile: dict[tuple[int, ...], Fit]) -> list[Fit]:
    """For each set of variances held at 0, the best grid point; the most zeros first."""
    best: dict[tuple[bool, ...], Fit] = {}
    for cell, fit in profile.items():
        zeros = tuple(i == 0 for i in cell)
        if any(zeros) and (zeros not in best or fit.log_likelihood > best[zeros].log_likelihood):
            best[zeros] = fit
    return [best[zeros] for zeros in sorted(best, key=sum, reverse=True)]


def _inside(at: Parameters) -> Parameters:
    """Off the boundary, where the score of a standard deviation is 0 whatever the data say."""
    return Parameters(at.own, at.beta, np.maximum(at.scale, 0.05))


def refine(model: MixedModel, fit: Fit) -> Fit:
    """More nodes until they change nothing; a fit that still changes at the last rule has not converged."""
    free = fit.at.scale > 0
    if not free.any():
        return newton(model, fit.at, free, fit.nodes)
    moved = change = np.inf
    for nodes in _NODE_LADDER[len(free)]:
        finer = newton(model, fit.at, free, nodes)
        change = abs(finer.log_likelihood - fit.log_likelihood)
        moved = float(np.abs(np.concatenate([finer.at.beta - fit.at.beta, finer.at.scale - fit.at.scale])).max())
        first, fit = fit.nodes == nodes, finer
        same = not first and change <= 1e-9 * (1 + abs(fit.log_likelihood)) and moved <= 1e-7
        if ran_away(fit.at) or (fit.converged and same):
            return fit
    if not fit.converged or moved <= 1e-5:
        return fit
    reason = f"with {fit.nodes} quadrature nodes the estimates still move by {moved:.1g}"
    return replace(fit, converged=False, reason=reason)
