"""Draws the pictures of the README again: trials, ranking, explorer. Run by ``make notebooks``."""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path
from typing import Any

import matplotlib as mpl

from tmsmeta import NotAssessable, load_review
from tmsmeta.figures import network_forest
from tmsmeta.figures.style import settings
from tmsmeta.report import html_report
from tmsmeta.report.pictures import drawings_of_part

RESOLUTION = 160  # wide enough for a page on a code host, small enough for a repository
IMAGES = Path(__file__).parent / "images"
OUTCOME = "response"
WIDE, HIGH = 1000, 1020  # pixels of the explorer that are shown: its answer, its choices and the first trials
LEFT_OUT = "Levkovitz 2015"


def main() -> None:
    run = load_review().run()
    network = run.network(OUTCOME)
    assert not isinstance(network, NotAssessable)
    (forest,) = drawings_of_part(run.main(OUTCOME), run.evidence)
    _write("forest_response", forest.figure(*forest.args))
    _write("ranking_response", network_forest(network.ranking, labels=network.labels))
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_text(html_report(run), encoding="utf-8")
        _picture_of_explorer(page, IMAGES / "explorer.png")


def _write(name: str, axes: Any) -> None:
    buffer = io.BytesIO()
    with mpl.rc_context(dict(settings())):
        axes.get_figure(root=True).savefig(buffer, format="png", dpi=RESOLUTION, metadata={"Software": "tmsmeta"})
    (IMAGES / f"{name}.png").write_bytes(buffer.getvalue())


def _picture_of_explorer(page: Path, target: Path) -> None:
    """What a reader sees who left a trial out; taken in a Chromium, where the machine has one."""
    from playwright.sync_api import sync_playwright

    browser = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )
    if browser is None:
        print("There is no Chromium: explorer.png was left as it is.")
        return
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        view = opened.new_page(viewport={"width": WIDE, "height": 900})
        view.goto(page.as_uri())
        view.get_by_role("checkbox", name=LEFT_OUT, exact=True).first.uncheck()
        view.evaluate("scrollTo(0, 0)")
        section = view.locator("#explorer").bounding_box()
        assert section is not None
        clip = {"x": 0, "y": section["y"], "width": WIDE, "height": HIGH}
        view.screenshot(path=target, full_page=True, clip=clip, timeout=180_000)
        opened.close()


if __name__ == "__main__":
    main()
