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


_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """A text without signs that steer what shows it: codes of terminals, other control signs, turns of direction.

    Tabs and line ends stay. What is taken out is shown as the sign for an unknown one, so that it is seen.
    """
    return _STEERING.sub("\ufffd", text)


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
