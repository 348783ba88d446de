"""The p-value function and the radial coordinates."""

from __future__ import annotations

import numpy as np
import pytest

from tmsmeta import InvalidInputError, NotAssessable, effects, pool
from tmsmeta.robustness.sensitivity.curves import p_value_curves, radial

FIVE = effects.binary("RR", [5, 9, 3, 12, 7], [40, 60, 30, 55, 41], [2, 4, 3, 5, 2], [41, 58, 31, 54, 40])


@pytest.mark.parametrize("ci", ["z", "t", "hksj", "hksj-adhoc"])
def test_the_pooled_curve_crosses_alpha_at_the_limits_and_is_1_at_the_estimate(ci: str) -> None:
    result = pool(FIVE, ci=ci)  # type: ignore[arg-type]
    assert isinstance(result.ci, tuple)
    for at, wanted in ((result.ci[0], 0.05), (result.ci[1], 0.05), (result.estimate, 1.0)):
        curves = p_value_curves(result, low=at, high=at + 1, n=2)
        assert isinstance(curves.pooled, np.ndarray)
        assert curves.pooled[0] == pytest.approx(wanted, rel=1e-9)
    assert isinstance(result.p_value, float)
    at_null = p_value_curves(result, low=0.0, high=1.0, n=2).pooled
    assert isinstance(at_null, np.ndarray)
    assert at_null[0] == pytest.approx(result.p_value, rel=1e-9)


@pytest.mark.parametrize("prediction", ["z", "t(k-1)", "t(k-2)"])
def test_the_prediction_curve_crosses_alpha_at_the_prediction_limits(prediction: str) -> None:
    result = pool(FIVE, prediction=prediction)  # type: ignore[arg-type]
    assert isinstance(result.prediction, tuple)
    curve = p_value_curves(result, low=result.prediction[0], high=result.prediction[1], n=2).prediction
    assert isinstance(curve, np.ndarray)
    np.testing.assert_allclose(curve, 0.05, rtol=1e-9)


def test_the_curve_of_a_study_crosses_alpha_at_its_wald_limits() -> None:
    limit = FIVE.yi[0] + 1.959963984540054 * FIVE.se[0]
    assert p_value_curves(pool(FIVE), low=limit, high=limit + 1, n=2).studies[0, 0] == pytest.approx(0.05)


def test_what_does_not_exist_is_said() -> None:
    one = p_value_curves(pool(FIVE.subset(np.array([0]))))
    assert isinstance(one.pooled, NotAssessable)
    assert isinstance(p_value_curves(pool(FIVE, tau2="FE")).prediction, NotAssessable)
    with pytest.raises(InvalidInputError, match="must span a range"):
        p_value_curves(pool(FIVE), low=1.0, high=0.0)


def test_the_slope_of_a_radial_ray_is_the_effect() -> None:
    result = pool(FIVE)
    table = radial(result)
    np.testing.assert_allclose(table["y"] / table["x"], FIVE.yi, rtol=1e-12)
    # least squares through the origin gives the pooled effect
    x, y = table["x"].to_numpy(), table["y"].to_numpy()
    assert (x @ y) / (x @ x) == pytest.approx(result.estimate, rel=1e-12)


def test_every_curve_reaches_its_top() -> None:
    """A pooled curve narrow beside those of its studies ended at 0.87 between two points."""
    rng = np.random.default_rng(3)
    se = rng.uniform(0.2, 1.5, 80)
    curves = p_value_curves(pool(effects.generic(rng.normal(0.5, se), se=se)))
    assert np.max(curves.pooled) == pytest.approx(1.0)
    np.testing.assert_allclose(curves.studies.max(axis=1), 1.0)
