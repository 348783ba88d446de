"""Why two results differ, in words: step by step between two pools, from what each says of itself for any other two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tmsmeta.effects.base import EffectSizes
from tmsmeta.effects.measures import Measure
from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PooledEffect, pool_by
from tmsmeta.pooling.sides import Side, changed, crossing, side_of
from tmsmeta.pooling.spec import PROFILES
from tmsmeta.pooling.steps import moves, steps_told
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import listed, studies

_MOST_NAMES = 5
_SAME = {
    False: "Nothing that is reported here differs.",
    True: "There is no single effect to compare, and heterogeneity is the same.",
}


@answerable
def explain_difference(a: Any, b: Any) -> str:
    """Why two results differ: which convention, model or study moved the estimate, the interval and I2, by how much.

    Between two results of :func:`tmsmeta.pool`, conventions are changed one after the other, from those of `a` to those
    of `b`, and each step is reported with what it moved in print; the order is that of :class:`~tmsmeta.PoolingSpec`,
    and another order could share the total out differently. Of other results it is said which studies only one has,
    how each was made, and what differs. Printed numbers are shown as printed beside the recomputed ones, with the
    profiles that give them. Ratios are reported as ratios, single arms as proportions or rates.

    Args:
        a, b: results of :func:`tmsmeta.pool`, :func:`tmsmeta.mantel_haenszel`, :func:`tmsmeta.peto`,
            :func:`tmsmeta.glmm`, the beta-binomial model or :func:`tmsmeta.meta_regression`, of the same studies or
            not; or three printed numbers (estimate, lower limit, upper limit) on the scale a reader knows, texts where
            closing zeros matter.

    Returns:
        One paragraph.

    Raises:
        InvalidInputError: another kind of result, or printed numbers that are not in order.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5], se=[0.2, 0.15, 0.3], measure="RR", study=["A", "B", "C"])
        >>> wald, hartung_knapp = tm.pool(trials, tau2="DL", ci="z"), tm.pool(trials, tau2="DL", ci="hksj")
        >>> print(tm.explain_difference(wald, hartung_knapp).split(". ")[-1])
        The interval owes most of the change to the confidence interval.
    """
    first, second = side_of(a, "a"), side_of(b, "b")
    names = first.name or "The first result", second.name or "the second"
    opening = f"{names[0]} gives {first.words()}; {names[1]} gives {second.words()}."
    if isinstance(a, PooledEffect) and isinstance(b, PooledEffect):
        told = steps_told(moves(a, b))
    elif first.printed or second.printed:
        told = _print_told(first, second, next((x for x in (a, b) if isinstance(x, PooledEffect)), None))
    else:
        told = _methods_told(first, second)
    return " ".join(part for part in (opening, *told) if part)


def _methods_told(first: Side, second: Side) -> list[str]:
    """The studies, the methods and what differs, of two results that no chain of conventions ties."""
    assert first.effects is not None
    assert second.effects is not None
    if not _comparable(first.effects.info, second.effects.info):
        return ["They are on different measures, so the numbers themselves are not compared.", *_made(first, second)]
    moved = changed(first, second)
    return [
        _studies_told(first.effects, second.effects),
        *_made(first, second),
        f"Going from the first to the second moved {moved}." if moved else _SAME[first.regression or second.regression],
        crossing(first, second),
    ]


def _made(first: Side, second: Side) -> list[str]:
    if first.made == second.made:
        return [f"Both were made alike: {first.made}"]
    return [f"The first: {first.made}", f"The second: {second.made}"]


def _comparable(a: Measure, b: Measure) -> bool:
    """Whether two measures are the same effect: an odds ratio is one by Peto's method, too."""
    return a.name == b.name or (a.is_ratio and b.is_ratio and a.arm == b.arm != "")


def _studies_told(first: EffectSizes, second: EffectSizes) -> str:
    """Which studies only one of two results has."""
    own, others = first.study.tolist(), second.study.tolist()
    if own == others:
        return f"Both use the same {studies(len(own))}."
    missing = {"first": [n for n in own if n not in set(others)], "second": [n for n in others if n not in set(own)]}
    parts = [
        f"only the {which} has {studies(len(extra))} ({_some(extra)})" for which, extra in missing.items() if extra
    ]
    both = studies(len(set(own) & set(others)))
    return f"They share {both}; {' and '.join(parts)}." if parts else f"Both use {both}, in another order."


def _some(names: list[str]) -> str:
    return ", ".join([*names[:_MOST_NAMES], *["..."] * (len(names) > _MOST_NAMES)])


def _print_told(first: Side, second: Side, pooled: PooledEffect | None) -> list[str]:
    """Printed numbers beside others: whether these print the same, and which profile does."""
    printed, other = (first, second) if first.printed else (second, first)
    if other.printed:
        same = [p.value for p in first.printed] == [p.value for p in second.printed]
        return [
            "The two prints agree." if same else f"Going from the first to the second moved {changed(first, second)}."
        ]
    if _prints_as(printed, _natural(other)):
        return ["Rounded as printed, the recomputed numbers are the same."]
    names = ("estimate", "lower limit", "upper limit")
    recomputed = _rounded(printed, _natural(other))
    off = [
        f"{name} {shown} for the printed {text}"
        for name, shown, text in zip(names, recomputed, printed.texts, strict=False)
        if shown != text
    ]
    told = [f"Recomputed: {', '.join(off)}."] if off else ["There is no single effect to compare."]
    if other.made:
        told.append(f"How they were recomputed: {other.made}")
    return [*told, *([] if pooled is None else [_ways_told(printed, pooled)])]


def _natural(side: Side) -> tuple[float, ...]:
    """Estimate and limits on the scale a reader knows, those that there are."""
    assert side.effects is not None
    natural = side.effects.natural
    value, limits = natural.value(side.estimate), natural.limits(side.ci)
    return tuple(x for x in (value, *(limits if isinstance(limits, tuple) else ())) if not isinstance(x, NotAssessable))


def _rounded(printed: Side, values: Sequence[float]) -> list[str]:
    return [f"{value:.{p.decimals}f}" for p, value in zip(printed.printed, values, strict=False)]


def _prints_as(printed: Side, values: Sequence[float]) -> bool:
    return _rounded(printed, values) == [f"{float(p.value):.{p.decimals}f}" for p in printed.printed]


def _ways_told(printed: Side, pooled: PooledEffect) -> str:
    """Which profiles and usual choices print the same numbers from these studies."""
    plain = replace(pooled.spec, name="", zero_rule=None)
    ways = {f"profile {name}": spec for name, spec in PROFILES.items()}
    ways |= {
        "a common-effect model": replace(plain, tau2="FE", ci="z"),
        "DerSimonian-Laird with Wald intervals": replace(plain, tau2="DL", ci="z"),
        "REML with Wald intervals": replace(plain, tau2="REML", ci="z"),
        "REML with Hartung-Knapp intervals": replace(plain, tau2="REML", ci="hksj"),
    }
    given = {name: side_of(pool_by(pooled.effects, spec), name) for name, spec in ways.items()}
    found = [name for name, side in given.items() if _prints_as(printed, _natural(side))]
    if found:
        return f"The printed numbers follow from these studies by {listed(found)}."
    return "No profile, and no usual estimator with Wald or Hartung-Knapp intervals, gives the printed numbers."
