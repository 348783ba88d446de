"""``tmsmeta new``: a folder that is whole or not there, and that check and run accept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tmsmeta import read_review
from tmsmeta.cli import run_new

Run = Callable[..., Any]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("table", "options"),
    [
        ("counts.csv", ["--better", "lower"]),
        ("arms.csv", ["--better", "higher", "--control", "Usual", "--outcome", "pain free"]),
        ("ratios.csv", ["--better", "lower", "--measure", "OR"]),
    ],
)
def test_new_then_check_then_run(run: Run, folder: Path, table: str, options: list[str]) -> None:
    ran = run("new", "mine", "--from", table, *options)
    assert (ran.code, ran.err) == (0, "")
    assert "tmsmeta check mine" in ran.out
    assert "tmsmeta run mine --out mine-results" in ran.out
    assert run("check", "mine").code == 0
    done = run("run", "mine", "--out", "mine-results")
    assert done.code == 0
    assert {"results.json", "report.html", "summary.md", "tables"} <= names(folder / "mine-results")
    found = json.loads((folder / "mine-results" / "results.json").read_text(encoding="utf-8"))
    assert found["analyses"][0]["results"][found["analyses"][0]["measure"]]["k"] > 1
    page = (folder / "mine-results" / "report.html").read_text(encoding="utf-8")
    assert table in page


def test_the_measure_of_counts_is_that_of_the_review(run: Run, folder: Path) -> None:
    run("new", "mine", "--from", "counts.csv", "--better", "lower", "--measure", "OR")
    assert 'measure = "OR"' in (folder / "mine" / "review.toml").read_text(encoding="utf-8").splitlines()


def test_an_empty_review_says_what_is_missing_and_nothing_else(run: Run, folder: Path) -> None:
    ran = run("new", "mine", "--json")
    assert ran.json["files"][0] == "review.toml"
    assert names(folder / "mine") == set(ran.json["files"])
    assert ran.json["next"] == ["tmsmeta check mine", "tmsmeta run mine --out mine-results"]
    run("check", "mine").fails_with("1 fault.", "arms.csv", "no outcome")
    run("run", "mine").fails_with("arms.csv", "no outcome")
    assert not (folder / "tmsmeta-results").exists()


def test_faults_write_nothing(run: Run, folder: Path) -> None:
    run("new", "mine", "--from", "arms.csv", "--control", "sham").fails_with("--better", "--control", "drug")
    run("new", "mine", "--from", "faulty.csv", "--better", "lower").fails_with("4 faults")
    run("new", "mine", "--from", "nowhere.csv", "--better", "lower").fails_with("nowhere.csv")
    run("new", "mine", "--from", "counts.csv", "--better", "up").fails_with("'higher', 'lower'")
    assert not (folder / "mine").exists()


def test_nobodys_files_are_overwritten(run: Run, folder: Path) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "review.toml").write_text("mine", encoding="utf-8")
    run("new", "mine").fails_with("holds other files", "new or empty folder")
    run("new", "counts.csv").fails_with("is a file")
    assert (folder / "mine" / "review.toml").read_text(encoding="utf-8") == "mine"
    assert names(folder / "mine") == {"review.toml"}


def test_the_working_folder_can_be_filled(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It must stay the same folder, as a shell stands in it."""
    (folder / "here").mkdir()
    before = (folder / "here").stat().st_ino
    monkeypatch.chdir(folder / "here")
    assert run("new", ".").code == 0
    assert (folder / "here").stat().st_ino == before
    assert "review.toml" in names(folder / "here")
    assert not [p for p in folder.iterdir() if p.name.startswith(".")]


def test_a_folder_that_cannot_be_finished_is_not_there(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", broken)
    run("new", "mine").fails_with("Cannot write", "No space left on device")
    assert not (folder / "mine").exists()


def test_the_space_around_names_is_no_part_of_them() -> None:
    assert run_new.asked(title=" T ", outcome=" death ", better=None, control=" x ", measure="").outcome == "death"


SEVERAL = """study,outcome,treatment,events,n,year
A,death,drug,4,20,2001
A,death,placebo,2,21,2001
A,recovery,drug,6,20,2001
A,recovery,placebo,9,21,2001
B,death,drug,3,30,2002
B,death,placebo,5,28,2002
B,Recovery,drug,8,30,2002
B,recovery,placebo,14,28,2002
C,death,drug,7,25,2003
C,death,placebo,15,24,2003
"""


def test_a_table_of_several_outcomes_is_one_review(run: Run, folder: Path) -> None:
    (folder / "several.csv").write_text(SEVERAL, encoding="utf-8")
    ran = run("new", "mine", "--from", "several.csv", "--better", "death=lower, recovery=higher", "--json")
    assert ran.json["files"][0] == "review.toml"
    assert ran.json["notes"][0] == "Outcomes: death, recovery; the first is the main one."
    assert run("check", "mine").code == 0
    review = read_review(folder / "mine")
    assert review.evidence.outcome_names == ("death", "recovery")
    assert [review.evidence.better(name) for name in ("death", "recovery")] == ["lower", "higher"]
    assert len(review.evidence.trials) == 3
    assert len(review.evidence.sources) == 1
    assert [review.pool(outcome).k for outcome in ("death", "recovery")] == [3, 2]
    done = run("run", "mine", "--out", "results")
    assert done.code == 0
    page = (folder / "results" / "report.html").read_text(encoding="utf-8")
    assert page.count('<article class="answer"') == 2


def test_one_outcome_of_several_can_be_taken_and_faults_name_theirs(run: Run, folder: Path) -> None:
    (folder / "several.csv").write_text(SEVERAL, encoding="utf-8")
    assert run("new", "one", "--from", "several.csv", "--outcome", "recovery", "--better", "higher").code == 0
    assert read_review(folder / "one").evidence.outcome_names == ("recovery",)
    run("new", "two", "--from", "several.csv", "--better", "dead=lower,recovery=higher").fails_with(
        "2 faults", "which holds death, recovery", "must be stated", "(outcome death)"
    )
    run("new", "two", "--from", "several.csv", "--outcome", "relapse", "--better", "lower").fails_with("death, ")
    (folder / "several.csv").write_text(SEVERAL.replace("14,28,2002", "14,28,2004").replace("8,30,2002", "8,30,2004"))
    run("new", "two", "--from", "several.csv", "--better", "lower").fails_with("of B must be the same", "'2002'")
    assert not (folder / "two").exists()


def test_a_table_is_read_with_the_options_that_its_faults_advise(run: Run, folder: Path) -> None:
    (folder / "cups.csv").write_text(
        "study,h.caf,n.caf,h.decaf,n.decaf\nA,2,31,10,34\nB,10,40,9,40\n", encoding="utf-8"
    )
    run("new", "mine", "--from", "cups.csv", "--better", "lower").fails_with("--columns")
    named = "events_t=h.caf,n_t=n.caf,events_c=h.decaf,n_c=n.decaf"
    assert run("new", "mine", "--from", "cups.csv", "--better", "lower", "--columns", named).code == 0
    assert read_review(folder / "mine").pool().k == 2
    (folder / "several.csv").write_text(SEVERAL, encoding="utf-8")
    assert run("new", "one", "--from", "several.csv", "--better", "lower", "--rows", "outcome=death").code == 0
    assert read_review(folder / "one").pool().k == 3
