"""The bubble plot shows the numbers of the meta-regression."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import tmsmeta as tm
from tmsmeta import figures
from tmsmeta.errors import InvalidInputError

DATA = pd.DataFrame(
    {
        "study": list("abcdef"),
        "events_t": [11, 9, 13, 17, 20, 8],
        "n_t": [35, 28, 25, 35, 60, 22],
        "events_c": [2, 3, 2, 8, 9, 7],
        "n_c": [33, 29, 25, 32, 58, 21],
        "dose": [10, 20, 15, 40, 30, 50],
        "age": [40.0, 45.0, 38.0, 52.0, 41.0, 60.0],
        "site": list("yxyxyx"),
    }
)
EFFECTS = tm.effects.binary(
    "RR", DATA["events_t"], DATA["n_t"], DATA["events_c"], DATA["n_c"], study=DATA["study"].tolist()
)


def artist(ax: Any, gid: str) -> Any:
    (found,) = [a for a in ax.get_children() if a.get_gid() == gid]
    return found


def test_the_artists_show_studies_and_prediction() -> None:
    result = tm.meta_regression(EFFECTS, "dose", DATA)
    ax = figures.bubble_plot(result, DATA.iloc[::-1])
    studies = artist(ax, "studies")
    assert np.allclose(studies.get_offsets(), np.column_stack([DATA["dose"], EFFECTS.yi]))
    assert np.allclose(studies.get_sizes() / studies.get_sizes().sum(), result.weights)
    x, y = artist(ax, "line").get_data()
    predicted = result.predict({"dose": x})
    assert (x[0], x[-1]) == (10, 50)
    assert np.allclose(y, predicted["estimate"])
    for end in ("prediction_low", "prediction_high"):
        assert np.allclose(artist(ax, end).get_ydata(), predicted[end])
    band = artist(ax, "confidence").get_paths()[0].vertices
    assert np.isclose(band[:, 1].min(), predicted["ci_low"].min())
    assert np.isclose(band[:, 1].max(), predicted["ci_high"].max())


def test_ratios_read_as_ratios() -> None:
    ax = figures.bubble_plot(tm.meta_regression(EFFECTS, "dose", DATA), DATA)
    ticks = [float(label.get_text()) for label in ax.get_yticklabels()]
    assert len(ticks) > 2
    assert np.allclose(np.log(ticks), ax.get_yticks())


def test_other_moderators_are_held() -> None:
    result = tm.meta_regression(EFFECTS, "site + dose + age", DATA)
    ax = figures.bubble_plot(result, DATA, "age")
    x, y = artist(ax, "line").get_data()
    held = pd.DataFrame({"age": x, "dose": DATA["dose"].mean(), "site": "x"})
    assert np.allclose(y, result.predict(held)["estimate"])
    assert "site = x" in ax.figure.legends[0].get_title().get_text()


def test_a_common_effect_model_has_no_prediction_limits() -> None:
    ax = figures.bubble_plot(tm.meta_regression(EFFECTS, "dose", DATA, tau2="FE"), DATA)
    assert not [a for a in ax.get_children() if str(a.get_gid()).startswith("prediction")]


@pytest.mark.parametrize("as_given", [lambda d: d, lambda d: d.drop(columns="study"), lambda d: d.iloc[::-1]])
def test_studies_left_out_may_stand_in_the_table(as_given: Any) -> None:
    data = DATA.assign(dose=[10, 20, np.nan, 40, 30, 50])
    result = tm.meta_regression(EFFECTS, "dose", data, missing="drop")
    points = artist(figures.bubble_plot(result, as_given(data)), "studies").get_offsets()
    assert np.allclose(points[:, 0], [10, 20, 40, 30, 50])
    assert np.allclose(points[:, 1], EFFECTS.yi[[0, 1, 3, 4, 5]])


def test_a_mapping_of_columns_will_do() -> None:
    columns = {"dose": DATA["dose"].tolist()}
    points = artist(figures.bubble_plot(tm.meta_regression(EFFECTS, "dose", columns), columns), "studies").get_offsets()
    assert np.allclose(points[:, 0], DATA["dose"])


@pytest.mark.parametrize(
    ("formula", "moderator", "said"),
    [("site", "", "has no numeric moderator"), ("dose + site", "site", "must be one of: dose")],
)
def test_what_cannot_be_drawn_is_said(formula: str, moderator: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        figures.bubble_plot(tm.meta_regression(EFFECTS, formula, DATA), DATA, moderator)


def test_a_year_reads_as_a_year() -> None:
    data = DATA.assign(year=[1998, 2003, 2007, 2011, 2015, 2021])
    ax = figures.bubble_plot(tm.meta_regression(EFFECTS, "year", data), data)
    assert "2010" in [label.get_text() for label in ax.get_xticklabels()]
