"""Risk of bias on its own: each judgement with its sign, shares that add up, and what a page cannot hold."""

from __future__ import annotations

import pandas as pd
import pytest
from figure_helpers import named, texts, written
from unit.figures.geometry import check_geometry, too_alike
from unit.figures.people_cases import judged

import tmsmeta as tm
from tmsmeta import figures
from tmsmeta.figures.pairwise.risk_of_bias import SYMBOLS
from tmsmeta.words.risk_of_bias import SPELLINGS, TOOLS, shares


def test_every_judgement_has_a_circle_with_its_sign() -> None:
    table = judged(12)
    axes = figures.risk_of_bias(table)
    cells = table.drop(columns="study").to_numpy().ravel().tolist()
    for name in ("low", "some concerns", "high"):
        assert len(named(axes, name)) == cells.count(name) + 1  # one more in the key
    signs = [t.get_text() for t in texts(axes) if t.get_gid() == "symbol letter"]
    assert {s: signs.count(s) - 1 for s in "+!−"} == {
        "+": cells.count("low"),
        "!": cells.count("some concerns"),
        "−": cells.count("high"),
    }
    assert "D1 randomisation process" in written(axes).replace("\n", " ")


def test_long_domains_are_numbered_and_named_in_the_key() -> None:
    table = pd.DataFrame({"Random sequence": ["low"], "Blinding": ["unclear"], "Overall": ["high"]}, index=["A 2001"])
    text = written(figures.risk_of_bias(table)).replace("\n", " ")
    assert "D1 Random sequence; D2 Blinding" in text
    assert "A 2001" in text


def test_many_studies_stand_side_by_side_or_are_refused_with_what_to_do() -> None:
    check_geometry(figures.risk_of_bias(judged(80), width="double"), "double")
    with pytest.raises(tm.InvalidInputError, match=r"at most 4\d rows for a page 85 mm wide; .* as table\[:4\d\]"):
        figures.risk_of_bias(judged(80), width="single")


def test_bars_are_the_shares_of_studies_or_of_weights() -> None:
    table = judged(4)
    rows = table.drop(columns="study").to_dict("records")
    for weights in (None, [4.0, 3.0, 2.0, 1.0]):
        axes = figures.risk_of_bias_summary(table, weights=weights)
        full = sum(box.get_width() for box in axes.patches) / 6
        found = [box.get_width() / full for box in axes.patches if box.get_gid() == "low"]
        expected = [shares(rows, d, weights)["low"] for d in rows[0]]
        assert found == pytest.approx(expected)
    assert shares(rows, "D1", [4, 3, 2, 1]) == pytest.approx({"low": 0.9, "some concerns": 0.1})


@pytest.mark.parametrize("weights", [[1, 2], [1, 2, -3, 4], [1, 2, float("nan"), 4], 3])
def test_weights_that_do_not_fit_are_refused(weights: object) -> None:
    with pytest.raises(tm.InvalidInputError, match="one number above 0 for each of the 4 rows"):
        figures.risk_of_bias_summary(judged(4), weights=weights)  # type: ignore[arg-type]


def test_what_is_no_table_of_judgements_is_refused() -> None:
    for wrong in (3, pd.DataFrame({"study": ["A"], "D1": [0.5]}), judged(0)):
        with pytest.raises(tm.InvalidInputError):
            figures.risk_of_bias(wrong)  # type: ignore[arg-type]


def test_no_tool_has_two_judgements_that_look_alike() -> None:
    assert set(SYMBOLS) == set(SPELLINGS)
    for tool in TOOLS:
        signs = [SYMBOLS[name] for name in tool.judgements]
        assert len({s.letter for s in signs}) == len(signs)
        assert too_alike([s.face for s in signs if s.letter != "?"]) == []
