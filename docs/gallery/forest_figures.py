"""Forest plots of the gallery."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

import tmsmeta as tm


def forest(pooled: tm.PooledEffect, tier: dict[str, str]) -> Axes:
    """Forest plot.

    Each trial with its counts, weight and tier; the pooled effect; the prediction interval below it.
    """
    return tm.figures.forest(pooled, treated="Active TMS", comparator="Sham", better="higher", tier=tier)


def forest_revman(pooled: tm.PooledEffect, tier: dict[str, str]) -> Axes:
    """Forest plot in the layout of RevMan."""
    return tm.figures.forest(
        pooled, layout="revman", treated="Active TMS", comparator="Sham", better="higher", tier=tier
    )


def forest_bmj(pooled: tm.PooledEffect) -> Axes:
    """Forest plot in the layout of the BMJ."""
    return tm.figures.forest(pooled, layout="bmj", treated="Active TMS", comparator="Sham", better="higher")


def forest_jama(pooled: tm.PooledEffect) -> Axes:
    """Forest plot in the layout of JAMA."""
    return tm.figures.forest(pooled, layout="jama", treated="Active TMS", comparator="Sham", better="higher")


def forest_subgroups(effects: tm.EffectSizes, trials: pd.DataFrame) -> Axes:
    """Forest plot with subgroups.

    Trials by the tier of verification of their numbers, with the test between the groups.
    """
    groups = tm.subgroups(effects, [f"Tier {tier}" for tier in trials["tier"]])
    return tm.figures.forest(groups, treated="Active TMS", comparator="Sham", better="higher")


def forest_one_study(effects: tm.EffectSizes) -> Axes:
    """Forest plot of one study.

    What cannot be told from one study is said in words.
    """
    first = tm.pool(effects.subset(np.arange(1)))
    return tm.figures.forest(first, treated="Active TMS", comparator="Sham", better="higher")


def forest_pages() -> Sequence[Axes]:
    """Forest plot on several pages.

    A hundred invented trials; every page has the headings and the axis of the whole.
    """
    chance = np.random.default_rng(0)
    control, treated, n = chance.binomial(80, 0.2, 100), chance.binomial(80, 0.3, 100), np.full(100, 80)
    study = [f"Invented trial {number}" for number in range(1, 101)]
    many = tm.pool(tm.effects.binary("RR", treated, n, control, n, study=study))
    return tm.figures.forest_pages(many, better="higher")


def leave_one_out_forest(effects: tm.EffectSizes, pooled: tm.PooledEffect) -> Axes:
    """Leave-one-out forest.

    The pooled effect without each trial in turn.
    """
    return tm.figures.leave_one_out_forest(tm.leave_one_out(effects), pooled, better="higher")


def leave_one_out_pages(effects: tm.EffectSizes, pooled: tm.PooledEffect) -> Sequence[Axes]:
    """Leave-one-out forest on as many pages as it needs.

    The trials of this review need one, 80 trials two.
    """
    return tm.figures.leave_one_out_pages(tm.leave_one_out(effects), pooled, better="higher")


def cumulative_forest(effects: tm.EffectSizes, pooled: tm.PooledEffect) -> Axes:
    """Cumulative forest.

    The pooled effect after each further trial, by year.
    """
    return tm.figures.cumulative_forest(tm.cumulative(effects), pooled, better="higher")


def cumulative_pages(effects: tm.EffectSizes, pooled: tm.PooledEffect) -> Sequence[Axes]:
    """Cumulative forest on as many pages as it needs."""
    return tm.figures.cumulative_pages(tm.cumulative(effects), pooled, better="higher")


def sensitivity_forest(effects: tm.EffectSizes, pooled: tm.PooledEffect) -> Axes:
    """Forest of sensitivity analyses.

    The same trials pooled in other ways.
    """
    analyses = {
        "Main analysis": pooled,
        "DerSimonian-Laird": tm.pool(effects, tau2="DL", ci="z"),
        "Common effect": tm.pool(effects, tau2="FE", ci="z"),
    }
    return tm.figures.sensitivity_forest(analyses, better="higher")


def sensitivity_pages(effects: tm.EffectSizes, pooled: tm.PooledEffect) -> Sequence[Axes]:
    """Forest of sensitivity analyses on as many pages as it needs.

    The same trials pooled by further estimators of the variance between studies.
    """
    analyses = {"Main analysis": pooled}
    analyses |= {f"Estimator {name}": tm.pool(effects, tau2=name) for name in ("PM", "SJ", "HE", "ML", "EB")}
    return tm.figures.sensitivity_pages(analyses, better="higher")


def borrowing_forest(joint: tm.JointEffect) -> Axes:
    """Two outcomes, alone and jointly.

    How much of what is known of each outcome comes from the other one.
    """
    return tm.figures.borrowing_forest(joint)


def not_assessable_panel() -> Any:
    """What is not assessable.

    A result that could not be computed is a value with its reason, and has a figure too.
    """
    two = tm.effects.binary("RR", [11, 9], [35, 28], [2, 3], [33, 29])
    return tm.figures.not_assessable_panel(tm.egger(two))
