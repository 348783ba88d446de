"""Coordinates of a funnel plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.pooling import PooledEffect, pool_by
from tmsmeta.pooling.spec import Profile, pooling_spec
from tmsmeta.robustness.smallstudy.trimfill import TrimAndFill
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import studies
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, repr=False)
class Funnel(Brief):
    """Points and lines of a funnel plot, on the scale of the measure (logs for ratios).

    Attributes:
        effects: the studies, filled ones last.
        is_filled: which of them trim and fill added, shape (k,).
        centre: pooled effect around which the pseudo-limits lie.
        null: the effect around which the contours lie.
        se: standard errors at which the lines are given, ascending from 0, shape (n,).
        levels: levels of the lines, ascending, shape (m,).
        pooled: the pooled effect that gave the centre.
        original: with the studies that trim and fill added, the pooled effect of the others alone; None without them.
        left_out: labels of studies without an estimate.
    """

    effects: EffectSizes
    is_filled: NDArray[np.bool_]
    centre: float
    null: float
    se: Floats
    levels: tuple[float, ...]
    pooled: PooledEffect
    original: PooledEffect | None = None
    left_out: tuple[str, ...] = ()

    def in_short(self) -> str:
        """The studies and the centre."""
        natural = self.pooled.effects.natural
        filled = int(self.is_filled.sum())
        added = f", {filled} of them added by trim and fill" if filled else ""
        return f"{studies(self.effects.k)}{added}, around {natural.label} {natural.text(self.centre)}."

    @property
    def points(self) -> pd.DataFrame:
        """One row per study: ``study yi se filled p_value``, the last against the null."""
        import pandas as pd
        from scipy.special import ndtr

        z = np.abs(self.effects.yi - self.null) / self.effects.se
        return pd.DataFrame(
            {
                "study": self.effects.study.astype(object),
                "yi": self.effects.yi,
                "se": self.effects.se,
                "filled": self.is_filled,
                "p_value": 2 * ndtr(-z),
            }
        )

    @property
    def limits(self) -> pd.DataFrame:
        """Pseudo-limits ``se level low high``: where studies would lie with sampling error alone around the centre."""
        return self._lines(self.centre)

    @property
    def contours(self) -> pd.DataFrame:
        """Contours ``se level low high`` around the null: inside a level a study's own interval includes the null."""
        return self._lines(self.null)

    def _lines(self, around: float) -> pd.DataFrame:
        import pandas as pd

        level = np.repeat(self.levels, len(self.se))
        se = np.tile(self.se, len(self.levels))
        half = ndtri(0.5 + level / 2) * se
        return pd.DataFrame({"se": se, "level": level, "low": around - half, "high": around + half})

    def to_frame(self) -> pd.DataFrame:
        """The points."""
        return self.points

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON."""
        return {
            "points": self.points.to_dict(orient="records"),
            "limits": self.limits.to_dict(orient="records"),
            "contours": self.contours.to_dict(orient="records"),
            "centre": self.centre,
            "null": self.null,
            "centre_without_filled": None if self.original is None else self.original.estimate,
            "left_out": list(self.left_out),
        }


@answerable
def funnel(
    effects: EffectSizes | TrimAndFill,
    *,
    levels: Sequence[float] = (0.90, 0.95, 0.99),
    null: float | None = None,
    n_lines: int = 50,
    profile: Profile | None = None,
    **spec: Any,
) -> Funnel:
    """Coordinates of a funnel plot: studies, pseudo-limits around the pooled effect, contours around no effect.

    Args:
        effects: the studies; or the result of trim and fill, whose filled studies and pooled effect are then shown.
        levels: levels of pseudo-limits and contours, each between 0 and 1.
        null: centre of the contours; no effect on the scale of the measure if not given, 0 for single arms.
        n_lines: number of standard errors at which the lines are given, at least 2.
        profile: a complete spec of the pooled effect, or its name; a choice that is given as well must agree with it.
        **spec: the fields of :class:`~tmsmeta.PoolingSpec`; not with the result of trim and fill, which has its own.

    Returns:
        The studies, the lines of the pseudo-limits and of the contours, and the pooled effect in the middle.

    Raises:
        InvalidInputError: levels outside 0 to 1, no study with an estimate, or choices beside a trim and fill result.
        UnknownOptionError: an option outside its list.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9, 0.2], se=[0.2, 0.15, 0.3, 0.4, 0.1])
        >>> result = tm.funnel(trials, tau2="FE", ci="z")
        >>> f"centre {result.centre:.3f}", list(result.limits.columns)
        ('centre 0.284', ['se', 'level', 'low', 'high'])

    References:
        Sterne & Egger, J Clin Epidemiol 2001;54:1046 (pseudo-limits); Peters et al., J Clin Epidemiol 2008;61:991
        (contours).
    """
    faults = [Issue(None, "levels", x, "must lie between 0 and 1, such as 0.95.") for x in levels if not 0 < x < 1]
    if n_lines < 2:
        faults.append(Issue(None, "n_lines", n_lines, "must be at least 2."))
    if isinstance(effects, TrimAndFill) and (profile is not None or spec):
        faults.append(
            Issue(None, "profile", None, "cannot be combined with a trim and fill result, which has its own.")
        )
    if faults:
        raise InvalidInputError(faults)
    if isinstance(effects, TrimAndFill):
        pooled, original, is_filled = effects.pooled, effects.original if effects.k0 else None, effects.is_filled
    else:
        pooled, original = pool_by(effects, pooling_spec(profile, spec)), None
        is_filled = np.zeros(pooled.k, dtype=bool)
    given = pooled.effects.info.null if null is None else null
    return Funnel(
        effects=pooled.effects,
        is_filled=is_filled,
        centre=pooled.estimate,
        null=0.0 if np.isnan(given) else float(given),
        se=np.linspace(0.0, float(pooled.effects.se.max()) * 1.05, n_lines),
        levels=tuple(sorted(levels)),
        pooled=pooled,
        original=original,
        left_out=tuple(str(issue.row) for issue in pooled.left_out),
    )
