"""The difference between any two results in words, and nothing in it that did not move."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np
import pytest

import tmsmeta as tm

COUNTS = ([2, 4, 6, 7, 7, 11], [39, 44, 107, 103, 110, 154], [1, 4, 4, 5, 3, 4], [43, 44, 110, 100, 106, 146])
ODDS = tm.effects.binary("OR", *COUNTS)
POOL = tm.pool(ODDS)
RESULTS: dict[str, Any] = {
    "pool": POOL,
    "Mantel-Haenszel": tm.mantel_haenszel("OR", *COUNTS),
    "Peto": tm.peto(*COUNTS),
    "GLMM": tm.glmm(*COUNTS),
    "beta-binomial": tm.beta_binomial_two_arm(*COUNTS),
    "regression with none": tm.meta_regression(ODDS, "~ 1", {"x": range(6)}),
    "regression": tm.meta_regression(ODDS, "~ x", {"x": range(6)}),
    "printed": (1.76, 1.18, 2.64),
    "risk ratio": tm.mantel_haenszel("RR", *COUNTS),
}


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(RESULTS, 2)))
def test_any_two_results_are_explained_without_empty_moves(first: str, second: str) -> None:
    text = tm.explain_difference(RESULTS[first], RESULTS[second])
    assert text.startswith("The first result gives ")
    assert text.endswith(".")
    assert not re.search(r"from (\S+) to \1\b", text)
    assert not re.search(r"from \((.+?)\) to \(\1\)", text)
    assert "0% wider" not in text
    assert "0% narrower" not in text


def test_models_are_named_and_only_what_moved_is_said() -> None:
    text = tm.explain_difference(POOL, RESULTS["Mantel-Haenszel"])
    assert "Both use the same 6 studies." in text
    assert "The second: Odds ratios of 6 studies were pooled by the Mantel-Haenszel method" in text
    assert "moved the estimate from 1.76 to 1.79; the interval from (1.18 to 2.64) to (1.03 to 3.10) (37% wider" in text
    assert "I2 from" not in text
    none = tm.explain_difference(POOL, RESULTS["regression with none"])
    assert "the estimate from" not in none
    assert "not compared" in tm.explain_difference(POOL, RESULTS["risk ratio"])
    assert "not compared" not in tm.explain_difference(POOL, RESULTS["Peto"])


def test_studies_that_only_one_result_has_are_named() -> None:
    fewer = tm.glmm(*(column[:4] for column in COUNTS))
    assert "They share 4 studies; only the first has 2 studies (study 5, study 6)." in tm.explain_difference(
        POOL, fewer
    )


def test_a_step_below_the_printed_decimals_is_no_move() -> None:
    """Two estimators of tau2 that differ in the fifth decimal read "from 0.49 to 0.49, 0% wider"."""
    effects = tm.effects.generic(np.log([0.4, 0.55, 0.5, 0.47]), se=[0.2, 0.15, 0.18, 0.25], measure="RR")
    a = tm.pool(effects, ci="z", level=0.95)
    b = tm.pool(effects, ci="z", level=0.9501)
    assert a.ci != b.ci
    assert "moved nothing that is reported here" in tm.explain_difference(a, b)


def test_printed_numbers_stand_as_printed_beside_the_recomputed_ones() -> None:
    wald = tm.pool(ODDS, ci="z")
    assert "printed the same" not in tm.explain_difference(POOL, (1.76, 1.01, 3.08))
    text = tm.explain_difference(POOL, ("1.76", "1.01", "3.08"))
    assert "1.76 (1.01 to 3.08), as printed" in text
    assert "Recomputed: lower limit 1.18 for the printed 1.01, upper limit 2.64 for the printed 3.08." in text
    assert "The printed numbers follow from these studies by profile" in text
    assert "the recomputed numbers are the same" in tm.explain_difference(wald, (1.76, 1.01, 3.08))
    assert "0.49 (0.34 to 0.70), as printed" in tm.explain_difference(POOL, (0.49, 0.34, 0.7))
    assert "No profile" in tm.explain_difference((0.49, 0.34, 0.7), POOL)
    assert "The two prints agree" in tm.explain_difference((0.49, 0.34, 0.7), ("0.49", "0.34", "0.70"))


@pytest.mark.parametrize("wrong", [3, "0.49", (1, 2), (0.5, 0.6, 0.9), ("x", 1, 2), (float("nan"), 1, 2), {"a": 1}])
def test_what_is_no_result_is_refused_in_words(wrong: Any) -> None:
    with pytest.raises(tm.InvalidInputError, match="`b"):
        tm.explain_difference(POOL, wrong)
