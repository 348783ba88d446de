"""Estimates given on another scale than the measure's: ratios for logs, logs for ratios, percents for proportions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.checks import Faults
from tmsmeta.effects.measures import MEASURES, Floats

_FAR, _NEAR = 0.05, 0.02
"""Distances of an estimate from the middle of its interval, in half widths, beyond what rounding explains."""

_RANGES: Mapping[tuple[str, str], tuple[float, float]] = {
    ("proportion", "identity"): (0.0, 1.0),
    ("proportion", "log"): (-np.inf, 0.0),
    ("proportion", "arcsine"): (0.0, np.pi / 2),
    ("proportion", "freeman-tukey"): (0.0, np.pi / 2),
    ("rate", "identity"): (0.0, np.inf),
    ("rate", "square-root"): (0.0, np.inf),
    ("rate", "freeman-tukey rate"): (0.0, np.inf),
}
_PERCENT = "; is it a percent? Then divide it, and its standard error or limits, by 100"


def check_range(measure: str, yi: Floats, faults: Faults) -> None:
    """Record estimates that the measure cannot have, such as a proportion of 30."""
    info = MEASURES[measure]
    low, high = _RANGES.get((info.family, info.scale), (-np.inf, np.inf))
    if info.contrast:
        low, high = info.bounds if measure in ("RD", "AS") else (-np.inf, np.inf)
    hint = _PERCENT if measure in ("PR", "RD") else ""
    where = f"between {low:.4g} and {high:.4g}" if np.isfinite([low, high]).all() else ""
    where = where or (f"{low:g} or more" if np.isfinite(low) else f"{high:g} or less")
    with np.errstate(invalid="ignore"):
        beyond = (yi < low) | (yi > high)
    faults.where(beyond & np.isfinite(yi), "yi", yi, f"must be {where} for {measure} ({info.label}){hint}.")


def check_logs(measure: str, given: Mapping[str, Floats], faults: Faults) -> None:
    """Record logarithms whose intervals show that they are none: the middle fits on the scale of ratios only."""
    info = MEASURES[measure]
    if info.scale == "log":
        logs, ratios = _misses(*given.values())
        way = f", or give the numbers to printed_ratio({measure!r}, ratio, ci_low, ci_high)" if info.is_ratio else ""
        kind = "ratio" if info.is_ratio else info.family
        message = f"is the middle of its interval as a {kind}, not as a logarithm; take the logarithms{way}."
        faults.where(_swapped(wrong=ratios, right=logs), next(iter(given)), next(iter(given.values())), message)


def check_ratios(measure: str, given: Mapping[str, Floats], faults: Faults) -> None:
    """Record ratios whose intervals show that they are logarithms: the middle fits on the log scale only."""
    logs, ratios = _misses(*given.values())
    message = (
        f"is the middle of its interval as a logarithm, not as a ratio; logarithms go to "
        f"generic(yi, ci=(low, high), measure={measure!r})."
    )
    faults.where(_swapped(wrong=logs, right=ratios), next(iter(given)), next(iter(given.values())), message)


def _misses(yi: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """How far each estimate is from the middle of its interval, taken as logs and taken as ratios, both of shape (k,).

    In half widths, after what the rounding of the three numbers explains; NaN where a number is not positive, which
    no ratio is.
    """
    # limits are printed alike, and the estimate with no fewer decimals: a column of 0.70 alone looks like 0.7
    limits = min(_unit(low), _unit(high))
    half = [min(_unit(yi), limits) / 2, limits / 2, limits / 2]
    positive = (yi > 0) & (low > 0) & (high > low)
    with np.errstate(invalid="ignore", divide="ignore"):
        as_logs = np.abs(yi - (low + high) / 2) - half[0] - (half[1] + half[2]) / 2
        columns = list(zip((yi, low, high), half, strict=True))
        least, low_least, high_least = (np.log(np.maximum(x - h, 0.0)) for x, h in columns)
        most, low_most, high_most = (np.log(x + h) for x, h in columns)
        as_ratios = np.maximum(least - (low_most + high_most) / 2, (low_least + high_least) / 2 - most)
        logs = np.maximum(as_logs, 0.0) / ((high - low) / 2)
        ratios = np.maximum(as_ratios, 0.0) / (np.log(high / low) / 2)
    return np.where(positive, logs, np.nan), np.where(positive, ratios, np.nan)


def _swapped(*, wrong: Floats, right: Floats) -> NDArray[np.bool_]:
    """Rows that are far from the middle on the right scale and near it on the wrong one, if half that tell are so.

    A row that is not positive, which is NaN here, proves that the numbers are logarithms.
    """
    none = np.zeros(len(right), dtype=bool)
    if np.isnan(right).any():
        return none
    swapped = (right > _FAR) & (wrong <= _NEAR)
    telling = (right > _FAR) | (wrong > _FAR)
    return swapped if 2 * int(swapped.sum()) >= int(telling.sum()) else none


def _unit(values: Floats) -> float:
    """A unit of the last decimal with which a column was printed, as far as its numbers show; at most 0.1."""
    shown = [np.format_float_positional(x, trim="-") for x in values[np.isfinite(values)]]
    return float(10.0 ** -max([1, *(len(text.partition(".")[2]) for text in shown)]))
