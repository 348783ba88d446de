"""Ranks of many treatments as strips, and of several outcomes as a table of colours."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure
from unit.figures.network_cases import ranked, rankings
from unit.figures.network_checks import by_gid, texts_of

import tmsmeta as tm
from tmsmeta import figures


def test_above_fifteen_treatments_ranks_are_strips_with_their_effects() -> None:
    assert len(figures.rankogram(ranked(12)).axes) == 12
    ranking = ranked(22)
    drawn = figures.rankogram(ranking)
    ax = drawn.axes[0]
    order = ranking.frame["treatment"].tolist()
    chances = by_gid(ax, "cells").get_array().reshape(22, 22)
    np.testing.assert_allclose(chances, ranking.rank_probabilities.loc[order])
    assert [t.replace("\n", " ") for t in texts_of(ax, "cell name")] == order
    assert len(texts_of(ax, "cell effect")) == len(texts_of(ax, "cell sucra")) == 22
    assert texts_of(ax, "cell trials") == [f"{t}" for t in ranking.frame["trials"]]
    said = " ".join(texts_of(ax, "bar label"))
    assert said == "Chance of the rank (%); full colour: 30 or more"


def test_strips_fill_a_figure() -> None:
    figure = Figure(figsize=(9, 7))
    assert figures.rankogram(ranked(22), figure=figure) is figure
    assert len(texts_of(figure.axes[0], "cell name")) == 22


def test_ranks_on_several_outcomes_stand_beside_their_effects() -> None:
    found = rankings(3)
    ax = figures.rank_heat(found)
    order = found["Response"].frame["treatment"].tolist()
    values = by_gid(ax, "cells").get_array().reshape(3, 4)
    for c, ranking in enumerate(found.values()):
        score = dict(zip(ranking.net.treatments, ranking.p_score, strict=True))
        for r, treatment in enumerate(order):
            cell = by_gid(ax, f"cell:{r}:{c}").get_text()
            if treatment not in score:
                assert np.ma.is_masked(values[r, c])
                assert cell == "–"
                continue
            assert values[r, c] == pytest.approx(score[treatment])
            if treatment != "Placebo":
                line = ranking.frame.set_index("treatment").loc[treatment]
                assert f"{line['ratio']:.2f} ({line['ratio_low']:.2f} to" in cell
    assert "the outcome has no trial of it" in " ".join(texts_of(ax, "notes"))


def test_the_order_is_that_of_the_outcome_asked_for() -> None:
    found = rankings(12)
    ax = figures.rank_heat(found, sort="Acceptability")
    names = [t.replace("\n", " ") for t in texts_of(ax, "cell name")]
    assert names == found["Acceptability"].frame["treatment"].tolist()
    last = figures.rank_heat(found, sort="Tolerability")
    (missing,) = set(found["Response"].net.treatments) - set(found["Tolerability"].net.treatments)
    assert texts_of(last, "cell name")[-1] == missing
    with pytest.raises(tm.UnknownOptionError):
        figures.rank_heat(found, sort="x")
    with pytest.raises(tm.InvalidInputError, match="one ranking at least"):
        figures.rank_heat({})
    with pytest.raises(tm.InvalidInputError, match="mapping from outcomes to rankings"):
        figures.rank_heat({"a": tm.geometry})  # type: ignore[dict-item]


def test_a_table_with_fewer_treatments_than_there_are_says_so() -> None:
    ax = figures.rank_heat(rankings(60), width="single")
    shown = len(texts_of(ax, "cell name"))
    assert shown < 60
    assert f"the {shown} of 60 treatments with the highest P-scores on response" in " ".join(
        texts_of(ax, "notes")
    ).replace("\n", " ")


def test_the_description_tells_each_outcome() -> None:
    told = figures.rank_heat(rankings(3)).figure.about  # type: ignore[union-attr]
    assert told.title == "Ranks on several outcomes"
    assert told.description.startswith("Response: P-scores, best first")
    assert "Tolerability: P-scores" in told.description
