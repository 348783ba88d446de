"""The JSON schema of ``review.toml``, for editors, and the keys that it allows at a place."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from tmsmeta.review import protocol
from tmsmeta.review.protocol import Protocol

SCHEMA_ID = "review.schema.json"


@cache
def json_schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of ``review.toml``, with what each key means."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(Protocol).json_schema()
    for part, place in {Protocol.__name__: schema, **schema["$defs"]}.items():
        # pydantic takes the docstrings of dataclasses from version 2.13 on, those of typed mappings always
        described = place.pop("description", "")
        meanings = key_meanings(vars(protocol)[part].__doc__ if part in vars(protocol) else described)
        for name, value in place.get("properties", {}).items():
            value.pop("title", None)
            if name in meanings:
                value["description"] = meanings[name]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "review.toml",
    } | schema


def key_meanings(docstring: str) -> dict[str, str]:
    """What the ``Attributes`` section of a docstring says of each field, on one line."""
    text = inspect.cleandoc(docstring).partition("Attributes:\n")[2]
    found = re.findall(r"^    (\w+): (.*(?:\n {6,}.*)*)", text, flags=re.MULTILINE)
    return {name: " ".join(meaning.split()) for name, meaning in found}


def keys_at(path: Sequence[str]) -> set[str]:
    """The keys that the schema allows at a path."""
    schema = json_schema()
    places: list[Mapping[str, Any]] = [schema]
    for part in path:
        places = [step for place in places for step in _steps(schema, place, part)]
    return {name for place in places for branch in _branches(schema, place) for name in branch.get("properties", {})}


def without_branches(path: Sequence[str | int]) -> tuple[str | int, ...]:
    """The keys of a path as pydantic gives it, which names the branch it tried wherever the schema has a union."""
    schema = json_schema()
    places: list[Mapping[str, Any]] = [schema]
    kept: list[str | int] = []
    named = False  # whether the branch of the union at hand has been passed
    for part in path:
        branches = [b for place in places for b in _branches(schema, place) if b.get("type") != "null"]
        if len(branches) > 1 and not named:
            named = True
            continue
        kept.append(part)
        named = False
        places = [step for place in places for step in _steps(schema, place, str(part))]
    return tuple(kept)


def _branches(schema: Mapping[str, Any], place: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A place of the schema with its reference followed, or each branch of a union."""
    if "$ref" in place:
        place = schema["$defs"][place["$ref"].rpartition("/")[2]]
    for branch in place.get("anyOf", [place]):
        yield from _branches(schema, branch) if "$ref" in branch else (branch,)


def _steps(schema: Mapping[str, Any], place: Mapping[str, Any], part: str) -> Iterator[Mapping[str, Any]]:
    for branch in _branches(schema, place):
        if part in branch.get("properties", {}):
            yield branch["properties"][part]
        elif isinstance(branch.get("additionalProperties"), Mapping):
            yield branch["additionalProperties"]
        elif isinstance(branch.get("items"), Mapping):
            yield branch["items"]
