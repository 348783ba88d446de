"""Figures of the gallery for patients and guidelines, and on the review itself."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

import tmsmeta as tm


def icon_array(pooled: tm.PooledEffect, trials: pd.DataFrame) -> Axes:
    """Icon array.

    People of 1,000 (or more, for rare outcomes) with and without treatment.
    """
    events, people = trials["events_c"].sum(), trials["n_c"].sum()
    source = f"sham arms of these trials, {events} of {people}"
    risk = tm.risk_per_1000(pooled, baseline_risk=events / people, source=source, better="higher")
    return tm.figures.icon_array(risk, outcome="respond", treated="With active TMS", comparator="With sham")


def patient_summary(pooled: tm.PooledEffect, trials: pd.DataFrame) -> Axes:
    """Summary for patients.

    The same in sentences, without terms of art.
    """
    events, people = trials["events_c"].sum(), trials["n_c"].sum()
    source = f"sham arms of these trials, {events} of {people}"
    risk = tm.risk_per_1000(pooled, baseline_risk=events / people, source=source, better="higher")
    return tm.figures.patient_summary(
        {"respond": risk}, title="Response to TMS", treated="active TMS", comparator="sham"
    )


def findings_table(review: tm.Review) -> Axes:
    """Summary of findings."""
    return tm.figures.findings_table(tm.summary_of_findings(review))


def trial_flow(review: tm.Review) -> Axes:
    """From the trials known to the trials analysed."""
    return tm.figures.trial_flow(tm.trial_flow(review))


def prisma_flow() -> Axes:
    """PRISMA 2020 flow diagram.

    The numbers are invented; they must add up, or the figure says where they do not.
    """
    counts = {
        "identified": {"PubMed": 1200, "Embase": 800, "CENTRAL": 300},
        "duplicates": 700,
        "screened": 1600,
        "excluded": 1400,
        "sought": 200,
        "not_retrieved": 5,
        "assessed": 195,
        "excluded_reports": {"no comparison": 100, "wrong population": 40, "no outcome": 20},
        "studies": 30,
        "reports": 35,
    }
    return tm.figures.prisma_flow(counts)


def risk_of_bias(judgements: pd.DataFrame) -> Axes:
    """Risk of bias of each study.

    Traffic lights with signs, from an invented table of judgements by RoB 2.
    """
    return tm.figures.risk_of_bias(judgements)


def risk_of_bias_summary(judgements: pd.DataFrame) -> Axes:
    """Risk of bias by domain.

    Shares of the studies of the same invented table; `weights=` counts each by its weight.
    """
    return tm.figures.risk_of_bias_summary(judgements)


def claim_panel(ledger: tm.Ledger) -> Axes:
    """All quoted figures and their verdicts."""
    return tm.figures.claim_panel(ledger)


def claim_panel_single(ledger: tm.Ledger) -> Axes:
    """Quoted figures on one column of a journal."""
    return tm.figures.claim_panel(list(ledger)[:4], width="single")


def claim_pages(ledger: tm.Ledger) -> Sequence[Axes]:
    """Quoted figures on several pages.

    None higher than the text on a page of A4.
    """
    return tm.figures.claim_pages(ledger)
