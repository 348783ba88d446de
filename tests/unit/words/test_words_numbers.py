"""Numbers as text: one rule for sentences, tables, console and figures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tmsmeta import NotAssessable, effects, pool
from tmsmeta.figures.axes import scale_of
from tmsmeta.words.numbers import FIGURE, TEXT, interval, minus_signs, number, p_value

WHY = NotAssessable("interval", "needs at least 2 studies, got 1")


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1.005, 2, "1.00"),
        (0.0042, 2, "0.004"),
        (-0.0042, 2, "-0.004"),
        (0.00004, 2, "4e-5"),
        (-0.0, 2, "0.00"),
        (0.0, 3, "0.000"),
        (-12.345, 1, "-12.3"),
        (4.9e17, 2, "4.9e17"),
        (999_999_999.4, 0, "999999999"),
        (math.inf, 2, "infinity"),
        (-math.inf, 2, "minus infinity"),
        (math.nan, 2, "not available"),
    ],
)
def test_a_number_keeps_its_decimals_and_never_prints_as_zeros(value: float, digits: int, text: str) -> None:
    assert number(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.45, "0.45"),
        (0.05, "0.050"),
        (0.0149, "0.015"),
        (0.00012, "0.00012"),
        (3.2e-9, "3.2e-9"),
        (99.994, "99.99"),
        (99.996, "100"),
        (217.34, "217"),
        (4.9e17, "4.9e17"),
        (0.0, "0.00"),
        (-0.3, "-0.30"),
    ],
)
def test_a_ratio_keeps_its_leading_digits(value: float, text: str) -> None:
    assert TEXT.effect(value, log=True) == text


@pytest.mark.parametrize(
    ("limits", "digits", "ratio", "text"),
    [
        ((1.0004, 2.31), 2, True, "1.0004 to 2.3100"),
        ((0.42, 0.9996), 2, True, "0.4200 to 0.9996"),
        ((0.42, 1.0004), 2, True, "0.4200 to 1.0004"),
        ((1.0, 2.31), 2, True, "1.00 to 2.31"),
        ((1.0 + 1e-15, 2.31), 2, True, "1.00 to 2.31"),
        ((0.0002, 0.139), 3, False, "0.0002 to 0.1390"),
        ((-0.5, -0.004), 2, False, "-0.500 to -0.004"),
        ((0.02, 4.9e17), 2, True, "0.02 to >1000"),
        ((1.4e-16, 4.9e17), 2, True, "<0.01 to >1000"),
    ],
)
def test_a_limit_never_prints_as_no_effect_unless_it_is(
    limits: tuple[float, float], digits: int, ratio: bool, text: str
) -> None:
    assert interval(limits, digits, log=ratio, null=1.0 if ratio else 0.0) == text


def test_every_interval_shows_on_which_side_of_no_effect_it_lies() -> None:
    rng = np.random.default_rng(1)
    for low, width in zip(1 + rng.normal(size=400) * 10.0 ** -rng.integers(0, 9, 400), rng.random(400), strict=True):
        shown = float(interval((low, low + width), log=True, null=1.0).split(" to ")[0])
        assert np.sign(shown - 1) == np.sign(low - 1)


def test_a_reason_takes_the_place_of_a_number() -> None:
    assert number(WHY) == interval(WHY) == TEXT.effect(WHY) == TEXT.percent(WHY) == TEXT.tau2(WHY) == str(WHY)
    assert TEXT.estimate(WHY, WHY)[1] == TEXT.general(WHY) == str(WHY)
    assert p_value(WHY) == f"p {WHY}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0004, "p < 0.001"),
        (0.0456, "p = 0.046"),
        (0.0496, "p = 0.0496"),
        (0.05, "p = 0.050"),
        (0.0500004, "p > 0.05"),
        (0.0499996, "p < 0.05"),
        (0.849, "p = 0.849"),
        (0.995, "p = 0.995"),
        (0.9996, "p > 0.999"),
        (1.0, "p = 1.000"),
    ],
)
def test_p_values_have_three_decimals_and_show_their_side_of_0_05(value: float, text: str) -> None:
    assert p_value(value) == FIGURE.p_value(value) == text
    assert FIGURE.p_value(value, symbol="P", leading_zero=False) == text.replace("p", "P").replace(" 0.", " .")


def test_media_differ_in_their_signs_alone() -> None:
    for value in (-0.004, -1.5, -3e-7, 12.0, -4.9e17):
        for text, figure in ((TEXT.number, FIGURE.number), (TEXT.general, FIGURE.general), (TEXT.tick, FIGURE.tick)):
            assert figure(value).replace("\N{MINUS SIGN}", "-") == text(value)
            assert "-" not in figure(value)
    assert (FIGURE.number(-math.inf), FIGURE.number(math.nan)) == ("\N{MINUS SIGN}∞", "")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.01234, "0.0123"), (9.996, "10.0"), (123456, "123456"), (0.00001234, "1.23e-5"), (-2.5e7, "-2.50e7")],
)
def test_general_keeps_significant_digits(value: float, text: str) -> None:
    assert TEXT.general(value) == text


def test_counts_shares_and_levels() -> None:
    assert (TEXT.count(1234.0), TEXT.count(2.5), TEXT.count(math.nan)) == ("1,234", "2.5", "")
    assert (TEXT.share(0.9224), TEXT.share(0.0002), TEXT.percent(92.24)) == ("92.2", "0.02", "92.2%")
    assert (TEXT.level(0.95), TEXT.level(0.999)) == ("95%", "99.9%")
    assert (TEXT.tick(2000), TEXT.plain(2008.0)) == ("2,000", "2008")


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_sentence_view_and_figure_print_the_same_digits(measure: str) -> None:
    """Ground rule 2: a risk difference was 0.084 in the sentence and 0.08 in the figure."""
    pooled = pool(effects.binary(measure, [12, 20, 5], [30, 45, 25], [5, 11, 2], [31, 44, 25]))
    natural = pooled.ratio if pooled.effects.info.is_ratio else pooled.estimate
    limits = pooled.ratio_ci if pooled.effects.info.is_ratio else pooled.ci
    assert not isinstance(natural, NotAssessable)
    assert not isinstance(limits, NotAssessable)
    scale = scale_of(measure)
    estimate, ends = scale.number(natural), [scale.limits(end, end).strip("()").split(" to ")[0] for end in limits]
    shown = " to ".join(ends).replace("\N{MINUS SIGN}", "-")
    assert f"{estimate} (95% CI {shown};" in pooled.result_sentence()
    assert f"{estimate} ({shown})" in pooled._repr_html_()


def shown_values(texts: tuple[str, ...]) -> list[float]:
    """The numbers that texts name; one that is only bounded stands beyond its bound."""
    return [float(text.strip("<>")) * (1.01 if text[0] == ">" else 0.99 if text[0] == "<" else 1.0) for text in texts]


def decimals_of(texts: tuple[str, ...]) -> set[int]:
    """The decimals of texts that are plain numbers, neither powers of ten nor bounds."""
    return {len(text.partition(".")[2]) for text in texts if not set(text) & set("e<>")}


@pytest.mark.parametrize("log", [False, True])
def test_an_estimate_and_its_limits_read_as_what_they_are(log: bool) -> None:
    """Excludes no effect in text as in truth; same decimals; two significant digits; low <= estimate <= high."""
    rng, null = np.random.default_rng(13), 1.0 if log else 0.0
    size = 10.0 ** rng.uniform(-5, 2, 4000)
    centre, low, high = rng.normal(size=4000) * size, -rng.random(4000) * size, rng.random(4000) * size
    # a third of the intervals ends close to no effect
    near = rng.random(4000) < 0.33
    low = np.where(near, -centre * (1 + rng.normal(size=4000) * 1e-3), low)
    low, high = np.minimum(low, 0), np.maximum(high, 0)
    for values in zip(centre, centre + low, centre + high, strict=True):
        estimate, *ends = (float(np.exp(np.clip(x, -30, 30)) if log else x) for x in values)
        texts = TEXT.estimate(estimate, (ends[0], ends[1]), 2, log=log, null=null)
        shown = shown_values(texts)
        assert [np.sign(x - null) for x in shown[1:]] == [np.sign(x - null) for x in ends], texts
        assert shown[1] <= shown[0] <= shown[2], texts
        assert len(decimals_of(texts)) <= 1 or texts[0] == TEXT.effect(estimate, log=log), texts
        digits = texts[0].partition("e")[0].replace(".", "").strip("-").lstrip("0")
        assert len(digits) >= 2, texts


@pytest.mark.parametrize(
    ("value", "limits", "digits", "null", "texts"),
    [
        (-0.0251, (-0.0493, -0.0010), 3, 0.0, ("-0.025", "-0.049", "-0.001")),
        (-0.0251, (-0.0493, -0.0010), 2, 0.0, ("-0.025", "-0.049", "-0.001")),
        (0.95, (0.91, 0.9959), 2, 1.0, ("0.950", "0.910", "0.996")),
        (0.000224, (0.000209, 0.000241), 3, None, ("0.00022", "0.00021", "0.00024")),
        (8.2, (0.0048, 14117.0), 2, 1.0, ("8.20", "<0.01", ">1000")),
        (441.0, (7.98, 24373.0), 2, 1.0, ("441.00", "7.98", ">10000")),
        (217.3, (120.2, 431.8), 2, 1.0, ("217", "120", "432")),
        (0.003, (2e-6, 0.012), 3, None, ("0.0030", "<0.0001", "0.0120")),
        (2e-7, (1e-7, 3e-7), 3, 0.0, ("2.0e-7", "1.0e-7", "3.0e-7")),
        (-3e-5, (-0.05, 0.05), 3, 0.0, ("-3.0e-5", "-0.050", "0.050")),
        (1e-17, (-0.5, 0.5), 2, 0.0, ("0.00", "-0.50", "0.50")),
    ],
)
def test_decimals_come_from_the_numbers(
    value: float, limits: tuple[float, float], digits: int, null: float | None, texts: tuple[str, ...]
) -> None:
    assert TEXT.estimate(value, limits, digits, log=null == 1.0, null=null) == texts


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("MD -2.5 (-4.0 to -1.0)", "MD −2.5 (−4.0 to −1.0)"),
        ("-.5 and 2019-04-01, COVID-19, 3-5, CR-2", "−.5 and 2019-04-01, COVID-19, 3-5, CR-2"),
    ],
)
def test_print_has_minus_signs_for_negative_numbers_alone(text: str, printed: str) -> None:
    assert minus_signs(text) == printed
