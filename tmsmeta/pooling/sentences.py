"""Words for pooling: how it was done, and what was done to the studies first."""

from __future__ import annotations

from collections.abc import Iterable

from tmsmeta.effects.base import EffectSizes
from tmsmeta.effects.mantel_haenszel import mantel_haenszel_estimate
from tmsmeta.errors import Issue
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.pooling.spec import PoolingSpec
from tmsmeta.words.names import heading, inside, studies
from tmsmeta.words.numbers import level
from tmsmeta.words.sentences import closing

_INTERVALS = {
    "z": "Wald intervals (normal quantiles)",
    "t": "intervals from Wald standard errors and t quantiles on k - 1 degrees of freedom",
    "hksj": "Hartung-Knapp-Sidik-Jonkman intervals",
    "hksj-adhoc": "Hartung-Knapp-Sidik-Jonkman intervals, whose standard error is never below that of Wald",
    "hksj-iqwig6": "Hartung-Knapp-Sidik-Jonkman intervals, widened where narrower than a DerSimonian-Laird interval",
}
WALD_WARNING = (
    "This Hartung-Knapp interval is over a tenth narrower than the Wald interval, because the studies agree more "
    "closely than their errors allow; ci='hksj-adhoc' guards against that."
)
_I2 = {"tau2": "from tau2 and the typical sampling variance", "Q": "from Cochran's Q"}


def spec_sentence(spec: PoolingSpec) -> str:
    """The choices of a pooling in one sentence."""
    estimator = ESTIMATORS[spec.tau2]
    if estimator.random:
        model = f"a random-effects model by inverse variance, tau2 by {estimator.label} ({estimator.reference})"
    else:
        model = "a common-effect model by inverse variance"
    profile = f" (profile {spec.name})" if spec.name else ""
    return f"We used {model}, with {level(spec.level)} {_INTERVALS[spec.ci]}{profile}."


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
    parts = [_measure_sentence(effects), spec_sentence(spec)]
    if effects.k == 1:
        parts[1] = parts[1].replace("We used", "The plan was", 1)
    else:
        parts += _heterogeneity_sentences(effects, spec)
    return " ".join([*parts, *_arms(effects), *effects.notes, closing(correction_sentence(effects), left_out)])


def _arms(effects: EffectSizes) -> list[str]:
    """What was compared with what, where the arms have names."""
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
    named, origin = ("tau2, Cochran's Q and I2", _I2[spec.i2]) if random else ("Cochran's Q and I2", _I2["Q"])
    sentences = [f"Heterogeneity was described by {named}; I2 was derived {origin}."]
    if spec.q_centre == "mantel-haenszel" and isinstance(mantel_haenszel_estimate(effects), float):
        sentences.append("Cochran's Q was taken around the Mantel-Haenszel estimate.")
    if random and spec.prediction != "none":
        quantile = "normal" if spec.prediction == "z" else spec.prediction
        sentences.append(f"Prediction intervals used {quantile} quantiles.")
    return sentences
