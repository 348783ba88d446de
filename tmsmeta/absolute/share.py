"""Share of comparable settings in which the true effect is a benefit beyond a threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from scipy.special import ndtr, ndtri, stdtr

from tmsmeta.absolute.effect import check_pooled, is_finite
from tmsmeta.effects.intervals.base import NotebookView
from tmsmeta.effects.measures import MEASURES
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable, check_option
from tmsmeta.words.arguments import answerable
from tmsmeta.words.glossary import BETTER
from tmsmeta.words.numbers import level as level_text
from tmsmeta.words.numbers import number, percent
from tmsmeta.words.results import notes, to_cell

if TYPE_CHECKING:
    import pandas as pd

DISTRIBUTIONS = ("normal", "t")
_EDGE = 0.15


class RandomEffectsLike(Protocol):
    """A pooled effect with its heterogeneity, on the scale of its measure (logs for ratios)."""

    @property
    def estimate(self) -> Any:
        """Mean of the effects."""

    @property
    def tau2(self) -> Any:
        """Between-study variance."""

    @property
    def effects(self) -> Any:
        """The effect sizes that were pooled; their `measure` is read."""


@dataclass(frozen=True, kw_only=True, repr=False)
class BenefitShare(NotebookView):
    """Share of settings like those of the trials with a true effect beyond a threshold.

    Attributes:
        share: between 0 and 1, or why there is none.
        ci: limits by the delta method, cut at 0 and 1, or why there are none.
        threshold: as given: not logged for ratios.
        better: direction of a benefit.
        distribution: ``"normal"``: share of settings, mean and tau2 taken as known; ``"t"``: probability that a new
            setting lies beyond the threshold, with the uncertainty of the mean, on k - 2 degrees of freedom.
        level: confidence level of `ci`.
        measure: measure of the effect.
    """

    share: float | NotAssessable
    ci: tuple[float, float] | NotAssessable
    threshold: float
    better: str
    distribution: str
    level: float
    measure: str

    def sentence(self) -> str:
        """The share in words."""
        side = "above" if self.better == "higher" else "below"
        what = f"a true {self._effect} {side} {self.threshold:g}"
        if isinstance(self.share, NotAssessable):
            return f"The share of comparable settings with {what} is {self.share}."
        limits = (
            f"no interval: {self.ci.reason}"
            if isinstance(self.ci, NotAssessable)
            else f"{level_text(self.level)} interval {number(100 * self.ci[0], 0)} to {percent(100 * self.ci[1], 0)}"
        )
        return f"About {percent(100 * self.share, 0)} of comparable settings have {what} ({limits})."

    @property
    def _effect(self) -> str:
        return MEASURES[self.measure].label if self.measure == "GEN" else self.measure

    def _method(self) -> str:
        beyond = f"{'above' if self.better == 'higher' else 'below'} {self.threshold:g}"
        if self.distribution == "t":
            return (
                f"The share is the probability that the true {self._effect} of a new setting lies {beyond}, by the t "
                "distribution with k - 2 degrees of freedom (Higgins, Thompson and Spiegelhalter, J R Stat Soc A "
                "2009;172:137)."
            )
        scale = " on the log scale" if MEASURES[self.measure].is_ratio else ""
        return (
            f"The share is the part {beyond} of the distribution of the true {self._effect} over settings, normal"
            f"{scale} with the pooled mean and tau2; its interval is by the delta method (Mathur and VanderWeele, Stat "
            "Med 2019;38:1336)."
        )

    def to_frame(self) -> pd.DataFrame:
        """One row: `measure threshold better share ci_low ci_high distribution note`."""
        import pandas as pd

        low, high = (self.ci, self.ci) if isinstance(self.ci, NotAssessable) else self.ci
        row = {
            "measure": self.measure,
            "threshold": self.threshold,
            "better": self.better,
            "share": to_cell(self.share),
            "ci_low": to_cell(low),
            "ci_high": to_cell(high),
            "distribution": self.distribution,
            "note": notes((self.share, self.ci)),
        }
        return pd.DataFrame([row])


@dataclass(frozen=True, kw_only=True)
class _Model:
    """The distribution of effects over settings, on the scale of the measure (logs for ratios)."""

    measure: str
    mean: float
    tau2: float | NotAssessable
    se: float | NotAssessable
    tau2_se: float | NotAssessable
    k: int | None


@answerable
def benefit_share(
    pooled: RandomEffectsLike | None = None,
    *,
    threshold: float,
    better: str = "higher",
    distribution: str = "normal",
    measure: str | None = None,
    estimate: float | None = None,
    tau2: float | None = None,
    se: float | None = None,
    tau2_se: float | None = None,
    k: int | None = None,
    level: float = 0.95,
) -> BenefitShare:
    """Share of settings comparable to those of the trials in which the benefit is beyond a threshold.

    Args:
        pooled: a random-effects result such as `pool` returns. Left out when plain numbers are given.
        threshold: smallest benefit that matters, on the ratio scale for ratios (1.25), else on the scale of the
            measure; 1 (or 0) asks for any benefit at all.
        better: ``"higher"`` (benefit is an effect above the threshold) or ``"lower"`` (below).
        distribution: ``"normal"`` or ``"t"``, see :class:`BenefitShare`; ``"t"`` needs `se` and `k`.
        measure: measure of plain numbers, e.g. ``"RR"``; ``"GEN"`` (not logged) when left out.
        estimate: mean effect; not logged for ratios.
        tau2: between-study variance, on the log scale for ratios, as programs print it.
        se: standard error of the mean on the log scale; with `tau2_se` it gives the interval.
        tau2_se: standard error of tau2.
        k: number of studies.
        level: confidence level of the interval.

    Returns:
        The share. Without heterogeneity (tau2 = 0) it is not assessable: all settings are estimated to share one
        effect, so the share is 0 or 1 by construction. The interval by the delta method is given for shares between
        0.15 and 0.85 only, where its authors trust it.

    Raises:
        InvalidInputError: numbers that cannot be right; every fault is listed.
        UnknownOptionError: a direction, distribution or measure that is not on its list.

    Example:
        >>> import tmsmeta as tm
        >>> share = tm.benefit_share(threshold=1.25, measure="RR", estimate=1.75, tau2=0.08)
        >>> f"{share.share:.2f}"
        '0.88'

    Source: Mathur and VanderWeele 2019, Statistics in Medicine 38:1336-1342; the t form follows the prediction
    interval of Higgins, Thompson and Spiegelhalter 2009, Journal of the Royal Statistical Society A 172:137-159.
    """
    check_option("better", better, BETTER)
    check_option("distribution", distribution, DISTRIBUTIONS)
    faults: list[Issue] = []
    numbers = {"estimate": estimate, "tau2": tau2, "se": se, "tau2_se": tau2_se, "k": k}
    if pooled is None:
        check_option("measure", measure or "GEN", MEASURES)
        model = _from_numbers(measure or "GEN", numbers, faults)
    else:
        model = _from_pooled(pooled)
        if measure is not None or any(value is not None for value in numbers.values()):
            message = "were given together with a pooled effect; give one of the two."
            faults.append(Issue(None, "measure, estimate, tau2, se, tau2_se, k", None, message))
    cut = _on_scale("threshold", threshold, model.measure, faults)
    if not is_finite(level) or not 0.0 < level < 1.0:
        faults.append(Issue(None, "level", level, "must lie between 0 and 1, e.g. 0.95."))
    if faults:
        raise InvalidInputError(faults)
    gain = (model.mean - cut) * (1.0 if better == "higher" else -1.0)
    return BenefitShare(
        share=_share(model, gain, distribution),
        ci=_limits(model, gain, level, distribution),
        threshold=float(threshold),
        better=better,
        distribution=distribution,
        level=level,
        measure=model.measure,
    )


def _share(model: _Model, gain: float, distribution: str) -> float | NotAssessable:
    """Chance that an effect drawn around the mean lies beyond the threshold; `gain` is mean minus threshold."""
    what = "share of settings with a benefit"
    if isinstance(model.tau2, NotAssessable):
        return NotAssessable(what, f"tau2 is {model.tau2}")
    if model.tau2 == 0.0:
        side = "beyond" if gain > 0.0 else "not beyond"
        return NotAssessable(
            what, f"tau2 is 0, so all settings are estimated to share one effect, which is {side} the threshold"
        )
    if distribution == "normal":
        return float(ndtr(gain / math.sqrt(model.tau2)))
    if model.k is None or isinstance(model.se, NotAssessable):
        return NotAssessable(what, "the t distribution needs the standard error and the number of studies")
    if model.k < 3:
        return NotAssessable(what, f"the t distribution with k - 2 degrees of freedom needs 3 studies, got {model.k}")
    return float(stdtr(model.k - 2.0, gain / math.sqrt(model.tau2 + model.se**2)))


def _limits(model: _Model, gain: float, level: float, distribution: str) -> tuple[float, float] | NotAssessable:
    """Delta-method limits: the share moves with the mean and with tau."""
    what = "interval of the share"
    share = _share(model, gain, distribution)
    if isinstance(share, NotAssessable) or isinstance(model.tau2, NotAssessable):
        return NotAssessable(what, "there is no share")
    if distribution == "t":
        return NotAssessable(what, "the t form already contains the uncertainty of the mean")
    if isinstance(model.se, NotAssessable) or isinstance(model.tau2_se, NotAssessable):
        return NotAssessable(what, "needs the standard errors of the estimate and of tau2")
    if not _EDGE <= share <= 1.0 - _EDGE:
        return NotAssessable(what, f"the delta method is not trusted for a share outside {_EDGE} to {1.0 - _EDGE}")
    z = gain / math.sqrt(model.tau2)
    density = math.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi)
    se = density * math.sqrt(model.se**2 / model.tau2 + (z * model.tau2_se / (2.0 * model.tau2)) ** 2)
    half = -float(ndtri((1.0 - level) / 2.0)) * se
    return max(share - half, 0.0), min(share + half, 1.0)


def _from_pooled(pooled: RandomEffectsLike) -> _Model:
    check_pooled(pooled)
    missing = NotAssessable("standard error", "the pooled effect has none")
    return _Model(
        measure=str(pooled.effects.measure),
        mean=pooled.estimate,
        tau2=pooled.tau2,
        se=getattr(pooled, "se", missing),
        tau2_se=getattr(pooled, "tau2_se", missing),
        k=getattr(pooled, "k", None),
    )


def _from_numbers(measure: str, numbers: dict[str, float | None], faults: list[Issue]) -> _Model:
    message = "is missing: give a pooled effect, or estimate and tau2."
    faults.extend(Issue(None, name, None, message) for name in ("estimate", "tau2") if numbers[name] is None)
    given = {name: value for name, value in numbers.items() if value is not None}
    mean = _on_scale("estimate", given.pop("estimate", 1.0), measure, faults)
    for name, value in given.items():
        if not is_finite(value):
            faults.append(Issue(None, name, value, "must be a finite number."))
        elif value < 0.0:
            faults.append(Issue(None, name, value, "must not be negative."))
        elif name == "k" and (value == 0 or value != int(value)):
            faults.append(Issue(None, name, value, "must be a whole number of at least 1."))
    missing = NotAssessable("standard error", "none was given")
    return _Model(
        measure=measure,
        mean=mean,
        tau2=given.get("tau2", 0.0),
        se=given.get("se", missing),
        tau2_se=given.get("tau2_se", missing),
        k=int(given["k"]) if "k" in given and not faults else None,
    )


def _on_scale(column: str, value: float, measure: str, faults: list[Issue]) -> float:
    """`value` on the scale of the model: logged for ratios; NaN, and a fault more, where it has none."""
    ratio = MEASURES[measure].is_ratio
    if not is_finite(value):
        faults.append(Issue(None, column, value, "must be a finite number."))
    elif ratio and value <= 0.0:
        faults.append(Issue(None, column, value, f"must be above 0: {measure} is not logged here."))
    else:
        return math.log(value) if ratio else float(value)
    return math.nan
