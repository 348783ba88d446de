"""A number as it was printed, and the exact values it can stand for.

Everything is exact (fractions), so that a count on a rounding edge is never lost to floating point.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import SupportsFloat, TypeGuard

from tmsmeta.errors import InvalidInputError, Issue

ROUNDINGS = ("half_up", "half_even", "nearest", "truncate")
"""How a printed figure came about: ties away from zero (spreadsheets, SPSS), ties to the even digit (R, Python),
ties either way, or further digits cut off."""

_PATTERN = re.compile(r"([<>]?)\s*([+-]?)(\d*)(?:\.(\d+))?\s*%?")


@dataclass(frozen=True, slots=True)
class Window:
    """The exact values that a printed number can stand for.

    Attributes:
        low: lower edge.
        high: upper edge.
        low_closed: whether the lower edge itself belongs to it.
        high_closed: whether the upper edge itself belongs to it.
    """

    low: Fraction
    high: Fraction
    low_closed: bool = True
    high_closed: bool = True

    def __contains__(self, value: Fraction) -> bool:
        above = value > self.low or (self.low_closed and value == self.low)
        below = value < self.high or (self.high_closed and value == self.high)
        return above and below

    def integers(self, step: Fraction) -> range:
        """Whole numbers e for which ``e * step`` lies in the window; `step` is above 0."""
        first, last = self.low / step, self.high / step
        start, stop = math.ceil(first), math.floor(last)
        if start == first and not self.low_closed:
            start += 1
        if stop == last and not self.high_closed:
            stop -= 1
        return range(start, stop + 1)

    def floats(self, slack: float = 1e-12) -> tuple[float, float]:
        """Edges as floats, each moved outwards by `slack` (relative), for figures that cannot be exact."""
        low, high = float(self.low), float(self.high)
        return low - slack * max(abs(low), 1e-9), high + slack * max(abs(high), 1e-9)


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as printed.

    Attributes:
        text: the figure with its decimals, e.g. ``"6.10"``.
        value: its exact value.
        decimals: digits printed after the point.
        bound: ``"<"`` or ``">"`` for a figure such as p < 0.001, else empty.
    """

    text: str
    value: Fraction
    decimals: int
    bound: str = ""

    @property
    def unit(self) -> Fraction:
        """One step of the last printed digit."""
        return Fraction(1, 10**self.decimals)

    def window(self, rounding: str) -> Window:
        """The exact values behind the figure under a convention of :data:`ROUNDINGS`."""
        if self.bound == "<":
            return Window(Fraction(0), self.value, high_closed=False)
        if self.bound == ">":
            return Window(self.value, Fraction(1), low_closed=False)
        negative = self.value < 0
        if rounding == "truncate":
            if self.value == 0:
                return Window(-self.unit, self.unit, low_closed=False, high_closed=False)
            away = self.value + (-self.unit if negative else self.unit)
            edges = sorted((self.value, away))
            return Window(edges[0], edges[1], low_closed=not negative, high_closed=negative)
        low, high = self.value - self.unit / 2, self.value + self.unit / 2
        if rounding == "nearest":
            return Window(low, high)
        if rounding == "half_even":
            even = (self.value / self.unit) % 2 == 0
            return Window(low, high, low_closed=even, high_closed=even)
        return Window(low, high, low_closed=self.value > 0, high_closed=negative)


def read_printed(
    value: str | float, column: str, faults: list[Issue], *, decimals: int | None = None, bounds: bool = False
) -> Printed:
    """Read a printed figure; what is wrong with it is added to `faults`.

    Text keeps its trailing zeros (``"6.10"`` has two decimals; a Lancet point ``"6·10"``, a percent sign and a
    minus sign are understood). A whole number (int) has none. A float such as 20.7 is taken with the digits it
    shows, since a dropped zero only widens the window; a float such as 34.0 does not tell whether "34" or "34.0"
    was printed, so it needs `decimals`. With `bounds`, ``"<0.001"`` and ``">0.05"`` are read too.
    """
    text = _as_text(value, column, faults, decimals)
    match = _PATTERN.fullmatch(text)
    if match is None or not (match[3] or match[4]):
        example = "a printed number such as '6.10'" + (" or '<0.001'" if bounds else "")
        faults.append(Issue(None, column, value, f"must be {example}."))
        return Printed("0", Fraction(0), 0)
    bound, sign, whole, digits = match[1], match[2], match[3] or "0", match[4] or ""
    if bound and not bounds:
        faults.append(Issue(None, column, value, "must be a number without '<' or '>'."))
    if decimals is not None and decimals < len(digits):
        faults.append(Issue(None, column, value, f"shows {len(digits)} decimals, more than decimals={decimals}."))
    digits = digits.ljust(decimals or 0, "0")
    shown = f"{sign.strip('+')}{whole}" + (f".{digits}" if digits else "")
    return Printed(bound + shown, Fraction(shown), len(digits), bound)


def _as_text(value: str | float, column: str, faults: list[Issue], decimals: int | None) -> str:
    if isinstance(value, str):
        return value.strip().replace("·", ".").replace("−", "-").replace("–", "-")
    if not _is_one_number(value) or not math.isfinite(float(value)):
        return "not a number"
    if hasattr(value, "__index__"):
        return str(int(value))
    number = float(value)
    if number == int(number):
        if decimals is None:
            message = "does not tell how many decimals were printed; give it as text ('34' or '34.0') or pass decimals."
            faults.append(Issue(None, column, value, message))
        return str(int(number))
    return f"{Decimal(repr(number)):f}"


def read_many(
    values: Iterable[str | float], column: str, faults: list[Issue], *, decimals: int | None = None
) -> tuple[Printed, ...]:
    """Several printed figures; the fault names the position, counted from 1."""
    figures = []
    for position, value in enumerate(values, start=1):
        own: list[Issue] = []
        figures.append(read_printed(value, column, own, decimals=decimals))
        faults.extend(Issue(position, fault.column, fault.found, fault.message) for fault in own)
    if not figures:
        faults.append(Issue(None, column, None, "must hold at least one printed figure."))
    return tuple(figures)


def whole_number(value: object, column: str, faults: list[Issue], *, least: int = 0) -> int:
    """`value` as a whole number of at least `least`; a fault is added and `least` returned otherwise."""
    number = float(value) if _is_one_number(value) else math.nan
    if not (math.isfinite(number) and number == int(number) and number >= least):
        faults.append(Issue(None, column, value, f"must be a whole number of at least {least}."))
        return least
    return int(number)


def check_level(level: float, faults: list[Issue]) -> None:
    """Add a fault unless `level` lies between 0 and 1."""
    if not _is_one_number(level) or not 0.0 < level < 1.0:
        faults.append(Issue(None, "level", level, "must lie between 0 and 1, e.g. 0.95."))


def _is_one_number(value: object) -> TypeGuard[SupportsFloat]:
    return hasattr(value, "__float__") and not isinstance(value, bool) and not getattr(value, "ndim", 0)


def raise_if(faults: list[Issue]) -> None:
    """Raise all faults at once, if there are any."""
    if faults:
        raise InvalidInputError(faults)
