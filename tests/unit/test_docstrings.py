"""Every public function says what it takes, gives and raises, and its example prints what it says."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import textwrap
from collections.abc import Iterator
from functools import cache, reduce
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

import tmsmeta as tm

SECTION = re.compile(r"^(Args|Returns|Raises|Example):$((?:\n(?: .*)?)*)", re.M)
ENTRY = re.compile(r"^    (\*{0,2}\w+(?:, \*{0,2}\w+)*): \S", re.M)
ROUNDED = re.compile(r"\d\.\d{7}")
"""More decimals than a reader wants and than two computers agree on."""


SHARED = {
    "ax": "the axes to use[,;.]",
    "title": "heading[.;]",
    "width": r"``single`` \(85 mm\), ``double`` \(170 mm(, the default)?\) or inches[,;.]",
    "labels": "names of the treatments to print[.;]",
}
"""How a parameter that many figures have is described first; what a figure adds follows."""


STARS: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


def _walk(place: str, module: ModuleType, seen: set[int]) -> Iterator[tuple[str, FunctionType]]:
    seen.add(id(module))
    for name in sorted(vars(module)["__all__"]):
        found = getattr(module, name)
        if isinstance(found, ModuleType) and hasattr(found, "__all__") and id(found) not in seen:
            yield from _walk(f"{place}.{name}", found, seen)
        elif isinstance(found, FunctionType) and id(found) not in seen:
            seen.add(id(found))
            yield f"{place}.{name}", found


FUNCTIONS = dict(_walk("tm", tm, set()))
"""By their name, all functions that ``tmsmeta`` and its public modules list."""


def _methods() -> Iterator[tuple[str, FunctionType]]:
    for place in (found for name in vars(tm)["__all__"] if isinstance(found := getattr(tm, name), type)):
        for name, found in vars(place).items():
            method = getattr(found, "__func__", found)  # of a class method
            if not name.startswith("_") and isinstance(method, FunctionType):
                yield f"{place.__name__}.{name}", method


METHODS = dict(_methods())
"""Methods of the classes that ``tmsmeta`` itself lists."""
EXAMPLES = FUNCTIONS | {name: it for name, it in METHODS.items() if ">>>" in (it.__doc__ or "")}


def _sections(function: FunctionType) -> dict[str, str]:
    return dict(SECTION.findall(inspect.getdoc(function) or ""))


@cache
def _read(function: FunctionType) -> tuple[bool, tuple[object, ...]]:
    """Whether a function has a ``raise`` of its own, and what of the package stands behind the names that it calls."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function.__code__)))
    called = []
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        first, *rest = ast.unparse(call.func).split(".")
        found = reduce(lambda it, name: getattr(it, name, None), rest, function.__globals__.get(first))
        if str(getattr(found, "__module__", "")).startswith("tmsmeta."):
            called.append(found)
    return any(isinstance(node, ast.Raise) for node in ast.walk(tree)), tuple(called)


def _can_raise(function: FunctionType) -> bool:
    """Whether a function raises, or one that it names does; what methods of its arguments raise is not found."""
    seen: set[object] = set()
    waiting: list[object] = [function, inspect.unwrap(function)]
    while waiting:
        it = waiting.pop()
        if isinstance(it, type):
            waiting += [vars(it).get("__init__"), vars(it).get("__post_init__")]
        if not isinstance(it, FunctionType) or it in seen or it.__code__.co_filename.startswith("<"):
            continue
        seen.add(it)
        raises, called = _read(it)
        if raises:
            return True
        waiting += called
    return False


def _entries(function: FunctionType, section: str) -> list[str]:
    found = ENTRY.findall(_sections(function).get(section, ""))
    return [word for entry in found for word in entry.split(", ")]


def _parameters(function: FunctionType) -> list[str]:
    """Their names, with the stars, without that of the object that a method belongs to."""
    parameters = inspect.signature(function).parameters.values()
    return [STARS.get(it.kind, "") + it.name for it in parameters if it.name not in ("self", "cls")]


def test_the_walk_finds_the_functions() -> None:
    known = {"tm.pool", "tm.network", "tm.figures.forest", "tm.effects.binary", "tm.review.rank_stability"}
    assert known <= set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_parameter_is_described(name: str) -> None:
    assert sorted(_entries(FUNCTIONS[name], "Args")) == sorted(_parameters(FUNCTIONS[name]))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_result_is_described(name: str) -> None:
    gives = inspect.signature(FUNCTIONS[name]).return_annotation not in (None, "None")
    assert bool(_sections(FUNCTIONS[name]).get("Returns", "").strip()) == gives


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_errors_are_described(name: str) -> None:
    errors = _entries(FUNCTIONS[name], "Raises")
    assert all(issubclass(getattr(tm, error), tm.TmsmetaError) for error in errors)
    assert errors or not _can_raise(FUNCTIONS[name])


@pytest.mark.parametrize("name", METHODS)
def test_methods_describe_two_parameters_or_what_they_describe_at_all(name: str) -> None:
    taken, described = _parameters(METHODS[name]), _entries(METHODS[name], "Args")
    if len(taken) > 1 or described:
        assert sorted(described) == sorted(taken)
        assert _sections(METHODS[name])["Returns"].strip()


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_prints_what_it_says(name: str, example_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(example_folder)
    example = _sections(EXAMPLES[name]).get("Example", "")
    assert f"{EXAMPLES[name].__name__}(" in example
    assert not ROUNDED.search(example)
    said: list[str] = []
    test = doctest.DocTestParser().get_doctest(example, {}, name, None, None)
    assert test.examples
    assert doctest.DocTestRunner(verbose=False).run(test, out=said.append).failed == 0, "".join(said)


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name.startswith("tm.figures.")])
def test_what_figures_share_is_said_in_the_same_words(name: str) -> None:
    said = re.sub(r"\s+", " ", _sections(FUNCTIONS[name])["Args"])
    for parameter, words in SHARED.items():
        assert f" {parameter}: " not in f" {said}" or re.search(rf" {parameter}: {words}", f" {said}"), parameter
