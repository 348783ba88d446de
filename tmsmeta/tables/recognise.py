"""Which shape a table has, and which column gives what: told by its header, and else by its cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from tmsmeta.tables.header import Reading, readings
from tmsmeta.tables.numerals import numbers
from tmsmeta.tables.recipes import Recipe, Role, name_of, recipes

if TYPE_CHECKING:
    import pandas as pd

_LOOKED_AT = 2000
NAMES = frozenset({"study", "treatment"})
"""Quantities whose cells are names."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How the columns of a table fit one recipe.

    Attributes:
        recipe: the recipe.
        columns: the column that gives each role.
        readings: what its header says beside the role.
        missing: roles of the recipe that no column gives.
        rivals: roles that several columns give equally well, with those columns.
    """

    recipe: Recipe
    columns: Mapping[Role, str]
    readings: Mapping[Role, Reading] = field(default_factory=dict)
    missing: tuple[Role, ...] = ()
    rivals: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return not self.missing

    @property
    def used(self) -> frozenset[str]:
        return frozenset(self.columns.values())

    @property
    def score(self) -> float:
        """How much of the recipe the header gives, names of studies and treatments less than numbers."""
        weights = {role: 0.5 if role[0] in NAMES else 1.0 for role in (*self.recipe.roles, *self.columns)}
        found = sum(weights[role] for role in self.columns if role not in self.recipe.optional)
        lacking = sum(0.5 if role[0] in NAMES else 1.0 for role in self.missing)
        return found / (found + lacking) if found else 0.0


class Header:
    """The columns of one table with all that each may mean."""

    def __init__(self, frame: pd.DataFrame, given: Mapping[Role, str]) -> None:
        self.frame, self.given = frame.head(_LOOKED_AT), given
        self.columns = [str(column) for column in frame.columns]
        named = set(given.values())
        self.meant: dict[str, list[Reading]] = {
            column: [r for r in readings(column) if self._possible(column, r)]
            for column in self.columns
            if column not in named
        }

    def _possible(self, column: str, reading: Reading) -> bool:
        """Whether the cells can be what the header says: names may be anything, numbers must be numbers."""
        if reading.quantity in NAMES:
            return bool((self.frame[column] != "").any())
        return self.numeric[column]

    @cached_property
    def numeric(self) -> dict[str, bool]:
        """Columns most of whose filled cells are numbers."""
        found = {}
        for column in self.columns:
            read = numbers(self.frame[column], whole=True)
            filled = int((~read.missing).sum())
            found[column] = 2 * int(read.values.notna().sum()) > filled
        return found

    @cached_property
    def numbered(self) -> tuple[str, ...]:
        """The numbers of numbered arms, rising."""
        arms = {r.arm for column in self.meant.values() for r in column if r.arm.isdigit()}
        arms |= {arm for _, arm in self.given if arm.isdigit()}
        return tuple(sorted(arms, key=int))

    def fit(self, recipe: Recipe) -> Fit:
        """The columns that the recipe needs and finds here."""
        columns: dict[Role, str] = {}
        found: dict[Role, Reading] = {}
        missing: list[Role] = []
        rivals: dict[Role, tuple[str, ...]] = {}
        for role in (*self._expanded(recipe), *recipe.optional):
            best = self._best(role, set(columns.values()))
            if best:
                columns[role], found[role] = best[0]
                if len(best) > 1 and role not in recipe.optional:
                    rivals[role] = tuple(column for column, _ in best)
            elif role not in recipe.optional:
                missing.append(role)
        return Fit(recipe=recipe, columns=columns, readings=found, missing=tuple(missing), rivals=rivals)

    def _expanded(self, recipe: Recipe) -> Iterable[Role]:
        """The roles of a recipe with each numbered arm that the table has."""
        if not recipe.wide:
            return recipe.roles
        arms = [arm for arm in self.numbered if self._best(("treatment", arm), set())] or ["1", "2"]
        return [(quantity, number) for quantity, arm in recipe.roles for number in (arms if arm == "#" else [arm])]

    def _best(self, role: Role, taken: set[str]) -> list[tuple[str, Reading]]:
        """The columns that give a role best, in the order of the table."""
        if role in self.given:
            meant = readings(self.given[role])
            reading = next((r for r in meant if r.quantity == role[0]), Reading(quantity=role[0], arm=role[1]))
            return [(self.given[role], reading)]
        found = [
            (reading.weight - penalty, column, reading)
            for column, meant in self.meant.items()
            if column not in taken
            for reading in meant
            if (penalty := self._penalty(role, reading)) is not None
        ]
        if not found:
            return []
        top = max(weight for weight, _, _ in found)
        best = {column: reading for weight, column, reading in found if weight == top}
        return self._study(best) if role == ("study", "") else list(best.items())

    def _study(self, best: Mapping[str, Reading]) -> list[tuple[str, Reading]]:
        """Of several columns that name studies, the one with most different names, text before numbers."""
        if not best:
            return []
        order = sorted(best, key=lambda column: (-self.frame[column].nunique(), self.numeric[column]))
        return [(order[0], best[order[0]])]

    def _penalty(self, role: Role, reading: Reading) -> float | None:
        """What a reading loses against the role; None where it is another one."""
        quantity, arm = role
        if reading.quantity != quantity:
            return None
        if reading.arm == arm:
            return 0.0
        if arm in ("t", "c") and reading.arm.isdigit() and self._numbers_are_arms:
            first, second = self.numbered
            return (
                1.0
                if reading.arm
                == ((first if first == "1" else second) if arm == "t" else (second if first == "1" else first))
                else None
            )
        if quantity == "treatment":
            same = {"1": ("", "t"), "2": ("c",)}.get(arm, ())
            return 1.5 if reading.arm in same else None
        return None

    @cached_property
    def _numbers_are_arms(self) -> bool:
        """Whether two numbers stand for treated and comparator: 1 and 2, or 1 and 0."""
        return self.numbered in (("1", "2"), ("0", "1"))


def fits(frame: pd.DataFrame, given: Mapping[Role, str]) -> list[Fit]:
    """How the table fits each recipe, in the order of the recipes."""
    header = Header(frame, given)
    found = [header.fit(recipe) for recipe in recipes()]
    return [fit for fit in found if set(given) <= set(fit.columns)]


def chosen(found: list[Fit]) -> Fit:
    """Of complete fits, the first that no other goes beyond; else the one of which most is there."""
    complete = [fit for fit in found if fit.complete]
    if not complete:
        return max(found, key=lambda fit: fit.score)
    return next(fit for fit in complete if not any(fit.used < other.used for other in complete))


def needed(fit: Fit) -> str:
    """The roles that are missing, as users write them."""
    return ", ".join(name_of(role) for role in fit.missing)
