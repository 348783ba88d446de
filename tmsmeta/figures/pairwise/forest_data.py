"""Read pooled results for a forest plot: the cells of its columns, in axis values and text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.effects.checks import is_missing
from tmsmeta.effects.measures import MEASURES
from tmsmeta.effects.transform import SCALES
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.figures.axes import EffectScale
from tmsmeta.figures.table_plot.description import Mark
from tmsmeta.words.numbers import FIGURE
from tmsmeta.words.ticks import snap

if TYPE_CHECKING:
    from tmsmeta.models.counts import CountsEffect
    from tmsmeta.pooling import PooledEffect

    Pool: TypeAlias = PooledEffect | CountsEffect


Interval = tuple[float, float] | NotAssessable


@dataclass(frozen=True)
class Study:
    """One study as the forest plot shows it, in axis values; `row` is its place in the effects as given, from 0."""

    label: str
    estimate: float
    low: float
    high: float
    weight: float
    counts: Mapping[str, float] = field(default_factory=dict)
    row: int = 0


def as_study(mark: Mark) -> Study:
    """A mark of any table plot in the form from which :func:`graph_limits` finds the limits of its graph."""
    ends = [np.nan if v is None else v for v in (mark.estimate, mark.low, mark.high)]
    return Study("", ends[0], ends[1], ends[2], 1.0)


@dataclass(frozen=True)
class Pooled:
    """A pooled effect in axis values; NaN, without an interval, where the studies give none."""

    estimate: float
    ci: Interval
    prediction: Interval


def read_studies(
    result: Pool,
    scale: EffectScale,
    whole: EffectSizes | None = None,
    weights: Floats | None = None,
) -> list[Study]:
    """The studies of `result`, with their rows in `whole`; `weights` of these rows, shape (k,), replace its own."""
    effects = result.effects
    table = effects.to_frame(result.spec.level)
    sizes = _study_sizes(effects)
    estimate, low, high = (scale.show(table[name].to_numpy(dtype=float), sizes) for name in ("yi", "ci_low", "ci_high"))
    rows = list(range(effects.k)) if whole is None else rows_in(effects, whole)
    shares = weights_of(result) if weights is None else weights[rows]
    return [
        Study(
            label=str(name),
            estimate=float(estimate[i]),
            low=float(low[i]),
            high=float(high[i]),
            weight=float(shares[i]),
            counts={key: float(column[i]) for key, column in effects.inputs.items()},
            row=rows[i],
        )
        for i, name in enumerate(effects.study.tolist())
    ]


def weights_of(result: Pool) -> Floats:
    """The share of each study in the estimate; equal ones where the model has no weights."""
    weights = result.weights
    return np.full(result.effects.k, 1 / result.effects.k) if isinstance(weights, NotAssessable) else weights


def rows_in(part: EffectSizes, whole: EffectSizes) -> list[int]:
    """The place in `whole` of each row of `part`: by label, and by the numbers where a label repeats."""
    free: dict[str, list[int]] = {}
    for row, label in enumerate(whole.study.tolist()):
        free.setdefault(label, []).append(row)
    found = []
    for i, label in enumerate(part.study.tolist()):
        same = [row for row in free[label] if whole.yi[row] == part.yi[i] and whole.vi[row] == part.vi[i]]
        row = (same or free[label])[0]
        free[label].remove(row)
        found.append(row)
    return found


def _study_sizes(effects: EffectSizes) -> Floats | None:
    """Sizes or person-times that the way back from a Freeman-Tukey scale needs."""
    column = SCALES[effects.info.scale].size
    if column and effects.sizes is None:
        raise InvalidInputError(
            Issue(None, "effects", effects.measure, f"needs the input column {column} to be drawn.")
        )
    return effects.sizes


def read_pooled(result: Pool, scale: EffectScale) -> Pooled:
    """Estimate, interval and prediction interval of `result`, brought back at the sizes of its own studies."""
    n = result.effects.natural.size

    def shown(limits: Interval) -> Interval:
        if isinstance(limits, NotAssessable):
            return limits
        low, high = scale.show(np.array(limits), n)
        return float(low), float(high)

    none = NotAssessable("prediction interval", "models on counts give none")
    prediction = getattr(result, "prediction", none)
    estimate = np.nan if isinstance(result.estimate, NotAssessable) else float(scale.show(result.estimate, n))
    return Pooled(estimate, shown(result.ci), shown(prediction))


@dataclass(frozen=True)
class ArmColumn:
    """A column of one arm: its key, group and heading, and how a cell is made from the inputs of a study."""

    key: str
    arm: str
    header: str
    inputs: tuple[str, ...]
    summed: bool = True

    def cell(self, counts: Mapping[str, float]) -> str:
        """The text of one study, or of a total; empty where a count is not known, as of a study known by its ratio."""
        values = [counts.get(name, np.nan) for name in self.inputs]
        if not all(map(isfinite, values)):
            return ""
        if self.inputs[0].startswith("mean") and len(values) == 2:
            return f"{FIGURE.general(values[0])} ({FIGURE.general(values[1])})"
        if self.inputs[0].startswith(("mean", "sd")):
            return FIGURE.general(values[0])
        return "/".join(FIGURE.count(v) for v in values)


def arm_columns(effects: EffectSizes, split: bool) -> list[ArmColumn]:
    """The columns that the inputs of `effects` allow; ``t`` and ``c`` name the arms, ``""`` a single one."""
    given = effects.inputs
    found: list[ArmColumn] = []
    for arm in ("t", "c", ""):
        tail = f"_{arm}" if arm else ""
        if f"mean{tail}" in given:
            if split:
                found += [
                    ArmColumn(f"mean{tail}", arm, "Mean", (f"mean{tail}",), summed=False),
                    ArmColumn(f"sd{tail}", arm, "SD", (f"sd{tail}",), summed=False),
                    ArmColumn(f"n{tail}", arm, "Total", (f"n{tail}",)),
                ]
            else:
                found += [
                    ArmColumn(f"mean{tail}", arm, "mean (SD)", (f"mean{tail}", f"sd{tail}"), summed=False),
                    ArmColumn(f"n{tail}", arm, "n", (f"n{tail}",)),
                ]
            continue
        size = next((s for s in ("n", "time") if f"{s}{tail}" in given and f"events{tail}" in given), None)
        if size and split:
            words = "Total" if size == "n" else "Time"
            found.append(ArmColumn(f"events{tail}", arm, "Events", (f"events{tail}",)))
            found.append(ArmColumn(f"{size}{tail}", arm, words, (f"{size}{tail}",)))
        elif size:
            found.append(ArmColumn(f"events{tail}", arm, f"events/{size}", (f"events{tail}", f"{size}{tail}")))
    return found


def totals(studies: Sequence[Study]) -> dict[str, float]:
    """Sums of the counts of `studies`."""
    names = {name for s in studies for name in s.counts}
    return {name: float(sum(s.counts[name] for s in studies)) for name in names}


def sort_studies(studies: list[Study], sort: str | None, columns: Mapping[str, Sequence[Any]]) -> list[Study]:
    """`studies` in the order of a key: a field, or a column of the user's by row; a minus in front turns it round.

    Numbers stand before texts, and studies without a value last.

    Raises:
        InvalidInputError: an unknown key.
    """
    if sort is None:
        return studies
    key, reverse = sort.removeprefix("-"), sort.startswith("-")
    fields = {
        "study": lambda s: s.label.casefold(),
        "estimate": lambda s: s.estimate,
        "weight": lambda s: s.weight,
    }
    if key in fields:
        return sorted(studies, key=cast("Any", fields[key]), reverse=reverse)
    if key not in columns:
        allowed = ", ".join(repr(k) for k in (*fields, *columns))
        raise InvalidInputError(Issue(None, "sort", sort, f"must be one of {allowed}, with or without a minus."))
    values = columns[key]
    missing = [s for s in studies if is_missing(values[s.row])]
    known = [s for s in studies if not is_missing(values[s.row])]
    return sorted(known, key=lambda s: _sort_key(values[s.row]), reverse=reverse) + missing


def _sort_key(value: Any) -> tuple[bool, Any]:
    return (False, value) if not isinstance(value, str) else (True, value.casefold())


def graph_limits(scale: EffectScale, studies: Sequence[Study], pooled: Sequence[Pooled]) -> tuple[float, float]:
    """Limits of the graph that show every estimate, and the intervals as far as they leave the rest legible.

    Intervals of single studies may reach 0.8 times, those of pooled effects 1.5 times the spread of the estimates
    beyond them; what is wider is cut and marked by an arrow.
    """
    move = np.log if scale.log else np.asarray

    def on_axis(values: list[float]) -> Floats:
        kept = [v for v in values if np.isfinite(v) and (v > 0 or not scale.log)]
        return np.asarray(move(kept), dtype=float)

    nulls = [] if scale.null is None else [scale.null]
    core = on_axis([s.estimate for s in studies] + [p.estimate for p in pooled] + nulls)
    wide = [reach for s in studies if (reach := on_axis([s.low, s.high])).size]
    typical = float(np.median([np.ptp(w) for w in wide])) if wide else 0.0
    spread = max(float(np.ptp(core)), typical, 1e-6)
    low, high = float(core.min()), float(core.max())
    ends = [(w, 0.8) for w in wide]
    ends += [(on_axis(list(p.ci)), 1.5) for p in pooled if not isinstance(p.ci, NotAssessable)]
    ends += [(on_axis(list(p.prediction)), 0.8) for p in pooled if not isinstance(p.prediction, NotAssessable)]
    bottom = min([low, *(max(float(e.min()), low - reach * spread) for e, reach in ends if e.size)])
    top = max([high, *(min(float(e.max()), high + reach * spread) for e, reach in ends if e.size)])
    pad = 0.03 * (top - bottom) or 1.0  # one place on the axis needs room around it
    bottom, top = bottom - pad, top + pad
    if not scale.log:
        least, most = MEASURES[scale.measure].bounds
        bottom, top = max(bottom, least), min(top, most)
    return snap(float(np.exp(bottom)), float(np.exp(top)), log=True) if scale.log else snap(bottom, top, log=False)
