"""A table for readers: what its cells say, beside the same table at full precision for machines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column as a reader sees it.

    Attributes:
        label: its heading.
        text: what a row of the table at full precision says in it.
        right: whether it is set flush right, as numbers are.
        wraps: share of the width of the text that it takes in LaTeX, for sentences that wrap; 0 for short cells.
    """

    label: str
    text: Callable[[Row], str]
    right: bool = True
    wraps: float = 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class ReaderTable:
    """A table that goes to a console, a page or a file.

    Attributes:
        name: in one word, for the names of files and sheets.
        title: what it shows, with both treatments where there are two.
        frame: the table at full precision.
        columns: the columns for readers; numbers in them are rounded by the rule of :mod:`tmsmeta.words.numbers`.
        notes: sentences that belong below it.
        arranged: the table that readers see where it is arranged in another way, such as a square of pairs.
    """

    name: str
    title: str
    frame: pd.DataFrame
    columns: Sequence[Column]
    notes: tuple[str, ...] = ()
    arranged: pd.DataFrame | None = None

    @property
    def head(self) -> list[str]:
        """The headings."""
        return [column.label for column in self.columns]

    @property
    def right(self) -> list[int]:
        """Places of the columns that are set flush right."""
        return [place for place, column in enumerate(self.columns) if column.right]

    @property
    def rows(self) -> list[list[str]]:
        """The cells as text."""
        records = (self.frame if self.arranged is None else self.arranged).to_dict("records")
        return [[column.text(record) for column in self.columns] for record in records]  # type: ignore[arg-type]


def words(name: str, label: str, wraps: float = 0.0) -> Column:
    """A column of text; blank where nothing stands."""
    return Column(
        label=label, text=lambda row: "" if row[name] != row[name] else str(row[name]), right=False, wraps=wraps
    )


def value(name: str, label: str, text: Callable[[float], str]) -> Column:
    """A column of numbers; blank where there is none."""
    return Column(label=label, text=lambda row: _known(row[name], text))


def _known(number: float | None, text: Callable[[float], str]) -> str:
    return "" if number is None or number != number else text(number)
