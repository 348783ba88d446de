"""Bad input to regression, sensitivity and small-study functions: every fault, with its row and column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tmsmeta import InvalidInputError, UnknownOptionError, effects
from tmsmeta.models.regression import meta_regression, subgroups
from tmsmeta.robustness.sensitivity import cumulative, labbe, labbe_curve, leave_one_out
from tmsmeta.robustness.smallstudy import egger, funnel, harbord, selection_model, trim_and_fill

DATA = {"dose": [1.0, 2, 3, 4, 5], "site": list("aabbb"), "one": [1] * 5, "gap": [1, np.nan, 3, np.inf, 5]}


def studies():
    return effects.generic([0.3, 0.5, 0.1, 0.9, 0.2], vi=[0.1, 0.2, 0.3, 0.15, 0.05], study=list("ABCDE"))


@pytest.mark.parametrize(
    ("formula", "column", "words"),
    [
        ("y ~ dose", "formula", "one-sided"),
        ("dose | site", "formula", "one-sided"),
        (3, "formula", "one-sided"),
        ("dose +", "formula", "cannot be read"),
        ("absent", "absent", "dose, site, one, gap"),
        ("center(absent)", "absent", "dose, site, one, gap"),
        ("one", "one", "linear combination"),
        ("dose + I(2 * dose)", "I(2 * dose)", "linear combination"),
        ("C(one)", "C(one)", "one category only"),
        ("log(dose - 1)", "log(dose - 1)", "finite"),
        ("0", "formula", "at least one term"),
    ],
)
def test_formulas(formula, column, words):
    with pytest.raises(InvalidInputError) as caught:
        meta_regression(studies(), formula, DATA)
    assert caught.value.issues[0].column == column
    assert words in str(caught.value)


def test_missing_moderators_are_all_listed():
    with pytest.raises(InvalidInputError) as caught:
        meta_regression(studies(), "dose + gap", DATA)
    assert [(i.row, i.column) for i in caught.value.issues] == [("row 2 (B)", "gap"), ("row 4 (D)", "gap")]
    with pytest.raises(InvalidInputError) as caught:
        meta_regression(studies(), "site", pd.DataFrame({"site": ["a", None, "b", "b", np.nan]}))
    assert [i.row for i in caught.value.issues] == ["row 2 (B)", "row 5 (E)"]


@pytest.mark.parametrize("data", [{"dose": [1, 2]}, {"dose": [1, 2, 3, 4, 5], "x": [1]}, [1, 2, 3, 4, 5], "dose"])
def test_data_of_the_wrong_shape(data):
    with pytest.raises(InvalidInputError, match=r"`data(\.dose|\.x)?`"):
        meta_regression(studies(), "dose", data)


@pytest.mark.parametrize(
    "choice",
    [{"tau2": "REMl"}, {"ci": "wald"}, {"ci": "hksj-iqwig6"}, {"prediction": "t"}, {"missing": "ignore"}],
)
def test_unknown_options_of_the_regression(choice):
    with pytest.raises(UnknownOptionError, match="must be one of"):
        meta_regression(studies(), "dose", DATA, **choice)


def test_new_data():
    fit = meta_regression(studies(), "dose + site", DATA)
    with pytest.raises(InvalidInputError, match="lacks it"):
        fit.predict({"dose": [1]})
    with pytest.raises(InvalidInputError) as caught:
        fit.predict({"dose": [1, np.nan, 2], "site": ["a", "b", "z"]})
    assert [(i.row, i.column) for i in caught.value.issues] == [(2, "dose"), (3, "site")]
    coded = meta_regression(studies(), "C(dose > 2) + C(one2)", DATA | {"one2": [1, 2, 1, 2, 1]})
    with pytest.raises(InvalidInputError, match="C\\(one2\\) has 1, 2"):
        coded.predict({"dose": [1], "one2": [9]})


def test_subgroup_labels():
    with pytest.raises(InvalidInputError) as caught:
        subgroups(studies(), ["a", None, "b", np.nan, "b"])
    assert [i.row for i in caught.value.issues] == ["row 2 (B)", "row 4 (D)"]
    with pytest.raises(InvalidInputError, match=r"row 3 \(C\), `by`: must not be missing or empty"):
        subgroups(studies(), ["a", "b", " ", "a", "b"])
    with pytest.raises(InvalidInputError, match="one label per row"):
        subgroups(studies(), ["a", "b"])
    with pytest.raises(UnknownOptionError, match=r"There is no argument 'tau'; it must be one of 'tau2', .* tau='DL'"):
        subgroups(studies(), DATA["site"], tau="DL")


def test_an_unknown_estimator_is_refused():
    for function in (leave_one_out, cumulative, trim_and_fill, funnel):
        with pytest.raises(UnknownOptionError):
            function(studies(), tau2="dl")


def test_order_of_a_cumulative_analysis():
    with pytest.raises(InvalidInputError, match="row 3 \\(C\\), `order`"):
        cumulative(studies(), order=[1, 2, np.nan, 4, 5])
    with pytest.raises(InvalidInputError, match="one value per row"):
        cumulative(studies(), order=[1, 2])
    with pytest.raises(InvalidInputError, match="numbers only"):
        cumulative(studies(), order=list("abcde"))
    with pytest.raises(InvalidInputError, match=r"row 2 \(B\), `order`: must not be missing"):
        cumulative(studies(), order=["2001-05-30", None, "2002", "2003", "2004"])
    for mixed in ("2002-05-30", pd.Timestamp("2002-05-30"), "30 May 2002"):
        with pytest.raises(InvalidInputError) as caught:
            cumulative(studies(), order=[2001, mixed, 2003, 2004, 2005])
        assert [i.row for i in caught.value.issues] == ["row 2 (B)"]


def test_no_study_with_an_estimate():
    empty = effects.binary("OR", [0, 0], [9, 9], [0, 0], [9, 9], zero_cells="none")
    for call in (leave_one_out, cumulative, lambda e: subgroups(e, ["a", "b"])):
        with pytest.raises(InvalidInputError, match="No study has an estimate"):
            call(empty)


def test_counts_that_cannot_be():
    for function in (harbord, labbe):
        with pytest.raises(InvalidInputError) as caught:
            function([1, -2, 3.5], [3, 4, 9], [1, 2, 20], [1, 5, 9])
        assert len(caught.value.issues) == 3


@pytest.mark.parametrize(
    "choice",
    [
        {"steps": (0.5, 0.2)},
        {"steps": (1.0,)},
        {"steps": ()},
        {"steps": (0.0, 1.0)},
        {"steps": (0.5, 1.5)},
        {"weights": (1.0,)},
        {"weights": (1.0, -1.0)},
        {"level": 1.0},
    ],
)
def test_selection_choices(choice):
    with pytest.raises(InvalidInputError, match="must"):
        selection_model(studies(), **choice)


def test_unknown_options_of_small_study_functions():
    calls = [
        lambda: egger(studies(), "ols"),
        lambda: egger(studies(), "mixed", ci="wald"),
        lambda: trim_and_fill(studies(), side="up"),
        lambda: trim_and_fill(studies(), estimator="Q1"),
        lambda: selection_model(studies(), alternative="up"),
        lambda: selection_model(studies(), tau2="REML"),
        lambda: labbe_curve("MD", 0.1, [0.2]),
    ]
    for call in calls:
        with pytest.raises(UnknownOptionError):
            call()


def test_funnel_lines():
    with pytest.raises(InvalidInputError) as caught:
        funnel(studies(), levels=(0.5, 2.0), n_lines=1)
    assert [i.column for i in caught.value.issues] == ["levels", "n_lines"]
    filled = trim_and_fill(studies(), side="left")
    with pytest.raises(InvalidInputError, match="has its own"):
        funnel(filled, tau2="DL")
