"""Formulas of moderators: read, checked and named before anything in them is evaluated.

A formula may hold columns, numbers, arithmetic, comparisons and calls of :data:`FUNCTIONS`, nothing else. What stands
inside a call is Python once it is evaluated, so it is parsed first, and refused unless every piece of it is of this
kind. ``^`` is a power, between terms (``(a + b)^2`` is ``a + b + a:b``) and inside ``I()``, as in R.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from tmsmeta.errors import InvalidInputError, Issue

FUNCTIONS = ("log", "exp", "sqrt", "poly", "scale", "center", "C", "I", "bs", "cr")
"""What a formula may call: natural logarithm, exponential and square root; orthogonal polynomials; standardising and
centring; categories; arithmetic as it stands; B-splines and natural cubic splines."""

_WANTED = "must be one-sided, such as '~ dose + C(country)'."
_QUOTED = re.compile(r"`([^`]*)`")
_MOST = 9  # a higher power of a moderator is a slip, and one of a number need not end
_PLAIN = (
    ast.Expression, ast.Load, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.And, ast.Or, ast.Not, ast.Add,
    ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.USub, ast.UAdd, ast.Eq, ast.NotEq, ast.Lt, ast.LtE,
    ast.Gt, ast.GtE, ast.BitAnd, ast.BitOr, ast.Invert, ast.List, ast.Tuple,
)  # fmt: skip


class ParsedFormula(NamedTuple):
    """A formula that may be evaluated.

    Attributes:
        recipe: as formulaic parsed it.
        names: of the columns it reads, in the order in which they occur.
        factors: of these the ones that it names as categories by ``C()``.
        hats: whether powers were written ``^``, and are to be shown so.
    """

    recipe: Any
    names: tuple[str, ...]
    factors: frozenset[str]
    hats: bool

    def shown(self, term: str) -> str:
        """The name of a term in the notation of the formula."""
        return term.replace(" ** ", "^") if self.hats else term


def parsed_formula(formula: object) -> ParsedFormula:
    """A one-sided formula, parsed and found to hold nothing but columns, numbers, arithmetic and known functions.

    Raises:
        InvalidInputError: it cannot be read, has two sides or no term, or holds anything else; every such piece.
    """
    from formulaic import Formula
    from formulaic.errors import FormulaicError
    from formulaic.formula import SimpleFormula

    if not isinstance(formula, str):
        raise InvalidInputError(Issue(None, "formula", formula, _WANTED))
    text = _with_stars(formula)
    _check_powers(formula, text)
    try:
        recipe = Formula(text)
    except (FormulaicError, SyntaxError, ValueError, TypeError, RecursionError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise InvalidInputError(Issue(None, "formula", formula, f"cannot be read: {reason}.")) from error
    if not isinstance(recipe, SimpleFormula):
        raise InvalidInputError(Issue(None, "formula", formula, _WANTED))
    if not len(recipe):
        raise InvalidInputError(Issue(None, "formula", formula, "must have at least one term."))
    names, categories = _names_read(recipe)
    return ParsedFormula(recipe, names, categories, hats="^" in formula and "**" not in formula)


def _with_stars(formula: str) -> str:
    """The formula with ``**`` for ``^``, outside quoted names."""
    parts = re.split(r"(`[^`]*`)", formula)
    return "".join(part if part.startswith("`") else part.replace("^", "**") for part in parts)


def _check_powers(formula: str, text: str) -> None:
    powers = re.findall(r"\*\*\s*\(?\s*(\d+)", _QUOTED.sub("q", text))
    if any(int(power[:9]) > _MOST for power in powers):
        raise InvalidInputError(Issue(None, "formula", formula, f"must hold no power above {_MOST}."))


def _names_read(recipe: Any) -> tuple[tuple[str, ...], frozenset[str]]:
    """Columns that a formula reads, and those among them that stand inside ``C()``."""
    names: list[str] = []
    categories: set[str] = set()
    issues: list[Issue] = []
    for factor in dict.fromkeys(factor for term in recipe for factor in term.factors):
        kind = factor.eval_method.value
        if kind == "lookup":
            names.append(factor.expr)
        elif kind == "python":
            try:
                found = _names_in(factor.expr)
            except InvalidInputError as error:
                issues += error.issues
                continue
            names += found
            categories.update(found if re.match(r"C\s*\(", factor.expr) else ())
    dunder = [name for name in names if name.startswith("__")]
    issues += [Issue(None, "formula", name, "must not be the name of a moderator.") for name in dunder]
    if issues:
        raise InvalidInputError(dict.fromkeys(issues))
    return tuple(dict.fromkeys(names)), frozenset(categories)


def _names_in(expression: str) -> list[str]:
    """The columns that a piece of Python reads, which is refused unless it is arithmetic and known functions."""
    quoted: list[str] = []

    def stand_in(match: re.Match[str]) -> str:
        quoted.append(match[1])
        return f"quoted_{len(quoted) - 1}_"

    try:
        tree = ast.parse(_QUOTED.sub(stand_in, expression), mode="eval")
    except (SyntaxError, ValueError, RecursionError) as error:
        raise InvalidInputError(Issue(None, "formula", expression, "cannot be read.")) from error
    issues = [Issue(None, "formula", expression, message) for message in dict.fromkeys(_faults(tree))]
    if issues:
        raise InvalidInputError(issues)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called]
    stood_in = {f"quoted_{i}_": name for i, name in enumerate(quoted)}
    return [stood_in.get(name, name) for name in found]


def _faults(tree: ast.AST) -> Iterator[str]:
    """What a piece of Python holds beside columns, numbers, arithmetic and :data:`FUNCTIONS`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if not (isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS):
                yield f"may call nothing but {', '.join(FUNCTIONS)}; `{ast.unparse(node.func)}` is none of them."
        elif isinstance(node, ast.Constant):
            if not isinstance(node.value, (bool, int, float)):
                yield f"must hold columns and numbers only; {ast.unparse(node)} is neither."
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            if not all(_holds_name(side) or _is_number(side) for side in (node.left, node.right)):
                yield "must raise a column, or a number, to a number."
        elif isinstance(node, ast.keyword):
            if node.arg is None:
                yield "must name each argument of a function."
        elif not isinstance(node, (*_PLAIN, ast.Name)):
            yield (
                f"may hold columns, numbers, arithmetic and {', '.join(FUNCTIONS)}, and no "
                f"{_KINDS.get(type(node), 'other Python')}."
            )


_KINDS: dict[type, str] = {
    ast.Attribute: "attribute (a name with a dot stands in `backticks`)",
    ast.Subscript: "subscript",
    ast.Lambda: "function of its own",
    ast.JoinedStr: "text",
    ast.FormattedValue: "text",
    ast.NamedExpr: "assignment",
    ast.Starred: "star",
}


def _holds_name(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Name) for part in ast.walk(node))


def _is_number(node: ast.AST) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        node = node.operand
    return isinstance(node, ast.Constant)
