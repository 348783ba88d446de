"""The methods section, written from the specs that made the results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PooledEffect
from tmsmeta.report.pictures import geometry_sentence
from tmsmeta.report.rows import shown_numbers
from tmsmeta.review.claims import Ledger
from tmsmeta.review.protocol_words import protocol_sentences
from tmsmeta.words.names import counted, listed
from tmsmeta.words.numbers import number

if TYPE_CHECKING:
    from tmsmeta.review.run import ReviewRun

Item = tuple[str, list[str]]


def methods(result: ReviewRun) -> list[Item]:
    """Items of PRISMA 2020 and PRISMA-NMA with what was done, each from a spec or a result."""
    ledger = [] if isinstance(result.ledger, NotAssessable) else ledger_methods(result.ledger)
    protocol: Item = ("Protocol", protocol_sentences(result.evidence))
    return [protocol, *_effects(result), *_synthesis(result), *_results(result), *_networks(result), *ledger]


def ledger_methods(ledger: Ledger) -> list[Item]:
    """How the verdicts were decided: the rule of every check that was used."""
    rules: dict[str, str] = {}
    for finding in ledger:
        rules.setdefault(finding.claim.check, finding.rule)
    intro = "Each verdict is computed from the evidence by the rule of its check; no verdict is typed in."
    return [("Verdicts on quoted figures", [intro, *(f"{name}: {rule}" for name, rule in rules.items())])]


def _mains(result: ReviewRun) -> list[tuple[str, PooledEffect]]:
    return list(result.main_pools().items())


def _effects(result: ReviewRun) -> list[Item]:
    first = result.analyses[0]
    measures = ", ".join(
        pooled.effects.info.label for pooled in first.results.values() if isinstance(pooled, PooledEffect)
    )
    outcomes = ", ".join(dict.fromkeys(analysis.outcome for analysis in result.analyses))
    return [("Effect measures (PRISMA item 12)", [f"Outcomes: {outcomes}. Measures: {measures}."])]


def _synthesis(result: ReviewRun) -> list[Item]:
    mains = _mains(result)
    names = list(dict.fromkeys(analysis.name for analysis in result.analyses))
    first = result.analyses[0]
    eligible = [f"{outcome}: {result.main(outcome).chosen.selection.describe()}." for outcome, _ in mains]
    notes = [note for outcome, _ in mains for note in result.main(outcome).chosen.notes]
    return [
        ("Eligibility for each synthesis (item 13a)", eligible),
        ("Preparation of the data (item 13b)", list(dict.fromkeys(notes)) or ["No row was changed or merged."]),
        ("Tabulation and display (item 13c)", [
            "Trials are shown in forest plots with counts, weights and tier; the same numbers as a table."]),
        ("Methods of synthesis (item 13d)", [pooled.methods_sentence() for _, pooled in mains]),
        ("Heterogeneity (item 13e)", [
            "Tau2, I2, Cochran's Q and a prediction interval are given for every synthesis."]),
        ("Sensitivity analyses (item 13f)", [
            f"Selections: {listed(names[1:]) or 'none'}. Measures other than the main one ({first.measure}): "
            f"{listed(list(first.results)[1:]) or 'none'}."]),
    ]  # fmt: skip


def _results(result: ReviewRun) -> list[Item]:
    mains = _mains(result)
    single = [
        f"{outcome}: {counted(pooled.k, 'trial')}, each with counts, ratio and weight in the table under its forest "
        "plot."
        for outcome, pooled in mains
    ]
    spread = [
        f"{outcome}: prediction interval {shown_numbers(pooled)[2]}, tau2 {number(pooled.tau2, 3)}."
        for outcome, pooled in mains
    ]
    return [
        ("Results of single studies (item 19)", single),
        ("Results of syntheses (item 20b)", [pooled.result_sentence() for _, pooled in mains]),
        ("Investigations of heterogeneity (item 20c)", spread),
        ("Sensitivity analyses (item 20d)", ["In the table under each forest plot."]),
    ]


def _networks(result: ReviewRun) -> list[Item]:
    found = [(o, n) for o in result.networks if not isinstance(n := result.network(o), NotAssessable)]
    if not found:
        return []
    return [
        ("Geometry of the network (PRISMA-NMA S1, S4)", [f"{outcome}: {geometry_sentence(n)}" for outcome, n in found]),
        ("Network model", [f"{outcome}: {n.net.methods_sentence()}" for outcome, n in found]),
        ("Inconsistency (PRISMA-NMA S2, S5)", [f"{outcome}: {n.consistency.sentence()}" for outcome, n in found]),
        (
            "Ranking (PRISMA-NMA)",
            ["P-scores and SUCRA, always shown with effect, interval, number of trials and share of direct evidence."],
        ),
    ]
