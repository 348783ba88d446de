"""A result given to a figure that does not draw it is answered by the figure that does."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import tmsmeta as tm
from tmsmeta import figures
from tmsmeta.errors import InvalidInputError, NotAssessable
from tmsmeta.figures.accepts import MADE_BY, TABLES

EFFECTS = tm.effects.binary("RR", [11, 9, 13, 17], [35, 28, 25, 35], [2, 3, 2, 8], [33, 29, 25, 32], study=list("abcd"))
ARMS = pd.DataFrame(
    {
        "study": ["a", "a", "b", "b", "c", "c"],
        "treatment": ["x", "y", "y", "z", "x", "z"],
        "events": [5, 7, 6, 9, 4, 8],
        "n": [20, 20, 20, 20, 20, 20],
    }
)
NET = tm.network(ARMS, measure="OR", reference="x", better="higher")
RESULTS: dict[str, Any] = {
    "effects": EFFECTS,
    "pool": tm.pool(EFFECTS),
    "subgroups": tm.subgroups(EFFECTS, list("xxyy")),
    "regression": tm.meta_regression(EFFECTS, "x", {"x": [1, 2, 3, 5]}),
    "egger": tm.egger(EFFECTS),
    "funnel": tm.funnel(EFFECTS),
    "leave one out": tm.leave_one_out(EFFECTS),
    "influence": tm.influence(EFFECTS),
    "network": NET,
    "ranking": tm.rank(NET),
    "league": tm.league_table(NET),
    "splits": tm.node_split(NET),
    "not assessable": NotAssessable("pool", "no study"),
    "None": None,
    "number": 3,
    "text": "pool",
    "table": pd.DataFrame({"a": [1]}),
    "list": [1, 2],
}
DRAWS = [
    name
    for name in figures.__all__
    if name
    not in (
        "save",
        "to_bytes",
        "to_svg",
        "inline_svg",
        "caption",
        "patient_summary",
        "claim_panel",
        "claim_pages",
        "coverage_curves",
    )
]


@pytest.mark.parametrize("name", DRAWS)
def test_no_figure_answers_a_wrong_result_by_a_raw_error(name: str) -> None:
    draw: Callable[..., Any] = getattr(figures, name)
    _, *others = inspect.signature(draw).parameters.values()
    needed = {
        p.name: tm.pool(EFFECTS) if "Pool" in p.annotation else NET
        for p in others
        if p.default is p.empty and p.kind not in (p.KEYWORD_ONLY, p.VAR_KEYWORD)
    }
    refused = 0
    for result in RESULTS.values():
        try:
            draw(result, **needed)
        except InvalidInputError:
            refused += 1
    assert refused >= len(RESULTS) - 6


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: figures.forest(RESULTS["ranking"]), "rank_effect, rankogram and network_forest draw a ranking"),
        (lambda: figures.forest(EFFECTS), "forest(tm.pool(effects))"),
        (lambda: figures.forest(RESULTS["pool"], subgroups=list("xxyy")), "`subgroups`: must be one of: Subgroups"),
        (lambda: figures.forest(RESULTS["regression"]), "a meta-regression is a table"),
        (lambda: figures.forest(RESULTS["not assessable"]), "not_assessable_panel"),
        (lambda: figures.funnel_plot(EFFECTS), "must be one of: Funnel (tm.funnel)"),
        (lambda: figures.labbe_plot(tm.baujat(EFFECTS)), "It lacks risk_c, risk_t, n_c and n_t"),
        (lambda: figures.cumulative_forest(RESULTS["pool"], RESULTS["pool"]), "the table that tm.cumulative gives"),
        (lambda: figures.rankogram(NET), "network_forest and network_graph draw a network"),
        (lambda: figures.two_outcomes({"one": RESULTS["pool"]}), "a mapping from outcomes to networks"),
        (lambda: figures.icon_array(RESULTS["pool"]), "AbsoluteRisk (tm.risk_per_1000)"),
    ],
)
def test_the_answer_names_what_is_right(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        call()
    assert said in str(caught.value)


def test_what_the_messages_name_exists() -> None:
    for source in [*MADE_BY.values(), *(maker for maker, _ in TABLES.values())]:
        for name in source.replace(" or ", ", ").split(", "):
            if name.startswith("tm"):
                owner, _, attribute = name.replace("tm.", "tmsmeta.", 1).rpartition(".")
                assert hasattr(__import__(owner, fromlist=[attribute]), attribute), name
