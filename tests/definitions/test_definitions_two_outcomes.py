"""Two outcomes climbed at once from all starts: the likelihood of the dense definition, and never a lower maximum."""

from __future__ import annotations

import numpy as np
import pytest

from tmsmeta.models.multivariate.fit import _climb_in_turn, _climb_two, _each_alone, _moment_variance, _starts
from tmsmeta.models.multivariate.likelihood import blocks, fit_at
from tmsmeta.models.multivariate.structure import Structure
from tmsmeta.models.multivariate.two_outcomes import TwoOutcomes

UNSTRUCTURED = Structure("unstructured", 2)


def _studies(rng):
    """Correlated estimates in units far apart, some missing, with any between-study matrix, singular ones too."""
    k, unit = int(rng.integers(3, 30)), 10.0 ** rng.uniform(-3, 3, 2)
    v, r = 10.0 ** rng.uniform(-2, 0.3, (k, 2)), rng.uniform(-0.9, 0.95, k)
    within = np.einsum("ki,ij->kij", v, np.eye(2))
    within[:, 0, 1] = within[:, 1, 0] = r * np.sqrt(v.prod(axis=1))
    sd, rho = np.sqrt(rng.choice([0, 0.01, 0.3, 5.0, 100.0], 2)), rng.choice([-1, -0.5, 0, 0.6, 1.0])
    between = np.outer(sd, sd) * np.array([[1, rho], [rho, 1]])
    y = np.array([rng.multivariate_normal([rng.choice([0, 5]), 1], s + between) for s in within])
    missing = rng.random((k, 2)) < rng.choice([0, 0.3])
    missing[:2] = False
    missing[missing.all(axis=1)] = False
    y[missing] = np.nan
    return blocks(y * unit, within * np.outer(unit, unit))


@pytest.mark.parametrize("criterion", ["ML", "REML"])
def test_value_and_slope_are_those_of_the_likelihood(criterion):
    rng = np.random.default_rng(1)
    for _ in range(10):
        data, _ = _studies(rng).in_typical_units(2, together=False)
        theta = rng.normal(size=(5, 3))
        value, slope = TwoOutcomes(data, criterion).downhill(theta)
        wanted = np.array([-fit_at(data, UNSTRUCTURED.matrix(t), criterion).log_likelihood for t in theta])
        np.testing.assert_allclose(value - value[0], wanted - wanted[0], rtol=1e-9, atol=1e-9)
        for j, unit in enumerate(1e-5 * np.eye(3)):
            up, down = (TwoOutcomes(data, criterion).downhill(theta + side * unit)[0] for side in (1, -1))
            # differences of the value: rounding of a likelihood of some hundreds, by 2e-5
            np.testing.assert_allclose(slope[:, j], (up - down) / 2e-5, rtol=1e-5, atol=1e-5 * np.abs(slope).max())


@pytest.mark.parametrize("criterion", ["ML", "REML"])
def test_the_maximum_is_never_below_that_of_one_start_after_the_other(criterion):
    rng = np.random.default_rng(2)
    for _ in range(25):
        data, _ = _studies(rng).in_typical_units(2, together=False)
        starts = _starts(_each_alone(data, _moment_variance), UNSTRUCTURED)
        found = _climb_two(data, UNSTRUCTURED, criterion, starts)
        one_by_one = _climb_in_turn(data, UNSTRUCTURED, criterion, starts[:1], starts[1:])
        assert found is not None
        at = [fit_at(data, UNSTRUCTURED.matrix(theta), criterion).log_likelihood for theta in (found, one_by_one)]
        assert at[0] >= at[1] - 1e-10 * abs(at[1])
        # no matrix near by is better: a coarse walk that knows nothing of slopes
        around = UNSTRUCTURED.matrix(found)
        for _ in range(50):
            root = np.linalg.cholesky(around + 1e-12 * np.eye(2)) + rng.normal(0, 0.3, (2, 2))
            assert fit_at(data, root @ root.T, criterion).log_likelihood <= at[0] + 1e-10 * abs(at[0])
