"""The Markdown that pages are written in, read without building them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if not {"made", "_build"} & set(path.relative_to(DOCS).parts))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_no_line_of_text_begins_with_a_percent_sign(page: Path) -> None:
    """MyST takes such a line for a comment, so a percentage broken over two lines loses the rest of its line."""
    prose = re.sub(r"^(`{3,}).*?^\1", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r"^\s*%.*", prose, re.MULTILINE) == []
