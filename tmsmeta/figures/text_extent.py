"""How wide text is, and where to break it, before anything is drawn."""

from __future__ import annotations

import re
from functools import lru_cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from tmsmeta.figures.fonts import found_for

_MEASURE = TextToPath()
_NO_BREAK = "\N{NO-BREAK SPACE}"
_TIED = re.compile(r" (?=[=<>→])|(?<=[=<>←]) |(?<=\b[QFtz]) (?=[−\d])|(?<=\bdf) (?=\d)|(?<=²) (?=\d)|(?<=%) (?=CI)")
_AFTER_HYPHEN = re.compile(r"(?<=[-\N{HYPHEN}\N{EN DASH}/])")
_SLACK = 1.02
"""Pixels are set a little wider than outlines."""


@lru_cache(maxsize=4096)
def width(text: str, size: float, weight: str = "normal") -> float:
    """Width in inches of the widest line of `text` at `size` points."""
    font = FontProperties(family=list(found_for(text).families), size=size, weight=weight)
    widest = 0.0
    for line in text.split("\n"):
        points, _, _ = _MEASURE.get_text_width_height_descent(line, font, False)
        widest = max(widest, points)
    return widest * _SLACK / 72


def line_height(size: float) -> float:
    """Distance in inches between the base lines of two lines of text at `size` points."""
    return size * 1.28 / 72


def lines_height(text: str, size: float) -> float:
    """Height in inches of `text` with its line breaks; nothing for no text."""
    return (text.count("\n") + 1) * line_height(size) if text else 0.0


def wrap(text: str, size: float, limit: float, weight: str = "normal") -> str:
    """`text` with line breaks, so that no line is wider than `limit` inches; words that are get broken too.

    A sign stays with its number ("p = 0.788"), a statistic with its value ("Q 1.05") and an arrow with its word.
    """
    tied = _TIED.sub(_NO_BREAK, text)
    return "\n".join(_wrap_line(line, size, limit, weight) for line in tied.split("\n")).replace(_NO_BREAK, " ")


def _wrap_line(line: str, size: float, limit: float, weight: str) -> str:
    lines = [""]
    for word in line.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if width(longer, size, weight) <= limit:
            lines[-1] = longer
            continue
        pieces = _break_word(word, size, limit, weight)
        lines += pieces if lines[-1] else []
        if not lines[0]:
            lines = pieces
    return "\n".join(lines)


def _break_word(word: str, size: float, limit: float, weight: str) -> list[str]:
    """Pieces of a word that is wider than `limit`: after its hyphens and slashes where that is enough."""
    pieces = [""]
    for part in _AFTER_HYPHEN.split(word):
        whole = width(part, size, weight) <= limit
        for step in [part] if whole else part:
            if pieces[-1] and width(pieces[-1] + step, size, weight) > limit:
                pieces.append("")
            pieces[-1] += step
    return pieces
