"""Inverse-variance pooling itself."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri, stdtr

from tmsmeta.effects.base import EffectSizes, check_effects
from tmsmeta.effects.mantel_haenszel import mantel_haenszel_estimate
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.pooling.cautions import way_back_caution
from tmsmeta.pooling.clusters import check_clusters, clustered, count_clusters, is_robust, robust_spec, sandwich_of
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS, Tau2Estimate, estimate_tau2
from tmsmeta.pooling.heterogeneity.likelihood import Criterion, log_likelihood
from tmsmeta.pooling.heterogeneity.statistics import I2Definition, cochran_q, i2_h2, typical_variance
from tmsmeta.pooling.heterogeneity.weighted_regression import InterceptModel, WeightedFit
from tmsmeta.pooling.result import PooledEffect
from tmsmeta.pooling.robust import RobustName
from tmsmeta.pooling.spec import Interval, PoolingSpec, Prediction, Profile, pooling_spec
from tmsmeta.pooling.t_quantile import t_quantile
from tmsmeta.pooling.zero_cells import by_rule
from tmsmeta.words.arguments import answerable
from tmsmeta.words.glossary import interval_name


@answerable
def pool(
    effects: EffectSizes,
    *,
    tau2: str | None = None,
    ci: Interval | None = None,
    level: float | None = None,
    prediction: Prediction | None = None,
    profile: Profile | None = None,
    cluster: Any = None,
    robust: str | None = None,
    **choices: Any,
) -> PooledEffect:
    """Pool the studies by inverse variance.

    Args:
        effects: from one of the functions in :mod:`tmsmeta.effects`. Rows without an estimate are left out, and
            listed in the result.
        tau2: ``FE DL HE HS SJ ML REML EB PM``; ``REML`` if not given.
        ci: ``z t hksj hksj-adhoc hksj-iqwig6``; ``hksj`` if not given.
        level: confidence level; 0.95 if not given.
        prediction: ``z t(k-1) t(k-2) none``; ``t(k-2)`` if not given.
        profile: a complete spec, such as ``profiles.REVMAN5``, or its name. It sets all choices; one that is given as
            well must agree with it. Effects made by another rule for zero cells than that of the profile are made again
            from their counts; ``effects.notes`` of the result says so.
        cluster: which rows depend on each other, such as several comparisons of one trial: one label per row (by study
            or position, see :func:`subgroups`), or ``"study"`` for the study labels. The interval is then
            cluster-robust, whatever that of the profile; weights, tau2, Q and I2 stay those of independent rows.
        robust: ``CR0``, ``CR1`` or ``CR2``; ``CR2`` if not given. Prediction intervals then count clusters, not rows.
        **choices: the remaining fields of :class:`PoolingSpec`.

    Returns:
        The pooled effect with its interval, heterogeneity and prediction interval, on the scale of the measure (ratios
        logged, and as they are in ``ratio`` and ``ratio_ci``), the weights as shares of 1, and the spec that gave them.

    Raises:
        InvalidInputError: if no study has an estimate, if a choice contradicts `profile`, or if clusters do not match
            the rows.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5], se=[0.2, 0.15, 0.3], measure="RR", study=["A", "B", "C"])
        >>> pooled = tm.pool(trials, tau2="DL", ci="z")
        >>> f"{pooled.ratio:.2f} ({pooled.ratio_ci[0]:.2f} to {pooled.ratio_ci[1]:.2f}), tau2 {pooled.tau2:.3f}"
        '1.50 (1.00 to 2.27), tau2 0.087'

    References:
        Hartung & Knapp, Stat Med 2001;20:1771 and 3875; Sidik & Jonkman, Stat Med 2002;21:3153 (``hksj``).
        Knapp & Hartung, Stat Med 2003;22:2693; Jackson et al., Stat Med 2017;36:3923 (``hksj-adhoc``).
        Higgins, Thompson & Spiegelhalter, J R Stat Soc A 2009;172:137 (prediction, k - 2 degrees of freedom).
        Hedges, Tipton & Johnson, Res Synth Methods 2010;1:39; Pustejovsky & Tipton, J Bus Econ Stat 2018;36:672
        (``cluster``).
    """
    check_effects(effects)
    if cluster is not None or robust is not None:
        effects, kind = clustered(effects, cluster, robust, ci)
        given = {"tau2": tau2, "level": level, "prediction": prediction, **choices}
        return pool_by(effects, robust_spec(pooling_spec(profile, given), kind))
    given = {"tau2": tau2, "ci": ci, "level": level, "prediction": prediction, **choices}
    return pool_by(effects, pooling_spec(profile, given))


def pool_by(effects: EffectSizes, spec: PoolingSpec, held: Tau2Estimate | None = None) -> PooledEffect:
    """Pool the studies as `spec` says; :func:`pool` with the choices already in one object.

    Args:
        effects: k rows; those without an estimate are left out and listed.
        spec: the choices.
        held: tau2 from elsewhere, such as from all subgroups together, in place of an estimate from these studies.
    """
    check_clusters(effects, spec.ci)
    effects = by_rule(effects, spec)
    kept = estimable_rows(effects)
    left_out = () if kept is effects else effects.not_estimable
    if kept.k == 1:
        return _single_study(kept, spec, left_out, held)
    result = _several_studies(kept, spec, left_out, held)
    if not kept.info.scale.startswith("freeman-tukey"):
        return result
    return replace(result, way_back=way_back_caution(result, pool_by))


def estimable_rows(effects: EffectSizes, spec: PoolingSpec | None = None) -> EffectSizes:
    """The rows with an estimate, made by the rule for zero cells of `spec`; `effects` itself where nothing changes.

    Raises:
        InvalidInputError: if there is none.
    """
    check_effects(effects)
    effects = effects if spec is None else by_rule(effects, spec)
    if not effects.estimable.any():
        reasons = effects.not_estimable or (
            Issue(None, "effects", 0, "must hold at least one study with an estimate."),
        )
        raise InvalidInputError(reasons, "No study has an estimate to pool")
    return effects.subset(effects.estimable)


def _single_study(
    effects: EffectSizes, spec: PoolingSpec, left_out: tuple[Issue, ...], held: Tau2Estimate | None
) -> PooledEffect:
    """One study: its own estimate, and a Wald interval where the spec allows one."""

    def needs(what: str, least: int = 2) -> NotAssessable:
        return NotAssessable(what, f"needs at least {least} studies, got 1")

    wald, tau2 = spec.ci == "z", 0.0 if held is None else held.tau2
    estimate, se = float(effects.yi[0]), sqrt(float(effects.vi[0]) + (tau2 if wald else 0.0))
    half = quantile("z", spec.level, 1) * se
    unknown = held is None or not wald
    spread = needs("prediction interval") if spec.prediction == "z" and unknown else se
    prediction = _prediction(estimate, spread, tau2, spec, 1)
    return PooledEffect(
        estimate=estimate,
        se=se
        if spec.ci in ("z", "t")
        else needs("cluster-robust standard error" if is_robust(spec.ci) else "Hartung-Knapp standard error"),
        ci=(estimate - half, estimate + half) if wald else needs(f"{interval_name(spec.ci)} interval"),
        statistic=estimate / se if wald else needs("test statistic"),
        p_value=float(2 * ndtr(-abs(estimate / se))) if wald else needs("p value"),
        tau2=tau2 if held is not None or spec.tau2 == "FE" else needs("tau2"),
        tau2_se=needs("standard error of tau2") if held is None else held.se,
        i2=needs("I2"),
        h2=needs("H2"),
        q=0.0,
        q_df=0,
        q_p=needs("test of heterogeneity"),
        k=1,
        weights=np.ones(1),
        prediction=prediction,
        log_likelihood=log_likelihood(InterceptModel(effects.yi, effects.vi), tau2, "ML"),
        spec=spec,
        effects=effects,
        left_out=left_out,
        clusters=1 if is_robust(spec.ci) else None,
    )


def _several_studies(
    effects: EffectSizes, spec: PoolingSpec, left_out: tuple[Issue, ...], held: Tau2Estimate | None
) -> PooledEffect:
    model = InterceptModel(effects.yi, effects.vi, _q_centre(effects, spec))
    tau2 = held or ESTIMATORS[spec.tau2].function(model)
    fit = model.fit(tau2.tau2)
    variance = float(fit.covariance[0, 0])
    found = _uncertainty(effects, model, fit, tau2.tau2, spec)
    q = cochran_q(model)
    i2, h2 = _i2_h2(model, q.statistic, tau2.tau2, spec)
    criterion: Criterion = "REML" if ESTIMATORS[spec.tau2].likelihood == "REML" else "ML"
    prediction_se = found.se if spec.prediction_se == "model" else sqrt(variance)
    units = found.clusters or model.k
    return PooledEffect(
        estimate=float(fit.beta[0]),
        **found._asdict(),
        tau2=tau2.tau2,
        tau2_se=tau2.se,
        i2=i2,
        h2=h2,
        q=q.statistic,
        q_df=model.k - model.p,
        q_p=q.p_value,
        k=model.k,
        weights=fit.weights * variance,
        prediction=_prediction(float(fit.beta[0]), prediction_se, tau2.tau2, spec, units),
        log_likelihood=log_likelihood(model, tau2.tau2, criterion, fit),
        spec=spec,
        effects=effects,
        left_out=left_out,
    )


class _Uncertainty(NamedTuple):
    """Fields of the same name of :class:`PooledEffect`."""

    se: float | NotAssessable
    ci: tuple[float, float] | NotAssessable
    statistic: float | NotAssessable
    p_value: float | NotAssessable
    clusters: int | None = None
    df: float | None = None


def _uncertainty(
    effects: EffectSizes, model: InterceptModel, fit: WeightedFit, tau2: float, spec: PoolingSpec
) -> _Uncertainty:
    """Standard error, interval and test of the pooled effect."""
    estimate, wald_se = float(fit.beta[0]), sqrt(float(fit.covariance[0, 0]))
    if is_robust(spec.ci):
        return _robust(effects, model, fit, tau2, spec)
    factor = hartung_knapp_factor(spec.ci, float(fit.weights @ fit.residuals**2), model.k - 1)
    if spec.ci == "hksj-iqwig6" and factor < 1.0 and _narrower_than_dl(wald_se * factor, model, spec.level):
        factor = 1.0
    se = wald_se * factor
    return _Uncertainty(se, *_test(estimate, se, spec, model.k - 1))


def _robust(
    effects: EffectSizes, model: InterceptModel, fit: WeightedFit, tau2: float, spec: PoolingSpec
) -> _Uncertainty:
    """The same from the sandwich over clusters."""
    m = count_clusters(effects)
    if m < 2:
        return _without_errors(spec, "needs at least 2 clusters, got 1", m)
    kind: RobustName = spec.ci  # type: ignore[assignment]
    found = sandwich_of(effects, model, np.ones((model.k, 1)), fit, tau2, kind).errors
    se, df = sqrt(float(found.covariance[0, 0])), float(found.df[0])
    if not se:
        return _without_errors(spec, "the residuals of every cluster add up to 0", m)
    return _Uncertainty(se, *_test(float(fit.beta[0]), se, spec, df), clusters=m, df=df)


def _without_errors(spec: PoolingSpec, reason: str, clusters: int) -> _Uncertainty:
    return _Uncertainty(
        se=NotAssessable("cluster-robust standard error", reason),
        ci=NotAssessable(f"{interval_name(spec.ci)} interval", reason),
        statistic=NotAssessable("test statistic", reason),
        p_value=NotAssessable("p value", reason),
        clusters=clusters,
    )


def hartung_knapp_factor(ci: Interval, weighted_squares: float, df: int) -> float:
    """What the Wald standard error is multiplied by: 1, or the root of the weighted residual mean square."""
    if not ci.startswith("hksj"):
        return 1.0
    factor = sqrt(weighted_squares / df)
    return max(1.0, factor) if ci == "hksj-adhoc" else factor


def _q_centre(effects: EffectSizes, spec: PoolingSpec) -> float | None:
    """The Mantel-Haenszel estimate, where the spec asks for it and the effects carry what it needs."""
    if spec.q_centre != "mantel-haenszel":
        return None
    centre = mantel_haenszel_estimate(effects)
    return None if isinstance(centre, NotAssessable) else centre


def _narrower_than_dl(se: float, model: InterceptModel, level: float) -> bool:
    """Whether the Hartung-Knapp interval is narrower than the Wald interval with DerSimonian-Laird's tau2."""
    wald = float(model.fit(estimate_tau2(model, "DL").tau2).weights.sum()) ** -0.5
    return bool(quantile("t", level, model.k - 1) * se < quantile("z", level, model.k - 1) * wald)


@lru_cache
def quantile(ci: str, level: float, df: float) -> float:
    """Two-sided quantile of the normal (``z``) or of Student's t with `df` degrees of freedom."""
    return float(ndtri(0.5 + level / 2)) if ci == "z" else float(t_quantile(df, level))


def _test(
    estimate: float, se: float, spec: PoolingSpec, df: float
) -> tuple[tuple[float, float], float | NotAssessable, float | NotAssessable]:
    half = quantile(spec.ci, spec.level, df) * se
    ci = (estimate - half, estimate + half)
    if se == 0.0:
        reason = "all estimates are equal, so the Hartung-Knapp standard error is 0"
        return ci, NotAssessable("test statistic", reason), NotAssessable("p value", reason)
    statistic = estimate / se
    tail = ndtr(-abs(statistic)) if spec.ci == "z" else stdtr(df, -abs(statistic))
    return ci, statistic, float(2 * tail)


def _i2_h2(model: InterceptModel, q: float, tau2: float, spec: PoolingSpec) -> tuple[float, float]:
    definition: I2Definition = spec.i2 if ESTIMATORS[spec.tau2].random else "Q"
    return i2_h2(definition, q, model.k - model.p, tau2, typical_variance(model))


def _prediction(
    estimate: float, se: float | NotAssessable, tau2: float, spec: PoolingSpec, k: int
) -> tuple[float, float] | NotAssessable:
    what = "prediction interval"
    if not ESTIMATORS[spec.tau2].random:
        return NotAssessable(what, "the common-effect model assumes one effect in all studies")
    if spec.prediction == "none":
        return NotAssessable(what, "the spec asks for none")
    if isinstance(se, NotAssessable):
        return NotAssessable(what, se.reason)
    df = k - 2 if spec.prediction == "t(k-2)" else k - 1
    if spec.prediction != "z" and df < 1:
        return NotAssessable(
            what,
            f"needs at least {k - df + 1} {'clusters' if is_robust(spec.ci) else 'studies'}, got {k}",
        )
    half = quantile(spec.prediction, spec.level, df) * sqrt(tau2 + se * se)
    return estimate - half, estimate + half
