"""Words for pooled effects: sentences for a methods and a results section, and a small HTML view."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from tmsmeta.effects.mantel_haenszel import mantel_haenszel_estimate
from tmsmeta.effects.transform import back_transform
from tmsmeta.errors import NotAssessable
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.words.names import studies
from tmsmeta.words.numbers import Number, Pair, level, number, p_value, percent, tau2
from tmsmeta.words.sentences import closing

if TYPE_CHECKING:
    from tmsmeta.effects.base import EffectSizes
    from tmsmeta.pooling import PooledEffect, PoolingSpec

_INTERVALS = {
    "z": "Wald intervals (normal quantiles)",
    "t": "intervals from Wald standard errors and t quantiles on k - 1 degrees of freedom",
    "hksj": "Hartung-Knapp-Sidik-Jonkman intervals",
    "hksj-adhoc": "Hartung-Knapp-Sidik-Jonkman intervals, whose standard error is never below that of Wald",
    "hksj-iqwig6": "Hartung-Knapp-Sidik-Jonkman intervals, widened where narrower than a DerSimonian-Laird interval",
}
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


def pooling_methods(result: PooledEffect) -> str:
    """Methods sentences for one pooled effect.

    They name the measure, the model, the estimator, the intervals, the heterogeneity statistics, the corrections, what
    was left out and the software.
    """
    spec, effects = result.spec, result.effects
    parts = [_measure_sentence(result), spec_sentence(spec)]
    if result.k == 1:
        parts[1] = parts[1].replace("We used", "The plan was", 1)
    else:
        parts += _heterogeneity_sentences(result)
    return " ".join([*parts, closing(correction_sentence(effects), result.left_out)])


def _measure_sentence(result: PooledEffect) -> str:
    info = result.effects.info
    measure = "Effects were taken as given" if info.name == "GEN" else f"The effect measure was the {info.label}"
    if result.k == 1:
        return f"{measure}; there was 1 study, so nothing was combined."
    return f"{measure}; {result.k} studies were combined{' on the log scale' if info.is_ratio else ''}."


def _heterogeneity_sentences(result: PooledEffect) -> list[str]:
    spec = result.spec
    random = ESTIMATORS[spec.tau2].random
    named, origin = ("tau2, Cochran's Q and I2", _I2[spec.i2]) if random else ("Cochran's Q and I2", _I2["Q"])
    sentences = [f"Heterogeneity was described by {named}; I2 was derived {origin}."]
    if spec.q_centre == "mantel-haenszel" and isinstance(mantel_haenszel_estimate(result.effects), float):
        sentences.append("Cochran's Q was taken around the Mantel-Haenszel estimate.")
    if random and spec.prediction != "none":
        quantile = "normal" if spec.prediction == "z" else spec.prediction
        sentences.append(f"Prediction intervals used {quantile} quantiles.")
    return sentences


def narrower_than_wald(result: PooledEffect) -> bool:
    """Whether a Hartung-Knapp interval is at least a tenth narrower than the Wald interval of the same pool.

    It happens when a few studies agree more closely than their sampling errors allow, and overstates what they know
    (Röver, Knapp & Friede, BMC Med Res Methodol 2015;15:99; Jackson et al., Stat Med 2017;36:3923).
    """
    if (
        not result.spec.ci.startswith("hksj")
        or not isinstance(result.ci, tuple)
        or isinstance(result.tau2, NotAssessable)
    ):
        return False
    wald = 2 * ndtri(0.5 + result.spec.level / 2) / np.sqrt((1 / (result.effects.vi + result.tau2)).sum())
    return bool(result.ci[1] - result.ci[0] < wald * _MUCH_NARROWER)


_MUCH_NARROWER = 0.9
WALD_WARNING = (
    "This Hartung-Knapp interval is over a tenth narrower than the Wald interval, because the studies agree more "
    "closely than their errors allow; ci='hksj-adhoc' guards against that."
)


def _main_numbers(result: PooledEffect) -> tuple[Number, Pair, Pair]:
    if result.effects.info.is_ratio:
        return result.ratio, result.ratio_ci, result.ratio_prediction
    return result.estimate, result.ci, result.prediction


def _natural(result: PooledEffect) -> str:
    """A single-arm estimate and its interval as a proportion or a rate; empty where it already is one."""
    info, inputs = result.effects.info, result.effects.inputs
    size = inputs.get("n", inputs.get("time"))
    if info.contrast or info.scale == "identity" or (info.scale.startswith("freeman") and size is None):
        return ""
    pooled_size = None if size is None else len(size) / np.sum(1 / size)
    name = "an incidence rate" if info.family == "rate" else "a proportion"

    def back(value: float) -> str:
        return number(float(back_transform(info.name, value, n=pooled_size)), 3)

    shown = isinstance(result.ci, tuple) and not _all_equal(result)
    limits = f" ({back(result.ci[0])} to {back(result.ci[1])})" if shown else ""
    return f", that is {name} of {back(result.estimate)}{limits}"


def _all_equal(result: PooledEffect) -> bool:
    """Whether a Hartung-Knapp standard error is 0, as it is where all estimates are equal."""
    return result.se == 0.0


def pooling_result(result: PooledEffect) -> str:
    """The result in one or two sentences: estimate, interval, prediction interval, heterogeneity.

    A single arm has no p value, since there is no effect to test; its estimate is also given as a proportion or a rate.
    """
    estimate, ci, prediction = _main_numbers(result)
    info, random = result.effects.info, ESTIMATORS[result.spec.tau2].random
    sentence, interval = f"{studies(result.k)}: pooled {info.label} {info.text(estimate)} ", level(result.spec.level)
    if _all_equal(result):
        no_test = " and there is no p value" if info.contrast else ""
        sentence += f"(all estimates are equal, so the {interval} CI has no width{no_test})"
    else:
        sentence += f"({interval} CI {info.limits_text(ci)}{f'; {p_value(result.p_value)}' if info.contrast else ''})"
    sentence += _natural(result)
    shown = random and result.spec.prediction != "none"
    flat = isinstance(prediction, tuple) and prediction[0] == prediction[1]
    sentence += f"; prediction interval {'without width' if flat else info.limits_text(prediction)}." if shown else "."
    if result.k < 2:
        return sentence
    spread = f"tau2 = {tau2(result.tau2)}, " if random else ""
    sentence += f" Heterogeneity: {spread}I2 = {percent(result.i2)}, "
    sentence += f"Q = {number(result.q)} on {result.q_df} df ({p_value(result.q_p)})."
    return f"{sentence} {WALD_WARNING}" if narrower_than_wald(result) else sentence


def pooling_html(result: PooledEffect) -> str:
    """A small table for notebooks; every text is escaped."""
    estimate, ci, prediction = _main_numbers(result)
    info = result.effects.info
    rows = [
        (info.label.capitalize(), f"{info.text(estimate)} ({info.limits_text(ci)})"),
        ("p", p_value(result.p_value).removeprefix("p = ").removeprefix("p ")),
        ("Prediction interval", info.limits_text(prediction)),
        ("tau2", tau2(result.tau2)),
        ("I2", percent(result.i2)),
        ("Q", f"{number(result.q)} on {result.q_df} df, {p_value(result.q_p)}"),
        ("Studies", str(result.k)),
        ("Spec", spec_sentence(result.spec)),
    ]
    body = "".join(f"<tr><th scope='row'>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table><caption>Pooled effect</caption><tbody>{body}</tbody></table>"
