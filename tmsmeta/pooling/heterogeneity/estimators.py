"""The estimators of tau2, one function each, and the table through which everything else finds them.

To add one: write a function from a :class:`WeightedModel` to a :class:`Tau2Estimate`, give it a line in
:data:`ESTIMATORS`, and write its naive definition in ``tests/definitions/tau2.py``. ``pool``, meta-regression, the
batched engine, the multiverse, the documentation and the tests read the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

from tmsmeta.errors import NotAssessable, check_option
from tmsmeta.pooling.heterogeneity.likelihood import maximise
from tmsmeta.pooling.heterogeneity.qprofile import solve_q
from tmsmeta.pooling.heterogeneity.weighted_regression import WeightedModel
from tmsmeta.words.arguments import answerable
from tmsmeta.words.methods import Method


class Tau2Estimate(NamedTuple):
    """tau2, cut at 0, and its standard error."""

    tau2: float
    se: float | NotAssessable


@dataclass(frozen=True, kw_only=True)
class Estimator(Method):
    """One line of the table; names are those of metafor, labels those of a methods sentence.

    Attributes:
        function: the estimator.
        likelihood: the criterion it maximises, ``ML`` or ``REML``; ``ML`` for estimators that maximise none, whose
            results still report a log likelihood.
        random: False for the common-effect model, which holds tau2 at 0.
    """

    function: Callable[[WeightedModel], Tau2Estimate]
    likelihood: str = "ML"
    random: bool = True


def _se_of_quadratic_form(model: WeightedModel, factor: float, weights_at: float, tau2: float) -> float:
    """Standard error of factor * y'Py, with P at weights 1 / (v + weights_at), when the true variance is v + tau2.

    Var(y'Py) = 2 trace(P S P S) with S = V + tau2 I (Searle, Linear Models 1971, sec. 2.5).
    """
    sums = model.at_zero if weights_at == 0.0 else model.sums(weights_at)
    # P V P = P at fixed-effect weights, and trace(PV) = k - p
    tr_pvpv = float(model.k - model.p) if weights_at == 0.0 else model.trace_pv(weights_at)[1]
    # trace(PVP) = trace(P (W^-1 - weights_at I) P) = trace(P) - weights_at trace(PP)
    tr_pvp = float(sums.tr_p) - weights_at * float(sums.tr_pp)
    return factor * sqrt(2 * (tr_pvpv + 2 * tau2 * tr_pvp + tau2 * tau2 * float(sums.tr_pp)))


def common_effect(model: WeightedModel) -> Tau2Estimate:
    """tau2 = 0 by assumption."""
    return Tau2Estimate(0.0, NotAssessable("standard error of tau2", "the common-effect model sets tau2 to 0"))


def dersimonian_laird(model: WeightedModel) -> Tau2Estimate:
    """Method of moments with fixed-effect weights: (Q - (k - p)) / trace(P)."""
    sums = model.at_zero
    tau2 = max(0.0, float((sums.q - (model.k - model.p)) / sums.tr_p))
    return Tau2Estimate(tau2, _se_of_quadratic_form(model, 1 / float(sums.tr_p), 0.0, tau2))


def hedges(model: WeightedModel) -> Tau2Estimate:
    """Method of moments with equal weights: residual mean square minus the mean sampling variance."""
    ols = model.ordinary()
    df = model.k - model.p
    tau2 = max(0.0, (ols.squares - ols.trace_mv) / df)
    return Tau2Estimate(tau2, sqrt(2 * (ols.trace_mvmv + 2 * tau2 * ols.trace_mv + tau2 * tau2 * df)) / df)


def hunter_schmidt(model: WeightedModel) -> Tau2Estimate:
    """(Q - k) / sum of the fixed-effect weights."""
    sums = model.at_zero
    tau2 = max(0.0, float((sums.q - model.k) / sums.sum_w))
    return Tau2Estimate(tau2, _se_of_quadratic_form(model, 1 / float(sums.sum_w), 0.0, tau2))


def sidik_jonkman(model: WeightedModel) -> Tau2Estimate:
    """Two steps from a crude start, the variance of the estimates with divisor k; never 0 unless all are equal."""
    deviations = model.y - model.y[0]  # first, so that equal estimates give exactly 0
    deviations = deviations - deviations.sum() / model.k
    start = float(deviations @ deviations) / model.k
    if start == 0.0:
        return Tau2Estimate(0.0, NotAssessable("standard error of tau2", "all estimates are equal"))
    factor = start / (model.k - model.p)
    tau2 = factor * float(model.sums(start).q)
    return Tau2Estimate(tau2, _se_of_quadratic_form(model, factor, start, tau2))


def maximum_likelihood(model: WeightedModel) -> Tau2Estimate:
    """Maximum likelihood; the standard error is from the expected information, 2 / sum of squared weights."""
    tau2 = maximise(model, "ML")
    return Tau2Estimate(tau2, sqrt(2 / model.sums(tau2).sum_w2))


def restricted_maximum_likelihood(model: WeightedModel) -> Tau2Estimate:
    """Restricted maximum likelihood; the standard error is from the expected information, 2 / trace(PP)."""
    tau2 = maximise(model, "REML")
    return Tau2Estimate(tau2, sqrt(2 / model.sums(tau2).tr_pp))


def paule_mandel(model: WeightedModel) -> Tau2Estimate:
    """The root of the generalised Q statistic, Q(tau2) = k - p.

    The standard error is that of the empirical Bayes estimator, k sqrt(2 / (k - p)) / sum(w): the two estimators
    solve the same equation (Viechtbauer et al., Psychol Methods 2015;20:360).
    """
    tau2 = solve_q(model, model.k - model.p)
    sum_w = float(model.sums(tau2).sum_w)
    return Tau2Estimate(tau2, model.k * sqrt(2 / (model.k - model.p)) / sum_w)


def empirical_bayes(model: WeightedModel) -> Tau2Estimate:
    """Morris' empirical Bayes estimator, which is the same root as Paule and Mandel's."""
    return paule_mandel(model)


ESTIMATORS: Mapping[str, Estimator] = {
    e.name: e
    for e in (
        Estimator(
            name="FE",
            label="common-effect (fixed-effect) model",
            function=common_effect,
            reference="Hedges & Vevea, Psychol Methods 1998;3:486",
            latex=r"\hat\tau^2 = 0",
            assumes="All studies estimate one and the same effect, so that they differ by chance alone.",
            avoid=(
                "Studies that differ in patients, treatment or design; the interval then says nothing about other "
                "settings, and it is too narrow for the mean of such studies."
            ),
            random=False,
        ),
        Estimator(
            name="DL",
            label="DerSimonian-Laird",
            function=dersimonian_laird,
            reference="DerSimonian & Laird, Control Clin Trials 1986;7:177",
            latex=r"\hat\tau^2 = \max\left(0, \frac{Q - (k - p)}{\sum w - \sum w^2 / \sum w}\right)",
            assumes=(
                "Sampling variances are known; no distribution of the true effects is needed. The denominator is that "
                "without moderators; with them it is the trace of P."
            ),
            avoid=(
                "Few studies, or much heterogeneity: it is biased downwards there. Use it to repeat what older "
                "reviews and Review Manager 5 printed."
            ),
        ),
        Estimator(
            name="HE",
            label="Hedges (variance component)",
            function=hedges,
            reference="Hedges & Olkin, Statistical Methods for Meta-Analysis 1985, ch. 9",
            latex=r"\hat\tau^2 = \max\left(0, \frac{\sum (y - \bar y)^2}{k - p} - \frac{1}{k} \sum v\right)",
            assumes=(
                "Sampling variances are known; every study counts alike, however large. The formula is that without "
                "moderators."
            ),
            avoid="Studies of very unequal size: the smallest ones then decide.",
        ),
        Estimator(
            name="HS",
            label="Hunter-Schmidt",
            function=hunter_schmidt,
            reference="Viechtbauer, J Educ Behav Stat 2005;30:261",
            latex=r"\hat\tau^2 = \max\left(0, \frac{Q - k}{\sum w}\right)",
            assumes="Sampling variances are known, and k is large: it subtracts k where the expectation of Q is k - p.",
            avoid="Few studies, where it is biased downwards. It is here to repeat analyses that used it.",
        ),
        Estimator(
            name="SJ",
            label="Sidik-Jonkman",
            function=sidik_jonkman,
            reference="Sidik & Jonkman, J R Stat Soc C 2005;54:367",
            latex=(
                r"\hat\tau^2 = \frac{\tau_0^2}{k - p} \sum \frac{(y - \hat\theta_0)^2}{v + \tau_0^2}, \quad \tau_0^2 "
                r"= \frac{1}{k} \sum (y - \bar y)^2"
            ),
            assumes=(
                "Heterogeneity is there: it is never 0 unless all estimates are equal. The weighted mean is that at "
                "the start value."
            ),
            avoid="Little heterogeneity, or rare events: it is biased upwards there.",
        ),
        Estimator(
            name="ML",
            label="maximum likelihood",
            function=maximum_likelihood,
            reference="Hardy & Thompson, Stat Med 1996;15:619",
            latex=(
                r"\hat\tau^2 = \arg\max_{\tau^2 \ge 0} \; -\frac{1}{2} \sum \left(\log(v + \tau^2) + w^* (y - "
                r"\hat\theta)^2\right)"
            ),
            assumes="True effects are normal around their mean, and so are the estimates; variances are known.",
            avoid=(
                "Few studies: it takes the mean for known and is biased downwards. It serves the comparison of models "
                "with other moderators."
            ),
        ),
        Estimator(
            name="REML",
            label="restricted maximum likelihood",
            function=restricted_maximum_likelihood,
            reference="Viechtbauer, J Educ Behav Stat 2005;30:261",
            latex=(
                r"\hat\tau^2 = \arg\max_{\tau^2 \ge 0} \; -\frac{1}{2} \left(\sum \log(v + \tau^2) + \log \sum w^* + "
                r"\sum w^* (y - \hat\theta)^2\right)"
            ),
            assumes=(
                "True effects are normal around their mean, and so are the estimates; variances are known. The "
                "formula is that without moderators."
            ),
            avoid=(
                "Very rare events, where estimates are not normal and their variances not known; models of the counts "
                "serve better. Two or three studies say next to nothing about tau2 by any estimator."
            ),
            likelihood="REML",
        ),
        Estimator(
            name="EB",
            label="empirical Bayes",
            function=empirical_bayes,
            reference="Morris, J Am Stat Assoc 1983;78:47",
            latex=r"\sum \frac{(y - \hat\theta)^2}{v + \hat\tau^2} = k - p",
            assumes="As Paule-Mandel, whose equation it solves.",
            avoid="As Paule-Mandel; the two are one number.",
        ),
        Estimator(
            name="PM",
            label="Paule-Mandel",
            function=paule_mandel,
            reference="Paule & Mandel, J Res Natl Bur Stand 1982;87:377",
            latex=(
                r"\sum \frac{(y - \hat\theta)^2}{v + \hat\tau^2} = k - p, \quad \hat\tau^2 = 0 \text{ where no root "
                r"is positive}"
            ),
            assumes="Sampling variances are known; no distribution of the true effects is needed.",
            avoid=("Few studies of very unequal size, or rare events: it lies farther above a small tau2 than REML."),
        ),
    )
}
"""The estimators of the between-study variance that ``tau2=`` takes; each holds its formula, source and assumptions."""


@answerable
def estimate_tau2(model: WeightedModel, name: str) -> Tau2Estimate:
    """tau2 by the estimator `name`, which must be a key of :data:`ESTIMATORS`.

    Args:
        model: the studies, see :class:`InterceptModel` and :class:`DesignModel`.
        name: a key of :data:`ESTIMATORS`, such as ``REML``.

    Returns:
        tau2, 0 or more, in the squared unit of the effects, and its standard error or why there is none.

    Raises:
        UnknownOptionError: another estimator.
        ConvergenceError: no maximum of the likelihood, or no solution of its equation, found.

    Example:
        >>> import numpy as np
        >>> import tmsmeta as tm
        >>> model = tm.heterogeneity.InterceptModel(np.array([0.7, 0.1, 0.5]), np.array([0.04, 0.02, 0.09]))
        >>> f"{tm.heterogeneity.estimate_tau2(model, 'DL').tau2:.3f}"
        '0.091'
    """
    check_option("name", name, ESTIMATORS)
    return ESTIMATORS[name].function(model)
