"""Times the reading of a long table of one's own, from the file to the checked table, and its peak memory.

Usage: python benchmarks/table_reading.py [--rows 200000] [--repeats 5]

Three simulated CSV files of six columns: counts of two arms, with commas in the names of the studies; estimates with
standard errors, semicolons and decimal commas; arms, one row each. Every file is read in a process of its own, so that
the peak memory is that of this file with Python and pandas. Wanted for 200,000 rows: under 2 s and 300 MB. Processor
times, which other work on the machine disturbs less than the clock on the wall; beside them, read right after, how many
times as long as splitting the same text with the csv module of Python the reading takes, which does not depend on the
machine.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

KINDS = ("two arms", "estimates", "arms")


def written(kind: str, rows: int, path: Path) -> None:
    """Write a file of `rows` rows."""
    rng = np.random.default_rng(1)
    n = rng.integers(20, 300, size=(rows, 2))
    events = rng.binomial(n, 0.3)
    dose = np.round(rng.random(rows) * 10, 2)
    lines = {
        "two arms": lambda i: f'"Study, {i}",{events[i, 0]},{n[i, 0]},{events[i, 1]},{n[i, 1]},{dose[i]}',
        "estimates": lambda i: f"Study {i};{dose[i] - 5:.3f};{n[i, 0] / 300:.3f};{2000 + i % 20};x;y".replace(".", ","),
        "arms": lambda i: f"Study {i // 2},{('drug', 'placebo')[i % 2]},{events[i, 0]},{n[i, 0]},2001,{dose[i]}",
    }[kind]
    header = {
        "two arms": "study,events_t,n_t,events_c,n_c,dose",
        "estimates": "study;yi;sei;year;a;b",
        "arms": "study,treatment,events,n,year,dose",
    }[kind]
    path.write_text("\n".join([header, *map(lines, range(rows)), ""]), encoding="utf-8")


def one(path: str, repeats: int) -> None:
    """Read one file and print its figures as JSON: processor time in seconds, and peak memory of the first reading."""
    from tmsmeta.tables.read import read_table

    read_table({"study": ["A", "B"], "events": [1, 2], "n": [3, 4]})
    times, yardsticks, peak = [], [], 0.0
    for _ in range(repeats):
        start = time.process_time()
        table = read_table(path)
        times.append(time.process_time() - start)
        yardsticks.append(_yardstick(path))
        peak = peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "rows": len(table.frame),
                "median": sorted(times)[repeats // 2],
                "lowest": min(times),
                "ratio": min(times) / min(yardsticks),
                "mb": peak,
            }
        )
    )


def _yardstick(path: str) -> float:
    """Processor time of the csv module alone for the same text, without keeping the cells."""
    text = Path(path).read_text(encoding="utf-8")
    start = time.process_time()
    sum(map(len, csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in text[:40] else ",")))
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one(options.one, options.repeats)
        return
    print("| table | rows | median s | lowest s | times csv | peak MB |\n|---|---:|---:|---:|---:|---:|")
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "table.csv"
            written(kind, options.rows, path)
            command = [sys.executable, __file__, "--one", str(path), "--repeats", str(options.repeats)]
            done = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        numbers = f"{done['median']:.2f} | {done['lowest']:.2f} | {done['ratio']:.0f} | {done['mb']:.0f}"
        print(f"| {kind} | {done['rows']:,} | {numbers} |")


if __name__ == "__main__":
    main()
