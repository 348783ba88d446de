"""Numbers as people read them: one rule for sentences, tables, console, figures and report.

Decimals come from the numbers. A number that is not zero never prints as zeros, a limit that differs from no effect
never prints as no effect, a ratio keeps its leading digits (0.0149 is 0.015, 4.9e17 is not 18 digits), and zero has no
sign. Media differ in their signs alone: text has a hyphen for the minus, figures have U+2212. Rounding happens here,
where text is made, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, isnan

from tmsmeta.errors import NotAssessable

Number = float | NotAssessable
Pair = tuple[float, float] | NotAssessable

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
_LONGEST = 1e9  # from here on a number is written as 4.9e17
_LONGEST_RATIO = 1e6
_SAME = 1e-12  # a limit as near to no effect as this is no effect, but for the rounding of its last binary digits


@dataclass(frozen=True, kw_only=True)
class Numerals:
    """How one medium writes numbers; :data:`TEXT` and :data:`FIGURE` are the two there are.

    Attributes:
        minus: the sign of a negative number.
        infinity, minus_infinity: numbers without bound.
        missing: a number that is absent (NaN).
    """

    minus: str = "-"
    infinity: str = "infinity"
    minus_infinity: str = "minus infinity"
    missing: str = "not available"

    def number(self, value: Number, digits: int = 2) -> str:
        """A number with `digits` decimals; one that would print as zeros keeps one significant digit; or its reason."""
        if isinstance(value, NotAssessable):
            return str(value)
        if not isfinite(value):
            return self._unbounded(value)
        if abs(value) >= _LONGEST:
            return self._power(value)
        text = f"{value:.{digits}f}"
        return self._power(value, 0) if value and float(text) == 0.0 else self._signed(text)

    def effect(self, value: Number, digits: int = 2, *, log: bool = False) -> str:
        """An effect with `digits` decimals.

        A ratio (`log`) that would lose its leading digits keeps two significant ones (0.0149 is 0.015), and one of 100
        or more is written without decimals.
        """
        if isinstance(value, NotAssessable) or not (log and isfinite(value) and value > 0):
            return self.number(value, digits)
        if value < 5 * 10.0**-digits or value >= _LONGEST_RATIO:
            return self._power(value)
        text = self.number(value, digits)
        return self.number(value, 0) if float(text) >= 100 else text

    def limit(self, value: Number, digits: int = 2, *, log: bool = False, null: float | None = None) -> str:
        """A confidence limit: as :meth:`effect`, with as many more decimals as tell it from no effect, `null`."""
        text = self.effect(value, digits, log=log)
        if null is None or isinstance(value, NotAssessable) or abs(value - null) <= _SAME:
            return text
        while text == self.effect(null, digits, log=log):
            digits += 1
            text = self.effect(value, digits, log=log)
        return text

    def interval(self, limits: Pair, digits: int = 2, *, log: bool = False, null: float | None = None) -> str:
        """``"1.57 to 5.09"``, or the reason why there is none; `log` and `null` as in :meth:`limit`."""
        if isinstance(limits, NotAssessable):
            return str(limits)
        return " to ".join(self.limit(end, digits, log=log, null=null) for end in limits)

    def p_value(self, value: Number, *, symbol: str = "p", leading_zero: bool = True) -> str:
        """``"p = 0.012"``, ``"p < 0.001"``, or the reason."""
        if isinstance(value, NotAssessable) or isnan(value):
            return f"{symbol} {value if isinstance(value, NotAssessable) else self.missing}"
        text = f"{symbol} < 0.001" if value < 0.001 else f"{symbol} = {value:.3f}"
        return text if leading_zero else text.replace("0.", ".", 1)

    def percent(self, value: Number, digits: int = 1) -> str:
        """A value in percent, with the sign: ``"92.2%"``; or the reason."""
        return str(value) if isinstance(value, NotAssessable) else f"{self.number(value, digits)}%"

    def share(self, fraction: float, digits: int = 1) -> str:
        """A fraction in percent, without the sign: 0.922 is ``"92.2"``."""
        return self.number(100 * fraction, digits)

    def level(self, level: float) -> str:
        """A confidence level: 0.95 is ``"95%"``."""
        return f"{100 * level:g}%"

    def tau2(self, value: Number) -> str:
        """A between-study variance, with three decimals; or the reason."""
        return self.number(value, 3)

    def count(self, value: float) -> str:
        """A count, thousands apart; fractional counts keep one decimal, an absent one is empty."""
        if not isfinite(value):
            return ""
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"

    def general(self, value: Number, significant: int = 3) -> str:
        """A number with `significant` digits, in powers of ten only below 0.0001 and from 1,000,000 on."""
        if isinstance(value, NotAssessable) or value == 0 or not isfinite(value):
            return "0" if value == 0 else self.number(value)
        if not 1e-4 <= abs(value) < 1e6:
            return self._power(value, significant - 1)
        exponent = int(f"{value:.{significant - 1}e}".partition("e")[2])
        return self._signed(f"{value:.{max(0, significant - 1 - exponent)}f}")

    def tick(self, value: float) -> str:
        """The shortest exact text of an axis value: ``0.1``, ``5``, ``2,000``."""
        return self._signed(f"{value:,.10g}")

    def plain(self, value: Number, significant: int = 6) -> str:
        """A number with at most `significant` digits and no thousands separators: ``2008``, ``0.25``; or its reason."""
        if isinstance(value, NotAssessable):
            return str(value)
        return self._signed(f"{value:.{significant}g}") if isfinite(value) else self._unbounded(value)

    def _unbounded(self, value: float) -> str:
        if isnan(value):
            return self.missing
        return self.infinity if value > 0 else self.minus_infinity

    def _power(self, value: float, decimals: int = 1) -> str:
        """`decimals` + 1 significant digits, with a short exponent where plain digits would be long."""
        mantissa, _, exponent = f"{value:.{decimals}e}".partition("e")
        if -5 < int(exponent) < 0:
            return self._signed(f"{value:.{decimals - int(exponent)}f}")
        return f"{self._signed(mantissa)}e{self._signed(str(int(exponent)))}"

    def _signed(self, text: str) -> str:
        return text.replace("-", self.minus if text.strip("-0.") else "")


TEXT = Numerals()
FIGURE = Numerals(minus=MINUS, infinity="∞", minus_infinity=f"{MINUS}∞", missing="")

number, effect, limit, interval = TEXT.number, TEXT.effect, TEXT.limit, TEXT.interval
p_value, percent, share, level, tau2 = TEXT.p_value, TEXT.percent, TEXT.share, TEXT.level, TEXT.tau2
count, general, tick, plain = TEXT.count, TEXT.general, TEXT.tick, TEXT.plain
