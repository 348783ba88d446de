"""What changed between two versions of a review: small folders in which one thing differs."""

from __future__ import annotations

import copy
import datetime
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tmsmeta.errors import EvidenceError, InvalidInputError
from tmsmeta.review import read_review
from tmsmeta.review.diff import ReviewDiff, Side, compare, read_side, side_of_results, side_of_run
from tmsmeta.review.new import NewReview
from tmsmeta.review.new_from_table import review_from_table
from tmsmeta.tables.read import read_table

TABLE = """study,treatment,events,n
A,drug,12,40
A,sham,20,41
B,drug,9,30
B,sham,13,29
C,drug,10,50
C,sham,16,50
C,other,12,50
"""
CLAIMS = (
    "claim_id,document_id,statement,quantity,quoted_low,quoted_high,unit,cited_source,check,evidence,parameters,"
    "what_the_sources_show\n"
    "Q1,D1,Risk is a third lower,risk ratio of death,0.65,0.65,ratio,,pooled_ratio,arms:death,,\n"
)
DOCUMENTS = "document_id,title,kind,date\nD1,A leaflet,leaflet,\n"

Edit = Mapping[str, Callable[[str], str]]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A review of three trials with one quoted figure."""
    place = tmp_path_factory.mktemp("base")
    (place / "my.csv").write_text(TABLE, encoding="utf-8")
    spec = NewReview(better="lower", outcome="death")
    made = review_from_table(read_table(place / "my.csv"), spec, name="my.csv", read_on=datetime.date(2026, 1, 1))
    folder = place / "review"
    folder.mkdir()
    for name, text in {**made.files, "claims.csv": CLAIMS, "documents.csv": DOCUMENTS}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def old(base: Path) -> Side:
    return read_side(base)


def edited(base: Path, place: Path, edits: Edit) -> Side:
    """The review with the texts of some files changed."""
    place.mkdir()
    for path in base.iterdir():
        text = path.read_text(encoding="utf-8")
        changed = edits[path.name](text) if path.name in edits else text
        assert path.name not in edits or changed != text, path.name
        (place / path.name).write_text(changed, encoding="utf-8")
    return read_side(place)


def swap(before: str, after: str) -> Callable[[str], str]:
    return lambda text: text.replace(before, after)


def said(diff: ReviewDiff, heading: str) -> str:
    return "\n".join(dict(diff.sections()).get(heading, ()))


def test_nothing_changed(old: Side, base: Path) -> None:
    diff = compare(old, side_of_run(read_review(base).run()))
    assert diff.nothing_changed
    assert diff.result_sentence() == "Nothing changed."
    assert diff.sections() == ()
    assert diff.to_dict()["nothing_changed"] is True
    assert len(diff.to_frame()) == 0


def test_a_trial_is_added(old: Side, base: Path, tmp_path: Path) -> None:
    row = "d,{0},{0},death,not stated,,,{1},{2},,B,,my_table,{0},\n"
    arms = row.format("drug", 60, 9) + row.format("sham", 61, 20)
    new = edited(
        base, tmp_path / "new",
        {"trials.csv": lambda t: t + "d,Delta,,,,participants,\n", "arms.csv": lambda t: t + arms},
    )  # fmt: skip
    diff = compare(old, new)
    assert (diff.trials_added, diff.trials_removed) == (("Delta",), ())
    assert [(row.table, row.key, row.kind) for row in diff.rows] == [
        ("trials", "d", "added"), ("arms", "d, drug, death", "added"), ("arms", "d, sham, death", "added"),
    ]  # fmt: skip
    main = diff.estimates[0]
    assert (main.outcome, main.analysis, main.measure) == ("death", "main", "RR")
    assert main.old is not None
    assert main.new is not None
    assert (main.old.trials, main.new.trials) == (3, 4)
    before, after = (read_review(side.name).pool().estimate for side in (old, new))
    assert main.difference == after - before != 0
    assert "4 trials instead of 3" in said(diff, "Estimates")
    assert "now used: Delta" in said(diff, "Trials")
    backwards = compare(new, old)
    assert backwards.trials_removed == ("Delta",)
    assert backwards.estimates[0].difference == -main.difference


def test_a_count_is_corrected_and_the_interval_crosses_no_effect(old: Side, base: Path, tmp_path: Path) -> None:
    diff = compare(old, edited(base, tmp_path / "new", {"arms.csv": swap(",40,12,", ",40,2,")}))
    (row,) = diff.rows
    assert (row.table, row.key, row.kind) == ("arms", "a, drug, death", "changed")
    assert [(cell.name, cell.old, cell.new) for cell in row.cells] == [("events", 12, 2)]
    assert said(diff, "Rows") == "arms.csv: a, drug, death: events 2 instead of 12."
    assert diff.protocol == diff.trials_added == diff.used == ()
    (main,) = [c for c in diff.estimates if c.measure == "RR"]
    assert main.old is not None
    assert main.new is not None
    assert main.crossed == (main.old.spans_no_effect != main.new.spans_no_effect)
    assert {c.treatment for n in diff.networks for c in n.ranks} == {"drug", "other", "sham"}
    assert diff.to_dict()["estimates"][0]["difference"] == diff.estimates[0].difference
    assert diff.to_frame().loc[0, "difference"] == diff.estimates[0].difference


def test_an_interval_that_crosses_no_effect_is_said(old: Side) -> None:
    results = copy.deepcopy(dict(old.results))
    found = results["analyses"][0]["results"]["RR"]
    found["ci"], found["ratio_ci"] = [-0.9, -0.1], [math.exp(-0.9), math.exp(-0.1)]
    before = copy.deepcopy(results)
    found["ci"] = [-0.9, 0.1]
    diff = compare(side_of_results(before), side_of_results(results))
    assert [change.crossed for change in diff.estimates] == [True]
    assert "the interval includes no effect now" in said(diff, "Estimates")
    assert "1 interval crossed no effect" in diff.result_sentence()
    assert "excludes no effect now" in said(compare(side_of_results(results), side_of_results(before)), "Estimates")


def test_a_verdict_flips(old: Side, base: Path, tmp_path: Path) -> None:
    diff = compare(old, edited(base, tmp_path / "new", {"claims.csv": swap("0.65,0.65", "0.2,0.2")}))
    (change,) = diff.verdicts
    assert (change.name, change.old, change.new) == ("Q1", "reproduced", "differs")
    assert "Q1: differs instead of reproduced" in said(diff, "Quoted figures")
    assert diff.estimates == diff.networks == ()
    assert [(row.table, row.key) for row in diff.rows] == [("claims", "Q1")]


def test_the_control_is_renamed(old: Side, base: Path, tmp_path: Path) -> None:
    edits = {name: swap("sham", "placebo") for name in ("arms.csv", "treatments.csv", "review.toml")}
    diff = compare(old, edited(base, tmp_path / "new", edits))
    assert [(change.name, change.old, change.new) for change in diff.protocol if change.name.startswith("comp")] == [
        ("comparison.control", "sham", "placebo")
    ]
    assert diff.estimates == ()
    (network,) = diff.networks
    assert {(rank.treatment, rank.old is None, rank.new is None) for rank in network.ranks} == {
        ("placebo", True, False), ("sham", False, True),
    }  # fmt: skip
    assert "RR against placebo instead of RR against sham" in said(diff, "Networks")


def test_a_key_of_the_protocol_changes(old: Side, base: Path, tmp_path: Path) -> None:
    edits = {"review.toml": lambda t: t.replace('#ci = "hksj"', 'ci = "z"') + "\n[selections.more]\n"}
    diff = compare(old, edited(base, tmp_path / "new", edits))
    named = {change.name: (change.old, change.new) for change in diff.protocol}
    assert named["pooling.model.ci"] == (None, "z")
    assert named["selections"] == (["main"], ["main", "more"])
    assert "death, more (RR) is new" in said(diff, "Estimates")


@pytest.mark.parametrize(("factor", "moved"), [(1 + 1e-14, False), (1 + 1e-9, True)])
def test_the_last_digits_are_no_change(old: Side, factor: float, moved: bool) -> None:
    results = copy.deepcopy(dict(old.results))
    results["analyses"][0]["results"]["RR"]["estimate"] *= factor
    results["networks"]["death"]["ranking"]["ranking"][0]["p_score"] *= factor
    diff = compare(side_of_results(dict(old.results)), side_of_results(results))
    assert (bool(diff.estimates), bool(diff.networks)) == (moved, moved)
    assert diff.nothing_changed is not moved
    if moved:  # the decimals tell them apart
        shown = said(diff, "Estimates")
        new, before = (part.split(" (")[0] for part in shown.partition(": ")[2].split(" instead of "))
        assert new != before


def test_a_folder_against_its_own_results(old: Side, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(json.dumps(old.results), encoding="utf-8")
    diff = compare(read_side(tmp_path), old)
    assert diff.nothing_changed
    assert "both sides are review folders" in said(diff, "Not compared")


def test_trial_numbers_of_results_are_compared(old: Side) -> None:
    results = copy.deepcopy(dict(old.results))
    results["analyses"][0]["evidence"]["trials"][0]["events_t"] += 1
    del results["analyses"][0]["evidence"]["trials"][1]
    diff = compare(side_of_results(dict(old.results)), side_of_results(results))
    assert diff.trials_removed == ("B",)
    assert "A: events_t" in said(diff, "Trials")
    assert "no longer used: B" in said(diff, "Trials")


def test_results_of_the_first_version_are_compared_as_far_as_they_go(old: Side) -> None:
    first: dict[str, Any] = {k: copy.deepcopy(v) for k, v in old.results.items() if k in {
        "data", "environment", "spec", "analyses", "published", "networks", "claims"}}  # fmt: skip
    first["schema_version"] = 1
    diff = compare(side_of_results(first), old)
    assert diff.nothing_changed
    assert "version 1" in said(diff, "Not compared")
    first["networks"]["death"]["spec"]["lumping"] = "fine"
    diff = compare(side_of_results(first), old)
    assert [network.lumping for network in diff.networks] == ["fine"]  # whether "none" is new cannot be known
    (change,) = diff.protocol
    assert (change.name, change.old) == ("nodes of the main network of death", "fine")


def test_results_that_cannot_be_understood_are_refused_in_words(old: Side, tmp_path: Path) -> None:
    for version in (None, 0, 99, "2"):
        with pytest.raises(InvalidInputError, match="schema_version"):
            side_of_results({**old.results, "schema_version": version})
    with pytest.raises(InvalidInputError, match="`networks`: is missing"):
        side_of_results({k: v for k, v in old.results.items() if k != "networks"})
    broken = copy.deepcopy(dict(old.results))
    del broken["analyses"][0]["results"]["RR"]["ci"]
    with pytest.raises(InvalidInputError, match="run the review again"):
        compare(side_of_results(broken), old)
    with pytest.raises(EvidenceError, match=r"review\.toml"):
        read_side(tmp_path)
    (tmp_path / "results.json").write_text("{", encoding="utf-8")
    with pytest.raises(EvidenceError, match="JSON"):
        read_side(tmp_path)
    (tmp_path / "results.json").write_text("[]", encoding="utf-8")
    with pytest.raises(EvidenceError, match="results of a run"):
        read_side(tmp_path)
