"""A forest plot in characters, for a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tmsmeta.words.numbers import number

if TYPE_CHECKING:
    from tmsmeta.effects import EffectSizes
    from tmsmeta.pooling import PooledEffect

_MOST_CELLS, _FEWEST_CELLS = 41, 15
_RULES = 10  # columns of the console that the rules beside names, counts and graph take
_WIDEST = (0.1, 20.0)  # ratios beyond are cut, with an arrow


def forest_lines(result: PooledEffect, width: int = 120) -> list[list[str]]:
    """One line per study and one for the pooled effect: name, counts, graph, estimate with interval, weight.

    The graph is as wide as a console of `width` columns has room for beside names and counts, within bounds.
    The graph is a log axis for ratios and a linear one otherwise; ``│`` marks no effect, ``■`` a study, ``◆`` the
    pooled effect, an arrow an interval that goes on.
    """
    e, frame = result.effects, result.to_frame()
    rows = [[float(r[c]) for c in e.columns] for r in frame.to_dict("records")]
    low, high = _limits(rows, log=e.info.is_ratio)
    names = [(str(name), _counts(result, i, i == len(rows) - 1)) for i, name in enumerate(frame["study"])]
    beside = max(cell_len(name) for name, _ in names) + max(cell_len(counts) for _, counts in names) + _RULES
    cells = min(_MOST_CELLS, max(_FEWEST_CELLS, width - beside))
    lines = []
    for i, values in enumerate(rows):
        last = i == len(rows) - 1
        weight = 1.0 if last else float(result.weights[i])
        graph = _graph(values, low, high, null=e.info.null, log=e.info.is_ratio, mark="◆" if last else "■", size=cells)
        text = _text(e, values)
        lines.append([*names[i], graph, text, f"{number(100 * weight, 1)}%"])
    return lines


def _text(effects: EffectSizes, values: list[float]) -> str:
    """Estimate and interval on the scale a reader knows."""
    estimate, low, high = values
    shown, *ends = effects.natural.texts_of(estimate, None if math.isnan(low) else (low, high))
    return f"{shown} ({' to '.join(ends)})" if ends else shown


def _limits(rows: list[list[float]], *, log: bool) -> tuple[float, float]:
    known = [v for row in rows for v in row if not math.isnan(v)]
    low, high = min(known), max(known)
    if log:
        low, high = max(min(low, 0.8), _WIDEST[0]), min(max(high, 1.25), _WIDEST[1])
        return math.log(low), math.log(high)
    return min(low, 0.0), max(high, 0.0) if high > 0 else 0.1


def _counts(result: PooledEffect, i: int, last: bool) -> str:
    inputs = result.effects.inputs
    if not {"events_t", "n_t", "events_c", "n_c"} <= set(inputs):
        return ""
    values = [float(inputs[n].sum() if last else inputs[n][i]) for n in ("events_t", "n_t", "events_c", "n_c")]
    if any(math.isnan(v) for v in values):
        return ""
    a, n, c, m = (f"{v:g}" for v in values)
    return f"{a}/{n} v {c}/{m}"


def _graph(values: list[float], low: float, high: float, *, null: float, log: bool, mark: str, size: int) -> str:
    cells = [" "] * size

    def at(value: float) -> float:
        shown = value
        if log:
            shown = math.log(value) if value > 0 else -math.inf
        return (shown - low) / (high - low) * (size - 1)

    # `null` is on the scale of the analysis, which is the scale of the axis
    zero = (null - low) / (high - low) * (size - 1) if not math.isnan(null) else -1.0
    if 0 <= zero <= size - 1:
        cells[round(zero)] = "│"
    if not math.isnan(values[1]):
        start, end = at(values[1]), at(values[2])
        for i in range(max(0, math.ceil(start - 0.5)), min(size - 1, math.floor(end + 0.5)) + 1):
            cells[i] = "┼" if cells[i] == "│" else "─"
        if start < -0.5:
            cells[0] = "◄"
        if end > size - 0.5:
            cells[-1] = "►"
    centre = at(values[0])
    if -0.5 <= centre <= size - 0.5:
        cells[round(centre)] = mark
    return "".join(cells)
