"""What a joint meta-analysis answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtrc, fdtri, ndtr, stdtr

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.effects.measures import MEASURES
from tmsmeta.effects.natural import Natural
from tmsmeta.errors import NotAssessable
from tmsmeta.models.multivariate.boundary import boundary_in_words, correlations
from tmsmeta.models.multivariate.likelihood import Fit, blocks, typical_errors
from tmsmeta.models.multivariate.outcomes import JointEffects
from tmsmeta.models.multivariate.spec import JointSpec
from tmsmeta.pooling import Interval, PooledEffect, pool, quantile
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import counted, listed, studies
from tmsmeta.words.numbers import level, number, p_value, percent, tau2
from tmsmeta.words.results import HypothesisTest, Result, to_plain
from tmsmeta.words.sentences import closing

if TYPE_CHECKING:
    import pandas as pd


_ROUNDING = 1e-12


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class JointEffect(Result):
    """Pooled effects of p outcomes from one model of all of them.

    Attributes:
        outcomes: their names, in the order of every array.
        estimate: pooled effects on the scale of their measures (ratios on the log scale), shape (p,).
        covariance: of the pooled effects, including the factor of Jackson and Riley where the spec asks for it, (p, p).
        ci_low, ci_high: confidence limits, shape (p,).
        statistic, p_value: of each effect against 0, shape (p,).
        between: between-study covariance, shape (p, p).
        q, q_df, q_p: Cochran's Q of all outcomes together, around the common-effect estimates.
        i2: share of the variance of all pooled effects together that is due to heterogeneity, in percent (Jackson,
            White and Riley).
        i2_each: the same for each outcome, shape (p,).
        borrowing: percentage of the information on each outcome that comes from the others, shape (p,): how much
            smaller its variance is than with its own estimates alone, at the same between-study variance.
        log_likelihood: at the estimate, restricted with REML.
        scale_factor: the mean weighted squared residual; standard errors are multiplied by its root with
            ``jackson-riley``.
        effects: the studies.
        spec: the choices.
    """

    outcomes: tuple[str, ...]
    estimate: Floats
    covariance: Floats
    ci_low: Floats
    ci_high: Floats
    statistic: Floats
    p_value: Floats
    between: Floats
    q: float
    q_df: int
    q_p: float | NotAssessable
    i2: float
    i2_each: Floats
    borrowing: Floats
    log_likelihood: float
    scale_factor: float
    effects: JointEffects
    spec: JointSpec

    @classmethod
    @answerable
    def of(cls, effects: JointEffects, spec: JointSpec, between: Floats, fit: Fit, common: Fit) -> JointEffect:
        """The result of a fit and of the common-effect fit beside it.

        Args:
            effects: the outcomes side by side.
            spec: the choices.
            between: the between-study covariance, shape (p, p).
            fit: at that covariance.
            common: the fit without any between-study covariance.

        Returns:
            The result.
        """
        p, df = effects.p, int(effects.reported.sum()) - len(fit.beta)
        factor = fit.weighted_squares / df if df else 1.0
        covariance = fit.covariance * (factor if spec.ci == "jackson-riley" else 1.0)
        se = np.sqrt(np.diag(covariance))
        reach = quantile("z" if spec.ci == "z" else "t", spec.level, df) * se
        statistic = np.divide(fit.beta, se, where=se > 0, out=np.full(p, np.nan))
        tail = ndtr(-np.abs(statistic)) if spec.ci == "z" else stdtr(df, -np.abs(statistic))
        return cls(
            outcomes=effects.outcomes,
            estimate=fit.beta,
            covariance=covariance,
            ci_low=fit.beta - reach,
            ci_high=fit.beta + reach,
            statistic=statistic,
            p_value=2 * tail,
            between=between,
            q=common.weighted_squares,
            q_df=df,
            q_p=float(chdtrc(df, common.weighted_squares)) if df else NotAssessable("test", "no degree of freedom"),
            i2=_share(float(np.linalg.det(common.covariance) / np.linalg.det(fit.covariance)) ** (1 / p)),
            i2_each=np.array(
                [_share(c / r) for c, r in zip(*map(np.diag, (common.covariance, fit.covariance)), strict=True)]
            ),
            borrowing=_borrowing(effects, between, fit),
            log_likelihood=fit.log_likelihood,
            scale_factor=factor,
            effects=effects,
            spec=spec,
        )

    @property
    def se(self) -> Floats:
        """Standard errors of the pooled effects, shape (p,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def tau2(self) -> Floats:
        """Between-study variance of each outcome, shape (p,)."""
        return np.diag(self.between).copy()

    @cached_property
    def correlation(self) -> Floats | NotAssessable:
        """Between-study correlations, shape (p, p), or why there are none."""
        typical = typical_errors(np.einsum("kpp->kp", self.effects.covariance))
        told = self.spec.correlation_held or bool((self.effects.reported.sum(axis=1) > 1).any())
        return correlations(self.between, self.outcomes, typical, told=told)

    @property
    def _never_together(self) -> list[str]:
        """Pairs of outcomes whose correlation is estimated though no study has both, in words."""
        has = self.effects.reported.astype(int)
        if self.spec.correlation_held or self.spec.structure == "compound":
            return []
        pairs = np.argwhere(np.triu(has.T @ has == 0, 1)).tolist()
        return [f"{self.outcomes[i]} with {self.outcomes[j]}" for i, j in pairs]

    def separate(self) -> dict[str, PooledEffect]:
        """Each outcome pooled alone, by the same criterion, with Hartung-Knapp where the joint model has its like."""
        ci: Interval = "hksj" if self.spec.ci == "jackson-riley" else "z" if self.spec.ci == "z" else "t"
        pools = {}
        for j, name in enumerate(self.outcomes):
            has = self.effects.reported[:, j]
            alone = EffectSizes(
                measure=self.effects.measure[j],
                yi=self.effects.yi[has, j],
                vi=self.effects.covariance[has, j, j],
                study=np.array(self.effects.study)[has],
            )
            pools[name] = pool(alone, tau2=self.spec.method, ci=ci, level=self.spec.level)
        return pools

    @cached_property
    def boundary(self) -> str:
        """What of the between-study covariance lies at its boundary or is told by no study, in words; may be empty."""
        edge, pairs = boundary_in_words(self.correlation, self.spec.correlation_held), self._never_together
        if isinstance(self.correlation, NotAssessable) or not pairs:
            return edge
        untold = f"no study tells the between-study correlation of {listed(pairs)}; it follows from the others alone"
        return f"{edge}; {untold}" if edge else untold

    def between_intervals(self) -> pd.DataFrame:
        """Profile likelihood intervals of the between-study variances and correlations, at the level of the spec.

        Returns:
            One row per variance (``tau2 <outcome>``, on the scale of the measure squared) and per correlation that was
            estimated: ``parameter estimate low high note``. NaN where there is none; ``note`` then has the reason, and
            says where a limit is that of what a correlation can be. A limit of 0 of a variance was not excluded.

        References:
            Hardy & Thompson, Stat Med 1996;15:619.
        """
        from tmsmeta.models.multivariate.between_intervals import between_frame

        data = blocks(self.effects.yi, self.effects.covariance)
        return between_frame(data, self.spec, self.between, self.outcomes, self.correlation)

    def prediction(self) -> pd.DataFrame:
        """Where the true effects of a new study may lie: ``outcome low high note``, on the scale of the measures.

        t with k_j - 2 degrees of freedom, k_j the studies with the outcome (Higgins, Thompson & Spiegelhalter 2009,
        outcome by outcome).
        """
        import pandas as pd

        rows = []
        for j, name in enumerate(self.outcomes):
            df = int(self.effects.reported[:, j].sum()) - 2
            if df < 1:
                note = str(NotAssessable("prediction interval", f"needs at least 3 studies, got {df + 2}"))
                rows.append({"outcome": name, "low": np.nan, "high": np.nan, "note": note})
                continue
            reach = quantile("t", self.spec.level, df) * np.sqrt(self.between[j, j] + self.covariance[j, j])
            low, high = self.estimate[j] - reach, self.estimate[j] + reach
            rows.append({"outcome": name, "low": low, "high": high, "note": ""})
        return pd.DataFrame(rows)

    @answerable
    def region(self, first: str, second: str, *, what: str = "confidence", points: int = 181) -> Floats:
        """The border of a joint region of two outcomes, shape (points, 2).

        Args:
            first, second: names of the outcomes.
            what: ``confidence`` (the pooled effects) or ``prediction`` (the true effects of a new study).
            points: number of points on the border.

        Returns:
            The border, closed, on the scale of the analysis.

        Raises:
            UnknownOptionError: an outcome that is not there, or another word for `what`.
        """
        from tmsmeta.errors import check_option

        check_option("first", first, self.outcomes)
        check_option("second", second, self.outcomes)
        check_option("what", what, ("confidence", "prediction"))
        pair = [self.outcomes.index(first), self.outcomes.index(second)]
        spread = self.covariance + (self.between if what == "prediction" else 0.0)
        block = spread[np.ix_(pair, pair)]
        df = self.q_df if self.spec.ci != "z" else 10**9
        radius = np.sqrt(2 * fdtri(2, df, self.spec.level))
        values, vectors = np.linalg.eigh(block)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        angle = np.linspace(0, 2 * np.pi, points)
        circle = np.column_stack([np.cos(angle), np.sin(angle)])
        return self.estimate[pair] + radius * circle @ root.T

    @property
    def q_test(self) -> HypothesisTest:
        """The test of heterogeneity of all outcomes together."""
        null = "every outcome has one effect in all studies"
        return HypothesisTest(null=null, statistic=self.q, df=self.q_df, p_value=self.q_p)

    def to_frame(self) -> pd.DataFrame:
        """One row per outcome: ``outcome measure k estimate se ci_low ci_high p_value tau2 i2 borrowing``."""
        import pandas as pd

        return pd.DataFrame(
            {
                "outcome": self.outcomes,
                "measure": self.effects.measure,
                "k": self.effects.reported.sum(axis=0),
                "estimate": self.estimate,
                "se": self.se,
                "ci_low": self.ci_low,
                "ci_high": self.ci_high,
                "p_value": self.p_value,
                "tau2": self.tau2,
                "i2": self.i2_each,
                "borrowing": self.borrowing,
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON."""
        return {
            **self.plain_fields(without=("effects", "spec"), more=("se", "tau2", "correlation", "boundary")),
            "studies": list(self.effects.study),
            "within": self.effects.within,
            "left_out": to_plain(self.effects.left_out),
            "spec": to_plain(self.spec),
        }

    def result_sentence(self) -> str:
        """What came out, in sentences for a results section."""
        parts = []
        for j, name in enumerate(self.outcomes):
            natural = Natural(info=MEASURES[self.effects.measure[j]])
            limits = (float(self.ci_low[j]), float(self.ci_high[j]))
            value, *ends = natural.texts(float(self.estimate[j]), limits)
            k = int(self.effects.reported[:, j].sum())
            parts.append(
                f"{name}: {natural.label} {value} ({level(self.spec.level)} CI {' to '.join(ends)}; "
                f"{p_value(float(self.p_value[j]))}; {studies(k)}; tau2 = {tau2(float(self.tau2[j]))}; "
                f"{percent(float(self.borrowing[j]))} of its information comes from the other outcomes)"
            )
        rho = self.correlation
        tie = f"between-study correlation {rho}" if isinstance(rho, NotAssessable) else self._correlations_in_words(rho)
        edge = f" Note: {self.boundary}." if self.boundary and not isinstance(rho, NotAssessable) else ""
        return f"{'; '.join(parts)}. {tie[:1].upper()}{tie[1:]}; Q = {self.q_test}, I2 = {percent(self.i2)}.{edge}"

    def _correlations_in_words(self, rho: Floats) -> str:
        if self.spec.structure == "diagonal":
            return "between-study correlations held at 0"
        if self.spec.between_correlation is not None:
            return f"between-study correlation held at {number(self.spec.between_correlation)}"
        p = len(self.outcomes)
        pairs = [(i, j) for i in range(p) for j in range(i + 1, p)]
        named = [f"{self.outcomes[i]} with {self.outcomes[j]} {number(float(rho[i, j]))}" for i, j in pairs]
        return f"between-study correlation{'' if len(pairs) == 1 else 's'} {listed(named)}"

    def methods_sentence(self) -> str:
        """How it was made, in sentences for a methods section."""
        intervals = {
            "z": "Wald intervals",
            "t": f"intervals by t with {self.q_df} degrees of freedom",
            "jackson-riley": "the Hartung-Knapp adjustment for several outcomes of Jackson and Riley (2014), t with "
            f"{self.q_df} degrees of freedom",
        }[self.spec.ci]
        labels = listed(list(dict.fromkeys(MEASURES[m].label for m in self.effects.measure)))
        structure = {"unstructured": "an unstructured", "compound": "a compound-symmetric", "diagonal": "a diagonal"}
        return (
            f"{counted(len(self.outcomes), 'outcome')} ({listed(self.outcomes)}; {labels}) of "
            f"{studies(self.effects.k)} were pooled together in a multivariate random-effects model (van Houwelingen "
            f"et al. 2002) by {self.spec.method} with {structure[self.spec.structure]} between-study covariance; the "
            f"covariance within studies was taken {self.effects.within}; "
            f"{level(self.spec.level)} confidence by {intervals}. {closing('', self.effects.left_out)}"
        )


def _share(ratio: float) -> float:
    """I2 in percent from the ratio of the common-effect to the random-effects variance."""
    return 100 * max(0.0, 1 - ratio)


def _borrowing(effects: JointEffects, between: Floats, fit: Fit) -> Floats:
    """How much smaller each variance is than from the outcome's own estimates, at the same between-study variance."""
    own = []
    for j in range(effects.p):
        has = effects.reported[:, j]
        own.append(1 / float((1 / (effects.covariance[has, j, j] + between[j, j])).sum()))
    # a share that rounding pushes below 0 is 0: the joint estimate is never less precise at the same matrix
    share = 1 - np.diag(fit.covariance) / np.array(own)
    return 100 * np.where(share < _ROUNDING, 0.0, share)
