"""The league table as a heat map with its numbers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.errors import check_option
from tmsmeta.figures import style
from tmsmeta.figures.axes import EffectScale, linear_ticks, log_ticks, scale_of
from tmsmeta.figures.network.heat_table import Bar, HeatTable, draw_heat_table, name_rows, wrapped_names
from tmsmeta.figures.network.treatment_words import Labels, name_of
from tmsmeta.figures.style import styled
from tmsmeta.words.names import heading
from tmsmeta.words.numbers import DASH, FIGURE

if TYPE_CHECKING:
    from tmsmeta.networks import ComponentMeta, LeagueTable, NetworkMeta

COLOUR = ("limit", "estimate")
_CROWDED = 12
_NAME_WIDTH, _COLUMN_WIDTH = 1.4, 0.72  # inches


@styled
def league_heat(
    table: LeagueTable,
    *,
    ax: Axes | None = None,
    labels: Labels = None,
    colour: str = "limit",
    digits: int | None = None,
    title: str = "",
) -> Axes:
    """Draw every pair of treatments: the estimate, its interval below, and a colour for the direction.

    Args:
        table: what ``league_table`` returned, for one outcome or two.
        ax: the place to use. A new figure of the size that is needed without it.
        labels: names of the treatments to print.
        colour: what the colour shows. ``limit``: the end of the interval nearer to no effect, so that a cell is as
            dark as the effect is sure, and white where the interval includes no effect; ``estimate``: the estimate,
            however uncertain.
        digits: decimals of effects.
        title: above the sentence that says how a cell reads.

    Returns:
        The axes; x and y count columns and rows from the top left. Blue: the row is better than the column.

    Raises:
        UnknownOptionError: an unknown `colour`.
        InvalidInputError: an `ax` too small.
    """
    check_option("colour", colour, COLOUR)
    n, names = len(table.treatments), [name_of(t, labels) for t in table.treatments]
    scale = scale_of(table.above.measure, digits=digits)
    at = {t: k for k, t in enumerate(table.treatments)}
    values, bold = np.full((n, n), np.nan), np.zeros((n, n), dtype=bool)
    cells = [["" if r == c else DASH for c in range(n)] for r in range(n)]
    sign = {name: 1.0 if net.better == "higher" else -1.0 for name, net in _outcomes(table)}
    for line in table.frame.to_dict("records"):
        r, c = at[line["row"]], at[line["column"]]
        values[r, c] = sign[line["outcome"]] * _shown(line, colour)
        bold[r, c] = line["ci_low"] > 0 or line["ci_high"] < 0
        cells[r][c] = _text(line, scale)
    reach = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 0.0
    return draw_heat_table(
        HeatTable(
            rows=name_rows(names, _NAME_WIDTH),
            columns=wrapped_names(names, _NAME_WIDTH if n > _CROWDED else _COLUMN_WIDTH),
            turned=n > _CROWDED,
            values=values,
            cells=cells,
            bold=bold,
            colours=style.DIVERGING,
            low=-(reach or 1.0),
            high=reach or 1.0,
            title=title,
            subtitle=_header(table),
            notes=tuple(_notes(table, values)),
            bar=_bar(table, colour, scale, reach or 1.0),
            corner="row",
            across="against column",
        ),
        ax,
    )


def _header(table: LeagueTable) -> str:
    """The table's own header, without a name for an outcome that has none."""
    return heading(table.header.removeprefix("effect: "))


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


def _text(line: Mapping[Hashable, Any], scale: EffectScale) -> str:
    estimate, low, high = scale.show([line["estimate"], line["ci_low"], line["ci_high"]]).tolist()
    shown = scale.effect(estimate, (low, high) if np.isfinite([low, high]).all() else None)
    return shown.replace(" (", "\n").rstrip(")")


def _bar(table: LeagueTable, colour: str, scale: EffectScale, reach: float) -> Bar:
    """Ticks in shown units, on the side of the row and mirrored on that of the column."""
    what = "Limit of the interval nearer to no effect" if colour == "limit" else "Estimate"
    lower = table.above.better == "lower"
    if scale.log:
        found = [t for t in log_ticks(float(np.exp(-reach)), float(np.exp(reach)), 5) if t > 0]
        places = sorted({float(np.log(t)) for t in found} | {0.0})
    else:
        places = linear_ticks(-reach, reach, 5)
    ends = "orange: column better, blue: row better"

    def show(place: float) -> str:
        value = float(scale.show([-place if lower else place])[0]) + 0.0
        return FIGURE.tick(float(f"{value * scale.factor:.6g}"))

    return Bar(label=f"{what} ({ends})", ticks=tuple(places), show=show)


def _notes(table: LeagueTable, values: np.ndarray) -> list[str]:
    level = FIGURE.level(table.above.spec.level)
    notes = [f"Bold: the {level} interval leaves out no effect."]
    off = ~np.eye(len(values), dtype=bool)
    if np.isnan(values[off]).any():
        notes.append(f"{DASH}: the outcome has no trial of one of the two.")
    return notes
