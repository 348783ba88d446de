"""What the models on counts answer with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.special import ndtr, stdtr

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.errors import Issue, NoEquivalentError, NotAssessable
from tmsmeta.models.counts.sentences import beta_binomial_words, glmm_words, mantel_haenszel_words
from tmsmeta.models.counts.spec import BetaBinomialSpec, CountsSpec, GlmmSpec, MantelHaenszelSpec
from tmsmeta.models.counts.tables import NO_CONTRAST
from tmsmeta.pooling import quantile
from tmsmeta.pooling.heterogeneity.statistics import ONE_EFFECT
from tmsmeta.pooling.result import with_last_row
from tmsmeta.pooling.sentences import arms_and_notes
from tmsmeta.words import numbers
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import listed, studies
from tmsmeta.words.numbers import Number, Pair
from tmsmeta.words.results import HypothesisTest, Result, html_table, to_plain
from tmsmeta.words.sentences import closing

if TYPE_CHECKING:
    import pandas as pd


class Wald(NamedTuple):
    """Pair, statistic and two-sided p value of an estimate with its standard error."""

    ci: Pair
    statistic: Number
    p_value: Number


def wald(estimate: Number, se: Number, level: float, ci: str = "z", df: int = 0) -> Wald:
    """Wald interval and test by the normal (``z``) or Student's t distribution with `df` degrees of freedom."""
    missing = next((x for x in (estimate, se) if isinstance(x, NotAssessable)), None)
    if missing is None and ci == "t" and df < 1:
        missing = NotAssessable("t interval", "needs at least 2 studies, got 1")
    if missing is not None or isinstance(estimate, NotAssessable) or isinstance(se, NotAssessable):
        reason = "" if missing is None else missing.reason
        return Wald(*(NotAssessable(what, reason) for what in ("interval", "test statistic", "p value")))
    half = quantile(ci, level, df) * se
    statistic = estimate / se
    tail = ndtr(-abs(statistic)) if ci == "z" else stdtr(df, -abs(statistic))
    return Wald((estimate - half, estimate + half), statistic, float(2 * tail))


def q_fields(test: HypothesisTest | NotAssessable) -> dict[str, Any]:
    """The fields ``q q_df q_p`` of a result from the test of heterogeneity, or from the reason why there is none."""
    if isinstance(test, NotAssessable):
        return {"q": test, "q_df": 0, "q_p": test}
    return {"q": test.statistic, "q_df": test.df, "q_p": test.p_value}


@dataclass(frozen=True, kw_only=True, repr=False)
class CountsEffect(Result):
    """A pooled effect from a model on the counts themselves.

    Estimates and limits are on the scale of the measure (logs for ratios, logits for proportions); ``ratio`` and
    ``natural`` are not. Positive means more events with treatment. What these data cannot give is a
    :class:`~tmsmeta.NotAssessable`.

    Attributes:
        model: the method in short, e.g. ``"MH"``, ``"Peto"``, ``"UM.FS"``, ``"beta-binomial"``.
        estimate: pooled effect.
        se: its standard error.
        ci: lower and upper confidence limit.
        statistic: estimate divided by se.
        p_value: two-sided, against no effect (against 0 on the scale of the measure for single arms).
        tau2: between-study variance; 0 for methods that assume one common effect.
        tau2_se: its standard error.
        i2: heterogeneity in percent, and
        h2: H2. For Mantel-Haenszel and Peto from Q; for mixed models from tau2 and the typical sampling variance.
        q, q_df, q_p: test of heterogeneity: Q around the pooled effect, or the Wald-type test of a mixed model.
        k: number of studies in the analysis.
        weights: share of each study, shape (k,), sum 1, where the method has weights.
        log_likelihood: at the estimate, with all constants; NotAssessable where the method has no likelihood.
        converged: whether the fit ended at a maximum it can vouch for; True for closed formulas.
        reason: why it did not converge, or an empty text.
        spec: the choices made.
        effects: the studies in the analysis, each with its own estimate.
        left_out: studies that were given but not used, each with the reason.
    """

    model: str
    estimate: Number
    se: Number
    ci: Pair
    statistic: Number
    p_value: Number
    tau2: Number
    tau2_se: Number
    i2: Number
    h2: Number
    q: Number
    q_df: int
    q_p: Number
    k: int
    weights: Floats | NotAssessable
    log_likelihood: Number
    converged: bool
    reason: str
    spec: CountsSpec
    effects: EffectSizes
    left_out: tuple[Issue, ...] = ()

    @property
    def measure(self) -> str:
        """Name of the measure, a key of :data:`tmsmeta.effects.MEASURES`."""
        return self.effects.measure

    @property
    def ratio(self) -> Number:
        """The pooled ratio, or why there is none."""
        return self.natural if self.effects.info.is_ratio else self._no_ratio()

    @property
    def ratio_ci(self) -> Pair:
        """Pair of the pooled ratio, or why there are none."""
        return self.natural_ci if self.effects.info.is_ratio else self._no_ratio()

    def _no_ratio(self) -> NotAssessable:
        return NotAssessable("ratio", f"{self.measure} is not a ratio")

    @property
    def natural(self) -> Number:
        """The estimate as a ratio, a difference, a proportion (that of the median study) or a rate."""
        return self.effects.natural.value(self.estimate)

    @property
    def natural_ci(self) -> Pair:
        """Pair on the same scale as `natural`."""
        return self.effects.natural.limits(self.ci)

    @property
    def q_test(self) -> HypothesisTest | NotAssessable:
        """The test of heterogeneity, or why there is none."""
        if isinstance(self.q, NotAssessable):
            return self.q
        return HypothesisTest(null=ONE_EFFECT, statistic=self.q, df=self.q_df, p_value=self.q_p)

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON; what is not assessable as ``{"not_assessable": reason}``."""
        apart = ("weights", "spec", "effects", "left_out")
        return {
            "measure": self.measure,
            **self.plain_fields(without=apart, more=("ratio", "ratio_ci", "natural", "natural_ci", "weights")),
            "comparator": self.effects.comparator,
            "treated": self.effects.treated,
            "notes": list(self.effects.notes),
            "studies": self.effects.study.tolist(),
            "left_out": to_plain(self.left_out),
            "spec": self.spec.to_dict(),
        }

    def to_frame(self) -> pd.DataFrame:
        """One row per study with its own estimate and weight, and a last row for the pooled effect."""
        frame = self.effects.to_frame(self.spec.level)
        frame["weight"] = np.nan if isinstance(self.weights, NotAssessable) else self.weights
        return with_last_row(frame, self.effects, self.estimate, self.se, self.ci, self.reason)

    @property
    def label(self) -> str:
        """What the estimate is, in words."""
        return self.effects.natural.label

    def method(self) -> str:
        """How the studies were pooled, as the start of a sentence."""
        return "Odds ratios were pooled by Peto's one-step method, without continuity correction"

    def to_r(self) -> str:
        """An R script with its data that repeats the fit with metafor, beside our numbers."""
        from tmsmeta.models.counts.r_script import peto_in_r

        return peto_in_r(self)

    def methods_sentence(self) -> str:
        """How the estimate was made, in a sentence for a methods section (PRISMA 2020 items 12 and 13)."""
        text = f"{self.method()}; intervals are {numbers.level(self.spec.level)} Wald intervals."
        without = [issue for issue in self.left_out if issue.message == NO_CONTRAST]
        if without:
            out = f"{studies(len(without))} ({listed([str(issue.row) for issue in without])})"
            were = "was" if len(without) == 1 else "were"
            text += f" {out} {were} left out for having no event, or only events, in both arms."
        others = [issue for issue in self.left_out if issue.message != NO_CONTRAST]
        return f"{text} {closing(arms_and_notes(self.effects), others)}"

    def spread_text(self) -> str:
        """Heterogeneity in a few words."""
        return f"Q {self.q_test}, I2 {numbers.percent(self.i2)}"

    @answerable
    def result_sentence(self, *, per: float | None = None) -> str:
        """What came out, in a sentence for a results section.

        Args:
            per: people or units of time that a proportion or a rate refers to, such as 1000.

        Returns:
            The sentence.

        Raises:
            InvalidInputError: `per` for a measure that is no proportion and no rate.
        """
        natural = self.effects.natural.per_unit(per)
        if isinstance(self.estimate, NotAssessable):
            return f"The pooled {self.effects.info.label} of {studies(self.k)} is {self.estimate}."
        estimate, *ends = natural.texts(self.estimate, self.ci)
        if isinstance(self.se, NotAssessable) and self.converged:
            text = f"The pooled {natural.label} of {studies(self.k)} is {estimate}"
            return f"{text}; it has no interval, because {self.se.reason}."
        shown = f"{numbers.level(self.spec.level)} CI {' to '.join(ends)}"
        test = f", {numbers.p_value(self.p_value)}" if self.effects.info.contrast else ""
        text = f"The pooled {natural.label} of {studies(self.k)} is {estimate} ({shown}{test})"
        text += f"; {self.spread_text()}."
        return text if self.converged else f"{text} The fit did not converge: {self.reason}."

    def _repr_html_(self) -> str:
        estimate, *ends = self.effects.natural.texts(self.estimate, self.ci)
        rows = [
            (self.label, estimate),
            (f"{numbers.level(self.spec.level)} interval", " to ".join(ends)),
            ("p", numbers.p_value(self.p_value).removeprefix("p = ").removeprefix("p ")),
            ("tau2", numbers.tau2(self.tau2)),
            ("I2", numbers.percent(self.i2)),
            ("studies", str(self.k)),
            ("converged", "yes" if self.converged else f"no: {self.reason}"),
        ]
        return html_table(self.methods_sentence(), rows)


@dataclass(frozen=True, kw_only=True, repr=False)
class MantelHaenszelEffect(CountsEffect):
    """A Mantel-Haenszel estimate. Fields of :class:`CountsEffect`, and:

    Attributes:
        k_informative: studies whose own effect can be computed (those of Q); the others have no event, or only
            events, in both arms.
        cmh: Cochran-Mantel-Haenszel test of no effect without continuity correction (odds ratio only), and
        cmh_corrected: with the correction of 1/2.
        breslow_day: test of equal odds ratios, and
        tarone: with Tarone's correction (odds ratio only).
    """

    k_informative: int
    cmh: HypothesisTest | NotAssessable
    cmh_corrected: HypothesisTest | NotAssessable
    breslow_day: HypothesisTest | NotAssessable
    tarone: HypothesisTest | NotAssessable
    spec: MantelHaenszelSpec

    def to_r(self) -> str:
        """An R script with its data that repeats the fit with metafor, beside our numbers."""
        from tmsmeta.models.counts.r_script import mantel_haenszel_in_r

        return mantel_haenszel_in_r(self)

    def method(self) -> str:
        """How the studies were pooled, as the start of a sentence."""
        return mantel_haenszel_words(self.effects.info, self.spec, self.k, self.k_informative)


@dataclass(frozen=True, kw_only=True, repr=False)
class GlmmEffect(CountsEffect):
    """The estimate of a generalised linear mixed model. Fields of :class:`CountsEffect`, and:

    Attributes:
        sigma2: variance of the study intercepts (``UM.RS`` only).
        log_likelihood_common: with tau2 = 0.
        tau2_test: likelihood-ratio test of tau2 = 0; its p value is that of the equal mixture of chi-square with 0 and
            1 degrees of freedom (Self & Liang, J Am Stat Assoc 1987;82:605).
        lr_test: likelihood-ratio test of equal effects against an effect of its own for each study.
        nodes: quadrature nodes per random effect; 1 for the Laplace approximation.
        quadrature: for a Laplace fit, what full quadrature gives instead. A fit by quadrature needs no such check: its
            nodes were added until the estimates stood still, or it says that it did not converge.
    """

    sigma2: Number
    log_likelihood_common: Number
    tau2_test: HypothesisTest | NotAssessable
    lr_test: HypothesisTest | NotAssessable
    nodes: int
    quadrature: QuadratureCheck | NotAssessable
    spec: GlmmSpec

    def to_r(self) -> str:
        """An R script with its data that repeats the fit with metafor, beside our numbers."""
        from tmsmeta.models.counts.r_script import glmm_in_r

        return glmm_in_r(self)

    def method(self) -> str:
        """How the studies were pooled, as the start of a sentence."""
        return glmm_words(self.measure, self.spec, self.k, self.nodes)

    def spread_text(self) -> str:
        """Heterogeneity in a few words."""
        return f"tau2 {numbers.tau2(self.tau2)}, I2 {numbers.percent(self.i2)}"


class QuadratureCheck(NamedTuple):
    """The same fit with another number of nodes: nodes per random effect, estimate, standard error, tau2, maximum."""

    nodes: int
    estimate: float
    se: Number
    tau2: Number
    log_likelihood: float


@dataclass(frozen=True, kw_only=True, repr=False)
class BetaBinomialEffect(CountsEffect):
    """The estimate of a beta-binomial model. Fields of :class:`CountsEffect`, and:

    Attributes:
        rho: overdispersion: the correlation of two patients of the same study (arm); 0 is binomial.
        rho_se: its standard error.
        log_likelihood_common: with rho = 0.
        rho_test: likelihood-ratio test of rho = 0, p value as for a variance on its boundary.
    """

    rho: Number
    rho_se: Number
    log_likelihood_common: Number
    rho_test: HypothesisTest | NotAssessable
    spec: BetaBinomialSpec

    def to_r(self) -> str:
        """Refused: metafor has no beta-binomial model.

        Raises:
            NoEquivalentError: always.
        """
        raise NoEquivalentError(
            "A beta-binomial model has no R script: metafor does not have it. For proportions glmm_proportion, and for "
            "two arms glmm, are the nearest models that have one."
        )

    def method(self) -> str:
        """How the studies were pooled, as the start of a sentence."""
        return beta_binomial_words(self.measure, self.spec, self.k)

    def spread_text(self) -> str:
        """Heterogeneity in a few words."""
        return f"overdispersion rho {numbers.number(self.rho, 3)}"
