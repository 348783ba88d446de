"""Published pools computed again from what the same review prints: ratios per trial, subgroup estimates, or counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tmsmeta import effects as fx
from tmsmeta.effects import EffectSizes
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.pooling import PooledEffect, PoolingSpec, pool_by
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.review.evidence import Evidence
from tmsmeta.review.protocol import PublishedPool
from tmsmeta.review.selecting.apply import select
from tmsmeta.review.selecting.effects import effects_of
from tmsmeta.words.glossary import interval_name
from tmsmeta.words.numbers import interval, number

if TYPE_CHECKING:
    import pandas as pd

INTERVALS = {"z": "", "t": ", t interval", "hksj": ", Hartung-Knapp interval"}
MODELS = {"DL": "random effects (DerSimonian-Laird)", "FE": "the common-effect model"}
Triple = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class PublishedCheck:
    """A published pool beside ways to compute it.

    A standard error can be read from a printed ratio in two ways: from the width of its interval, or as the middle of
    the range that ratio and both limits allow once their rounding is taken into account. Both are tried.

    Attributes:
        result_id: row of published.csv.
        review: the review that printed it.
        scope: what the review says it covers.
        k: trials behind it.
        printed: ratio and limits as printed.
        way: the computation that gives the printed numbers, in words; of several the nearest.
        recomputed: ratio and limits by that way, at full precision.
        slack: how far each of the three may lie off because the inputs are rounded, plus half a printed unit.
        other_ways: ratio and limits by the other ways, for the comparison.
        agrees: whether all three lie within the slack.
        sentence: all of it in words.
    """

    result_id: str
    review: str
    scope: str
    k: int
    printed: Triple
    way: str
    recomputed: Triple
    slack: Triple
    other_ways: dict[str, Triple]
    agrees: bool
    sentence: str

    @property
    def label(self) -> str:
        """Review and scope, for a list of pools."""
        return f"{self.review}: {self.scope}"

    def row(self) -> dict[str, Any]:
        """A flat row for a table."""
        cells: dict[str, Any] = {"result_id": self.result_id, "scope": self.scope, "trials": self.k}
        for name, triple in (("printed", self.printed), ("recomputed", self.recomputed), ("slack", self.slack)):
            cells |= dict(zip((name, f"{name}_low", f"{name}_high"), triple, strict=True))
        return cells | {"way": self.way, "agrees": self.agrees, "sentence": self.sentence}

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return self.row() | {"other_ways": {way: list(triple) for way, triple in self.other_ways.items()}}


@dataclass(frozen=True)
class _Inputs:
    """Effects with what the rounding of their printed form leaves open; counts leave nothing open."""

    effects: EffectSizes
    log_range: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]
    se_range: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]
    counted: bool = False


def _printed_inputs(
    measure: str, rows: pd.DataFrame, name: str, rule: PublishedPool, reading: int | None = None
) -> _Inputs:
    """The ratios of `rows` with their limits, named by the column `name`."""
    ratios, study = (rows["estimate"], rows["ci_low"], rows["ci_high"]), rows[name]
    effects = fx.printed_ratio(measure, *ratios, decimals=reading, study=study)
    return _Inputs(effects, *fx.printed_ranges(*ratios, decimals=rule.decimals, study=study))


def _counted_inputs(effects: EffectSizes) -> _Inputs:
    return _Inputs(effects, (effects.yi, effects.yi), (effects.se, effects.se), counted=True)


def _triple(result: PooledEffect) -> Triple:
    ratio, limits = result.ratio, result.ratio_ci
    if not isinstance(ratio, float) or not isinstance(limits, tuple):
        raise InvalidInputError(Issue(None, "effects", result.k, "must hold at least two ratios to recompute a pool."))
    return (ratio, *limits)


def _slack(inputs: _Inputs, spec: PoolingSpec, decimals: int, triple: Triple) -> Triple:
    """How far ratio and limits move from `triple` as inputs go to the ends of their range, one by one, added up."""
    here = np.array(triple)
    moved = np.zeros(3)
    e = inputs.effects
    for i in range(e.k):
        largest = np.zeros(3)
        for end in (0, 1):
            y, se = e.yi.copy(), e.se.copy()
            y[i], se[i] = inputs.log_range[end][i], inputs.se_range[end][i]
            for changed in (fx.generic(y, se=e.se, measure=e.measure), fx.generic(e.yi, se=se, measure=e.measure)):
                largest = np.maximum(largest, np.abs(np.array(_triple(pool_by(changed, spec))) - here))
        moved += largest
    unit = 0.5 * 10.0**-decimals
    return tuple(float(x) for x in moved + unit)  # type: ignore[return-value]


def _check(row: pd.Series, k: int, ways: Sequence[_Way], rule: PublishedPool) -> PublishedCheck:
    decimals = rule.decimals
    printed = tuple(float(row[name]) for name in ("estimate", "ci_low", "ci_high"))
    computed = [(way, _triple(pool_by(inputs.effects, spec)), inputs, spec) for way, inputs, spec in ways]
    # The way that prints most of the three numbers; of several, the one that is nearest on the log scale.
    nearness = [(-_same_print(triple, printed, decimals), _distance(triple, printed)) for _, triple, _, _ in computed]
    way, triple, inputs, spec = computed[nearness.index(min(nearness))]
    half = 0.5 * 10.0**-decimals
    slack = (half, half, half) if inputs.counted else _slack(inputs, spec, decimals, triple)
    agrees = bool((np.abs(np.array(triple) - np.array(printed)) <= np.array(slack)).all())
    others = {name: other for name, other, _, _ in computed if _shown(other, decimals) != _shown(triple, decimals)}
    check = PublishedCheck(
        result_id=str(row["result_id"]),
        review=str(row["review"]),
        scope=str(row["scope"]),
        k=k,
        printed=printed,  # type: ignore[arg-type]
        way=way,
        recomputed=triple,
        slack=slack,
        other_ways=others,
        agrees=agrees,
        sentence="",
    )
    return replace(check, sentence=_sentence(check, decimals, counted=inputs.counted))


def _same_print(triple: tuple[float, ...], printed: tuple[float, ...], decimals: int) -> int:
    return sum(number(x, decimals) == number(y, decimals) for x, y in zip(triple, printed, strict=True))


def _distance(triple: tuple[float, ...], printed: tuple[float, ...]) -> float:
    return float(np.abs(np.log(np.array(triple) / np.array(printed))).max())


def _shown(triple: Triple, decimals: int) -> str:
    return f"{number(triple[0], decimals)} ({interval(triple[1:], decimals)})"


def _sentence(check: PublishedCheck, decimals: int, *, counted: bool) -> str:
    printed, recomputed = _shown(check.printed, decimals), _shown(check.recomputed, decimals)
    if check.agrees:
        text = f"The printed {printed} follows by {check.way}: {recomputed}"
        text += "." if counted else ", within what the rounding of the printed inputs leaves open."
    else:
        text = f"The printed {printed} does not follow; nearest is {check.way}: {recomputed}."
    others = [f"{way} it would be {_shown(triple, decimals)}" for way, triple in check.other_ways.items()]
    return f"{text} By {'; by '.join(others)}." if others else text


def published_pools(evidence: Evidence) -> list[PublishedCheck]:
    """The pools of ``published.csv`` that the protocol names, each computed again from what it says stands behind it.

    A pool of printed subgroup estimates has the one-stage pool of their trials beside it, since the two differ.
    """
    published = evidence.published.set_index("result_id", drop=False)
    rules = {rule.result: rule for rule in evidence.protocol.published.pools}
    checks = []
    for rule in rules.values():
        row = published.loc[[rule.result]].iloc[0]
        if rule.of:
            k, ways = _pool_of_pools(evidence, rule, rules, row)
        elif rule.subset:
            k, ways = _pool_of_ratios(evidence, rule, row)
        else:
            k, ways = _pool_of_counts(evidence, rule, row)
        checks.append(_check(row, k, ways, rule))
    return checks


_Way = tuple[str, _Inputs, PoolingSpec]


def _models(rule: PublishedPool) -> list[tuple[str, PoolingSpec]]:
    words = {name: MODELS.get(name, f"random effects ({ESTIMATORS[name].label})") for name in rule.estimators}
    limits = INTERVALS.get(rule.ci, f", {interval_name(rule.ci)} interval")
    return [
        (words[name] + limits, PoolingSpec(tau2=name, ci=rule.ci, prediction="none", i2="Q"))
        for name in rule.estimators
    ]


def _ratios(evidence: Evidence, subsets: Sequence[str], row: pd.Series) -> pd.DataFrame:
    """The printed ratios of subsets on the outcome and measure of a published row."""
    table = evidence.contrasts
    same = (table["outcome"] == row["outcome"]) & (table["measure"] == row["measure"])
    chosen: pd.DataFrame = table[same & table["subset"].isin(subsets)]
    return chosen


def _pool_of_ratios(evidence: Evidence, rule: PublishedPool, row: pd.Series) -> tuple[int, list[_Way]]:
    """Every model, each with both readings of the standard errors."""
    rows = _ratios(evidence, [rule.subset], row)
    readings = {"interval widths": None, "ratios and both limits": rule.decimals}
    read = {name: _printed_inputs(str(row["measure"]), rows, "trial_id", rule, d) for name, d in readings.items()}
    ways = [
        (f"{model} with standard errors from {name}", inputs, spec)
        for model, spec in _models(rule)
        for name, inputs in read.items()
    ]
    return len(rows), _distinct(ways)


def _pool_of_counts(evidence: Evidence, rule: PublishedPool, row: pd.Series) -> tuple[int, list[_Way]]:
    outcome, measure = str(row["outcome"]), str(row["measure"])
    chosen = select(evidence, evidence.selection(outcome, rule.selection, measure=measure))
    inputs = _counted_inputs(effects_of(chosen, measure, evidence.protocol.pooling.zero_cells))
    return chosen.k, _distinct([(f"{model} from the counts", inputs, spec) for model, spec in _models(rule)])


def _distinct(ways: list[_Way]) -> list[_Way]:
    """The first model only where tau2 is 0 in all and they are the same."""
    same = all(pool_by(inputs.effects, spec).tau2 == 0 for _, inputs, spec in ways if spec.tau2 != "FE")
    return [way for way in ways if way[2] == ways[0][2]] if same else ways


def _pool_of_pools(
    evidence: Evidence, rule: PublishedPool, rules: Mapping[str, PublishedPool], row: pd.Series
) -> tuple[int, list[_Way]]:
    """The pool of the printed subgroup estimates, and the one-stage pool of their trials."""
    parts = evidence.published.set_index("result_id", drop=False).loc[list(rule.of)]
    measure = str(row["measure"])
    models = _models(rule)
    _, spec = next((model for model in models if model[1].tau2 != "FE"), models[0])
    effects = "the common effect" if spec.tau2 == "FE" else "random effects"
    printed = _printed_inputs(measure, parts, "result_id", rule)
    count = {2: "two", 3: "three", 4: "four"}.get(len(parts), str(len(parts)))
    ways = [(f"{effects} over the {count} printed subgroup estimates", printed, spec)]
    subsets = [rules[name].subset for name in rule.of if name in rules and rules[name].subset]
    trials = _ratios(evidence, subsets, row)
    if len(subsets) < len(rule.of):
        return int(parts["k"].sum()), ways
    one_stage = _printed_inputs(measure, trials, "trial_id", rule)
    ways.append((f"one-stage {effects.removeprefix('the ')} over the {len(trials)} trials", one_stage, spec))
    return len(trials), ways
