"""Subgroups: one pool each, and the test between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tmsmeta.effects.base import EffectSizes, check_effects
from tmsmeta.effects.generic import generic
from tmsmeta.effects.pairing import row_values
from tmsmeta.effects.transform import natural_columns
from tmsmeta.errors import Issue, NotAssessable
from tmsmeta.models.regression.between import WHAT, Between, FactorModel, TestName, between_test, narrow_residuals
from tmsmeta.pooling import PooledEffect, PoolingSpec, pool_by
from tmsmeta.pooling.clusters import check_clusters, clustered, robust_spec
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS, Tau2Estimate
from tmsmeta.pooling.robust import ROBUST
from tmsmeta.pooling.sentences import compared, effects_sentences, spec_sentence
from tmsmeta.pooling.shared_rows import shared_rows_caution
from tmsmeta.pooling.spec import Profile, pooling_spec
from tmsmeta.pooling.zero_cells import by_rule
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import studies
from tmsmeta.words.numbers import number, p_value
from tmsmeta.words.results import HypothesisTest, Result, degrees, notes, to_cell
from tmsmeta.words.sentences import closing

if TYPE_CHECKING:
    import pandas as pd

_TESTS = {
    "F": "the F test of a meta-regression with the subgroup as a factor{one_tau2} (Knapp & Hartung 2003)",
    "robust": "the cluster-robust F test of a meta-regression with the subgroup as a factor{one_tau2} (Pustejovsky & "
    "Tipton 2018)",
    "chi-square": "the Q test for heterogeneity between subgroups, against chi-square",
}
_LIBERAL = (
    "chi-square takes the standard errors as known and finds differences too often where subgroups hold few studies"
)
_FEW = 10  # studies in a subgroup; with more, chi-square finds 6 to 7 % instead of 5 % (benchmarks/README.md)
_CLOSE = (
    "the studies within subgroups agree more closely than their errors allow, and without that there is no "
    "difference; ci='hksj-adhoc' guards against it"
)


@dataclass(frozen=True, kw_only=True, repr=False)
class Subgroups(Result):
    """Pooled effects of subgroups of studies, and the test between them.

    Attributes:
        pools: the pooled effect of each subgroup, by label as text (1 is ``"1"``), in the order in which the labels
            first occur.
        q_between: heterogeneity between the subgroup effects, sum of (estimate - mean)^2 / se^2 with the mean weighted
            by 1 / se^2; the standard errors are those of the pools (for a single study, its own).
        test_name: ``F``, the test of the meta-regression with the subgroup as a factor, one residual tau2 and the same
            kind of interval (Knapp & Hartung 2003), or ``chi-square``, `q_between` against chi-square: for ``ci="z"``,
            and for profiles of programs that use it whatever the interval.
        statistic: what that test refers to its distribution: F, or `q_between`.
        df: number of subgroups minus 1.
        df_residual: denominator degrees of freedom of F, studies minus subgroups, or by the clusters where the errors
            are cluster-robust; None with chi-square.
        p_value: of `statistic`.
        common_tau2: whether all subgroups share one tau2.
        tau2: the shared tau2, from the model with the subgroup as a factor; not assessable where each has its own.
        overall: the pool of all studies in one stage, subgroups ignored.
        spec: the choices made.
        left_out: studies without an estimate, each with the reason.
        note: what a reader must know about the test, or an empty text.
    """

    pools: Mapping[str, PooledEffect]
    q_between: float | NotAssessable
    test_name: TestName
    statistic: float | NotAssessable
    df: int
    df_residual: float | None
    p_value: float | NotAssessable
    common_tau2: bool
    tau2: float | NotAssessable
    overall: PooledEffect
    spec: PoolingSpec
    left_out: tuple[Issue, ...] = ()
    note: str = ""

    @cached_property
    def pool_of_subgroups(self) -> PooledEffect | NotAssessable:
        """The subgroup estimates pooled as if each were a study, with the same spec.

        A two-stage pool weighs subgroups, not studies; its tau2 is the variance between subgroups. Some reviews print
        it as their overall row, where it differs from the pool of all studies in :attr:`overall`.
        """
        if self.spec.ci in ROBUST:
            reason = "clusters may reach across subgroups, whose estimates are then not independent"
            return NotAssessable("pool of subgroups", reason)
        exact = [label for label, pool in self.pools.items() if _standard_error(pool) == 0.0]
        if exact:
            return NotAssessable("pool of subgroups", f"the standard error is 0 in: {', '.join(exact)}")
        return pool_by(_as_studies(self.pools), replace(self.spec, zero_rule=None))

    def to_frame(self) -> pd.DataFrame:
        """One row per subgroup: ``subgroup k estimate se ci_low ci_high p_value tau2 i2 q q_df q_p note``.

        The last row, ``overall``, is the pool of all studies in one stage. Ratios also as ``ratio ratio_low
        ratio_high``, proportions and rates on another scale likewise.
        NaN where a number is not assessable; ``note`` says why.
        """
        import pandas as pd

        return pd.DataFrame([_row(label, pool) for label, pool in (*self.pools.items(), ("overall", self.overall))])

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON; what is not assessable as ``{"not_assessable": reason}``."""
        last = ("spec", "left_out", "note")
        effects = self.overall.effects
        arms = {"comparator": effects.comparator, "treated": effects.treated}
        return arms | self.plain_fields(without=last, more=("pool_of_subgroups", *last))

    @property
    def test(self) -> HypothesisTest | NotAssessable:
        """The test between subgroups, or why there is none."""
        if isinstance(self.statistic, NotAssessable):
            return self.statistic
        null = "all subgroups share one effect"
        return HypothesisTest(
            null=null, statistic=self.statistic, df=self.df, df_residual=self.df_residual, p_value=self.p_value
        )

    def result_sentence(self, *, per: float | None = None) -> str:
        """What came out, in a sentence for a results section: each subgroup, and the test between them.

        Args:
            per: people or units of time that a proportion or a rate refers to, such as 1000.

        Raises:
            InvalidInputError: `per` for a measure that is no proportion and no rate.
        """
        natural = self.overall.effects.natural.per_unit(per)
        parts = [f"{label} {self._pool_text(pool, per)}" for label, pool in self.pools.items()]
        test, note = self.test, f" ({self.note})" if self.note else ""
        if isinstance(test, HypothesisTest):
            df = degrees(test.df, test.df_residual)
            name = "F" if self.test_name == "F" else "Q"
            between = f"{name} = {number(test.statistic)} on {df} df, {p_value(test.p_value)}{note}"
        else:
            between = str(test)
        arms = f", {who}," if (who := compared(self.overall.effects)) else ""
        found = f"Pooled {natural.label}{arms} by subgroup: {'; '.join(parts)}. Between subgroups: {between}."
        return " ".join(filter(None, [found, shared_rows_caution(self.overall.effects)]))

    def _pool_text(self, pool: PooledEffect, per: float | None) -> str:
        text, *ends = pool.effects.natural.per_unit(per).texts(pool.estimate, pool.ci)
        return f"{text} ({' to '.join(ends)}; {studies(pool.k)})"

    def to_r(self) -> str:
        """An R script with its data that repeats the subgroups and their test with metafor, beside our numbers."""
        from tmsmeta.models.regression.r_script import subgroups_in_r

        return subgroups_in_r(self)

    def methods_sentence(self) -> str:
        """How the subgroups were compared, in sentences for a methods section."""
        shared = "one tau2 for all subgroups (subgroup as a factor)"
        tau2 = shared if self.common_tau2 else "a separate tau2 in each subgroup"
        random = ESTIMATORS[self.spec.tau2].random
        variance = f" with {tau2}" if random else ""
        kind = "robust" if self.spec.ci in ROBUST else self.test_name
        test = _TESTS[kind].format(one_tau2=" and one residual tau2" if random else "")
        return (
            f"Studies were pooled in {len(self.pools)} subgroups{variance}; the subgroup effects were compared by "
            f"{test}. {spec_sentence(self.spec)} "
            f"{closing(effects_sentences(self.overall.effects), self.left_out)}"
        )


@answerable
def subgroups(
    effects: EffectSizes,
    by: Any,
    *,
    common_tau2: bool = False,
    profile: Profile | None = None,
    cluster: Any = None,
    robust: str | None = None,
    **spec: Any,
) -> Subgroups:
    """Pool subgroups of studies and test whether their effects differ.

    Args:
        effects: k rows; those without an estimate are left out and listed.
        by: one label per row of `effects`, none of them missing. A mapping by study, or a Series or one-column table
            whose index or column ``study`` holds the study labels, is paired by these, in any order; a list, an array
            or a Series with a default or row index by position. Labels are taken as text: 1 is the subgroup ``"1"``,
            1.0 is ``"1.0"``.
        common_tau2: estimate one tau2 from the model with the subgroup as a factor, instead of one per subgroup. With
            few studies per subgroup the common value is the steadier one (Borenstein et al., Introduction to
            Meta-Analysis 2009, ch. 19).
        profile: a complete spec, or its name; a choice that is given as well must agree with it.
        cluster: which rows depend on each other: one label per row of `effects`, paired like `by`, or ``"study"`` for
            the study labels. The pools and the test between them are then cluster-robust; a cluster may have rows in
            several subgroups.
        robust: ``CR0``, ``CR1`` or ``CR2``; ``CR2`` if not given.
        **spec: the fields of :class:`~tmsmeta.PoolingSpec`: ``tau2``, ``ci``, ``level``, ...

    Returns:
        A pooled effect for each subgroup, in the order in which they first occur, and the test between them.

    Raises:
        InvalidInputError: missing or empty labels, a number of labels other than k, keys that are not the studies, no
            study with an estimate.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.15, 0.3, 0.2], study=["A", "B", "C", "D"])
        >>> groups = tm.subgroups(trials, ["left", "right", "right", "left"], tau2="FE", ci="z")
        >>> {name: f"{pool.estimate:.2f}" for name, pool in groups.pools.items()}, f"p = {groups.p_value:.4f}"
        ({'left': '0.80', 'right': '0.18'}, 'p = 0.0015')

    References:
        Borenstein & Higgins, Prev Sci 2013;14:134.
    """
    check_effects(effects)
    if cluster is not None or robust is not None:
        effects, kind = clustered(effects, cluster, robust, spec.pop("ci", None))
        choices = robust_spec(pooling_spec(profile, spec), kind)
    else:
        choices = pooling_spec(profile, spec)
    check_clusters(effects, choices.ci)
    labels = np.array([str(label) for label in row_values("by", by, effects, "label")])
    effects = by_rule(effects, choices)
    overall = pool_by(effects, choices)
    keep = effects.estimable
    order = list(dict.fromkeys(labels[keep].tolist()))
    groups = {label: effects.subset(labels == label) for label in order}
    factor = FactorModel(effects.subset(keep), labels[keep], order)
    tau2: Tau2Estimate | NotAssessable = NotAssessable("common tau2", "each subgroup has its own tau2")
    if common_tau2:
        tau2 = factor.tau2(choices.tau2)
    held = tau2 if isinstance(tau2, Tau2Estimate) else None
    pools = {label: pool_by(group, choices, held) for label, group in groups.items()}
    q_between = _q_between(pools)
    test = between_test(factor, q_between, choices)
    return Subgroups(
        pools=pools,
        q_between=q_between,
        **test._asdict(),
        common_tau2=common_tau2,
        tau2=tau2.tau2 if isinstance(tau2, Tau2Estimate) else tau2,
        overall=overall,
        spec=choices,
        left_out=overall.left_out,
        note=_note(pools, factor, test, choices),
    )


def _as_studies(pools: Mapping[str, PooledEffect]) -> EffectSizes:
    """The pools as studies; one without an adjusted standard error, a single study, keeps the plain one."""
    any_pool = next(iter(pools.values()))
    return generic(
        [pool.estimate for pool in pools.values()],
        se=[_standard_error(pool) for pool in pools.values()],
        measure=any_pool.effects.measure,
        study=list(pools),
        treated=any_pool.effects.treated,
        comparator=any_pool.effects.comparator,
    )


def _standard_error(pool: PooledEffect) -> float:
    if not isinstance(pool.se, NotAssessable):
        return pool.se
    tau2 = 0.0 if isinstance(pool.tau2, NotAssessable) else pool.tau2
    return float((1 / (pool.effects.vi + tau2)).sum() ** -0.5)


def _q_between(pools: Mapping[str, PooledEffect]) -> float | NotAssessable:
    if len(pools) < 2:
        return NotAssessable(WHAT, "needs at least 2 subgroups, got 1")
    estimate = np.array([pool.estimate for pool in pools.values()])
    se = np.array([_standard_error(pool) for pool in pools.values()])
    if not se.all():
        return NotAssessable(WHAT, "a subgroup has a standard error of 0, since its estimates are all equal")
    weights = se**-2.0
    return float(weights @ (estimate - (weights @ estimate) / weights.sum()) ** 2)


def _note(pools: Mapping[str, PooledEffect], factor: FactorModel, test: Between, spec: PoolingSpec) -> str:
    """What a reader must know about the test."""
    if isinstance(test.statistic, NotAssessable):
        return str(test.statistic)
    chi_square = test.test_name == "chi-square"
    single = [label for label, pool in pools.items() if pool.k == 1]
    own = "; its own standard error was used" if chi_square else ""
    parts = [f"one study only in: {', '.join(single)}{own}"] if single else []
    assumed = spec.ci != "z" or ESTIMATORS[spec.tau2].random
    parts += [_LIBERAL] if chi_square and assumed and min(pool.k for pool in pools.values()) < _FEW else []
    parts += [_CLOSE] if narrow_residuals(factor, test, spec) else []
    return "; ".join(parts)


def _row(label: str, pool: PooledEffect) -> dict[str, Any]:
    nothing = (np.nan, np.nan)
    low, high = nothing if isinstance(pool.ci, NotAssessable) else pool.ci
    cells: dict[str, Any] = {"subgroup": label, "k": pool.k, "estimate": pool.estimate, "se": to_cell(pool.se)}
    cells |= {"ci_low": low, "ci_high": high}
    for name in ("p_value", "tau2", "i2", "q", "q_df", "q_p"):
        cells[name] = float(to_cell(getattr(pool, name)))
    effects = pool.effects
    natural = natural_columns(effects.measure, pool.estimate, low, high, n=effects.natural.size)
    cells |= {name: float(value) for name, value in natural.items()}
    return cells | {"note": notes((pool.ci, pool.tau2, pool.q_p))}
