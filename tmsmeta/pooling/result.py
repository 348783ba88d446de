"""The pooled effect, with everything needed to say how it was made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.special import ndtri

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.effects.transform import back_transform
from tmsmeta.errors import Issue, NotAssessable, check_option
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.pooling.heterogeneity.qprofile import Tau2Interval, tau2_interval
from tmsmeta.pooling.heterogeneity.statistics import ONE_EFFECT, typical_variance
from tmsmeta.pooling.heterogeneity.weighted_regression import InterceptModel
from tmsmeta.pooling.r_script import pooled_in_r
from tmsmeta.pooling.sentences import WALD_WARNING, pooling_methods, spec_sentence
from tmsmeta.pooling.spec import PoolingSpec
from tmsmeta.words import numbers
from tmsmeta.words.names import heading, studies
from tmsmeta.words.numbers import Number, Pair
from tmsmeta.words.results import HypothesisTest, Result, html_table, to_cell, to_plain

if TYPE_CHECKING:
    import pandas as pd

_MUCH_NARROWER = 0.9


@dataclass(frozen=True, kw_only=True, repr=False)
class PooledEffect(Result):
    """The pooled effect of k studies, with everything needed to say how it was made.

    Estimates and limits are on the scale of the measure (logs for ratios); ``ratio`` and ``ratio_ci`` are not.
    Positive means more of the outcome with treatment. A statistic that these data cannot give is a
    :class:`~tmsmeta.NotAssessable`.

    Attributes:
        estimate: pooled effect.
        se: its standard error, including the Hartung-Knapp factor where the spec asks for it.
        ci: lower and upper confidence limit.
        statistic: estimate divided by se.
        p_value: two-sided, against no effect (against 0 on the scale of the measure for single arms).
        tau2: between-study variance.
        tau2_se: its standard error.
        i2: heterogeneity in percent, by the definition in the spec.
        h2: H2, by the same definition.
        q, q_df, q_p: Cochran's Q, its degrees of freedom and p value.
        k: number of studies pooled.
        weights: share of each pooled study in the estimate, shape (k,), sum 1.
        prediction: limits of the effect in a comparable new study.
        log_likelihood: at the estimate; restricted for REML, plain for the other estimators.
        spec: the choices made.
        effects: the studies pooled.
        left_out: studies that were given but had no estimate, each with the reason.
    """

    estimate: float
    se: float | NotAssessable
    ci: tuple[float, float] | NotAssessable
    statistic: float | NotAssessable
    p_value: float | NotAssessable
    tau2: float | NotAssessable
    tau2_se: float | NotAssessable
    i2: float | NotAssessable
    h2: float | NotAssessable
    q: float
    q_df: int
    q_p: float | NotAssessable
    k: int
    weights: Floats
    prediction: tuple[float, float] | NotAssessable
    log_likelihood: float
    spec: PoolingSpec
    effects: EffectSizes
    left_out: tuple[Issue, ...] = ()

    @property
    def ratio(self) -> float | NotAssessable:
        """The pooled ratio, or why there is none."""
        return float(np.exp(self.estimate)) if self.effects.info.is_ratio else self._no_ratio()

    def _no_ratio(self) -> NotAssessable:
        return NotAssessable("ratio", f"{self.effects.measure} is not a ratio")

    @property
    def ratio_ci(self) -> tuple[float, float] | NotAssessable:
        """Limits of the pooled ratio, or why there are none."""
        return self._as_ratio(self.ci)

    @property
    def ratio_prediction(self) -> tuple[float, float] | NotAssessable:
        """Prediction limits of the ratio, or why there are none."""
        return self._as_ratio(self.prediction)

    @property
    def shown(self) -> tuple[Number, Pair, Pair]:
        """Estimate, interval and prediction interval as they are printed: ratios not logged."""
        if self.effects.info.is_ratio:
            return self.ratio, self.ratio_ci, self.ratio_prediction
        return self.estimate, self.ci, self.prediction

    def _as_ratio(self, limits: tuple[float, float] | NotAssessable) -> tuple[float, float] | NotAssessable:
        if not self.effects.info.is_ratio:
            return self._no_ratio()
        if isinstance(limits, NotAssessable):
            return limits
        return float(np.exp(limits[0])), float(np.exp(limits[1]))

    @property
    def q_test(self) -> HypothesisTest:
        """Cochran's Q as a test."""
        return HypothesisTest(null=ONE_EFFECT, statistic=self.q, df=self.q_df, p_value=self.q_p)

    @cached_property
    def model(self) -> InterceptModel:
        """The weighted model behind the estimate."""
        return InterceptModel(self.effects.yi, self.effects.vi)

    def tau2_interval(self, method: Literal["QP"] = "QP") -> Tau2Interval | NotAssessable:
        """Confidence interval of tau2, and from it of I2 and H2, at the level of the spec.

        Args:
            method: ``QP``, the Q-profile method (Viechtbauer, Stat Med 2007;26:37).

        Raises:
            UnknownOptionError: another method.
        """
        check_option("method", method, ("QP",))
        if self.k < 2:
            return NotAssessable("interval for tau2", f"needs at least 2 studies, got {self.k}")
        return tau2_interval(self.model, typical_variance(self.model), self.spec.level)

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON; what is not assessable as ``{"not_assessable": reason}``."""
        apart = ("weights", "spec", "effects", "left_out")
        return {
            "measure": self.effects.measure,
            **self.plain_fields(without=apart, more=("ratio", "ratio_ci", "ratio_prediction", "weights")),
            "studies": self.effects.study.tolist(),
            "left_out": to_plain(self.left_out),
            "spec": self.spec.to_dict(),
        }

    def to_frame(self) -> pd.DataFrame:
        """One row per study with its weight, and a last row for the pooled effect."""
        frame = self.effects.to_frame(self.spec.level)
        frame["weight"] = self.weights
        pooled = {"study": "pooled", "yi": self.estimate, "se": self.se, "ratio": self.ratio, "weight": 1.0}
        note = str(self.ci) if isinstance(self.ci, NotAssessable) else ""
        return with_last_row(frame, pooled, {"ci": self.ci, "ratio": self.ratio_ci}, note)

    def to_r(self) -> str:
        """An R script with its data that repeats the pool with metafor, beside our numbers."""
        return pooled_in_r(self)

    def methods_sentence(self) -> str:
        """How the estimate was made, in a sentence for a methods section (PRISMA 2020 items 12 and 13)."""
        return pooling_methods(self.effects, self.spec, self.left_out)

    def result_sentence(self) -> str:
        """What came out, in a sentence for a results section: estimate, interval, prediction interval, heterogeneity.

        A single arm has no p value, since there is no effect to test; its estimate is also given as a proportion or a
        rate.
        """
        info, random = self.effects.info, ESTIMATORS[self.spec.tau2].random
        estimate, _, prediction = self.shown
        text = f"{studies(self.k)}: pooled {info.label} {info.text(estimate)} ({self._ci_text()}){self._natural_text()}"
        if random and self.spec.prediction != "none":
            flat = isinstance(prediction, tuple) and prediction[0] == prediction[1]
            text += f"; prediction interval {'without width' if flat else info.limits_text(prediction)}"
        if self.k < 2:
            return f"{text}."
        spread = f"tau2 = {numbers.tau2(self.tau2)}, " if random else ""
        warning = f" {WALD_WARNING}" if self.narrower_than_wald else ""
        return f"{text}. Heterogeneity: {spread}I2 = {numbers.percent(self.i2)}, Q = {self.q_test}.{warning}"

    def _ci_text(self) -> str:
        info, ci = self.effects.info, f"{numbers.level(self.spec.level)} CI"
        if self._all_equal:
            return f"all estimates are equal, so the {ci} has no width{' and there is no p value' * info.contrast}"
        test = f"; {numbers.p_value(self.p_value)}" if info.contrast else ""
        return f"{ci} {info.limits_text(self.shown[1])}{test}"

    def _natural_text(self) -> str:
        """A single-arm estimate and its interval as a proportion or a rate; empty where it already is one."""
        info, inputs = self.effects.info, self.effects.inputs
        size = inputs.get("n", inputs.get("time"))
        if info.contrast or info.scale == "identity" or (info.scale.startswith("freeman") and size is None):
            return ""
        pooled_size = None if size is None else len(size) / np.sum(1 / size)
        name = "an incidence rate" if info.family == "rate" else "a proportion"

        def back(value: float) -> str:
            return numbers.number(float(back_transform(info.name, value, n=pooled_size)), 3)

        shown = isinstance(self.ci, tuple) and not self._all_equal
        limits = f" ({back(self.ci[0])} to {back(self.ci[1])})" if shown else ""
        return f", that is {name} of {back(self.estimate)}{limits}"

    @property
    def _all_equal(self) -> bool:
        """Whether a Hartung-Knapp standard error is 0, as it is where all estimates are equal."""
        return self.se == 0.0

    @property
    def narrower_than_wald(self) -> bool:
        """Whether a Hartung-Knapp interval is at least a tenth narrower than the Wald interval of the same pool.

        It happens when a few studies agree more closely than their sampling errors allow, and overstates what they
        know (Röver, Knapp & Friede, BMC Med Res Methodol 2015;15:99; Jackson et al., Stat Med 2017;36:3923).
        """
        adjusted = self.spec.ci.startswith("hksj")
        if not adjusted or not isinstance(self.ci, tuple) or isinstance(self.tau2, NotAssessable):
            return False
        wald = 2 * ndtri(0.5 + self.spec.level / 2) / np.sqrt((1 / (self.effects.vi + self.tau2)).sum())
        return bool(self.ci[1] - self.ci[0] < wald * _MUCH_NARROWER)

    def _repr_html_(self) -> str:
        info, (estimate, ci, prediction) = self.effects.info, self.shown
        rows = [
            (heading(info.label), f"{info.text(estimate)} ({info.limits_text(ci)})"),
            ("p", numbers.p_value(self.p_value).removeprefix("p = ").removeprefix("p ")),
            ("Prediction interval", info.limits_text(prediction)),
            ("tau2", numbers.tau2(self.tau2)),
            ("I2", numbers.percent(self.i2)),
            ("Q", str(self.q_test)),
            ("Studies", str(self.k)),
            ("Spec", spec_sentence(self.spec)),
        ]
        return html_table("Pooled effect", rows)


def with_last_row(frame: pd.DataFrame, pooled: dict[str, Any], intervals: dict[str, Pair], note: str) -> pd.DataFrame:
    """A table of studies with a last row for their pooled effect; what is not assessable is an empty cell."""
    import pandas as pd

    cells = {name: to_cell(value) for name, value in pooled.items()}
    for name, limits in intervals.items():
        if not isinstance(limits, NotAssessable):
            cells |= {f"{name}_low": limits[0], f"{name}_high": limits[1]}
    last = pd.DataFrame([cells | {"note": note}]).reindex(columns=frame.columns)
    return pd.concat([frame, last], ignore_index=True)
