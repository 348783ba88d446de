"""Two arms with a mean, a standard deviation and a size each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy.special import gammaln

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.effects.checks import Faults, blank_rows, not_estimable, study_columns
from tmsmeta.errors import check_option


class Arms(NamedTuple):
    """Means, standard deviations and sizes of both arms."""

    mean_t: Floats
    sd_t: Floats
    n_t: Floats
    mean_c: Floats
    sd_c: Floats
    n_c: Floats


def small_sample_factor(df: Floats) -> Floats:
    """Hedges' exact factor J(df) that removes the bias of a standardised mean difference (Hedges 1981)."""
    factor: Floats = np.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / np.sqrt(df / 2)
    return factor


def _mean_difference(a: Arms) -> tuple[Floats, Floats]:
    return a.mean_t - a.mean_c, a.sd_t**2 / a.n_t + a.sd_c**2 / a.n_c


def _hedges_g(a: Arms) -> tuple[Floats, Floats]:
    df = a.n_t + a.n_c - 2
    pooled_sd = np.sqrt(((a.n_t - 1) * a.sd_t**2 + (a.n_c - 1) * a.sd_c**2) / df)
    g = small_sample_factor(df) * (a.mean_t - a.mean_c) / pooled_sd
    return g, 1 / a.n_t + 1 / a.n_c + g**2 / (2 * (a.n_t + a.n_c))


def _unequal_variances(a: Arms) -> tuple[Floats, Floats]:
    df = a.n_t + a.n_c - 2
    mean_variance = (a.sd_t**2 + a.sd_c**2) / 2
    factor = small_sample_factor(df)
    d = factor * (a.mean_t - a.mean_c) / np.sqrt(mean_variance)
    from_sd = d**2 * (a.sd_t**4 / (a.n_t - 1) + a.sd_c**4 / (a.n_c - 1)) / (8 * mean_variance**2)
    from_means = (a.sd_t**2 / (a.n_t - 1) + a.sd_c**2 / (a.n_c - 1)) / mean_variance
    # The bracket is the variance of the uncorrected difference, with the unbiased d in place of the population value
    return d, factor**2 * (from_sd + from_means)


def _log_ratio_of_means(a: Arms) -> tuple[Floats, Floats]:
    variance = a.sd_t**2 / (a.n_t * a.mean_t**2) + a.sd_c**2 / (a.n_c * a.mean_c**2)
    return np.log(a.mean_t / a.mean_c), variance


FORMULAS: Mapping[str, Callable[[Arms], tuple[Floats, Floats]]] = {
    "MD": _mean_difference,
    "SMD": _hedges_g,
    "SMDH": _unequal_variances,
    "ROM": _log_ratio_of_means,
}


def continuous(
    measure: str,
    mean_t: Any,
    sd_t: Any,
    n_t: Any,
    mean_c: Any,
    sd_c: Any,
    n_c: Any,
    *,
    study: Any = None,
) -> EffectSizes:
    """Difference, standardised difference or ratio of two means.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        measure: ``MD``; ``SMD``, Hedges g with the exact small-sample factor, positive when the treated mean is
            higher; ``SMDH``, standardised by the root of the mean variance (Bonett 2008), for unequal variances;
            ``ROM``, log ratio of means (both means must have the same sign).
        mean_t, sd_t, n_t: mean, standard deviation and patients of the treated arm, shape (k,).
        mean_c, sd_c, n_c: the same for the comparator arm.
        study: labels, shape (k,), none of them missing.

    Raises:
        InvalidInputError: values that are not finite, a negative SD, n below 2 or fractional, lengths that differ.
        UnknownOptionError: an unknown measure.

    References:
        Hedges, J Educ Stat 1981;6:107 (g and its factor; large-sample variance with g in place of the population
        value); Bonett, Psychol Methods 2008;13:99 (SMDH); Hedges, Gurevitch & Curtis, Ecology 1999;80:1150 (ROM).
    """
    check_option("measure", measure, list(FORMULAS))
    given, names = study_columns(
        {"mean_t": mean_t, "sd_t": sd_t, "n_t": n_t, "mean_c": mean_c, "sd_c": sd_c, "n_c": n_c}, study
    )
    faults = Faults(names)
    for arm in ("t", "c"):
        faults.finite(f"mean_{arm}", given[f"mean_{arm}"])
        faults.non_negative(f"sd_{arm}", given[f"sd_{arm}"])
        size = given[f"n_{arm}"]
        ok = faults.finite(f"n_{arm}", size)
        faults.where(ok & (size % 1 > 0), f"n_{arm}", size, "must be a whole number.")
        faults.where(ok & (size < 2), f"n_{arm}", size, "must be at least 2.")
    faults.raise_if_any()
    with np.errstate(divide="ignore", invalid="ignore"):
        yi, vi = FORMULAS[measure](Arms(**given))
    vi = np.where(vi > 0, vi, np.nan)
    blank_rows(yi, vi)
    reason = "both standard deviations are 0" + (", or the means differ in sign or are 0." if measure == "ROM" else ".")
    return EffectSizes(
        measure=measure, yi=yi, vi=vi, study=names, inputs=given, not_estimable=not_estimable(names, yi, vi, reason)
    )
