"""Words for results: sentences for a methods and a results section, and a small HTML view.

Numbers are rounded here, where text is made, and nowhere else in the core.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from tmsmeta.errors import NotAssessable
from tmsmeta.heterogeneity.estimators import ESTIMATORS

if TYPE_CHECKING:
    from tmsmeta.effects.base import EffectSizes
    from tmsmeta.pooling import PooledEffect, PoolingSpec

Number = float | NotAssessable
Pair = tuple[float, float] | NotAssessable


def number(value: Number, digits: int = 2) -> str:
    """A number with `digits` decimals; one that would show only zeros keeps one significant digit; or its reason."""
    if isinstance(value, NotAssessable):
        return str(value)
    text = f"{value:.{digits}f}"
    if float(text) == 0.0:
        return f"{value:.1g}" if value else f"{0.0:.{digits}f}"
    return text


def interval(limits: Pair, digits: int = 2) -> str:
    """``"1.57 to 5.09"``, or the reason why there is none."""
    if isinstance(limits, NotAssessable):
        return str(limits)
    return f"{number(limits[0], digits)} to {number(limits[1], digits)}"


def p_value(value: Number) -> str:
    """``"p = 0.012"``, ``"p < 0.001"``, or the reason."""
    if isinstance(value, NotAssessable):
        return f"p {value}"
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def percent(value: Number, digits: int = 1) -> str:
    """A value in percent, e.g. ``"92.2%"``."""
    return str(value) if isinstance(value, NotAssessable) else f"{number(value, digits)}%"


_INTERVALS = {
    "z": "Wald intervals (normal quantiles)",
    "t": "Wald standard errors with t quantiles on k - 1 degrees of freedom",
    "hksj": "Hartung-Knapp-Sidik-Jonkman intervals",
    "hksj-adhoc": "Hartung-Knapp-Sidik-Jonkman intervals, whose standard error is never below that of Wald",
    "hksj-iqwig6": "Hartung-Knapp-Sidik-Jonkman intervals, widened where narrower than a DerSimonian-Laird interval",
}
_I2 = {
    "tau2": "I2 was derived from tau2 and the typical sampling variance",
    "Q": "I2 was derived from Cochran's Q",
}


def spec_sentence(spec: PoolingSpec) -> str:
    """The choices of a pooling in one sentence."""
    estimator = ESTIMATORS[spec.tau2]
    if estimator.random:
        model = f"a random-effects model by inverse variance, tau2 by {estimator.label} ({estimator.reference})"
    else:
        model = "a common-effect model by inverse variance"
    profile = f" (profile {spec.name})" if spec.name else ""
    return f"We used {model}, with {100 * spec.level:g}% {_INTERVALS[spec.ci]}{profile}."


def correction_sentence(effects: EffectSizes) -> str:
    """Which studies received a continuity correction, in one sentence; empty where none did."""
    if not effects.corrections:
        return ""
    amounts = {(c.added_t, c.added_c) for c in effects.corrections}
    constant = len(amounts) == 1 and len(set(next(iter(amounts)))) == 1
    amount = f"{next(iter(amounts))[0]:g}" if constant else "an amount that depends on the arm"
    names = ", ".join(c.study for c in effects.corrections)
    count = len(effects.corrections)
    noun = "1 study" if count == 1 else f"{count} studies"
    return f"A continuity correction ({amount} per cell) was applied to {noun} ({names})."


def pooling_methods(result: PooledEffect) -> str:
    """Methods sentences for one pooled effect: measure, model, intervals, heterogeneity, corrections, omissions."""
    spec, effects = result.spec, result.effects
    scale = " on the log scale" if effects.info.is_ratio else ""
    parts = [
        f"The effect measure was the {effects.info.label}; {_were(result.k)} combined{scale}.",
        spec_sentence(spec),
        f"Heterogeneity was described by tau2, Cochran's Q and I2; {_I2[spec.i2]}.",
    ]
    if spec.q_centre == "mantel-haenszel" and "events_t" in effects.inputs:
        parts.append("Cochran's Q was taken around the Mantel-Haenszel estimate.")
    if ESTIMATORS[spec.tau2].random and spec.prediction != "none":
        quantile = "normal" if spec.prediction == "z" else spec.prediction
        parts.append(f"Prediction intervals used {quantile} quantiles.")
    parts.append(correction_sentence(effects))
    if result.left_out:
        listed = "; ".join(f"{i.row}: {i.message}" for i in result.left_out)
        parts.append(f"Left out: {listed}")
    return " ".join(part for part in parts if part)


def _were(k: int) -> str:
    return "1 study was" if k == 1 else f"{k} studies were"


def _studies(k: int) -> str:
    return "study" if k == 1 else "studies"


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
    "This Hartung-Knapp interval is over a tenth narrower than the Wald interval, because the studies agree more closely than "
    "their errors allow; ci='hksj-adhoc' guards against that."
)


def _main_numbers(result: PooledEffect) -> tuple[Number, Pair, Pair]:
    if result.effects.info.is_ratio:
        return result.ratio, result.ratio_ci, result.ratio_prediction
    return result.estimate, result.ci, result.prediction


def pooling_result(result: PooledEffect) -> str:
    """The result in one or two sentences: estimate, interval, prediction interval, heterogeneity."""
    estimate, ci, prediction = _main_numbers(result)
    label, level = result.effects.info.label, f"{100 * result.spec.level:g}%"
    sentence = f"{result.k} {_studies(result.k)}: pooled {label} {number(estimate)} ({level} CI {interval(ci)}"
    sentence += f"; {p_value(result.p_value)})"
    sentence += "." if result.spec.prediction == "none" else f"; prediction interval {interval(prediction)}."
    if result.k < 2:
        return sentence
    heterogeneity = f" Heterogeneity: tau2 = {number(result.tau2, 3)}, I2 = {percent(result.i2)}, "
    sentence += heterogeneity + f"Q = {number(result.q)} on {result.q_df} df ({p_value(result.q_p)})."
    return f"{sentence} {WALD_WARNING}" if narrower_than_wald(result) else sentence


def pooling_html(result: PooledEffect) -> str:
    """A small table for notebooks; every text is escaped."""
    estimate, ci, prediction = _main_numbers(result)
    rows = [
        (result.effects.info.label.capitalize(), f"{number(estimate)} ({interval(ci)})"),
        ("p", p_value(result.p_value).removeprefix("p = ").removeprefix("p ")),
        ("Prediction interval", interval(prediction)),
        ("tau2", number(result.tau2, 4)),
        ("I2", percent(result.i2)),
        ("Q", f"{number(result.q)} on {result.q_df} df, {p_value(result.q_p)}"),
        ("Studies", str(result.k)),
        ("Spec", spec_sentence(result.spec)),
    ]
    body = "".join(f"<tr><th scope='row'>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table><caption>Pooled effect</caption><tbody>{body}</tbody></table>"
