"""Which shape a table has, and which column gives what: told by its header, and else by its cells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from tmsmeta.tables.guess import WEIGHT, arms_by_name, events_by_values, events_of_arms
from tmsmeta.tables.header import Reading, fold, readings
from tmsmeta.tables.header_words import FOURFOLD
from tmsmeta.tables.missing import is_missing
from tmsmeta.tables.numerals import Numbers, numbers
from tmsmeta.tables.recipes import Recipe, Role, recipes
from tmsmeta.tables.study_labels import NOTHING, NamingColumns

if TYPE_CHECKING:
    import pandas as pd

_LOOKED_AT = 2000
NAMES = frozenset({"study", "author", "treatment"})
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
        names: columns that may name the studies.
        correlations: columns that seem to hold correlations.
        also: columns, not used, that hold numbers or names of arms.
        given: columns whose roles were given.
    """

    recipe: Recipe
    columns: Mapping[Role, str]
    readings: Mapping[Role, Reading] = field(default_factory=dict)
    missing: tuple[Role, ...] = ()
    rivals: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)
    names: NamingColumns = NOTHING
    correlations: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    given: frozenset[str] = frozenset()

    @property
    def complete(self) -> bool:
        return not self.missing

    @property
    def used(self) -> frozenset[str]:
        return frozenset(self.columns.values())

    @property
    def weight(self) -> float:
        """How sure the least sure of its numbers is."""
        return min((reading.weight for role, reading in self.readings.items() if role[0] not in NAMES), default=0.0)

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
        self._read: dict[str, Numbers] = {}
        self.columns = [str(column) for column in frame.columns]
        named = set(given.values())
        self.meant: dict[str, list[Reading]] = {
            column: [r for r in self._readings(column) if self._possible(column, r)]
            for column in self.columns
            if column not in named
        }

    def _readings(self, column: str) -> Iterable[Reading]:
        """What the name says; events in percent are a percentage, and a, b, c, d together a fourfold table."""
        folded = fold(column)
        if folded in FOURFOLD and set(FOURFOLD) <= {fold(other) for other in self.columns}:
            quantity, arm = FOURFOLD[folded]
            return (Reading(quantity=quantity, arm=arm),)
        found = readings(column)
        if any(r.quantity == "events" for r in found) and numbers(self.frame[column]).percent:
            return tuple(replace(r, quantity="percent") if r.quantity == "events" else r for r in found)
        return found

    def _possible(self, column: str, reading: Reading) -> bool:
        """Whether the cells can be what the header says: names may be anything, numbers must be numbers."""
        if reading.quantity in NAMES:
            return bool((self.frame[column] != "").any())
        if reading.quantity in ("sd", "se", "variance", "time") and not self.positive(column):
            return False
        return self.numeric(column) and (reading.quantity not in ("events", "nonevents", "n") or self.whole(column))

    def read(self, column: str) -> Numbers:
        """The cells of a column as numbers, as far as they are, commas standing between thousands."""
        if column not in self._read:
            self._read[column] = numbers(self.frame[column], whole=True)
        return self._read[column]

    def positive(self, column: str) -> bool:
        """Whether there is a number above 0; forms that hold every kind of data leave the others 0."""
        return bool((self.read(column).values > 0).any())

    def whole(self, column: str) -> bool:
        """Whether most of the numbers are whole."""
        values = self.read(column).values
        return 2 * int((values % 1 == 0).sum()) > values.count()

    def numeric(self, column: str) -> bool:
        """Whether most of the filled cells are numbers."""
        read = self.read(column)
        return 2 * read.values.count() > len(read.missing) - int(read.missing.sum())

    @cached_property
    def correlations(self) -> tuple[str, ...]:
        """Columns that seem to hold correlations: called so, or ``r`` with numbers between -1 and 1."""
        found = []
        for column in self.columns:
            called = any(reading.quantity == "correlation" for reading in readings(column))
            if (called or (fold(column) == "r" and not self.whole(column))) and self.numeric(column):
                found.append(column)
        return tuple(found)

    @cached_property
    def numbered(self) -> tuple[str, ...]:
        """The numbers of numbered arms, rising."""
        arms = {r.arm for column in self.meant.values() for r in column if r.arm.isdigit()}
        arms |= {arm for _, arm in self.given if arm.isdigit()}
        return tuple(sorted(arms, key=int))

    def fits(self) -> list[Fit]:
        """How the table fits each recipe; differences of arms from the first need blanks in the rows of the first."""
        found = [self.fit(recipe) for recipe in recipes()]
        return [fit for fit in found if not (fit.complete and fit.recipe.by_difference) or self._blank(fit)]

    def _blank(self, fit: Fit) -> bool:
        return bool(self.frame[fit.columns["estimate", ""]].map(is_missing).any())

    def guess(self) -> None:
        """Add what only the cells, or names of treatments in the header, can tell."""
        free = [column for column in self.meant if not any(r.arm in ("t", "c") for r in self.meant[column])]
        found, _ = arms_by_name(list(self.meant))
        for column in set(free) & set(found):
            self.meant[column].insert(0, found[column])
        named = [c for c in self.columns if c not in self.meant or self.meant[c]]
        sizes = {arm: best[0][0] for arm in ("t", "c") if (best := self._best(("n", arm), set()))}
        if len(sizes) == 2:
            for column, reading in events_of_arms(self.frame, sizes, named).items():
                self.meant[column].append(reading)
        size = self._best(("n", ""), set())
        if size and self._best(("treatment", ""), set()) and not self._best(("events", ""), set()):
            events = events_by_values(self.frame, size[0][0], [c for c in self.columns if c not in self.meant])
            for column in events:
                self.meant[column].append(Reading(quantity="events", weight=WEIGHT))

    def fit(self, recipe: Recipe) -> Fit:
        """The columns that the recipe needs and finds here."""
        columns: dict[Role, str] = {}
        found: dict[Role, Reading] = {}
        missing: list[Role] = []
        rivals: dict[Role, tuple[str, ...]] = {}
        for role in (*self._expanded(recipe), *recipe.optional):
            best = self._best(role, set(columns.values()))
            if role in recipe.optional and role[0] == "treatment" and role not in self.given:
                best = [pair for pair in best if not self.numeric(pair[0])]  # `ref` numbers a list of references
            if best and (len(best) == 1 or role not in recipe.optional):
                columns[role], found[role] = best[0]
                if len(best) > 1:
                    rivals[role] = tuple(column for column, _ in best)
            elif role not in recipe.optional:
                missing.append(role)
        taken = {column for role, column in columns.items() if role != ("study", "")}
        return Fit(
            recipe=recipe,
            columns=columns,
            readings=found,
            missing=tuple(missing),
            rivals=rivals,
            names=self.naming(taken),
            correlations=self.correlations,
            also=self.also(columns.values()),
            given=frozenset(self.given.values()),
        )

    def naming(self, taken: Collection[str] = ()) -> NamingColumns:
        """The columns that may name studies, without those taken for something else."""
        if ("study", "") in self.given:
            return NamingColumns(studies=(self.given["study", ""],))
        found: dict[str, list[str]] = {"study": [], "author": [], "number": [], "year": []}
        for column in self.columns:
            for reading in self.meant.get(column, ()):
                if reading.quantity in found and not reading.arm and column not in taken:
                    weak = reading.quantity == "study" and reading.weight < 2
                    found["number" if weak else reading.quantity].append(column)
        if not (found["study"] or found["author"] or found["number"]):
            found["study"] = [column for column in self._first_names if column not in taken]
        return NamingColumns(
            studies=tuple(found["study"]),
            authors=tuple(found["author"]),
            numbers=tuple(found["number"]),
            year=found["year"][0] if found["year"] else "",
        )

    @cached_property
    def _first_names(self) -> tuple[str, ...]:
        """The first column, where no header names one for studies and each of its cells is another name."""
        first = self.columns[0]
        cells = self.frame[first]
        names = first not in self.given.values() and not self.meant.get(first) and not self.numeric(first)
        return (first,) if names and not cells.duplicated().any() and (cells != "").all() else ()

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
        if role == ("study", ""):
            return [(column, Reading(quantity="study")) for column in self.naming(taken).all[:1]]
        found = [
            (reading.weight - penalty, column, reading)
            for column, meant in self.meant.items()
            if column not in taken
            for reading in meant
            if (penalty := self._penalty(role, reading)) is not None
        ]
        if not found:
            return []
        quantity = role[0]
        top = max(weight for weight, _, _ in found)
        best = {column: reading for weight, column, reading in found if weight == top}
        if quantity == "estimate" and len(best) > 1:
            best = self._same_scale(best)
        if quantity == "treatment" and len(best) > 1:
            best = {c: r for c, r in best.items() if not self.numeric(c)} or best
        return list(best.items())

    def _same_scale(self, best: Mapping[str, Reading]) -> dict[str, Reading]:
        """Of a ratio and its log, the one whose error or limits are there."""
        logged = {column: reading for column, reading in best.items() if reading.log}
        plain = {column: reading for column, reading in best.items() if not reading.log}
        if not (logged and plain):
            return dict(best)
        errors = [r for meant in self.meant.values() for r in meant if r.quantity in ("se", "variance")]
        limits = [r for meant in self.meant.values() for r in meant if r.quantity == "ci_low"]
        return logged if errors or any(r.log for r in limits) else plain

    def also(self, used: Collection[str]) -> tuple[str, ...]:
        """Columns that hold, for an arm, what a table of single groups has: it may be one of two arms."""
        names = ("events", "n", "time")
        arms = [c for c, meant in self.meant.items() if any(r.arm and r.quantity in names for r in meant)]
        groups = [
            c for c, meant in self.meant.items() if any(r.quantity == "treatment" and r.weight > 2 for r in meant)
        ]
        return tuple(column for column in (*arms, *groups) if column not in used)

    def _penalty(self, role: Role, reading: Reading) -> float | None:
        """What a reading loses against the role; None where it is another one."""
        quantity, arm = role
        if reading.quantity != quantity:
            return None
        if reading.arm == arm:
            return 0.0
        if arm in ("t", "c") and quantity != "treatment" and reading.arm.isdigit() and self._numbers_are_arms:
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
    """How the table fits each recipe, in the order of the recipes; names that say nothing are told by the cells."""
    header = Header(frame, given)
    found = header.fits()
    if not any(fit.complete for fit in found):
        header.guess()
        found = header.fits()
    return [fit for fit in found if set(given) <= set(fit.columns)]
