"""Times the same public calls of two checkouts in alternation: what became slower, and what faster.

Usage: python benchmarks/old_and_new.py OLD [NEW] [--rounds 9] [--only WORD]

OLD and NEW are folders that hold ``tmsmeta/``; NEW is this checkout if it is not given. Each version runs in a process
of its own, and the two take turns call by call, so that other work on the machine meets both. Times are those of the
processor, per call: the median over the rounds, and the lowest; commands are whole processes. A call that one of the
versions does not have is left out with a message.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SHORTEST = 0.03  # seconds of the processor over which a call is repeated
SLOWER = 1.1  # of the time of the old version: what is named as slower
COMMANDS = {
    "import tmsmeta": ["-c", "import tmsmeta"],
    "tmsmeta --help": ["-m", "tmsmeta", "--help"],
    "tmsmeta pool": ["-m", "tmsmeta", "pool"],
    "tmsmeta pool trials.csv": ["-m", "tmsmeta", "pool", "trials.csv"],
    "tmsmeta claims": ["-m", "tmsmeta", "claims"],
    "tmsmeta network --outcome response": ["-m", "tmsmeta", "network", "--outcome", "response"],
}


def calls() -> dict[str, Callable[[], object]]:
    """The calls by name, on simulated trials; runs in the process of one version."""
    import numpy as np

    import tmsmeta as tm

    rng = np.random.default_rng(1)
    n = rng.integers(20, 150, (2, 13))
    events = rng.binomial(n, rng.uniform(0.15, 0.5, (2, 13)))
    table = (events[0], n[0], events[1], n[1])
    trials = tm.effects.binary("OR", *table)
    year = np.arange(2000.0, 2013.0)
    group = np.array(list("ab" * 6 + "a"))
    found: dict[str, Callable[[], object]] = {
        f"pool {tau2}": lambda tau2=tau2: tm.pool(trials, tau2=tau2)
        for tau2 in ("FE", "DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM")
    }
    found |= {
        f"glmm {model}": lambda m=model: tm.glmm(*table, model=m) for model in ("UM.FS", "UM.RS", "CM.AL", "CM.EL")
    }
    found |= {
        "effects.binary": lambda: tm.effects.binary("OR", *table),
        "tau2_interval": lambda: tm.pool(trials).tau2_interval(),
        "mantel_haenszel": lambda: tm.mantel_haenszel("OR", *table),
        "peto": lambda: tm.peto(*table),
        "meta_regression": lambda: tm.meta_regression(trials, "year", {"year": year}),
        "subgroups": lambda: tm.subgroups(trials, group),
        "leave_one_out": lambda: tm.leave_one_out(trials),
        "cumulative": lambda: tm.cumulative(trials),
        "influence": lambda: tm.influence(trials),
        "gosh, 8,191 subsets": lambda: tm.gosh(trials),
        "bootstrap, 1,000": lambda: tm.bootstrap(trials, replicates=1000),
        "egger": lambda: tm.egger(trials),
        "trim_and_fill": lambda: tm.trim_and_fill(trials),
        "multilevel, 13 effects in 7": lambda: tm.multilevel(trials, np.arange(13) // 2),
    }
    yi, vi = rng.normal(0.3, 0.5, (20_000, 13)), rng.uniform(0.02, 0.3, (20_000, 13))
    for tau2 in ("DL", "PM", "REML"):
        found[f"pool_batch {tau2}, 20,000"] = lambda tau2=tau2: tm.pool_batch(yi, vi, tau2=tau2).ci_low
    found |= networks(tm, rng)
    cell = {"k": [5, 10], "tau2": [0.1], "effect": 0.3, "event_rate": [0.2], "n": (40, 120)}
    from tmsmeta.simulation import grid  # its place in every version

    found["simulate, 2 cells of 1,000"] = lambda: tm.simulate(grid(**cell), replicates=1000, seed=1)
    evidence = tm.load_evidence()
    found |= {
        "check_claims": lambda: tm.check_claims(evidence=evidence),
        "select": lambda: tm.select(evidence, tm.Selection(outcome="response")),
        "forest as SVG": lambda: tm.figures.to_bytes(tm.figures.forest(tm.pool(trials), better="higher"), "svg"),
    }
    with open("long.csv", "w", encoding="utf-8") as file:
        file.write("study,events_t,n_t,events_c,n_c\n")
        file.writelines(f"Trial {i},{i % 20},{40 + i % 7},{i % 13},{38 + i % 5}\n" for i in range(2000))
    found["read_table, 2,000 rows"] = lambda: tm.read_table("long.csv")
    return found


def networks(tm: Any, rng: Any) -> dict[str, Callable[[], object]]:
    """Calls on a network of 30 trials of 8 treatments, and on one of 600 of 40."""
    import pandas as pd

    def arms(trials: int, treatments: int) -> pd.DataFrame:
        rows = []
        for s in range(trials):
            drawn = rng.choice(treatments, 3 if s % 5 == 0 else 2, replace=False)
            chosen = [0, s % (treatments - 1) + 1] if s < treatments else drawn  # connected
            for t in chosen:
                n = int(rng.integers(30, 120))
                rows.append((f"S{s:03}", f"T{t:02}", int(rng.binomial(n, 0.2 + 0.3 * t / treatments)), n))
        return pd.DataFrame(rows, columns=["study", "treatment", "events", "n"])

    small, large = arms(30, 8), arms(600, 40)

    def fitted(table: pd.DataFrame = small, tau2: str = "DL") -> Any:
        return tm.network(table, measure="OR", reference="T00", tau2=tau2, better="higher")

    return {
        "network FE": lambda: fitted(tau2="FE"),
        "network DL": fitted,
        "network REML": lambda: fitted(tau2="REML"),
        "network DL, 600 trials": lambda: fitted(large),
        "network, league_table": lambda: tm.league_table(fitted()),
        "network, rank": lambda: tm.rank(fitted()).to_frame(),
        "network, decompose": lambda: tm.decompose(fitted()),
        "network, node_split": lambda: tm.node_split(fitted()),
        "network, contributions": lambda: tm.contributions(fitted()).matrix,
        "network, net_heat": lambda: tm.net_heat(fitted()),
        "network_mh": lambda: tm.network_mh(small, reference="T00", better="higher"),
    }


def serve(only: str) -> None:
    """Time the calls whose names hold a word and come in, one per line; the first answer lists them."""
    answers, sys.stdout = sys.stdout, sys.stderr  # what a call prints is no answer
    known = {name: call for name, call in calls().items() if only in name}
    failed = {}
    repeats = {}
    for name, call in known.items():
        try:
            call()
            repeats[name] = max(1, round(SHORTEST / max(_seconds(call, 1), 1e-6)))
        except Exception as error:
            failed[name] = f"{type(error).__name__}: {error}".splitlines()[0]
    print(json.dumps([list(repeats), failed]), file=answers, flush=True)
    for line in sys.stdin:
        name = line.rstrip("\n")
        print(_seconds(known[name], repeats[name]), file=answers, flush=True)


def _seconds(call: Callable[[], object], repeats: int) -> float:
    start = time.process_time()
    for _ in range(repeats):
        call()
    return (time.process_time() - start) / repeats


class Version:
    """One checkout, with a process that waits for names."""

    def __init__(self, folder: Path, place: Path, only: str) -> None:
        self.place = place
        self.environment = os.environ | {"PYTHONPATH": str(folder), "OPENBLAS_NUM_THREADS": "1"}
        # both keep their compiled modules, and apart from those of other runs
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self.environment["PYTHONPYCACHEPREFIX"] = str(place / "compiled")
        place.mkdir()
        (place / "trials.csv").write_text("study,events_t,n_t,events_c,n_c\nA,11,35,2,33\nB,7,35,1,33\nC,13,25,2,25\n")
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve()), "--serve", "--only", only],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=place,
            env=self.environment,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._asked, self._answered = self._process.stdin, self._process.stdout
        self.names, self.failed = json.loads(self._answered.readline())

    def call(self, name: str) -> float:
        """Seconds of the processor for one call."""
        print(name, file=self._asked, flush=True)
        return float(self._answered.readline())

    def command(self, name: str) -> float:
        """Seconds of the processor for one command as a whole process."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, *COMMANDS[name]]
        subprocess.run(
            command,
            cwd=self.place,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def can(self, name: str) -> bool:
        """Whether a command works; its modules are compiled afterwards."""
        try:
            self.command(name)
        except subprocess.CalledProcessError as error:
            self.failed[name] = f"exit code {error.returncode}"
        return name not in self.failed

    def close(self) -> None:
        """End the process."""
        self._asked.close()
        self._process.wait()


def in_turn(old: Version, new: Version, rounds: int, only: str) -> Iterator[tuple[str, list[float], list[float]]]:
    """Name and seconds of both versions, which change places from round to round."""
    wanted = [(name, Version.call) for name in old.names if name in new.names]
    for name, ask in wanted + [(name, Version.command) for name in COMMANDS if only in name]:
        if ask is Version.command and not all(version.can(name) for version in (old, new)):
            continue
        times: dict[Version, list[float]] = {old: [], new: []}
        for turn in range(rounds):
            for version in (old, new) if turn % 2 == 0 else (new, old):
                times[version].append(ask(version, name))
        yield name, times[old], times[new]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path, nargs="?")
    parser.add_argument("new", type=Path, nargs="?", default=Path(__file__).parent.parent)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", default="", help="calls whose names hold this word")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.only)
        return
    if given.old is None:
        parser.error("name the checkout of the old version")
    with tempfile.TemporaryDirectory() as name:
        folders = (("old", given.old), ("new", given.new))
        old, new = (Version(folder.resolve(), Path(name) / which, given.only) for which, folder in folders)
        print("| milliseconds of the processor | old | new | new / old | lowest: old | new | new / old |")
        print("|---|---:|---:|---:|---:|---:|---:|", flush=True)
        slower = []
        for what, before, after in in_turn(old, new, given.rounds, given.only):
            pairs = [(statistics.median(before), statistics.median(after)), (min(before), min(after))]
            cells = [f"{1e3 * a:.3g} | {1e3 * b:.3g} | {b / a:.2f}" for a, b in pairs]
            print(f"| {what} | {' | '.join(cells)} |", flush=True)
            slower += [what] if min(b / a for a, b in pairs) > SLOWER else []
        print(
            f"\nSlower by more than {SLOWER - 1:.0%} at the median and at the lowest: {', '.join(slower) or 'nothing'}."
        )
        for version, label in ((old, "old"), (new, "new")):
            for what, why in version.failed.items():
                print(f"Not in the {label} version: {what} ({why}).")
            version.close()


if __name__ == "__main__":
    main()
