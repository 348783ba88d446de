"""Forest plots of a network: every treatment against the reference, and direct against indirect evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.errors import NotAssessable, check_option
from tmsmeta.figures import numbers, style
from tmsmeta.figures.axes.effect_scale import EffectScale, scale_of
from tmsmeta.figures.network.words import (
    Labels,
    axis_limits,
    better_words,
    effect_heading,
    favours,
    inside,
    name_of,
    patients_text,
    share_text,
)
from tmsmeta.figures.style import styled
from tmsmeta.figures.table_plot.description import Column, Mark, Row, Sheet
from tmsmeta.figures.table_plot.draw import draw_sheet

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.networks import NetworkMeta, Ranking

SORT = ("effect", "p_score", "label", "patients")
_NAME_WIDTH = 2.2  # inches
_INDENT = 3 * "\N{NO-BREAK SPACE}"


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
    ranking = None if hasattr(result, "theta") else result
    net: NetworkMeta = result if ranking is None else ranking.net  # type: ignore[assignment]
    allowed = SORT if ranking is not None else tuple(s for s in SORT if s != "p_score")
    chosen = sort or ("p_score" if ranking is not None else "effect")
    check_option("sort", chosen, allowed)
    scale = scale_of(net.measure, digits=digits)
    lines = _sorted(_effects(net, ranking), chosen, net, labels)
    half = net.prediction_half_width
    shown = prediction and not isinstance(half, NotAssessable)
    marks = [_marks(line, scale, shown) for line in lines]
    ends = [m for row in marks for m in row]
    limits = axis_limits(
        scale,
        [m.estimate for m in ends if m.estimate is not None],
        [m.low for m in ends if m.low is not None],
        [m.high for m in ends if m.high is not None],
    )
    rows = [Row(cells=_cells(line, scale, labels), marks=m) for line, m in zip(lines, marks, strict=True)]
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
        limits=limits,
        graph_header=f"Against {versus}",
        null=scale.null,
        favours=favours(net, labels),
        notes=tuple(_notes(net, ranking, prediction, labels)),
        title=title,
    )
    return draw_sheet(sheet, ax=ax, wide=width)


def _effects(net: NetworkMeta, ranking: Ranking | None) -> list[dict[str, object]]:
    """One line per treatment but the reference, with the numbers of the result object."""
    from tmsmeta.networks import geometry

    g = net.reference
    nodes = geometry(net).nodes.set_index("treatment")
    score = {} if ranking is None else dict(zip(net.treatments, ranking.p_score.tolist(), strict=True))
    half = net.prediction_half_width
    bounds = None if isinstance(half, NotAssessable) else (net.prediction_low, net.prediction_high)
    return [
        {
            "treatment": t,
            "estimate": net.estimates.loc[t, g],
            "low": net.ci_low.loc[t, g],
            "high": net.ci_high.loc[t, g],
            "prediction": None if bounds is None else tuple(b.loc[t, g] for b in bounds),  # type: ignore[union-attr]
            "trials": nodes.loc[t, "trials"],
            "patients": nodes.loc[t, "patients"],
            "direct": net.direct_share.loc[t, g],
            "p_score": score.get(t),
        }
        for t in net.treatments
        if t != g
    ]


def _sorted(lines: list[dict[str, object]], key: str, net: NetworkMeta, labels: Labels) -> list[dict[str, object]]:
    if key == "label":
        return sorted(lines, key=lambda line: name_of(str(line["treatment"]), labels).casefold())
    field = "estimate" if key == "effect" else key
    falling = key != "effect" or net.better == "higher"
    values = {str(line["treatment"]): float(line[field]) for line in lines}  # type: ignore[arg-type]
    unknown = -np.inf if falling else np.inf
    return sorted(
        lines,
        key=lambda line: values[str(line["treatment"])] if np.isfinite(values[str(line["treatment"])]) else unknown,
        reverse=falling,
    )


def _marks(line: dict[str, object], scale: EffectScale, prediction: bool) -> tuple[Mark, ...]:
    estimate, low, high = scale.show([line["estimate"], line["low"], line["high"]]).tolist()
    colour = style.BLUE if float(line["direct"]) > 0 else style.PAPER  # type: ignore[arg-type]
    point = Mark(shape="point", estimate=estimate, low=low, high=high, colour=colour, shift=-0.08 if prediction else 0)
    if not prediction or line["prediction"] is None:
        return (point,)
    ends = scale.show(line["prediction"]).tolist()
    return (point, Mark(shape="bar", low=ends[0], high=ends[1], colour=style.RULE, shift=0.24))


def _cells(line: dict[str, object], scale: EffectScale, labels: Labels) -> dict[str, str]:
    estimate, low, high = scale.show([line["estimate"], line["low"], line["high"]]).tolist()
    score = line["p_score"]
    return {
        "name": name_of(str(line["treatment"]), labels),
        "trials": numbers.count(float(line["trials"])),  # type: ignore[arg-type]
        "patients": patients_text(float(line["patients"])),  # type: ignore[arg-type]
        "direct": share_text(float(line["direct"])),  # type: ignore[arg-type]
        "effect": scale.effect(estimate, (low, high)),
        "p_score": "" if score is None else numbers.fixed(float(score), 2),  # type: ignore[arg-type]
    }


def _reference(net: NetworkMeta) -> dict[str, str]:
    from tmsmeta.networks import geometry

    nodes = geometry(net).nodes.set_index("treatment").to_dict("index")[net.reference]
    return {"trials": numbers.count(nodes["trials"]), "patients": patients_text(nodes["patients"])}


def _notes(net: NetworkMeta, ranking: Ranking | None, prediction: bool, labels: Labels) -> list[str]:
    versus = inside(name_of(net.reference, labels))
    tau2 = "not assessable" if isinstance(net.tau2, NotAssessable) else numbers.general(net.tau2, 2)
    notes = [
        f"{net.k} trials; τ² {tau2}. Direct evidence: its share in the effect against {versus}; open circles rest on "
        "indirect evidence alone."
    ]
    half = net.prediction_half_width
    if prediction:
        level = numbers.tick(100 * net.spec.level)
        notes.append(
            f"Prediction interval: not assessable ({half.reason})."
            if isinstance(half, NotAssessable)
            else f"Grey bars: {level}% prediction intervals."
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
    lines, omitted = _chosen(splits, comparisons)
    scale = scale_of(net.measure, digits=digits)
    rows = [row for line in lines for row in _split_rows(line, scale, labels)]
    ends = [m for row in rows for m in row.marks]
    limits = axis_limits(
        scale,
        [m.estimate for m in ends if m.estimate is not None],
        [m.low for m in ends if m.low is not None],
        [m.high for m in ends if m.high is not None],
        reach=0.6,
    )
    sheet = Sheet(
        left=(
            Column(key="name", header="Comparison", limit=2.4),
            Column(key="trials", header="Trials", align="right"),
            Column(key="direct", header="Direct\nevidence", align="right"),
        ),
        right=(Column(key="effect", header=effect_heading(scale, net.spec.level), align="right"),),
        rows=tuple(rows),
        scale=scale,
        limits=limits,
        null=scale.null,
        favours=("← Favours second", "Favours first →")
        if net.better == "higher"
        else ("← Favours first", "Favours second →"),
        notes=tuple(_split_notes(lines, omitted)),
        title=title,
    )
    return draw_sheet(sheet, ax=ax, wide=width)


def _chosen(splits: pd.DataFrame, comparisons: Sequence[tuple[str, str]] | None) -> tuple[list[dict[str, object]], int]:
    """The lines to draw, and how many comparisons without direct evidence are left out."""
    from tmsmeta.errors import InvalidInputError, Issue

    lines = [{str(k): v for k, v in row.items()} for row in splits.to_dict("records")]
    if comparisons is None:
        kept = [line for line in lines if int(line["k"]) > 0]
        return kept, len(lines) - len(kept)
    at = {frozenset((str(line["treat1"]), str(line["treat2"]))): line for line in lines}
    faults = [
        Issue(i, "comparisons", pair, "is not among the splits.")
        for i, pair in enumerate(comparisons, start=1)
        if frozenset(pair) not in at
    ]
    if faults:
        raise InvalidInputError(faults)
    return [at[frozenset(pair)] for pair in comparisons], 0


_KINDS = (
    ("direct", "Direct", style.BLUE),
    ("indirect", "Indirect", style.PAPER),
)


def _split_rows(line: dict[str, object], scale: EffectScale, labels: Labels) -> list[Row]:
    first, second = (name_of(str(line[c]), labels) for c in ("treat1", "treat2"))
    heading = Row(cells={"name": f"{first} vs {inside(second)}"}, bold=True, gap=0.35)
    rows = [heading]
    for kind, words, colour in _KINDS:
        estimate, low, high = _interval(line, kind, scale)
        mark = Mark(shape="point", estimate=estimate, low=low, high=high, colour=colour)
        empty = not np.isfinite(estimate)
        cells = {"name": f"{_INDENT}{words}", "effect": "none" if empty else scale.effect(estimate, (low, high))}
        if kind == "direct":
            cells |= {"trials": numbers.count(int(line["k"])), "direct": share_text(float(line["direct_share"]))}  # type: ignore[call-overload, arg-type]
        rows.append(Row(cells=cells, marks=() if empty else (mark,), quiet=empty))
    estimate, low, high = _interval(line, "network", scale)
    diamond = Mark(shape="diamond", estimate=estimate, low=low, high=high, colour=style.SKY)
    rows.append(
        Row(cells={"name": f"{_INDENT}Network", "effect": scale.effect(estimate, (low, high))}, marks=(diamond,))
    )
    return [*rows, Row(cells={"name": f"{_INDENT}{_verdict(line)}"}, quiet=True)]


def _interval(line: dict[str, object], kind: str, scale: EffectScale) -> tuple[float, float, float]:
    values = [float(line[c]) for c in (kind, f"{kind}_low", f"{kind}_high")]  # type: ignore[arg-type]
    estimate, low, high = scale.show(values).tolist()
    return estimate, low, high


def _verdict(line: dict[str, object]) -> str:
    p = float(line["p_value"])  # type: ignore[arg-type]
    return f"Direct against indirect: {numbers.p_value(p) if np.isfinite(p) else 'cannot be tested'}"


def _split_notes(lines: list[dict[str, object]], omitted: int) -> list[str]:
    reasons = dict.fromkeys(str(line["note"]) for line in lines if line["note"])
    notes = [f"{reason[:1].upper()}{reason[1:]}." for reason in reasons]
    if omitted:
        verb = "comparison has" if omitted == 1 else "comparisons have"
        notes.append(f"{omitted} further {verb} no trial of its own, so there is no direct evidence to set apart.")
    return [
        "Filled: direct; open: indirect; diamond: network. p: test that direct and indirect evidence agree.",
        *notes,
    ]
