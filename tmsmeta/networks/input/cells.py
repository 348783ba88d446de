"""Cells of the columns of a network: what is missing, and what is a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.checks import is_missing
from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.networks.input.independent_contrasts import Floats, Integers
from tmsmeta.tables.missing import is_missing as is_blank
from tmsmeta.words.names import listed, meant

MISSING = ("refuse", "drop")


def required(name: str, table: Any, columns: Sequence[str]) -> Any:
    """The table, which must have these columns.

    Raises:
        InvalidInputError: every column that is not there, with the one that may be meant.
    """
    absent = [c for c in columns if c not in table]
    if absent:
        others = [str(c) for c in table if c not in columns]
        raise InvalidInputError(
            [Issue(None, c, None, f"is a column that the {name} need.{meant(c, others)}") for c in absent]
        )
    return table


def same_length(columns: Mapping[str, Sequence[Any] | Floats]) -> None:
    """Raise :class:`InvalidInputError` unless all columns have one length, of at least 1."""
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} {n}" for name, n in lengths.items())
        raise InvalidInputError(Issue(None, " ".join(lengths), found, "must all have the same length."))
    if not next(iter(lengths.values())):
        raise InvalidInputError(Issue(None, " ".join(lengths), None, "must hold at least one trial."))


def kept_rows(
    blank: Mapping[str, NDArray[np.bool_]], missing: str, issues: list[Issue]
) -> tuple[NDArray[np.bool_], dict[int, str]]:
    """Which rows are kept, and why the others are not, by row counted from 0.

    Args:
        blank: which rows lack what no row may lack, by column.
        missing: ``refuse`` records a fault for every missing value and keeps its row; ``drop`` leaves the row out.
        issues: where faults go.

    Raises:
        UnknownOptionError: `missing` outside its list.
    """
    check_option("missing", missing, MISSING)
    if not any(b.any() for b in blank.values()):
        return np.ones(len(next(iter(blank.values()))), dtype=bool), {}
    any_blank = np.logical_or.reduce(list(blank.values()))
    if missing == "refuse":
        message = "must not be missing or empty; missing='drop' leaves such rows out."
        issues += [
            Issue(row + 1, name, None, message) for name, b in blank.items() for row in np.flatnonzero(b).tolist()
        ]
        return np.ones(len(any_blank), dtype=bool), {}
    reasons = {}
    for row in np.flatnonzero(any_blank).tolist():
        lacking = [name for name, b in blank.items() if b[row]]
        reasons[row] = f"{listed(lacking)} {'is' if len(lacking) == 1 else 'are'} missing"
    return ~any_blank, reasons


def numbers(column: str, values: Any, issues: list[Issue], rows: Integers | None = None) -> Floats:
    """The values as floats, shape (m,), missing ones NaN; records each other that is no finite number.

    Args:
        rows: the row of each value, for messages; by default counted from 1.
    """
    given = values if isinstance(values, np.ndarray) else list(values)
    try:
        array = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.array([_number(v) for v in given])
    unfit = np.flatnonzero(~np.isfinite(array)).tolist()
    found = np.asarray(given, dtype=object)[unfit].tolist() if unfit else []
    issues += [
        Issue(row + 1 if rows is None else int(rows[row]), column, value, "must be a finite number.")
        for row, value in zip(unfit, found, strict=True)
        if not lacks(value)
    ]
    return array


def blank(values: Sequence[Any] | NDArray[Any]) -> NDArray[np.bool_]:
    """Which cells of a column hold no value, shape (m,)."""
    array = np.asarray(values) if len(values) else np.zeros(0)
    if array.dtype.kind in "fiub":
        return np.isnan(array) if array.dtype.kind == "f" else np.zeros(len(array), dtype=bool)
    # texts repeat, so each is looked at once
    known = {value: lacks(value) for value in {v for v in values if type(v) is str}}
    return np.array([known[v] if type(v) is str else lacks(v) for v in values], dtype=bool)


def lacks(value: Any) -> bool:
    """Whether a cell holds no value: nothing, NaN, or what is written for it."""
    return is_blank(value) if isinstance(value, str) else is_missing(value)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.nan
