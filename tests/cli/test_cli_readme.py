"""The README can be typed literally: every command after the first, and its Python, one after the other."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from conftest import CHECKOUT

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
FIRST, TABLES, REVIEWS, PYTHON = (text.splitlines() for _, text in BLOCKS)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the commands may read of a checkout, and nothing more."""
    for name in ("examples", "data"):
        (tmp_path / name).symlink_to(CHECKOUT / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_first_block_names_targets_of_the_makefile() -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    assert [line.split()[:2] for line in FIRST] == [["make", "reproduce"], ["make", "test"]]
    for target in re.findall(r"\bmake (\w+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    assert "OUT ?= tmsmeta-results" in makefile  # as the README says


@pytest.mark.parametrize("block", [TABLES, REVIEWS], ids=["a table", "a review"])
def test_the_commands_run_one_after_the_other(run: Callable[..., Any], checkout: Path, block: list[str]) -> None:
    commands = [shlex.split(line, comments=True) for line in block]
    if commands[0][0] == ".":
        assert commands.pop(0) == [".", ".venv/bin/activate"]
    for command, *arguments in commands:
        assert command == "tmsmeta"
        ran = run(*arguments)
        assert ran.code == 0, (arguments, ran.err)
        assert ran.out, arguments
        for option, value in pairwise(arguments):
            if option in ("--figure", "--report", "--out"):
                assert (checkout / value).exists(), option


def test_the_python_runs(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert BLOCKS[-1][0] == "python"
    exec(compile("\n".join(PYTHON), "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert printed.startswith("13 studies: pooled risk ratio 0.49")
    assert (checkout / "forest.png").exists()


def test_it_is_no_longer_than_a_screen_and_a_half() -> None:
    assert len([line for line in README.splitlines() if line]) <= 100
