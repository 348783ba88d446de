"""Direct evidence: what the trials of each comparison say about it, without the rest of the network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tmsmeta.networks.data import Floats, Integers, NetworkData, sums


@dataclass(frozen=True, eq=False)
class DirectEvidence:
    """Inverse-variance pools of every comparison with trials of its own, sorted by treatment index.

    Attributes:
        i, j: the treatments, i < j, shape (e,).
        trials: number of trials with both arms, shape (e,).
        estimate: pooled effect of i against j, shape (e,).
        variance: its variance, shape (e,).
        of_pair: index of the comparison to which each pair of the data belongs, shape (m,).
    """

    i: Integers
    j: Integers
    trials: Integers
    estimate: Floats
    variance: Floats
    of_pair: Integers


def direct_evidence(data: NetworkData, tau2: float) -> DirectEvidence:
    """Pool the trials of each comparison with the network's `tau2`."""
    pairs, n = data.pairs, len(data.treatments)
    code, of_pair = np.unique(pairs.i * n + pairs.j, return_inverse=True)
    weight = 1.0 / (pairs.variance + tau2)
    total = sums(of_pair, weight)
    return DirectEvidence(
        i=code // n,
        j=code % n,
        trials=sums(of_pair, data.trial_counts[pairs.study]).astype(np.intp),
        estimate=sums(of_pair, weight * pairs.y) / total,
        variance=1.0 / total,
        of_pair=of_pair,
    )
