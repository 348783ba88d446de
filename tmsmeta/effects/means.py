"""Two arms with a mean, a standard deviation and a size each."""

from __future__ import annotations

from typing import Any

from tmsmeta.effects.base import EffectSizes, effect_sizes
from tmsmeta.effects.checks import Faults, study_columns
from tmsmeta.effects.measures import MEASURES, Arms, estimates, of_family
from tmsmeta.errors import check_option


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
    check_option("measure", measure, of_family("continuous"))
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
    reason = "both standard deviations are 0" + (
        ", or the means differ in sign or are 0." if MEASURES[measure].is_ratio else "."
    )
    return effect_sizes(measure, estimates(measure, Arms(**given)), given, names, reason)
