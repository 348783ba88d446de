"""Networks against netmeta 2.8-1 and, for REML, against the likelihood of metafor's rma.mv."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import numbers, reference, same

from tmsmeta.networks import contributions, decompose, network, network_from_contrasts, node_split, rank

NAMES = (
    "network_dogliotti2014_OR",
    "network_linde2015_response_OR",
    "network_senn2013",
    "network_smoking_OR",
    "network_smoking_RR",
)
EXACT = 1e-10
"""The same closed formulas in double precision; the condition of the weight matrices costs a few of 15 digits."""
RESTRICTED = 1e-6
"""Both programs search the maximum of the likelihood; the reference ran to about eight digits of tau2."""


def build(name, **options):
    r = reference(name)
    d = r["data"]
    better = "lower" if r["pscore"]["small_values"] == "desirable" else "higher"
    return network_from_contrasts(
        d["study"], d["treat1"], d["treat2"], d["TE"], d["seTE"],
        reference=r["reference"], measure=r["sm"], better=better, **options,
    )  # fmt: skip


def matrix(values):
    return np.array([[np.nan if v is None else v for v in row] for row in values], dtype=float)


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def check_dl(net, dl):
    labels = dl["treatments"]
    same(net.tau2, dl["tau2"], EXACT, what="tau2")
    same(net.q, dl["Q"], EXACT, what="Q")
    same(net.q_p, dl["pval"], 1e-9, what="p of Q: a far tail, where a relative error of Q counts many times")
    assert net.q_df == dl["df"]
    same(net.i2, 100 * dl["I2"], EXACT, what="I2 in percent")
    for found, wanted in (
        (net.estimates, "TE_random"),
        (net.se, "se_random"),
        (net.common.estimates, "TE_common"),
        (net.common.se, "se_common"),
    ):
        # differences of nearly equal effects lose digits, hence the absolute part
        same(found.loc[labels, labels], matrix(dl[wanted]), EXACT, what=wanted, atol=1e-13)


def test_common_and_random_effects(name):
    check_dl(build(name), reference(name)["DL"])


def test_arms_give_the_same_network_as_their_contrasts(name):
    r = reference(name)
    if not r["arms"]:
        pytest.skip("the data set has contrasts only")
    net = network(r["arms"], measure=r["sm"], reference=r["reference"], better="higher")
    check_dl(net, r["DL"])


def test_prediction_intervals_use_one_degree_of_freedom_less_than_q(name):
    net, dl = build(name), reference(name)["DL"]
    labels = dl["treatments"]
    for found, wanted in ((net.prediction_low, "pi_lb"), (net.prediction_high, "pi_ub")):
        limits = matrix(dl[wanted])
        np.fill_diagonal(limits, 0.0)
        same(found.loc[labels, labels], limits, EXACT, what=wanted, atol=1e-12)


def test_heterogeneity_and_inconsistency(name):
    net, r = build(name), reference(name)
    dl, parts = r["DL"], r["decomp_design"]
    same(net.q_heterogeneity, dl["Q_het"], EXACT, what="within designs")
    same(net.q_inconsistency, dl["Q_inc"], 1e-9, what="between designs: a difference of two Q")
    assert (net.q_heterogeneity_df, net.q_inconsistency_df) == (dl["df_het"], dl["df_inc"])
    found = decompose(net)
    same(np.sqrt(found.tau2_within), parts["inc_random"]["tau.within"], EXACT, what="tau within designs")
    same(found.random.q, parts["inc_random"]["Q"], 1e-9, what="between designs, random effects")
    same(found.random.p_value, parts["inc_random"]["pval"], 1e-9, what="its p value")
    designs = found.designs
    same(np.sort(designs["q"].fillna(0.0)), np.sort(numbers(parts["het_design"]["Q"])), EXACT, what="each", atol=1e-11)
    assert sorted(designs["df"]) == sorted(parts["het_design"]["df"])


def test_direct_shares(name):
    net = build(name)
    for pair, wanted in reference(name)["DL"]["prop_direct_random"].items():
        a, b = pair.split(":")
        same(net.direct_share.loc[a, b], wanted, EXACT, what=pair)
        same(net.direct_share.loc[b, a], wanted, EXACT, what=pair)


def test_node_splits(name):
    frame, wanted = node_split(build(name)), reference(name)["netsplit_random"]
    frame.index = [f"{a}:{b}" for a, b in zip(frame["treat1"], frame["treat2"], strict=True)]
    frame = frame.loc[wanted["comparison"]]
    for column, key in (
        ("k", "k"), ("direct_share", "prop"), ("direct", "direct"), ("direct_se", "direct_se"),
        ("indirect", "indirect"), ("indirect_se", "indirect_se"), ("difference", "diff"),
        ("difference_se", "diff_se"), ("p_value", "p"),
    ):  # fmt: skip
        same(frame[column], numbers(wanted[key]), EXACT, what=column, atol=1e-13)
    assert (frame["note"].str.len() > 0).tolist() == frame["difference"].isna().tolist()


def test_p_scores(name):
    net, wanted = build(name), reference(name)["pscore"]
    for each, key in ((net, "random"), (net.common, "common")):
        frame = rank(each).frame.set_index("treatment")
        for treatment, score in wanted[key].items():
            same(frame.loc[treatment, "p_score"], score, EXACT, what=treatment, atol=1e-14)


def test_sucra_against_simulation(name):
    """Ours is exact; the reference has 100,000 draws and says about itself that it is good to about 0.003."""
    frame = rank(build(name)).frame.set_index("treatment")
    for treatment, score in reference(name)["sucra_random_mc100k"].items():
        same(frame.loc[treatment, "sucra"], score, 0.0, atol=0.007, what=treatment)


def test_contributions_of_the_random_walk(name):
    wanted = reference(name)["contribution_randomwalk_random"]
    found = contributions(build(name)).matrix.loc[wanted["rows"], wanted["cols"]]
    same(found, matrix(wanted["value"]), EXACT, atol=1e-12)


def test_restricted_likelihood(name):
    net, wanted = build(name, tau2="REML"), reference(name)["REML"]
    labels = wanted["treatments"]
    same(net.tau2, wanted["tau2"], RESTRICTED, what="tau2")
    same(net.estimates.loc[labels, labels], matrix(wanted["TE_random"]), RESTRICTED, what="effects", atol=1e-9)
    same(net.se.loc[labels, labels], matrix(wanted["se_random"]), RESTRICTED, what="se")


def test_trial_without_any_event_is_left_out_with_its_reason():
    r = reference("network_dogliotti2014_OR")
    net = network(r["arms"], measure="OR", reference=r["reference"], better="higher")
    assert [e.study for e in net.data.excluded] == ["WASPO, 2007"]
    assert "no event in any arm" in net.data.excluded[0].reason


def test_zero_cells_of_a_risk_ratio_follow_pairwise():
    """0.5 is added to events and n, not to the non-events: 0/20 against 9/20 gives log(0.5/20.5) - log(9.5/20.5)."""
    r = reference("network_smoking_RR")
    net = network(r["arms"], measure="RR", reference="no_contact", better="higher")
    trial = net.data.trials_frame().query("study == '19'").iloc[0]
    same(abs(trial["yi"]), np.log(9.5 / 0.5), 1e-12)
    assert "2 trials" in net.data.notes[0]
