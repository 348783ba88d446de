"""Times one meta-analysis against its peers, all in one run.

Usage: python benchmarks/pairwise.py [--repeats 200] [--peers]

Data: the 13 BCG trials as risk ratios, from the reference results of the tests. Measured: pool with each estimator of
tau2, leave_one_out, effects.binary, and the time of `import tmsmeta` beside that of `import numpy`. Peers: R metafor
where Rscript has it, and statsmodels, pimeta, PyMARE and PyMetaAnalysis where Python has them; --peers installs the
last three into a folder that is removed afterwards. Times are medians over calls in a warm process, with the lowest
beside them, which says more on a machine with other work. A fixed loop over numpy calls, timed before and after, tells
how busy the machine was. Nothing is cached between calls.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from _timing import timed

from tmsmeta import effects, leave_one_out, pool
from tmsmeta.pooling.heterogeneity import ESTIMATORS

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "tests" / "reference" / "pairwise_bcg.json"
TARGETS = {"pool REML": 0.3, "leave_one_out REML": 1.0}
PACKAGES = ("pimeta", "PyMARE", "PyMetaAnalysis")
Times = dict[str, tuple[float, float]]

R_SCRIPT = """
suppressMessages({library(metafor); library(jsonlite)})
d <- fromJSON(file("stdin")); y <- d$yi; v <- d$vi; k <- 20
ms <- function(f) { f(); t <- replicate(d$repeats %/% 4 + 1, system.time(for (i in 1:k) f())[["elapsed"]] / k)
                    1000 * c(median(t), min(t)) }
out <- list()
for (m in c("FE", "DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM"))
  out[[paste("pool", m)]] <- ms(function() rma(y, v, method = m, test = if (m == "FE") "z" else "knha"))
r <- rma(y, v, method = "REML", test = "knha"); k <- 2
out[["leave_one_out REML"]] <- ms(function() leave1out(r))
cat(toJSON(list(version = as.character(packageVersion("metafor")), times = out), digits = 8))
"""


def yardstick(repeats: int) -> tuple[float, float]:
    """A fixed piece of work: a hundred sums over 13 numbers."""
    numbers = np.arange(13.0)

    def work() -> None:
        for _ in range(100):
            np.add.reduce(numbers * numbers)

    return timed(work, repeats)


def imports(repeats: int) -> Times:
    """Time of starting Python with an import, less that of starting it with none, each the median over processes."""

    def start(code: str) -> float:
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return 1e3 * (time.perf_counter() - begin)

    codes = {"nothing": "pass", "numpy": "import numpy", "tmsmeta": "import tmsmeta"}
    rounds = [{name: start(code) for name, code in codes.items()} for _ in range(repeats + 1)][1:]
    found = {}
    for name in ("tmsmeta", "numpy"):
        over = statistics.median(r[name] for r in rounds) - statistics.median(r["nothing"] for r in rounds)
        least = min(r[name] for r in rounds) - min(r["nothing"] for r in rounds)
        found[f"import {name}"] = (over, least)
    return found


def ours(counts: list[np.ndarray], repeats: int) -> tuple[Times, str]:
    """This package, and the studies as JSON for the peers."""
    sizes = effects.binary("RR", *counts)
    times: Times = {f"pool {name}": timed(lambda n=name: pool(sizes, tau2=n), repeats) for name in ESTIMATORS}
    times["leave_one_out REML"] = timed(lambda: leave_one_out(sizes), repeats)
    times["effects.binary"] = timed(lambda: effects.binary("RR", *counts), repeats)
    return times, json.dumps({"yi": sizes.yi.tolist(), "vi": sizes.vi.tolist(), "repeats": repeats})


def metafor(studies: str) -> dict[str, object]:
    """R metafor, or why it is missing."""
    if shutil.which("Rscript") is None:
        return {"missing": "no Rscript"}
    done = subprocess.run(["Rscript", "-e", R_SCRIPT], input=studies, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return {"missing": (done.stderr.strip().splitlines() or ["Rscript failed"])[-1]}
    found: dict[str, object] = json.loads(done.stdout)
    found["version"] = found["version"][0] if isinstance(found["version"], list) else found["version"]
    return found


def python_peers(studies: str, install: bool) -> dict[str, dict[str, object]]:
    """The Python packages, from this Python or from an environment made for the purpose."""
    with tempfile.TemporaryDirectory() as folder:
        python = sys.executable
        if install:
            subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", folder], check=True)
            python = str(Path(folder) / "bin" / "python")
            for package in ("statsmodels", *PACKAGES):
                pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]
                done = subprocess.run(pip, capture_output=True, text=True, check=False)
                if done.returncode != 0:
                    print(f"{package} could not be installed: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
        script = str(HERE / "_peers_pairwise.py")
        done = subprocess.run([python, script], input=studies, capture_output=True, text=True, check=True)
    found: dict[str, dict[str, object]] = json.loads(done.stdout)
    return found


def show(times: Times, peers: dict[str, dict[str, object]]) -> None:
    """Ratios first: how many times tmsmeta's median a peer takes."""
    there = {name: peer for name, peer in peers.items() if "times" in peer}
    names = [f"{name} {peer['version']}" for name, peer in there.items()]
    print("How many times as long as tmsmeta (median over median), in brackets milliseconds")
    width = max(22, *(len(n) + 2 for n in names)) if names else 22
    print(f"{'':22}" + "".join(f"{n:>{width}}" for n in names))
    for task, (median, _) in times.items():
        cells = []
        for peer in there.values():
            theirs = peer["times"].get(task)  # type: ignore[attr-defined]
            cells.append(f"{theirs[0] / median:.1f} ({theirs[0]:.3f})" if theirs else "-")
        if any(cell != "-" for cell in cells):
            print(f"{task:22}" + "".join(f"{c:>{width}}" for c in cells))
    print("\ntmsmeta, milliseconds" + f"{'median':>11}{'lowest':>10}{'wanted':>10}")
    for task, (median, least) in times.items():
        wanted = f"{TARGETS[task]:.1f}" if task in TARGETS else ""
        print(f"{task:22}{median:10.3f}{least:10.3f}{wanted:>10}")
    share = times["import tmsmeta"][0] / times["import numpy"][0]
    print(f"\nimport tmsmeta takes {share:.2f} times as long as import numpy (wanted: at most 2).")
    for name, peer in peers.items():
        if "missing" in peer:
            print(f"{name}: {peer['missing']}.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--peers", action="store_true", help="install pimeta, PyMARE and PyMetaAnalysis for the run")
    options = parser.parse_args()
    raw = json.loads(DATA.read_text(encoding="utf-8"))["data"]
    before = yardstick(options.repeats)
    times, studies = ours([np.array(raw[name]) for name in ("ai", "n1i", "ci", "n2i")], options.repeats)
    after = yardstick(options.repeats)
    times |= imports(max(3, options.repeats // 10))
    peers = {"metafor": metafor(studies), **python_peers(studies, options.peers)}
    show(times, peers)
    print(
        f"A hundred sums over 13 numbers: median {before[0]:.3f} ms before and {after[0]:.3f} ms after, "
        f"lowest {min(before[1], after[1]):.3f} ms."
    )


if __name__ == "__main__":
    main()
