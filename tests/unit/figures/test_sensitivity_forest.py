"""The forest of sensitivity analyses draws what the analyses say, and only analyses of one measure together."""

from __future__ import annotations

import figure_helpers as helpers
import numpy as np
import pytest
from unit.figures.geometry import check_geometry

import tmsmeta as tm
from tmsmeta import figures

EFFECTS = tm.effects.binary("RR", [11, 9, 13, 17], [35, 28, 25, 35], [2, 3, 2, 8], [33, 29, 25, 32], study=list("abcd"))
RESULTS = {
    "All trials": tm.pool(EFFECTS),
    "Without trial d": tm.pool(EFFECTS.subset(np.arange(3))),
    "Mantel-Haenszel": tm.mantel_haenszel("RR", [11, 9, 13, 17], [35, 28, 25, 35], [2, 3, 2, 8], [33, 29, 25, 32]),
    "Published only": tm.NotAssessable("pool", "no trial"),
}


def test_each_analysis_is_a_diamond_from_limit_to_limit() -> None:
    axes = figures.sensitivity_forest(RESULTS, width="double")
    diamonds = helpers.named(axes, "diamond")
    assert len(diamonds) == 3
    for diamond, result in zip(diamonds, list(RESULTS.values())[:3], strict=True):
        ends = np.exp(result.ci)  # type: ignore[union-attr, arg-type]
        low, high = axes.get_xlim()
        np.testing.assert_allclose(
            [diamond.get_xy()[:, 0].min(), diamond.get_xy()[:, 0].max()],  # type: ignore[attr-defined]
            np.clip(ends, low, high),
        )
    (line,) = helpers.named(axes, "pooled line")
    assert line.get_xdata()[0] == pytest.approx(np.exp(RESULTS["All trials"].estimate))  # type: ignore[attr-defined, union-attr, arg-type]
    assert "Published only: not assessable (no trial)" in helpers.written(axes).replace("\n", " ")


def test_the_main_analysis_is_marked_by_weight_and_colour() -> None:
    axes = figures.sensitivity_forest(RESULTS, main="Without trial d")
    bold = [t.get_text() for t in axes.texts if t.get_gid() == "cell study" and t.get_fontweight() == "bold"]
    assert bold == ["Without trial d"]
    assert len({d.get_facecolor() for d in helpers.named(axes, "diamond")}) == 2  # type: ignore[attr-defined]


def test_one_column_has_room_for_names_with_intervals_below_their_estimates() -> None:
    name = "Without trials of accelerated stimulation"
    axes = figures.sensitivity_forest({"Main": RESULTS["All trials"], name: RESULTS["Without trial d"]}, width="single")
    check_geometry(axes, "single")
    estimates = helpers.cells(axes, "effect")
    assert all(text.count("\n") == 1 and text.split("\n")[1].startswith("(") for text in estimates)
    boxes = {t.get_text(): t.get_window_extent().width / axes.figure.dpi for t in helpers.named(axes, "cell study")}  # type: ignore[attr-defined]
    assert max(boxes.values()) > 0.9
    assert " ".join(max(boxes, key=len).split()) == name


def test_what_one_axis_cannot_show_is_refused_with_the_analyses() -> None:
    mixed = {**RESULTS, "Odds ratio": tm.pool(tm.effects.generic([0.1, 0.2], se=[0.1, 0.1], measure="OR"))}
    with pytest.raises(tm.InvalidInputError, match=r"Odds ratio.*scale of the main analysis, RR"):
        figures.sensitivity_forest(mixed)
    with pytest.raises(tm.InvalidInputError, match="must hold a pooled effect"):
        figures.sensitivity_forest({"none": tm.NotAssessable("pool", "no trial")})
    with pytest.raises(tm.UnknownOptionError, match="All trials"):
        figures.sensitivity_forest(RESULTS, main="all")
    with pytest.raises(tm.InvalidInputError, match="a mapping from analyses to pooled effects"):
        figures.sensitivity_forest(RESULTS["All trials"])  # type: ignore[arg-type]
