"""The contribution matrix: how much of each network estimate comes from each direct comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.figures.network.heat_table import Bar, HeatTable, draw_heat_table, name_rows, wrapped_names
from tmsmeta.figures.network.treatment_words import Labels, name_of
from tmsmeta.figures.not_assessable import not_assessable_panel
from tmsmeta.figures.style import styled
from tmsmeta.words.names import inside
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.networks import Contributions

_MANY = 30
_NAME_WIDTH, _COLUMN_WIDTH = 2.4, 1.8  # inches


@styled
def contribution_map(
    contributions: Contributions | NotAssessable,
    *,
    ax: Axes | None = None,
    labels: Labels = None,
    comparisons: Sequence[tuple[str, str]] | None = None,
    title: str = "",
) -> Axes:
    """Draw the share (in percent) of each direct comparison in each network estimate.

    Args:
        contributions: what ``contributions`` returned.
        ax: the place to use. A new figure of the size that is needed without it.
        labels: names of the treatments to print.
        comparisons: network estimates to draw, as pairs; by default all, or those against the reference where there
            are more than 30.
        title: heading.

    Returns:
        The axes; x and y count columns and rows from the top left. Shares below half a percent are left blank.

    Raises:
        InvalidInputError: `comparisons` that the matrix lacks, or an `ax` too small.
    """
    if isinstance(contributions, NotAssessable):
        return not_assessable_panel(contributions, ax=ax, title=title)
    flow = contributions.flow
    names = flow.net.treatments
    rows = [(names[i], names[j]) for i, j in zip(flow.source.tolist(), flow.sink.tolist(), strict=True)]
    kept = _rows(rows, comparisons, flow.net.reference)
    share = contributions.matrix.to_numpy(dtype=float)[kept]
    columns = [(names[i], names[j]) for i, j in zip(flow.i.tolist(), flow.j.tolist(), strict=True)]
    note = "Each row adds up to 100%. Blank: below 0.5%. Bold: the comparison's own trials."
    if len(kept) < len(rows) and comparisons is None:
        versus = inside(name_of(flow.net.reference, labels))
        note += f" Shown: {len(kept)} of {len(rows)} network estimates, those against {versus}."
    return draw_heat_table(
        HeatTable(
            rows=name_rows([_pair(rows[k], labels) for k in kept], _NAME_WIDTH),
            columns=wrapped_names([_pair(c, labels) for c in columns], _COLUMN_WIDTH),
            values=share,
            cells=[[FIGURE.share(x, 0) if x >= 0.005 else "" for x in row] for row in share.tolist()],
            bold=np.array([[set(rows[k]) == set(c) for c in columns] for k in kept]),
            low=0.0,
            high=1.0,
            title=title,
            notes=(note,),
            bar=Bar(label="Share in the network estimate (%)", ticks=(0.0, 0.25, 0.5, 0.75, 1.0), show=_percent),
            corner="network estimate",
            across="direct comparison",
            turned=True,
            least=(0.27, 0.17),
        ),
        ax,
    )


def _percent(share: float) -> str:
    return FIGURE.share(share, 0)


def _rows(rows: list[tuple[str, str]], wanted: Sequence[tuple[str, str]] | None, reference: str) -> list[int]:
    if wanted is None:
        return [k for k, pair in enumerate(rows) if len(rows) <= _MANY or reference in pair]
    at = {frozenset(pair): k for k, pair in enumerate(rows)}
    faults = [
        Issue(i, "comparisons", pair, "is not among the network estimates.")
        for i, pair in enumerate(wanted, start=1)
        if frozenset(pair) not in at
    ]
    if faults:
        raise InvalidInputError(faults)
    return [at[frozenset(pair)] for pair in wanted]


def _pair(pair: tuple[str, str], labels: Labels) -> str:
    return f"{name_of(pair[0], labels)} vs {inside(name_of(pair[1], labels))}"
