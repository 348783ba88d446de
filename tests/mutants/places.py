"""Places in the code where a fault can be put, and a seeded draw from them."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

LEFT_ALONE = re.compile(r"r_script\.py$|sentences\.py$|__init__\.py$")
"""Files of text only: programs written for R, sentences."""

SIGNS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.And: ("and", "or"),
    ast.Or: ("or", "and"),
}
TURNED = {
    "min": "max",
    "max": "min",
    "minimum": "maximum",
    "maximum": "minimum",
    "argmax": "argmin",
    "argmin": "argmax",
}


class Mutant(NamedTuple):
    """One change: the text from `start` to `end` (bytes of the file) becomes `after`."""

    file: str
    line: int
    start: int
    end: int
    before: str
    after: str


class Places:
    """All changes that one file allows."""

    def __init__(self, place: Path, file: str) -> None:
        self.file, self.text = file, (place / file).read_bytes()
        self.tree = ast.parse(self.text)
        self.starts = [0]
        for line in self.text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def mutants(self) -> Iterator[Mutant]:
        for node in self._code(self.tree):
            for start, end, after in self._changes(node):
                line = self.text.count(b"\n", 0, start) + 1
                yield Mutant(self.file, line, start, end, self.text[start:end].decode(), after)

    def _code(self, node: ast.AST) -> Iterator[ast.AST]:
        """Every node but those of annotations, strings with braces, raised errors and branches for type checkers."""
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "bases"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if not isinstance(child, ast.AST) or isinstance(child, ast.JoinedStr | ast.Raise):
                    continue
                if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                    continue
                yield child
                yield from self._code(child)

    def _changes(self, node: ast.AST) -> Iterator[tuple[int, int, str]]:
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for left, right, sign in zip(sides, sides[1:], node.ops, strict=False):
                yield from self._sign(left, right, sign)
        elif isinstance(node, ast.BinOp) and not any(self._is_text(side) for side in (node.left, node.right)):
            yield from self._sign(node.left, node.right, node.op)
        elif isinstance(node, ast.BoolOp):
            for left, right in zip(node.values, node.values[1:], strict=False):
                yield from self._sign(left, right, node.op)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
            yield self._start(node), self._start(node.operand), ""
        elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            yield self._start(node), self._end(node), _another(node.value)
        elif isinstance(node, ast.Call) and (name := self._name(node.func)) in TURNED:
            yield self._end(node.func) - len(name), self._end(node.func), TURNED[name]
        elif isinstance(node, ast.Return) and node.value is not None and not self._is_none(node.value):
            after = "not ({})" if isinstance(node.value, ast.Compare | ast.BoolOp) else "None"
            start, end = self._start(node.value), self._end(node.value)
            yield start, end, after.format(self.text[start:end].decode())

    def _sign(self, left: ast.AST, right: ast.AST, sign: ast.AST) -> Iterator[tuple[int, int, str]]:
        if type(sign) not in SIGNS:
            return
        before, after = SIGNS[type(sign)]
        begin = self._end(left)
        found = re.search(r"\s+".join(map(re.escape, before.split())).encode(), self.text[begin : self._start(right)])
        if found:
            yield begin + found.start(), begin + found.end(), after

    def _start(self, node: ast.AST) -> int:
        return self.starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]

    def _end(self, node: ast.AST) -> int:
        return self.starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]

    @staticmethod
    def _name(function: ast.AST) -> str:
        return getattr(function, "attr", getattr(function, "id", ""))

    @staticmethod
    def _is_none(node: ast.AST) -> bool:
        return isinstance(node, ast.Constant) and node.value is None

    @staticmethod
    def _is_text(node: ast.AST) -> bool:
        return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _another(number: float) -> str:
    if isinstance(number, bool):
        return str(not number)
    return str(number + 1) if isinstance(number, int) or number == 0 else repr(number * 1.5)


def sample(place: Path, patterns: tuple[str, ...], seed: int, each: int) -> list[Mutant]:
    """A seeded draw from all changes of an area, at most one per line."""
    files = sorted({str(p.relative_to(place)) for pattern in patterns for p in place.glob(pattern)})
    every = [mutant for file in files if not LEFT_ALONE.search(file) for mutant in Places(place, file).mutants()]
    random.Random(seed).shuffle(every)
    lines = {(mutant.file, mutant.line): mutant for mutant in reversed(every)}
    return [mutant for mutant in every if lines[mutant.file, mutant.line] is mutant][:each]


def function_at(text: str, line: int) -> str:
    """The qualified name of the innermost function that holds a line (of its signature, too); empty outside of all."""
    found = ""

    def search(node: ast.AST, name: str) -> None:
        nonlocal found
        for child in ast.iter_child_nodes(node):
            inner = name
            if isinstance(child, ast.ClassDef):
                inner = f"{name}{child.name}."
            elif isinstance(child, ast.FunctionDef):
                inner = f"{name}{child.name}.<locals>."
                if child.lineno <= line <= (child.end_lineno or child.lineno):
                    found = f"{name}{child.name}"
            search(child, inner)

    search(ast.parse(text), "")
    return found
