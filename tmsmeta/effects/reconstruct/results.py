"""What a reconstruction answers with: every solution, what was searched, and whether there is just one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from tmsmeta.effects.intervals.base import NotebookView
from tmsmeta.errors import InvalidInputError, Issue, UnknownOptionError, check_kind
from tmsmeta.words.arguments import answerable

if TYPE_CHECKING:
    import pandas as pd


class Solution(Protocol):
    """One way the printed figures can have come about."""

    @property
    def key(self) -> tuple[int, ...]:
        """The whole numbers that make this solution differ from others."""

    def to_dict(self) -> dict[str, Any]:
        """Its numbers by name."""

    def __str__(self) -> str:
        """Its numbers as a phrase."""


S = TypeVar("S", bound=Solution)


@dataclass(frozen=True, slots=True)
class Count:
    """Events of n.

    Attributes:
        events: number with the outcome.
        n: number observed.
    """

    events: int
    n: int

    @property
    def key(self) -> tuple[int, ...]:
        return (self.events, self.n)

    def to_dict(self) -> dict[str, Any]:
        return {"events": self.events, "n": self.n, "percent": 100.0 * self.events / self.n}

    def __str__(self) -> str:
        return f"{self.events} of {self.n}"


@dataclass(frozen=True, slots=True)
class Denominator:
    """A sample size that gives several printed percentages at once.

    Attributes:
        n: number observed.
        events: for each percentage, every number of events that prints as it.
    """

    n: int
    events: tuple[tuple[int, ...], ...]

    @property
    def key(self) -> tuple[int, ...]:
        return (self.n,)

    def to_dict(self) -> dict[str, Any]:
        return {"n": self.n} | {f"events_{i}": _either(counts) for i, counts in enumerate(self.events, start=1)}

    def __str__(self) -> str:
        return f"{' and '.join(str(_either(counts)) for counts in self.events)} of {self.n}"


@dataclass(frozen=True, slots=True)
class Split:
    """Sizes of the arms of one trial, with the events in each.

    Attributes:
        arms: one :class:`Denominator` per arm, in the order of the printed percentages.
    """

    arms: tuple[Denominator, ...]

    @property
    def key(self) -> tuple[int, ...]:
        return tuple(arm.n for arm in self.arms)

    def to_dict(self) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for number, arm in enumerate(self.arms, start=1):
            row[f"n_{number}"] = arm.n
            for i, counts in enumerate(arm.events, start=1):
                row[f"events_{number}" + (f"_{i}" if len(arm.events) > 1 else "")] = _either(counts)
        return row

    def __str__(self) -> str:
        return " against ".join(str(arm) for arm in self.arms)


@dataclass(frozen=True, slots=True)
class TwoArms:
    """Counts of a 2x2 table, with the figures they give.

    Attributes:
        events_t: events in the treated arm.
        n_t: size of the treated arm.
        events_c: events in the comparator.
        n_c: size of the comparator.
        figures: names and values of the figures that these counts give (ratio and limits, or statistic and p).
        corrected: whether a continuity correction was added before computing them.
    """

    events_t: int
    n_t: int
    events_c: int
    n_c: int
    figures: tuple[tuple[str, float], ...] = field(default=(), compare=False)
    corrected: bool = field(default=False, compare=False)

    @property
    def key(self) -> tuple[int, ...]:
        return (self.events_t, self.n_t, self.events_c, self.n_c)

    def to_dict(self) -> dict[str, Any]:
        counts = {"events_t": self.events_t, "n_t": self.n_t, "events_c": self.events_c, "n_c": self.n_c}
        return counts | dict(self.figures) | {"corrected": self.corrected}

    def __str__(self) -> str:
        return f"{self.events_t} of {self.n_t} against {self.events_c} of {self.n_c}"


@dataclass(frozen=True, slots=True)
class RateCount:
    """Events behind a printed rate, with the exposures that go with them.

    Attributes:
        events: number of events.
        exposure_low: smallest exposure that gives the printed figures.
        exposure_high: largest one.
        figures: rate and limits that these events give at the best exposure.
        off_by: how far the worst of the figures lies outside its rounding, in steps of its last printed digit;
            0 for a solution.
    """

    events: int
    exposure_low: float
    exposure_high: float
    figures: tuple[tuple[str, float], ...] = field(default=(), compare=False)
    off_by: float = field(default=0.0, compare=False)

    @property
    def key(self) -> tuple[int, ...]:
        return (self.events,)

    def to_dict(self) -> dict[str, Any]:
        row = {"events": self.events, "exposure_low": self.exposure_low, "exposure_high": self.exposure_high}
        return row | dict(self.figures) | {"off_by": self.off_by}

    def __str__(self) -> str:
        low, high = f"{self.exposure_low:,.10g}", f"{self.exposure_high:,.10g}"
        exposure = low if low == high else f"{low} to {high}"
        figures = f" (gives {', '.join(f'{value:.4g}' for _, value in self.figures)})" if self.off_by else ""
        return f"{self.events} event{'s' * (self.events != 1)} in an exposure of {exposure}{figures}"


@dataclass(frozen=True, kw_only=True, repr=False)
class Reconstruction(NotebookView, Generic[S]):
    """Every integer solution behind some printed figures.

    Attributes:
        solutions: all of them, in ascending order; empty when none exists.
        method: what was done, with its source.
        inputs: the figures and conventions it started from, as text or numbers.
        searched: the range that was searched, as a phrase; uniqueness holds within it only.
        nearest: when nothing fits, the closest misses, nearest first.
        notes: what else a reader must know, e.g. that another rounding convention does fit.
    """

    solutions: tuple[S, ...]
    method: str
    inputs: dict[str, Any]
    searched: str
    nearest: tuple[S, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def unique(self) -> bool:
        """Whether there is exactly one solution within what was searched."""
        return len(self.solutions) == 1

    @property
    def solution(self) -> S:
        """The one solution.

        Raises:
            InvalidInputError: when there is none, or more than one.
        """
        if not self.unique:
            raise InvalidInputError(Issue(None, "solutions", None, self.sentence()), "No single solution")
        return self.solutions[0]

    def where(self, **fields: int | Collection[int]) -> Reconstruction[S]:
        """Only the solutions with these values (one, or a collection), e.g. ``where(n_t=7, n_c=5)``.

        Raises:
            UnknownOptionError: a field that the solutions do not have.
        """
        rows = [solution.to_dict() for solution in self.solutions]
        for name in fields:
            if rows and name not in rows[0]:
                raise UnknownOptionError("fields", name, tuple(rows[0]))
        wanted = {name: set(v) if isinstance(v, Collection) else {v} for name, v in fields.items()}
        kept = [s for s, row in zip(self.solutions, rows, strict=True) if all(row[n] in v for n, v in wanted.items())]
        text = ", ".join(f"{name} {' or '.join(map(str, sorted(values)))}" for name, values in wanted.items())
        return replace(self, solutions=tuple(kept), searched=f"{self.searched}, with {text}", nearest=())

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "method": self.method,
            "inputs": dict(self.inputs),
            "searched": self.searched,
            "unique": self.unique,
            "solutions": [solution.to_dict() for solution in self.solutions],
            "nearest": [solution.to_dict() for solution in self.nearest],
            "notes": list(self.notes),
        }

    def to_frame(self) -> pd.DataFrame:
        """One row per solution; when there is none, the nearest misses. Column `fits` tells which."""
        import pandas as pd

        rows = [s.to_dict() | {"fits": True} for s in self.solutions]
        return pd.DataFrame(rows or [s.to_dict() | {"fits": False} for s in self.nearest])

    def sentence(self, *, most: int = 8) -> str:
        """Whether it is unique, in words; lists at most `most` solutions and says how many there are."""
        found = len(self.solutions)
        if found == 1:
            text = f"The only solution ({self.searched}) is {self.solutions[0]}."
        elif found:
            more = f" and {found - most} more" if found > most else ""
            listing = "; ".join(str(solution) for solution in self.solutions[:most])
            text = f"Not unique: {found} solutions ({self.searched}): {listing}{more}."
        else:
            near = f" Nearest: {'; '.join(map(str, self.nearest[:most]))}." if self.nearest else ""
            text = f"No exact solution ({self.searched}).{near}"
        return " ".join([text, *self.notes])

    def _method(self) -> str:
        return f"All solutions were listed ({self.searched}). {self.method}"


@answerable
def intersect(first: Reconstruction[S], second: Reconstruction[Any]) -> Reconstruction[S]:
    """Solutions of `first` that are solutions of `second` too, e.g. one from a ratio, one from a p value.

    Args:
        first: solutions to choose from.
        second: solutions of another figure of the same trial.

    Returns:
        What is left of `first`, with the notes of both.

    Raises:
        InvalidInputError: something else than a reconstruction.

    Example:
        >>> import tmsmeta as tm
        >>> ratio = tm.counts_from_ratio("RR", "2.0", ["1.0", "4.1"], n_t=40, n_c=range(38, 43))
        >>> test = tm.reconstruct.counts_from_test(test="chi2", n_t=40, n_c=40, p="0.05")
        >>> both = tm.reconstruct.intersect(ratio, test)
        >>> len(ratio.solutions), len(test.solutions), [(it.events_t, it.events_c) for it in both.solutions]
        (2, 12, [(16, 8)])
    """
    for name, given in (("first", first), ("second", second)):
        check_kind(name, given, Reconstruction, "a reconstruction, such as counts_from_ratio(...) gives")
    keys = {solution.key for solution in second.solutions}
    return Reconstruction(
        solutions=tuple(s for s in first.solutions if s.key in keys),
        method=f"{first.method} Together with: {second.method}",
        inputs={"first": first.inputs, "second": second.inputs},
        searched=f"{first.searched}; and {second.searched}",
        notes=tuple(dict.fromkeys((*first.notes, *second.notes))),
    )


def _either(counts: tuple[int, ...]) -> int | str:
    """One count as a number, several as ``"1350 to 1352"`` (they are always consecutive)."""
    return counts[0] if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
