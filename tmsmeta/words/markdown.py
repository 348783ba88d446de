"""Tables in Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tmsmeta.words.signs import printable


def markdown_text(text: object) -> str:
    """Text on one line that cannot break out of a table cell, turn into HTML or start a link."""
    plain = re.sub(r"([\\|`*\[\]])", r"\\\1", printable(str(text)))
    return plain.replace("<", "&lt;").replace("\n", " ")


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """A Markdown table; columns at the places `right` are set flush right."""
    rule = ["---:" if place in right else "---" for place in range(len(head))]
    lines = [[markdown_text(cell) for cell in line] for line in (head, *rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rule, *lines[1:]))
