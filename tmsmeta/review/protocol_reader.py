"""Read ``review.toml`` into a :class:`Protocol`, with every fault at once."""

from __future__ import annotations

import copy
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import InvalidInputError, Issue, UnknownOptionError
from tmsmeta.review.protocol import Protocol
from tmsmeta.review.protocol_faults import FILE, key_path, once, one_of, protocol_faults, spec_faults
from tmsmeta.review.selecting.spec import Selection

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def parse_protocol(data: bytes) -> tuple[Protocol, list[Issue]]:
    """The protocol in the bytes of a ``review.toml``, and its faults; what has faults is left at its default."""
    try:
        raw = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Protocol(), [Issue(line, "text", data[error.start : error.end], "must be UTF-8 text.", FILE)]
    except tomllib.TOMLDecodeError as error:
        return Protocol(), [_syntax_fault(str(error))]
    return protocol_from(raw)


def protocol_from(raw: Mapping[str, Any]) -> tuple[Protocol, list[Issue]]:
    """The protocol in a mapping as TOML gives it, and its faults; what has faults is left at its default."""
    from pydantic import ValidationError

    issues: list[Issue] = []
    while True:
        try:
            # As JSON, where a list is a list and a day a text, so that nothing else is taken for what it is not.
            protocol = _adapter().validate_json(json.dumps(raw, default=str), strict=True)
        except ValidationError as error:
            issues += protocol_faults(error.errors())
            left = _without(raw, [key_path(fault) for fault in error.errors()])
            if left == raw:  # a part with a fault that cannot be taken out; the rest cannot be checked with it
                return Protocol(), once(issues)
            raw = left
        else:
            return protocol, once([*issues, *_spec_issues(protocol)])


def _without(raw: Mapping[str, Any], paths: Sequence[tuple[str | int, ...]]) -> dict[str, Any]:
    """What is left without the parts that have faults, so that the rest is checked too.

    A selection or lumping with a fault keeps its name, as other parts refer to it.
    """
    kept: dict[str, Any] = copy.deepcopy(dict(raw))
    for path in paths:
        match path:
            case ("selections", name, *_):
                kept["selections"][name] = {}
            case ("network", "lumpings", name, *_):
                kept["network"]["lumpings"][name] = {}
            case ("published", "pools" | "networks" as part, int(number), *_):
                kept["published"][part][number] = None
            case (str(part), key, *_) if isinstance(kept.get(part), dict):
                kept[part].pop(key, None)
            case (str(part), *_):
                kept.pop(part, None)
    published = kept.get("published", {})
    for part in ("pools", "networks"):
        if part in published:
            published[part] = [rule for rule in published[part] if rule is not None]
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


def _spec_issues(protocol: Protocol) -> Iterator[Issue]:
    """Faults that show only when the specs are built: values that do not go together."""
    from tmsmeta.networks.spec import NetworkSpec
    from tmsmeta.pooling.profiles import PROFILES
    from tmsmeta.pooling.spec import PoolingSpec

    marked = [name for name, given in protocol.selections.items() if given.get("main")]
    if len(marked) > 1:
        message = "must have one main selection; leave `main` out of the others."
        yield Issue(None, "selections", ", ".join(marked), message, FILE)
    pooling = protocol.pooling
    if pooling.profile and pooling.profile.upper() not in PROFILES:
        yield Issue(None, "pooling.profile", pooling.profile, one_of(list(PROFILES), pooling.profile.upper()), FILE)
    elif pooling.profile and pooling.model:
        yield Issue(None, "pooling.model", None, f"must be left out, as the profile {pooling.profile} sets it.", FILE)
    else:
        yield from _built("pooling.model", PoolingSpec, pooling.model)
    yield from _built("network.model", NetworkSpec, protocol.network.model)
    for name, given in protocol.selections.items():
        found = _built(f"selections.{name}", Selection, protocol.selection_choices(name))
        yield from (i for i in found if i.column.rpartition(".")[2] in given)  # others are those of the main one


def _built(key: str, spec: Callable[..., object], choices: Mapping[str, Any]) -> list[Issue]:
    """The faults of choices: where they cannot stand together, those of each alone too."""
    together = _refused(key, spec, choices)
    alone = [issue for name in choices for issue in _refused(key, spec, {name: choices[name]})] if together else []
    return [*alone, *(issue for issue in together if issue not in alone)]


def _refused(key: str, spec: Callable[..., object], choices: Mapping[str, Any]) -> list[Issue]:
    try:
        spec(**choices)
    except (InvalidInputError, UnknownOptionError) as error:
        return spec_faults(key, error)
    return []
