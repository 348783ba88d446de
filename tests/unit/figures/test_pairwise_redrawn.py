"""What the figures of one pairwise analysis show, say and name: lines, scales, cut-offs, sizes, outliers."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from figure_helpers import figure_of, named, overlapping, texts, written
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from unit.figures import pairwise_cases
from unit.figures.geometry import contrast, lightness

import tmsmeta as tm
from tmsmeta import figures
from tmsmeta.figures.pairwise import sunset_plot
from tmsmeta.robustness.sensitivity import influence_cutoffs
from tmsmeta.robustness.sensitivity.coordinates import labbe_curve
from tmsmeta.robustness.sensitivity.curves import p_value_curves, radial
from tmsmeta.robustness.simulation import grid, simulate


def trials(k: int, seed: int = 11, measure: str = "RR") -> tm.EffectSizes:
    rng = np.random.default_rng(seed)
    n_t, n_c = rng.integers(15, 150, k), rng.integers(15, 150, k)
    events_t, events_c = rng.binomial(n_t, rng.uniform(0.25, 0.55, k)), rng.binomial(n_c, 0.2)
    return tm.effects.binary(measure, events_t, n_t, events_c, n_c, study=[f"Trial {i}" for i in range(k)])


def one(axes: Axes, gid: str) -> Any:
    (artist,) = named(axes, gid)
    return artist


def key(drawn: Axes | Figure) -> list[str]:
    figure = drawn if isinstance(drawn, Figure) else drawn.figure
    return [text.get_text() for text in figure.legends[0].get_texts()]


def said(drawn: Axes | Figure) -> str:
    figure = drawn if isinstance(drawn, Figure) else drawn.figure
    return str(figure.legends[0].get_title().get_text()).replace("\n", " ")


SE = np.linspace(0.05, 0.6, 12)
ASYMMETRIC = tm.effects.generic(0.1 + 1.5 * SE, se=SE, measure="RR")


# funnel


def test_a_funnel_names_both_pooled_effects_of_trim_and_fill() -> None:
    filled = tm.trim_and_fill(ASYMMETRIC, side="left")
    assert isinstance(filled, tm.smallstudy.TrimAndFill)
    assert filled.k0 > 1
    axes = figures.funnel_plot(tm.funnel(filled))
    assert one(axes, "centre").get_xdata()[0] == filled.pooled.estimate
    assert one(axes, "without added studies").get_xdata()[0] == filled.original.estimate
    assert one(axes, "centre").get_linestyle() != one(axes, "without added studies").get_linestyle()
    assert f"Pooled, 12 studies: {filled.original.ratio:.2f}" in key(axes)
    assert f"Pooled with {filled.k0} added studies: {filled.pooled.ratio:.2f}" in key(axes)


def test_the_contours_of_a_funnel_have_a_key_in_their_order() -> None:
    axes = figures.funnel_plot(tm.funnel(trials(12)))
    assert key(axes)[-4:] == ["A study's own p < 0.01", "0.01 < p < 0.05", "0.05 < p < 0.1", "p > 0.1"]
    shades = [h.get_facecolor() for h in axes.figure.legends[0].legend_handles[-4:]]
    light = [lightness(s) for s in shades]
    assert light == sorted(light)
    assert min(np.diff(light)) > 5
    assert contrast(shades[0], figures.style.BLUE) > 3  # the studies are seen on the darkest
    drawn = [c.get_facecolor()[0] for c in named(axes, "contour")]
    np.testing.assert_allclose(drawn, shades[1:])


@pytest.mark.parametrize("k", [9, 10])
def test_a_funnel_of_fewer_than_ten_studies_says_so(k: int) -> None:
    text = said(figures.funnel_plot(tm.funnel(trials(k))))
    assert ("With fewer than 10 studies, asymmetry cannot be told from chance; here are 9." in text) is (k == 9)


# radial


@pytest.mark.parametrize("measure", ["RR", "RD"])
def test_a_ray_through_a_study_meets_the_arc_at_its_effect(measure: str) -> None:
    result = tm.pool(trials(12, measure=measure))
    axes = figures.radial_plot(radial(result), result)
    up, (arc,) = axes.get_aspect(), named(axes, "arc")
    radius = np.hypot(arc.get_xdata(), up * np.asarray(arc.get_ydata()))
    np.testing.assert_allclose(radius, radius[0])
    points = one(axes, "studies").get_offsets()
    assert (np.hypot(points[:, 0], up * points[:, 1]) < radius[0]).all()
    # height over precision is the distance of a study from the pooled effect
    np.testing.assert_allclose(points[:, 1] / points[:, 0], result.effects.yi - result.estimate)
    ticks = named(axes, "arc tick")
    assert len(ticks) >= 3
    for tick in ticks:
        x, y = tick.xy
        shown = float(tm.effects.back_transform(measure, y / x + result.estimate))
        assert shown == pytest.approx(float(tick.get_text().replace("−", "-")), abs=1e-9)


def test_a_radial_plot_shows_interval_and_outliers() -> None:
    result = tm.pool(trials(80))
    table = radial(result)
    axes = figures.radial_plot(table, result)
    ends = one(axes, "pooled interval")
    slopes = np.asarray(ends.get_ydata())[[0, -1]] / np.asarray(ends.get_xdata())[[0, -1]]
    np.testing.assert_allclose(slopes + result.estimate, result.ci)
    far = table[table["residual"].abs() > 2]
    assert f"{len(far)} studies lie outside the band" in said(axes)
    assert {t.get_text() for t in axes.texts if t.get_gid() == "label"} <= set(far["study"])
    assert one(axes, "no effect").get_ydata()[1] < 0


# Baujat


def test_only_studies_that_stand_out_are_named() -> None:
    table = tm.baujat(trials(30))
    out = table["stands_out"].to_numpy(dtype=bool)
    assert 0 < out.sum() < 15
    twice = 2 * table[["x", "y"]].mean()
    assert (out == ((table["x"] > twice["x"]) | (table["y"] > twice["y"]))).all()
    axes = figures.baujat_plot(table)
    assert len(one(axes, "studies that stand out").get_offsets()) == out.sum()
    labels = [t.get_text() for t in axes.texts if t.get_gid() == "label"]
    assert labels
    assert set(labels) <= set(table["study"][out])


def test_a_baujat_plot_of_one_study_says_why_it_is_empty() -> None:
    assert said(figures.baujat_plot(tm.baujat(trials(1))))


# L'Abbe


def test_a_labbe_plot_is_limited_to_its_risks_and_has_a_key_of_sizes() -> None:
    table = tm.labbe(tm.effects.binary("RR", [9, 12, 3], [60, 80, 30], [3, 5, 1], [60, 80, 30], study=list("abc")))
    risk = np.linspace(0, 1, 11)
    curve = pd.DataFrame({"risk_c": risk, "risk_t": labbe_curve("RR", 0.7, risk)})
    axes = figures.labbe_plot(table, curve=curve, outcome="response", treated="active", comparator="sham")
    assert axes.get_xlim() == axes.get_ylim()
    assert axes.get_xlim()[1] < 0.25
    assert axes.get_xlabel() == "Response with sham (%)"
    assert axes.get_ylabel() == "Response with active (%)"
    handles = dict(zip(key(axes), axes.figure.legends[0].legend_handles, strict=True))
    assert {"No effect", "Pooled effect"} < set(handles)
    sizes = {float(name.split()[0]): h.get_markersize() for name, h in handles.items() if "patients" in name}
    assert len(sizes) == 3
    largest = np.sqrt(one(axes, "studies").get_sizes().max())
    for patients, across in sizes.items():
        assert across == pytest.approx(largest * np.sqrt(patients / 160), rel=1e-6)


# influence


def test_cut_offs_are_drawn_named_and_put_in_words() -> None:
    table = tm.influence(trials(12))
    figure = figures.influence_panel(table)
    cutoffs = influence_cutoffs(12)
    by_name = {ax.get_label(): ax for ax in figure.axes}
    for column, value in cutoffs.items():
        drawn = sorted(line.get_xdata()[0] for line in named(by_name[column], "cut-off"))
        shown = 100 * value if column == "hat" else value
        wanted = [shown] if column in ("hat", "cooks_distance") else [-shown, shown]
        assert drawn == pytest.approx(wanted)
    assert "cut-off ±0.90" in by_name["dffits"].get_title(loc="left").replace("\n", " ")
    assert "DFFITS beyond ±0.90, Cook's distance above 0.45, weight above 25% or DFBETAS beyond ±1.00" in said(figure)
    for ax in figure.axes:
        assert 2 <= len(ax.get_xticks()) <= 5


def test_narrow_influence_panels_keep_the_rule_and_long_lists_the_movers() -> None:
    table = tm.influence(trials(12))
    labels = [ax.get_label() for ax in figures.influence_panel(table, width="single").axes]
    assert labels == ["dffits", "cooks_distance", "hat"][: len(labels)]
    many = tm.influence(trials(120))
    figure = figures.influence_panel(many)
    assert figure.get_size_inches()[1] * 25.4 <= 297
    shown = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    order = many.sort_values("cooks_distance", ascending=False)["study"]
    assert shown == [s for s in many["study"] if s in set(order[: len(shown)])]
    assert f"The {len(shown)} of 120 studies with the largest Cook's distance are shown." in said(figure)


def test_flags_follow_the_cut_offs() -> None:
    table = tm.influence(trials(6, seed=2))
    beyond = np.zeros(6, dtype=bool)
    for column, most in influence_cutoffs(6).items():
        beyond |= table[column].abs().to_numpy() > most
    assert (beyond == table["influential"]).all()
    assert influence_cutoffs(1) == {}


# GOSH, drapery


def test_densities_stand_beside_a_gosh_plot() -> None:
    cloud = tm.gosh(trials(8))
    axes = figures.gosh_plot(cloud, study="Trial 0")
    margins = {ax.get_label(): ax for ax in axes.child_axes}
    for name in ("density of effects", "density of I²"):
        stairs = named(margins[name], "density")
        assert len(stairs) == 2
        for curve in stairs:
            values, edges, _ = curve.get_data()
            assert float(values @ np.diff(edges)) == pytest.approx(1.0)
    assert margins["density of effects"].get_xlim() == axes.get_xlim()
    assert margins["density of I²"].get_ylim() == axes.get_ylim()
    assert "247 subsets of two and more of 8 studies" in said(axes)


def test_a_gosh_plot_counts_subsets_that_are_different() -> None:
    assert "The one subset of two and more of 2 studies." in said(figures.gosh_plot(tm.gosh(trials(2), subsets=500)))
    sample = figures.gosh_plot(tm.gosh(trials(12), subsets=500))
    assert re.search(r"\d{3} random draws of subsets of two and more of 12 studies", said(sample))


def test_lines_of_no_effect_can_be_seen_and_are_in_the_key() -> None:
    effects = trials(12)
    data = {"year": [1990 + 7 * i % 30 for i in range(12)]}
    bubbles = figures.bubble_plot(tm.meta_regression(effects, "year", data), data)
    pairs = figures.joint_regions(tm.joint({"one": effects, "two": trials(12, seed=3)}, correlation=0.5))
    for axes in (bubbles, pairs):
        assert "No effect" in key(axes)
        assert {contrast(to_hex(line.get_color())) >= 3 for line in named(axes, "no effect")} == {True}


def test_no_two_methods_of_a_simulation_look_the_same() -> None:
    """The ninth method had line, marker and colour of the first."""
    table = simulate(grid(k=[3, 5], tau2=[0.1]), replicates=20, progress=False).to_frame()
    figure = figures.coverage_curves(table)
    drawn = [line for line in figure.axes[0].lines if line.get_gid() == "line"]
    looks = {(a.get_color(), a.get_linestyle(), a.get_marker(), a.get_markerfacecolor()) for a in drawn}
    assert len(looks) == len(drawn) == 9
    handles = figure.legends[0].legend_handles[:9]
    assert [h.get_markerfacecolor() for h in handles] == [a.get_markerfacecolor() for a in drawn]  # type: ignore[union-attr]
    many = pd.concat([table.assign(ci=f"{table.ci.iloc[0]}{i}") for i in range(9)], ignore_index=True)
    many = many.drop_duplicates(["tau2", "tau2_estimator", "ci", "k"])
    with pytest.raises(tm.InvalidInputError, match="at most 16 methods"):
        figures.coverage_curves(many)


KEYS = ("gosh", "doi", "sunset", "drapery", "labbe", "radial", "influence", "profile", "coverage", "funnel")


@pytest.mark.parametrize("name", KEYS)
def test_entries_of_a_key_start_with_a_capital(name: str) -> None:
    """ "Studies" stood beside "no effect"."""
    draw, _ = pairwise_cases.FIGURES[name]
    drawn = draw(trials(12), "double")
    entries = [t.get_text() for legend in figure_of(drawn).legends for t in legend.get_texts()]
    assert entries
    assert [text for text in entries if text[:1].islower() and not text.startswith("p ")] == []


def test_a_drapery_has_levels_on_the_right_and_the_pooled_curve_on_top() -> None:
    axes = figures.drapery_plot(p_value_curves(tm.pool(trials(7))))
    (right,) = axes.child_axes
    axes.figure.draw_without_rendering()
    assert right.get_ylabel() == "Confidence level (%)"
    shown = dict(zip(right.get_yticks(), (t.get_text() for t in right.get_yticklabels()), strict=True))
    assert shown == {0.0: "100", 0.2: "80", 0.4: "60", 0.6: "40", 0.8: "20", 1.0: "0"}
    above = one(axes, "pooled").get_zorder()
    assert above > max(line.get_zorder() for line in axes.lines if line.get_gid() != "pooled")
    assert key(axes)[0] == "Pooled effect"


# specification curve, coverage


def test_each_measure_has_a_curve_and_the_main_analysis_is_marked() -> None:
    def build(measure: str, data: str) -> tm.EffectSizes:
        effects = trials(9, measure=measure)
        return effects if data == "all" else effects.subset(np.arange(5))

    main = {"measure": "OR", "data": "all", "tau2 estimator": "REML", "interval": "hksj"}
    found = tm.multiverse(build, {"measure": ["OR", "RR"], "data": ["all", "half"]}, main=main)
    figure = figures.specification_curve(found)
    curves = [ax for ax in figure.axes if ax.get_label() == "curve"]
    assert {ax.get_ylabel() for ax in curves} == {"Odds ratio", "Risk ratio"}
    for ax in curves:
        part = found.curve()[found.curve()["effect_measure"] == ("OR" if ax.get_ylabel() == "Odds ratio" else "RR")]
        np.testing.assert_allclose(one(ax, "estimates").get_ydata(), part["estimate"])
        clear = int(part["excludes_null"].sum())
        assert f"12 analyses: {clear} (" in ax.get_title(loc="left").replace("\n", " ")
        assert len(named(ax, "main")) == (ax.get_ylabel() == "Odds ratio")
    (odds,) = [ax for ax in curves if ax.get_ylabel() == "Odds ratio"]
    assert one(odds, "main").get_ydata()[0] == pytest.approx(tm.pool(trials(9, measure="OR")).estimate)
    assert "Hartung-Knapp" in written(figure.axes[0])
    assert len(figures.specification_curve(found, measure="RR").axes) == 2
    with pytest.raises(tm.InvalidInputError, match="must be one of: RR, OR"):
        figures.specification_curve(found, measure="RD")


def test_a_main_analysis_that_is_none_is_refused() -> None:
    with pytest.raises(tm.InvalidInputError) as caught:
        tm.multiverse({"all": trials(4)}, main={"data": "some", "colour": "red"})
    assert "must be one of: all" in str(caught.value)
    assert "must be a factor: data, tau2 estimator, interval" in str(caught.value)


def test_methods_of_a_simulation_stand_beside_each_other_and_have_names() -> None:
    table = simulate(grid(k=[3, 8], tau2=[0.0, 0.1]), replicates=30, progress=False).to_frame()
    figure = figures.coverage_curves(table)
    lines = named(figure.axes[0], "line")
    starts = [line.get_xdata()[0] for line in lines]
    assert len(set(starts)) == len(starts)
    assert starts == sorted(starts)
    assert np.exp(np.mean(np.log(starts))) == pytest.approx(3.0)
    assert "DerSimonian-Laird, Hartung-Knapp" in key(figure)
    assert "95% wanted" in key(figure)
    assert not [name for name in key(figure) if "hksj" in name]


# Doi and sunset


def test_a_doi_plot_shows_the_points_and_the_index() -> None:
    index = tm.lfk_index(trials(12))
    assert isinstance(index, tm.smallstudy.LfkIndex)
    axes = figures.doi_plot(index)
    table = index.to_frame()
    np.testing.assert_allclose(one(axes, "studies").get_offsets(), table[["yi", "abs_z"]])
    np.testing.assert_allclose(one(axes, "limbs").get_ydata(), table["abs_z"])
    assert one(axes, "tip").get_xdata()[0] == index.centre
    bottom, top = axes.get_ylim()
    assert bottom > table["abs_z"].max() > top
    assert said(axes).startswith(f"LFK index {index.verdict()}".replace("-", "−"))
    assert "no test" in said(axes)


def test_bands_of_a_sunset_plot_lie_between_standard_errors_of_a_power() -> None:
    power = tm.study_power(trials(12))
    assert isinstance(power, tm.smallstudy.StudyPower)
    axes = figures.sunset_plot(power)
    np.testing.assert_allclose(
        one(axes, "studies").get_offsets(), np.column_stack([power.effects.yi, power.effects.se])
    )
    assert one(axes, "assumed effect").get_xdata()[0] == power.assumed
    (right,) = axes.child_axes
    axes.figure.draw_without_rendering()
    for place, label in zip(right.get_yticks(), right.get_yticklabels(), strict=True):
        assert power.se_at([float(label.get_text()) / 100])[0] == pytest.approx(place)
    assert len(right.get_yticks()) >= 2
    for line in named(axes, "edge of the test"):
        x, se = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
        assert abs(x[1] - power.null) / se[1] == pytest.approx(1.959964, abs=1e-6)
    assert f"R-index {100 * power.r_index:.1f}%" in said(axes)
    assert contrast(sunset_plot._BANDS[-1], figures.style.BLUE) > 3


@pytest.mark.parametrize("name", ["funnel", "doi", "sunset", "radial", "labbe", "drapery", "gosh", "baujat"])
def test_each_figure_stands_in_the_axes_of_a_user(name: str) -> None:
    effects = trials(12)
    draw = {
        "funnel": lambda ax: figures.funnel_plot(tm.funnel(effects), ax=ax),
        "doi": lambda ax: figures.doi_plot(tm.lfk_index(effects), ax=ax),
        "sunset": lambda ax: figures.sunset_plot(tm.study_power(effects), ax=ax),
        "radial": lambda ax: figures.radial_plot(radial(tm.pool(effects)), tm.pool(effects), ax=ax),
        "labbe": lambda ax: figures.labbe_plot(tm.labbe(effects), ax=ax),
        "drapery": lambda ax: figures.drapery_plot(p_value_curves(tm.pool(effects)), ax=ax),
        "gosh": lambda ax: figures.gosh_plot(tm.gosh(effects, subsets=300), ax=ax),
        "baujat": lambda ax: figures.baujat_plot(tm.baujat(effects), ax=ax),
    }[name]
    figure = Figure(figsize=(12, 6), layout="constrained")
    left, right = figure.subplots(1, 2)
    assert draw(right) is right
    assert figure.legends == []
    assert right.get_legend() is not None
    assert tuple(figure.get_size_inches()) == (12, 6)
    assert not left.get_legend()
    assert len(texts(right)) > 3


DIRECTED: dict[str, Any] = {
    "funnel": lambda e, **k: figures.funnel_plot(tm.funnel(e), **k),
    "doi": lambda e, **k: figures.doi_plot(tm.lfk_index(e), **k),
    "sunset": lambda e, **k: figures.sunset_plot(tm.study_power(e), **k),
    "drapery": lambda e, **k: figures.drapery_plot(p_value_curves(tm.pool(e)), **k),
    "gosh": lambda e, **k: figures.gosh_plot(tm.gosh(e, subsets=300), **k),
}


@pytest.mark.parametrize("name", DIRECTED)
def test_the_axis_says_which_side_favours_whom_as_a_forest_does(name: str) -> None:
    draw, effects = DIRECTED[name], trials(12)

    def told(**given: Any) -> list[str]:
        return [text.get_text() for text in named(draw(effects, **given), "favours")]

    assert told() == []
    assert told(better="lower", treated="Drug", comparator="Placebo") == ["← Favours drug", "Favours placebo →"]
    assert told(better="higher", treated="Drug", comparator="Placebo") == ["← Favours placebo", "Favours drug →"]
    assert told(better="lower") == ["← Favours treated", "Favours comparator →"]
    assert told(favours=("worse", "better")) == ["worse", "better"]
    with pytest.raises(tm.UnknownOptionError, match="better"):
        draw(effects, better="up")


@pytest.mark.parametrize("name", DIRECTED)
def test_direction_labels_keep_clear_of_name_and_key_in_the_axes_of_a_user(name: str) -> None:
    figure = Figure(figsize=(5, 5))
    axes = figure.add_axes((0.2, 0.5, 0.6, 0.4))
    DIRECTED[name](trials(12), ax=axes, better="higher", treated="A stimulation with a name of several lines, as some")
    assert overlapping(figure) == []


def test_eggers_line_stands_out_from_every_shade_of_the_funnel() -> None:
    axes = figures.funnel_plot(tm.funnel(trials(12)), egger=tm.egger(trials(12)))
    colour = one(axes, "egger line").get_color()
    shades = [to_hex(axes.get_facecolor()), *(to_hex(area.get_facecolor()[0]) for area in named(axes, "contour"))]
    assert min(contrast(colour, shade) for shade in shades) > 3


def test_a_baujat_plot_of_one_study_has_plain_axes_and_a_reason() -> None:
    axes = figures.baujat_plot(tm.baujat(trials(1)))
    assert (axes.get_xlim(), axes.get_ylim()) == ((0.0, 1.0), (0.0, 1.0))
    assert said(axes) == "Not assessable: no study is left."
