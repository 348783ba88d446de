"""What a column of a table may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "key",
    "key part",
    "unique text",
    "text",
    "count",
    "number",
    "positive",
    "percent",
    "year",
    "date",
    "choice",
    "flags",
    "reference",
    "glossary",
    "evidence keys",
]
Presence = Literal["yes", "blank", "optional", "sourced"]
NUMERIC_KINDS = frozenset({"count", "number", "positive", "percent", "year"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRule:
    """What one column allows.

    Attributes:
        table: table it belongs to.
        column: its name.
        kind: kind of value.
        unit: unit of a number.
        presence: ``"yes"`` every cell filled; ``"blank"`` column there, cells may be blank; ``"optional"`` column may
            be missing; ``"sourced"`` filled in every row of a folder that has ``sources.csv``, else optional.
        allowed: allowed values in words; a list with semicolons for ``choice``, ``table.column`` for references.
        meaning: what the column says.
    """

    table: str
    column: str
    kind: Kind
    unit: str
    presence: Presence
    allowed: str
    meaning: str

    @property
    def options(self) -> tuple[str, ...]:
        """The values a ``choice`` allows."""
        return tuple(option.strip() for option in self.allowed.split(";"))

    @property
    def target(self) -> tuple[str, str]:
        """Table and column that a ``reference``, ``glossary`` or ``flags`` column points to."""
        table, _, column = self.allowed.partition(".")
        return table, column
