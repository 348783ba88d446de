"""The examples that ``--help`` of each command gives run as they stand.

The files that they name are written first: a constructed table, or a copy of a review in ``examples/``.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer
from conftest import CHECKOUT

from tmsmeta.cli.app import app

Run = Callable[..., Any]
REVIEW = CHECKOUT / "examples" / "bcg"
REVIEWS = ("my_review", "my_review_2027", "my_review_next_year", "my_evidence")
TRIALS = """study,events_t,n_t,events_c,n_c,year,country,alloc
Alpha,12,40,6,41,1999,Norway,random
Beta,9,30,4,29,2001,Norway,random
Gamma,7,25,2,25,2003,Chile,alternate
Delta,20,60,11,58,2008,Chile,alternate
Epsilon,15,52,9,50,2011,Chile,random
Zeta,31,90,18,88,2015,Norway,alternate
"""
ARMS = """study,treatment,events,n
S1,drug,12,40
S1,placebo,6,41
S2,drug,9,30
S2,usual,4,29
S3,usual,10,50
S3,placebo,8,50
S4,drug,15,50
S4,usual,8,50
"""
COHORTS = "study,events,n\nA,11,35\nB,40,90\nC,7,51\nD,22,64\n"
OUTCOMES = """study,outcome,events_t,n_t,events_c,n_c
Alpha,response,30,60,15,60
Beta,response,25,60,18,60
Gamma,response,33,60,14,60
Delta,response,28,60,16,60
Alpha,remission,20,60,8,60
Beta,remission,12,60,10,60
Gamma,remission,22,60,6,60
"""
TABLES = {
    "outcomes.csv": OUTCOMES,
    "trials.csv": TRIALS,
    "my_trials.csv": TRIALS,
    "arms.csv": ARMS,
    "cohorts.csv": COHORTS,
}


def examples() -> dict[str, str]:
    """The line of each command that follows ``Example:`` in its help."""
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    return {name: (re.findall("Example: (.+)", command.help or "") or [""])[0] for name, command in commands.items()}


LINES = sorted(examples().values())


def write_inputs(folder: Path, arguments: list[str]) -> None:
    """The files and folders that the arguments name and that a user must have."""
    for name, text in TABLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copy(REVIEW / "claims.csv", folder / "my_claims.csv")
    book = pytest.importorskip("xlsxwriter").Workbook(str(folder / "trials.xlsx"))
    sheet = book.add_worksheet()
    for place, line in enumerate(TRIALS.splitlines()):
        sheet.write_row(place, 0, [int(cell) if cell.isdigit() else cell for cell in line.split(",")])
    book.close()
    for name in REVIEWS if arguments[0] != "new" else ():
        if any(argument.rstrip("/") == name for argument in arguments):
            shutil.copytree(REVIEW, folder / name)


def test_every_command_has_an_example() -> None:
    assert [name for name, example in examples().items() if not example.startswith(f"tmsmeta {name} ")] == []


@pytest.mark.parametrize("line", LINES)
def test_an_example_runs_as_it_stands(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = shlex.split(line, comments=True)[1:]
    write_inputs(tmp_path, arguments)
    ran = run(*arguments)
    assert ran.code == 0, ran.err
    assert ran.out
    for option, value in pairwise(arguments):
        if option in ("--figure", "--table", "--report", "--r-script", "--out"):
            assert (tmp_path / value).exists(), option
