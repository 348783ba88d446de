"""Multiverse: every defensible combination of choices pooled, and which choice moves the result most."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from tmsmeta.effects.base import EffectSizes
from tmsmeta.effects.measures import MEASURES
from tmsmeta.effects.natural import Natural
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable, check_option
from tmsmeta.pooling import PooledEffect, PoolingSpec, pool_by
from tmsmeta.words.arguments import answerable
from tmsmeta.words.numbers import effect
from tmsmeta.words.results import Brief, to_cell

if TYPE_CHECKING:
    import pandas as pd

Levels = Mapping[str, Any] | Sequence[Any]
STATISTICS = ("estimate", "ci_low", "ci_high", "statistic", "tau2", "i2")
_NUMBERS = ("estimate", "se", "statistic", "p_value", "tau2", "i2")
_PAIRS = {"ci": "ci", "prediction": "prediction", "ratio_ci": "ratio"}  # fields of a result, stems of its columns
_CELLS = (*_NUMBERS, "ratio", *(f"{stem}_{end}" for stem in _PAIRS.values() for end in ("low", "high")))
_TAKEN = ("tau2 estimator", "interval", "effect_measure", "scale", "k", *_CELLS, "note")


@dataclass(frozen=True, kw_only=True, repr=False)
class Multiverse(Brief):
    """The same question answered under every combination of choices.

    Attributes:
        table: one row per combination: one column per factor (labels of the levels), then ``effect_measure scale k
            estimate se ci_low ci_high statistic p_value tau2 i2 prediction_low prediction_high ratio ratio_low
            ratio_high note``. ``scale`` is ``ratio`` for ratios (whose estimates are logs and can be compared with
            each other) and the name of the measure otherwise. NaN where a number is not assessable; ``note`` says why.
        factors: name of each factor with the labels of its levels, in the order given.
        level: confidence level.
        main: the level of each factor in the main analysis, as far as it is named; empty if none is.
    """

    table: pd.DataFrame
    factors: Mapping[str, tuple[str, ...]]
    level: float
    main: Mapping[str, str] = field(default_factory=dict)

    def in_short(self) -> str:
        """What the analyses span, and which choice moves the pooled effect most."""
        return self.sentence()

    def __len__(self) -> int:
        return len(self.table)

    @property
    def scales(self) -> tuple[str, ...]:
        """Scales among the results, the most frequent one first."""
        return tuple(self.table.loc[self.table["estimate"].notna(), "scale"].value_counts().index)

    def curve(self, scale: str | None = None) -> pd.DataFrame:
        """The specification curve: the results on one scale, smallest estimate first, with their ``rank`` from 1.

        ``excludes_null`` tells whether the confidence interval does not contain the value of no effect; proportions and
        rates of single arms have none, so there it is False. ``is_main`` marks the main analysis, if one is named.

        Args:
            scale: one of :attr:`scales`; the most frequent one by default.

        Raises:
            UnknownOptionError: a scale that is not there.
        """
        found = self._on_scale(scale).sort_values("estimate", kind="stable").reset_index(drop=True)
        found.insert(0, "rank", np.arange(1, len(found) + 1))
        beside = (found["ci_low"] > 0) | (found["ci_high"] < 0)
        main = np.full(len(found), bool(self.main))
        for factor, label in self.main.items():
            main &= (found[factor] == label).to_numpy(dtype=bool)
        return found.assign(excludes_null=beside & found["scale"].map(has_null).astype(bool), is_main=main)

    def influence(self, of: str = "estimate", scale: str | None = None) -> pd.DataFrame:
        """How far each choice moves a result: one row per factor, the largest mover first.

        The main effect of a level is the mean of the result over all combinations that hold it. Columns: ``factor``,
        ``range`` (largest minus smallest of these means), ``lowest`` and ``highest`` (the levels), ``at_lowest`` and
        ``at_highest`` (their means).

        Args:
            of: ``estimate ci_low ci_high statistic tau2 i2``.
            scale: one of :attr:`scales`; the most frequent one by default.

        Raises:
            UnknownOptionError: an option outside its list.
        """
        import pandas as pd

        check_option("of", of, STATISTICS)
        found = self._on_scale(scale)
        records = []
        for factor in self.factors:
            means: dict[Any, float] = found.groupby(factor, sort=False)[of].mean().dropna().to_dict()
            if len(means) < 2:
                continue
            low, high = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
            record: dict[str, Any] = {"factor": factor, "range": means[high] - means[low]}
            records.append(
                record | {"lowest": low, "highest": high, "at_lowest": means[low], "at_highest": means[high]}
            )
        names = ["factor", "range", "lowest", "highest", "at_lowest", "at_highest"]
        return pd.DataFrame(records, columns=names).sort_values("range", ascending=False, ignore_index=True)

    def sentence(self, scale: str | None = None) -> str:
        """What the analyses span, and which choice moves the pooled effect most, in words."""
        curve, movers = self.curve(scale), self.influence("estimate", scale)
        if not len(curve):
            return "No combination of choices gave an estimate."
        show = _shown(str(curve["scale"].iloc[0]))
        ends = curve["estimate"].iloc[[0, -1]].tolist()
        text = (
            f"{len(curve)} of {len(self)} combinations of choices gave a pooled effect on this scale, from "
            f"{show(ends[0])} to {show(ends[1])}"
        )
        if has_null(str(curve["scale"].iloc[0])):
            beside = int(curve["excludes_null"].sum())
            text += f"; {beside} of their {100 * self.level:g}% intervals do not contain the value of no effect"
        text += "."
        by_definition = movers["factor"].isin(self._measure_factors(curve))
        if by_definition.any():
            names = ", ".join(curve["effect_measure"].unique())
            text += f" {names} of the same data differ by definition, so the choice between them is left aside here."
        movers = movers[~by_definition & (movers["range"] > 0)]
        if not len(movers):
            return text
        top = movers.iloc[0]
        text += (
            f" The choice of {top['factor']} moves the estimate most: {show(top['at_lowest'])} on average with "
            f"{top['lowest']}, {show(top['at_highest'])} with {top['highest']}"
        )
        return text + (f"; next comes {movers['factor'].iloc[1]}." if len(movers) > 1 else ".")

    def _measure_factors(self, found: pd.DataFrame) -> list[str]:
        """Factors that decide the measure: each of their levels has one, and they do not all have the same."""
        if found["effect_measure"].nunique() < 2:
            return []
        return [f for f in self.factors if (found.groupby(f)["effect_measure"].nunique() == 1).all()]

    def _on_scale(self, scale: str | None) -> pd.DataFrame:
        found = self.table[self.table["estimate"].notna()]
        if not len(found):
            return found
        scale = self.scales[0] if scale is None else scale
        check_option("scale", scale, self.scales)
        return found[found["scale"] == scale]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; None where a number is missing."""
        rows = [
            {str(name): None if value != value else value for name, value in row.items()}
            for row in self.table.to_dict("records")
        ]
        factors = {name: list(levels) for name, levels in self.factors.items()}
        return {"factors": factors, "main": dict(self.main), "rows": rows}


def has_null(scale: str) -> bool:
    """Whether there is a value of no effect on this scale."""
    return scale == "ratio" or MEASURES[scale].contrast


def _shown(scale: str) -> Callable[[float], str]:
    """How an estimate is written: on the scale a reader knows, a ratio or a single arm with its name."""
    if scale == "ratio":
        return lambda value: f"ratio {effect(float(np.exp(value)), log=True)}"
    natural = Natural(info=MEASURES[scale])
    name = "" if natural.info.contrast else f"{natural.label} "
    return lambda value: f"{name}{natural.text(value)}"


@answerable
def multiverse(
    source: Mapping[str, EffectSizes] | Callable[..., EffectSizes],
    factors: Mapping[str, Levels] | None = None,
    *,
    tau2: Sequence[str] = ("DL", "REML", "PM"),
    ci: Sequence[str] = ("z", "hksj"),
    level: float = 0.95,
    prediction: str = "t(k-2)",
    main: Mapping[str, str] | None = None,
) -> Multiverse:
    """Pool under every combination of data choices, estimator and interval.

    Args:
        source: labelled effect sets, as one factor ``data``; or a function that takes one keyword per factor and
            returns :class:`~tmsmeta.EffectSizes`. A combination for which it raises
            :class:`~tmsmeta.InvalidInputError` (no study left) stays in the table with the reason.
        factors: for a function, the levels of each factor: a sequence of values, or a mapping from label to value.
        tau2: estimators of the between-study variance.
        ci: interval methods.
        level: confidence level.
        prediction: quantile of the prediction interval.
        main: the main analysis, which the specification curve marks: the label of its level by factor, such as
            ``{"data": "all trials", "tau2 estimator": "REML", "interval": "hksj"}``.

    Returns:
        One row per combination, with its choices, its pooled effect, or why there is none.

    Raises:
        InvalidInputError: a factor without levels, labels that repeat, names that are taken, or a main analysis by a
            factor or a level that there is not.
        UnknownOptionError: an estimator or interval method that does not exist.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.15, 0.3, 0.2], study=["A", "B", "C", "D"])
        >>> result = tm.multiverse({"all": trials, "without D": trials.subset([0, 1, 2])}, tau2=["DL", "REML"])
        >>> choices = result.table[["data", "tau2 estimator", "interval", "estimate"]]
        >>> print(choices.round(2).head(3).to_string(index=False))
        data tau2 estimator interval  estimate
         all             DL        z      0.54
         all             DL     hksj      0.54
         all           REML        z      0.54

    References:
        Steegen et al., Perspect Psychol Sci 2016;11:702 (multiverse); Simonsohn et al., Nat Hum Behav 2020;4:1208
        (specification curve).
    """
    import pandas as pd

    specs = [
        PoolingSpec(tau2=t, ci=c, level=level, prediction=prediction)  # type: ignore[arg-type]
        for t, c in product(tau2, ci)
    ]
    build, levels = _as_function(source, factors)
    names = list(levels)
    shown = {name: tuple(options) for name, options in levels.items()}
    shown |= {"tau2 estimator": tuple(dict.fromkeys(tau2)), "interval": tuple(dict.fromkeys(ci))}
    _check_main(main or {}, shown)
    rows: list[dict[str, Any]] = []
    for labels in product(*levels.values()):
        choice = dict(zip(names, labels, strict=True))
        effects = _built(build, {name: levels[name][label] for name, label in choice.items()})
        rows += [choice | {"tau2 estimator": s.tau2, "interval": s.ci} | _result(effects, s) for s in specs]
    return Multiverse(table=pd.DataFrame(rows), factors=shown, level=level, main=dict(main or {}))


def _check_main(main: Mapping[str, str], factors: Mapping[str, tuple[str, ...]]) -> None:
    """Raise for factors and levels of the main analysis that there are not."""
    faults = [
        Issue(None, "main", factor, f"must be a factor: {', '.join(factors)}.")
        for factor in main
        if factor not in factors
    ]
    faults += [
        Issue(None, f"main[{factor!r}]", label, f"must be one of: {', '.join(factors[factor])}.")
        for factor, label in main.items()
        if factor in factors and label not in factors[factor]
    ]
    if faults:
        raise InvalidInputError(faults)


def _as_function(
    source: Mapping[str, EffectSizes] | Callable[..., EffectSizes], factors: Mapping[str, Levels] | None
) -> tuple[Callable[..., EffectSizes], dict[str, dict[str, Any]]]:
    """A function of one keyword per factor, and the labelled levels of each factor."""
    if isinstance(source, Mapping):
        factors, build = {"data": source}, _itself
    else:
        build = source
    levels: dict[str, dict[str, Any]] = {}
    faults = []
    for name, given in (factors or {}).items():
        levels[name] = dict(given) if isinstance(given, Mapping) else {str(value): value for value in given}
        if not len(given):
            faults.append(Issue(None, name, None, "must have at least one level."))
        if len(levels[name]) < len(given):
            faults.append(Issue(None, name, list(given), "must have levels with different labels."))
        if name in _TAKEN:
            faults.append(Issue(None, name, None, f"cannot be the name of a factor; taken are {', '.join(_TAKEN)}."))
    if not levels:
        faults.append(Issue(None, "factors", None, "must name at least one factor of the function."))
    if faults:
        raise InvalidInputError(faults)
    return build, levels


def _itself(data: EffectSizes) -> EffectSizes:
    return data


def _built(build: Callable[..., EffectSizes], choice: Mapping[str, Any]) -> EffectSizes | NotAssessable:
    try:
        return build(**choice)
    except InvalidInputError as error:
        return NotAssessable("effects", " ".join(str(error).split()))


def _result(effects: EffectSizes | NotAssessable, spec: PoolingSpec) -> dict[str, Any]:
    """The columns of one row."""
    row: dict[str, Any] = {"effect_measure": "", "scale": "", "k": 0}
    row |= dict.fromkeys(_CELLS, np.nan)
    if isinstance(effects, NotAssessable):
        return row | {"note": effects.reason}
    row |= {"effect_measure": effects.measure, "scale": "ratio" if effects.info.is_ratio else effects.measure}
    if not effects.estimable.any():
        return row | {"note": "no study has an estimate"}
    pooled = pool_by(effects, spec)
    return row | _numbers(pooled) | {"k": pooled.k}


def _numbers(pooled: PooledEffect) -> dict[str, Any]:
    cells: dict[str, Any] = {name: to_cell(getattr(pooled, name)) for name in _NUMBERS}
    for name, stem in _PAIRS.items():
        value = getattr(pooled, name)
        low, high = (np.nan, np.nan) if isinstance(value, NotAssessable) else value
        cells |= {f"{stem}_low": low, f"{stem}_high": high}
    if pooled.effects.info.is_ratio:
        cells["ratio"] = pooled.ratio
    return cells | {"note": "" if pooled.ci else str(pooled.ci)}
