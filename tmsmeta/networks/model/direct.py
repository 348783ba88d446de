"""What trials say without the rest of the network: each comparison, and each design.

A design is a set of treatments; trials that compare the same set should agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tmsmeta.networks.input.data import NetworkData
from tmsmeta.networks.input.independent_contrasts import Floats, Integers, sums
from tmsmeta.networks.model.equations import DenseMatrix
from tmsmeta.networks.model.regression import Solution, WeightedRegression

Design = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class DesignTest:
    """Q of each design at one tau2, in order of appearance.

    Attributes:
        designs: the sets of treatments, as sorted indices.
        trials: number of trials of each.
        q_by_design: Q of each, shape (number of designs,).
        df_by_design: (trials - 1) (arms - 1) of each.
        moment: trace of W - W X C X' W summed over designs: what Q within designs gains per unit of tau2.
    """

    designs: tuple[Design, ...]
    trials: Integers
    q_by_design: Floats
    df_by_design: Integers
    moment: float

    @property
    def q(self) -> float:
        """Q within designs, summed."""
        return float(self.q_by_design.sum())

    @property
    def df(self) -> int:
        """Degrees of freedom, summed."""
        return int(self.df_by_design.sum())


def design_codes(data: NetworkData) -> tuple[tuple[Design, ...], Integers]:
    """The designs in order of appearance, and the design of each trial, shape (number of trials,)."""
    lookup: dict[Design, int] = {}
    code = np.array([lookup.setdefault(d, len(lookup)) for d in data.designs], dtype=np.intp)
    return tuple(lookup), code


def within_designs(data: NetworkData, tau2: float) -> DesignTest:
    """Fit each design on its own."""
    designs, code = design_codes(data)
    rows = data.rows
    of_row = code[rows.study]
    weight = 1.0 / (rows.d + tau2)
    trials = np.bincount(code)
    arms = np.array([len(d) for d in designs])
    q, moment = _two_arm_designs(of_row, rows.z * _orientation(data), weight, len(designs))
    for at in np.flatnonzero(arms > 2).tolist():
        alone = pooled_design(data, designs[at], np.flatnonzero(of_row == at), tau2)
        q[at], moment[at] = alone.q, alone.moment
    q[trials == 1] = 0.0
    return DesignTest(designs, trials, q, (trials - 1) * (arms - 1), float(moment[trials > 1].sum()))


def _orientation(data: NetworkData) -> Floats:
    """+1 where the row of a two-arm trial subtracts the later treatment from the earlier one, -1 otherwise."""
    rows = data.rows
    first = np.concatenate([[0], np.flatnonzero(np.diff(rows.row)) + 1])
    sign: Floats = np.sign(rows.value[first]) * np.sign(rows.treatment[first + 1] - rows.treatment[first])
    return sign


def _two_arm_designs(of_row: Integers, z: Floats, weight: Floats, count: int) -> tuple[Floats, Floats]:
    """Q and its moment for each design, as sums over the rows: a weighted mean is the whole regression."""
    total = sums(of_row, weight, count)
    mean = sums(of_row, weight * z, count) / total
    q = sums(of_row, weight * (z - mean[of_row]) ** 2, count)
    return q, total - sums(of_row, weight**2, count) / total


def pooled_design(data: NetworkData, design: Design, rows: Integers, tau2: float) -> Solution:
    """The trials of one design alone: effects of its later treatments against the first."""
    treatment, value = data.rows.cells(rows)
    x = np.zeros((len(rows), len(design)))
    x[np.arange(len(rows))[:, None], np.searchsorted(design, treatment)] = value
    return WeightedRegression(DenseMatrix(x[:, 1:]), data.rows.z[rows], data.rows.d[rows]).at(tau2)


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

    def trials_matrix(self, size: int) -> Integers:
        """Number of trials with both arms of each comparison of `size` treatments, shape (n, n)."""
        trials = np.zeros((size, size), dtype=np.intp)
        trials[self.i, self.j] = trials[self.j, self.i] = self.trials
        return trials

    def share(self, variance: Floats) -> Floats:
        """Share of direct evidence, 0 to 1, in estimates with `variance`, shape (n, n): that over the direct one."""
        share = np.where(np.isnan(variance), np.nan, 0.0)
        share[self.i, self.j] = share[self.j, self.i] = variance[self.i, self.j] / self.variance
        return share


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
