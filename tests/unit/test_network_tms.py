"""The TMS network from the shipped evidence: what links what, and what the ranking hangs on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tmsmeta import NotAssessable, TmsNetworkSpec, compare_with_published, load_review, tms_network
from tmsmeta.networks import network, partial_order
from tmsmeta.review import Selection, load_evidence, select_arms
from tmsmeta.review.network_stability import network_sensitivity, rank_stability, risk_sensitivity
from tmsmeta.review.other_networks import verdict

# The network of version 0.1: no treatments merged, odds ratios.
FORMER = TmsNetworkSpec(lumping="fine", measure="OR")
LUMPINGS = {
    "coarse": {
        "rtms_hf_left": "rTMS", "rtms_lf_right": "rTMS", "rtms_bilateral": "rTMS", "rtms_mixed": "rTMS",
        "itbs": "iTBS", "itbs_accelerated": "iTBS", "dtms_h1": "Deep TMS", "dtms_h7": "Deep TMS",
    },
    "fine": "none",
    "theta burst together": dict.fromkeys(("itbs", "itbs_accelerated", "ctbs", "tbs_bilateral"), "tbs"),
}  # fmt: skip


@pytest.fixture(scope="module")
def evidence():
    return load_evidence()


@pytest.mark.parametrize("outcome", ["response", "remission"])
@pytest.mark.parametrize("lumping", list(LUMPINGS))
def test_network_uses_the_selected_arms_and_nothing_else(evidence, outcome, lumping):
    found = tms_network(TmsNetworkSpec(outcome=outcome, lumping=lumping, measure="OR"), evidence)
    selection = Selection(outcome=outcome, measure="OR", lump=LUMPINGS[lumping])
    arms = select_arms(evidence, selection).arms
    assert set(found.net.data.studies) | {e.study for e in found.net.data.excluded} == set(arms["study"])
    again = network(arms, measure="OR", reference="sham", better="higher")
    np.testing.assert_allclose(found.net.estimates, again.estimates)
    assert found.net.better == "higher"


def test_the_main_network_asks_which_kind_of_stimulation_does_best_as_risk_ratios(evidence):
    main = load_review().network()
    assert (main.spec.outcome, main.spec.lumping, main.spec.measure) == ("response", "coarse", "RR")
    assert main.spec == tms_network(evidence=evidence).spec
    assert set(main.net.treatments) == {"sham", "rTMS", "iTBS", "Deep TMS"}
    fine = tms_network(FORMER, evidence)
    assert (fine.spec.lumping, fine.net.measure) == ("fine", "OR")


def test_once_daily_theta_burst_is_linked_to_sham_through_one_trial_only(evidence):
    found = tms_network(FORMER, evidence)
    frame = found.supports.set_index("treatment")
    assert frame.loc["itbs", "only_neighbour"] == "rtms_hf_left"
    assert frame.loc["itbs", "critical_trials"] == ("Blumberger (THREE-D) 2018",)
    assert found.net.direct_share.loc["itbs", "sham"] == 0
    text = " ".join(found.statements())
    assert "the link hangs on Blumberger (THREE-D) 2018 alone" in text
    assert "Linked to the other treatments through sham alone" in text


def test_without_a_loop_inconsistency_cannot_be_tested(evidence):
    found = tms_network(FORMER, evidence)
    assert isinstance(found.net.q_inconsistency, NotAssessable)
    assert "Inconsistency cannot be tested" in " ".join(found.statements())
    assert "cannot be tested" in found.report().to_text()


def test_head_to_head_trial_of_deep_tms_closes_a_loop(evidence):
    found = tms_network(replace(FORMER, tiers=("A", "B", "C", "D")), evidence)
    assert found.net.q_inconsistency_df == 1
    link = next(x for x in found.links() if (x.treat1, x.treat2) == ("dtms_h1", "rtms_hf_left"))
    assert link.direct_trials == ("Filipcic 2019",)
    assert any("known only by its RR" in s for s in found.unconverted)


def test_printed_ratios_join_at_an_observed_or_stated_risk(evidence):
    spec = TmsNetworkSpec(lumping="fine", measure="RR", tiers=("A", "B", "C", "D"))
    assert "Filipcic 2019" not in tms_network(spec, evidence).net.data.studies
    observed = tms_network(replace(spec, comparator_risk="observed"), evidence)
    assert "Filipcic 2019" in observed.net.data.studies
    arms = observed.selection.arms.query("treatment == 'rtms_hf_left'")
    risk = arms["events"].sum() / arms["n"].sum()
    assert any(f"{100 * risk:g} %" in note for note in observed.net.data.notes)
    stated = tms_network(replace(spec, comparator_risk={"rtms_hf_left": 0.4}), evidence)
    trial = stated.net.data.trials_frame().query("study == 'Filipcic 2019'").iloc[0]
    assert np.exp(trial["yi"]) == pytest.approx(2.33 / (1 - 0.4 + 0.4 * 2.33))
    own = tms_network(replace(spec, measure="OR"), evidence).net.data.trials_frame()
    printed = own.query("study == 'Filipcic 2019'").iloc[0]
    # 2.33 (1.04 to 5.21)
    assert printed["se"] == pytest.approx(np.log(5.21 / 1.04) / (2 * 1.959964), rel=1e-6)
    assert trial["se"] == pytest.approx(printed["se"] * (1 - 0.4) / (1 - 0.4 + 0.4 * 2.33))


def test_sensitivity_agrees_with_single_networks(evidence):
    frame = network_sensitivity(
        evidence, tiers=[("A", "B", "C")], measures=["OR", "RR"], tau2=["DL"], lumpings=["coarse", "fine"]
    )
    for (lumping, measure), part in frame.groupby(["lumping", "measure"]):
        single = tms_network(TmsNetworkSpec(lumping=lumping, measure=measure), evidence)
        wanted = single.ranking.frame.set_index("treatment")
        for line in part.itertuples():
            assert line.p_score == pytest.approx(wanted.loc[line.treatment, "p_score"])
            assert line.estimate == pytest.approx(wanted.loc[line.treatment, "estimate"], abs=1e-12)
        assert sorted(part["rank"]) == list(range(1, len(part) + 1))
    stable = rank_stability(frame)
    last = frame.groupby(["lumping", "measure"])["rank"].transform("max")
    turned = frame.assign(rank=frame["rank"].where(frame["measure"] == "OR", last + 1 - frame["rank"]))
    for line in rank_stability(turned).itertuples():
        ranks = sorted(
            turned.loc[(turned["lumping"] == line.lumping) & (turned["treatment"] == line.treatment), "rank"]
        )
        assert (line.analyses, line.best_rank, line.worst_rank) == (2, ranks[0], ranks[-1])
    assert stable.groupby("lumping")["times_best"].sum().tolist() == [2, 2]


def test_tiers_that_cannot_make_a_network_are_a_line_with_the_reason(evidence):
    frame = network_sensitivity(evidence, tiers=[("B",)], measures=["OR"], tau2=["DL"], lumpings=["fine"])
    assert len(frame) == 1
    assert frame["note"].iloc[0]


def test_risk_sensitivity_moves_only_what_is_converted(evidence):
    frame = risk_sensitivity(evidence, TmsNetworkSpec(lumping="fine", measure="RR"), factors=(0.5, 1.5))
    spread = frame.pivot(index="treatment", columns="risk_factor", values="estimate")
    moved = (spread[0.5] - spread[1.5]).abs()
    assert moved["dtms_h1"] > 0.01
    assert moved["sham"] == 0


def test_published_networks_are_set_beside_ours(evidence):
    frame = compare_with_published(evidence=evidence).set_index("result_id")
    wanted = {"Brunoni (network)", "Mutz", "Mutz (network)", "Li H (network)", "Li J (network)"}
    assert set(frame["review"]) == wanted
    assert set(frame["verdict"]) <= {"same", "compatible", "different", "not comparable"}
    line = frame.loc["mutz2019_itbs"]
    single = tms_network(FORMER, evidence).net
    assert line["ours"] == pytest.approx(np.exp(single.estimates.loc["itbs", "sham"]))
    assert "indirect" in line["why"]
    assert (frame["why"].str.len() > 20).all()


@pytest.mark.parametrize(
    ("published", "ours", "wanted"),
    [
        ((2.0, 1.0, 4.0), (2.5, 1.2, 5.0), "same"),
        ((2.0, 1.5, 2.7), (4.0, 2.5, 6.0), "compatible"),
        ((2.0, 1.9, 2.1), (2.2, 1.0, 5.0), "compatible"),
        ((2.0, 1.5, 2.7), (4.0, 3.0, 6.0), "different"),
        ((2.0, None, None), (2.5, 1.2, 5.0), "same"),
        ((9.0, None, None), (2.5, 1.2, 5.0), "different"),
    ],
)
def test_verdicts(published, ours, wanted):
    line = dict(zip(("published", "published_low", "published_high"), published, strict=True))
    assert verdict(line, *ours) == wanted


def test_partial_order_over_response_and_remission(evidence):
    order = partial_order(
        {name: tms_network(replace(FORMER, outcome=name), evidence).net for name in evidence.outcome_names}
    )
    assert order.outcomes == ("response", "remission")
    assert order.levels[-1] == ("sham",)
    assert "rtms_bilateral" in order.left_out
