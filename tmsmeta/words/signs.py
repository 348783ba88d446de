"""Signs as print has them: a minus, not a hyphen, before a number; tau and I squared.

Results say themselves with the signs of a keyboard, as files for programs need them; what people read gets these.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tmsmeta.words.numbers import MINUS, minus_signs

TAU2 = "\N{GREEK SMALL LETTER TAU}\N{SUPERSCRIPT TWO}"

_MARKED = re.compile(r"[-2]")
_SIGNS = (
    (re.compile(r"(?<![\w`'-])[Tt]au2(?![\w`'=])"), TAU2),
    (re.compile(r"\b([IR])2\b"), "\\1\N{SUPERSCRIPT TWO}"),
    (re.compile(r"\bk - (?=[12]\b)"), f"k {MINUS} "),
)
_CODE = re.compile(r"(`[^`]*`|\]\([^)]*\))")


def typographic(text: str) -> str:
    """A text for people with real minus signs and squares; names of options, such as ``--tau2``, stay."""
    if _MARKED.search(text):
        text = minus_signs(text)
        for pattern, sign in _SIGNS:
            text = pattern.sub(sign, text)
    return text


def typographic_markdown(text: str, words: Callable[[str], str] = lambda text: text) -> str:
    """The same for Markdown, after `words`; code and the targets of links stay as they are."""
    parts = _CODE.split(text)
    return "".join(part if i % 2 else typographic(words(part)) for i, part in enumerate(parts))
