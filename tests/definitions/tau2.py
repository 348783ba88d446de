"""Naive definitions of the tau2 estimators, in 50-digit arithmetic, straight from the defining equations.

Every key of ``tmsmeta.pooling.heterogeneity.ESTIMATORS`` needs one here; a test fails if one is missing.
"""

from __future__ import annotations

from collections.abc import Callable

import mpmath as mp

mp.mp.dps = 50
Numbers = list[mp.mpf]


def to_mp(values: object) -> Numbers:
    """Exact conversion of floats."""
    return [mp.mpf(float(x)) for x in values]  # type: ignore[attr-defined]


def mean(y: Numbers, w: Numbers) -> mp.mpf:
    return mp.fsum(wi * yi for wi, yi in zip(w, y, strict=True)) / mp.fsum(w)


def q(y: Numbers, v: Numbers, tau2: mp.mpf) -> mp.mpf:
    w = [1 / (vi + tau2) for vi in v]
    m = mean(y, w)
    return mp.fsum(wi * (yi - m) ** 2 for wi, yi in zip(w, y, strict=True))


def log_likelihood(y: Numbers, v: Numbers, tau2: mp.mpf, restricted: bool) -> mp.mpf:
    """Up to nothing: all constants are in."""
    k = len(y)
    value = -(mp.fsum(mp.log(vi + tau2) for vi in v) + q(y, v, tau2)) / 2
    if restricted:
        value += -mp.log(mp.fsum(1 / (vi + tau2) for vi in v)) / 2 + mp.log(k) / 2
        return value - (k - 1) * mp.log(2 * mp.pi) / 2
    return value - k * mp.log(2 * mp.pi) / 2


def score(y: Numbers, v: Numbers, tau2: mp.mpf, restricted: bool) -> mp.mpf:
    w = [1 / (vi + tau2) for vi in v]
    m = mean(y, w)
    value = mp.fsum((wi * (yi - m)) ** 2 for wi, yi in zip(w, y, strict=True)) - mp.fsum(w)
    return value + (mp.fsum(wi * wi for wi in w) / mp.fsum(w) if restricted else 0)


def _fe(y: Numbers, v: Numbers) -> mp.mpf:
    return mp.mpf(0)


def _dl(y: Numbers, v: Numbers) -> mp.mpf:
    w = [1 / vi for vi in v]
    c = mp.fsum(w) - mp.fsum(wi**2 for wi in w) / mp.fsum(w)
    return max(mp.mpf(0), (q(y, v, mp.mpf(0)) - (len(y) - 1)) / c)


def _he(y: Numbers, v: Numbers) -> mp.mpf:
    m = mp.fsum(y) / len(y)
    s2 = mp.fsum((yi - m) ** 2 for yi in y) / (len(y) - 1)
    return max(mp.mpf(0), s2 - mp.fsum(v) / len(v))


def _hs(y: Numbers, v: Numbers) -> mp.mpf:
    return max(mp.mpf(0), (q(y, v, mp.mpf(0)) - len(y)) / mp.fsum(1 / vi for vi in v))


def _sj(y: Numbers, v: Numbers) -> mp.mpf:
    m = mp.fsum(y) / len(y)
    start = mp.fsum((yi - m) ** 2 for yi in y) / len(y)
    return start * q(y, v, start) / (len(y) - 1) if start else mp.mpf(0)


def _pm(y: Numbers, v: Numbers) -> mp.mpf:
    """Bisection on Q(tau2) = k - 1, which decreases."""
    target = len(y) - 1
    if q(y, v, mp.mpf(0)) <= target:
        return mp.mpf(0)
    low, high = mp.mpf(0), mp.mpf(1)
    while q(y, v, high) > target:
        high *= 2
    for _ in range(160):
        middle = (low + high) / 2
        low, high = (middle, high) if q(y, v, middle) > target else (low, middle)
    return (low + high) / 2


def _likelihood(y: Numbers, v: Numbers, restricted: bool) -> mp.mpf:
    """The best of tau2 = 0 and every sign change of the score on a fine logarithmic grid, by bisection."""
    spread = (max(y) - min(y)) ** 2 + max(v)
    grid = [mp.mpf(0)] + [spread * mp.mpf(10) ** (mp.mpf(i) / 25 - 14) for i in range(420)]
    values = [score(y, v, t, restricted) for t in grid]
    candidates = [mp.mpf(0)]
    for low, high, left, right in zip(grid, grid[1:], values, values[1:], strict=False):
        if left > 0 >= right:
            for _ in range(120):
                middle = (low + high) / 2
                low, high = (middle, high) if score(y, v, middle, restricted) > 0 else (low, middle)
            candidates.append(low)
    return max(candidates, key=lambda t: log_likelihood(y, v, t, restricted))


DEFINITIONS: dict[str, Callable[[Numbers, Numbers], mp.mpf]] = {
    "FE": _fe,
    "DL": _dl,
    "HE": _he,
    "HS": _hs,
    "SJ": _sj,
    "ML": lambda y, v: _likelihood(y, v, restricted=False),
    "REML": lambda y, v: _likelihood(y, v, restricted=True),
    "EB": _pm,
    "PM": _pm,
}
