"""Columns whose names say nothing known: arms called by their treatments, and events called by the outcome."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tmsmeta.tables import header_words as words
from tmsmeta.tables.header import Reading, arm_of, fold, pieces, quantities_of, readings
from tmsmeta.tables.numerals import numbers

if TYPE_CHECKING:
    import pandas as pd

_OF_ARMS = frozenset({"events", "nonevents", "n", "percent", "mean", "sd", "se", "variance", "time"})
WEIGHT = 2.5
"""How sure such a reading is: less than a name that is known, more than a weak one."""


def arms_by_name(columns: Sequence[str]) -> tuple[dict[str, Reading], dict[str, dict[str, str]]]:
    """Readings of columns such as ``n.asp`` beside ``n.plac``, and the columns of two arms neither of which is known.

    An arm of an unknown name has the same quantities as another arm. Where that one is known (as comparator or
    treated), it is the other one; where two unknown names stand beside each other, which is which must be asked.
    """
    named: dict[str, dict[str, str]] = {}
    known: dict[str, set[str]] = {}
    for column in columns:
        for reading in readings(column):
            if reading.arm in ("t", "c") and reading.weight > 1:
                known.setdefault(reading.arm, set()).add(reading.quantity)
        for label, quantity in _labels(column):
            named.setdefault(label, {}).setdefault(quantity, column)
    several = {label: found for label, found in named.items() if set(found) & {"n", "time"}}
    if len(known) == 1:
        (arm, quantities), other = next(iter(known.items())), "c" if "t" in known else "t"
        fitting = [found for found in several.values() if set(found) <= quantities | {"events"}]
        if len(fitting) == 1 and arm != other:
            found = fitting[0]
            return {column: Reading(quantity=q, arm=other, weight=WEIGHT) for q, column in found.items()}, {}
    return {}, several if not known and len(several) == 2 else {}


def _labels(column: str) -> list[tuple[str, str]]:
    """What may be the name of an arm in a header, with the quantity that the rest of it says."""
    found: dict[tuple[str, str], None] = {}
    whole = [word.casefold() for word in re.findall(r"[^\W_]+", column)]  # rTMS is one word here, and r, TMS in pieces
    for split in (pieces(column), whole):
        parts = [part for part in split if part not in words.FILLERS]
        for place, part in enumerate(parts):
            rest = "".join(parts[:place] + parts[place + 1 :])
            other = [quantity for quantity, _ in quantities_of(part) if quantity != "treatment"]
            if not part.isdigit() and not arm_of(part) and not other:
                found |= {(part, quantity): None for quantity, _ in quantities_of(rest) if quantity in _OF_ARMS}
    return list(found)


def events_of_arms(frame: pd.DataFrame, sizes: Mapping[str, str], taken: Sequence[str]) -> dict[str, Reading]:
    """Columns of both arms that have one stem, whole numbers and never more than n: the events.

    Args:
        frame: cells as text.
        sizes: the column with n of the treated (``t``) and of the comparator (``c``).
        taken: columns that have a meaning already.
    """
    stems: dict[str, dict[str, str]] = {}
    for column in frame.columns:
        if column in taken or column in sizes.values():
            continue
        suffix = _beside(column, sizes)
        if suffix and _at_most(frame, column, sizes[suffix[1]]):
            stems.setdefault(suffix[0], {})[suffix[1]] = column
    both = [found for found in stems.values() if set(found) == {"t", "c"}]
    if len(both) != 1:
        return {}
    return {column: Reading(quantity="events", arm=arm, weight=WEIGHT) for arm, column in both[0].items()}


def _beside(column: str, sizes: Mapping[str, str]) -> tuple[str, str] | None:
    """Stem and arm of a column that ends as the column with n of an arm does: ``bleed.plac`` beside ``n.plac``."""
    parts = pieces(column)
    for arm, size in sizes.items():
        endings = [part for part in pieces(size) if not quantities_of(part) or arm_of(part)]
        for part in parts:
            if len(parts) > 1 and (part in endings or arm_of(part) == arm):
                return "".join(p for p in parts if p != part), arm
    return None


def events_by_values(frame: pd.DataFrame, n: str, taken: Sequence[str]) -> tuple[str, ...]:
    """Columns without a known meaning that hold whole numbers, never more than `n` in their row."""
    free = [c for c in frame.columns if c not in taken and c != n and not readings(c)]
    return tuple(column for column in free if _at_most(frame, column, n))


def _at_most(frame: pd.DataFrame, column: str, n: str) -> bool:
    read, size = numbers(frame[column], whole=True), numbers(frame[n], whole=True)
    values = read.values
    if read.unread or values.notna().sum() * 2 < len(values):
        return False
    whole = bool(((values % 1 == 0) & (values >= 0) | values.isna()).all())
    return whole and bool(((values <= size.values) | values.isna() | size.values.isna()).all()) and values.nunique() > 1


def other_outcomes(frame: pd.DataFrame, columns: Mapping[tuple[str, str], str]) -> tuple[str, ...]:
    """Columns that hold events of another outcome than the one taken, which has a name that is an outcome.

    Args:
        frame: cells as text.
        columns: the column of each role.
    """
    events = {arm: column for (quantity, arm), column in columns.items() if quantity == "events"}
    sizes = {arm: column for (quantity, arm), column in columns.items() if quantity == "n"}
    if not events or any(_is_generic(column) for column in events.values()):
        return ()
    taken = list(columns.values())
    if set(events) == {"t", "c"} == set(sizes):
        found = list(events_of_arms(frame, sizes, taken))
    elif set(events) == {""} and "" in sizes and ("treatment", "") in columns:
        found = list(events_by_values(frame, sizes[""], taken))
    else:
        return ()
    return tuple(column for column in found if not set(pieces(column)) & words.COVARIATES)


def _is_generic(column: str) -> bool:
    """Whether a header says events without saying of what."""
    parts = [part for part in pieces(column) if not arm_of(part)]
    return not parts or any(part in words.GENERIC for part in parts) or fold(column) in words.EXACT
