"""Fonts: one that comes with matplotlib, so that text has the same width everywhere, and others for what it lacks."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

FONT = "DejaVu Sans"
"""Latin, Greek, Cyrillic, Hebrew, Arabic, and the signs of statistics."""
GENERIC = (FONT, "Verdana", "Arial", "Helvetica", "sans-serif")
"""What text of an SVG file is set in, where the reader has no DejaVu Sans."""
_UNDRAWABLE = ("color", "lastresort", "last resort")
"""Parts of the names of fonts of bitmaps or boxes."""
_PREFERRED = ("sans", "gothic", "hei")


class Found(NamedTuple):
    """The families that a text is drawn in, in this order, and its letters that none of the machine's fonts has."""

    families: tuple[str, ...]
    missing: frozenset[str]


def found_for(text: str) -> Found:
    """The fonts of a text: the usual one, and of the fonts on this machine the first by name that has what it lacks."""
    return _found(frozenset(text) - _usual())


@cache
def _usual() -> frozenset[str]:
    return _letters(font_manager.findfont(FONT)) | frozenset("\n\u200b\u200d\ufe0f")


@cache
def _letters(path: str) -> frozenset[str]:
    return frozenset(map(chr, FT2Font(path).get_charmap()))


@cache
def _found(lacking: frozenset[str]) -> Found:
    families = [FONT]
    for path in _installed() if lacking else ():
        if lacking & _letters(path):
            families.append(_family(path))
            lacking -= _letters(path)
        if not lacking:
            break
    return Found(tuple(families), lacking)


@cache
def _installed() -> tuple[str, ...]:
    """The fonts of this machine that can be drawn, upright and of regular weight, those without serifs first."""
    named = []
    for path in sorted(font_manager.findSystemFonts()):
        name = Path(path).stem.casefold()
        if any(part in name for part in _UNDRAWABLE):
            continue
        try:
            font = FT2Font(path)
        except (RuntimeError, OSError):  # not a font that FreeType reads
            continue
        plain = font.scalable and font.style_name.casefold() in ("regular", "book", "normal", "medium", "roman")
        if plain:
            named.append((not any(part in name for part in _PREFERRED), name, path))
    return tuple(path for _, _, path in sorted(named))


@cache
def _family(path: str) -> str:
    """The name of the font in `path`, which matplotlib then knows."""
    name = FT2Font(path).family_name
    if name not in {entry.name for entry in font_manager.fontManager.ttflist}:
        font_manager.fontManager.addfont(path)
    return name


def missing_from(texts: Iterable[str]) -> list[str]:
    """The letters that no font has, in their order of appearance."""
    found = ((text, found_for(text).missing) for text in texts)
    return list(dict.fromkeys(letter for text, missing in found if missing for letter in text if letter in missing))
