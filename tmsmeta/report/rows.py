"""Rows of tables as a reader sees them: the console, the summary and the page show the same ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PooledEffect
from tmsmeta.pooling.sentences import narrower_than_wald
from tmsmeta.review.analyses import Analysis
from tmsmeta.review.run import ReviewRun
from tmsmeta.words.numbers import interval, number, percent

if TYPE_CHECKING:
    from tmsmeta.networks import Ranking

MARK = " †"
HEAD = ["selection", "trials", "patients", "measure", "estimate", "95% CI", "prediction interval", "tau2", "I2"]


def marked(rows: list[list[str]]) -> bool:
    """Whether a row carries the mark that :data:`WALD_WARNING` explains."""
    return any(cell.endswith(MARK) for row in rows for cell in row)


def estimate_row(analysis: Analysis, measure: str) -> list[str]:
    """Selection, trials, patients, estimate, interval, prediction interval, tau2 and I2 as a reader sees them."""
    chosen, result = analysis.selected[measure], analysis.results[measure]
    unknown = len(chosen.contrasts)
    patients = f"{chosen.patients}, and {unknown} trials of unknown size" if unknown else str(chosen.patients)
    own = [analysis.name, str(chosen.k), patients, measure]
    if not isinstance(result, PooledEffect):
        return [*own, str(result), "", "", "", ""]
    if result.effects.info.is_ratio:
        numbers = [number(result.ratio), interval(result.ratio_ci), interval(result.ratio_prediction)]
    else:
        numbers = [number(result.estimate), interval(result.ci), interval(result.prediction)]
    if narrower_than_wald(result):
        numbers[1] += MARK
    tau2 = "none" if isinstance(result.tau2, NotAssessable) else number(result.tau2, 3)
    return [*own, *numbers, tau2, "none" if isinstance(result.i2, NotAssessable) else percent(result.i2, 0)]


def ranking_head(measure: str, reference: str) -> list[str]:
    """Column names of :func:`ranking_lines`."""
    return [
        "treatment",
        f"{measure} vs {reference}",
        "95% CI",
        "P-score",
        "SUCRA",
        "trials",
        "patients",
        "direct share",
    ]


def ranking_rows(result: ReviewRun, outcome: str) -> list[list[str]]:
    """The ranking of an outcome as a reader sees it; empty where there is no network."""
    pair = result.network(outcome)
    return [] if isinstance(pair, NotAssessable) else ranking_lines(pair.ranking, pair.label)


def ranking_lines(ranking: Ranking, label: Callable[[str], str]) -> list[list[str]]:
    """One line per treatment, best first: never a rank without effect, interval, trials, patients, direct share."""
    return [_ranking_line(line, ranking.net.reference, label) for line in ranking.to_frame().to_dict("records")]


def _ranking_line(line: dict[Any, Any], reference: str, label: Callable[[str], str]) -> list[str]:
    names = ("ratio", "ratio_low", "ratio_high") if "ratio" in line else ("estimate", "ci_low", "ci_high")
    estimate, low, high = (float(line[name]) for name in names)
    is_reference = line["treatment"] == reference
    return [
        label(str(line["treatment"])),
        "reference" if is_reference else number(estimate),
        "" if is_reference else interval((low, high)),
        number(line["p_score"]),
        number(line["sucra"]),
        str(line["trials"]),
        "" if line["patients"] != line["patients"] else f"{line['patients']:.0f}",
        "" if is_reference or line["direct_share"] != line["direct_share"] else percent(100 * line["direct_share"], 0),
    ]


def moderator_sentences(result: ReviewRun, outcome: str) -> list[str]:
    """What the subgroups and regressions of the protocol give, a sentence each."""
    splits = [(f"By {name.replace('_', ' ')}", split) for name, split in result.subgroups.get(outcome, {}).items()]
    fits = [
        (f"Regression on {formula.strip(' ~')}", fit) for formula, fit in result.regressions.get(outcome, {}).items()
    ]
    return [
        f"{head}: {found if isinstance(found, NotAssessable) else found.result_sentence()}"
        for head, found in (*splits, *fits)
    ]
