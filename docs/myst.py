"""Markdown of pages that are made from data: texts from files cannot change it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~&^])")


def escape(text: object) -> str:
    """Text that stands on the page as it is."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))


def link(text: object, address: str) -> str:
    """A link to a web address; the text alone where there is none."""
    return f"[{escape(text)}](<{address}>)" if re.fullmatch(r"https?://[^\s<>]+", address) else escape(text)


def anchor(name: str) -> str:
    """A target for links from other pages."""
    return f"({name})="


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, browse: str = "") -> str:
    """A table of cells that are Markdown.

    Args:
        columns: headings.
        rows: cells.
        browse: what the table holds, for one that can be searched and sorted.
    """
    lines = [columns, ["---"] * len(columns), *rows]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    if not browse:
        return text
    return f"```{{table}} {browse[:1].upper()}{browse[1:]}\n:class: browse\n\n{text}\n```"


def write(path: Path, text: str) -> None:
    """Leave a file that is right already as it is, so that a second build is fast."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8", newline="\n")
