"""Forest plot of node-splits: direct against indirect evidence for each comparison."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.figures import style
from tmsmeta.figures.axes import EffectScale, scale_of
from tmsmeta.figures.network.treatment_words import (
    Labels,
    effect_heading,
    name_of,
    share_text,
)
from tmsmeta.figures.style import styled
from tmsmeta.figures.table_plot.description import Column, Mark, Row, Sheet
from tmsmeta.figures.table_plot.draw import draw_sheet
from tmsmeta.figures.table_plot.marks import limits_of_marks
from tmsmeta.words.names import heading, inside
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.networks import NetworkMeta

_INDENT = 3 * "\N{NO-BREAK SPACE}"
_NO_CELLS: Mapping[str, str] = {}


@styled
def node_split_forest(
    splits: pd.DataFrame,
    net: NetworkMeta,
    *,
    ax: Axes | None = None,
    labels: Labels = None,
    comparisons: Sequence[tuple[str, str]] | None = None,
    digits: int | None = None,
    title: str = "",
    width: float | None = None,
) -> Axes:
    """Draw direct, indirect and network estimates of each comparison below each other.

    Args:
        splits: what ``node_split(net)`` returned. Comparisons without direct evidence have nothing to split and are
            counted in a note; give ``comparisons`` to draw them too.
        net: the network it came from, for measure, level and direction.
        ax: the place to use; table and graph fill its area. A new figure of the size that is needed without it.
        labels: names of the treatments to print.
        comparisons: pairs of treatments to draw, in this order; by default all with direct evidence.
        digits: decimals of effects.
        title: above everything.
        width: of a new figure in inches; it grows where the text needs more.

    Returns:
        The axes of the graph. A comparison that cannot be tested says so and why.

    Raises:
        InvalidInputError: `comparisons` that `splits` lacks, or an `ax` too small.
    """
    scale = scale_of(net.measure, digits=digits)
    found = _read_splits(splits, scale)
    lines = _chosen(found, comparisons)
    omitted = len(found) - len(lines) if comparisons is None else 0
    rows = [row for line in lines for row in line.rows(scale, labels)]
    sheet = Sheet(
        left=(
            Column(key="name", header="Comparison", limit=2.4),
            Column(key="trials", header="Trials", align="right"),
            Column(key="direct", header="Direct\nevidence", align="right"),
        ),
        right=(Column(key="effect", header=effect_heading(scale, net.spec.level), align="right"),),
        rows=tuple(rows),
        scale=scale,
        limits=limits_of_marks(scale, rows, reach=0.6),
        null=scale.null,
        favours=("← Favours second", "Favours first →")
        if net.better == "higher"
        else ("← Favours first", "Favours second →"),
        notes=tuple(_split_notes(lines, omitted, labels)),
        title=title,
    )
    return draw_sheet(sheet, ax=ax, wide=width)


class _Split(NamedTuple):
    """One comparison of two treatments; effects in axis values, NaN where there is none."""

    pair: tuple[str, str]
    trials: int
    direct_share: float
    direct: tuple[float, float, float]
    indirect: tuple[float, float, float]
    network: tuple[float, float, float]
    p_value: float
    note: str

    def rows(self, scale: EffectScale, labels: Labels) -> list[Row]:
        """A heading, a line for each kind of evidence, and what the test says."""
        first, second = (name_of(t, labels) for t in self.pair)
        network = Mark(shape="diamond", estimate=self.network[0], low=self.network[1], high=self.network[2],
                       colour=style.SKY)  # fmt: skip
        said = FIGURE.p_value(self.p_value) if np.isfinite(self.p_value) else "cannot be tested"
        own = {"trials": FIGURE.count(self.trials), "direct": share_text(self.direct_share)}
        return [
            Row(cells={"name": f"{first} vs {inside(second)}"}, bold=True, gap=0.35),
            _evidence_row("Direct", self.direct, style.BLUE, scale, own),
            _evidence_row("Indirect", self.indirect, style.PAPER, scale),
            Row(cells={"name": f"{_INDENT}Network", "effect": scale.effect(self.network[0], self.network[1:])},
                marks=(network,)),
            Row(cells={"name": f"{_INDENT}Direct against indirect: {said}"}, quiet=True),
        ]  # fmt: skip


def _evidence_row(
    words: str, effect: tuple[float, float, float], colour: str, scale: EffectScale, own: Mapping[str, str] = _NO_CELLS
) -> Row:
    estimate, low, high = effect
    empty = not np.isfinite(estimate)
    cells = {"name": f"{_INDENT}{words}", "effect": "none" if empty else scale.effect(estimate, (low, high)), **own}
    mark = Mark(shape="point", estimate=estimate, low=low, high=high, colour=colour)
    return Row(cells=cells, marks=() if empty else (mark,), quiet=empty)


def _read_splits(splits: pd.DataFrame, scale: EffectScale) -> list[_Split]:
    """The lines of a table of splits."""

    def effect(row: Mapping[Hashable, Any], kind: str) -> tuple[float, float, float]:
        estimate, low, high = scale.show([float(row[c]) for c in (kind, f"{kind}_low", f"{kind}_high")]).tolist()
        return estimate, low, high

    return [
        _Split(
            pair=(str(row["treat1"]), str(row["treat2"])),
            trials=int(row["k"]),
            direct_share=float(row["direct_share"]),
            direct=effect(row, "direct"),
            indirect=effect(row, "indirect"),
            network=effect(row, "network"),
            p_value=float(row["p_value"]),
            note=str(row["note"] or ""),
        )
        for row in splits.to_dict("records")
    ]


def _chosen(lines: list[_Split], comparisons: Sequence[tuple[str, str]] | None) -> list[_Split]:
    """The lines to draw: the wanted ones, or those with direct evidence."""
    if comparisons is None:
        return [line for line in lines if line.trials > 0]
    at = {frozenset(line.pair): line for line in lines}
    faults = [
        Issue(i, "comparisons", pair, "is not among the splits.")
        for i, pair in enumerate(comparisons, start=1)
        if frozenset(pair) not in at
    ]
    if faults:
        raise InvalidInputError(faults)
    return [at[frozenset(pair)] for pair in comparisons]


def _reason(line: _Split, labels: Labels) -> str:
    """The note of a comparison; one that was tested all the same is named."""
    first, second = (name_of(t, labels) for t in line.pair)
    return f"{first} vs {inside(second)}: {line.note}" if np.isfinite(line.p_value) else line.note


def _split_notes(lines: list[_Split], omitted: int, labels: Labels) -> list[str]:
    reasons = dict.fromkeys(_reason(line, labels) for line in lines if line.note)
    notes = [f"{heading(reason)}." for reason in reasons]
    if omitted:
        verb = "comparison has" if omitted == 1 else "comparisons have"
        notes.append(f"{omitted} further {verb} no trial of its own, so there is no direct evidence to set apart.")
    return [
        "Filled: direct; open: indirect; diamond: network. p: test that direct and indirect evidence agree.",
        *notes,
    ]
