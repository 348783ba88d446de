"""Check what a release would ship, and write it into a folder with its list of parts (SBOM).

Usage: ``python tests/release [--out release] [--only STEP ...]``, as ``make release-check`` does. What the machine or
its package index cannot give is listed as not run, with the reason; it is never counted as passed. The exit code is 1
where a step failed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from outcome import Outcome, summary, tried
from steps import STEPS, Release


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("release"), help="where wheel, sdist, SBOM and report go")
    parser.add_argument("--only", nargs="+", choices=list(STEPS), help="these steps; `build` is needed by the others")
    arguments = parser.parse_args()
    release = Release(Path(__file__).parents[2], arguments.out.resolve())
    outcomes: list[Outcome] = []
    for name in arguments.only or STEPS:
        for outcome in tried(name, STEPS[name], release):
            print(outcome, flush=True)
            outcomes.append(outcome)
    text = summary(outcomes)
    (release.out / "report.txt").write_text("\n".join([*map(str, outcomes), text, ""]), encoding="utf-8")
    print(text)
    return int(any(outcome.word == "failed" for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
