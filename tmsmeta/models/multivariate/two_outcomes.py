"""The likelihood of two outcomes at many between-study matrices at once.

A matrix of two by two has its inverse and determinant in closed form, so that the likelihood and its derivative are a
few operations over studies and matrices together. The model is that of
:mod:`tmsmeta.models.multivariate.likelihood`, with one mean per outcome; a symmetric matrix stands as its entries 11,
12 and 22.
"""

from __future__ import annotations

import numpy as np

from tmsmeta.effects.base import Floats
from tmsmeta.models.multivariate.likelihood import Blocks, Criterion

_ENTRIES = ([0, 0, 1], [0, 1, 1])


class TwoOutcomes:
    """Minus the likelihood over G = L L' with a lower triangle L, up to a constant.

    Args:
        data: studies with two outcomes, whose design is one mean per outcome.
        criterion: ``REML`` or ``ML``.
    """

    def __init__(self, data: Blocks, criterion: Criterion) -> None:
        one, two = _ENTRIES
        self._reml = criterion == "REML"
        self._within = np.ascontiguousarray(data.within[:, one, two].T)
        self._present = np.ascontiguousarray(data.present[:, one, two].T)
        self._turned = self._present * np.array([[1.0], [-1.0], [1.0]])
        # counted from a weighted mean: squares then hold no more digits than residuals do
        weight = np.where(self._present[::2] > 0, 1 / self._within[::2], 0.0)
        y = data.y.T - ((weight * data.y.T).sum(axis=1) / weight.sum(axis=1))[:, None]
        self._y = y * self._present[::2]
        self._sums = self._columns()

    def _columns(self) -> Floats:
        """What the weights 11, 12 and 22 of the studies are multiplied by for each sum, shape (3 k, 5)."""
        (y1, y2), nothing = self._y, np.zeros(self._y.shape[1])
        one = nothing + 1
        sums = [[one, nothing, nothing], [nothing, one, nothing], [nothing, nothing, one]]
        sums += [[y1, y2, nothing], [nothing, y1, y2]]
        return np.array([np.concatenate(each) for each in sums]).T

    def downhill(self, theta: Floats) -> tuple[Floats, Floats]:
        """Minus the likelihood at n lower triangles (11, 21, 22), shape (n, 3); values (n,) and slopes (n, 3)."""
        n, (l1, l2, l3) = len(theta), theta.T
        between = np.array([l1 * l1, l1 * l2, l2 * l2 + l3 * l3]).T
        total = self._within + between[:, :, None] * self._present
        determinant = total[:, 0] * total[:, 2] - total[:, 1] ** 2
        weights = total[:, ::-1] * self._turned / determinant[:, None]
        i11, i12, i22, h1, h2 = (weights.reshape(n, -1) @ self._sums).T
        size = i11 * i22 - i12 * i12
        beta = np.array([(i22 * h1 - i12 * h2) / size, (i11 * h2 - i12 * h1) / size]).T
        residuals = self._y - beta[:, :, None]
        crossed = weights[:, 1:2] * residuals[:, ::-1]
        pulls = weights[:, ::2] * residuals + crossed
        value = np.log(determinant).sum(axis=1) + (pulls * residuals).sum(axis=(1, 2))
        squares = pulls @ pulls.transpose(0, 2, 1)
        slope = np.array([squares[:, 0, 0] - i11, 2 * (squares[:, 0, 1] - i12), squares[:, 1, 1] - i22])
        if self._reml:
            value += np.log(size)
            slope += self._spread(weights, np.array([i22, -i12, i11]) / size)
        d1, d2, d3 = -slope
        return value / 2, np.array([d1 * l1 + d2 * l2 / 2, d2 * l1 / 2 + d3 * l2, d3 * l3]).T

    @staticmethod
    def _spread(weights: Floats, covariance: Floats) -> Floats:
        """The sum of W C W over the studies, its entries 11, twice 12 and 22, shape (3, n)."""
        c1, c2, c3 = covariance
        pairs = weights @ weights.transpose(0, 2, 1)
        w11, w12, w22 = pairs[:, 0, 0], pairs[:, 0, 1], pairs[:, 1, 1]
        w13, w23, w33 = pairs[:, 0, 2], pairs[:, 1, 2], pairs[:, 2, 2]
        return np.array(
            [
                w11 * c1 + 2 * w12 * c2 + w22 * c3,
                2 * (w12 * c1 + (w13 + w22) * c2 + w23 * c3),
                w22 * c1 + 2 * w23 * c2 + w33 * c3,
            ]
        )
