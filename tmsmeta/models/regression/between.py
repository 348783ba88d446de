"""The test between subgroups: F of the meta-regression where the interval uses t quantiles, chi-square otherwise.

Why F, and why with one tau2 although each subgroup may have its own: standard errors from a handful of residuals,
referred to chi-square as if they were known, call a fifth to a third of all differences between subgroups of two
studies significant at 5 %. Of four tests that were compared by simulation (``benchmarks/subgroup_test.py``) the F test
with the subgroup as a factor, one residual tau2 and k - p degrees of freedom holds its size (4 to 6 %) for subgroups
of 2 to 10 studies, equally large or not. Welch's test, which needs no common tau2, is too careful with two studies per
subgroup (2 to 3 %) and too bold where one subgroup is small and the other is not (10 %); F around subgroup estimates
with a tau2 each reaches 10 % where tau2 is large. Source of the test: Knapp & Hartung, Stat Med 2003;22:2693.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PoolingSpec, hartung_knapp_factor
from tmsmeta.pooling.clusters import sandwich_of
from tmsmeta.pooling.heterogeneity.estimators import Tau2Estimate, estimate_tau2
from tmsmeta.pooling.heterogeneity.weighted_regression import DesignModel, residuals_of
from tmsmeta.pooling.robust import ROBUST, RobustName, WaldTest
from tmsmeta.pooling.spec import Interval

TestName = Literal["F", "chi-square"]
WHAT = "test between subgroups"


class Between(NamedTuple):
    """A test between subgroups: the fields of the same name of :class:`~tmsmeta.Subgroups`."""

    statistic: float | NotAssessable
    df: int
    df_residual: float | None
    p_value: float | NotAssessable
    test_name: TestName


def between_test(factor: FactorModel, q_between: float | NotAssessable, spec: PoolingSpec) -> Between:
    """The test that `spec` asks for: ``F`` where its interval uses t quantiles, else `q_between` against chi-square."""
    df, df_residual = factor.model.p - 1, factor.model.k - factor.model.p
    if df >= 1 and spec.ci in ROBUST:
        found = factor.robust_test(spec.tau2, spec.ci)
        if isinstance(found, NotAssessable):
            return Between(found, df, None, found, "F")
        return Between(*found[:1], df, *found[2:], "F")
    if df < 1 or spec.ci == "z" or spec.subgroup_test == "chi-square":
        if isinstance(q_between, NotAssessable):
            return Between(q_between, df, None, q_between, "chi-square")
        return Between(q_between, df, None, float(chdtrc(df, q_between)), "chi-square")
    statistic = factor.f_statistic(spec.tau2, spec.ci)
    if isinstance(statistic, NotAssessable):
        return Between(statistic, df, df_residual, statistic, "F")
    return Between(statistic, df, df_residual, float(fdtrc(df, df_residual, statistic)), "F")


def narrow_residuals(factor: FactorModel, test: Between, spec: PoolingSpec) -> bool:
    """Whether the F test finds a difference only because studies agree more closely than their errors allow."""
    if test.test_name != "F" or isinstance(test.p_value, NotAssessable) or test.p_value >= 1 - spec.level:
        return False
    guarded = factor.f_statistic(spec.tau2, "hksj-adhoc")
    if isinstance(guarded, NotAssessable) or spec.ci not in ("hksj", "hksj-iqwig6"):
        return False
    return bool(fdtrc(test.df, factor.model.k - factor.model.p, guarded) >= 1 - spec.level)


class FactorModel:
    """The meta-regression of the effects on the subgroup as a factor: one mean per subgroup, one residual tau2."""

    def __init__(self, effects: EffectSizes, labels: NDArray[np.str_], order: Sequence[str]) -> None:
        self._factor = (labels[:, None] == np.array(order)[None, :]).astype(float)
        self.model = DesignModel(effects.yi, effects.vi, self._factor)
        self._effects = effects
        self._tau2: dict[str, Tau2Estimate] = {}

    def tau2(self, estimator: str) -> Tau2Estimate | NotAssessable:
        """The residual tau2, or why there is none."""
        if self.model.k == self.model.p:
            return NotAssessable("common tau2", "every subgroup holds one study, so nothing varies within subgroups")
        if estimator not in self._tau2:
            self._tau2[estimator] = estimate_tau2(self.model, estimator)
        return self._tau2[estimator]

    def f_statistic(self, estimator: str, ci: Interval) -> float | NotAssessable:
        """Mean square between the subgroup means, over the dispersion that the interval `ci` works with."""
        tau2 = self.tau2(estimator)
        if isinstance(tau2, NotAssessable):
            return NotAssessable(WHAT, tau2.reason)
        w = 1 / (self.model.v + tau2.tau2)
        totals = w @ self._factor
        means = self._means(w, totals)
        residuals = residuals_of(self.model.y, self._factor, means)
        df = self.model.k - self.model.p
        factor = hartung_knapp_factor(ci, float(w @ residuals**2), df)
        if factor == 0.0:
            return NotAssessable(WHAT, "the estimates within each subgroup are all equal, so nothing tells their error")
        distances = means - totals @ means / totals.sum()
        return float(totals @ distances**2) / (self.model.p - 1) / factor**2

    def robust_test(self, estimator: str, kind: RobustName) -> WaldTest | NotAssessable:
        """The cluster-robust test of equal means in all subgroups; clusters may reach across them."""
        tau2 = self.tau2(estimator)
        if isinstance(tau2, NotAssessable):
            return NotAssessable(WHAT, tau2.reason)
        x = np.column_stack([np.ones(self.model.k), self._factor[:, 1:]])
        model = DesignModel(self.model.y, self.model.v, x)
        fit = model.fit(tau2.tau2)
        sandwich = sandwich_of(self._effects, model, x, fit, tau2.tau2, kind)
        if sandwich.m <= model.p:
            return NotAssessable(WHAT, f"needs at least {model.p + 1} clusters, got {sandwich.m}")
        found = sandwich.test(fit.beta, range(1, model.p))
        return NotAssessable(WHAT, found.reason) if isinstance(found, NotAssessable) else found

    def _means(self, w: Floats, totals: Floats) -> Floats:
        """Weighted means, each counted from the first study of its subgroup: equal estimates leave exactly 0."""
        first = self.model.y[self._factor.argmax(axis=0)]
        means: Floats = first + (w * (self.model.y - self._factor @ first)) @ self._factor / totals
        return means
