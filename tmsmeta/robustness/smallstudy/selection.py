"""A selection model: the pooled effect when studies are reported depending on their p values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from scipy.special import chdtrc, ndtr, ndtri

from tmsmeta.effects.base import EffectSizes, Floats, check_effects
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable, check_option
from tmsmeta.pooling import PooledEffect, PoolingSpec, pool_by
from tmsmeta.pooling.sentences import effects_sentences
from tmsmeta.robustness.smallstudy.result import FEW_STUDIES, LEAST_STUDIES
from tmsmeta.robustness.smallstudy.stepfunction import Optimum, maximise_steps, step_likelihood
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import studies
from tmsmeta.words.numbers import number, p_value
from tmsmeta.words.results import HypothesisTest, Result
from tmsmeta.words.sentences import closing

if TYPE_CHECKING:
    import pandas as pd

ALTERNATIVES = ("greater", "less", "two.sided")
SELECTION_TAU2 = ("ML", "FE")


@dataclass(frozen=True, kw_only=True)
class SelectionSpec:
    """Every choice of a step-function selection model. Validated when built.

    Attributes:
        steps: upper ends of the intervals of p values, ascending; 1 is added where it is missing.
        alternative: direction of the p values: ``greater`` (small for large effects), ``less``, ``two.sided``.
        tau2: ``ML``, or ``FE`` to hold it at 0.
        weights: reporting weights of the intervals relative to the first, for a sensitivity analysis in which they are
            assumed; ``None`` to estimate them.
        level: confidence level.
    """

    steps: tuple[float, ...] = (0.025, 1.0)
    alternative: Literal["greater", "less", "two.sided"] = "greater"
    tau2: Literal["ML", "FE"] = "ML"
    weights: tuple[float, ...] | None = None
    level: float = 0.95

    def __post_init__(self) -> None:
        check_option("alternative", self.alternative, ALTERNATIVES)
        check_option("tau2", self.tau2, SELECTION_TAU2)
        faults = []
        steps = np.array(self.steps, dtype=float)
        if not len(steps) or not ((steps > 0) & (steps <= 1)).all() or not (np.diff(steps) > 0).all():
            faults.append(Issue(None, "steps", self.steps, "must ascend within 0 to 1, such as (0.025, 1)."))
        elif steps[-1] < 1:
            object.__setattr__(self, "steps", (*map(float, self.steps), 1.0))
        if len(self.steps) < 2 and not faults:
            faults.append(Issue(None, "steps", self.steps, "must make at least two intervals, such as (0.025, 1)."))
        if self.weights is not None:
            weights = np.array(self.weights, dtype=float)
            if len(weights) != len(self.steps) or not (np.isfinite(weights) & (weights > 0)).all():
                message = f"must hold one positive number per interval, that is {len(self.steps)}."
                faults.append(Issue(None, "weights", self.weights, message))
        if not 0 < self.level < 1:
            faults.append(Issue(None, "level", self.level, "must lie between 0 and 1, such as 0.95."))
        if faults:
            raise InvalidInputError(faults)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self) | {"steps": list(self.steps), "weights": list(self.weights) if self.weights else None}


@dataclass(frozen=True, kw_only=True, repr=False)
class SelectionModel(Result):
    """The pooled effect under selection by p values, beside the one without.

    Attributes:
        estimate: pooled effect, on the scale of the measure (logs for ratios).
        se: its standard error, from the observed information.
        ci: Wald limits.
        statistic: estimate divided by se.
        p_value: two-sided, against no effect.
        tau2: between-study variance of the effects before selection.
        tau2_se: its standard error.
        weights: reporting weights of the intervals relative to the first, which is 1, shape (m,).
        weights_se: their standard errors, shape (m,); NaN for the first and for weights that were given.
        counts: studies in each interval, shape (m,).
        lrt: likelihood-ratio statistic of selection against none.
        lrt_df: its degrees of freedom, the number of weights estimated.
        lrt_p: its p value.
        log_likelihood: at the estimate.
        unselected: the pooled effect without selection, by maximum likelihood, with Wald interval.
        converged: whether the gradient is 0 and the curvature that of a maximum; an estimate without it is not to be
            trusted.
        k: number of studies.
        spec: the choices made.
        note: what a reader must know, or an empty text.
        left_out: studies without an estimate, each with the reason.
    """

    estimate: float
    se: float | NotAssessable
    ci: tuple[float, float] | NotAssessable
    statistic: float | NotAssessable
    p_value: float | NotAssessable
    tau2: float
    tau2_se: float | NotAssessable
    weights: Floats
    weights_se: Floats
    counts: tuple[int, ...]
    lrt: float | NotAssessable
    lrt_df: int
    lrt_p: float | NotAssessable
    log_likelihood: float
    unselected: PooledEffect
    converged: bool
    k: int
    spec: SelectionSpec
    note: str = ""
    left_out: tuple[Issue, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """One row per interval of p values: ``p_from p_to studies weight weight_se``."""
        import pandas as pd

        upper = list(self.spec.steps)
        return pd.DataFrame(
            {
                "p_from": [0.0, *upper[:-1]],
                "p_to": upper,
                "studies": self.counts,
                "weight": self.weights,
                "weight_se": self.weights_se,
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON; what is not assessable as ``{"not_assessable": reason}``."""
        last = ("weights", "weights_se", "unselected", "spec", "left_out")
        return self.plain_fields(without=last, more=last)

    @property
    def lrt_test(self) -> HypothesisTest | NotAssessable:
        """The likelihood-ratio test of selection, or why there is none."""
        if isinstance(self.lrt, NotAssessable):
            return self.lrt
        null = "studies are reported whatever their p value"
        return HypothesisTest(null=null, statistic=self.lrt, df=self.lrt_df, p_value=self.lrt_p)

    def result_sentence(self) -> str:
        """What came out, in a sentence for a results section: with and without selection."""
        natural = self.unselected.effects.natural
        test = ""
        if not isinstance(self.lrt, NotAssessable):
            test = f"; against no selection, likelihood ratio {number(self.lrt)} on {self.lrt_df} df, "
            test += p_value(self.lrt_p)
        note = f" ({self.note})" if self.note else ""
        return (
            f"Selection model in {studies(self.k)}: {natural.label} {natural.text(self.estimate, self.ci)}, "
            f"{natural.text(self.unselected.estimate)} without selection{test}{note}."
        )

    def methods_sentence(self) -> str:
        """How it was estimated, in sentences for a methods section."""
        steps = ", ".join(f"{s:g}" for s in self.spec.steps[:-1])
        sided = "two-sided" if self.spec.alternative == "two.sided" else "one-sided"
        weights = "estimated by maximum likelihood" if self.spec.weights is None else "assumed"
        return (
            f"A step-function selection model (Vevea and Hedges) with steps at {sided} p values of {steps} was fitted "
            f"to {self.k} studies, the reporting weights {weights}. "
            f"{closing(effects_sentences(self.unselected.effects), self.left_out)}"
        )


def _numbers(name: str, values: Any) -> tuple[float, ...]:
    """One number or several as a tuple of floats; anything else is invalid input."""
    try:
        return tuple(np.atleast_1d(np.array(values, dtype=float)).ravel().tolist())
    except (TypeError, ValueError):
        raise InvalidInputError(Issue(None, name, values, "must hold numbers only.")) from None


@answerable
def selection_model(
    effects: EffectSizes,
    steps: Sequence[float] = (0.025, 1.0),
    alternative: Literal["greater", "less", "two.sided"] = "greater",
    *,
    tau2: Literal["ML", "FE"] = "ML",
    weights: Sequence[float] | None = None,
    level: float = 0.95,
) -> SelectionModel | NotAssessable:
    """Fit a step-function selection model: the pooled effect when reporting depends on the p value.

    Args:
        effects: k rows; those without an estimate are left out and listed.
        steps: upper ends of the intervals of p values, ascending; 1 is added where it is missing. An interval includes
            its upper end.
        alternative: direction of the p values that were favoured: ``greater`` (p = 1 - Phi(y / se)), ``less`` or
            ``two.sided``.
        tau2: ``ML``, or ``FE`` to hold the between-study variance at 0.
        weights: assumed reporting weights, one per interval, instead of estimated ones (Vevea & Woods, Psychol
            Methods 2005;10:428); they are divided by the first.
        level: confidence level.

    Returns:
        The model, or why there is none: fewer than three studies, or an interval without a study, whose weight cannot
        be estimated.

    Raises:
        InvalidInputError: steps that do not ascend within 0 to 1, weights that are not positive or of another number.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9, 0.2], se=[0.2, 0.15, 0.3, 0.4, 0.1])
        >>> model = tm.selection_model(trials, steps=[0.025, 1.0], tau2="FE")
        >>> f"{model.estimate:.2f} with selection, {model.unselected.estimate:.2f} without"
        '0.16 with selection, 0.28 without'

    References:
        Hedges, Stat Sci 1992;7:246; Vevea & Hedges, Psychometrika 1995;60:419.
    """
    given = None if weights is None else _numbers("weights", weights)
    spec = SelectionSpec(steps=_numbers("steps", steps), alternative=alternative, tau2=tau2, weights=given, level=level)
    check_effects(effects)
    kept = effects.subset(effects.estimable)
    what = "selection model"
    if kept.k < LEAST_STUDIES:
        return NotAssessable(what, f"needs at least {LEAST_STUDIES} studies, got {kept.k}")
    p = _p_values(kept, spec.alternative)
    ends = np.array(spec.steps)
    counts = np.bincount(np.searchsorted(ends, p, side="left"), minlength=len(ends))
    if spec.weights is None and (counts == 0).any():
        empty = _intervals(ends, counts == 0)
        return NotAssessable(what, f"no study has a p value in {empty}, so its weight cannot be estimated")
    unselected = pool_by(kept, PoolingSpec(tau2=spec.tau2, ci="z", level=level))
    fit = _fit(kept, p, ends, spec, unselected)
    return _result(fit, spec, unselected, counts, effects.not_estimable)


def _p_values(effects: EffectSizes, alternative: str) -> Floats:
    z = effects.yi / effects.se
    if alternative == "two.sided":
        p: Floats = 2 * ndtr(-np.abs(z))
        return np.minimum(p, 1.0)
    return ndtr(-z if alternative == "greater" else z)


def _intervals(ends: Floats, chosen: Any) -> str:
    lower = [0.0, *ends[:-1]]
    return ", ".join(f"({lower[j]:g}, {ends[j]:g}]" for j in np.flatnonzero(chosen))


class _Fit(NamedTuple):
    """The optimum on the scale of the effects."""

    mu: float
    tau2: float
    delta: Floats
    covariance: Floats | None
    free: Any
    log_likelihood: float
    converged: bool


def _fit(effects: EffectSizes, p: Floats, ends: Floats, spec: SelectionSpec, start: PooledEffect) -> _Fit:
    """Maximise with effects divided by a typical standard error, and turn the answer back."""
    unit = float(np.sqrt(np.exp(np.log(effects.vi).mean())))
    sign = -1.0 if spec.alternative == "less" else 1.0
    model = step_likelihood(
        sign * effects.yi / unit, effects.vi / unit**2, p, ends, two_sided=spec.alternative == "two.sided"
    )
    fixed = None if spec.weights is None else np.array(spec.weights) / spec.weights[0]
    tau2 = 0.0 if isinstance(start.tau2, NotAssessable) else start.tau2
    best = maximise_steps(model, sign * start.estimate / unit, tau2 / unit**2, hold_tau2=spec.tau2 == "FE", fixed=fixed)
    scale = np.concatenate([[sign * unit, unit**2], np.ones(model.m - 1)])[best.free]
    covariance = _covariance(best)
    return _Fit(
        mu=sign * best.mu * unit,
        tau2=best.tau2 * unit**2,
        delta=best.delta,
        covariance=None if covariance is None else covariance * np.outer(scale, scale),
        free=best.free,
        log_likelihood=best.at.value - effects.k * float(np.log(unit)),
        converged=best.converged,
    )


def _covariance(best: Optimum) -> Floats | None:
    """Inverse of the observed information of the parameters inside their bounds; none without convergence."""
    if not best.converged:
        return None
    information = -best.at.hessian[np.ix_(best.free, best.free)]
    scale = np.sqrt(np.diag(information))
    return np.linalg.inv(information / np.outer(scale, scale)) / np.outer(scale, scale)


def _result(
    fit: _Fit, spec: SelectionSpec, unselected: PooledEffect, counts: Any, left_out: tuple[Issue, ...]
) -> SelectionModel:
    errors = np.full(len(fit.free), np.nan)
    if fit.covariance is not None:
        errors[fit.free] = np.sqrt(np.diag(fit.covariance))
    tests = _wald(fit.mu, float(errors[0]), spec.level, fit.converged)
    df = 0 if spec.weights is not None else len(spec.steps) - 1
    lrt: float | NotAssessable = NotAssessable("likelihood-ratio test", "the weights were given")
    if df:
        lrt = max(0.0, 2 * (fit.log_likelihood - unselected.log_likelihood))
    notes = []
    if not fit.converged:
        notes.append("the search found no proper maximum: the estimates are not to be trusted")
    if unselected.k < FEW_STUDIES:
        notes.append(f"{unselected.k} studies: with fewer than {FEW_STUDIES} selection is hardly detectable")
    return SelectionModel(
        estimate=fit.mu,
        **tests._asdict(),
        tau2=fit.tau2,
        tau2_se=_tau2_se(float(errors[1]), fit, spec),
        weights=fit.delta,
        weights_se=np.concatenate([[np.nan], errors[2:]]),
        counts=tuple(int(c) for c in counts),
        lrt=lrt,
        lrt_df=df,
        lrt_p=lrt if isinstance(lrt, NotAssessable) else float(chdtrc(df, lrt)),
        log_likelihood=fit.log_likelihood,
        unselected=unselected,
        converged=fit.converged,
        k=unselected.k,
        spec=spec,
        note="; ".join(notes),
        left_out=left_out,
    )


class _Wald(NamedTuple):
    se: float | NotAssessable
    ci: tuple[float, float] | NotAssessable
    statistic: float | NotAssessable
    p_value: float | NotAssessable


def _wald(estimate: float, se: float, level: float, converged: bool) -> _Wald:
    if not converged:
        none = NotAssessable("standard error", "the search found no proper maximum")
        return _Wald(none, none, none, none)
    half = float(ndtri(0.5 + level / 2)) * se
    statistic = estimate / se
    return _Wald(se, (estimate - half, estimate + half), statistic, float(2 * ndtr(-abs(statistic))))


def _tau2_se(se: float, fit: _Fit, spec: SelectionSpec) -> float | NotAssessable:
    what = "standard error of tau2"
    if spec.tau2 == "FE":
        return NotAssessable(what, "the common-effect model sets tau2 to 0")
    if not fit.converged:
        return NotAssessable(what, "the search found no proper maximum")
    return se if np.isfinite(se) else NotAssessable(what, "tau2 lies at its bound 0")
