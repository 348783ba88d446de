"""``--model`` of ``tmsmeta pool`` and ``tmsmeta proportion``: each model on counts as the library gives it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tmsmeta import (
    beta_binomial,
    beta_binomial_two_arm,
    effects,
    glmm,
    glmm_proportion,
    glmm_rate,
    mantel_haenszel,
    peto,
    pool,
)

Run = Callable[..., Any]
COUNTS = ([12, 9, 0, 20], [40, 30, 25, 60], [6, 4, 2, 11], [41, 29, 25, 58])
NAMES = ["Alpha", "Beta", "Gamma", "Delta"]
SINGLE = ([5, 12, 7, 30], [20, 40, 31, 90])
TIMES = ([5, 12, 7, 30], [120.5, 340.0, 310.0, 990.0])


@pytest.fixture
def single(folder: Path) -> Path:
    for name, size, (events, sizes) in (("single.csv", "n", SINGLE), ("rates.csv", "time", TIMES)):
        rows = [f"{s},{e},{n}" for s, e, n in zip(NAMES, events, sizes, strict=True)]
        (folder / name).write_text("\n".join([f"study,events,{size}", *rows]) + "\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (("--model", "mh"), lambda: mantel_haenszel("RR", *COUNTS, study=NAMES)),
        (("--model", "MH", "--measure", "RD"), lambda: mantel_haenszel("RD", *COUNTS, study=NAMES)),
        (
            ("--model", "mh", "--measure", "OR", "--zero-cells", "only0"),
            lambda: mantel_haenszel("OR", *COUNTS, study=NAMES, correction="only0"),
        ),
        (("--model", "peto", "--level", "0.9"), lambda: peto(*COUNTS, study=NAMES, level=0.9)),
        (("--model", "glmm"), lambda: glmm(*COUNTS, study=NAMES)),
        (("--model", "glmm:cm.al", "--ci", "t"), lambda: glmm(*COUNTS, study=NAMES, model="CM.AL", ci="t")),
        (("--model", "beta-binomial"), lambda: beta_binomial_two_arm(*COUNTS, study=NAMES)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_two_arms(run: Run, folder: Path, options: tuple[str, ...], wanted: Callable[[], Any]) -> None:
    found, made = run("pool", "counts.csv", *options, "--json").json, wanted()
    assert found["estimate"] == pytest.approx(made.estimate, rel=1e-12)
    assert (found["model"], found["measure"]) == (made.model, made.measure)


@pytest.mark.parametrize(
    ("file", "options", "wanted"),
    [
        ("single.csv", ("--model", "glmm"), lambda: glmm_proportion(*SINGLE, study=NAMES)),
        ("single.csv", ("--model", "beta-binomial"), lambda: beta_binomial(*SINGLE, study=NAMES)),
        ("rates.csv", ("--model", "glmm"), lambda: glmm_rate(*TIMES, study=NAMES)),
        ("single.csv", ("--measure", "PFT"), lambda: pool(effects.proportion("PFT", *SINGLE, study=NAMES))),
        ("rates.csv", ("--measure", "IR"), lambda: pool(effects.rate("IR", *TIMES, study=NAMES))),
    ],
)
def test_single_arms(run: Run, single: Path, file: str, options: tuple[str, ...], wanted: Callable[[], Any]) -> None:
    found = run("proportion", file, *options, "--json").json
    assert found["estimate"] == pytest.approx(wanted().estimate, rel=1e-12)


@pytest.mark.parametrize("measure", ["PR", "PLN", "PLO", "PAS", "PFT"])
def test_a_table_of_proportions_shows_proportions(run: Run, single: Path, measure: str) -> None:
    ran = run("proportion", "single.csv", "--measure", measure, "--figure", "f.png", "--table", "t.md")
    assert ran.code == 0
    rows = [line for line in (single / "t.md").read_text(encoding="utf-8").splitlines() if line.startswith("| Alpha")]
    assert "| 5/20 | 0.250 |" in rows[0]
    assert "against" not in ran.out


def test_forest_plots_of_models_have_no_prediction_interval_and_name_the_model(run: Run, folder: Path) -> None:
    for model, words in (("mh", "Mantel-Haenszel"), ("glmm", "Random effects (mixed model)"), ("peto", "Peto")):
        run("pool", "counts.csv", "--model", model, "--figure", "f.svg")
        svg = (folder / "f.svg").read_text(encoding="utf-8")
        assert words in svg
        assert "prediction" not in svg.lower().partition("</metadata>")[2]


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("counts.csv", "--model", "magic"), ("`--model`", "'inverse', 'mh', 'peto', 'glmm'", "'magic'")),
        (("counts.csv", "--model", "glmm:XX"), ("`--model`", "'glmm:UM.FS'", "'glmm:XX'")),
        (("counts.csv", "--model", "mh", "--tau2", "DL"), ("`--tau2`: does not apply to --model mh",)),
        (("counts.csv", "--model", "peto", "--zero-cells", "all"), ("`--zero-cells`: does not apply to --model peto",)),
        (("counts.csv", "--model", "glmm", "--profile", "META"), ("`--profile`: does not apply to --model glmm",)),
        (("counts.csv", "--model", "peto", "--measure", "RD"), ("`--measure`: must be one of PETO, OR",)),
        (("ratios.csv", "--model", "mh", "--measure", "RR"), ("`--model`", "needs the columns events_t")),
        (("single.csv", "--model", "mh"), ("`--model`", "needs the columns events_t, n_t")),
    ],
)
def test_what_a_model_cannot_do_is_said(
    run: Run, single: Path, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    run("pool", *arguments).fails_with(*parts)


def test_proportion_does_not_pool_two_arms(run: Run, folder: Path) -> None:
    run("proportion", "counts.csv").fails_with(
        "two arms, which `tmsmeta pool` pools", "counts.csv", "--shape proportions"
    )
    run("proportion").fails_with("two arms", "the shipped evidence")


def test_decimals_of_ratios_are_refused_where_there_are_none(run: Run, folder: Path) -> None:
    run("pool", "counts.csv", "--decimals", "2").fails_with("decimals", "is for printed ratios", "Leave it out. Got 2.")
