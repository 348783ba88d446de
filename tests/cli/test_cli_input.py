"""The input of an analysis: a table of one's own read as the options say, or the evidence; none of them is ignored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tmsmeta import effects, pool
from tmsmeta.cli.sources import pairs

Run = Callable[..., Any]
GAPS = (
    "trial,ai,n1i,ci,n2i,year\nAlpha,12,40,6,41,1999\nBeta,,30,4,29,2001\nDelta,20,60,11,58,2004\nTotal,32,100,17,99,\n"
)
OPEN = """study,treatment,events,n
S1,drug,12,40
S1,sham,6,41
S2,drug,9,30
S2,sham,4,29
S3,drug,10,50
S3,placebo,8,50
"""


@pytest.mark.parametrize(
    ("command", "arguments", "options"),
    [
        ("pool", ("counts.csv", "--outcome", "response"), ("--outcome",)),
        ("pool", ("counts.csv", "--tiers", "A", "--evidence", "x"), ("--tiers", "--evidence")),
        ("smallstudy", ("counts.csv", "--outcome", "response"), ("--outcome",)),
        ("sensitivity", ("counts.csv", "--tiers", "A"), ("--tiers",)),
        ("pool", ("--control", "sham", "--sheet", "1"), ("--control", "--sheet")),
        ("pool", ("--columns", "n_t=n", "--shape", "arms"), ("--columns", "--shape")),
        ("pool", ("--missing", "drop", "--scale", "log", "--decimals", "2"), ("--missing", "--scale", "--decimals")),
        ("network", ("--merge-arms", "--control", "sham"), ("--merge-arms", "--control")),
    ],
)
def test_options_that_do_not_apply_are_refused(
    run: Run, folder: Path, command: str, arguments: tuple[str, ...], options: tuple[str, ...]
) -> None:
    of = "a table of your own" if arguments[0].endswith(".csv") else "the evidence of a review"
    ran = run(command, *arguments)
    ran.fails_with(*(f"`{option}`: does not apply to {of}" for option in options), "leave it out")


def test_a_profile_is_named_in_any_case(run: Run, folder: Path) -> None:
    small, large = (run("pool", "counts.csv", "--profile", name, "--json").json for name in ("revman5", "REVMAN5"))
    assert small == large


def test_rows_with_gaps_and_totals_are_left_out_and_named(run: Run, folder: Path) -> None:
    (folder / "gaps.csv").write_text(GAPS, encoding="utf-8")
    ran = run("pool", "gaps.csv", "--json")
    wanted = pool(effects.binary("RR", [12, 20], [40, 60], [6, 11], [41, 58], study=["Alpha", "Delta"]))
    assert ran.json["estimate"] == wanted.estimate
    assert "read as two arms per row: events_t = `ai`" in ran.err
    assert "Left out: row 3, Beta: " in ran.err
    assert "Left out: row 5, Total: " in ran.err
    for found in (ran.json, ran.json["input"], run("smallstudy", "gaps.csv", "--json").json):
        assert {row["study"] for row in found["left_out"]} == {"Beta", "Total"}
    run("pool", "gaps.csv", "--missing", "refuse").fails_with("row 3", "`ai`")


def test_columns_can_be_named(run: Run, folder: Path) -> None:
    (folder / "odd.csv").write_text("who,a,b,c,d\nAlpha,12,40,6,41\nBeta,9,30,4,29\n", encoding="utf-8")
    named = ("--columns", "study=who,events_t=a,n_t=b", "--columns", "events_c=c, n_c=d")
    assert run("pool", "odd.csv", *named, "--json").json["studies"] == ["Alpha", "Beta"]


def test_a_comma_in_the_name_of_a_column_is_part_of_it() -> None:
    given = ["events_t=events, treated,n_t=n, treated", "study=author"]
    wanted = {"events_t": "events, treated", "n_t": "n, treated", "study": "author"}
    assert pairs(given, "--columns", "") == wanted
    assert pairs(None, "--columns", "") is None


def test_the_rows_of_one_outcome_are_chosen_by_a_column(run: Run, folder: Path) -> None:
    both = "study,outcome,ai,n1i,ci,n2i\nA,response,12,40,6,41\nB,response,9,30,4,29\nA,death,1,40,2,41\n"
    (folder / "both.csv").write_text(both, encoding="utf-8")
    ran = run("pool", "both.csv", "--rows", "outcome=Response", "--json")
    assert ran.json["studies"] == ["A", "B"]
    assert "only the rows with outcome = Response; 2 of 3 rows" in ran.err
    run("pool", "both.csv", "--rows", "outcome=relapse").fails_with(
        "is no value of `outcome`, which holds response, death"
    )
    run("pool", "both.csv", "--rows", "outcom=death").fails_with("is not a column of both.csv", "Is 'outcome' meant?")
    run("pool", "both.csv", "--rows", "outcome").fails_with("`--rows`", "outcome=response")


def test_columns_without_an_equals_sign_are_refused(run: Run, folder: Path) -> None:
    run("pool", "counts.csv", "--columns", "events_t").fails_with("`--columns`", "events_t=ai,n_t=n1i")


def test_a_comparator_that_the_table_leaves_open_is_asked_for(run: Run, folder: Path) -> None:
    (folder / "open.csv").write_text(OPEN, encoding="utf-8")
    run("pool", "open.csv").fails_with("`control`", "drug", "sham", "placebo", "--control")
    ran = run("pool", "open.csv", "--control", "Sham", "--json")
    assert (ran.json["k"], ran.json["comparator"], ran.json["treated"]) == (2, "sham", "drug")
    assert "Left out: S3: " in ran.err
    shown = run("pool", "open.csv", "--control", "sham")
    assert "drug against sham" in shown.out.splitlines()[0]


def test_an_excel_sheet_is_chosen_by_name(run: Run, folder: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    with xlsxwriter.Workbook(str(folder / "book.xlsx")) as book:
        book.add_worksheet("Notes").write(0, 0, "nothing here")
        sheet = book.add_worksheet("Trials")
        rows = [["study", "ai", "n1i", "ci", "n2i"], ["Alpha", 12, 40, 6, 41], ["Beta", 9, 30, 4, 29]]
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    assert run("pool", "book.xlsx", "--sheet", "Trials", "--json").json["k"] == 2
    run("pool", "book.xlsx", "--sheet", "Trails").fails_with("Trials")


def test_the_evidence_names_both_arms(run: Run) -> None:
    ran = run("pool", "--outcome", "remission")
    assert " against sham: " in ran.out.splitlines()[0]
    found = run("pool", "--outcome", "remission", "--json").json
    assert found["left_out"] == []
    assert found["input"]["left_out"]
    assert found["comparator"].casefold() == "sham"


NAMES = ("--treated", "BCG", "--control", "unvaccinated", "--better", "lower")
BCG = """trial,ai,n1i,ci,n2i,year,by
A,4,123,11,139,1950,x
B,6,306,29,303,1951,y
C,3,231,11,220,1952,x
D,62,1359,248,1286,1953,y
"""


@pytest.mark.parametrize(
    "command",
    [
        ("pool",),
        ("subgroups", "--by", "by"),
        ("sensitivity",),
        ("sensitivity", "--analysis", "cumulative"),
        ("smallstudy",),
        ("regression", "--formula", "~ year"),
    ],
)
def test_arms_and_direction_of_a_table_without_names(run: Run, folder: Path, command: tuple[str, ...]) -> None:
    """The names stand in table, sentences and JSON; no number changes."""
    (folder / "bcg.csv").write_text(BCG, encoding="utf-8")
    name, *more = command
    named, plain = (run(name, "bcg.csv", *more, "--json", *names).json for names in (NAMES, ()))
    assert named.pop("better") == "lower"
    assert "better" not in plain
    arms = named.get("pooled", named)
    assert (arms["treated"], arms["comparator"]) == ("BCG", "unvaccinated")

    def numbers(value: Any) -> Any:
        if isinstance(value, dict):
            return [numbers(v) for v in value.values()]
        return [numbers(v) for v in value] if isinstance(value, list) else value if isinstance(value, float) else None

    assert numbers(named) == numbers(plain)
    told = " ".join(run(name, "bcg.csv", *more, *NAMES).out.split())
    assert "A risk ratio below 1 favours BCG, as a lower outcome is better." in told
    assert "BCG against unvaccinated" in told


@pytest.mark.parametrize("command", [("pool",), ("sensitivity",), ("sensitivity", "--analysis", "cumulative")])
def test_figures_say_which_side_favours_which_arm(run: Run, folder: Path, command: tuple[str, ...]) -> None:
    (folder / "bcg.csv").write_text(BCG, encoding="utf-8")
    name, *more = command
    drawn = {}
    for better in ("lower", "higher"):
        assert run(name, "bcg.csv", *more, *NAMES[:4], "--better", better, "--figure", f"{better}.svg").code == 0
        drawn[better] = (folder / f"{better}.svg").read_text(encoding="utf-8")
    assert "← Favours BCG" in drawn["lower"]
    assert "Favours unvaccinated →" in drawn["lower"]
    assert "← Favours unvaccinated" in drawn["higher"]


def test_names_and_directions_that_do_not_fit_are_refused(run: Run, folder: Path) -> None:
    run("pool", "--treated", "x", "--better", "lower").fails_with("`--treated`", "`--better`", "evidence of a review")
    run("pool", "counts.csv", "--better", "up").fails_with("--better", "'higher', 'lower'")
    (folder / "groups.csv").write_text("study,events,n\nA,4,119\nB,6,300\n", encoding="utf-8")
    run("pool", "groups.csv", "--better", "lower").fails_with("`--better`", "holds single arms")
    run("network", "arms.csv", "--control", "drug", "--better", "lower").fails_with("`--control`", "--reference")
    ran = run("pool", "arms.csv", "--control", "placebo", "--treated", "drugs")
    ran.fails_with("is none of the treatments drug, usual, other", "Is 'drug' meant?")
