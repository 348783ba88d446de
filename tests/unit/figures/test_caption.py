"""The text below a figure says what the figure cannot: model, marks, abbreviations, without a word of code."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from unit.figures.test_wrong_results import EFFECTS, NET, RESULTS

import tmsmeta as tm
from tmsmeta import figures
from tmsmeta.figures.accepts import MADE_BY
from tmsmeta.figures.captions import _KINDS


def _cut(studies: int) -> tm.EffectSizes:
    return EFFECTS.subset(np.arange(studies))


DRAWN: dict[str, Any] = {
    **{name: RESULTS[name] for name in ("pool", "subgroups", "regression", "egger", "funnel", "network", "ranking")},
    "league": RESULTS["league"],
    "peto": tm.peto([11, 9], [35, 28], [2, 3], [33, 29]),
    "profile": tm.profile_likelihood(EFFECTS),
    "gosh": tm.gosh(EFFECTS),
    "contributions": tm.contributions(NET),
    "net heat": tm.net_heat(NET),
    "graph": tm.geometry(NET),
    "multiverse": tm.multiverse(_cut, {"studies": [3, 4]}, tau2=["DL", "REML"]),
    "sensitivity": {"All": RESULTS["pool"], "Common effect": tm.pool(EFFECTS, tau2="FE", ci="z")},
    "not assessable": RESULTS["not assessable"],
}


@pytest.mark.parametrize("name", DRAWN)
def test_every_result_of_a_figure_has_a_caption_in_words(name: str) -> None:
    said = figures.caption(DRAWN[name])
    assert len(said) > 20
    assert not re.search(r"hksj|t\(k|only0|tau2|I2\b|\{|  |Computed with", said)
    assert said.endswith(".")


def test_the_caption_of_a_forest_names_model_marks_and_abbreviations() -> None:
    said = figures.caption(tm.pool(EFFECTS, tau2="REML", ci="hksj"), data_version="1f2e")
    for part in (
        "Risk ratio. Model: random effects, inverse variance, τ² by restricted maximum likelihood",
        "Hartung-Knapp 95% CI (t, 3 df)",
        "area in proportion to the weight",
        "Arrows: the interval, or the estimate, goes beyond the axis.",
        "CI: confidence interval",
        "REML: restricted maximum likelihood",
        "Data 1f2e.",
    ):
        assert part in said


def test_every_kind_of_result_is_known() -> None:
    assert set(_KINDS) <= set(MADE_BY)
    with pytest.raises(tm.InvalidInputError, match="a result that a figure draws"):
        figures.caption(3)
