"""The pairwise part of the gallery: every figure of one pooled analysis, from the shipped evidence."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, partial

import numpy as np

from gallery.picture import Picture
from tmsmeta import absolute, figures
from tmsmeta.effects.base import EffectSizes
from tmsmeta.errors import NotAssessable
from tmsmeta.models import regression
from tmsmeta.pooling import PooledEffect, pool
from tmsmeta.review import Evidence, Review, SelectedTrials, Selection, claims, summary_of_findings, trial_flow
from tmsmeta.review.moderators import studies_of
from tmsmeta.review.multiverse import evidence_multiverse
from tmsmeta.review.selecting.apply import select
from tmsmeta.review.selecting.effects import effects_of
from tmsmeta.robustness import sensitivity, smallstudy
from tmsmeta.robustness.sensitivity.coordinates import labbe_curve
from tmsmeta.robustness.sensitivity.curves import p_value_curves, radial
from tmsmeta.robustness.sensitivity.gosh import gosh
from tmsmeta.robustness.simulation import grid, simulate

REPLICATES = 400
"""Simulated meta-analyses per cell of the coverage figure: enough for a picture, too few for a paper."""


class Pairwise:
    """Results that the pairwise figures share.

    Attributes:
        evidence: the tables.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence

    @cached_property
    def selected(self) -> SelectedTrials:
        """Trials with response counts or a printed risk ratio."""
        return select(self.evidence, Selection(outcome="response", measure="RR"))

    @cached_property
    def effects(self) -> EffectSizes:
        """Risk ratios of response."""
        return effects_of(self.selected, "RR")

    @cached_property
    def pooled(self) -> PooledEffect:
        """Their pooled effect."""
        return pool(self.effects)

    @cached_property
    def tiers(self) -> dict[str, str]:
        """Tier of each trial."""
        found = dict(zip(self.selected.trials["study"], self.selected.trials["tier"], strict=True))
        return found | dict(zip(self.selected.contrasts["study"], self.selected.contrasts["tier"], strict=True))

    @property
    def better(self) -> str:
        """Direction in which response is good."""
        return self.evidence.better("response")


def pairwise_pictures(evidence: Evidence) -> Iterator[Picture]:
    """Every figure of a pairwise analysis, in the order of a paper."""
    data = Pairwise(evidence)
    yield from _forests(data)
    yield from _small_studies(data)
    yield from _sensitivity(data)
    yield from _absolute(data)


def _forests(data: Pairwise) -> Iterator[Picture]:
    spec = data.pooled.spec.to_dict()
    draw = partial(figures.forest, treated="Active TMS", comparator="Sham", better=data.better)
    for layout in ("tmsmeta", "revman", "bmj", "jama"):
        one = partial(draw, data.pooled, layout=layout, tier=data.tiers)
        yield Picture(f"forest_{layout}", f"Forest plot, layout {layout}", one, spec)
    tiers = [f"Tier {data.tiers[s]}" for s in data.effects.study.tolist()]
    title = "Forest plot with subgroups, by tier of verification"
    yield Picture("forest_subgroups", title, partial(draw, regression.subgroups(data.effects, tiers)), spec)
    first = pool(data.effects.subset(np.arange(1)))
    title = "Forest plot of one study: what is not assessable is said in words"
    yield Picture("forest_one_study", title, partial(draw, first), spec)
    leave_one_out, cumulative = sensitivity.leave_one_out(data.effects), sensitivity.cumulative(data.effects)
    yield Picture(
        "leave_one_out",
        "Leave-one-out forest",
        partial(figures.leave_one_out_forest, leave_one_out, data.pooled, better=data.better),
        spec,
    )
    yield Picture(
        "cumulative",
        "Cumulative forest, by year",
        partial(figures.cumulative_forest, cumulative, data.pooled, better=data.better),
        spec,
    )
    analyses = {"Main analysis": data.pooled, "DerSimonian-Laird": pool(data.effects, tau2="DL", ci="z")}
    analyses["Common effect"] = pool(data.effects, tau2="FE", ci="z")
    yield Picture(
        "sensitivity",
        "Forest of sensitivity analyses",
        partial(figures.sensitivity_forest, analyses, better=data.better),
        spec,
    )


def _small_studies(data: Pairwise) -> Iterator[Picture]:
    def funnel() -> object:
        filled = smallstudy.trim_and_fill(data.effects)
        shown = data.effects if isinstance(filled, NotAssessable) else filled
        return figures.funnel_plot(smallstudy.funnel(shown), egger=smallstudy.egger(data.effects))

    yield Picture("funnel", "Funnel plot with contours, trim and fill, and Egger's line", funnel, {"measure": "RR"})
    yield Picture("doi", "Doi plot with the LFK index", lambda: _doi(data), {"measure": "RR"})
    yield Picture("sunset", "Sunset (power-enhanced) funnel plot", lambda: _sunset(data), {"measure": "RR"})
    yield Picture(
        "radial", "Radial plot", lambda: figures.radial_plot(radial(data.pooled), data.pooled), {"measure": "RR"}
    )


def _doi(data: Pairwise) -> object:
    index = smallstudy.lfk_index(data.effects)
    return figures.not_assessable_panel(index) if isinstance(index, NotAssessable) else figures.doi_plot(index)


def _sunset(data: Pairwise) -> object:
    power = smallstudy.study_power(data.effects)
    return figures.not_assessable_panel(power) if isinstance(power, NotAssessable) else figures.sunset_plot(power)


def _sensitivity(data: Pairwise) -> Iterator[Picture]:
    spec = data.pooled.spec.to_dict()
    yield Picture("baujat", "Baujat plot", lambda: figures.baujat_plot(sensitivity.baujat(data.effects)), spec)
    yield Picture("labbe", "L'Abbé plot", lambda: _labbe(data), spec)
    yield Picture(
        "bubble", "Bubble plot of a meta-regression on the year", lambda: _bubble(data), {"formula": "~ year"}
    )
    yield Picture(
        "influence", "Influence panel", lambda: figures.influence_panel(sensitivity.influence(data.effects)), spec
    )
    heaviest = str(data.pooled.effects.study[int(np.argmax(data.pooled.weights))])
    yield Picture("gosh", "GOSH plot", lambda: figures.gosh_plot(gosh(data.effects), study=heaviest), spec)
    yield Picture("drapery", "Drapery plot", lambda: figures.drapery_plot(p_value_curves(data.pooled)), spec)
    yield Picture(
        "specification_curve",
        "Specification curve of remission",
        lambda: figures.specification_curve(evidence_multiverse(data.evidence, outcomes=("remission",))),
        {"outcome": "remission"},
    )
    yield Picture(
        "coverage",
        "Coverage of intervals in a simulation",
        _coverage,
        {"replicates": REPLICATES, "seed": 0},
    )


def _bubble(data: Pairwise) -> object:
    studies = studies_of(data.selected)
    result = regression.meta_regression(data.effects, "~ year", studies, missing="drop")
    return (
        figures.not_assessable_panel(result)
        if isinstance(result, NotAssessable)
        else figures.bubble_plot(result, studies)
    )


def _labbe(data: Pairwise) -> object:
    import pandas as pd

    table = sensitivity.labbe(data.effects)
    if isinstance(table, NotAssessable):
        return figures.not_assessable_panel(table)
    risk = np.linspace(0, 1, 101)
    curve = pd.DataFrame({"risk_c": risk, "risk_t": labbe_curve("RR", data.pooled.estimate, risk)})
    return figures.labbe_plot(table, curve=curve, treated="active TMS", comparator="sham", outcome="response")


def _coverage() -> object:
    cells = grid(k=[3, 5, 10, 20], tau2=[0.0, 0.1, 0.3])
    result = simulate(cells, replicates=REPLICATES, tau2=("DL", "REML"), ci=("z", "hksj"), progress=False)
    return figures.coverage_curves(result.to_frame())


def _absolute(data: Pairwise) -> Iterator[Picture]:
    events, n = data.selected.trials["events_c"].sum(), data.selected.trials["n_c"].sum()
    source = f"sham arms of these trials, {events:g} of {n:g}"
    risk = absolute.risk_per_1000(data.pooled, baseline_risk=float(events / n), source=source, better=data.better)
    spec = data.pooled.spec.to_dict()
    yield Picture(
        "icon_array",
        "Icon array of response",
        lambda: figures.icon_array(risk, outcome="respond", treated="With active TMS", comparator="With sham"),
        spec,
    )
    yield Picture(
        "patient_summary",
        "Summary for patients",
        lambda: figures.patient_summary(
            {"respond": risk},
            title="Response to TMS",
            treated="active TMS",
            comparator="sham",
            note=f"Data version {data.evidence.data_version.short}",
        ),
        spec,
    )
    review = Review(data.evidence)
    yield Picture(
        "findings_table",
        "Summary of findings",
        lambda: figures.findings_table(summary_of_findings(review)),
        {},
    )
    yield Picture(
        "trial_flow",
        "Trials known, with numbers, and in the main analyses",
        lambda: figures.trial_flow(trial_flow(review)),
        {},
    )
    ledger = claims.check_claims(evidence=data.evidence)
    yield Picture(
        "claim_panel",
        "All quoted figures and their verdicts",
        lambda: figures.claim_panel(ledger),
        {},
    )
    yield Picture(
        "claim_panel_single",
        "The first quoted figures on one column of a journal",
        lambda: figures.claim_panel(list(ledger)[:4], width="single"),
        {},
    )
