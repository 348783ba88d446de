"""Terms of the field as buttons that open their meaning, by touch and keyboard and without a script."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from tmsmeta.words.glossary import DEFINITIONS

_SPELLINGS = {"95% CI": "confidence interval", "95% interval": "confidence interval", "CI": "confidence interval"}
_WORDS = {**{term.casefold(): term for term in DEFINITIONS}, **{k.casefold(): v for k, v in _SPELLINGS.items()}}
_PATTERN = re.compile(
    rf"(?<![\w-])(?:{'|'.join(map(re.escape, sorted(_WORDS, key=len, reverse=True)))})(?![\w-])", re.IGNORECASE
)


def glossed(text: str) -> Markup:
    """`text`, escaped, with the first of each term in it as a button for its meaning."""
    seen: set[str] = set()

    def button(match: re.Match[str]) -> str:
        term = _WORDS[match[0].casefold()]
        if term in seen:
            return match[0]
        seen.add(term)
        return f'<button type="button" class="term" popovertarget="{anchor(term)}">{match[0]}</button>'

    return Markup(_PATTERN.sub(button, str(escape(text))))


def anchor(term: str) -> str:
    """The id of the element that holds a meaning."""
    return f"term-{re.sub(r'[^a-z0-9]+', '-', term.casefold())}"


def meanings() -> list[tuple[str, str, str]]:
    """Anchor, term and meaning of everything that the buttons lead to."""
    return [(anchor(term), term, meaning) for term, meaning in DEFINITIONS.items()]
