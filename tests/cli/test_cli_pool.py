"""``tmsmeta pool``: tables of one's own, the evidence, and everything that can be asked wrongly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tmsmeta import effects, pool, profiles

Run = Callable[..., Any]
COUNTS = ([12, 9, 0, 20], [40, 30, 25, 60], [6, 4, 2, 11], [41, 29, 25, 58])


@pytest.mark.parametrize("measure", ["OR", "RR", "RD", "AS", "PETO"])
def test_a_table_of_counts_gives_what_the_library_gives(run: Run, folder: Path, measure: str) -> None:
    ran = run("pool", "counts.csv", "--measure", measure, "--json")
    assert ran.code == 0
    wanted = pool(effects.binary(measure, *COUNTS, study=["Alpha", "Beta", "Gamma", "Delta"]))
    found = ran.json
    assert found.pop("input")["shape"] == "two arms"
    assert found == wanted.to_dict()


def test_the_table_goes_to_stdout(run: Run, folder: Path) -> None:
    ran = run("pool", "counts.csv")
    assert ran.code == 0
    assert ran.err.startswith("counts.csv: read as two arms per row: events_t = `events_t`")
    for word in ("Alpha", "Delta", "pooled", "0.5 and 0.5 added", "prediction interval", "Hartung-Knapp"):
        assert word in ran.out


def test_choices_reach_the_spec(run: Run, folder: Path) -> None:
    options = ("--tau2", "PM", "--ci", "t", "--prediction", "t(k-1)", "--level", "0.9")
    spec = run("pool", "counts.csv", *options, "--json").json["spec"]
    assert (spec["tau2"], spec["ci"], spec["prediction"], spec["level"]) == ("PM", "t", "t(k-1)", 0.9)


def test_the_rule_for_zero_cells_is_followed(run: Run, folder: Path) -> None:
    ran = run("pool", "counts.csv", "--zero-cells", "none", "--json").json
    assert ran["k"] == 3
    assert [row["study"] for row in ran["left_out"]] == ["Gamma"]


def test_arms_are_set_against_the_control_named(run: Run, folder: Path) -> None:
    ran = run("pool", "arms.csv", "--control", "usual", "--json")
    assert ran.code == 0
    assert ran.json["studies"] == ["S2", "S3", "S4"]
    assert ran.err.splitlines()[1:] == ["Left out: S1: no usual arm"]


def test_ratios_with_intervals_can_be_pooled(run: Run, folder: Path) -> None:
    ran = run("pool", "ratios.csv", "--measure", "RR", "--tau2", "FE", "--ci", "z", "--json")
    low, high = np.log([0.9, 1.1, 0.7]), np.log([2.5, 3.64, 2.06])
    weights = ((high - low) / (2 * 1.959963984540054)) ** -2.0
    np.testing.assert_allclose(ran.json["estimate"], np.log([1.5, 2.0, 1.2]) @ weights / weights.sum(), rtol=1e-12)


@pytest.mark.parametrize("name", list(profiles.PROFILES))
def test_a_profile_sets_every_choice(run: Run, folder: Path, name: str) -> None:
    spec = run("pool", "counts.csv", "--profile", name, "--json").json["spec"]
    assert spec == profiles.PROFILES[name].to_dict()


def test_an_option_that_contradicts_the_profile_is_refused_even_where_it_is_the_default(run: Run, folder: Path) -> None:
    ran = run("pool", "counts.csv", "--profile", "revman5", "--tau2", "REML", "--ci", "hksj", "--level", "0.95")
    wanted = "is set to 'DL' by --profile REVMAN5; leave one of the two out. Got 'REML'"
    ran.fails_with("2 faults", f"`--tau2`: {wanted}", "`--ci`: is set to 'z'")


def test_an_option_that_agrees_with_the_profile_is_welcome(run: Run, folder: Path) -> None:
    agreeing = run("pool", "counts.csv", "--profile", "RevMan5", "--tau2", "DL", "--ci", "z", "--json")
    assert agreeing.json == run("pool", "counts.csv", "--profile", "REVMAN5", "--json").json


def test_a_figure_is_written_in_both_formats_and_json_stays_json(run: Run, folder: Path) -> None:
    ran = run("pool", "arms.csv", "--control", "placebo", "--figure", "plot", "--json")
    assert ran.code == 0
    assert ran.json["k"] == 2
    assert "Written: plot.png and plot.svg." in ran.err
    assert (folder / "plot.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert "<svg" in (folder / "plot.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("below", ["arms.csv", "arms.csv/deeper"])
def test_a_figure_below_a_file_is_refused(run: Run, folder: Path, below: str) -> None:
    reason = "the folder arms.csv cannot be made, because a file of that name exists."
    run("pool", "counts.csv", "--figure", f"{below}/plot").fails_with(f"Cannot write {below}/plot.png: {reason}")


def test_the_evidence_is_pooled_by_default(run: Run) -> None:
    response, remission = (run("pool", "--outcome", o, "--json") for o in ("response", "remission"))
    assert response.code == remission.code == 0
    assert response.json["k"] > 10
    assert response.json["estimate"] != remission.json["estimate"]
    # every study of tier A is among those of tiers A to C
    assert set(run("pool", "--tiers", "A", "--json").json["studies"]) < set(response.json["studies"])


def test_all_faults_of_a_table_are_listed_with_their_place(run: Run, folder: Path) -> None:
    run("pool", "faulty.csv").fails_with(
        "4 faults",
        "row 2, `events_t`: must be at most `n_t`, which is 40. Got '50'",
        "row 3, `events_t`",
        "row 4, `events_c`: must be a whole number, 0 or more. Got '2.5'",
        "row 5, `events_t`: must be a whole number, 0 or more. Got 'x'",
    )


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("nowhere.csv",), ("nowhere.csv", "is not a file")),
        ((".",), ("is not a file",)),
        (("--outcome", "mood"), ("`outcome`", "'remission', 'response'", "'mood'")),
        (("--tiers", "Q"), ("`tiers`", "'A', 'B'", "'Q'")),
        (("--evidence", "nowhere"), ("is not a folder",)),
        (("counts.csv", "--measure", "XX"), ("`measure`", "'OR', 'RR', 'RD'", "'XX'")),
        (("counts.csv", "--tau2", "REMl"), ("`tau2`", "'DL'", "'REMl'")),
        (("counts.csv", "--ci", "wald"), ("`ci`", "'hksj'", "'wald'")),
        (("counts.csv", "--prediction", "t"), ("`prediction`", "'t(k-2)'")),
        (("counts.csv", "--level", "95"), ("`level`", "between 0 and 1")),
        (("counts.csv", "--level", "much"), ("--level", "Error")),
        (("counts.csv", "--zero-cells", "some"), ("`zero_cells`", "'only0'", "'some'")),
        (("counts.csv", "--profile", "STATA"), ("`profile`", "'METAFOR'", "'STATA'")),
        (("arms.csv", "--control", "sugar"), ("`control`", "placebo", "'sugar'")),
        (("ratios.csv", "--measure", "RD"), ("`measure`", "'RR'", "'RD'")),
        (("counts.csv", "--nonsense"), ("--nonsense",)),
    ],
)
def test_what_cannot_be_done_is_said_with_what_can(
    run: Run, folder: Path, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    run("pool", *arguments).fails_with(*parts)


@pytest.mark.parametrize("content", [b"", b"study\n", b"\xff\xfe\x00binary", b"a,b\n1,2\n"])
def test_a_file_that_is_no_table_is_refused(run: Run, folder: Path, content: bytes) -> None:
    (folder / "odd.csv").write_bytes(content)
    run("pool", "odd.csv").fails_with("odd.csv")


def test_one_study_is_pooled_with_reasons_for_what_is_missing(run: Run, folder: Path) -> None:
    (folder / "one.csv").write_text("study,events_t,n_t,events_c,n_c\nA,5,20,3,20\n", encoding="utf-8")
    ran = run("pool", "one.csv", "--json")
    assert ran.code == 0
    assert ran.json["ci"] == {"not_assessable": "needs at least 2 studies, got 1"}
    shown = run("pool", "one.csv")
    assert shown.code == 0
    assert "nan" not in shown.out.lower()


def test_nothing_to_pool_is_said(run: Run, folder: Path) -> None:
    (folder / "none.csv").write_text("study,events_t,n_t,events_c,n_c\nA,0,20,0,20\n", encoding="utf-8")
    run("pool", "none.csv", "--zero-cells", "none").fails_with("No study has an estimate to pool", "A")


def test_a_profile_treats_zero_cells_as_its_program_does(run: Run, folder: Path) -> None:
    (folder / "sparse.csv").write_text(
        "study,events_t,n_t,events_c,n_c\nA,1,40,6,41\nB,0,30,4,29\nC,0,25,0,25\nD,5,60,11,58\n", encoding="utf-8"
    )
    ran = run("pool", "sparse.csv", "--profile", "REVMAN5")
    assert "3 of 4 studies have an effect, where 4 had" in " ".join(ran.out.split())
    assert run("pool", "sparse.csv", "--profile", "REVMAN5", "--json").json["k"] == 3
    assert run("pool", "sparse.csv", "--profile", "METAFOR", "--json").json["k"] == 4
    refused = run("pool", "sparse.csv", "--profile", "REVMAN5", "--zero-cells", "all")
    assert "`--zero-cells`: is set to 'only0' by --profile REVMAN5" in refused.err
    assert run("pool", "sparse.csv", "--profile", "REVMAN5", "--zero-cells", "only0", "--json").json["k"] == 3
