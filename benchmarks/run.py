"""Runs every benchmark of this folder, one after the other, and writes what they print into a Markdown file.

Usage: python benchmarks/run.py [--out benchmarks-results.md] [--only pairwise] [-- arguments for every script]

A benchmark is a Python file of this folder whose name begins with pairwise, multivariate, batch, network, table or
page. A script that fails is reported with its last line, and the others run on; the exit code is then 1.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
PATTERNS = ("pairwise*.py", "multivariate*.py", "batch*.py", "network*.py", "table*.py", "page*.py")


def scripts(only: str) -> list[Path]:
    """The benchmarks whose name holds `only`."""
    return [path for pattern in PATTERNS for path in sorted(HERE.glob(pattern)) if only in path.name]


def machine() -> str:
    """Processor, cores, load and Python, for the head of the file."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = (line for line in info.read_text(encoding="utf-8").splitlines() if line.startswith("model name"))
        name = next(lines, f": {name}").split(":", 1)[1].strip()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{name}, {os.cpu_count()} cores{load}, {platform.system()}, Python {platform.python_version()}"


def run(path: Path, arguments: list[str]) -> tuple[bool, str, float]:
    """Whether a script went through, what it printed, and how many seconds it took."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, str(path), *arguments], capture_output=True, text=True, check=False, cwd=HERE.parent
    )
    seconds = time.perf_counter() - start
    text = done.stdout.rstrip()
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        text = f"{text}\nFailed with exit code {done.returncode}: {reason}".lstrip()
    return done.returncode == 0, text, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("benchmarks-results.md"))
    parser.add_argument("--only", default="", help="run only scripts whose name holds this")
    parser.add_argument("arguments", nargs="*", help="given to every script")
    options = parser.parse_args()
    sections, summary = [], ["| script | result | seconds |", "|---|---|---|"]
    healthy = True
    head = f"# Benchmarks, {date.today().isoformat()}\n\n{machine()}."
    for path in scripts(options.only):
        print(f"{path.name} ...", file=sys.stderr)
        good, text, seconds = run(path, options.arguments)
        healthy &= good
        print(f"\n{path.name}\n{text}")
        summary.append(f"| `{path.name}` | {'done' if good else 'failed'} | {seconds:.0f} |")
        sections.append(f"## {path.name}\n\n```text\n{text}\n```")
    options.out.write_text("\n\n".join([head, "\n".join(summary), *sections]) + "\n", encoding="utf-8")
    print(f"\nWritten: {options.out}")
    raise SystemExit(0 if healthy else 1)


if __name__ == "__main__":
    main()
