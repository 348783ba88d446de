"""Likelihood of effects in nested groups whose sampling errors are correlated: one dense block per outermost group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import Floats
from tmsmeta.models.multivariate.nested_groups import Sums


@dataclass(frozen=True, eq=False)
class Bucket:
    """Groups of about one size, padded to the largest: a padded effect has variance 1 and nothing else.

    Attributes:
        columns: [X y], shape (groups, n, m).
        within: sampling covariance, shape (groups, n, n).
        shared: for each variance, 1 where two effects share its random effect, shape (levels, groups, n, n).
    """

    columns: Floats
    within: Floats
    shared: Floats

    def covariance(self, variances: Floats) -> Floats:
        """Of the effects of each group, shape (groups, n, n)."""
        return self.within + np.tensordot(variances, self.shared, axes=1)


@dataclass(frozen=True, eq=False)
class CorrelatedGroups:
    """N effects in independent groups with any known sampling covariance inside them."""

    buckets: tuple[Bucket, ...]
    levels: int

    def sums(self, variances: Floats) -> Sums:
        """As :meth:`NestedGroups.sums`."""
        m = self.buckets[0].columns.shape[2]
        products, slopes = np.zeros((m, m)), np.zeros((self.levels, m, m))
        log_determinant, determinants = 0.0, np.zeros(self.levels)
        for bucket in self.buckets:
            total = bucket.covariance(variances)
            precision = np.linalg.inv(total)
            weighted = precision @ bucket.columns
            products += np.einsum("gnm,gno->mo", bucket.columns, weighted)
            log_determinant += float(np.linalg.slogdet(total)[1].sum())
            for q, shared in enumerate(bucket.shared):
                slopes[q] -= np.einsum("gnm,gnk,gko->mo", weighted, shared, weighted, optimize=True)
                determinants[q] += float((precision * shared).sum())
        return Sums(products, log_determinant, slopes, determinants)


def buckets(
    columns: Floats, within: list[Floats], groups: list[NDArray[np.intp]], levels: list[NDArray[np.intp]]
) -> tuple[Bucket, ...]:
    """Group the groups by size, each size rounded up to a power of two.

    Args:
        columns: [X y], shape (N, m).
        within: sampling covariance of each group, in the order of its rows.
        groups: the rows of each group.
        levels: for each variance, the code of the random effect that each row has, shape (N,).
    """
    sizes = np.array([len(rows) for rows in groups])
    padded = 2 ** np.ceil(np.log2(sizes)).astype(int)
    made = []
    for size in np.unique(padded):
        chosen = np.flatnonzero(padded == size).tolist()
        largest = int(sizes[chosen].max())
        count = len(chosen)
        block = Bucket(
            columns=np.zeros((count, largest, columns.shape[1])),
            within=np.tile(np.eye(largest), (count, 1, 1)),
            shared=np.zeros((len(levels), count, largest, largest)),
        )
        for place, group in enumerate(chosen):
            rows, n = groups[group], sizes[group]
            block.columns[place, :n] = columns[rows]
            block.within[place, :n, :n] = within[group]
            for q, codes in enumerate(levels):
                block.shared[q, place, :n, :n] = codes[rows][:, None] == codes[rows][None, :]
        made.append(block)
    return tuple(made)
