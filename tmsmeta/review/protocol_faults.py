"""What pydantic found wrong with a protocol, as faults with key, value, and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tmsmeta.errors import InvalidInputError, Issue, UnknownOptionError
from tmsmeta.review.protocol_schema import keys_at, without_branches
from tmsmeta.words.names import meant, near

FILE = "review.toml"
_KINDS = {
    "tuple": 'a list, such as ["a", "b"]',
    "dict": "a table of keys",
    "dataclass": "a table of keys",
    "string": "a text in quotes",
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "date": "a day, such as 2026-11-22",
}
"""Kinds of values by the first word of what pydantic calls a fault, in the words of TOML."""


def protocol_faults(errors: Sequence[Mapping[str, Any]]) -> list[Issue]:
    """The faults, with those that the branches of one union give joined to one."""
    faults = [(key_path(error), error) for error in errors]
    issues: list[Issue] = []
    for path, error in faults:
        beside = [other for place, other in faults if place == path and other is not error]
        deeper = any(place[: len(path)] == path and len(place) > len(path) for place, _ in faults)
        if deeper and error["type"] in ("literal_error", "dict_type"):
            continue  # the branch of the union that was not meant
        issues.append(_issue(path, error, beside))
    return once(issues)


def key_path(error: Mapping[str, Any]) -> tuple[str | int, ...]:
    """The path of a fault in the file, without pydantic's names for the branches of a union."""
    return without_branches(error["loc"])


def one_of(allowed: Iterable[Any], found: Any) -> str:
    """That a value must be one of these, and which one may be meant."""
    names = [str(a) for a in allowed]
    return f"must be one of {', '.join(map(repr, names))}.{meant(str(found), names)}"


def once(issues: Iterable[Issue]) -> list[Issue]:
    """Issues without repetition; what they found may be a list, which has no hash."""
    kept: list[Issue] = []
    for issue in issues:
        if issue not in kept:
            kept.append(issue)
    return kept


def spec_faults(key: str, error: InvalidInputError | UnknownOptionError) -> list[Issue]:
    """The faults that a spec found in its own values."""
    if isinstance(error, UnknownOptionError):
        return [Issue(None, f"{key}.{error.argument}", error.found, one_of(error.allowed, error.found), FILE)]
    return [replace(issue, row=None, column=f"{key}.{issue.column}", file=FILE) for issue in error.issues]


def _issue(path: tuple[str | int, ...], error: Mapping[str, Any], beside: Sequence[Mapping[str, Any]]) -> Issue:
    key, kind, found = ".".join(map(str, path)), error["type"], error["input"]
    if kind in ("unexpected_keyword_argument", "extra_forbidden"):
        return Issue(None, key, None, _unknown([str(part) for part in path]), FILE)
    if kind in ("missing", "missing_argument"):
        return Issue(None, key, None, "must be given.", FILE)
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, (InvalidInputError, UnknownOptionError)):
        return spec_faults(key, cause)[0]
    texts = [name for each in (error, *beside) for name in _texts(each)]
    kinds = list(dict.fromkeys(_KINDS[each] for each in map(_kind, (error, *beside)) if each in _KINDS))
    if texts and not kinds:
        return Issue(None, key, found, one_of(texts, found), FILE)
    if kinds:
        allowed = " or ".join([*map(repr, texts), *kinds])
        return Issue(None, key, found, f"must be {allowed}.{meant(str(found), texts)}", FILE)
    message = error["msg"].replace("Input should be", "must be")
    return Issue(None, key, found, f"{message[:1].lower()}{message[1:]}.", FILE)


def _texts(error: Mapping[str, Any]) -> list[str]:
    """The texts that a literal allows."""
    return re.findall(r"'([^']*)'", error["ctx"]["expected"]) if error["type"] == "literal_error" else []


def _kind(error: Mapping[str, Any]) -> str:
    return str(error["type"]).partition("_")[0]


def _unknown(path: list[str]) -> str:
    """That a key does not exist, which ones there are, and which one may be meant."""
    known = sorted(keys_at(path[:-1]))
    key = near(path[-1], known)
    hint = f" Is it meant to be `{key}`?" if key else ""
    return f"is not a key of the protocol; the keys here are {', '.join(known)}.{hint}"
