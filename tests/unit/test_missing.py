"""Rows with a missing value are refused, all at once, or dropped and named wherever the result is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import figure_helpers as helpers
import numpy as np
import pandas as pd
import pytest

import tmsmeta as tm
from tmsmeta.errors import InvalidInputError
from tmsmeta.tables.missing import MISSING

STUDY = list("abcd")
GAP = 1  # the second study lacks a number
COUNTS = {"events_t": [11, 9, 13, 17], "n_t": [35, 28, 25, 35], "events_c": [2, 3, 2, 8], "n_c": [33, 29, 25, 32]}
MEANS = {"mean_t": [5.0, 6, 4, 7], "sd_t": [2.0, 2, 1, 3], "n_t": [20, 30, 25, 40]}
MEANS |= {"mean_c": [4.0, 4, 4, 5], "sd_c": [2.0, 2, 1, 3], "n_c": [20, 30, 25, 40]}
RATES = {"events_t": [11, 9, 13, 17], "time_t": [35, 28, 25, 35], "events_c": [2, 3, 2, 8], "time_c": [33, 29, 25, 32]}
ONE = {"events": [11, 9, 13, 17], "n": [35, 28, 25, 35]}
TIME = {"events": [11, 9, 13, 17], "time": [35, 28, 25, 35]}
RATIO = {"ratio": [2.8, 1.4, 1.9, 1.2], "ci_low": [1.6, 0.7, 1.1, 0.8], "ci_high": [4.9, 2.8, 3.3, 1.8]}
YI = {"yi": [0.1, 0.2, 0.3, 0.5], "se": [0.1, 0.2, 0.1, 0.2]}

EFFECTS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "binary": (lambda **a: tm.effects.binary("RR", **a), COUNTS),
    "rate_ratio": (lambda **a: tm.effects.rate_ratio("IRR", **a), RATES),
    "continuous": (lambda **a: tm.effects.continuous("SMD", **a), MEANS),
    "proportion": (lambda **a: tm.effects.proportion("PLO", **a), ONE),
    "rate": (lambda **a: tm.effects.rate("IRLN", **a), TIME),
    "generic": (tm.effects.generic, YI),
    "printed_ratio": (lambda **a: tm.effects.printed_ratio("OR", **a), RATIO),
    "printed_ratio with decimals": (lambda **a: tm.effects.printed_ratio("OR", decimals=1, **a), RATIO),
}
MODELS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "mantel_haenszel": (lambda **a: tm.mantel_haenszel("OR", **a), COUNTS),
    "peto": (tm.peto, COUNTS),
    "glmm": (tm.glmm, COUNTS),
    "glmm_proportion": (tm.glmm_proportion, ONE),
    "glmm_rate": (tm.glmm_rate, TIME),
    "beta_binomial": (tm.beta_binomial, ONE),
    "beta_binomial_two_arm": (tm.beta_binomial_two_arm, COUNTS),
}


def with_gap(columns: dict[str, Any], value: Any, column: str) -> dict[str, Any]:
    return {n: [value if n == column and i == GAP else x for i, x in enumerate(v)] for n, v in columns.items()}


def without_row(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: [x for i, x in enumerate(values) if i != GAP] for name, values in columns.items()}


@pytest.mark.parametrize("name", EFFECTS)
def test_effects_keep_the_row_of_a_dropped_study_without_an_estimate(name: str) -> None:
    make, columns = EFFECTS[name]
    rest = make(**without_row(columns), study=list("acd"))
    for column in columns:
        with pytest.raises(InvalidInputError, match=f"row 2 \\(b\\), `{column}`"):
            make(**with_gap(columns, None, column), study=STUDY)
        found = make(**with_gap(columns, None, column), study=STUDY, missing="drop")
        assert found.study.tolist() == STUDY
        assert found.estimable.tolist() == [True, False, True, True]
        np.testing.assert_array_equal(found.yi[[0, 2, 3]], rest.yi)
        np.testing.assert_array_equal(found.vi[[0, 2, 3]], rest.vi)
        assert [str(i.row) for i in found.not_estimable] == ["b"]
        assert found.not_estimable[0].message == f"{column} is missing."
        assert found.to_frame()["note"].tolist()[1] == f"{column} is missing."


@pytest.mark.parametrize("name", MODELS)
def test_models_of_counts_list_what_was_dropped(name: str) -> None:
    fit, columns = MODELS[name]
    rest = fit(**without_row(columns), study=list("acd"))
    column = list(columns)[1]
    with pytest.raises(InvalidInputError, match=f"row 2 \\(b\\), `{column}`"):
        fit(**with_gap(columns, np.nan, column), study=STUDY)
    found = fit(**with_gap(columns, np.nan, column), study=STUDY, missing="drop")
    assert (found.estimate, found.se) == (rest.estimate, rest.se)
    assert [(i.row, i.message) for i in found.left_out] == [("b", f"{column} is missing.")]
    assert f"Left out: b: {column} is missing." in found.methods_sentence()
    assert {"study": "b", "reason": f"{column} is missing."} in found.to_dict()["left_out"]


@pytest.mark.parametrize("value", [None, np.nan, pd.NA, pd.NaT, float("nan"), *sorted(MISSING), " NA ", "N/A", "Null"])
def test_what_stands_for_nothing(value: Any) -> None:
    for columns in (
        with_gap(COUNTS, value, "n_c"),
        {n: pd.Series(v, dtype=object) for n, v in with_gap(COUNTS, value, "n_c").items()},
    ):
        found = tm.effects.binary("RR", **columns, missing="drop")
        assert found.estimable.tolist() == [True, False, True, True]
        assert np.isnan(found.inputs["n_c"][1])
        assert found.inputs["n_t"][1] == 28


def test_other_texts_and_infinity_are_faults_all_the_same() -> None:
    with pytest.raises(InvalidInputError, match="row 2, `n_c`: must hold numbers only"):
        tm.effects.binary("RR", **with_gap(COUNTS, "twenty", "n_c"), missing="drop")
    with pytest.raises(InvalidInputError, match="must be a finite number"):
        tm.effects.binary("RR", **with_gap(COUNTS, np.inf, "n_c"), missing="drop")
    nullable = pd.array([35, 28, pd.NA, 35], dtype="Int64")
    assert tm.effects.binary("RR", **(COUNTS | {"n_t": nullable}), missing="drop").estimable.tolist()[2] is False


def test_all_missing_values_are_told_at_once_with_the_way_out() -> None:
    columns = with_gap(with_gap(COUNTS, "NA", "n_c"), None, "events_t")
    with pytest.raises(InvalidInputError, match="missing='drop'") as caught:
        tm.effects.binary("RR", **columns, study=STUDY)
    assert {(i.row, i.column) for i in caught.value.issues} == {("row 2 (b)", "n_c"), ("row 2 (b)", "events_t")}
    found = tm.effects.binary("RR", **columns, study=STUDY, missing="drop")
    assert found.not_estimable[0].message == "events_t and n_c are missing."
    with pytest.raises(InvalidInputError, match="No row is complete"):
        tm.effects.proportion("PLO", [None, 1], [3, None], missing="drop")
    with pytest.raises(tm.errors.UnknownOptionError, match="'refuse', 'drop'"):
        tm.effects.proportion("PLO", [2], [3], missing="ignore")  # type: ignore[arg-type]


def test_moderators_take_the_same_words() -> None:
    e = tm.effects.binary("RR", **COUNTS, study=STUDY)
    with pytest.raises(InvalidInputError, match=r"row 2 \(b\), `x`: must not be missing"):
        tm.meta_regression(e, "x", {"x": [1, None, 3, 5]}, missing="refuse")
    kept = tm.meta_regression(e, "x", {"x": [1, None, 3, 5]}, missing="drop", tau2="FE")
    assert [i.row for i in kept.left_out] == ["row 2 (b)"]  # type: ignore[union-attr]


def test_result_figure_json_and_methods_name_a_dropped_study() -> None:
    e = tm.effects.binary("RR", **with_gap(COUNTS, None, "n_c"), study=STUDY, missing="drop")
    pooled = tm.pool(e)
    assert pooled.k == 3
    assert "b: n_c is missing" in pooled.methods_sentence()
    assert {"study": "b", "reason": "n_c is missing."} in pooled.to_dict()["left_out"]
    written = helpers.written(tm.figures.forest(pooled))
    assert "not estimable" in written
    assert "b: n_c is missing." in written
    grouped = tm.subgroups(e, {"a": "x", "b": "x", "c": "y", "d": "y"})
    assert [i.row for i in grouped.pools["x"].left_out] == ["b"]


def test_rows_corrections_and_reasons_stay_in_their_places() -> None:
    e = tm.effects.binary(
        "OR", [0, None, 0, 3], [10, 10, 10, 10], [2, 1, 0, 0], [10, 10, 10, 10], study=["a", "a", "b", "a"],
        drop_double_zero=True, missing="drop",
    )  # fmt: skip
    assert [(c.row, c.study) for c in e.corrections] == [(1, "a"), (4, "a")]
    assert [i.row for i in e.not_estimable] == ["a", "b"]
    notes = e.to_frame()["note"].tolist()
    assert "added" in notes[0]
    assert notes[1] == "events_t is missing."
    assert "no event" in notes[2]
    part = e.subset(np.array([3, 1]))
    assert [(c.row, c.study) for c in part.corrections] == [(1, "a")]
    assert [i.message for i in part.not_estimable] == ["events_t is missing."]


def test_profiles_that_make_effects_again_leave_dropped_rows_alone() -> None:
    e = tm.effects.binary("RR", [0, None, 4], [10, 10, 10], [2, 1, 2], [10, 10, 10], study=list("abc"), missing="drop")
    pooled = tm.pool(e, profile="revman5")
    assert [(i.row, i.message) for i in pooled.left_out] == [("b", "events_t is missing.")]


@pytest.mark.parametrize("test", [tm.peters, tm.harbord, tm.deeks])
def test_tests_on_counts_leave_out_studies_known_by_their_ratio(test: Callable[..., Any]) -> None:
    counted = tm.effects.binary(
        "RR", [11, 7, 13, 9], [35, 35, 25, 30], [2, 1, 2, 4], [33, 33, 25, 31], study=list("ABCD")
    )
    both = tm.effects.combine(counted, tm.effects.printed_ratio("RR", [2.82], [1.57], [5.09], study=["E"]))
    found, wanted = test(both), test(counted)
    assert (found.statistic, found.p_value) == (wanted.statistic, wanted.p_value)
    assert [i.row for i in found.left_out] == ["E"]
    assert "E: events_t, n_t, events_c and n_c are missing" in found.methods_sentence()
    assert tm.labbe(both)["study"].tolist() == list("ABCD")
