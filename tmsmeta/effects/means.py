"""Two arms with a mean, a standard deviation and a size each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, get_args

from tmsmeta.effects.base import EffectSizes, effect_sizes
from tmsmeta.effects.checks import Faults
from tmsmeta.effects.measures import MEASURES, Arms, estimates, of_family, small_sample_factor
from tmsmeta.effects.missing import Missing, study_rows
from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.words.arguments import answerable

SmdhVariance = Literal["metafor 4.6", "metafor 3.8"]
_SMDH_WORDS = {
    "metafor 4.6": "variances by Bonett 2008, as R metafor has them from 4.6-0",
    "metafor 3.8": "variances by Bonett 2008 times the square of the small-sample factor, as R metafor had them "
    "before 4.6-0",
}


@answerable
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
    smdh_variance: SmdhVariance | None = None,
    missing: Missing = "refuse",
    treated: str = "",
    comparator: str = "",
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
        smdh_variance: for ``SMDH``, which variance: ``metafor 4.6``, the default, Bonett's equation 8 with the unbiased
            difference, as R metafor has it from version 4.6-0 and as ``SMD`` has its own; ``metafor 3.8``, the same
            times the square of the small-sample factor, as before 4.6-0. The effects, and the methods sentence, say
            which.
        missing: ``refuse`` or ``drop`` rows with a missing value, as in :func:`tmsmeta.effects.binary`.
        treated, comparator: what the arms are called, as there.

    Returns:
        One row per study; with ``SMD`` in units of the pooled standard deviation, with ``MD`` in the unit of the means.

    Raises:
        InvalidInputError: values that are not finite, a negative SD, n below 2 or fractional, lengths that differ;
            `smdh_variance` for another measure.
        UnknownOptionError: an unknown measure.

    Example:
        >>> import tmsmeta as tm
        >>> tms = {"mean_t": [14.1, 12.5], "sd_t": [6.0, 5.2], "n_t": [30, 42]}
        >>> sham = {"mean_c": [11.0, 10.4], "sd_c": [5.5, 5.9], "n_c": [31, 40]}
        >>> effects = tm.effects.continuous("SMD", **tms, **sham, study=["A", "B"])
        >>> [f"{y:.3f}" for y in effects.yi]
        ['0.532', '0.375']

    References:
        Hedges, J Educ Stat 1981;6:107 (g and its factor; large-sample variance with g in place of the population
        value); Bonett, Psychol Methods 2008;13:99 (SMDH); Hedges, Gurevitch & Curtis, Ecology 1999;80:1150 (ROM).
    """
    check_option("measure", measure, of_family("continuous"))
    if smdh_variance is not None:
        check_option("smdh_variance", smdh_variance, get_args(SmdhVariance))
        if measure != "SMDH":
            raise InvalidInputError(Issue(None, "smdh_variance", smdh_variance, f"belongs to SMDH, not to {measure}."))
    columns = {"mean_t": mean_t, "sd_t": sd_t, "n_t": n_t, "mean_c": mean_c, "sd_c": sd_c, "n_c": n_c}
    rows = study_rows(columns, study, missing, (treated, comparator))
    given, names = rows.complete
    faults = Faults(names)
    for arm in ("t", "c"):
        faults.finite(f"mean_{arm}", given[f"mean_{arm}"])
        faults.non_negative(f"sd_{arm}", given[f"sd_{arm}"])
        size = given[f"n_{arm}"]
        ok = faults.finite(f"n_{arm}", size)
        faults.where(ok & (size % 1 > 0), f"n_{arm}", size, "must be a whole number.")
        faults.where(ok & (size < 2), f"n_{arm}", size, "must be at least 2.")
    faults.raise_if_any()
    found = estimates(measure, Arms(**given))
    if smdh_variance == "metafor 3.8":
        found = found[0], found[1] * small_sample_factor(given["n_t"] + given["n_c"] - 2) ** 2
    reason = "both standard deviations are 0" + (
        ", or the means differ in sign or are 0." if MEASURES[measure].is_ratio else "."
    )
    made = rows.put_back(effect_sizes(measure, found, given, names, reason))
    return replace(made, variance_formula=_SMDH_WORDS[smdh_variance or "metafor 4.6"]) if measure == "SMDH" else made
