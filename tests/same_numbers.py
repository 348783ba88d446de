"""What several threads, processes and numbers of BLAS threads must find alike, to the last bit; as one text of numbers.

PYTHONPATH=. python tests/same_numbers.py        prints every answer
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

import tmsmeta as tm
from tmsmeta.robustness.simulation import grid


class Asked(NamedTuple):
    """Data and fits that all threads share."""

    effects: tm.EffectSizes
    pooled: tm.PooledEffect
    net: tm.NetworkMeta
    arms: dict[str, list[Any]]
    rows: tuple[np.ndarray, np.ndarray]


@cache
def asked() -> Asked:
    """Made once in each process: threads work on the same objects."""
    rng = np.random.default_rng(18)
    v = rng.uniform(0.01, 1, 40)
    effects = tm.effects.generic(rng.normal(0.3, np.sqrt(v + 0.2)), vi=v, study=[f"s{i}" for i in range(40)])
    study = [f"s{i}" for i in range(500) for _ in (0, 1)]
    pairs = (
        [rng.choice(80, 2, replace=False) for _ in range(420)] + [np.array([i, i + 1]) for i in range(79)] + [(0, 2)]
    )
    arms = {
        "study": study,
        "treatment": [f"t{t:02}" for pair in pairs for t in pair],
        "events": rng.binomial(60, 0.3, 1000).tolist(),
        "n": [60] * 1000,
    }
    net = tm.network(arms, measure="OR", reference="t00", better="lower", tau2="REML")
    return Asked(effects, tm.pool(effects), net, arms, (rng.normal(size=(3000, 15)), rng.uniform(0.05, 1, (3000, 15))))


def _pools() -> object:
    data = asked()
    return [
        *(tm.pool(data.effects, tau2=name).to_dict() for name in ("DL", "REML", "ML", "PM", "EB", "SJ")),
        [data.pooled.tau2_interval(method).to_dict() for method in ("QP", "PL")],
        tm.leave_one_out(data.effects).to_dict("list"),
    ]


def _network() -> object:
    data = asked()
    net = tm.network(data.arms, measure="OR", reference="t00", better="lower", tau2="REML")
    return net.to_dict(), tm.rank(data.net, draws=200).to_frame().to_dict("list"), tm.decompose(data.net).to_dict()


def _batch() -> object:
    found = tm.pool_batch(*asked().rows, tau2="REML", ci="hksj")
    return [np.asarray(column).tolist() for column in (found.estimate, found.se, found.ci_low, found.tau2)]


def _simulation() -> object:
    cells = grid(k=[3, 8], tau2=[0.0, 0.2])
    return tm.simulate(cells, replicates=200, seed=3, tau2=("REML",), ci=("z", "hksj"), progress=False).rows


WORK: dict[str, Callable[[], object]] = {
    "pools": _pools,
    "network": _network,
    "batch": _batch,
    "simulation": _simulation,
}


def answer(name: str) -> str:
    """One piece of work as JSON, with every digit."""
    return json.dumps(WORK[name](), default=str)


def answers() -> dict[str, str]:
    """All of them."""
    return {name: answer(name) for name in WORK}


if __name__ == "__main__":
    json.dump(answers(), sys.stdout)
