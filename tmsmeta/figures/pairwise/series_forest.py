"""Forests of a series of pooled effects: without each study in turn, or with one study more at a time."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.effects.measures import MEASURES
from tmsmeta.figures.axes import EffectScale, scale_for
from tmsmeta.figures.pairwise.forest_data import as_study, graph_limits
from tmsmeta.figures.pairwise.forest_parts import arm_names, direction_labels
from tmsmeta.figures.style import BLUE, ORANGE, styled
from tmsmeta.figures.table_plot.description import Column, Mark, Row, Sheet
from tmsmeta.figures.table_plot.draw import draw_sheet
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.pooling import PooledEffect


@styled
def leave_one_out_forest(
    table: pd.DataFrame,
    result: PooledEffect,
    *,
    ax: Axes | None = None,
    favours: tuple[str, str] | None = None,
    better: str | None = None,
    title: str = "",
    per: float | None = None,
) -> Axes:
    """Draw the pooled effect without each study, and with all of them.

    Args:
        table: from :func:`tmsmeta.leave_one_out`.
        result: all studies pooled by the same spec, from :func:`tmsmeta.pool`.
        ax: the place to use; a new figure without it.
        favours: words under the left and the right end of the axis.
        better: ``higher`` or ``lower``, the direction in which the outcome is good; gives these words by default.
        title: heading.
        per: people or patient-time that proportions (100 by default) and rates (1) refer to, such as 1000.

    Raises:
        InvalidInputError: `per` for a measure that is no proportion and no rate.
        UnknownOptionError: an unknown `better`.
    """
    words = direction_labels(favours, better, *arm_names(result.effects))
    return _series(table, result, "without", ax=ax, favours=words, title=title, per=per)


@styled
def cumulative_forest(
    table: pd.DataFrame,
    result: PooledEffect,
    *,
    ax: Axes | None = None,
    favours: tuple[str, str] | None = None,
    better: str | None = None,
    title: str = "",
    per: float | None = None,
) -> Axes:
    """Draw how the pooled effect changed as studies came in.

    Args:
        table: from :func:`tmsmeta.cumulative`, in its order.
        result: all studies pooled by the same spec, from :func:`tmsmeta.pool`.
        ax: the place to use; a new figure without it.
        favours: words under the left and the right end of the axis.
        better: ``higher`` or ``lower``, the direction in which the outcome is good; gives these words by default.
        title: heading.
        per: people or patient-time that proportions (100 by default) and rates (1) refer to, such as 1000.

    Raises:
        InvalidInputError: `per` for a measure that is no proportion and no rate.
        UnknownOptionError: an unknown `better`.
    """
    words = direction_labels(favours, better, *arm_names(result.effects))
    return _series(table, result, "adding", ax=ax, favours=words, title=title, per=per)


def _series(
    table: pd.DataFrame,
    result: PooledEffect,
    way: Literal["without", "adding"],
    *,
    ax: Axes | None,
    favours: tuple[str, str] | None,
    title: str,
    per: float | None,
) -> Axes:
    scale = scale_for(result.effects, per=per)
    rows = [_row(scale, line, way) for line in table.to_dict("records")]
    pooled = float(scale.show(result.estimate))
    if way == "without":
        ends = result.ci if isinstance(result.ci, tuple) else (np.nan, np.nan)
        whole: dict[Hashable, Any] = {
            "study": "All studies",
            "estimate": result.estimate,
            "ci_low": ends[0],
            "ci_high": ends[1],
        }
        rows.append(_row(scale, whole | {"i2": result.i2, "note": ""}, way, last=True))
    drawn = [as_study(m) for row in rows for m in row.marks]
    left = (
        Column(key="study", header="Without" if way == "without" else "Adding", limit=2.4),
        Column(key="i2", header="I²", align="decimal"),
    )
    sheet = Sheet(
        scale=scale,
        rows=tuple(rows),
        left=left,
        right=(Column(key="effect", header=f"{scale.label}\n({FIGURE.level(result.spec.level)} CI)", align="decimal"),),
        limits=graph_limits(scale, drawn, []),
        pooled=pooled,
        null=scale.null,
        favours=favours,
        title=title,
    )
    return draw_sheet(sheet, ax=ax)


def _row(scale: EffectScale, line: Mapping[Hashable, Any], way: str, *, last: bool = False) -> Row:
    estimate, low, high = _axis_values(scale, line)
    i2 = line.get("i2")
    cells = {
        "study": str(line["study"]),
        "i2": f"{FIGURE.share(i2 / 100, 0)}%" if isinstance(i2, float) and i2 == i2 else "",
    }
    if not np.isfinite(estimate):
        return Row(cells=cells | {"effect": str(line.get("note") or "not assessable")})
    cells["effect"] = scale.effect(estimate, (low, high))
    known = bool(np.isfinite(low) and np.isfinite(high))
    mark = Mark(
        shape="diamond" if last and known else "point",
        estimate=estimate,
        low=low if known else None,
        high=high if known else None,
        colour=ORANGE if last else BLUE,
    )
    return Row(cells=cells, marks=(mark,), bold=last, rule=last)


def _axis_values(scale: EffectScale, line: Mapping[Hashable, Any]) -> tuple[float, ...]:
    """Estimate and limits: as the table brought them back, at the sizes of the studies of its row, where it did."""
    name = MEASURES[scale.measure].natural_name
    if name in line:
        return tuple(float(line[f"{name}{end}"]) for end in ("", "_low", "_high"))
    return tuple(float(scale.show(line[column])) for column in ("estimate", "ci_low", "ci_high"))
