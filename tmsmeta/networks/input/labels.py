"""Names of trials and treatments: one spelling for each, wherever they stand.

Data, reference, comparisons, orders, covariates and components meet here. Numbers are names too: ``1``, ``1.0`` and
``"1"`` are one treatment. Spellings that differ in case, blanks or hyphens only are one treatment as well, which is
said.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from tmsmeta.effects.checks import is_missing
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.networks.input.independent_contrasts import Integers
from tmsmeta.tables.missing import is_missing as is_blank
from tmsmeta.words.names import alike, listed, meant

Label = TypeVar("Label", bound=Hashable)


def text_of(value: Any) -> str:
    """A label as text without blanks around it, whole numbers without decimals; empty where there is none."""
    if isinstance(value, str):
        return "" if is_blank(value) else " ".join(value.split())
    if is_missing(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def text_labels(values: Iterable[Any]) -> list[str]:
    """The labels as text; missing ones are empty."""
    given = values.tolist() if hasattr(values, "tolist") else list(values)
    if set(map(type, given)) != {str}:
        return list(map(text_of, given))
    # labels repeat, so each text is looked at once
    known = {value: text_of(value) for value in set(given)}
    return [known[value] for value in given]


def coded(labels: Sequence[Label]) -> tuple[list[Label], Integers]:
    """The labels that there are, in order of appearance, and for each of `labels` its place among them."""
    place = {label: k for k, label in enumerate(dict.fromkeys(labels))}
    return list(place), np.fromiter(map(place.__getitem__, labels), dtype=np.intp, count=len(labels))


def one_spelling(times: Mapping[str, int]) -> tuple[dict[str, str], list[str]]:
    """The commonest spelling of treatments that have several, and a sentence for each; `times` counts each label."""
    by_name: dict[str, list[str]] = {}
    for label in times:
        by_name.setdefault(alike(label), []).append(label)
    to: dict[str, str] = {}
    notes = []
    for names in by_name.values():
        if len(names) > 1:
            chosen = max(names, key=times.__getitem__)
            to.update(dict.fromkeys(names, chosen))
            others = listed([repr(name) for name in names if name != chosen])
            notes.append(f"{others} {'was' if len(names) == 2 else 'were'} taken for the treatment {chosen!r}.")
    return to, notes


def sort_key(label: str) -> tuple[int, float, str, str]:
    """Sorts numbers by value, before names, and names without regard to case."""
    try:
        return 0, float(label), "", label
    except ValueError:
        return 1, 0.0, label.casefold(), label


def find(label: object, known: Sequence[str]) -> str | None:
    """The one of the `known` labels that is meant: the same text, or else the only one alike; None for no such one."""
    text = text_of(label)
    if text in known:
        return text
    like = [name for name in known if alike(name) == alike(text)]
    return like[0] if len(like) == 1 else None


def the_treatment(argument: str, label: object, known: Sequence[str], *, what: str = "treatments") -> str:
    """The treatment that `label` means, or another kind of `what`.

    Raises:
        InvalidInputError: there is none, with the treatments.
    """
    found = find(label, known)
    if found is None:
        allowed = ", ".join(repr(t) for t in known)
        message = f"must be one of the {what}: {allowed}.{meant(text_of(label), known)}"
        raise InvalidInputError(Issue(None, argument, label, message))
    return found
