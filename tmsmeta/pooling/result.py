"""The pooled effect, with everything needed to say how it was made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.special import ndtri

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.effects.natural import Natural
from tmsmeta.effects.transform import natural_columns
from tmsmeta.errors import Issue, NotAssessable, check_kind, check_option
from tmsmeta.pooling.clusters import few_df_caution
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.pooling.heterogeneity.likelihood import Criterion, maximise
from tmsmeta.pooling.heterogeneity.likelihood_interval import likelihood_limits
from tmsmeta.pooling.heterogeneity.qprofile import Tau2Interval, tau2_interval
from tmsmeta.pooling.heterogeneity.statistics import ONE_EFFECT, typical_variance
from tmsmeta.pooling.heterogeneity.weighted_regression import InterceptModel
from tmsmeta.pooling.sentences import compared, narrow_caution, pooling_methods, spec_sentence
from tmsmeta.pooling.shared_rows import shared_rows_caution
from tmsmeta.pooling.spec import PoolingSpec
from tmsmeta.words import numbers
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import counted, heading, studies
from tmsmeta.words.numbers import Number, Pair
from tmsmeta.words.results import HypothesisTest, Result, html_table, notes, to_cell, to_plain

if TYPE_CHECKING:
    import pandas as pd

_MUCH_NARROWER = 0.9
_SHOWN = ("ratio", "ratio_ci", "ratio_prediction", "natural", "natural_ci", "natural_prediction")


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
        way_back: why a Freeman-Tukey result brought back to a proportion or a rate misleads, with the result on another
            scale; an empty text where it does not.
        clusters: number of clusters behind a cluster-robust interval; None for other intervals.
        df: degrees of freedom of a cluster-robust interval; None for other intervals.
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
    way_back: str = ""
    clusters: int | None = None
    df: float | None = None

    @property
    def ratio(self) -> float | NotAssessable:
        """The pooled ratio, or why there is none."""
        return self.natural if self.effects.info.is_ratio else self._no_ratio()

    def _no_ratio(self) -> NotAssessable:
        return NotAssessable("ratio", f"{self.effects.measure} is not a ratio")

    @property
    def ratio_ci(self) -> tuple[float, float] | NotAssessable:
        """Limits of the pooled ratio, or why there are none."""
        return self.natural_ci if self.effects.info.is_ratio else self._no_ratio()

    @property
    def ratio_prediction(self) -> tuple[float, float] | NotAssessable:
        """Prediction limits of the ratio, or why there are none."""
        return self.natural_prediction if self.effects.info.is_ratio else self._no_ratio()

    @property
    def natural(self) -> float:
        """The estimate as a reader knows it: a ratio, a proportion, a rate or a difference."""
        return float(self.effects.natural.values(self.estimate))

    @property
    def natural_ci(self) -> tuple[float, float] | NotAssessable:
        """Limits on the scale of `natural`."""
        return self.effects.natural.limits(self.ci)

    @property
    def natural_prediction(self) -> tuple[float, float] | NotAssessable:
        """Prediction limits on the scale of `natural`."""
        return self.effects.natural.limits(self.prediction)

    @property
    def q_test(self) -> HypothesisTest:
        """Cochran's Q as a test."""
        return HypothesisTest(null=ONE_EFFECT, statistic=self.q, df=self.q_df, p_value=self.q_p)

    @cached_property
    def model(self) -> InterceptModel:
        """The weighted model behind the estimate."""
        return InterceptModel(self.effects.yi, self.effects.vi)

    @answerable
    def tau2_interval(self, method: Literal["QP", "PL"] = "QP") -> Tau2Interval | NotAssessable:
        """Confidence interval of tau2, and from it of I2 and H2, at the level of the spec.

        Args:
            method: ``QP``, the Q-profile method (Viechtbauer, Stat Med 2007;26:37); ``PL``, the profile likelihood
                (Hardy & Thompson, Stat Med 1996;15:619), plain where tau2 is by ML and restricted elsewhere.

        Returns:
            The interval, or the reason why there is none.

        Raises:
            UnknownOptionError: another method.

        Example:
            >>> import tmsmeta as tm
            >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.15, 0.3, 0.2], study=["A", "B", "C", "D"])
            >>> low, high = tm.pool(trials).tau2_interval().tau2
            >>> f"{low:.3f} to {high:.2f}"
            '0.008 to 1.59'
        """
        check_option("method", method, ("QP", "PL"))
        if self.k < 2:
            return NotAssessable("interval for tau2", f"needs at least 2 studies, got {self.k}")
        typical = typical_variance(self.model)
        if method == "QP":
            return tau2_interval(self.model, typical, self.spec.level)
        criterion: Criterion = "ML" if self.spec.tau2 == "ML" else "REML"
        limits = likelihood_limits(self.model, maximise(self.model, criterion), criterion, self.spec.level)
        return Tau2Interval.of("PL", self.spec.level, limits, typical)

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON; what is not assessable as ``{"not_assessable": reason}``."""
        apart = ["weights", "spec", "effects", "left_out", "way_back"]
        apart += ["clusters", "df"] if self.clusters is None else []
        return {
            "measure": self.effects.measure,
            **self.plain_fields(without=apart, more=(*_SHOWN, "weights")),
            "comparator": self.effects.comparator,
            "treated": self.effects.treated,
            "notes": [*self.effects.notes, *self.cautions],
            "studies": self.effects.study.tolist(),
            "left_out": to_plain(self.left_out),
            "spec": self.spec.to_dict(),
        }

    def to_frame(self) -> pd.DataFrame:
        """One row per study with its weight, and a last row for the pooled effect."""
        frame = self.effects.to_frame(self.spec.level)
        frame["weight"] = self.weights
        return with_last_row(frame, self.effects, self.estimate, self.se, self.ci)

    def to_r(self) -> str:
        """An R script with its data that repeats the pool with metafor, beside our numbers."""
        from tmsmeta.pooling.r_script import pooled_in_r

        return pooled_in_r(self)

    def methods_sentence(self) -> str:
        """How the estimate was made, in a sentence for a methods section (PRISMA 2020 items 12 and 13)."""
        return pooling_methods(self.effects, self.spec, self.left_out)

    @answerable
    def result_sentence(self, *, per: float | None = None) -> str:
        """What came out, in a sentence for a results section: estimate, interval, prediction interval, heterogeneity.

        It says what was compared where the arms have names. A single arm has no p value, since there is no effect to
        test; its estimate is also given as a proportion or a rate, and its prediction interval as such alone.

        Args:
            per: people or units of time that a proportion or a rate refers to, such as 1000.

        Returns:
            The sentence.

        Raises:
            InvalidInputError: `per` for a measure that is no proportion and no rate.
        """
        natural, random = self.effects.natural.per_unit(per), ESTIMATORS[self.spec.tau2].random
        info = self.effects.info
        if natural.transformed and not info.is_ratio:
            estimate, *ends = info.texts(self.estimate, self.ci)
        else:
            estimate, *ends = replace(natural, per=1.0).texts(self.estimate, self.ci)
        ci = self._ci_text(" to ".join(ends))
        counted_studies = studies(self.k) if self.clusters is None else self._clusters_text()
        arms = f", {found}" if (found := compared(self.effects)) else ""
        text = f"{counted_studies}{arms}: pooled {info.label} {estimate} ({ci}){self._natural_text(natural)}"
        if random and self.spec.prediction != "none":
            limits = self.prediction
            flat = isinstance(limits, tuple) and limits[0] == limits[1]
            text += f"; prediction interval {'without width' if flat else self._prediction_text(natural)}"
        if self.k < 2:
            return f"{text}."
        spread = f"tau2 = {numbers.tau2(self.tau2)}, " if random else ""
        spread = f"{spread}I2 = {numbers.percent(self.i2)}, Q = {self.q_test}"
        return " ".join([f"{text}. Heterogeneity: {spread}.", *self.cautions])

    def _clusters_text(self) -> str:
        return f"{counted(self.k, 'estimate')} from {counted(self.clusters or 0, 'cluster')}"

    def _ci_text(self, limits: str) -> str:
        info, ci = self.effects.info, f"{numbers.level(self.spec.level)} CI"
        if self._all_equal:
            return f"all estimates are equal, so the {ci} has no width{' and there is no p value' * info.contrast}"
        test = f"; {numbers.p_value(self.p_value)}" if info.contrast else ""
        return f"{ci} {limits}{test}"

    def _natural_text(self, natural: Natural) -> str:
        """A single-arm estimate and its interval as a proportion or a rate; empty where it already is one."""
        info = self.effects.info
        if info.is_ratio or not (natural.transformed or natural.per != 1):
            return ""
        name = {"proportion": "a proportion", "rate": "an incidence rate"}.get(info.family, "a difference of rates")
        unit = "" if natural.per == 1 else f" per {numbers.tick(natural.per)}"
        shown, *ends = natural.texts(self.estimate, None if self._all_equal else self.ci)
        limits = f" ({' to '.join(ends)})" if len(ends) == 2 else ""
        return f", that is {name} of {shown}{unit}{limits}"

    def _prediction_text(self, natural: Natural) -> str:
        """The prediction interval with at least the decimals of the estimate."""
        return " to ".join(natural.texts(self.estimate, self.prediction)[1:])

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

    @property
    def cautions(self) -> tuple[str, ...]:
        """What a reader must be told before relying on the result, a sentence each; most results have none."""
        narrow = narrow_caution(self.effects) if self.narrower_than_wald else ""
        few = "" if self.df is None else few_df_caution(self.df)
        return tuple(filter(None, [narrow, few, self.way_back, shared_rows_caution(self.effects)]))

    def _repr_html_(self) -> str:
        natural = self.effects.natural
        rows = [
            (heading(natural.label), natural.text(self.estimate, self.ci)),
            ("p", numbers.p_value(self.p_value).removeprefix("p = ").removeprefix("p ")),
            ("Prediction interval", self._prediction_text(natural)),
            ("tau2", numbers.tau2(self.tau2)),
            ("I2", numbers.percent(self.i2)),
            ("Q", str(self.q_test)),
            ("Studies", str(self.k)),
            ("Spec", spec_sentence(self.spec)),
        ]
        return html_table("Pooled effect", rows)


def with_last_row(
    frame: pd.DataFrame, effects: EffectSizes, estimate: Number, se: Number, ci: Pair, further: str = ""
) -> pd.DataFrame:
    """A table of studies with a last row for their pooled effect; what is not assessable is an empty cell."""
    import pandas as pd

    low, high = (np.nan, np.nan) if isinstance(ci, NotAssessable) else ci
    cells = {"yi": to_cell(estimate), "se": to_cell(se), "weight": 1.0, "ci_low": low, "ci_high": high}
    size = effects.natural.size
    cells |= {k: float(v) for k, v in natural_columns(effects.measure, cells["yi"], low, high, n=size).items()}
    note = "; ".join(filter(None, [notes((estimate, se, ci)), further]))
    last = pd.DataFrame([{"study": "pooled", **cells, "note": note}]).reindex(columns=frame.columns)
    return pd.concat([frame, last], ignore_index=True)


def check_pooled_effect(argument: str, result: object) -> None:
    """Raise unless this is what pooling by inverse variance gives."""
    check_kind(argument, result, PooledEffect, "a pooled effect, as pool() gives")
