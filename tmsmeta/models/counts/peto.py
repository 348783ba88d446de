"""Peto's one-step odds ratio."""

from __future__ import annotations

from typing import Any

import numpy as np

from tmsmeta.effects.missing import Missing
from tmsmeta.errors import InvalidInputError
from tmsmeta.models.counts.mantel_haenszel import common_effect
from tmsmeta.models.counts.result import CountsEffect
from tmsmeta.models.counts.spec import PetoSpec
from tmsmeta.models.counts.tables import left_out, own_effects, two_arms
from tmsmeta.words.arguments import answerable


@answerable
def peto(
    events_t: Any,
    n_t: Any,
    events_c: Any,
    n_c: Any,
    *,
    level: float = 0.95,
    study: Any = None,
    allow_fractional: bool = False,
    missing: Missing = "refuse",
) -> CountsEffect:
    """Pool log odds ratios by Peto's one-step method: observed minus expected events over hypergeometric variance.

    No continuity correction is needed or made. Studies without any event, or with only events, in both arms have no
    variance; they are left out and listed. The method is biased for large effects and very unequal arms.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        events_t, n_t: events and patients of the treated arm, shape (k,).
        events_c, n_c: the same for the comparator arm.
        level: confidence level.
        study: labels, shape (k,), none of them missing.
        allow_fractional: accept counts that are not whole numbers, as from an arm divided over comparisons.
        missing: ``refuse`` or ``drop`` rows with a missing value, as in :func:`tmsmeta.effects.binary`.

    Returns:
        The log odds ratio (positive: more events in the treated arm) with its normal interval; weights are the shares
        in the total variance; ``q`` is Peto's test of heterogeneity.

    Raises:
        InvalidInputError: counts that are negative, fractional (unless allowed), not finite, above n; n = 0; lengths
            that differ; no study with both events and non-events.

    Example:
        >>> import tmsmeta as tm
        >>> events_t, n_t, events_c, n_c = [12, 8, 3, 9], [60, 52, 25, 44], [6, 5, 0, 4], [61, 50, 24, 45]
        >>> pooled = tm.peto(events_t, n_t, events_c, n_c)
        >>> f"{pooled.ratio:.2f} ({pooled.ratio_ci[0]:.2f} to {pooled.ratio_ci[1]:.2f})"
        '2.29 (1.24 to 4.22)'

    References:
        Yusuf et al., Prog Cardiovasc Dis 1985;27:335.
    """
    spec = PetoSpec(level=level)
    arms = two_arms(events_t, n_t, events_c, n_c, study, missing, allow_fractional=allow_fractional)
    out = left_out(arms, arms.no_contrast)
    if arms.no_contrast.all():
        raise InvalidInputError(out, "No study is left to pool")
    used = arms.subset(~arms.no_contrast)
    effects = own_effects("PETO", used)
    precision = 1 / effects.vi
    total = float(precision.sum())
    estimate = float(precision @ effects.yi) / total
    q = float(precision @ (effects.yi - estimate) ** 2)
    return CountsEffect(
        model="Peto",
        **common_effect("Peto's method", estimate, total**-0.5, level, q, effects.k - 1),
        k=effects.k,
        weights=np.asarray(precision / total),
        converged=True,
        reason="",
        spec=spec,
        effects=effects,
        left_out=out,
    )
