"""``--model``: inverse variance, or one of the models on counts, with the choices that each has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tmsmeta.cli.options import option_name
from tmsmeta.errors import InvalidInputError, Issue, NotAssessable, UnknownOptionError

if TYPE_CHECKING:
    from tmsmeta.cli.choices import Choices
    from tmsmeta.cli.sources import Source
    from tmsmeta.effects import EffectSizes
    from tmsmeta.models.counts import CountsEffect
    from tmsmeta.pooling import PooledEffect

INVERSE = "inverse"
_TWO_ARMS = ("events_t", "n_t", "events_c", "n_c")


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model on counts.

    Attributes:
        measures: the measures that it gives, the one that it takes by default first.
        choices: the choices of a pooling that it has, too.
        variants: what may follow its name after a colon.
    """

    measures: tuple[str, ...]
    choices: tuple[str, ...]
    variants: tuple[str, ...] = ()


MODELS: Mapping[str, Model] = {
    "mh": Model(measures=("RR", "OR", "RD"), choices=("level", "zero_cells")),
    "peto": Model(measures=("PETO", "OR"), choices=("level",)),
    "glmm": Model(
        measures=("OR", "PLO", "IRLN"), choices=("ci", "level"), variants=("UM.FS", "UM.RS", "CM.AL", "CM.EL")
    ),
    "beta-binomial": Model(measures=("OR", "PLO"), choices=("ci", "level")),
}
"""The models on counts, by name."""


def read_model(text: str) -> tuple[str, str]:
    """``"glmm:um.rs"`` as ``("glmm", "UM.RS")``; the variant is empty where none was named.

    Raises:
        UnknownOptionError: a model or a variant that does not exist.
    """
    name, _, variant = text.strip().partition(":")
    kind = name.strip().casefold()
    if kind == INVERSE and not variant:
        return kind, ""
    known = MODELS.get(kind)
    if known is None or (variant and variant.strip().upper() not in known.variants):
        every = [INVERSE, *MODELS, *(f"{n}:{v}" for n, m in MODELS.items() for v in m.variants)]
        raise UnknownOptionError("--model", text, every)
    return kind, variant.strip().upper()


def default_measure(model: str, measure: str) -> str:
    """The measure that was asked for, or that of the model; empty where the table decides.

    Raises:
        InvalidInputError: a measure that the model does not give.
    """
    kind, _ = read_model(model)
    if kind == INVERSE:
        return measure
    measures = MODELS[kind].measures
    if measure and measure not in measures:
        message = f"must be one of {', '.join(measures)} with --model {kind}."
        raise InvalidInputError(Issue(None, "--measure", measure, message))
    return measure


def pooled(
    source: Source, model: str, choices: Choices, clusters: Mapping[str, Any] = {}
) -> PooledEffect | CountsEffect:
    """Pool by the model that was named; `clusters` are the arguments of :func:`tmsmeta.pool` about clusters.

    Raises:
        InvalidInputError: choices that the model does not have; effects without the counts that it needs.
    """
    from tmsmeta.pooling import pool

    kind, variant = read_model(model)
    if kind == INVERSE:
        return pool(source.effects, profile=choices.spec(source.stated), **clusters)
    if clusters:
        message = f"does not apply to --model {kind}; leave it out."
        raise InvalidInputError([Issue(None, f"--{name}", None, message) for name in clusters])
    _refuse_foreign(kind, choices)
    result = _on_counts(source.effects, kind, variant, choices.given(), choices.zero_cells)
    names = {name: getattr(source.effects, name) for name in ("treated", "comparator", "notes")}
    return replace(result, effects=replace(result.effects, **names))


def _refuse_foreign(kind: str, choices: Choices) -> None:
    """Raise for choices that the model does not have: none may be dropped in silence."""
    given = choices.given() | {"profile": choices.profile, "zero_cells": choices.zero_cells}
    foreign = [
        Issue(None, option_name(name), value, f"does not apply to --model {kind}; leave it out.")
        for name, value in given.items()
        if value is not None and name not in MODELS[kind].choices
    ]
    if foreign:
        raise InvalidInputError(foreign)


def _on_counts(
    effects: EffectSizes, kind: str, variant: str, given: Mapping[str, Any], zero_cells: str | None
) -> CountsEffect:
    from tmsmeta.models import counts as models

    study, given = effects.study, {"missing": "drop", **given}
    two_arms: dict[str, Callable[..., CountsEffect]] = {
        "peto": models.peto,
        "glmm": models.glmm,
        "beta-binomial": models.beta_binomial_two_arm,
    }
    if kind == "mh":
        correction: Any = None if zero_cells == "none" else zero_cells
        measure: Any = effects.measure
        counts = _counts(effects, kind, _TWO_ARMS)
        return models.mantel_haenszel(measure, *counts, correction=correction, study=study, **given)
    if effects.info.family == "binary":
        more = {"model": variant} if variant else {}
        return two_arms[kind](*_counts(effects, kind, _TWO_ARMS), study=study, **more, **given)
    if effects.info.family == "rate" and kind == "glmm":
        return models.glmm_rate(*_counts(effects, kind, ("events", "time")), study=study, **given)
    one_arm: dict[str, Callable[..., CountsEffect]] = {
        "glmm": models.glmm_proportion,
        "beta-binomial": models.beta_binomial,
    }
    if effects.info.family != "proportion" or kind not in one_arm:
        message = f"is not given by --model {kind}, which takes {', '.join(MODELS[kind].measures)}."
        raise InvalidInputError(Issue(None, "--measure", effects.measure, message))
    return one_arm[kind](*_counts(effects, kind, ("events", "n")), study=study, **given)


def _counts(effects: EffectSizes, kind: str, names: tuple[str, ...]) -> tuple[Any, ...]:
    found = effects.require_inputs(f"--model {kind}", *names)
    if isinstance(found, NotAssessable):
        raise InvalidInputError(Issue(None, "--model", kind, f"{found.reason}."))
    return found
