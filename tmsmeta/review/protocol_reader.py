"""Read ``review.toml`` into a :class:`Protocol`, with every fault at once, and give its JSON schema for editors."""

from __future__ import annotations

import copy
import difflib
import inspect
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import InvalidInputError, Issue, UnknownOptionError
from tmsmeta.review.protocol import Protocol
from tmsmeta.review.selecting.spec import Selection

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FILE = "review.toml"
SCHEMA_ID = "review.schema.json"


def parse_protocol(data: bytes) -> tuple[Protocol, list[Issue]]:
    """The protocol in the bytes of a ``review.toml``, and its faults; with faults it is what the rest of it says."""
    try:
        raw = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Protocol(), [Issue(line, "text", data[error.start : error.end], "must be UTF-8 text.", FILE)]
    except tomllib.TOMLDecodeError as error:
        return Protocol(), [_syntax_fault(str(error))]
    return protocol_from(raw)


def protocol_from(raw: Mapping[str, Any]) -> tuple[Protocol, list[Issue]]:
    """The protocol in a mapping as TOML gives it, and its faults.

    What is at fault is taken out and the rest read again, so that further faults are found in the same run.
    """
    from pydantic import ValidationError

    issues: list[Issue] = []
    rest: Any = copy.deepcopy(dict(raw))
    while True:
        try:
            protocol = _adapter().validate_python(rest)
        except ValidationError as error:
            faults = error.errors()
            issues += (_issue(fault) for fault in faults)
            if not sum(_take_out(rest, fault["loc"]) for fault in faults):
                return Protocol(), once(issues)
        else:
            return protocol, once([*issues, *_spec_issues(protocol)])


def _take_out(place: Any, path: Sequence[int | str]) -> bool:
    """Delete what stands at a path of pydantic's, or the deepest part of the file above it; whether there was any."""
    holder, last = None, None
    for part in path:
        inside = isinstance(place, list) and isinstance(part, int) and part < len(place)
        if inside or (isinstance(place, dict) and part in place):
            holder, last, place = place, part, place[part]
    if holder is not None:
        holder.pop(last)
    return holder is not None


def once(issues: Iterable[Issue]) -> list[Issue]:
    """Issues without repetition; what they found may be a list, which has no hash."""
    kept: list[Issue] = []
    for issue in issues:
        if issue not in kept:
            kept.append(issue)
    return kept


@cache
def _adapter() -> TypeAdapter[Protocol]:
    from pydantic import TypeAdapter

    return TypeAdapter(Protocol)


def _syntax_fault(text: str) -> Issue:
    place = re.search(r"\(at line (\d+), column (\d+)\)", text)
    what = text.partition(" (at ")[0]
    line = int(place[1]) if place else None
    column = f"column {place[2]}" if place else "text"
    return Issue(line, column, None, f"cannot be read as TOML: {what[:1].lower()}{what[1:]}.", FILE)


def _issue(fault: Any) -> Issue:
    """A fault that pydantic found, as a sentence with its key."""
    path = [str(part) for part in fault["loc"]]
    kind, found = fault["type"], fault["input"]
    key = ".".join(part for part in path if _is_key(part))
    if kind in ("unexpected_keyword_argument", "extra_forbidden"):
        return Issue(None, key, None, _unknown(path), FILE)
    if kind in ("missing", "missing_argument"):
        return Issue(None, key, None, "must be given.", FILE)
    error = fault.get("ctx", {}).get("error")
    if isinstance(error, InvalidInputError):
        first = error.issues[0]
        return Issue(None, f"{key}.{first.column}", first.found, first.message, FILE)
    if isinstance(error, UnknownOptionError):
        return Issue(None, f"{key}.{error.argument}", error.found, _one_of(error.allowed, error.found), FILE)
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", fault["ctx"]["expected"])
        return Issue(None, key, found, _one_of(allowed, found), FILE)
    message = fault["msg"].replace("Input should be", "must be")
    return Issue(None, key, found, f"{message[:1].lower()}{message[1:]}.", FILE)


def _is_key(part: str) -> bool:
    """Whether a part of pydantic's path is a key of the file, and not one of its names for a branch of a union."""
    return not re.fullmatch(r"(literal|dict|tuple|function|list)\[.*\]|constrained-.*", part)


def _one_of(allowed: Any, found: Any) -> str:
    names = {str(a).casefold(): str(a) for a in allowed}
    near = difflib.get_close_matches(str(found).casefold(), list(names), n=1)
    hint = f" Is {names[near[0]]!r} meant?" if near else ""
    return f"must be one of {', '.join(repr(a) for a in allowed)}.{hint}"


def _unknown(path: list[str]) -> str:
    """That a key does not exist, which ones there are, and which one may be meant."""
    known = sorted(_keys_beside(json_schema(), path[:-1]))
    near = difflib.get_close_matches(path[-1], known, n=1)
    hint = f" Is it meant to be `{near[0]}`?" if near else ""
    return f"is not a key of the protocol; the keys here are {', '.join(known)}.{hint}"


def _keys_beside(schema: Mapping[str, Any], path: list[str]) -> set[str]:
    """The keys that the schema allows at a path."""
    places = [schema]
    for part in path:
        places = [step for place in places for step in _steps(schema, place, part)]
    return {name for place in places for branch in _branches(schema, place) for name in branch.get("properties", {})}


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
        elif not _is_key(part):
            yield branch


def _spec_issues(protocol: Protocol) -> Iterator[Issue]:
    """Faults that show only when the specs are built: values that do not go together."""
    from tmsmeta.networks.spec import NetworkSpec
    from tmsmeta.pooling.profiles import PROFILES

    marked = [name for name, given in protocol.selections.items() if given.get("main")]
    if len(marked) > 1:
        message = "must have one main selection; leave `main` out of the others."
        yield Issue(None, "selections", ", ".join(marked), message, FILE)
    pooling = protocol.pooling
    if pooling.profile and pooling.profile.upper() not in PROFILES:
        yield Issue(None, "pooling.profile", pooling.profile, _one_of(list(PROFILES), pooling.profile.upper()), FILE)
    elif pooling.profile and pooling.model:
        yield Issue(None, "pooling.model", None, f"must be left out, as the profile {pooling.profile} sets it.", FILE)
    else:
        yield from _built("pooling.model", protocol.pooling_spec)
    yield from _built("network.model", lambda: NetworkSpec(**protocol.network.model))
    for name, given in protocol.selections.items():
        faults = _built(f"selections.{name}", partial(_selection, protocol, name))
        yield from (fault for fault in faults if fault.column.rpartition(".")[2] in given)


def _selection(protocol: Protocol, name: str) -> Selection:
    return Selection(**protocol.selection_choices(name))


def _built(key: str, build: Callable[[], object]) -> Iterator[Issue]:
    try:
        build()
    except InvalidInputError as error:
        yield from (Issue(None, f"{key}.{i.column}", i.found, i.message, FILE) for i in error.issues)
    except UnknownOptionError as error:
        yield Issue(None, f"{key}.{error.argument}", error.found, _one_of(error.allowed, error.found), FILE)


@cache
def json_schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of ``review.toml``, with what each key means."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(Protocol).json_schema()
    for place in (schema, *schema["$defs"].values()):
        meanings = key_meanings(place.pop("description", ""))
        for name, value in place.get("properties", {}).items():
            value.pop("title", None)
            if name in meanings:
                value["description"] = meanings[name]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, "title": FILE} | schema


def key_meanings(docstring: str) -> dict[str, str]:
    """What the ``Attributes`` section of a docstring says of each field, on one line."""
    text = inspect.cleandoc(docstring).partition("Attributes:\n")[2]
    found = re.findall(r"^    (\w+): (.*(?:\n {6,}.*)*)", text, flags=re.MULTILINE)
    return {name: " ".join(meaning.split()) for name, meaning in found}
