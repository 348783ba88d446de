"""The power of single studies to detect one effect: what a sunset (power-enhanced) funnel plot shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr, ndtri

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.pooling import PooledEffect, pool_by
from tmsmeta.pooling.sentences import effects_sentences, spec_sentence
from tmsmeta.pooling.spec import Profile, pooling_spec
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import studies
from tmsmeta.words.numbers import number, percent
from tmsmeta.words.results import Result, to_plain
from tmsmeta.words.sentences import closing

if TYPE_CHECKING:
    import pandas as pd

_STEPS = 80  # halvings of an interval, more than the digits of a float


@dataclass(frozen=True, kw_only=True, repr=False)
class StudyPower(Result):
    """The power of each study to find one assumed effect, by its standard error.

    Attributes:
        effects: the studies that have an estimate, shape (k,).
        assumed: the effect for which power is given, on the scale of the measure (logs for ratios).
        assumed_given: whether the caller named it; otherwise it is the pooled effect.
        pooled: pooled effect of the studies.
        alpha: level of the two-sided test.
        power: power of each study, shape (k,), from `alpha` to 1.
        median_power: their median.
        observed: number of studies whose own two-sided Wald test has p below `alpha`.
        expected: how many would have it if every study estimated `assumed`: the sum of `power`.
        r_index: 2 median_power - observed / k; the median power less the excess of positive studies over it. Small or
            below 0 where studies found more than their power allows.
        left_out: labels of studies without an estimate, each with the reason.
    """

    effects: EffectSizes
    assumed: float
    assumed_given: bool
    pooled: PooledEffect
    alpha: float
    power: Floats
    median_power: float
    observed: int
    expected: float
    r_index: float
    left_out: tuple[Issue, ...] = ()

    @property
    def k(self) -> int:
        """Number of studies."""
        return self.effects.k

    @property
    def null(self) -> float:
        """No effect, on the scale of the measure."""
        return float(self.effects.info.null)

    @property
    def critical(self) -> float:
        """Distance from no effect, in standard errors, at which the test of a study is on the edge."""
        return float(ndtri(1 - self.alpha / 2))

    def se_at(self, power: Sequence[float]) -> Floats:
        """Standard errors at which a study has these powers, each above `alpha` and below 1; shape of `power`.

        All are 0 where the assumed effect is no effect.
        """
        wanted = np.asarray(power, dtype=float)
        low, high = np.zeros(wanted.shape), np.full(wanted.shape, 50.0)  # distance from no effect in standard errors
        for _ in range(_STEPS):
            middle = (low + high) / 2
            above = _power(middle, self.alpha) > wanted
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        return abs(self.assumed - self.null) / high

    def to_frame(self) -> pd.DataFrame:
        """One row per study: ``study yi se power p_value``, the last of its own two-sided Wald test."""
        import pandas as pd

        kept = self.effects
        columns = {"study": kept.study.astype(object), "yi": kept.yi, "se": kept.se, "power": self.power}
        return pd.DataFrame(columns | {"p_value": _p_values(kept)})

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON."""
        names = (
            "assumed",
            "assumed_given",
            "alpha",
            "median_power",
            "observed",
            "expected",
            "r_index",
            "k",
            "left_out",
        )
        found = {name: to_plain(getattr(self, name)) for name in names}
        return found | {"points": to_plain(self.to_frame())}

    def result_sentence(self) -> str:
        """What came out, in a sentence for a results section."""
        natural = self.pooled.effects.natural
        which = "" if self.assumed_given else "pooled "
        low, high = float(self.power.min()), float(self.power.max())
        return (
            f"Median power of {studies(self.k)} to find the {which}{natural.label} {natural.text(self.assumed)} at p < "
            f"{self.alpha:g}: {percent(100 * self.median_power)} (range {percent(100 * low)} to "
            f"{percent(100 * high)}); p < {self.alpha:g} in {self.observed} of them, where "
            f"{number(self.expected, 1)} would be expected; R-index {percent(100 * self.r_index)}."
        )

    def methods_sentence(self) -> str:
        """How it was made, in sentences for a methods section."""
        assumed = "an effect named beforehand" if self.assumed_given else "the pooled effect"
        main = (
            f"The power of each study to find {assumed} in a two-sided Wald test at {self.alpha:g} follows from its "
            "standard error (Kossmeier, Tran & Voracek, Z Psychol 2020;228:43); the R-index is twice the median power "
            f"less the share of studies with p < {self.alpha:g}."
        )
        how = "" if self.assumed_given else spec_sentence(self.pooled.spec)
        return " ".join(filter(None, [main, how, closing(effects_sentences(self.effects), self.left_out)]))


@answerable
def study_power(
    effects: EffectSizes,
    *,
    assumed: float | None = None,
    alpha: float = 0.05,
    profile: Profile | None = None,
    **spec: Any,
) -> StudyPower | NotAssessable:
    """The power of each study to find the pooled effect, or another one, by its standard error.

    With d = abs(assumed - no effect) / se and c the upper alpha / 2 quantile of the normal distribution, power is
    P(Z > c - d) + P(Z < -c - d). It says how a study of this size would fare if the assumed effect were true of it; the
    pooled effect may itself be inflated, and power then is too.

    Args:
        effects: k rows; those without an estimate are left out and listed.
        assumed: the effect to be found, on the scale of the measure (logs for ratios); the pooled effect if not given.
        alpha: level of the two-sided test of a study.
        profile: a complete spec of the pooled effect, or its name; a choice that is given as well must agree with it.
        **spec: the fields of :class:`~tmsmeta.PoolingSpec`: ``tau2``, ``ci``, ``level``, ... The paper pools by the
            common effect (``tau2="FE"``).

    Returns:
        The powers, or why there are none: a measure of single arms, which has no value of no effect.

    Raises:
        InvalidInputError: an `alpha` outside 0 to 1, an effect that is no number, or no study with an estimate.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.15, 0.3, 0.4], measure="SMD")
        >>> power = tm.study_power(trials, assumed=0.4)
        >>> [f"{share:.2f}" for share in power.power], f"median {power.median_power:.2f}"
        (['0.52', '0.76', '0.27', '0.17'], 'median 0.39')

    References:
        Kossmeier, Tran & Voracek, Z Psychol 2020;228:43 (sunset funnel plot); Schimmack, The replicability index
        (2016), https://replicationindex.com (R-index).
    """
    faults = []
    if not 0 < alpha < 1:
        faults.append(Issue(None, "alpha", alpha, "must lie between 0 and 1, such as 0.05."))
    if assumed is not None and not np.isfinite(assumed):
        faults.append(Issue(None, "assumed", assumed, "must be a number on the scale of the measure, logs for ratios."))
    if faults:
        raise InvalidInputError(faults)
    pooled = pool_by(effects, pooling_spec(profile, spec))
    kept = pooled.effects
    if not np.isfinite(kept.info.null):
        return NotAssessable("power of the studies", f"a {kept.info.label} has no value of no effect to be told from")
    found = pooled.estimate if assumed is None else float(assumed)
    power = _power(np.abs(found - kept.info.null) / kept.se, alpha)
    observed = int((_p_values(kept) < alpha).sum())
    return StudyPower(
        effects=kept,
        assumed=found,
        assumed_given=assumed is not None,
        pooled=pooled,
        alpha=alpha,
        power=power,
        median_power=float(np.median(power)),
        observed=observed,
        expected=float(power.sum()),
        r_index=float(2 * np.median(power) - observed / kept.k),
        left_out=pooled.left_out,
    )


def _power(distance: Floats, alpha: float) -> Floats:
    """Power of a two-sided normal test of an effect `distance` standard errors away from the null."""
    cut = ndtri(1 - alpha / 2)
    found: Floats = ndtr(distance - cut) + ndtr(-distance - cut)
    return found


def _p_values(effects: EffectSizes) -> Floats:
    found: Floats = 2 * ndtr(-np.abs(effects.yi - effects.info.null) / effects.se)
    return found
