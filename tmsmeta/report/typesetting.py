"""Signs as print has them, and pictures whose text stays legible: what is done to the page as a whole.

Texts of the package have a hyphen for the minus and ``tau2`` for the variance, as consoles and files need them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from markupsafe import Markup

from tmsmeta.words.numbers import minus_signs

SMALLEST = 12.0
"""No text of a picture is shown smaller than this, in CSS pixels."""

_TEXT = re.compile(r"<(style|script|pre|svg)\b.*?</\1>|(?<=>)[^<>]+(?=<)", re.DOTALL)
_MARKED = re.compile(r"[-2]")
_SIGNS = (
    (re.compile(r"\b[Tt]au2\b"), "\N{GREEK SMALL LETTER TAU}\N{SUPERSCRIPT TWO}"),
    (re.compile(r"\b([IR])2\b"), "\\1\N{SUPERSCRIPT TWO}"),
)


def typeset(html: str, words: Callable[[str], str] = lambda text: text) -> str:
    """The page with real minus signs and squares in its text, and `words` done to it.

    Tags, attributes, pictures and scripts stay as they are.
    """

    def signs(match: re.Match[str]) -> str:
        text = match[0]
        if match[1] is None:
            text = words(text)
            if not _MARKED.search(text):
                return text
            text = minus_signs(text)
            for pattern, sign in _SIGNS:
                text = pattern.sub(sign, text)
        return text

    return _TEXT.sub(signs, html)


def legible(svg: Markup) -> Markup:
    """An ``<svg>`` element that is never shown so small that its smallest text falls below :data:`SMALLEST`."""
    box = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"', svg)
    sizes = [float(size) for size in re.findall(r"font(?:-size)?: ?(?:[a-z]+ )*([\d.]+)px", svg)]
    if box is None or not sizes:
        return svg
    least = float(box[1]) * SMALLEST / min(sizes)
    return Markup(
        str(svg).replace("<svg ", f'<svg style="min-width:{least + 1:.0f}px;max-width:{1.5 * least:.0f}px" ', 1)
    )
