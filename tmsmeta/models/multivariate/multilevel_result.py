"""What a multilevel meta-analysis is asked and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.effects.transform import as_floats
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable, check_level, check_option
from tmsmeta.models.multivariate.likelihood import Criterion
from tmsmeta.pooling.robust import ROBUST
from tmsmeta.words.names import counted, listed
from tmsmeta.words.numbers import estimate, p_value, tau2
from tmsmeta.words.numbers import level as level_text
from tmsmeta.words.results import HypothesisTest, Result, to_plain
from tmsmeta.words.sentences import closing

if TYPE_CHECKING:
    import pandas as pd

MultilevelInterval = Literal["z", "t"]
MULTILEVEL_INTERVALS: tuple[str, ...] = (*get_args(MultilevelInterval), *ROBUST)


@dataclass(frozen=True, kw_only=True)
class MultilevelSpec:
    """Every choice of a multilevel meta-analysis. Validated when built.

    Attributes:
        levels: names of the groupings, outermost first.
        by_effect: whether every effect also has a random effect of its own.
        formula: moderators; ``"1"`` for the pooled effect alone.
        method: ``REML`` or ``ML``.
        ci: ``z``; ``t`` with k - p degrees of freedom; or a cluster-robust sandwich over the outermost groups: ``CR0``,
            ``CR1`` (t with m - p df for m groups) or ``CR2`` (Satterthwaite df).
        level: confidence level.
        correlation: assumed among the sampling errors of one outermost group; None where they are independent or a
            covariance is given.
    """

    levels: tuple[str, ...]
    by_effect: bool = True
    formula: str = "1"
    method: Criterion = "REML"
    ci: str = "CR2"
    level: float = 0.95
    correlation: float | None = None

    def __post_init__(self) -> None:
        check_option("method", self.method, get_args(Criterion))
        check_option("ci", self.ci, MULTILEVEL_INTERVALS)
        check_level(self.level)
        if self.correlation is not None and not -1 < float(as_floats("correlation", self.correlation)) < 1:
            raise InvalidInputError(Issue(None, "correlation", self.correlation, "must lie between -1 and 1."))


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Multilevel(Result):
    """A meta-analysis of effects in groups.

    Attributes:
        terms: names of the coefficients, shape (p,).
        beta: coefficients on the scale of the measure, shape (p,).
        covariance: theirs, robust where the spec asks for it, shape (p, p).
        df: degrees of freedom of each coefficient, infinite with ``z``, shape (p,).
        statistic, p_value, low, high: of each coefficient, shape (p,).
        variances: variance of the random effects of each level, outermost first, the effects last.
        log_likelihood: at the estimate, restricted with REML.
        q, q_df, q_p: Cochran's Q of the residuals at the common-effect estimates.
        k: number of effects.
        groups: number of groups of each level, outermost first.
        effects: the effects used.
        spec: the choices.
        left_out: rows not used, each with the reason.
    """

    terms: tuple[str, ...]
    beta: Floats
    covariance: Floats
    df: Floats
    statistic: Floats
    p_value: Floats
    low: Floats
    high: Floats
    variances: Mapping[str, float]
    log_likelihood: float
    q: float
    q_df: int
    q_p: float | NotAssessable
    k: int
    groups: Mapping[str, int]
    effects: EffectSizes
    spec: MultilevelSpec
    left_out: tuple[Issue, ...] = ()

    @property
    def se(self) -> Floats:
        """Standard errors, shape (p,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def estimate(self) -> float | NotAssessable:
        """The pooled effect of a model without moderators."""
        if self.terms == ("Intercept",):
            return float(self.beta[0])
        return NotAssessable("pooled effect", "the model has moderators; see the coefficients")

    def to_frame(self) -> pd.DataFrame:
        """One row per coefficient: ``term estimate se df statistic p_value low high``."""
        import pandas as pd

        columns = {"estimate": self.beta, "se": self.se, "df": self.df, "statistic": self.statistic}
        columns |= {"p_value": self.p_value, "low": self.low, "high": self.high}
        return pd.DataFrame({"term": self.terms, **columns})

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON."""
        return {
            "measure": self.effects.measure,
            **self.plain_fields(without=("effects", "spec", "left_out"), more=("se",)),
            "left_out": to_plain(self.left_out),
            "spec": to_plain(self.spec),
        }

    @property
    def q_test(self) -> HypothesisTest:
        """The test of heterogeneity, of what the moderators leave where there are any."""
        null = "all effects are equal but for the moderators"
        return HypothesisTest(null=null, statistic=self.q, df=self.q_df, p_value=self.q_p)

    def result_sentence(self) -> str:
        """What came out, in sentences for a results section."""
        pooled = not isinstance(self.estimate, NotAssessable)
        found = listed([self._pooled_text() if pooled else self._term_text(j) for j in range(len(self.terms))])
        spread = listed([f"{name} {tau2(value)}" for name, value in self.variances.items()])
        nested = listed([f"{n} groups of {name}" for name, n in self.groups.items()])
        return f"{counted(self.k, 'effect')} in {nested}: {found}. Variances: {spread}; Q = {self.q_test}."

    def _pooled_text(self) -> str:
        natural = self.effects.natural
        texts = natural.texts(float(self.beta[0]), (float(self.low[0]), float(self.high[0])))
        return self._with_test(natural.label, texts, 0)

    def _term_text(self, j: int) -> str:
        limits = (float(self.low[j]), float(self.high[j]))
        return self._with_test(self.terms[j], estimate(float(self.beta[j]), limits, 3, null=0.0), j)

    def _with_test(self, name: str, texts: tuple[str, ...], j: int) -> str:
        if not self.covariance[j, j] > 0:
            reason = NotAssessable("interval", "no group leaves a residual that tells its error")
            return f"{name} {texts[0]} ({level_text(self.spec.level)} CI {reason})"
        limits = f"{level_text(self.spec.level)} CI {' to '.join(texts[1:])}"
        return f"{name} {texts[0]} ({limits}; {p_value(float(self.p_value[j]))})"

    def methods_sentence(self) -> str:
        """How it was made, in sentences for a methods section."""
        outer, correlation = self.spec.levels[0], self.spec.correlation
        errors = "independent sampling errors"
        if correlation is not None:
            errors = f"sampling errors assumed to correlate by {correlation:g} within {outer}"
        moderators = "" if self.spec.formula == "1" else f" on {self.spec.formula.strip().lstrip('~').strip()}"
        named = [*self.spec.levels, *(["each effect"] if self.spec.by_effect else [])]
        return (
            f"The {self.effects.info.label} was modelled{moderators} with random effects of {listed(named)}, by "
            f"{self.spec.method}, with {errors}; {level_text(self.spec.level)} confidence by {_WORDS[self.spec.ci]}. "
            f"{closing('', self.left_out)}"
        )


_WORDS = {
    "z": "Wald intervals",
    "t": "Wald standard errors and t intervals",
    "CR0": "cluster-robust standard errors (CR0)",
    "CR1": "cluster-robust standard errors (CR1)",
    "CR2": "cluster-robust standard errors (CR2) with Satterthwaite degrees of freedom (Pustejovsky and Tipton 2018)",
}
