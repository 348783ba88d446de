"""The short summary in Markdown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PooledEffect
from tmsmeta.pooling.sentences import WALD_WARNING
from tmsmeta.review.analyses import Analysis
from tmsmeta.review.run import Reproduction
from tmsmeta.words.numbers import interval, number, percent


def _cell(text: object) -> str:
    """Text that cannot break out of a Markdown table cell or turn into HTML."""
    return str(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


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
    if result.narrower_than_wald:
        numbers[1] += MARK
    tau2 = "none" if isinstance(result.tau2, NotAssessable) else number(result.tau2, 3)
    return [*own, *numbers, tau2, "none" if isinstance(result.i2, NotAssessable) else percent(result.i2, 0)]


if TYPE_CHECKING:
    from tmsmeta.networks import Ranking

MARK = " †"
HEAD = ["selection", "trials", "patients", "measure", "estimate", "95% CI", "prediction interval", "tau2", "I2"]


def marked(rows: list[list[str]]) -> bool:
    """Whether a row carries the mark that :data:`WALD_WARNING` explains."""
    return any(cell.endswith(MARK) for row in rows for cell in row)


def _analyses(result: Reproduction) -> list[str]:
    parts = []
    for outcome in dict.fromkeys(a.outcome for a in result.analyses):
        chosen = [a for a in result.analyses if a.outcome == outcome]
        rows = [estimate_row(a, measure) for a in chosen for measure in a.results]
        parts += [f"## {outcome.capitalize()}: active against sham", table(HEAD, rows)]
        if marked(rows):
            parts.append(f"{MARK.strip()} {WALD_WARNING}")
        main = chosen[0].results["RR"]
        if isinstance(main, PooledEffect):
            parts += [f"![Forest plot](forest_{outcome}.png)", main.methods_sentence()]
        selected = chosen[0].selected["RR"]
        parts.append(f"Selection of the main analysis: {selected.selection.describe()}.")
        parts += [f"- {note}" for note in selected.notes]
        count = selected.left_out["trial_id"].nunique()
        parts.append(f"{count} trials have rows that the main analysis does not use; `tables/left_out.csv` says why.")
    return parts


def _published(result: Reproduction) -> list[str]:
    if isinstance(result.published, NotAssessable):
        return [f"## Published pools\n\nNot assessable: {result.published.reason}"]
    lines = [f"- **{c.scope}** ({c.k} trials): {c.sentence}" for c in result.published]
    return ["## AHRQ 2011 recomputed from its per-trial ratios", "\n".join(lines)]


def _remission(result: Reproduction) -> list[str]:
    claim = result.remission
    text = f"Not assessable: {claim.reason}" if isinstance(claim, NotAssessable) else claim.sentence
    return ["## The claim on remission", text]


def _networks(result: Reproduction) -> list[str]:
    parts = []
    for outcome, pair in result.networks.items():
        parts.append(f"## Network of {outcome}")
        if isinstance(pair, NotAssessable):
            parts.append(str(pair))
            continue
        parts.append(table(ranking_head(pair.net.measure, pair.net.reference), ranking_rows(result, outcome)))
        parts.append(f"![Network](network_{outcome}.png)")
        parts.append("\n".join(f"- {statement}" for statement in pair.statements()))
    return parts


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


def ranking_rows(result: Reproduction, outcome: str) -> list[list[str]]:
    """The ranking of an outcome as a reader sees it; empty where there is no network."""
    pair = result.networks[outcome]
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


def _claims(result: Reproduction) -> list[str]:
    if isinstance(result.ledger, NotAssessable):
        return [f"## Quoted figures\n\n{result.ledger}"]
    frame = result.ledger.to_frame()
    names = ["claim_id", "statement", "verdict", "headline"]
    rows = [[str(r[name]) for name in names] for r in frame.to_dict("records")]
    return [
        "## Quoted figures",
        result.ledger.summary(),
        table(["claim", "statement", "verdict", "what we find"], rows),
    ]


def summary(result: Reproduction) -> str:
    """What came out, on a page or two."""
    data = result.evidence.data_version.short
    parts = [f"# What the trials say\n\nEvidence: {len(result.evidence.trials)} trials, data version `{data}`."]
    for section in (_analyses, _published, _remission, _networks, _claims):
        parts += section(result)
    return "\n\n".join(parts) + "\n"
