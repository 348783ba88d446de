"""Named specs that repeat the conventions of other programs, and the difference between two results in words.

:mod:`tmsmeta.pooling.spec` says where the conventions of each were read. Use one with
``pool(effects, profile=profiles.REVMAN5)``, or by its name; change one of its choices with ``dataclasses.replace``.
A profile settles how studies are pooled, and which studies: effects that were made by another rule for zero cells than
its own are made again from their counts, and the result says so.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import NamedTuple

import numpy as np

from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PooledEffect, PoolingSpec, pool_by
from tmsmeta.pooling.spec import IQWIG6, META, METAFOR, PROFILES, REVMAN5, REVMAN2025
from tmsmeta.words.numbers import level, percent

__all__ = ["IQWIG6", "META", "METAFOR", "PROFILES", "REVMAN5", "REVMAN2025", "Move", "explain_difference", "moves"]

_CHOICE_WORDS = {
    "tau2": "the estimator of tau2",
    "ci": "the confidence interval",
    "level": "the confidence level",
    "prediction": "the quantile of the prediction interval",
    "prediction_se": "the standard error inside the prediction interval",
    "i2": "the definition of I2",
    "q_centre": "the centre of Cochran's Q",
}


class Move(NamedTuple):
    """One convention changed on the way from one result to the other.

    Attributes:
        choice: the field of the spec, or ``effects`` for the studies themselves.
        before, after: its values.
        start, end: the results before and after the change.
    """

    choice: str
    before: str
    after: str
    start: PooledEffect
    end: PooledEffect


def moves(a: PooledEffect, b: PooledEffect) -> tuple[Move, ...]:
    """The way from `a` to `b`, one convention at a time: first the studies, then the fields of the spec in order."""
    steps: list[Move] = []
    here = a
    if not _same_studies(a, b):
        there = pool_by(b.effects, replace(a.spec, zero_rule=None))  # the rule of `b` is part of its studies
        rules_differ = a.effects.zero_rule != b.effects.zero_rule
        before, after = (_describe_effects(result, with_rule=rules_differ) for result in (a, b))
        steps.append(Move("effects", before, after, here, there))
        here = there
    for field in fields(PoolingSpec):
        before, after = getattr(here.spec, field.name), getattr(b.spec, field.name)
        if field.name in _CHOICE_WORDS and before != after:
            there = pool_by(b.effects, replace(here.spec, name="", zero_rule=None, **{field.name: after}))
            steps.append(Move(field.name, str(before), str(after), here, there))
            here = there
    return tuple(steps)


def explain_difference(a: PooledEffect, b: PooledEffect) -> str:
    """Why two results differ: which convention moved the estimate, the interval and I2, by how much.

    Conventions are changed one after the other, from those of `a` to those of `b`, and each step is reported with
    what it moved; the order is that of :class:`~tmsmeta.PoolingSpec`, and another order could share the total out
    differently. Ratios are reported as ratios.

    Args:
        a, b: results of :func:`tmsmeta.pool`, of the same studies or not.

    Returns:
        One paragraph.
    """
    opening = f"{_name(a, 'The first result')} gives {_result(a)}; {_name(b, 'the second')} gives {_result(b)}."
    steps = moves(a, b)
    if not steps:
        return f"{opening} Both were made from the same studies by the same conventions."
    moved = [(step, text) for step in steps if (text := _moved(step))]
    sentences = [f"Changing {_choice(step)} from {step.before} to {step.after} moved {text}." for step, text in moved]
    idle = [_choice(step) for step in steps if not _moved(step)]
    if idle:
        sentences.append(f"Changing {_listed(idle)} moved nothing that is reported here.")
    return " ".join(part for part in (opening, *sentences, _closing(steps)) if part)


def _choice(step: Move) -> str:
    return "the studies" if step.choice == "effects" else _CHOICE_WORDS[step.choice]


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _same_studies(a: PooledEffect, b: PooledEffect) -> bool:
    x, y = a.effects, b.effects
    return (
        x.measure == y.measure
        and np.array_equal(x.study, y.study)
        and np.array_equal(x.yi, y.yi)
        and np.array_equal(x.vi, y.vi)
    )


def _describe_effects(result: PooledEffect, *, with_rule: bool) -> str:
    effects, rule = result.effects, result.effects.zero_rule
    corrected = len(effects.corrections)
    text = f"{result.k} studies as {effects.info.label}" + (f", {corrected} with a correction" if corrected else "")
    return f"{text} ({rule.words()})" if with_rule and rule is not None else text


def _name(result: PooledEffect, otherwise: str) -> str:
    return result.spec.name or otherwise


def _shown(result: PooledEffect) -> tuple[str, str]:
    estimate, *ends = result.effects.natural.texts(result.estimate, result.ci)
    return estimate, " to ".join(ends)


def _result(result: PooledEffect) -> str:
    estimate, limits = _shown(result)
    return f"{result.effects.info.label} {estimate} ({level(result.spec.level)} CI {limits}), I2 {percent(result.i2)}"


def _moved(step: Move) -> str:
    """What a step moved, in words; empty where nothing that is reported moved."""
    return "; ".join(text for part in _PARTS if (text := part(step)))


def _estimate_moved(step: Move) -> str:
    if np.isclose(step.start.estimate, step.end.estimate, rtol=1e-9, atol=1e-12):
        return ""
    return f"the estimate from {_shown(step.start)[0]} to {_shown(step.end)[0]}"


def _width(result: PooledEffect) -> float | None:
    return None if isinstance(result.ci, NotAssessable) else result.ci[1] - result.ci[0]


def _width_moved(step: Move) -> str:
    before, after = _width(step.start), _width(step.end)
    if before is None or after is None:
        return "" if before == after else f"the interval from {_shown(step.start)[1]} to {_shown(step.end)[1]}"
    if np.isclose(before, after, rtol=1e-9):
        return ""
    change = "" if before == 0 else f" ({_relative(after / before)} on the scale of the analysis)"
    return f"the interval from {_shown(step.start)[1]} to {_shown(step.end)[1]}{change}"


def _relative(ratio: float) -> str:
    return f"{100 * (ratio - 1):.0f}% wider" if ratio > 1 else f"{100 * (1 - ratio):.0f}% narrower"


def _i2_moved(step: Move) -> str:
    before, after = step.start.i2, step.end.i2
    if isinstance(before, NotAssessable) or isinstance(after, NotAssessable):
        return "" if before == after else f"I2 from {percent(before)} to {percent(after)}"
    return "" if np.isclose(before, after, atol=1e-9) else f"I2 from {percent(before)} to {percent(after)}"


def _prediction_moved(step: Move) -> str:
    if not step.choice.startswith("prediction"):
        return ""
    before, after = (_shown_prediction(r) for r in (step.start, step.end))
    return "" if before == after else f"the prediction interval from {before} to {after}"


def _shown_prediction(result: PooledEffect) -> str:
    if result.spec.prediction == "none":
        return "none"
    return result.effects.natural.interval(result.prediction)


def _closing(steps: tuple[Move, ...]) -> str:
    """Which step moved the interval most, and whether the conclusion about no effect changed."""
    widths = [
        (abs(after - before), step) for step in steps if (before := _width(step.start)) and (after := _width(step.end))
    ]
    text = ""
    if widths and max(w for w, _ in widths) > 0:
        largest = max(widths, key=lambda pair: pair[0])[1]
        text = f"The interval owes most of the change to {_choice(largest)}."
    crosses = [_crosses_null(steps[0].start), _crosses_null(steps[-1].end)]
    if crosses[0] is not None and crosses[1] is not None and crosses[0] != crosses[1]:
        which = "second" if crosses[1] else "first"
        text += f" Only the {which} interval includes no effect."
    return text.strip()


def _crosses_null(result: PooledEffect) -> bool | None:
    null = result.effects.info.null
    if isinstance(result.ci, NotAssessable) or np.isnan(null):
        return None
    return result.ci[0] <= null <= result.ci[1]


_PARTS = (_estimate_moved, _width_moved, _i2_moved, _prediction_moved)
