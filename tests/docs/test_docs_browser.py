"""The documentation in a browser, from a folder: it can be searched without a connection, and pages pass axe."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

_SETTLED = 700
"""Milliseconds after which the theme has seen that the window is another and what scrolls in it."""
LOOKS = tuple(product((375, 1440), ("light", "dark")))
PATIENCE = 20_000
_STILL = """document.addEventListener("DOMContentLoaded", () => {
    const style = document.createElement("style");
    style.textContent = "* { transition: none !important }";
    document.head.append(style);
})"""
"""Colours change at once, so that none is looked at on its way."""

_SIDEWAYS = """() => [...document.querySelectorAll("main *")].filter(box =>
    getComputedStyle(box).overflowX !== "visible" && box.clientWidth && box.scrollWidth > box.clientWidth + 1
    && !box.matches("pre, div.math, .output, .pst-scrollable-table-container, .ellipsis")
).map(box => `${box.tagName}.${box.className}: ${box.textContent.trim().slice(0, 60)}`)"""
"""What is cut or scrolls sideways and is neither code, formula, table nor the path to the page."""


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """A page of a browser, which may ask for files only."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


@pytest.mark.parametrize(
    ("words", "page"),
    [("Hartung", "made/api/"), ("seizures sessions", "made/audit/"), ("baujat plot", "made/gallery/")],
)
def test_search_finds_pages_without_a_connection(tab: Any, built: Path, words: str, page: str) -> None:
    tab.goto(f"{(built / 'search.html').as_uri()}?q={words.replace(' ', '+')}")
    tab.wait_for_selector("#search-results ul.search li a", timeout=PATIENCE)
    tab.wait_for_function("!document.querySelector('#search-progress')?.textContent", timeout=PATIENCE)
    found = tab.eval_on_selector_all("#search-results ul.search li a", "all => all.map(a => a.href)")
    assert any(page in address for address in found), found[:10]
    target = next(address for address in found if page in address)
    assert Path(target.split("#")[0].split("?")[0].removeprefix("file://")).is_file()


def test_tables_of_evidence_are_searched_and_sorted(tab: Any, built: Path) -> None:
    tab.goto((built / "made" / "audit" / "evidence.html").as_uri())
    field = tab.get_by_label("Search in: every count")
    table = tab.locator("table.browse").first
    rows = table.locator("tbody tr:visible")
    every = rows.count()
    assert every > 100
    field.fill("kratter RESPONSE")
    assert 0 < rows.count() < 10
    assert f"{rows.count()} of {every} rows" in tab.locator(".browse-search").first.inner_text()
    field.fill("")
    heading = table.locator("th", has_text="Events")
    for direction, sign in (("ascending", 1), ("descending", -1)):
        heading.locator("button").click()
        assert heading.get_attribute("aria-sort") == direction
        column = heading.evaluate("h => h.cellIndex")
        cells = table.locator(f"tbody tr td:nth-child({column + 1})").all_inner_texts()
        numbers = [sign * float(cell) for cell in cells if cell.strip()]
        assert numbers == sorted(numbers)


def test_tables_are_whole_without_scripts(browser: Any, built: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((built / "made" / "audit" / "evidence.html").as_uri())
    assert page.locator("table.browse tbody tr:visible").count() > 200
    assert page.locator(".browse-search").count() == 0
    context.close()


def test_pages_pass_axe_on_a_phone_and_a_desk_light_and_dark(browser: Any, axe: str, built: Path) -> None:
    """Pages of single functions are of one kind: every tenth in one of the four looks, the others in all.

    ``TMSMETA_EVERY_PAGE=1`` looks at all of them, which may take an hour.
    """
    context = browser.new_context()
    context.add_init_script(_STILL)
    page = context.new_page()
    faults = []
    for path, looks in _to_see(built):
        page.goto(path.as_uri())
        page.evaluate(axe)
        for width, scheme in looks:
            faults += [f"{path.relative_to(built)}, {width} {scheme}: {f}" for f in _faults(page, width, scheme)]
    context.close()
    assert faults == []


def _to_see(built: Path) -> Iterator[tuple[Path, Sequence[tuple[int, str]]]]:
    functions = []
    for path in _pages(built):
        if "names" in path.relative_to(built).parts:
            functions.append(path)
        else:
            yield path, LOOKS
    step = 1 if os.environ.get("TMSMETA_EVERY_PAGE") else 10
    yield from ((path, (LOOKS[number % 4],)) for number, path in enumerate(functions[::step]))


def _pages(built: Path) -> list[Path]:
    """Pages of the documentation; the report beside them has tests of its own."""
    return [p for p in sorted(built.rglob("*.html")) if "_static" not in p.parts and p != built / "report.html"]


def _faults(page: Any, width: int, scheme: str) -> list[str]:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_function("s => document.documentElement.dataset.theme === s", arg=scheme, timeout=PATIENCE)
    page.wait_for_timeout(_SETTLED)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    faults = [f"{v['id']} ({len(v['nodes'])}): {v['nodes'][0]['html'][:160]}" for v in found]
    faults += [f"wider than its place: {box}" for box in page.evaluate(_SIDEWAYS)]
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*faults, f"{over} px wider than the window"] if over > 0 else faults
