"""Counts and sample sizes behind printed percentages, and percentages that no count can give.

The idea is that of the GRIM test (Brown and Heathers 2017, Social Psychological and Personality Science
8:363-369): a share of n people is a multiple of 1/n, so few printed figures are possible when n is small.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

from tmsmeta.effects.intervals.base import NotebookView
from tmsmeta.effects.reconstruct.results import Count, Denominator, Reconstruction, Split
from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.tables.printed import ROUNDINGS, Printed, raise_if, read_many, read_printed, whole_number
from tmsmeta.words.arguments import answerable

if TYPE_CHECKING:
    import pandas as pd

_REACH = 5_000
_MAX_SPLITS = 2_000_000

GRIM = "GRIM test, Brown and Heathers 2017"


@answerable
def counts_from_percent(
    percent: str | float, n: int, *, decimals: int | None = None, rounding: str = "half_up"
) -> Reconstruction[Count]:
    """Every number of events that prints as `percent` of `n`.

    Args:
        percent: the percentage as printed (0 to 100). Text keeps its decimals ("6.10"); a whole float such as 34.0
            needs `decimals`.
        n: number observed, at least 1.
        decimals: digits printed after the point, where `percent` does not show them.
        rounding: ``"half_up"``, ``"half_even"``, ``"nearest"`` (ties either way) or ``"truncate"``.

    Returns:
        All solutions; when there is none, the counts on either side under ``nearest`` and, in the notes, other
        conventions that would fit.

    Raises:
        InvalidInputError: a percentage outside 0 to 100 or an n that is not a whole number.
        UnknownOptionError: a `rounding` that is not on the list.

    Example:
        >>> import tmsmeta as tm
        >>> found = tm.counts_from_percent("46.7", 30)
        >>> [it.events for it in found.solutions]
        [14]
    """
    check_option("rounding", rounding, ROUNDINGS)
    faults: list[Issue] = []
    figure = _percentage(read_printed(percent, "percent", faults, decimals=decimals), "percent", faults)
    size = whole_number(n, "n", faults, least=1)
    raise_if(faults)
    solutions = tuple(Count(events, size) for events in percent_events(figure, size, rounding))
    return Reconstruction(
        solutions=solutions,
        method="Whole numbers of events that round to the printed percentage.",
        inputs=_inputs((figure,), rounding) | {"n": size},
        searched=f"{figure.text}% of {size}, {_decimals(figure)}, {_words(rounding)}",
        nearest=() if solutions else _neighbours(figure, size),
        notes=() if solutions else _other_conventions(figure, size, rounding),
    )


@answerable
def feasible_denominators(
    percents: str | float | Sequence[str | float],
    *,
    max_n: int = 500,
    min_n: int = 1,
    decimals: int | None = None,
    rounding: str = "half_up",
) -> Reconstruction[Denominator]:
    """Every sample size up to `max_n` that gives all the printed percentages, with the counts.

    Args:
        percents: one percentage as printed, or several of the same sample.
        max_n: largest sample size to try.
        min_n: smallest one.
        decimals: digits printed after the point, where the figures do not show them.
        rounding: as in :func:`counts_from_percent`.

    Returns:
        All solutions, the smallest sample first, each with the counts that go with it.

    Raises:
        InvalidInputError: percentages outside 0 to 100, or limits that are not whole numbers.
        UnknownOptionError: a `rounding` that is not on the list.

    Example:
        >>> import tmsmeta as tm
        >>> found = tm.feasible_denominators(["46.7", "26.7"], max_n=60)
        >>> [it.n for it in found.solutions]
        [15, 30, 45, 60]
    """
    check_option("rounding", rounding, ROUNDINGS)
    faults: list[Issue] = []
    figures = _percentages(percents, "percents", faults, decimals)
    low, high = whole_number(min_n, "min_n", faults, least=1), whole_number(max_n, "max_n", faults, least=1)
    raise_if(faults)
    solutions = tuple(_denominators(figures, range(low, high + 1), rounding))
    return Reconstruction(
        solutions=solutions,
        method=f"Sample sizes for which whole numbers of events round to every printed percentage ({GRIM}).",
        inputs=_inputs(figures, rounding) | {"min_n": low, "max_n": high},
        searched=f"{_listing(figures)} of one sample of {low} to {high}, {_words(rounding)}",
        notes=_common_factor(solutions),
    )


@answerable
def arms_from_percents(
    percents: Sequence[str | float | Sequence[str | float]],
    total: int | Iterable[int],
    *,
    decimals: int | None = None,
    rounding: str = "half_up",
) -> Reconstruction[Split]:
    """Every split of a printed total into arms that gives the percentages printed for each arm.

    Args:
        percents: one entry per arm: a percentage, or several of that arm (e.g. response and remission).
        total: patients in all arms together; a range or list when it is not known exactly.
        decimals: digits printed after the point, where the figures do not show them.
        rounding: as in :func:`counts_from_percent`.

    Returns:
        All solutions, each with the size of every arm and its counts.

    Raises:
        InvalidInputError: fewer than two arms, percentages outside 0 to 100, totals below the number of arms; or
            figures so coarse that millions of splits would have to be tried.
        UnknownOptionError: a `rounding` that is not on the list.

    Example:
        >>> import tmsmeta as tm
        >>> found = tm.reconstruct.arms_from_percents([["46.7", "26.7"], ["17.2", "10.3"]], 59)
        >>> [arm.n for arm in found.solution.arms]
        [30, 29]
    """
    check_option("rounding", rounding, ROUNDINGS)
    faults: list[Issue] = []
    arms = [_percentages(arm, f"percents[{i}]", faults, decimals) for i, arm in enumerate(percents, start=1)]
    if len(arms) < 2:
        faults.append(Issue(None, "percents", percents, "must hold the percentages of at least two arms."))
    given = list(total) if isinstance(total, Iterable) else [total]
    totals = sorted({whole_number(value, "total", faults, least=max(len(arms), 1)) for value in given})
    if not totals:
        faults.append(Issue(None, "total", total, "must hold at least one number."))
    raise_if(faults)
    sizes = range(1, totals[-1] - len(arms) + 2)
    fitting = [{d.n: d for d in _denominators(arm, sizes, rounding)} for arm in arms]
    splits = math.prod(len(arm) for arm in fitting[:-1])
    if splits > _MAX_SPLITS:
        message = f"allow {splits:,} splits, more than {_MAX_SPLITS:,}: printed too coarsely for so many arms."
        raise InvalidInputError(Issue(None, "percents", None, message))
    solutions = tuple(sorted((Split(split) for split in _splits(fitting, totals)), key=lambda split: split.key))
    shown = " or ".join(map(str, totals)) if len(totals) <= 4 else f"{totals[0]} to {totals[-1]}"
    return Reconstruction(
        solutions=solutions,
        method=f"Arm sizes with the printed total for which whole numbers round to every percentage ({GRIM}).",
        inputs={"percents": [[f.text for f in arm] for arm in arms], "total": totals, "rounding": rounding},
        searched=f"{' against '.join(map(_listing, arms))}, {shown} patients in {len(arms)} arms, {_words(rounding)}",
    )


@dataclass(frozen=True, kw_only=True, repr=False)
class PercentCheck(NotebookView):
    """Whether a printed percentage can come from a printed n.

    Attributes:
        percent: the percentage as printed.
        n: the sample size as printed.
        feasible: whether some whole number of events prints as it.
        counts: those numbers of events.
        nearest_counts: when not feasible, the counts on either side.
        nearest_denominators: when not feasible, the closest sample sizes below and above that fit, as far as 5,000
            away.
        informative: whether the check could have failed at all; with many patients any printed figure fits.
        rounding: the rounding convention.
        other_roundings: conventions other than `rounding` under which it is feasible.
    """

    percent: str
    n: int
    feasible: bool
    counts: tuple[int, ...]
    nearest_counts: tuple[Count, ...]
    nearest_denominators: tuple[int, ...]
    informative: bool
    rounding: str
    other_roundings: tuple[str, ...]

    def sentence(self) -> str:
        """The finding as a sentence."""
        if self.feasible:
            counts = " or ".join(map(str, self.counts)) if len(self.counts) <= 4 else f"{len(self.counts)} counts"
            weak = (
                "" if self.informative else " With this many patients every printed figure fits, so it proves little."
            )
            return f"{self.percent}% can come from {self.n}: {counts} of {self.n}.{weak}"
        decimals = len(self.percent.partition(".")[2])
        near = " and ".join(f"{100 * c.events / c.n:.{decimals + 2}f}% ({c})" for c in self.nearest_counts)
        sizes = " and ".join(map(str, self.nearest_denominators))
        which = "sizes that fit are" if len(self.nearest_denominators) > 1 else "size that fits is"
        closest = f"the nearest sample {which} {sizes}" if sizes else "no sample size near it fits"
        ways = " or ".join(_words(rounding) for rounding in self.other_roundings)
        other = f" It would fit if it were {ways}." if ways else ""
        return (
            f"{self.percent}% cannot come from {self.n} ({_words(self.rounding)}): the nearest possible figures are "
            f"{near}; {closest} ({GRIM}).{other}"
        )

    def _method(self) -> str:
        return (
            "Whether the printed percentage can come from the printed sample size was checked against every whole "
            f"number of events, percentages {_words(self.rounding)} ({GRIM})."
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "percent": self.percent,
            "n": self.n,
            "feasible": self.feasible,
            "counts": list(self.counts),
            "nearest_counts": [count.to_dict() for count in self.nearest_counts],
            "nearest_denominators": list(self.nearest_denominators),
            "informative": self.informative,
            "rounding": self.rounding,
            "other_roundings": list(self.other_roundings),
        }

    def to_frame(self) -> pd.DataFrame:
        """One row: `percent n feasible counts nearest_counts nearest_denominators informative rounding note`."""
        import pandas as pd

        lists = ("counts", "nearest_counts", "nearest_denominators")
        row = {name: "; ".join(str(item) for item in getattr(self, name)) for name in lists}
        named = {"percent": self.percent, "n": self.n, "feasible": self.feasible}
        return pd.DataFrame(
            [named | row | {"informative": self.informative, "rounding": self.rounding, "note": self.sentence()}]
        )


@answerable
def check_percent(
    percent: str | float, n: int, *, decimals: int | None = None, rounding: str = "half_up"
) -> PercentCheck:
    """Whether `percent` can come from `n`, and what could have been meant where it cannot.

    Args:
        percent: the percentage as printed (0 to 100), as in :func:`counts_from_percent`.
        n: number observed, at least 1.
        decimals: digits printed after the point, where `percent` does not show them.
        rounding: ``"half_up"``, ``"half_even"``, ``"nearest"`` (ties either way) or ``"truncate"``.

    Returns:
        Whether it can, with the counts that give it; else the nearest counts and sample sizes.

    Raises:
        InvalidInputError: a percentage outside 0 to 100 or an n that is not a whole number.
        UnknownOptionError: a `rounding` that is not on the list.

    Example:
        >>> import tmsmeta as tm
        >>> check = tm.check_percent("47.5", 30)
        >>> check.feasible, [it.events for it in check.nearest_counts]
        (False, [14, 15])

    Source: Brown and Heathers 2017, Social Psychological and Personality Science 8:363-369 (the GRIM test).
    """
    found = counts_from_percent(percent, n, decimals=decimals, rounding=rounding)
    figure = read_printed(percent, "percent", [], decimals=decimals)
    size, feasible = int(found.inputs["n"]), bool(found.solutions)
    return PercentCheck(
        percent=figure.text,
        n=size,
        feasible=feasible,
        counts=tuple(count.events for count in found.solutions),
        nearest_counts=found.nearest,
        nearest_denominators=() if feasible else _nearest_sizes(figure, size, rounding),
        informative=size * figure.unit < 100,
        rounding=rounding,
        other_roundings=() if feasible else tuple(_fitting_conventions(figure, size, rounding)),
    )


def percent_events(figure: Printed, n: int, rounding: str) -> range:
    """Numbers of events, 0 to `n`, that print as `figure` percent of `n`."""
    found = figure.window(rounding).integers(Fraction(100, n))
    return range(max(found.start, 0), min(found.stop, n + 1))


def _percentage(figure: Printed, column: str, faults: list[Issue]) -> Printed:
    if not 0 <= figure.value <= 100:
        faults.append(Issue(None, column, figure.text, "must lie between 0 and 100."))
    return figure


def _percentages(
    values: str | float | Sequence[str | float], column: str, faults: list[Issue], decimals: int | None
) -> tuple[Printed, ...]:
    several = [values] if isinstance(values, str) or not isinstance(values, Iterable) else values
    return tuple(_percentage(f, column, faults) for f in read_many(several, column, faults, decimals=decimals))


def _denominators(figures: Sequence[Printed], sizes: Iterable[int], rounding: str) -> Iterator[Denominator]:
    for n in sizes:
        events = tuple(tuple(percent_events(figure, n, rounding)) for figure in figures)
        if all(events):
            yield Denominator(n, events)


def _splits(fitting: list[dict[int, Denominator]], totals: list[int]) -> Iterator[tuple[Denominator, ...]]:
    *others, last = fitting
    for split in product(*(arm.values() for arm in others)):
        taken = sum(arm.n for arm in split)
        yield from ((*split, last[total - taken]) for total in totals if total - taken in last)


def _neighbours(figure: Printed, n: int) -> tuple[Count, ...]:
    below = math.floor(figure.value * n / 100)
    pair = [Count(events, n) for events in (below, below + 1) if 0 <= events <= n]
    return tuple(sorted(pair, key=lambda count: abs(Fraction(100 * count.events, n) - figure.value)))


def _nearest_sizes(figure: Printed, n: int, rounding: str) -> tuple[int, ...]:
    """Closest fitting sizes below and above `n`, as far as :data:`_REACH`."""
    sides = range(n - 1, max(n - _REACH, 0), -1), range(n + 1, n + _REACH)
    found = (next((size for size in side if percent_events(figure, size, rounding)), None) for side in sides)
    return tuple(size for size in found if size is not None)


def _fitting_conventions(figure: Printed, n: int, rounding: str) -> Iterator[str]:
    return (other for other in ROUNDINGS if other not in (rounding, "nearest") and percent_events(figure, n, other))


def _other_conventions(figure: Printed, n: int, rounding: str) -> tuple[str, ...]:
    return tuple(
        f"It fits {' or '.join(map(str, percent_events(figure, n, other)))} of {n} if it was {_words(other)}."
        for other in _fitting_conventions(figure, n, rounding)
    )


def _common_factor(solutions: Sequence[Denominator]) -> tuple[str, ...]:
    factor = math.gcd(*(solution.n for solution in solutions))
    return (f"All are multiples of {factor}.",) if len(solutions) > 1 and factor > 1 else ()


def _inputs(figures: Sequence[Printed], rounding: str) -> dict[str, Any]:
    return {"percents": [f.text for f in figures], "decimals": [f.decimals for f in figures], "rounding": rounding}


def _listing(figures: Sequence[Printed]) -> str:
    return " and ".join(f"{figure.text}%" for figure in figures)


def _decimals(figure: Printed) -> str:
    return f"{figure.decimals} decimal{'s' * (figure.decimals != 1)}"


def _words(rounding: str) -> str:
    return {
        "half_up": "rounded with ties up",
        "half_even": "rounded with ties to the even digit",
        "nearest": "rounded with ties either way",
        "truncate": "cut off rather than rounded",
    }[rounding]
