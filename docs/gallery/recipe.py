"""Code of figures as readers see it: the text that is shown is the text that draws."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable
from types import ModuleType
from typing import Any

_IMPORTS = {"np": "import numpy as np", "pd": "import pandas as pd"}


def script(draw: Callable[..., Any], given: ModuleType) -> str:
    """A function of the gallery as a script that runs on its own and leaves its figure in ``axes``.

    The arguments of the function are results; `given` has a function of the same name for each, which may need others.
    Their bodies stand in the script before its own.

    Args:
        draw: its last statement returns the figure.
        given: module with the functions that the arguments are named after.
    """
    steps: dict[str, str] = {}
    _needed(draw, given, steps)
    body = "\n\n".join(filter(None, ("\n".join(steps.values()), _body(draw, "axes"))))
    used = [line for name, line in _IMPORTS.items() if re.search(rf"\b{name}\.", body)]
    return "\n".join([*used, "import tmsmeta as tm"]) + f"\n\n{body}\n"


def told(draw: Callable[..., Any]) -> tuple[str, str]:
    """Title and text of a figure: the first line of its docstring, and the rest."""
    title, _, rest = (inspect.getdoc(draw) or "").partition("\n")
    return title.rstrip("."), " ".join(rest.split())


def _needed(function: Callable[..., Any], given: ModuleType, steps: dict[str, str]) -> None:
    for name in inspect.signature(function).parameters:
        if name not in steps:
            maker = getattr(given, name)
            _needed(maker, given, steps)
            steps[name] = _body(maker, name)


def _body(function: Callable[..., Any], name: str) -> str:
    """The statements below the docstring, with the value that is returned put into `name`."""
    source = textwrap.dedent(inspect.getsource(function))
    defined = ast.parse(source).body[0]
    assert isinstance(defined, ast.FunctionDef)
    *_, last = statements = defined.body[1 if ast.get_docstring(defined) else 0 :]
    assert isinstance(last, ast.Return), f"{function.__name__} must end by returning its figure"
    lines = source.splitlines()
    start = statements[0].lineno - 1
    while lines[start - 1].lstrip().startswith("#"):
        start -= 1
    lines[last.lineno - 1] = lines[last.lineno - 1].replace("return ", f"{name} = ", 1)
    return textwrap.dedent("\n".join(lines[start:]))
