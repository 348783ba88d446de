"""``tmsmeta subgroups``, ``regression``, ``sensitivity``, ``smallstudy``: what the library and what R gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tmsmeta import (
    effects,
    egger,
    gosh,
    influence,
    leave_one_out,
    lfk_index,
    meta_regression,
    pool,
    study_power,
    subgroups,
    trim_and_fill,
)
from tmsmeta.words.results import to_plain

Run = Callable[..., Any]
TABLE = """trial;tpos;n1;cpos;n2;year;country
Alpha;12;40;6;41;2001;Chile
Beta;9;30;4;29;1999;Peru
Gamma;1;25;2;25;2010;Chile
Delta;20;60;11;58;2004;Peru
Epsilon;8;33;9;35;2007;Chile
"""
GIVEN = ("own.csv", "--columns", "events_t=tpos,n_t=n1,events_c=cpos,n_c=n2,study=trial")
COUNTS = ([12, 9, 1, 20, 8], [40, 30, 25, 60, 33], [6, 4, 2, 11, 9], [41, 29, 25, 58, 35])
NAMES = ["Alpha", "Beta", "Gamma", "Delta", "Epsilon"]
TRIALS = effects.binary("RR", *COUNTS, study=NAMES)
BCG = ("--evidence", "examples/bcg", "--measure", "RR")


@pytest.fixture
def own(folder: Path) -> Path:
    (folder / "own.csv").write_text(TABLE, encoding="utf-8")
    return folder


@pytest.fixture
def bcg(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(checkout)
    return checkout


def test_subgroups_are_those_of_the_column(run: Run, own: Path) -> None:
    found = run("subgroups", *GIVEN, "--by", "country", "--json").json
    wanted = subgroups(TRIALS, ["Chile", "Peru", "Chile", "Peru", "Chile"])
    assert found.pop("input")["kept"] == ["year", "country"]
    assert found == to_plain(wanted.to_dict())
    shown = run("subgroups", *GIVEN, "--by", "country", "--figure", "f.png")
    assert "Risk ratio, treated against comparator: by country" in shown.out
    assert "Pooled risk ratio by subgroup: Chile" in " ".join(shown.out.split())
    assert (own / "f.png").is_file()


def test_a_common_tau2_can_be_asked_for(run: Run, own: Path) -> None:
    found = run("subgroups", *GIVEN, "--by", "country", "--common-tau2", "--json").json
    assert found["common_tau2"] is True


def test_a_column_that_is_not_there_is_named_with_the_one_that_may_be_meant(run: Run, own: Path) -> None:
    run("subgroups", *GIVEN, "--by", "contry").fails_with("`--by`", "year, country", "Is 'country' meant?", "'contry'")
    options = ("--analysis", "cumulative", "--order", "years")
    run("sensitivity", *GIVEN, *options).fails_with("`--order`", "Is 'year' meant?")


def test_clusters_are_a_column(run: Run, own: Path) -> None:
    countries, years = ["Chile", "Peru", "Chile", "Peru", "Chile"], [2001, 1999, 2010, 2004, 2007]
    found = run("pool", *GIVEN, "--cluster", "country", "--robust", "CR0", "--json").json
    del found["input"]
    assert found == to_plain(pool(TRIALS, cluster=countries, robust="CR0").to_dict())
    found = run("subgroups", *GIVEN, "--by", "country", "--cluster", "year", "--json").json
    del found["input"]
    assert found == to_plain(subgroups(TRIALS, countries, cluster=years).to_dict())
    found = run("regression", *GIVEN, "--formula", "~ year", "--cluster", "study", "--json").json
    wanted = meta_regression(TRIALS, "~ year", {"year": years}, cluster="study", missing="drop")
    del found["input"]
    assert found == to_plain(wanted.to_dict())
    few = run("regression", *GIVEN, "--formula", "~ year", "--cluster", "country")
    assert "2 coefficients need at least 3 clusters, got 2" in few.err


def test_clusters_beside_an_interval_or_a_model_on_counts_are_refused(run: Run, own: Path) -> None:
    assert "leave it out" in run("pool", *GIVEN, "--cluster", "country", "--ci", "hksj").err
    assert "needs --cluster" in run("pool", *GIVEN, "--robust", "CR0").err
    assert "does not apply to --model mh" in run("pool", *GIVEN, "--cluster", "country", "--model", "mh").err
    assert "must be one of the columns" in run("subgroups", *GIVEN, "--by", "country", "--cluster", "land").err


def test_subgroups_of_the_evidence(run: Run, bcg: Path) -> None:
    found = run("subgroups", *BCG, "--by", "allocation", "--json").json
    assert set(found["pools"]) == {"random", "alternate", "systematic"}


def test_a_regression_is_that_of_the_library(run: Run, own: Path) -> None:
    found = run("regression", *GIVEN, "--formula", "~ year + C(country)", "--ci", "hksj", "--json").json
    data = {"year": [2001, 1999, 2010, 2004, 2007], "country": ["Chile", "Peru", "Chile", "Peru", "Chile"]}
    wanted = meta_regression(TRIALS, "~ year + C(country)", data, ci="hksj", missing="drop")
    del found["input"]
    assert found == to_plain(wanted.to_dict())


def test_a_regression_of_the_evidence_gives_what_r_gives(run: Run, bcg: Path) -> None:
    # rma(yi, vi, mods = ~ ablat, control = list(threshold = 1e-12)) of R metafor 3.8-1, log risk ratios of dat.bcg
    found = run("regression", *BCG, "--formula", "~ latitude", "--json").json
    assert found["beta"] == pytest.approx([0.2514682100070, -0.0291017250116], rel=1e-8)
    assert found["qm"] == pytest.approx(16.3582321470467, rel=1e-8)
    assert found["tau2"] == pytest.approx(0.0763479639559, rel=1e-8)
    assert found["r2"] == pytest.approx(75.6266218113933, rel=1e-8)


def test_a_regression_on_a_number_is_drawn_and_one_on_categories_says_why_not(run: Run, own: Path) -> None:
    run("regression", *GIVEN, "--formula", "~ year", "--figure", "f.pdf")
    assert (own / "f.pdf").read_bytes().startswith(b"%PDF")
    ran = run("regression", *GIVEN, "--formula", "~ country", "--figure", "g.pdf")
    ran.fails_with("`--formula`", "has no numeric moderator to draw the studies along")
    assert not (own / "g.pdf").exists()


def test_too_many_moderators_are_refused_with_the_reason(run: Run, own: Path) -> None:
    formula = "~ year + C(country) + n1 + n2"
    run("regression", *GIVEN, "--formula", formula).fails_with("n1")
    run("regression", *GIVEN, "--formula", "~ C(year)").fails_with("`--formula`", "cannot be fitted")


def test_leaving_one_out_is_the_default(run: Run, own: Path) -> None:
    found = run("sensitivity", *GIVEN, "--json").json
    assert found["analysis"] == to_plain(leave_one_out(TRIALS))
    shown = run("sensitivity", *GIVEN)
    assert "leave-one-out" in shown.out
    assert "without" in shown.out


def test_a_cumulative_analysis_follows_its_column(run: Run, own: Path) -> None:
    found = run("sensitivity", *GIVEN, "--analysis", "cumulative", "--order", "year", "--json").json
    assert [row["study"] for row in found["analysis"]] == ["Beta", "Alpha", "Delta", "Epsilon", "Gamma"]


def test_influence_and_gosh(run: Run, own: Path) -> None:
    found = run("sensitivity", *GIVEN, "--analysis", "influence", "--json").json
    assert found["analysis"] == to_plain(influence(TRIALS))
    clouds = run("sensitivity", *GIVEN, "--analysis", "gosh", "--json").json
    assert clouds["analysis"] == to_plain(gosh(TRIALS).by_study())
    sampled = run("sensitivity", *GIVEN, "--analysis", "gosh", "--subsets", "20", "--seed", "3")
    assert "20 random draws of subsets (seed 3)" in sampled.out


@pytest.mark.parametrize("analysis", ["leave-one-out", "cumulative", "influence", "gosh"])
def test_each_sensitivity_analysis_has_its_figure_and_table(run: Run, own: Path, analysis: str) -> None:
    ran = run(
        "sensitivity", *GIVEN, "--analysis", analysis, "--figure", "f.pdf", "--table", "t.md", "--report", "r.html"
    )
    assert (ran.code, "Written: f.pdf, t.md and r.html." in ran.err) == (0, True)
    assert (own / "t.md").read_text(encoding="utf-8").startswith("**Risk ratio, treated against comparator: ")


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("--analysis", "loo"), ("`--analysis`", "'leave-one-out', 'cumulative'", "'loo'")),
        (("--order", "year"), ("`--order`", "applies to --analysis cumulative alone")),
        (("--analysis", "influence", "--seed", "1"), ("`--seed`", "applies to --analysis gosh alone")),
    ],
)
def test_options_of_another_analysis_are_refused(
    run: Run, own: Path, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    run("sensitivity", *GIVEN, *arguments).fails_with(*parts)


def test_every_test_of_asymmetry_is_made_and_what_cannot_be_says_why(run: Run, own: Path) -> None:
    found = run("smallstudy", *GIVEN, "--json").json
    assert found["tests"]["Egger"] == to_plain(egger(TRIALS))
    assert found["trim_and_fill"] == to_plain(trim_and_fill(TRIALS))
    assert found["lfk_index"] == to_plain(lfk_index(TRIALS))
    assert found["study_power"] == to_plain(study_power(TRIALS))
    assert set(found["tests"]) == {"Egger", "Begg", "Harbord", "Peters", "Deeks"}
    ratios = run("smallstudy", "ratios.csv", "--measure", "RR")
    assert ratios.code == 0
    assert "Harbord: not assessable: needs the columns events_t" in " ".join(ratios.out.split())


def test_the_funnel_is_drawn_with_the_studies_that_were_filled_in(run: Run, own: Path) -> None:
    ran = run("smallstudy", *GIVEN, "--side", "left", "--estimator", "R0", "--figure", "funnel.svg")
    assert (ran.code, (own / "funnel.svg").is_file()) == (0, True)


@pytest.mark.parametrize("draw", ["funnel", "doi", "sunset"])
def test_the_figure_of_small_studies_is_the_one_asked_for(run: Run, own: Path, draw: str) -> None:
    assert run("smallstudy", *GIVEN, "--draw", draw, "--figure", "f.svg").code == 0
    words = {"funnel": "Standard error", "doi": "LFK index", "sunset": "Power (%)"}[draw]
    assert words in (own / "f.svg").read_text(encoding="utf-8")
    run("smallstudy", *GIVEN, "--draw", "dio").fails_with("--draw", "'funnel', 'doi', 'sunset'")


def test_a_single_study_gives_reasons_and_no_fault(run: Run, folder: Path) -> None:
    (folder / "one.csv").write_text("study,events_t,n_t,events_c,n_c\nA,5,20,3,20\n", encoding="utf-8")
    ran = run("smallstudy", "one.csv")
    assert ran.code == 0
    assert "needs at least 3 studies, got 1" in ran.out


def test_a_year_in_the_label_of_a_study_is_still_a_moderator(run: Run, folder: Path) -> None:
    rows = ["Alpha,1999,12,40,6,41", "Alpha,2001,9,30,4,29", "Beta,2004,20,60,11,58", "Gamma,2010,8,33,9,35"]
    (folder / "years.csv").write_text("\n".join(["author,year,ai,n1i,ci,n2i", *rows]) + "\n", encoding="utf-8")
    found = run("regression", "years.csv", "--formula", "~ year", "--json").json
    assert found["studies"] == ["Alpha 1999", "Alpha 2001", "Beta 2004", "Gamma 2010"]
    assert found["terms"] == ["Intercept", "year"]
    assert run("sensitivity", "years.csv", "--analysis", "cumulative", "--order", "year").code == 0
