"""Cochran's Q, the typical sampling variance, and I2 and H2 in both definitions."""

from __future__ import annotations

from typing import Literal

from scipy.special import chdtrc

from tmsmeta.errors import NotAssessable
from tmsmeta.pooling.heterogeneity.weighted_regression import WeightedModel
from tmsmeta.words.arguments import answerable
from tmsmeta.words.results import HypothesisTest

I2Definition = Literal["tau2", "Q"]


ONE_EFFECT = "all studies share one effect"
NOTHING_LEFT = "the studies differ by nothing beyond the moderators"


@answerable
def chi_square_test(null: str, statistic: float, df: int) -> HypothesisTest:
    """A statistic against the upper tail of chi-square with `df` degrees of freedom, 1 or more.

    Args:
        null: the hypothesis that is tested, in words.
        statistic: 0 or more.
        df: degrees of freedom, 1 or more.

    Returns:
        The test, with its p value.

    Raises:
        InvalidInputError: an argument of another kind.

    Example:
        >>> import tmsmeta as tm
        >>> f"{tm.heterogeneity.chi_square_test('all slopes are 0', 5.99, 2).p_value:.2f}"
        '0.05'
    """
    return HypothesisTest(null=null, statistic=statistic, df=df, p_value=float(chdtrc(df, statistic)))


@answerable
def cochran_q(model: WeightedModel) -> HypothesisTest:
    """Q = y'Py at tau2 = 0 against chi-square with k - p degrees of freedom (Cochran, Biometrics 1954;10:101).

    Args:
        model: the studies, see :class:`InterceptModel` and :class:`DesignModel`.

    Returns:
        The test of homogeneity; its statistic is Q.

    Raises:
        InvalidInputError: an argument of another kind.

    Example:
        >>> import numpy as np
        >>> import tmsmeta as tm
        >>> model = tm.heterogeneity.InterceptModel(np.array([0.7, 0.1, 0.5]), np.array([0.04, 0.02, 0.09]))
        >>> f"{tm.heterogeneity.cochran_q(model).statistic:.2f}"
        '6.39'
    """
    null, df = ONE_EFFECT if model.p == 1 else NOTHING_LEFT, model.k - model.p
    if df < 1:
        reason = NotAssessable("test of heterogeneity", f"needs at least {model.p + 1} studies")
        return HypothesisTest(null=null, statistic=0.0, df=df, p_value=reason)
    return chi_square_test(null, float(model.at_zero.q), df)


@answerable
def typical_variance(model: WeightedModel) -> float:
    """The typical sampling variance (k - p) / trace(P) at tau2 = 0 (Higgins & Thompson, Stat Med 2002;21:1539).

    Args:
        model: the studies, see :class:`InterceptModel` and :class:`DesignModel`.

    Returns:
        The variance, in the squared unit of the effects.

    Raises:
        InvalidInputError: an argument of another kind.

    Example:
        >>> import numpy as np
        >>> import tmsmeta as tm
        >>> model = tm.heterogeneity.InterceptModel(np.array([0.7, 0.1, 0.5]), np.array([0.04, 0.02, 0.09]))
        >>> f"{tm.heterogeneity.typical_variance(model):.4f}"
        '0.0413'
    """
    return float((model.k - model.p) / model.at_zero.tr_p)


@answerable
def i2_h2(definition: I2Definition, q: float, df: int, tau2: float, typical: float) -> tuple[float, float]:
    """I2 in percent and H2.

    Args:
        definition: ``tau2``: I2 = tau2 / (tau2 + typical variance), which follows the estimator of tau2 (metafor).
            ``Q``: I2 = max(0, (Q - df) / Q), which does not (RevMan, package meta). With DerSimonian-Laird they agree.
        q, df: Cochran's Q and its degrees of freedom.
        tau2: between-study variance.
        typical: from :func:`typical_variance`.

    Returns:
        I2, 0 to 100, and H2, 1 or more.

    Raises:
        InvalidInputError: an argument of another kind.

    Example:
        >>> import tmsmeta as tm
        >>> i2, h2 = tm.heterogeneity.i2_h2("Q", q=10.0, df=4, tau2=0.05, typical=0.03)
        >>> f"I2 {i2:.0f}%, H2 {h2:.1f}"
        'I2 60%, H2 2.5'

    References:
        Higgins & Thompson, Stat Med 2002;21:1539.
    """
    if definition == "tau2":
        # the share first: 100 * a / b can be 100.00000000000001 where a / b is 1
        return 100 * (tau2 / (tau2 + typical)), 1 + tau2 / typical
    excess = max(0.0, (q - df) / q) if q > 0 else 0.0
    return 100 * excess, q / df
