"""Rows of tables as a reader sees them: the console, the summary and the page show the same ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tmsmeta.effects.measures import MEASURES, Measure
from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PooledEffect
from tmsmeta.words.names import counted, inside
from tmsmeta.words.numbers import estimate, level, number, percent

if TYPE_CHECKING:
    from tmsmeta.models.regression import MetaRegression
    from tmsmeta.networks import Ranking
    from tmsmeta.review.analyses import Analysis
    from tmsmeta.review.joint import JointAnalysis
    from tmsmeta.review.run import ReviewRun

MARK = " †"


def caution_lines(analyses: Iterable[Analysis]) -> list[str]:
    """What the mark stands for: the cautions of the results in :func:`estimate_row`, each once."""
    results = [r for a in analyses for r in a.results.values() if isinstance(r, PooledEffect)]
    return [f"{MARK.strip()} {text}" for text in dict.fromkeys(text for r in results for text in r.cautions)]


def estimate_head(result: ReviewRun) -> list[str]:
    """Column names of :func:`estimate_row`."""
    ci = f"{level(result.spec.level)} CI"
    return ["selection", "trials", "patients", "measure", "estimate", ci, "prediction interval", "tau2", "I2"]


def estimate_row(analysis: Analysis, measure: str) -> list[str]:
    """Selection, trials, patients, estimate, interval, prediction interval, tau2 and I2 as a reader sees them."""
    chosen, result = analysis.selected[measure], analysis.results[measure]
    unknown = len(chosen.contrasts)
    patients = (
        f"{chosen.patients}, and {counted(unknown, 'trial')} of unknown size" if unknown else str(chosen.patients)
    )
    own = [analysis.name, str(chosen.k), patients, measure]
    if not isinstance(result, PooledEffect):
        return [*own, str(result), "", "", "", ""]
    numbers = shown_numbers(result)
    if result.cautions:
        numbers[1] += MARK
    tau2 = "none" if isinstance(result.tau2, NotAssessable) else number(result.tau2, 3)
    return [*own, *numbers, tau2, "none" if isinstance(result.i2, NotAssessable) else percent(result.i2, 0)]


def shown_numbers(result: PooledEffect) -> list[str]:
    """Estimate, interval and prediction interval as text, on the scale a reader knows."""
    natural = result.effects.natural
    shown, *ends = natural.texts(result.estimate, result.ci)
    return [shown, " to ".join(ends), " to ".join(natural.texts(result.estimate, result.prediction)[1:])]


def ranking_head(ranking: Ranking, label: Callable[[str], str]) -> list[str]:
    """Column names of :func:`ranking_lines`."""
    return [
        "treatment",
        f"{ranking.net.measure} vs {inside(label(ranking.net.reference))}",
        f"{level(ranking.net.spec.level)} CI",
        "P-score",
        "SUCRA",
        "trials",
        "patients",
        "direct share",
    ]


def ranking_lines(ranking: Ranking, label: Callable[[str], str]) -> list[list[str]]:
    """One line per treatment, best first: never a rank without effect, interval, trials, patients, direct share."""
    info, reference = ranking.net.data.info, ranking.net.reference
    return [_ranking_line(line, info, reference, label) for line in ranking.to_frame().to_dict("records")]


def _ranking_line(line: dict[Any, Any], info: Measure, reference: str, label: Callable[[str], str]) -> list[str]:
    names = ("ratio", "ratio_low", "ratio_high") if "ratio" in line else ("estimate", "ci_low", "ci_high")
    value, low, high = (float(line[name]) for name in names)
    shown, *ends = info.texts(value, (low, high))
    is_reference = line["treatment"] == reference
    return [
        label(str(line["treatment"])),
        "reference" if is_reference else shown,
        "" if is_reference else " to ".join(ends),
        number(line["p_score"]),
        number(line["sucra"]),
        str(line["trials"]),
        "" if line["patients"] != line["patients"] else f"{line['patients']:.0f}",
        "" if is_reference or line["direct_share"] != line["direct_share"] else percent(100 * line["direct_share"], 0),
    ]


BESIDE_HEAD = ["review", "comparison", "outcome", "measure", "published", "here", "verdict"]


def beside_rows(result: ReviewRun) -> list[list[str]]:
    """Published network estimates beside those of this review; empty where the protocol names none."""
    found, evidence = result.published_networks, result.evidence
    if isinstance(found, NotAssessable):
        return []
    label = evidence.treatment_label
    return [
        [
            str(line["review"]),
            f"{label(line['treatment'])} against {inside(label(line['comparator']))}",
            evidence.outcome_label(line["outcome"]),
            str(line["measure"]),
            _with_limits(line, "published"),
            _with_limits(line, "ours"),
            str(line["verdict"]),
        ]
        for line in found.to_dict("records")
    ]


def _with_limits(line: Mapping[Any, Any], name: str) -> str:
    """``"2.38 (1.15 to 4.94)"``; the estimate alone where no interval was printed, nothing where there is none."""
    value, low, high = (float(line.get(key, "nan")) for key in (name, f"{name}_low", f"{name}_high"))
    if value != value:
        return ""
    return MEASURES[str(line["measure"])].text(value, None if low != low else (low, high))


def _term(name: str) -> str:
    """A term of a formula in words: ``allocation[T.random]`` is "allocation random"."""
    return re.sub(r"\[(?:T\.)?(.*?)\]", r" \1", name)


def _slopes(fit: MetaRegression) -> str:
    """The coefficients but the intercept, each with its interval, on the scale of the analysis."""
    info = fit.effects.info
    scale = f"log {info.label}" if info.is_ratio else info.label
    lines = [line for line in fit.to_frame().to_dict("records") if line["term"] != "Intercept"]
    texts = [f"{_term(str(line['term']))} {_slope(line['estimate'], line['low'], line['high'])}" for line in lines]
    head = f" Coefficients on the {scale}, with {level(fit.spec.level)} intervals"
    return f"{head}: {'; '.join(texts)}." if texts else ""


def _slope(value: float, low: float, high: float) -> str:
    shown, *ends = estimate(value, (low, high), 3, null=0.0)
    return f"{shown} ({' to '.join(ends)})"


def joint_sentences(found: JointAnalysis) -> list[str]:
    """What outcomes gain from each other, how sure the tie between them is, and how all of it was computed."""
    joint, tie = found.joint, found.sensitivity()
    return [*found.gains(), *([f"Note: {joint.boundary}."] if joint.boundary else []), *([tie] if tie else [])]


def absolute_sentence(result: ReviewRun, outcome: str) -> str:
    """The main result in people; empty where there is none."""
    found = result.absolute(outcome)
    return "" if isinstance(found, NotAssessable) else found.sentence()


def moderator_sentences(result: ReviewRun, outcome: str) -> list[str]:
    """What the subgroups and regressions of the protocol give, a sentence each."""
    splits = [(f"By {name.replace('_', ' ')}", split) for name, split in result.subgroups.get(outcome, {}).items()]
    fits = [(formula.strip(" ~"), fit) for formula, fit in result.regressions.get(outcome, {}).items()]
    return [
        *(f"{head}: {s if isinstance(s, NotAssessable) else s.result_sentence()}" for head, s in splits),
        *(f"Regression on {name}: {fit if isinstance(fit, NotAssessable) else _regression(fit)}" for name, fit in fits),
    ]


def _regression(fit: MetaRegression) -> str:
    return fit.result_sentence() + _slopes(fit)
