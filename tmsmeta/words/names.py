"""Names and lists of names inside a sentence: one rule each."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Sequence


def inside(name: str) -> str:
    """`name` inside a sentence: ``Placebo`` is ``placebo``, ``Low dose SSRI`` is ``low dose SSRI``, ``SSRI`` stays.

    Only the first letter changes, and only that of a word written like an ordinary one.
    """
    first = name.partition(" ")[0]
    ordinary = first[:1].isupper() and first[1:].islower()
    return name[:1].lower() + name[1:] if ordinary else name


def heading(name: str) -> str:
    """`name` at the start of a line: ``odds ratio`` is ``Odds ratio``, but ``t-PA`` and ``rTMS`` stay.

    Only the first letter of an ordinary word, all in small letters, changes.
    """
    first = name.partition(" ")[0]
    return name[:1].upper() + name[1:] if first.isalpha() and first.islower() else name


def listed(words: Sequence[str], last: str = "and") -> str:
    """Words with commas and a final `last`; with semicolons where a word has a comma of its own."""
    if len(words) < 2:
        return "".join(words)
    if any(", " in word for word in words):
        return f"{'; '.join(words[:-1])}; {last} {words[-1]}"
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: ``"1 trial"``, ``"3 trials"``; `many` where the plural has no ``s`` of its own."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def studies(k: int) -> str:
    """``"1 study"``, ``"12 studies"``."""
    return counted(k, "study", "studies")


_ONE_OF = {"people": "person", "series": "series", "species": "species", "calories": "calorie"}


def singular(noun: str) -> str:
    """One of them: ``studies`` is ``study``, ``US dollars`` is ``US dollar``; a unit without a plural s stays."""
    if noun in _ONE_OF:
        return _ONE_OF[noun]
    if noun.endswith("ies"):
        return f"{noun[:-3]}y"
    if noun.endswith(("sses", "shes", "ches", "xes")):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


_APART, _WHOLE = re.compile(r"[\s_‐-―-]+"), re.compile(r"[0-9]+\.0")


def alike(label: object) -> str:
    """What spellings of one name share: letters in any case, hyphens, underscores and blanks as one.

    ``Usual-care`` and ``usual care`` are alike, and so are ``1`` and ``1.0``, which are one number in two columns.
    """
    text = _APART.sub(" ", unicodedata.normalize("NFKC", str(label))).strip().casefold()
    return text.removesuffix(".0") if text.endswith(".0") and _WHOLE.fullmatch(text) else text


def near(found: str, known: Collection[str], *, cutoff: float = 0.6) -> str:
    """The known name that is most like `found`, whatever their case; blank where none is near."""
    folded = {name.casefold(): name for name in sorted(known, reverse=True)}
    best = difflib.get_close_matches(found.casefold(), sorted(folded), n=1, cutoff=cutoff)
    return folded[best[0]] if best else ""


def meant(found: str, known: Collection[str]) -> str:
    """A question after a fault, with a blank before it: `` Is 'response' meant?``; blank where no name is near."""
    name = near(found, known)
    return f" Is {name!r} meant?" if name else ""
