"""Joint meta-analysis of several outcomes of the same trials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.errors import InvalidInputError, Issue, check_names
from tmsmeta.models.climb import climb, climb_together
from tmsmeta.models.multivariate.likelihood import Blocks, Criterion, Fit, blocks, fit_at, slope
from tmsmeta.models.multivariate.outcomes import JointEffects, joint_effects
from tmsmeta.models.multivariate.result import JointEffect
from tmsmeta.models.multivariate.spec import NOTHING, JointInterval, JointSpec
from tmsmeta.models.multivariate.structure import Structure, StructureName
from tmsmeta.models.multivariate.two_outcomes import TwoOutcomes
from tmsmeta.pooling.heterogeneity.likelihood import maximise as highest_maximum
from tmsmeta.pooling.heterogeneity.weighted_regression import InterceptModel
from tmsmeta.words.arguments import answerable


@answerable
def joint(
    effects: Mapping[str, EffectSizes] | JointEffects,
    *,
    structure: StructureName = "unstructured",
    method: Criterion = "REML",
    ci: JointInterval = "jackson-riley",
    level: float = 0.95,
    between_correlation: float | None = None,
    **within: Any,
) -> JointEffect:
    """Pool several outcomes of the same trials together, so that trials that have only some inform the others.

    Args:
        effects: the effects of each outcome by its name, or what :func:`joint_effects` gives. Studies are paired by
            label and may lack outcomes.
        structure: ``unstructured``, ``compound`` or ``diagonal``; see :class:`JointSpec`.
        method: ``REML`` or ``ML``.
        ci: ``z``, ``t`` or ``jackson-riley``.
        level: confidence level.
        between_correlation: value at which the between-study correlation is held instead of estimated.
        **within: the covariance within studies: one of `nested`, `correlation`, `patient_correlation`, `covariance` of
            :func:`joint_effects`.

    Returns:
        The pooled effects of all outcomes with their covariance, the between-study covariance, and beside each outcome
        what it gives alone.

    Raises:
        InvalidInputError: as :func:`joint_effects`; an outcome that fewer than 2 studies have.
        UnknownOptionError: an option outside its list.
        ConvergenceError: no maximum found.

    Example:
        >>> import tmsmeta as tm
        >>> n = {"n_t": [60, 52, 45, 44], "n_c": [61, 50, 46, 45]}
        >>> response = tm.effects.binary("RR", events_t=[22, 18, 20, 19], events_c=[9, 8, 12, 11], **n)
        >>> remission = tm.effects.binary("RR", events_t=[12, 8, 9, 10], events_c=[6, 5, 4, 6], **n)
        >>> result = tm.joint({"response": response, "remission": remission}, nested=["response", "remission"])
        >>> {name: f"{estimate:.2f}" for name, estimate in zip(result.outcomes, result.estimate)}
        {'response': '0.67', 'remission': '0.56'}

    References:
        van Houwelingen, Arends & Stijnen, Stat Med 2002;21:589 (model); Jackson, Riley & White, Stat Med 2011;30:2481
        (review); Jackson & Riley, Stat Med 2014;33:541 (interval); Jackson, White & Riley, Stat Med 2012;31:3805 (I2);
        Jackson, White, Price, Copas & Riley, Stat Methods Med Res 2017;26:2853 (borrowing of strength).
    """
    spec = JointSpec(structure=structure, method=method, ci=ci, level=level, between_correlation=between_correlation)
    if isinstance(effects, JointEffects):
        if within:
            message = "stands in the joint effects already; give it to joint_effects() instead."
            raise InvalidInputError([Issue(None, name, None, message) for name in within])
        together = effects
    else:
        check_names(within, ("nested", "correlation", "patient_correlation", "covariance"))
        together = joint_effects(effects, **within)
    return fit_joint(together, spec)


def fit_joint(effects: JointEffects, spec: JointSpec) -> JointEffect:
    """Fit outcomes that stand side by side."""
    _check_enough(effects)
    data = blocks(effects.yi, effects.covariance)
    _check_correlation(spec, effects.p)
    found = maximise(data, Structure(spec.structure, effects.p, spec.between_correlation), spec.method)
    common = fit_at(data, np.zeros((effects.p, effects.p)), "ML")
    return JointEffect.of(effects, spec, found.between, found.fit, common)


def _check_correlation(spec: JointSpec, p: int) -> None:
    """A common correlation of p outcomes cannot lie below -1/(p-1)."""
    rho = spec.between_correlation
    if rho is not None and rho < -1 / (p - 1):
        message = f"must be at least {-1 / (p - 1):.3g} for {p} outcomes."
        raise InvalidInputError(Issue(None, "between_correlation", rho, message))


def _check_enough(effects: JointEffects) -> None:
    few = [(name, int(n)) for name, n in zip(effects.outcomes, effects.reported.sum(axis=0), strict=True) if n < 2]
    if few:
        message = "must have an estimate in at least 2 studies."
        raise InvalidInputError([Issue(None, name, n, message) for name, n in few])


class Maximum(NamedTuple):
    """The between-study matrix of the largest likelihood, and the fit there."""

    between: Floats
    fit: Fit


def maximise(data: Blocks, structure: Structure, criterion: Criterion, variances: Floats | None = None) -> Maximum:
    """Maximise the likelihood over the between-study matrix.

    Two outcomes are climbed from all starts at once. Otherwise quasi-Newton from moment estimates and from what each
    outcome has alone, then Newton steps on the exact gradient; where the maximum lies on the boundary, or a correlation
    is held, further starts are tried, since the likelihood can then have several maxima.

    Args:
        data: the studies.
        structure: of the between-study matrix.
        criterion: ``REML`` or ``ML``.
        variances: between-study variances to start from, shape (p,); by moments of each outcome if not given.

    Raises:
        ConvergenceError: the gradient does not vanish at any of the points found.
    """
    unit, scale = data.in_typical_units(structure.p, together=structure.name == "compound")
    own = _each_alone(unit, _moment_variance) if variances is None else variances / scale**2
    first, *more = _starts(own, structure)
    always = [first] if variances is not None else [first, _start_alone(unit, structure, criterion)]
    best = _climb_two(unit, structure, criterion, [*always, *more])
    if best is None:
        best = _climb_in_turn(unit, structure, criterion, always, more)
    between = structure.matrix(best)
    none = between.diagonal() < NOTHING
    between[none], between[:, none] = 0.0, 0.0
    between = between * np.outer(scale, scale)
    return Maximum(between, fit_at(data, between, criterion))


def _climb_two(data: Blocks, structure: Structure, criterion: Criterion, starts: list[Floats]) -> Floats | None:
    """Two outcomes with a mean each, from all starts at once; None for other models, or where no climb arrives."""
    plain = structure.name == "unstructured" and structure.correlation is None
    if structure.p != 2 or not plain or data.loading is not None:
        return None
    with np.errstate(all="ignore"):
        return climb_together(TwoOutcomes(data, criterion).downhill, np.array(starts))


def _climb_in_turn(
    data: Blocks, structure: Structure, criterion: Criterion, always: list[Floats], more: list[Floats]
) -> Floats:
    """From some starts; from `more` where the maximum is on the boundary or a correlation is held."""

    def best_of(found: list[Floats], starts: list[Floats]) -> Floats:
        found = found + [_climb(data, structure, criterion, start) for start in starts]
        return max(found, key=lambda theta: _value(data, structure, criterion, theta))

    best = best_of([], always)
    if structure.correlation is not None or _on_boundary(structure.matrix(best)):
        best = best_of([best], more)
    return best


def _each_alone(data: Blocks, estimate: Callable[[Floats, Floats], float]) -> Floats:
    """The between-study variance of each outcome by itself, by an estimator of estimates and their variances."""
    known = np.einsum("kpp->kp", data.present) > 0
    return np.array([estimate(data.y[has, j], data.within[has, j, j]) for j, has in enumerate(known.T)])


def _starts(variances: Floats, structure: Structure) -> list[Floats]:
    """Parameters to start from: variances by moments without and with correlation, and large ones."""
    sd = np.sqrt(np.maximum(variances, 0.05))
    p = len(sd)
    matrices = [
        np.outer(sd, sd) * (np.full((p, p), share) + (1 - share) * np.eye(p)) * factor
        for share, factor in ((0.0, 1.0), (0.9, 1.0), (-0.9 / (p - 1), 1.0), (0.5, 10.0))
    ]
    return [structure.parameters(m) for m in matrices]


def _start_alone(data: Blocks, structure: Structure, criterion: Criterion) -> Floats:
    """The variances of the highest maximum that each outcome has alone, uncorrelated.

    A likelihood can have several maxima, of which one climb finds the nearest; those of one outcome are all looked at.
    """
    alone = _each_alone(data, lambda y, v: highest_maximum(InterceptModel(y, v), criterion))
    return structure.parameters(np.diag(np.maximum(alone, 1e-4)))


def _moment_variance(y: Floats, v: Floats) -> float:
    """DerSimonian and Laird's estimate for one outcome."""
    w = 1 / v
    mean = w @ y / w.sum()
    return float((w @ (y - mean) ** 2 - (len(y) - 1)) / (w.sum() - w @ w / w.sum()))


def _value(data: Blocks, structure: Structure, criterion: Criterion, theta: Floats) -> float:
    return fit_at(data, structure.matrix(theta), criterion).log_likelihood


def _climb(data: Blocks, structure: Structure, criterion: Criterion, start: Floats) -> Floats:
    def downhill(theta: Floats) -> tuple[float, Floats]:
        fit = fit_at(data, structure.matrix(theta), criterion)
        return -fit.log_likelihood, -structure.chain(theta, slope(data, fit, criterion))

    return climb(downhill, start, "the joint model")


def _on_boundary(between: Floats) -> bool:
    """Whether a variance is 0 or the correlations leave no room (in the unit of the typical sampling variance)."""
    return bool(np.linalg.eigvalsh(between)[0] < 1e-6)
