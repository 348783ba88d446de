"""What a meta-regression answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.effects.dates import UNITS
from tmsmeta.effects.transform import back_transform, natural_columns
from tmsmeta.errors import Issue, NotAssessable
from tmsmeta.models.regression.design import Design
from tmsmeta.models.regression.spec import RegressionSpec
from tmsmeta.pooling import quantile
from tmsmeta.pooling.clusters import sandwich_of
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.pooling.heterogeneity.qprofile import Tau2Interval, tau2_interval
from tmsmeta.pooling.heterogeneity.statistics import NOTHING_LEFT, typical_variance
from tmsmeta.pooling.heterogeneity.weighted_regression import DesignModel
from tmsmeta.pooling.robust import RobustName
from tmsmeta.pooling.sentences import effects_sentences
from tmsmeta.pooling.shared_rows import shared_rows_caution
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import counted, studies
from tmsmeta.words.numbers import estimate, level, percent, tau2
from tmsmeta.words.results import HypothesisTest, Result, to_plain
from tmsmeta.words.sentences import closing

if TYPE_CHECKING:
    import pandas as pd

_WORDS = {
    "z": "Wald tests",
    "t": "Wald standard errors and t tests",
    "hksj": "the Knapp-Hartung adjustment",
    "hksj-adhoc": "the Knapp-Hartung adjustment (factor of at least 1)",
    "CR0": "cluster-robust standard errors (CR0)",
    "CR1": "cluster-robust standard errors (CR1)",
    "CR2": "cluster-robust standard errors (CR2) and Satterthwaite degrees of freedom (Pustejovsky and Tipton 2018)",
}


@dataclass(frozen=True, kw_only=True, repr=False)
class MetaRegression(Result):
    """A mixed-effects meta-regression of k studies on p coefficients.

    Everything is on the scale of the measure (logs for ratios). A statistic that these data cannot give is a
    :class:`~tmsmeta.NotAssessable`.

    Attributes:
        terms: names of the coefficients, shape (p,).
        beta: coefficients, shape (p,).
        covariance: their covariance, including the Knapp-Hartung factor where the spec asks for it, shape (p, p).
        statistic: coefficients divided by their standard errors, shape (p,); NaN where a standard error is 0.
        p_value: two-sided, against 0, shape (p,); NaN where a standard error is 0.
        low, high: confidence limits of the coefficients, shape (p,).
        tau2: residual between-study variance.
        tau2_se: its standard error.
        i2: residual heterogeneity in percent of the variance that the moderators leave; from tau2, or from QE in the
            common-effect model.
        h2: residual H2, in the same way.
        r2: percentage of the between-study variance that the moderators explain: 100 (1 - tau2 / tau2 without
            moderators), never below 0, and 0 where there is nothing to explain; in the common-effect model the
            adjusted R2 of the weighted regression.
        qm: test of all coefficients but the intercept: chi-square with ``z``, F otherwise.
        qm_df: its (numerator) degrees of freedom.
        qm_df_residual: denominator degrees of freedom of F, ``None`` with ``z``.
        qm_p: its p value.
        qe, qe_df, qe_p: test of residual heterogeneity at fixed-effect weights, against chi-square with k - p df.
        k: number of studies.
        p: number of coefficients.
        log_likelihood: at the estimate; restricted for REML, plain for the other estimators.
        fitted: fitted values of the k studies, shape (k,).
        weights: share of each study in the weights 1 / (v + tau2), shape (k,), sum 1.
        spec: the choices made.
        effects: the studies used.
        design: their design matrix, and what builds it for new studies.
        left_out: studies that were given but not used, each with the reason.
        clusters: number of clusters behind cluster-robust errors; None for others.
        df: degrees of freedom of each coefficient with cluster-robust errors, shape (p,); None for others.
    """

    terms: tuple[str, ...]
    beta: Floats
    covariance: Floats
    statistic: Floats
    p_value: Floats
    low: Floats
    high: Floats
    tau2: float
    tau2_se: float | NotAssessable
    i2: float
    h2: float
    r2: float | NotAssessable
    qm: float | NotAssessable
    qm_df: int
    qm_df_residual: float | None
    qm_p: float | NotAssessable
    qe: float
    qe_df: int
    qe_p: float | NotAssessable
    k: int
    p: int
    log_likelihood: float
    fitted: Floats
    weights: Floats
    spec: RegressionSpec
    effects: EffectSizes
    design: Design
    left_out: tuple[Issue, ...] = ()
    clusters: int | None = None
    df: Floats | None = None

    @property
    def se(self) -> Floats:
        """Standard errors of the coefficients, shape (p,)."""
        return np.sqrt(np.diag(self.covariance))

    @cached_property
    def coefficients(self) -> pd.DataFrame:
        """One row per term (the index): ``estimate se statistic p_value low high note``; with clusters also ``df``."""
        import pandas as pd

        reason = "the Knapp-Hartung standard error is 0: the moderators fit every study exactly"
        if self.df is not None:
            reason = "one cluster decides this coefficient alone, so nothing tells its error"
        frame = pd.DataFrame(
            {
                "estimate": self.beta,
                "se": self.se,
                "statistic": self.statistic,
                "p_value": self.p_value,
                "low": self.low,
                "high": self.high,
                "note": ["" if np.isfinite(s) else reason for s in self.statistic],
            },
            index=pd.Index(self.terms, name="term"),
        )
        if self.df is not None:
            frame.insert(len(frame.columns) - 1, "df", self.df)
        return frame

    @cached_property
    def model(self) -> DesignModel:
        """The weighted model behind the estimates."""
        return DesignModel(self.effects.yi, self.effects.vi, self.design.x)

    @answerable
    def predict(self, new_data: Any = None) -> pd.DataFrame:
        """Predicted effects, with confidence and prediction limits.

        Args:
            new_data: DataFrame or mapping with the columns that the formula reads, one row per prediction, in the
                order of the result (a column ``study`` is taken over as a label); ``None`` for the studies themselves.

        Returns:
            One row per prediction: ``estimate se ci_low ci_high prediction_low prediction_high note``; ratios also
            as ``ratio ratio_low ratio_high ratio_prediction_low ratio_prediction_high``, proportions and rates on
            another scale than their own likewise with ``proportion`` or ``rate`` (a Freeman-Tukey scale is brought
            back at the harmonic mean of the sizes). The prediction limits are those of the true effect in a new study
            with these moderators; NaN, with the reason in ``note``, where there are none.

        Raises:
            InvalidInputError: columns that are absent, missing values, or categories that no study had.

        Example:
            >>> import tmsmeta as tm
            >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.15, 0.3, 0.2], study=["A", "B", "C", "D"])
            >>> fit = tm.meta_regression(trials, "~ dose", {"dose": [10, 5, 8, 12]}, tau2="FE")
            >>> print(fit.predict({"dose": [6, 9]})[["estimate", "ci_low", "ci_high"]].round(2).to_string(index=False))
             estimate  ci_low  ci_high
                 0.22   -0.01     0.46
                 0.57    0.37     0.77
        """
        import pandas as pd

        x, study = (self.design.x, self.effects.study) if new_data is None else self.design.rows_for(new_data)
        estimate = x @ self.beta
        variance = np.einsum("ij,jk,ik->i", x, self.covariance, x)
        se = np.sqrt(np.maximum(variance, 0.0))
        half = np.array([quantile(self.spec.ci, self.spec.level, df) for df in self._degrees(x)]) * se
        frame = pd.DataFrame({"estimate": estimate, "se": se, "ci_low": estimate - half, "ci_high": estimate + half})
        if study is not None:
            frame.insert(0, "study", study)
        factor = self._prediction_quantile()
        reach = np.nan if isinstance(factor, NotAssessable) else factor * np.sqrt(self.tau2 + se * se)
        frame["prediction_low"], frame["prediction_high"] = estimate - reach, estimate + reach
        for name, column in self._natural(frame).items():
            frame[name] = column
        frame["note"] = str(factor) if isinstance(factor, NotAssessable) else ""
        return frame

    def _degrees(self, x: Floats) -> Floats:
        """Degrees of freedom of the predictions at the rows of x, shape (n,)."""
        if self.clusters is None:
            return np.full(len(x), float(self.k - self.p))
        fit = self.model.fit(self.tau2)
        kind = cast(RobustName, self.spec.ci)
        return sandwich_of(self.effects, self.model, self.design.x, fit, self.tau2, kind).df(x)

    def _natural(self, frame: pd.DataFrame) -> dict[str, Floats]:
        """Estimates, limits and prediction limits as a reader knows them; nothing where they already are."""
        measure, size = self.effects.measure, self.effects.natural.size
        columns = natural_columns(measure, frame["estimate"], frame["ci_low"], frame["ci_high"], n=size)
        names = ("prediction_low", "prediction_high")
        if columns:
            name = self.effects.info.natural_name
            columns |= {f"{name}_{end}": back_transform(measure, frame[end], n=size) for end in names}
        return columns

    def _prediction_quantile(self) -> float | NotAssessable:
        what = "prediction interval"
        if not ESTIMATORS[self.spec.tau2].random:
            return NotAssessable(what, "the common-effect model assumes no variation beyond the moderators")
        units = self.clusters or self.k
        df = units - self.p - (1 if self.spec.prediction == "t(k-p-1)" else 0)
        name = "studies" if self.clusters is None else "clusters"
        if self.spec.prediction != "z" and df < 1:
            return NotAssessable(what, f"{self.spec.prediction} needs at least {units - df + 1} {name}, got {units}")
        return quantile(self.spec.prediction, self.spec.level, df)

    @property
    def qm_test(self) -> HypothesisTest | NotAssessable:
        """The test of the moderators, or why there is none."""
        if isinstance(self.qm, NotAssessable):
            return self.qm
        null = "no moderator is related to the effect"
        df, residual = self.qm_df, self.qm_df_residual
        return HypothesisTest(null=null, statistic=self.qm, df=df, df_residual=residual, p_value=self.qm_p)

    @property
    def qe_test(self) -> HypothesisTest:
        """The test of residual heterogeneity."""
        return HypothesisTest(null=NOTHING_LEFT, statistic=self.qe, df=self.qe_df, p_value=self.qe_p)

    def tau2_interval(self) -> Tau2Interval | NotAssessable:
        """Q-profile interval of the residual tau2, and from it of I2 and H2, at the level of the spec."""
        return tau2_interval(self.model, typical_variance(self.model), self.spec.level)

    def to_frame(self) -> pd.DataFrame:
        """The table of coefficients, with the terms as its first column."""
        return self.coefficients.reset_index()

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON; what is not assessable as ``{"not_assessable": reason}``."""
        without = ["spec", "effects", "design", "left_out", *(["clusters", "df"] if self.clusters is None else [])]
        return {
            "measure": self.effects.measure,
            "comparator": self.effects.comparator,
            "treated": self.effects.treated,
            **self.plain_fields(without=without, more=("se",)),
            "studies": self.effects.study.tolist(),
            "left_out": to_plain(self.left_out),
            "spec": self.spec.to_dict(),
        }

    def result_sentence(self) -> str:
        """What came out, in a sentence for a results section: the test of the moderators and what they explain."""
        if isinstance(self.qm_test, NotAssessable):
            test = f"test of moderators {self.qm_test}"
        else:
            name = "QM" if self.qm_df_residual is None else "F"
            test = f"test of moderators: {name} = {self.qm_test}; R2 = {percent(self.r2)}"
        found = (
            f"{self._units()}, {test}; residual tau2 = {tau2(self.tau2)}, I2 = {percent(self.i2)}, QE = {self.qe_test}."
        )
        return " ".join(filter(None, [found, shared_rows_caution(self.effects)]))

    def _units(self) -> str:
        if self.clusters is None:
            return studies(self.k)
        return f"{counted(self.k, 'estimate')} from {counted(self.clusters, 'cluster')}"

    def in_short(self) -> str:
        """The result, and every coefficient with its interval, on the scale of the analysis."""
        limits = zip(self.terms, self.beta.tolist(), self.low.tolist(), self.high.tolist(), strict=True)
        texts = [(term, estimate(value, (low, high), 3, null=0.0)) for term, value, low, high in limits]
        shown = "; ".join(f"{term} {text[0]} ({text[1]} to {text[2]})" for term, text in texts)
        return f"{self.result_sentence()} Coefficients: {shown}."

    def to_r(self) -> str:
        """An R script with its data that repeats the meta-regression with metafor, beside our numbers."""
        from tmsmeta.models.regression.r_script import regression_in_r

        return regression_in_r(self)

    def methods_sentence(self) -> str:
        """How the estimates were made, in sentences for a methods section."""
        estimator = ESTIMATORS[self.spec.tau2]
        kind = "mixed-effects" if estimator.random else "common-effect"
        variance = f" (residual tau2 by {estimator.label}; {estimator.reference})" if estimator.random else ""
        formula = self.spec.formula.strip().lstrip("~").strip()
        units = "".join(f"{name} is {UNITS[unit]}. " for name, unit in self.design.units.items())
        return (
            f"The {self.effects.info.label} of {self.k} studies was regressed on {formula} in a {kind} "
            f"meta-regression{variance}, with {level(self.spec.level)} intervals and {_WORDS[self.spec.ci]}. "
            f"{self._clusters_sentence()}{units}{closing(effects_sentences(self.effects), self.left_out)}"
        )

    def _clusters_sentence(self) -> str:
        if self.clusters is None:
            return ""
        return f"The {self.k} estimates come from {counted(self.clusters, 'cluster')}; tau2 takes them as independent. "
