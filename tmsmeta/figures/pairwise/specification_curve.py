"""Specification curve: every defensible analysis, and the choices behind each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tmsmeta.effects.measures import MEASURES
from tmsmeta.effects.natural import Natural
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.figures import keys
from tmsmeta.figures.axes import effect_axis, padded, scale_of
from tmsmeta.figures.room import Width, paper_width
from tmsmeta.figures.style import BLUE, DASHES, FAINT, INK, ORANGE, PAPER, SMALL, TWO_COLUMNS, new_figure, styled
from tmsmeta.figures.text_extent import line_height, lines_height, wrap
from tmsmeta.figures.text_extent import width as text_width
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.robustness.sensitivity.multiverse import has_null
from tmsmeta.words.glossary import INTERVALS, ZERO_CELLS
from tmsmeta.words.names import counted, heading
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.robustness.sensitivity.multiverse import Multiverse

_GREY = "#8c8c8c"
"""Of intervals that include no effect: 3.4 to 1 on white, and lighter than the others in a grey print."""
_CURVE, _LOWEST = 1.5, 0.9  # inches of a curve, at most and at least
_BETWEEN, _KEY = 0.45, 0.4  # inches of a heading, and of the key
_NAMES = 0.34  # of the paper that the names of the choices may take
_MANY = 60  # analyses whose estimates touch
_FRAME = 0.2  # inches beside names and curve
_TALLEST = 9.7  # inches of text on a page of A4
_WORDS = {
    "tau2 estimator": {name: estimator.label for name, estimator in ESTIMATORS.items()},
    "interval": INTERVALS,
    "zero_cells": {name: "none corrected" if name == "none" else label for name, label in ZERO_CELLS.items()},
}
"""Levels of factors that have words for people."""


class _Row(NamedTuple):
    """A line of the table of choices: a factor (no level) or one of its levels, its name and its height in inches."""

    factor: str
    level: str | None
    name: str
    height: float


@styled
def specification_curve(
    multiverse: Multiverse,
    *,
    scale: str | None = None,
    measure: str | None = None,
    width: Width | None = None,
    title: str = "",
) -> Figure:
    """Draw the results in order of their estimate above a table of marks that shows the choices of each.

    Each measure has a curve of its own, since odds and risk ratios of the same data differ by definition. Its heading
    says how many intervals exclude no effect; the main analysis of the multiverse, if it names one, is marked.

    Args:
        multiverse: from :func:`tmsmeta.multiverse`.
        scale: which results, one of ``multiverse.scales``; the most frequent one by default.
        measure: the only measure to draw, such as ``RR``; all measures on the scale by default.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches.
        title: heading.

    Returns:
        The figure, with the axes ``curve`` and ``choices`` (their labels) of each measure, from top to bottom.

    Raises:
        UnknownOptionError: a scale that is not there.
        InvalidInputError: a measure that is not there, or more choices than fit on a page.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> result = tm.multiverse({"all": trials, "without D": trials.subset([0, 1, 2])})
        >>> figure = tm.figures.specification_curve(result)
    """
    curve = multiverse.curve(scale)
    found = {str(name): part.reset_index(drop=True) for name, part in curve.groupby("effect_measure", sort=False)}
    if measure is not None and measure not in found:
        raise InvalidInputError(Issue(None, "measure", measure, f"must be one of: {', '.join(found)}."))
    panels = found if measure is None else {measure: found[measure]}
    inches = paper_width(width, TWO_COLUMNS)
    rows = {name: _rows(multiverse, part, _NAMES * inches) for name, part in panels.items()}
    below = {name: sum(row.height for row in table) for name, table in rows.items()}
    fixed = sum(_BETWEEN + high for high in below.values()) + _KEY
    each = float(np.clip((_TALLEST - fixed) / len(panels), _LOWEST, _CURVE))
    height = fixed + each * len(panels)
    if height > _TALLEST:
        message = "draws more choices than fit on a page; give `measure` for one measure, or fewer factors and levels."
        raise InvalidInputError(Issue(None, "multiverse", f"{height:.0f} inches", message))
    figure = new_figure(inches, height - _KEY)
    ratios = [ratio for high in below.values() for ratio in (each, high)]
    axes = figure.subplots(2 * len(panels), 1, height_ratios=ratios).ravel()
    handles: dict[str, Any] = {}
    for (name, part), top, bottom in zip(panels.items(), axes[::2], axes[1::2], strict=True):
        beside = inches - max(text_width(row.name, SMALL, "bold") for row in rows[name]) - _FRAME
        handles |= {h.get_label(): h for h in _curve(top, part, name, multiverse.level, beside)}
        _choices(bottom, part, rows[name])
    keys.key_below(axes[-1], list(handles.values()))
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontweight="bold")
    return figure


def _curve(ax: Axes, part: pd.DataFrame, measure: str, level: float, inches: float) -> list[Any]:
    rank = np.arange(1, len(part) + 1)
    low, high, estimate = (part[n].to_numpy(dtype=float) for n in ("ci_low", "ci_high", "estimate"))
    clear, null = part["excludes_null"].to_numpy(dtype=bool), has_null(_scale(part))
    thick = float(np.clip(0.5 * 72 * inches / len(part), 0.5, 2.5))
    names = ("Interval includes no effect", "Interval excludes no effect") if null else ("", "Interval")
    edge = 0.4 if len(part) < _MANY else 0.0
    handles: list[Any] = []
    for some, colour, name in ((~clear & null, _GREY, names[0]), (clear | (not null), BLUE, names[1])):
        if some.any():
            ax.vlines(rank[some], low[some], high[some], color=colour, lw=thick, gid="intervals")
            handles.append(keys.line(name, colour, weight=2.0))
    ax.plot(rank, estimate, color=INK, lw=0, marker="o", ms=2.8, mec=PAPER, mew=edge, gid="estimates")
    handles.append(keys.dot("Estimate", INK, size=2.8))
    main = part["is_main"].to_numpy(dtype=bool)
    if main.any():
        ax.plot(
            rank[main], estimate[main], ls="", marker="D", color=ORANGE, mec=INK, mew=0.6, ms=5.5, zorder=5, gid="main"
        )
        handles.append(keys.dot("Main analysis", ORANGE, marker="D", size=5.5))
    if null:
        ax.axhline(0.0, color=INK, lw=0.7, ls=DASHES, zorder=0, gid="no effect")
        handles.append(keys.line("No effect", INK, style=DASHES, weight=0.7))
    finite = np.concatenate([low[np.isfinite(low)], high[np.isfinite(high)], estimate, [0.0] if null else []])
    shown = padded(float(finite.min()), float(finite.max()), 0.06)
    effect_axis(ax, scale_of(measure), *shown, most=6, which="y")
    ax.set_label("curve")
    ax.set_xlim(0, len(part) + 1)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.set_title(wrap(_said(part, measure, level, null), SMALL, inches, "bold"), fontsize=SMALL)
    return handles


def _scale(part: pd.DataFrame) -> str:
    """The scale of a panel."""
    return str(part["scale"].iloc[0])


def _said(part: pd.DataFrame, measure: str, level: float, null: bool) -> str:
    """How many analyses there are, and how many of their intervals exclude no effect."""
    count = counted(len(part), "analysis", "analyses")
    said = f"{heading(Natural(info=MEASURES[measure]).label)}, {count}"
    if not null:
        return said
    clear = int(part["excludes_null"].sum())
    share = FIGURE.share(clear / len(part), 0)
    return f"{said}: {clear} ({share}%) of the {FIGURE.level(level)} intervals exclude no effect"


def _rows(multiverse: Multiverse, part: pd.DataFrame, inches: float) -> list[_Row]:
    """The factors that vary in a panel with their levels; all factors where none does."""
    used = {name: [v for v in levels if (part[name] == v).any()] for name, levels in multiverse.factors.items()}
    used = {name: levels for name, levels in used.items() if len(levels) > 1} or used
    rows = []
    for factor, levels in used.items():
        words = _WORDS.get(factor, {})
        for level in (None, *levels):
            text = heading(factor.replace("_", " ").replace("tau2", "τ²")) if level is None else words.get(level, level)
            name = wrap(text, SMALL, inches, "bold" if level is None else "normal")
            rows.append(_Row(factor, level, name, 1.08 * lines_height(name, SMALL)))
    return rows


def _choices(ax: Axes, part: pd.DataFrame, rows: list[_Row]) -> None:
    rank, main = np.arange(1, len(part) + 1), part["is_main"].to_numpy(dtype=bool)
    place, middles = 0.0, []
    for row in rows:
        middles.append(place + row.height / 2)
        place += row.height
        if row.level is None:
            continue
        chosen = (part[row.factor] == row.level).to_numpy(dtype=bool)
        ax.axhline(middles[-1], color=FAINT, lw=0.5, zorder=0)
        for some, colour in ((chosen & ~main, BLUE), (chosen & main, ORANGE)):
            marks = np.full(int(some.sum()), middles[-1])
            size = (0.7 * 72 * line_height(SMALL)) ** 2
            ax.scatter(rank[some], marks, s=size, color=colour, marker="|", lw=0.8 if colour == BLUE else 2.0)
    ax.set_yticks(middles, [row.name for row in rows])
    for tick, row in zip(ax.get_yticklabels(), rows, strict=True):
        tick.set_fontweight("bold" if row.level is None else "normal")
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(place, 0.0)
    ax.set_xlim(0, len(part) + 1)
    ax.set_label("choices")
    ax.set_xticks([])
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
