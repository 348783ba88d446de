"""The result of a network meta-analysis."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtrc, ndtri

from tmsmeta.errors import NotAssessable, check_kind, check_names
from tmsmeta.networks.input.data import NetworkData, check_data
from tmsmeta.networks.input.from_labels import check_connected
from tmsmeta.networks.input.independent_contrasts import Floats, Integers
from tmsmeta.networks.input.labels import the_treatment
from tmsmeta.networks.model import sentences
from tmsmeta.networks.model.direct import DesignTest, DirectEvidence, direct_evidence, within_designs
from tmsmeta.networks.model.fit import Fit, fit_data
from tmsmeta.networks.model.of_network import OfNetwork
from tmsmeta.networks.spec import NetworkSpec
from tmsmeta.pooling.t_quantile import t_quantile
from tmsmeta.words.arguments import answerable
from tmsmeta.words.results import Result, notes, to_cell, to_plain

if TYPE_CHECKING:
    import pandas as pd

NO_DF = "the network has no more comparisons than it needs to link its treatments (0 degrees of freedom)"


@dataclass(frozen=True, eq=False, repr=False)
class NetworkMeta(OfNetwork, Result):
    """A fitted network. Matrices have the treatments as rows and columns; a cell says row against column.

    Effects are on the scale of the measure (ratios logged); a positive cell means more of the outcome in the row.

    Attributes:
        data: the trials, with what was left out (``data.excluded``) and done to them (``data.notes``).
        spec: how they were analysed.
        fit: the weighted regression behind every number.
    """

    data: NetworkData
    spec: NetworkSpec
    fit: Fit

    @property
    def k(self) -> int:
        """Number of trials."""
        return int(self.data.trial_counts.sum())

    @property
    def tau2(self) -> float | NotAssessable:
        """Between-study variance, common to all comparisons.

        Not assessable without degrees of freedom to estimate it; intervals are then those of a common effect.
        """
        if self.q_df <= 0 and isinstance(self.spec.tau2, str) and self.spec.tau2 != "FE":
            return NotAssessable("tau2", NO_DF)
        return self.fit.tau2

    @property
    def tau(self) -> float | NotAssessable:
        """Between-study standard deviation."""
        tau2 = self.tau2
        return tau2 if isinstance(tau2, NotAssessable) else float(np.sqrt(tau2))

    @property
    def q(self) -> float:
        """Generalised Cochran Q of the whole network."""
        return self.fit.q

    @property
    def q_df(self) -> int:
        """Degrees of freedom of :attr:`q`."""
        return self.fit.q_df

    @property
    def q_p(self) -> float | NotAssessable:
        """p value of :attr:`q`."""
        return _p("Q test", self.q, self.q_df, NO_DF)

    @property
    def i2(self) -> float | NotAssessable:
        """Share of variation beyond chance, in percent: 100 (Q - df) / Q, not below 0."""
        if self.q_df <= 0:
            return NotAssessable("I2", NO_DF)
        return max(0.0, 100.0 * ((self.q - self.q_df) / self.q)) if self.q > 0 else 0.0

    @cached_property
    def theta(self) -> Floats:
        """Effect of each treatment against the reference, shape (n,)."""
        return self.fit.theta

    @cached_property
    def covariance(self) -> Floats:
        """Covariance of :attr:`theta`, shape (n, n), zero in the row and column of the reference."""
        return self.fit.system.covariance

    @cached_property
    def effect_matrix(self) -> Floats:
        """Effects, row against column, as an array of shape (n, n)."""
        return self.theta[:, None] - self.theta[None, :]

    @cached_property
    def variance_matrix(self) -> Floats:
        """Variances of :attr:`effect_matrix`."""
        spread = self.covariance.diagonal()
        variance = spread[:, None] + spread[None, :]
        variance -= 2 * self.covariance  # in place: of thousands of treatments every copy takes its time
        return np.maximum(variance, 0.0, out=variance)

    @cached_property
    def se_matrix(self) -> Floats:
        """Standard errors of :attr:`effect_matrix`."""
        return np.sqrt(self.variance_matrix)

    @property
    def quantile(self) -> float | NotAssessable:
        """Quantile of the confidence intervals; of t there is none without degrees of freedom."""
        tail = 0.5 + self.spec.level / 2
        if self.spec.ci == "t" and self.q_df < 1:
            reason = f"t quantiles need 1 or more degrees of freedom of Q, got {self.q_df}"
            return NotAssessable("confidence interval", reason)
        return float(ndtri(tail) if self.spec.ci == "z" else t_quantile(self.q_df, self.spec.level))

    @property
    def critical(self) -> float:
        """The same for the cells of tables: NaN where :attr:`quantile` says why there is none."""
        return to_cell(self.quantile)

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """Effects, row against column."""
        return self._frame(self.effect_matrix)

    @cached_property
    def se(self) -> pd.DataFrame:
        """Standard errors."""
        return self._frame(self.se_matrix)

    @cached_property
    def ci_low(self) -> pd.DataFrame | NotAssessable:
        """Lower confidence limits."""
        quantile = self.quantile
        if isinstance(quantile, NotAssessable):
            return quantile
        return self._frame(self.effect_matrix - quantile * self.se_matrix)

    @cached_property
    def ci_high(self) -> pd.DataFrame | NotAssessable:
        """Upper confidence limits."""
        quantile = self.quantile
        if isinstance(quantile, NotAssessable):
            return quantile
        return self._frame(self.effect_matrix + quantile * self.se_matrix)

    @cached_property
    def prediction_low(self) -> pd.DataFrame | NotAssessable:
        """Lower prediction limits: what one further trial of the comparison may estimate, given a large sample."""
        half = self.prediction_half_width
        return half if isinstance(half, NotAssessable) else self._frame(self.effect_matrix - half)

    @cached_property
    def prediction_high(self) -> pd.DataFrame | NotAssessable:
        """Upper prediction limits."""
        half = self.prediction_half_width
        return half if isinstance(half, NotAssessable) else self._frame(self.effect_matrix + half)

    @cached_property
    def prediction_half_width(self) -> Floats | NotAssessable:
        """Half width of the prediction intervals, shape (n, n); zero on the diagonal."""
        tail, df = 0.5 + self.spec.level / 2, self.q_df - (self.spec.prediction == "t(df-1)")
        if self.spec.prediction != "z" and df < 1:
            reason = f"needs {1 + self.q_df - df} or more degrees of freedom of Q, got {self.q_df}"
            return NotAssessable("prediction interval", reason)
        quantile = float(ndtri(tail) if self.spec.prediction == "z" else t_quantile(df, self.spec.level))
        half = quantile * np.sqrt(self.variance_matrix + self.fit.tau2)
        np.fill_diagonal(half, 0.0)
        return half

    @cached_property
    def direct(self) -> DirectEvidence:
        """Direct evidence of every comparison that has trials of its own, at the network's tau2."""
        return direct_evidence(self.data, self.fit.tau2)

    @cached_property
    def direct_trials(self) -> Integers:
        """Number of trials with both arms of each comparison, shape (n, n)."""
        return self.direct.trials_matrix(len(self.treatments))

    @cached_property
    def direct_share(self) -> pd.DataFrame:
        """Share of direct evidence in each network estimate, 0 to 1 (variance of the network over the direct one)."""
        return self._frame(self.direct.share(self.variance_matrix))

    @cached_property
    def within(self) -> DesignTest:
        """Heterogeneity within designs, at tau2 = 0."""
        return within_designs(self.data, 0.0)

    @property
    def q_heterogeneity(self) -> float | NotAssessable:
        """Q within designs: trials of the same treatments that disagree."""
        if self.q_heterogeneity_df == 0:
            pooled = self.data.trials_per_study is not None
            reason = "trials were pooled within designs" if pooled else "no two trials compare the same treatments"
            return NotAssessable("Q within designs", reason)
        return self.within.q

    @property
    def q_heterogeneity_df(self) -> int:
        """Degrees of freedom of :attr:`q_heterogeneity`."""
        return self.within.df

    @property
    def q_heterogeneity_p(self) -> float | NotAssessable:
        """p value of :attr:`q_heterogeneity`."""
        q = self.q_heterogeneity
        return q if isinstance(q, NotAssessable) else _p("Q within designs", q, self.q_heterogeneity_df, NO_DF)

    @property
    def q_inconsistency(self) -> float | NotAssessable:
        """Q between designs: direct and indirect evidence that disagree."""
        if self.q_inconsistency_df == 0:
            return NotAssessable("inconsistency", f"cannot be tested: {self.no_loop_reason}")
        return max(0.0, self.q - self.within.q)

    @property
    def q_inconsistency_df(self) -> int:
        """Degrees of freedom of :attr:`q_inconsistency`: the number of independent loops of designs."""
        return self.q_df - self.within.df

    @property
    def q_inconsistency_p(self) -> float | NotAssessable:
        """p value of :attr:`q_inconsistency`."""
        q = self.q_inconsistency
        return q if isinstance(q, NotAssessable) else _p("inconsistency", q, self.q_inconsistency_df, NO_DF)

    @property
    def no_loop_reason(self) -> str:
        """Why inconsistency cannot be tested, for a network without a loop of independent trials."""
        size = len(self.treatments)
        hubs = [label for at, label in enumerate(self.treatments) if self._is_hub(at)]
        if size == 2:
            shape = "has two treatments only"
        elif hubs:
            shape = f"is a star around {hubs[0]} without a loop"
        elif (self.data.arms_per_study > 2).any():
            shape = "has no loop other than those inside multi-arm trials"
        else:
            shape = "is a tree of comparisons without a loop"
        return f"the network {shape}, so no comparison has both direct and indirect evidence"

    def _is_hub(self, treatment: int) -> bool:
        return bool(np.all((self.direct.i == treatment) | (self.direct.j == treatment)))

    @cached_property
    def common(self) -> NetworkMeta:
        """The same network under a common effect (tau2 = 0)."""
        return self.refit(tau2="FE")

    @answerable
    def refit(self, **changes: Any) -> NetworkMeta:
        """The same trials under another spec, e.g. ``refit(tau2="REML")``.

        Args:
            **changes: the fields of :class:`NetworkSpec` that differ.

        Returns:
            The refitted network.

        Example:
            >>> import tmsmeta as tm
            >>> arms = {"study": list("AABB"), "treatment": list("PXPY"), "events": [3, 9, 4, 11], "n": [30] * 4}
            >>> tm.network(arms, measure="OR", reference="P", better="higher").refit(tau2="FE").spec.tau2
            'FE'
        """
        check_names(changes, [field.name for field in fields(NetworkSpec)])
        return fit_network(self.data, replace(self.spec, **changes))

    @answerable
    def index(self, treatment: object) -> int:
        """Position of `treatment` in the matrices; a number, or another case, blanks and hyphens, will do.

        Raises:
            InvalidInputError: an unknown label.
        """
        return self.treatments.index(the_treatment("treatment", treatment, self.treatments))

    def to_frame(self) -> pd.DataFrame:
        """Long table, one line for each pair: ``treat1 treat2 estimate se ci_low ci_high prediction_low
        prediction_high trials direct_share note``, treat1 against treat2."""
        import pandas as pd

        i, j = np.triu_indices(len(self.treatments), 1)
        names = np.array(self.treatments, dtype=object)
        estimate, se, half = self.effect_matrix[i, j], self.se_matrix[i, j], self.prediction_half_width
        reach = np.full(len(i), np.nan) if isinstance(half, NotAssessable) else half[i, j]
        return pd.DataFrame(
            {
                "treat1": names[i],
                "treat2": names[j],
                "estimate": estimate,
                "se": se,
                "ci_low": estimate - self.critical * se,
                "ci_high": estimate + self.critical * se,
                "prediction_low": estimate - reach,
                "prediction_high": estimate + reach,
                "trials": self.direct_trials[i, j],
                "direct_share": self.direct_share.to_numpy()[i, j],
                "note": notes((self.quantile, half)),
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; what cannot be assessed is ``{"not_assessable": reason}``."""
        return {
            "measure": self.measure,
            "reference": self.reference,
            "better": self.better,
            "spec": self.spec.to_dict(),
            "treatments": list(self.treatments),
            "k": self.k,
            "tau2": to_plain(self.tau2),
            "q": self.q,
            "q_df": self.q_df,
            "q_p": to_plain(self.q_p),
            "i2": to_plain(self.i2),
            "q_heterogeneity": to_plain(self.q_heterogeneity),
            "q_heterogeneity_df": self.q_heterogeneity_df,
            "q_heterogeneity_p": to_plain(self.q_heterogeneity_p),
            "q_inconsistency": to_plain(self.q_inconsistency),
            "q_inconsistency_df": self.q_inconsistency_df,
            "q_inconsistency_p": to_plain(self.q_inconsistency_p),
            "comparisons": to_plain(self.to_frame()),
            "excluded": [e._asdict() for e in self.data.excluded],
            "notes": list(self.data.notes),
        }

    def to_r(self) -> str:
        """An R script with its data that repeats the network with netmeta, beside our numbers."""
        from tmsmeta.networks.r_script import network_in_r

        return network_in_r(self)

    def methods_sentence(self) -> str:
        """How the network was made, for a methods section."""
        return sentences.methods_sentence(self)

    def result_sentence(self) -> str:
        """Every effect against the reference with its interval, for a results section."""
        return sentences.result_sentence(self)

    def _frame(self, matrix: Floats) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame(matrix, index=list(self.treatments), columns=list(self.treatments))


def _p(what: str, q: float, df: int, reason: str) -> float | NotAssessable:
    return float(chdtrc(df, q)) if df > 0 else NotAssessable(what, reason)


@answerable
def fit_network(data: NetworkData, spec: NetworkSpec | None = None) -> NetworkMeta:
    """Fit trials that are already assembled.

    Args:
        data: the trials.
        spec: how to analyse them; what it says about measure, reference, direction and how the trials were read
            must be as in `data`, or be left out.

    Returns:
        The fitted network, as of :func:`network`.

    Raises:
        InvalidInputError: something else than trials, or a spec that contradicts them.
        DisconnectedNetworkError: naming the parts.
        ConvergenceError: when ML or REML finds no maximum.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> data = tm.networks.network_data(arms, measure="OR", reference="P", better="higher")
        >>> net = tm.networks.fit_network(data)
        >>> {name: f"{log_ratio:.2f}" for name, log_ratio in zip(net.treatments, net.theta)}
        {'P': '0.00', 'X': '1.21', 'Y': '1.44'}
    """
    check_data(data)
    check_connected(data)
    chosen = (spec or NetworkSpec()).completed(data.made)
    return NetworkMeta(data, chosen, fit_data(data, chosen.tau2))


def check_network(net: object, *others: type, argument: str = "net") -> None:
    """Raise unless this is a fitted network, or one of the `others` that a function takes as well."""
    what = "a fitted network, as network() and network_from_contrasts() give"
    check_kind(argument, net, (NetworkMeta, *others), what + ("" if not others else ", or a component model"))
