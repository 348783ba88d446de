"""What must hold for any data."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tmsmeta import effects, pool
from tmsmeta.pooling.heterogeneity import ESTIMATORS

exponents = st.floats(-5, 5)
estimates = st.floats(-1e3, 1e3, allow_nan=False)


@st.composite
def studies(draw: st.DrawFn, least: int = 2) -> tuple[np.ndarray, np.ndarray]:
    k = draw(st.integers(least, 9))
    y = np.array(draw(st.lists(estimates, min_size=k, max_size=k)))
    v = 10.0 ** np.array(draw(st.lists(exponents, min_size=k, max_size=k)))
    return y, v


@settings(max_examples=60)
@given(studies(), st.sampled_from(list(ESTIMATORS)))
def test_any_data_give_a_finite_estimate_within_the_range(data: tuple[np.ndarray, np.ndarray], name: str) -> None:
    y, v = data
    result = pool(effects.generic(y, vi=v), tau2=name)
    slack = 1e-9 * (1 + np.abs(y).max())
    assert y.min() - slack <= result.estimate <= y.max() + slack
    assert isinstance(result.tau2, float)
    assert 0 <= result.tau2 < np.inf
    assert isinstance(result.i2, float)
    assert 0 <= result.i2 <= 100


@settings(max_examples=40)
@given(studies(), st.sampled_from(list(ESTIMATORS)), st.floats(-50, 50), st.floats(0.01, 100))
def test_shift_and_scale(data: tuple[np.ndarray, np.ndarray], name: str, shift: float, scale: float) -> None:
    y, v = data
    y = y / 100
    here = pool(effects.generic(y, vi=v), tau2=name, ci="z")
    there = pool(effects.generic(shift + scale * y, vi=scale**2 * v), tau2=name, ci="z")
    # moving the data by `shift` costs digits in proportion to |shift| against the spread of the studies
    size = 1e-7 * (1 + abs(shift) + scale * np.abs(y).max())
    assert abs(there.estimate - (shift + scale * here.estimate)) <= max(size, 1e-6 * scale)


@settings(max_examples=40)
@given(studies(), st.sampled_from(list(ESTIMATORS)), st.randoms(use_true_random=False))
def test_the_order_of_studies_does_not_matter(data: tuple[np.ndarray, np.ndarray], name: str, random: object) -> None:
    y, v = data
    order = np.array(sorted(range(len(y)), key=lambda _: random.random()))  # type: ignore[attr-defined]
    here, there = (pool(effects.generic(a, vi=b), tau2=name, ci="z") for a, b in ((y, v), (y[order], v[order])))
    np.testing.assert_allclose(there.estimate, here.estimate, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(there.tau2, here.tau2, rtol=1e-6, atol=1e-9 * v.min())
