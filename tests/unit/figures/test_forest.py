"""The forest plot: artists stand where the numbers are, nothing overlaps, the same bytes on every run."""

from __future__ import annotations

from pathlib import Path

import figure_helpers as helpers
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import tmsmeta as tm
from tmsmeta.figures import forest, save


def trials(k: int, *, long: bool = False) -> tm.EffectSizes:
    rng = np.random.default_rng(k)
    n = rng.integers(10, 200, (k, 2))
    events = rng.binomial(n, [0.4, 0.2])
    name = "Trial {} of the cooperative study group on stimulation, second report" if long else "Trial {}"
    names = [name.format(i) for i in range(k)]
    return tm.effects.binary("RR", events[:, 0], n[:, 0], events[:, 1], n[:, 1], study=names)


@pytest.mark.parametrize("k", [1, 2, 3, 12, 60])
@pytest.mark.parametrize("long", [False, True])
def test_no_text_overlaps_or_is_cut(k: int, long: bool) -> None:
    axes = forest(tm.pool(trials(k, long=long)), better="higher", tier=["A"] * k, title="Response")
    assert helpers.overlapping(axes) == []
    assert helpers.outside(axes) == []


@pytest.mark.parametrize("layout", ["tmsmeta", "revman", "bmj", "jama"])
def test_every_layout_is_legible(layout: str) -> None:
    axes = forest(tm.pool(trials(7)), layout=layout, better="lower")
    assert helpers.overlapping(axes) == []
    assert helpers.outside(axes) == []


def test_squares_stand_at_the_estimates_with_areas_in_proportion_to_weight() -> None:
    result = tm.pool(trials(5))
    axes = forest(result)
    (squares,) = helpers.named(axes, "squares")
    x = np.asarray(squares.get_offsets())[:, 0]
    np.testing.assert_allclose(x, np.exp(result.effects.yi), rtol=1e-12)
    areas = np.asarray(squares.get_sizes())
    np.testing.assert_allclose(areas / areas.max(), result.weights / result.weights.max(), rtol=1e-9)


def test_whiskers_end_where_the_intervals_do_and_arrows_mark_what_is_cut() -> None:
    result = tm.pool(trials(5))
    frame = result.to_frame().iloc[:-1]
    axes = forest(result, xlim=(0.05, 60))
    (whiskers,) = helpers.named(axes, "whiskers")
    ends = np.array([segment[:, 0] for segment in whiskers.get_segments()])
    np.testing.assert_allclose(ends, frame[["ratio_low", "ratio_high"]].to_numpy(), rtol=1e-12)
    cut = forest(result, xlim=(0.9, 1.1))
    (segments,) = helpers.named(cut, "whiskers")
    assert all(0.9 <= x <= 1.1 for s in segments.get_segments() for x in s[:, 0])
    assert helpers.named(cut, "clipped high")


def test_the_diamond_and_the_prediction_bar_span_their_intervals() -> None:
    result = tm.pool(trials(6))
    axes = forest(result)
    (diamond,) = helpers.named(axes, "diamond")
    x = diamond.get_xy()[:, 0]
    assert isinstance(result.ratio_ci, tuple)
    assert isinstance(result.ratio_prediction, tuple)
    np.testing.assert_allclose([x.min(), x.max()], result.ratio_ci, rtol=1e-12)
    assert result.ratio in x
    (bar,) = helpers.named(axes, "prediction")
    np.testing.assert_allclose([bar.get_x(), bar.get_x() + bar.get_width()], result.ratio_prediction, rtol=1e-9)


def test_counts_weights_and_numbers_are_written() -> None:
    result = tm.pool(trials(3))
    text = helpers.written(forest(result, better="higher", tier=["A", "B", "C"]))
    first = result.effects.inputs
    assert f"{first['events_t'][0]:.0f}/{first['n_t'][0]:.0f}" in text
    assert f"{result.ratio:.2f} ({result.ratio_ci[0]:.2f} to {result.ratio_ci[1]:.2f})" in text  # type: ignore[index]
    assert f"{100 * result.weights[0]:.1f}" in text
    assert "Favours treated" in text
    assert "100.0" in text


def test_the_direction_follows_better() -> None:
    result = tm.pool(trials(3))
    for better, sides in (("higher", ("comparator", "treated")), ("lower", ("treated", "comparator"))):
        favours = [t for t in helpers.texts(forest(result, better=better)) if t.get_gid() == "favours"]
        ordered = sorted(favours, key=lambda t: t.get_window_extent().x0)
        assert [side for t, side in zip(ordered, sides, strict=True) if side in t.get_text().lower()] == list(sides)


def test_what_is_not_assessable_is_said_in_words() -> None:
    text = helpers.written(forest(tm.pool(trials(2)))).replace("\n", " ")
    assert "Prediction interval: not assessable" in text
    assert "needs at least" in text


def test_subgroups_have_diamonds_of_their_own_and_the_test_between() -> None:
    es = trials(8)
    groups = tm.subgroups(es, ["left"] * 5 + ["right"] * 3)
    axes = forest(tm.pool(es), subgroups=groups)
    assert len(helpers.named(axes, "diamond")) == 3
    assert f"F {groups.statistic:.2f} (df 1 and 6)" in helpers.written(axes)
    assert helpers.overlapping(axes) == []


def test_risk_of_bias_judgements_have_letters() -> None:
    es = trials(3)
    judged = pd.DataFrame({"study": es.study, "D1": ["low", "high", "some concerns"], "Overall": ["low"] * 3})
    axes = forest(tm.pool(es), risk_of_bias=judged)
    letters = [t.get_text() for t in helpers.texts(axes) if t.get_gid() == "symbol letter"]
    assert sorted(letters) == ["!", "+", "+", "+", "+", "−"]


@pytest.mark.parametrize(
    ("judgements", "letters", "note"),
    [
        (("Low risk", "UNCLEAR", "High risk of bias"), "+?−", "Risk of bias: + low, ? unclear, − high."),
        (
            ("Moderate", "serious", "Critical risk"),
            "!×−",
            "Risk of bias: ! moderate, − serious, × critical. Domains (ROBINS-I): D1 confounding.",
        ),
        (
            ("low", "some concerns", "Very high"),
            "!+×",
            "Risk of bias: + low, ! some concerns, × very high. Domains (ROBINS-E): D1 confounding.",
        ),
        (
            ("Low", "Some concern", "NI"),
            "!+?",
            "Risk of bias: + low, ! some concerns, ? no information. Domains (RoB 2): D1 randomisation process.",
        ),
    ],
)
def test_judgements_of_other_tools_are_drawn_and_their_domains_named(
    judgements: tuple[str, ...], letters: str, note: str
) -> None:
    es = trials(3)
    axes = forest(tm.pool(es), risk_of_bias=pd.DataFrame({"study": es.study, "D1": judgements}))
    drawn = [t.get_text() for t in helpers.texts(axes) if t.get_gid() == "symbol letter"]
    assert "".join(sorted(drawn)) == letters
    assert note in " ".join(helpers.written(axes).split())


def test_differences_stand_on_a_linear_axis() -> None:
    es = tm.effects.generic([0.1, 0.5, -0.2], se=[0.2, 0.3, 0.1], measure="MD", study=list("ABC"))
    assert forest(tm.pool(es)).get_xscale() == "linear"
    assert forest(tm.pool(trials(3))).get_xscale() == "log"


def test_saved_files_are_the_same_bytes_and_settings_stay(tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    runs = []
    for run in ("one", "two"):
        axes = forest(tm.pool(trials(4)), better="higher")
        paths = save(
            axes, tmp_path / run / "forest", ("png", "svg", "pdf"), {"title": "Forest", "spec": {"tau2": "REML"}}
        )
        runs.append([p.read_bytes() for p in paths])
    assert runs[0] == runs[1]
    assert dict(mpl.rcParams) == before
    svg = runs[0][1].decode()
    assert "<text" in svg
    assert "Forest" in svg


def test_a_study_known_by_its_ratio_has_empty_cells_for_its_counts() -> None:
    """Its cells, and those of the total, read "/"."""
    counted = tm.effects.binary("RR", [11, 7, 13], [35, 35, 25], [2, 1, 2], [33, 33, 25], study=list("ABC"))
    printed = tm.effects.printed_ratio("RR", [2.82, 1.4], [1.57, 0.7], [5.09, 2.8], study=list("DE"))
    axes = forest(tm.pool(tm.effects.combine(counted, printed)))
    texts = [t.get_text() for t in axes.texts]
    assert "11/35" in texts
    assert not [text for text in texts if text.strip() == "/"]


COUNTS = ([4, 0, 3, 0, 5, 7], [20, 25, 30, 15, 40, 50], [7, 2, 6, 0, 9, 11], [21, 24, 30, 15, 41, 52])
STUDIES = list("ABCDEF")
MODELS = {
    "Mantel-Haenszel": lambda: tm.mantel_haenszel("RR", *COUNTS, study=STUDIES),
    "risk difference": lambda: tm.mantel_haenszel("RD", *COUNTS, study=STUDIES),
    "without double zeros": lambda: tm.mantel_haenszel("OR", *COUNTS, study=STUDIES, double_zero="drop"),
    "Peto": lambda: tm.peto(*COUNTS, study=STUDIES),
    "GLMM": lambda: tm.glmm(*COUNTS, study=STUDIES),
    "GLMM of proportions": lambda: tm.glmm_proportion(*COUNTS[:2], study=STUDIES),
    "GLMM of rates": lambda: tm.glmm_rate(*COUNTS[:2], study=STUDIES),
    "beta-binomial": lambda: tm.beta_binomial_two_arm(*COUNTS, study=STUDIES),
    "one study": lambda: tm.mantel_haenszel("RR", [4], [20], [7], [21], study=["A"]),
    "nothing to pool": lambda: tm.mantel_haenszel("OR", [0, 0], [20, 25], [0, 0], [21, 24], study=["A", "B"]),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("layout", ["tmsmeta", "revman"])
def test_every_model_on_counts_has_its_forest(name: str, layout: str) -> None:
    """A Mantel-Haenszel result of trials without any event ended in a raw ValueError."""
    result = MODELS[name]()
    axes = forest(result, layout=layout, better="lower")
    assert helpers.overlapping(axes) == []
    assert helpers.outside(axes) == []
    shown = [t.get_text() for t in axes.texts if t.get_gid() == "cell study"]
    assert set(result.effects.study) <= set(shown)
    assert bool(helpers.named(axes, "diamond")) == (not isinstance(result.ci, tm.NotAssessable))


def test_one_study_and_no_estimate_are_said_in_one_sentence() -> None:
    one = forest(tm.pool(tm.effects.binary("OR", [4], [20], [7], [21], study=["A"])))
    none = forest(MODELS["nothing to pool"]())
    for axes, said in ((one, "One study: there is nothing to pool"), (none, "Nothing is pooled: no study tells")):
        spans = [t.get_text() for t in axes.texts if t.get_gid() == "span"]
        assert len(spans) == 1
        assert spans[0].startswith(said)
        assert "not assessable" not in helpers.written(axes).lower()
        assert not helpers.named(axes, "diamond")
    assert not helpers.named(one, "pooled line")


@pytest.mark.parametrize(
    "result",
    [
        MODELS["Peto"],
        lambda: tm.pool(tm.effects.binary("RR", *COUNTS, study=STUDIES, drop_double_zero=True)),
        lambda: tm.pool(tm.effects.proportion("PLO", [0, 2, 3], [9, 9, 9], study=list("ABD"), zero_cells="none")),
    ],
)
def test_studies_left_out_keep_their_counts_and_are_not_estimable(result) -> None:  # type: ignore[no-untyped-def]
    """Their cells were empty, and the reason named arguments of a function."""
    pooled = result()
    (gone,) = pooled.left_out
    axes = forest(pooled)
    cells = [(t.get_text(), t.get_position()[1]) for t in axes.texts if (t.get_gid() or "").startswith("cell")]
    (row,) = [y for text, y in cells if text == gone.row]
    beside = [text for text, y in cells if y == row]
    assert "not estimable" in beside
    assert {"0/15", "0/9"} & set(beside)
    assert "`" not in helpers.written(axes)
    assert "Totals are those of the studies that were pooled." in helpers.written(axes)


def test_what_was_done_before_pooling_stands_under_the_plot() -> None:
    arms = {
        "study": ["A", "A", "A", "B", "B", "C"],
        "treatment": ["drug", "high", "placebo", "drug", "placebo", "drug"],
        "events": [5, 6, 2, 9, 4, 4],
        "n": [20, 20, 20, 30, 30, 20],
    }
    result = tm.pool(tm.effects.from_frame(pd.DataFrame(arms), "RR"))
    notes = result.effects.notes
    assert any("high" in note for note in notes)
    shown = " ".join(" ".join(t.get_text().split()) for t in helpers.texts(forest(result)))
    for note in notes:
        assert " ".join(note.split()) in shown
