"""Every network figure at the sizes that its users have: 3, 22 and 60 treatments."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from unit.figures.simulated_networks import simulated

import tmsmeta as tm
from tmsmeta import figures

SIZES = (3, 22, 60)
FEWER = {"graph of classes": (22,), "league of two outcomes": (3,), "two outcomes": (3, 22), "hasse": (3, 22)}
"""Sizes of figures that differ from another one by little, take long, or say at 60 that they need more width."""
OUTCOMES = {"Response": 1, "Remission": 2, "Acceptability": 3, "Tolerability": 4}


@cache
def ranked(count: int, seed: int = 1) -> tm.Ranking:
    return tm.rank(simulated(count, seed=seed))


@cache
def splits(count: int) -> Any:
    return tm.node_split(simulated(count), show="direct")


def outcomes(count: int, names: int = 2) -> dict[str, tm.NetworkMeta]:
    return {name: simulated(count, seed=seed) for name, seed in list(OUTCOMES.items())[:names]}


def rankings(count: int) -> dict[str, tm.Ranking]:
    """Of four outcomes; the last lacks a treatment."""
    found = {name: ranked(count, seed) for name, seed in list(OUTCOMES.items())[:3]}
    return found | {"Tolerability": ranked(count - 1, 4)}


def _classes(count: int) -> dict[str, str]:
    kinds = ("Drugs", "Devices", "Psychotherapies", "Combinations", "Waiting")
    return {t: kinds[k % 5] for k, t in enumerate(simulated(count).treatments)}


DRAWN: dict[str, Callable[..., Any]] = {
    "network graph": lambda n, **k: figures.network_graph(simulated(n), **k),
    "graph of classes": lambda n, **k: figures.network_graph(simulated(n), classes=_classes(n), title="Classes", **k),
    "league": lambda n, **k: figures.league_heat(tm.league_table(simulated(n)), **k),
    "league of two outcomes": lambda n, **k: figures.league_heat(
        tm.league_table(*outcomes(n).values(), names=tuple(outcomes(n))), **k
    ),
    "net heat": lambda n, **k: figures.net_heat_map(tm.net_heat(simulated(n)), **k),
    "contributions": lambda n, **k: figures.contribution_map(tm.contributions(simulated(n)), **k),
    "rankogram": lambda n, **k: figures.rankogram(ranked(n), **k),
    "two outcomes": lambda n, **k: figures.two_outcomes(outcomes(n), title="Two outcomes", **k),
    "hasse": lambda n, **k: figures.hasse(tm.partial_order(outcomes(n)), **k),
    "adjusted funnel": lambda n, **k: figures.adjusted_funnel(
        tm.comparison_adjusted_funnel(simulated(n)), simulated(n), **k
    ),
    "network forest": lambda n, **k: figures.network_forest(ranked(n), **k),
    "rank and effect": lambda n, **k: figures.rank_effect(ranked(n), **k),
    "node splits": lambda n, **k: figures.node_split_forest(splits(n), simulated(n), **k),
    "rank heat": lambda n, **k: figures.rank_heat(rankings(n), **k),
}


def _at(draw: Callable[..., Any], count: int, width: Any) -> Any:
    return draw(count, width=width)


CASES = {
    f"{name}, {n} treatments": partial(_at, draw, n) for name, draw in DRAWN.items() for n in FEWER.get(name, SIZES)
}
"""A figure at a width, by name."""
