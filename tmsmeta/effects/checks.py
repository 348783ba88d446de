"""Input checks shared by the effect functions: all faults at once, each with its row and column."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import Floats
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.tables.missing import is_missing as is_blank
from tmsmeta.words.names import listed


def same_order(given: Mapping[str, Any]) -> None:
    """Refuse pandas Series whose indices hold the same labels in different orders; position would pair them wrongly.

    So it is where the index of a Series holds the labels that a list `study` gives in another order. Series whose
    indices hold other labels, and whatever is no Series, are left to be paired by position.

    Raises:
        InvalidInputError: with the first row of each Series that is out of order.
    """
    pandas = sys.modules.get("pandas")  # who gives a Series has imported it
    if pandas is None:
        return
    indices = {name: value.index for name, value in given.items() if isinstance(value, pandas.Series)}
    if not indices:
        return
    if isinstance(given.get("study"), (list, tuple, np.ndarray)):
        indices = {"study": pandas.Index([str(label) for label in given["study"]], dtype=object)} | indices
    in_order: dict[str, Any] = {}
    issues = []
    for name, index in indices.items():
        first = next((first for first, other in in_order.items() if _reordered(index, other)), None)
        if first is None:
            in_order[name] = index
        else:
            issues.append(_out_of_order(name, index, first, in_order[first]))
    if issues:
        raise InvalidInputError(issues)


def _reordered(index: Any, other: Any) -> bool:
    """Whether two indices hold the same labels in different orders."""
    if index is other or len(index) != len(other) or index.equals(other):
        return False
    return Counter(index) == Counter(other)


def _out_of_order(name: str, index: Any, first: str, other: Any) -> Issue:
    # a set tells whether two labels differ even where one is pandas' NA, which does not compare
    pairs = enumerate(zip(index, other, strict=True), start=1)
    row, (found, wanted) = next((row, pair) for row, pair in pairs if len(set(pair)) == 2)
    message = (
        f"must be in the order of `{first}`, whose index holds the same labels and here has {wanted!r}; "
        "reindex it, or give .to_numpy() to pair by position."
    )
    return Issue(row, name, found, message)


def columns(given: Mapping[str, Any]) -> dict[str, Floats]:
    """Turn each argument into a float array of shape (k,), all of one length; NaN where a value is missing.

    Raises:
        InvalidInputError: for a value that is no number, an array that is not one-dimensional, or lengths that differ.
    """
    arrays: dict[str, Floats] = {}
    issues: list[Issue] = []
    for name, value in given.items():
        try:
            array = np.atleast_1d(_numbers(one_column(name, value)))
        except InvalidInputError as error:
            issues += error.issues
            continue
        except (TypeError, ValueError):
            issues.append(Issue(_first_non_number(value), name, None, "must hold numbers only."))
            continue
        if array.ndim != 1:
            issues.append(Issue(None, name, array.shape, "must be one-dimensional, one value per study."))
        arrays[name] = array
    lengths = {name: len(a) for name, a in arrays.items() if a.ndim == 1}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} {n}" for name, n in lengths.items())
        issues.append(Issue(None, " ".join(lengths), found, "must all have the same length."))
    elif not issues and not next(iter(lengths.values())):
        issues.append(Issue(None, " ".join(lengths), None, "must hold at least one study."))
    if issues:
        raise InvalidInputError(issues)
    return arrays


def _numbers(value: Any) -> Floats:
    """Numbers as floats, NaN for what stands for nothing, also in the words of a table."""
    try:
        return np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        items = np.array(value, dtype=object)
        for place, item in np.ndenumerate(items):
            if is_missing(item) or (isinstance(item, str) and is_blank(item)):
                items[place] = np.nan
        return items.astype(np.float64)


def _first_non_number(value: Any) -> int | None:
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return None
    for row, item in enumerate(value, start=1):
        try:
            _numbers(item)
        except (TypeError, ValueError):
            return row
    return None


def one_column(name: str, values: Any) -> Any:
    """`values`, unless it is a table or has no order; a generator as a list.

    Raises:
        InvalidInputError: a DataFrame, a record array or a list of mappings, with the columns to choose from; a set.
    """
    columns = list(values.columns) if hasattr(values, "columns") and hasattr(values, "iloc") else fields_of(values)
    if not columns and isinstance(values, (list, tuple)) and values and isinstance(values[0], Mapping):
        columns = list(values[0])
    if columns:
        raise InvalidInputError(one_of(name, columns))
    if isinstance(values, (set, frozenset)):
        message = "has no order, so its values belong to no study; give a list or a mapping by study."
        raise InvalidInputError(Issue(None, name, type(values).__name__, message))
    bare = isinstance(values, Iterable) and not hasattr(values, "__len__") and not hasattr(values, "__array__")
    return list(values) if bare else values


def fields_of(values: Any) -> list[str]:
    """Names of the fields of a record array; empty for anything else."""
    return list(getattr(getattr(values, "dtype", None), "names", None) or ())


def one_of(name: str, columns: Iterable[Any]) -> Issue:
    """What is wrong with a table where a column is wanted."""
    have = listed([repr(str(c)) for c in columns]) or "no column"
    return Issue(None, name, None, f"must be one column of values, and is a table with {have}; choose one of them.")


def labels(study: Any, k: int) -> NDArray[np.str_]:
    """Study labels of shape (k,): as given, as text, or "study 1", "study 2", ...

    Raises:
        InvalidInputError: if the number of labels differs from `k`, or a label is missing or empty.
    """
    if study is None:
        return np.array([f"study {i}" for i in range(1, k + 1)])
    given = np.atleast_1d(np.asarray(one_column("study", study), dtype=object)).tolist()
    if len(given) != k:
        raise InvalidInputError(Issue(None, "study", len(given), f"must hold one label per study, that is {k}."))
    refuse_missing("study", given)
    refuse_surrogates("study", given)
    return np.array([str(label) for label in given])


def refuse_surrogates(column: str, values: Iterable[Any]) -> None:
    """Refuse texts with half of a character (a lone surrogate), which no file and no screen can hold."""
    broken = [(row, text) for row, text in enumerate(map(str, values), start=1) if not _is_text(text)]
    if broken:
        message = "must be a text that UTF-8 can hold; read the file that it comes from with its own encoding."
        raise InvalidInputError([Issue(row, column, ascii(text), message) for row, text in broken])


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_missing(value: object) -> bool:
    """Whether `value` stands for nothing: None, NaN, NaT, pandas' NA, or a text of blanks."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or str(value) in ("nan", "NaN", "NaT", "<NA>")


def refuse_missing(column: str, values: Iterable[Any], study: NDArray[np.str_] | None = None) -> None:
    """Refuse values that are missing or empty, each with its row and, where given, the label of its study."""
    missing = [(row, value) for row, value in enumerate(values, start=1) if is_missing(value)]
    if missing:
        message = "must not be missing or empty."
        raise InvalidInputError([Issue(place(row, study), column, value, message) for row, value in missing])


def place(row: int, study: NDArray[np.str_] | None = None) -> int | str:
    """What a fault says of its row, counted from 1: the number, and the study's label where it was given one."""
    label = f"study {row}" if study is None else study[row - 1]
    return row if label == f"study {row}" else f"row {row} ({label})"


class Faults:
    """Collects faults row by row, then raises them together."""

    def __init__(self, study: NDArray[np.str_] | None = None) -> None:
        self._issues: list[Issue] = []
        self._study = study

    def where(self, bad: NDArray[np.bool_], column: str, values: Floats, message: str) -> None:
        """Record each row where `bad` holds."""
        for i in bad.nonzero()[0].tolist():
            self._issues.append(Issue(place(i + 1, self._study), column, float(values[i]), message))

    def finite(self, column: str, values: Floats) -> NDArray[np.bool_]:
        """Record NaN and infinite values; return which rows are finite."""
        ok = np.isfinite(values)
        self.where(~ok, column, values, "must be a finite number.")
        return ok

    def counts(self, events: str, n: str, given: Mapping[str, Floats], *, fractional: bool = False) -> None:
        """Record what is wrong with events of n: not finite, negative, fractional, n = 0, events above n."""
        for name in (events, n):
            values = given[name]
            ok = self.finite(name, values)
            self.where(ok & (values < 0), name, values, "must not be negative.")
            if not fractional:
                whole = np.floor(values, where=ok, out=np.zeros_like(values)) == values
                self.where(ok & ~whole, name, values, "must be a whole number.")
        self.where(given[n] == 0, n, given[n], "must be at least 1.")
        with np.errstate(invalid="ignore"):
            above = (given[events] > given[n]) & (given[n] > 0)
        self.where(above, events, given[events], f"must not exceed `{n}`.")

    def positive(self, column: str, values: Floats) -> None:
        """Record values that are not finite, zero or negative."""
        ok = self.finite(column, values)
        self.where(ok & (values <= 0), column, values, "must be positive.")

    def non_negative(self, column: str, values: Floats) -> None:
        """Record values that are not finite or negative."""
        ok = self.finite(column, values)
        self.where(ok & (values < 0), column, values, "must not be negative.")

    def raise_if_any(self) -> None:
        """Raise everything recorded as one :class:`InvalidInputError`."""
        if self._issues:
            blank = any(isinstance(issue.found, float) and np.isnan(issue.found) for issue in self._issues)
            advice = " (missing='drop' leaves out rows without a value)" if blank else ""
            raise InvalidInputError(self._issues, f"Invalid input{advice}")
