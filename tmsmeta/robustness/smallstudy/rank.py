"""Begg and Mazumdar's rank correlation test."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from tmsmeta.effects.base import EffectSizes, Floats, check_effects
from tmsmeta.errors import NotAssessable
from tmsmeta.pooling.heterogeneity.weighted_regression import from_one
from tmsmeta.pooling.sentences import correction_sentence
from tmsmeta.robustness.smallstudy.result import LEAST_STUDIES, AsymmetryTest, power_note, too_few
from tmsmeta.words.arguments import answerable

_EXACT_UP_TO = 1000  # studies; beyond it the normal approximation is exact to more digits than anybody needs


@answerable
def begg(effects: EffectSizes) -> AsymmetryTest | NotAssessable:
    """Begg and Mazumdar's test: Kendall's rank correlation of standardised deviates and variances.

    The deviates are (y_i - m) / sqrt(v_i - 1 / sum(1 / v)), with m the common-effect estimate. Without ties the p value
    is exact, from the distribution of the number of concordant pairs; with ties tau is tau-b and the p value that of
    the normal approximation with the variance corrected for ties, without a continuity correction.

    Args:
        effects: k rows; those without an estimate are left out and listed.

    Returns:
        The test, or why there is none: fewer than three studies, or equal variances. ``estimate`` is Kendall's tau,
        ``statistic`` the standardised difference of concordant and discordant pairs, ``se`` that of tau without
        association.

    Raises:
        InvalidInputError: something else than effects, or no study with an estimate.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9, 0.2], se=[0.2, 0.15, 0.3, 0.4, 0.1])
        >>> test = tm.begg(trials)
        >>> f"tau {test.estimate:.2f}, p = {test.p_value:.3f}"
        'tau 0.40, p = 0.483'

    References:
        Begg & Mazumdar, Biometrics 1994;50:1088; Kendall, Rank Correlation Methods (4th ed. 1970).
    """
    test = "Begg and Mazumdar's rank correlation test"
    check_effects(effects)
    kept = effects.subset(effects.estimable)
    if kept.k < LEAST_STUDIES:
        return too_few(test, kept.k)
    w = 1 / kept.vi
    # counted from the first estimate, so that equal estimates are exactly tied and rounding is not ranked
    y = from_one(kept.yi, 0)
    deviates = (y - w @ y / w.sum()) / np.sqrt(kept.vi - 1 / w.sum())
    found = kendall(deviates, kept.vi)
    if isinstance(found, NotAssessable):
        return NotAssessable(test, found.reason)
    return AsymmetryTest(
        test=test,
        statistic=found.z,
        df=None,
        p_value=found.p_value,
        estimate=found.tau,
        se=found.tau_se,
        intercept=NotAssessable("intercept", "a rank correlation has none"),
        intercept_se=NotAssessable("standard error of the intercept", "a rank correlation has none"),
        tau2=NotAssessable("tau2", "the test is made at fixed-effect weights"),
        k=kept.k,
        method=f"Kendall's tau of standardised deviates and variances, {'exact' if found.exact else 'normal'} p value",
        effects=kept,
        note=power_note(kept.k),
        corrections=correction_sentence(kept),
        left_out=effects.not_estimable,
    )


class Kendall(NamedTuple):
    """Kendall's tau(-b), its standard error without association, z, the two-sided p value, and whether it is exact."""

    tau: float
    tau_se: float
    z: float
    p_value: float
    exact: bool


def kendall(x: Floats, y: Floats) -> Kendall | NotAssessable:
    """Kendall's rank correlation of two arrays of shape (n,), n >= 2."""
    n = len(x)
    upper = np.triu_indices(n, 1)
    sx = np.sign(x[:, None] - x[None, :])[upper]
    sy = np.sign(y[:, None] - y[None, :])[upper]
    if not sx.any() or not sy.any():
        return NotAssessable("rank correlation", "all values are tied")
    s = float((sx * sy).sum())
    scale = float(np.sqrt(np.abs(sx).sum() * np.abs(sy).sum()))
    ties = not (sx.all() and sy.all())
    se = float(np.sqrt(_variance(x, y)))
    z = s / se
    exact = not ties and n <= _EXACT_UP_TO
    p = _exact_p(n, int(abs(s))) if exact else float(2 * ndtr(-abs(z)))
    return Kendall(s / scale, se / scale, z, p, exact)


def _variance(x: Floats, y: Floats) -> float:
    """Variance of concordant minus discordant pairs without association, with the correction for ties."""
    n = len(x)
    t, u = (np.unique(values, return_counts=True)[1].astype(float) for values in (x, y))
    pairs = n * (n - 1)

    def cubic(m: Floats | float) -> float:
        return float(np.sum(m * (m - 1) * (2 * m + 5)))

    first = (pairs * (2 * n + 5) - cubic(t) - cubic(u)) / 18
    second = float(np.sum(t * (t - 1)) * np.sum(u * (u - 1))) / (2 * pairs)
    third = (
        float(np.sum(t * (t - 1) * (t - 2)) * np.sum(u * (u - 1) * (u - 2))) / (9 * pairs * (n - 2)) if n > 2 else 0.0
    )
    return first + second + third


def _exact_p(n: int, s: int) -> float:
    """P(|S| >= s) for S the concordant minus the discordant pairs of a random order of n values without ties.

    The number of discordant pairs is a sum of independent uniform variables on 0..m, m = 1..n - 1; its lower tail up
    to (pairs - s) / 2 is built one m at a time, out of positive terms only.
    """
    pairs = n * (n - 1) // 2
    top = (pairs - s) // 2
    density = np.zeros(top + 1)
    density[0] = 1.0
    for m in range(1, n):
        sums = np.cumsum(density)
        window = sums.copy()
        window[m + 1 :] -= sums[: max(top - m, 0)]
        density = window / (m + 1)
    return min(1.0, 2 * float(density.sum()))
