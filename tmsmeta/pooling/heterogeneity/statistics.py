"""Cochran's Q, the typical sampling variance, and I2 and H2 in both definitions."""

from __future__ import annotations

from typing import Literal, NamedTuple

from scipy.special import chdtrc

from tmsmeta.errors import NotAssessable
from tmsmeta.pooling.heterogeneity.weighted_regression import WeightedModel

I2Definition = Literal["tau2", "Q"]


class QTest(NamedTuple):
    """Cochran's Q at fixed-effect weights, its degrees of freedom and upper-tail p value."""

    q: float
    df: int
    p_value: float | NotAssessable


def cochran_q(model: WeightedModel) -> QTest:
    """Q = y'Py at tau2 = 0 against chi-square with k - p degrees of freedom (Cochran, Biometrics 1954;10:101)."""
    q = float(model.at_zero.q)
    df = model.k - model.p
    if df < 1:
        return QTest(0.0, df, NotAssessable("test of heterogeneity", f"needs at least {model.p + 1} studies"))
    return QTest(q, df, float(chdtrc(df, q)))


def typical_variance(model: WeightedModel) -> float:
    """The typical sampling variance (k - p) / trace(P) at tau2 = 0 (Higgins & Thompson, Stat Med 2002;21:1539)."""
    return float((model.k - model.p) / model.at_zero.tr_p)


def i2_h2(definition: I2Definition, q: QTest, tau2: float, typical: float) -> tuple[float, float]:
    """I2 in percent and H2.

    Args:
        definition: ``tau2``: I2 = tau2 / (tau2 + typical variance), which follows the estimator of tau2 (metafor).
            ``Q``: I2 = max(0, (Q - df) / Q), which does not (RevMan, package meta). With DerSimonian-Laird they agree.
        q: the test of heterogeneity.
        tau2: between-study variance.
        typical: from :func:`typical_variance`.

    References:
        Higgins & Thompson, Stat Med 2002;21:1539.
    """
    if definition == "tau2":
        return 100 * tau2 / (tau2 + typical), 1 + tau2 / typical
    excess = max(0.0, (q.q - q.df) / q.q) if q.q > 0 else 0.0
    return 100 * excess, q.q / q.df
