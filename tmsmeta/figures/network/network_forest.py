"""Forest plots of a network: every treatment against the reference, and direct against indirect evidence."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable, check_option
from tmsmeta.figures import style
from tmsmeta.figures.axes import EffectScale, scale_of
from tmsmeta.figures.network.words import (
    Labels,
    better_words,
    effect_heading,
    effects_against,
    favours,
    limits_of_marks,
    name_of,
    patients_text,
    share_text,
)
from tmsmeta.figures.style import styled
from tmsmeta.figures.table_plot.description import Column, Mark, Row, Sheet
from tmsmeta.figures.table_plot.draw import draw_sheet
from tmsmeta.words.names import inside
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.networks import NetworkMeta, Ranking

SORT = ("effect", "p_score", "label", "patients")
_NAME_WIDTH = 2.2  # inches
_INDENT = 3 * "\N{NO-BREAK SPACE}"
_NO_CELLS: Mapping[str, str] = {}


@styled
def network_forest(
    result: NetworkMeta | Ranking,
    *,
    ax: Axes | None = None,
    labels: Labels = None,
    sort: str | None = None,
    prediction: bool = True,
    digits: int | None = None,
    title: str = "",
    width: float | None = None,
) -> Axes:
    """Draw the effect of every treatment against the reference of the network.

    Args:
        result: a fitted network, or its ranking, which adds a column of P-scores.
        ax: the place to use; table and graph fill its area. A new figure of the size that is needed without it.
        labels: names of the treatments to print.
        sort: ``effect`` (best first), ``p_score`` (the default with a ranking), ``label`` or ``patients``.
        prediction: whether prediction intervals are drawn as thin bars below the intervals.
        digits: decimals of effects.
        title: above everything.
        width: of a new figure in inches; it grows where the text needs more.

    Returns:
        The axes of the graph, on a log scale for ratios. Points carry the gid ``points``, intervals ``whiskers``.

    Raises:
        UnknownOptionError: an unknown `sort`, or ``p_score`` without a ranking.
        InvalidInputError: an `ax` too small.
    """
    from tmsmeta.networks import Ranking

    ranking, net = (result, result.net) if isinstance(result, Ranking) else (None, result)
    allowed = SORT if ranking is not None else tuple(s for s in SORT if s != "p_score")
    chosen = sort or ("p_score" if ranking is not None else "effect")
    check_option("sort", chosen, allowed)
    scale = scale_of(net.measure, digits=digits)
    lines = _sorted(_lines(net, ranking, scale), chosen, net, labels)
    shown = prediction and not isinstance(net.prediction_half_width, NotAssessable)
    rows = [Row(cells=line.cells(scale, labels), marks=line.mark(shown)) for line in lines]
    versus = inside(name_of(net.reference, labels))
    rows.append(Row(cells={"name": f"{name_of(net.reference, labels)} (reference)", **_reference(net)}, quiet=True))
    sheet = Sheet(
        left=(
            Column(key="name", header="Treatment", limit=_NAME_WIDTH),
            Column(key="trials", header="Trials", align="right"),
            Column(key="patients", header="Patients", align="right"),
            Column(key="direct", header="Direct\nevidence", align="right"),
        ),
        right=(
            Column(key="effect", header=effect_heading(scale, net.spec.level), align="right"),
            *([Column(key="p_score", header="P-score", align="right")] if ranking is not None else []),
        ),
        rows=tuple(rows),
        scale=scale,
        limits=limits_of_marks(scale, rows),
        graph_header=f"Against {versus}",
        null=scale.null,
        favours=favours(net, labels),
        notes=tuple(_notes(net, ranking, prediction, labels)),
        title=title,
    )
    return draw_sheet(sheet, ax=ax, wide=width)


class _Line(NamedTuple):
    """One treatment against the reference; effects in axis values."""

    treatment: str
    effect: tuple[float, float, float]
    prediction: tuple[float, float] | None
    trials: float
    patients: float
    direct: float
    p_score: float | None

    def mark(self, prediction: bool) -> tuple[Mark, ...]:
        """The point with its interval, and the prediction interval below where that is shown."""
        estimate, low, high = self.effect
        colour = style.BLUE if self.direct > 0 else style.PAPER
        shift = -0.08 if prediction else 0.0
        point = Mark(shape="point", estimate=estimate, low=low, high=high, colour=colour, shift=shift)
        if not prediction or self.prediction is None:
            return (point,)
        low, high = self.prediction
        return point, Mark(shape="bar", low=low, high=high, colour=style.RULE, shift=0.24)

    def cells(self, scale: EffectScale, labels: Labels) -> dict[str, str]:
        """Its texts by column."""
        estimate, low, high = self.effect
        return {
            "name": name_of(self.treatment, labels),
            "trials": FIGURE.count(self.trials),
            "patients": patients_text(self.patients),
            "direct": share_text(self.direct),
            "effect": scale.effect(estimate, (low, high)),
            "p_score": "" if self.p_score is None else FIGURE.number(self.p_score, 2),
        }


def _lines(net: NetworkMeta, ranking: Ranking | None, scale: EffectScale) -> list[_Line]:
    """One line per treatment but the reference, with the numbers of the result object."""
    from tmsmeta.networks import geometry

    g = net.reference
    nodes = geometry(net).nodes.set_index("treatment").to_dict("index")
    score = {} if ranking is None else dict(zip(net.treatments, ranking.p_score.tolist(), strict=True))
    half = net.prediction_half_width
    treated = [t for t in net.treatments if t != g]
    low, high = (None, None) if isinstance(half, NotAssessable) else (net.prediction_low[g], net.prediction_high[g])
    found = []
    for t, values in zip(treated, effects_against(net, treated), strict=True):
        estimate, ends = scale.show(values).tolist(), None
        if low is not None and high is not None:
            ends = scale.show([low[t], high[t]]).tolist()
        found.append(
            _Line(
                treatment=t,
                effect=(estimate[0], estimate[1], estimate[2]),
                prediction=None if ends is None else (ends[0], ends[1]),
                trials=nodes[t]["trials"],
                patients=nodes[t]["patients"],
                direct=float(net.direct_share[g][t]),
                p_score=score.get(t),
            )
        )
    return found


def _sorted(lines: list[_Line], key: str, net: NetworkMeta, labels: Labels) -> list[_Line]:
    """`lines` by a key of :data:`SORT`; what is unknown comes last."""
    if key == "label":
        return sorted(lines, key=lambda line: name_of(line.treatment, labels).casefold())
    falling = key != "effect" or net.better == "higher"
    values = {
        line.treatment: {"effect": line.effect[0], "p_score": line.p_score, "patients": line.patients}[key]
        for line in lines
    }

    def place(line: _Line) -> float:
        value = values[line.treatment]
        if value is None or not np.isfinite(value):
            return -np.inf if falling else np.inf
        return value

    return sorted(lines, key=place, reverse=falling)


def _reference(net: NetworkMeta) -> dict[str, str]:
    from tmsmeta.networks import geometry

    nodes = geometry(net).nodes.set_index("treatment").to_dict("index")[net.reference]
    return {"trials": FIGURE.count(nodes["trials"]), "patients": patients_text(nodes["patients"])}


def _notes(net: NetworkMeta, ranking: Ranking | None, prediction: bool, labels: Labels) -> list[str]:
    versus = inside(name_of(net.reference, labels))
    tau2 = "not assessable" if isinstance(net.tau2, NotAssessable) else FIGURE.tau2(net.tau2)
    notes = [
        f"{net.k} trials; τ² {tau2}. Direct evidence: its share in the effect against {versus}; open circles rest on "
        "indirect evidence alone."
    ]
    half = net.prediction_half_width
    if prediction:
        level = FIGURE.level(net.spec.level)
        notes.append(
            f"Prediction interval: not assessable ({half.reason})."
            if isinstance(half, NotAssessable)
            else f"Grey bars: {level} prediction intervals."
        )
    if ranking is not None:
        notes.append(f"{better_words(net)} P-score: mean chance of being better than another treatment.")
    return notes


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
        notes=tuple(_split_notes(lines, omitted)),
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


def _split_notes(lines: list[_Split], omitted: int) -> list[str]:
    reasons = dict.fromkeys(line.note for line in lines if line.note)
    notes = [f"{reason[:1].upper()}{reason[1:]}." for reason in reasons]
    if omitted:
        verb = "comparison has" if omitted == 1 else "comparisons have"
        notes.append(f"{omitted} further {verb} no trial of its own, so there is no direct evidence to set apart.")
    return [
        "Filled: direct; open: indirect; diamond: network. p: test that direct and indirect evidence agree.",
        *notes,
    ]
