"""The text below a figure: model and intervals in full, what marks and arrows mean, abbreviations, data version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tmsmeta.errors import InvalidInputError, Issue, NotAssessable
from tmsmeta.figures.accepts import MADE_BY
from tmsmeta.figures.pairwise.forest_model import model_note
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.provenance import software_sentence
from tmsmeta.words.arguments import answerable
from tmsmeta.words.glossary import ABBREVIATIONS
from tmsmeta.words.numbers import FIGURE

_ARROWS = "Arrows: the interval, or the estimate, goes beyond the axis."
_SQUARES = "Squares: estimates of the studies, their area in proportion to the weight; lines: their {level} CI."


class _Kind(NamedTuple):
    """What the marks of a figure mean, and the abbreviations in it."""

    marks: str
    terms: tuple[str, ...]


_FOREST = _Kind(f"{_SQUARES} Diamond: the pooled effect and its {{level}} CI. {_ARROWS}", ("CI", "df", "I²", "Q", "τ²"))
_KINDS: Mapping[str, _Kind] = {
    "PooledEffect": _FOREST,
    "CountsEffect": _FOREST,
    "Subgroups": _Kind(_FOREST.marks.replace("Diamond: the", "Diamonds: the"), _FOREST.terms),
    "MetaRegression": _Kind(
        "Circles: studies, area in proportion to the weight; line and band: the fitted effect and its {level} CI.",
        ("CI", "τ²"),
    ),
    "NetworkMeta": _Kind("Points and lines: effects against the reference and their {level} CI.", ("CI", "τ²")),
    "Ranking": _Kind("Points and lines: effects against the reference and their {level} CI.", ("CI", "P-score", "τ²")),
    "Multiverse": _Kind(
        "Points and lines: the pooled effect of each combination of choices and its {level} CI.", ("CI",)
    ),
    "JointEffect": _Kind("Points and lines: effects and their {level} CI.", ("CI", "τ²")),
    "ProfileLikelihood": _Kind("Where the curve lies above the line: the {level} CI.", ("CI", "τ²")),
    "AsymmetryTest": _Kind("Points: studies by effect and standard error.", ("CI", "df")),
    "Funnel": _Kind("Points: studies by effect and standard error.", ()),
    "Gosh": _Kind("Points: pooled effects of subsets of the studies.", ("I²",)),
    "LeagueTable": _Kind("Cells: the effect of one treatment against another and its {level} CI.", ("CI",)),
    "AbsoluteRisk": _Kind("One sign stands for one person, or for the number that is given.", ("CI",)),
    "Contributions": _Kind("Cells: share of a direct comparison in the estimate of a row, in percent.", ()),
    "NetHeat": _Kind(
        "Cells: change of the inconsistency of a row by leaving out the comparison of a column; area of the squares: "
        "its share in the estimate.",
        ("Q",),
    ),
    "NetworkGraph": _Kind("Circles: treatments; lines: direct comparisons, with the number of their trials.", ()),
    "PartialOrder": _Kind("A line leads from a treatment to those that are worse on every outcome.", ()),
    "PValueCurves": _Kind("Curves: p value of each study, and of the pooled effect, at every value of the effect.", ()),
}
"""By the names of the classes of results, so that no model is imported for its name."""

_POOLED = ("PooledEffect", "CountsEffect")
_ANALYSES = _Kind(f"Diamonds: pooled effects of the analyses and their {{level}} CI. {_ARROWS}", ("CI", "k"))


@answerable
def caption(result: Any, *, data_version: str = "") -> str:
    """The text for below the figures of a result.

    Args:
        result: what a figure draws, or a mapping from analyses to pooled effects, the main one first, as
            :func:`sensitivity_forest` takes it.
        data_version: of the data, where the result does not carry it.

    Returns:
        Sentences: the model, its estimator, interval and degrees of freedom; what marks, weights and arrows mean;
        the abbreviations, written out; the version of the data.

    Raises:
        InvalidInputError: something that no figure draws.

    Example:
        >>> import tmsmeta as tm
        >>> trials = tm.effects.generic([0.7, 0.1, 0.5, 0.9], se=[0.2, 0.1, 0.3, 0.2], measure="RR", study=list("ABCD"))
        >>> print(tm.figures.caption(tm.pool(trials)).split("; ")[-1])
        REML: restricted maximum likelihood.
    """
    if isinstance(result, Mapping) and result and all(_kind(value) for value in result.values()):
        pools = [value for value in result.values() if not isinstance(value, NotAssessable)]
        said = f"Main analysis, {next(iter(result))}. {_model(pools[0])}" if pools else ""
        return _joined(said, _ANALYSES, pools[0] if pools else None, data_version)
    kind = _kind(result)
    if kind is None:
        message = f"must be a result that a figure draws: {', '.join(MADE_BY)}."
        raise InvalidInputError(Issue(None, "result", type(result).__name__, message))
    return _joined(_model(result), kind, result, data_version)


def _kind(result: Any) -> _Kind | None:
    if isinstance(result, NotAssessable):
        return _Kind(f"Not assessable: {result.reason}.", ())
    return next((_KINDS[c.__name__] for c in type(result).__mro__ if c.__name__ in _KINDS), None)


def _model(result: Any) -> str:
    """The model in full, in the signs of print."""
    if type(result).__name__ in _POOLED:
        if isinstance(result.estimate, NotAssessable):
            return f"Nothing is pooled: {result.estimate.reason}."
        return f"{result.effects.info.label.capitalize()}. {model_note(result, prediction=True)}"
    said = result.methods_sentence() if hasattr(result, "methods_sentence") else ""
    return str(said).replace(software_sentence(), "").strip().replace("tau2", "τ²").replace("I2", "I²")


def _joined(model: str, kind: _Kind, result: Any, data_version: str) -> str:
    level = _level(result)
    marks = kind.marks.format(level=f"{level} " if level else "").replace("  ", " ")
    terms = [f"{term}: {ABBREVIATIONS[term]}" for term in kind.terms] + _estimator(result)
    version = data_version or str(getattr(getattr(result, "data_version", ""), "short", ""))
    return " ".join(
        text
        for text in (model, marks, f"{'; '.join(terms)}." if terms else "", f"Data {version}." if version else "")
        if text
    )


def _level(result: Any) -> str:
    """The confidence level as text; empty where the result has none, or has it elsewhere."""
    holder = getattr(result, "net", result)
    level = getattr(holder, "level", None) or getattr(getattr(holder, "spec", None), "level", None)
    return FIGURE.level(level) if isinstance(level, float) else ""


def _estimator(result: Any) -> list[str]:
    """The estimator's short name, which a forest plot prints, written out."""
    tau2 = getattr(getattr(result, "spec", None), "tau2", "")
    known = isinstance(tau2, str) and tau2 in ESTIMATORS and ESTIMATORS[tau2].random and hasattr(result, "weights")
    return [f"{tau2}: {ESTIMATORS[tau2].label}"] if known else []
