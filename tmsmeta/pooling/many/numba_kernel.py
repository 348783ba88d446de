"""Maximum and restricted maximum likelihood in machine code, one data set after the other; needs numba.

The same Newton steps and the same proof as in :mod:`tmsmeta.pooling.many.likelihood` and
:mod:`tmsmeta.pooling.many.uniqueness_proof`, where the formulas are explained. A data set for which the short proof
does not come is left to them. Import this module only where numba is there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tmsmeta.pooling.heterogeneity.likelihood import FARTHEST, LARGEST_SCALE, MARGIN
from tmsmeta.pooling.heterogeneity.weighted_regression import EQUAL, Floats
from tmsmeta.pooling.many.likelihood import TOLERANCE
from tmsmeta.pooling.many.uniqueness_proof import LARGEST_SPREAD, SLACK, STEEPEST

_STEPS = 30
_MARCH = 6

Function = TypeVar("Function", bound=Callable[..., Any])


def machine_code(function: Function) -> Function:
    """Compile when first called, and keep the result on disk.

    Sums may be reordered, which lets the processor add several studies at once; NaN and infinity keep their meaning.
    """
    compiler = njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract"}, nogil=True)
    return cast("Function", compiler(function))


@machine_code
def sums(y: Floats, v: Floats, m: int, t: float) -> tuple[float, ...]:
    """Sums over the m - 1 studies after the top one: w, w^2, w^3, wy, w^2 y, w^3 y, w^2 y^2, w^3 y^2, w y^2."""
    s1 = s2 = s3 = m1 = m2 = m3 = a2 = c2 = q2 = 0.0
    for j in range(1, m):
        w = 1.0 / (v[j] + t)
        x = w * y[j]
        ww, wx = w * w, w * x
        s1 += w
        s2 += ww
        s3 += ww * w
        m1 += x
        m2 += wx
        m3 += ww * x
        a2 += x * x
        c2 += wx * x
        q2 += x * y[j]
    return s1, s2, s3, m1, m2, m3, a2, c2, q2


@machine_code
def point(parts: tuple[float, ...], top: float, reml: bool) -> tuple[float, float, float]:
    """a / b, c / a and d / b from the sums; see :func:`tmsmeta.pooling.many.moments.score`."""
    s1, s2, s3, m1, m2, m3, a2, c2, _ = parts
    total = top + s1
    mean = m1 / total
    a = max(a2 - mean * (2.0 * m2 - mean * (s2 + top * top)), 0.0)
    mean_u = (m2 + mean * (top * s1 - s2)) / total
    c = c2 + 2.0 * mean * (top * m2 - m3) + mean * mean * (top * top * s1 - 2.0 * top * s2 + s3)
    c -= total * mean_u * mean_u
    if reml:
        b = (2.0 * top * s1 + (s1 * s1 - s2)) / total
        d = s2 - 2.0 * s3 / total + (top * top * (s1 * s1 + 2.0 * s2) + s2 * s2) / (total * total)
    else:
        b, d = total, top * top + s2
    return a / b, c / a, d / b


@machine_code
def gather(yi: Floats, vi: Floats, y: Floats, v: Floats) -> tuple[int, float]:
    """Put the studies that are present into `y` and `v`, the top study first; their number and the top estimate."""
    m, top = 0, 0
    for j in range(len(yi)):
        if not math.isnan(yi[j] + vi[j]):
            y[m], v[m] = yi[j], vi[j]
            if v[m] < v[top]:
                top = m
            m += 1
    if m == 0:
        return 0, 0.0
    origin, least = y[top], v[top]
    y[top], v[top] = y[0], v[0]
    y[0], v[0] = origin, least
    equal = True
    for j in range(m):
        y[j] -= origin
        equal = equal and abs(y[j]) <= EQUAL * abs(origin)
    if equal:
        y[:m] = 0.0
    return m, origin


@machine_code
def spread(y: Floats, v: Floats, m: int) -> tuple[float, float, float]:
    """Bound of tau2, limit of A, largest variance."""
    mean = squares = weighted = largest = 0.0
    for j in range(m):
        mean += y[j] / m
    for j in range(m):
        e = y[j] - mean
        squares += e * e
        weighted += v[j] * e * e
        largest = max(largest, v[j])
    df = m - 1.0
    x = (squares + math.sqrt(squares * squares + 4.0 * df * squares * (largest - v[0]))) / (2.0 * df)
    limit = weighted / squares if squares > 0.0 else largest
    return max(x - v[0], 0.0) + MARGIN * max(x, v[0]), limit, largest


@machine_code
def newton(y: Floats, v: Floats, m: int, reml: bool, first: float, top: float) -> tuple[float, ...]:
    """Root, point before the last step with its slopes, and 1.0 if the iteration settled."""
    low, high, t = 0.0, top, first
    if not 0.0 < t < high:
        t = math.sqrt((low + v[0]) * (high + v[0])) - v[0]
    for _ in range(_STEPS):
        ratio, slope_a, slope_b = point(sums(y, v, m, t), 1.0 / (v[0] + t), reml)
        if ratio > 1.0:
            low = t
        else:
            high = t
        rise = 2.0 * slope_a - slope_b
        step = (ratio - 1.0) / rise
        if rise > 0.0 and abs(step) <= TOLERANCE * (t + v[0]):
            return max(t + step, 0.0), t, slope_a, slope_b, 1.0
        following = t + step
        if not (rise > 0.0 and low < following < high):
            following = math.sqrt((low + v[0]) * (high + v[0])) - v[0]
        t = following
    return t, t, 1.0, 1.0, 0.0


@machine_code
def right_is_clear(
    y: Floats, v: Floats, m: int, reml: bool, t: float, ratio: float, lower_b: float, limit: float
) -> bool:
    """Whether b > a everywhere right of t, where a / b is `ratio` (1 at a root)."""
    upper_a, end = limit, math.inf
    for _ in range(_MARCH):
        if ratio <= 1.0 and t + 2.0 * lower_b > upper_a * (1.0 + SLACK):
            return True
        turn = min(max(upper_a - 2.0 * lower_b, t), end)
        least = (turn + upper_a) ** 2 / (turn + lower_b)
        if ratio * (t + upper_a) ** 2 / (t + lower_b) * (1.0 + SLACK) < least:
            return True
        end = max(upper_a - 2.0 * lower_b, t)
        _, slope_a, _ = point(sums(y, v, m, end), 1.0 / (v[0] + end), reml)
        upper_a = (1.0 + SLACK) / slope_a - end
    return False


@machine_code
def left_is_clear(y: Floats, v: Floats, m: int, reml: bool, t: float, slope_a: float, lower_b: float) -> bool:
    """Whether a > b everywhere left of the root t, `lower_b` being a bound of B at 0."""
    end, ratio = t, 1.0
    for _ in range(_MARCH):
        upper_a = (1.0 + SLACK) / slope_a - end
        if ratio < 1.0:
            return False
        if 2.0 * lower_b > upper_a * (1.0 + SLACK):
            return True
        if ratio * (end + upper_a) ** 2 / (end + lower_b) > upper_a * upper_a / lower_b * (1.0 + 1e-6):
            return True
        end = max(upper_a - 2.0 * lower_b, 0.0)
        ratio, slope_a, _ = point(sums(y, v, m, end), 1.0 / (v[0] + end), reml)
    return False


@machine_code
def solve(y: Floats, v: Floats, m: int, reml: bool, zero: tuple[float, ...]) -> tuple[float, bool]:
    """tau2, and whether it is proven to be the place of the only maximum."""
    ratio, slope_a, slope_b = point(zero, 1.0 / v[0], reml)
    top, limit, largest = spread(y, v, m)
    scale = v[0] >= 1.0 / LARGEST_SCALE and largest <= LARGEST_SCALE
    sane = scale and largest <= LARGEST_SPREAD * v[0] and top <= FARTHEST * v[0]
    if ratio == 0.0:
        return 0.0, sane
    lower_b = max((1.0 - SLACK) / slope_b, 0.0)
    if ratio <= 1.0:
        return 0.0, sane and right_is_clear(y, v, m, reml, 0.0, ratio, lower_b, limit * (1.0 + SLACK))
    first = (ratio - 1.0) / (2.0 * slope_a - slope_b)
    tau2, t, slope_a, slope_b, settled = newton(y, v, m, reml, first, top)
    sane = sane and settled == 1.0 and 2.0 * slope_a - slope_b > STEEPEST * slope_b
    here = max((1.0 - SLACK) / slope_b - t, 0.0)
    if not (sane and right_is_clear(y, v, m, reml, t, 1.0, here, limit * (1.0 + SLACK))):
        return tau2, False
    return tau2, left_is_clear(y, v, m, reml, t, slope_a, lower_b)


@machine_code
def pool_each(yi: Floats, vi: Floats, reml: bool, found: Floats, sure: NDArray[np.bool_]) -> None:
    """Fill the columns of `found` and `sure`; see :func:`pool_compiled`."""
    y, v = np.empty(yi.shape[1]), np.empty(yi.shape[1])
    for row in range(len(yi)):
        m, origin = gather(yi[row], vi[row], y, v)
        found[6, row] = m
        if m < 2:
            continue
        zero = sums(y, v, m, 0.0)
        tau2, sure[row] = solve(y, v, m, reml, zero)
        s1, s2, m1, q2 = zero[0], zero[1], zero[3], zero[8]
        top = 1.0 / v[0]
        found[4, row] = max(q2 - m1 * m1 / (top + s1), 0.0)
        found[5, row] = (2.0 * top * s1 + (s1 * s1 - s2)) / (top + s1)
        s1 = m1 = q2 = 0.0
        for j in range(1, m):
            w = 1.0 / (v[j] + tau2)
            s1 += w
            m1 += w * y[j]
            q2 += w * y[j] * y[j]
        total = 1.0 / (v[0] + tau2) + s1
        found[0, row] = origin + m1 / total
        found[1, row] = 1.0 / math.sqrt(total)
        found[2, row] = math.sqrt(max(q2 - m1 * m1 / total, 0.0) / (m - 1.0))
        found[3, row] = tau2


def pool_compiled(yi: Floats, vi: Floats, criterion: str) -> tuple[Floats, NDArray[np.bool_]]:
    """Pool the rows of `yi` and `vi`, shape (n, k), NaN for absent studies.

    Returns:
        Estimate, Wald standard error, Hartung-Knapp factor, tau2, Q, trace(P) at tau2 = 0 and k, shape (7, n); and for
        which data sets they are proven, shape (n,). What stands there for the others means nothing.
    """
    found = np.empty((7, len(yi)))
    sure = np.zeros(len(yi), dtype=bool)
    pool_each(np.ascontiguousarray(yi), np.ascontiguousarray(vi), criterion == "REML", found, sure)
    return found, sure
