"""tau2 for many data sets at once: the kernels, and the table through which the batched engine finds them.

An estimator of :data:`tmsmeta.pooling.heterogeneity.estimators.ESTIMATORS` without a line in :data:`KERNELS` needs
none: it is called for one data set after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from tmsmeta.pooling.heterogeneity.estimators import estimate_tau2
from tmsmeta.pooling.heterogeneity.qprofile import solve_q
from tmsmeta.pooling.heterogeneity.weighted_regression import Floats
from tmsmeta.pooling.many.likelihood import maximise_rows
from tmsmeta.pooling.many.moments import (
    Rows,
    Weighed,
    mean_variance,
    residual_squares,
    slope_of_q,
    trace_p,
    weigh,
    weighted_squares,
)

_MAX_STEPS = 60
_TOLERANCE = 1e-8  # relative size of the last Newton step; the error after it is of the order of its square


def _common_effect(rows: Rows, at_zero: Weighed) -> Floats:
    return np.zeros(rows.n)


def _dersimonian_laird(rows: Rows, at_zero: Weighed) -> Floats:
    excess = weighted_squares(at_zero) - (rows.count - 1.0)
    return np.maximum(0.0, excess / trace_p(at_zero))


def _hedges(rows: Rows, at_zero: Weighed) -> Floats:
    return np.maximum(0.0, residual_squares(rows) / (rows.count - 1.0) - mean_variance(rows))


def _hunter_schmidt(rows: Rows, at_zero: Weighed) -> Floats:
    return np.maximum(0.0, (weighted_squares(at_zero) - rows.count) / at_zero.total)


def _sidik_jonkman(rows: Rows, at_zero: Weighed) -> Floats:
    start = residual_squares(rows) / rows.count
    return start / (rows.count - 1.0) * weighted_squares(weigh(rows, start, 1))


def _maximum_likelihood(rows: Rows, at_zero: Weighed) -> Floats:
    return maximise_rows(rows, "ML", at_zero)


def _restricted_maximum_likelihood(rows: Rows, at_zero: Weighed) -> Floats:
    return maximise_rows(rows, "REML", at_zero)


def _paule_mandel(rows: Rows, at_zero: Weighed) -> Floats:
    """Newton steps on 1 / Q from 0, which rise to the root, as in :func:`.heterogeneity.qprofile.solve_q`."""
    target = rows.count - 1.0
    tau2, q = np.zeros(rows.n), weighted_squares(at_zero)
    index = np.flatnonzero(q > target)
    part, t = rows.take(index), np.zeros(len(index))
    for _ in range(_MAX_STEPS):
        if not len(index):
            return tau2
        x = weigh(part, t)
        q = weighted_squares(x)
        step = np.maximum(q * (q / (part.count - 1.0) - 1.0) / slope_of_q(x), 0.0)
        t += step
        tau2[index] = t
        left = step > _TOLERANCE * (t + part.v_top)
        if not left.all():
            index, part, t = index[left], part.take(left), t[left]
    for column in index:
        tau2[column] = solve_q(rows.model(int(column)), float(target[column]))
    return tau2


KERNELS: Mapping[str, Callable[[Rows, Weighed], Floats]] = {
    "FE": _common_effect,
    "DL": _dersimonian_laird,
    "HE": _hedges,
    "HS": _hunter_schmidt,
    "SJ": _sidik_jonkman,
    "ML": _maximum_likelihood,
    "REML": _restricted_maximum_likelihood,
    "EB": _paule_mandel,
    "PM": _paule_mandel,
}


def estimate_rows(rows: Rows, name: str, at_zero: Weighed | None = None) -> Floats:
    """tau2 of every data set by the estimator `name`, shape (n,).

    Args:
        rows: data sets of at least two studies each, from :func:`arrange`.
        name: a key of :data:`tmsmeta.pooling.heterogeneity.ESTIMATORS`.
        at_zero: ``weigh(rows, 0.0)``, if it is at hand.
    """
    kernel = KERNELS.get(name)
    if kernel is None:
        return np.array([estimate_tau2(rows.model(i), name).tau2 for i in range(rows.n)])
    return kernel(rows, weigh(rows, 0.0) if at_zero is None else at_zero)
