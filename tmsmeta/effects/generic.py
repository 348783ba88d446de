"""Effects that are known by their estimate and variance, standard error or interval."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri

from tmsmeta.effects.base import EffectSizes
from tmsmeta.effects.checks import Faults
from tmsmeta.effects.measures import MEASURES, Floats
from tmsmeta.effects.missing import Missing, study_rows
from tmsmeta.effects.plausible import check_logs, check_range, check_ratios
from tmsmeta.errors import InvalidInputError, Issue, check_level, check_option
from tmsmeta.words.arguments import answerable


@answerable
def generic(
    yi: Any,
    *,
    vi: Any = None,
    se: Any = None,
    ci: tuple[Any, Any] | None = None,
    level: float = 0.95,
    measure: str = "GEN",
    study: Any = None,
    missing: Missing = "refuse",
    treated: str = "",
    comparator: str = "",
) -> EffectSizes:
    """Effects from an estimate and exactly one of: variance, standard error, interval.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        yi: estimates, shape (k,); ratios on the log scale (for printed ratios see :func:`printed_ratio`).
        vi: sampling variances, shape (k,).
        se: standard errors, shape (k,).
        ci: lower and upper limits, two arrays of shape (k,), on the scale of `yi`. The standard error is the width
            divided by twice the normal quantile, so the interval's own centre does not matter.
        level: level of `ci`.
        measure: any measure; it decides the scale and the words of the results.
        study: labels, shape (k,), none of them missing.
        missing: ``refuse`` or ``drop`` rows with a missing value, as in :func:`tmsmeta.effects.binary`.
        treated, comparator: what the arms are called, as there.

    Returns:
        One row per study, with the estimates as given and their variances on the same scale.

    Raises:
        InvalidInputError: none or several of `vi`, `se`, `ci`; values that are not finite, or that the measure cannot
            have (a proportion above 1); a variance or standard error that is zero or negative; limits in the wrong
            order or that do not enclose the estimate; estimates of a ratio measure that are the middle of their
            intervals as ratios and, beyond what rounding explains, not as logarithms.
        UnknownOptionError: an unknown measure.

    Example:
        >>> import tmsmeta as tm
        >>> effects = tm.effects.generic([1.2, 2.0], ci=([0.1, 0.7], [2.3, 3.3]), measure="MD", study=["A", "B"])
        >>> [f"{se:.3f}" for se in effects.se]
        ['0.561', '0.663']
    """
    check_option("measure", measure, MEASURES)
    chosen = [name for name, value in (("vi", vi), ("se", se), ("ci", ci)) if value is not None]
    if len(chosen) != 1:
        found = ", ".join(chosen) or "none of them"
        raise InvalidInputError(Issue(None, "vi, se, ci", found, "exactly one of these three must be given."))
    check_level(level)
    if ci is not None:
        return _from_interval(yi, ci, level, measure, study, missing, arms=(treated, comparator))
    name, value = ("vi", vi) if vi is not None else ("se", se)
    rows = study_rows({"yi": yi, name: value}, study, missing, (treated, comparator))
    given, names = rows.complete
    faults = Faults(names)
    faults.finite("yi", given["yi"])
    faults.positive(name, given[name])
    check_range(measure, given["yi"], faults)
    faults.raise_if_any()
    variance = given[name] if name == "vi" else given[name] ** 2
    return rows.put_back(EffectSizes(measure=measure, yi=given["yi"], vi=variance, study=names))


def _from_interval(
    yi: Any,
    ci: tuple[Any, Any],
    level: float,
    measure: str,
    study: Any,
    missing: Missing = "refuse",
    *,
    arms: tuple[str, str] = ("", ""),
    log: bool = False,
) -> EffectSizes:
    """Effects from estimates and limits; with `log` these are known to be logarithms where the measure has them."""
    if len(ci) != 2:
        raise InvalidInputError(Issue(None, "ci", len(ci), "must be a pair: lower limits, upper limits."))
    rows = study_rows({"yi": yi, "ci_low": ci[0], "ci_high": ci[1]}, study, missing, arms)
    given, names = rows.complete
    faults = Faults(names)
    finite = np.ones(len(names), dtype=bool)
    for name, values in given.items():
        finite &= faults.finite(name, values)
    low, high = given["ci_low"], given["ci_high"]
    ordered = finite & (low < high)
    faults.where(finite & ~ordered, "ci_high", high, "must be above `ci_low`.")
    outside = ordered & ((given["yi"] < low) | (given["yi"] > high))
    faults.where(outside, "yi", given["yi"], "must lie within its interval, on the same scale.")
    check_range(measure, given["yi"], faults)
    if finite.all() and not log:
        check_logs(measure, given, faults)
    faults.raise_if_any()
    se = (high - low) / (2 * ndtri(0.5 + level / 2))
    return rows.put_back(EffectSizes(measure=measure, yi=given["yi"], vi=se**2, study=names))


@answerable
def printed_ratio(
    measure: str,
    ratio: Any,
    ci_low: Any,
    ci_high: Any,
    *,
    level: float = 0.95,
    decimals: int | None = None,
    study: Any = None,
    missing: Missing = "refuse",
    treated: str = "",
    comparator: str = "",
) -> EffectSizes:
    """Effects from ratios as a paper prints them: 2.82 (1.57 to 5.09).

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        measure: a ratio measure: ``OR``, ``RR``, ``PETO``, ``IRR``, ``ROM`` or ``HR``.
        ratio, ci_low, ci_high: the printed ratio and its limits, shape (k,), not logarithms.
        level: level of the printed interval.
        decimals: how many decimals were printed. The standard error is then the middle of the range that all three
            printed numbers allow (:func:`printed_ranges`), which is closer than the width of the interval where a
            limit such as 0.06 has lost most of its digits. Without it, the standard error is from the width.
        study: labels, shape (k,), none of them missing.
        missing: ``refuse`` or ``drop`` rows with a missing value, as in :func:`tmsmeta.effects.binary`.
        treated, comparator: what the arms are called, as there.

    Returns:
        One row per study, estimates and variances on the log scale.

    Raises:
        InvalidInputError: ratios or limits that are not positive, limits in the wrong order, or three numbers that
            no estimate with a symmetric interval on the log scale can print; logarithms in place of ratios, where the
            intervals show it.
        UnknownOptionError: a measure that is no ratio.

    Example:
        >>> import tmsmeta as tm
        >>> effects = tm.effects.printed_ratio("OR", [2.82], [1.57], [5.09], decimals=2, study=["A"])
        >>> f"{effects.yi[0]:.3f}, standard error {effects.se[0]:.3f}"
        '1.037, standard error 0.301'
    """
    check_option("measure", measure, [m.name for m in MEASURES.values() if m.is_ratio])
    printed = {"ratio": ratio, "ci_low": ci_low, "ci_high": ci_high}
    rows = study_rows(printed, study, missing, (treated, comparator))
    given, names = rows.complete
    faults = Faults(names)
    for name, values in given.items():
        faults.positive(name, values)
    check_ratios(measure, given, faults)
    faults.raise_if_any()
    logs: list[Floats] = [np.log(values) for values in given.values()]
    check_level(level)
    from_width = _from_interval(logs[0], (logs[1], logs[2]), level, measure, names, log=True)
    if decimals is None:
        return rows.put_back(from_width)
    _, se = printed_ranges(*given.values(), decimals=decimals, level=level, study=names)
    return rows.put_back(generic(logs[0], se=(se[0] + se[1]) / 2, measure=measure, study=names))


@answerable
def printed_ranges(
    ratio: Any, ci_low: Any, ci_high: Any, *, decimals: int, level: float = 0.95, study: Any = None
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """What the rounding of a printed ratio and interval leaves open.

    Each printed number stands for a range of half a unit of its last decimal to both sides. The standard error must
    fit the lower half of the interval, the upper half, and the whole.

    pandas Series are paired by position; those that hold the same index labels in different orders are refused.

    Args:
        ratio, ci_low, ci_high: as printed, shape (k,), positive.
        decimals: how many decimals were printed.
        level: level of the interval.
        study: labels, for messages.

    Returns:
        Lowest and highest log ratio, and lowest and highest standard error, each of shape (k,).

    Raises:
        InvalidInputError: for rows whose interval is not symmetric around the ratio on the log scale, even so.

    Example:
        >>> import tmsmeta as tm
        >>> ratio, se = tm.effects.printed_ranges([2.82], [1.57], [5.09], decimals=2)
        >>> [f"{end[0]:.4f}" for end in se]
        ['0.2999', '0.3011']
    """
    given, names = study_rows({"ratio": ratio, "ci_low": ci_low, "ci_high": ci_high}, study).complete
    half = 0.5 * 10.0**-decimals
    low, high = ({name: np.log(np.maximum(x + side, 1e-12)) for name, x in given.items()} for side in (-half, half))
    z = ndtri(0.5 + level / 2)
    halves = (("ci_high", "ratio", z), ("ratio", "ci_low", z), ("ci_high", "ci_low", 2 * z))
    smallest = np.max([(low[upper] - high[lower]) / by for upper, lower, by in halves], axis=0)
    largest = np.min([(high[upper] - low[lower]) / by for upper, lower, by in halves], axis=0)
    faults = Faults(names)
    message = "cannot be the middle of its interval on the log scale; check the three numbers and their decimals."
    faults.where(smallest > largest, "ratio", given["ratio"], message)
    faults.raise_if_any()
    return (low["ratio"], high["ratio"]), (np.maximum(smallest, 1e-12), largest)
