"""SVG files as a part of a web page; nothing is drawn here."""

from __future__ import annotations

import re
from html import escape

from tmsmeta.errors import InvalidInputError, Issue, check_kind
from tmsmeta.words.arguments import answerable
from tmsmeta.words.signs import printable


@answerable
def inline_svg(drawn: bytes, *, title: str, description: str = "", prefix: str = "figure") -> str:
    """The ``<svg>`` element of a figure that is an SVG file already, as :func:`to_bytes` gives it.

    Args:
        drawn: the SVG file.
        title, description: what a screen reader says; the description should state the result.
        prefix: starts every id, so that several figures can stand in one page.

    Returns:
        The element as text.

    Raises:
        InvalidInputError: something else than a file.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> ax = tm.figures.profile_plot(tm.profile_likelihood(trials))
        >>> drawn = tm.figures.to_bytes(ax, "svg")
        >>> tm.figures.inline_svg(drawn, title="Profile likelihood of tau2").startswith("<svg")
        True
    """
    check_kind("drawn", drawn, bytes, "an SVG file, as to_bytes(figure, 'svg') gives")
    text = drawn.decode("utf-8", errors="replace")
    if "<svg" not in text:
        raise InvalidInputError(Issue(None, "drawn", "bytes", "must be an SVG file, as to_bytes(figure, 'svg') gives."))
    text = re.sub(r"\n <title>[^<]*</title>(\n <desc>[^<]*</desc>)?", "", text, count=1)
    text = re.sub(r"\s*<metadata>.*?</metadata>", "\n ", text, count=1, flags=re.DOTALL)
    text = text[text.index("<svg") :].replace('<svg role="img" ', "<svg ", 1)
    text = re.sub(r'\bid="([^"]+)"', lambda m: f'id="{prefix}-{_token(m[1])}"', text)
    text = re.sub(r'href="#([^"]+)"', lambda m: f'href="#{prefix}-{_token(m[1])}"', text)
    text = re.sub(r"url\(#([^)]+)\)", lambda m: f"url(#{prefix}-{_token(m[1])})", text)
    names = f"{prefix}-title {prefix}-description" if description else f"{prefix}-title"
    text = text.replace("<svg ", f'<svg role="img" aria-labelledby="{names}" ', 1)
    told = f'<title id="{prefix}-title">{xml_text(title)}</title>'
    told += f'<desc id="{prefix}-description">{xml_text(description)}</desc>' if description else ""
    opening = text.index(">", text.index("<svg ")) + 1
    return _unique_ids(f"{text[:opening]}\n {told}{text[opening:]}")


def xml_text(text: str) -> str:
    """A text between two tags: escaped, and without signs that XML forbids."""
    return escape(printable(text))


def _token(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "-", name)


def _unique_ids(svg: str) -> str:
    """Number the ids that several artists share; nothing refers to those."""
    taken = set(re.findall(r'\bid="([^"]+)"', svg))
    seen: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        name = match[1]
        count = seen.get(name, 0) + 1
        while count > 1 and f"{name}-{count}" in taken:  # another artist is called so
            count += 1
        seen[name] = count
        return f'id="{name}"' if count == 1 else f'id="{name}-{count}"'

    return re.sub(r'\bid="([^"]+)"', number, svg)
