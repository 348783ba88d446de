"""Numbers as text, from full precision: the only place where figures round."""

from __future__ import annotations

from math import floor, isfinite, log10

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"


def fixed(value: float, digits: int = 2) -> str:
    """`value` with `digits` decimals and a true minus sign; zero has no sign."""
    if not isfinite(value):
        return ("" if value > 0 else MINUS) + "∞" if value == value else ""
    text = f"{value:.{digits}f}"
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0.") else MINUS + text[1:]
    return text


def effect(value: float, digits: int = 2, *, log: bool = False) -> str:
    """An effect with `digits` decimals.

    A positive value on a log axis that would lose its leading digits (0.004) keeps two significant ones, and one
    of 100 or more is written without decimals.
    """
    if log and isfinite(value) and value > 0:
        if value >= 100:
            return fixed(value, 0)
        if value < 5 * 10.0**-(digits):
            return fixed(value, min(1 - floor(log10(value)), 12)) if value > 1e-10 else fixed(0.0, digits)
    return fixed(value, digits)


def p_value(value: float, *, symbol: str = "p", leading_zero: bool = True) -> str:
    """``p = 0.032``; below 0.001 the bound, near 1 the bound too."""
    if value < 0.001:
        text = f"{symbol} < 0.001"
    elif value > 0.99:
        text = f"{symbol} > 0.99"
    else:
        text = f"{symbol} = {value:.{3 if value < 0.0995 else 2}f}"
    return text if leading_zero else text.replace("0.", ".", 1)


def percent(fraction: float, digits: int = 1) -> str:
    """A fraction as percent, without the sign."""
    return fixed(100 * fraction, digits)


def count(value: float) -> str:
    """A count; fractional counts keep one decimal."""
    if not isfinite(value):
        return ""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def general(value: float, significant: int = 3) -> str:
    """A statistic with `significant` digits, never in powers of ten between 0.0001 and 1,000,000."""
    if value == 0 or not isfinite(value):
        return "0" if value == 0 else fixed(value)
    digits = max(0, significant - 1 - floor(log10(abs(value))))
    if not 1e-4 <= abs(value) < 1e6:
        return f"{value:.{significant - 1}e}".replace("-", MINUS)
    return fixed(value, digits)


def tick(value: float) -> str:
    """The shortest exact text of an axis value: ``0.1``, ``5``, ``2,000``."""
    return f"{value:,.10g}".replace("-", MINUS)


def plain(value: float) -> str:
    """A number of the user's own, without thousands separators: ``2008``, ``0.25``."""
    return f"{value:.6g}".replace("-", MINUS)
