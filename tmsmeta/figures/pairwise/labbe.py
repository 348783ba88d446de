"""L'Abbé plot: risk with treatment against risk with control."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.figures import keys
from tmsmeta.figures.axes import Which, set_ticks
from tmsmeta.figures.room import Width, paper_width
from tmsmeta.figures.style import BLUE, DASHES, MUTED, ORANGE, TWO_COLUMNS, axes_or_new, styled
from tmsmeta.words.names import heading
from tmsmeta.words.numbers import FIGURE
from tmsmeta.words.ticks import linear_ticks, log_ticks

if TYPE_CHECKING:
    import pandas as pd

_LARGEST = 15.0  # points across the largest bubble
_SMALLEST = 3.0
_ROOM = 0.12  # of the spread of the risks that stays free around them


@styled
def labbe_plot(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    width: Width | None = None,
    curve: pd.DataFrame | None = None,
    treated: str = "treatment",
    comparator: str = "control",
    outcome: str = "",
    title: str = "",
) -> Axes:
    """Draw risk with treatment against risk with control, a bubble a study with its area by patients.

    Both axes have the same limits, those of the risks found, so the line of no effect is the diagonal. The key below
    says how many patients bubbles of three sizes stand for.

    Args:
        table: from :func:`tmsmeta.labbe`.
        ax: the axes to use; a new figure without it.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, of a new figure.
        curve: from ``tmsmeta.robustness.sensitivity.labbe_curve``: where a constant effect would lie.
        treated, comparator: names of the arms.
        outcome: what the events are, such as ``response``; stands on both axes.
        title: heading.

    Returns:
        The axes: x is the risk with control, y the risk with treatment, both as fractions.

    Raises:
        InvalidInputError: something else than what :func:`tmsmeta.labbe` gives, or a width that is none.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.binary("RR", [12, 8, 9], [60, 52, 44], [6, 5, 4], [61, 50, 45], study=["A", "B", "C"])
        >>> ax = tm.figures.labbe_plot(tm.labbe(trials), outcome="response")
    """
    inches = paper_width(width, 0.6 * TWO_COLUMNS)
    drawn = axes_or_new(ax, inches, 0.92 * inches)
    x, y = table["risk_c"].to_numpy(dtype=float), table["risk_t"].to_numpy(dtype=float)
    patients = (table["n_c"] + table["n_t"]).to_numpy(dtype=float)
    limits = _limits(np.concatenate([x, y]))
    drawn.plot(limits, limits, color=MUTED, lw=0.9, ls=DASHES, zorder=1, gid="no effect")
    handles: list[Any] = [keys.line("no effect", MUTED, style=DASHES, weight=0.9)]
    if curve is not None:
        drawn.plot(curve["risk_c"], curve["risk_t"], color=ORANGE, lw=1.4, zorder=2, gid="curve")
        handles.append(keys.line("pooled effect", ORANGE, weight=1.4))
    across = _diameters(patients, patients.max())
    drawn.scatter(x, y, s=across**2, color=BLUE, alpha=0.55, edgecolors=BLUE, lw=0.8, zorder=3, gid="studies")
    handles += _sizes(patients)
    events = heading(outcome) if outcome else "Events"
    axes: tuple[tuple[Which, str], ...] = (("x", comparator), ("y", treated))
    for which, words in axes:
        set_ticks(drawn, linear_ticks(*limits, 7), lambda v: FIGURE.tick(float(f"{100 * v:.10g}")), which=which)
        getattr(drawn, f"set_{which}label")(f"{events} with {words} (%)")
        getattr(drawn, f"set_{which}lim")(limits)
    drawn.set_aspect("equal", adjustable="box", anchor="W")
    keys.key_below(drawn, handles, own=ax is None)
    if title:
        drawn.set_title(title)
    return drawn


def _limits(risks: np.ndarray) -> tuple[float, float]:
    """Limits of both axes: the risks with room for their bubbles, from 0 where that is near."""
    low, high = float(risks.min()), float(risks.max())
    room = _ROOM * max(high - low, 0.02)
    return (0.0 if low - room < 0.3 * high else low - room), min(high + room, 1.0 + 0.4 * room)


def _diameters(patients: np.ndarray, most: float) -> np.ndarray:
    """Points across each bubble, its area by patients; the smallest can still be seen."""
    found: np.ndarray = np.maximum(_LARGEST * np.sqrt(patients / most), _SMALLEST)
    return found


def _sizes(patients: np.ndarray) -> list[Any]:
    """Bubbles of up to three round sizes between those that are there."""
    low, high = float(patients.min()), float(patients.max())
    middle = sqrt(low * high)
    around = log_ticks(0.5 * low, 1.001 * high, 12) or [high]
    chosen = sorted({min(around, key=lambda v: abs(np.log(v / wanted))) for wanted in (low, middle, high)})
    widths = _diameters(np.array(chosen), high)
    return [
        keys.dot(f"{FIGURE.count(n)} patients", BLUE, size=float(across), alpha=0.55)
        for n, across in zip(chosen, widths, strict=True)
    ]
