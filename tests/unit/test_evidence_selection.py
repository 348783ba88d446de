"""Which trials an analysis uses: lists written by hand from the rules of the evidence, independent of the code."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest

from tmsmeta.errors import InvalidInputError, UnknownOptionError
from tmsmeta.review import Evidence, Selection, load_evidence, select_arms, standard_selections
from tmsmeta.review.selecting.apply import select
from tmsmeta.review.selecting.reasons import LEFT_OUT_COLUMNS

# Written by hand: arm rows of tiers A to C, one end-of-course time point, groups adult, late_life, vascular and
# veterans, with an active and a sham arm. events/n active, events/n sham, tier (the worst of the rows).
MAIN_RESPONSE = {
    "avery2006": (11, 35, 2, 33, "A"),
    "cole2022": (10, 14, 2, 15, "C"),
    "fitzgerald2006": (13, 25, 2, 25, "C"),
    "garciatoro2001": (5, 20, 1, 20, "C"),
    "holtzheimer2004": (2, 7, 1, 8, "C"),
    "jorge2008_exp1": (5, 15, 1, 15, "C"),
    "jorge2008_exp2": (13, 33, 2, 29, "C"),
    "kauffmann2004": (4, 7, 2, 5, "C"),
    "klein1999": (17, 35, 8, 32, "A"),
    "kratter2026": (13, 24, 6, 24, "A"),
    "levkovitz2015": (29, 79, 17, 83, "C"),
    "manes2001": (3, 10, 3, 10, "C"),
    "mogg2008": (9, 28, 3, 29, "C"),
    "pallanti2010": (11, 40, 2, 20, "C"),
    "rossini2005": (16, 36, 1, 16, "C"),
    "su2005": (12, 20, 1, 10, "A"),
    "zheng2010": (12, 19, 1, 15, "C"),
}
MAIN_REMISSION = {
    "avery2006": (7, 35, 1, 33, "A"),
    "george2010": (13, 92, 5, 98, "A"),
    "jorge2008_exp1": (2, 15, 1, 15, "C"),
    "kaster2018": (10, 25, 4, 27, "A"),
    "kratter2026": (12, 24, 5, 24, "A"),
    "levkovitz2015": (24, 79, 12, 83, "C"),
    "mogg2008": (7, 28, 3, 29, "C"),
    "yesavage2018": (33, 81, 31, 83, "C"),
}
ONLY_BY_RATIO = {"boutros2002", "fitzgerald2003", "garciatoro2006", "george2010", "oreardon2007", "stern2007"}
WIDER = {
    "response": {"huang2012", "mcgirr2021", "tavares2017", "tavares2021mixed", "wang2017_firstepisode"},
    "remission": {"huang2012", "tavares2021mixed", "wang2017_firstepisode"},
}
APART = {"adolescents, apart": {"adol_lfrtms_2020", "croarkin2021"}, "perinatal, apart": {"kim2019"}}
MAIN = {"response": MAIN_RESPONSE, "remission": MAIN_REMISSION}


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return load_evidence()


def reason_of(left_out: pd.DataFrame, trial: str, table: str = "arms") -> str:
    found = left_out[(left_out["trial_id"] == trial) & (left_out["table"] == table)]
    assert len(found), trial
    return " / ".join(dict.fromkeys(found["reason"]))


def edited(evidence: Evidence, rows: list[dict[str, Any]]) -> Evidence:
    """The evidence with further arm rows, for cases that the shipped set does not have."""
    blank = {name: None if str(kind) in ("Int64", "float64") else "" for name, kind in evidence.arms.dtypes.items()}
    more = pd.DataFrame([{**blank, **row} for row in rows], index=range(900, 900 + len(rows)))
    arms = pd.concat([evidence.arms, more.astype(evidence.arms.dtypes.to_dict())])
    return replace(evidence, arms=arms)


def arm(trial: str, name: str, node: str, events: int, n: int, **more: Any) -> dict[str, Any]:
    return {
        "trial_id": trial,
        "arm": name,
        "treatment": node,
        "outcome": "response",
        "timepoint": "end",
        "events": events,
        "n": n,
        "tier": "A",
        "source_id": "avery2006-abstract",
        "locator": "here",
        **more,
    }


@pytest.mark.parametrize("outcome", ["response", "remission"])
def test_main_analysis_has_the_trials_and_counts_listed_by_hand(evidence: Evidence, outcome: str) -> None:
    chosen = select(evidence, Selection(outcome=outcome))
    counts = chosen.trials.set_index("trial_id")[["events_t", "n_t", "events_c", "n_c", "tier"]]
    assert {trial: tuple(row) for trial, row in zip(counts.index, counts.values.tolist(), strict=True)} == MAIN[outcome]
    assert chosen.contrasts.empty
    assert chosen.k == len(MAIN[outcome])
    assert chosen.patients == sum(row[1] + row[3] for row in MAIN[outcome].values())


@pytest.mark.parametrize("outcome", ["response", "remission"])
def test_sensitivity_selections_follow_from_the_hand_lists(evidence: Evidence, outcome: str) -> None:
    chosen = {name: select(evidence, spec) for name, spec in standard_selections(outcome).items()}
    main = MAIN[outcome]
    tier_a = {trial for trial, row in main.items() if row[4] == "A"}
    ids = {name: set(result.trials["trial_id"]) for name, result in chosen.items()}
    assert ids["main (tiers A to C)"] == set(main)
    assert ids["tier A only"] == tier_a
    # The only trial of tier B, Blumberger 2018, has no sham arm.
    assert ids["tiers A and B"] == tier_a
    assert ids["tiers A to D"] == set(main)
    assert set(chosen["tiers A to D"].contrasts["trial_id"]) == (ONLY_BY_RATIO if outcome == "response" else set())
    assert ids["with bipolar, mixed and first-episode"] == set(main) | WIDER[outcome]
    for name, trials in APART.items():
        assert ids[name] == trials


def test_ratios_join_only_on_their_own_measure(evidence: Evidence) -> None:
    tiers = ("A", "B", "C", "D")
    chosen = select(evidence, Selection(measure="OR", tiers=tiers))
    assert chosen.contrasts.empty
    assert "printed as RR, while the analysis is on OR" in reason_of(chosen.left_out, "oreardon2007", "contrasts")
    network = select_arms(evidence, Selection(measure="OR", tiers=tiers))
    assert list(network.contrasts["trial_id"]) == ["filipcic2019"]
    assert network.contrasts[["treat1", "treat2", "estimate"]].values.tolist() == [["dtms_h1", "rtms_hf_left", 2.33]]


def test_a_ratio_never_joins_a_trial_with_main_arm_rows_even_if_their_tier_is_not_selected(evidence: Evidence) -> None:
    chosen = select(evidence, Selection(tiers=("A", "D")))
    assert set(chosen.contrasts["trial_id"]) == ONLY_BY_RATIO
    assert "the trial has arm counts (tier C)" in reason_of(chosen.left_out, "kauffmann2004", "contrasts")


def test_with_tier_e_a_trial_enters_once(evidence: Evidence) -> None:
    chosen = select(evidence, Selection(tiers=("A", "B", "C", "D", "E")))
    by_count, by_ratio = set(chosen.trials["trial_id"]), set(chosen.contrasts["trial_id"])
    assert by_ratio == {"george2010", "oreardon2007"}
    assert not by_count & by_ratio
    assert {"stern2007", "boutros2002", "plewnia2014", "saopaulo_elderly_tbs"} <= by_count
    su = chosen.trials.set_index("trial_id").loc["su2005"]
    assert (su["events_t"], su["n_t"]) == (12, 20)
    cole = chosen.trials.set_index("trial_id").loc["cole2022"]
    assert (cole["events_t"], cole["n_t"]) == (10, 14)


def test_best_of_several_visits_is_used_only_with_tier_e_and_nothing_else(evidence: Evidence) -> None:
    chosen = select(evidence, Selection(outcome="remission", tiers=("A", "B", "C", "E")))
    assert tuple(chosen.trials.set_index("trial_id").loc["cole2022", ["events_t", "events_c"]]) == (11, 2)
    assert any("best of several visits" in note for note in chosen.notes)


def test_every_row_not_used_has_its_reason(evidence: Evidence) -> None:
    chosen = select(evidence, Selection())
    out = chosen.left_out
    assert list(out.columns) == list(LEFT_OUT_COLUMNS)
    assert "no sham arm: not a comparison of active treatment with sham" in reason_of(out, "blumberger2018")
    assert "later time point (4 weeks after treatment)" in reason_of(out, "cole2022")
    assert "best of several visits" in reason_of(out, "cole2022")
    assert "alternative version" in reason_of(out, "su2005")
    assert "population group bipolar not selected" in reason_of(out, "mcgirr2021")
    assert "tier E not selected (flagged: contradicts_review, definition_unstated)" in reason_of(out, "boutros2002")
    assert "gap: counts per arm not seen (seen: rtms_hf_left 31%; sham 31%)" in reason_of(out, "herwig2007", "gaps")
    assert set(out.loc[out["table"] == "gaps", "trial_id"]) == {
        "bulteau2019bipolar",
        "bulteau2022",
        "george2000",
        "herwig2007",
        "li2014",
        "zangen2023",
    }
    assert "no numbers on response" in reason_of(out, "kaster2018", "trials")
    used = {int(row) for rows in chosen.trials["rows"] for row in rows.split(";")}
    listed = set(out.loc[out["table"] == "arms", "row"])
    response = set(evidence.arms.index[evidence.arms["outcome"] == "response"])
    assert used | listed == response
    assert not used & listed
    assert (out["reason"] != "").all()
    everyone = set(evidence.trials["trial_id"])
    assert everyone <= {*chosen.trials["trial_id"], *out["trial_id"]}


def test_selected_rows_keep_source_locator_tier_and_flags(evidence: Evidence) -> None:
    rossini = select(evidence, Selection()).trials.set_index("trial_id").loc["rossini2005"]
    assert rossini["source_ids"] == "rossini2005-abstract"
    assert rossini["locators"] == "abstract"
    assert rossini["flags"] == "n_inferred;percent_truncated"
    assert rossini["arms_t"] == "active_100_mt;active_80_mt"
    rows = evidence.arms.loc[[int(row) for row in rossini["rows"].split(";")]]
    assert set(rows["trial_id"]) == {"rossini2005"}
    assert rows["events"].sum() == 16 + 1


def test_a_row_made_of_several_has_the_worst_tier(evidence: Evidence) -> None:
    trial = "plewnia2014"
    rows = [arm(trial, "a", "itbs", 6, 20, tier="C"), arm(trial, "s", "sham", 4, 22, tier="A")]
    mixed = edited(evidence, rows)
    assert select(mixed, Selection()).trials.set_index("trial_id").loc[trial, "tier"] == "C"
    tiers = select_arms(mixed, Selection()).arms.query("trial_id == @trial").set_index("treatment")["tier"]
    assert tiers.to_dict() == {"itbs": "C", "sham": "A"}
    ratio = evidence.contrasts[evidence.contrasts["trial_id"] == "oreardon2007"].assign(trial_id=trial)
    with_ratio = replace(mixed, contrasts=pd.concat([evidence.contrasts, ratio.set_axis([500])]))
    out = select(with_ratio, Selection(tiers=("A", "B", "C", "D"))).left_out
    assert reason_of(out, trial, "contrasts") == "the trial has arm counts (tier C)"


def test_notes_tell_what_a_reader_must_know(evidence: Evidence) -> None:
    notes = " ".join(select(evidence, Selection()).notes)
    assert "Rossini 2005: 2 arms of rtms_hf_left merged" in notes
    assert "Kratter 2026: counted one month after the course" in notes
    without = select(evidence, Selection(exclude_flags=("one_month_after_course",)))
    assert "kratter2026" not in set(without.trials["trial_id"])
    assert "flag one_month_after_course excluded" in reason_of(without.left_out, "kratter2026")


def test_combine_sums_the_active_arms_against_one_sham(evidence: Evidence) -> None:
    trial = "plewnia2014"
    rows = [arm(trial, "a", "itbs", 6, 20), arm(trial, "b", "dtms_h1", 5, 21), arm(trial, "c", "sham", 4, 22)]
    chosen = select(edited(evidence, rows), Selection()).trials.set_index("trial_id").loc[trial]
    assert (chosen["events_t"], chosen["n_t"], chosen["events_c"], chosen["n_c"]) == (11, 41, 4, 22)
    assert chosen["treatment"] == "dtms_h1+itbs"
    notes = select(edited(evidence, rows), Selection()).notes
    assert "Plewnia 2014: dtms_h1, itbs summed against the one sham arm." in notes


def test_split_divides_the_sham_arm_into_exact_shares(evidence: Evidence) -> None:
    trial = "plewnia2014"
    nodes = ("ctbs", "dtms_h1", "itbs")
    rows = [arm(trial, node, node, 6, 20) for node in nodes] + [arm(trial, "s", "sham", 4, 22)]
    result = select(edited(evidence, rows), Selection(multi_arm="split"))
    chosen = result.trials[result.trials["trial_id"] == trial]
    assert list(chosen["study"]) == [f"Plewnia 2014 ({node})" for node in nodes]
    assert list(chosen["events_c"]) == [float(Fraction(4, 3))] * 3
    assert list(chosen["n_c"]) == [float(Fraction(22, 3))] * 3
    assert list(chosen["note"]) == ["sham arm divided over 3 comparisons: 4/3 of 22/3 patients."] * 3
    assert "Plewnia 2014: the sham arm divided over 3 comparisons (ctbs, dtms_h1, itbs)." in result.notes
    assert result.k == len(MAIN_RESPONSE) + 1
    assert result.patients == sum(row[1] + row[3] for row in MAIN_RESPONSE.values()) + 82


def test_arms_of_one_node_are_merged_before_anything_is_split(evidence: Evidence) -> None:
    chosen = select(evidence, Selection(multi_arm="split"))
    rossini = chosen.trials[chosen.trials["trial_id"] == "rossini2005"]
    assert rossini[["events_t", "n_t", "events_c", "n_c"]].values.tolist() == [[16, 36, 1, 16]]


def test_a_refused_sham_arm_takes_its_trial_along(evidence: Evidence) -> None:
    rows = [arm("plewnia2014", "a", "itbs", 6, 20), arm("plewnia2014", "s", "sham", 4, 22, tier="C")]
    chosen = select(edited(evidence, rows), Selection(tiers=("A",)))
    assert "plewnia2014" not in set(chosen.trials["trial_id"])
    assert "its sham arm cannot be used (tier " in reason_of(chosen.left_out, "plewnia2014")


def test_other_comparators_are_not_summed_with_stimulation(evidence: Evidence) -> None:
    trial = "plewnia2014"
    rows = [arm(trial, "a", "itbs", 6, 20), arm(trial, "o", "other", 9, 30), arm(trial, "s", "sham", 4, 22)]
    chosen = select(edited(evidence, rows), Selection())
    assert chosen.trials.set_index("trial_id").loc[trial, "n_t"] == 20
    assert "neither an active arm nor the control" in reason_of(chosen.left_out, trial)


def test_nodes_keep_only_the_treatments_named(evidence: Evidence) -> None:
    chosen = select(evidence, Selection(nodes=("rtms_lf_right",)))
    assert set(chosen.trials["trial_id"]) == {"klein1999", "kauffmann2004"}
    assert "treatment rtms_hf_left not selected" in reason_of(chosen.left_out, "avery2006")
    family = select(evidence, Selection(lump="family", nodes=("dtms",)))
    assert set(family.trials["trial_id"]) == {"levkovitz2015"}
    assert set(family.trials["treatment"]) == {"dtms"}


def test_network_arms_have_active_trials_and_one_row_per_node(evidence: Evidence) -> None:
    network = select_arms(evidence, Selection(outcome="remission"))
    wanted = {"blumberger2018", *MAIN_REMISSION}
    assert set(network.arms["trial_id"]) == wanted
    assert list(network.arms.columns[:4]) == ["study", "treatment", "events", "n"]
    assert not network.arms.duplicated(["study", "treatment"]).any()
    three_d = network.arms[network.arms["trial_id"] == "blumberger2018"]
    assert three_d[["treatment", "events", "n", "tier"]].values.tolist() == [
        ["itbs", 61, 193, "B"],
        ["rtms_hf_left", 51, 192, "B"],
    ]
    assert (network.arms["source_ids"] != "").all()


def test_lumping_merges_nodes_and_drops_trials_left_with_one(evidence: Evidence) -> None:
    lump = {"itbs": "left", "rtms_hf_left": "left"}
    network = select_arms(evidence, Selection(outcome="remission", lump=lump))
    assert "only one treatment node in the trial (left)" in reason_of(network.left_out, "blumberger2018")
    assert "left" in set(network.arms["treatment"])
    response = select_arms(evidence, Selection(lump="family", tiers=("A", "B", "C", "D"), measure="OR"))
    assert set(response.arms["treatment"]) == {"sham", "rtms", "tbs", "dtms"}
    assert response.contrasts[["treat1", "treat2"]].values.tolist() == [["dtms", "rtms"]]


def test_a_second_ratio_of_one_trial_is_left_out(evidence: Evidence) -> None:
    row = evidence.contrasts[evidence.contrasts["trial_id"] == "oreardon2007"].assign(subset="another", estimate=2.0)
    doubled = replace(evidence, contrasts=pd.concat([evidence.contrasts, row.set_axis([500])]))
    chosen = select(doubled, Selection(tiers=("A", "B", "C", "D")))
    assert len(chosen.contrasts[chosen.contrasts["trial_id"] == "oreardon2007"]) == 1
    assert "enters already by the ratio in row 15" in reason_of(chosen.left_out, "oreardon2007", "contrasts")


def test_a_selection_can_have_no_trial(evidence: Evidence) -> None:
    chosen = select(evidence, Selection(tiers=("B",)))
    assert chosen.k == 0
    assert chosen.patients == 0
    assert list(chosen.trials["events_t"]) == []
    assert len(chosen.left_out)


def test_results_are_plain_values(evidence: Evidence) -> None:
    import json

    for outcome in ("response", "remission"):
        spec = Selection(outcome=outcome, tiers=("A", "B", "C", "D"))
        for result in (select(evidence, spec), select_arms(evidence, spec)):
            again = json.loads(json.dumps(result.to_dict(), allow_nan=False))
            assert again["selection"]["outcome"] == outcome
            assert again["data_version"]["sha256"] == evidence.data_version.sha256


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"tiers": ("A", "F")}, "The `tiers` argument must be one of 'A', 'B', 'C', 'D', 'E'. Got 'F'."),
        ({"measure": "HR"}, "The `measure` argument must be one of"),
        ({"multi_arm": "both"}, "The `multi_arm` argument must be one of 'combine', 'split'. Got 'both'."),
        ({"lump": "families"}, "The `lump` argument must be one of 'none', 'family'. Got 'families'."),
    ],
)
def test_unknown_options_name_the_allowed_ones(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(UnknownOptionError) as error:
        Selection(**wrong)
    assert message in str(error.value)


def test_empty_or_bare_names_are_refused() -> None:
    with pytest.raises(InvalidInputError) as error:
        Selection(tiers=(), populations=(), control="sham", nodes=("sham",))
    assert {issue.column for issue in error.value.issues} == {"tiers", "populations", "nodes"}
    with pytest.raises(InvalidInputError, match="must be a sequence of names"):
        Selection(tiers="ABC")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"outcome": "recovery"}, "remission"),
        ({"populations": ("adults",)}, "veterans"),
        ({"nodes": ("itms",)}, "itbs_accelerated"),
        ({"exclude_flags": ("late",)}, "later_time_point"),
        ({"exclude_trials": ("avery",)}, "avery2006"),
    ],
)
def test_names_the_evidence_lacks_are_refused_with_those_it_has(
    evidence: Evidence, wrong: dict[str, Any], name: str
) -> None:
    for chooser in (select, select_arms):
        with pytest.raises(UnknownOptionError) as error:
            chooser(evidence, Selection(**wrong))
        assert name in error.value.allowed


def test_the_control_that_the_protocol_names_is_no_treatment_to_keep(evidence: Evidence) -> None:
    for chooser in (select, select_arms):
        with pytest.raises(InvalidInputError, match="must name treatments other than the control"):
            chooser(evidence, Selection(nodes=("sham",)))


def test_the_spec_says_what_it_chooses(evidence: Evidence) -> None:
    spec = Selection(lump={"itbs": "tbs"}, nodes=("tbs",), exclude_flags=("preprint",), exclude_trials=("su2005",))
    text = evidence.filled_in(spec).describe()
    for part in ("response at the end of the course", "tiers A, B, C", "itbs as tbs", "preprint", "su2005"):
        assert part in text
    assert hash(spec) == hash(replace(spec))
    assert spec.to_dict()["lump"] == {"itbs": "tbs"}


def ratios(evidence: Evidence, *rows: tuple[str, str, float, float, float]) -> Evidence:
    """The evidence in which a trial without counts has these ratios of response and no others."""
    named = ("treat1", "treat2", "estimate", "ci_low", "ci_high")
    base = evidence.contrasts[evidence.contrasts["trial_id"] == "boutros2002"].iloc[0].to_dict()
    frame = pd.DataFrame([{**base, **dict(zip(named, row, strict=True))} for row in rows])
    return replace(evidence, contrasts=frame.astype(evidence.contrasts.dtypes.to_dict()))


def test_a_ratio_of_what_is_not_active_stays_out_unless_it_is_named(evidence: Evidence) -> None:
    other = ratios(evidence, ("other", "sham", 3.0, 1.5, 6.0))
    chosen = select(other, Selection(tiers=("D",)))
    assert chosen.contrasts.empty
    assert reason_of(chosen.left_out, "boutros2002", "contrasts") == "other is not an active treatment by the protocol"
    assert len(select(other, Selection(tiers=("D",), nodes=("other",))).contrasts) == 1


def test_a_ratio_of_the_control_against_active_treatment_is_turned_round(evidence: Evidence) -> None:
    chosen = select(ratios(evidence, ("sham", "itbs", 0.5, 0.2, 0.8)), Selection(tiers=("D",)))
    (row,) = chosen.contrasts.to_dict("records")
    assert (row["treat1"], row["treat2"]) == ("itbs", "sham")
    assert (row["estimate"], row["ci_low"], row["ci_high"]) == (2.0, 1.25, 5.0)
    assert row["note"] == "turned round from sham vs itbs 0.5 (0.2 to 0.8)"
    first, second = (select(ratios(evidence, r), Selection(tiers=("D",))) for r in (
        ("sham", "other", 0.5, 0.2, 0.8), ("itbs", "ctbs", 0.5, 0.2, 0.8)))  # fmt: skip
    assert reason_of(first.left_out, "boutros2002", "contrasts") == "other is not an active treatment by the protocol"
    assert "not a comparison of active treatment with sham" in reason_of(second.left_out, "boutros2002", "contrasts")
