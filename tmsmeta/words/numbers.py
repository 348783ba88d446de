"""Numbers as people read them: one rule for sentences, tables, console, figures and report.

Decimals come from the numbers. An estimate and its limits are written with the same decimals: as many as its measure
asks for, and more where the estimate would keep fewer than two significant digits or where a limit that differs from no
effect would print as no effect. A number that is not zero never prints as zeros, and zero has no sign. A limit of a
ratio that says no more than "very large" is ">1000" (4.9e17 is not 18 digits); one that is too small for the decimals
of its estimate is "<0.01". Media differ in their signs alone: text has a hyphen for the minus, figures have U+2212.
Rounding happens here, where text is made, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite, isnan, log10

from tmsmeta.errors import NotAssessable

Number = float | NotAssessable
Pair = tuple[float, float] | NotAssessable

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
_HYPHEN = re.compile(r"(?<![\w.,)\]/%-])-(?=\.?\d)")  # not that of a range, a date or a compound
_LONGEST = 1e9  # from here on a number is written as 4.9e17
_LONGEST_RATIO = 1e6
_SAME = 1e-12  # a limit as near to no effect as this is no effect, but for the rounding of its last binary digits
_SIGNIFICANT = 2  # digits that an estimate keeps
_MOST_DECIMALS = 6  # numbers that need more are powers of ten
_MANY_MORE = 2  # decimals that limits are given beyond their own need, so that a small estimate keeps its digits
_FAR = 20.0  # times the estimate of a ratio; from the power of ten above, at least 1000, a limit is only "above" it


def minus_signs(text: str) -> str:
    """`text` as it is printed: with a minus sign in place of the hyphen before each negative number."""
    return _HYPHEN.sub(MINUS, text)


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
        """An effect without its interval: `digits` decimals, more where fewer than two significant ones are left.

        A ratio (`log`) of 100 or more is written without decimals.
        """
        return self.estimate(value, None, digits, log=log)[0]

    def interval(self, limits: Pair, digits: int = 2, *, log: bool = False, null: float | None = None) -> str:
        """``"1.57 to 5.09"`` for limits that stand alone, or the reason why there are none; as :meth:`estimate`."""
        return " to ".join(self.estimate(NotAssessable("estimate", ""), limits, digits, log=log, null=null)[1:])

    def estimate(
        self, value: Number, limits: Pair | None, digits: int = 2, *, log: bool = False, null: float | None = None
    ) -> tuple[str, ...]:
        """The texts of an estimate and of its limits, all with the same decimals.

        Args:
            value: the estimate, or the reason why there is none.
            limits: its lower and upper limit, the reason why there are none, or None where none belong to it.
            digits: the fewest decimals.
            log: whether these are ratios (or other numbers that are spaced as logs).
            null: the value of "no effect"; None where there is none.

        Returns:
            The estimate, then both limits, or the reason in their place, or nothing without `limits`.
        """
        ends = limits if isinstance(limits, tuple) else ()
        centre = () if isinstance(value, NotAssessable) else (value,)
        decimals = _decimals(centre, ends, digits, log=log, null=null)
        step = _step(centre, decimals, null)
        texts = [self._limit(end, decimals, step, _bound(centre) if log else _LONGEST) for end in ends]
        if isinstance(limits, NotAssessable):
            texts = [str(limits)]
        return (str(value) if isinstance(value, NotAssessable) else self._at(value, decimals, log=log), *texts)

    def _limit(self, end: float, decimals: int | None, step: float, bound: float) -> str:
        """A limit with its decimals, or the bound beyond which nothing more is said."""
        if isfinite(end) and bound < end and bound < _LONGEST:
            return f">{bound:.0f}"
        return f"<{step:.{decimals}f}" if 0.0 < end < 0.5 * step else self._at(end, decimals)

    def _at(self, value: float, decimals: int | None, *, log: bool = False) -> str:
        """A number with `decimals`; as a power of ten without any, or where they do not hold it."""
        if not isfinite(value):
            return self._unbounded(value)
        if decimals is None or abs(value) >= (_LONGEST_RATIO if log else _LONGEST):
            return self._power(value) if value else self._signed(f"{0:.{_SIGNIFICANT}f}")
        text = f"{value:.{decimals}f}"
        small = abs(value) > (0.0 if log else _SAME) and decimals < _needed(value)
        return self._power(value) if (log and small) or (small and not float(text)) else self._signed(text)

    def p_value(self, value: Number, *, symbol: str = "p", leading_zero: bool = True) -> str:
        """``"p = 0.012"``, ``"p < 0.001"``, ``"p > 0.999"``, ``"p = 0.0496"`` beside 0.05, or the reason."""
        if isinstance(value, NotAssessable) or isnan(value):
            return f"{symbol} {value if isinstance(value, NotAssessable) else self.missing}"
        text = f"= {value:.3f}"
        if value < 0.001 or 0.9995 <= value < 1:
            text = "< 0.001" if value < 0.001 else "> 0.999"
        elif text == "= 0.050" and abs(value - 0.05) > _SAME:  # a reader looks for the side of 0.05
            beside = "< 0.05" if value < 0.05 else "> 0.05"
            text = next((f"= {t}" for d in (4, 5) if float(t := f"{value:.{d}f}") != 0.05), beside)
        return f"{symbol} {text if leading_zero else text.replace('0.', '.', 1)}"

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


def _needed(value: float) -> int:
    """Decimals that show two significant digits of a number."""
    return _SIGNIFICANT - 1 - int(f"{value:.{_SIGNIFICANT - 1}e}".partition("e")[2])


def _decimals(
    centre: Sequence[float], ends: Sequence[float], digits: int, *, log: bool, null: float | None
) -> int | None:
    """The decimals of an estimate (none or one value) and its limits; None where they would be too many."""
    known = [x for x in (*centre, *ends) if isfinite(x)]
    if log and known and all(float(f"{x:.{digits}f}") >= 100 for x in known):
        digits = 0
    widest = max((abs(end) for end in ends if isfinite(end)), default=0.0)
    for_ends = max(digits, _needed(widest)) if widest else digits
    own = max((_needed(x) for x in centre if isfinite(x) and abs(x) > (0.0 if log else _SAME)), default=0)
    # an estimate that is tiny beside its limits is a power of ten by itself
    found = max(digits, own if not widest or own <= for_ends + _MANY_MORE else for_ends)
    if found > max(_MOST_DECIMALS, digits):
        return None
    if null is None:
        return found
    apart, shown = [end for end in ends if isfinite(end) and abs(end - null) > _SAME], found
    while any(f"{end:.{shown}f}".lstrip("-") == f"{null:.{shown}f}" for end in apart):
        shown += 1
    # what is nearer to 0 than six decimals tell is a power of ten beside numbers that are not
    return found if null == 0.0 and shown > _MOST_DECIMALS else shown


def _step(centre: Sequence[float], decimals: int | None, null: float | None) -> float:
    """The smallest number that the decimals hold, where a limit may be said to lie below it; 0 where none may.

    None may beside a smaller estimate, and none where the side of 0 on which it lies is what matters.
    """
    step = 0.0 if decimals is None or null == 0.0 else 10.0**-decimals
    return 0.0 if any(x < step for x in centre) else step


def _bound(centre: Sequence[float]) -> float:
    """The power of ten from which a limit of a ratio is only said to lie above it."""
    value = max([1.0, *(x for x in centre if isfinite(x))])
    return float(10.0 ** max(3, ceil(log10(_FAR * value))))


TEXT = Numerals()
FIGURE = Numerals(minus=MINUS, infinity="∞", minus_infinity=f"{MINUS}∞", missing="")

number, effect, interval, estimate = TEXT.number, TEXT.effect, TEXT.interval, TEXT.estimate
p_value, percent, share, level, tau2 = TEXT.p_value, TEXT.percent, TEXT.share, TEXT.level, TEXT.tau2
count, general, tick, plain = TEXT.count, TEXT.general, TEXT.tick, TEXT.plain
