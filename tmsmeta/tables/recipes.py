"""Which columns make a table of each shape: a recipe per way of giving the same numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

from tmsmeta.tables.shapes import SHAPES, Shape

Role = tuple[str, str]
"""A quantity and an arm: ``("events", "t")``; ``"#"`` stands for each numbered arm, blank for no arm."""

COUNTS = (("events", "n"), ("events", "nonevents"), ("nonevents", "n"), ("percent", "n"), ("proportion", "n"))
MEANS = (("mean", "sd", "n"), ("mean", "se", "n"), ("mean", "variance", "n"))
ERRORS = (("estimate", "se"), ("estimate", "variance"), ("estimate", "ci_low", "ci_high"))


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way of giving a shape.

    Attributes:
        shape: what it gives; of an estimate, only its scale tells whether it is a ``ratio``.
        roles: the roles that it needs.
        optional: roles that it uses where they are there.
    """

    shape: Shape
    roles: tuple[Role, ...]
    optional: tuple[Role, ...] = ()

    @property
    def by_difference(self) -> bool:
        """Whether there is a row per arm with its difference from the first, which has a blank."""
        return self.shape == "contrasts" and ("treatment", "") in self.roles

    @property
    def wide(self) -> bool:
        """Whether its arms are numbered columns."""
        return any(arm == "#" for _, arm in self.roles)


def name_of(role: Role) -> str:
    """A role as users write it in ``columns=``: ``events_t``, ``n1``, ``ratio``."""
    quantity, arm = role
    quantity = quantity.replace(" ", "_")
    if not arm:
        return quantity
    return f"{quantity}_{arm}" if arm in ("t", "c") else f"{quantity}{arm}"


def user_name(role: Role) -> str:
    """The same, with the numbered treatments of a comparison as ``treat1`` and ``treat2``."""
    return f"treat{role[1]}" if role[0] == "treatment" and role[1].isdigit() else name_of(role)


@cache
def recipes() -> tuple[Recipe, ...]:
    """All of them, those that a table is rather read by first."""
    return tuple(sorted(_all(), key=lambda recipe: SHAPES.index(recipe.shape)))


def _all() -> Iterator[Recipe]:
    named: tuple[Role, ...] = (("treatment", "t"), ("treatment", "c"))
    families: tuple[tuple[Shape, Shape, tuple[tuple[str, ...], ...]], ...] = (
        ("two arms", "arms", COUNTS),
        ("two means", "mean arms", MEANS),
        ("two rates", "rate arms", (("events", "time"),)),
    )
    for pair, by_arm, styles in families:
        for style in styles:
            yield Recipe(pair, tuple((q, arm) for arm, q in product("tc", style)), (("study", ""), *named))
            yield Recipe(by_arm, (("study", ""), ("treatment", ""), *((q, "") for q in style)))
            yield Recipe(by_arm, tuple((q, "#") for q in ("treatment", *style)), (("study", ""),))
    for style in ERRORS:
        roles = tuple((q, "") for q in style)
        sizes = (("n", "1"), ("n", "2"))
        yield Recipe("contrasts", (("treatment", "1"), ("treatment", "2"), *roles), (("study", ""), *sizes))
        yield Recipe("estimate", roles, (("study", ""), *named))
    yield Recipe("contrasts", (("study", ""), ("treatment", ""), ("estimate", ""), ("se", "")))
    yield Recipe("estimate", (("observed less expected", ""), ("variance", "")), (("study", ""),))
    yield from (
        Recipe("proportions", tuple((q, "") for q in s), (("study", ""),)) for s in COUNTS if s[0] != "nonevents"
    )
    yield Recipe("rates", (("events", ""), ("time", "")), (("study", ""),))
