"""Published pools recomputed from the per-trial ratios that the same review prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tmsmeta import effects as fx
from tmsmeta.effects import EffectSizes
from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.pooling import PooledEffect, PoolingSpec, pool_by
from tmsmeta.review import Evidence
from tmsmeta.words.numbers import interval, number

if TYPE_CHECKING:
    import pandas as pd

DECIMALS = 2  # AHRQ CER 33 prints ratios and limits with two decimals
RANDOM = PoolingSpec(tau2="DL", ci="z", prediction="none", i2="Q")
COMMON = PoolingSpec(tau2="FE", ci="z", prediction="none", i2="Q")
Triple = tuple[float, float, float]

#: Which subsets of contrasts.csv stand behind which row of published.csv.
SUBSETS = {
    "ahrq_t1_mdd": "Tier 1 / MDD only",
    "ahrq_t1_mix": "Tier 1 / MDD/bipolar mix",
    "ahrq_t2_mdd": "Tier 2 / MDD only",
}
#: Rows that the review calls overall, and the two rows they join.
OVERALL = {"ahrq_t1_all": ("ahrq_t1_mdd", "ahrq_t1_mix"), "ahrq_t12_mdd": ("ahrq_t1_mdd", "ahrq_t2_mdd")}


@dataclass(frozen=True, kw_only=True)
class PublishedCheck:
    """A published pool beside ways to compute it.

    A standard error can be read from a printed ratio in two ways: from the width of its interval, or as the middle of
    the range that ratio and both limits allow once their rounding is taken into account. Both are tried.

    Attributes:
        result_id: row of published.csv.
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
    scope: str
    k: int
    printed: Triple
    way: str
    recomputed: Triple
    slack: Triple
    other_ways: dict[str, Triple]
    agrees: bool
    sentence: str

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
    """Effects with what the rounding of their printed form leaves open."""

    effects: EffectSizes
    log_range: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]
    se_range: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]


def _inputs(ratio: Any, low: Any, high: Any, study: Any, *, decimals: int | None = None) -> _Inputs:
    effects = fx.printed_ratio("RR", ratio, low, high, decimals=decimals, study=study)
    return _Inputs(effects, *fx.printed_ranges(ratio, low, high, decimals=DECIMALS, study=study))


def _triple(result: PooledEffect) -> Triple:
    ratio, limits = result.ratio, result.ratio_ci
    if not isinstance(ratio, float) or not isinstance(limits, tuple):
        raise InvalidInputError(Issue(None, "effects", result.k, "must hold at least two ratios to recompute a pool."))
    return (ratio, *limits)


def _slack(inputs: _Inputs, spec: PoolingSpec) -> Triple:
    """How far ratio and limits move when each input goes to either end of its range, one at a time, added up."""
    here = np.array(_triple(pool_by(inputs.effects, spec)))
    moved = np.zeros(3)
    e = inputs.effects
    for i in range(e.k):
        largest = np.zeros(3)
        for end in (0, 1):
            y, se = e.yi.copy(), e.se.copy()
            y[i] = inputs.log_range[end][i]
            largest = np.maximum(
                largest, np.abs(np.array(_triple(pool_by(fx.generic(y, se=e.se, measure="RR"), spec))) - here)
            )
            se[i] = inputs.se_range[end][i]
            changed = pool_by(fx.generic(e.yi, se=se, measure="RR"), spec)
            largest = np.maximum(largest, np.abs(np.array(_triple(changed)) - here))
        moved += largest
    unit = 0.5 * 10.0**-DECIMALS
    return tuple(float(x) for x in moved + unit)  # type: ignore[return-value]


def _check(row: pd.Series, k: int, ways: Sequence[tuple[str, _Inputs, PoolingSpec]]) -> PublishedCheck:
    printed = tuple(float(row[name]) for name in ("estimate", "ci_low", "ci_high"))
    computed = [(way, _triple(pool_by(inputs.effects, spec)), inputs, spec) for way, inputs, spec in ways]
    # The way that prints most of the three numbers; of several, the one that is nearest on the log scale.
    nearness = [
        (-sum(number(x) == number(y) for x, y in zip(triple, printed, strict=True)), _distance(triple, printed))
        for _, triple, _, _ in computed
    ]
    way, triple, inputs, spec = computed[nearness.index(min(nearness))]
    slack = _slack(inputs, spec)
    agrees = bool((np.abs(np.array(triple) - np.array(printed)) <= np.array(slack)).all())
    others = {name: other for name, other, _, _ in computed if _shown(other) != _shown(triple)}
    check = PublishedCheck(
        result_id=str(row["result_id"]),
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
    return PublishedCheck(**{**check.__dict__, "sentence": _sentence(check)})


def _distance(triple: tuple[float, ...], printed: tuple[float, ...]) -> float:
    return float(np.abs(np.log(np.array(triple) / np.array(printed))).max())


def _shown(triple: Triple) -> str:
    return f"{number(triple[0])} ({interval(triple[1:])})"


def _sentence(check: PublishedCheck) -> str:
    if check.agrees:
        text = f"The printed {_shown(check.printed)} follows by {check.way}: {_shown(check.recomputed)}"
        text += ", within what the rounding of the printed inputs leaves open."
    else:
        text = (
            f"The printed {_shown(check.printed)} does not follow; nearest is {check.way}: {_shown(check.recomputed)}."
        )
    if check.other_ways:
        text += " By " + "; by ".join(f"{way} it would be {_shown(t)}" for way, t in check.other_ways.items()) + "."
    return text


def ahrq_2011(evidence: Evidence) -> list[PublishedCheck]:
    """The five pools of AHRQ CER 33 (2011), recomputed from its per-trial risk ratios.

    The review's "overall" rows follow only when its subgroup estimates are pooled in their turn; one-stage pooling of
    the trials is given beside them.

    Raises:
        InvalidInputError: the evidence lacks the rows.
    """
    published = evidence.published.set_index("result_id", drop=False)
    missing = [name for name in (*SUBSETS, *OVERALL) if name not in published.index]
    if missing:
        message = "lacks these rows, which the recomputation of the AHRQ 2011 pools needs."
        raise InvalidInputError(Issue(None, "published", ", ".join(missing), message))
    checks = []
    for name, subset in SUBSETS.items():
        rows = evidence.contrasts[evidence.contrasts["subset"] == subset]
        checks.append(_check(published.loc[[name]].iloc[0], len(rows), _distinct(_subset_ways(rows))))
    for name, parts in OVERALL.items():
        trials = evidence.contrasts[evidence.contrasts["subset"].isin([SUBSETS[part] for part in parts])]
        ways = _overall_ways(published.loc[list(parts)], trials)
        checks.append(_check(published.loc[[name]].iloc[0], len(trials), ways))
    return checks


_Way = tuple[str, _Inputs, PoolingSpec]
_READINGS = {"interval widths": None, "ratios and both limits": DECIMALS}


def _subset_ways(rows: pd.DataFrame) -> list[_Way]:
    """Random and common effects, each with both readings of the standard errors."""
    models = {"random effects (DerSimonian-Laird)": RANDOM, "the common-effect model": COMMON}
    columns = (rows["estimate"], rows["ci_low"], rows["ci_high"], rows["trial_id"])
    return [
        (f"{model} with standard errors from {reading}", _inputs(*columns, decimals=decimals), spec)
        for model, spec in models.items()
        for reading, decimals in _READINGS.items()
    ]


def _distinct(ways: list[_Way]) -> list[_Way]:
    """Random effects only where tau2 is 0 and both models are the same."""
    same = all(pool_by(inputs.effects, spec).tau2 == 0 for _, inputs, spec in ways)
    return [way for way in ways if way[2] is RANDOM] if same else ways


def _overall_ways(subgroups: pd.DataFrame, trials: pd.DataFrame) -> list[_Way]:
    """The pool of the printed subgroup estimates, and the one-stage pool of the trials."""
    printed = _inputs(subgroups["estimate"], subgroups["ci_low"], subgroups["ci_high"], subgroups["result_id"])
    ratios = (trials["estimate"], trials["ci_low"], trials["ci_high"], trials["trial_id"])
    return [
        ("random effects over the two printed subgroup estimates", printed, RANDOM),
        (f"one-stage random effects over the {len(trials)} trials", _inputs(*ratios), RANDOM),
    ]
