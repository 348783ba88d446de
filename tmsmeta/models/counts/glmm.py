"""Generalised linear mixed models: odds ratios from two arms, one proportion, one rate per study."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.special import chdtrc

from tmsmeta.effects.base import EffectSizes
from tmsmeta.effects.missing import Missing
from tmsmeta.effects.one_arm import proportion, rate
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable, check_option
from tmsmeta.models.counts import designs
from tmsmeta.models.counts.fit import Fit, fixed_fit, ran_away, random_fit
from tmsmeta.models.counts.laplace import laplace_fit
from tmsmeta.models.counts.quadrature import MixedModel, Parameters
from tmsmeta.models.counts.result import GlmmEffect, QuadratureCheck, q_fields, wald
from tmsmeta.models.counts.saturated import lr_test, saturated_cells, wald_test
from tmsmeta.models.counts.spec import TWO_ARM_MODELS, GlmmModel, GlmmSpec, Integration, WaldInterval
from tmsmeta.models.counts.tables import left_out, one_arm, own_effects, rates, two_arms, whole_counts
from tmsmeta.pooling.heterogeneity.statistics import ONE_EFFECT, typical_variance
from tmsmeta.pooling.heterogeneity.weighted_regression import InterceptModel
from tmsmeta.words.arguments import answerable
from tmsmeta.words.numbers import Number
from tmsmeta.words.results import HypothesisTest


@answerable
def glmm(
    events_t: Any,
    n_t: Any,
    events_c: Any,
    n_c: Any,
    *,
    model: GlmmModel = "UM.FS",
    ci: WaldInterval = "z",
    integration: Integration | None = None,
    level: float = 0.95,
    study: Any = None,
    allow_fractional: bool = False,
    missing: Missing = "refuse",
) -> GlmmEffect:
    """Pool odds ratios by a generalised linear mixed model, without any continuity correction.

    In study i the log odds ratio is theta + u_i with u_i ~ N(0, tau2); the treatment effect lies half above and half
    below the middle of the two arms.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        events_t, n_t: events and patients of the treated arm, shape (k,).
        events_c, n_c: the same for the comparator arm.
        model: ``UM.FS``, logistic with an intercept of its own for each study. ``UM.RS``, logistic with normal
            intercepts, independent of the effects. ``CM.AL``, conditional on all events of each study, with the
            binomial approximation for rare events. ``CM.EL``, the same with the exact noncentral hypergeometric
            likelihood.
        ci: ``z``, or ``t`` with k - 1 degrees of freedom.
        integration: ``quadrature``, adaptive Gauss-Hermite with nodes added until nothing changes, the default; or,
            for ``UM.RS`` only and its default there, ``laplace``, the approximation that R's lme4 and metafor use.
            ``quadrature`` on the result of a Laplace fit says what full quadrature gives.
        level: confidence level.
        study: labels, shape (k,), none of them missing.
        allow_fractional: accept counts that are not whole numbers, as from an arm divided over comparisons;
            not with ``CM.EL``, whose exact likelihood counts events one by one.
        missing: ``refuse`` or ``drop`` rows with a missing value, as in :func:`tmsmeta.effects.binary`.

    Returns:
        Maximum likelihood estimates with standard errors from the observed information. Studies without any event,
        or with only events, in both arms are left out in all four models, as in metafor, and listed. Where the
        likelihood has no maximum, or the fit did not settle, ``converged`` is False and ``reason`` says why.

    Raises:
        InvalidInputError: counts that are negative, fractional (unless allowed), not finite, above n; n = 0; lengths
            that differ; no study with both events and non-events.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> events_t, n_t, events_c, n_c = [12, 8, 3, 9], [60, 52, 25, 44], [6, 5, 0, 4], [61, 50, 24, 45]
        >>> fit = tm.glmm(events_t, n_t, events_c, n_c)
        >>> f"{fit.model}: odds ratio {fit.ratio:.2f} ({fit.ratio_ci[0]:.2f} to {fit.ratio_ci[1]:.2f})"
        'UM.FS: odds ratio 2.39 (1.24 to 4.60)'

    References:
        Turner et al., Stat Med 2000;19:3417 (UM). Stijnen, Hamza & Özdemir, Stat Med 2010;29:3046 (CM).
        Jackson et al., Stat Med 2018;37:1059 (comparison of these models).
    """
    check_option("model", model, TWO_ARM_MODELS)
    how: Integration = ("laplace" if model == "UM.RS" else "quadrature") if integration is None else integration
    spec = GlmmSpec(model=model, ci=ci, integration=how, level=level)
    arms = two_arms(events_t, n_t, events_c, n_c, study, missing, allow_fractional=allow_fractional)
    if model == "CM.EL":
        whole_counts(arms, "the exact likelihood of CM.EL counts events one by one; CM.AL and UM.FS take fractions.")
    out = left_out(arms, arms.no_contrast)
    if arms.no_contrast.all():
        raise InvalidInputError(out, "No study is left to pool")
    used = arms.subset(~arms.no_contrast)
    effects = own_effects("OR", used)
    mixed, start = designs.two_arm_model(model, used)
    return _answer(mixed, start, effects, spec, out, designs.infinite_two_arm(model, used))


@answerable
def glmm_proportion(
    events: Any,
    n: Any,
    *,
    ci: WaldInterval = "z",
    level: float = 0.95,
    study: Any = None,
    allow_fractional: bool = False,
    missing: Missing = "refuse",
) -> GlmmEffect:
    """Pool proportions by the binomial-normal model: logits are N(mu, tau2), events are binomial.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        events, n: events and patients, shape (k,).
        ci: ``z``, or ``t`` with k - 1 degrees of freedom.
        level: confidence level.
        study: labels, shape (k,), none of them missing.
        allow_fractional: accept counts that are not whole numbers.
        missing: ``refuse`` or ``drop`` rows with a missing value, as in :func:`tmsmeta.effects.binary`.

    Returns:
        The estimate is the mean logit; ``natural`` is the proportion of the median study.

    Raises:
        InvalidInputError: counts that are negative, fractional (unless allowed), not finite, above n; n = 0; lengths
            that differ.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> fit = tm.glmm_proportion([4, 0, 7, 5], [40, 25, 61, 32])
        >>> f"{fit.natural:.3f} ({fit.natural_ci[0]:.3f} to {fit.natural_ci[1]:.3f})"
        '0.101 (0.063 to 0.159)'

    References:
        Hamza, van Houwelingen & Stijnen, J Clin Epidemiol 2008;61:41.
    """
    spec = GlmmSpec(model="PLO", ci=ci, level=level)
    x, size, names, gone = one_arm(events, n, study, missing, allow_fractional=allow_fractional)
    effects = proportion("PLO", x.copy(), size.copy(), study=names, allow_fractional=True)
    mixed, start = designs.proportion_model(x, size)
    return _answer(mixed, start, effects, spec, gone, designs.infinite_proportion(x, size))


@answerable
def glmm_rate(
    events: Any,
    time: Any,
    *,
    ci: WaldInterval = "z",
    level: float = 0.95,
    study: Any = None,
    missing: Missing = "refuse",
) -> GlmmEffect:
    """Pool incidence rates by the Poisson-normal model: log rates are N(mu, tau2), events are Poisson.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        events, time: events and person-time, shape (k,).
        ci: ``z``, or ``t`` with k - 1 degrees of freedom.
        level: confidence level.
        study: labels, shape (k,), none of them missing.
        missing: ``refuse`` or ``drop`` rows with a missing value, as in :func:`tmsmeta.effects.binary`.

    Returns:
        The estimate is the mean log rate per unit of time; ``natural`` is the rate of the median study.

    Raises:
        InvalidInputError: events that are negative, fractional or not finite; person-time that is not positive; lengths
            that differ.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> fit = tm.glmm_rate([4, 9, 2], [120.0, 310.0, 95.0])
        >>> f"{fit.natural:.4f} ({fit.natural_ci[0]:.4f} to {fit.natural_ci[1]:.4f})"
        '0.0286 (0.0172 to 0.0474)'

    References:
        Stijnen, Hamza & Özdemir, Stat Med 2010;29:3046.
    """
    spec = GlmmSpec(model="IRLN", ci=ci, level=level)
    x, t, names, gone = rates(events, time, study, missing)
    effects = rate("IRLN", x.copy(), t.copy(), study=names)
    mixed, start = designs.rate_model(x, t)
    return _answer(mixed, start, effects, spec, gone, designs.infinite_rate(x))


def _answer(
    model: MixedModel,
    start: Parameters,
    effects: EffectSizes,
    spec: GlmmSpec,
    out: tuple[Issue, ...],
    infinite: NotAssessable | None,
) -> GlmmEffect:
    if infinite is not None:
        return _no_estimate(effects, spec, out, infinite)
    common, fit, full = _fits(model, start, spec)
    if ran_away(fit.at):
        return _no_estimate(effects, spec, out, NotAssessable("estimate", fit.reason))
    several = effects.k > 1
    estimate, se, tau2, tau2_se, sigma2 = _estimates(fit, spec, several)
    equal, own = _study_tests(model, common, spec)
    return GlmmEffect(
        model=spec.model,
        estimate=estimate,
        se=se,
        **wald(estimate, se, spec.level, spec.ci, effects.k - 1)._asdict(),
        tau2=tau2,
        tau2_se=tau2_se,
        **_i2_h2(effects, tau2),
        **q_fields(own),
        k=effects.k,
        weights=_no_weights(),
        log_likelihood=fit.log_likelihood,
        converged=fit.converged and not isinstance(se, NotAssessable),
        reason=se.reason if isinstance(se, NotAssessable) else fit.reason,
        spec=spec,
        effects=effects,
        left_out=out,
        sigma2=sigma2,
        log_likelihood_common=common.log_likelihood,
        tau2_test=_tau2_test(fit, common) if several else _needs_two("test of tau2"),
        lr_test=equal,
        nodes=fit.nodes,
        quadrature=_check(full, spec),
    )


def _fits(model: MixedModel, start: Parameters, spec: GlmmSpec) -> tuple[Fit, Fit, Fit | None]:
    """The fit with tau2 = 0, the fit asked for, and the full quadrature where that is another one."""
    glm = fixed_fit(model, start)
    if len(model.offset) == 1:
        return glm, glm, None
    if spec.model != "UM.RS":
        return glm, random_fit(model, glm), None
    sub = designs.without_effect_variance(model)
    common = random_fit(sub, fixed_fit(sub, Parameters(None, start.beta, np.zeros(1))))
    full = random_fit(model, glm)
    if spec.integration == "quadrature" or ran_away(full.at):
        return common, full, None
    return laplace_fit(sub, common), laplace_fit(model, full), full


class Estimates(NamedTuple):
    """What a fit says about effect and variances."""

    estimate: float
    se: Number
    tau2: Number
    tau2_se: Number
    sigma2: Number


def _estimates(fit: Fit, spec: GlmmSpec, several: bool) -> Estimates:
    """Effect, tau2 and their standard errors from the inverse of the observed information.

    At tau2 = 0 the likelihood is even in the standard deviation, so information about the effect is not shared with
    it, and tau2 has no standard error.
    """
    p = len(fit.at.beta)
    tau = float(fit.at.scale[-1])
    sigma2: Number = float(fit.at.scale[0] ** 2) if p == 2 else NotAssessable("sigma2", "belongs to UM.RS")
    if not several:
        sigma2 = _needs_two("sigma2") if p == 2 else sigma2
    active = np.concatenate([np.ones(p, dtype=bool), fit.at.scale > 0])
    information = fit.information[np.ix_(active, active)]
    tau2_se: Number = NotAssessable("standard error of tau2", "tau2 lies on its boundary, 0")
    if not np.linalg.eigvalsh(information).min() > 0:
        flat = "the likelihood is flat: the observed information is not positive definite"
        no_se, no_tau2_se = (NotAssessable(what, flat) for what in ("standard error", "standard error of tau2"))
        return Estimates(float(fit.at.beta[-1]), no_se, tau**2, no_tau2_se, sigma2)
    variance = np.diagonal(np.linalg.inv(information))
    if tau > 0:
        tau2_se = float(2 * tau * np.sqrt(variance[-1]))
    tau2: Number = tau**2
    if not several:
        tau2, tau2_se = _needs_two("tau2"), _needs_two("standard error of tau2")
    return Estimates(float(fit.at.beta[-1]), float(np.sqrt(variance[p - 1])), tau2, tau2_se, sigma2)


def _needs_two(what: str) -> NotAssessable:
    return NotAssessable(what, "needs at least 2 studies, got 1")


def _no_weights() -> NotAssessable:
    return NotAssessable("weights", "a mixed model on counts has no weights of studies")


def _tau2_test(fit: Fit, common: Fit) -> HypothesisTest:
    at_zero = fit.log_likelihood if fit.at.scale[-1] == 0 else common.log_likelihood
    return boundary_test(ONE_EFFECT, fit.log_likelihood, at_zero)


def boundary_test(null: str, log_likelihood: float, at_zero: float) -> HypothesisTest:
    """Likelihood-ratio test of a variance against 0: half a chi-square with 0, half with 1 degree of freedom."""
    statistic = max(0.0, 2 * (log_likelihood - at_zero))
    p_value = float(chdtrc(1, statistic)) / 2 if statistic > 0 else 1.0
    return HypothesisTest(null=null, statistic=statistic, df=1, p_value=p_value)


def _study_tests(model: MixedModel, common: Fit, spec: GlmmSpec) -> tuple[HypothesisTest | NotAssessable, ...]:
    """Likelihood-ratio and Wald-type test of equal effects."""
    if spec.model == "UM.RS":
        reason = "not computed for UM.RS; `tau2_test` tests the same hypothesis"
        return NotAssessable("likelihood-ratio test", reason), NotAssessable("Wald-type test", reason)
    fitted = saturated_cells(model.cells)
    return lr_test(fitted, common.log_likelihood), wald_test(model, fitted)


def _i2_h2(effects: EffectSizes, tau2: Number) -> dict[str, Any]:
    """I2 and H2 from tau2 and the typical sampling variance of the studies' own estimates, as in metafor."""
    if isinstance(tau2, NotAssessable) or effects.estimable.sum() < 2:
        return {"i2": _needs_two("I2"), "h2": _needs_two("H2")}
    own = effects.subset(effects.estimable)
    typical = typical_variance(InterceptModel(own.yi, own.vi))
    return {"i2": 100 * (tau2 / (tau2 + typical)), "h2": 1 + tau2 / typical}


def _check(full: Fit | None, spec: GlmmSpec) -> QuadratureCheck | NotAssessable:
    if full is None:
        return NotAssessable(
            "quadrature check", "the fit itself is by quadrature, with nodes added until nothing moved"
        )
    found = _estimates(full, spec, True)
    return QuadratureCheck(full.nodes, found.estimate, found.se, found.tau2, full.log_likelihood)


def _no_estimate(effects: EffectSizes, spec: GlmmSpec, out: tuple[Issue, ...], why: NotAssessable) -> GlmmEffect:
    """The answer where the likelihood has no maximum."""

    def no(what: str) -> NotAssessable:
        return NotAssessable(what, why.reason)

    return GlmmEffect(
        model=spec.model,
        estimate=no("estimate"),
        se=no("standard error"),
        ci=no("interval"),
        statistic=no("test statistic"),
        p_value=no("p value"),
        tau2=no("tau2"),
        tau2_se=no("standard error of tau2"),
        i2=no("I2"),
        h2=no("H2"),
        **q_fields(no("test of heterogeneity")),
        k=effects.k,
        weights=_no_weights(),
        log_likelihood=no("log likelihood"),
        converged=False,
        reason=why.reason,
        spec=spec,
        effects=effects,
        left_out=out,
        sigma2=no("sigma2"),
        log_likelihood_common=no("log likelihood"),
        tau2_test=no("test of tau2"),
        lr_test=no("likelihood-ratio test"),
        nodes=0,
        quadrature=no("quadrature check"),
    )
