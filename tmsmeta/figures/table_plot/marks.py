"""The marks of a sheet: squares, whiskers, diamonds, bars, and arrows where an interval is cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle

from tmsmeta.figures import style
from tmsmeta.figures.axes import EffectScale, axis_limits
from tmsmeta.figures.table_plot.description import Mark, Row, Sheet

Placed = list[tuple[Mark, float]]

MOST_SIDE = 0.45
"""Side of the largest square as a share of a row: more would hide intervals."""
_LEAST_SHARE = 0.7
"""Share of their side that all squares keep where one of them would hide the line of no effect."""
_SPECK = 2.0
"""Side in points of squares that a tick helps to see."""


class MarkPen:
    """Draws marks into the graph of a sheet; `pitch` is the height of a row, `graph` the axis' width, in inches."""

    def __init__(self, ax: Axes, sheet: Sheet, pitch: float, graph: float) -> None:
        self.ax, self.sheet, self.pitch, self.graph = ax, sheet, pitch, graph

    def draw(self, placed: Placed) -> None:
        """Every mark at its height, in rows."""
        self._uprights(placed)
        self._whiskers([(m, y) for m, y in placed if m.shape in ("square", "point")])
        self._squares([(m, y) for m, y in placed if m.shape == "square"])
        self._points([(m, y) for m, y in placed if m.shape == "point"])
        for mark, y in placed:
            if mark.shape == "diamond":
                self._diamond(mark, y)
            elif mark.shape == "bar":
                self._bar(mark, y)
        self._arrows(placed)

    def _inside(self, values: Sequence[float]) -> np.ndarray:
        return np.clip(values, *self.sheet.limits)

    def _whiskers(self, placed: Placed) -> None:
        low, high = self.sheet.limits
        shown = [
            (m, y) for m, y in placed if m.low is not None and m.high is not None and m.low <= high and m.high >= low
        ]
        if shown:
            self.ax.hlines(
                [y for _, y in shown],
                self._inside([m.low for m, _ in shown if m.low is not None]),
                self._inside([m.high for m, _ in shown if m.high is not None]),
                colors=[style.INK],
                lw=0.8,
                zorder=4,
                gid="whiskers",
            )

    def _uprights(self, placed: Placed) -> None:
        shown = [(m.estimate, *m.upright) for m, _ in placed if m.upright is not None and m.estimate is not None]
        if shown:
            x, low, high = zip(*shown, strict=True)
            self.ax.vlines(x, low, high, colors=[style.SKY], lw=0.8, zorder=2, clip_on=False, gid="rank whiskers")

    def _squares(self, placed: Placed) -> None:
        shown = self._with_estimate(placed)
        if not shown:
            return
        sides = self._sides(shown)
        x, y = [e for _, _, e in shown], [y for _, y, _ in shown]
        colours = [m.colour or self.sheet.looks.square for m, _, _ in shown]
        self.ax.scatter(x, y, s=sides**2, c=colours, marker="s", linewidths=0, clip_on=False, zorder=4.2, gid="squares")
        self._inner_whiskers(shown, sides)
        # weights near zero leave no visible square: the tick keeps the estimate in sight
        small = np.array([(e, y) for (_, y, e), side in zip(shown, sides.tolist(), strict=True) if side < _SPECK])
        if len(small):
            tick = (0.28 * self.pitch * 72) ** 2
            self.ax.scatter(small[:, 0], small[:, 1], s=tick, c=style.INK, marker="|", lw=0.8, zorder=5)

    def _sides(self, shown: Sequence[tuple[Mark, float, float]]) -> np.ndarray:
        """Sides in points: areas in proportion to the weights, and no square over a line that its interval leaves free.

        All squares shrink alike as far as that keeps them in sight; beyond, only those that would hide the line do.
        """
        sides = MOST_SIDE * self.pitch * 72 * np.sqrt([m.weight for m, _, _ in shown])
        null = self.sheet.null
        if null is None:
            return np.asarray(sides)
        free = [m.low is not None and m.high is not None and not m.low <= null <= m.high for m, _, _ in shown]
        room = 2 * np.abs(self._along([e for _, _, e in shown]) - self._along([null])) - 1.0
        most = np.where(free, np.maximum(room, 0.0), np.inf)
        share = np.min(most / np.maximum(sides, 1e-9))
        return np.asarray(np.minimum(sides * np.clip(share, _LEAST_SHARE, 1.0), most))

    def _inner_whiskers(self, shown: Sequence[tuple[Mark, float, float]], sides: np.ndarray) -> None:
        """The intervals where they lie inside their squares, in white, so that no square hides a limit."""
        middles = self._along([e for _, _, e in shown])
        lefts, rights = self._back(middles - sides / 2), self._back(middles + sides / 2)
        lines = [
            (y, max(m.low, left), min(m.high, right))
            for (m, y, _), left, right in zip(shown, lefts.tolist(), rights.tolist(), strict=True)
            if m.low is not None and m.high is not None and m.high > m.low
        ]
        if lines:
            y, low, high = zip(*lines, strict=True)
            self.ax.hlines(y, low, high, colors=[style.PAPER], lw=0.6, clip_on=False, zorder=4.4, gid="inner whiskers")

    def _along(self, values: Sequence[float]) -> np.ndarray:
        """Places on the axis in points from its left end."""
        low, high = self._moved(self.sheet.limits)
        return np.asarray((self._moved(values) - low) / (high - low) * self.graph * 72)

    def _back(self, points: np.ndarray) -> np.ndarray:
        """Axis values of places in points."""
        low, high = self._moved(self.sheet.limits)
        moved = low + points / (self.graph * 72) * (high - low)
        return np.asarray(np.exp(moved) if self.sheet.scale.log else moved)

    def _moved(self, values: Sequence[float]) -> np.ndarray:
        return np.asarray(np.log(values) if self.sheet.scale.log else values, dtype=float)

    def _points(self, placed: Placed) -> None:
        shown = self._with_estimate(placed)
        if shown:
            self.ax.scatter(
                [e for _, _, e in shown],
                [y for _, y, _ in shown],
                s=22,
                c=[m.colour or self.sheet.looks.square for m, _, _ in shown],
                edgecolors=style.INK,
                linewidths=0.5,
                zorder=5,
                gid="points",
            )

    def _with_estimate(self, placed: Placed) -> list[tuple[Mark, float, float]]:
        low, high = self.sheet.limits
        return [(m, y, m.estimate) for m, y in placed if m.estimate is not None and low <= m.estimate <= high]

    def _diamond(self, mark: Mark, y: float) -> None:
        looks, half = self.sheet.looks, 0.34
        face = mark.colour or looks.diamond
        if mark.estimate is None:
            return
        if mark.low is None or mark.high is None:
            self.ax.scatter(
                [mark.estimate], [y], s=30, marker="D", facecolors="none", edgecolors=face, gid="no interval"
            )
            return
        corners = [(mark.low, y), (mark.estimate, y - half), (mark.high, y), (mark.estimate, y + half)]
        self.ax.add_patch(
            Polygon(corners, closed=True, facecolor=face, edgecolor=looks.edge, lw=0.6, zorder=4, gid="diamond")
        )

    def _bar(self, mark: Mark, y: float) -> None:
        if mark.low is None or mark.high is None:
            return
        low, high = self._inside([mark.low, mark.high])
        colour = mark.colour or self.sheet.looks.bar
        bar = Rectangle(
            (low, y - mark.thick / 2), high - low, mark.thick, facecolor=colour, lw=0, zorder=4, gid="prediction"
        )
        self.ax.add_patch(bar)

    def _arrows(self, placed: Placed) -> None:
        """An arrow at the edge for every interval, and every estimate without one, that goes beyond it."""
        low, high = self.sheet.limits
        reach = [(y, m.low if m.low is not None else m.estimate) for m, y in placed]
        self._edge(low, "<", "clipped low", [y for y, end in reach if end is not None and end < low])
        reach = [(y, m.high if m.high is not None else m.estimate) for m, y in placed]
        self._edge(high, ">", "clipped high", [y for y, end in reach if end is not None and end > high])

    def _edge(self, edge: float, marker: str, gid: str, rows: list[float]) -> None:
        if rows:
            self.ax.scatter(
                [edge] * len(rows),
                rows,
                s=(0.36 * self.pitch * 72) ** 2,
                c=style.INK,
                marker=marker,
                linewidths=0,
                clip_on=False,
                zorder=6,
                gid=gid,
            )


def limits_of_marks(scale: EffectScale, rows: Iterable[Row], reach: float = 1.0) -> tuple[float, float]:
    """:func:`axis_limits` for everything that the rows of a table show."""
    marks = [m for row in rows for m in row.marks]
    estimates, lows, highs = (
        [v for v in values if v is not None] for values in ([m.estimate for m in marks], [m.low for m in marks],
                                                           [m.high for m in marks])
    )  # fmt: skip
    return axis_limits(scale, estimates, lows, highs, reach)
