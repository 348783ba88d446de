"""Memory of `pool_batch` with many rows, each size in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

BYTES_KEPT = 56  # seven numbers of each row, which the result holds
ROOM = 48 * 2**20  # blocks under way (two with two workers), and what the allocator rounds up

AT_ONCE = """
import sys, numpy as np, tmsmeta as tm
from resource import RUSAGE_SELF, getrusage
count, gaps, jobs = int(sys.argv[1]), sys.argv[2] == "gaps", int(sys.argv[3])
peak = lambda: getrusage(RUSAGE_SELF).ru_maxrss * 1024
def rows(count):
    rng = np.random.default_rng(1)
    vi = rng.random((count, 3))
    vi += 0.1
    yi = rng.random((count, 3))
    if gaps:
        yi[::3, 0] = np.nan
    return yi, vi
tm.pool_batch(*rows(70_000), tau2="DL", engine="numpy", n_jobs=jobs)
yi, vi = rows(count)
before = peak()
result = tm.pool_batch(yi, vi, tau2="DL", engine="numpy", n_jobs=jobs)
assert len(result) == count
print(peak() - before)
"""

BLOCK_BY_BLOCK = """
import sys, numpy as np, tmsmeta as tm
from resource import RUSAGE_SELF, getrusage
peak = lambda: getrusage(RUSAGE_SELF).ru_maxrss * 1024
rng = np.random.default_rng(1)
held = 0
for start in range(0, int(sys.argv[1]), 50_000):
    part = tm.pool_batch(rng.normal(0.3, 0.4, (50_000, 3)), np.full((50_000, 3), 0.1), tau2="DL", engine="numpy")
    held += int(((part.ci_low <= 0.3) & (part.ci_high >= 0.3)).sum())
print(peak())
"""


def measured(script: str, *arguments: object) -> int:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "MALLOC_ARENA_MAX": "1"}
    return int(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is counted in other units elsewhere")
@pytest.mark.parametrize(("given", "jobs"), [("full", 1), ("gaps", 1), ("full", 2)])
def test_a_million_rows_take_the_memory_of_their_result_and_no_more(given: str, jobs: int) -> None:
    assert measured(AT_ONCE, 1_000_000, given, jobs) <= 1_000_000 * BYTES_KEPT + ROOM


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is counted in other units elsewhere")
def test_a_million_rows_block_by_block_take_the_memory_of_a_tenth_of_them() -> None:
    assert measured(BLOCK_BY_BLOCK, 1_000_000) - measured(BLOCK_BY_BLOCK, 100_000) <= ROOM
