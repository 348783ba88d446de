"""The way from one pool to another, one convention at a time, and what each step moved."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import NamedTuple

import numpy as np

from tmsmeta.pooling import PooledEffect, PoolingSpec, pool_by
from tmsmeta.pooling.result import check_pooled_effect
from tmsmeta.pooling.sides import apart, changed, crossing, side_of
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import listed

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


@answerable
def moves(a: PooledEffect, b: PooledEffect) -> tuple[Move, ...]:
    """The way from `a` to `b`, one convention at a time: first the studies, then the fields of the spec in order.

    Args:
        a: where the way begins, from :func:`tmsmeta.pool`.
        b: where it ends.

    Returns:
        The steps, each with the choice that changes and the results before and after it; none where all agree.

    Raises:
        InvalidInputError: something else than a pooled effect, or a step on the way that has no result.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5], se=[0.2, 0.15, 0.3], measure="RR", study=["A", "B", "C"])
        >>> steps = tm.profiles.moves(tm.pool(trials), tm.pool(trials, tau2="DL", ci="z"))
        >>> [(step.choice, step.before, step.after) for step in steps]
        [('tau2', 'REML', 'DL'), ('ci', 'hksj', 'z')]
    """
    for name, given in (("a", a), ("b", b)):
        check_pooled_effect(name, given)
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


def steps_told(steps: tuple[Move, ...]) -> list[str]:
    """What each step moved in print, in sentences."""
    if not steps:
        return ["Both were made from the same studies by the same conventions."]
    moved = [(step, text) for step in steps if (text := _moved(step))]
    sentences = [f"Changing {_choice(step)} from {step.before} to {step.after} moved {text}." for step, text in moved]
    idle = [_choice(step) for step in steps if not _moved(step)]
    if idle:
        sentences.append(f"Changing {listed(idle)} moved nothing that is reported here.")
    return [*sentences, _closing(steps)]


def _choice(step: Move) -> str:
    return "the studies" if step.choice == "effects" else _CHOICE_WORDS[step.choice]


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


def _moved(step: Move) -> str:
    """What a step moved in print, in words; empty where nothing that is reported moved."""
    told = changed(side_of(step.start, "start"), side_of(step.end, "end"))
    return "; ".join(text for text in (told, _prediction_moved(step)) if text)


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
    sides = [(side_of(step.start, "start"), side_of(step.end, "end"), step) for step in steps]
    widths = [
        (abs(np.ptp(after.ci) - np.ptp(before.ci)), step)
        for before, after, step in sides
        if isinstance(before.ci, tuple) and isinstance(after.ci, tuple) and apart(before.texts[1:], after.texts[1:])
    ]
    owed = _choice(max(widths, key=lambda pair: pair[0])[1]) if widths else ""
    text = f"The interval owes most of the change to {owed}." if owed else ""
    return f"{text} {crossing(sides[0][0], sides[-1][1])}".strip()
