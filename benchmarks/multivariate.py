"""Times joint and multilevel models: two outcomes of 17 trials, three levels, and how these grow; and permutation tests
of a meta-regression, which fit it to every order of the moderators.

Usage: python benchmarks/multivariate.py [--repeats 50] [--peers]

The 17 trials have response, eight of them remission too, nested in it. Peers in the same run: mixmetapy (which takes
complete outcomes only, so that a second row times 17 trials that have both; --peers installs it into a folder that is
removed afterwards) and rma.mv of metafor where Rscript has it. Effects in groups have three levels (groups, studies,
effects), four studies per group and three effects per study. What came out is in README.md.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from _timing import timed

import tmsmeta as tm
from tmsmeta.models.multivariate import JointEffects

MIXMETA = """
import json, sys
sys.path.insert(0, {here!r})
from _timing import timed
import numpy as np
from mixmetapy import mixmeta
given = json.load(open({data!r}))
y, s = np.array(given["y"]), np.array(given["s"])
print(json.dumps(timed(lambda: mixmeta(y, s, method="reml"), {repeats})))
"""
METAFOR = """
suppressPackageStartupMessages({{library(metafor); library(jsonlite)}})
d <- fromJSON({data!r}); k <- nrow(d$y)
f <- data.frame(yi = c(t(d$y)), outcome = rep(c("a", "b"), k), trial = rep(seq_len(k), each = 2))
V <- bldiag(lapply(seq_len(k), function(i) d$s[i, , ]))
fit <- function() rma.mv(yi, V, mods = ~ outcome - 1, random = ~ outcome | trial, struct = "UN", data = f)
fit(); times <- sapply(1:{repeats}, function(i) system.time(fit())[["elapsed"]])
cat(toJSON(c(1000 * median(times), 1000 * min(times), c(fit()$b)), digits = 10))
"""


def trials(every: bool) -> JointEffects:
    """17 trials with response; remission in all of them or in eight."""
    rng = np.random.default_rng(1)
    n_t, n_c = rng.integers(20, 90, 17), rng.integers(20, 90, 17)
    wide_t, wide_c = rng.binomial(n_t, 0.45), rng.binomial(n_c, 0.25)
    narrow_t, narrow_c = rng.binomial(wide_t, 0.6), rng.binomial(wide_c, 0.5)
    study, has = [f"trial {i}" for i in range(17)], np.arange(17) < (17 if every else 8)
    some = [s for s, h in zip(study, has, strict=True) if h]
    sets = {
        "response": tm.effects.binary("OR", wide_t, n_t, wide_c, n_c, study=study),
        "remission": tm.effects.binary("OR", narrow_t[has], n_t[has], narrow_c[has], n_c[has], study=some),
    }
    return tm.joint_effects(sets, nested=("response", "remission"))


def grouped(count: int) -> tuple[tm.EffectSizes, dict[str, np.ndarray]]:
    """`count` effects in studies in groups."""
    rng = np.random.default_rng(2)
    study = np.arange(count) // 3
    group = study // 4
    v = rng.uniform(0.02, 0.2, count)
    y = 0.3 + rng.normal(0, 0.3, group.max() + 1)[group] + rng.normal(0, 0.2, study.max() + 1)[study]
    y += rng.normal(0, np.sqrt(v + 0.02))
    return tm.effects.generic(y, vi=v), {"group": group, "study": study}


def peers(both: JointEffects, repeats: int, install: bool) -> list[str]:
    """Lines of the table for the programs that are there."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        data = str(Path(folder) / "trials.json")
        Path(data).write_text(json.dumps({"y": both.yi.tolist(), "s": both.covariance.tolist()}), encoding="utf-8")
        if install:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, "mixmetapy"]
            subprocess.run(pip, check=False, capture_output=True)
        code = f"import sys; sys.path.insert(0, {folder!r})\n"
        code += MIXMETA.format(here=str(Path(__file__).parent), data=data, repeats=repeats)
        runs = {"mixmetapy": [sys.executable, "-c", code]}
        runs["metafor rma.mv"] = ["Rscript", "-e", METAFOR.format(data=data, repeats=min(repeats, 20))]
        for name, command in runs.items():
            try:
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                median, lowest, *_ = json.loads(done.stdout.strip().splitlines()[-1])
                rows.append(f"| two outcomes, 17 trials with both: {name} | {median:.2f} | {lowest:.2f} | |")
            except (OSError, subprocess.CalledProcessError):
                rows.append(f"| {name} is not there | - | - | |")
    return rows


def permutation_rows(repeats: int) -> None:
    """Two moderators: all 5,040 orders of 7 studies, and 1,000 random ones of 17."""
    rng = np.random.default_rng(3)
    v, y = rng.uniform(0.02, 0.3, 17), rng.normal(0.3, 0.3, 17)
    dose, group = rng.normal(size=17), rng.integers(0, 2, 17).astype(float)
    for k in (7, 17):
        given, data = tm.effects.generic(y[:k], vi=v[:k]), {"dose": dose[:k], "group": group[:k]}
        for tau2 in ("REML", "DL", "SJ"):
            test = partial(tm.permutation_test, given, "~ dose + group", data, tau2=tau2)
            median, lowest = timed(test, repeats)
            orders = test().arrangements
            print(f"| permutation test, {k} studies, {orders:,} orders, {tau2} | {median:.0f} | {lowest:.0f} | |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=50)
    parser.add_argument("--peers", action="store_true", help="install mixmetapy for the run")
    options, _ = parser.parse_known_args()
    some, both = trials(False), trials(True)
    print("| milliseconds | median | lowest | wanted |\n|---|---:|---:|---:|")
    for name, given, wanted in (
        ("two outcomes, 17 trials, 8 with both", some, "5"),
        ("two outcomes, 17 trials with both", both, ""),
    ):
        median, lowest = timed(lambda g=given: tm.joint(g), options.repeats)
        print(f"| {name}: tm.joint | {median:.2f} | {lowest:.2f} | {wanted} |")
    print("\n".join(peers(both, options.repeats, options.peers)))
    permutation_rows(max(1, options.repeats // 10))
    for count, wanted in ((1_000, "50"), (10_000, ""), (100_000, "5000")):
        effects, by = grouped(count)
        repeats = max(1, min(options.repeats, 20_000 // count))
        for ci in ("z", "CR2"):
            median, lowest = timed(lambda e=effects, b=by, c=ci: tm.multilevel(e, b, ci=c), repeats)
            print(
                f"| three levels, {count:,} effects, ci={ci!r} | {median:.0f} | {lowest:.0f} | {wanted} |", flush=True
            )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak memory of the whole run: {peak:.0f} MB (wanted: below 1000 MB).")


if __name__ == "__main__":
    main()
