"""The tests that draw examples, again with others and with more; a seed sets which, so that a failure comes back."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DRAWN = sorted(
    str(path.relative_to(Path(__file__).parents[2]))
    for path in Path(__file__).parents[1].rglob("test_*.py")
    if "\nfrom hypothesis import" in path.read_text(encoding="utf-8")
)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 11))
@pytest.mark.parametrize("file", DRAWN)
def test_examples_of_another_seed_hold_too(file: str, seed: int, checkout: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-x", f"--hypothesis-seed={seed}", file]
    environment = os.environ | {"HYPOTHESIS_PROFILE": "by seed"}
    run = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-8000:]


# Random tables and networks that a night is to try, at least.
NIGHTLY = {"every_table": 20_000, "every_network": 5_000, "dialects": 2_500}


@pytest.mark.slow
@pytest.mark.parametrize("name", NIGHTLY)
def test_many_more_examples_hold(name: str, checkout: Path) -> None:
    file = f"tests/properties/test_{name}.py"
    command = [sys.executable, "-m", "pytest", "-q", "--hypothesis-show-statistics", file]
    environment = os.environ | {"HYPOTHESIS_PROFILE": "nightly"}
    run = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-8000:]
    tried = sum(int(number) for number in re.findall(r"- (\d+) passing", run.stdout))
    print(f"{file}: {tried} examples passed")
    assert tried >= NIGHTLY[name]
