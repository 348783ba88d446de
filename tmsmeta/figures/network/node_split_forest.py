"""Forest plot of node-splits: direct against indirect evidence for each comparison."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.figures import style
from tmsmeta.figures.axes import EffectScale, scale_of
from tmsmeta.figures.network.sheets import draw_sheets
from tmsmeta.figures.network.treatment_words import (
    Labels,
    effect_heading,
    name_of,
    share_text,
)
from tmsmeta.figures.not_assessable import not_assessable_panel
from tmsmeta.figures.room import Width, fewer
from tmsmeta.figures.style import styled
from tmsmeta.figures.table_plot.description import Column, Mark, Row, Sheet
from tmsmeta.figures.table_plot.marks import limits_of_marks
from tmsmeta.words.names import counted, heading, inside, listed
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
    width: Width | None = None,
) -> Axes:
    """Draw direct, indirect and network estimates of each comparison below each other.

    What does not fit is dropped in this order: direct shares, trials, room for long names, the comparisons whose
    direct and indirect evidence differ least (by the p value); a note says how many.

    Args:
        splits: what ``node_split(net)`` returned. Comparisons that cannot be tested are counted in a sentence that
            says why; give ``comparisons`` to draw them too.
        net: the network it came from, for measure, level and direction.
        ax: the axes to use; table and graph fill its area. A new figure of the size that is needed without it.
        labels: names of the treatments to print.
        comparisons: pairs of treatments to draw, in this order; by default all that can be tested.
        digits: decimals of effects.
        title: heading.
        width: ``single`` (85 mm), ``double`` (170 mm, the default) or inches, of a new figure.

    Returns:
        The axes of the graph; an empty frame with the reason where no comparison can be tested.

    Raises:
        InvalidInputError: `comparisons` that `splits` lacks, or a width or an `ax` too small.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> ax = tm.figures.node_split_forest(tm.node_split(net), net)
    """
    scale = scale_of(net.measure, digits=digits)
    found = _read_splits(splits, scale)
    lines = _chosen(found, comparisons)
    left = [line for line in found if line not in lines] if comparisons is None else []
    if not lines:
        return not_assessable_panel(NotAssessable("direct against indirect evidence", _why(left)), ax=ax, title=title)
    advice = "Give it more width, or choose fewer `comparisons`."
    sheets = _sheets(lines, left, net, scale, labels, title)
    return draw_sheets(sheets, ax, width, advice)


_FORMS = ((("trials", "direct"), 2.4), (("trials", "direct"), 1.7), (("trials",), 1.7), ((), 1.2), ((), 0.8))
"""Columns left of the graph, and widths of the names in inches, from the fullest to the barest table."""
_MOST = (40, 30, 20, 16, 13, 10, 8, 5)


def _sheets(
    lines: list[_Split], left: list[_Split], net: NetworkMeta, scale: EffectScale, labels: Labels, title: str
) -> Iterator[Sheet]:
    """The forest with less and less in it."""
    heads = {"trials": "Trials", "direct": "Direct\nevidence"}
    differ = sorted(range(len(lines)), key=lambda k: (not np.isfinite(lines[k].p_value), lines[k].p_value, k))
    sides = ("← Favours second", "Favours first →"), ("← Favours first", "Favours second →")
    for most in fewer(len(lines), _MOST):
        kept = [lines[k] for k in sorted(differ[:most])]
        rows = tuple(row for line in kept for row in line.rows(scale, labels))
        for keys, limit in _FORMS:
            yield Sheet(
                left=(
                    Column(key="name", header="Comparison", limit=limit),
                    *(Column(key=key, header=heads[key], align="right") for key in keys),
                ),
                right=(Column(key="effect", header=effect_heading(scale, net.spec.level), align="right"),),
                rows=rows,
                scale=scale,
                limits=limits_of_marks(scale, rows, reach=0.6),
                null=scale.null,
                favours=sides[net.better != "higher"],
                notes=tuple(_split_notes(kept, left, len(lines), labels)),
                title=title,
            )


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
        """A heading with what the test says, and a line for each kind of evidence."""
        first, second = (name_of(t, labels) for t in self.pair)
        network = Mark(shape="diamond", estimate=self.network[0], low=self.network[1], high=self.network[2],
                       colour=style.SKY)  # fmt: skip
        said = FIGURE.p_value(self.p_value) if np.isfinite(self.p_value) else "not testable"
        own = {"trials": FIGURE.count(self.trials), "direct": share_text(self.direct_share)}
        return [
            Row(cells={"name": f"{first} vs {inside(second)}", "effect": said}, bold=True, gap=0.35),
            _evidence_row("Direct", self.direct, style.BLUE, scale, own),
            _evidence_row("Indirect", self.indirect, style.PAPER, scale),
            Row(cells={"name": f"{_INDENT}Network", "effect": scale.effect(self.network[0], self.network[1:])},
                marks=(network,)),
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
    """The lines to draw: the wanted ones, or those that can be tested."""
    if comparisons is None:
        return [line for line in lines if np.isfinite(line.p_value)]
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


def _why(left: Sequence[_Split]) -> str:
    """Why comparisons cannot be tested."""
    reasons = dict.fromkeys(line.note.removeprefix("cannot be tested: ") for line in left if line.note and line.trials)
    return "; ".join(reasons) or "no comparison has trials of its own"


def _not_shown(left: Sequence[_Split]) -> str:
    """One sentence on what cannot be tested."""
    tried, none = sum(line.trials > 0 for line in left), sum(line.trials == 0 for line in left)
    parts = [f"{counted(tried, 'comparison')} with trials ({_why(left)})"] if tried else []
    parts += [f"{counted(none, 'comparison')} without any"] if none else []
    return f"Cannot be tested and not shown: {listed(parts)}."


def _split_notes(lines: list[_Split], left: Sequence[_Split], total: int, labels: Labels) -> Iterator[str]:
    yield "Filled: direct; open: indirect; diamond: network. p: test that direct and indirect evidence agree."
    for reason in dict.fromkeys(_reason(line, labels) for line in lines if line.note):
        yield f"{heading(reason)}."
    if len(lines) < total:
        yield f"Shown: the {len(lines)} of {total} comparisons with the smallest p."
    if left:
        yield _not_shown(left)
