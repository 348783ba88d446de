"""The tests that draw examples, again with others: which ones is set by a seed, so that a failure comes back."""

from __future__ import annotations

import os
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
