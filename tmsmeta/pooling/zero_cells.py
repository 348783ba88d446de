"""The rule for zero cells that a spec asks for, applied to effects that were made by another one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tmsmeta.effects.base import EffectSizes, ZeroCellRule, check_effects
from tmsmeta.effects.two_arm import binary
from tmsmeta.pooling.spec import PoolingSpec
from tmsmeta.words.glossary import ZERO_CELLS

_COUNTS = ("events_t", "n_t", "events_c", "n_c")
_MEASURES = ("OR", "RR", "RD")  # Peto's method and the arcsine difference need no correction in any program
_DROPS = ("OR", "RR")  # a study without events has a risk difference, and no ratio


def rule_of(spec: PoolingSpec, measure: str) -> ZeroCellRule | None:
    """The rule that `spec` asks for on `measure`, or None where it asks for none."""
    if spec.zero_rule is None or measure not in _MEASURES:
        return None
    return spec.zero_rule if measure in _DROPS else replace(spec.zero_rule, drop_double_zero=False)


def by_rule(effects: EffectSizes, spec: PoolingSpec) -> EffectSizes:
    """The effects as the rule of `spec` makes them: as they are, or again from their counts.

    Rows without counts stay as they are. ``notes`` says what was changed, or that it cannot be told how effects
    without any counts were made.
    """
    check_effects(effects)
    rule = rule_of(spec, effects.measure)
    if rule is None or effects.zero_rule == rule:
        return effects
    counts = [effects.inputs.get(name, np.full(effects.k, np.nan)) for name in _COUNTS]
    rows = np.flatnonzero(np.isfinite(counts).all(axis=0))
    if not len(rows):
        return _noted(effects, _unknown(spec, rule))
    made = binary(
        effects.measure,
        *(column[rows] for column in counts),
        study=effects.study[rows],
        zero_cells=rule.zero_cells,
        add=rule.add,
        correction=rule.correction,
        drop_double_zero=rule.drop_double_zero,
        allow_fractional=True,
    )
    again = _put(effects, made, rows, rule)
    same = np.array_equal(again.yi, effects.yi, equal_nan=True) and np.array_equal(again.vi, effects.vi, equal_nan=True)
    return replace(effects, zero_rule=rule) if same else _noted(again, _redone(effects, again, spec, rule))


def _put(effects: EffectSizes, made: EffectSizes, rows: np.ndarray, rule: ZeroCellRule) -> EffectSizes:
    """`effects` with the rows of `made` in the places `rows`."""
    yi, vi = effects.yi.copy(), effects.vi.copy()
    yi[rows], vi[rows] = made.yi, made.vi
    redone = {str(name) for name in made.study}
    return replace(
        effects,
        yi=yi,
        vi=vi,
        corrections=tuple(replace(c, row=int(rows[c.row - 1]) + 1) for c in made.corrections),
        not_estimable=(*(i for i in effects.not_estimable if str(i.row) not in redone), *made.not_estimable),
        zero_rule=rule,
    )


def _noted(effects: EffectSizes, note: str) -> EffectSizes:
    return effects if note in effects.notes else replace(effects, notes=(*effects.notes, note))


def _asker(spec: PoolingSpec) -> str:
    return f"profile {spec.name}" if spec.name else "the spec"


def _redone(before: EffectSizes, after: EffectSizes, spec: PoolingSpec, rule: ZeroCellRule) -> str:
    given = "another rule for zero cells" if before.zero_rule is None else _in_words(before.zero_rule)
    had, have = (int(effects.estimable.sum()) for effects in (before, after))
    count = f"; {have} of {after.k} studies have an effect, where {had} had" if have != had else ""
    return (
        f"The effects, made with {given}, were made again from their counts as {_asker(spec)} has it: "
        f"{_in_words(rule)}{count}."
    )


def _unknown(spec: PoolingSpec, rule: ZeroCellRule) -> str:
    return (
        f"The effects carry no counts, so whether zero cells were treated as {_asker(spec)} has it ({_in_words(rule)}) "
        "cannot be told."
    )


def _in_words(rule: ZeroCellRule) -> str:
    """The rule as a methods section has it."""
    if rule.zero_cells == "none" or not rule.add:
        text = "no continuity correction"
    else:
        text = f"{rule.add:g} added to the cells of {ZERO_CELLS[rule.zero_cells]}"
        text += "" if rule.correction == "constant" else ", divided by the sizes of the arms"
    return text + (", studies without a contrast left out" if rule.drop_double_zero else "")
