"""Likelihood of effects in nested groups with independent sampling errors, in time linear in the number of effects.

y ~ N(X b, D + sum over levels s_g Z_g Z_g'), D diagonal. From the innermost level outwards, a group with variance s
changes its precision matrix W to W - s W 1 1' W / (1 + s c) with c = 1' W 1 (Sherman & Morrison 1950). Only
b = [X y]' W 1 and c have to travel to the next level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tmsmeta.effects.base import Floats


class Sums(NamedTuple):
    """What the likelihood needs at one set of variances, with derivatives by each of them.

    Attributes:
        products: [X y]' W [X y], shape (m, m).
        log_determinant: of the covariance.
        product_slopes: derivative of the products by each variance, shape (levels, m, m).
        determinant_slopes: of the log determinant, shape (levels,).
    """

    products: Floats
    log_determinant: float
    product_slopes: Floats
    determinant_slopes: Floats


@dataclass(frozen=True, eq=False)
class NestedGroups:
    """N effects in nested groups.

    Attributes:
        columns: [X y]', shape (m, N), effects of a group side by side.
        v: sampling variances, shape (N,).
        starts: for each level, innermost first, the first row of each group in the level below (the effects, then the
            groups of the level before).
        by_effect: whether every effect has a random effect of its own; its variance comes first.
    """

    columns: Floats
    v: Floats
    starts: tuple[NDArray[np.intp], ...]
    by_effect: bool

    @property
    def levels(self) -> int:
        """Number of variances."""
        return len(self.starts) + self.by_effect

    def sums(self, variances: Floats) -> Sums:
        """Products and log determinant at the variances, innermost first, shape (levels,)."""
        m, rest = len(self.columns), list(variances)
        slopes, determinants = np.zeros((self.levels, m, m)), np.zeros(self.levels)
        w = 1 / (self.v + (rest.pop(0) if self.by_effect else 0.0))
        b, c = w * self.columns, w
        products, log_determinant = self.columns @ b.T, -float(np.log(w).sum())
        b_slopes: list[Floats] = []
        c_slopes: list[Floats] = []
        if self.by_effect:
            b_slopes, c_slopes = [-w * b], [-w * w]
            slopes[0], determinants[0] = -b @ b.T, float(w.sum())
        for own, (start, s) in enumerate(zip(self.starts, rest, strict=True), start=int(self.by_effect)):
            total, mass = np.add.reduceat(b, start, axis=1), np.add.reduceat(c, start)
            total_slopes = [np.add.reduceat(d, start, axis=1) for d in b_slopes]
            mass_slopes = [np.add.reduceat(d, start) for d in c_slopes]
            shrink = 1 / (1 + s * mass)
            f = s * shrink
            products -= (f * total) @ total.T
            log_determinant += float(np.log1p(s * mass).sum())
            for q, (d_total, d_mass) in enumerate(zip(total_slopes, mass_slopes, strict=True)):
                cross = (f * total) @ d_total.T
                slopes[q] += (f * f * d_mass * total) @ total.T - cross - cross.T
                determinants[q] += float((f * d_mass).sum())
            inner = shrink * total
            slopes[own] = -inner @ inner.T
            determinants[own] = float((mass * shrink).sum())
            b_slopes = [
                shrink * d_total - s * shrink**2 * d_mass * total
                for d_total, d_mass in zip(total_slopes, mass_slopes, strict=True)
            ]
            c_slopes = [shrink**2 * d_mass for d_mass in mass_slopes]
            b_slopes.append(-mass * shrink * inner)
            c_slopes.append(-((mass * shrink) ** 2))
            b, c = inner, mass * shrink
        return Sums(products, log_determinant, slopes, determinants)
