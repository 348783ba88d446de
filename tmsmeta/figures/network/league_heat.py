"""The league table as a heat map with its numbers."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import exp, log, log10
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tmsmeta.errors import NotAssessable, check_option
from tmsmeta.figures import style
from tmsmeta.figures.axes import EffectScale, scale_of
from tmsmeta.figures.network.heat_table import Bar, HeatTable, draw_heat_table, square_variants
from tmsmeta.figures.network.treatment_words import Labels, name_of
from tmsmeta.figures.room import Width, room_for
from tmsmeta.figures.style import styled
from tmsmeta.words.names import heading
from tmsmeta.words.numbers import DASH, FIGURE

if TYPE_CHECKING:
    from tmsmeta.networks import ComponentMeta, LeagueTable, NetworkMeta

COLOUR = ("limit", "estimate")
_RATIOS = ((1.25, ()), (2.0, (1.25,)), (4.0, (2.0,)), (5.0, (2.0,)), (10.0, (2.0, 5.0)))
"""Ends of the colours for ratios, with the ticks before them; all are round both ways, as 4 and 0.25."""


@styled
def league_heat(
    table: LeagueTable,
    *,
    ax: Axes | None = None,
    labels: Labels = None,
    colour: str = "limit",
    digits: int | None = None,
    title: str = "",
    width: Width | None = None,
) -> Axes:
    """Draw every pair of treatments: the estimate, its interval below, and a colour for the direction.

    A table of one outcome has the network's estimates below the diagonal and direct evidence alone above it; one of
    two outcomes has an outcome on either side. Every cell reads row against column.

    What does not fit is dropped in this order: names of the columns (numbers take their place), names of the rows (a
    list below takes their place), the limits of intervals, all numbers.

    Args:
        table: what ``league_table`` returned, for one outcome or two.
        ax: the axes to use; a new figure without it.
        labels: names of the treatments to print.
        colour: what the colour shows. ``limit``: the end of the interval nearer to no effect, so that a cell is as
            dark as the effect is sure, and white where the interval includes no effect; ``estimate``: the estimate,
            however uncertain.
        digits: decimals of effects.
        title: heading.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, of a new figure; without it as wide as the table,
            170 mm at most.

    Returns:
        The axes; x and y count columns and rows from the top left. Blue: the row is better than the column.

    Raises:
        UnknownOptionError: an unknown `colour`.
        InvalidInputError: a width or an `ax` too small.

    Example:
        >>> import tmsmeta as tm
        >>> arms = {"study": list("AABBCC"), "treatment": list("PXPYXY"), "events": [3, 9, 4, 11, 8, 10], "n": [30] * 6}
        >>> net = tm.network(arms, measure="OR", reference="P", better="higher")
        >>> ax = tm.figures.league_heat(tm.league_table(net), labels={"P": "placebo"})
    """
    check_option("colour", colour, COLOUR)
    grid = _grid(table, colour, scale_of(table.above.measure, digits=digits))
    names = [name_of(t, labels) for t in table.treatments]
    advice = "Give it more width, or leave treatments out."
    return draw_heat_table(_sheets(table, grid, names, title, room_for(ax, width)), ax, width, advice)


@dataclass(frozen=True)
class _Grid:
    """Cells of the table.

    Attributes:
        scale: of the effects.
        colour: what the colours show.
        values: the number behind each colour, positive where the row is better, shape (n, n).
        bold: whether the interval leaves out no effect.
        effects: estimate and limits in axis values, shape (n, n, 3); NaN where there is none.
    """

    scale: EffectScale
    colour: str
    values: NDArray[np.float64]
    bold: NDArray[np.bool_]
    effects: NDArray[np.float64]

    def texts(self, form: str) -> list[list[str]]:
        """The cells as ``two lines``, ``three lines``, ``estimate`` or ``nothing``."""
        n = len(self.values)
        return [["" if r == c else self._text(self.effects[r, c], form) for c in range(n)] for r in range(n)]

    def _text(self, effect: NDArray[np.float64], form: str) -> str:
        estimate, low, high = effect.tolist()
        if form == "nothing":
            return ""
        if np.isnan(estimate):
            return DASH
        if form == "estimate":
            return self.scale.number(estimate)
        limits = (low, high) if np.isfinite([low, high]).all() else None
        shown = self.scale.effect(estimate, limits).replace(" (", "\n").rstrip(")")
        return shown if form == "two lines" else shown.replace(" to ", " to\n")


def _grid(table: LeagueTable, colour: str, scale: EffectScale) -> _Grid:
    n, at = len(table.treatments), {t: k for k, t in enumerate(table.treatments)}
    values, bold = np.full((n, n), np.nan), np.zeros((n, n), dtype=bool)
    effects = np.full((n, n, 3), np.nan)
    for line, sign in _lines(table):
        r, c = at[line["row"]], at[line["column"]]
        values[r, c] = sign * _shown(line, colour)
        bold[r, c] = line["ci_low"] > 0 or line["ci_high"] < 0
        effects[r, c] = scale.show([line["estimate"], line["ci_low"], line["ci_high"]])
    return _Grid(scale, colour, values, bold, effects)


def _lines(table: LeagueTable) -> Iterator[tuple[Mapping[Hashable, Any], float]]:
    """What stands in each cell, with the sign that makes better rows positive."""
    sign = {name: 1.0 if net.better == "higher" else -1.0 for name, net in _outcomes(table)}
    at = {t: k for k, t in enumerate(table.treatments)}
    direct = table.direct
    for line in table.frame.to_dict("records"):
        if isinstance(direct, NotAssessable) or at[line["row"]] > at[line["column"]]:
            yield line, sign[line["outcome"]]
    if not isinstance(direct, NotAssessable):
        for line in direct.to_dict("records"):
            if at[line["row"]] < at[line["column"]]:
                yield line, sign[table.names[0]]


def _sheets(table: LeagueTable, grid: _Grid, names: list[str], title: str, wide: float) -> Iterator[HeatTable]:
    """The table with less and less text."""
    reach, ticks = _reach(grid)
    for form in ("two lines", "three lines", "estimate", "nothing"):
        full = HeatTable(
            rows=(),
            columns=(),
            values=grid.values,
            cells=grid.texts(form),
            bold=grid.bold if _bold(grid, form) else None,
            colours=style.DIVERGING,
            low=-reach,
            high=reach,
            title=title,
            subtitle=_header(table),
            notes=tuple(_notes(table, grid, form)),
            bar=_bar(table, grid, reach, ticks),
            corner="row",
            across="against column",
            least=(0.05, 0.05),
        )
        if form == "nothing":
            full = replace(full, corner="", across="row against column")
        yield from square_variants(full, names, wide)


def _bold(grid: _Grid, form: str) -> bool:
    """Whether bold says that an interval leaves out no effect; where room is scarce, colour says it alone."""
    return grid.colour == "estimate" or form == "two lines"


def _header(table: LeagueTable) -> str:
    """The table's own header, without a name for an outcome that has none, and what stands on either side."""
    said = heading(table.header.removeprefix("effect: "))
    if isinstance(table.direct, NotAssessable):
        return said
    return f"{said} Below the diagonal: network estimates; above it: direct evidence alone."


def _outcomes(table: LeagueTable) -> list[tuple[str, NetworkMeta | ComponentMeta]]:
    nets = [table.above] if table.below is None else [table.above, table.below]
    return list(zip(table.names, nets, strict=True))


def _shown(line: Mapping[Hashable, Any], colour: str) -> float:
    """The number behind the colour, on the scale of the analysis."""
    if colour == "estimate":
        return float(line["estimate"])
    if line["ci_low"] > 0:
        return float(line["ci_low"])
    return float(line["ci_high"]) if line["ci_high"] < 0 else 0.0


def _reach(grid: _Grid) -> tuple[float, list[float]]:
    """Where the colours end, on the scale of the analysis, and the ticks between, all of them round both ways."""
    largest = float(np.nanmax(np.abs(grid.values))) if np.isfinite(grid.values).any() else 0.0
    if grid.scale.log:
        # ratios beyond ten have the colour of ten, else a single one would turn all others pale
        end, inner = next((r for r in _RATIOS if r[0] >= exp(min(largest, log(10.0))) * (1 - 1e-9)), _RATIOS[-1])
        half = [log(v) for v in (*inner, end)]
    else:
        power = 10.0 ** np.floor(log10(largest * grid.scale.factor)) if largest > 0 else 1.0
        end = next(m * power for m in (1, 2, 4, 5, 10) if m * power >= largest * grid.scale.factor * (1 - 1e-9))
        half = [end / 2 / grid.scale.factor, end / grid.scale.factor]
    return half[-1], [-v for v in half[::-1]] + [0.0, *half]


def _bar(table: LeagueTable, grid: _Grid, reach: float, ticks: list[float]) -> Bar:
    """Ticks in shown units, those that favour the row on the right."""
    what = "limit of the interval nearer to no effect" if grid.colour == "limit" else "estimate"
    beyond = np.isfinite(grid.values).any() and float(np.nanmax(np.abs(grid.values))) > reach * (1 + 1e-9)
    more = "; the ends stand for all beyond them" if beyond else ""
    lower = table.above.better == "lower"

    def show(place: float) -> str:
        value = float(grid.scale.show([-place if lower else place])[0]) + 0.0
        return FIGURE.tick(float(f"{value * grid.scale.factor:.6g}"))

    return Bar(label=f"Colour: {what} (orange: column better, blue: row better{more})", ticks=tuple(ticks), show=show)


def _notes(table: LeagueTable, grid: _Grid, form: str) -> Iterator[str]:
    level = FIGURE.level(table.above.spec.level)
    if form == "nothing":
        yield "Numbers are left out for lack of room. Grey: no evidence of this kind."
        return
    if form == "estimate":
        yield "Intervals are left out for lack of room."
    yield f"{'Bold' if _bold(grid, form) else 'Coloured'}: the {level} interval leaves out no effect."
    if np.isnan(grid.values[~np.eye(len(grid.values), dtype=bool)]).any():
        direct = isinstance(table.direct, NotAssessable)
        yield f"{DASH}: {'the outcome has no trial of one of the two' if direct else 'no trial compares the two'}."
