"""Trim and fill."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.errors import NotAssessable, check_option
from tmsmeta.pooling import PooledEffect, PoolingSpec, pool_by
from tmsmeta.pooling.heterogeneity.estimators import estimate_tau2
from tmsmeta.pooling.heterogeneity.weighted_regression import DesignModel
from tmsmeta.pooling.sentences import effects_sentences, spec_sentence
from tmsmeta.pooling.spec import Profile, pooling_spec
from tmsmeta.pooling.zero_cells import by_rule
from tmsmeta.robustness.smallstudy.result import FEW_STUDIES, LEAST_STUDIES
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import studies
from tmsmeta.words.results import Result
from tmsmeta.words.sentences import closing

if TYPE_CHECKING:
    import pandas as pd

Side = Literal["left", "right"]
SIDES = ("left", "right")


@dataclass(frozen=True, kw_only=True, repr=False)
class TrimAndFill(Result):
    """A pooled effect after trimming the asymmetric studies and filling in their mirror images.

    The filled studies are not data. The result shows how far the estimate moves if asymmetry came from suppression of
    one side alone; it is a sensitivity analysis, not a corrected estimate.

    Attributes:
        k0: estimated number of missing studies.
        side: the side of the funnel on which they are missing.
        side_given: whether the caller named the side; otherwise it follows the slope of the estimates on their
            standard errors.
        estimator: of k0: ``L0`` or ``R0``.
        pooled: pooled effect of the studies and their filled counterparts.
        original: pooled effect of the studies alone.
        filled: the studies, then the filled ones, whose labels begin with ``filled:``.
        is_filled: which rows of `filled` were filled in.
        iterations: steps until k0 settled.
        note: what a reader must know, or an empty text.
    """

    k0: int
    side: Side
    side_given: bool
    estimator: str
    pooled: PooledEffect
    original: PooledEffect
    filled: EffectSizes
    is_filled: NDArray[np.bool_]
    iterations: int
    note: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row per study with ``study yi vi se`` and ``filled``, filled ones last."""
        frame = self.filled.to_frame(self.pooled.spec.level)
        frame["filled"] = self.is_filled
        return frame

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON."""
        return {
            "k0": self.k0,
            "side": self.side,
            "side_given": self.side_given,
            "estimator": self.estimator,
            "pooled": self.pooled.to_dict(),
            "original": self.original.to_dict(),
            "filled": [
                {"study": str(s), "yi": float(y), "vi": float(v)}
                for s, y, v, new in zip(self.filled.study, self.filled.yi, self.filled.vi, self.is_filled, strict=True)
                if new
            ],
            "iterations": self.iterations,
            "note": self.note,
        }

    def to_r(self) -> str:
        """An R script with its data that repeats trim and fill with metafor, beside our numbers."""
        from tmsmeta.robustness.smallstudy.r_script import small_study_in_r

        return small_study_in_r([], self)

    def result_sentence(self) -> str:
        """What came out, in a sentence for a results section: with and without the filled studies."""
        natural = self.original.effects.natural  # added studies have no size of their own
        before, after = (natural.text(pool.estimate, pool.ci) for pool in (self.original, self.pooled))
        return (
            f"Trim and fill added {studies(self.k0)} on the {self.side}: "
            f"pooled {natural.label} {before} without and {after} with them."
        )

    def methods_sentence(self) -> str:
        """How it was done, in sentences for a methods section."""
        chosen = "named beforehand" if self.side_given else "chosen by the slope on the standard error"
        return (
            f"Trim and fill with the {self.estimator} estimator looked for studies missing on the {self.side} side of "
            f"the funnel (side {chosen}). {spec_sentence(self.original.spec)} "
            f"{closing(effects_sentences(self.original.effects), self.original.left_out)}"
        )


@answerable
def trim_and_fill(
    effects: EffectSizes,
    *,
    side: Side | None = None,
    estimator: Literal["L0", "R0"] = "L0",
    profile: Profile | None = None,
    **spec: Any,
) -> TrimAndFill | NotAssessable:
    """Estimate how many studies are missing on one side of the funnel, and pool with their mirror images filled in.

    Args:
        effects: k rows; those without an estimate are left out.
        side: where studies are missing, ``left`` (small effects) or ``right``. ``None``: ``left`` if the estimates rise
            with their standard errors in a meta-regression by the same estimator of tau2, ``right`` otherwise.
        estimator: of the number missing: ``L0`` (linear in the Wilcoxon statistic) or ``R0`` (from the rightmost run).
        profile: a complete spec, or its name; a choice that is given as well must agree with it.
        **spec: the fields of :class:`~tmsmeta.PoolingSpec`: ``tau2``, ``ci``, ``level``, ...

    Returns:
        The result, or why there is none: fewer than three studies; no `side` given and equal standard errors; or an
        iteration that goes back and forth between two numbers.

    Raises:
        InvalidInputError: something else than effects.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 1.3, 0.2], se=[0.2, 0.15, 0.3, 0.4, 0.1])
        >>> filled = tm.trim_and_fill(trials, side="left", tau2="FE", ci="z")
        >>> filled.k0, f"{filled.original.estimate:.2f} becomes {filled.pooled.estimate:.2f}"
        (2, '0.30 becomes 0.19')

    References:
        Duval & Tweedie, J Am Stat Assoc 2000;95:89; Biometrics 2000;56:455.
    """
    check_option("side", side, (None, *SIDES))
    check_option("estimator", estimator, list(MISSING_STUDIES))
    choices = pooling_spec(profile, spec)
    effects = by_rule(effects, choices)
    kept = effects.subset(effects.estimable)
    what = "trim and fill"
    if kept.k < LEAST_STUDIES:
        return NotAssessable(what, f"needs at least {LEAST_STUDIES} studies, got {kept.k}")
    chosen = side or _empty_side(kept, choices)
    if isinstance(chosen, NotAssessable):
        return chosen
    sign = -1.0 if chosen == "right" else 1.0
    found = _iterate(sign * kept.yi, kept.vi, choices, MISSING_STUDIES[estimator])
    if isinstance(found, NotAssessable):
        return found
    k0, centre, iterations = found
    filled = _fill(kept, sign, k0, centre)
    note = f"{kept.k} studies: with fewer than {FEW_STUDIES} the number missing is hardly determined"
    return TrimAndFill(
        k0=k0,
        side=chosen,
        side_given=side is not None,
        estimator=estimator,
        pooled=pool_by(filled, choices),
        original=pool_by(effects, choices),
        filled=filled,
        is_filled=np.arange(filled.k) >= kept.k,
        iterations=iterations,
        note=note if kept.k < FEW_STUDIES else "",
    )


def _empty_side(effects: EffectSizes, spec: PoolingSpec) -> Side | NotAssessable:
    """The side on which small studies are missing, by the slope of the estimates on their standard errors."""
    se = effects.se
    if np.ptp(se) <= 1e-12 * se.max():
        return NotAssessable("trim and fill", "all standard errors are equal, so `side` must be given")
    model = DesignModel(effects.yi, effects.vi, np.column_stack([np.ones(effects.k), se / se.max()]))
    slope = float(model.fit(estimate_tau2(model, spec.tau2).tau2).beta[1])
    return "left" if slope >= 0 else "right"


def _l0(signed_ranks: Floats) -> float:
    """L0 = (4 T - k (k + 1)) / (2 k - 1), with T the sum of the ranks of the estimates above the centre."""
    k = len(signed_ranks)
    return float((4 * signed_ranks[signed_ranks > 0].sum() - k * (k + 1)) / (2 * k - 1))


def _r0(signed_ranks: Floats) -> float:
    """R0: the length of the run of largest ranks that all lie above the centre, minus 1."""
    largest_below = float((-signed_ranks).max(initial=0.0))
    return len(signed_ranks) - largest_below - 1


MISSING_STUDIES: Mapping[str, Callable[[Floats], float]] = {"L0": _l0, "R0": _r0}


def _iterate(
    y: Floats, v: Floats, spec: PoolingSpec, missing: Callable[[Floats], float]
) -> tuple[int, float, int] | NotAssessable:
    """k0, the centre of the trimmed studies and the number of steps, for studies missing on the left.

    Of equal estimates the least precise is trimmed first, whatever the order of the rows.
    """
    order = np.lexsort((v, y))
    y, v = y[order], v[order]
    k = len(y)
    k0, seen = 0, [0]
    while True:
        centre = _centre(y[: k - k0], v[: k - k0], spec)
        proposal = min(max(0, int(np.rint(missing(_signed_ranks(y - centre))))), k - 1)
        if proposal == k0:
            return k0, centre, len(seen)
        if proposal in seen:
            cycle = ", ".join(str(n) for n in seen[seen.index(proposal) :])
            return NotAssessable(
                "trim and fill", f"the number of missing studies does not settle: it cycles over {cycle}"
            )
        k0 = proposal
        seen.append(k0)


def _centre(y: Floats, v: Floats, spec: PoolingSpec) -> float:
    trimmed = EffectSizes(measure="GEN", yi=y.copy(), vi=v.copy(), study=np.arange(len(y)).astype(str))
    return pool_by(trimmed, spec).estimate


def _signed_ranks(distance: Floats) -> Floats:
    """Ranks of the absolute distances from the centre (ties in the order given), with the signs of the distances."""
    ranks = np.empty(len(distance))
    ranks[np.argsort(np.abs(distance), kind="stable")] = np.arange(1, len(distance) + 1)
    return np.sign(distance) * ranks


def _fill(effects: EffectSizes, sign: float, k0: int, centre: float) -> EffectSizes:
    """The studies, followed by the mirror images of the `k0` most extreme ones."""
    extreme = np.lexsort((effects.vi, sign * effects.yi))[effects.k - k0 :]
    mirrored = 2 * sign * centre - effects.yi[extreme]
    return EffectSizes(
        measure=effects.measure,
        yi=np.concatenate([effects.yi, mirrored]),
        vi=np.concatenate([effects.vi, effects.vi[extreme]]),
        study=np.concatenate([effects.study, np.array([f"filled: {s}" for s in effects.study[extreme]], dtype=str)]),
        corrections=effects.corrections,
        zero_rule=effects.zero_rule,
        comparator=effects.comparator,
        treated=effects.treated,
        notes=effects.notes,
    )
