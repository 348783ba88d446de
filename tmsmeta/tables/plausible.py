"""What looks wrong in a table that is in order otherwise: warnings with row and reason; no number is changed."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from tmsmeta.errors import Issue
from tmsmeta.tables.header_words import RATIOS
from tmsmeta.tables.shapes import COLUMNS
from tmsmeta.tables.treatments import TREATMENTS
from tmsmeta.words.names import alike, listed

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.tables.derive import Derived

_MONTH = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_DATE = re.compile(
    rf"{_MONTH}-\d{{2}}|\d{{1,2}}[-.]{_MONTH}([-.]\d{{2,4}})?"
    r"|\d{4}-\d{2}-\d{2}( 00:00:00)?|\d{1,2}/\d{1,2}/\d{2,4}",
    re.IGNORECASE,
)
_MOST_TREATMENTS, _SHORT = 60, 4
_UNLIKE = 5
_DIGIT = 20 / 3  # a digit too many or too few in arms that differ by half


def plausibility(made: Derived, frame: pd.DataFrame) -> Iterator[Issue]:
    """Everything that looks wrong in a table.

    Args:
        made: the table, its canonical columns made.
        frame: the same with one spelling for each treatment.
    """
    names = [column for column in TREATMENTS if column in frame]
    yield from _names(made, tuple(dict.fromkeys(str(name) for column in names for name in frame[column].unique())))
    yield from _rows(made)
    shape = made.shape
    if shape == "two arms":
        yield from _arms_of_very_different_size(made)
    if "mean" in shape:
        yield from _deviations(made)
    if shape in ("estimate", "contrasts"):
        yield from _estimates(made)
    if shape == "ratio":
        yield from _off_the_middle(made, "ratio", log=True)
    if shape in ("proportions", "rates", "two arms", "arms"):
        yield from _percentages(made)


def _at(made: Derived, role: str, rows: pd.Series, message: str) -> Iterator[Issue]:
    """One warning for all rows where `rows` holds, at the first of them."""
    lines = rows.index[rows.to_numpy(dtype=bool)].tolist()
    if not lines:
        return
    column = made.spelled(role)
    cells = made.cells.frame.get(column)
    found = None if cells is None else cells.at[lines[0]]
    others = f" (also in row {listed([str(line) for line in lines[1:6]])})" if len(lines) > 1 else ""
    yield Issue(int(lines[0]), column, found, f"{message}{others}.", made.cells.name)


def _names(made: Derived, treatments: tuple[str, ...]) -> Iterator[Issue]:
    """Names of studies that are dates, and treatments that differ in one letter."""
    if "study" in made.frame:
        labels = made.frame["study"]
        maybe = labels.str.contains("[-/.]").astype(bool)
        if maybe.any():
            dates = maybe & labels.where(maybe, "").map(lambda label: _DATE.fullmatch(label) is not None).astype(bool)
            message = "looks like a date that a spreadsheet made of the name of a study; check it"
            yield from _at(made, "study", dates, message)
    for one, other in combinations(treatments[:_MOST_TREATMENTS], 2):
        if _one_letter_apart(alike(one), alike(other)):
            message = f"differs from {other!r} in one letter; if they are one treatment, spell them alike."
            yield Issue(None, "treatment", one, message, made.cells.name)


def _one_letter_apart(one: str, other: str) -> bool:
    """Whether one letter was changed, left out, added or exchanged; short names may differ, and so may numbers."""
    digits = [re.sub(r"\D", "", name) for name in (one, other)]
    if min(len(one), len(other)) < 5 or abs(len(one) - len(other)) > 1 or digits[0] != digits[1]:
        return False
    words = [(a, b) for a, b in zip(one.split(), other.split(), strict=False) if a != b]
    if len(one.split()) == len(other.split()) and any(min(len(a), len(b)) < _SHORT for a, b in words):
        return False  # arm a and arm b
    changes = [op for op in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes() if op[0] != "equal"]
    if sorted(one) == sorted(other):
        return len(changes) == 2
    return len(changes) == 1 and max(changes[0][2] - changes[0][1], changes[0][4] - changes[0][3]) == 1


def _rows(made: Derived) -> Iterator[Issue]:
    """Rows with the same numbers as another row, arms that stand twice, and numbers that were kept as text."""
    frame = made.frame
    if made.shape in ("two arms", "two means", "ratio"):
        again = frame[[c for c in COLUMNS[made.shape] if c != "study"]].duplicated()
        yield from _at(made, "study", again, "has the same numbers as an earlier row; check that it is another study")
    if "treatment" in frame:
        again = frame.duplicated(["study", "treatment"])
        yield from _at(made, "study", again, "has another arm with this treatment; check that it is another arm")
    for column in made.cells.columns:
        cells = made.cells.frame[column]
        text = cells.str.startswith("'")
        if text.any():
            text[text] = cells[text].str.fullmatch(r"'[\d.]+")
            yield from _at(made, column, text, "holds a number kept as text")


def _arms_of_very_different_size(made: Derived) -> Iterator[Issue]:
    frame = made.frame
    ratio = frame["n_t"] / frame["n_c"]
    usual = ratio.median()
    apart, unlike = (r.where(r >= 1, 1 / r) for r in (ratio, ratio / usual))
    odd = ((apart >= 10) & ((unlike >= _UNLIKE) | (len(frame) < 3))) | ((apart >= _DIGIT) & (unlike >= _DIGIT))
    message = f"is about 10 times or a tenth of `{made.spelled('n_c')}`, unlike other rows; check the digits"
    yield from _at(made, "n_t", odd, message)
    for suffix in ("t", "c"):
        swapped = frame[f"events_{suffix}"] == frame[f"n_{suffix}"]
        if len(frame) > 2 and swapped.all():
            yield from _at(made, f"events_{suffix}", swapped, "equals n in every row; check that it holds the events")


def _deviations(made: Derived) -> Iterator[Issue]:
    """Standard errors given as standard deviations: differences of many standard deviations."""
    frame = made.frame
    if made.shape == "two means":
        pooled = np.sqrt((frame["sd_t"] ** 2 + frame["sd_c"] ** 2) / 2)
        size = (frame["mean_t"] - frame["mean_c"]).abs() / pooled.where(pooled > 0)
        many = size > 2
        if many.sum() * 3 >= len(frame):
            message = "makes the difference more than 2 standard deviations; check that it is no standard error"
            yield from _at(made, "sd_t", many, message)
        deviations = frame[["sd_t", "sd_c"]].where(frame[["sd_t", "sd_c"]] > 0)
        swing = deviations.max(axis=1) / deviations.min(axis=1)
        message = f"differs more than fivefold from `{made.spelled('sd_c')}`; check that neither is a standard error"
        yield from _at(made, "sd_t", swing > 5, message)


def _estimates(made: Derived) -> Iterator[Issue]:
    frame, columns = made.frame, set(made.frame.columns)
    if {"ci_low", "ci_high"} <= columns:
        yield from _off_the_middle(made, "estimate", log=False)
    estimate, se = frame["estimate"], frame["se"]
    if made.measure in RATIOS and len(frame) > 2 and (estimate > 0).all() and not made.fit.columns.get(("ci_low", "")):
        middle = float(estimate.median())
        if 0.5 < middle < 3 and estimate.min() > 0.1 and made.log is None:
            everywhere = estimate > 0
            yield from _at(
                made, "estimate", everywhere, "is above 0 in every row; check that these are logs and no ratios"
            )
    if "variance" not in columns and len(frame) > 4:
        yield from _too_alike(made, estimate, se)


def _too_alike(made: Derived, estimate: pd.Series, se: pd.Series) -> Iterator[Issue]:
    """Standard errors that are standard deviations: estimates agree far better than their errors allow."""
    weight = 1 / se**2
    q = float((weight * (estimate - (weight * estimate).sum() / weight.sum()) ** 2).sum())
    if q < 0.05 * (len(estimate) - 1):
        message = (
            "is so large that the estimates agree far better than chance allows (Q is below a twentieth of its degrees "
            "of freedom); are these standard deviations?"
        )
        yield Issue(None, made.spelled("se"), None, message, made.cells.name)


def _off_the_middle(made: Derived, role: str, *, log: bool) -> Iterator[Issue]:
    """Estimates far from the middle of their interval."""
    three = made.frame[[role, "ci_low", "ci_high"]]
    if log:
        three = three.where(three > 0).map(math.log)
    width = three["ci_high"] - three["ci_low"]
    shift = (three[role] - (three["ci_high"] + three["ci_low"]) / 2).abs() / width
    scale = " on the log scale" if log else ""
    yield from _at(made, role, shift > 0.15, f"is not the middle of its interval{scale}; check the three numbers")


def _percentages(made: Derived) -> Iterator[Issue]:
    """Columns of n that are 100 in every row: events are percentages."""
    for suffix in ("", "_t", "_c"):
        n = f"n{suffix}"
        if n in made.frame and len(made.frame) > 2 and (made.frame[n] == 100).all():
            yield from _at(
                made, n, made.frame[n] == 100, "is 100 in every row; check that the events are no percentages"
            )
