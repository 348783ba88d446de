"""Names of treatments in a table: one spelling for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tmsmeta.errors import Issue
from tmsmeta.words.names import alike, listed

if TYPE_CHECKING:
    import pandas as pd

TREATMENTS = ("treatment", "treatment_t", "treatment_c", "treat1", "treat2")
"""Columns that name treatments."""


def one_spelling(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]]]:
    """The table with the commonest spelling of each treatment, and all spellings of each that had several."""
    columns = [column for column in TREATMENTS if column in frame]
    spelled: Counter[str] = Counter()
    for column in columns:
        spelled.update(map(str, frame[column].tolist()))
    by_name: dict[str, Counter[str]] = {}
    for name, count in spelled.items():
        by_name.setdefault(alike(name), Counter())[name] = count
    several = [names for names in by_name.values() if len(names) > 1]
    if not several:
        return frame, {}
    to = {name: names.most_common(1)[0][0] for names in several for name in names}
    changed = frame.assign(**{column: frame[column].replace(to) for column in columns})
    return changed, {names.most_common(1)[0][0]: tuple(sorted(names)) for names in several}


def spelling_warnings(spellings: Mapping[str, tuple[str, ...]], file: str) -> list[Issue]:
    """A warning for each treatment that is spelled in several ways."""
    message = "is also spelled {}, which differ only in case, blanks or hyphens; taken as one treatment."
    return [
        Issue(None, "treatment", name, message.format(listed([repr(s) for s in spelled if s != name])), file)
        for name, spelled in spellings.items()
    ]
