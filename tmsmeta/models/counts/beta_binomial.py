"""Beta-binomial models: proportions that vary between studies by a beta distribution.

With mean mu and correlation rho of two patients of the same study, and g = rho / (1 - rho), the probability of x
events of n is C(n, x) times the product of mu + j g over j < x, of 1 - mu + j g over j < n - x, divided by that of
1 + j g over j < n. Written so, nothing cancels as rho goes to 0, where the model is binomial.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from scipy.special import gammaln, psi, zeta

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.effects.missing import Missing
from tmsmeta.effects.one_arm import proportion
from tmsmeta.errors import NotAssessable
from tmsmeta.models.counts.cells import log_binomial
from tmsmeta.models.counts.designs import extreme_arm, infinite_proportion
from tmsmeta.models.counts.glmm import boundary_test
from tmsmeta.models.counts.result import BetaBinomialEffect, q_fields, wald
from tmsmeta.models.counts.spec import BetaBinomialSpec, WaldInterval
from tmsmeta.models.counts.tables import one_arm, own_effects, two_arms
from tmsmeta.words.arguments import answerable
from tmsmeta.words.numbers import Number
from tmsmeta.words.results import HypothesisTest

_MAX_STEPS = 200
# In log likelihood; the estimates are then within two millionths of a standard error of the maximum.
_NOTHING_TO_GAIN = 2e-12
_BISECTIONS = 200
# Products of more factors than this go by gamma functions, unless g is so small that these would cancel.
_LONG, _SHORTCUT = 2000, 1e-3
_RHO_GRID = (0.0, 1e-5, 1e-4, 1e-3, 0.003, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 0.95, 0.99, 0.999)
# Beyond this correlation every study is all or nothing, and the likelihood rises without end.
_RHO_RUNAWAY = 0.99999


class Derivatives(NamedTuple):
    """Log likelihood of an arm with its slope (2,) and second derivatives (2, 2) in the logit of mu and in g."""

    value: float
    slope: Floats
    second: Floats


class Arm:
    """The studies of one arm, as tail counts."""

    def __init__(self, events: Floats, n: Floats) -> None:
        self.constant = float(log_binomial(n, events).sum())
        self.products = tuple(Products(values) for values in (events, n - events, n))

    def at(self, logit: float, g: float) -> Derivatives:
        """Log likelihood and derivatives."""
        mu, nu = 1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(logit))
        parts = [product.logs(base, g) for product, base in zip(self.products, (mu, nu, 1.0), strict=True)]
        (a, a1, ag, a11, a1g, agg), (b, b1, bg, b11, b1g, bgg), (c, _, cg, _, _, cgg) = parts
        steep = mu * nu
        cross = steep * (a1g - b1g)
        bend = steep**2 * (a11 + b11) + steep * (nu - mu) * (a1 - b1)
        slope = np.array([steep * (a1 - b1), ag + bg - cg])
        second = np.array([[bend, cross], [cross, agg + bgg - cgg]])
        return Derivatives(self.constant + a + b - c, slope, second)

    def best_logit(self, g: float) -> float:
        """The logit of mu that maximises the likelihood at `g`.

        The likelihood is concave in mu, so its slope has one zero: Newton steps within a bracket that closes on it.
        """
        low, high, logit = -40.0, 40.0, 0.0
        for _ in range(_BISECTIONS):
            at = self.at(logit, g)
            slope, bend = float(at.slope[0]), float(at.second[0, 0])
            low, high = (logit, high) if slope > 0 else (low, logit)
            step = -slope / bend if bend < 0 else np.inf
            new = logit + step if low < logit + step < high else (low + high) / 2
            if abs(new - logit) <= 1e-13 * (1 + abs(logit)):
                return new
            logit = new
        return logit


class Products:
    """Logarithm of the product of base + j g over j < m, summed over values m, with its derivatives."""

    def __init__(self, values: Floats) -> None:
        self.values, self.copies = np.unique(values, return_counts=True)
        largest = int(self.values.max())
        self.j = np.arange(largest, dtype=float)
        # how many values exceed j
        self.above = (len(values) - np.cumsum(np.bincount(values.astype(int)))[:largest]).astype(float)

    def logs(self, base: float, g: float) -> tuple[float, ...]:
        """The logarithm, its derivatives in base and in g, and the second ones: base-base, base-g, g-g."""
        if len(self.j) > _LONG and g > _SHORTCUT:
            return self._by_gamma(base, g)
        term = base + self.j * g
        once, twice = self.above / term, self.above / term**2
        return (
            float(self.above @ np.log(term)),
            float(once.sum()),
            float(self.j @ once),
            -float(twice.sum()),
            -float(self.j @ twice),
            -float(self.j**2 @ twice),
        )

    def _by_gamma(self, base: float, g: float) -> tuple[float, ...]:
        """The same by gamma, digamma and trigamma functions, for products of many factors."""
        a, m = base / g, self.values
        value = m * np.log(g) + gammaln(a + m) - gammaln(a)
        first = (psi(a + m) - psi(a)) / g
        second = (zeta(2, a + m) - zeta(2, a)) / g**2
        first_g = (m - base * first) / g
        mixed = -(first + base * second) / g
        second_g = -(first_g + base * mixed) / g
        return tuple(float(self.copies @ x) for x in (value, first, first_g, second, mixed, second_g))


@dataclass(frozen=True)
class Maximum:
    """Logits of the arms (a,), g, log likelihood, second derivatives (a + 1, a + 1), and whether the steps settled."""

    logits: Floats
    g: float
    log_likelihood: float
    second: Floats
    settled: bool


def _join(arms: tuple[Arm, ...], logits: Floats, g: float) -> Derivatives:
    """All arms together: the logits of the arms, then g."""
    a = len(arms)
    value, slope, second = 0.0, np.zeros(a + 1), np.zeros((a + 1, a + 1))
    for i, arm in enumerate(arms):
        own = arm.at(float(logits[i]), g)
        places = np.array([i, a])
        value += own.value
        slope[places] += own.slope
        second[np.ix_(places, places)] += own.second
    return Derivatives(value, slope, second)


def maximise(arms: tuple[Arm, ...]) -> Maximum:
    """The maximum over means and overdispersion: best point of a grid of rho, then Newton steps.

    Overdispersion is kept at 0 or more: less variation than binomial counts as none.
    """
    profile = []
    for rho in _RHO_GRID:
        g = rho / (1 - rho)
        logits = np.array([arm.best_logit(g) for arm in arms])
        profile.append((_join(arms, logits, g).value, g, logits))
    top = max(range(len(profile)), key=lambda i: profile[i][0])
    at_zero = _at_zero(arms, profile[0][2])
    if top == 0 and _join(arms, at_zero.logits, 0.0).slope[-1] <= 0:
        return at_zero
    _, g, logits = profile[max(top, 1)]
    inside = _newton(arms, logits, g)
    return inside if inside.log_likelihood > at_zero.log_likelihood else at_zero


def _at_zero(arms: tuple[Arm, ...], logits: Floats) -> Maximum:
    at = _join(arms, logits, 0.0)
    return Maximum(logits, 0.0, at.value, at.second, True)


def _newton(arms: tuple[Arm, ...], logits: Floats, g: float) -> Maximum:
    """Newton steps in the logits and in the logarithm of g."""
    x = np.append(logits, np.log(g))
    settled = False
    at = _join(arms, logits, g)
    for _ in range(_MAX_STEPS):
        scale = np.append(np.ones(len(arms)), np.exp(x[-1]))
        slope = at.slope * scale
        second = at.second * np.outer(scale, scale)
        second[-1, -1] += slope[-1]
        values, vectors = np.linalg.eigh(-second)
        step = vectors @ ((vectors.T @ slope) / np.maximum(np.abs(values), 1e-10))
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))
        for halvings in range(40):
            moved = x + 0.5**halvings * step
            new = _join(arms, moved[:-1], float(np.exp(moved[-1])))
            if new.value >= at.value - 1e-13 * abs(at.value):
                break
        x, at = moved, new
        # with arms of thousands rounding hides what is left to gain before the steps are that short
        settled = float(np.abs(step).max()) <= 1e-10 or (halvings > 0 and float(step @ slope) <= _NOTHING_TO_GAIN)
        g = float(np.exp(x[-1]))
        if settled or g / (1 + g) > _RHO_RUNAWAY:
            break
    return Maximum(x[:-1], g, at.value, at.second, settled)


@answerable
def beta_binomial(
    events: Any,
    n: Any,
    *,
    ci: WaldInterval = "z",
    level: float = 0.95,
    study: Any = None,
    missing: Missing = "refuse",
) -> BetaBinomialEffect:
    """Pool proportions by the beta-binomial model.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        events, n: events and patients, shape (k,).
        ci: ``z``, or ``t`` with k - 1 degrees of freedom.
        level: confidence level.
        study: labels, shape (k,), none of them missing.
        missing: ``refuse`` or ``drop`` rows with a missing value, as in :func:`tmsmeta.effects.binary`.

    Returns:
        The estimate is the logit of the mean proportion; ``natural`` is the mean proportion of all studies. ``rho``
        is the overdispersion, 0 or more.

    Raises:
        InvalidInputError: counts that are negative, fractional, not finite, above n; n = 0; lengths that differ.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> fit = tm.beta_binomial([4, 0, 17, 5], [40, 25, 61, 32])
        >>> f"{fit.natural:.3f} ({fit.natural_ci[0]:.3f} to {fit.natural_ci[1]:.3f}), rho {fit.rho:.3f}"
        '0.139 (0.061 to 0.286), rho 0.079'

    References:
        Skellam, J R Stat Soc B 1948;10:257. Young-Xu & Chan, BMC Med Res Methodol 2008;8:58.
    """
    spec = BetaBinomialSpec(arms=1, ci=ci, level=level)
    x, size, names, gone = one_arm(events, n, study, missing)
    effects = proportion("PLO", x.copy(), size.copy(), study=names)
    return replace(_answer((Arm(x, size),), effects, spec, infinite_proportion(x, size)), left_out=gone)


@answerable
def beta_binomial_two_arm(
    events_t: Any,
    n_t: Any,
    events_c: Any,
    n_c: Any,
    *,
    ci: WaldInterval = "z",
    level: float = 0.95,
    study: Any = None,
    missing: Missing = "refuse",
) -> BetaBinomialEffect:
    """Pool an odds ratio by the beta-binomial model with one overdispersion common to both arms.

    The arms of all studies are taken as independent samples: the model compares the mean proportions of all treated
    and of all comparator arms, so it keeps double-zero studies, but does not respect the pairing within studies.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        events_t, n_t: events and patients of the treated arm, shape (k,).
        events_c, n_c: the same for the comparator arm.
        ci: ``z``, or ``t`` with k - 1 degrees of freedom.
        level: confidence level.
        study: labels, shape (k,), none of them missing.
        missing: ``refuse`` or ``drop`` rows with a missing value, as in :func:`tmsmeta.effects.binary`.

    Returns:
        The log odds ratio of the mean proportions (positive: more events in the treated arm), and ``rho``.

    Raises:
        InvalidInputError: counts that are negative, fractional, not finite, above n; n = 0; lengths that differ.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> events_t, n_t, events_c, n_c = [12, 8, 3, 9], [60, 52, 25, 44], [6, 5, 0, 4], [61, 50, 24, 45]
        >>> fit = tm.beta_binomial_two_arm(events_t, n_t, events_c, n_c)
        >>> f"odds ratio {fit.ratio:.2f} ({fit.ratio_ci[0]:.2f} to {fit.ratio_ci[1]:.2f})"
        'odds ratio 2.36 (1.23 to 4.53)'

    References:
        Kuss, Stat Med 2015;34:1097.
    """
    spec = BetaBinomialSpec(arms=2, ci=ci, level=level)
    arms = two_arms(events_t, n_t, events_c, n_c, study, missing)
    both = (Arm(arms.events_t, arms.n_t), Arm(arms.events_c, arms.n_c))
    return replace(_answer(both, own_effects("OR", arms), spec, extreme_arm(arms)), left_out=arms.gone)


def _answer(
    arms: tuple[Arm, ...], effects: EffectSizes, spec: BetaBinomialSpec, infinite: NotAssessable | None
) -> BetaBinomialEffect:
    if infinite is not None:
        return _result(effects, spec, *(_no(what, infinite.reason) for what in _UNKNOWN), reason=infinite.reason)
    common = _at_zero(arms, np.array([arm.best_logit(0.0) for arm in arms]))
    best = maximise(arms) if effects.k > 1 else common
    if best.g / (1 + best.g) > _RHO_RUNAWAY:
        reason = "every study has all or no events, so the likelihood keeps rising as rho approaches 1"
        return _result(effects, spec, *(_no(what, reason) for what in _UNKNOWN), reason=reason)
    contrast = np.array([1.0] if spec.arms == 1 else [1.0, -1.0])
    active = np.append(np.ones(len(arms), dtype=bool), best.g > 0)
    covariance = np.linalg.inv(-best.second[np.ix_(active, active)])
    a = len(arms)
    se = float(np.sqrt(contrast @ covariance[:a, :a] @ contrast))
    rho = best.g / (1 + best.g)
    rho_se: Number = _no("standard error of rho", "rho lies on its boundary, 0")
    if best.g > 0:
        rho_se = float(np.sqrt(covariance[a, a])) / (1 + best.g) ** 2
    spread: tuple[Number, Number] = (rho, rho_se)
    if effects.k == 1:
        one = "needs at least 2 studies, got 1"
        spread = (_no("rho", one), _no("standard error of rho", one))
    reason = "" if best.settled else "the steps of the maximisation did not settle"
    likelihoods = (best.log_likelihood, common.log_likelihood)
    return _result(effects, spec, float(contrast @ best.logits), se, *spread, *likelihoods, reason=reason)


_UNKNOWN = ("estimate", "standard error", "rho", "standard error of rho", "log likelihood", "log likelihood")


def _no(what: str, reason: str) -> NotAssessable:
    return NotAssessable(what, reason)


def _result(
    effects: EffectSizes,
    spec: BetaBinomialSpec,
    estimate: Number,
    se: Number,
    rho: Number,
    rho_se: Number,
    log_likelihood: Number,
    common: Number,
    *,
    reason: str,
) -> BetaBinomialEffect:
    other = "the beta-binomial model measures spread by rho"
    rho_test: HypothesisTest | NotAssessable = _no("test of rho", reason or "needs at least 2 studies, got 1")
    if not any(isinstance(x, NotAssessable) for x in (log_likelihood, common, rho)):
        at_zero = float(log_likelihood if rho == 0 else common)
        rho_test = boundary_test("there is no overdispersion", float(log_likelihood), at_zero)
    return BetaBinomialEffect(
        model="beta-binomial",
        estimate=estimate,
        se=se,
        **wald(estimate, se, spec.level, spec.ci, effects.k - 1)._asdict(),
        tau2=_no("tau2", other),
        tau2_se=_no("standard error of tau2", other),
        i2=_no("I2", other),
        h2=_no("H2", other),
        **q_fields(_no("test of heterogeneity", other)),
        k=effects.k,
        weights=_no("weights", "a beta-binomial model has no weights of studies"),
        log_likelihood=log_likelihood,
        converged=not reason,
        reason=reason,
        spec=spec,
        effects=effects,
        rho=rho,
        rho_se=rho_se,
        log_likelihood_common=common,
        rho_test=rho_test,
    )
