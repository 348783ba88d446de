"""Quantiles of Student's t against their definition in 40 digits, whatever scipy is installed."""

from __future__ import annotations

import mpmath
import pytest

from tmsmeta.pooling.t_quantile import t_quantile


@pytest.mark.parametrize("df", [1, 2, 3, 5, 22, 60, 300, 5000])
@pytest.mark.parametrize("level", [0.001, 0.1, 0.4999, 0.5, 0.8, 0.95, 0.99, 0.999999])
def test_the_distribution_function_gives_the_level_back(df: int, level: float) -> None:
    with mpmath.workdps(40):
        t = mpmath.mpf(float(t_quantile(df, level)))
        inside = mpmath.betainc(0.5, mpmath.mpf(df) / 2, 0, t**2 / (df + t**2), regularized=True)
        height = mpmath.gamma(mpmath.mpf(df + 1) / 2) / mpmath.gamma(mpmath.mpf(df) / 2) / mpmath.sqrt(df * mpmath.pi)
        density = 2 * height * (1 + t**2 / df) ** (-mpmath.mpf(df + 1) / 2)
        # the distance from the level, turned into a relative error of t; 1e-13 leaves room for 1 - level in doubles
        assert abs((inside - level) / density / t) < 1e-13
