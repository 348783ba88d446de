"""Parts of the network one by one, on cases worked out by hand or by another route."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import reference
from definitions.network_naive import as_contrasts, random_arms

import tmsmeta as tm
import tmsmeta.networks as network_module
from tmsmeta import InvalidInputError, NotAssessable, UnknownOptionError
from tmsmeta.networks import (
    NetworkSpec,
    ZeroRule,
    bootstrap_network,
    comparison_adjusted_funnel,
    components,
    decompose,
    fit_batch,
    fit_network,
    geometry,
    hat_matrix,
    league_table,
    linkage,
    net_heat,
    network,
    network_data,
    network_from_contrasts,
    network_mh,
    network_regression,
    network_report,
    node_split,
    partial_order,
    pseudo_limits,
    rank,
    simulate_network,
    supports,
)
from tmsmeta.networks.model.fit import fit_columns
from tmsmeta.networks.model.mantel_haenszel import generalised_mantel_haenszel
from tmsmeta.networks.model.tau2 import METHODS, Tau2Method, by_moments


@pytest.fixture
def senn():
    d = reference("network_senn2013")["data"]
    return network_from_contrasts(
        d["study"], d["treat1"], d["treat2"], d["TE"], d["seTE"], reference="plac", measure="MD", better="lower"
    )


@pytest.fixture
def linde():
    return network(
        reference("network_linde2015_response_OR")["arms"], measure="OR", reference="Placebo", better="higher"
    )


@pytest.fixture
def star():
    return network_from_contrasts(
        ["s1", "s2", "s3"],
        ["a", "b", "c"],
        ["sham"] * 3,
        [0.5, 0.2, -0.1],
        [0.2, 0.3, 0.4],
        reference="sham",
        better="higher",
    )


def test_importing_the_network_stays_light():
    heavy = "('pandas', 'matplotlib', 'networkx', 'scipy.stats')"
    code = f"import sys, tmsmeta.networks; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_matrices_read_row_against_column(senn):
    assert senn.estimates.loc["rosi", "plac"] == -senn.estimates.loc["plac", "rosi"]
    assert senn.estimates.loc["rosi", "plac"] < 0
    assert senn.ci_low.loc["rosi", "plac"] < senn.estimates.loc["rosi", "plac"] < senn.ci_high.loc["rosi", "plac"]
    assert (senn.prediction_low.to_numpy() <= senn.ci_low.to_numpy()).all()


def test_results_turn_into_plain_json(senn, star):
    for net in (senn, star):
        assert json.loads(json.dumps(net.to_dict(), default=float))["treatments"]
        assert json.dumps(network_report(net).to_dict(), default=float)
    assert star.to_dict()["q_inconsistency"]["not_assessable"].startswith("cannot be tested")
    assert "26 trials of 10 treatments (1 with more than two arms)" in senn.methods_sentence()


def test_a_star_cannot_be_tested(star):
    found = decompose(star)
    assert isinstance(found.between.q, NotAssessable)
    assert found.sentence().startswith("Inconsistency cannot be tested")
    assert isinstance(net_heat(star), NotAssessable)
    assert "no inconsistency" not in network_report(star).to_text().lower()
    assert found.to_frame()["note"].str.contains("cannot be tested").any()


def test_t_intervals_are_wider(senn):
    assert (senn.refit(ci="t").ci_high - senn.ci_high).to_numpy().max() > 0


def test_t_intervals_without_degrees_of_freedom_are_not_assessable(star):
    """Normal quantiles would not be what was asked for, and "df 0" is no distribution."""
    net = star.refit(ci="t")
    reason = "t quantiles need 1 or more degrees of freedom of Q, got 0"
    for found in (net.quantile, net.ci_low, net.ci_high):
        assert isinstance(found, NotAssessable)
        assert found.reason == reason
    assert f"without 95% confidence intervals ({reason})" in net.methods_sentence()
    frame = net.to_frame()
    assert frame["ci_low"].isna().all()
    assert frame["note"].str.contains(reason, regex=False).all()
    ranked = rank(net, draws=10).frame
    assert ranked["ci_high"].isna().all()
    assert ranked.loc[ranked["treatment"] != "sham", "note"].str.contains(reason, regex=False).all()
    table = league_table(net)
    assert "0.50 (not assessable)" in table.to_text()
    assert reason in table.header
    assert node_split(net)["note"].str.contains(reason, regex=False).all()
    assert "nan" not in network_report(net).to_text()
    assert json.loads(json.dumps(net.to_dict(), allow_nan=False))["comparisons"][0]["ci_low"] is None
    counted = network(arms_with_zero(), measure="OR", reference="s", ci="t", better="higher")
    with pytest.raises(InvalidInputError, match="no intervals to simulate"):
        simulate_network(counted, draws=2)


def arms_with_zero():
    columns = {"study": ["1", "1", "2", "2"], "treatment": ["a", "s", "b", "s"], "events": [0, 2, 4, 5], "n": [20] * 4}
    return pd.DataFrame(columns)


def test_the_spec_in_the_result_says_every_choice(senn):
    rows = arms_with_zero()
    rule = ZeroRule(add=0.25, convention="metafor")
    net = network(
        rows, measure="RR", reference="s", better="lower", zero=rule, duplicate_arms="merge", comparator_risk=0.2
    )
    assert net.spec == NetworkSpec(
        measure="RR", reference="s", better="lower", zero=rule, duplicate_arms="merge", comparator_risk=0.2
    )
    plain = json.loads(json.dumps(net.to_dict(), allow_nan=False))["spec"]
    assert plain["zero"] == {"apply": "only0", "add": 0.25, "convention": "metafor"}
    assert {"measure", "reference", "better", "tau2", "ci", "level", "prediction"} < set(plain)
    for words in ("lower is better", "0.25 was added", "convention of metafor", "were added up", "risk of 20.0%"):
        assert words in net.methods_sentence()
    # comparisons have no counts, and what does not apply is not said
    assert (senn.spec.zero, senn.spec.duplicate_arms, senn.spec.comparator_risk) == (None, None, None)
    assert "added" not in senn.methods_sentence()
    assert network(rows, measure="AS", reference="s", better="higher").spec.zero is None


def test_results_show_themselves_in_a_few_lines(senn, linde, star):
    """A rank never stands without its effect, nor an effect without its interval."""
    shown = repr(senn)
    assert shown.startswith("NetworkMeta:\n  Mean difference against plac (95% CI): acar ")
    low, high = (table.loc["rosi", "plac"] for table in (senn.ci_low, senn.ci_high))
    assert f"rosi {senn.estimates.loc['rosi', 'plac']:.2f} ({low:.2f} to {high:.2f})" in " ".join(shown.split())
    assert f"tau2 = {senn.tau2:.3f}, 26 trials." in " ".join(shown.split())
    line = rank(linde).frame.iloc[0]
    ranked = " ".join(repr(rank(linde)).split())
    effect = f"odds ratio {line['ratio']:.2f} ({line['ratio_low']:.2f} to {line['ratio_high']:.2f})"
    assert f"{line['treatment']} {line['p_score']:.2f} ({effect}, {line['trials']} trials" in ranked
    assert max(map(len, repr(rank(linde)).splitlines())) <= 102
    assert "(seed 1)" in rank(linde, margin=0.1).methods_sentence()
    assert "differences beyond 0.1" in rank(linde, margin=0.1).methods_sentence()
    assert "<table" in senn._repr_html_()
    assert "tau2 not assessable: the network has no more" in " ".join(repr(star).split())


def test_a_spec_that_contradicts_its_trials_is_refused(senn):
    with pytest.raises(InvalidInputError, match=r"(?s)measure.*must be 'MD'.*better.*must be 'lower'"):
        fit_network(senn.data, NetworkSpec(measure="OR", better="higher"))
    with pytest.raises(InvalidInputError, match="comparator_risk"):
        NetworkSpec(comparator_risk=1.2)
    assert fit_network(senn.data, NetworkSpec(measure="MD")).tau2 == senn.tau2


def test_detaching_a_design_is_the_loss_of_heat(senn):
    found, heat = decompose(senn), net_heat(senn)
    assert heat.q.sum() == pytest.approx(senn.q_inconsistency, rel=1e-9)
    left = found.detached.set_index("design")["q"].fillna(0.0)
    lost = heat.heat.sum()
    for column in heat.heat.columns:
        design = column.split(" (")[1].rstrip(")") if "(" in column else column
        # detaching takes away what the columns of the heat matrix sum up to
        assert lost[column] == pytest.approx(senn.q_inconsistency - left[design], rel=1e-6, abs=1e-8)
    assert not heat.relevant["benf:plac"]


def test_rank_frame_carries_effect_and_evidence(linde):
    frame = rank(linde).frame
    wanted = [
        "treatment",
        "p_score",
        "sucra",
        "mean_rank",
        "estimate",
        "ci_low",
        "ci_high",
        "trials",
        "patients",
        "direct_share",
    ]
    assert list(frame.columns[: len(wanted)]) == wanted
    arms = pd.DataFrame(reference("network_linde2015_response_OR")["arms"])
    assert frame.set_index("treatment")["patients"].to_dict() == arms.groupby("treatment")["n"].sum().to_dict()
    np.testing.assert_allclose(frame["ratio"], np.exp(frame["estimate"]))


def test_rank_probabilities_agree_with_the_analytic_mean_rank(senn):
    ranking = rank(senn, draws=50_000, seed=3)
    n = len(senn.treatments)
    simulated = ranking.probabilities @ np.arange(1, n + 1)
    # 50,000 draws: the standard error of a mean rank is below 2.9 / sqrt(50,000) = 0.013
    np.testing.assert_allclose(simulated, ranking.mean_rank, atol=0.06)
    assert (ranking.sucra_limits[0] <= ranking.sucra).all()
    assert (ranking.sucra <= ranking.sucra_limits[1]).all()
    assert rank(senn, draws=500, seed=3).frame.equals(rank(senn, draws=500, seed=3).frame)


def test_margin_makes_it_harder_to_be_better(senn):
    with_margin, without = rank(senn, margin=0.3, draws=2000), rank(senn, draws=2000)
    assert (with_margin.p_score < without.p_score).all()
    assert with_margin.p_best_beyond.sum() < 1


def test_a_margin_leaves_the_mean_rank_alone(senn):
    """The expected place in the order is one thing, how often a lead matters another."""
    with_margin = rank(senn, margin=0.3, draws=20_000)
    places = np.arange(1, len(senn.treatments) + 1)
    assert with_margin.mean_rank == pytest.approx(with_margin.probabilities @ places, abs=0.06)
    assert with_margin.mean_rank.sum() == pytest.approx(places.sum(), rel=1e-12)
    assert (with_margin.frame["mean_rank"] > 1).all()


def test_two_treatments_have_the_rank_probabilities_of_a_normal():
    net = network_from_contrasts(["s"], ["a"], ["b"], [0.5], [0.25], reference="b", better="higher")
    from math import erf, sqrt

    chance = 0.5 * (1 + erf(2 / sqrt(2)))
    assert rank(net).p_score[0] == pytest.approx(chance, rel=1e-12)
    assert rank(net, draws=40_000).probabilities[0, 0] == pytest.approx(chance, abs=0.004)


def test_partial_order():
    def star_of(a, b, c, better):
        return network_from_contrasts(
            ["1", "2", "3"], ["a", "b", "c"], ["s"] * 3, [a, b, c], [0.2] * 3, reference="s", better=better
        )

    order = partial_order({"gain": star_of(3, 2, 1, "higher"), "harm": star_of(0.1, 0.5, 0.4, "lower")})
    assert order.dominates.loc["a", "b"]
    assert order.dominates.loc["a", "c"]
    assert ("b", "c") in order.incomparable
    assert ("a", "b") in order.edges
    assert ("a", "c") in order.edges
    assert order.levels[0] == ("a", "s")


def test_league_reads_row_against_column(senn, linde):
    table = league_table(linde, names=("response",))
    frame = table.frame.set_index(["row", "column"])
    assert frame.loc[("SSRI", "Placebo"), "estimate"] == pytest.approx(linde.estimates.loc["SSRI", "Placebo"])
    ends = table.frame[["ci_low", "ci_high"]].to_numpy()
    half = linde.critical * table.frame["se"].to_numpy()
    np.testing.assert_allclose(ends, table.frame["estimate"].to_numpy()[:, None] + half[:, None] * [-1, 1], rtol=1e-12)
    np.testing.assert_allclose(table.frame[["ratio_low", "ratio_high"]], np.exp(ends), rtol=1e-12)
    assert "row against column" in table.header
    assert list(table.frame.columns[:5]) == ["row", "column", "estimate", "ci_low", "ci_high"]
    assert table.matrix.loc["SSRI", "Placebo"].startswith(f"{np.exp(linde.estimates.loc['SSRI', 'Placebo']):.2f}")
    assert table.to_html().count("<tr>") == 1 + len(linde.treatments)
    assert len(table.to_csv().splitlines()) == 1 + 9 * 8
    assert "SSRI" in table.to_text()


def test_league_of_two_outcomes(linde):
    other = linde.refit(tau2="FE")
    table = league_table(linde, other, names=("response", "remission"), order="label")
    frame = table.frame.set_index(["row", "column"])
    first, last = table.treatments[0], table.treatments[-1]
    assert frame.loc[(first, last), "outcome"] == "response"
    assert frame.loc[(last, first), "outcome"] == "remission"
    assert frame.loc[(last, first), "estimate"] == pytest.approx(other.estimates.loc[last, first])


@pytest.mark.parametrize(
    ("trials", "direct", "length", "ways"),
    [
        (["ab", "bc"], [1, 0, 1], [1, 2, 1], [1, 1, 1]),  # a chain: c against a over b
        (["ab", "bc", "ac"], [2 / 3] * 3, [4 / 3] * 3, [3 / 2] * 3),  # twice as much weighs the direct way as the other
    ],
)
def test_measures_of_evidence_by_hand(trials, direct, length, ways):
    one, two = zip(*trials, strict=True)
    study, size = [f"s{i}" for i in range(len(trials))], len(trials)
    net = network_from_contrasts(
        study, list(one), list(two), [0.1] * size, [0.2] * size, reference="a", better="higher", tau2="FE"
    )
    table = tm.networks.evidence_flow(net).measures()
    assert ["".join(sorted(pair)) for pair in zip(table["treat1"], table["treat2"], strict=True)] == ["ab", "ac", "bc"]
    np.testing.assert_allclose(table["direct_share"], direct, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(table["mean_path_length"], length, rtol=1e-12)
    np.testing.assert_allclose(table["minimal_parallelism"], ways, rtol=1e-12)


@pytest.mark.parametrize(("between", "more"), [("cde", ""), ("cdef", " and 1 more")])
def test_three_ways_of_indirect_evidence_are_named_and_the_others_counted(between, more):
    pairs = [(t, end) for t in between for end in "ab"]
    net = network_from_contrasts(
        [f"s{i}" for i in range(len(pairs))], *map(list, zip(*pairs, strict=True)), [0.1] * len(pairs),
        [0.2] * len(pairs), reference="a", better="higher", tau2="FE",
    )  # fmt: skip
    said = tm.networks.linkage(net, "b", "a").sentence()
    assert said.count(" - ") == 6
    assert ("more" in said) == bool(more)
    assert more in said


def test_contributions_say_in_whole_percent_how_direct_the_estimates_are(senn):
    found = tm.contributions(senn)
    few, most = 100 * found.measures["direct_share"].min(), 100 * found.measures["direct_share"].max()
    pairs, direct = found.share.shape
    assert found.in_short() == (
        f"Shares of {direct} direct comparisons in {pairs} network estimates (randomwalk); direct evidence makes up "
        f"{few:.0f}% to {most:.0f}% of an estimate."
    )


def test_geometry_of_a_small_network():
    rows = pd.DataFrame(
        {
            "study": ["1", "1", "2", "2", "3", "3", "4", "4", "4"],
            "treatment": ["a", "s", "a", "s", "b", "a", "c", "d", "s"],
            "events": [3, 2, 4, 2, 5, 3, 4, 3, 2],
            "n": [20] * 9,
        }
    )
    graph = geometry(network_data(rows, measure="OR", reference="s", better="higher"))
    assert (graph.trials, graph.multi_arm, graph.designs) == (4, 1, 3)
    # edges a-s, a-b, c-d, c-s, d-s around five nodes: one loop, and it is a single trial's own
    assert graph.loops == 1
    assert graph.independent_loops == 0
    assert set(graph.bridges) == {("a", "s"), ("a", "b")}
    assert set(graph.critical_trials) == {"3", "4"}
    assert graph.only_neighbour == {"b": "a"}
    assert graph.nodes.set_index("treatment").loc["s", "patients"] == 60


def test_links_and_supports(star, linde):
    link = linkage(star, "a", "b")
    assert link.paths[0].treatments == ("a", "sham", "b")
    assert link.paths[0].share == pytest.approx(1.0)
    assert link.critical_trials == ("s1", "s2")
    assert link.sentence() == (
        "a against b: no trial compares them directly; indirect evidence runs a - sham - b (100%); the link hangs on "
        "s1 and on s2 alone."
    )
    assert sum(p.share for p in linkage(linde, "SSRI", "TCA").paths) == pytest.approx(1.0, rel=1e-9)
    assert supports(star).set_index("treatment").loc["a", "only_neighbour"] == "sham"


def test_hat_matrix_rows_of_direct_comparisons(senn):
    hat = hat_matrix(senn)
    pair = ("metf", "plac")
    direct = senn.direct_share.loc[pair]
    # the three-arm trial is weighted down in the flow, so the hat value stays below the direct share
    assert 0 < hat.loc["metf:plac", "metf:plac"] <= direct + 1e-12
    assert hat.loc["benf:plac", "benf:plac"] == pytest.approx(1.0, rel=1e-9)


def test_funnel_centres_each_comparison(senn):
    frame = comparison_adjusted_funnel(senn, order=["plac", *(t for t in senn.treatments if t != "plac")])
    weights = 1 / (frame["se"] ** 2 + senn.tau2)
    for _, group in frame.groupby(["treat1", "treat2"]):
        assert (weights[group.index] * group["adjusted"]).sum() == pytest.approx(0.0, abs=1e-9)
    assert (frame["treat1"] != "plac").all()
    np.testing.assert_allclose(frame["adjusted"], frame["estimate"] - frame["centre"], atol=1e-12)
    # later in the order against earlier: turning the order turns the sign
    back = comparison_adjusted_funnel(senn, order=[*(t for t in senn.treatments[::-1] if t != "plac"), "plac"])
    assert (back["treat2"] != "plac").all()
    of_plac = frame["treat2"] == "plac"
    np.testing.assert_allclose(back.loc[of_plac, "adjusted"], -frame.loc[of_plac, "adjusted"], atol=1e-12)


def test_components_without_combinations_are_the_network(senn):
    found = components(senn, inactive="plac")
    frame = found.components.set_index("component")
    others = [t for t in senn.treatments if t != "plac"]
    np.testing.assert_allclose(frame.loc[others, "estimate"], senn.estimates.loc[others, "plac"], rtol=1e-9)
    np.testing.assert_allclose(frame.loc[others, "se"], senn.se.loc[others, "plac"], rtol=1e-9)
    assert found.tau2 == pytest.approx(senn.tau2, rel=1e-9)
    assert isinstance(found.q_difference, NotAssessable)


def test_components_recover_additive_effects_over_disconnected_parts():
    rows = pd.DataFrame(
        {
            "study": ["1", "2", "3"],
            "treat1": ["A", "A + B", "B + C"],
            "treat2": ["sham", "A", "C"],
            "yi": [0.4, 0.3, 0.5],
            "se": [0.1, 0.2, 0.2],
        }
    )
    data = network_data(measure="GEN", reference="sham", contrasts=rows, better="higher")
    found = components(data, inactive="sham", tau2="FE")
    frame = found.components.set_index("component")
    assert frame.loc["A", "estimate"] == pytest.approx(0.4)
    # B is added twice, with equal standard errors
    assert frame.loc["B", "estimate"] == pytest.approx(0.4)
    assert frame.loc["B", "se"] == pytest.approx(0.2 / np.sqrt(2))
    assert np.isnan(frame.loc["C", "estimate"])
    assert "not assessable" in frame.loc["C", "note"]
    assert isinstance(found.q_difference, NotAssessable)
    assert found.effect("A + B", "sham")[0] == pytest.approx(0.8)
    assert isinstance(found.effect("C", "sham"), NotAssessable)


def test_additivity_that_fails_costs_q():
    net = network_from_contrasts(
        ["1", "2", "3"],
        ["A", "B", "A + B"],
        ["s"] * 3,
        [0.5, 0.5, 3.0],
        [0.1] * 3,
        reference="s",
        tau2="FE",
        better="higher",
    )
    found = components(net, inactive="s")
    # A + B misses the sum of its parts by 2 with variance 3 * 0.01
    assert found.q_difference == pytest.approx(4 / 0.03, rel=1e-9)
    assert found.q_difference_df == 1


def test_regression_knows_what_columns_on_different_scales_identify():
    x = np.array([[1.0, 10.0, 0.0], [2.0, 20.0, 0.0], [1.0, 10.0, 100.0]])
    found = fit_columns(x, np.array([1.0, 2.0, 3.0]), np.ones(3), "FE")
    assert found.q_df == 1
    assert found.estimable(np.array([[1.0, 10.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])).tolist() == [
        True,
        False,
        True,
    ]
    estimate, se = found.contrasts(np.array([[1.0, 10.0, 0.0], [0.0, 0.0, 1.0]]))
    # the first two rows give 1 with variance 1 / (1 + 4); the third adds 2 for 100 units
    assert estimate == pytest.approx([1.0, 0.02])
    assert se[0] == pytest.approx(np.sqrt(1 / 5))


def test_regression_on_a_covariate_of_two_nodes_is_meta_regression():
    rng = np.random.default_rng(4)
    k = 9
    x, y, se = rng.normal(size=k), rng.normal(size=k), rng.uniform(0.2, 0.5, size=k)
    study = [f"s{i}" for i in range(k)]
    net = network_from_contrasts(study, ["a"] * k, ["b"] * k, y, se, reference="b", tau2=0.1, better="higher")
    found = network_regression(net, dict(zip(study, x, strict=True)), centre=0.0)
    design = np.column_stack([np.ones(k), x])
    w = np.diag(1 / (se**2 + 0.1))
    cov = np.linalg.inv(design.T @ w @ design)
    beta = cov @ design.T @ w @ y
    assert found.effects()["estimate"][0] == pytest.approx(beta[0], rel=1e-9)
    assert found.slopes["estimate"][0] == pytest.approx(beta[1], rel=1e-9)
    assert found.slopes["se"][0] == pytest.approx(np.sqrt(cov[1, 1]), rel=1e-9)
    assert found.effects(2.0)["estimate"][0] == pytest.approx(beta[0] + 2 * beta[1], rel=1e-9)


@pytest.mark.parametrize("tau2", ["ML", "REML"])
def test_components_and_covariates_take_every_tau2_method(senn, tau2):
    """Without a combination the components are the treatments; two nodes and a covariate are a meta-regression."""
    net = senn.refit(tau2=tau2)
    found = components(net, inactive="plac", tau2=tau2)
    assert net.tau2 > 0
    assert found.tau2 == pytest.approx(net.tau2, rel=1e-7)
    rng = np.random.default_rng(4)
    x, y, se = rng.normal(size=9), rng.normal(size=9), rng.uniform(0.2, 0.5, size=9)
    study = [f"s{i}" for i in range(9)]
    pair = network_from_contrasts(study, ["a"] * 9, ["b"] * 9, y, se, reference="b", better="higher")
    effects = tm.effects.generic(y, se=se, study=study)
    wanted = tm.meta_regression(effects, "x", pd.DataFrame({"x": x}), tau2=tau2)
    assert wanted.tau2 > 0
    found = network_regression(pair, dict(zip(study, x, strict=True)), tau2=tau2, centre=0.0)
    assert found.tau2 == pytest.approx(wanted.tau2, rel=1e-7)
    assert found.slopes["estimate"][0] == pytest.approx(wanted.coefficients.loc["x", "estimate"], rel=1e-7)


def test_further_analyses_take_dl_in_the_place_of_a_search(senn):
    searched = senn.refit(tau2="REML")
    assert components(searched, inactive="plac").spec.tau2 == "DL"
    year = {study: 1.0 * k for k, study in enumerate(senn.data.studies)}
    assert network_regression(searched, year).spec.tau2 == "DL"
    assert (bootstrap_network(searched, draws=3).tau2 == bootstrap_network(searched, draws=3, tau2="DL").tau2).all()
    with pytest.raises(UnknownOptionError, match="'FE', 'DL'"):
        bootstrap_network(searched, draws=3, tau2="REML")


@pytest.mark.parametrize("method", METHODS)
def test_a_network_without_degrees_of_freedom_has_no_variance_between_studies(method):
    tree = network_from_contrasts(
        ["s1", "s2"], ["a", "b"], ["p", "p"], [0.5, 0.9], [0.2, 0.3], reference="p", better="higher", tau2=method
    )
    assert tree.q_df == 0
    assert isinstance(tree.tau2, NotAssessable) == (method != "FE")
    assert tree.fit.tau2 == 0.0
    assert tree.estimates.loc["a", "b"] == pytest.approx(-0.4, rel=1e-12)
    assert tree.se.loc["a", "b"] == pytest.approx(np.hypot(0.2, 0.3), rel=1e-12)


def test_a_new_tau2_method_is_a_function_and_a_line(senn, monkeypatch):
    def half_of_dl(regression, common):
        return by_moments(regression, common) / 2

    monkeypatch.setitem(METHODS, "half", Tau2Method("half of DerSimonian-Laird", half_of_dl, closed_form=True))
    dl, half = senn.refit(tau2="DL"), senn.refit(tau2="half")
    assert half.tau2 == dl.tau2 / 2
    assert "half of DerSimonian-Laird" in half.methods_sentence()
    assert components(half, inactive="plac").tau2 == pytest.approx(half.tau2)
    assert (bootstrap_network(half, draws=5).tau2 * 2 == bootstrap_network(half, draws=5, tau2="DL").tau2).all()


@pytest.mark.parametrize("interaction", ["shared", "separate"])
def test_regression_of_a_triangle_against_its_definition(interaction):
    rng = np.random.default_rng(8)
    pairs = [("a", "r"), ("b", "r"), ("a", "b")] * 4
    y, se, x = rng.normal(size=12), rng.uniform(0.2, 0.5, size=12), rng.normal(size=12)
    study = [f"s{i}" for i in range(12)]
    net = network_from_contrasts(study, *zip(*pairs, strict=True), y, se, reference="r", tau2=0.05, better="higher")
    found = network_regression(net, dict(zip(study, x, strict=True)), interaction=interaction, centre=0.0)
    # active treatments against the reference change with x, so a against b does not when the slope is shared
    effect = np.array([[float(p == t) - float(q == t) for t in "ab"] for p, q in pairs])
    slope = effect * x[:, None] if interaction == "separate" else effect.sum(axis=1, keepdims=True) * x[:, None]
    design, w = np.hstack([effect, slope]), np.diag(1 / (se**2 + 0.05))
    beta = np.linalg.solve(design.T @ w @ design, design.T @ w @ y)
    np.testing.assert_allclose(found.effects()["estimate"], beta[:2], rtol=1e-9)
    np.testing.assert_allclose(found.slopes["estimate"], beta[2:], rtol=1e-9)


def test_separate_slopes_that_no_trial_can_give_are_not_assessable(star):
    found = network_regression(star, {"s1": 1.0, "s2": 2.0, "s3": 3.0}, interaction="separate", tau2="FE")
    assert found.slopes["estimate"].isna().all()
    assert found.slopes["note"].str.startswith("not assessable").all()
    assert isinstance(found.q_slopes, NotAssessable)


@pytest.mark.parametrize("order", [(2, 0, 1), (0, 2, 1), (2, 1, 0)])
def test_mantel_haenszel_of_three_arms_does_not_depend_on_their_order(order):
    n = np.array([[40, 55, 62], [80, 70, 75], [33, 41, 29], [120, 100, 90]])
    events = np.array([[4, 12, 25], [9, 15, 30], [2, 8, 14], [10, 21, 44]])
    effect, variance = generalised_mantel_haenszel(events, n)
    other = generalised_mantel_haenszel(events[:, order], n[:, order])
    np.testing.assert_allclose(other[0], effect[np.ix_(order, order)], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(other[1], variance[np.ix_(order, order)], rtol=1e-12, atol=1e-15)


def test_mantel_haenszel_of_two_treatments_is_the_pairwise_method():
    from tmsmeta.models.counts import mantel_haenszel

    rng = np.random.default_rng(2)
    n_t, n_c = rng.integers(10, 60, 7), rng.integers(10, 60, 7)
    e_t, e_c = rng.binomial(n_t, 0.2), rng.binomial(n_c, 0.1)
    rows = {
        "study": [f"s{i}" for i in range(7)] * 2,
        "treatment": ["x"] * 7 + ["sham"] * 7,
        "events": [*e_t, *e_c],
        "n": [*n_t, *n_c],
    }
    net, pair = network_mh(rows, reference="sham", better="higher"), mantel_haenszel("OR", e_t, n_t, e_c, n_c)
    assert net.estimates.loc["x", "sham"] == pytest.approx(pair.estimate, rel=1e-10)
    assert net.se.loc["x", "sham"] == pytest.approx(pair.se, rel=1e-10)


def test_mantel_haenszel_covariance_of_three_arms_against_simulation():
    rng = np.random.default_rng(1)
    n = np.tile([30.0, 40.0, 25.0], (15, 1))
    base, effect = rng.uniform(0.05, 0.3, 15), np.array([0.0, 0.5, -0.3])
    risk = 1 / (1 + np.exp(-(np.log(base / (1 - base))[:, None] + effect)))
    seen = [generalised_mantel_haenszel(rng.binomial(n.astype(int), risk).astype(float), n) for _ in range(1500)]
    estimates, variances = np.array([s[0] for s in seen]), np.array([s[1] for s in seen])
    for i, j in ((0, 1), (0, 2), (1, 2)):
        # 1,500 draws give a variance to about 4 %
        assert estimates[:, i, j].var() == pytest.approx(variances[:, i, j].mean(), rel=0.12)
        assert estimates[:, i, j].mean() == pytest.approx(effect[i] - effect[j], abs=0.03)


def test_batch_equals_one_fit_at_a_time():
    rng = np.random.default_rng(5)
    arms = random_arms(rng, 5, 14)
    nets = []
    for _ in range(5):
        moved = {
            s: {t: (e + rng.normal() * 0.3, v * rng.uniform(0.5, 2)) for t, (e, v) in trial.items()}
            for s, trial in arms.items()
        }
        nets.append(network_from_contrasts(*as_contrasts(moved), reference="t0", better="higher"))
    pairs = [n.data.pairs for n in nets]
    fits = fit_batch(nets[0].data, np.array([p.y for p in pairs]), np.array([p.variance for p in pairs]))
    for b, net in enumerate(nets):
        np.testing.assert_allclose(fits.theta[b], net.theta, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(fits.covariance[b], net.covariance, rtol=1e-10, atol=1e-13)
        assert fits.tau2[b] == pytest.approx(net.tau2, rel=1e-10, abs=1e-13)
        np.testing.assert_allclose(fits.p_scores[b], rank(net, draws=1).p_score, rtol=1e-9, atol=1e-12)


def test_batch_without_a_trial_equals_the_network_without_it():
    rng = np.random.default_rng(9)
    arms = random_arms(rng, 4, 12)
    net = network_from_contrasts(*as_contrasts(arms), reference="t0", better="higher")
    y = net.data.pairs.y[None, :].repeat(2, axis=0).copy()
    y[1, net.data.pairs.study == len(arms) - 1] = np.nan
    fits = fit_batch(net.data, y, net.data.pairs.variance)
    less = network_from_contrasts(*as_contrasts(dict(list(arms.items())[:-1])), reference="t0", better="higher")
    np.testing.assert_allclose(fits.theta[1], less.theta, rtol=1e-9, atol=1e-12)
    assert fits.tau2[1] == pytest.approx(less.tau2, rel=1e-9, abs=1e-12)


def test_parametric_bootstrap_spreads_as_the_standard_errors_say(senn):
    fits = bootstrap_network(senn, draws=4000, seed=2, tau2=senn.tau2)
    # with tau2 known the estimates are exactly normal; 4,000 draws give a standard deviation to about 1.1 %
    spread, wanted = fits.theta.std(axis=0), senn.se.loc[:, "plac"].to_numpy()
    np.testing.assert_allclose(spread, wanted, rtol=0.05, atol=1e-12)
    np.testing.assert_allclose(fits.theta.mean(axis=0), senn.theta, atol=0.03)


def test_resampling_trials_counts_networks_that_fall_apart(star, senn):
    assert bootstrap_network(star, draws=200, kind="trials").failed > 100
    fits = bootstrap_network(senn, draws=300, kind="trials")
    assert 0 < fits.failed < 300
    assert np.isnan(fits.ranks[np.isnan(fits.tau2)]).all()


def test_simulated_coverage_is_near_nominal(linde):
    frame = simulate_network(linde, draws=400, seed=1).to_frame()
    # 400 draws: three Monte Carlo standard errors are 3.3 %
    assert (frame["coverage"] > 0.90).all()
    assert (frame["bias"].abs() < 0.08).all()


def test_simulated_trials_vary_as_much_as_they_are_told_to():
    k = 60
    rows = pd.DataFrame(
        {
            "study": [f"s{i}" for i in range(k) for _ in "ab"],
            "treatment": ["x", "sham"] * k,
            "events": [200, 150] * k,
            "n": [500, 500] * k,
        }
    )
    net = network(rows, measure="OR", reference="sham", better="higher")
    fits = simulate_network(net, tau2=0.2, draws=200, seed=4, reference_risk=0.3).fits
    # 200 estimates of tau2, each with a standard error of about 0.2 * sqrt(2 / 59) = 0.04
    assert fits.tau2.mean() == pytest.approx(0.2, abs=0.012)


def test_printed_ratios_join_counts():
    rows = pd.DataFrame({"study": ["A", "A"], "treatment": ["x", "sham"], "events": [8, 4], "n": [20, 20]})
    more = pd.DataFrame(
        {"study": ["B"], "treat1": ["y"], "treat2": ["sham"], "yi": [np.log(3.0)], "se": [0.5], "measure": ["OR"]}
    )
    same_measure = network(rows, measure="OR", reference="sham", contrasts=more, better="higher")
    assert same_measure.estimates.loc["y", "sham"] == pytest.approx(np.log(3.0))
    converted = network(rows, measure="RR", reference="sham", contrasts=more, comparator_risk=0.2, better="higher")
    # risk 0.2, odds ratio 3: odds 0.75, risk 3/7, risk ratio 15/7
    assert converted.estimates.loc["y", "sham"] == pytest.approx(np.log(15 / 7))
    # delta method: se times 1 - (risk in the treated arm) ... (1 - 0.2) / (1 - 0.2 + 0.2 * 3) = 4/7
    assert converted.se.loc["y", "sham"] == pytest.approx(0.5 * 4 / 7)
    assert "comparator risk of 20 %" in converted.data.notes[0]
    assert rank(converted).frame.set_index("treatment").loc["y", "note"].startswith("patients unknown")


def test_zero_rule_of_metafor_adds_to_both_cells():
    rows = pd.DataFrame({"study": ["A", "A"], "treatment": ["x", "sham"], "events": [3, 0], "n": [20, 20]})
    once = network(rows, measure="RR", reference="sham", better="higher")
    twice = network(
        rows, measure="RR", reference="sham", zero=network_module.ZeroRule(convention="metafor"), better="higher"
    )
    assert once.estimates.loc["x", "sham"] == pytest.approx(np.log(3.5 / 0.5))
    assert once.se.loc["x", "sham"] == pytest.approx(np.sqrt(1 / 3.5 + 1 / 0.5 - 2 / 20.5))
    assert twice.se.loc["x", "sham"] == pytest.approx(np.sqrt(1 / 3.5 + 1 / 0.5 - 2 / 21))


def test_splits_carry_the_intervals_of_the_network(senn):
    frame = node_split(senn)
    for kind in ("direct", "indirect", "network"):
        half = senn.critical * frame[f"{kind}_se"]
        np.testing.assert_allclose(frame[f"{kind}_low"], frame[kind] - half)
        np.testing.assert_allclose(frame[f"{kind}_high"], frame[kind] + half)
    row = frame[(frame["treat1"] == "rosi") & (frame["treat2"] == "plac")].iloc[0]
    assert row["network_low"] == pytest.approx(senn.ci_low.loc["rosi", "plac"])


def test_cumulative_ranks_end_at_one_and_give_sucra(senn):
    ranking = rank(senn)
    cumulative = ranking.cumulative_probabilities
    np.testing.assert_allclose(cumulative.iloc[:, -1], 1.0)
    # SUCRA by its definition, from draws: 0.02 is several Monte Carlo errors
    np.testing.assert_allclose(cumulative.iloc[:, :-1].mean(axis=1), ranking.sucra, atol=0.02)


def test_pseudo_limits_open_with_the_standard_error(senn):
    frame = comparison_adjusted_funnel(senn)
    limits = pseudo_limits(frame, 0.95)
    assert limits["se"].tolist() == [0.0, frame["se"].max()]
    assert limits["high"].iloc[1] == pytest.approx(1.959963984540054 * frame["se"].max())
    with pytest.raises(InvalidInputError):
        pseudo_limits(frame, 1.0)


def test_limits_of_splits_and_funnel(senn):
    frame = network_module.node_split(senn)
    for kind in ("direct", "indirect", "network"):
        half = senn.critical * frame[f"{kind}_se"]
        np.testing.assert_allclose(frame[f"{kind}_low"], frame[kind] - half)
        np.testing.assert_allclose(frame[f"{kind}_high"], frame[kind] + half)
    funnel = comparison_adjusted_funnel(senn)
    limits = network_module.pseudo_limits(funnel)
    assert limits["high"].iloc[-1] == pytest.approx(1.959964 * funnel["se"].max(), rel=1e-6)
    assert (limits["low"] == -limits["high"]).all()
    cumulative = rank(senn, draws=100).cumulative_probabilities
    np.testing.assert_allclose(cumulative.iloc[:, -1], 1.0)
