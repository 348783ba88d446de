"""Can these counts print this percentage? Exact arithmetic on the decimals as printed.

A percentage printed with d decimals stands for every value that rounds to it: the printed value plus or minus
half a unit of the last decimal. Both ends count, because programs differ in how they round a tie (6.25 is
printed as 6.2 or as 6.3).
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from tmsmeta.errors import check_option

Rounding = Literal["rounded", "off_by_tenth", "truncated"]
ROUNDINGS: tuple[Rounding, ...] = ("rounded", "off_by_tenth", "truncated")

_PLAIN_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")


def is_plain(printed: str) -> bool:
    """Whether a figure is a plain decimal number, without sign and exponent."""
    return _PLAIN_NUMBER.fullmatch(printed.strip()) is not None


def printed_decimals(printed: str) -> int:
    """Number of decimals of a printed figure: 2 for ``"14.50"``, 0 for ``"14"``.

    Raises:
        ValueError: `printed` is not a plain decimal number.
    """
    text = printed.strip()
    if not is_plain(text):
        raise ValueError(f"A printed figure must be a plain decimal number such as '14.5'. Got {printed!r}.")
    return len(text.partition(".")[2])


def printed_range(printed: str, rounding: Rounding = "rounded") -> tuple[Fraction, Fraction]:
    """Lowest and highest value that may stand behind a printed figure.

    Args:
        printed: the figure as printed, e.g. ``"14.5"``; trailing zeros matter.
        rounding: ``"rounded"`` allows half a unit of the last decimal either way; ``"off_by_tenth"`` allows 0.1
            more than that; ``"truncated"`` allows up to a whole unit above (14.59 cut off to 14.5), where the upper
            end is a bound that itself would print the next figure.

    Raises:
        ValueError: `printed` is not a plain decimal number.
    """
    check_option("rounding", rounding, ROUNDINGS)
    unit = Fraction(1, 10 ** printed_decimals(printed))
    value = Fraction(Decimal(printed.strip()))
    if rounding == "truncated":
        return value, value + unit
    slack = unit / 2 + (Fraction(1, 10) if rounding == "off_by_tenth" else 0)
    return value - slack, value + slack


def _fits(value: Fraction, printed: str, rounding: Rounding) -> bool:
    low, high = printed_range(printed, rounding)
    return low <= value < high if rounding == "truncated" else low <= value <= high


def prints_percent(events: int, n: int, printed: str, rounding: Rounding = "rounded") -> bool:
    """Whether `events` of `n` can be printed as the percentage `printed`.

    Args:
        events: patients with the outcome, 0 to `n`.
        n: patients, at least 1.
        printed: the percentage as printed, e.g. ``"14.5"``.
        rounding: see :func:`printed_range`.

    Raises:
        ValueError: `printed` is not a plain decimal number, or `n` is below 1.
    """
    if n < 1:
        raise ValueError(f"`n` must be at least 1. Got {n}.")
    return _fits(Fraction(100 * events, n), printed, rounding)


def prints_rate(events: int, exposure: int, per: int, printed: str) -> bool:
    """Whether `events` in `exposure` units can be printed as `printed` events per `per` units.

    Raises:
        ValueError: `printed` is not a plain decimal number, or `exposure` is below 1.
    """
    if exposure < 1:
        raise ValueError(f"`exposure` must be at least 1. Got {exposure}.")
    return _fits(Fraction(events * per, exposure), printed, "rounded")
