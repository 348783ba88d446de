"""Forests of a series of pooled effects: without each study in turn, or with one study more at a time."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.effects.measures import MEASURES
from tmsmeta.figures.axes import EffectScale, scale_for
from tmsmeta.figures.pairwise.forest_data import as_study, graph_limits
from tmsmeta.figures.pairwise.forest_parts import arm_names, direction_labels
from tmsmeta.figures.room import Width
from tmsmeta.figures.style import BLUE, ORANGE, styled
from tmsmeta.figures.table_plot.description import Column, Mark, Row, Sheet
from tmsmeta.figures.table_plot.draw import draw_pages, draw_sheet
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
    better: str | None = None,
    treated: str = "",
    comparator: str = "",
    favours: tuple[str, str] | None = None,
    title: str = "",
    per: float | None = None,
    width: Width | None = None,
) -> Axes:
    """Draw the pooled effect without each study, and with all of them.

    Args:
        table: from :func:`tmsmeta.leave_one_out`.
        result: all studies pooled by the same spec, from :func:`tmsmeta.pool`.
        ax: the axes to use; a new figure without it.
        better: ``higher`` or ``lower``, the direction in which the outcome is good; gives the "favours" labels.
        treated, comparator: names of the arms in these labels; by default those that the effects carry.
        favours: these labels in other words, left and right.
        title: heading.
        per: people or patient-time that proportions (100 by default) and rates (1) refer to, such as 1000.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, of a new figure, which is kept, if need be without I2,
            patients and studies so far; by default ``double``.

    Returns:
        The axes of the graph; artists are named by ``gid`` as in :func:`forest`.

    Raises:
        InvalidInputError: `per` for a measure that is no proportion and no rate, or a `width` too small.
        UnknownOptionError: an unknown `better`.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> ax = tm.figures.leave_one_out_forest(tm.leave_one_out(trials), tm.pool(trials), better="higher")
    """
    sheet = _series(table, result, "without", better=better, treated=treated, comparator=comparator, favours=favours,
                    title=title, per=per)  # fmt: skip
    return draw_sheet(sheet, ax=ax, wide=width)


@styled
def leave_one_out_pages(
    table: pd.DataFrame, result: PooledEffect, *, width: Width | None = "double", **choices: Any
) -> tuple[Axes, ...]:
    """Draw a leave-one-out forest on as many pages as it needs, none higher than the text on a page of A4 (247 mm).

    Every page has the headings, the columns and the axis of the whole; all studies together stand on the last one.
    :func:`save` writes them as ``name-1``, ``name-2`` and so on.

    Args:
        table: from :func:`tmsmeta.leave_one_out`.
        result: all studies pooled by the same spec, from :func:`tmsmeta.pool`.
        width: ``single`` (85 mm), ``double`` (170 mm, the default) or inches.
        **choices: the other choices of :func:`leave_one_out_forest`, but for `ax`.

    Returns:
        The axes of the graph of each page, one page where that is enough.

    Raises:
        InvalidInputError: as of :func:`leave_one_out_forest`, or a row that is higher than a page.
        UnknownOptionError: an unknown `better`.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> len(tm.figures.leave_one_out_pages(tm.leave_one_out(trials), tm.pool(trials), better="higher"))
        1
    """
    return draw_pages(_series(table, result, "without", **choices), wide=width)


@styled
def cumulative_forest(
    table: pd.DataFrame,
    result: PooledEffect,
    *,
    ax: Axes | None = None,
    better: str | None = None,
    treated: str = "",
    comparator: str = "",
    favours: tuple[str, str] | None = None,
    title: str = "",
    per: float | None = None,
    width: Width | None = None,
) -> Axes:
    """Draw how the pooled effect changed as studies came in.

    Args:
        table: from :func:`tmsmeta.cumulative`, in its order.
        result: all studies pooled by the same spec, from :func:`tmsmeta.pool`.
        ax: the axes to use; a new figure without it.
        better: ``higher`` or ``lower``, the direction in which the outcome is good; gives the "favours" labels.
        treated, comparator: names of the arms in these labels; by default those that the effects carry.
        favours: these labels in other words, left and right.
        title: heading.
        per: people or patient-time that proportions (100 by default) and rates (1) refer to, such as 1000.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, of a new figure, which is kept, if need be without I2,
            patients and studies so far; by default ``double``.

    Returns:
        The axes of the graph; artists are named by ``gid`` as in :func:`forest`.

    Raises:
        InvalidInputError: `per` for a measure that is no proportion and no rate, or a `width` too small.
        UnknownOptionError: an unknown `better`.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> table = tm.cumulative(trials, [2012, 2019, 2008, 2015])
        >>> ax = tm.figures.cumulative_forest(table, tm.pool(trials), better="higher")
    """
    sheet = _series(table, result, "adding", better=better, treated=treated, comparator=comparator, favours=favours,
                    title=title, per=per)  # fmt: skip
    return draw_sheet(sheet, ax=ax, wide=width)


@styled
def cumulative_pages(
    table: pd.DataFrame, result: PooledEffect, *, width: Width | None = "double", **choices: Any
) -> tuple[Axes, ...]:
    """Draw a cumulative forest on as many pages as it needs, none higher than the text on a page of A4 (247 mm).

    Every page has the headings, the columns and the axis of the whole.
    :func:`save` writes them as ``name-1``, ``name-2`` and so on.

    Args:
        table: from :func:`tmsmeta.cumulative`, in its order.
        result: all studies pooled by the same spec, from :func:`tmsmeta.pool`.
        width: ``single`` (85 mm), ``double`` (170 mm, the default) or inches.
        **choices: the other choices of :func:`cumulative_forest`, but for `ax`.

    Returns:
        The axes of the graph of each page, one page where that is enough.

    Raises:
        InvalidInputError: as of :func:`cumulative_forest`, or a row that is higher than a page.
        UnknownOptionError: an unknown `better`.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> len(tm.figures.cumulative_pages(tm.cumulative(trials), tm.pool(trials), better="higher"))
        1
    """
    return draw_pages(_series(table, result, "adding", **choices), wide=width)


def _series(
    table: pd.DataFrame,
    result: PooledEffect,
    way: Literal["without", "adding"],
    *,
    better: str | None = None,
    treated: str = "",
    comparator: str = "",
    favours: tuple[str, str] | None = None,
    title: str = "",
    per: float | None = None,
) -> Sheet:
    """What such a forest shows; arguments as in :func:`leave_one_out_forest`."""
    scale = scale_for(result.effects, per=per)
    lines = table.to_dict("records")
    patients = _patients(result, [str(line["study"]) for line in lines], way)
    rows = [_row(scale, line | {"patients": n}) for line, n in zip(lines, patients, strict=True)]
    if way == "without":
        ends = result.ci if isinstance(result.ci, tuple) else (np.nan, np.nan)
        whole: dict[Hashable, Any] = {"study": "All studies", "estimate": result.estimate, "i2": result.i2, "note": ""}
        whole |= {"ci_low": ends[0], "ci_high": ends[1], "k": result.k, "patients": sum(_sizes(result).values())}
        rows.append(_row(scale, whole, last=True))
    return Sheet(
        scale=scale,
        rows=tuple(rows),
        left=tuple(_columns(way, known=any(row.cells["patients"] for row in rows))),
        right=(Column(key="effect", header=f"{scale.label}\n({FIGURE.level(result.spec.level)} CI)", align="decimal"),),
        drop=(("I²", ("i2",)), ("patients", ("patients",)), ("numbers of studies", ("k",))),
        limits=graph_limits(scale, [as_study(m) for row in rows for m in row.marks], []),
        pooled=float(scale.show(result.estimate)),
        null=scale.null,
        favours=direction_labels(favours, better, *arm_names(result.effects, treated, comparator)),
        title=title,
    )


def _columns(way: str, *, known: bool) -> Iterator[Column]:
    """Those left of the graph; `known`: whether sizes of studies are."""
    yield Column(key="study", header="Without" if way == "without" else "Adding", limit=2.4)
    yield Column(key="k", header="Studies", align="decimal")
    if known:
        yield Column(key="patients", header="Patients", align="decimal")
    yield Column(key="i2", header="I²", align="decimal")


def _sizes(result: PooledEffect) -> Mapping[str, float]:
    """Patients of each study; none where the effects do not tell all of them, or two studies share a label."""
    effects = result.effects
    arms = [effects.inputs[name] for name in ("n_t", "n_c", "n") if name in effects.inputs]
    sizes = np.sum(arms, axis=0) if arms else np.full(effects.k, np.nan)
    labels = effects.study.tolist()
    whole = len(set(labels)) == effects.k and bool(np.isfinite(sizes).all())
    return dict(zip(labels, sizes.tolist(), strict=True)) if whole else {}


def _patients(result: PooledEffect, studies: Sequence[str], way: str) -> list[float]:
    """Patients behind each line: of all studies but one, or of those so far; NaN where they are not known."""
    sizes = _sizes(result)
    if not set(studies) <= set(sizes):
        return [np.nan] * len(studies)
    own = [sizes[study] for study in studies]
    return list(accumulate(own)) if way == "adding" else [sum(sizes.values()) - n for n in own]


def _row(scale: EffectScale, line: Mapping[Hashable, Any], *, last: bool = False) -> Row:
    estimate, low, high = _axis_values(scale, line)
    i2 = line.get("i2")
    cells = {
        "study": str(line["study"]),
        "k": FIGURE.count(line.get("k", np.nan)),
        "patients": FIGURE.count(line.get("patients") or np.nan),
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
