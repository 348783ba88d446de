"""Rankograms with cumulative curves: one panel per treatment, each with its SUCRA, effect and evidence."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from math import ceil
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase, SubFigure

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.figures import style
from tmsmeta.figures.axes import EffectScale, scale_of, set_ticks
from tmsmeta.figures.network.rank_strips import rank_strips
from tmsmeta.figures.network.treatment_words import Evidence, Labels, effect_text, evidence_of, name_of, sucra_text
from tmsmeta.figures.room import DOUBLE, TALLEST, Width, paper_width
from tmsmeta.figures.style import styled
from tmsmeta.figures.text_extent import line_height, lines_height, wrap
from tmsmeta.words.names import inside
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.networks import Ranking

_MARGIN, _LEFT, _BETWEEN, _AXIS = 0.08, 0.46, 0.14, 0.24
_PLOT, _LEAST_PLOT, _LEAST_WIDTH, _GOOD_WIDTH = 0.85, 0.35, 1.2, 1.5
MOST_PANELS = 15
"""Treatments up to which each has a panel of its own."""


@styled
def rankogram(
    ranking: Ranking,
    *,
    figure: FigureBase | None = None,
    labels: Labels = None,
    columns: int | None = None,
    digits: int | None = None,
    title: str = "",
    width: Width | None = None,
) -> FigureBase:
    """Draw the chance of each rank as bars and of this rank or a better one as a curve, for every treatment.

    Above 15 treatments, and where panels would not fit a page, a strip per treatment takes the place of its panel: a
    cell per rank, the darker the likelier, with SUCRA, effect and trials beside it. What does not fit is dropped from
    the strips in this order: numbers in the cells, shares of direct evidence and trials, treatments with the lowest
    SUCRA; a note says what is missing.

    Args:
        ranking: what ``rank`` returned.
        figure: a figure or subfigure to fill. A new one without it.
        labels: names of the treatments to print.
        columns: panels in a row; by default as many as have room, four at most.
        digits: decimals of effects.
        title: heading.
        width: ``single`` (85 mm), ``double`` (170 mm, the default) or inches, of a new figure.

    Returns:
        The figure. Its axes stand in the order of the ranking, best first; each has one bar per rank and the curve
        with the gid ``cumulative``. A figure of strips has one axes with the collection ``cells``.

    Raises:
        InvalidInputError: a `figure` or `width` too small, or fewer than one column.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> figure = tm.figures.rankogram(tm.rank(net))
        >>> len(figure.axes)
        3
    """
    count = len(ranking.net.treatments)
    if columns is not None and columns < 1:
        raise InvalidInputError(Issue(None, "columns", columns, "must be at least 1."))
    wide = paper_width(width, DOUBLE) if figure is None else _inches(figure)[0]
    least = _GOOD_WIDTH if figure is None else _LEAST_WIDTH
    across = columns or next((c for c in (4, 3, 2) if c <= count and _panel_width(wide, c) >= least), 1)
    if count > MOST_PANELS:
        return rank_strips(ranking, figure, labels, digits, title, width)
    drawn = _panels(ranking, figure, labels, across, digits, title, wide)
    return rank_strips(ranking, figure, labels, digits, title, width) if drawn is None else drawn


def _panel_width(wide: float, across: int) -> float:
    return (wide - _MARGIN - _LEFT - (across - 1) * _BETWEEN) / across


def _panels(
    ranking: Ranking,
    figure: FigureBase | None,
    labels: Labels,
    across: int,
    digits: int | None,
    title: str,
    wide: float,
) -> FigureBase | None:
    """A panel per treatment; None where a new figure of them would be higher than a page."""
    down, panel = ceil(len(ranking.net.treatments) / across), _panel_width(wide, across)
    if panel < _LEAST_WIDTH:
        message = f"must leave {_LEAST_WIDTH} inches to each of {across} panels in a row."
        raise InvalidInputError(Issue(None, "figure", f"{wide:.1f} inches wide", message))
    evidence, scale = evidence_of(ranking), scale_of(ranking.net.measure, digits=digits)
    headings = [_heading(row, evidence, scale, labels, panel) for row in ranking.frame.to_dict("records")]
    names = max(lines_height(name, style.SMALL) for name, _ in headings)
    facts = max(lines_height(text, style.SMALL) for _, text in headings)
    notes = wrap(_notes(ranking, labels), style.SMALL, wide - 2 * _MARGIN)
    above = _MARGIN + (lines_height(title, style.TEXT + 1) + 0.06 if title else 0.0)
    below = line_height(style.SMALL) + 0.08 + lines_height(notes, style.SMALL) + _MARGIN
    row = names + facts + 0.1 + _AXIS
    if figure is None:
        if above + below + down * (row + _PLOT) > TALLEST:
            return None
        figure = style.new_figure(wide, above + below + down * (row + _PLOT), constrained=False)
    high = _inches(figure)[1]
    plot = (high - above - below) / down - row
    if plot < _LEAST_PLOT:
        need = above + below + down * (row + _LEAST_PLOT)
        raise InvalidInputError(Issue(None, "figure", f"{high:.1f} inches high", f"must be at least {need:.1f} high."))
    for k, (name, text) in enumerate(headings):
        r, c = divmod(k, across)
        left, top = _LEFT + c * (panel + _BETWEEN), above + r * (row + plot) + names + facts + 0.1
        ax = figure.add_axes((left / wide, 1 - (top + plot) / high, panel / wide, plot / high))
        _panel(ax, ranking, str(ranking.frame["treatment"].iloc[k]), first=c == 0)
        ax.text(0, 1 + (facts + 0.05) / plot, name, transform=ax.transAxes, fontsize=style.SMALL, fontweight="bold",
                va="bottom", linespacing=1.1, gid="name")  # fmt: skip
        ax.text(0, 1 + 0.05 / plot, text, transform=ax.transAxes, fontsize=style.SMALL, va="bottom", linespacing=1.15,
                color=style.MUTED, gid="facts")  # fmt: skip
    _words(figure, title, notes, (wide, high))
    return figure


def _inches(figure: FigureBase) -> tuple[float, float]:
    assert isinstance(figure, (Figure, SubFigure))
    box = figure.bbox.transformed(figure.dpi_scale_trans.inverted())
    return float(box.width), float(box.height)


def _heading(
    row: Mapping[Hashable, Any], known: Mapping[str, Evidence], scale: EffectScale, labels: Labels, panel: float
) -> tuple[str, str]:
    """Name, and SUCRA, effect and evidence in lines below it."""
    treatment = str(row["treatment"])
    evidence = known[treatment]
    effect = "reference" if treatment == row["reference"] else f"{scale.measure} {effect_text(row, scale)}"
    trials = "1 trial" if evidence.trials == "1" else f"{evidence.trials} trials"
    patients = "patients unknown" if evidence.patients == "unknown" else f"n = {evidence.patients}"
    direct = f", {evidence.direct} direct" if evidence.direct else ""
    lines = (f"SUCRA {sucra_text(row)}", effect, f"{trials}, {patients}{direct}")
    facts = "\n".join(wrap(line, style.SMALL, panel) for line in lines)
    return wrap(name_of(treatment, labels), style.SMALL, panel, "bold"), facts


def _panel(ax: Axes, ranking: Ranking, treatment: str, *, first: bool) -> None:
    at = ranking.net.treatments.index(treatment)
    chance, curve = (
        table.to_numpy(dtype=float)[at] for table in (ranking.rank_probabilities, ranking.cumulative_probabilities)
    )
    ranks = [int(r) for r in ranking.rank_probabilities.columns]
    ax.bar(ranks, chance, width=0.8, color=style.SKY, edgecolor=style.BLUE, linewidth=0.5, zorder=2)
    ax.plot(
        ranks, curve, color=style.INK, lw=1.0, marker="o", markersize=2.2 if len(ranks) <= 12 else 1.2,
        zorder=3, clip_on=False, gid="cumulative",
    )  # fmt: skip
    ax.set_xlim(0.4, len(ranks) + 0.6)
    ax.set_ylim(0, 1)
    step = 1 if len(ranks) <= 10 else 2 if len(ranks) <= 16 else 5
    set_ticks(ax, [r for r in ranks if r == 1 or (r - 1) % step == 0] if step < 5 else [1, *ranks[4::5]])
    set_ticks(ax, [0, 0.5, 1], (lambda v: FIGURE.share(v, 0)) if first else (lambda v: ""), which="y")
    ax.tick_params(length=2, pad=1.5, labelsize=style.SMALL)
    ax.grid(axis="y", color=style.FAINT, lw=0.5)
    if first:
        ax.set_ylabel("Chance (%)", fontsize=style.SMALL, labelpad=2)


def _notes(ranking: Ranking, labels: Labels) -> str:
    net = ranking.net
    level = FIGURE.level(net.spec.level)
    versus = inside(name_of(net.reference, labels))
    name = net.data.info.label
    return (
        f"Bars: chance of each rank (1 is best; {net.better} is better). Curve: chance of this rank or a better one; "
        f"its mean over all ranks but the last is SUCRA, here with its {level} interval. {net.measure}: {name} "
        f"against {versus} with {level} CI; direct: share of direct evidence in it."
    )


def _words(figure: FigureBase, title: str, notes: str, size: tuple[float, float]) -> None:
    wide, high = size
    notes_height = lines_height(notes, style.SMALL)
    look: dict[str, Any] = {
        "fontsize": style.SMALL,
        "color": style.MUTED,
        "va": "top",
        "linespacing": 1.1,
        "gid": "notes",
    }
    figure.text(_MARGIN / wide, (_MARGIN + notes_height) / high, notes, **look)
    at = (_MARGIN + notes_height + 0.1) / high
    figure.text(
        0.5 + (_LEFT - _MARGIN) / 2 / wide, at, "Rank", fontsize=style.SMALL, ha="center", va="bottom", gid="x label"
    )
    if title:
        figure.text(_MARGIN / wide, 1 - _MARGIN / high, title, fontsize=style.TEXT + 1, fontweight="bold", va="top",
                    gid="title")  # fmt: skip
