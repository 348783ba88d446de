"""Figures of the gallery on small studies, and on what one study or one choice changes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import tmsmeta as tm


def funnel_plot(effects: tm.EffectSizes) -> Axes:
    """Funnel plot.

    With contours of significance, studies added by trim and fill, and Egger's line.
    """
    filled = tm.trim_and_fill(effects)
    return tm.figures.funnel_plot(tm.funnel(filled), egger=tm.egger(effects), better="higher")


def doi_plot(effects: tm.EffectSizes) -> Axes:
    """Doi plot, with the LFK index of asymmetry."""
    return tm.figures.doi_plot(tm.lfk_index(effects), better="higher")


def sunset_plot(effects: tm.EffectSizes) -> Axes:
    """Sunset funnel plot.

    The power of each study to find the pooled effect.
    """
    return tm.figures.sunset_plot(tm.study_power(effects), better="higher")


def radial_plot(pooled: tm.PooledEffect) -> Axes:
    """Radial plot (Galbraith)."""
    return tm.figures.radial_plot(tm.sensitivity.radial(pooled), pooled)


def baujat_plot(effects: tm.EffectSizes) -> Axes:
    """Baujat plot.

    What each trial adds to heterogeneity, against how far it moves the pooled effect.
    """
    return tm.figures.baujat_plot(tm.baujat(effects))


def labbe_plot(effects: tm.EffectSizes, pooled: tm.PooledEffect) -> Axes:
    """L'Abbé plot.

    Risk with treatment against risk with control; the curve is the pooled effect.
    """
    risk = np.linspace(0, 1, 101)
    expected = tm.sensitivity.labbe_curve("RR", pooled.estimate, risk)
    curve = pd.DataFrame({"risk_c": risk, "risk_t": expected})
    return tm.figures.labbe_plot(
        tm.labbe(effects), curve=curve, treated="active TMS", comparator="sham", outcome="response"
    )


def bubble_plot(effects: tm.EffectSizes, trials: pd.DataFrame) -> Axes:
    """Bubble plot of a meta-regression.

    The effect against the year of the trial.
    """
    dated = trials.assign(year=trials["year"].astype(float))
    return tm.figures.bubble_plot(tm.meta_regression(effects, "~ year", dated, missing="drop"), dated)


def influence_panel(effects: tm.EffectSizes) -> Figure:
    """Influence of each trial.

    Residuals, leverage and what changes without the trial, in one panel.
    """
    return tm.figures.influence_panel(tm.influence(effects))


def gosh_plot(effects: tm.EffectSizes, pooled: tm.PooledEffect) -> Figure:
    """GOSH plot.

    Pooled effect and I² of subsets of the trials; coloured by whether the heaviest trial is among them.
    """
    heaviest = str(pooled.effects.study[int(np.argmax(pooled.weights))])
    return tm.figures.gosh_plot(tm.gosh(effects), study=heaviest, better="higher")


def drapery_plot(pooled: tm.PooledEffect) -> Axes:
    """Drapery plot.

    The p value of every effect that might be the true one, for each trial and the pool.
    """
    return tm.figures.drapery_plot(tm.sensitivity.p_value_curves(pooled), better="higher")


def profile_plot(effects: tm.EffectSizes) -> Axes:
    """Profile likelihood of τ².

    How much worse other values of the between-study variance fit, and the interval that this gives.
    """
    return tm.figures.profile_plot(tm.profile_likelihood(effects))


def joint_regions(joint: tm.JointEffect) -> Axes:
    """Two outcomes against each other.

    Trials with both, the pooled pair, its confidence region and its prediction region.
    """
    return tm.figures.joint_regions(joint)


def specification_curve(review: tm.Review) -> Figure:
    """Specification curve.

    Every defensible analysis of one outcome, from the lowest effect to the highest.
    """
    return tm.figures.specification_curve(tm.evidence_multiverse(review.evidence, outcomes=("remission",)))


def coverage_curves() -> Figure:
    """Coverage of intervals in a simulation.

    400 simulated meta-analyses per point: enough for a picture, too few for a paper.
    """
    cells = tm.robustness.simulation.grid(k=[3, 5, 10, 20], tau2=[0.0, 0.1, 0.3])
    result = tm.simulate(cells, replicates=400, tau2=("DL", "REML"), ci=("z", "hksj"), progress=False)
    return tm.figures.coverage_curves(result.to_frame())
