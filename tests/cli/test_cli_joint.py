"""``tmsmeta joint``: outcomes of one's own table or of a review, pairwise and in networks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tmsmeta as tm

Run = Callable[..., Any]
N = 60
WIDE = {"A": (30, 15), "B": (25, 18), "C": (33, 14), "D": (28, 16), "E": (21, 15), "F": (36, 12), "G": (27, 17)}
NARROW = {"A": (20, 8), "B": (12, 10), "C": (22, 6), "D": (15, 8), "E": (10, 9)}
OUTCOMES = {"response": WIDE, "remission": NARROW}
THIRD = {"A": (22, 12), "C": (24, 13)}  # a third arm of two trials


@pytest.fixture
def counts(folder: Path) -> Path:
    """A row per trial and outcome."""
    lines = ["study,outcome,events_t,n_t,events_c,n_c"]
    lines += [f"{s},{o},{t},{N},{c},{N}" for o, own in OUTCOMES.items() for s, (t, c) in own.items()]
    (folder / "outcomes.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def by_arm(folder: Path) -> Path:
    """A row per arm and outcome, of three treatments."""
    lines = ["study,outcome,treatment,events,n"]
    for j, (outcome, own) in enumerate(OUTCOMES.items()):
        for study, (drug, placebo) in own.items():
            more = [("other", THIRD[study][j])] if study in THIRD else []
            lines += [f"{study},{outcome},{t},{e},{N}" for t, e in [("drug", drug), ("placebo", placebo), *more]]
    (folder / "arms_of_outcomes.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_a_table_with_a_column_of_outcomes_gives_the_numbers_of_python(run: Run, counts: Path) -> None:
    ran = run("joint", "outcomes.csv", "--outcomes", "response,remission", "--nested", "--measure", "OR", "--json")
    sets = {
        name: tm.effects.binary("OR", *zip(*[(t, N, c, N) for t, c in own.values()], strict=True), study=list(own))
        for name, own in OUTCOMES.items()
    }
    wanted = tm.joint(sets, nested=("response", "remission"))
    assert wanted.effects.k == len(WIDE)
    np.testing.assert_allclose(ran.json["estimate"], wanted.estimate, rtol=1e-10)
    limits = wanted.between_intervals()
    assert [row["parameter"] for row in ran.json["between_intervals"]] == list(limits["parameter"])
    np.testing.assert_allclose([row["high"] for row in ran.json["between_intervals"]], limits["high"], rtol=1e-10)
    assert set(ran.json["input"]) == {"response", "remission"}


def test_tables_figure_and_page_are_written(run: Run, counts: Path) -> None:
    asked = ("joint", "outcomes.csv", "--outcomes", "response,remission", "--correlation", "0.5", "--ci", "z")
    ran = run(*asked, "--figure", "f.svg", "--table", "t.csv", "--report", "p.html")
    assert ran.code == 0
    assert "jointly" not in ran.err
    assert "0.5" in ran.out
    assert {"f.svg", "p.html"} <= {path.name for path in counts.iterdir()}
    assert "<h1>response and remission together" in (counts / "p.html").read_text(encoding="utf-8")


def test_a_table_by_arm_ranks_its_treatments_over_both_outcomes(run: Run, by_arm: Path) -> None:
    asked = ("joint", "arms_of_outcomes.csv", "--outcomes", "response,remission", "--nested", "--network")
    ran = run(*asked, "--better", "higher", "--measure", "OR", "--json")
    import pandas as pd

    table = pd.read_csv(by_arm / "arms_of_outcomes.csv")
    nets = {
        name: tm.network(rows.drop(columns="outcome"), measure="OR", reference="placebo", better="higher")
        for name, rows in table.groupby("outcome", sort=False)
    }
    wanted = tm.joint_network(nets, nested=("response", "remission"))
    np.testing.assert_allclose([e["estimate"] for e in ran.json["effects"]], wanted.beta, rtol=1e-9)
    assert [r["treatment"] for r in ran.json["ranking"]] == list(wanted.ranking()["treatment"])
    assert len(ran.json["between_intervals"]) == 3
    shown = run(*asked, "--better", "higher", "--figure", "two.svg")
    assert shown.code == 0
    assert "mean P-score" in " ".join(shown.out.replace("┃", " ").split())


def test_the_shipped_review_is_the_default(run: Run) -> None:
    ran = run("joint", "--json")
    assert ran.json["outcomes"] == ["response", "remission"]
    assert "nested" in ran.json["within"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), ("--outcomes", "at least two")),
        (("--outcomes", "response"), ("--outcomes", "at least two")),
        (("--outcomes", "response,response"), ("each once",)),
        (("--outcomes", "response,remission"), ("--nested", "--correlation")),
        (("--outcomes", "response,remission", "--nested", "--correlation", "0.5"), ("one of the two",)),
        (("--outcomes", "response,remission", "--nested", "--reference", "placebo"), ("--reference", "--network")),
        (("--outcomes", "response,death", "--nested"), ("death",)),
        (("--outcomes", "response,remission", "--nested", "--r-script", "x.R"), ("--r-script",)),
        (("--outcomes", "response,remission", "--nested", "--structure", "diag"), ("diagonal",)),
        (("--outcomes", "response,remission", "--nested", "--outcome", "response"), ("--outcomes",)),
    ],
)
def test_what_does_not_fit_is_named(run: Run, counts: Path, options: tuple[str, ...], words: tuple[str, ...]) -> None:
    run("joint", "outcomes.csv", *options).fails_with(*words)
