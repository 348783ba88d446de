"""Quoted figures: what a printed number can stand for, and how a computed one is shown beside it."""

from __future__ import annotations

import math
from fractions import Fraction

from tmsmeta.tables.printed import Printed
from tmsmeta.words import numbers
from tmsmeta.words.names import singular

_BARE_UNITS = ("", "ratio", "year", "rank")


def show(value: float, unit: str) -> str:
    """A number for a sentence, with its unit: whole numbers in full, percentages to 0.1, else three digits."""
    return with_unit(digits(value, unit), unit, one=value == 1)


def with_unit(text: str, unit: str, *, one: bool = False) -> str:
    """A number that is text already, with its unit; `one` asks for the singular."""
    if unit.startswith("percent"):
        of = unit.removeprefix("percent")
        return f"{text} percentage point{'' if one else 's'}" if of == "age points" else f"{text}%{of}"
    if unit in _BARE_UNITS:
        return text
    return f"{text} {singular(unit) if one and not unit.startswith('per ') else unit}"


def digits(value: float, unit: str) -> str:
    """The digits of a number as sentences show them, without the unit."""
    if math.isinf(value):
        return numbers.number(value)
    if float(value).is_integer() and abs(value) < 1e9:
        return f"{int(value)}" if unit == "year" else f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if unit.startswith("percent") and abs(value) >= 1:
        return f"{value:.1f}"
    return numbers.general(value)


def as_printed(figure: Printed, unit: str) -> str:
    """A quoted figure with the digits it was printed with, thousands apart."""
    if figure.decimals or unit == "year":
        return figure.text
    return f"{int(figure.value):,}"


def prints_as(value: float | Fraction, figure: Printed) -> bool:
    """Whether `value` rounds to the printed figure; a tie counts, whichever way it is rounded.

    A float is given the room of a few units of its last binary digit, so that 0.15 counts as 0.15.
    """
    window = figure.window("nearest")
    room = Fraction(0) if isinstance(value, Fraction) else abs(Fraction(value)) * Fraction(1, 2**48)
    return window.low - room <= Fraction(value) <= window.high + room


def within(value: float, low: Printed | None, high: Printed | None) -> bool:
    """Whether `value` lies in a quoted range whose ends were rounded; an open end is a bound, taken as it stands.

    "50 to 60" takes in 49.5 to 60.5, since its ends are printed figures. "more than 50" and "less than 1" are
    bounds, not roundings.
    """
    if low is not None and high is not None:
        return prints_as(value, low) or prints_as(value, high) or float(low.value) <= value <= float(high.value)
    if low is not None:
        return value >= float(low.value)
    return high is not None and value <= float(high.value)


def nearest_quoted(value: float, low: Printed | None, high: Printed | None) -> float | None:
    """The end of the quoted range nearest to `value`; `value` itself inside the range; None where none is quoted."""
    ends = [float(end.value) for end in (low, high) if end is not None]
    if not ends:
        return None
    if within(value, low, high):
        return value
    return min(ends, key=lambda end: abs(end - value))
