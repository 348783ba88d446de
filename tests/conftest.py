"""Helpers shared by the tests: reading reference results, comparing with a stated tolerance."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

# The same examples on every run: a red run means a change, never a lucky draw. Other examples, by seed, are drawn by
# tests/properties/test_other_examples.py in `make test-slow`.
settings.register_profile("same examples", derandomize=True, deadline=None)
settings.register_profile("by seed", derandomize=False, deadline=None, database=None, print_blob=True)
# As by seed, and fifty times as many of the tests that ask for :func:`examples`.
settings.register_profile("nightly", settings.get_profile("by seed"))
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "same examples")
settings.load_profile(PROFILE)


def examples(number: int) -> settings:
    """So many examples of a property in `make test`, and fifty times as many under the profile "nightly"."""
    return settings(max_examples=50 * number if PROFILE == "nightly" else number)


REFERENCE = Path(__file__).parent / "reference"
CHECKOUT = Path(__file__).parent.parent


@cache
def reference(name: str) -> dict[str, Any]:
    """The reference results of one data set; missing values are None."""
    result: dict[str, Any] = json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))
    return result


def numbers(values: Any) -> np.ndarray:
    """A float array in which None has become NaN."""
    return np.array([np.nan if v is None else v for v in np.atleast_1d(np.array(values, dtype=object))], dtype=float)


def same(found: Any, wanted: Any, rtol: float, *, what: str = "", atol: float = 0.0) -> None:
    """Assert that numbers agree to a relative (and absolute) tolerance; NaN equals NaN."""
    np.testing.assert_allclose(np.asarray(found, dtype=float), wanted, rtol=rtol, atol=atol, err_msg=what)


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The top folder of the checkout."""
    return CHECKOUT


@pytest.fixture
def example_folder(checkout: Path, tmp_path: Path) -> Iterator[Path]:
    """Where the examples run: a copy of notebooks/example, whose files some of them read."""
    yield Path(shutil.copytree(checkout / "notebooks" / "example", tmp_path / "example"))
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
