"""Egger's test in both forms, and Thompson and Sharp's."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from tmsmeta.effects.base import EffectSizes, check_effects
from tmsmeta.errors import NotAssessable, check_option
from tmsmeta.models.regression.design import Design
from tmsmeta.models.regression.fit import fit_design
from tmsmeta.models.regression.spec import RegressionInterval, RegressionSpec
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.pooling.sentences import correction_sentence
from tmsmeta.robustness.smallstudy.dispersion_line import line_test
from tmsmeta.robustness.smallstudy.result import LEAST_STUDIES, AsymmetryTest, power_note, too_few
from tmsmeta.words.arguments import answerable

Model = Literal["lm", "mixed"]


@answerable
def egger(
    effects: EffectSizes,
    model: Model = "lm",
    *,
    tau2: str = "REML",
    ci: RegressionInterval = "z",
) -> AsymmetryTest | NotAssessable:
    """Egger's regression test: do imprecise studies show other effects?

    Args:
        effects: k rows; those without an estimate are left out and listed.
        model: ``lm``: regression of the estimates on their standard errors, weighted by 1 / v, with multiplicative
            dispersion; t with k - 2 degrees of freedom. It is the test of the intercept in the regression of y / se on
            1 / se. ``mixed``: mixed-effects meta-regression on the standard error.
        tau2, ci: estimator and test of the mixed model; without effect on ``lm``.

    Returns:
        The test, or why there is none: fewer than three studies, or equal standard errors. ``estimate`` is the slope
        on the standard error, ``intercept`` the effect at a standard error of 0.

    Raises:
        InvalidInputError: something else than effects.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9, 0.2], se=[0.2, 0.15, 0.3, 0.4, 0.1])
        >>> test = tm.egger(trials)
        >>> f"slope {test.estimate:.2f}, p = {test.p_value:.3f}"
        'slope 2.38, p = 0.140'

    References:
        Egger et al., BMJ 1997;315:629 (``lm``); Sterne & Egger, in Publication Bias in Meta-Analysis (2005), ch. 6
        (``mixed``).
    """
    check_option("model", model, get_args(Model))
    check_effects(effects)
    kept = effects.subset(effects.estimable)
    test = "Egger's regression test"
    if model == "lm":
        method = "regression on the standard error, weighted by inverse variance, with multiplicative dispersion"
        return line_test(
            test,
            kept.yi,
            kept.se,
            1 / kept.vi,
            effects=kept,
            method=method,
            corrections=correction_sentence(kept),
            left_out=effects.not_estimable,
        )
    return _mixed(test, effects, tau2, ci)


@answerable
def thompson_sharp(
    effects: EffectSizes, *, tau2: str = "DL", ci: RegressionInterval = "t"
) -> AsymmetryTest | NotAssessable:
    """Thompson and Sharp's test: Egger's regression with an additive between-study variance.

    Args:
        effects: k rows; those without an estimate are left out and listed.
        tau2: estimator of the residual between-study variance; the moment estimator (``DL``) by default.
        ci: ``t``: Wald standard error, t with k - 2 degrees of freedom; or ``z``, ``hksj``, ``hksj-adhoc``.

    Returns:
        The test, or why there is none: fewer than three studies, or equal standard errors.

    Raises:
        InvalidInputError: something else than effects.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9, 0.2], se=[0.2, 0.15, 0.3, 0.4, 0.1])
        >>> test = tm.thompson_sharp(trials)
        >>> f"slope {test.estimate:.2f}, p = {test.p_value:.3f}"
        'slope 2.41, p = 0.133'

    References:
        Thompson & Sharp, Stat Med 1999;18:2693.
    """
    return _mixed("Thompson and Sharp's test", effects, tau2, ci)


def _mixed(test: str, effects: EffectSizes, tau2: str, ci: RegressionInterval) -> AsymmetryTest | NotAssessable:
    spec = RegressionSpec(formula="~ se", tau2=tau2, ci=ci)
    check_effects(effects)
    kept = effects.subset(effects.estimable)
    if kept.k < LEAST_STUDIES:
        return too_few(test, kept.k)
    if np.ptp(kept.se) <= 1e-12 * kept.se.max():
        return NotAssessable(test, "the studies do not differ in their standard errors")
    design = Design(
        x=np.column_stack([np.ones(kept.k), kept.se]),
        terms=("Intercept", "se"),
        kept=np.arange(kept.k),
        dropped=(),
        columns=("se",),
        levels={},
        encoder=None,
    )
    fit = fit_design(kept, design, spec)
    if np.isnan(fit.statistic[1]):
        return NotAssessable(test, "the studies lie exactly on a line, so the slope has no standard error")
    return AsymmetryTest(
        test=test,
        statistic=float(fit.statistic[1]),
        df=None if ci == "z" else kept.k - 2,
        p_value=float(fit.p_value[1]),
        estimate=float(fit.beta[1]),
        se=float(fit.se[1]),
        intercept=float(fit.beta[0]),
        intercept_se=float(fit.se[0]),
        tau2=fit.tau2,
        k=kept.k,
        method=f"mixed-effects meta-regression on the standard error ({ESTIMATORS[tau2].label}, {ci})",
        effects=kept,
        spec=spec,
        note=power_note(kept.k),
        corrections=correction_sentence(kept),
        left_out=effects.not_estimable,
    )
