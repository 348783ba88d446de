"""Times a network meta-analysis against its peers, all in one run.

Usage: python benchmarks/network_speed.py [--repeats 200]

Data: Senn 2013 (10 treatments, 26 trials), from the reference results of the tests. Peers that are not installed are
left out: pimeta (Python), and netmeta where Rscript has it. Every time is the median of repeated calls in a warm
process, from plain arrays to numbers: nothing is cached between calls.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
from _timing import timed

from tmsmeta.networks import NetworkMeta, bootstrap_network, contributions, network_from_contrasts, node_split, rank

DATA = Path(__file__).parent.parent / "tests" / "reference" / "network_senn2013.json"
COLUMNS = ("study", "treat1", "treat2", "TE", "seTE")

R_SCRIPT = """
suppressMessages({library(netmeta); library(jsonlite)})
d <- as.data.frame(fromJSON("%s")$data); k <- 20
f <- function() netmeta(d$TE, d$seTE, d$treat1, d$treat2, d$study, sm = "MD", reference.group = "plac")
ms <- function(g) { g(); t <- replicate(k, system.time(g())[["elapsed"]]); 1000 * median(t) }
n <- f()
cat(ms(f), ms(function() netsplit(n)), ms(function() netcontrib(n, method = "randomwalk")), ms(function() netrank(n)))
"""


def milliseconds(
    call: Callable[[], object], repeats: int, lowest: dict[str, float] | None = None, what: str = ""
) -> float:
    """Median time of a call, after one to warm up; the lowest goes into `lowest`, for a machine with other work."""
    median, least = timed(call, repeats)
    if lowest is not None:
        lowest[what] = least
    return median


def ours(d: dict[str, np.ndarray], repeats: int, lowest: dict[str, float]) -> dict[str, float]:
    """This package; every call starts from a network without cached results."""

    def fit() -> NetworkMeta:
        net = network_from_contrasts(*(d[c] for c in COLUMNS), reference="plac", measure="MD", better="lower")
        assert net.tau2 > 0
        return net

    steps: dict[str, Callable[[NetworkMeta], object]] = {
        "node-splits": node_split,
        "side-splits": lambda n: node_split(n, method="side-splitting"),
        "contributions": lambda n: contributions(n).matrix,
        "contributions, shortest paths": lambda n: contributions(n, "shortestpath").matrix,
        "P-scores": lambda n: rank(n).p_score,
        "REML fit": lambda n: n.refit(tau2="REML").tau2,
        "1,000 bootstrap networks": lambda n: bootstrap_network(n, draws=1000).tau2,
    }
    times = {"fit": milliseconds(fit, repeats, lowest, "fit")}
    for what, step in steps.items():
        nets = iter([fit().refit() for _ in range(repeats + 1)])
        times[what] = milliseconds(lambda step=step, nets=nets: step(next(nets)), repeats, lowest, what)
    return times


def pimeta(d: dict[str, np.ndarray], repeats: int) -> dict[str, float]:
    """pimeta, the pure-Python port."""
    import pimeta as peer

    def fit() -> object:
        return peer.netmeta(
            d["TE"], d["seTE"], list(d["treat1"]), list(d["treat2"]), list(d["study"]), sm="MD", reference_group="plac"
        )

    net, few = fit(), max(3, repeats // 20)
    return {
        "fit": milliseconds(fit, few),
        "node-splits": milliseconds(lambda: peer.netsplit(net), few),
        "contributions": milliseconds(lambda: peer.netcontrib(net, method="randomwalk"), few),
        "P-scores": milliseconds(lambda: peer.netrank(net), few),
    }


def netmeta() -> dict[str, float] | None:
    """R netmeta, if Rscript and the package are there."""
    if shutil.which("Rscript") is None:
        return None
    done = subprocess.run(["Rscript", "-e", R_SCRIPT % DATA], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None
    return dict(zip(("fit", "node-splits", "contributions", "P-scores"), map(float, done.stdout.split()), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=200)
    repeats = parser.parse_args().repeats
    raw = json.loads(DATA.read_text(encoding="utf-8"))["data"]
    d = {c: np.array(raw[c]) for c in COLUMNS}
    lowest: dict[str, float] = {}
    times: dict[str, dict[str, float]] = {"tmsmeta": ours(d, repeats, lowest)}
    if importlib.util.find_spec("pimeta"):
        times["pimeta"] = pimeta(d, repeats)
    if (in_r := netmeta()) is not None:
        times["netmeta"] = in_r
    peers = [p for p in times if p != "tmsmeta"]
    print(f"Senn 2013, median of {repeats} calls, milliseconds; in brackets how many times tmsmeta's")
    print(f"{'':32}{'tmsmeta':>10}{'lowest':>10}" + "".join(f"{p:>22}" for p in peers))
    for what, own in times["tmsmeta"].items():
        cells = (f"{times[p][what]:10.2f} ({times[p][what] / own:7.1f})" if what in times[p] else "-" for p in peers)
        print(f"{what:32}{own:10.2f}{lowest[what]:10.2f}" + "".join(f"{c:>22}" for c in cells))
    for name in {"pimeta", "netmeta"} - set(peers):
        print(f"{name} is not installed here.")


if __name__ == "__main__":
    main()
