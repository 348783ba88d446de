"""A real Chromium with the report in it. Without one the tests skip and say so; in CI they fail instead."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tmsmeta.review.run import ReviewRun

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")


def cannot_run(reason: str) -> None:
    """Skip with a loud reason; in CI the browser tests must run, so fail there."""
    message = f"BROWSER TESTS OF report.html DID NOT RUN: {reason}"
    if IN_CI:
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@pytest.fixture(scope="session")
def axe() -> str:
    if not AXE.is_file():
        cannot_run("axe-core is not installed; run `npm ci --prefix tests/browser`.")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        cannot_run("the Python package playwright is not installed; run `pip install playwright`.")
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        try:
            opened = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        except Error as error:
            cannot_run(f"no Chromium could be started ({error}); run `apt-get install chromium`.")
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def shipped() -> ReviewRun:
    """The main job on the shipped evidence, computed once for all files of tests."""
    from tmsmeta.review import load_evidence
    from tmsmeta.review.run import run

    return run(load_evidence())


@pytest.fixture(scope="session")
def report_file(tmp_path_factory: pytest.TempPathFactory, shipped: ReviewRun) -> Path:
    """The page of the main job."""
    from tmsmeta.report import html_report

    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(html_report(shipped), encoding="utf-8")
    return path


@pytest.fixture
def open_page(browser: Any, report_file: Path) -> Iterator[Callable[..., Any]]:
    """Open the page; at the end nothing may have been requested but the file, and the console must be silent."""
    contexts, requests, messages = [], [], []

    def opened(
        width: int = 1280, height: int = 900, scheme: str = "light", path: Path | None = None, hash_: str = "",
        javascript: bool = True,
    ) -> Any:  # fmt: skip
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, java_script_enabled=javascript
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.goto((path or report_file).as_uri() + hash_)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert messages == []
