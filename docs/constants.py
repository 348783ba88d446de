"""Public constants on the pages of the interface: their words are those of the source, their values their own."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args


def entry(name: str, value: Any) -> str:
    """The entry of a constant in reStructuredText: what it is, and what it holds."""
    module = name.rpartition(".")[0]
    kind = [] if get_args(value) else [f"   :type: {type(value).__name__}"]
    body = [*documented(name, value), "", *_held(value)]
    indented = (f"   {line}".rstrip() for line in body)
    return "\n".join([f".. py:currentmodule:: {module}", "", f".. py:data:: {name}", *kind, "", *indented, ""])


def documented(name: str, value: Any) -> list[str]:
    """The words beside the assignment, in whichever module of the package it stands."""
    from sphinx.pycode import ModuleAnalyzer  # pages are also read where no documentation is built

    last = name.rsplit(".", 1)[1]
    for module in _holders(last, value):
        if words := ModuleAnalyzer.for_module(module).find_attr_docs().get(("", last)):
            return words
    raise LookupError(f"{name} has no words: write a string below its assignment")


def _holders(name: str, value: Any) -> Iterator[str]:
    modules = sorted(place for place in sys.modules if place.startswith("tmsmeta."))
    return (place for place in modules if vars(sys.modules[place]).get(name) is value)


def _held(value: Any) -> Iterator[str]:
    if is_dataclass(value):
        return _table("field", "value", ((field.name, _literal(getattr(value, field.name))) for field in fields(value)))
    words = {key: _words(held) for key, held in value.items()} if isinstance(value, Mapping) else {}
    if any(words.values()):
        return _table("key", "holds", ((_literal(key), held) for key, held in words.items()))
    return iter([f"One of {', '.join(map(_literal, get_args(value) or value))}."])


def _words(value: Any) -> str:
    return value if isinstance(value, str) else getattr(value, "label", "")


def _literal(value: Any) -> str:
    return f"``{value!r}``"


def _table(*rows: Any) -> Iterator[str]:
    *heads, body = rows
    yield from (".. list-table::", "   :header-rows: 1", "")
    for first, second in (heads, *body):
        yield from (f"   * - {first}", f"     - {second}")
