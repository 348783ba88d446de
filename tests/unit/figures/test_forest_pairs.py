"""What stands beside a study in a forest plot belongs to it, however the plot groups, sorts and drops studies."""

from __future__ import annotations

from typing import Any

import figure_helpers as helpers
import numpy as np
import pandas as pd
import pytest

import tmsmeta as tm
from tmsmeta.errors import InvalidInputError
from tmsmeta.figures import forest

STUDY = ["Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot"]
COIL = [f"of {name}" for name in STUDY]
GROUP = ["low", "some", "high", "high", "low", "low"]
SHUFFLED = [3, 0, 5, 1, 4, 2]


def effects(study: Any = STUDY) -> tm.EffectSizes:
    counts = ([11, 9, 13, 17, 10, 33], [35, 28, 25, 35, 25, 81], [2, 3, 2, 8, 4, 31], [33, 29, 25, 32, 27, 83])
    return tm.effects.binary("RR", *counts, study=study)


def pairs(axes: Any, start: str = "of ") -> list[tuple[str, str]]:
    """Each study with the text that starts so in its line."""
    axes.figure.canvas.draw()
    texts = helpers.texts(axes)

    def middle(text: Any) -> float:
        box = text.get_window_extent()
        return float(box.y0 + box.y1) / 2

    names = [t for t in texts if t.get_text() in STUDY]
    beside = [t for t in texts if t.get_text().startswith(start)]
    return [
        (n.get_text(), min(beside, key=lambda t: abs(middle(t) - middle(n))).get_text().removeprefix(start))
        for n in names
    ]


FORMS = {
    "list": COIL,
    "array": np.array(COIL),
    "default index": pd.Series(COIL),
    "row index": pd.Series(COIL, index=range(2, 8)),
    "index of studies": pd.Series(COIL, index=STUDY).iloc[SHUFFLED],
    "mapping": dict(sorted(zip(STUDY, COIL, strict=True), reverse=True)),
    "table": pd.DataFrame({"study": STUDY, "coil": COIL}).iloc[SHUFFLED],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("sort", [None, "estimate", "-weight", "Coil"])
def test_extra_columns_stand_beside_their_study(form: str, sort: str | None) -> None:
    e = effects()
    pool, groups = tm.pool(e), tm.subgroups(e, GROUP)
    for result, more in ((pool, {}), (groups, {}), (pool, {"subgroups": groups})):
        shown = pairs(forest(result, extra_columns={"Coil": FORMS[form]}, sort=sort, **more))
        assert len(shown) == 6
        assert [a for a, b in shown if a != b] == []


def test_tiers_and_judgements_stand_beside_their_study() -> None:
    tier = [f"of {name}" for name in STUDY]
    judged = pd.DataFrame({"study": STUDY, "D1": ["low", "high"] * 3}).iloc[SHUFFLED]
    axes = forest(tm.subgroups(effects(), GROUP), tier=tier, risk_of_bias=judged)
    assert [a for a, b in pairs(axes) if a != b] == []
    axes.figure.canvas.draw()
    letters = [t for t in helpers.texts(axes) if t.get_gid() == "symbol letter"]
    names = [t for t in helpers.texts(axes) if t.get_text() in STUDY]

    def middle(t: Any) -> float:
        return float(t.get_window_extent().y0 + t.get_window_extent().y1)

    found = {n.get_text(): min(letters, key=lambda t: abs(middle(t) - middle(n))).get_text() for n in names}
    assert found == dict(zip(STUDY, "+−+−+−", strict=True))


def test_studies_without_an_estimate_keep_their_values_and_are_shown_in_their_subgroup() -> None:
    e = tm.effects.binary(
        "RR", [11, 0, 13, 17], [35, 28, 25, 35], [2, 0, 2, 8], [33, 29, 25, 32], study=STUDY[:4], drop_double_zero=True
    )
    groups = tm.subgroups(e, ["low", "high", "high", "low"])
    axes = forest(groups, extra_columns={"Coil": dict(zip(STUDY, COIL[:4], strict=False))})
    shown = pairs(axes)
    assert [a for a, _ in shown] == ["Alpha", "Delta", "Charlie", "Bravo"]
    assert all(a == b for a, b in shown)
    with pytest.raises(InvalidInputError, match="A list cannot tell which are those of Bravo, without an estimate"):
        forest(groups, tier=list("ABCD"))
    alone = forest(tm.subgroups(e, ["low", "nobody else", "high", "low"]))
    assert "not estimable" in helpers.written(alone)
    assert helpers.written(alone).count("Bravo") == 2


def test_labels_that_repeat_keep_their_own_values_and_weights() -> None:
    e = effects(["Alpha", "Alpha", "Bravo", "Bravo", "Charlie", "Charlie"])
    coil = [f"of {x:.4f}" for x in e.yi]
    groups = tm.subgroups(e, list("uvuvuv"))
    axes = forest(groups, extra_columns={"Coil": coil})
    weights = [f"{100 * w:.1f}" for w in groups.overall.weights[[0, 2, 4, 1, 3, 5]]]
    axes.figure.canvas.draw()
    down = sorted(helpers.texts(axes), key=lambda t: -t.get_window_extent().y0)
    assert [t.get_text() for t in down if t.get_text().startswith("of ")] == [coil[i] for i in (0, 2, 4, 1, 3, 5)]
    cells = [t.get_text() for t in down if t.get_text() in weights]
    assert cells == weights


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"tier": {"Alpha": "A"}}, "Bravo, `tier`: has no value"),
        (
            {"extra_columns": {"Coil": dict.fromkeys([*STUDY, "Golf"], 1)}},
            "Golf, `extra_columns.Coil`: is the label of",
        ),
        ({"extra_columns": {"Coil": [1, 2]}}, "that is 6, or be keyed by study"),
        ({"risk_of_bias": pd.DataFrame({"study": STUDY[:5], "D1": "low"})}, "Foxtrot, `risk_of_bias`: has no row"),
        ({"risk_of_bias": pd.DataFrame({"D1": ["low"] * 6})}, "must hold the study labels"),
        ({"risk_of_bias": pd.DataFrame({"study": STUDY})}, "must have one column for each domain"),
        ({"risk_of_bias": pd.DataFrame({"study": STUDY, "D1": "lowish"})}, "Alpha, `risk_of_bias.D1`: must be one of"),
    ],
)
def test_keys_that_disagree_with_the_plot_are_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        forest(tm.pool(effects()), **more)
    assert said in str(caught.value)


def test_a_sorted_column_of_numbers_and_texts_has_gaps_last() -> None:
    year = [2003, None, "2001?", 1999, float("nan"), 2010]
    axes = forest(tm.pool(effects()), extra_columns={"Year": year}, sort="Year")
    axes.figure.canvas.draw()
    names = sorted((t for t in helpers.texts(axes) if t.get_text() in STUDY), key=lambda t: -t.get_window_extent().y0)
    assert [t.get_text()[0] for t in names] == list("DAFCBE")


def test_studies_known_by_their_ratio_have_empty_cells_in_place_of_counts() -> None:
    counted = tm.effects.binary("RR", [11, 7], [35, 35], [2, 1], [33, 33], study=STUDY[:2])
    both = tm.effects.combine(counted, tm.effects.printed_ratio("RR", [2.82], [1.57], [5.09], study=STUDY[2:3]))
    texts = [t.get_text() for t in helpers.texts(forest(tm.pool(both)))]
    assert "11/35" in texts
    assert "/" not in texts
