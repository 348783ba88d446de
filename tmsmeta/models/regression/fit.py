"""Meta-regression: coefficients, tests and explained heterogeneity."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, NamedTuple, cast

import numpy as np
from scipy.special import chdtrc, fdtrc, ndtr, stdtr

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.errors import Issue, NotAssessable, check_names
from tmsmeta.models.regression.design import Design, build_design
from tmsmeta.models.regression.result import MetaRegression
from tmsmeta.models.regression.spec import RegressionInterval, RegressionSpec
from tmsmeta.pooling import Interval, hartung_knapp_factor, quantile
from tmsmeta.pooling.clusters import check_clusters, clustered, count_clusters, is_robust, sandwich_of
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS, estimate_tau2
from tmsmeta.pooling.heterogeneity.likelihood import Criterion, log_likelihood
from tmsmeta.pooling.heterogeneity.statistics import I2Definition, cochran_q, i2_h2, typical_variance
from tmsmeta.pooling.heterogeneity.weighted_regression import DesignModel, InterceptModel, WeightedFit
from tmsmeta.pooling.robust import ROBUST, Sandwich
from tmsmeta.words.arguments import answerable

INTERCEPT = "Intercept"


@answerable
def meta_regression(
    effects: EffectSizes,
    formula: str,
    data: Any,
    *,
    tau2: str = "REML",
    ci: RegressionInterval = "z",
    cluster: Any = None,
    robust: str | None = None,
    **choices: Any,
) -> MetaRegression | NotAssessable:
    """Regress the effects on study-level moderators, by inverse variance with a residual tau2.

    Args:
        effects: k rows; those without an estimate are left out, together with their rows of `data`.
        formula: the moderators in formula notation: ``"~ dose + C(country)"``, ``"dose * year"``, ``"0 + C(arm)"``;
            the tilde may be left out, and ``^`` is a power as in R: ``"dose + I(dose^2)"``. It may call ``log exp sqrt
            poly scale center C I bs cr`` and nothing else; names with a blank stand in backticks. Categories are
            compared with the first in alphabetical order, or with the first of a pandas Categorical.
        data: one row per row of `effects`. A DataFrame (or record array, or list of mappings) with a column ``study``,
            or whose index holds the study labels, is paired by these, in any order; the labels must be those of
            `effects`. Without them it is paired by position and must have k rows. In a mapping of columns each column
            follows the same rule: a Series indexed by study or a mapping by study by its keys, a list by position.
            Dates count in years of 365.25 days (2000-01-01 is 2000), durations in days; the methods sentence says so.
        tau2: ``FE DL HE HS SJ ML REML EB PM``.
        ci: ``z t hksj hksj-adhoc CR0 CR1 CR2``.
        cluster: which rows depend on each other: one label per row of `effects`, paired like `data`, or ``"study"`` for
            the study labels. Errors, tests and intervals are then cluster-robust; tau2 stays that of independent rows.
        robust: ``CR0``, ``CR1`` or ``CR2``; ``CR2`` if not given.
        **choices: the remaining fields of :class:`RegressionSpec`: `level`, `prediction`, `missing`.

    Returns:
        The regression, or the reason why there is none: no more studies, or clusters, than coefficients.

    Raises:
        InvalidInputError: a formula that cannot be read, columns that are absent, missing moderators, moderators that
            determine one another, rows of `data` or clusters that do not match those of `effects`.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.15, 0.3, 0.2], study=["A", "B", "C", "D"])
        >>> fit = tm.meta_regression(trials, "~ dose", {"dose": [10, 5, 8, 12]})
        >>> {term: f"{slope:.3f}" for term, slope in zip(fit.terms, fit.beta)}
        {'Intercept': '-0.470', 'dose': '0.116'}

    References:
        Berkey et al., Stat Med 1995;14:395 (model); Raudenbush, in The Handbook of Research Synthesis and
        Meta-Analysis (2nd ed. 2009), ch. 16 (explained variance); Knapp & Hartung, Stat Med 2003;22:2693 (``hksj``);
        Pustejovsky & Tipton, J Bus Econ Stat 2018;36:672 (``cluster``).
    """
    check_names(choices, [f.name for f in fields(RegressionSpec)])
    effects, kind = clustered(effects, cluster, robust, None if ci == "z" else ci)
    ci = cast(RegressionInterval, kind or ci)
    check_clusters(effects, ci)
    spec = RegressionSpec(formula=formula, tau2=tau2, ci=ci, **choices)
    design = build_design(effects, formula, data, drop_missing=spec.missing == "drop")
    kept = effects.subset(design.kept)
    k, p = design.x.shape
    if k <= p:
        reason = f"{p} coefficients need at least {p + 1} studies, got {k}"
        return NotAssessable("meta-regression", reason)
    if is_robust(ci) and count_clusters(kept) <= p:
        reason = f"{p} coefficients need at least {p + 1} clusters, got {count_clusters(kept)}"
        return NotAssessable("meta-regression", reason)
    left_out = (*effects.not_estimable, *design.dropped)
    return fit_design(kept, design, spec, left_out)


def fit_design(
    effects: EffectSizes, design: Design, spec: RegressionSpec, left_out: tuple[Issue, ...] = ()
) -> MetaRegression:
    """Fit k studies that all have an estimate on a design matrix with fewer, independent columns."""
    # Columns of unit length keep the QR free of the moderators' units; nothing else depends on them.
    length = np.sqrt((design.x * design.x).sum(axis=0))
    model = DesignModel(effects.yi, effects.vi, design.x / length)
    tau2 = estimate_tau2(model, spec.tau2)
    fit = model.fit(tau2.tau2)
    df = model.k - model.p
    errors = _errors(effects, model, design.x / length, fit, tau2.tau2, spec)
    covariance = errors.covariance
    qe = cochran_q(model)
    i2, h2 = _residual_heterogeneity(model, qe.statistic, tau2.tau2, spec)
    moderators = _moderator_test(fit, design.x / length, errors, design.terms, spec)
    criterion: Criterion = "REML" if ESTIMATORS[spec.tau2].likelihood == "REML" else "ML"
    coefficients = _coefficient_tests(fit.beta / length, np.sqrt(np.diag(covariance)) / length, spec, errors.df)
    return MetaRegression(
        terms=design.terms,
        beta=fit.beta / length,
        covariance=covariance / np.outer(length, length),
        **coefficients._asdict(),
        tau2=tau2.tau2,
        tau2_se=tau2.se,
        i2=i2,
        h2=h2,
        r2=_explained(model, design.x, tau2.tau2, spec),
        **moderators,
        qe=qe.statistic,
        qe_df=df,
        qe_p=qe.p_value,
        k=model.k,
        p=model.p,
        log_likelihood=log_likelihood(model, tau2.tau2, criterion, fit),
        fitted=model.y - fit.residuals,
        weights=fit.weights / fit.weights.sum(),
        spec=spec,
        effects=effects,
        design=design,
        left_out=left_out,
        clusters=errors.sandwich.m if errors.sandwich else None,
        df=errors.df if errors.sandwich else None,
    )


class _Errors(NamedTuple):
    """Covariance of the coefficients (p, p), the degrees of freedom of each (p,), and what a robust one comes from."""

    covariance: Floats
    df: Floats
    sandwich: Sandwich | None = None


def _errors(
    effects: EffectSizes, model: DesignModel, x: Floats, fit: WeightedFit, tau2: float, spec: RegressionSpec
) -> _Errors:
    df = model.k - model.p
    if spec.ci not in ROBUST:
        factor = hartung_knapp_factor(cast(Interval, spec.ci), float(fit.weights @ fit.residuals**2), df)
        return _Errors(fit.covariance * factor**2, np.full(model.p, float(df)))
    sandwich = sandwich_of(effects, model, x, fit, tau2, spec.ci)
    return _Errors(*sandwich.errors, sandwich)


class _Coefficients(NamedTuple):
    statistic: Floats
    p_value: Floats
    low: Floats
    high: Floats


def _coefficient_tests(beta: Floats, se: Floats, spec: RegressionSpec, df: Floats) -> _Coefficients:
    statistic = np.divide(beta, se, where=se > 0, out=np.full_like(beta, np.nan))
    tail = ndtr(-abs(statistic)) if spec.ci == "z" else stdtr(df, -abs(statistic))
    half = np.array([quantile(spec.ci, spec.level, n) for n in df]) * se
    return _Coefficients(statistic, 2 * tail, beta - half, beta + half)


def _moderator_test(
    fit: WeightedFit, x: Floats, errors: _Errors, terms: tuple[str, ...], spec: RegressionSpec
) -> dict[str, Any]:
    """Omnibus Wald test of all coefficients but the intercept; of all of them where there is no intercept."""
    tested = [j for j, term in enumerate(terms) if term != INTERCEPT]
    m, df, what = len(tested), len(x) - len(terms), "test of moderators"
    found = {"qm_df": m, "qm_df_residual": None if spec.ci == "z" else df}
    if not m:
        none = NotAssessable(what, "the formula has no moderator")
        return found | {"qm": none, "qm_p": none}
    if errors.sandwich is not None:
        robust = errors.sandwich.test(fit.beta, tested)
        if isinstance(robust, NotAssessable):
            none = NotAssessable(what, robust.reason)
            return found | {"qm": none, "qm_p": none}
        return {"qm": robust.statistic, "qm_df": m, "qm_df_residual": robust.df_residual, "qm_p": robust.p_value}
    factor = hartung_knapp_factor(cast(Interval, spec.ci), float(fit.weights @ fit.residuals**2), df)
    if not factor:
        exact = NotAssessable(what, "the Knapp-Hartung standard errors are 0: the moderators fit every study exactly")
        return found | {"qm": exact, "qm_p": exact}
    # What the moderators explain, beyond the intercept if there is one: as b' cov(b)^-1 b, but no matrix to invert.
    explained = np.sqrt(fit.weights) * (x[:, tested] @ fit.beta[tested])
    if m < len(terms):
        constant = np.sqrt(fit.weights)
        explained -= constant * (constant @ explained) / fit.weights.sum()
    chi2 = float(explained @ explained) / factor**2
    if spec.ci == "z":
        return found | {"qm": chi2, "qm_p": float(chdtrc(m, chi2))}
    return found | {"qm": chi2 / m, "qm_p": float(fdtrc(m, df, chi2 / m))}


def _residual_heterogeneity(model: DesignModel, qe: float, tau2: float, spec: RegressionSpec) -> tuple[float, float]:
    definition: I2Definition = "tau2" if ESTIMATORS[spec.tau2].random else "Q"
    return i2_h2(definition, qe, model.k - model.p, tau2, typical_variance(model))


def _explained(model: DesignModel, x: Floats, tau2: float, spec: RegressionSpec) -> float | NotAssessable:
    """R2 in percent: against the model with an intercept only, by the same estimator."""
    what = "R2"
    constant = np.ones(model.k)
    residual = constant - x @ np.linalg.lstsq(x, constant, rcond=None)[0]
    if np.abs(residual).max() > 1e-8:
        return NotAssessable(what, "the model has no intercept")
    if model.p == 1:
        return NotAssessable(what, "the formula has no moderator")
    without = InterceptModel(model.y, model.v)
    if not ESTIMATORS[spec.tau2].random:
        total = float(without.sums(0.0).q) / (model.k - 1)
        if total == 0.0:
            return NotAssessable(what, "all estimates are equal")
        return max(0.0, 100 * (1 - float(model.sums(0.0).q) / (model.k - model.p) / total))
    start = estimate_tau2(without, spec.tau2).tau2
    return max(0.0, 100 * ((start - tau2) / start)) if start > 0 else 0.0
