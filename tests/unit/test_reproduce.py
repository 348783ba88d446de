"""Active against sham: what each selection holds, and what the claim on remission says."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tmsmeta import Evidence, NotAssessable, PooledEffect, effects, load_evidence, pool
from tmsmeta.review import Selection, select
from tmsmeta.review.analyses import Analysis, analyse, analyses_of, estimates_table
from tmsmeta.review.claims import Finding, check_claims
from tmsmeta.review.published import published_pools

EVIDENCE = load_evidence()


@pytest.fixture(scope="module", params=["response", "remission"])
def analyses(request: pytest.FixtureRequest) -> list[Analysis]:
    return analyses_of(EVIDENCE, request.param)


def test_each_selection_has_the_three_measures_and_its_reasons(analyses: list[Analysis]) -> None:
    assert [a.name for a in analyses][:4] == ["main (tiers A to C)", "tier A only", "tiers A and B", "tiers A to D"]
    frame = estimates_table(analyses)
    assert len(frame) == 3 * len(analyses)
    empty = frame["ci_low"].isna()
    assert (frame.loc[empty, "note"] != "").all()
    for analysis in analyses:
        left_out = analysis.selected["RR"].left_out
        assert (left_out["reason"].str.len() > 0).all()


def test_trials_by_ratio_join_on_their_own_measure_only(analyses: list[Analysis]) -> None:
    by_name = {a.name: a for a in analyses}
    wide, main = by_name["tiers A to D"], by_name["main (tiers A to C)"]
    assert len(wide.selected["OR"].contrasts) == 0
    k = {a.name: a.results["RR"].k for a in (wide, main) if isinstance(a.results["RR"], PooledEffect)}
    assert k["tiers A to D"] == k["main (tiers A to C)"] + len(wide.selected["RR"].contrasts)


def test_the_pool_is_that_of_the_selected_counts(analyses: list[Analysis]) -> None:
    main = analyses[0]
    t = main.selected["RR"].trials
    again = pool(effects.binary("RR", t["events_t"], t["n_t"], t["events_c"], t["n_c"], study=t["study"]))
    result = main.results["RR"]
    assert isinstance(result, PooledEffect)
    assert (result.estimate, result.ci) == (again.estimate, again.ci)


@pytest.mark.parametrize("way", ["combine", "split"])
def test_no_sham_patient_counts_twice(way: str) -> None:
    for outcome in ("response", "remission"):
        trials = select(EVIDENCE, Selection(outcome=outcome, multi_arm=way)).trials  # type: ignore[arg-type]
        arms = EVIDENCE.arms
        for trial_id, rows in trials.groupby("trial_id"):
            sham = arms[(arms["trial_id"] == trial_id) & (arms["outcome"] == outcome) & (arms["treatment"] == "sham")]
            assert rows["n_c"].sum() <= sham["n"].max() + 1e-9


def test_one_trial_gives_its_estimate_and_the_reason_why_there_is_no_interval() -> None:
    perinatal = next(a for a in analyses_of(EVIDENCE, "response") if a.name.startswith("perinatal"))
    result = perinatal.results["RR"]
    assert isinstance(result, PooledEffect)
    assert result.k == 1
    assert isinstance(result.ci, NotAssessable)


def test_no_trial_is_a_reason_and_not_a_crash() -> None:
    selections = {**EVIDENCE.protocol.selections, "tier B only": {"tiers": ("B",)}}
    wider = dataclasses.replace(EVIDENCE, protocol=dataclasses.replace(EVIDENCE.protocol, selections=selections))
    analysis = analyse(wider, "response", "tier B only")
    assert all(isinstance(r, NotAssessable) for r in analysis.results.values())
    assert "no trial" in analysis.rows()[0]["note"]


def finding(claim: str, evidence: Evidence = EVIDENCE) -> Finding:
    return next(found for found in check_claims(evidence=evidence) if found.claim.claim_id == claim)


def test_the_claim_on_the_ratio_of_remission_follows_from_the_evidence() -> None:
    ratio = finding("C03")
    printed, quoted = ratio.recomputed
    assert quoted.value == 36 / 8
    assert printed.value == 2.78
    assert ratio.spec["implied control percent"] == pytest.approx(36 / 2.78)
    assert ratio.spec["implied active percent"] == pytest.approx(8 * 2.78)
    assert "2.78" in ratio.statistician
    assert ratio.verdict == "differs"


def test_the_claims_on_the_arms_count_those_of_the_main_analysis() -> None:
    """Active arms of trials without sham join: THREE-D (Blumberger 2018), 61 of 193 and 51 of 192."""
    trials = select(EVIDENCE, Selection(outcome="remission")).trials
    events, n = trials[["events_t", "n_t"]].sum()
    active, sham = (finding(claim).recomputed[1] for claim in ("C01", "C02"))
    assert active.counts == f"{events + 61 + 51} of {n + 193 + 192} in 10 arms"
    assert sham.counts == f"{trials['events_c'].sum()} of {trials['n_c'].sum()} in 8 arms"
    for found in (active, sham):
        assert found.low < found.value < found.high  # type: ignore[operator]


def test_other_evidence_gives_another_claim() -> None:
    published = EVIDENCE.published.copy()
    published.loc[published["result_id"] == "vida2023_remission", "estimate"] = 4.5
    other = dataclasses.replace(EVIDENCE, published=published)
    assert finding("C03", other).spec["implied control percent"] == pytest.approx(8.0)


def test_computations_that_are_the_same_are_listed_once() -> None:
    """At tau2 = 0 random effects are the common effect: one of them is enough."""
    for check in published_pools(EVIDENCE):
        computed = [check.recomputed, *check.other_ways.values()]
        assert len(set(computed)) == len(computed), check.sentence


def test_printed_ratios_use_all_three_numbers_where_decimals_are_known() -> None:
    # Fitzgerald 2003 in AHRQ's Figure 10: 1.50 (0.06 to 35.19); the lower limit has one digit left.
    low, high = effects.printed_ranges([1.5], [0.06], [35.19], decimals=2)[1]
    assert low[0] < high[0]
    es = effects.printed_ratio("RR", [1.5], [0.06], [35.19], decimals=2)
    assert low[0] <= es.se[0] <= high[0]
    # 1/40 against 0/20 with 0.5 added to the events alone gives this ratio; its exact standard error lies inside.
    exact = np.sqrt(1 / 1.5 - 1 / 40 + 1 / 0.5 - 1 / 20)
    assert low[0] <= exact <= high[0]
