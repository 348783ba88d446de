"""Figures of one pairwise analysis: artists stand where the results say, and no words overlap."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import matplotlib
import numpy as np
import pytest
from figure_helpers import named, outside, overlapping, written
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import tmsmeta as tm
from tmsmeta import figures
from tmsmeta.figures import style
from tmsmeta.robustness.sensitivity.coordinates import labbe_curve
from tmsmeta.robustness.sensitivity.curves import p_value_curves, radial
from tmsmeta.robustness.sensitivity.multiverse import multiverse
from tmsmeta.robustness.simulation import grid, simulate

LONG = "A very long name of a multicentre trial of accelerated intermittent theta burst stimulation"


def trials(k: int, measure: str = "RR", *, long: bool = False, seed: int = 3) -> tm.EffectSizes:
    rng = np.random.default_rng(seed)
    n_t, n_c = rng.integers(15, 150, k), rng.integers(15, 150, k)
    events_t = rng.binomial(n_t, rng.uniform(0.25, 0.55, k))
    events_c = rng.binomial(n_c, 0.2)
    names = [f"{LONG} {i}" if long and i % 2 == 0 else f"Trial {i} {1990 + i % 30}" for i in range(k)]
    return tm.effects.binary(measure, events_t, n_t, events_c, n_c, study=names)


Draw = Callable[[tm.EffectSizes], Axes | Figure]
DRAWERS: dict[str, Draw] = {
    "leave one out": lambda e: figures.leave_one_out_forest(tm.leave_one_out(e), tm.pool(e), title="Each left out"),
    "cumulative": lambda e: figures.cumulative_forest(tm.cumulative(e), tm.pool(e)),
    "funnel": lambda e: figures.funnel_plot(tm.funnel(e), egger=tm.egger(e), title="Funnel"),
    "baujat": lambda e: figures.baujat_plot(tm.baujat(e)),
    "labbe": lambda e: figures.labbe_plot(tm.labbe(e)),
    "radial": lambda e: figures.radial_plot(radial(tm.pool(e)), tm.pool(e)),
    "influence": lambda e: figures.influence_panel(tm.influence(e), title="Influence"),
    "drapery": lambda e: figures.drapery_plot(p_value_curves(tm.pool(e))),
    "gosh": lambda e: figures.gosh_plot(tm.gosh(e, subsets=500), study=str(e.study[0])),
}


def first_axes(drawn: Axes | Figure) -> Axes:
    return drawn.axes[0] if isinstance(drawn, Figure) else drawn


@pytest.mark.parametrize("name", DRAWERS)
@pytest.mark.parametrize(("k", "measure", "long"), [(3, "RD", True), (60, "OR", False)])
def test_no_words_overlap_or_are_cut(name: str, k: int, measure: str, long: bool) -> None:
    drawn = first_axes(DRAWERS[name](trials(k, measure, long=long)))
    assert overlapping(drawn) == []
    assert outside(drawn) == []


@pytest.mark.parametrize("name", ["leave one out", "cumulative", "funnel", "labbe", "radial", "drapery"])
@pytest.mark.parametrize("k", [1, 2])
def test_one_or_two_studies_are_drawn(name: str, k: int) -> None:
    drawn = first_axes(DRAWERS[name](trials(k)))
    assert overlapping(drawn) == []


def test_leave_one_out_points_and_diamond() -> None:
    effects = trials(6)
    table, result = tm.leave_one_out(effects), tm.pool(effects)
    axes = figures.leave_one_out_forest(table, result)
    (points,) = named(axes, "points")
    np.testing.assert_allclose(np.asarray(points.get_offsets())[:, 0], np.exp(table["estimate"]))
    (diamond,) = named(axes, "diamond")
    low, high = result.ratio_ci
    assert [diamond.get_xy()[0, 0], diamond.get_xy()[2, 0]] == pytest.approx([low, high])
    (whiskers,) = named(axes, "whiskers")
    ends = np.array([s[:, 0] for s in whiskers.get_segments()])
    inside = np.clip(np.exp(table[["ci_low", "ci_high"]].to_numpy()), *axes.get_xlim())
    np.testing.assert_allclose(ends, inside)


def test_a_freeman_tukey_series_is_brought_back_at_the_sizes_of_each_row() -> None:
    events, n = np.array([3, 5, 9]), np.array([20, 30, 25])
    effects = tm.effects.proportion("PFT", events, n)
    table = tm.leave_one_out(effects)
    others = [2 / (1 / n[np.arange(3) != i]).sum() for i in range(3)]
    wanted = [float(tm.effects.back_transform("PFT", y, n=m)) for y, m in zip(table["estimate"], others, strict=True)]
    np.testing.assert_allclose(table["proportion"], wanted)
    axes = figures.leave_one_out_forest(table, tm.pool(effects))
    cells = [t.get_text() for t in axes.texts if t.get_gid() == "cell effect"]
    assert [cell.split(" ")[0] for cell in cells[:3]] == [f"{100 * value:.1f}" for value in wanted]


@pytest.mark.parametrize("measure", ["PR", "PLN", "PLO", "PAS", "PFT"])
def test_axes_of_single_arms_have_ticks_in_percent_where_these_lie(measure: str) -> None:
    """A funnel plot of log odds had ticks at -200 and 0 percent."""
    effects = tm.effects.proportion(measure, [3, 5, 9, 2, 12], [20, 30, 25, 11, 40])
    pooled, size = tm.pool(effects), effects.natural.size
    drawn = [figures.funnel_plot(tm.funnel(effects)), figures.gosh_plot(tm.gosh(effects))]
    drawn += [figures.drapery_plot(tm.robustness.sensitivity.p_value_curves(pooled))]
    for axes in drawn:
        labels = [float(t.get_text()) for t in axes.get_xticklabels()]
        assert len(labels) >= 3
        assert min(labels) >= 0
        shown = tm.effects.back_transform(measure, np.array(axes.get_xticks()), n=size)
        np.testing.assert_allclose(100 * shown, labels, rtol=2e-3)


def test_per_is_understood_for_proportions_and_rates_and_refused_for_ratios() -> None:
    rates = tm.effects.rate("IRLN", [4, 2, 12, 7], [1200, 300, 5000, 800])
    shares = tm.effects.proportion("PLO", [22, 47, 19], [100_000, 190_000, 95_000])
    for effects, word in ((rates, "Rate per 100,000"), (shares, "Per 100,000")):
        pooled = tm.pool(effects, ci="z")
        axes = figures.forest(pooled, per=100_000)
        estimates = [float(t.get_text()) for t in axes.texts if t.get_gid() == "cell effect"]
        assert any(abs(estimate - 100_000 * pooled.natural) < 0.06 for estimate in estimates)
        assert figures.funnel_plot(tm.funnel(effects), per=100_000).get_xlabel() == word
        figures.leave_one_out_forest(tm.leave_one_out(effects), pooled, per=100_000)
    ratios = tm.pool(trials(4, seed=1))
    with pytest.raises(tm.InvalidInputError, match="for proportions and rates"):
        figures.forest(ratios, per=1000)
    with pytest.raises(tm.InvalidInputError, match="above 0"):
        figures.forest(tm.pool(rates), per=0)


def test_funnel_shows_studies_filled_studies_and_eggers_line() -> None:
    effects = trials(12, seed=11)
    filled, egger = tm.trim_and_fill(effects), tm.egger(effects)
    axes = figures.funnel_plot(tm.funnel(filled), egger=egger)
    (studies,) = named(axes, "studies")
    np.testing.assert_allclose(studies.get_offsets(), np.column_stack([effects.yi, effects.se]))
    added = named(axes, "added by trim and fill")
    assert len(added) == (1 if filled.k0 else 0)
    (line,) = named(axes, "egger line")
    assert line.get_xdata()[0] == pytest.approx(egger.intercept)
    assert "Egger's test: p" in written(axes)


def test_funnel_says_why_eggers_test_is_missing() -> None:
    effects = trials(2)
    assert "not assessable" in written(figures.funnel_plot(tm.funnel(effects), egger=tm.egger(effects)))


def test_points_of_baujat_radial_and_labbe() -> None:
    effects = trials(8)
    baujat, ray, risks = tm.baujat(effects), radial(tm.pool(effects)), tm.labbe(effects)
    shown = {
        "x y of baujat": (figures.baujat_plot(baujat.assign(stands_out=False)), baujat[["x", "y"]]),
        "x residual of radial": (figures.radial_plot(ray, tm.pool(effects)), ray[["x", "residual"]]),
        "risks": (figures.labbe_plot(risks), risks[["risk_c", "risk_t"]]),
    }
    for name, (axes, wanted) in shown.items():
        (points,) = named(axes, "studies")
        np.testing.assert_allclose(points.get_offsets(), wanted.to_numpy(dtype=float), err_msg=name)
    (bubbles,) = named(shown["risks"][0], "studies")
    patients = (risks["n_c"] + risks["n_t"]).to_numpy(dtype=float)
    np.testing.assert_allclose(bubbles.get_sizes() / bubbles.get_sizes().max(), patients / patients.max())


def test_labbe_curve_is_drawn_as_given() -> None:
    import pandas as pd

    effects = trials(5)
    x = np.linspace(0, 1, 11)
    curve = pd.DataFrame({"risk_c": x, "risk_t": labbe_curve("RR", 0.3, x)})
    (line,) = named(figures.labbe_plot(tm.labbe(effects), curve=curve), "curve")
    np.testing.assert_allclose(line.get_ydata(), curve["risk_t"])


def test_drapery_crosses_the_level_at_the_interval() -> None:
    result = tm.pool(trials(7))
    axes = figures.drapery_plot(p_value_curves(result, n=4001))
    (pooled,) = named(axes, "pooled")
    x, p = np.asarray(pooled.get_xdata()), np.asarray(pooled.get_ydata())
    inside = x[p > 0.05]
    # one step of the grid is the most that a crossing can be off
    assert [inside[0], inside[-1]] == pytest.approx(list(result.ci), abs=2 * (x[1] - x[0]))


def test_influential_studies_stand_out() -> None:
    table = tm.influence(trials(6))
    table.loc[2, "influential"] = True
    figure = figures.influence_panel(table)
    marked = figure.axes[0].collections[-1].get_offsets()
    assert figure.axes[0].get_yticks()[2] in marked[:, 1]
    assert "Influential" in written(figure.axes[0])


def test_specification_curve_holds_every_analysis() -> None:
    effects = {"all": trials(9), "half": trials(9).subset(np.arange(5))}
    result = multiverse(effects)
    figure = figures.specification_curve(result, title="All analyses")
    (points,) = named(figure.axes[0], "estimates")
    np.testing.assert_allclose(points.get_ydata(), result.curve()["estimate"])
    assert overlapping(figure.axes[0]) == []
    assert outside(figure.axes[0]) == []


def test_coverage_curves_show_every_method() -> None:
    table = simulate(grid(k=[3, 8], tau2=[0.0, 0.1]), replicates=40, progress=False).to_frame()
    figure = figures.coverage_curves(table, title="Coverage")
    assert len(figure.axes) == 2
    first = table[(table["tau2"] == 0.0) & (table["tau2_estimator"] == "DL") & (table["ci"] == "z")].sort_values("k")
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), 100 * first["coverage"])
    assert overlapping(figure.axes[0]) == []
    with pytest.raises(tm.InvalidInputError, match="one row for each"):
        figures.coverage_curves(table, panels="event_rate")


def test_icon_array_draws_what_it_says() -> None:
    risk = tm.risk_per_1000(baseline_risk=0.141, source="sham arms", measure="RR", estimate=2.65, ci=(1.97, 3.57))
    axes = figures.icon_array(risk, outcome="respond", title="Response")
    gids = ("left with", "left without", "right with", "right more", "right without")
    count = {gid: len(named(axes, gid)[0].get_offsets()) for gid in gids}
    assert count == dict(zip(gids, (14, 86, 14, 23, 63), strict=True))
    text = written(axes).replace("\n", " ")
    assert "14 of 100 people respond" in text
    assert "37 of 100 people respond: 14 as without treatment, plus 23 more." in text
    assert "It may be as few as 28 or as many as 50 (95% interval)." in text
    assert "sham arms" in text
    assert overlapping(axes) == []
    assert outside(axes) == []


def test_icon_array_of_a_rare_outcome_counts_a_thousand() -> None:
    risk = tm.risk_per_1000(
        baseline_risk=0.014, source="register", measure="RR", estimate=0.5, ci=(0.3, 0.8), better="lower"
    )
    axes = figures.icon_array(risk, outcome="fall")
    gids = ("left with", "right with", "right fewer", "right crosses", "right without")
    assert [len(named(axes, gid)[0].get_offsets()) for gid in gids] == [14, 7, 7, 7, 986]
    assert "7 of 1,000 people fall: 7 fewer than the 14 without treatment." in written(axes).replace("\n", " ")
    assert len(named(figures.icon_array(risk, per=100), "left with")[0].get_offsets()) == 1
    with pytest.raises(tm.InvalidInputError, match="must be 100 or 1000 people"):
        figures.icon_array(risk, per=50)


def test_icon_array_says_what_is_not_assessable() -> None:
    risk = tm.risk_per_1000(baseline_risk=0.6, source="assumed", measure="RR", estimate=2.5, ci=(2, 3))
    axes = figures.icon_array(risk)
    assert not named(axes, "right with")
    assert "not assessable" in written(axes).replace("\n", " ")
    assert overlapping(axes) == []


def test_a_card_refuses_axes_that_are_too_small() -> None:
    risk = tm.risk_per_1000(baseline_risk=0.141, measure="RR", estimate=2.65)
    figure = style.new_figure(3.0, 4.0, constrained=False)
    fitting, small = figure.add_axes((0, 0.3, 1, 0.7)), figure.add_axes((0, 0, 0.4, 0.1))
    figures.icon_array(risk, ax=fitting)
    with pytest.raises(tm.InvalidInputError, match="must be at least"):
        figures.icon_array(risk, ax=small)


def test_patient_summary_keeps_every_word() -> None:
    sentences = ["One sentence. " * 12, "Another."]
    axes = figures.patient_summary(sentences, title="What the trials say", note="Data 123")
    text = written(axes).replace("\n", " ")
    assert all(sentence.strip() in text for sentence in sentences)
    assert overlapping(axes) == []
    assert outside(axes) == []
    for nothing in ([" "], {}):
        with pytest.raises(tm.InvalidInputError, match="at least one sentence"):
            figures.patient_summary(nothing)


def test_patient_summary_of_risks_adds_up_in_one_number_of_people() -> None:
    respond = tm.risk_per_1000(baseline_risk=0.141, source="trials", measure="RR", estimate=2.65, ci=(1.97, 3.57))
    fall = tm.risk_per_1000(baseline_risk=0.02, source="register", measure="RR", estimate=0.5, better="lower")
    axes = figures.patient_summary({"respond": respond, "fall": fall}, treated="Active TMS", comparator="Sham")
    text = written(axes).replace("\n", " ")
    assert "Of 1,000 people, 141 respond with sham and 374 with active TMS." in text
    assert "Of 1,000 people, 20 fall with sham and 10 with active TMS." in text
    assert "NNT" not in text
    assert "10 fewer fall than with sham" in text
    assert all(source in text for source in ("respond: trials", "fall: register"))
    bars = [named(axes, gid) for gid in ("as before", "change", "others")]
    for row in range(2):
        parts = [boxes[row].get_width() for boxes in bars]
        assert sum(parts) == pytest.approx(axes.get_xlim()[1] - 0.16)
        counts = ((141, 233, 626), (10, 10, 980))[row]
        assert [1000 * part / sum(parts) for part in parts] == pytest.approx(counts)


RNG = np.random.default_rng(5)
MEASURES = {
    "means": tm.effects.continuous("SMD", *(RNG.uniform(3, 6, 5) for _ in range(2)), RNG.integers(15, 60, 5),
                                   *(RNG.uniform(3, 6, 5) for _ in range(2)), RNG.integers(15, 60, 5)),
    "Freeman-Tukey": tm.effects.proportion("PFT", [3, 5, 9, 0, 12], [20, 30, 25, 11, 40]),
    "rates": tm.effects.rate("IRLN", [3, 5, 9, 1], [20000, 30000, 25000, 11000]),
    "hazard ratios": tm.effects.generic([0.1, 0.4, -0.2, 0.3], se=[0.1, 0.2, 0.15, 0.3], measure="HR"),
    "not estimable": tm.effects.binary("OR", [0, 5, 3, 0], [20, 30, 20, 15], [4, 3, 2, 0], [20, 30, 20, 15],
                                       zero_cells="none"),
}  # fmt: skip


@pytest.mark.parametrize("layout", ["tmsmeta", "revman"])
@pytest.mark.parametrize("name", MEASURES)
def test_forest_of_every_kind_of_measure(name: str, layout: str) -> None:
    effects = MEASURES[name]
    axes = figures.forest(tm.pool(effects), layout=layout)
    assert overlapping(axes) == []
    assert outside(axes) == []
    (squares,) = named(axes, "squares")
    wanted = tm.effects.back_transform(effects.measure, effects.yi, n=effects.inputs.get("n"))[effects.estimable]
    np.testing.assert_allclose(np.asarray(squares.get_offsets())[:, 0], wanted)
    for issue in effects.not_estimable:
        assert str(issue.row) in written(axes)


def test_an_axes_too_small_is_refused_with_the_size_that_is_needed() -> None:
    ax = Figure(figsize=(2, 1)).add_subplot()
    with pytest.raises(tm.InvalidInputError, match="must be at least"):
        figures.forest(tm.pool(trials(8)), ax=ax)


def test_two_forests_share_a_figure() -> None:
    figure = Figure(figsize=(9, 7))
    for place, k in ((1, 4), (2, 7)):
        figures.forest(tm.pool(trials(k)), ax=figure.add_subplot(2, 1, place))
    assert overlapping(figure.axes[0]) == []
    assert outside(figure.axes[0]) == []


def test_subgroups_bring_their_overall_effect_along() -> None:
    effects = trials(6)
    result = tm.subgroups(effects, ["a", "b"] * 3)
    axes = figures.forest(result)
    tips = [d.get_xy()[1, 0] for d in named(axes, "diamond")]
    assert tips == pytest.approx([result.pools["a"].ratio, result.pools["b"].ratio, result.overall.ratio])
    assert "Test between subgroups" in written(axes)


@pytest.mark.parametrize(
    ("name", "form"), [("funnel", "svg"), ("baujat", "png"), ("drapery", "pdf"), ("radial", "svg")]
)
def test_same_bytes_and_untouched_settings(name: str, form: str) -> None:
    before = dict(matplotlib.rcParams)
    effects = trials(5)
    first, second = (figures.to_bytes(DRAWERS[name](effects), form, {"title": name}) for _ in range(2))
    assert first == second
    assert dict(matplotlib.rcParams) == before


_ONE_PROCESS = """
import hashlib
import tmsmeta as tm
from tmsmeta import figures
axes = figures.forest(tm.pool(tm.effects.binary("OR", [3, 9, 4], [20, 30, 25], [1, 4, 3], [20, 31, 24])))
data = [figures.to_bytes(axes, form, {"title": "T", "spec": {"b": 1, "a": 2}}) for form in ("png", "svg", "pdf")]
print([hashlib.sha256(d).hexdigest() for d in data])
"""


def test_same_bytes_in_another_process() -> None:
    runs = [
        subprocess.run(
            [sys.executable, "-c", _ONE_PROCESS],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        for seed in ("1", "2")
    ]
    assert runs[0].stdout == runs[1].stdout
    assert runs[0].stdout.count("'") == 6


def test_users_settings_do_not_change_a_figure() -> None:
    plain = figures.to_bytes(DRAWERS["baujat"](trials(5)), "svg")
    with matplotlib.rc_context({"font.size": 20, "axes.grid": True, "svg.fonttype": "path", "figure.facecolor": "red"}):
        assert figures.to_bytes(DRAWERS["baujat"](trials(5)), "svg") == plain
