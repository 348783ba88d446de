"""``tmsmeta reconstruct``: counts behind printed figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
RATIO = ("--ratio", "5.66", "--ci", "1.37,23.39", "--measure", "rr")


def test_a_percentage_and_its_n(run: Run) -> None:
    ran = run("reconstruct", "--percent", "34.3", "--n", "35")
    assert (ran.code, ran.err) == (0, "")
    assert "The only solution" in ran.out
    found = run("reconstruct", "--percent", "34.3%", "--n", "35", "--json").json
    assert found["unique"] is True
    assert found["solutions"] == [{"events": 12, "n": 35, "percent": pytest.approx(34.2857, abs=1e-4)}]


def test_percentages_without_n_give_the_sizes_that_fit(run: Run) -> None:
    found = run("reconstruct", "--percent", "34.3,11.4", "--json").json
    assert found["solutions"][0]["n"] == 35
    assert not found["unique"]


def test_a_ratio_with_its_interval(run: Run) -> None:
    found = run("reconstruct", *RATIO, "--n-t", "35", "--n-c", "33", "--json").json
    keys = ("events_t", "n_t", "events_c", "n_c")
    assert [tuple(s[key] for key in keys) for s in found["solutions"]] == [(12, 35, 2, 33)]
    around = run("reconstruct", *RATIO, "--n-t", "34-36", "--n-c", "33", "--json").json
    assert found["solutions"][0] in around["solutions"]


def test_a_test_and_a_rate(run: Run) -> None:
    sizes = ("--n-t", "35", "--n-c", "33")
    assert len(run("reconstruct", "--chi2", "4.1", *sizes, "--json").json["solutions"]) == 4
    assert run("reconstruct", "--p", "0.043", "--test", "chi2", *sizes).code == 0
    rate = run("reconstruct", "--rate", "3.5", "--ci", "1.7 to 6.4", "--per", "1000", "--json").json
    assert rate["solutions"]


def test_nothing_that_fits_is_said_with_the_nearest(run: Run) -> None:
    ran = run("reconstruct", "--percent", "34.9", "--n", "35")
    assert ran.code == 0
    assert "No exact solution" in ran.out
    assert "the nearest misses" in ran.out


def test_every_row_of_a_table(run: Run, folder: Path) -> None:
    head = "Study,Percent,N,Ratio,CI.low,CI.high,measure,n_t,n_c"
    rows = [head, "A,34.3,35,,,,,,", "B,,,5.66,1.37,23.39,RR,35,33", "C,34.9,35,,,,,,"]
    (folder / "printed.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    ran = run("reconstruct", "printed.csv", "--table", "counts.csv")
    assert "2 of 3 rows have exactly one solution." in ran.out
    first, second, third = csv.DictReader(io.StringIO((folder / "counts.csv").read_text(encoding="utf-8")))
    assert (first["study"], float(first["events"]), float(first["n"])) == ("A", 12, 35)
    assert (float(second["events_t"]), float(second["events_c"])) == (12, 2)
    assert third["events"] == ""
    assert "No exact solution" in third["found"]
    assert [row["row"] for row in run("reconstruct", "printed.csv", "--json").json["rows"]] == [2, 3, 4]


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ((), ("--percent, --ratio with --ci",)),
        (("--percent", "34.3", "--n", "many"), ("`--n`", "whole number", "'many'")),
        (("--percent", "34.3", "--ratio", "2"), ("must be given by one of",)),
        (("--percent", "34.3", "--n-t", "3"), ("`--n-t`: does not belong to --percent",)),
        (("--ratio", "2", "--ci", "1,3"), ("`--measure`", "RR, OR or RD")),
        (("--ratio", "2", "--measure", "RR"), ("`--ci`", "two limits")),
        (("--chi2", "4.1"), ("2 faults", "`--n-t`", "`--n-c`")),
        (("counts.csv", "--percent", "3"), ("`--percent`: does not apply to a table",)),
    ],
)
def test_what_is_missing_is_said(run: Run, folder: Path, arguments: tuple[str, ...], parts: tuple[str, ...]) -> None:
    run("reconstruct", *arguments).fails_with(*parts)


def test_the_solutions_as_one_page(run: Run, folder: Path) -> None:
    (folder / "figures.csv").write_text("study,percent,n\nA,34.3,35\nB,11.4,35\n", encoding="utf-8")
    for arguments, part in ((("--percent", "34.3", "--n", "35"), "12 of 35"), (("figures.csv",), "2 of 2 rows")):
        ran = run("reconstruct", *arguments, "--report", "page.html")
        assert ran.code == 0
        assert "Written: page.html" in ran.err
        assert part in (folder / "page.html").read_text(encoding="utf-8")
    ran = run("reconstruct", "--percent", "34.3", "--n", "35", "--figure", "x.png", "--r-script", "x.R")
    ran.fails_with("`--figure`: has nothing to draw of a reconstruction", "`--r-script`: has no script")
