"""Which columns name the studies, and the labels that they give together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Literal

from tmsmeta.tables.missing import missing_cells
from tmsmeta.tables.numerals import is_number

if TYPE_CHECKING:
    import pandas as pd

Rows = Literal["one", "arms", "pairs"]
"""What a row is: a study, an arm, or a pair of arms, of which a study with two arms has one."""

_ROWS_PER_STUDY: Mapping[Rows, float] = {"arms": 1.5, "pairs": 1.01}
"""Rows per label, on average, from which on a column names studies and not rows."""


@dataclass(frozen=True, kw_only=True)
class NamingColumns:
    """Columns that may name studies.

    Attributes:
        studies: called study or trial: rows of one label are one study.
        authors: called authors, who may have written about several studies.
        numbers: called id, label or name, of whatever it may be.
        year: the column with years; blank where there is none.
    """

    studies: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    year: str = ""

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.studies, *self.authors, *self.numbers)


NOTHING = NamingColumns()


@dataclass(frozen=True, eq=False)
class StudyLabels:
    """The labels of the rows, and the columns that they are made of."""

    labels: pd.Series
    columns: tuple[str, ...]


def study_labels(frame: pd.DataFrame, naming: NamingColumns, rows: Rows) -> StudyLabels | None:
    """Labels from the column that names studies; where it repeats, with the year or a number beside it.

    Rows of one label in a column called study stay one study, whatever stands beside it, unless their years differ.

    Args:
        frame: cells as text.
        naming: columns that may name studies.
        rows: what a row is.
    """
    if not naming.all:
        return None
    choices = (_joined(frame, columns) for columns in _combinations(frame, naming))
    if rows == "one":
        first = next(choices)
        return next((choice for choice in chain([first], choices) if not choice.labels.duplicated().any()), first)
    different = {column: frame[column].nunique() for column in naming.all}
    studies = [c for c in naming.all if different[c] * _ROWS_PER_STUDY[rows] <= len(frame)] or [naming.all[0]]
    called = [column for column in studies if column in naming.studies]
    finest = max(called or studies, key=lambda column: different[column])
    same = (choice for choice in choices if _same_groups(choice.labels, frame[finest]))
    return next(same, None) or _joined(frame, (finest,))


def _combinations(frame: pd.DataFrame, naming: NamingColumns) -> Iterator[tuple[str, ...]]:
    """Names before numbers, each alone, with the year, and with a number."""
    texts = [c for c in naming.all if not frame[c].head(50).map(is_number).all()]
    numbers = [c for c in naming.all if c not in texts]
    names = [c for c in texts if c in naming.studies] or [c for c in texts if c in naming.authors] or texts
    yield from ((name,) for name in names)
    yield from ((name, naming.year) for name in names if naming.year)
    counted = [c for c in numbers if c in naming.studies] or ([] if naming.studies else numbers)
    yield from ((name, number) for name in texts if name in naming.authors for number in counted)
    yield from ((number,) for number in counted)
    if not (names or counted):
        yield from ((name,) for name in (*texts, *numbers))


def _joined(frame: pd.DataFrame, columns: tuple[str, ...]) -> StudyLabels:
    labels = frame[columns[0]].where(~missing_cells(frame[columns[0]]), "")
    for column in columns[1:]:
        labels = (labels + " " + frame[column]).str.strip()
    return StudyLabels(labels=labels, columns=columns)


def _same_groups(one: pd.Series, other: pd.Series) -> bool:
    pairs = len(set(zip(one.tolist(), other.tolist(), strict=True)))
    return pairs == one.nunique() == other.nunique()
