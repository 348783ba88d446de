"""What is printed fits the console, in a terminal and in a pipe; help is a screen, and slips are understood."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from rich.cells import cell_len
from typer.main import get_command

from tmsmeta.cli.app import app
from tmsmeta.cli.blocks import blocks

Run = Callable[..., Any]
COMMANDS = sorted(get_command(app).commands)  # type: ignore[attr-defined]
ANALYSES = (
    ("pool", "counts.csv"),
    ("subgroups", "counts.csv", "--by", "n_c"),
    ("sensitivity", "counts.csv", "--analysis", "influence"),
    ("smallstudy", "counts.csv"),
    ("network", "arms.csv", "--reference", "placebo", "--better", "higher", "--league", "--node-split"),
    ("network", "arms.csv", "--reference", "placebo", "--better", "higher", "--contributions", "--net-heat"),
    ("reconstruct", "--percent", "34.3,11.4"),
    ("joint", "--network"),
)


def _shell(folder: Path, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    tool = f"{sys.executable} -m tmsmeta"
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command.format(tool)}"],
        cwd=folder,
        env=known | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("arguments", ANALYSES, ids=" ".join)
@pytest.mark.parametrize("columns", [60, 80, 120])
def test_output_fits_the_console(run: Run, folder: Path, arguments: tuple[str, ...], columns: int) -> None:
    with patch.dict(os.environ, TEST_COLUMNS=str(columns)):
        ran = run(*arguments)
    assert ran.code == 0
    assert max(cell_len(line) for line in ran.out.splitlines()) <= columns


def test_a_pipe_has_80_columns_unless_told_otherwise(folder: Path) -> None:
    plain = _shell(folder, "{} pool counts.csv | cat").stdout
    assert 60 < max(map(cell_len, plain.splitlines())) <= 80
    wide = _shell(folder, "{} pool counts.csv | cat", COLUMNS="200").stdout
    assert max(map(cell_len, wide.splitlines())) > 120


def test_a_pipe_that_closes_early_is_no_error(folder: Path) -> None:
    rows = "\n".join(f"S{i},{5 + i % 7},40,{3 + i % 5},41" for i in range(3000))
    (folder / "long.csv").write_text(f"study,events_t,n_t,events_c,n_c\n{rows}\n", encoding="utf-8")
    for json in ("", "--json"):
        done = _shell(folder, f"{{}} pool long.csv --tau2 DL {json} | head -1")
        assert done.returncode == 0
        assert "Broken" not in done.stderr
        assert "Traceback" not in done.stderr


def test_wide_tables_come_in_blocks_that_repeat_the_first_column() -> None:
    head = ["study", *(f"column {i}" for i in range(12))]
    rows = [["Alpha", *("1.23 (0.12 to 4.56)",) * 12]]
    found = blocks(head, rows, set(range(1, 13)), 80)
    assert [place for block in found for place in block if place] == list(range(1, 13))
    for block in found:
        assert next(iter(block)) == 0
        assert sum(width + 3 for width in block.values()) + 1 <= 80
        assert all(width >= 19 for place, width in block.items() if place)


def test_one_long_text_is_wrapped_and_not_cut(run: Run, folder: Path) -> None:
    name = "A study with a name that is longer than the whole console is wide as happens in real tables at times"
    rows = f"study,events_t,n_t,events_c,n_c\n{name},12,40,6,41\nBeta,9,30,4,29\n"
    (folder / "names.csv").write_text(rows, encoding="utf-8")
    ran = run("pool", "names.csv")
    assert max(map(cell_len, ran.out.splitlines())) <= 100
    assert all(word in ran.out for word in name.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_a_screen_with_an_example(run: Run, command: str) -> None:
    with patch.dict(os.environ, TEST_COLUMNS="80"):
        ran = run(command, "--help")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert len(lines) <= 44
    assert max(map(len, lines)) <= 80
    assert "Example: tmsmeta" in ran.out


def test_the_list_of_commands_cuts_no_sentence(run: Run) -> None:
    with patch.dict(os.environ, TEST_COLUMNS="80"):
        out = run("--help").out
    assert "..." not in out.replace("[ARGS]...", "")
    for command in COMMANDS:
        assert f"  {command} " in out


def test_a_misspelt_command_or_option_brings_the_right_one(run: Run, folder: Path) -> None:
    run("pol", "counts.csv").fails_with("Did you mean 'pool'")
    run("pool", "counts.csv", "--mesure", "OR").fails_with("--measure")
    run("network", "arms.csv", "--levle", "0.9").fails_with("--level")


def test_shells_can_complete(run: Run) -> None:
    assert "--install-completion" in run("--help").out


def test_a_command_imports_what_it_uses_and_no_more(folder: Path) -> None:
    code = """
import sys
from tmsmeta.cli.app import app
app(["pool", "counts.csv"], standalone_mode=False)
heavy = ("matplotlib", "networkx", "jinja2", "pandera", "formulaic", "statsmodels", "xlsxwriter", "python_calamine")
print([name for name in heavy if name in sys.modules])
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_a_table_that_fits_without_rules_keeps_its_weights_beside_its_effects(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"Ferguson and Simes {1949 + i},{186 + i},50634,{505 + i},88391" for i in range(3)]
    (folder / "long.csv").write_text("\n".join(["study,events_t,n_t,events_c,n_c", *rows]), encoding="utf-8")
    monkeypatch.setenv("TEST_COLUMNS", "80")
    lines = run("pool", "long.csv").out.splitlines()
    assert max(map(len, lines)) <= 80
    first = [line for line in lines if line.startswith("Ferguson and Simes 1949")]
    assert len(first) == 1
    assert first[0].rstrip().endswith("%")
