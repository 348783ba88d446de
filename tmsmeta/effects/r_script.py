"""Effects as R data: the counts or means with the call of metafor's escalc that makes estimates of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.effects.measures import Arms, Table, estimates
from tmsmeta.words import r_script

_AGREE = 1e-9
"""How closely the formula must give the estimates back from what the effects carry."""


@dataclass(frozen=True)
class _Family:
    """How a family of measures stands in R.

    Attributes:
        arguments: the argument of escalc for each of our columns.
        grows: for each column, how often the correction of its arm enters it.
        cells: what the formula of a measure takes, from the corrected columns.
        has_zero: which studies a rule for zero cells touches, from the columns as given.
    """

    arguments: Mapping[str, str]
    grows: tuple[int, ...]
    cells: Callable[..., tuple[object, ...]]
    has_zero: Callable[..., NDArray[np.bool_]]


def _no_zero(*columns: Floats) -> NDArray[np.bool_]:
    return np.zeros(len(columns[0]), dtype=bool)


FAMILIES: Mapping[str, _Family] = {
    "binary": _Family(
        {"events_t": "ai", "n_t": "n1i", "events_c": "ci", "n_c": "n2i"},
        (1, 2, 1, 2),
        lambda a, n, c, m: (Table(a, n - a, c, m - c),),
        lambda a, n, c, m: (a == 0) | (a == n) | (c == 0) | (c == m),
    ),
    "proportion": _Family({"events": "xi", "n": "ni"}, (1, 2), lambda x, n: (x, n), lambda x, n: (x == 0) | (x == n)),
    "rate": _Family({"events": "xi", "time": "ti"}, (1, 0), lambda x, t: (x, t), lambda x, t: x == 0),
    "rate ratio": _Family(
        {"events_t": "x1i", "time_t": "t1i", "events_c": "x2i", "time_c": "t2i"},
        (1, 0, 1, 0),
        lambda x, t, y, u: (x, t, y, u),
        lambda x, t, y, u: (x == 0) | (y == 0),
    ),
    "continuous": _Family(
        {"mean_t": "m1i", "sd_t": "sd1i", "n_t": "n1i", "mean_c": "m2i", "sd_c": "sd2i", "n_c": "n2i"},
        (0, 0, 0, 0, 0, 0),
        lambda *columns: (Arms(*columns),),
        _no_zero,
    ),
}


@dataclass(frozen=True)
class REffects:
    """Effects in R.

    Attributes:
        code: lines that make the data frame ``dat``: study, what was given, yi, vi.
        notes: how the estimates come about, as sentences.
        arguments: the counts as arguments of a metafor function on ``dat``, corrections in them or, by `add` and
            `to`, as a rule; empty where the estimates are given.
        add, to: the rule for zero cells as metafor takes it.
    """

    code: list[str]
    notes: list[str]
    arguments: dict[str, str]
    add: str = "0"
    to: str = '"none"'


def effects_in_r(effects: EffectSizes) -> REffects:
    """The studies as R data; every one must have an estimate.

    Counts and means are given as they are and go through escalc, with the corrections that were made: by its rule
    where that touches the same studies, else as columns. Estimates that do not come from what the effects carry are
    given themselves.
    """
    found = _effects_in_r(effects)
    return replace(found, notes=[*said(effects), *found.notes])


def said(effects: EffectSizes) -> list[str]:
    """What the effects say about themselves: the direction, and what was done before."""
    arms = (
        f"Effects are {effects.treated} against {effects.comparator}." if effects.treated and effects.comparator else ""
    )
    formula = f"{effects.measure}: {effects.variance_formula}." if effects.variance_formula else ""
    return [note for note in (arms, *effects.notes, formula) if note]


def _effects_in_r(effects: EffectSizes) -> REffects:
    family = FAMILIES.get(effects.info.family)
    columns = [] if family is None else [effects.inputs.get(name) for name in family.arguments]
    if family is None or any(column is None for column in columns):
        return _given(effects)
    counted = np.isfinite(np.array(columns)).all(axis=0)
    added = _added(effects)
    if not counted.any() or not _formula_agrees(effects, family, counted, added):
        return _given(effects)
    return _from_columns(effects, family, counted, added)


def _given(effects: EffectSizes) -> REffects:
    code = r_script.data_frame("dat", {"study": effects.study.tolist(), "yi": effects.yi, "vi": effects.vi})
    return REffects(code, [f"yi and vi are the estimates ({effects.info.label}, {_scale(effects)}) and variances."], {})


def _scale(effects: EffectSizes) -> str:
    return "log scale" if effects.info.is_ratio else f"scale: {effects.info.scale}"


def _added(effects: EffectSizes) -> tuple[Floats, Floats]:
    """What was added to the cells of either arm, shape (k,) each; a single arm is the first."""
    added_t, added_c = np.zeros(effects.k), np.zeros(effects.k)
    for record in effects.corrections:
        added_t[record.row - 1], added_c[record.row - 1] = record.added_t, record.added_c
    return added_t, added_c


def _arm(name: str) -> int:
    return 1 if name.endswith("_c") else 0


def _formula_agrees(
    effects: EffectSizes, family: _Family, counted: NDArray[np.bool_], added: tuple[Floats, Floats]
) -> bool:
    corrected = [
        effects.inputs[name][counted] + grows * added[_arm(name)][counted]
        for name, grows in zip(family.arguments, family.grows, strict=True)
    ]
    yi, vi = estimates(effects.measure, *family.cells(*corrected))
    pairs = ((yi, effects.yi), (vi, effects.vi))
    return all(np.allclose(found, kept[counted], rtol=_AGREE, atol=1e-12) for found, kept in pairs)


def _from_columns(
    effects: EffectSizes, family: _Family, counted: NDArray[np.bool_], added: tuple[Floats, Floats]
) -> REffects:
    columns: dict[str, Any] = {"study": effects.study.tolist()}
    columns |= {name: effects.inputs[name] for name in family.arguments}
    notes: list[str] = []
    rule = _rule(effects, family, counted, added)
    arguments = {r: name for name, r in family.arguments.items()}
    if rule is None:
        columns |= {"added_t": added[0]} | ({"added_c": added[1]} if "_c" in "".join(family.arguments) else {})
        arguments = {
            r: name if not grows else f"{name} + {'' if grows == 1 else '2 * '}{('added_t', 'added_c')[_arm(name)]}"
            for (name, r), grows in zip(family.arguments.items(), family.grows, strict=True)
        }
        asked = "" if effects.zero_rule is None else f" ({effects.zero_rule.words()})"
        notes.append(f"escalc has no rule that adds to the same cells; what was added{asked} stands in columns.")
    add, to = rule or ("0", '"none"')
    if not counted.all():
        missing = np.where(counted, np.nan, effects.yi), np.where(counted, np.nan, effects.vi)
        columns |= {"given_yi": missing[0], "given_vi": missing[1]}
        notes.append("Studies without counts enter with their estimate and variance as given.")
    zero = {} if effects.info.family == "continuous" else {"add": add, "to": to}
    code = [*r_script.data_frame("dat", columns), _escalc(effects, {**arguments, "data": "dat", **zero})]
    code += _SMDH if effects.measure == "SMDH" else []
    if not counted.all():
        code += ["given <- !is.na(dat$given_yi)", "dat$yi[given] <- dat$given_yi[given]"]
        code += ["dat$vi[given] <- dat$given_vi[given]"]
    return REffects(code, notes, arguments if counted.all() else {}, add, to)


_SMDH = [
    "# metafor before 4.6-0 multiplies the variance of SMDH by the square of the small-sample factor",
    "df <- dat$n_t + dat$n_c - 2",
    "factor <- exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2)",
    'if (packageVersion("metafor") < "4.6-0") dat$vi <- dat$vi / factor^2',
]


def _escalc(effects: EffectSizes, arguments: dict[str, str]) -> str:
    return f"dat <- {r_script.call('escalc', measure=r_script.text(effects.measure), **arguments)}"


def _rule(
    effects: EffectSizes, family: _Family, counted: NDArray[np.bool_], added: tuple[Floats, Floats]
) -> tuple[str, str] | None:
    """The rule of escalc that adds what was added, as (add, to); None where there is none."""
    corrected = (added[0] + added[1]) > 0
    if not corrected.any():
        return "0", '"none"'
    rule = effects.zero_rule
    if rule is None or rule.correction != "constant" or not counted.all():
        return None
    touched = rule.rows(family.has_zero(*(effects.inputs[name] for name in family.arguments)))
    return (r_script.number(rule.add), r_script.text(rule.zero_cells)) if np.array_equal(touched, corrected) else None
