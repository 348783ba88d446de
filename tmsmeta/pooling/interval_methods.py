"""The intervals of an inverse-variance pooling and the definitions of I2: words, formula, source, what they assume.

Symbols: estimate theta, its Wald variance 1 / sum(w*), k studies, m clusters with scores s_j = X_j' W A_j e_j.
"""

from __future__ import annotations

from collections.abc import Mapping

from tmsmeta.words.glossary import QUANTILES
from tmsmeta.words.methods import Method

_PUSTEJOVSKY = "Pustejovsky & Tipton, J Bus Econ Stat 2018;36:672"
_FACTOR = r"q = \frac{1}{k - 1} \sum w^* (y - \hat\theta)^2"


def _table(*methods: Method) -> Mapping[str, Method]:
    return {method.name: method for method in methods}


INTERVAL_METHODS = _table(
    Method(
        name="z",
        label="Wald intervals (normal quantiles)",
        latex=r"\hat\theta \pm z_{1 - \alpha / 2} \sqrt{\frac{1}{\sum w^*}}",
        reference="DerSimonian & Laird, Control Clin Trials 1986;7:177",
        assumes="tau2 and the sampling variances are known, so k is large or tau2 is 0.",
        avoid="Random effects of few studies: it is too narrow, by far with two to five and a little even with twenty.",
    ),
    Method(
        name="t",
        label="intervals from Wald standard errors and t quantiles on k - 1 degrees of freedom",
        latex=r"\hat\theta \pm t_{k - 1, 1 - \alpha / 2} \sqrt{\frac{1}{\sum w^*}}",
        reference="Follmann & Proschan, Biometrics 1999;55:732",
        assumes="As the Wald interval; the t quantile is a rule of thumb for the uncertainty of tau2.",
        avoid="Two or three studies: the quantile alone makes it very wide.",
    ),
    Method(
        name="hksj",
        label="Hartung-Knapp-Sidik-Jonkman intervals",
        latex=rf"\hat\theta \pm t_{{k - 1, 1 - \alpha / 2}} \sqrt{{\frac{{q}}{{\sum w^*}}}}, \quad {_FACTOR}",
        reference="Hartung & Knapp, Stat Med 2001;20:1771 and 3875; Sidik & Jonkman, Stat Med 2002;21:3153",
        assumes="Normal estimates and true effects; exact where all studies have the same variance, near it otherwise.",
        avoid=(
            "Two studies (t has 1 degree of freedom); estimates that agree by chance, where q is far below 1 and the "
            "interval narrower than Wald's, of which a caution tells; one study far larger than the others."
        ),
    ),
    Method(
        name="hksj-adhoc",
        label="Hartung-Knapp-Sidik-Jonkman intervals, whose standard error is never below that of Wald",
        latex=rf"\hat\theta \pm t_{{k - 1, 1 - \alpha / 2}} \sqrt{{\frac{{\max(1, q)}}{{\sum w^*}}}}, \quad {_FACTOR}",
        reference="Knapp & Hartung, Stat Med 2003;22:2693; Jackson et al., Stat Med 2017;36:3923",
        assumes="As Hartung-Knapp; the guard is a precaution, not a derivation.",
        avoid="Where power matters with two or three studies: it holds the truth too often.",
    ),
    Method(
        name="hksj-iqwig6",
        label="Hartung-Knapp-Sidik-Jonkman intervals, widened where narrower than a DerSimonian-Laird interval",
        latex=(
            r"\hat\theta \pm t_{k - 1, 1 - \alpha / 2} \sqrt{\frac{q'}{\sum w^*}}, \quad q' = 1 \text{ if } q < 1 "
            r"\text{ and the interval is narrower than Wald's with } \hat\tau^2_{DL}, \text{ else } q"
        ),
        reference="IQWiG, General Methods 6.0 (2020), as R package meta describes it (adhoc.hakn.ci = IQWiG6)",
        assumes="As Hartung-Knapp.",
        avoid="Outside of that institute's assessments, whose convention it is; the plain guard is simpler to explain.",
    ),
    Method(
        name="CR0",
        label="cluster-robust intervals (CR0, t with clusters minus coefficients degrees of freedom)",
        latex=r"\hat V = B \left(\sum_j s_j s_j^T\right) B, \quad B = (X^T W X)^{-1}, \quad A_j = I",
        reference="Hedges, Tipton & Johnson, Res Synth Methods 2010;1:39",
        assumes="Clusters are independent of each other; within them rows depend in any way. Many clusters.",
        avoid="Fewer than about 40 clusters: it is too narrow.",
    ),
    Method(
        name="CR1",
        label="cluster-robust intervals (CR1, t with clusters minus coefficients degrees of freedom)",
        latex=r"\hat V = \frac{m}{m - p} B \left(\sum_j s_j s_j^T\right) B, \quad A_j = I",
        reference="Hedges, Tipton & Johnson, Res Synth Methods 2010;1:39",
        assumes="As CR0; the factor is right on average where clusters are alike.",
        avoid="Few clusters, or clusters of very unequal weight.",
    ),
    Method(
        name="CR2",
        label="cluster-robust intervals (CR2 with Satterthwaite degrees of freedom; Pustejovsky and Tipton 2018)",
        latex=(
            r"\hat V = B \left(\sum_j s_j s_j^T\right) B, \quad A_j \text{ such that } E(\hat V) = B "
            r"\text{ under the working model}"
        ),
        reference=_PUSTEJOVSKY,
        assumes="As CR0, with a working model that needs not be right; made for few clusters.",
        avoid="Degrees of freedom below 4, of which a caution tells: then a model of the dependence says more.",
    ),
)
"""Of the pooled effect and of coefficients, by the option `ci`."""

_HIGGINS = "Higgins, Thompson & Spiegelhalter, J R Stat Soc A 2009;172:137"
_NEW = r"\hat\theta \pm QUANTILE \sqrt{\hat\tau^2 + \widehat{se}(\hat\theta)^2}"


def _prediction(name: str, quantile: str, reference: str, assumes: str, avoid: str) -> Method:
    latex = _NEW.replace("QUANTILE", quantile)
    return Method(name=name, label=QUANTILES[name], latex=latex, reference=reference, assumes=assumes, avoid=avoid)


PREDICTION_METHODS = _table(
    _prediction(
        "z",
        r"z_{1 - \alpha / 2}",
        "Viechtbauer, J Stat Softw 2010;36(3)",
        "True effects are normal, tau2 and the mean are known.",
        "Fewer than about 20 studies: it is too narrow.",
    ),
    _prediction(
        "t(k-1)",
        r"t_{k - 1, 1 - \alpha / 2}",
        "Viechtbauer, J Stat Softw 2010;36(3), as predict of R metafor has it with test = knha",
        "True effects are normal; the quantile stands for the uncertainty of mean and tau2.",
        "Two studies; true effects that are skewed or fall into groups.",
    ),
    _prediction(
        "t(k-2)",
        r"t_{k - 2, 1 - \alpha / 2}",
        _HIGGINS,
        "True effects are normal; the quantile stands for the uncertainty of mean and tau2. Exists from three studies.",
        "Few studies of unequal size or little heterogeneity: where tau2 is estimated as 0 it is too narrow.",
    ),
)
"""Of the true effect in a new, comparable setting, by the option `prediction`."""

TAU2_INTERVALS = _table(
    Method(
        name="QP",
        label="Q-profile interval",
        latex=r"\{\tau^2 : \chi^2_{k - p, \alpha / 2} \le Q(\tau^2) \le \chi^2_{k - p, 1 - \alpha / 2}\}",
        reference="Viechtbauer, Stat Med 2007;26:37",
        assumes="Normal estimates with known variances; then exact, for any number of studies.",
        avoid="Rare events, whose variances are not known; it can be empty, which is then said with the reason.",
    ),
    Method(
        name="PL",
        label="profile-likelihood interval",
        latex=r"\{\tau^2 : 2 (\ell(\hat\tau^2) - \ell(\tau^2)) \le \chi^2_{1, 1 - \alpha}\}",
        reference="Hardy & Thompson, Stat Med 1996;15:619",
        assumes="As the likelihood behind it, with studies enough for the chi-square limit.",
        avoid="Few studies: it is narrower than it should be. The Q-profile interval is exact there.",
    ),
)
"""Of tau2, by the argument of ``tau2_interval``; those of I2 and H2 follow with the typical variance."""

I2_METHODS = _table(
    Method(
        name="tau2",
        label="from tau2 and the typical sampling variance",
        latex=(
            r"I^2 = 100 \frac{\hat\tau^2}{\hat\tau^2 + s^2}, \quad H^2 = 1 + \frac{\hat\tau^2}{s^2}, \quad "
            r"s^2 = \frac{(k - 1) \sum w}{(\sum w)^2 - \sum w^2}"
        ),
        reference="Higgins & Thompson, Stat Med 2002;21:1539",
        assumes="One sampling variance is typical of all studies; the value follows the estimator of tau2.",
        avoid="As a measure of how far effects lie apart: it grows with the size of the studies. tau2 says that.",
    ),
    Method(
        name="Q",
        label="from Cochran's Q",
        latex=(
            r"I^2 = 100 \max\left(0, \frac{Q - df}{Q}\right), \quad H^2 = \frac{Q}{df}, \quad Q = \sum w (y - "
            r"\hat\theta_{FE})^2"
        ),
        reference="Higgins & Thompson, Stat Med 2002;21:1539",
        assumes="Weights of the common-effect model, whatever estimates tau2; with DerSimonian-Laird both agree.",
        avoid="As above; and beside a tau2 by another estimator, which it can contradict.",
    ),
)
"""Definitions of I2 and H2, by the option `i2`."""
