"""The forest plot of a pairwise meta-analysis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from tmsmeta.errors import check_option
from tmsmeta.figures.axes import scale_for
from tmsmeta.figures.pairwise.forest_parts import arm_names, direction_labels, extra_columns_of, parts_of
from tmsmeta.figures.pairwise.forest_styles import LAYOUTS
from tmsmeta.figures.pairwise.forest_table import ForestTable
from tmsmeta.figures.pairwise.risk_of_bias import bias_table
from tmsmeta.figures.room import Width
from tmsmeta.figures.style import styled
from tmsmeta.figures.table_plot.draw import draw_pages, draw_sheet

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.figures.pairwise.forest_data import Pool
    from tmsmeta.figures.table_plot.description import Sheet
    from tmsmeta.models.regression import Subgroups
    from tmsmeta.pooling import PooledEffect


@styled
def forest(
    result: Pool | Subgroups,
    *,
    ax: Axes | None = None,
    figure: FigureBase | None = None,
    layout: str = "tmsmeta",
    treated: str = "",
    comparator: str = "",
    better: str | None = None,
    favours: tuple[str, str] | None = None,
    subgroups: Subgroups | None = None,
    overall: PooledEffect | None = None,
    sort: str | None = None,
    extra_columns: Mapping[str, Any] | None = None,
    tier: Any = None,
    risk_of_bias: pd.DataFrame | None = None,
    prediction: bool = True,
    xlim: tuple[float, float] | None = None,
    label: str | None = None,
    per: float | None = None,
    digits: int | None = None,
    title: str = "",
    size: float | None = None,
    width: Width | None = None,
) -> Axes:
    """Draw studies, pooled effect and heterogeneity as a table with a graph.

    Args:
        result: a pooled effect, of a model on counts too, or the result of ``subgroups``.
        ax: the axes to use; table and graph fill its area. Without `ax` and `figure` a new figure is made, as large
            as the table needs, and ``axes.figure`` is it.
        figure: a figure or subfigure to fill.
        layout: ``tmsmeta``, ``revman``, ``bmj`` or ``jama``.
        treated, comparator: names of the arms; by default those that the effects carry, else Treatment and Control.
        better: ``higher`` or ``lower``, the direction in which the outcome is good; gives the "favours" labels.
        favours: these labels in other words, left and right.
        subgroups: subgroups to show above the pooled effect `result`.
        overall: the effect pooled over all subgroups, where `result` is the subgroups; by default its own.
        sort: ``study``, ``estimate``, ``weight`` or the name of an extra column; a minus in front turns it round.
        extra_columns: further columns by heading. Each is paired with the studies by key where it has keys: a mapping
            by study label, a Series or one-column table whose index or column ``study`` holds the labels, in any order
            and without a study missing or too many. A list, an array or a Series with a default or row index is paired
            by position, with one value for each study that has an estimate, in the order of the effects that were
            pooled, whatever order the plot shows them in.
        tier: the tier of each study, paired in the same way.
        risk_of_bias: table with a column of judgements for each domain, and the labels of exactly these studies in a
            column ``study`` or its index.
        prediction: whether the prediction interval is shown.
        xlim: limits of the graph in shown units (ratios, differences; proportions as 0 to 1).
        label: heading of the effect.
        per: people or patient-time that proportions (100 by default) and rates (1) refer to, such as 1000.
        digits: decimals of effects.
        title: heading.
        size: font size in points.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, of a new figure, which is kept: by text of 7 points;
            names in several lines; sentences below the table; and columns left out, which a note says: those of
            `extra_columns` from the last, the tier, judgements of bias, weights, the arms. By default two columns, or
            more where the text needs it.

    Returns:
        The axes of the graph, on a log scale for ratios. Rows count downwards from 0. Artists are named by ``gid``:
        ``squares``, ``whiskers``, ``diamond``, ``prediction``, ``clipped low``, ``clipped high``.

    Raises:
        InvalidInputError: columns that do not fit the studies, unknown judgements or sort keys, an `ax` or a `width`
            too small, or `per` for a measure that is no proportion and no rate.
        UnknownOptionError: an unknown `layout` or `better`.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.binary("RR", [12, 8, 9], [60, 52, 44], [6, 5, 4], [61, 50, 45], study=["A", "B", "C"])
        >>> ax = tm.figures.forest(tm.pool(trials), treated="drug", comparator="placebo", better="higher")
        >>> [file.name for file in tm.figures.save(ax, "forest", formats=["svg"])]
        ['forest.svg']
    """
    sheet = _sheet(result, layout=layout, treated=treated, comparator=comparator, better=better, favours=favours,
                   subgroups=subgroups, overall=overall, sort=sort, extra_columns=extra_columns, tier=tier,
                   risk_of_bias=risk_of_bias, prediction=prediction, xlim=xlim, label=label, per=per, digits=digits,
                   title=title)  # fmt: skip
    if ax is None and figure is not None:
        ax = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    return draw_sheet(sheet, ax=ax, size=size, wide=width)


@styled
def forest_pages(
    result: Pool | Subgroups, *, size: float | None = None, width: Width | None = "double", **choices: Any
) -> tuple[Axes, ...]:
    """Draw a forest plot on as many pages as it needs, none higher than the text on a page of A4 (247 mm).

    Every page has the headings, the columns and the axis of the whole; pooled effects and notes stand on the last one.
    :func:`save` writes them as ``name-1``, ``name-2`` and so on.

    Args:
        result: a pooled effect, of a model on counts too, or the result of ``subgroups``.
        size: font size in points.
        width: ``single`` (85 mm), ``double`` (170 mm, the default) or inches.
        **choices: the other choices of :func:`forest`, but for `ax` and `figure`.

    Returns:
        The axes of the graph of each page, one page where that is enough.

    Raises:
        InvalidInputError: as of :func:`forest`, or a row that is higher than a page.
        UnknownOptionError: an unknown `layout` or `better`.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.binary("RR", [12, 8, 9], [60, 52, 44], [6, 5, 4], [61, 50, 45], study=["A", "B", "C"])
        >>> len(tm.figures.forest_pages(tm.pool(trials), better="higher"))
        1
    """
    return draw_pages(_sheet(result, **choices), size=size, wide=width)


def _sheet(
    result: Pool | Subgroups,
    *,
    layout: str = "tmsmeta",
    treated: str = "",
    comparator: str = "",
    better: str | None = None,
    favours: tuple[str, str] | None = None,
    subgroups: Subgroups | None = None,
    overall: PooledEffect | None = None,
    sort: str | None = None,
    extra_columns: Mapping[str, Any] | None = None,
    tier: Any = None,
    risk_of_bias: pd.DataFrame | None = None,
    prediction: bool = True,
    xlim: tuple[float, float] | None = None,
    label: str | None = None,
    per: float | None = None,
    digits: int | None = None,
    title: str = "",
) -> Sheet:
    """What a forest plot shows; arguments as in :func:`forest`."""
    check_option("layout", layout, list(LAYOUTS))
    parts = parts_of(result, subgroups, overall)
    first, labels, also = parts.overall, parts.rows.study.tolist(), parts.left_out
    arms = arm_names(first.effects, treated, comparator)
    table = ForestTable(
        parts=parts,
        layout=LAYOUTS[layout],
        scale=scale_for(first.effects, per=per, digits=digits, label=label),
        arms=arms,
        extra=extra_columns_of(labels, also, extra_columns, tier),
        bias=None if risk_of_bias is None else bias_table(risk_of_bias, labels, also),
        prediction=prediction and hasattr(first.spec, "prediction"),
        sort=sort,
    )
    return table.sheet(xlim, direction_labels(favours, better, *arms), title)
