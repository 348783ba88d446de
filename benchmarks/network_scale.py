"""Shows how time and memory of a network grow with the number of trials.

Usage: python benchmarks/network_scale.py [--largest 40000]
       python benchmarks/network_scale.py --one random 200000 5000   (kind, trials and treatments of one network)

Two kinds of simulated networks, each with one treatment for every 20 trials: "random", whose trials compare any two
or three treatments (the Laplacian fills up), and "clustered", whose trials compare a treatment with near ones (it
stays sparse). Every size runs in a process of its own, so that the peak memory is that of the size. Time covers the
checks of the arm table, the zero cells, the fit with tau2 by moments, and all pairwise standard errors.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np

KINDS = ("random", "clustered")
SIZES = (1_250, 2_500, 5_000, 10_000, 20_000, 40_000)


def simulated(kind: str, trials: int, treatments: int | None = None, seed: int = 1) -> dict[str, list[object]]:
    """Arms of a connected network; 1 trial in 10 has three arms; log odds vary between trials (tau2 0.1)."""
    rng = np.random.default_rng(seed)
    treatments = treatments or max(10, trials // 20)
    effect = rng.normal(0, 0.5, treatments)
    columns: dict[str, list[object]] = {"study": [], "treatment": [], "events": [], "n": []}
    for k in range(trials):
        size = 2 if rng.random() < 0.9 else 3
        if k < treatments - 1:
            members = [k, k + 1]
        elif kind == "random":
            members = rng.choice(treatments, size=size, replace=False).tolist()
        else:
            first = int(rng.integers(0, treatments - 4))
            members = [first, *(first + 1 + rng.choice(4, size=size - 1, replace=False)).tolist()]
        n = rng.integers(30, 300, size=len(members))
        logit = -1.0 + effect[members] + rng.normal(0, np.sqrt(0.05), len(members))
        columns["study"] += [f"trial {k}"] * len(members)
        columns["treatment"] += [f"t{m:05d}" for m in members]
        columns["events"] += rng.binomial(n, 1 / (1 + np.exp(-logit))).tolist()
        columns["n"] += n.tolist()
    return columns


def one(kind: str, trials: int, treatments: int | None = None) -> None:
    """Fit one size and print its figures as JSON."""
    arms = simulated(kind, trials, treatments)
    from tmsmeta.networks import network

    network(simulated(kind, 200), measure="OR", reference="t00000", better="higher").se_matrix.sum()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    net = network(arms, measure="OR", reference="t00000", better="higher")
    fitted = time.perf_counter() - start
    net.se_matrix.sum()
    total = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "treatments": len(net.treatments), "fit": fitted, "total": total, "tau2": net.tau2,
                "peak_mb": peak / 1024, "added_mb": (peak - before) / 1024,
            }
        )
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--largest", type=int, default=SIZES[-1])
    parser.add_argument("--one", nargs="+", metavar="KIND TRIALS TREATMENTS", help="one network, its figures as JSON")
    arguments = parser.parse_args()
    if arguments.one:
        one(arguments.one[0], *map(int, arguments.one[1:]))
        return
    for kind in KINDS:
        print(f"\n{kind}\n  trials treatments   fit s  with all se s  us/trial  peak MB    tau2")
        points = []
        for trials in (s for s in SIZES if s <= arguments.largest):
            command = [sys.executable, __file__, "--one", kind, str(trials)]
            found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            points.append((trials, found["total"]))
            print(
                f"{trials:8d} {found['treatments']:10d} {found['fit']:7.2f} {found['total']:14.2f} "
                f"{1e6 * found['total'] / trials:9.1f} {found['peak_mb']:8.0f} {found['tau2']:7.4f}"
            )
        x, y = np.log(np.array(points)).T
        print(f"  growth: time ~ trials^{np.polyfit(x, y, 1)[0]:.2f}")


if __name__ == "__main__":
    main()
