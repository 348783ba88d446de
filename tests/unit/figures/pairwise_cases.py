"""Figures of one pairwise analysis at a width, for the checks of a page: 1, 2, 12 and 80 studies, long names."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import tmsmeta as tm
from tmsmeta import figures
from tmsmeta.figures.room import Width
from tmsmeta.robustness.sensitivity.curves import p_value_curves, radial
from tmsmeta.robustness.simulation import grid, simulate

Draw = Callable[[tm.EffectSizes, Width], Axes | Figure]
LONG = "A very long name of a multicentre trial of accelerated intermittent stimulation"


def trials(k: int, *, long: bool = False) -> tm.EffectSizes:
    rng = np.random.default_rng(11)
    n_t, n_c = rng.integers(15, 150, k), rng.integers(15, 150, k)
    events_t, events_c = rng.binomial(n_t, rng.uniform(0.25, 0.55, k)), rng.binomial(n_c, 0.2)
    names = [f"{LONG} {i}" if long and i % 2 else f"Trial {i} {1990 + i % 30}" for i in range(k)]
    return tm.effects.binary("RR", events_t, n_t, events_c, n_c, study=names)


def of_pairs(draw: Draw, k: int, *, long: bool = False) -> Callable[[Width], Axes | Figure]:
    return lambda width: draw(trials(k, long=long), width)


def _moderated(effects: tm.EffectSizes, width: Width) -> Axes:
    data = {"year": [1990 + 7 * i % 30 for i in range(effects.k)], "dose": [37 * i % 11 for i in range(effects.k)]}
    return figures.bubble_plot(tm.meta_regression(effects, "year + dose", data), data, width=width)


def _filled(effects: tm.EffectSizes, width: Width) -> Axes:
    se = np.linspace(0.05, 0.6, effects.k)
    filled = tm.trim_and_fill(tm.effects.generic(0.1 + 1.5 * se, se=se, measure="RR"), side="left")
    assert not isinstance(filled, tm.NotAssessable)
    return figures.funnel_plot(tm.funnel(filled), egger=tm.egger(effects), width=width)


def _multiverse(effects: tm.EffectSizes, width: Width) -> Figure:
    main = {"data": "all", "tau2 estimator": "REML", "interval": "hksj"}
    found = tm.multiverse({"all": effects, "a part of them": effects.subset(np.arange(effects.k // 2))}, main=main)
    return figures.specification_curve(found, width=width)


def _simulated(effects: tm.EffectSizes, width: Width) -> Figure:
    table = simulate(grid(k=[3, effects.k], tau2=[0.0, 0.1, 0.3]), replicates=20, progress=False).to_frame()
    return figures.coverage_curves(table, width=width)


def _sensitivity(effects: tm.EffectSizes, width: Width) -> Axes:
    some = tm.pool(effects.subset(np.arange(max(1, effects.k // 2))))
    results = {"All trials": tm.pool(effects), LONG: some, "None": tm.NotAssessable("pool", "no trial")}
    return figures.sensitivity_forest(results, title=LONG, width=width)


FIGURES: dict[str, tuple[Draw, tuple[int, ...]]] = {
    "forest": (lambda e, w: figures.forest(tm.pool(e), better="higher", title=LONG, width=w), (1, 2, 12)),
    "first page of a forest": (lambda e, w: figures.forest_pages(tm.pool(e), width=w)[0], (80,)),
    "last page of leave one out": (
        lambda e, w: figures.leave_one_out_pages(tm.leave_one_out(e), tm.pool(e), width=w)[-1],
        (80,),
    ),
    "first page of cumulative": (
        lambda e, w: figures.cumulative_pages(tm.cumulative(e), tm.pool(e), width=w)[0],
        (80,),
    ),
    "page of sensitivity": (lambda e, w: figures.sensitivity_pages({"All": tm.pool(e)}, width=w)[0], (2,)),
    "leave one out": (lambda e, w: figures.leave_one_out_forest(tm.leave_one_out(e), tm.pool(e), width=w), (2, 12)),
    "cumulative": (lambda e, w: figures.cumulative_forest(tm.cumulative(e), tm.pool(e), width=w), (1, 12)),
    "sensitivity": (_sensitivity, (2, 12)),
    "funnel": (
        lambda e, w: figures.funnel_plot(tm.funnel(e), egger=tm.egger(e), better="higher", width=w),
        (1, 2, 12, 80),
    ),
    "trim and fill": (_filled, (12,)),
    "radial": (lambda e, w: figures.radial_plot(radial(tm.pool(e)), tm.pool(e), width=w), (1, 12, 80)),
    "baujat": (lambda e, w: figures.baujat_plot(tm.baujat(e), width=w), (1, 12, 80)),
    "labbe": (lambda e, w: figures.labbe_plot(tm.labbe(e), outcome="response", width=w), (1, 80)),
    "influence": (lambda e, w: figures.influence_panel(tm.influence(e), width=w), (1, 2, 12, 80)),
    "gosh": (
        lambda e, w: figures.gosh_plot(tm.gosh(e, subsets=500), study=str(e.study[0]), better="lower", width=w),
        (2, 12, 80),
    ),
    "drapery": (lambda e, w: figures.drapery_plot(p_value_curves(tm.pool(e)), better="lower", width=w), (1, 80)),
    "doi": (lambda e, w: figures.doi_plot(tm.lfk_index(e), better="lower", width=w), (3, 80)),
    "sunset": (lambda e, w: figures.sunset_plot(tm.study_power(e), better="higher", treated=LONG, width=w), (1, 80)),
    "bubble": (_moderated, (12, 80)),
    "profile": (lambda e, w: figures.profile_plot(tm.profile_likelihood(e), width=w), (3, 12)),
    "specification curve": (_multiverse, (12,)),
    "coverage": (_simulated, (12,)),
}
CASES: dict[str, Callable[[Width], Axes | Figure]] = {
    f"{name}, {k} studies": of_pairs(draw, k, long=k == 12) for name, (draw, sizes) in FIGURES.items() for k in sizes
}
"""Figures at a width, by name."""
