"""Which counts can print a percentage: exact arithmetic beside printing every candidate and comparing the text."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tmsmeta.tables.printed_percent import printed_decimals, prints_percent, prints_rate


def printed(value: Fraction, decimals: int, rounding: str) -> str:
    """The value as a printer would print it, from 60 exact digits."""
    digits = Decimal(value.numerator * 10**60 // value.denominator).scaleb(-60)
    if Fraction(digits) != value:
        digits += Decimal(1).scaleb(-70)
    return str(digits.quantize(Decimal(1).scaleb(-decimals), rounding=rounding))


def naive(events: int, n: int, decimals: int) -> set[str]:
    """Every text that rounding to so many decimals can give, whatever the printer does with ties."""
    percent = Fraction(100 * events, n)
    return {printed(percent, decimals, rule) for rule in (ROUND_HALF_UP, ROUND_HALF_DOWN)}


@settings(max_examples=60)
@given(n=st.integers(1, 90), decimals=st.integers(0, 3), data=st.data())
def test_counts_are_those_whose_print_is_equal(n: int, decimals: int, data: st.DataObject) -> None:
    target = data.draw(st.integers(0, 100 * 10**decimals))
    text = str(Decimal(target).scaleb(-decimals).quantize(Decimal(1).scaleb(-decimals)))
    wanted = tuple(e for e in range(n + 1) if text in naive(e, n, decimals))
    assert tuple(e for e in range(n + 1) if prints_percent(e, n, text)) == wanted


@settings(max_examples=60)
@given(n=st.integers(1, 200), share=st.floats(0, 1), decimals=st.integers(0, 3))
def test_a_count_always_fits_its_own_print(n: int, share: float, decimals: int) -> None:
    events = int(share * n)
    for text in naive(events, n, decimals):
        assert prints_percent(events, n, text)
    cut = printed(Fraction(100 * events, n), decimals, ROUND_DOWN)
    assert prints_percent(events, n, cut, "truncated")


@pytest.mark.parametrize(
    ("events", "n", "text", "rounding", "fits"),
    [
        # Pairs printed by the trials named, each with the way it is printed.
        (1, 16, "6.2", "rounded", True),  # Rossini 2005, sham: 6.25, a tie printed downwards
        (1, 16, "6.3", "rounded", True),
        (33, 81, "40", "rounded", False),  # Yesavage 2018, active: 40.74 cut off
        (33, 81, "40", "truncated", True),
        (31, 83, "37.4", "rounded", False),  # Yesavage 2018, sham: 37.349
        (31, 83, "37.4", "off_by_tenth", True),
        (16, 55, "29.0", "rounded", False),  # Croarkin 2021, sham: 29.09
        (16, 55, "29.0", "off_by_tenth", True),
        (16, 55, "29", "rounded", True),
        (12, 42, "28.5", "off_by_tenth", True),  # Tavares 2021, active: 28.571
        (15, 36, "41.7", "truncated", False),
        (36, 36, "100", "truncated", True),
        (1, 4, "24", "truncated", False),  # 25 is cut off to 25
        (0, 36, "0.0", "rounded", True),
    ],
)
def test_pairs_worked_by_hand(events: int, n: int, text: str, rounding: str, fits: bool) -> None:
    assert prints_percent(events, n, text, rounding) is fits  # type: ignore[arg-type]


def test_printed_rates() -> None:
    # Lerner: 24 in 318,560 sessions, printed as 0.08 per 1,000. Taylor: 18 in 586,656, printed as 0.31 per 10,000.
    assert prints_rate(24, 318560, 1000, "0.08")
    assert not prints_rate(24, 318560, 1000, "0.076")
    assert prints_rate(18, 586656, 10000, "0.31")
    assert prints_rate(18, 25526, 1000, "0.71")


def test_what_is_no_printed_number_is_refused() -> None:
    assert [printed_decimals(text) for text in ("14", "14.", "14.50", ".5")] == [0, 0, 2, 1]
    for text in ("", "1e3", "-1", "14,5", "14%", "nan"):
        with pytest.raises(ValueError, match="plain decimal number"):
            printed_decimals(text)
    with pytest.raises(ValueError, match="must be at least 1"):
        prints_percent(0, 0, "1")
    with pytest.raises(ValueError, match="must be at least 1"):
        prints_rate(1, 0, 1, "1")
    with pytest.raises(ValueError, match="must be one of 'rounded', 'off_by_tenth', 'truncated'"):
        prints_percent(1, 2, "50", "up")  # type: ignore[arg-type]
