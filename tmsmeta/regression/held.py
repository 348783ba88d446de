"""Pooling with a tau2 that comes from elsewhere, such as from all subgroups together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import ndtr, stdtr

from tmsmeta.effects.base import EffectSizes
from tmsmeta.errors import NotAssessable
from tmsmeta.heterogeneity.estimators import ESTIMATORS, Tau2Estimate
from tmsmeta.heterogeneity.likelihood import Criterion, log_likelihood
from tmsmeta.heterogeneity.model import InterceptModel
from tmsmeta.heterogeneity.statistics import I2Definition, QTest, i2_h2, typical_variance
from tmsmeta.pooling import PooledEffect, PoolingSpec, hartung_knapp_factor, pool_by, quantile


def pool_at_tau2(effects: EffectSizes, spec: PoolingSpec, tau2: Tau2Estimate) -> PooledEffect:
    """Pool studies that all have an estimate as `spec` says, but with `tau2` held at the value given."""
    plain_pool = pool_by(effects, spec)
    model = InterceptModel(effects.yi, effects.vi)
    fit = model.fit(tau2.tau2)
    total = float(fit.weights.sum())
    estimate, wald = float(fit.beta[0]), total**-0.5
    held = replace(
        plain_pool,
        estimate=estimate,
        tau2=tau2.tau2,
        tau2_se=tau2.se,
        weights=fit.weights / total,
        log_likelihood=log_likelihood(model, tau2.tau2, _criterion(spec, model.k)),
    )
    if model.k == 1 and spec.ci != "z":
        return held  # no degrees of freedom: the pool of one study already says what is not assessable
    df = model.k - 1
    se = wald * _factor(effects, spec, wald, float(fit.weights @ fit.residuals**2))
    held = replace(held, se=se, **_limits(estimate, se, spec, df))
    held = replace(held, prediction=_prediction(held, se if spec.prediction_se == "model" else wald))
    return _with_heterogeneity(held, model) if df else held


def _factor(effects: EffectSizes, spec: PoolingSpec, wald: float, squares: float) -> float:
    """The Hartung-Knapp factor; with ``hksj-iqwig6`` never an interval narrower than DerSimonian-Laird's."""
    if effects.k == 1:
        return 1.0
    factor = hartung_knapp_factor(spec.ci, squares, effects.k - 1)
    if spec.ci != "hksj-iqwig6" or factor >= 1.0:
        return factor
    dl = pool_by(effects, replace(spec, tau2="DL", ci="z"))
    assert not isinstance(dl.se, NotAssessable)
    narrower = quantile("t", spec.level, effects.k - 1) * wald * factor < quantile("z", spec.level, 1) * dl.se
    return 1.0 if narrower else factor


def _criterion(spec: PoolingSpec, k: int) -> Criterion:
    return "REML" if ESTIMATORS[spec.tau2].likelihood == "REML" and k > 1 else "ML"


def _limits(estimate: float, se: float, spec: PoolingSpec, df: int) -> dict[str, Any]:
    half = quantile(spec.ci, spec.level, df) * se
    ci = (estimate - half, estimate + half)
    if se == 0.0:
        reason = "all estimates are equal, so the Hartung-Knapp standard error is 0"
        return {
            "ci": ci,
            "statistic": NotAssessable("test statistic", reason),
            "p_value": NotAssessable("p value", reason),
        }
    statistic = estimate / se
    tail = ndtr(-abs(statistic)) if spec.ci == "z" else stdtr(df, -abs(statistic))
    return {"ci": ci, "statistic": statistic, "p_value": float(2 * tail)}


def _prediction(pool: PooledEffect, se: float) -> tuple[float, float] | NotAssessable:
    """Prediction limits with the degrees of freedom of the pool's own studies."""
    spec, k = pool.spec, pool.k
    df = k - 2 if spec.prediction == "t(k-2)" else k - 1
    if isinstance(pool.prediction, NotAssessable) and not (k == 1 and spec.prediction == "z"):
        return pool.prediction
    tau2 = 0.0 if isinstance(pool.tau2, NotAssessable) else pool.tau2
    half = quantile(spec.prediction, spec.level, df) * float(np.sqrt(tau2 + se * se))
    return pool.estimate - half, pool.estimate + half


def _with_heterogeneity(held: PooledEffect, model: InterceptModel) -> PooledEffect:
    assert not isinstance(held.tau2, NotAssessable)
    definition: I2Definition = held.spec.i2 if ESTIMATORS[held.spec.tau2].random else "Q"
    i2, h2 = i2_h2(definition, QTest(held.q, held.q_df, held.q_p), held.tau2, typical_variance(model))
    return replace(held, i2=i2, h2=h2)
