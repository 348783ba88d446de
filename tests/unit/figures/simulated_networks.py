"""Networks of any size for figures: with multi-arm trials, long and non-Latin names, and effects that differ."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

import tmsmeta as tm

LONG = (
    "Cognitive behavioural therapy plus selective serotonin reuptake inhibitor",
    "Transcranial direct current stimulation, left dorsolateral prefrontal cortex",
    "Électroconvulsivothérapie",
    "Плацебо-таблетка",
)


def names_of(count: int) -> list[str]:
    """Placebo first, then some long names, then plain ones."""
    return ["Placebo", *LONG, *(f"Treatment {i}" for i in range(5, count))][:count]


@cache
def simulated(count: int, *, seed: int = 1, better: str = "higher") -> tm.NetworkMeta:
    """A network of `count` treatments: two trials of each against placebo, others at random, some with three arms."""
    rng = np.random.default_rng(seed)
    names, truth = names_of(count), np.concatenate([[0.0], rng.normal(0.4, 0.4, count - 1)])
    sets = [(i, 0) for i in range(1, count)] * 2
    for size, many in ((2, count), (3, max(count // 6, 1)), (4, count // 20)):
        sets += [tuple(rng.choice(count, size, replace=False).tolist()) for _ in range(many) if size <= count]
    rows = []
    for s, arms in enumerate(sets):
        base = rng.normal(-1, 0.3)
        for t in arms:
            n = int(rng.integers(30, 300))
            chance = 1 / (1 + np.exp(-(base + truth[t] + rng.normal(0, 0.15))))
            rows.append((f"trial {s}", names[t], int(rng.binomial(n, chance)), n))
    frame = pd.DataFrame(rows, columns=["study", "treatment", "events", "n"])
    return tm.network(frame, measure="OR", reference="Placebo", better=better)
