"""The contribution matrix: how much of each network estimate comes from each direct comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.figures.network.heat_table import (
    Bar,
    HeatTable,
    draw_heat_table,
    name_rows,
    numbers_of,
    wrapped_names,
)
from tmsmeta.figures.network.treatment_words import Labels, name_of
from tmsmeta.figures.not_assessable import not_assessable_panel
from tmsmeta.figures.room import Width, room_for
from tmsmeta.figures.style import styled
from tmsmeta.words.names import counted, inside
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.networks import Contributions

_COLUMN_WIDTH = 1.8  # inches
_LEAST = 0.005
"""Shares below this are left blank."""
_FEWER = (
    *((None, most) for most in (60, 40, 32, 28, 24, 21, 18, 15, 12, 10, 8)),
    *((rows, most) for rows in (32, 24, 20, 16, 12, 10, 8, 6, 5) for most in (24, 18, 15, 12, 10, 8, 5, 3)),
)
"""Rows and columns that are drawn where there is no room for all."""
_MOST_REST = 0.5
"""Of an estimate on average; where the column of the rest would hold more than that, fewer rows are drawn."""


@styled
def contribution_map(
    contributions: Contributions | NotAssessable,
    *,
    ax: Axes | None = None,
    labels: Labels = None,
    comparisons: Sequence[tuple[str, str]] | Literal["all"] | None = None,
    title: str = "",
    width: Width | None = None,
) -> Axes:
    """Draw the share (in percent) of each direct comparison in the network estimates.

    What does not fit is dropped in this order: names of the direct comparisons (numbers and a list below take their
    place), the direct comparisons with the smallest shares (one column holds the rest, on average no more than half of
    an estimate), the last rows; a note says how many. Choose rows by `comparisons` where these are not the ones that
    matter.

    Args:
        contributions: what ``contributions`` returned.
        ax: the axes to use; a new figure without it.
        labels: names of the treatments to print.
        comparisons: network estimates to draw, as pairs or ``all``; by default those against the reference.
        title: heading.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, of a new figure; without it as wide as the table,
            170 mm at most.

    Returns:
        The axes; x and y count columns and rows from the top left. Shares below half a percent are left blank, and
        direct comparisons that are blank in every row are left out.

    Raises:
        InvalidInputError: `comparisons` that the matrix lacks, or a width or an `ax` too small.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> ax = tm.figures.contribution_map(tm.contributions(net))
    """
    if isinstance(contributions, NotAssessable):
        return not_assessable_panel(contributions, ax=ax, title=title)
    flow = contributions.flow
    names = flow.net.treatments
    rows = [(names[i], names[j]) for i, j in zip(flow.source.tolist(), flow.sink.tolist(), strict=True)]
    kept = _rows(rows, comparisons, flow.net.reference)
    share = contributions.matrix.to_numpy(dtype=float)[kept]
    columns = [(names[i], names[j]) for i, j in zip(flow.i.tolist(), flow.j.tolist(), strict=True)]
    map_ = _Map([rows[k] for k in kept], columns, share, labels, flow.net.reference, len(rows), title)
    advice = "Give it more width, or choose fewer network estimates by `comparisons`."
    return draw_heat_table(map_.sheets(0.27 * room_for(ax, width)), ax, width, advice)


@dataclass(frozen=True)
class _Map:
    """What is drawn: pairs in rows and columns, and the shares of the columns in the rows."""

    rows: list[tuple[str, str]]
    columns: list[tuple[str, str]]
    share: NDArray[np.float64]
    labels: Labels
    reference: str
    total: int
    title: str

    def sheets(self, limit: float) -> Iterator[HeatTable]:
        """The table with less and less in it."""
        every = np.flatnonzero((self.share >= _LEAST).any(axis=0)).tolist()
        yield self._sheet(self.rows, every, limit, turned=True)
        yield self._sheet(self.rows, every, limit)
        for most_rows, most_columns in _FEWER:
            rows = self.rows[:most_rows]
            shares = self.share[: len(rows)]
            largest = np.argsort(-shares.sum(axis=0), kind="stable")[:most_columns]
            if shares[:, largest].sum(axis=1).mean() < 1 - _MOST_REST:
                continue
            if most_columns < len(every) and (most_rows is None or most_rows < len(self.rows)):
                yield self._sheet(rows, sorted(largest.tolist()), limit)

    def _sheet(self, rows: list[tuple[str, str]], at: list[int], limit: float, *, turned: bool = False) -> HeatTable:
        share = self.share[: len(rows), at]
        columns = [self.columns[c] for c in at]
        names = [_pair(c, self.labels) for c in columns]
        rest = 1.0 - share.sum(axis=1)
        other = [f"rest ({len(self.columns) - len(at)})"] if rest.max() >= _LEAST else []
        values = np.column_stack([share, rest]) if other else share
        colours = np.column_stack([share, np.full(len(rows), np.nan)]) if other else share
        own = [[set(row) == set(c) for c in columns] + [False] * len(other) for row in rows]
        heads = wrapped_names(names, _COLUMN_WIDTH) if turned else numbers_of(len(names))
        against = all(pair[1] == self.reference for pair in self._turned(rows))
        return HeatTable(
            rows=name_rows([self._row_name(pair, short=against) for pair in self._turned(rows)], limit),
            columns=(*heads, *(other if turned else ["rest"] * len(other))),
            values=colours,
            cells=[[FIGURE.share(x, 0) if x >= _LEAST else "" for x in row] for row in values.tolist()],
            framed=np.array(own),
            low=0.0,
            high=1.0,
            title=self.title,
            notes=self._notes(rows, at, rest),
            bar=Bar(label="Share in the network estimate (%)", ticks=(0.0, 0.25, 0.5, 0.75, 1.0), show=_percent),
            corner=f"against {inside(name_of(self.reference, self.labels))}" if against else "network estimate",
            across="direct comparison",
            turned=turned,
            least=(0.2, 0.17),
            even=False,
            listed=() if turned else tuple(names),
        )

    def _turned(self, rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """The pairs with the reference last."""
        return [(b, a) if a == self.reference else (a, b) for a, b in rows]

    def _row_name(self, pair: tuple[str, str], *, short: bool) -> str:
        return name_of(pair[0], self.labels) if short else _pair(pair, self.labels)

    def _notes(self, rows: list[tuple[str, str]], at: list[int], rest: NDArray[np.float64]) -> tuple[str, ...]:
        notes = ["Each row adds up to 100%. Blank: below 0.5%. Framed: the comparison's own trials."]
        if len(rows) < self.total:
            versus = inside(name_of(self.reference, self.labels))
            which = "those" if len(rows) == len(self.rows) else "the first of those"
            if all(self.reference in pair for pair in self.rows):
                notes.append(f"Shown: {len(rows)} of {self.total} network estimates, {which} against {versus}.")
        left = len(self.columns) - len(at)
        if left and rest.max() >= _LEAST:
            notes.append(f"Rest: {counted(left, 'direct comparison')} with the smallest shares.")
        elif left:
            notes.append(f"Left out: {counted(left, 'direct comparison')} with less than 0.5% in every row.")
        return tuple(notes)


def _percent(share: float) -> str:
    return FIGURE.share(share, 0)


def _rows(
    rows: list[tuple[str, str]], wanted: Sequence[tuple[str, str]] | Literal["all"] | None, reference: str
) -> list[int]:
    if wanted is None or isinstance(wanted, str):
        if wanted not in (None, "all"):
            message = "must be pairs of treatments, or 'all'; without it those against the reference are drawn."
            raise InvalidInputError(Issue(None, "comparisons", wanted, message))
        return [k for k, pair in enumerate(rows) if wanted == "all" or reference in pair]
    at = {frozenset(pair): k for k, pair in enumerate(rows)}
    faults = [
        Issue(i, "comparisons", pair, "is not among the network estimates.")
        for i, pair in enumerate(wanted, start=1)
        if frozenset(pair) not in at
    ]
    if not len(wanted):
        faults = [Issue(None, "comparisons", (), "must hold a pair of treatments, or be None.")]
    if faults:
        raise InvalidInputError(faults)
    return [at[frozenset(pair)] for pair in wanted]


def _pair(pair: tuple[str, str], labels: Labels) -> str:
    return f"{name_of(pair[0], labels)} vs {inside(name_of(pair[1], labels))}"
