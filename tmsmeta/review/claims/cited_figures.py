"""Figures that a check needs beyond the rows of the evidence, each with the text it was taken from.

The cell ``parameters`` of a claims file holds ``name=value@place`` with semicolons between them.

``value``
    a number (``103``), a range (``4..6``), a product of these (``5 x 4..6``), or a word (``active``).
``place``
    where each number of the value was read: ``statement`` or ``shown`` (the cells ``statement`` and
    ``what_the_sources_show`` of the same claim), or a row of the evidence such as ``cohorts:sackeim2020_registered``.
    The numbers must stand there, as digits or as a word ("two"); a word as value needs no place.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tmsmeta.errors import Issue

_NUMBER = r"-?\d+(?:\.\d+)?"
_RANGE = re.compile(rf"({_NUMBER})(?:\.\.({_NUMBER}))?")
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
IN_CLAIM = {"statement": "statement", "shown": "what_the_sources_show"}
"""Places within the claim itself, and the columns they stand for."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One figure or choice of a check.

    Attributes:
        name: what it is, such as ``"sites"`` or ``"before"``.
        text: the value as written.
        place: where its numbers were read; empty for a word.
        factors: ranges (low, high) whose product the value is; empty for a word.
    """

    name: str
    text: str
    place: str
    factors: tuple[tuple[float, float], ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether the value is a number, a range or a product of them."""
        return bool(self.factors)

    @property
    def low(self) -> float:
        """Lower end of the value."""
        return math.prod(low for low, _ in self.factors)

    @property
    def high(self) -> float:
        """Upper end of the value."""
        return math.prod(high for _, high in self.factors)

    @property
    def words(self) -> str:
        """The value as a sentence has it: ``4..6`` is "4 to 6"."""
        return self.text.replace("..", " to ") if self.is_number else self.text

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"name": self.name, "value": self.text, "place": self.place}


def read_parameters(
    cell: str, column: str, row: int | None, file: str | None, text_at: Callable[[str], str | None]
) -> tuple[tuple[Parameter, ...], list[Issue]]:
    """The parameters in a cell, and every fault.

    Args:
        cell: the cell.
        column, row, file: its place, for messages.
        text_at: gives the text at a place, or None where there is no such place.
    """
    parameters, issues, names = [], [], set()
    for part in (part.strip() for part in cell.split(";")):
        if not part:
            continue
        name, equals, rest = (piece.strip() for piece in part.partition("="))
        value, _, place = (piece.strip() for piece in rest.partition("@"))
        faults = list(_faults(name, equals, value, place, text_at))
        if name in names:
            faults.append(f"{name!r} stands twice; each name once.")
        names.add(name)
        issues += [Issue(row, column, part, message, file) for message in faults]
        parameters.append(Parameter(name, value, place, _factors(value) or ()))
    return tuple(parameters), issues


def _faults(name: str, equals: str, value: str, place: str, text_at: Callable[[str], str | None]) -> Iterator[str]:
    if not (equals and name and value):
        yield "must be name=value@place, such as sites=103@shown."
        return
    factors = _factors(value)
    if factors is None:
        if re.match(rf"{_NUMBER}", value):
            yield "must be a number, a range such as 4..6, or a product such as 5 x 4..6; ranges run upwards."
        return
    if not place:
        yield f"must say where the number was read: {', '.join(IN_CLAIM)} or a row such as rates:ID, after an @."
        return
    text = text_at(place)
    if text is None:
        yield f"names a place that does not exist: {place!r}; give {', '.join(IN_CLAIM)} or a row of the evidence."
        return
    for number in re.findall(_NUMBER, value.replace("..", " ")):
        if not stands_in(number, text):
            yield f"has the number {number}, which does not stand at {place!r}, where it should have been read."


def _factors(value: str) -> tuple[tuple[float, float], ...] | None:
    """The ranges of a product, or None for text and for ranges that run downwards."""
    factors = []
    for part in value.split(" x "):
        match = _RANGE.fullmatch(part.strip())
        if match is None:
            return None
        low = float(match[1])
        high = low if match[2] is None else float(match[2])
        if high < low:
            return None
        factors.append((low, high))
    return tuple(factors)


def stands_in(number: str, text: str) -> bool:
    """Whether a number stands in a text as a number of its own, with or without thousands separators, or as a word."""
    wanted = float(number)
    found = re.findall(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?", text)
    if any(float(token.replace(",", "")) == wanted for token in found):
        return True
    return (
        wanted.is_integer()
        and 0 <= wanted < len(_WORDS)
        and bool(re.search(rf"\b{_WORDS[int(wanted)]}\b", text, re.IGNORECASE))
    )
