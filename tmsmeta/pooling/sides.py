"""One side of a comparison of two results: what any result says of itself, or three printed numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tmsmeta.effects.base import EffectSizes
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.pooling.result import PooledEffect
from tmsmeta.pooling.sentences import spec_sentence
from tmsmeta.provenance import software_sentence
from tmsmeta.tables.printed import Printed, read_printed
from tmsmeta.words.names import studies
from tmsmeta.words.numbers import Number, Pair, level, percent, tau2

# What a result must have to be a side; models stand above pooling, so their results are known by this alone
_ESTIMATED = ("estimate", "ci", "i2", "tau2", "effects", "spec", "methods_sentence")
_REGRESSED = ("beta", "low", "high", "terms", "i2", "tau2", "effects", "spec", "methods_sentence")


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of two results that are compared.

    Attributes:
        name: of a profile, or an empty text.
        effects: the studies; None for printed numbers.
        estimate, ci: on the scale of the effects; of printed numbers, as they are. The reason where there is no single
            one.
        numbers: estimate and interval in words, e.g. ``odds ratio 1.08 (95% CI 0.95 to 1.23)``.
        texts: estimate and limits as texts.
        tau2, i2: heterogeneity; None where a method or a print has none.
        made: how it was made, in a sentence; an empty text for printed numbers.
        printed: the numbers as printed, or nothing.
        regression: whether there is one coefficient per moderator and no single effect.
    """

    name: str = ""
    effects: EffectSizes | None = None
    estimate: Number
    ci: Pair
    numbers: str
    texts: tuple[str, ...]
    tau2: Number | None = None
    i2: Number | None = None
    made: str = ""
    printed: tuple[Printed, ...] = ()
    regression: bool = False

    @property
    def interval(self) -> str:
        """The limits as text, or why there are none."""
        return " to ".join(self.texts[1:])

    @property
    def spread(self) -> dict[str, str]:
        """tau2 and I2 as texts, those that are known."""
        values = (("tau2", self.tau2, tau2), ("I2", self.i2, percent))
        known = ((name, v, text) for name, v, text in values if v is not None and not isinstance(v, NotAssessable))
        return {name: text(value) for name, value, text in known}

    def words(self) -> str:
        """The numbers and heterogeneity."""
        return f"{self.numbers}, I2 {self.spread['I2']}" if "I2" in self.spread else self.numbers


def side_of(value: Any, place: str) -> Side:
    """What a result, or three printed numbers, says of itself.

    Raises:
        InvalidInputError: anything else.
    """
    if _has(value, _ESTIMATED) and isinstance(value.estimate, (float, NotAssessable)):
        return _estimated(value)
    if _has(value, _REGRESSED) and isinstance(value.effects, EffectSizes):
        return _regressed(value)
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 3:
        return _printed(value, place)
    message = (
        "must be a pooled result, one of a model on counts or of a meta-regression, or three printed numbers such as "
        "(0.49, 0.34, 0.70); of a network, give one comparison as three numbers."
    )
    raise InvalidInputError(Issue(None, place, type(value).__name__, message))


def _has(value: Any, names: tuple[str, ...]) -> bool:
    return all(hasattr(value, name) for name in names)


def _made(result: Any) -> str:
    if isinstance(result, PooledEffect):
        return spec_sentence(result.spec)
    return str(result.methods_sentence()).replace(software_sentence(), "").strip()


def _estimated(result: Any) -> Side:
    natural = result.effects.natural
    texts = natural.texts(result.estimate, result.ci)
    limits = f"{level(result.spec.level)} CI {' to '.join(texts[1:])}"
    return Side(
        name=str(getattr(result.spec, "name", "")),
        effects=result.effects,
        estimate=result.estimate,
        ci=result.ci,
        numbers=f"{natural.label} {texts[0]} ({limits})",
        texts=texts,
        tau2=result.tau2,
        i2=result.i2,
        made=_made(result),
    )


def _regressed(result: Any) -> Side:
    natural, alone = result.effects.natural, len(result.terms) == 1
    if not alone:
        what = NotAssessable("estimate", f"one coefficient for each of {', '.join(result.terms)}, no single effect")
        texts: tuple[str, ...] = (str(what), str(what))
        numbers = f"{studies(result.effects.k)} with {what.reason}"
        estimate: Number = what
        ci: Pair = what
    else:
        estimate, ci = float(result.beta[0]), (float(result.low[0]), float(result.high[0]))
        texts = natural.texts(estimate, ci)
        numbers = f"{natural.label} {texts[0]} ({level(result.spec.level)} CI {' to '.join(texts[1:])})"
    return Side(
        effects=result.effects,
        estimate=estimate,
        ci=ci,
        numbers=numbers,
        texts=texts,
        tau2=result.tau2,
        i2=result.i2,
        made=_made(result),
        regression=not alone,
    )


def _printed(values: Sequence[Any], place: str) -> Side:
    """Estimate, lower and upper limit with the decimals of the print: texts keep theirs, numbers share the most."""
    faults: list[Issue] = []
    most = max((len(repr(v).partition(".")[2]) for v in values if _plain(v) and v != int(v)), default=0)
    given = [f"{v:.{most}f}" if _plain(v) else v for v in values]
    shown = tuple(read_printed(v, place, faults) for v in given)
    estimate, low, high = (float(p.value) for p in shown)
    if not faults and not low <= estimate <= high:
        message = "must run from a lower to an upper limit, with the estimate first: (estimate, low, high)."
        faults.append(Issue(None, place, tuple(values), message))
    if faults:
        raise InvalidInputError(faults)
    texts = tuple(p.text for p in shown)
    return Side(
        estimate=estimate,
        ci=(low, high),
        numbers=f"{texts[0]} ({texts[1]} to {texts[2]}), as printed",
        texts=texts,
        printed=shown,
    )


def _plain(value: Any) -> bool:
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    return number and bool(np.isfinite(value))


def changed(first: Side, second: Side) -> str:
    """What differs in print."""
    parts = []
    single = not (first.regression or second.regression)
    if single and apart(first.texts[:1], second.texts[:1], same_decimals=True):
        parts.append(f"the estimate from {first.texts[0]} to {second.texts[0]}")
    if single and apart(first.texts[1:], second.texts[1:]):
        wider = "" if first.printed or second.printed else _wider(first.ci, second.ci)
        parts.append(f"the interval from ({first.interval}) to ({second.interval}){wider}")
    both = [name for name in first.spread if name in second.spread and first.spread[name] != second.spread[name]]
    return "; ".join([*parts, *(f"{name} from {first.spread[name]} to {second.spread[name]}" for name in both)])


def apart(before: tuple[str, ...], after: tuple[str, ...], *, same_decimals: bool = False) -> bool:
    """Whether texts say different numbers: 0.49 and 0.490 do not, and with `same_decimals` 0.49 and 0.493 neither."""
    if len(before) != len(after):
        return True
    return any(_differ(x, y, same_decimals=same_decimals) for x, y in zip(before, after, strict=True))


def _differ(before: str, after: str, *, same_decimals: bool) -> bool:
    if before == after:
        return False
    try:
        x, y = float(before), float(after)
    except ValueError:
        return True
    decimals = min(len(text.partition(".")[2]) for text in (before, after))
    return f"{x:.{decimals}f}" != f"{y:.{decimals}f}" if same_decimals else x != y


def _wider(before: Pair, after: Pair) -> str:
    """How much wider an interval is, on the scale of the analysis; empty where it is not by one percent."""
    if isinstance(before, NotAssessable) or isinstance(after, NotAssessable) or before[1] <= before[0]:
        return ""
    ratio = (after[1] - after[0]) / (before[1] - before[0])
    if f"{100 * abs(ratio - 1):.0f}" == "0":
        return ""
    return f" ({100 * abs(ratio - 1):.0f}% {'wider' if ratio > 1 else 'narrower'} on the scale of the analysis)"


def crossing(first: Side, second: Side) -> str:
    """Whether only one of two intervals includes no effect."""
    assert first.effects is not None
    null = first.effects.info.null
    if isinstance(first.ci, NotAssessable) or isinstance(second.ci, NotAssessable) or np.isnan(null):
        return ""
    crosses = [side.ci[0] <= null <= side.ci[1] for side in (first, second) if isinstance(side.ci, tuple)]
    if crosses[0] == crosses[1]:
        return ""
    return f"Only the {'second' if crosses[1] else 'first'} interval includes no effect."
