"""What the header of a column may mean, by the words of :mod:`tables.header_words`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tmsmeta.tables import header_words as words
from tmsmeta.tables.controls import is_control_name

_PIECES = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]+|\d+(?:\.\d+)?")
_IN_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]+)[)\]]\s*$")
_LEVEL = re.compile(r"(?<![\d.])([5-9]\d(?:\.\d+)?)\s*%?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """One thing that a header may mean.

    Attributes:
        quantity: what the column holds: a key of :data:`words.QUANTITIES`, ``ci_low``, ``ci_high`` ...
        arm: ``t``, ``c``, the number of an arm, or blank.
        measure: the effect measure that the header names.
        log: whether it says that the numbers are logs; None where it says nothing.
        level: the level of an interval that it names.
        weight: how sure the reading is.
    """

    quantity: str
    arm: str = ""
    measure: str = ""
    log: bool | None = None
    level: float | None = None
    weight: float = 3.0


def fold(text: str) -> str:
    """A header without case and separators; a percent sign is ``pct``."""
    plain = unicodedata.normalize("NFKC", text).replace("%", " pct ")
    return "".join(re.findall(r"[^\W_]+", plain)).casefold()


@cache
def _lookup() -> dict[str, list[tuple[str, float]]]:
    found: dict[str, list[tuple[str, float]]] = {}
    for quantity, spelled in words.QUANTITIES.items():
        for word in spelled.split():
            found.setdefault(word.rstrip("?"), []).append((quantity, 1.0 if word.endswith("?") else 3.0))
    for word in words.QUANTITIES["events"].split():
        for opposite in (f"{no}{word}" for no in words.NO if len(word) > 2 and not word.endswith("?")):
            found.setdefault(opposite, [("nonevents", 3.0)])
    return found


@cache
def _arm_words() -> dict[str, str]:
    return {word: arm for arm, spelled in words.ARMS.items() for word in spelled.split()}


@cache
def _measure_words() -> dict[str, str]:
    return {word: measure for measure, spelled in words.MEASURES.items() for word in spelled.split()}


def measure_of(text: str) -> str:
    """The effect measure that a text names as a whole; blank where it is no measure."""
    return _measure_words().get(fold(text), "")


def pieces(column: str) -> list[str]:
    """The words and numbers of a header, in small letters: ``Events_T`` is ``events``, ``t``."""
    plain = unicodedata.normalize("NFKC", column).replace("%", " pct ")
    return [piece.casefold() for piece in _PIECES.findall(plain)]


@cache
def readings(column: str) -> tuple[Reading, ...]:
    """Everything that a header may mean, the surest first."""
    whole = fold(column)
    if whole in words.EXACT:
        quantity, arm = words.EXACT[whole]
        return (Reading(quantity=quantity, arm=arm, weight=4.0), *_of_arms(column))
    plain = "".join(part for part in pieces(column) if part not in words.FILLERS)
    found = [Reading(quantity=q, weight=w) for q, w in _lookup().get(whole, _lookup().get(plain, ()))]
    found += _of_effects(column)
    found += _of_arms(column)
    if not found and (unit := _IN_BRACKETS.search(column)) and fold(unit[1]) in words.UNITS:
        return readings(column[: unit.start()])
    if not found:
        found += _glued(whole)
    return tuple(sorted(found, key=lambda reading: -reading.weight))


def _of_arms(column: str) -> Iterator[Reading]:
    """A quantity beside a word or a number for the arm."""
    everything = pieces(column)
    parts = [part for part in everything if part not in words.FILLERS]
    found = list(_beside_an_arm(everything)) or list(_beside_an_arm(parts))  # "no events" before "number of events"
    yield from found
    if len(parts) == 1 and _arm_words().get(parts[0]) == "c":
        yield Reading(quantity="treatment", arm="c", weight=1.0)


def _beside_an_arm(parts: list[str]) -> Iterator[Reading]:
    for place, part in enumerate(parts):
        rest, arm = "".join(parts[:place] + parts[place + 1 :]), arm_of(part)
        if arm and rest:
            yield from (Reading(quantity=q, arm=arm, weight=w) for q, w in _lookup().get(rest, ()))


def quantities_of(word: str) -> list[tuple[str, float]]:
    """The quantities that a word without separators names, each with its weight."""
    return _lookup().get(word, [])


def arm_of(part: str) -> str:
    """The arm that a word or number of a header names: ``t``, ``c``, a number, or blank."""
    if part.isdigit() and len(part) < 3:
        return part.lstrip("0") or "0"
    return _arm_words().get(part, "c" if is_control_name(part) else "")


def _glued(whole: str) -> Iterator[Reading]:
    """Arm and quantity without anything between: ``tdeath``, ``nc``."""
    for word, arm in _arm_words().items():
        for rest in {whole.removeprefix(word), whole.removesuffix(word)} - {whole}:
            yield from (Reading(quantity=q, arm=arm, weight=w - 1) for q, w in _lookup().get(rest, ()))


def _of_effects(column: str) -> Iterator[Reading]:
    """An effect, its standard error, variance or limits, with what the header says of measure, scale and level."""
    parts = pieces(column)
    level = _level(column, parts)
    parts = [part for part in parts if not re.fullmatch(r"[\d.]+|pct", part)]
    log, measure, rest = _peeled(parts)
    plain = [part for part in rest if part not in words.INTERVAL and part not in words.FILLERS]
    limit = "".join(plain)
    if limit in words.LOWER or limit in words.UPPER:
        quantity = "ci_low" if limit in words.LOWER else "ci_high"
        yield Reading(quantity=quantity, measure=measure, log=log, level=level, weight=2.0 if len(limit) == 1 else 3.0)
    elif limit in ("ratio", "ratios"):
        yield Reading(quantity="estimate", measure=measure, log=bool(log))
    elif not plain and (measure or log) and not set(rest) & words.INTERVAL:
        yield Reading(quantity="estimate", measure=measure, log=log)
    elif measure or log:
        joined = "".join(rest)
        for quantity in ("se", "variance", "estimate"):
            if any(q == quantity for q, _ in _lookup().get(joined, ())):
                yield Reading(quantity=quantity, measure=measure, log=log)


def _level(column: str, parts: list[str]) -> float | None:
    limits = words.LOWER | words.UPPER | words.INTERVAL
    if not limits & set(parts):
        return None
    found = _LEVEL.search(column)
    return float(found.group(1)) / 100 if found else None


def _peeled(parts: list[str]) -> tuple[bool | None, str, list[str]]:
    """Whether a log, which measure, and the words that are left."""
    log: bool | None = None
    rest = list(parts)
    joined = "".join(rest)
    for word in ("selog", "seln"):  # selogor, seLnOR
        if joined.startswith(word) and joined.removeprefix(word) in _measure_words():
            return True, _measure_words()[joined.removeprefix(word)], ["se"]
    for place, part in enumerate(rest):
        stem = next((w for w in ("log", "ln") if part.startswith(w)), "")
        tail = part.removeprefix(stem) if stem else ""
        if stem and (not tail or tail in _measure_words()):
            log, rest = True, rest[:place] + ([tail] if tail else []) + rest[place + 1 :]
            break
    for size in range(len(rest), 0, -1):
        for start in range(len(rest) - size + 1):
            word = "".join(rest[start : start + size])
            if word in _measure_words():
                return log, _measure_words()[word], rest[:start] + rest[start + size :]
    return log, "", rest
