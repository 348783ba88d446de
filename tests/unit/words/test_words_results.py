"""What results have in common: plain values, a short text, a view for notebooks, tests."""

from __future__ import annotations

import importlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

import tmsmeta as tm
from tmsmeta import NotAssessable
from tmsmeta.errors import Issue
from tmsmeta.words.results import HypothesisTest, Result, notes, to_cell, to_plain

FIVE = tm.effects.generic([0.1, 0.5, 0.2, 0.9, 0.4], se=[0.1, 0.2, 0.1, 0.3, 0.25])
WHY = NotAssessable("tau2", "needs at least 2 studies, got 1")


class Pair(NamedTuple):
    low: float
    high: float


@dataclass(frozen=True)
class Record:
    name: str
    value: float | NotAssessable


@dataclass(frozen=True, kw_only=True, repr=False)
class Answer(Result):
    estimate: float
    ci: tuple[float, float] | NotAssessable
    said: str = "The effect is <1>."

    def to_frame(self) -> pd.DataFrame:
        return pd.DataFrame({"estimate": [self.estimate]})

    def result_sentence(self) -> str:
        return self.said

    def methods_sentence(self) -> str:
        return "It was made up."


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (WHY, {"not_assessable": "needs at least 2 studies, got 1"}),
        (math.nan, None),
        (np.float64(math.inf), "infinity"),
        (-math.inf, "-infinity"),
        (np.float64(0.1), 0.1),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (True, True),
        (np.str_("Blum"), "Blum"),
        (None, None),
        (pd.NA, None),
        (pd.NaT, None),
        ((1.0, WHY), [1.0, {"not_assessable": "needs at least 2 studies, got 1"}]),
        ({2008: np.array([[1.0, math.nan]])}, {"2008": [[1.0, None]]}),
        (Pair(0.5, math.inf), {"low": 0.5, "high": "infinity"}),
        (Record("a", WHY), {"name": "a", "value": {"not_assessable": "needs at least 2 studies, got 1"}}),
        (pd.DataFrame({"a": [1, None], "b": ["x", None]}), [{"a": 1.0, "b": "x"}, {"a": None, "b": None}]),
        (pd.Series([1.5], index=["x"]), {"x": 1.5}),
        (Answer(estimate=1.0, ci=WHY), {"estimate": 1.0, "ci": to_plain(WHY), "said": "The effect is <1>."}),
        (Path("a") / "b.csv", "a/b.csv"),
        ((Issue("Blum", "effects", None, "has no event."),), [{"study": "Blum", "reason": "has no event."}]),
    ],
)
def test_any_value_becomes_one_that_json_can_hold(value: object, plain: object) -> None:
    assert to_plain(value) == plain
    assert json.loads(json.dumps(to_plain(value), allow_nan=False)) == plain
    assert type(to_plain(value)) is type(plain)


def test_a_result_prints_as_its_sentence_in_at_most_twenty_lines() -> None:
    assert repr(Answer(estimate=1.0, ci=WHY)) == "Answer:\n  The effect is <1>."
    lines = repr(Answer(estimate=1.0, ci=WHY, said="word " * 2000)).splitlines()
    assert len(lines) == 20
    assert lines[-1].endswith(" ...")
    assert max(map(len, lines)) <= 102


def test_a_notebook_shows_sentence_and_table_with_every_text_escaped() -> None:
    view = Answer(estimate=1.0, ci=WHY)._repr_html_()
    assert view.startswith("<p>The effect is &lt;1&gt;.</p><table")


def test_a_result_must_say_what_it_is_and_how_it_was_made() -> None:
    class Silent(Result):
        pass

    with pytest.raises(TypeError, match="methods_sentence"):
        Silent()  # type: ignore[abstract]


def test_a_test_says_its_numbers_and_its_hypothesis() -> None:
    found = HypothesisTest(null="all studies share one effect", statistic=12.345, df=4, p_value=0.0149)
    assert str(found) == "12.35 on 4 df (p = 0.015)"
    assert found.to_dict() == {"statistic": 12.345, "df": 4, "p_value": 0.0149}
    f = HypothesisTest(null="no moderator matters", statistic=3.0, df=2, p_value=0.1, df_residual=7)
    assert str(f) == "3.00 on 2 and 7 df (p = 0.100)"
    assert str(HypothesisTest(null="no effect", statistic=0.0, df=None, p_value=WHY)) == f"0.00 (p {WHY})"


def test_reasons_stand_once_in_a_note_and_leave_their_cells_empty() -> None:
    assert notes([1.0, WHY, "x", WHY]) == str(WHY)
    assert math.isnan(to_cell(WHY))
    assert to_cell(0.5) == 0.5


def all_results(base: type[Result] = Result) -> list[type[Result]]:
    return [found for child in base.__subclasses__() for found in (child, *all_results(child))]


def test_no_result_prints_its_arrays() -> None:
    """`repr=False` is easily forgotten, and a dataclass then writes a representation of its own."""
    for module in ("absolute", "models.counts.result", "models.regression", "robustness.smallstudy"):
        importlib.import_module(f"tmsmeta.{module}")
    found = [kind for kind in all_results() if kind.__module__.startswith("tmsmeta")]
    assert {"PooledEffect", "MetaRegression", "NumberNeeded", "GlmmEffect"} <= {kind.__name__ for kind in found}
    assert [kind.__name__ for kind in found if kind.__repr__ is not Result.__repr__] == []


def test_tests_of_results_carry_their_numbers() -> None:
    pooled = tm.pool(FIVE)
    assert (pooled.q_test.statistic, pooled.q_test.df, pooled.q_test.p_value) == (pooled.q, pooled.q_df, pooled.q_p)
    assert pooled.q_test.null == "all studies share one effect"
    assert " ".join(repr(pooled).split()) == f"PooledEffect: {pooled.result_sentence()}"
    fitted = tm.meta_regression(FIVE, "~ dose", pd.DataFrame({"dose": [1.0, 2, 4, 3, 5]}), ci="hksj")
    assert (fitted.qm_test.df, fitted.qm_test.df_residual, fitted.qm_test.p_value) == (1, 3, fitted.qm_p)
    assert fitted.qe_test.statistic == fitted.qe
    groups = tm.subgroups(FIVE, ["a", "b", "a", "b", "b"])
    assert (groups.test.statistic, groups.test.df, groups.test.df_residual) == (groups.statistic, 1, 3)
    assert groups.test.p_value == groups.p_value
    assert isinstance(tm.subgroups(FIVE, ["a"] * 5).test, NotAssessable)
    assert tm.egger(FIVE).slope_test.df == 3
