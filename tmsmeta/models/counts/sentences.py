"""How models on counts were fitted, in words for a methods section."""

from __future__ import annotations

from collections.abc import Mapping

from tmsmeta.effects.measures import Measure
from tmsmeta.models.counts.spec import BetaBinomialSpec, GlmmSpec, MantelHaenszelSpec
from tmsmeta.words.glossary import MIXED_MODELS
from tmsmeta.words.names import heading, studies

_CORRECTED = {
    "only0": "each cell of studies with a zero cell",
    "if0all": "each cell of all studies, as one of them has a zero cell",
    "all": "each cell of all studies",
}
_VARIANCE = {"OR": "Robins-Breslow-Greenland", "RR": "Greenland-Robins", "RD": "Sato"}
_MODELS: Mapping[str, str] = {
    name: f"a {words} ({name})" if "." in name else f"a {words}" for name, words in MIXED_MODELS.items()
}


def mantel_haenszel_words(measure: Measure, spec: MantelHaenszelSpec, k: int, k_informative: int) -> str:
    """How studies were pooled by Mantel and Haenszel, as the start of a sentence."""
    if spec.correction is None:
        correction = "without continuity correction"
    else:
        correction = f"after adding {spec.add:g} to {_CORRECTED[spec.correction]}"
    silent = k - k_informative
    note = f", of which {silent} had no event, or only events, in both arms," if silent else ""
    return (
        f"{heading(measure.label)}s of {studies(k)}{note} were pooled by the Mantel-Haenszel method {correction}, "
        f"with the {_VARIANCE[measure.name]} variance, under a common-effect model"
    )


def glmm_words(measure: str, spec: GlmmSpec, k: int, nodes: int) -> str:
    """How studies were pooled by a mixed model, as the start of a sentence."""
    if spec.integration == "laplace":
        integral = "the Laplace approximation"
    else:
        integral = "adaptive Gauss-Hermite quadrature" + (f" ({nodes} nodes)" if nodes > 1 else "")
    return (
        f"{_subject(measure)} were pooled by {_MODELS[spec.model]}, fitted by maximum likelihood with {integral} "
        f"and without continuity correction, with standard errors from the observed information{_student(spec.ci, k)}"
    )


def beta_binomial_words(measure: str, spec: BetaBinomialSpec, k: int) -> str:
    """How studies were pooled by a beta-binomial model, as the start of a sentence."""
    arms = " with one overdispersion common to both arms" if spec.arms == 2 else ""
    return (
        f"{_subject(measure)} were pooled by a beta-binomial model{arms}, fitted by maximum likelihood without "
        f"continuity correction, with standard errors from the observed information{_student(spec.ci, k)}"
    )


def _student(ci: str, k: int) -> str:
    return f" and a t distribution with {k - 1} degrees of freedom" if ci == "t" else ""


def _subject(measure: str) -> str:
    return {"PLO": "Proportions", "IRLN": "Incidence rates"}.get(measure, "Odds ratios")
