"""What public functions were given, held against their signatures once they fail, so that the error says what is right.

A function that is :func:`answerable` costs nothing where it succeeds. Where Python refuses something deep inside
(``'int' object is not iterable``), its arguments are held against their annotations, and those that do not fit are
named. An error that no argument explains goes on as it is.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from numbers import Integral, Real
from types import UnionType
from typing import Any, ParamSpec, TypeVar, Union, get_args, get_origin

from tmsmeta.errors import InvalidInputError, Issue, TmsmetaError, UnknownOptionError, check_names

P = ParamSpec("P")
R = TypeVar("R")

_REFUSED = (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, AssertionError)


def answerable(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function that fails for what it was given say so.

    Raises:
        InvalidInputError: every argument of another kind than the signature asks for, or one that is missing.
        UnknownOptionError: an argument of a name that does not exist.
    """

    @wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except TmsmetaError:
            raise
        except _REFUSED as error:
            _refuse_unfit(function, args, kwargs, error)
            raise

    return asked


def _refuse_unfit(function: Callable[..., Any], args: Any, kwargs: Mapping[str, Any], error: BaseException) -> None:
    """Raise, from `error`, if arguments do not fit the signature of a function."""
    signature = inspect.signature(function)
    names = signature.parameters
    if all(p.kind is not p.VAR_KEYWORD for p in names.values()):
        check_names(kwargs, [name for name in names if name != "self"])
    try:
        given = signature.bind(*args, **kwargs).arguments
    except TypeError:
        taken = signature.bind_partial(*args[: len(names)], **kwargs).arguments
        missing = [n for n, p in names.items() if n not in taken and p.default is p.empty and p.kind not in (2, 4)]
        issues = [Issue(None, name, None, "must be given.") for name in missing]
        if not issues:
            raise error from None
        raise InvalidInputError(issues, f"{function.__name__} cannot answer this") from error
    issues = [
        Issue(None, name, _found(value), f"must be {' or '.join(wanted)}.")
        for name, value in given.items()
        if (wanted := _unfit(value, str(names[name].annotation), inspect.unwrap(function).__globals__))
    ]
    if issues:
        raise InvalidInputError(issues, f"{function.__name__} cannot answer this") from error
    unknown = re.search(r"unexpected keyword argument '(\w+)'", str(error)) if isinstance(error, TypeError) else None
    if unknown and unknown[1] in kwargs:
        message = f"There is no argument {unknown[1]!r} of {function.__name__}."
        raise UnknownOptionError(unknown[1], kwargs[unknown[1]], (), message) from error


def _found(value: Any) -> Any:
    """A value for a message: itself where it is short, else what it is."""
    plain = value is None or isinstance(value, (str, bytes, int, float))
    return value if plain and len(repr(value)) <= 60 else type(value).__name__


def _unfit(value: Any, annotation: str, known: Mapping[str, Any]) -> list[str]:
    """What an argument of this annotation must be, in words; nothing where `value` is that or it cannot be told."""
    wanted: list[str] = []
    for part in _split(annotation or "Any", "|"):  # A | B[C | D] is A or B[C | D]
        words = _words(value, part, known)
        if not words:
            return []
        wanted += [words] if words not in wanted else []
    return wanted


def _split(annotation: str, at: str) -> Iterator[str]:
    """The parts of an annotation between the signs `at` that stand outside of brackets."""
    depth, part = 0, ""
    for sign in annotation:
        depth += (sign in "[(") - (sign in "])")
        if sign == at and not depth:
            yield part.strip()
            part = ""
        else:
            part += sign
    yield part.strip()


def _words(value: Any, kind: str, known: Mapping[str, Any]) -> str:
    """What one kind of argument is called, where `value` is none; empty where it is one."""
    name, _, inner = kind.removesuffix("]").partition("[")
    if name in _PLAIN:
        words, is_one = _PLAIN[name]
        return "" if is_one(value) else words
    if name == "Literal":
        options = [option.strip() for option in inner.split(",")]
        return "" if isinstance(value, str) and repr(value) in options else f"one of {', '.join(options)}"
    if name in ("Sequence", "Iterable", "tuple", "list"):
        item = inner.removesuffix(", ...")
        if name == "tuple" and item == inner:
            return _fixed_words(value, [*_split(inner, ",")], known)
        listed = isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))
        listed = listed and getattr(value, "ndim", 1) == 1
        fits = listed and not any(_unfit(one, item, known) for one in _each(value))
        return "" if fits else _PLURALS.get(item, "a list")
    found = known.get(name.split(".")[-1], _class_named(name.split(".")[-1]))
    if isinstance(found, type):
        return "" if _is_a(value, found) else f"{'an' if found.__name__[0] in 'AEIO' else 'a'} {found.__name__}"
    if not get_args(found):
        return ""  # what cannot be told fits
    spelled = " | ".join(map(_spelled, get_args(found))) if get_origin(found) in (Union, UnionType) else _spelled(found)
    return " or ".join(_unfit(value, spelled, known))


def _fixed_words(value: Any, items: list[str], known: Mapping[str, Any]) -> str:
    """The same for a tuple of so many items, which may also be a list or an array."""
    listed = isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))
    given = list(_each(value)) if listed and getattr(value, "ndim", 1) == 1 else []
    if len(given) == len(items) and not any(_unfit(one, item, known) for one, item in zip(given, items, strict=True)):
        return ""
    several = _PLURALS.get(items[0], "a list of values") if len(set(items)) == 1 else "a list of values"
    return several.replace("a list of", f"{len(items)}")


def _is_a(value: Any, found: type) -> bool:
    if not getattr(found, "_is_protocol", False):
        return isinstance(value, found)
    return all(hasattr(value, name) for name in (*found.__annotations__, *vars(found)) if not name.startswith("_"))


def _spelled(part: Any) -> str:
    """A part of an alias as an annotation spells it."""
    if isinstance(part, type) and not get_args(part):
        return "None" if part is type(None) else part.__name__
    return re.sub(r"(\w+\.)+(?=\w+)", "", repr(part))


def _each(value: Iterable[Any]) -> Iterable[Any]:
    """The items of what can be gone through twice."""
    if hasattr(value, "tolist"):
        return list(value.tolist())
    return value if isinstance(value, (list, tuple, set, frozenset)) else ()


def _class_named(name: str) -> object:
    """A class that annotations name although its module is not imported where they stand."""
    if not re.fullmatch(r"[A-Z]\w+", name):
        return None
    modules = [it for place, it in list(sys.modules.items()) if place.startswith(("tmsmeta", "pandas.core.frame"))]
    drawn = [it for place, it in list(sys.modules.items()) if place in ("matplotlib.axes", "matplotlib.figure")]
    return next((found for it in [*modules, *drawn] if isinstance(found := vars(it).get(name), type)), None)


def _is_number(value: Any) -> bool:
    return type(value) is not bool and isinstance(value, Real) and value == value


def _are_numbers(value: Any) -> bool:
    """Whether numpy takes it for numbers, of any shape."""
    import numpy as np

    if value is None or isinstance(value, (str, bytes, Mapping)):
        return False
    try:
        return np.asarray(value, dtype=float).ndim > 0
    except (TypeError, ValueError):
        return False


_PLAIN: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "Any": ("anything", lambda _: True),
    "object": ("anything", lambda _: True),
    "None": ("None", lambda it: it is None),
    "str": ("a text", lambda it: isinstance(it, str)),
    "bytes": ("bytes", lambda it: isinstance(it, bytes)),
    "bool": ("True or False", lambda it: isinstance(it, bool) or type(it).__name__ == "bool"),
    "int": ("a whole number", lambda it: isinstance(it, Integral) and not isinstance(it, bool)),
    "float": ("a number", _is_number),
    "Path": ("a path", lambda it: isinstance(it, (str, os.PathLike))),
    "os.PathLike": ("a path", lambda it: isinstance(it, (str, os.PathLike))),
    "Mapping": ("a mapping, such as a dict", lambda it: isinstance(it, Mapping)),
    "Callable": ("a function", callable),
    "Floats": ("an array of numbers", _are_numbers),
    "Integers": ("an array of whole numbers", _are_numbers),
    "NDArray": ("an array of numbers", _are_numbers),
}
"""Kinds that are not a class of this package, by their annotation: in words, and whether a value is one."""
_PLURALS = {"str": "a list of texts", "float": "a list of numbers", "int": "a list of whole numbers"}
