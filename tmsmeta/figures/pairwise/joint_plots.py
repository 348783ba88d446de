"""Joint models: two outcomes against each other, and what each outcome gains from the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.figures import keys
from tmsmeta.figures.axes import EffectScale, axis_limits, fit_ticks, scale_of
from tmsmeta.figures.pairwise.forest_data import as_study, graph_limits
from tmsmeta.figures.room import Width, paper_width
from tmsmeta.figures.style import BLUE, MUTED, ORANGE, SMALL, TWO_COLUMNS, axes_or_new, styled
from tmsmeta.figures.table_plot.description import Column, Mark, Row, Sheet
from tmsmeta.figures.table_plot.draw import draw_sheet
from tmsmeta.words.names import heading, listed
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.models.multivariate import JointEffect

_SIDE = 0.62 * TWO_COLUMNS
_NARROW = 5.0
"""Inches below which a forest of outcomes has no room for all its columns."""
_GAIN = "Information from other outcomes"


@styled
def joint_regions(
    result: JointEffect,
    first: str = "",
    second: str = "",
    *,
    ax: Axes | None = None,
    title: str = "",
    width: Width | None = None,
) -> Axes:
    """Draw two outcomes against each other: studies with both, the pooled pair, its confidence and prediction region.

    Args:
        result: from :func:`tmsmeta.joint`.
        first, second: outcomes on the horizontal and the upright axis; by default the first two.
        ax: the axes to use; a new figure without it.
        title: heading.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches.

    Returns:
        The axes: x is the first outcome, y the second.

    Raises:
        InvalidInputError: something else than what :func:`tmsmeta.joint` gives, or a width that is none.
        UnknownOptionError: an outcome that the result does not have.

    Example:
        >>> import tmsmeta as tm
        >>> n = {"n_t": [60, 52, 45, 44], "n_c": [61, 50, 46, 45]}
        >>> response = tm.effects.binary("RR", events_t=[22, 18, 20, 19], events_c=[9, 8, 12, 11], **n)
        >>> remission = tm.effects.binary("RR", events_t=[12, 8, 9, 10], events_c=[6, 5, 4, 6], **n)
        >>> result = tm.joint({"response": response, "remission": remission}, nested=["response", "remission"])
        >>> ax = tm.figures.joint_regions(result)
    """
    first, second = first or result.outcomes[0], second or result.outcomes[1]
    regions = {what: result.region(first, second, what=what) for what in ("prediction", "confidence")}
    pair = [result.outcomes.index(first), result.outcomes.index(second)]
    scales = [scale_of(result.effects.measure[j]) for j in pair]
    wide = paper_width(width, 1.05 * _SIDE)
    drawn = axes_or_new(ax, wide, min(wide, _SIDE) / 1.05)
    both = result.effects.reported[:, pair].all(axis=1)
    studies = [s.show(result.effects.yi[both, j]) for s, j in zip(scales, pair, strict=True)]
    drawn.plot(*studies, ls="", marker="o", ms=4, color=MUTED, zorder=3, gid="studies")
    handles: list[Any] = [keys.dot("Studies with both", MUTED, size=4.0)]
    styles = {"confidence": (ORANGE, "-"), "prediction": (BLUE, "--")}
    for what, border in regions.items():
        shown = [s.show(border[:, i]) for i, s in enumerate(scales)]
        colour, line = styles[what]
        drawn.plot(*shown, color=colour, ls=line, lw=1.3, zorder=2, gid=what)
        handles.append(keys.line(f"{FIGURE.level(result.spec.level)} {what} region", colour, style=line, weight=1.3))
    centre = [s.show(result.estimate[[j]]) for s, j in zip(scales, pair, strict=True)]
    drawn.plot(*centre, ls="", marker="D", ms=5, color=ORANGE, zorder=4, gid="pooled")
    handles.append(keys.dot("Pooled", ORANGE, marker="D", size=5.0))
    for i, (which, scale, name) in enumerate(zip(("x", "y"), scales, (first, second), strict=True)):
        border = scale.show(regions["prediction"][:, i])
        _axis(drawn, "x" if which == "x" else "y", scale, name, [*border.tolist(), *studies[i].tolist()])
    if any(scale.null is not None for scale in scales):
        handles.append(keys.line("No effect", MUTED, weight=0.8))
    keys.key_below(drawn, handles, own=ax is None)
    if title:
        drawn.set_title(title)
    return drawn


def _axis(ax: Axes, which: str, scale: EffectScale, name: str, values: list[float]) -> None:
    limits = axis_limits(scale, values, [], [])
    getattr(ax, f"set_{which}scale")("log" if scale.log else "linear")
    getattr(ax, f"set_{which}lim")(*limits)
    fit_ticks(ax, scale, limits, 0.8 * _SIDE, SMALL, "x" if which == "x" else "y")
    getattr(ax, f"set_{which}label")(f"{scale.label}, {name}")
    if scale.null is not None:
        (ax.axvline if which == "x" else ax.axhline)(scale.null, color=MUTED, lw=0.8, zorder=1, gid="no effect")


@styled
def borrowing_forest(
    result: JointEffect, *, ax: Axes | None = None, title: str = "", width: Width | None = None
) -> Axes:
    """Draw each outcome pooled alone and jointly, with what share of its information comes from the other outcomes.

    Args:
        result: from :func:`tmsmeta.joint`.
        ax: the axes to use; a new figure without it.
        title: heading.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, which is kept. Below 5 inches the numbers of
            studies are left out, and the shares stand in a note. By default two columns, or more where text needs it.

    Returns:
        The axes of the graph, on a log scale for ratios.

    Raises:
        InvalidInputError: outcomes on measures that differ, which have no common axis, or a width too small.

    Example:
        >>> import tmsmeta as tm
        >>> n = {"n_t": [60, 52, 45, 44], "n_c": [61, 50, 46, 45]}
        >>> response = tm.effects.binary("RR", events_t=[22, 18, 20, 19], events_c=[9, 8, 12, 11], **n)
        >>> remission = tm.effects.binary("RR", events_t=[12, 8, 9, 10], events_c=[6, 5, 4, 6], **n)
        >>> result = tm.joint({"response": response, "remission": remission}, nested=["response", "remission"])
        >>> ax = tm.figures.borrowing_forest(result)
    """
    measures = list(dict.fromkeys(result.effects.measure))
    if len(measures) > 1:
        message = "must be the same for all outcomes, which share one axis."
        raise InvalidInputError(Issue(None, "measure", ", ".join(measures), message))
    scale = scale_of(measures[0])
    rows: list[Row] = []
    alone = result.separate()
    for j, name in enumerate(result.outcomes):
        pooled = alone[name]
        ends = pooled.ci if isinstance(pooled.ci, tuple) else (np.nan, np.nan)
        own = (pooled.estimate, *ends)
        joint = (result.estimate[j], result.ci_low[j], result.ci_high[j])
        rows += [
            _row(scale, {"outcome": heading(name), "how": "alone", "k": str(pooled.k)}, own, BLUE),
            _row(
                scale,
                {"how": "jointly", "k": str(result.effects.k), "gain": f"{FIGURE.number(result.borrowing[j], 0)}%"},
                joint,
                ORANGE,
            ),
        ]
    drawn = [as_study(m) for row in rows for m in row.marks]
    narrow = ax is None and paper_width(width, TWO_COLUMNS) < _NARROW
    shares = [
        f"{name} {FIGURE.number(share, 0)}%" for name, share in zip(result.outcomes, result.borrowing, strict=True)
    ]
    left = (
        Column(key="outcome", header="Outcome", limit=1.8),
        Column(key="how", header="Pooled"),
        Column(key="k", header="Studies", align="right"),
    )
    right = (
        Column(key="effect", header=f"{scale.label}\n({FIGURE.level(result.spec.level)} CI)", align="right"),
        Column(key="gain", header=_GAIN.replace("from ", "from\n"), align="right"),
    )
    sheet = Sheet(
        scale=scale,
        rows=tuple(rows),
        left=left[:2] if narrow else left,
        right=right[:1] if narrow else right,
        limits=graph_limits(scale, drawn, []),
        null=scale.null,
        title=title,
        notes=(f"{_GAIN}: {listed(shares)}.",) if narrow else (),
    )
    return draw_sheet(sheet, ax=ax, wide=width)


def _row(scale: EffectScale, cells: dict[str, str], values: tuple[float, float, float], colour: str) -> Row:
    estimate, low, high = (float(scale.show(value)) for value in values)
    known = bool(np.isfinite(low) and np.isfinite(high))
    ends = (low, high) if known else (None, None)
    mark = Mark(shape="point", estimate=estimate, low=ends[0], high=ends[1], colour=colour)
    return Row(cells=cells | {"effect": scale.effect(estimate, (low, high))}, marks=(mark,))
