"""Threads, processes and BLAS threads change no number: every answer is compared with that of one thread."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from same_numbers import WORK, answer, answers

from tmsmeta.pooling.heterogeneity import InterceptModel


@pytest.fixture(scope="module")
def wanted() -> dict[str, str]:
    return answers()


def test_threads_that_share_data_and_fits_find_the_same(wanted: dict[str, str]) -> None:
    """Every kind of work in several threads at once, on the same objects."""
    with ThreadPoolExecutor(4) as threads:
        asked: list[tuple[str, Future[str]]] = [(name, threads.submit(answer, name)) for _ in range(3) for name in WORK]
        assert [name for name, found in asked if found.result() != wanted[name]] == []


class Shared(InterceptModel):
    """A model in which another thread asks for tau2 = 2 right after the weights at 0.5 were kept."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "_last" and value is not None and value[0] == 0.5:
            super().__setattr__(name, (2.0, self._weigh_by(1 / (self.v + 2.0), self._shifted)))


def test_threads_on_one_fit_do_not_get_each_others_weights() -> None:
    y, v = np.array([0.1, 0.5, -0.2]), np.array([0.1, 0.2, 0.3])
    np.testing.assert_array_equal(Shared(y, v).fit(0.5).weights, InterceptModel(y, v).fit(0.5).weights)


@pytest.mark.parametrize("method", [m for m in ("spawn", "fork") if m in multiprocessing.get_all_start_methods()])
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_started_and_copied_processes_find_the_same(method: str, wanted: dict[str, str]) -> None:
    """A copied process comes from one that has fitted, opened its BLAS threads and loaded everything already."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as processes:
        found = [processes.submit(answers) for _ in range(2)]
        assert all(one.result(timeout=600) == wanted for one in found)


def numbers(found: Any) -> Iterator[float]:
    if isinstance(found, dict):
        found = list(found.values())
    if isinstance(found, list):
        for part in found:
            yield from numbers(part)
    elif isinstance(found, (int, float)):
        yield float(found)


def test_one_and_many_blas_threads_agree(checkout: Path) -> None:
    """To the last bit where matrices are small; products of large ones add up in another order, but for rounding."""
    script = checkout / "tests" / "same_numbers.py"
    found: dict[str, dict[str, str]] = {}
    for threads in ("1", "8"):
        environment = os.environ | {"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        command = [sys.executable, str(script)]
        run = subprocess.run(
            command, env=environment | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            cwd=checkout, capture_output=True, text=True, check=True,
        )  # fmt: skip
        found[threads] = json.loads(run.stdout)
    for name in ("pools", "batch", "simulation"):
        assert found["8"][name] == found["1"][name], name
    one, many = (np.array([*numbers(json.loads(found[threads]["network"]))]) for threads in ("1", "8"))
    np.testing.assert_allclose(many, one, rtol=1e-9, atol=1e-12)
