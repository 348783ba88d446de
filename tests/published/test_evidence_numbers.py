"""The shipped numbers are the ones that were collected, and they pass every check."""

from __future__ import annotations

import csv
import hashlib
from fractions import Fraction
from pathlib import Path
from typing import get_args

import pytest

from tmsmeta.review import check_evidence, load_evidence
from tmsmeta.review.dictionary import TABLES, column_rules
from tmsmeta.tables.columns import Kind, Presence

# SHA-256 over every cell of the columns collected, taken from the collected files of 2026-11-22 before they were put
# here. Two columns are not in it: `locator`, from which lookup numbers of a reading tool were removed, and
# `parameters` of the claims, which was added here. A reviewer who adds or corrects a row changes the hash of that file
# in the same commit and says there what was seen and where.
COLLECTED = {
    "trials": "cf42f139d60f7f504ebf42bbd9947c8dca8d0aa138247c4999ef26b51a0c7451",
    "arms": "e4fa924444afbb3a4ed01919d65ba15b1f1c429a7b96c4a62bbc95ea9aef06d4",
    "contrasts": "acfad33abc85b3dfb378504f707f8908c7d769cf7826a7f5eec5ff8629a21be8",
    "published": "ded5dae3136c076b7d864f0e5ff4bb1f0de25c05576d61fb7d9331ffbe6899e1",
    "rates": "b6d2dcac1c857c00ade4909df4f4fdf1a32b124b3ac5fa8162d058b25be0afd0",
    "cohorts": "fbc53dd77abac4b72cea32d4f4e3cdaf1bdce2915d8c5ade77d1b62f9e4364e7",
    "claims": "20f373ab598a3bbaa514e5267d3a14dd6ed87294714c4e010cba790524effedd",
    "documents": "090e18c682bf02a892acb3c169f0fc62d47516de7eb9780c7636f55039403f01",
    "sources": "44c3a73b4f7ab115b5a55e924814b60cce05c1c80f3a81c10e17805d7746a611",
    "gaps": "9948d53a67fba7ef91f831d77cf473a85805e3125a652aa6c048398e8262ce21",
}


def content_hash(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    kept = [place for place, name in enumerate(rows[0]) if name not in ("locator", "parameters")]
    return hashlib.sha256("\n".join("\x1f".join(row[i] for i in kept) for row in rows).encode()).hexdigest()


@pytest.mark.parametrize("table", sorted(COLLECTED))
def test_the_shipped_content_is_the_collected_content(table: str, checkout: Path) -> None:
    assert content_hash(checkout / "data" / f"{table}.csv") == COLLECTED[table]


def test_percentages_flagged_as_cut_off_are_cut_off_and_not_rounded(checkout: Path) -> None:
    with (checkout / "data" / "arms.csv").open(encoding="utf-8", newline="") as file:
        flagged = [row for row in csv.DictReader(file) if "percent_truncated" in row["flags"].split(";")]
    assert [row["trial_id"] for row in flagged] == [
        "rossini2005",
        "tavares2021mixed",
        "tavares2021mixed",
        "yesavage2018",
    ]
    for row in flagged:
        exact, printed = Fraction(100 * int(row["events"]), int(row["n"])), Fraction(row["percent_printed"])
        step = Fraction(1, 10 ** len(row["percent_printed"].partition(".")[2]))
        assert printed + step / 2 <= exact < printed + step, row


def test_the_shipped_evidence_has_no_fault(checkout: Path) -> None:
    assert check_evidence(checkout / "data") == ()


def test_every_file_and_column_stands_in_the_dictionary(checkout: Path) -> None:
    files = {path.stem for path in (checkout / "data").glob("*.csv")}
    assert files == set(TABLES) - {"certainty"}  # nobody has rated the certainty of this evidence
    for table, rules in column_rules().items():
        if table == "certainty":
            continue
        with (checkout / "data" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            assert next(csv.reader(file)) == [rule.column for rule in rules], table
        assert all(rule.meaning for rule in rules)


def test_the_dictionary_follows_its_own_rules(checkout: Path) -> None:
    with (checkout / "tmsmeta" / "review" / "dictionary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        assert row["type"] in get_args(Kind)
        assert row["required"] in get_args(Presence)
        if row["type"] in ("reference", "glossary", "flags"):
            table, _, column = row["allowed"].partition(".")
            assert any(r["file"] == table and r["column"] == column for r in rows), row
        if row["type"] == "choice":
            (rule,) = (rule for rule in column_rules()[row["file"]] if rule.column == row["column"])
            assert len(rule.options) > 1, row
    assert len({(row["file"], row["column"]) for row in rows}) == len(rows)


def test_every_number_keeps_its_source() -> None:
    evidence = load_evidence()
    for table in (evidence.arms, evidence.contrasts):
        assert (table["locator"] != "").all()
        for source_id in set(table["source_id"]):
            assert evidence.source(source_id).url
    for table in (evidence.rates, evidence.cohorts, evidence.published):
        assert (table["seen_in"] != "").all()


def test_counts_of_a_few_rows_read_by_eye() -> None:
    """Copied by hand from the collected files, not by the code: trial, arm, outcome, events, n, tier."""
    evidence = load_evidence()
    arms, version_of = evidence.arms, evidence.flag_effects.version
    by_hand = [
        ("avery2006", "active", "response", 11, 35, "A"),
        ("george2010", "sham", "remission", 5, 98, "A"),
        ("levkovitz2015", "active_sponsor_release_set", "remission", 24, 79, "C"),
        ("rossini2005", "active_80_mt", "response", 5, 18, "C"),
        ("yesavage2018", "active", "remission", 33, 81, "C"),
    ]
    for trial, arm, outcome, events, n, tier in by_hand:
        row = arms[(arms["trial_id"] == trial) & (arms["arm"] == arm) & (arms["outcome"] == outcome)]
        row = row[[version_of(flags) == "main" for flags in row["flags"]]]
        assert row[["events", "n", "tier"]].values.tolist() == [[events, n, tier]], trial


def test_every_flag_and_tier_is_explained() -> None:
    evidence = load_evidence()
    used = {
        flag for table in (evidence.arms, evidence.contrasts) for cell in table["flags"] for flag in cell.split(";")
    }
    assert used - {""} == set(evidence.flags["flag"])
    assert list(evidence.tiers["tier"]) == ["A", "B", "C", "D", "E"]
