"""A verdict follows from the rows: change a row and it changes; change the name of a claim and it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tmsmeta.errors import NotAssessable
from tmsmeta.review import Evidence, load_evidence
from tmsmeta.review.claims import Claim, Finding, check, claims_of
from tmsmeta.review.claims.because import because
from tmsmeta.words.names import heading

KEYS = {"rates": "rate_id", "cohorts": "cohort_id", "published": "result_id"}


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return load_evidence()


@pytest.fixture(scope="module")
def claims(evidence: Evidence) -> dict[str, Claim]:
    return {claim.claim_id: claim for claim in claims_of(evidence)}


def edited(evidence: Evidence, table: str, name: str, **cells: Any) -> Evidence:
    """The evidence with some cells of one row changed."""
    frame = getattr(evidence, table).copy()
    rows = frame[KEYS[table]] == name
    assert rows.sum() == 1
    for column, value in cells.items():
        frame.loc[rows, column] = value
    return replace(evidence, **{table: frame})


CHANGES: list[tuple[str, str, str, dict[str, Any], str]] = [
    ("C15", "rates", "taylor2021_sessions", {"events": 47}, "reproduced"),
    ("C15", "rates", "lerner2019", {"events": 60}, "differs"),
    ("C16", "rates", "lerner2019", {"events": 60}, "differs"),
    ("C17", "rates", "taylor2021_patients", {"events": 250}, "differs"),
    ("C17", "rates", "taylor2021_patients", {"events": None, "printed_rate": None}, "cannot be recomputed"),
    ("C18", "rates", "taylor2021_hcoil", {"events": 2, "exposure": 14000}, "reproduced"),
    ("C11", "cohorts", "noda2025_maintr", {"events": 64}, "reproduced"),
    ("C11", "cohorts", "senova2019_m6", {"percent_printed": 85.0}, "misattributed"),
    ("C07", "cohorts", "sackeim2020_registered", {"n": 25000}, "reproduced"),
    ("C12", "cohorts", "stard_step3", {"percent_printed": 33.0}, "holds only under"),
    ("C12", "cohorts", "stard_step1", {"percent_printed": 5.0}, "differs"),
    ("C12", "cohorts", "stard_step3", {"percent_printed": 30.6}, "holds only under"),  # as many as the step before
    (
        "C12",
        "cohorts",
        "stard_step4",
        {"events": None, "percent_printed": 36.8},
        "differs",
    ),  # the last step as many as the first
    ("C13", "cohorts", "stard_step3", {"percent_printed": 33.0}, "differs"),
    ("C14", "cohorts", "ascertain2024_rtms", {"percent_printed": 30.0}, "holds only under"),
    ("C05", "cohorts", "sackeim2020_response", {"printed_low": 20, "printed_high": 90}, "holds only under"),
    ("C31", "cohorts", "carpenter2012_cgi_response", {"events": 120}, "differs"),
    ("C31", "published", "berlim2014_response", {"percent_t": 55.0}, "reproduced"),
    ("C03", "published", "vida2023_remission", {"estimate": 4.4}, "reproduced"),
    ("C01", "published", "vida2023_remission", {"percent_t": 36.0}, "reproduced"),
    ("C01", "published", "vida2023_remission", {"percent_t": 22.0}, "differs"),
]


@pytest.mark.parametrize(("claim_id", "table", "name", "cells", "verdict"), CHANGES)
def test_a_changed_row_changes_the_verdict(
    evidence: Evidence, claims: dict[str, Claim], claim_id: str, table: str, name: str, cells: dict[str, Any],
    verdict: str,
) -> None:  # fmt: skip
    before = check(claims[claim_id], evidence)
    after = check(claims[claim_id], edited(evidence, table, name, **cells))
    assert after.verdict == verdict
    assert after.to_dict() != before.to_dict()


@pytest.mark.parametrize(("entered", "verdict"), [(1392, "reproduced"), (1372, "holds only under")])
def test_steps_add_up_only_where_nobody_left_between_them(
    evidence: Evidence, claims: dict[str, Claim], entered: int, verdict: str
) -> None:
    """3,671 patients, of whom 63.2, 69.4 and 86.3% go on: 2,320, 1,610 and 1,389; within 0.5% and one patient."""
    for name, n in (("stard_step2", 2320), ("stard_step3", 1610)):
        evidence = edited(evidence, "cohorts", name, n=n)
    evidence = edited(evidence, "cohorts", "stard_step4", n=entered, events=round(0.13 * entered))
    finding = check(claims["C13"], evidence)
    assert finding.verdict == verdict
    assert (f"{entered:,} entered step 4 instead of about 1,390" in finding.patient) == (verdict != "reproduced")


def test_no_row_left_in_range_is_a_difference(evidence: Evidence, claims: dict[str, Claim]) -> None:
    changed = edited(evidence, "cohorts", "carpenter2012_cgi_remission", events=60)
    assert check(claims["C29"], changed).verdict == "differs"


def with_events(evidence: Evidence, outcome: str, share: float, *, control: bool) -> Evidence:
    """The evidence with this share of events in every active (or control) arm of an outcome."""
    arms = evidence.arms.copy()
    rows = (arms["outcome"] == outcome) & ((arms["treatment"] == "sham") == control)
    arms.loc[rows, "events"] = (arms.loc[rows, "n"].astype(float) * share).round().astype("Int64")
    return replace(evidence, arms=arms)


@pytest.mark.parametrize(
    ("claim_id", "share", "control", "verdict"),
    [
        ("C01", 0.36, False, "reproduced"),
        ("C02", 0.40, True, "differs"),
        ("C04", 0.05, False, "holds only under"),
    ],
)
def test_changed_arms_change_the_verdict(
    evidence: Evidence, claims: dict[str, Claim], claim_id: str, share: float, control: bool, verdict: str
) -> None:
    assert check(claims[claim_id], with_events(evidence, "remission", share, control=control)).verdict == verdict


def test_a_treatment_that_does_worse_than_another_loses_its_claim(evidence: Evidence, claims: dict[str, Claim]) -> None:
    arms = evidence.arms.copy()
    arms.loc[arms["treatment"] == "itbs", "events"] = 3
    assert check(claims["C09"], replace(evidence, arms=arms)).verdict == "differs"


def test_a_treatment_without_trials_cannot_be_ranked(evidence: Evidence, claims: dict[str, Claim]) -> None:
    arms = evidence.arms[~evidence.arms["trial_id"].isin(("blumberger2018", "mcgirr2021"))]
    finding = check(claims["C09"], replace(evidence, arms=_renamed(arms)))
    assert finding.verdict == "cannot be recomputed"
    assert any("no trial of" in reason for reason in finding.missing)


def _renamed(arms: Any) -> Any:
    """One arm outside the main selection keeps the node known, so that the claim itself has no fault."""
    changed = arms.copy()
    changed.loc[changed["trial_id"] == "tavares2017", "treatment"] = changed.loc[
        changed["trial_id"] == "tavares2017", "treatment"
    ].replace("dtms_h1", "itbs")
    return changed


def test_a_check_never_looks_at_the_name_of_a_claim(evidence: Evidence, claims: dict[str, Claim]) -> None:
    for claim in claims.values():
        renamed = replace(claim, claim_id="another name", document_id="")
        assert _without_names(check(renamed, evidence)) == _without_names(check(claim, evidence))


def _without_names(finding: Finding) -> dict[str, Any]:
    return {key: value for key, value in finding.to_dict().items() if key not in ("claim_id", "document_id")}


def test_a_verdict_without_two_figures_is_said_by_its_headline(evidence: Evidence, claims: dict[str, Claim]) -> None:
    finding = check(claims["C01"], evidence)
    assert finding.main is not None
    for other in ({"value": NotAssessable("ratio", "no trial")}, {"unit": "something else"}):
        unlike = replace(finding, verdict="differs", recomputed=(replace(finding.main, **other),))
        assert because(unlike) == f"{heading(finding.headline)}, so it differs."


def test_groups_of_patients_are_named_with_what_was_measured(evidence: Evidence, claims: dict[str, Claim]) -> None:
    (only,) = check(claims["C29"], evidence).conditions
    assert only.startswith("Carpenter 2012 (")
    assert only.endswith("rated on CGI-S (clinician-rated))")


def test_the_six_smallest_samples_that_print_a_percentage_are_named(
    evidence: Evidence, claims: dict[str, Claim]
) -> None:
    """By trying every count of every sample up to 500."""
    sizes = [n for n in range(1, 501) if any(206.5 <= 1000 * x / n < 207.5 for x in range(n + 1))]
    said = check(claims["C24"], evidence).statistician
    first = ", ".join(map(str, sizes[:5]))
    assert f"samples of {first} and {sizes[5]} and {len(sizes) - 6} more up to 500" in said
