"""The model of a forest plot, named in full: what was pooled how, by which estimator, with which intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tmsmeta.errors import NotAssessable
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.words.glossary import MIXED_MODELS, interval_name
from tmsmeta.words.numbers import FIGURE

if TYPE_CHECKING:
    from tmsmeta.figures.pairwise.forest_data import Pool

_SHORT = {"MH": "Common effect (Mantel-Haenszel)", "Peto": "Common effect (Peto)", "beta-binomial": "Beta-binomial"}
_COUNTS = {
    "MH": "common effect, Mantel-Haenszel method",
    "Peto": "common effect, Peto's one-step method",
    "beta-binomial": "beta-binomial, maximum likelihood",
}
_METHODS = {"MH": "M-H", "Peto": "Peto"}


def model_words(result: Pool) -> str:
    """The model in a few words, for the row of the pooled effect."""
    model = getattr(result, "model", None)
    if isinstance(model, str):
        return _SHORT.get(model, "Random effects (mixed model)")
    tau2 = getattr(result.spec, "tau2", "")
    return "Common effect" if tau2 == "FE" else f"Random effects ({tau2})"


def method_words(result: Pool) -> str:
    """The model as Cochrane reviews head a column, ``"IV, Random"``; empty for models that they do not have."""
    model = getattr(result, "model", None)
    if isinstance(model, str):
        return f"{_METHODS[model]}, Fixed" if model in _METHODS else ""
    weights = "M-H" if getattr(result.spec, "q_centre", "") == "mantel-haenszel" else "IV"
    return f"{weights}, {'Random' if ESTIMATORS[getattr(result.spec, 'tau2', '')].random else 'Fixed'}"


def model_note(result: Pool, *, prediction: bool) -> str:
    """Estimator, interval and degrees of freedom in a sentence; `prediction`: whether that interval is shown."""
    ci = getattr(result.spec, "ci", "z")
    return f"Model: {_estimator(result)}; {_interval(result, ci)}{_prediction(result) if prediction else ''}."


def _estimator(result: Pool) -> str:
    model = getattr(result, "model", None)
    if isinstance(model, str):
        return _COUNTS.get(model) or f"{MIXED_MODELS[model]}, maximum likelihood"
    estimator = ESTIMATORS[getattr(result.spec, "tau2", "")]
    if not estimator.random:
        return "common effect, inverse variance"
    return f"random effects, inverse variance, τ² by {estimator.label}"


def _interval(result: Pool, ci: str) -> str:
    words = f"{interval_name(ci)} {FIGURE.level(result.spec.level)} CI"
    df = getattr(result, "df", None)
    return words if ci == "z" else f"{words} (t, {FIGURE.plain(result.k - 1 if df is None else df, 3)} df)"


def _prediction(result: Pool) -> str:
    """The distribution of the prediction interval; nothing where there is none or it follows clusters."""
    if isinstance(getattr(result, "prediction", NotAssessable("", "")), NotAssessable) or getattr(result, "df", None):
        return ""
    asked = getattr(result.spec, "prediction", "none")
    lost = {"t(k-1)": 1, "t(k-2)": 2}.get(asked)
    return f"; prediction interval ({f't, {result.k - lost} df' if lost else 'normal'})"
