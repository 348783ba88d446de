"""The forest of sensitivity analyses: one question answered in several ways, one diamond a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable, check_option
from tmsmeta.figures.axes import EffectScale, scale_for
from tmsmeta.figures.pairwise.forest_data import as_study, graph_limits, read_pooled
from tmsmeta.figures.pairwise.forest_parts import arm_names, direction_labels
from tmsmeta.figures.room import Width, room_for
from tmsmeta.figures.style import BLUE, ORANGE, styled
from tmsmeta.figures.table_plot.description import Column, Mark, Row, Sheet
from tmsmeta.figures.table_plot.draw import draw_pages, draw_sheet
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.figures.pairwise.forest_data import Pool

_NARROW = 4.0
"""Inches up to which intervals stand below their estimates."""
_KEY = "k: number of studies. Bold: the main analysis; the dashed line is its estimate."


@styled
def sensitivity_forest(
    results: Mapping[str, Pool | NotAssessable],
    *,
    main: str | None = None,
    ax: Axes | None = None,
    better: str | None = None,
    treated: str = "",
    comparator: str = "",
    favours: tuple[str, str] | None = None,
    title: str = "",
    label: str | None = None,
    per: float | None = None,
    digits: int | None = None,
    width: Width | None = None,
) -> Axes:
    """Draw the pooled effects of several analyses of one question, the main one marked.

    Args:
        results: pooled effects of one measure by the name of the analysis, in the order of the lines; an analysis that
            gave none has its reason in its place.
        main: name of the main analysis; the first one by default.
        ax: the axes to use; a new figure without it.
        better: ``higher`` or ``lower``, the direction in which the outcome is good; gives the "favours" labels.
        treated, comparator: names of the arms in these labels; by default those that the effects carry.
        favours: these labels in other words, left and right.
        title: heading.
        label: heading of the effect.
        per: people or patient-time that proportions (100 by default) and rates (1) refer to, such as 1000.
        digits: decimals of effects.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, of a new figure; by default ``double``.

    Returns:
        The axes of the graph; artists are named by ``gid`` as in :func:`forest`.

    Raises:
        InvalidInputError: no analysis with a pooled effect, analyses of several measures, or `per` for a measure that
            is no proportion and no rate.
        UnknownOptionError: a `main` that is no analysis, or an unknown `better`.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> analyses = {"REML": tm.pool(trials), "DL": tm.pool(trials, tau2="DL", ci="z")}
        >>> ax = tm.figures.sensitivity_forest(analyses, better="higher")
    """
    sheet = _sheet(results, room_for(ax, width), main=main, better=better, treated=treated, comparator=comparator,
                   favours=favours, title=title, label=label, per=per, digits=digits)  # fmt: skip
    return draw_sheet(sheet, ax=ax, wide=width)


@styled
def sensitivity_pages(
    results: Mapping[str, Pool | NotAssessable], *, width: Width | None = "double", **choices: Any
) -> tuple[Axes, ...]:
    """Draw a forest of analyses on as many pages as it needs, none higher than the text on a page of A4 (247 mm).

    Every page has the headings, the columns and the axis of the whole. :func:`save` writes them as ``name-1``,
    ``name-2`` and so on.

    Args:
        results: pooled effects of one measure by the name of the analysis, as in :func:`sensitivity_forest`.
        width: ``single`` (85 mm), ``double`` (170 mm, the default) or inches.
        **choices: the other choices of :func:`sensitivity_forest`, but for `ax`.

    Returns:
        The axes of the graph of each page, one page where that is enough.

    Raises:
        InvalidInputError: as of :func:`sensitivity_forest`, or a row that is higher than a page.
        UnknownOptionError: a `main` that is no analysis, or an unknown `better`.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> analyses = {"REML": tm.pool(trials), "DL": tm.pool(trials, tau2="DL", ci="z")}
        >>> len(tm.figures.sensitivity_pages(analyses, better="higher"))
        1
    """
    return draw_pages(_sheet(results, room_for(None, width), **choices), wide=width)


def _sheet(
    results: Mapping[str, Pool | NotAssessable],
    inches: float,
    *,
    main: str | None = None,
    better: str | None = None,
    treated: str = "",
    comparator: str = "",
    favours: tuple[str, str] | None = None,
    title: str = "",
    label: str | None = None,
    per: float | None = None,
    digits: int | None = None,
) -> Sheet:
    """What the figure shows on paper so many inches wide; arguments as in :func:`sensitivity_forest`."""
    names = list(results)
    chosen = (names or [""])[0] if main is None else main
    pooled = _of_one_measure(results, chosen)
    check_option("main", chosen, names)
    first = results[chosen]
    leading = next(iter(pooled.values())) if isinstance(first, NotAssessable) else first
    scale = scale_for(leading.effects, per=per, digits=digits, label=label)
    stacked = inches < _NARROW
    rows = [_row(scale, name, result, main=name == chosen, stacked=stacked) for name, result in results.items()]
    middle = None if isinstance(first, NotAssessable) else read_pooled(first, scale).estimate
    return Sheet(
        scale=scale,
        rows=tuple(rows),
        left=(Column(key="study", header="Analysis", limit=2.4), Column(key="k", header="k", align="decimal")),
        right=(Column(key="effect", header=f"{scale.label}\n({_level(pooled)}CI)", align="decimal"),),
        limits=graph_limits(scale, [as_study(m) for row in rows for m in row.marks], []),
        pooled=middle if middle is not None and middle == middle else None,
        null=scale.null,
        favours=direction_labels(favours, better, *arm_names(leading.effects, treated, comparator)),
        notes=(_KEY,),
        title=title,
    )


def _of_one_measure(results: Mapping[str, Pool | NotAssessable], main: str) -> Mapping[str, Pool]:
    """The analyses that gave an effect."""
    found = {name: result for name, result in results.items() if not isinstance(result, NotAssessable)}
    if not found:
        raise InvalidInputError(Issue(None, "results", list(results), "must hold a pooled effect to draw."))
    measure = found.get(main, next(iter(found.values()))).effects.measure
    issues = [
        Issue(name, "results", result.effects.measure, f"must be on the scale of the main analysis, {measure}.")
        for name, result in found.items()
        if result.effects.measure != measure
    ]
    if issues:
        raise InvalidInputError(issues, "One axis shows one measure; draw a figure for each")
    return found


def _level(pooled: Mapping[str, Pool]) -> str:
    """The confidence level with a blank, where all analyses share one."""
    levels = {result.spec.level for result in pooled.values()}
    return f"{FIGURE.level(levels.pop())} " if len(levels) == 1 else ""


def _row(scale: EffectScale, name: str, result: Pool | NotAssessable, *, main: bool, stacked: bool) -> Row:
    estimate = result if isinstance(result, NotAssessable) else result.estimate
    if isinstance(result, NotAssessable) or isinstance(estimate, NotAssessable):
        reason = estimate.reason if isinstance(estimate, NotAssessable) else ""
        return Row(cells={"study": f"{name}: not assessable ({reason})"}, quiet=True)
    shown = read_pooled(result, scale)
    low, high = (None, None) if isinstance(shown.ci, NotAssessable) else shown.ci
    mark = Mark(shape="diamond", estimate=shown.estimate, low=low, high=high, colour=ORANGE if main else BLUE)
    effect = scale.effect(shown.estimate, shown.ci)
    cells = {"study": name, "k": FIGURE.count(result.k), "effect": effect.replace(" (", "\n(") if stacked else effect}
    return Row(cells=cells, marks=(mark,), bold=main)
