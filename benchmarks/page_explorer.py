"""Times the explorer of the page in Chromium: from a click to the end of the work it causes, layout included.

Usage: python benchmarks/page_explorer.py [--repeats 20]

Two simulated reviews: 60 trials of one comparison, and 90 trials of 30 treatments, some with three arms. Of each the
first interaction after loading, and the median and longest of the boxes unticked after it, with the step-by-step view
and the league table closed. Wanted: the first under 100 ms for 60 trials, and under 300 ms for 30 treatments. Needs
playwright and a Chromium, as the tests in ``tests/browser`` do.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

CLICK = """box => {
  const start = performance.now();
  box.click();
  document.body.getBoundingClientRect();
  return performance.now() - start;
}"""


def arms(trials: int, treatments: int) -> str:
    """A table of arms; trial t compares two neighbours on a circle of treatments, every tenth one more."""
    rng = np.random.default_rng(15)
    lines = ["study,treatment,events,n"]
    for trial in range(trials):
        first = trial % treatments
        nodes = {0, 1} if treatments == 2 else {first, (first + 1) % treatments, *([0] if trial % 10 == 0 else [])}
        for node in sorted(nodes):
            n = int(rng.integers(20, 200))
            name = "placebo" if node == 0 else f"drug {node:02d}"
            lines.append(f"Trial {trial:03d},{name},{int(rng.binomial(n, 0.2 + 0.2 * (node > 0)))},{n}")
    return "\n".join(lines) + "\n"


def page(folder: Path, trials: int, treatments: int) -> Path:
    """The page of a review that holds such a table."""
    import tmsmeta as tm
    from tmsmeta.report import html_report

    table = folder / f"arms_{treatments}.csv"
    table.write_text(arms(trials, treatments), encoding="utf-8")
    review = folder / f"review_{treatments}"
    new = [sys.executable, "-m", "tmsmeta", "new", str(review), "--from", str(table), "--better", "higher"]
    subprocess.run(new, check=True, capture_output=True)
    path = folder / f"page_{treatments}.html"
    path.write_text(html_report(tm.read_review(review).run()), encoding="utf-8")
    return path


def times(path: Path, boxes: str, repeats: int) -> list[float]:
    """Milliseconds of the first click after loading and of those after it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = next((p for name in ("chromium", "google-chrome") if (p := shutil.which(name))), None)
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        opened = browser.new_page()
        opened.goto(path.as_uri())
        opened.wait_for_timeout(500)
        result = [float(opened.locator(boxes).nth(at).evaluate(CLICK)) for at in range(repeats)]
        browser.close()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=20)
    asked = parser.parse_args()
    print("| milliseconds | first | median | longest | wanted first |\n|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for name, trials, treatments, boxes, wanted in (
            ("60 trials of one comparison", 60, 2, ".xp-forest tbody input", 100),
            ("90 trials of 30 treatments", 90, 30, ".xp-trials input", 300),
        ):
            first, *rest = times(page(Path(folder), trials, treatments), boxes, asked.repeats)
            print(f"| {name} | {first:.0f} | {statistics.median(rest):.0f} | {max(rest):.0f} | {wanted} |")


if __name__ == "__main__":
    main()
