"""Words for pooling: how it was done, and what was done to the studies first."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tmsmeta.effects.base import EffectSizes
from tmsmeta.effects.mantel_haenszel import mantel_haenszel_estimate
from tmsmeta.errors import Issue
from tmsmeta.pooling.clusters import count_clusters
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.pooling.interval_methods import I2_METHODS, INTERVAL_METHODS, PREDICTION_METHODS
from tmsmeta.pooling.robust import ROBUST
from tmsmeta.pooling.spec import PoolingSpec
from tmsmeta.words.names import counted, heading, inside, studies
from tmsmeta.words.numbers import level
from tmsmeta.words.sentences import closing

WALD_WARNING = (
    "This Hartung-Knapp interval is over a tenth narrower than the Wald interval, because the studies agree more "
    "closely than their errors allow; ci='hksj-adhoc' guards against that."
)
_FEW_CORRECTED = 5  # of which one study or more with a correction is named as the cause of a narrow interval
_ON_COUNTS = {
    "binary": "; glmm and mantel_haenszel work on the counts and need none",
    "proportion": "; glmm_proportion works on the counts and needs none",
    "rate": "; glmm_rate works on the counts and needs none",
}


def spec_sentence(spec: PoolingSpec) -> str:
    """The choices of a pooling in one sentence."""
    estimator = ESTIMATORS[spec.tau2]
    if estimator.random:
        model = f"a random-effects model by inverse variance, tau2 by {estimator.label} ({estimator.reference})"
    else:
        model = "a common-effect model by inverse variance"
    profile = f" (profile {spec.name})" if spec.name else ""
    return f"We used {model}, with {level(spec.level)} {INTERVAL_METHODS[spec.ci].label}{profile}."


def narrow_caution(effects: EffectSizes) -> str:
    """Why a Hartung-Knapp interval is narrower than the Wald interval, and what guards against it.

    Studies with a continuity correction all lie near the same value with large variances: closer together than chance
    would put them. Where a fifth of the studies has one, that is the cause, and counts are named.
    """
    corrected = len(effects.corrections)
    if corrected * _FEW_CORRECTED < effects.k:
        return WALD_WARNING
    none = _without_events(effects)
    empty = (
        f"{none} of {effects.k} studies have no event{' in either arm' * effects.info.contrast}, and " if none else ""
    )
    return (
        f"This Hartung-Knapp interval is over a tenth narrower than the Wald interval: {empty}"
        f"{corrected} of {effects.k} have a continuity correction, which puts them closer together than chance "
        f"would{_ON_COUNTS.get(effects.info.family, '')}."
    )


def _without_events(effects: EffectSizes) -> int:
    """Studies among those pooled that had no event at all."""
    columns = [effects.inputs[name] for name in ("events_t", "events_c", "events") if name in effects.inputs]
    return int((np.sum(columns, axis=0) == 0).sum()) if columns else 0


def correction_sentence(effects: EffectSizes) -> str:
    """Which studies received a continuity correction, in one sentence; empty where none did."""
    if not effects.corrections:
        return ""
    amounts = {(c.added_t, c.added_c) for c in effects.corrections}
    first_t, first_c = next(iter(amounts))
    if not effects.info.contrast:
        amount = f"{first_t:g} added to the events"
    elif len(amounts) == 1 and first_t == first_c:
        amount = f"{first_t:g} per {'cell' if 'n_t' in effects.inputs else 'arm'}"
    else:
        amount = "an amount per cell that depends on the arm"
    names = ", ".join(c.study for c in effects.corrections)
    return f"A continuity correction ({amount}) was applied to {studies(len(effects.corrections))} ({names})."


def pooling_methods(effects: EffectSizes, spec: PoolingSpec, left_out: Iterable[Issue]) -> str:
    """Methods sentences for one pooled effect.

    They name the measure, the model, the estimator, the intervals, the heterogeneity statistics, the corrections, what
    was left out and the software.
    """
    parts = [_measure_sentence(effects), spec_sentence(spec), *_clusters_sentence(effects, spec)]
    if effects.k == 1:
        parts[1] = parts[1].replace("We used", "The plan was", 1)
    else:
        parts += _heterogeneity_sentences(effects, spec)
    return " ".join([*parts, closing(effects_sentences(effects), left_out)])


def _clusters_sentence(effects: EffectSizes, spec: PoolingSpec) -> list[str]:
    if spec.ci not in ROBUST:
        return []
    m = counted(count_clusters(effects), "cluster")
    return [f"The {effects.k} estimates come from {m}; weights, tau2, Q and I2 take them as independent."]


def effects_sentences(effects: EffectSizes) -> str:
    """What was compared with what, what was added up or left out, and the corrections: what a reader must be told."""
    return " ".join(filter(None, [arms_and_notes(effects), correction_sentence(effects)]))


def arms_and_notes(effects: EffectSizes) -> str:
    """What was compared with what, where the arms have names, and what was added up or left out before."""
    return " ".join([*_arms(effects), *effects.notes])


def compared(effects: EffectSizes) -> str:
    """``"drug against sham"``, ``"against sham"`` where several were treated; blank where the arms have no names."""
    return f"{effects.treated} against {inside(effects.comparator)}".strip() if effects.comparator else ""


def direction_sentence(effects: EffectSizes, better: str) -> str:
    """Which effects favour the treated arm: ``A risk ratio below 1 favours BCG, as a lower outcome is better.``

    Args:
        effects: comparisons of two arms.
        better: ``higher`` or ``lower``.
    """
    info = effects.info
    side, null = "above" if better == "higher" else "below", "1" if info.is_ratio else "0"
    label = "An" if info.label[:1] in "aeio" else "A"
    treated = inside(effects.treated) or "the treated arm"
    return f"{label} {info.label} {side} {null} favours {treated}, as a {better} outcome is better."


def _arms(effects: EffectSizes) -> list[str]:
    if not effects.comparator:
        return []
    if not effects.treated:
        return [f"The comparator was {inside(effects.comparator)}."]
    return [f"{heading(effects.treated)} was compared with {inside(effects.comparator)}."]


def _measure_sentence(effects: EffectSizes) -> str:
    info = effects.info
    measure = "Effects were taken as given" if info.name == "GEN" else f"The effect measure was the {info.label}"
    measure += f" ({effects.variance_formula})" if effects.variance_formula else ""
    if effects.k == 1:
        return f"{measure}; there was 1 study, so nothing was combined."
    return f"{measure}; {effects.k} studies were combined{' on the log scale' if info.is_ratio else ''}."


def _heterogeneity_sentences(effects: EffectSizes, spec: PoolingSpec) -> list[str]:
    random = ESTIMATORS[spec.tau2].random
    named, i2 = ("tau2, Cochran's Q and I2", spec.i2) if random else ("Cochran's Q and I2", "Q")
    sentences = [f"Heterogeneity was described by {named}; I2 was derived {I2_METHODS[i2].label}."]
    if spec.q_centre == "mantel-haenszel" and isinstance(mantel_haenszel_estimate(effects), float):
        sentences.append("Cochran's Q was taken around the Mantel-Haenszel estimate.")
    if random and spec.prediction != "none":
        sentences.append(f"Prediction intervals used {PREDICTION_METHODS[spec.prediction].label}.")
    return sentences
