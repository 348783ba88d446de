"""The arms a search runs over: every number of events for every size that is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tmsmeta.effects.reconstruct.percent import percent_events
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.tables.printed import Printed, read_printed, whole_number

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MAX_SOLUTIONS = 100_000
"""More solutions than this mean that the figures say next to nothing about the counts."""


@dataclass(frozen=True, kw_only=True)
class ArmSpec:
    """What is known of one arm.

    Attributes:
        sizes: allowed sizes, ascending.
        events: the number of events, where it is known.
        percent: the percentage printed for the arm, where there is one.
        known: whether the size was given rather than searched.
    """

    sizes: tuple[int, ...]
    events: int | None
    percent: Printed | None
    known: bool

    def pairs(self, rounding: str) -> tuple[Ints, Ints]:
        """Every allowed (events, n), as two arrays of equal length."""
        events, sizes = [], []
        for n in self.sizes:
            fitting: Iterable[int] = range(n + 1) if self.percent is None else percent_events(self.percent, n, rounding)
            if self.events is not None:
                fitting = [self.events] if self.events in fitting else []
            own = np.fromiter(fitting, dtype=np.int64)
            events.append(own)
            sizes.append(np.full(own.size, n, dtype=np.int64))
        return np.concatenate(events), np.concatenate(sizes)

    def phrase(self, name: str) -> str:
        """What was searched in this arm, in words."""
        first, last = self.sizes[0], self.sizes[-1]
        contiguous = last - first + 1 == len(self.sizes)
        sizes = str(first) if first == last else f"{first} to {last}" if contiguous else _listed(self.sizes)
        events = "" if self.events is None else f" with {self.events} events"
        percent = "" if self.percent is None else f" with {self.percent.text}%"
        return f"{name} arm of {sizes}{events}{percent}"


def read_arm(
    n: int | Iterable[int] | None,
    events: int | None,
    percent: str | float | None,
    suffix: str,
    faults: list[Issue],
    *,
    max_n: int = 1,
) -> ArmSpec:
    """Check what a caller said of one arm; faults are added to the list."""
    given = range(1, max_n + 1) if n is None else n if isinstance(n, Iterable) else (n,)
    sizes = tuple(sorted({whole_number(value, f"n_{suffix}", faults, least=1) for value in given}))
    if not sizes:
        faults.append(Issue(None, f"n_{suffix}", n, "must hold at least one size."))
    count = None if events is None else whole_number(events, f"events_{suffix}", faults)
    if count is not None and sizes and count > sizes[-1]:
        faults.append(Issue(None, f"events_{suffix}", count, f"must not exceed the size of the arm, {sizes[-1]}."))
    figure = None if percent is None else read_printed(percent, f"percent_{suffix}", faults)
    if figure is not None and not 0 <= figure.value <= 100:
        faults.append(Issue(None, f"percent_{suffix}", percent, "must lie between 0 and 100."))
    return ArmSpec(sizes=sizes or (1,), events=count, percent=figure, known=n is not None)


def read_total(total: int | None, faults: list[Issue]) -> int | None:
    """Check the number of patients in both arms together."""
    return None if total is None else whole_number(total, "total", faults, least=2)


def too_many(found: int) -> InvalidInputError:
    """The error for figures that leave almost everything open."""
    message = (
        f"leave more than {MAX_SOLUTIONS:,} solutions open (at least {found:,}): they are printed too coarsely or too "
        "many sizes are allowed. Give n_t, n_c, total, a percentage of an arm, or a lower max_n."
    )
    return InvalidInputError(Issue(None, "printed figures", None, message), "Not worth listing")


def _listed(sizes: tuple[int, ...]) -> str:
    return " or ".join(map(str, sizes)) if len(sizes) <= 6 else f"{len(sizes)} sizes, {sizes[0]} to {sizes[-1]}"
