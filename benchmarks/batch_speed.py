"""Times the batched engine against its peers, all in one run: ratios first, then rates, subsets, bootstraps, growth.

Usage: python benchmarks/batch_speed.py [--repeats 7] [--peers DIR]

Data: simulated log odds ratios of 13 trials (tmsmeta.robustness.simulation). Every time is the median of several calls
on one core, from arrays to estimate, standard error, tau2 and 95% limits; all methods get the same data sets. Times are
processor times, which other work on the machine disturbs less than the clock on the wall.

Peers: the C loop of fisher_loop.c, compiled here with cc; metafor, where Rscript has it; PyMARE, where `--peers DIR`
names a folder for a virtual environment of its own, into which it is installed. A peer that is not there is left out
with a message.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from tmsmeta import effects
from tmsmeta.pooling.many.batch import pool_batch
from tmsmeta.pooling.many.fit import numba_is_installed
from tmsmeta.robustness.resampling.bootstrap import bootstrap
from tmsmeta.robustness.sensitivity.gosh import gosh
from tmsmeta.robustness.simulation.cell import draw, effect_sizes
from tmsmeta.robustness.simulation.spec import SimulationCell

HERE = Path(__file__).parent
METAFOR = """
suppressMessages(library(metafor))
d <- as.matrix(read.csv("%s", header = FALSE)); k <- ncol(d) / 2
f <- function(i) rma.uni(d[i, 1:k], d[i, k + 1:k], method = "REML", control = list(stepadj = 0.5, maxiter = 1000))
invisible(f(1)); cat(sum(system.time(for (i in seq_len(nrow(d))) f(i))[1:2]))
"""
PYMARE = """
import sys, time
import numpy as np
from pymare.estimators import VarianceBasedLikelihoodEstimator
y, v = np.load(sys.argv[1])
def call():
    start = time.process_time()
    VarianceBasedLikelihoodEstimator("REML").fit(y=y.T, v=v.T, X=np.ones((y.shape[1], 1)))
    return time.process_time() - start
call()
print(sorted(call() for _ in range(3))[1])
"""


def data_sets(n: int, k: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Log odds ratios of n simulated meta-analyses of k trials, shape (n, k)."""
    cell = SimulationCell(k=k, tau2=0.2, effect=0.5, n=(15, 120))
    yi, vi = effect_sizes(draw(cell, "OR", n, np.random.default_rng(seed)), "OR", "only0")
    return np.ascontiguousarray(yi.T), np.ascontiguousarray(vi.T)


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Median time of a call, after one that does not count."""
    call()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return statistics.median(times)


def ours(yi: np.ndarray, vi: np.ndarray, engine: str) -> Callable[[], object]:
    def call() -> object:
        rows = pool_batch(yi, vi, engine=engine)
        return rows.se, rows.ci_low, rows.ci_high

    return call


def c_loop(yi: np.ndarray, vi: np.ndarray, flags: str, folder: Path) -> Callable[[], object] | None:
    """A call of the compiled loop, or None without a compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    library = folder / f"fisher{len(flags)}.so"
    source = HERE / "fisher_loop.c"
    subprocess.run([compiler, *flags.split(), "-shared", "-fPIC", str(source), "-o", str(library), "-lm"], check=True)
    array = np.ctypeslib.ndpointer(float, flags="C_CONTIGUOUS")
    function = ctypes.CDLL(str(library)).fisher_reml
    function.restype = ctypes.c_long
    function.argtypes = [array, array, ctypes.c_long, ctypes.c_long, ctypes.c_double, array, array, array]
    n, k = yi.shape
    found = [np.empty(n) for _ in range(3)]
    return lambda: function(yi, vi, n, k, 1e-8, *found)


def metafor_seconds(yi: np.ndarray, vi: np.ndarray, folder: Path) -> float | None:
    """Seconds per fit in metafor."""
    if shutil.which("Rscript") is None:
        return None
    n = 200
    path = folder / "data.csv"
    np.savetxt(path, np.hstack([yi[:n], vi[:n]]), delimiter=",", fmt="%.17g")
    done = subprocess.run(["Rscript", "-e", METAFOR % path], capture_output=True, text=True, check=False)
    return float(done.stdout.split()[-1]) / n if done.returncode == 0 and done.stdout else None


def pymare_seconds(yi: np.ndarray, vi: np.ndarray, peers: Path | None, folder: Path) -> float | None:
    """Seconds per fit in PyMARE, which takes all data sets in one call."""
    if peers is None:
        return None
    python = peers / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(peers)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "pymare"], check=True)
    n = 20_000
    np.save(folder / "data.npy", np.stack([yi[:n], vi[:n]]))
    done = subprocess.run([str(python), "-c", PYMARE, str(folder / "data.npy")], capture_output=True, text=True)
    if done.returncode:
        print(done.stderr.strip().splitlines()[-1])
        return None
    return float(done.stdout) / n


def compare(repeats: int, peers: Path | None) -> None:
    yi, vi = data_sets(100_000, 13)
    n = len(yi)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain, tuned = c_loop(yi, vi, "-O2", folder), c_loop(yi, vi, "-O3 -march=native", folder)
        fits = {
            "tmsmeta, numpy": seconds(ours(yi, vi, "numpy"), repeats) / n,
            "tmsmeta, numba": seconds(ours(yi, vi, "numba"), repeats) / n if numba_is_installed() else None,
            "C loop, cc -O2": seconds(plain, repeats) / n if plain else None,
            "C loop, cc -O3 -march=native": seconds(tuned, repeats) / n if tuned else None,
            "PyMARE": pymare_seconds(yi, vi, peers, folder),
            "metafor": metafor_seconds(yi, vi, folder),
        }
    print("REML, 13 studies, one core: time relative to tmsmeta with numpy (fits per second)")
    base = fits["tmsmeta, numpy"]
    assert base is not None
    for label, per_fit in fits.items():
        print(f"  {label:30s}" + (" not there" if per_fit is None else f"{per_fit / base:10.2f}  ({1 / per_fit:,.0f})"))


def subsets_and_bootstraps(repeats: int) -> None:
    for k, times in ((13, repeats), (20, 1)):
        yi, vi = data_sets(1, k, seed=k)
        studies = effects.generic(yi[0], vi=vi[0])
        spent = seconds(lambda e=studies: gosh(e, ci="z"), times)
        most = peak(lambda e=studies: gosh(e, ci="z"))
        print(f"all {2**k - 1:,} subsets of {k} studies: {spent:.3f} s, peak {most:.0f} MB")
    yi, vi = data_sets(1, 13, seed=13)
    studies = effects.generic(yi[0], vi=vi[0])
    for method in ("parametric", "nonparametric"):
        spent = seconds(lambda m=method: bootstrap(studies, method=m, ci="z"), repeats)
        print(f"10,000 {method} bootstraps of 13 studies: {spent:.4f} s")


def peak(call: Callable[[], object]) -> float:
    """Largest memory in use during a call, in megabytes, beyond what was in use before it."""
    tracemalloc.start()
    call()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def growth(repeats: int) -> None:
    print("growth with the number of data sets B, k = 13: seconds, fits per second, peak MB")
    for n in (1, 10, 100, 1_000, 10_000, 100_000, 400_000):
        call = ours(*data_sets(n, 13), engine="numpy")
        spent = seconds(call, repeats if n < 400_000 else 3)
        print(f"  {n:>8,} {spent:10.5f} {n / spent:>12,.0f} {peak(call):8.1f}")
    print("growth with the number of studies k, B = 20,000: seconds, fits per second, peak MB")
    for k in (3, 5, 10, 20, 50, 100):
        call = ours(*data_sets(20_000, k), engine="numpy")
        spent = seconds(call, min(repeats, 3))
        print(f"  {k:>8,} {spent:10.5f} {20_000 / spent:>12,.0f} {peak(call):8.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--peers", type=Path, default=None, help="folder for the virtual environment of PyMARE")
    given = parser.parse_args()
    compare(given.repeats, given.peers)
    subsets_and_bootstraps(given.repeats)
    growth(given.repeats)


if __name__ == "__main__":
    main()
