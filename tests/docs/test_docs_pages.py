"""Every page of the documentation is built, computed, linked and free of what would be fetched."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

pytestmark = pytest.mark.slow  # the build takes minutes, since it computes every page
WRONG = re.compile(r"Traceback|Error:|\bsh: \d+: |command not found")
"""What a cell prints that raised, or a shell that did not find its command: it ends no build."""


class Links(HTMLParser):
    """What a page points to, what it fetches, and its anchors."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors |= {value for key, value in attrs if key in ("id", "name") and value}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"] or "")
        if tag in ("script", "img", "link", "iframe") and given.get("rel") not in ("canonical",):
            self.fetched.append(given.get("src") or given.get("href") or "")


def _read(page: Path) -> Links:
    found = Links()
    found.feed(page.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def pages(built: Path) -> dict[Path, Links]:
    return {page: _read(page) for page in sorted(built.rglob("*.html")) if "_static" not in page.parts}


def test_every_link_inside_leads_to_a_page_and_its_place(pages: dict[Path, Links], built: Path) -> None:
    broken = []
    for page, found in pages.items():
        for link in found.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or not (parts.path or parts.fragment):
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            known = pages.get(target)
            lost = parts.fragment and known is not None and unquote(parts.fragment) not in known.anchors
            if not target.is_file() or lost:
                broken.append(f"{page.relative_to(built)}: {link}")
    assert broken == []


def test_nothing_is_fetched_from_elsewhere(pages: dict[Path, Links]) -> None:
    assert {
        url for found in pages.values() for url in found.fetched if "//" in url and not url.startswith("data:")
    } == set()


def test_search_works_without_a_server(built: Path) -> None:
    index = (built / "searchindex.js").read_text(encoding="utf-8")
    assert "hartung" in index
    assert "predict" in index


def test_the_words_of_the_pages_hold_no_error(pages: dict[Path, Links]) -> None:
    assert [page.name for page in pages if WRONG.search(page.read_text(encoding="utf-8"))] == []


def test_no_line_ends_between_a_number_and_its_percent_sign(pages: dict[Path, Links]) -> None:
    kept = 0
    for page in pages:
        text = page.read_text(encoding="utf-8")
        prose = re.sub(r"<(pre|code|script|style|math|title|table border)\b.*?</(\1|table)>", "", text, flags=re.DOTALL)
        found = re.findall(r"[^<>]{0,30}\d[ \n]%[^<>]{0,10}", re.sub(r"<[^>]*>", "<>", prose))
        assert found == [], page.name
        kept += text.count("\N{NO-BREAK SPACE}%")
    assert kept > 20


def test_sentences_of_cells_wrap_and_tables_of_the_console_do_not(built: Path) -> None:
    page = (built / "start" / "spreadsheet.html").read_text(encoding="utf-8")
    blocks = re.findall(r'<div class="([^"]*highlight-[^"]*)"><div class="highlight"><pre>(.*?)</pre>', page, re.DOTALL)
    assert all("sentences" in classes for classes, text in blocks if re.sub("<.*?>", "", text).startswith("!tmsmeta"))
    tables = [classes for classes, text in blocks if "│" in text]
    assert tables
    assert not any("sentences" in classes for classes in tables)
    assert "sentences" in (built / "start" / "notebook.html").read_text(encoding="utf-8")


def test_every_lesson_ends_with_exercises_whose_answers_are_computed_and_folded(built: Path) -> None:
    lessons = sorted((built / "learn").glob("[0-9]*.html"))
    assert lessons
    for lesson in lessons:
        text = lesson.read_text(encoding="utf-8")
        folded = re.findall(r"<details[^>]*sd-dropdown.*?</details>", text, re.DOTALL)
        assert len(folded) >= 3, lesson.name
        assert all("tag_answer" in answer and "cell_output" in answer for answer in folded), lesson.name
        assert text.count("tag_answer") == sum(answer.count("tag_answer") for answer in folded), lesson.name
