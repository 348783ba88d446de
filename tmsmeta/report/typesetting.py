"""Signs as print has them, and pictures whose text stays legible: what is done to the page as a whole.

The signs are those of :mod:`tmsmeta.words.signs`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from markupsafe import Markup

from tmsmeta.words.signs import printable, typographic

SMALLEST = 12.0
"""No text of a picture is shown smaller than this, in CSS pixels."""

_TEXT = re.compile(r"<(style|script|pre|svg)\b.*?</\1>|(?<=>)[^<>]+(?=<)", re.DOTALL)
_TOLD = re.compile(r"(?<=>)[^<>]+(?=</(?:title|desc)>)")


def typeset(html: str, words: Callable[[str], str] = lambda text: text) -> str:
    """The page with real minus signs and squares in its text, and `words` done to it.

    Tags, attributes and scripts stay as they are, and pictures but for their titles and descriptions.
    """

    def plain(match: re.Match[str]) -> str:
        return typographic(words(printable(match[0])))

    def part(match: re.Match[str]) -> str:
        if match[1] is None:
            return plain(match)
        return _TOLD.sub(plain, match[0]) if match[1] == "svg" else match[0]

    return _TEXT.sub(part, html)


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
