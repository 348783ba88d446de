"""How often intervals and prediction intervals hold the truth, on a grid wider than a notebook can wait for.

``python benchmarks/interval_coverage.py`` writes ``coverage.csv`` beside this file, with the command in its first line;
the page "How far can these numbers be trusted" of the documentation shows it. Not run by ``run.py``, since it times
nothing.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tmsmeta.robustness.simulation import grid, simulate

RESULT = Path(__file__).with_name("coverage.csv")
SHOWN = ["k", "tau2", "event_rate", "large", "tau2_estimator", "ci", "usable", "coverage", "coverage_mcse"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=20_000, help="meta-analyses per cell of the grid")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--jobs", type=int, default=1, help="workers; the result does not depend on them")
    asked = parser.parse_args()
    cells = grid(
        k=[2, 3, 5, 10, 20], tau2=[0.0, 0.1, 0.4], effect=0.0, event_rate=[0.05, 0.2], n=(40, 120), large=[1.0, 10.0]
    )
    found = simulate(
        cells,
        replicates=asked.replicates,
        seed=asked.seed,
        tau2=("FE", "DL", "REML", "PM"),
        ci=("z", "t", "hksj", "hksj-adhoc"),
        n_jobs=asked.jobs,
    )
    command = f"python benchmarks/interval_coverage.py --replicates {asked.replicates} --seed {asked.seed}"
    table = found.to_frame()[[*SHOWN, "tau2_bias", "prediction_coverage"]]
    text = table.to_csv(index=False, float_format="%.5g", lineterminator="\n")
    RESULT.write_text(f"# {command}\n{text}", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
