"""A ``review.toml`` to start from: every key with its meaning and its default, in comments.

Keys, meanings and defaults are read off the classes of the protocol, so that the text follows them.
"""

from __future__ import annotations

import datetime
import inspect
import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any

from tmsmeta.networks.spec import NetworkSpec
from tmsmeta.pooling.spec import PoolingSpec
from tmsmeta.review.protocol import (
    Claims,
    Comparison,
    Joint,
    Network,
    NetworkChoices,
    Outcome,
    Pooling,
    PoolingChoices,
    Protocol,
    Published,
    PublishedNetwork,
    PublishedPool,
    Report,
    SelectionChoices,
)
from tmsmeta.review.protocol_schema import key_meanings
from tmsmeta.review.selecting.spec import Selection

HEAD = """
The protocol of this review: what it asks, and how it goes about it.
A line such as `#margin = 0.0` holds the default of a key: delete its # to change it. Lines with a blank after the #
explain. `tmsmeta check` names every fault with its key; `tmsmeta run` does what the protocol asks for.
In the CSV tables beside it, an apostrophe before =, +, - or @ keeps a spreadsheet from running a text as a formula; it
is no part of the text.
"""
WIDTH = 118

EXAMPLES: Mapping[tuple[type, str], Any] = {
    (Protocol, "searched"): datetime.date(2026, 1, 31),
    (Outcome, "better"): "higher",
    (Outcome, "per"): 100,
    (Outcome, "baseline_risk"): 0.1,
    (Selection, "nodes"): ("a treatment",),
    (Joint, "correlation"): 0.5,
    (Network, "measure"): "RR",
    (Network, "comparator_risk"): "observed",
    (Network, "lumpings"): {"NAME": {"merged name": ("a treatment", "another")}},
    (Published, "labels"): {"a treatment": "its name in figures"},
    (Claims, "raters"): {"a rater": ("a scale", "another")},
    (PublishedPool, "result"): "a result_id",
    (PublishedPool, "selection"): "main",
    (PublishedNetwork, "review"): "a review",
}
"""What is shown for keys without a default of their own."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A table of the protocol.

    Attributes:
        table: its name in the file, with dots; blank for the top.
        spec: the class whose fields are its keys.
        choices: the keys, where not all fields of its class are.
        further: keys that its class does not have: default and meaning.
        heading: the field of another class whose meaning stands above the table.
        named: whether there is one such table per name, of which an example is shown.
        listed: whether there is a list of such tables.
    """

    table: str
    spec: type
    choices: Any = None
    further: Mapping[str, tuple[Any, str]] = field(default_factory=dict)
    heading: tuple[type, str] | None = None
    named: bool = False
    listed: bool = False


PARTS = (
    Part(table="", spec=Protocol),
    Part(table="outcomes.NAME", spec=Outcome, heading=(Protocol, "outcomes"), named=True),
    Part(table="comparison", spec=Comparison, heading=(Protocol, "comparison")),
    Part(
        table="selections.main",
        spec=Selection,
        choices=SelectionChoices,
        further={"outcomes": ((), "Outcomes that the selection is used for; by default all.")},
        heading=(Protocol, "selections"),
    ),
    Part(table="pooling", spec=Pooling, heading=(Protocol, "pooling")),
    Part(table="pooling.model", spec=PoolingSpec, choices=PoolingChoices, heading=(Pooling, "model")),
    Part(table="joint", spec=Joint, heading=(Protocol, "joint")),
    Part(table="network", spec=Network, heading=(Protocol, "network")),
    Part(table="network.model", spec=NetworkSpec, choices=NetworkChoices, heading=(Network, "model")),
    Part(table="published", spec=Published, heading=(Protocol, "published")),
    Part(table="published.pools", spec=PublishedPool, heading=(Published, "pools"), listed=True),
    Part(table="published.networks", spec=PublishedNetwork, heading=(Published, "networks"), listed=True),
    Part(table="claims", spec=Claims, heading=(Protocol, "claims")),
    Part(table="report", spec=Report, heading=(Protocol, "report")),
)
"""The tables in the order of the file. A test holds them against the protocol's own keys."""


def protocol_template(
    given: Mapping[str, Any], *, outcome: str = "", remarks: Mapping[str, Sequence[str]] | None = None
) -> str:
    """The text of a ``review.toml``.

    Args:
        given: what is known, by key with dots (``"comparison.control"``); all else is in comments, with its default.
        outcome: the outcome whose table is written; by default one in comments.
        remarks: further comments, by key with dots.
    """
    said = remarks or {}
    blocks = [_comment(HEAD.strip().replace("\n", " "))]
    blocks += [_part(part, given, outcome, said) for part in PARTS]
    return "\n".join(blocks)


def _part(part: Part, given: Mapping[str, Any], outcome: str, remarks: Mapping[str, Sequence[str]]) -> str:
    table = f"outcomes.{toml_key(outcome)}" if part.named and outcome else part.table
    commented = part.listed or (part.named and not outcome)
    text = []
    if part.heading:
        text.append(_comment(_meaning(*part.heading)))
    if table:
        header = f"[[{table}]]" if part.listed else f"[{table}]"
        text.append(f"{'#' if commented else ''}{header}\n")
    prefix = f"{part.table}." if part.table else ""
    tables = []
    for name, default, meaning in _keys(part):
        key = f"{prefix}{name}"
        about = [meaning, *remarks.get(key, ())] if meaning else [*remarks.get(key, ())]
        lines = "".join(_comment(line) for line in about)
        if isinstance(default, Mapping) and not part.listed:
            tables.append(lines + _example_table(f"{table}.{name}", default))
        elif key in given and not commented:
            text.append(f"{lines}{name} = {toml_value(given[key])}\n")
        else:
            text.append(f"{lines}#{name} = {toml_value(default)}\n")
    return "".join([*text, *(f"\n{part_text}" for part_text in tables)])


def _example_table(table: str, example: Mapping[str, Any]) -> str:
    """A table whose keys are names, as an example in comments."""
    inner = [_example_table(f"{table}.{name}", value) for name, value in example.items() if isinstance(value, Mapping)]
    lines = [f"#{toml_key(name)} = {toml_value(v)}\n" for name, v in example.items() if not isinstance(v, Mapping)]
    return "".join(inner or [f"#[{table}]\n", *lines])


def _keys(part: Part) -> Iterator[tuple[str, Any, str]]:
    """Keys of a table with the value shown for them and what they mean."""
    meanings = key_meanings(inspect.getdoc(part.spec) or "")
    for one in fields(part.spec):
        if _is_part(part, one.name) or (part.choices and one.name not in part.choices.__annotations__):
            continue
        yield one.name, EXAMPLES.get((part.spec, one.name), _default(one)), _plain(meanings.get(one.name, ""))
    yield from ((name, default, meaning) for name, (default, meaning) in part.further.items())


def _is_part(part: Part, name: str) -> bool:
    return any(other.heading == (part.spec, name) for other in PARTS)


def _default(one: Field[Any]) -> Any:
    if one.default_factory is not MISSING:
        return one.default_factory()
    return "" if one.default is MISSING else one.default


def _meaning(spec: type, name: str) -> str:
    return _plain(key_meanings(inspect.getdoc(spec) or "").get(name, ""))


def _plain(text: str) -> str:
    """A docstring's text without the marks of Sphinx, as a sentence."""
    text = re.sub(r":\w+:`~?(?:tmsmeta\.)?([^`]+)`", r"\1", text).replace("``", "`")
    return text[:1].upper() + text[1:]


def _comment(text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False) + "\n"


def toml_key(name: str) -> str:
    """A name as a key of TOML, in quotes where it needs them."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml_value(name)


def toml_value(value: Any) -> str:
    """A plain value as TOML."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{toml_key(name)} = {toml_value(part)}' for name, part in value.items())}}}"
    return f"[{', '.join(toml_value(part) for part in value)}]"
