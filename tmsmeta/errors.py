"""What can go wrong, and what cannot be computed.

Exception tree::

    TmsmetaError                      every error this package raises on purpose
    ├── InvalidInputError (ValueError)    numbers, labels or lengths that cannot be right; lists every fault
    │   └── EvidenceError                 the same for a table that was read from a file
    ├── UnknownOptionError (ValueError)   an option outside its list of allowed values, or of an unknown name
    ├── DisconnectedNetworkError          treatments that no chain of trials links
    ├── NoEquivalentError                 an analysis that has no equal in the other program
    ├── ConvergenceError                  an iteration that found no answer it can vouch for
    └── OutputError (OSError)             a file or folder that cannot be read or written

A figure that is drawn but not as it should be (a glyph that no font has, more than a page) gives a
:class:`FigureWarning`.

A statistic that does not exist for the data at hand (a prediction interval from two studies) is not an
error. It is a :class:`NotAssessable`: a value that carries its reason into tables, sentences and figures.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault in the input, with its place.

    Attributes:
        row: where it stands: a row number counted from 1, a study label, or ``None`` for the whole column.
        column: the argument or column.
        found: the value found, as it was given.
        message: what would be right, as a sentence.
        file: the file it was read from, where there is one.
        inputs: the other numbers of its row by column, for tables that show what was left out.
    """

    row: int | str | None
    column: str
    found: Any
    message: str
    file: str | None = None
    inputs: tuple[tuple[str, float], ...] = field(default=(), compare=False, repr=False)

    def __str__(self) -> str:
        place = [self.file] if self.file else []
        if self.row is not None:
            place.append(f"row {self.row}" if isinstance(self.row, int) else str(self.row))
        place.append(f"`{self.column}`")
        plain = self.found.item() if hasattr(self.found, "item") and not getattr(self.found, "ndim", 1) else self.found
        found = "" if plain is None else f" Got {plain!r}."
        return f"{', '.join(place)}: {self.message}{found}"


class TmsmetaError(Exception):
    """Base of every error that tmsmeta raises on purpose."""


class InvalidInputError(TmsmetaError, ValueError):
    """Input that cannot be right. ``issues`` holds every fault found, not just the first."""

    def __init__(self, issues: Iterable[Issue] | Issue, heading: str = "Invalid input") -> None:
        self.issues: tuple[Issue, ...] = (issues,) if isinstance(issues, Issue) else tuple(issues)
        self.heading = heading
        count = len(self.issues)
        lines = [f"{heading}: {count} {'fault' if count == 1 else 'faults'}."]
        lines += [f"  - {issue}" for issue in self.issues]
        super().__init__("\n".join(lines))


class EvidenceError(InvalidInputError):
    """An evidence table with faults, each with file, row, column, value found and what is allowed."""


class UnknownOptionError(TmsmetaError, ValueError):
    """An option outside its list of allowed values, or an argument of a name that does not exist.

    Attributes:
        argument: name of the argument.
        found: the value given.
        allowed: the values that `argument` can have; the names there are, if `argument` is none of them.
    """

    def __init__(self, argument: str, found: object, allowed: Collection[object], message: str = "") -> None:
        self.argument, self.found, self.allowed = argument, found, tuple(allowed)
        listing = ", ".join(repr(a) for a in allowed if a is not None)  # None stands for what is not given
        super().__init__(message or f"The `{argument}` argument must be one of {listing}. Got {found!r}.")


class DisconnectedNetworkError(TmsmetaError, ValueError):
    """A network in several parts.

    Attributes:
        parts: the treatments of each.
        left_out: sentences on trials that would link parts and were left out, with the reason.
    """

    def __init__(self, parts: Sequence[Sequence[str]], left_out: Sequence[str] = ()) -> None:
        self.parts = tuple(tuple(part) for part in parts)
        self.left_out = tuple(left_out)
        links = "".join(f"{sentence}. " for sentence in self.left_out)
        listing = "; ".join("{" + ", ".join(part) + "}" for part in self.parts)
        super().__init__(
            f"The network falls into {len(self.parts)} parts that no trial links: {listing}. {links}"
            "Analyse each part on its own, add a linking trial, or use components() if treatments share components."
        )


class ConvergenceError(TmsmetaError, RuntimeError):
    """An iteration that ended without an answer it can vouch for."""


class NoEquivalentError(TmsmetaError):
    """An analysis that has no equal in the other program, so that no script can repeat it there."""


class OutputError(TmsmetaError, OSError):
    """A file or folder that cannot be read or written; the message says what to do."""


class FigureWarning(UserWarning):
    """A figure that is drawn, with a fault that its user can mend: missing glyphs, or more than a page."""


@dataclass(frozen=True, slots=True)
class NotAssessable:
    """A statistic that does not exist for these data, with the reason.

    It is falsy, equals another one with the same text, and prints as ``not assessable: <reason>``.
    Arithmetic with it raises a :class:`TypeError` that repeats the reason, so it can never turn into a number.

    Attributes:
        what: the statistic, e.g. ``"prediction interval"``.
        reason: why it does not exist, e.g. ``"needs at least 3 studies, got 2"``.
    """

    what: str
    reason: str

    def __bool__(self) -> Literal[False]:
        return False

    def __str__(self) -> str:
        return f"not assessable: {self.reason}"

    def __format__(self, spec: str) -> str:
        # a format meant for the number that does not exist, such as ".2f", prints the reason instead
        return format(str(self), "" if spec[-1:] in "aAbcdeEfFgGnoxX%" else spec)

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError(f"The {self.what} is not assessable: {self.reason}.")

    __float__ = __int__ = __index__ = __iter__ = __getitem__ = __len__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __neg__ = __abs__ = __pow__ = _refuse


def check_kind(argument: str, value: object, kinds: type | tuple[type, ...], what: str) -> None:
    """Raise unless `value` is an object of one of these kinds; the message says that it must be `what`."""
    if not isinstance(value, kinds):
        raise InvalidInputError(Issue(None, argument, type(value).__name__, f"must be {what}."))


def check_option(argument: str, value: object, allowed: Collection[object]) -> None:
    """Raise :class:`UnknownOptionError` unless `value` is one of `allowed`."""
    if type(value) is str and value in allowed:  # nearly every call
        return
    single = not hasattr(value, "shape")  # a column or table, where its comparison would be one as well
    if not any(value is a or (single and value == a) for a in allowed):
        raise UnknownOptionError(argument, value if single else type(value).__name__, allowed)


def check_level(level: object, argument: str = "level") -> None:
    """Raise :class:`InvalidInputError` unless `level` is a confidence level: a number between 0 and 1."""
    if not (isinstance(level, (int, float)) and 0 < level < 1):
        raise InvalidInputError(Issue(None, argument, level, "must lie between 0 and 1, such as 0.95."))


def check_names(given: Mapping[str, object], allowed: Sequence[str]) -> None:
    """Raise :class:`UnknownOptionError` for the first argument in `given` whose name is not one of `allowed`."""
    for name, value in given.items():
        if name not in allowed:
            listing = ", ".join(repr(a) for a in allowed)
            message = f"There is no argument {name!r}; it must be one of {listing}. Got {name}={value!r}."
            raise UnknownOptionError(name, value, allowed, message)
