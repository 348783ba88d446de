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
    assert (ran.code, ran.err) == (0, "")
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


def test_the_direction_of_a_table_of_ones_own_must_be_stated(run: Run, folder: Path) -> None:
    run(*OWN).fails_with("`--better`", "must be stated", "higher", "lower")


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("nowhere.csv", "--better", "higher"), ("nowhere.csv", "is not a file")),
        (("faulty.csv", "--better", "higher"), ("5 faults", "row 4")),
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
