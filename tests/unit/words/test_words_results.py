"""What results have in common: plain values, a short text, a view for notebooks, tests."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from tmsmeta import NotAssessable
from tmsmeta.errors import Issue
from tmsmeta.words.results import HypothesisTest, Result, notes, to_cell, to_plain

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
