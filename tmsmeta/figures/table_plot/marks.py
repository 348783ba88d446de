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


class MarkPen:
    """Draws marks into the graph of a sheet; `pitch` is the height of a row in inches."""

    def __init__(self, ax: Axes, sheet: Sheet, pitch: float) -> None:
        self.ax, self.sheet, self.pitch = ax, sheet, pitch

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
        side = min(0.85 * self.pitch, 0.19) * 72
        x, y = [e for _, _, e in shown], [y for _, y, _ in shown]
        self.ax.scatter(
            x,
            y,
            s=[side**2 * m.weight for m, _, _ in shown],
            c=[m.colour or self.sheet.looks.square for m, _, _ in shown],
            marker="s",
            linewidths=0,
            zorder=3,
            gid="squares",
        )
        # weights near zero leave no visible square: the tick keeps the estimate in sight
        self.ax.scatter(x, y, s=(0.28 * self.pitch * 72) ** 2, c=style.INK, marker="|", lw=0.8, zorder=5)

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
        bar = Rectangle((low, y - 0.11), high - low, 0.22, facecolor=colour, lw=0, zorder=4, gid="prediction")
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
