"""What a flag of a row changes. Its meaning stands in ``flags.csv``; the column ``effect`` decides, not its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from tmsmeta.tables.printed_percent import Rounding
from tmsmeta.tables.row_rules import split_list

Effect = Literal[
    "none",
    "said",
    "follow-up only",
    "alternative version",
    "later time point",
    "best of several visits",
    "percent off by 0.1",
    "percent cut off",
    "percent not checked",
]
EFFECTS: tuple[Effect, ...] = get_args(Effect)
"""``said``: the meaning is said beside every result that uses the row. ``follow-up only``: the same, for a trial whose
only counts are of a follow-up; they are used, and exported as such. The next three mark rows that stand beside the main
row of the same arm and outcome: an ``alternative version`` and a ``later time point`` are never used, the ``best of
several visits`` only where the trial has no main row. The last three say how a printed percentage may differ from the
counts."""

SAID: tuple[Effect, ...] = ("said", "follow-up only")
FOLLOW_UP: Effect = "follow-up only"
VERSIONS: tuple[Effect, ...] = ("alternative version", "later time point", "best of several visits")
ROUNDINGS: Mapping[str, Rounding] = {"percent off by 0.1": "off_by_tenth", "percent cut off": "truncated"}

USUAL: Mapping[str, Effect] = {
    "alternative_version": "alternative version",
    "later_time_point": "later time point",
    "best_ever_timepoint": "best of several visits",
    "percent_rounding_off_by_0.1": "percent off by 0.1",
    "percent_truncated": "percent cut off",
    "adjusted_or_imputed": "percent not checked",
}
"""Flags that a folder can use without explaining them in a ``flags.csv`` of its own."""


@dataclass(frozen=True)
class FlagEffects:
    """The flags that rows of a folder may have, and what each changes.

    Attributes:
        effects: ``(flag, effect)`` pairs.
    """

    effects: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str]]) -> FlagEffects:
        """The usual flags, with those of ``flags.csv`` given as ``(flag, effect)``."""
        return cls(tuple({**USUAL, **dict(rows)}.items()))

    @property
    def names(self) -> frozenset[str]:
        """Every flag."""
        return frozenset(flag for flag, _ in self.effects)

    def version(self, cell: str) -> str:
        """Which version of a trial's counts a row with these flags belongs to: an effect, or ``"main"``."""
        found = self.found(cell)
        return next((version for version in VERSIONS if version in found), "main")

    def found(self, cell: str) -> dict[str, str]:
        """Effects of the flags in a cell, each with its flag."""
        effects = dict(self.effects)
        return {effects[flag]: flag for flag in split_list(cell) if flag in effects}

    def named(self, *effects: str) -> str:
        """The flags that have one of these effects, with commas."""
        return ", ".join(flag for flag, effect in self.effects if effect in effects)
