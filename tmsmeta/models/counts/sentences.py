"""Sentences about models on counts, for methods and results sections."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from tmsmeta.errors import NotAssessable
from tmsmeta.models.counts.result import (
    BetaBinomialEffect,
    CountsEffect,
    GlmmEffect,
    Limits,
    MantelHaenszelEffect,
    Number,
)
from tmsmeta.provenance import software_sentence

_CORRECTED = {
    "only0": "each cell of studies with a zero cell",
    "if0all": "each cell of all studies, as one of them has a zero cell",
    "all": "each cell of all studies",
}
_VARIANCE = {"OR": "Robins-Breslow-Greenland", "RR": "Greenland-Robins", "RD": "Sato"}
_MODELS: Mapping[str, str] = {
    "UM.FS": "a logistic mixed model with fixed study effects and random treatment effects (UM.FS)",
    "UM.RS": "a logistic mixed model with independent random study and treatment effects (UM.RS)",
    "CM.AL": "a conditional logistic mixed model with the binomial approximation to the likelihood (CM.AL)",
    "CM.EL": "a conditional logistic mixed model with the exact noncentral hypergeometric likelihood (CM.EL)",
    "PLO": "a binomial-normal model on the logit scale",
    "IRLN": "a Poisson-normal model on the log scale",
}


def methods(result: CountsEffect) -> str:
    """How the estimate was made."""
    if isinstance(result, MantelHaenszelEffect):
        how = _mantel_haenszel(result)
    elif isinstance(result, GlmmEffect):
        how = _glmm(result)
    elif isinstance(result, BetaBinomialEffect):
        how = _beta_binomial(result)
    else:
        how = "Odds ratios were pooled by Peto's one-step method, without continuity correction"
    text = f"{how}; intervals are {100 * result.spec.level:g}% Wald intervals."
    if result.left_out:
        out = f"{_studies(len(result.left_out))} {'was' if len(result.left_out) == 1 else 'were'} left out"
        text += f" {out} for having no event, or only events, in both arms."
    return f"{text} {software_sentence()}"


def result(result: CountsEffect) -> str:
    """What came out."""
    name = result.effects.info.label
    if isinstance(result.estimate, NotAssessable):
        return f"The pooled {name} of {_studies(result.k)} is {result.estimate}."
    interval = _limits(result.natural_ci, result.spec.level)
    text = f"The pooled {_natural(result)} of {_studies(result.k)} is {_show(result.natural)} ({interval}"
    if result.effects.info.contrast:
        text += f", p {_p(result.p_value)}"
    text += f"){_spread(result)}."
    return text if result.converged else f"{text} The fit did not converge: {result.reason}."


def html(result: CountsEffect) -> str:
    """A table of the main figures."""
    rows = [
        (_natural(result), _show(result.natural)),
        (f"{100 * result.spec.level:g}% interval", _limits(result.natural_ci, result.spec.level)),
        ("p", _p(result.p_value)),
        ("tau2", _show(result.tau2)),
        ("I2 (%)", _show(result.i2)),
        ("studies", str(result.k)),
        ("converged", "yes" if result.converged else f"no: {result.reason}"),
    ]
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table><caption>{escape(methods(result))}</caption>{cells}</table>"


def _mantel_haenszel(result: MantelHaenszelEffect) -> str:
    label = result.effects.info.label
    rule = result.spec.correction
    if rule is None:
        correction = "without continuity correction"
    else:
        correction = f"after adding {result.spec.add:g} to {_CORRECTED[rule]}"
    variance = _VARIANCE[result.measure]
    silent = result.k - result.k_informative
    note = f", of which {silent} had no event, or only events, in both arms," if silent else ""
    return (
        f"{label.capitalize()}s of {_studies(result.k)}{note} were pooled by the Mantel-Haenszel method {correction}, "
        f"with the {variance} variance, under a common-effect model"
    )


def _glmm(result: GlmmEffect) -> str:
    if result.spec.integration == "laplace":
        integral = "the Laplace approximation"
    else:
        integral = "adaptive Gauss-Hermite quadrature" + (f" ({result.nodes} nodes)" if result.nodes > 1 else "")
    student = f" and a t distribution with {result.k - 1} degrees of freedom" if result.spec.ci == "t" else ""
    return (
        f"{_subject(result)} were pooled by {_MODELS[result.spec.model]}, fitted by maximum likelihood with {integral} "
        f"and without continuity correction, with standard errors from the observed information{student}"
    )


def _beta_binomial(result: BetaBinomialEffect) -> str:
    arms = " with one overdispersion common to both arms" if result.spec.arms == 2 else ""
    student = f" and a t distribution with {result.k - 1} degrees of freedom" if result.spec.ci == "t" else ""
    return (
        f"{_subject(result)} were pooled by a beta-binomial model{arms}, fitted by maximum likelihood without "
        f"continuity correction, with standard errors from the observed information{student}"
    )


def _subject(result: CountsEffect) -> str:
    return {"PLO": "Proportions", "IRLN": "Incidence rates"}.get(result.measure, "Odds ratios")


def _natural(result: CountsEffect) -> str:
    return {"PLO": "proportion", "IRLN": "incidence rate"}.get(result.measure, result.effects.info.label)


def _studies(k: int) -> str:
    return f"{k} study" if k == 1 else f"{k} studies"


def _spread(result: CountsEffect) -> str:
    if isinstance(result, BetaBinomialEffect):
        return f"; overdispersion rho {_show(result.rho)}"
    if isinstance(result, GlmmEffect):
        return f"; tau2 {_show(result.tau2)}, I2 {_percent(result.i2)}"
    return f"; Q {_show(result.q)} on {result.q_df} degrees of freedom, I2 {_percent(result.i2)}"


def _percent(value: Number) -> str:
    return str(value) if isinstance(value, NotAssessable) else f"{value:.0f}%"


def _show(value: Number) -> str:
    """Three significant digits, the last one shown even where it is 0."""
    if isinstance(value, NotAssessable) or value == 0:
        return str(value) if isinstance(value, NotAssessable) else "0"
    return f"{value:.0f}" if 99.95 <= abs(value) < 1e9 else f"{value:#.3g}"


def _limits(limits: Limits, level: float) -> str:
    name = f"{100 * level:g}% CI"
    return (
        f"{name} {limits}" if isinstance(limits, NotAssessable) else f"{name} {_show(limits[0])} to {_show(limits[1])}"
    )


def _p(value: Number) -> str:
    if isinstance(value, NotAssessable):
        return str(value)
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"
