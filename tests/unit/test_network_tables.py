"""What the tables of a network say, each number again by another way."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from definitions.network_naive import as_contrasts, random_arms
from scipy.stats import chi2, norm

import tmsmeta as tm
from tmsmeta.networks import decompose, network_from_contrasts, node_split, pseudo_limits, rank
from tmsmeta.networks.input import independent_contrasts

LEVEL = 0.9


def fitted(arms, **options):
    return network_from_contrasts(
        *as_contrasts(arms), **{"reference": "t0", "better": "higher", "level": LEVEL} | options
    )


@pytest.fixture(params=[1, 2])
def arms(request):
    return random_arms(np.random.default_rng(request.param), 5, 24)


@pytest.fixture
def net(arms):
    return fitted(arms, tau2=0.1)


def parts_of(rows):
    arms = pd.DataFrame(rows, columns=["study", "treatment", "events", "n"])
    return tm.network(arms, measure="OR", reference="P", better="higher", level=LEVEL)


ROWS = [("1", "A", 9, 40), ("1", "P", 4, 40), ("2", "A+B", 12, 40), ("2", "A", 8, 40), ("3", "A+B", 14, 50),
        ("3", "B", 9, 50), ("4", "B", 9, 50), ("4", "P", 6, 50)]  # fmt: skip


def tables(net):
    model = tm.components(parts_of(ROWS), inactive="P")
    x = pd.DataFrame({"study": net.data.studies, "x": np.arange(len(net.data.studies)) / 10})
    regression = tm.network_regression(net, x, interaction="shared")
    return {
        "components": model.components,
        "combinations": model.combinations,
        "slopes": regression.slopes,
        "effects": regression.effects(),
    }


@pytest.mark.parametrize("name", ["components", "combinations", "slopes", "effects"])
def test_intervals_and_p_values_follow_from_estimates_and_their_errors(net, name):
    table = tables(net)[name]
    table = table[table["se"] > 0]
    z = norm.ppf(0.5 + LEVEL / 2)
    assert len(table)
    np.testing.assert_allclose(table["ci_low"], table["estimate"] - z * table["se"], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(table["ci_high"], table["estimate"] + z * table["se"], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(table["p_value"], 2 * norm.sf(np.abs(table["estimate"] / table["se"])), rtol=1e-12)


@pytest.mark.parametrize("method", ["back-calculation", "side-splitting"])
def test_a_split_has_the_p_value_and_the_limits_of_its_numbers(net, method):
    found = node_split(net, method=method, show="both")
    assert len(found) >= 3
    ratio = found["difference"] / found["difference_se"]
    np.testing.assert_allclose(found["p_value"], 2 * norm.sf(np.abs(ratio)), rtol=1e-12)
    np.testing.assert_allclose(found["difference"], found["direct"] - found["indirect"], rtol=1e-12)
    for kind in ("direct", "indirect", "network"):
        half = norm.ppf(0.5 + LEVEL / 2) * found[f"{kind}_se"]
        np.testing.assert_allclose(found[f"{kind}_low"], found[kind] - half, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(found[f"{kind}_high"], found[kind] + half, rtol=1e-12, atol=1e-12)
    at = {name: place for place, name in enumerate(net.treatments)}
    for row in found.itertuples():
        i, j = at[row.treat1], at[row.treat2]
        assert row.k == net.direct_trials[i, j] > 0
        assert (row.network, row.network_se) == pytest.approx((net.effect_matrix[i, j], net.se_matrix[i, j]))
        assert row.treat1 != "t0"


def by_design(arms):
    designs: dict[tuple[str, ...], dict] = {}
    for study, trial in arms.items():
        designs.setdefault(tuple(sorted(trial)), {})[study] = trial
    return designs


def test_heterogeneity_of_a_design_is_that_of_a_network_of_its_trials(arms, net):
    found = decompose(net).designs.set_index("design")
    designs = by_design(arms)
    assert set(found.index) == {":".join(design) for design in designs}
    for design, trials in designs.items():
        row = found.loc[":".join(design)]
        assert row["trials"] == len(trials)
        assert row["df"] == (len(trials) - 1) * (len(design) - 1)
        if len(trials) > 1:
            alone = fitted(trials, reference=design[0], tau2="FE")
            assert (row["q"], row["p_value"]) == pytest.approx((alone.q, alone.q_p), rel=1e-9)
        else:
            assert np.isnan(row["q"])
            assert "one trial only" in row["note"]


def test_a_detached_design_leaves_the_inconsistency_of_the_other_trials(arms, net):
    found = decompose(net).detached.set_index("design")
    seen = 0
    for design, trials in by_design(arms).items():
        rest = {study: trial for study, trial in arms.items() if study not in trials}
        row = found.loc[":".join(design)]
        if len({t for trial in rest.values() for t in trial}) < len(net.treatments):
            continue
        other = fitted(rest, tau2="FE")
        assert row["df"] == other.q_inconsistency_df
        if row["df"]:
            assert row["q"] == pytest.approx(other.q_inconsistency, rel=1e-9)
            assert row["p_value"] == pytest.approx(chi2.sf(row["q"], row["df"]), rel=1e-9)
            seen += 1
    assert seen >= 3


def test_parts_of_q_add_up(net):
    found = decompose(net)
    parts = found.to_frame().set_index("source")
    assert (found.total.q, found.total.df) == (net.q, net.q_df)
    assert found.total.q == pytest.approx(found.within.q + found.between.q, rel=1e-9)
    assert found.total.df == found.within.df + found.between.df
    for part in (found.total, found.within, found.between, found.random):
        assert part.p_value == pytest.approx(chi2.sf(part.q, part.df), rel=1e-9)
    assert parts["p_value"].notna().all()
    assert found.tau2_within == pytest.approx(
        max(0.0, (found.within.q - found.within.df) / net.within.moment), rel=1e-12
    )


def test_multi_arm_designs_have_three_arms_or_more(arms, net):
    found = dict(tm.geometry(net).multi_arm_designs)
    assert found == {d: len(trials) for d, trials in by_design(arms).items() if len(d) > 2}


@pytest.mark.parametrize("better", ["higher", "lower"])
@pytest.mark.parametrize("margin", [0.0, 0.2])
def test_the_best_beyond_a_margin_of_two_treatments_is_a_normal_tail(better, margin):
    net = network_from_contrasts(["s"], ["a"], ["b"], [0.5], [0.25], reference="b", better=better)
    found = rank(net, margin=margin, draws=40_000).p_best_beyond
    sign = 1.0 if better == "higher" else -1.0
    wanted = [norm.sf((margin - sign * 0.5) / 0.25), norm.sf((margin + sign * 0.5) / 0.25)]
    np.testing.assert_allclose(found, wanted, atol=0.01)  # 40,000 draws: the standard error is 0.0025 at most


def test_pseudo_limits_know_their_level():
    trials = pd.DataFrame({"se": [0.2, 0.5]})
    np.testing.assert_allclose(pseudo_limits(trials, 0.8)["high"], [0.0, 0.5 * norm.ppf(0.9)], rtol=1e-12)
    for level in (0.0, 1.0, 95):
        with pytest.raises(tm.InvalidInputError, match="level"):
            pseudo_limits(trials, level)


@pytest.mark.parametrize(("pairs", "share"), [(["ab"], ""), (["ab", "ac", "bc"], "which carries 67% of the estimate")])
def test_a_link_of_direct_trials_alone_does_not_say_their_share(pairs, share):
    study = [f"s{i}" for i in range(len(pairs))]
    one, two = zip(*pairs, strict=True)
    net = network_from_contrasts(
        study, list(one), list(two), [0.1] * len(pairs), [0.2] * len(pairs), reference="a", better="higher", tau2="FE"
    )
    said = tm.networks.linkage(net, "a", "b").sentence()
    assert share in said
    assert ("of the estimate" in said) == bool(share)


def test_every_pair_of_the_long_table_is_that_of_the_matrices(net):
    found = net.to_frame()
    pairs = list(combinations(net.treatments, 2))
    assert list(zip(found["treat1"], found["treat2"], strict=True)) == pairs
    for name, matrix in (
        ("estimate", net.estimates), ("se", net.se), ("ci_low", net.ci_low), ("ci_high", net.ci_high),
        ("prediction_low", net.prediction_low), ("prediction_high", net.prediction_high),
    ):  # fmt: skip
        np.testing.assert_allclose(found[name], [matrix.loc[pair] for pair in pairs], rtol=1e-12, err_msg=name)


COUNTS = pd.DataFrame(
    [
        ("1", "P", 4, 40), ("1", "A", 9, 42), ("2", "P", 5, 50), ("2", "A", 8, 45), ("2", "B", 11, 48),
        ("3", "A", 6, 30), ("3", "B", 9, 31), ("4", "B", 12, 60), ("4", "C", 15, 61), ("5", "P", 3, 38),
        ("5", "A", 7, 37), ("6", "D", 7, 33), ("6", "C", 5, 35), ("7", "P", 6, 41), ("7", "A", 8, 40),
        ("7", "B", 9, 44),
    ],
    columns=["study", "treatment", "events", "n"],
)  # fmt: skip


@pytest.fixture
def counted(request):
    return tm.network(COUNTS, measure="OR", reference="P", better="lower", tau2=0.05, level=LEVEL)


def members(study):
    return set(COUNTS.loc[COUNTS["study"] == study, "treatment"])


def test_the_graph_counts_what_the_arms_hold(counted):
    graph = tm.geometry(counted)
    nodes = graph.nodes.set_index("treatment")
    studies = sorted(set(COUNTS["study"]))
    for name, arms in COUNTS.groupby("treatment"):
        beside = {t for s in studies if name in members(s) for t in members(s)} - {name}
        row = nodes.loc[name]
        assert (row["trials"], row["patients"], row["events"]) == (len(arms), arms["n"].sum(), arms["events"].sum())
        assert row["degree"] == len(beside)
        assert set(graph.neighbours[name]) == beside
    assert len(graph.edges) == len({frozenset(p) for s in studies for p in combinations(sorted(members(s)), 2)})
    for edge in graph.edges.itertuples():
        both = [s for s in studies if {edge.treat1, edge.treat2} <= members(s)]
        arms = COUNTS[COUNTS["study"].isin(both) & COUNTS["treatment"].isin([edge.treat1, edge.treat2])]
        assert (edge.trials, edge.patients, set(edge.studies)) == (len(both), arms["n"].sum(), set(both))
    assert (graph.trials, graph.multi_arm, graph.designs) == (7, 2, 5)
    assert dict(graph.multi_arm_designs) == {("A", "B", "P"): 2}
    # P-A-B is a loop of edges, and one of designs: A against P, A against B and the three arms together
    assert (graph.loops, graph.independent_loops) == (1, 2)
    assert set(map(frozenset, graph.bridges)) == {frozenset("BC"), frozenset("CD")}
    assert set(graph.critical_trials) == {"4", "6"}
    assert {(a, b, s) for a, b, s in graph.single_trial} == {("B", "C", "4"), ("C", "D", "6")}
    assert graph.only_neighbour == {"D": "C"}
    assert graph.in_short() == (
        "5 treatments, 5 direct comparisons, 7 trials (2 with more than two arms) in 5 designs; 2 independent loops, "
        "2 bridges."
    )
    assert graph.to_dict()["multi_arm_designs"] == [{"treatments": ["A", "B", "P"], "trials": 2}]


def test_supports_name_what_a_treatment_hangs_on(counted):
    table = tm.networks.supports(counted, {"C": "Cee", "D": "Dee"}).set_index("treatment")
    assert table["critical_trials"].to_dict() == {"A": (), "B": (), "C": ("4",), "D": ("4", "6"), "P": ()}
    assert table["only_neighbour"].to_dict() == {"A": "", "B": "", "C": "", "D": "C", "P": ""}
    assert table.loc["D", "statement"] == (
        "Dee: 1 trial; compared with Cee only, so every other comparison of it is indirect; cut off from the reference "
        "without 4 or without 6."
    )
    assert table.loc["A", "statement"] == "A: 5 trials."


def test_a_ranking_has_every_number_in_its_column(counted):
    ranking = rank(counted, draws=4000, seed=5)
    frame = ranking.frame.set_index("treatment")
    assert list(frame["p_score"]) == sorted(ranking.p_score, reverse=True)
    assert frame.index[0] == ranking.best
    g, z = counted.index("P"), norm.ppf(0.5 + LEVEL / 2)
    chances = np.cumsum(ranking.probabilities, axis=1)
    for at, name in enumerate(counted.treatments):
        row = frame.loc[name]
        estimate, se = counted.effect_matrix[at, g], counted.se_matrix[at, g]
        assert (row["estimate"], row["se"]) == (estimate, se)
        assert (row["ci_low"], row["ci_high"]) == pytest.approx((estimate - z * se, estimate + z * se))
        assert row["ratio_low"] == pytest.approx(np.exp(estimate - z * se))
        assert row["ratio_high"] == pytest.approx(np.exp(estimate + z * se))
        assert (row["p_best"], row["p_best_beyond"]) == (ranking.probabilities[at, 0], ranking.p_best_beyond[at])
        for column, share in (("median_rank", 0.5), ("rank_low", 0.05), ("rank_high", 0.95)):
            assert row[column] == 1 + next(r for r in range(5) if chances[at, r] >= share - 1e-12)
        assert row["sucra_low"] <= row["sucra"] <= row["sucra_high"]
        assert row["mean_rank"] == pytest.approx(5 - 4 * row["sucra"])
        arms = COUNTS[COUNTS["treatment"] == name]
        assert (row["trials"], row["patients"]) == (len(arms), arms["n"].sum())
        assert row["note"] == ("the reference itself: no effect against it, no direct share" if name == "P" else "")
        if name == "P":
            assert np.isnan(row["direct_share"])
        else:
            assert row["direct_share"] == counted.direct_share.loc[name, "P"]
    np.testing.assert_allclose(ranking.cumulative_probabilities, chances)
    # quantiles of SUCRA over 4,000 networks drawn anew: an interval of 90% leaves a twentieth on either side
    draws = np.random.default_rng(1).multivariate_normal(counted.theta, counted.covariance, 4000)
    se = np.where(counted.se_matrix > 0, counted.se_matrix, 1.0)
    chance = norm.cdf((draws[:, None, :] - draws[:, :, None]) / se)  # lower is better
    sucra = (chance.sum(axis=2) - 0.5) / 4
    wanted = np.quantile(sucra, [0.05, 0.95], axis=0)
    np.testing.assert_allclose(ranking.sucra_limits, wanted, atol=0.05)


def test_direct_evidence_of_a_league_is_that_of_the_trials_of_each_pair(counted):
    found = tm.league_table(counted).direct.set_index(["row", "column"])
    z = norm.ppf(0.5 + LEVEL / 2)
    assert len(found) == 10
    for one, other in (("B", "C"), ("D", "C")):
        study = next(s for s in "123456" if members(s) == {one, other})
        arms = COUNTS[COUNTS["study"] == study].set_index("treatment")
        events = arms.loc[[one, other], "events"].to_numpy()
        rest = arms.loc[[one, other], "n"].to_numpy() - events
        estimate = np.log(events[0] * rest[1] / (events[1] * rest[0]))
        half = z * np.sqrt((1 / events + 1 / rest).sum() + 0.05)
        for pair, sign in (((one, other), 1), ((other, one), -1)):
            row = found.loc[pair]
            assert row["estimate"] == pytest.approx(sign * estimate)
            assert (row["ci_low"], row["ci_high"]) == pytest.approx((sign * estimate - half, sign * estimate + half))
            assert row["trials"] == 1


@pytest.mark.parametrize("centre", ["network", "direct"])
def test_a_funnel_turns_every_comparison_to_its_order(counted, centre):
    order = ["C", "P", "A", "D", "B"]
    found = tm.comparison_adjusted_funnel(counted, order, centre=centre)
    assert len(found) == sum(len(list(combinations(members(s), 2))) for s in "1234567")
    for row in found.itertuples():
        assert order.index(row.treat1) > order.index(row.treat2)
        arms = COUNTS[COUNTS["study"] == row.study].set_index("treatment")
        events = arms.loc[[row.treat1, row.treat2], "events"].to_numpy()
        rest = arms.loc[[row.treat1, row.treat2], "n"].to_numpy() - events
        assert row.estimate == pytest.approx(np.log(events[0] * rest[1] / (events[1] * rest[0])))
        assert row.se == pytest.approx(np.sqrt((1 / events + 1 / rest).sum()))
        assert row.adjusted == pytest.approx(row.estimate - row.centre)
        assert row.arms == len(members(row.study))
        if centre == "network":
            assert row.centre == pytest.approx(counted.estimates.loc[row.treat1, row.treat2])
        elif {row.treat1, row.treat2} in ({"B", "C"}, {"C", "D"}):
            assert row.centre == pytest.approx(row.estimate)


def test_every_answer_gives_its_table_and_says_itself(counted):
    contributions, heat = tm.contributions(counted), tm.net_heat(counted)
    ranking, league = rank(counted, draws=500), tm.league_table(counted)
    assert league.to_frame() is league.frame
    assert ranking.to_frame() is ranking.frame
    parts = decompose(counted)
    order = tm.partial_order({"one": counted, "two": counted.refit(tau2="FE")})
    for answer in (contributions, heat, ranking, league, parts, order, tm.geometry(counted), counted):
        table = getattr(answer, "to_frame", None)
        if table is not None:
            assert len(table()) > 0
        said = [answer.in_short()] if hasattr(answer, "in_short") else [answer.result_sentence()]
        said += [answer.methods_sentence()] if hasattr(answer, "methods_sentence") else []
        for text in said:
            assert text
            assert "None" not in text
            assert "nan" not in text
    assert league.to_csv().splitlines()[0].startswith("row,column,estimate")
    assert len(league.to_text().splitlines()) == 7
    assert league.to_html().count("<th scope") == 10


def test_tables_have_the_columns_that_are_documented_and_rows_from_0_on(counted):
    x = pd.DataFrame({"study": counted.data.studies, "x": np.arange(7) / 10})
    regression, model = tm.network_regression(counted, x), tm.components(counted, inactive="P")
    league, order = tm.league_table(counted), list("PABCD")
    both = node_split(counted, show="both")
    found = [
        (both, "treat1 treat2 k direct direct_se indirect indirect_se network network_se difference difference_se "
         "p_value direct_share note direct_low direct_high indirect_low indirect_high network_low network_high"),
        (counted.to_frame(), "treat1 treat2 estimate se ci_low ci_high prediction_low prediction_high trials "
         "direct_share note"),
        (league.frame, "row column estimate ci_low ci_high se trials direct_share outcome ratio ratio_low ratio_high"),
        (league.direct, "row column estimate ci_low ci_high trials"),
        (decompose(counted).to_frame(), "source q df p_value note"),
        (decompose(counted).designs, "design trials q df p_value note"),
        (decompose(counted).detached, "design q df p_value note"),
        (regression.slopes, "treatment covariate estimate se ci_low ci_high p_value note"),
        (regression.effects(), "treatment estimate se ci_low ci_high p_value note"),
        (regression.tests, "covariate q df p_value note"),
        (model.components, "component estimate se ci_low ci_high p_value note trials"),
        (tm.networks.supports(counted), "treatment trials neighbours only_neighbour critical_trials statement"),
        (tm.comparison_adjusted_funnel(counted, order), "study treat1 treat2 estimate se centre adjusted arms"),
        (pseudo_limits(tm.comparison_adjusted_funnel(counted, order)), "se low high"),
        (tm.geometry(counted).nodes, "treatment trials patients events degree"),
        (tm.geometry(counted).edges, "treat1 treat2 trials patients studies"),
    ]  # fmt: skip
    for table, columns in found:
        assert list(table.columns) == columns.split(), columns
        assert list(table.index) == list(range(len(table)))
    assert len(both) < len(node_split(counted, show="direct")) < len(node_split(counted)) == 10
    assert node_split(counted)["note"].str.contains("cannot be tested").sum() == 10 - len(both)


def test_of_two_treatments_neither_is_said_to_be_compared_with_one_only():
    net = network_from_contrasts(["s", "r"], ["a"] * 2, ["b"] * 2, [0.5, 0.2], [0.2] * 2, reference="b", better="lower")
    assert tm.networks.supports(net)["statement"].tolist() == ["a: 2 trials.", "b: 2 trials."]
    assert tm.networks.supports(net)["only_neighbour"].tolist() == ["b", "a"]


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("tau2", ["DL", "ML", "REML"])
def test_the_unit_of_the_effects_does_not_matter(arms, tau2, small, monkeypatch):
    if not small:
        monkeypatch.setattr(independent_contrasts, "DENSE_CELLS", 0)
    plain = fitted(arms, tau2=tau2)
    for unit in (2.0**-20, 2.0**20):
        scaled = {s: {t: (e * unit, v * unit**2) for t, (e, v) in trial.items()} for s, trial in arms.items()}
        other = fitted(scaled, tau2=tau2)
        assert other.data.rows.is_small == small
        assert other.fit.tau2 / unit**2 == pytest.approx(plain.fit.tau2, rel=1e-7, abs=1e-9)
        np.testing.assert_allclose(other.theta / unit, plain.theta, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("reference", ["A", "A+B"])
def test_combinations_are_set_against_the_reference_whether_it_has_an_effect_or_not(reference):
    arms = pd.DataFrame(ROWS, columns=["study", "treatment", "events", "n"])
    net = tm.network(arms, measure="OR", reference=reference, better="higher")
    table = tm.components(net, inactive="P").combinations.set_index("treatment")
    plain = tm.components(parts_of(ROWS), inactive="P").combinations.set_index("treatment")
    for name in table.index:
        wanted = plain.loc[name, "estimate"] - plain.loc[reference, "estimate"]
        assert table.loc[name, "estimate"] == pytest.approx(wanted, rel=1e-9, abs=1e-12)
    assert table.loc[reference, "se"] == pytest.approx(0.0, abs=1e-9)
