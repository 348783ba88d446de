"""Rank beside effect: a P-score never stands without the effect, its interval and the evidence behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.figures import numbers, style
from tmsmeta.figures.axes.effect_scale import EffectScale, scale_of
from tmsmeta.figures.axes.ticks import fitting, set_ticks
from tmsmeta.figures.label_placement import spread_out
from tmsmeta.figures.network.words import (
    Evidence,
    Labels,
    axis_limits,
    effect_heading,
    evidence_of,
    favours,
    name_of,
)
from tmsmeta.figures.style import styled
from tmsmeta.figures.text_extent import line_height, lines_height, width, wrap
from tmsmeta.words.names import inside

if TYPE_CHECKING:
    from tmsmeta.networks import Ranking

_MARGIN, _GAP, _LEADERS = 0.08, 0.12, 0.3
_AXIS_LEFT, _LEAST_GRAPH, _BEST_GRAPH, _LEAST_HEIGHT = 0.5, 1.1, 2.1, 2.4
_NAME_WIDTH = 1.9


@dataclass(frozen=True, kw_only=True)
class _Line:
    """One treatment: places in the graph and texts of the table (in axis values and words)."""

    p_score: float
    rank_ends: tuple[float, float]
    estimate: float
    low: float
    high: float
    reference: bool
    indirect: bool
    cells: tuple[str, ...]


@styled
def rank_effect(
    ranking: Ranking,
    *,
    ax: Axes | None = None,
    labels: Labels = None,
    rank_interval: bool = True,
    digits: int | None = None,
    title: str = "",
    width: float | None = None,
) -> Axes:
    """Draw the P-score of every treatment against its effect, with intervals of both and the evidence beside them.

    Args:
        ranking: what ``rank`` returned.
        ax: the place to use; graph and table fill its area. A new figure of the size that is needed without it.
        labels: names of the treatments to print.
        rank_interval: whether the interval of SUCRA is drawn as a thin vertical line.
        digits: decimals of effects.
        title: heading.
        width: of a new figure in inches; it grows where the text needs more.

    Returns:
        The axes: x is the effect against the reference, y the P-score. Points carry the gid ``points`` (filled: some
        direct evidence against the reference; open: indirect alone), intervals ``whiskers``.

    Raises:
        InvalidInputError: an `ax` too small.
    """
    net = ranking.net
    scale = scale_of(net.measure, digits=digits)
    lines = _lines(ranking, scale, labels)
    table = _Table(
        headers=(
            "Treatment",
            effect_heading(scale, net.spec.level),
            "P-score",
            "Trials",
            "Patients",
            "Direct\nevidence",
        ),
        lines=lines,
        title=title,
        notes=_notes(ranking, labels, rank_interval),
        favours=favours(net, labels),
    )
    limits = axis_limits(scale, [x.estimate for x in lines], [x.low for x in lines], [x.high for x in lines])
    drawn = _place(table, ax, width)
    _graph(drawn, table, scale, limits, ranking, labels, rank_interval)
    table.draw(drawn)
    return drawn


def _lines(ranking: Ranking, scale: EffectScale, labels: Labels) -> tuple[_Line, ...]:
    evidence, found = evidence_of(ranking), []
    for row in ranking.frame.to_dict("records"):
        known: Evidence = evidence[str(row["treatment"])]
        estimate, low, high = scale.show([row["estimate"], row["ci_low"], row["ci_high"]]).tolist()
        reference = row["treatment"] == row["reference"]
        found.append(
            _Line(
                p_score=float(row["p_score"]),
                rank_ends=(float(row["sucra_low"]), float(row["sucra_high"])),
                estimate=estimate,
                low=low,
                high=high,
                reference=bool(reference),
                indirect=not reference and not row["direct_share"] > 0,
                cells=(
                    wrap(name_of(str(row["treatment"]), labels), style.SMALL, _NAME_WIDTH),
                    "reference" if reference else scale.effect(estimate, (low, high)),
                    numbers.fixed(float(row["p_score"]), 2),
                    *known,
                ),
            )
        )
    return tuple(found)


def _notes(ranking: Ranking, labels: Labels, rank_interval: bool) -> str:
    net = ranking.net
    level = numbers.tick(100 * net.spec.level)
    versus = inside(name_of(net.reference, labels))
    vertical = (
        f" Vertical lines: {level}% interval of the P-score (SUCRA) over networks estimated anew."
        if rank_interval
        else ""
    )
    return (
        f"{net.better.capitalize()} is better. Horizontal lines: {level}% interval of the effect.{vertical} "
        f"Direct evidence: its share in the effect against {versus}; open circles rest on indirect evidence alone."
    )


@dataclass(frozen=True, kw_only=True)
class _Table:
    """The table right of the graph, in inches; rows stand as near to their P-scores as their height allows."""

    headers: Sequence[str]
    lines: tuple[_Line, ...]
    title: str
    notes: str
    favours: tuple[str, str]
    size: float = style.SMALL

    @property
    def gaps(self) -> list[float]:
        """Least distances between the middles of neighbouring rows, from the lowest P-score up."""
        heights = [max(lines_height(cell, self.size) for cell in line.cells) + 0.035 for line in self.lines[::-1]]
        return [(a + b) / 2 for a, b in pairwise(heights)]

    @property
    def widths(self) -> list[float]:
        """Width of each column."""
        return [
            max(width(header, self.size, "bold"), *(width(line.cells[c], self.size) for line in self.lines))
            for c, header in enumerate(self.headers)
        ]

    @property
    def table_width(self) -> float:
        """Width of all columns."""
        return sum(self.widths) + _GAP * (len(self.headers) - 1)

    @property
    def sides(self) -> float:
        """Width of everything but the graph."""
        return _MARGIN + _AXIS_LEFT + _LEADERS + self.table_width + _MARGIN

    @property
    def least_height(self) -> float:
        """Height of the graph that gives every row its place."""
        return max(_LEAST_HEIGHT, sum(self.gaps) + 0.25)

    @property
    def top(self) -> float:
        """Height above the graph."""
        lines = max(h.count("\n") + 1 for h in self.headers)
        return _MARGIN + lines_height(self.title, style.TEXT + 1) + lines * line_height(self.size) + 0.1

    def bottom(self, total: float) -> float:
        """Height below the graph of a figure `total` wide: axis, direction labels, notes."""
        return self.axis_height(total - self.sides) + lines_height(self.wrapped_notes(total), self.size) + _MARGIN

    def favours_in(self, graph: float) -> tuple[str, str]:
        """The direction labels, in lines of half the graph where they do not fit side by side."""
        left, right = self.favours
        if width(left + right, self.size) + 0.1 < graph:
            return left, right
        return wrap(left, self.size, graph / 2 - 0.03), wrap(right, self.size, graph / 2 - 0.03)

    def axis_height(self, graph: float) -> float:
        """Height of ticks, measure and direction labels below a graph of this width."""
        return 0.47 + max(lines_height(text, self.size) for text in self.favours_in(graph))

    def wrapped_notes(self, total: float) -> str:
        """The notes in lines of the full width."""
        return wrap(self.notes, self.size, total - 2 * _MARGIN)

    def draw(self, ax: Axes) -> None:
        """Put headings, rows, leaders, title and notes beside the graph."""
        box = ax.get_window_extent()
        dpi = ax.figure.dpi
        graph, height = box.width / dpi, box.height / dpi
        lines = self.lines[::-1]
        places = spread_out([line.p_score * height for line in lines], self.gaps, -0.04, height + 0.04)
        start = graph + _LEADERS
        for line, y in zip(lines, places, strict=True):
            self._leader(ax, line.p_score * height, y, graph, height)
            x = start
            for c, (cell, wide) in enumerate(zip(line.cells, self.widths, strict=True)):
                at, align = (x, "left") if c == 0 else (x + wide, "right")
                self._text(ax, at / graph, y / height, cell, ha=align, va=_middle(cell), gid=f"cell {self.headers[c]}")
                x += wide + _GAP
        x = start
        for c, (header, wide) in enumerate(zip(self.headers, self.widths, strict=True)):
            at, align = (x, "left") if c == 0 else (x + wide, "right")
            look: dict[str, Any] = {
                "ha": align,
                "va": "bottom",
                "multialignment": align,
                "fontweight": "bold",
                "gid": "heading",
            }
            self._text(ax, at / graph, 1 + 0.12 / height, header, **look)
            x += wide + _GAP
        total = graph + self.sides
        left = -(_MARGIN + _AXIS_LEFT - _MARGIN) / graph
        notes: dict[str, Any] = {"ha": "left", "va": "top", "color": style.MUTED, "gid": "notes"}
        self._text(ax, left, -(self.axis_height(graph) - 0.02) / height, self.wrapped_notes(total), **notes)
        if self.title:
            up = 1 + (self.top - _MARGIN) / height
            look = {"ha": "left", "va": "top", "fontweight": "bold", "gid": "title"}
            self._text(ax, left, up, self.title, size=style.TEXT + 1, **look)

    def _leader(self, ax: Axes, start: float, end: float, graph: float, height: float) -> None:
        x = [1.0, 1 + 0.06 / graph, 1 + (_LEADERS - 0.1) / graph, 1 + (_LEADERS - 0.04) / graph]
        y = [start / height, start / height, end / height, end / height]
        ax.add_artist(Line2D(x, y, transform=ax.transAxes, color=style.RULE, lw=0.6, clip_on=False, gid="leader"))

    def _text(self, ax: Axes, x: float, y: float, text: str, *, size: float | None = None, **look: Any) -> Text:
        return ax.text(
            x,
            y,
            text,
            transform=ax.transAxes,
            fontsize=size or self.size,
            linespacing=1.1,
            clip_on=False,
            **look,
        )


def _middle(text: str) -> str:
    """Vertical alignment that keeps texts with and without descenders on one line."""
    return "center" if "\n" in text else "center_baseline"


def _place(table: _Table, ax: Axes | None, wide: float | None) -> Axes:
    """Axes of the graph, in a new figure or in the area of `ax`."""
    if ax is None:
        graph = max((wide or style.TWO_COLUMNS) - table.sides, _BEST_GRAPH)
        total = graph + table.sides
        height = table.top + table.least_height + table.bottom(total)
        figure = style.new_figure(total, height, constrained=False)
        return figure.add_axes(
            (
                (_MARGIN + _AXIS_LEFT) / total,
                table.bottom(total) / height,
                graph / total,
                table.least_height / height,
            )
        )
    parent = ax.figure
    if isinstance(parent, Figure) and parent.get_layout_engine() is not None:
        parent.draw_without_rendering()
    paper = parent.bbox.transformed(parent.dpi_scale_trans.inverted())
    box = ax.get_position()
    total, high = box.width * paper.width, box.height * paper.height
    graph, rows = total - table.sides, high - table.top - table.bottom(total)
    if graph < _LEAST_GRAPH or rows < sum(table.gaps):
        need = _LEAST_GRAPH + table.sides, table.top + table.least_height + table.bottom(total)
        message = f"must be at least {need[0]:.1f} by {need[1]:.1f} inches. Leave `ax` out for a figure that fits."
        raise InvalidInputError(Issue(None, "ax", f"{total:.1f} by {high:.1f} inches", message))
    ax.set_position(
        (
            box.x0 + (_MARGIN + _AXIS_LEFT) / paper.width,
            box.y0 + table.bottom(total) / paper.height,
            graph / paper.width,
            rows / paper.height,
        )
    )
    return ax


def _graph(
    ax: Axes,
    table: _Table,
    scale: EffectScale,
    limits: tuple[float, float],
    ranking: Ranking,
    labels: Labels,
    rank_interval: bool,
) -> None:
    if scale.log:
        ax.set_xscale("log")
    ax.set_xlim(*limits)
    ax.set_ylim(0.0, 1.0)
    treated = [x for x in table.lines if not x.reference]
    if rank_interval:
        ax.vlines(
            [x.estimate for x in table.lines],
            [x.rank_ends[0] for x in table.lines],
            [x.rank_ends[1] for x in table.lines],
            colors=[style.SKY], lw=0.8, zorder=2, clip_on=False, gid="rank whiskers",
        )  # fmt: skip
    ends = np.clip([[x.low, x.high] for x in treated], *limits)
    ax.hlines(
        [x.p_score for x in treated], ends[:, 0], ends[:, 1], colors=[style.INK], lw=0.9, zorder=3, clip_on=False,
        gid="whiskers",
    )  # fmt: skip
    faces = [style.RULE if x.reference else style.PAPER if x.indirect else style.BLUE for x in table.lines]
    ax.scatter(
        [x.estimate for x in table.lines],
        [x.p_score for x in table.lines],
        s=24, c=faces, edgecolors=style.INK, linewidths=0.7, zorder=4, clip_on=False, gid="points",
    )  # fmt: skip
    _arrows(ax, treated, limits)
    if scale.null is not None:
        ax.axvline(scale.null, color=style.INK, lw=0.7, zorder=1, gid="no effect")
    _axes(ax, table, scale, limits, ranking, labels)


def _arrows(ax: Axes, lines: Sequence[_Line], limits: tuple[float, float]) -> None:
    for edge, marker, name, cut in (
        (limits[0], "<", "low", [x for x in lines if x.low < limits[0]]),
        (limits[1], ">", "high", [x for x in lines if x.high > limits[1]]),
    ):
        if cut:
            ax.scatter(
                [edge] * len(cut), [x.p_score for x in cut], s=18, c=style.INK, marker=marker, linewidths=0, zorder=5,
                clip_on=False, gid=f"clipped {name}",
            )  # fmt: skip


def _axes(
    ax: Axes, table: _Table, scale: EffectScale, limits: tuple[float, float], ranking: Ranking, labels: Labels
) -> None:
    net, size = ranking.net, table.size
    box = ax.get_window_extent()
    graph, height = box.width / ax.figure.dpi, box.height / ax.figure.dpi
    set_ticks(ax, fitting(*limits, log=scale.log, inches=graph, size=size, show=scale.tick), scale.tick)
    set_ticks(ax, [0, 0.25, 0.5, 0.75, 1], which="y")
    ax.tick_params(length=2.5, pad=2, labelsize=size)
    ax.grid(axis="y", color=style.FAINT, lw=0.5)
    versus = inside(name_of(net.reference, labels))
    ax.set_ylabel("P-score (rank)", fontsize=size, labelpad=3)
    left, right = table.favours_in(graph)
    # one line below the ticks, the measure; one more, the directions at the ends
    middle = f"{scale.label} against {versus}"
    ax.text(0.5, -0.22 / height, wrap(middle, size, graph + 0.7), transform=ax.transAxes, ha="center", va="top",
            fontsize=size, gid="x label")  # fmt: skip
    for text, x, align in ((left, 0.0, "left"), (right, 1.0, "right")):
        ax.text(x, -0.4 / height, text, transform=ax.transAxes, ha=align, va="top", multialignment=align, fontsize=size,
                linespacing=1.1, gid="favours")  # fmt: skip
