"""``tmsmeta network``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
OWN = ("network", "arms.csv", "--reference", "placebo")


def test_a_table_of_ones_own_is_ranked(run: Run, folder: Path) -> None:
    ran = run(*OWN, "--better", "higher")
    assert ran.code == 0
    order = [ran.out.index(f"│ {name} ") for name in ("drug", "other", "usual", "placebo")]
    assert order == sorted(order)
    for column in ("RR vs placebo", "95% CI", "P-score", "SUCRA", "trials", "patients", "direct share"):
        assert column in ran.out


def test_the_direction_turns_the_ranking_round(run: Run, folder: Path) -> None:
    up, down = (run(*OWN, "--better", better, "--json").json for better in ("higher", "lower"))
    scores = [{row["treatment"]: row["p_score"] for row in found["ranking"]["ranking"]} for found in (up, down)]
    assert set(scores[0]) == {"drug", "other", "usual", "placebo"}
    for treatment, score in scores[0].items():
        assert score + scores[1][treatment] == pytest.approx(1.0)


def test_treatments_of_a_table_are_merged_by_name(run: Run, folder: Path) -> None:
    """The merged table gives what one typed with the merged names does."""
    merged = run(*OWN, "--better", "higher", "--lumping", "active=Drug,other", "--json")
    text = (folder / "arms.csv").read_text(encoding="utf-8")
    (folder / "typed.csv").write_text(text.replace("drug", "active").replace("other", "active"), encoding="utf-8")
    typed = run("network", "typed.csv", "--reference", "placebo", "--better", "higher", "--merge-arms", "--json")
    assert merged.json["network"]["comparisons"] == typed.json["network"]["comparisons"]
    assert "Drug and other were taken as active" in merged.err


@pytest.mark.parametrize(
    ("lumping", "parts"),
    [
        ("fine", ("--lumping", "SSRI=paroxetine,sertraline")),
        ("active=,", ("must name the treatments in it",)),
        ("active=drug,othr", ("must be a treatment of the table", "Is 'other' meant?")),
        ("usual=drug", ("is the name of another treatment",)),
        ("a=drug,b=drug", ("stands in 'a' and in 'b'",)),
    ],
)
def test_a_lumping_of_a_table_that_cannot_be_is_refused(
    run: Run, folder: Path, lumping: str, parts: tuple[str, ...]
) -> None:
    run(*OWN, "--better", "higher", "--lumping", lumping).fails_with(*parts)


def test_the_direction_of_a_table_of_ones_own_must_be_stated(run: Run, folder: Path) -> None:
    run(*OWN).fails_with("`--better`", "must be stated", "higher", "lower")


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("nowhere.csv", "--better", "higher"), ("nowhere.csv", "is not a file")),
        (("faulty.csv", "--better", "higher"), ("4 faults", "row 4")),
        (("ratios.csv", "--better", "higher"), ("holds ratios",)),
        ((*OWN[1:], "--better", "sideways"), ("`better`", "'higher', 'lower'", "'sideways'")),
        ((*OWN[1:], "--better", "higher", "--tau2", "XX"), ("`tau2`", "'DL'", "'XX'")),
        ((*OWN[1:], "--better", "higher", "--measure", "XX"), ("`measure`", "'OR'", "'XX'")),
        (("arms.csv", "--better", "higher", "--reference", "sugar"), ("`reference`", "'placebo'", "'sugar'")),
        (("--reference", "placebo"), ("`reference`", "'sham'", "'placebo'")),
        (("--better", "lower"), ("`--better`", "'higher'", "'lower'")),
        (("--outcome", "mood"), ("`outcome`", "'response'")),
        (("--lumping", "nothing"), ("`lumping`", "'coarse'", "'none'", "'nothing'")),
        (("--tiers", "Q"), ("`tiers`", "'Q'")),
    ],
)
def test_what_cannot_be_done_is_said_with_what_can(
    run: Run, folder: Path, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    run("network", *arguments).fails_with(*parts)


def test_treatments_that_no_trial_links_are_named(run: Run, folder: Path) -> None:
    rows = ["study,treatment,events,n", "S1,a,3,20", "S1,b,5,20", "S2,c,3,20", "S2,d,5,20"]
    (folder / "parts.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    run("network", "parts.csv", "--reference", "a", "--better", "higher").fails_with("2 parts", "a, b", "c, d")


def test_the_evidence_is_ranked_by_default(run: Run) -> None:
    ran = run("network", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert {row["treatment"] for row in ran.json["ranking"]["ranking"]} == {"rTMS", "iTBS", "Deep TMS", "sham"}
    assert ran.json == run("network", "--lumping", "coarse", "--measure", "RR", "--json").json
    fine = run("network", "--lumping", "fine", "--json").json
    assert {"rtms_hf_left", "itbs", "dtms_h1"} < {row["treatment"] for row in fine["ranking"]["ranking"]}
    assert run("network", "--lumping", "none", "--json").json == fine


CONTRASTS = """study,treat1,treat2,TE,seTE
S1,drug,placebo,-1.2,0.3
S2,other,placebo,-0.6,0.2
S3,drug,other,-0.5,0.25
"""
MEANS = """study,treatment,mean,sd,n
S1,drug,3.1,1.2,40
S1,placebo,4.2,1.3,41
S2,other,3.6,1.1,30
S2,placebo,4.0,1.2,29
"""
LOWER = ("--better", "lower")


def test_a_table_of_comparisons_and_one_of_means_are_ranked(run: Run, folder: Path) -> None:
    (folder / "contrasts.csv").write_text(CONTRASTS, encoding="utf-8")
    (folder / "means.csv").write_text(MEANS, encoding="utf-8")
    for file, measure in (("contrasts.csv", "GEN"), ("means.csv", "MD")):
        found = run("network", file, *LOWER, "--json").json
        assert found["network"]["spec"]["measure"] == measure
        assert found["ranking"]["ranking"][0]["treatment"] == "drug"


def test_the_choices_of_the_model_reach_it(run: Run, folder: Path) -> None:
    options = ("--ci", "t", "--prediction", "z", "--level", "0.9", "--tau2", "REML", "--measure", "OR")
    spec = run(*OWN, *LOWER, *options, "--json").json["network"]["spec"]
    assert (spec["ci"], spec["prediction"], spec["level"], spec["tau2"], spec["measure"]) == (
        "t",
        "z",
        0.9,
        "REML",
        "OR",
    )


def test_arms_of_one_treatment_are_merged_where_that_is_asked_for(run: Run, folder: Path) -> None:
    twice = (folder / "arms.csv").read_text(encoding="utf-8") + "S4,other,12,52\n"
    (folder / "twice.csv").write_text(twice, encoding="utf-8")
    run("network", "twice.csv", *LOWER).fails_with("other", "--merge-arms")
    assert (
        run("network", "twice.csv", *LOWER, "--merge-arms", "--json").json["network"]["spec"]["duplicate_arms"]
        == "merge"
    )


def test_further_tables_stand_below_the_ranking(run: Run, folder: Path) -> None:
    parts = ("--league", "--node-split", "--net-heat", "--contributions")
    out = run(*OWN, *LOWER, *parts).out
    titles = (
        "ranking against placebo",
        "League table",
        "direct against indirect",
        "net heat",
        "contributions of direct",
    )
    places = [out.index(title) for title in titles]
    assert places == sorted(places)
    assert "League table" not in run(*OWN, *LOWER).out


def test_tables_of_a_network_go_to_one_workbook_or_to_files_side_by_side(run: Run, folder: Path) -> None:
    from python_calamine import CalamineWorkbook

    ran = run(*OWN, *LOWER, "--league", "--node-split", "--table", "n.xlsx")
    assert ran.code == 0
    book = CalamineWorkbook.from_path(str(folder / "n.xlsx"))
    assert book.sheet_names == ["ranking", "league", "node_splits", "about"]
    assert "Written: n.csv and n_league.csv." in run(*OWN, *LOWER, "--league", "--table", "n.csv").err
    assert (folder / "n_league.csv").read_text(encoding="utf-8").startswith("row,column,")


@pytest.mark.parametrize("name", ["forest", "graph", "ranking", "league", "node-split", "net-heat", "contributions"])
def test_each_figure_of_a_network_can_be_drawn(run: Run, folder: Path, name: str) -> None:
    ran = run(*OWN, *LOWER, "--draw", name, "--figure", "f.svg")
    assert (ran.code, (folder / "f.svg").is_file()) == (0, True)


def test_a_figure_that_does_not_exist_is_refused(run: Run, folder: Path) -> None:
    run(*OWN, *LOWER, "--draw", "map").fails_with("`--draw`", "'forest', 'graph'", "'map'")


def test_the_page_of_a_network_has_every_part_that_was_asked_for(run: Run, folder: Path) -> None:
    run(*OWN, *LOWER, "--league", "--contributions", "--report", "r.html")
    page = (folder / "r.html").read_text(encoding="utf-8")
    for title in ("Effects against the reference", "Network of trials", "League table", "Contributions"):
        assert title in page
    assert page.count("<svg") == 4


@pytest.mark.parametrize(
    ("header", "cells", "label"),
    [
        ("mean,sd,n", ("-1.2,2,20", "-3.4,2.6,25", "-0.8,2.2,40", "-2.9,2.1,38"), "mean difference"),
        ("events,time", ("12,310.5", "7,290", "3,50", "2,51"), "incidence rate ratio"),
    ],
)
def test_means_and_rates_by_arm_have_their_usual_measure(
    run: Run, folder: Path, header: str, cells: tuple[str, ...], label: str
) -> None:
    arms = ("A,placebo", "A,drug", "B,placebo", "B,drug")
    lines = [f"study,treatment,{header}", *(f"{arm},{cell}" for arm, cell in zip(arms, cells, strict=True))]
    Path("own.csv").write_text("\n".join(lines), encoding="utf-8")
    ran = run("network", "own.csv", "--better", "lower")
    assert ran.code == 0
    assert label in " ".join(ran.out.split())
