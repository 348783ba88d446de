"""The checked input of a network: trials, their arms, and every comparison within a trial.

A trial with p arms says p - 1 independent things. :class:`Rows` writes them as contrasts of its arms that are
uncorrelated within the trial and stay so for every tau2, so that a network with multi-arm trials is a weighted
regression with a diagonal weight matrix:

* The variances of the p(p-1)/2 differences of a trial, as a matrix R with zero diagonal, give the covariance of its
  centred arm effects, G = -J R J / 2 with the centring matrix J.
* Between-study variance tau2 with correlation 0.5 between the comparisons of a trial (Higgins & Whitehead, Stat Med
  1996;15:2733) adds tau2 to each element of R, hence tau2/2 J to G, which leaves the eigenvectors alone.
* An eigenvector u with eigenvalue l gives the row sqrt(2) u with variance 2l + tau2.

For two arms this is the plain difference with its variance.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.measures import MEASURES, Measure

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

DENSE_CELLS = 1_000_000
"""Design matrices up to this many cells are kept dense: below it dense algebra is faster."""


class Pairs(NamedTuple):
    """Every comparison of every trial: ``y`` estimates treatment ``i`` against treatment ``j``.

    All arrays have shape (m,); ``study``, ``i`` and ``j`` are indices, ``y`` and ``variance`` are on the scale of
    the measure (ratios logged), and a trial with p arms fills p(p-1)/2 places.
    """

    study: Integers
    i: Integers
    j: Integers
    y: Floats
    variance: Floats


class Arms(NamedTuple):
    """Every arm of every trial, shape (a,): indices, and counts where they are known (else NaN)."""

    study: Integers
    treatment: Integers
    events: Floats
    n: Floats


class Exclusion(NamedTuple):
    """A trial that is not in the network, with the reason."""

    study: str
    reason: str


@dataclass(frozen=True, eq=False)
class Rows:
    """Independent contrasts: ``z[r] = sum(value * theta[treatment]) + error`` with variance ``d[r] + tau2``.

    Attributes:
        study: trial of each row, shape (N,).
        z: the contrast seen, shape (N,).
        d: its sampling variance, shape (N,).
        row, treatment, value: the non-zero cells of the design matrix (N, n), each of shape (nnz,).
        n_treatments: n.
    """

    study: Integers
    z: Floats
    d: Floats
    row: Integers
    treatment: Integers
    value: Floats
    n_treatments: int

    @property
    def is_small(self) -> bool:
        """Whether dense algebra is the better choice."""
        return len(self.z) * self.n_treatments <= DENSE_CELLS

    @cached_property
    def dense(self) -> Floats:
        """The design matrix, shape (N, n)."""
        x = np.zeros((len(self.z), self.n_treatments))
        x[self.row, self.treatment] = self.value
        return x


@dataclass(frozen=True, eq=False, kw_only=True)
class NetworkData:
    """Trials that passed every check, ready for :func:`tmsmeta.networks.fit`.

    Attributes:
        treatments: labels, sorted; indices below refer to this order.
        studies: labels in order of appearance.
        measure: key of :data:`tmsmeta.effects.MEASURES`.
        reference: label of the treatment against which effects are stated.
        better: ``higher`` if more of the outcome is good, ``lower`` if less is.
        pairs: every comparison of every trial.
        arms: every arm of every trial.
        excluded: trials left out, with reasons.
        notes: corrections, conversions and other things that were done to the data, as sentences.
        trials_per_study: where each "study" stands for several trials pooled beforehand (Mantel-Haenszel designs),
            how many; None for one each.
    """

    treatments: tuple[str, ...]
    studies: tuple[str, ...]
    measure: str
    reference: str
    better: str
    pairs: Pairs
    arms: Arms
    excluded: tuple[Exclusion, ...] = ()
    notes: tuple[str, ...] = field(default=())
    trials_per_study: Integers | None = None

    @property
    def info(self) -> Measure:
        """The measure with its label, scale and null value."""
        return MEASURES[self.measure]

    @property
    def sign(self) -> float:
        """+1 where large effects are good, -1 where small ones are."""
        return 1.0 if self.better == "higher" else -1.0

    @cached_property
    def reference_index(self) -> int:
        """Position of the reference among the treatments."""
        return self.treatments.index(self.reference)

    @cached_property
    def arms_per_study(self) -> Integers:
        """Number of arms of each trial, shape (number of trials,)."""
        return np.bincount(self.arms.study, minlength=len(self.studies))

    @cached_property
    def trial_counts(self) -> Integers:
        """Number of trials behind each study, shape (number of studies,)."""
        ones = np.ones(len(self.studies), dtype=np.intp)
        return ones if self.trials_per_study is None else self.trials_per_study

    @cached_property
    def rows(self) -> Rows:
        """The independent contrasts of all trials."""
        return _rows(self.pairs, self.arms_per_study, len(self.treatments))

    @cached_property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """The connected parts of the network, as treatment labels; one part if it is connected."""
        return connected_parts(self.treatments, self.pairs.i, self.pairs.j)

    @cached_property
    def designs(self) -> tuple[tuple[int, ...], ...]:
        """The set of treatments of each trial, as sorted indices."""
        sets: list[list[int]] = [[] for _ in self.studies]
        for study, treatment in zip(self.arms.study.tolist(), self.arms.treatment.tolist(), strict=True):
            sets[study].append(treatment)
        return tuple(tuple(sorted(s)) for s in sets)

    def trials_of(self) -> tuple[NDArray[np.int64], Floats]:
        """Trials and patients of each treatment, each of shape (n,); patients NaN where an arm has no n."""
        size = len(self.treatments)
        trials = sums(self.arms.treatment, self.trial_counts[self.arms.study], size).astype(np.int64)
        return trials, sums(self.arms.treatment, self.arms.n, size)

    def excluded_frame(self) -> pd.DataFrame:
        """Table ``study reason`` of the trials that are not in the network."""
        import pandas as pd

        return pd.DataFrame(list(self.excluded), columns=["study", "reason"])

    def trials_frame(self) -> pd.DataFrame:
        """Table of every comparison: ``study treat1 treat2 yi se arms``, treat1 against treat2."""
        import pandas as pd

        names, p = np.array(self.treatments, dtype=object), self.pairs
        return pd.DataFrame(
            {
                "study": np.array(self.studies, dtype=object)[p.study],
                "treat1": names[p.i],
                "treat2": names[p.j],
                "yi": p.y,
                "se": np.sqrt(p.variance),
                "arms": self.arms_per_study[p.study],
            }
        )


def sums(codes: Integers, values: Any, size: int = 0) -> Floats:
    """Sum of `values` for each code, shape (at least `size`,)."""
    total: Floats = np.asarray(np.bincount(codes, weights=values, minlength=size), dtype=np.float64)
    return total


def connected_parts(treatments: tuple[str, ...], i: Integers, j: Integers) -> tuple[tuple[str, ...], ...]:
    """Treatments linked by any chain of comparisons, one tuple for each part, largest first."""
    parent = list(range(len(treatments)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for a, b in set(zip(i.tolist(), j.tolist(), strict=True)):
        parent[root(a)] = root(b)
    groups: dict[int, list[str]] = {}
    for node, label in enumerate(treatments):
        groups.setdefault(root(node), []).append(label)
    return tuple(tuple(g) for g in sorted(groups.values(), key=len, reverse=True))


def centred_covariance(variance: Floats) -> Floats:
    """Covariance of centred arm effects, shape (m, p, p), from the variances of all differences, shape (m, p, p)."""
    p = variance.shape[-1]
    by_row = variance.sum(axis=-1, keepdims=True) / p
    total = by_row.sum(axis=-2, keepdims=True) / p
    result: Floats = -(variance - by_row - np.swapaxes(by_row, -1, -2) + total) / 2
    return result


@lru_cache(maxsize=32)
def helmert(p: int) -> Floats:
    """Orthonormal contrasts of `p` arms, shape (p - 1, p)."""
    basis = np.tril(np.ones((p, p)), -1)[1:]
    basis[np.arange(p - 1), np.arange(1, p)] = -np.arange(1.0, p)
    result: Floats = basis / np.sqrt(np.arange(1, p) * np.arange(2, p + 1.0))[:, None]
    return result


def _rows(pairs: Pairs, arms_per_study: Integers, n_treatments: int) -> Rows:
    size = arms_per_study[pairs.study]
    two = np.flatnonzero(size == 2)
    blocks = [_two_arm_block(pairs, two)] if len(two) else []
    blocks += [_multi_arm_block(pairs, size == p, int(p)) for p in np.unique(arms_per_study) if p > 2]
    study, z, d, treatment, value, width = (list(column) for column in zip(*blocks, strict=True))
    per_row = np.concatenate([np.full(len(zz), w) for zz, w in zip(z, width, strict=True)])
    return Rows(
        study=np.concatenate(study),
        z=np.concatenate(z),
        d=np.concatenate(d),
        row=np.repeat(np.arange(len(per_row)), per_row),
        treatment=np.concatenate(treatment),
        value=np.concatenate(value),
        n_treatments=n_treatments,
    )


_Block = tuple[Integers, Floats, Floats, Integers, Floats, int]


def _two_arm_block(pairs: Pairs, at: Integers) -> _Block:
    treatment = np.column_stack([pairs.i[at], pairs.j[at]]).ravel()
    return pairs.study[at], pairs.y[at], pairs.variance[at], treatment, np.tile([1.0, -1.0], len(at)), 2


def _multi_arm_block(pairs: Pairs, mask: NDArray[np.bool_], p: int) -> _Block:
    study, treatment, y, variance = square_blocks(pairs, mask, p)
    basis = helmert(p)
    values, vectors = np.linalg.eigh(basis @ centred_covariance(variance) @ basis.T)
    contrast = np.sqrt(2.0) * np.swapaxes(vectors, 1, 2) @ basis
    z = np.einsum("mrp,mp->mr", contrast, y.sum(axis=2) / p)
    cells = np.broadcast_to(treatment[:, None, :], contrast.shape)
    return np.repeat(study, p - 1), z.ravel(), 2 * values.ravel(), cells.ravel(), contrast.ravel(), p


def square_positions(
    pairs: Pairs, mask: NDArray[np.bool_], p: int
) -> tuple[Integers, Integers, Integers, Integers, Integers]:
    """Where the pairs of trials with `p` arms stand in p x p matrices.

    Returns:
        Pair indices (m, p(p-1)/2), trial (m,), treatments (m, p), and row and column of each pair.
    """
    chosen = np.flatnonzero(mask)
    at = chosen[np.argsort(pairs.study[chosen], kind="stable")].reshape(-1, p * (p - 1) // 2)
    i, j = pairs.i[at], pairs.j[at]
    treatment = np.sort(np.concatenate([i, j], axis=1), axis=1)[:, :: p - 1]
    at_i = (treatment[:, None, :] < i[:, :, None]).sum(axis=2)
    at_j = (treatment[:, None, :] < j[:, :, None]).sum(axis=2)
    return at, pairs.study[at[:, 0]], treatment, at_i, at_j


def square_blocks(pairs: Pairs, mask: NDArray[np.bool_], p: int) -> tuple[Integers, Integers, Floats, Floats]:
    """Trials with `p` arms as matrices: study (m,), treatment (m, p), and y and variance (m, p, p), row vs column."""
    at, study, treatment, at_i, at_j = square_positions(pairs, mask, p)
    trial = np.arange(len(at))[:, None]
    y, variance = np.zeros((len(at), p, p)), np.zeros((len(at), p, p))
    y[trial, at_i, at_j], y[trial, at_j, at_i] = pairs.y[at], -pairs.y[at]
    variance[trial, at_i, at_j] = variance[trial, at_j, at_i] = pairs.variance[at]
    return study, treatment, y, variance
