"""Meta-regressions of many designs at once are those of one after the other."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

import tmsmeta as tm
from tmsmeta.errors import ConvergenceError
from tmsmeta.pooling import PoolingSpec
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.pooling.many.designs import coefficient_statistics


def _one_by_one(y, v, x, **spec):
    """Estimate by standard error of every coefficient, one design after the other."""
    rows = []
    for design in x:
        moderators = {f"m{j}": design[:, j] for j in range(1, design.shape[1])}
        fit = tm.meta_regression(tm.effects.generic(y, vi=v), "~ " + " + ".join(moderators), moderators, **spec)
        rows.append(fit.coefficients["statistic"].to_numpy(dtype=float))
    return np.array(rows)


def _data(seed, k, p, n, spread=1.0):
    rng = np.random.default_rng(seed)
    v = 10.0 ** rng.uniform(-2 * spread, 0, k)
    x = np.concatenate([np.ones((k, 1)), rng.normal(size=(k, p - 1))], axis=1)
    y = rng.normal(0, np.sqrt(v + rng.choice([0.0, 0.2])))
    return y, v, np.array([x[rng.permutation(k)] for _ in range(n)])


@pytest.mark.parametrize("tau2", list(ESTIMATORS))
@pytest.mark.parametrize(("k", "p"), [(5, 2), (17, 3), (30, 4)])
def test_every_estimator_is_that_of_one_regression(tau2, k, p):
    for seed in range(2):
        y, v, x = _data(seed, k, p, 6)
        for ci in ("z", "hksj", "hksj-adhoc"):
            found = coefficient_statistics(y, v, x, PoolingSpec(tau2=tau2, ci=ci))
            # both solve to the last digits; the bound is that of a sum of 30 terms that nearly cancel
            np.testing.assert_allclose(found, _one_by_one(y, v, x, tau2=tau2, ci=ci), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("tau2", ["REML", "ML", "PM"])
@pytest.mark.parametrize("factor", [1.0, 1e-40, 1e40])
def test_variances_of_many_orders_of_magnitude(tau2, factor):
    """Where the proof of the batch does not come, the search for one data set takes over."""
    y, v, x = _data(3, 9, 2, 6, spread=6)
    found = coefficient_statistics(y * np.sqrt(factor), v * factor, x, PoolingSpec(tau2=tau2, ci="z"))
    wanted = _one_by_one(y * np.sqrt(factor), v * factor, x, tau2=tau2, ci="z")
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_an_estimate_out_of_all_bounds_is_said_as_for_one():
    y, v, x = np.array([0.0, 1e40, 0.0, 3.0]), np.full(4, 0.1), _data(1, 4, 2, 3)[2]
    with pytest.raises(ConvergenceError, match="lie too far apart"):
        coefficient_statistics(y, v, x, PoolingSpec(tau2="REML", ci="z"))


def test_an_exact_fit_has_infinite_statistics():
    _, v, x = _data(1, 6, 2, 1)
    found = coefficient_statistics(2 + 3 * x[0, :, 1], v, x, PoolingSpec(tau2="DL", ci="hksj"))
    assert np.isinf(found).all()


@pytest.mark.parametrize("tau2", ["REML", "DL", "PM", "SJ"])
def test_p_values_count_the_regressions_one_by_one(tau2):
    """All 120 orders of five studies, two of which have the same moderator: ties count as equal."""
    y, v, _ = _data(7, 5, 2, 1)
    dose = np.array([1.0, 2.0, 2.0, 7.0, 11.0])
    x = np.array([np.column_stack([np.ones(5), dose[list(order)]]) for order in permutations(range(5))])
    every = np.abs(_one_by_one(y, v, x, tau2=tau2, ci="hksj")[:, 1])
    test = tm.permutation_test(tm.effects.generic(y, vi=v), "~ dose", {"dose": dose}, tau2=tau2)
    assert (test.arrangements, test.exact) == (120, True)
    assert test.p_value[0] == pytest.approx(np.mean(every >= every[0] * (1 - 1e-9)), abs=1e-12)


def test_the_draws_of_a_seed_are_those_of_single_permutations():
    y, v, _ = _data(8, 12, 2, 1)
    dose = np.random.default_rng(2).normal(size=12)
    rng = np.random.default_rng(5)
    orders = [rng.permutation(12) for _ in range(200)]
    x = np.array([np.column_stack([np.ones(12), dose[order]]) for order in [np.arange(12), *orders]])
    every = np.abs(_one_by_one(y, v, x, tau2="REML", ci="z")[:, 1])
    effects = tm.effects.generic(y, vi=v)
    test = tm.permutation_test(effects, "~ dose", {"dose": dose}, arrangements=200, seed=5, ci="z")
    assert test.p_value[0] == pytest.approx((np.sum(every[1:] >= every[0] * (1 - 1e-9)) + 1) / 201, abs=1e-12)
