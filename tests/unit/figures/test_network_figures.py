"""Network figures: what is drawn stands where the result objects say, and no text covers another."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from conftest import reference
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from unit.figures.network_checks import assert_inside, assert_no_text_overlaps, by_gid, texts_of
from unit.figures.simulated_networks import simulated

import tmsmeta as tm
from tmsmeta import InvalidInputError, NotAssessable, UnknownOptionError
from tmsmeta.figures import (
    adjusted_funnel,
    contribution_map,
    hasse,
    league_heat,
    net_heat_map,
    network_forest,
    network_graph,
    node_split_forest,
    rank_effect,
    rankogram,
    to_bytes,
    two_outcomes,
)
from tmsmeta.figures.label_placement import spread_out
from tmsmeta.networks import (
    NetHeat,
    comparison_adjusted_funnel,
    contributions,
    league_table,
    net_heat,
    network,
    network_from_contrasts,
    node_split,
    partial_order,
    pseudo_limits,
)
from tmsmeta.networks import rank as rank_anew
from tmsmeta.words.numbers import estimate

LONG = (
    "Cognitive behavioural therapy plus selective serotonin reuptake inhibitor",
    "Transcranial direct current stimulation, left dorsolateral prefrontal cortex",
    "Electroconvulsive therapy",
)


@cache
def senn():
    d = reference("network_senn2013")["data"]
    return network_from_contrasts(
        d["study"], d["treat1"], d["treat2"], d["TE"], d["seTE"], reference="plac", measure="MD", better="lower"
    )


@cache
def smoking():
    r = reference("network_smoking_OR")
    return network(r["arms"], measure="OR", reference=r["reference"], better="higher")


@cache
def linde():
    return network(
        reference("network_linde2015_response_OR")["arms"], measure="OR", reference="Placebo", better="higher"
    )


@cache
def tms(outcome="response"):
    return tm.tms_network(tm.TmsNetworkSpec(outcome=outcome, lumping="fine", measure="RR"))


@cache
def large(seed=1):
    """22 treatments, some with long names, in 46 comparisons of two trials each."""
    rng = np.random.default_rng(seed)
    names = ["Placebo", *LONG, *(f"Treatment with a name {i}" for i in range(18))]
    truth = np.concatenate([[0.0], rng.normal(0, 0.5, 21)])
    pairs = [(i, 0) for i in range(1, 22)] + [tuple(rng.choice(22, 2, replace=False).tolist()) for _ in range(25)]
    rows = []
    for s, pair in enumerate(pairs * 2):
        for t in pair:
            n = int(rng.integers(30, 300))
            rows.append((f"trial {s}", names[t], int(rng.binomial(n, 1 / (1 + np.exp(1 - truth[t])))), n))
    frame = pd.DataFrame(rows, columns=["study", "treatment", "events", "n"])
    return network(frame, measure="OR", reference="Placebo", better="higher")


NETS = {"tms": lambda: tms().net, "senn": senn, "smoking": smoking, "linde": linde, "large": large}


@pytest.fixture(params=list(NETS))
def net(request):
    return NETS[request.param]()


RANKINGS = {}


def rank(net):
    """The ranking of a network, simulated once for all tests."""
    if id(net) not in RANKINGS:
        RANKINGS[id(net)] = rank_anew(net)
    return RANKINGS[id(net)]


def both(net):
    return {"Response": net, "Remission": net.refit(tau2="FE")}


FIGURES = {
    "network forest": lambda n: network_forest(n),
    "network forest with ranks": lambda n: network_forest(rank(n)),
    "node split": lambda n: node_split_forest(node_split(n, show="direct").head(8), n),
    "league": lambda n: league_heat(league_table(n)),
    "rankogram": lambda n: rankogram(rank(n)),
    "rank and effect": lambda n: rank_effect(rank(n)),
    "net heat": lambda n: net_heat_map(net_heat(n)),
    "contributions": lambda n: contribution_map(contributions(n)),
    "two outcomes": lambda n: two_outcomes(both(n)),
    "hasse": lambda n: hasse(partial_order(both(n))),
    "adjusted funnel": lambda n: adjusted_funnel(comparison_adjusted_funnel(n), n),
    "network graph": lambda n: network_graph(n),
}


@pytest.mark.parametrize("name", list(FIGURES))
def test_no_text_covers_another_or_leaves_the_paper(name, net):
    drawn = FIGURES[name](net)
    assert_no_text_overlaps(drawn)
    assert_inside(drawn)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        *((name, "png") for name in FIGURES),
        ("two outcomes", "pdf"),
        ("league", "pdf"),
        ("net heat", "svg"),
        ("hasse", "svg"),
    ],
)
def test_files_are_the_same_on_every_run(name, form):
    first, second = (to_bytes(FIGURES[name](smoking()), form) for _ in range(2))
    assert first == second


def test_forest_points_and_whiskers_are_those_of_the_network(net):
    ax = network_forest(net, prediction=False)
    treated = [t for t in net.treatments if t != net.reference]
    move = np.exp if net.data.info.is_ratio else np.asarray
    wanted = sorted(move(net.estimates[net.reference].loc[treated]).tolist())
    points = by_gid(ax, "points").get_offsets()
    np.testing.assert_allclose(sorted(points[:, 0]), wanted)
    low, high = (move(table[net.reference].loc[treated].to_numpy()) for table in (net.ci_low, net.ci_high))
    limits = ax.get_xlim()
    ends = sorted((s[0][0], s[1][0]) for s in by_gid(ax, "whiskers").get_segments())
    np.testing.assert_allclose(ends, sorted(zip(np.clip(low, *limits), np.clip(high, *limits), strict=True)))


def test_forest_puts_the_best_first_in_the_declared_direction():
    assert texts_of(network_forest(senn()), "cell name")[0] == "rosi"
    assert texts_of(network_forest(linde()), "cell name")[0] == "Hypericum"
    assert texts_of(network_forest(senn(), sort="label"), "cell name")[0] == "acar"
    assert texts_of(network_forest(linde(), sort="patients"), "cell name")[0] == "SSRI"
    assert texts_of(network_forest(senn()), "favours") == ["← Favours treatment", "Favours plac →"]
    assert texts_of(network_forest(linde()), "favours") == ["← Favours placebo", "Favours treatment →"]


def test_forest_of_a_ranking_adds_p_scores_and_one_of_a_network_cannot_sort_by_them():
    ranking = rank(linde())
    cells = texts_of(network_forest(ranking), "cell p_score")
    assert cells == [f"{s:.2f}" for s in sorted(ranking.p_score, reverse=True)[:-1]]
    with pytest.raises(UnknownOptionError):
        network_forest(linde(), sort="p_score")


def test_forest_marks_what_rests_on_indirect_evidence_alone():
    ax = network_forest(tms().net, labels=tms().labels, prediction=False)
    names = texts_of(ax, "cell name")
    faces = [to_hex(c) for c in by_gid(ax, "points").get_facecolors()]
    assert faces[names.index("Intermittent theta burst")] == "#ffffff"
    assert faces.count("#ffffff") == 1


def test_prediction_intervals_are_thin_and_do_not_stretch_the_axis():
    net = simulated(22)
    ax = network_forest(net)
    limits = ax.get_xlim()
    treated = [t for t in net.treatments if t != net.reference]
    low, high = (np.exp(table[net.reference].loc[treated]) for table in (net.ci_low, net.ci_high))
    assert limits[0] <= low.min() < high.max() <= limits[1]
    beyond = int((np.exp(net.prediction_high[net.reference].loc[treated]) > limits[1]).sum())
    (arrows,) = [c for c in ax.collections if c.get_gid() == "clipped high"]
    assert len(arrows.get_offsets()) == beyond > 0
    bars = ax.findobj(lambda a: a.get_gid() == "prediction")
    assert len(bars) == len(treated)
    assert {round(bar.get_height(), 9) for bar in bars} == {0.1}
    assert "Odds ratio against placebo (95% CI)" in [t.replace("\n", " ") for t in texts_of(ax, "heading")]


@pytest.mark.parametrize(
    ("width", "gone"), [("double", ()), ("single", ("cell trials", "cell patients", "cell direct"))]
)
def test_columns_of_a_forest_are_dropped_in_order(width, gone):
    ax = network_forest(simulated(12), width=width)
    for column in ("cell trials", "cell patients", "cell direct"):
        assert bool(texts_of(ax, column)) == (column not in gone)
    assert len(texts_of(ax, "cell effect")) == 11


def test_forest_names_a_prediction_interval_that_does_not_exist():
    star = network_from_contrasts(
        ["s1", "s2", "s3"],
        ["a", "b", "c"],
        ["sham"] * 3,
        [0.5, 0.2, -0.1],
        [0.2, 0.3, 0.4],
        reference="sham",
        better="higher",
    )
    ax = network_forest(star)
    assert "Prediction interval: not assessable" in texts_of(ax, "notes")[0]
    assert not ax.findobj(lambda a: a.get_gid() == "prediction")


def test_node_splits_give_the_p_value_and_one_sentence_on_what_cannot_be_tested():
    net = smoking()
    splits = node_split(net)
    ax = node_split_forest(splits, net)
    heads = [t for t in texts_of(ax, "cell effect") if t.startswith("p ")]
    assert heads == [f"p = {p:.3f}" for p in splits["p_value"]]
    tree = node_split_forest(node_split(tms().net), tms().net)
    assert "without a loop" in texts_of(tree, "notice")[0].replace("\n", " ")
    mixed = node_split(senn())
    ax = node_split_forest(mixed, senn())
    tested = mixed["p_value"].notna()
    assert sum(t.startswith("p ") for t in texts_of(ax, "cell effect")) == tested.sum()
    none, tried = ((~tested & (mixed["k"] == 0)).sum(), (~tested & (mixed["k"] > 0)).sum())
    said = " ".join(texts_of(ax, "notes")).replace("\n", " ")
    assert said.count("Cannot be tested") == 1
    assert f"not shown: {tried} comparisons with trials (" in said
    assert f"and {none} comparisons without any." in said


def test_node_splits_that_have_no_room_are_those_that_differ_least():
    net = simulated(22)
    splits = node_split(net, show="both")
    ax = node_split_forest(splits, net, width="double")
    shown = [t for t in texts_of(ax, "cell effect") if t.startswith("p ")]
    assert f"Shown: the {len(shown)} of {len(splits)} comparisons with the smallest p." in texts_of(ax, "notes")[0]
    smallest = splits.nsmallest(len(shown), "p_value")
    names = {t.replace("\n", " ").casefold() for t in texts_of(ax, "cell name")}
    for line in smallest.to_dict("records"):
        assert f"{line['treat1']} vs {line['treat2']}".casefold() in names


def test_node_splits_stand_at_their_estimates():
    net = smoking()
    splits = node_split(net)
    ax = node_split_forest(splits, net)
    found = by_gid(ax, "points").get_offsets()[:, 0]
    wanted = np.exp(splits[["direct", "indirect"]].to_numpy().ravel())
    np.testing.assert_allclose(found, wanted)
    diamonds = ax.findobj(lambda a: a.get_gid() == "diamond")
    np.testing.assert_allclose([d.get_xy()[1][0] for d in diamonds], np.exp(splits["network"]))
    np.testing.assert_allclose([d.get_xy()[0][0] for d in diamonds], np.exp(splits["network_low"]))


def test_node_splits_of_chosen_comparisons():
    net = senn()
    ax = node_split_forest(node_split(net), net, comparisons=[("plac", "rosi"), ("acar", "piog")])
    assert texts_of(ax, "cell name")[0] == "rosi vs plac"
    with pytest.raises(InvalidInputError) as caught:
        node_split_forest(node_split(net), net, comparisons=[("plac", "x"), ("y", "rosi")])
    assert len(caught.value.issues) == 2


def test_league_cells_are_network_estimates_below_and_direct_ones_above_the_diagonal():
    table = league_table(senn())
    ax = league_heat(table)
    place = {t: k for k, t in enumerate(table.treatments)}
    network_lines = [r for r in table.frame.to_dict("records") if place[r["row"]] > place[r["column"]]]
    direct_lines = [r for r in table.direct.to_dict("records") if place[r["row"]] < place[r["column"]]]
    for line in [*network_lines[:20], *direct_lines]:
        cell = by_gid(ax, f"cell:{place[line['row']]}:{place[line['column']]}").get_text()
        shown, low, high = estimate(line["estimate"], (line["ci_low"], line["ci_high"]), null=0.0)
        assert cell.replace("\N{MINUS SIGN}", "-").split() == [shown, low, "to", high]
    compared = {(place[r["row"]], place[r["column"]]) for r in direct_lines}
    empty = [(r, c) for r in range(10) for c in range(r + 1, 10) if (r, c) not in compared]
    assert {by_gid(ax, f"cell:{r}:{c}").get_text() for r, c in empty} == {"–"}
    said = " ".join(texts_of(ax, "subtitle")).replace("\n", " ")
    assert "row against column. Lower is better." in said
    assert "Below the diagonal: network estimates; above it: direct evidence alone." in said


def test_direct_evidence_of_a_league_table_is_that_of_the_node_splits():
    table, splits = league_table(senn()), node_split(senn(), show="direct")
    direct = table.direct.set_index(["row", "column"])
    for line in splits.to_dict("records"):
        found = direct.loc[(line["treat1"], line["treat2"])]
        wanted = [line[c] for c in ("direct", "direct_low", "direct_high", "k")]
        np.testing.assert_allclose([found[c] for c in ("estimate", "ci_low", "ci_high", "trials")], wanted)
        back = direct.loc[(line["treat2"], line["treat1"])]
        np.testing.assert_allclose([back["estimate"], back["ci_low"]], [-line["direct"], -line["direct_high"]])
    assert len(direct) == 2 * len(splits)
    assert isinstance(league_table(tms().net, tms("remission").net).direct, NotAssessable)


def test_league_colours_follow_the_declared_direction_and_the_nearer_limit():
    table = league_table(senn())
    n = len(table.treatments)
    best, worst = table.treatments[0], table.treatments[-1]
    values = by_gid(league_heat(table), "cells").get_array().reshape(n, n)
    low = senn().ci_low.loc[worst, best]
    assert low > 0  # lower is better: the worst treatment raises the outcome
    assert values[n - 1, 0] == pytest.approx(-low)
    assert values[1, 0] == 0.0
    direct = table.direct.set_index(["row", "column"])
    sure = direct[direct["ci_high"] < 0].iloc[0]
    place = {t: k for k, t in enumerate(table.treatments)}
    above = {place[i] < place[j]: (place[i], place[j]) for i, j in [sure.name, sure.name[::-1]]}[True]
    assert abs(values[above]) == pytest.approx(-sure["ci_high"])
    estimates = by_gid(league_heat(table, colour="estimate"), "cells").get_array().reshape(n, n)
    assert estimates[n - 1, 0] == pytest.approx(-senn().estimates.loc[worst, best])
    with pytest.raises(UnknownOptionError):
        league_heat(table, colour="p")


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_ticks_of_league_colours_are_round_both_ways(better):
    ax = league_heat(league_table(simulated(12, better=better)))
    (bar,) = ax.child_axes
    ticks = [float(t.get_text()) for t in bar.get_xticklabels()]
    assert ticks[len(ticks) // 2] == 1
    assert sorted(ticks) == (ticks if better == "higher" else ticks[::-1])
    for low, high in zip(ticks, ticks[::-1], strict=True):
        assert low * high == pytest.approx(1)
        assert len(f"{low:g}") <= 4
    places = bar.get_xticks()
    np.testing.assert_allclose(np.exp(places if better == "higher" else -places), ticks, rtol=1e-6)
    assert tuple(bar.get_xlim()) == (places[0], places[-1])


def test_league_of_two_outcomes_leaves_what_one_lacks_empty():
    table = league_table(tms().net, tms("remission").net, names=("Response", "Remission"))
    ax = league_heat(table, labels=tms().labels)
    at = table.treatments.index("rtms_bilateral")
    assert by_gid(ax, f"cell:{len(table.treatments) - 1}:{at}").get_text() == "–"
    assert "Response (above the diagonal)" in texts_of(ax, "subtitle")[0]
    assert_no_text_overlaps(ax)


def test_rankogram_bars_and_curves_are_the_chances():
    ranking = rank(senn())
    figure = rankogram(ranking)
    assert len(figure.axes) == len(senn().treatments)
    for ax, treatment in zip(figure.axes, ranking.frame["treatment"], strict=True):
        heights = [bar.get_height() for bar in ax.patches]
        np.testing.assert_allclose(heights, ranking.rank_probabilities.loc[treatment])
        np.testing.assert_allclose(
            by_gid(ax, "cumulative").get_ydata(), ranking.cumulative_probabilities.loc[treatment]
        )
        line = ranking.frame.set_index("treatment").loc[treatment]
        facts = texts_of(ax, "facts")[0]
        shown, low, high = estimate(line["sucra"], (line["sucra_low"], line["sucra_high"]))
        assert f"SUCRA {shown} ({low} to {high})" in facts
        assert f"{line['trials']} trial" in facts


def test_rankogram_fills_a_figure_or_says_that_it_is_too_small():
    ranking = rank(smoking())
    figure = Figure(figsize=(6, 3))
    assert rankogram(ranking, figure=figure) is figure
    with pytest.raises(InvalidInputError, match="high"):
        rankogram(ranking, figure=Figure(figsize=(6, 1)))
    with pytest.raises(InvalidInputError, match="inches to each"):
        rankogram(ranking, figure=Figure(figsize=(2, 3)), columns=2)
    with pytest.raises(InvalidInputError):
        rankogram(ranking, columns=0)


def test_a_rank_stands_beside_its_effect_and_evidence(net):
    ranking = rank(net)
    ax = rank_effect(ranking)
    frame = ranking.frame
    move = np.exp if net.data.info.is_ratio else np.asarray
    points = by_gid(ax, "points").get_offsets()
    np.testing.assert_allclose(points, np.column_stack([move(frame["estimate"]), frame["p_score"]]))
    ends = [(s[0][1], s[1][1]) for s in by_gid(ax, "rank whiskers").get_segments()]
    np.testing.assert_allclose(ends, frame[["sucra_low", "sucra_high"]])
    assert sorted(texts_of(ax, "cell trials")) == sorted(f"{t:,}" for t in frame["trials"])
    for column in ("cell patients", "cell p_score", "cell direct"):
        assert texts_of(ax, column) or column == "cell direct"


def test_rank_effect_draws_into_given_axes():
    figure = Figure(figsize=(8, 5))
    ax = figure.add_subplot()
    assert rank_effect(rank(smoking()), ax=ax) is ax
    with pytest.raises(InvalidInputError, match="at least"):
        rank_effect(rank(smoking()), ax=Figure(figsize=(3, 2)).add_subplot())


def test_net_heat_shows_values_shares_and_signs():
    heat = net_heat(senn())
    order = list(heat.order)
    values, share = (t.to_numpy()[np.ix_(order, order)] for t in (heat.heat, heat.share))
    ax = net_heat_map(heat)
    np.testing.assert_allclose(by_gid(ax, "cells").get_array().reshape(values.shape), values)
    boxes = [p.get_extents() for p in by_gid(ax, "shares").get_paths()]
    areas = [b.width * b.height for b in boxes]
    np.testing.assert_allclose(areas, 0.92**2 * np.minimum(share, 1.0)[share > 1e-6], rtol=1e-6)
    assert len(by_gid(ax, "cool").get_paths()) == int((values < -0.16).sum())


def test_net_heat_has_the_same_colours_for_the_same_q_and_names_it():
    for net in (senn(), linde()):
        heat = net_heat(net)
        ax = net_heat_map(heat)
        assert by_gid(ax, "cells").get_clim() == (-8.0, 8.0)
        said = " ".join(texts_of(ax, "bar label")).replace("\n", " ")
        beyond = np.abs(heat.heat.to_numpy()).max() > 8
        assert said.endswith(f"White: 0; full colour: 8{' or more' if beyond else ''}")
        assert f"{heat.q.sum():.2f} in all" in " ".join(texts_of(ax, "notes")).replace("\n", " ")
    assert by_gid(net_heat_map(net_heat(senn()), full=4.0), "cells").get_clim() == (-4.0, 4.0)
    with pytest.raises(InvalidInputError, match="above 0"):
        net_heat_map(net_heat(senn()), full=0.0)


def test_contrasts_of_the_net_heat_that_heat_alike_stand_beside_each_other():
    """Two blocks and a contrast apart from both, shuffled: each block stays together."""
    blocks = np.array([0, 1, 0, 2, 1, 0, 1])
    heat = np.where(blocks[:, None] == blocks[None, :], 5.0, 0.0) * (1 + blocks[:, None])
    names = [f"d{k}" for k in range(7)]
    found = NetHeat(
        heat=pd.DataFrame(heat, names, names),
        share=pd.DataFrame(np.eye(7), names, names),
        q=pd.Series(np.diag(heat), names),
        relevant=pd.Series(np.ones(7, dtype=bool), names),
    )
    ordered = blocks[list(found.order)].tolist()
    assert sorted(found.order) == list(range(7))
    assert sum(a != b for a, b in pairwise(ordered)) == 2
    assert NetHeat(heat=found.heat.iloc[:2, :2], share=found.share, q=found.q, relevant=found.relevant).order == (0, 1)


def test_what_cannot_be_assessed_is_a_sentence_in_an_empty_frame():
    ax = net_heat_map(net_heat(tms().net))
    assert "without a loop" in texts_of(ax, "notice")[0].replace("\n", " ")
    assert not ax.collections
    none = NotAssessable("partial order", "one outcome has no trials")
    for drawn in (hasse(none), contribution_map(none)):
        assert texts_of(drawn, "notice")[0].replace("\n", " ") == "Partial order: one outcome has no trials."
        assert_inside(drawn)


def test_contributions_are_printed_in_percent():
    found = contributions(senn())
    ax = contribution_map(found, comparisons=[("rosi", "plac")])
    share = found.matrix.loc["plac:rosi"]
    kept = share[share >= 0.005]
    texts = [by_gid(ax, f"cell:0:{c}").get_text() for c in range(len(kept))]
    assert texts == [f"{100 * value:.0f}" for value in kept]
    left = len(share) - len(kept)
    assert f"Left out: {left} direct comparisons" in " ".join(texts_of(ax, "notes")).replace("\n", " ")
    with pytest.raises(InvalidInputError):
        contribution_map(found, comparisons=[("rosi", "x")])
    with pytest.raises(InvalidInputError, match="'all'"):
        contribution_map(found, comparisons="some")


@pytest.mark.parametrize(("count", "width"), [(22, "single"), (60, "single"), (60, "double")])
def test_a_contribution_matrix_is_not_mostly_the_rest(count: int, width: str) -> None:
    """It showed most comparisons with 99 percent of their estimate in the rest."""
    ax = contribution_map(contributions(simulated(count)), width=width)
    assert "the first of those against placebo" in " ".join(texts_of(ax, "notes")).replace("\n", " ")
    columns, rows = len(texts_of(ax, "column name")), len(texts_of(ax, "cell name"))
    rest = [text for r in range(rows) for text in texts_of(ax, f"cell:{r}:{columns - 1}")]
    assert rest
    assert sum(map(float, rest)) / rows <= 51


def test_contributions_are_those_to_the_effects_against_the_reference_unless_all_are_asked_for():
    ax = contribution_map(contributions(senn()))
    assert texts_of(ax, "cell name") == [t for t in senn().treatments if t != "plac"]
    assert texts_of(ax, "corner") == ["against plac"]
    assert "Shown: 9 of 45 network estimates, those against plac." in " ".join(texts_of(ax, "notes"))
    everything = contribution_map(contributions(smoking()), comparisons="all")
    assert len(texts_of(everything, "cell name")) == 6


def test_contributions_that_have_no_room_are_summed_up_in_a_last_column():
    ax = contribution_map(contributions(simulated(22)), width="single")
    columns = len(ax.get_children() and texts_of(ax, "column name"))
    assert texts_of(ax, "column name")[-1] == "rest"
    values = by_gid(ax, "cells").get_array().reshape(-1, columns)
    matrix = contributions(simulated(22)).matrix
    first = matrix.loc[[label for label in matrix.index if "Placebo" in label]].to_numpy()[: len(values)]
    assert by_gid(ax, f"cell:0:{columns - 1}").get_text() == f"{100 * (1 - values[0, :-1].sum()):.0f}"
    assert set(np.round(values[0, :-1].compressed(), 12)) <= set(np.round(first[0], 12))
    assert "Rest: " in " ".join(texts_of(ax, "notes"))


def test_two_outcomes_have_their_intervals_on_both_axes():
    nets = {"Response": tms().net, "Remission": tms("remission").net}
    ax = two_outcomes(nets, labels=tms().labels)
    shared = [t for t in nets["Response"].treatments if t in nets["Remission"].treatments and t != "sham"]
    wanted = np.column_stack([np.exp(n.estimates["sham"].loc[shared]) for n in nets.values()])
    np.testing.assert_allclose(by_gid(ax, "points").get_offsets(), wanted)
    across = [(s[0][0], s[1][0]) for s in by_gid(ax, "x whiskers").get_segments()]
    low, high = (np.exp(t["sham"].loc[shared]) for t in (nets["Response"].ci_low, nets["Response"].ci_high))
    np.testing.assert_allclose(across, np.column_stack([low, high]))
    assert set(texts_of(ax, "label")) == {tms().labels[t] for t in shared}


def test_two_outcomes_number_many_treatments_and_list_them():
    nets = {"Response": large(), "Remission": large(2)}
    ax = two_outcomes(nets)
    assert sorted(map(int, texts_of(ax, "label"))) == list(range(1, 22))
    effects = large().estimates["Placebo"].drop("Placebo")
    best_first = effects.sort_values(ascending=False).index.tolist()
    assert " ".join(texts_of(ax.figure, "listed name")) == " ".join(best_first)
    place = dict(zip(texts_of(ax, "label"), [t.xy[0] for t in ax.texts if t.get_gid() == "label"], strict=True))
    np.testing.assert_allclose(place["1"], np.exp(effects.max()))
    given = Figure(figsize=(9, 7)).add_subplot()
    two_outcomes(nets, ax=given)
    assert [t.get_text().replace("\n", " ") for t in by_gid(given, "key").get_texts()] == best_first
    assert_no_text_overlaps(ax)


def test_two_outcomes_refuse_what_cannot_share_axes():
    with pytest.raises(InvalidInputError, match="two"):
        two_outcomes({"Response": smoking()})
    with pytest.raises(InvalidInputError, match="same reference"):
        two_outcomes({"a": smoking(), "b": senn()})


def test_hasse_draws_every_edge_downwards():
    nets = {"Response": large(), "Remission": large(2)}
    order = partial_order(nets)
    ax = hasse(order)
    for better, worse in order.edges:
        y = by_gid(ax, f"edge:{better}|{worse}").get_ydata()
        assert all(a < b for a, b in pairwise(y))
    tops = {t: by_gid(ax, f"node:{t}").get_y() for t in order.treatments}
    for upper, lower in pairwise(order.levels):
        assert max(tops[t] for t in upper) < min(tops[t] for t in lower)
    assert_no_text_overlaps(ax)


def test_hasse_lines_pass_no_foreign_box():
    order = partial_order({"Response": large(), "Remission": large(2)})
    ax = hasse(order)
    boxes = {t: by_gid(ax, f"node:{t}") for t in order.treatments}
    for better, worse in order.edges:
        line = by_gid(ax, f"edge:{better}|{worse}")
        x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
        at = np.linspace(y[0], y[-1], 200)
        along = np.interp(at, y, x)
        for t, box in boxes.items():
            if t not in (better, worse):
                inside = (along > box.get_x()) & (along < box.get_x() + box.get_width())
                inside &= (at > box.get_y() + 1e-9) & (at < box.get_y() + box.get_height() - 1e-9)
                assert not inside.any(), (better, worse, t)


def test_hasse_with_networks_prints_effects_and_intervals():
    nets = {"Response": tms().net, "Remission": tms("remission").net}
    ax = hasse(partial_order(nets), labels=tms().labels, networks=nets)
    assert any("Response: RR 3.99 (2.29 to 6.95)" in t for t in texts_of(ax, "facts"))
    assert "Bilateral rTMS" in texts_of(ax, "notes")[0].replace("\n", " ")
    assert_no_text_overlaps(ax)
    with pytest.raises(InvalidInputError):
        hasse(partial_order(nets), networks={"Response": tms().net})


def test_adjusted_funnel_shows_every_contrast_and_the_limits():
    everything = comparison_adjusted_funnel(linde())
    frame = everything[everything.duplicated(["treat1", "treat2"], keep=False)]
    ax = adjusted_funnel(everything, linde())
    alone = len(everything) - len(frame)
    assert alone > 1
    assert f"{alone} comparisons have one trial only and are not shown." in ax.get_xlabel().replace("\n", " ")
    points = np.concatenate([c.get_offsets() for c in ax.collections])
    assert len(points) == len(frame)
    np.testing.assert_allclose(sorted(points[:, 0]), sorted(np.exp(frame["adjusted"])))
    np.testing.assert_allclose(sorted(points[:, 1]), sorted(frame["se"]))
    limits = pseudo_limits(frame)
    np.testing.assert_allclose(by_gid(ax, "limit low").get_xdata(), np.exp(limits["low"]))
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    assert not adjusted_funnel(frame, linde(), level=None).findobj(lambda a: a.get_gid() == "limit low")


def test_adjusted_funnel_without_two_trials_of_a_comparison_is_a_sentence():
    net = network_from_contrasts(
        ["1", "2"], ["a", "b"], ["s", "s"], [0.1, 0.2], [0.1, 0.1], reference="s", better="higher"
    )
    ax = adjusted_funnel(comparison_adjusted_funnel(net), net)
    assert "no comparison has more than one trial" in texts_of(ax, "notice")[0].replace("\n", " ")


def test_hasse_drops_facts_then_names_where_they_have_no_room():
    nets = {"Response": large(), "Remission": large(2)}
    order = partial_order(nets)
    assert texts_of(hasse(partial_order(both(smoking()))), "facts")
    ax = hasse(order, width="single")
    assert not texts_of(ax, "facts")
    assert sorted(map(int, texts_of(ax, "name"))) == list(range(1, 23))
    listed = " ".join(texts_of(ax, "listed name"))
    top = next(t for t in ax.texts if t.get_gid() == "name" and t.get_text() == "1")
    inside = [t for t in order.levels[0] if by_gid(ax, f"node:{t}").get_x() < top.get_position()[0]
              < by_gid(ax, f"node:{t}").get_x() + by_gid(ax, f"node:{t}").get_width()]  # fmt: skip
    assert listed.startswith(inside[0])
    assert "left out for lack of room" in " ".join(texts_of(ax, "notes")).replace("\n", " ")
    with pytest.raises(InvalidInputError, match="such as width='double', or order fewer treatments"):
        hasse(partial_order({"a": simulated(60), "b": simulated(60, seed=2)}), width="single")


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: league_heat(league_table(smoking()), ax=ax),
        lambda ax: contribution_map(contributions(smoking()), ax=ax),
        lambda ax: net_heat_map(net_heat(smoking()), ax=ax),
        lambda ax: hasse(partial_order(both(smoking())), ax=ax),
        lambda ax: network_forest(smoking(), ax=ax),
        lambda ax: two_outcomes(both(smoking()), ax=ax),
        lambda ax: adjusted_funnel(comparison_adjusted_funnel(smoking()), smoking(), ax=ax),
    ],
)
def test_figures_fill_the_axes_they_are_given(draw):
    figure = Figure(figsize=(9, 8))
    ax = figure.add_subplot()
    assert draw(ax) is ax
    assert_no_text_overlaps(ax)
    assert_inside(ax)


def test_grids_say_how_much_room_they_need():
    for draw in (
        lambda ax: league_heat(league_table(senn()), ax=ax),
        lambda ax: hasse(partial_order(both(senn())), ax=ax),
    ):
        with pytest.raises(InvalidInputError, match="at least"):
            draw(Figure(figsize=(2, 2)).add_subplot())


def test_spread_out_keeps_order_and_distance_and_stays_near():
    wanted = [0.0, 0.1, 0.1, 5.0]
    places = spread_out(wanted, [1.0, 1.0, 1.0], -2.0, 6.0)
    assert all(b - a >= 1.0 - 1e-12 for a, b in pairwise(places))
    assert places[3] == 5.0
    assert np.mean(places[:3]) == pytest.approx(np.mean(wanted[:3]))
    assert spread_out([9.0], [], 0.0, 6.0) == [6.0]


def test_long_names_of_designs_are_read_at_the_rows_and_not_in_towers_above_the_columns() -> None:
    ax = net_heat_map(net_heat(simulated(3)), width="double")
    heads = texts_of(ax, "column name")
    assert heads == [str(k) for k in range(1, len(heads) + 1)]
    assert [name.split()[-1] for name in texts_of(ax, "cell name")] == heads
    arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
    ax = net_heat_map(net_heat(network(arms, measure="OR", reference="P", better="higher")))
    assert all(" vs " in head.replace("\n", " ") and head.count("\n") < 4 for head in texts_of(ax, "column name"))


def test_intervals_of_many_treatments_are_thin_beside_their_points() -> None:
    for count, thick in ((12, 1.0), (40, 0.5)):
        ax = two_outcomes({"a": simulated(count), "b": simulated(count, seed=2)})
        assert [by_gid(ax, f"{axis} whiskers").get_linewidth()[0] for axis in "xy"] == [thick, thick]
