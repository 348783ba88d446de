"""Bootstrap intervals for the pooled effect and the between-study variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from scipy.special import ndtr, ndtri

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable, check_level, check_option
from tmsmeta.pooling import PooledEffect, estimable_rows, pool_by
from tmsmeta.pooling.many.fit import BLOCK, pool_columns
from tmsmeta.pooling.many.result import PooledRows
from tmsmeta.pooling.spec import Profile, spec_without_counts
from tmsmeta.robustness.resampling.permutation import PermutationTest, permutation_test
from tmsmeta.words.arguments import answerable
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Bootstrap", "PermutationTest", "bootstrap", "permutation_test"]

Kind = Literal["percentile", "basic", "studentised", "bca"]
Method = Literal["parametric", "nonparametric"]
KINDS: tuple[Kind, ...] = get_args(Kind)
STATISTICS = ("estimate", "tau2", "i2")


@dataclass(frozen=True, kw_only=True, repr=False)
class Bootstrap(Brief):
    """Pooled effects of data sets drawn from the one at hand.

    Attributes:
        method: ``parametric``: estimates drawn from the normal distribution of the fitted random-effects model, with
            the variances as they are; ``nonparametric``: studies drawn with replacement.
        pooled: the data at hand, pooled.
        rows: the pooled effects of the replicates, arrays of shape (B,).
        seed: seed of the draws.
    """

    method: str
    pooled: PooledEffect
    rows: PooledRows
    seed: int

    def in_short(self) -> str:
        """The pooled effect with its percentile interval."""
        natural = self.pooled.effects.natural
        pooled, limits = natural.text(self.pooled.estimate), natural.interval(self.interval())
        return f"{len(self):,} {self.method} replicates: pooled {natural.label} {pooled}, percentile interval {limits}."

    def __len__(self) -> int:
        return len(self.rows)

    def interval(
        self, statistic: str = "estimate", kind: Kind = "percentile", level: float | None = None
    ) -> tuple[float, float] | NotAssessable:
        """Limits for a statistic, on the scale of the estimates (tau2: squared, i2: percent).

        Args:
            statistic: ``estimate tau2 i2``.
            kind: ``percentile``; ``basic`` (percentile limits mirrored at the estimate); ``studentised`` (for the
                estimate only: quantiles of (replicate - estimate) / se); ``bca`` (bias-corrected and accelerated, for
                nonparametric replicates).
            level: confidence level; that of the spec by default.

        Raises:
            InvalidInputError: a level that does not lie between 0 and 1.
            UnknownOptionError: an option outside its list.

        References:
            Efron & Tibshirani, An Introduction to the Bootstrap 1993, chs. 12 to 14.
        """
        level = self.pooled.spec.level if level is None else level
        check_level(level)
        check_option("statistic", statistic, STATISTICS)
        check_option("kind", kind, KINDS)
        observed = getattr(self.pooled, statistic)
        if isinstance(observed, NotAssessable):
            return observed
        tail = (1 - level) / 2
        found = getattr(self.rows, statistic)
        if kind == "percentile":
            return _quantiles(found, tail, 1 - tail)
        if kind == "basic":
            low, high = _quantiles(found, tail, 1 - tail)
            return 2 * observed - high, 2 * observed - low
        if kind == "studentised":
            return self._studentised(statistic, tail)
        return self._bca(statistic, observed, found, tail)

    def _studentised(self, statistic: str, tail: float) -> tuple[float, float] | NotAssessable:
        se = self.pooled.se
        if statistic != "estimate" or isinstance(se, NotAssessable):
            return NotAssessable("studentised interval", "needs a standard error, which only the estimate has")
        usable = self.rows.se > 0
        scaled = (self.rows.estimate[usable] - self.pooled.estimate) / self.rows.se[usable]
        low, high = _quantiles(scaled, tail, 1 - tail)
        return self.pooled.estimate - high * se, self.pooled.estimate - low * se

    def _bca(self, statistic: str, observed: float, found: Floats, tail: float) -> tuple[float, float] | NotAssessable:
        what = "bias-corrected and accelerated interval"
        if self.method != "nonparametric":
            return NotAssessable(what, "is defined for the nonparametric bootstrap")
        if self.pooled.k < 3:
            return NotAssessable(what, f"needs at least 3 studies, got {self.pooled.k}")
        below = float(((found < observed).mean() + (found <= observed).mean()) / 2)
        if not 0 < below < 1:
            return NotAssessable(what, "all replicates lie on one side of the observed value")
        spread = _jackknife(self.pooled, statistic)
        cubes, squares = float((spread**3).sum()), float((spread**2).sum())
        acceleration = cubes / (6 * squares**1.5) if squares > 0 else 0.0
        shift = ndtri(below) + ndtri(np.array([tail, 1 - tail]))
        low, high = ndtr(ndtri(below) + shift / (1 - acceleration * shift))
        return _quantiles(found, float(low), float(high))

    def intervals(self, level: float | None = None) -> pd.DataFrame:
        """All intervals in one table: ``statistic kind estimate ci_low ci_high note``."""
        import pandas as pd

        records = []
        for statistic in STATISTICS:
            observed = getattr(self.pooled, statistic)
            for kind in KINDS:
                limits = self.interval(statistic, kind, level)
                missing = isinstance(limits, NotAssessable)
                low, high = (np.nan, np.nan) if isinstance(limits, NotAssessable) else limits
                record = {"statistic": statistic, "kind": kind, "ci_low": low, "ci_high": high}
                record["estimate"] = np.nan if isinstance(observed, NotAssessable) else observed
                records.append(record | {"note": str(limits) if missing else ""})
        return pd.DataFrame(records)[["statistic", "kind", "estimate", "ci_low", "ci_high", "note"]]

    def to_frame(self) -> pd.DataFrame:
        """One row per replicate: ``estimate se tau2 i2 q``."""
        import pandas as pd

        return pd.DataFrame({name: getattr(self.rows, name) for name in ("estimate", "se", "tau2", "i2", "q")})


def _quantiles(values: Floats, low: float, high: float) -> tuple[float, float]:
    found = np.quantile(values, [low, high])
    return float(found[0]), float(found[1])


def _jackknife(pooled: PooledEffect, statistic: str) -> Floats:
    """Mean of the leave-one-out values minus each of them, shape (k,)."""
    k = pooled.k
    others = np.array([[j for j in range(k) if j != i] for i in range(k)]).T
    rows = PooledRows.join(
        [pool_columns(pooled.effects.yi[others], pooled.effects.vi[others], pooled.spec)], pooled.spec
    )
    values: Floats = getattr(rows, statistic)
    return values.mean() - values


@answerable
def bootstrap(
    effects: EffectSizes,
    *,
    method: Method = "parametric",
    replicates: int = 10_000,
    seed: int = 0,
    profile: Profile | None = None,
    **spec: Any,
) -> Bootstrap:
    """Pool many data sets drawn from the one at hand.

    Args:
        effects: k studies, at least 2; those without an estimate are left out first.
        method: ``parametric`` or ``nonparametric``, see :class:`Bootstrap`.
        replicates: number of data sets drawn.
        seed: seed of the draws; the same seed gives the same replicates.
        profile: a complete spec, or its name; a choice that is given as well must agree with it.
        **spec: the fields of :class:`~tmsmeta.PoolingSpec`.

    Returns:
        The replicates beside the pooled effect of the data, with percentile intervals.

    Raises:
        InvalidInputError: fewer than two studies with an estimate, or `replicates` not above 0.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.15, 0.3, 0.2], study=["A", "B", "C", "D"])
        >>> result = tm.bootstrap(trials, replicates=500, seed=1, tau2="DL")
        >>> len(result.to_frame()), result.method
        (500, 'parametric')

    References:
        van den Noortgate & Onghena, Behav Res Methods 2005;37:11 (parametric and nonparametric, for meta-analysis).
    """
    check_option("method", method, get_args(Method))
    choices = spec_without_counts(profile, spec)
    kept = estimable_rows(effects, choices)
    faults = []
    if kept.k < 2:
        faults.append(Issue(None, "effects", kept.k, "must hold at least 2 studies with an estimate."))
    if not (isinstance(replicates, int) and replicates > 0):
        faults.append(Issue(None, "replicates", replicates, "must be a whole number above 0."))
    if faults:
        raise InvalidInputError(faults)
    pooled = pool_by(kept, choices)
    rng = np.random.default_rng(seed)
    size = max(1, BLOCK // kept.k)
    blocks = [
        pool_columns(*_draw(pooled, method, min(size, replicates - done), rng), choices)
        for done in range(0, replicates, size)
    ]
    return Bootstrap(method=method, pooled=pooled, rows=PooledRows.join(blocks, choices), seed=seed)


def _draw(pooled: PooledEffect, method: str, count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Estimates and variances of `count` data sets, each of shape (k, count)."""
    y, v = pooled.effects.yi, pooled.effects.vi
    if method == "nonparametric":
        chosen = rng.integers(0, pooled.k, (pooled.k, count))
        return y[chosen], v[chosen]
    tau2 = 0.0 if isinstance(pooled.tau2, NotAssessable) else pooled.tau2
    draws = rng.standard_normal((pooled.k, count))
    draws *= np.sqrt(v + tau2)[:, None]
    draws += pooled.estimate
    return draws, np.broadcast_to(v[:, None], draws.shape)
