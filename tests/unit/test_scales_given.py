"""Ratios given as logarithms, logarithms as ratios, and percents as proportions are refused; nothing else is."""

from __future__ import annotations

import numpy as np
import pytest

import tmsmeta as tm
from tmsmeta.errors import InvalidInputError

Z = 1.959964
RATIO = [2.82, 1.40, 1.95]
LOW, HIGH = [1.57, 0.70, 1.10], [5.09, 2.80, 3.46]


def tables(seed: int, decimals: int, *, ratios: bool) -> tuple[list[float], list[float], list[float]]:
    """A random table of one to twelve studies, rounded: effects with normal intervals on the log scale."""
    rng = np.random.default_rng(seed)
    k = int(rng.integers(1, 13))
    y, se = rng.normal(rng.uniform(-0.5, 1.2), 0.4, k), rng.uniform(0.05, 0.9, k)
    low, high = y - Z * se, y + Z * se
    if ratios:
        y, low, high = np.exp(y), np.exp(low), np.exp(high)
    return tuple(np.round(column, decimals).tolist() for column in (y, low, high))  # type: ignore[return-value]


def usable(y: list[float], low: list[float], high: list[float], least: float) -> bool:
    return all(a < c and a <= b <= c and a > least for b, a, c in zip(y, low, high, strict=True))


@pytest.mark.parametrize("decimals", [1, 2, 3])
def test_rounded_tables_on_the_right_scale_are_taken(decimals: int) -> None:
    taken = 0
    for seed in range(400):
        y, low, high = tables(seed, decimals, ratios=False)
        if usable(y, low, high, -np.inf):
            tm.effects.generic(y, ci=(low, high), measure="OR")
            taken += 1
        y, low, high = tables(seed, decimals, ratios=True)
        if usable(y, low, high, 0.0):
            tm.effects.printed_ratio("OR", y, low, high)
            taken += 1
    assert taken > 400


def test_logarithms_that_are_all_positive_are_taken() -> None:
    rng = np.random.default_rng(5)
    for decimals in (1, 2, 3):
        for _ in range(300):
            k = int(rng.integers(1, 8))
            se = rng.uniform(0.05, 0.5, k)
            y = Z * se + rng.uniform(0.05, 1.0, k)
            rounded = [np.round(column, decimals) for column in (y, y - Z * se, y + Z * se)]
            if (rounded[1] < rounded[2]).all():
                tm.effects.generic(rounded[0], ci=(rounded[1], rounded[2]), measure="HR")


@pytest.mark.parametrize("decimals", [2, 3])
def test_tables_on_the_wrong_scale_are_found_where_they_can_be(decimals: int) -> None:
    found = tried = 0
    for seed in range(300):
        y, low, high = tables(seed, decimals, ratios=True)
        if not usable(y, low, high, 0.0):
            continue
        tried += 1
        try:
            tm.effects.generic(y, ci=(low, high), measure="RR")
        except InvalidInputError:
            found += 1
    assert found > 0.95 * tried > 190


def test_ratios_given_as_logarithms() -> None:
    for measure in ("OR", "RR", "HR", "IRR", "ROM"):
        with pytest.raises(InvalidInputError, match=f"printed_ratio\\('{measure}'") as caught:
            tm.effects.generic(RATIO, ci=(LOW, HIGH), measure=measure, study=list("abc"))
        assert {i.row for i in caught.value.issues} == {"row 1 (a)", "row 2 (b)", "row 3 (c)"}
    assert tm.effects.generic(RATIO, ci=(LOW, HIGH), measure="MD").k == 3
    with pytest.raises(InvalidInputError, match="printed_ratio"):
        tm.effects.generic([1.5, 1.9], ci=([1.0, 1.2], [2.25, 3.0]), measure="OR")


def test_one_printed_ratio_given_as_logarithm() -> None:
    """In a column of its own 0.70 looks like 0.7; its other limit shows with how many decimals it was printed."""
    for measure in ("RR", "PETO"):
        with pytest.raises(InvalidInputError, match="printed_ratio"):
            tm.effects.generic([0.49], ci=([0.34], [0.70]), measure=measure)


def test_a_rate_given_as_its_logarithm() -> None:
    with pytest.raises(InvalidInputError, match=r"as a rate, not as a logarithm; take the logarithms\. Got 0\.8"):
        tm.effects.generic([0.8], ci=([0.4], [1.6]), measure="IRLN")


def test_a_table_of_which_half_are_ratios() -> None:
    with pytest.raises(InvalidInputError, match=r"row 2.*printed_ratio"):
        tm.effects.generic([1.0367, 1.40], ci=([0.4511, 0.70], [1.6273, 2.80]), measure="OR")


def test_logarithms_given_as_ratios() -> None:
    with pytest.raises(InvalidInputError, match=r"generic\(yi, ci=\(low, high\), measure='OR'\)"):
        tm.effects.printed_ratio("OR", [0.9, 0.6, 0.75], [0.2, 0.1, 0.15], [1.6, 1.1, 1.35])


def test_one_misprint_among_ratios_does_not_hide_the_rest() -> None:
    with pytest.raises(InvalidInputError, match="printed_ratio"):
        tm.effects.generic([*RATIO, 3.33], ci=([*LOW, 1.57], [*HIGH, 5.09]), measure="OR")


def test_skewed_intervals_on_the_log_scale_are_taken() -> None:
    """Profile likelihood intervals: neither scale has the estimate in the middle."""
    assert tm.effects.generic([0.40, 0.55], ci=([0.10, 0.21], [0.83, 1.13]), measure="OR").k == 2


@pytest.mark.parametrize(
    ("measure", "value", "said"),
    [
        ("PR", 30.0, "must be between 0 and 1 for PR (proportion); is it a percent?"),
        ("PR", -0.1, "must be between 0 and 1"),
        ("RD", 12.0, "must be between -1 and 1 for RD (risk difference); is it a percent?"),
        ("PLN", 0.3, "must be 0 or less"),
        ("PAS", 1.7, "must be between 0 and 1.571"),
        ("PFT", 1.7, "must be between 0 and 1.571"),
        ("AS", 2.0, "must be between -1.571 and 1.571"),
        ("IR", -1.0, "must be 0 or more"),
        ("IRS", -1.0, "must be 0 or more"),
        ("IRFT", -1.0, "must be 0 or more"),
    ],
)
def test_values_that_a_measure_cannot_have(measure: str, value: float, said: str) -> None:
    for more in ({"se": [0.1]}, {"vi": [0.1]}, {"ci": ([value - 0.1], [value + 0.1])}):
        with pytest.raises(InvalidInputError) as caught:
            tm.effects.generic([value], measure=measure, **more)  # type: ignore[arg-type]
        assert said in str(caught.value)
    assert tm.effects.generic([0.0], se=[0.1], measure=measure).k == 1
