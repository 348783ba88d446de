"""Bubble plot: the studies of a meta-regression along one numeric moderator, with the line that was fitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from tmsmeta.effects.dates import as_numbers
from tmsmeta.effects.pairing import paired_table, table_keys, table_of
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.figures import keys
from tmsmeta.figures.axes import EffectScale, effect_axis, padded, scale_for, set_ticks
from tmsmeta.figures.room import Width, paper_width
from tmsmeta.figures.style import BLUE, MUTED, ORANGE, TWO_COLUMNS, axes_or_new, styled
from tmsmeta.words.names import listed
from tmsmeta.words.numbers import FIGURE
from tmsmeta.words.ticks import linear_ticks

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.models.regression import MetaRegression

_GROUPED = 10_000
_LARGEST = 16.0  # points across the largest bubble
_BAND = "#f6ddc6"
_POINTS = 101  # of the line, from the smallest to the largest value of the moderator


@styled
def bubble_plot(
    result: MetaRegression,
    data: Any,
    moderator: str = "",
    *,
    ax: Axes | None = None,
    width: Width | None = None,
    title: str = "",
) -> Axes:
    """Draw the studies along one moderator, a bubble each with its area by weight, and the fitted line with its limits.

    The line and its confidence band are ``result.predict`` over the values that the studies have, with other numbers
    at their mean and other categories at their first level; dashed lines are the prediction limits, where there are
    any. Ratios are spaced as logs and read as ratios.

    Args:
        result: from :func:`tmsmeta.meta_regression`.
        data: the table that the regression was given.
        moderator: a column of numbers or dates that the formula reads; by default the first one.
        ax: the axes to use; a new figure without it.
        width: ``single`` (85 mm), ``double`` (170 mm) or inches, of a new figure.
        title: heading.

    Returns:
        The axes: x is the moderator, y the effect.

    Raises:
        InvalidInputError: a formula that reads no numbers, another moderator, a table that does not fit the studies.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> doses = {"dose": [10, 5, 8, 12]}
        >>> ax = tm.figures.bubble_plot(tm.meta_regression(trials, "~ dose", doses), doses)
    """
    numeric = result.design.numeric
    if not numeric:
        message = "has no numeric moderator to draw the studies along; its table is .to_frame()."
        raise InvalidInputError(Issue(None, "formula", result.spec.formula, message))
    moderator = moderator or numeric[0]
    if moderator not in numeric:
        raise InvalidInputError(Issue(None, "moderator", moderator, f"must be one of: {', '.join(numeric)}."))
    table = _studies(result, data)
    x = table[moderator].to_numpy(dtype=float)
    others = _held(result, table, moderator)
    grid = np.linspace(x.min(), x.max(), _POINTS)
    line = result.predict({moderator: grid, **{name: [value] * _POINTS for name, value in others.items()}})
    inches = paper_width(width, 0.72 * TWO_COLUMNS)
    drawn = axes_or_new(ax, inches, 0.58 * inches + 0.2)
    _draw_line(drawn, grid, line)
    level = FIGURE.level(result.spec.level)
    size = _LARGEST**2 * result.weights / result.weights.max()
    drawn.scatter(x, result.effects.yi, s=size, color=BLUE, alpha=0.5, edgecolors=BLUE, lw=0.8, zorder=3, gid="studies")
    ends = line[["ci_low", "ci_high", "prediction_low", "prediction_high"]].to_numpy().ravel()
    shown = np.concatenate([result.effects.yi, ends[np.isfinite(ends)]])
    no_effect = _effects_upright(drawn, scale_for(result.effects), *padded(float(shown.min()), float(shown.max())))
    _moderator_across(drawn, x, moderator)
    handles = [*_keys(line, level), *no_effect]
    keys.key_below(drawn, handles, words=_held_words(result, others), own=ax is None)
    if title:
        drawn.set_title(title)
    return drawn


def _studies(result: MetaRegression, data: Any) -> pd.DataFrame:
    """The moderators of the studies used, in their order, with dates as numbers.

    The table may hold the studies that were left out, too: those that have labels are left aside by these, those that
    stand in the order of the effects by their place.
    """
    study = result.effects.study.tolist()
    kept = result.design.kept
    keyed_columns = isinstance(data, Mapping) and any(
        hasattr(v, "iloc") or isinstance(v, Mapping) for v in data.values()
    )
    if keyed_columns:
        return _in_numbers(result, paired_table("data", data, study))
    table = table_of("data", data)
    keys, also = table_keys("data", table, study), list[str]()
    if len(table) > max(len(study), kept.max()) and (keys is None or [keys[i] for i in kept] == study):
        table = table.iloc[kept].reset_index(drop=True).assign(study=study)
    elif keys is not None and result.left_out:
        also = sorted(set(keys) - set(study))
    return _in_numbers(result, paired_table("data", table, study, also=also))


def _in_numbers(result: MetaRegression, table: pd.DataFrame) -> pd.DataFrame:
    """The table with dates and durations as numbers, once it has every column that the formula reads."""
    if absent := [name for name in result.design.columns if name not in table.columns]:
        message = "is needed by the formula, and `data` lacks it."
        raise InvalidInputError([Issue(None, name, None, message) for name in absent])
    return table.assign(**{name: as_numbers(table[name], unit) for name, unit in result.design.units.items()})


def _held(result: MetaRegression, table: pd.DataFrame, moderator: str) -> dict[str, Any]:
    """The other moderators along the line: the mean of numbers, the first level of categories."""
    held: dict[str, Any] = {}
    for name in result.design.columns:
        column = table[name]
        if name == moderator:
            continue
        if name in result.design.numeric:
            held[name] = float(column.mean())
        elif hasattr(column, "cat"):
            seen = set(column)
            held[name] = next(level for level in column.cat.categories if level in seen)
        else:
            held[name] = min(column.tolist())
    return held


def _draw_line(ax: Axes, grid: np.ndarray, line: pd.DataFrame) -> None:
    ax.fill_between(grid, line["ci_low"], line["ci_high"], color=_BAND, lw=0, zorder=1, gid="confidence")
    ax.plot(grid, line["estimate"], color=ORANGE, lw=1.6, zorder=2, gid="line")
    if _has_prediction(line):
        for end in ("prediction_low", "prediction_high"):
            ax.plot(grid, line[end], color=MUTED, lw=1.0, ls="--", zorder=2, gid=end)


def _has_prediction(line: pd.DataFrame) -> bool:
    return bool(np.isfinite(line["prediction_low"]).all())


def _keys(line: pd.DataFrame, level: str) -> list[Any]:
    found = [
        keys.dot("Studies, area by weight", BLUE, size=7.0, alpha=0.5),
        keys.line("fitted", ORANGE, weight=1.6),
        keys.shade(f"{level} confidence band", _BAND),
    ]
    return [*found, keys.line(f"{level} prediction limits", MUTED, style="--")] if _has_prediction(line) else found


def _effects_upright(ax: Axes, scale: EffectScale, low: float, high: float) -> list[Any]:
    """The axis of effects; returns the key of its line of no effect, where it has one."""
    effect_axis(ax, scale, low, high, which="y")
    if scale.null is not None and low < 0 < high and np.isclose(float(scale.show(0.0)), scale.null):
        ax.axhline(0.0, color=MUTED, lw=0.9, ls=":", zorder=0, gid="no effect")
        return [keys.line("No effect", MUTED, style=":", weight=0.9)]
    return []


def _moderator_across(ax: Axes, x: np.ndarray, label: str) -> None:
    low, high = padded(float(x.min()), float(x.max()))
    ax.set_xlim(low, high)
    set_ticks(ax, linear_ticks(low, high, 7), _value)
    ax.set_xlabel(label)


def _held_words(result: MetaRegression, others: dict[str, Any]) -> str:
    """At which values of the other moderators the line stands."""
    if not others:
        return ""
    numeric = result.design.numeric
    held = [f"{name} = {_value(float(f'{v:.4g}')) if name in numeric else v}" for name, v in others.items()]
    return f"The line stands at {listed(held)}."


def _value(value: float) -> str:
    """A value of a moderator; four digits stand together, as they may be a year."""
    text = FIGURE.tick(value)
    return text.replace(",", "") if abs(value) < _GROUPED else text
