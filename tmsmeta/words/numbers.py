"""Numbers as people read them. Rounding happens here, where text is made, and nowhere else in the core."""

from __future__ import annotations

from tmsmeta.errors import NotAssessable

Number = float | NotAssessable
Pair = tuple[float, float] | NotAssessable


def number(value: Number, digits: int = 2) -> str:
    """A number with `digits` decimals; one that would show only zeros keeps one significant digit; or its reason."""
    if isinstance(value, NotAssessable):
        return str(value)
    text = f"{value:.{digits}f}"
    if float(text) == 0.0:
        return f"{value:.1g}" if value else f"{0.0:.{digits}f}"
    return text


def interval(limits: Pair, digits: int = 2) -> str:
    """``"1.57 to 5.09"``, or the reason why there is none."""
    if isinstance(limits, NotAssessable):
        return str(limits)
    return f"{number(limits[0], digits)} to {number(limits[1], digits)}"


def p_value(value: Number) -> str:
    """``"p = 0.012"``, ``"p < 0.001"``, or the reason."""
    if isinstance(value, NotAssessable):
        return f"p {value}"
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def percent(value: Number, digits: int = 1) -> str:
    """A value in percent, e.g. ``"92.2%"``."""
    return str(value) if isinstance(value, NotAssessable) else f"{number(value, digits)}%"
