"""What a network meta-analysis of several outcomes answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtrc, ndtr, ndtri, owens_t, stdtr

from tmsmeta.errors import NotAssessable, check_option
from tmsmeta.models.multivariate.boundary import boundary_in_words, correlations
from tmsmeta.models.multivariate.likelihood import Blocks
from tmsmeta.models.multivariate.spec import JointSpec
from tmsmeta.networks.answers.partial_order import PartialOrder, partial_order
from tmsmeta.networks.answers.ranking import p_scores, share_against_reference
from tmsmeta.networks.input.independent_contrasts import Floats
from tmsmeta.networks.model.result import NetworkMeta, fit_network
from tmsmeta.pooling.t_quantile import t_quantile
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import counted, listed
from tmsmeta.words.numbers import level, number, percent, tau2
from tmsmeta.words.results import HypothesisTest, Result, to_plain
from tmsmeta.words.sentences import closing

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class OutcomeNetwork(NetworkMeta):
    """One outcome of a joint network: its trials, with the effects and their covariance from all outcomes together.

    Ranks, league tables, partial orders and figures follow the joint effects. What shares evidence out among trials
    (node splits, contributions, direct shares) is of this outcome's own trials at the joint tau2.

    Attributes:
        joint_theta: effect of each treatment against the reference, shape (n,).
        joint_covariance: theirs, shape (n, n), zero in the row and column of the reference.
    """

    joint_theta: Floats
    joint_covariance: Floats

    @cached_property
    def theta(self) -> Floats:
        """Effect of each treatment against the reference, shape (n,)."""
        return self.joint_theta

    @cached_property
    def covariance(self) -> Floats:
        """Covariance of :attr:`theta`, shape (n, n)."""
        return self.joint_covariance


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class JointNetwork(Result):
    """Networks of p outcomes from one model of all of them.

    Attributes:
        networks: the networks given, by outcome.
        beta: effect of each treatment but the reference, outcome by outcome in the order of the treatments of its
            network, on the scale of the measures, shape (q,).
        covariance: theirs, shape (q, q).
        between: between-study covariance of the outcomes, the same for every comparison, shape (p, p).
        q, q_df: Cochran's Q of all outcomes together around the common-effect estimates.
        log_likelihood: at the estimate, restricted with REML; up to a constant that depends on how contrasts are
            written.
        alone: variance of each effect from the trials of its own outcome, at the same between-study variance, (q,).
        within: how the covariances within trials were found, in words.
        shared: number of trials with more than one outcome.
        k: number of trials.
        blocks: the trials as the likelihood reads them.
        spec: the choices.
    """

    networks: Mapping[str, NetworkMeta]
    beta: Floats
    covariance: Floats
    between: Floats
    q: float
    q_df: int
    log_likelihood: float
    alone: Floats
    within: str
    shared: int
    k: int
    blocks: Blocks
    spec: JointSpec

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes."""
        return tuple(self.networks)

    @property
    def reference(self) -> str:
        """The treatment against which effects are stated."""
        return next(iter(self.networks.values())).reference

    @property
    def se(self) -> Floats:
        """Standard errors of `beta`, shape (q,)."""
        return np.sqrt(self.covariance.diagonal())

    @property
    def tau2(self) -> Floats:
        """Between-study variance of each outcome, shape (p,)."""
        return self.between.diagonal().copy()

    @property
    def borrowing(self) -> Floats:
        """Percentage of the information on each effect that comes from the other outcomes, shape (q,)."""
        # a share that rounding pushes below 0 is 0
        return np.asarray(100 * np.maximum(0.0, 1 - self.covariance.diagonal() / self.alone))

    @cached_property
    def correlation(self) -> Floats | NotAssessable:
        """Between-study correlations, shape (p, p), or why there are none."""
        typical = [float(np.sqrt(np.median(net.data.pairs.variance))) for net in self.networks.values()]
        told = self.spec.correlation_held or self.shared > 0
        return correlations(self.between, self.outcomes, np.array(typical), told=told)

    @cached_property
    def boundary(self) -> str:
        """What of the between-study covariance lies at its boundary, in words; empty if nothing does."""
        return boundary_in_words(self.correlation, self.spec.correlation_held)

    @property
    def q_test(self) -> HypothesisTest:
        """The test of heterogeneity and inconsistency of all outcomes together."""
        null = "every comparison has one effect in all trials, and effects are consistent"
        p = float(chdtrc(self.q_df, self.q)) if self.q_df > 0 else NotAssessable("test", "no degree of freedom")
        return HypothesisTest(null=null, statistic=self.q, df=self.q_df, p_value=p)

    def between_intervals(self) -> pd.DataFrame:
        """Profile likelihood intervals of the between-study variances and correlations of the outcomes.

        One row for each that is estimated: ``parameter estimate low high note``, on the scale of the measures.
        NaN where there is none; ``note`` then has the reason, and says where a limit is that of what a correlation can
        be. A limit of 0 of a variance was not excluded.

        References:
            Hardy & Thompson, Stat Med 1996;15:619.
        """
        from tmsmeta.models.multivariate.between_intervals import between_frame

        return between_frame(self.blocks, self.spec, self.between, self.outcomes, self.correlation)

    @cached_property
    def _places(self) -> dict[str, tuple[list[int], slice]]:
        """For each outcome, the treatments that have an effect, and where these stand in `beta`."""
        found, start = {}, 0
        for name, net in self.networks.items():
            rows = [i for i, t in enumerate(net.treatments) if t != net.reference]
            found[name] = (rows, slice(start, start + len(rows)))
            start += len(rows)
        return found

    @answerable
    def outcome(self, name: str) -> OutcomeNetwork:
        """One outcome with its joint effects, for :func:`tmsmeta.rank`, league tables and figures.

        Raises:
            UnknownOptionError: an outcome that is not there.
        """
        check_option("name", name, self.outcomes)
        rows, place = self._places[name]
        n, given = len(self.networks[name].treatments), self.networks[name]
        theta, covariance = np.zeros(n), np.zeros((n, n))
        theta[rows], covariance[np.ix_(rows, rows)] = self.beta[place], self.covariance[place, place]
        own = float(self.tau2[self.outcomes.index(name)])
        own_fit = fit_network(given.data, replace(given.spec, tau2=own, ci="z", level=self.spec.level))
        return OutcomeNetwork(own_fit.data, own_fit.spec, own_fit.fit, theta, covariance)

    def by_outcome(self) -> dict[str, OutcomeNetwork]:
        """Every outcome, for :func:`tmsmeta.figures.two_outcomes` and :func:`tmsmeta.partial_order`."""
        return {name: self.outcome(name) for name in self.outcomes}

    def partial_order(self) -> PartialOrder:
        """Which treatments are at least as good on all outcomes and better on one, by P-score."""
        return partial_order(self.by_outcome())

    def ranking(self) -> pd.DataFrame:
        """Treatments over all outcomes, best mean P-score first.

        One row per treatment that every outcome has: ``treatment``, then for each outcome ``p_score <outcome>``,
        ``trials <outcome>``, ``direct_share <outcome>`` (of its own trials), and ``estimate <outcome>``, ``ci_low
        <outcome>``, ``ci_high <outcome>`` (against the reference, on the scale of its measure); ``mean_p_score``; with
        two outcomes ``both``, the mean chance to be better than another treatment on both at once, from the joint
        distribution of their effects; and ``level`` of the partial order.
        """
        return self._ranking.copy()

    @cached_property
    def _ranking(self) -> pd.DataFrame:
        import pandas as pd

        nets = self.by_outcome()
        order = partial_order(nets)
        frame = pd.DataFrame({"treatment": order.treatments})
        table = self.to_frame().set_index(["outcome", "treatment"])
        for name, net in nets.items():
            rows, share = [net.index(t) for t in order.treatments], share_against_reference(net)
            own = {"p_score": p_scores(net), "trials": net.data.trials_of()[0], "direct_share": share}
            for column, values in own.items():
                frame[f"{column} {name}"] = values[rows]
            for column in ("estimate", "ci_low", "ci_high"):
                found = [table[column].get((name, t), np.nan) for t in order.treatments]
                frame[f"{column} {name}"] = found
        frame["mean_p_score"] = frame[[f"p_score {name}" for name in nets]].mean(axis=1)
        if len(nets) == 2:
            frame["both"] = self._better_on_both(nets, order.treatments)
        height = {t: place for place, group in enumerate(order.levels, start=1) for t in group}
        frame["level"] = [height[t] for t in order.treatments]
        return frame.sort_values("mean_p_score", ascending=False, kind="stable", ignore_index=True)

    def _better_on_both(self, nets: Mapping[str, OutcomeNetwork], treatments: tuple[str, ...]) -> Floats:
        """Mean chance of each treatment to be better than another on both of two outcomes."""
        m, q = len(treatments), len(self.beta)
        pick = np.zeros((2, m, q))
        for j, (name, net) in enumerate(nets.items()):
            rows, place = self._places[name]
            labels = [net.treatments[r] for r in rows]
            for i, treatment in enumerate(treatments):
                if treatment in labels:
                    pick[j, i, place.start + labels.index(treatment)] = net.data.sign
        difference = pick[:, :, None, :] - pick[:, None, :, :]
        mean = difference @ self.beta
        spread = np.einsum("jtuq,qr,ktur->tujk", difference, self.covariance, difference, optimize=True)
        sd = np.sqrt(np.einsum("tujj->jtu", spread))
        own = np.eye(m, dtype=bool)
        sd[:, own] = 1.0
        h = mean / sd
        chance = both_below(h[0], h[1], spread[:, :, 0, 1] / (sd[0] * sd[1]))
        chance[own] = 0.0
        return np.asarray(chance.sum(axis=1) / (m - 1))

    def to_frame(self) -> pd.DataFrame:
        """One row per outcome and treatment: ``outcome treatment estimate se ci_low ci_high p_value borrowing``."""
        import pandas as pd

        names = [(name, net.treatments[r]) for name, net in self.networks.items() for r in self._places[name][0]]
        z = self.spec.ci == "z" or self.q_df < 1
        reach = self.se * (ndtri(0.5 + self.spec.level / 2) if z else t_quantile(self.q_df, self.spec.level))
        size = np.abs(self.beta) / self.se
        return pd.DataFrame(
            {
                "outcome": [name for name, _ in names],
                "treatment": [treatment for _, treatment in names],
                "estimate": self.beta,
                "se": self.se,
                "ci_low": self.beta - reach,
                "ci_high": self.beta + reach,
                "p_value": 2 * (ndtr(-size) if z else stdtr(self.q_df, -size)),
                "borrowing": self.borrowing,
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON."""
        return {
            "reference": self.reference,
            "effects": to_plain(self.to_frame()),
            "ranking": to_plain(self._ranking),
            **self.plain_fields(
                without=("networks", "beta", "alone", "blocks", "spec"), more=("tau2", "correlation", "boundary")
            ),
            "spec": to_plain(self.spec),
        }

    def result_sentence(self) -> str:
        """What came out, in sentences for a results section."""
        parts = []
        for j, name in enumerate(self.outcomes):
            _, place = self._places[name]
            gain = self.borrowing[place]
            parts.append(
                f"{name}: tau2 = {tau2(float(self.tau2[j]))}, {percent(float(gain.min()))} to "
                f"{percent(float(gain.max()))} of the information on its effects comes from the other outcomes"
            )
        best = self._ranking.iloc[0]
        scores = listed([f"{number(float(best[f'p_score {name}']))} on {name}" for name in self.outcomes])
        edge = f" Note: {self.boundary}." if self.boundary else ""
        rho = self.correlation
        tie = (
            "" if isinstance(rho, NotAssessable) or len(rho) > 2 else f" Between-study correlation {number(rho[0, 1])}."
        )
        return (
            f"{counted(self.k, 'trial')}, {self.shared} of them with several outcomes. {'; '.join(parts)}.{tie} "
            f"Highest mean P-score: {best['treatment']} ({scores}). Q = {self.q_test}.{edge}"
        )

    def methods_sentence(self) -> str:
        """How it was made, in sentences for a methods section."""
        structure = {"unstructured": "an unstructured", "compound": "a compound-symmetric", "diagonal": "a diagonal"}
        held = self.spec.between_correlation
        correlation = "" if held is None else f", its correlation held at {number(held)}"
        intervals = "normal" if self.spec.ci == "z" else f"t ({self.q_df} degrees of freedom)"
        return (
            f"Networks of {listed(self.outcomes)} against {self.reference} were fitted together by {self.spec.method} "
            f"(Efthimiou et al. 2014), with consistent effects and {structure[self.spec.structure]} between-study "
            f"covariance of the outcomes, common to all comparisons{correlation}; the covariance within trials was "
            f"taken {self.within}; {level(self.spec.level)} intervals used {intervals} quantiles. {closing('', ())}"
        )


def both_below(h: Floats, k: Floats, rho: Floats) -> Floats:
    """Chance that two standard normals with correlation `rho` stay below h and k (Owen, Ann Math Stat 1956;27:1075)."""
    rho = np.clip(rho, -1 + 1e-12, 1 - 1e-12)
    root = np.sqrt((1 - rho) * (1 + rho))
    # a value of exactly 0 has the limit of those beside it
    h, k = (np.where(np.abs(x) < 1e-15, 1e-15, x) for x in (h, k))
    apart = owens_t(h, (k - rho * h) / (h * root)) + owens_t(k, (h - rho * k) / (k * root))
    return np.asarray((ndtr(h) + ndtr(k)) / 2 - apart - np.where(h * k < 0, 0.5, 0.0))
