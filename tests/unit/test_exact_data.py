"""Data that a line, a factor or one value fits exactly, but for rounding: no standard error, hence no test."""

from __future__ import annotations

import numpy as np
import pytest

import tmsmeta as tm
from tmsmeta import NotAssessable, effects
from tmsmeta.models.regression.fit import meta_regression
from tmsmeta.pooling.heterogeneity.statistics import i2_h2
from tmsmeta.robustness import smallstudy

X = np.array([0.1, 0.2, 0.3, 0.45, 0.7])
THIRDS = [0.1 + 0.2, 0.3, 0.3, 2 * 0.15]  # equal, but for the last binary digit of the first


def test_egger_on_an_exact_line_with_a_steep_slope() -> None:
    """The slope, -445, multiplies the rounding errors of standard errors that hardly differ."""
    given = effects.generic([0, 0, 1], vi=[1.0045, 1.0045, 1])
    for found in (smallstudy.egger(given), smallstudy.egger(given, "mixed", ci="hksj")):
        assert isinstance(found, NotAssessable)
        assert found.reason == "the studies lie exactly on a line, so the slope has no standard error"


@pytest.mark.parametrize("near", [1e-3, 1e-6, 1e-8, 1e-10])
def test_the_bound_follows_the_slope(near: float) -> None:
    """Standard errors ever closer together make the line ever steeper; it stays exact, and a miss stays a miss."""
    se = np.array([1.0 + near, 1.0, 1.0 + 2 * near])
    line = effects.generic(2 + 3 * (se - 1) / near, se=se)
    assert isinstance(smallstudy.egger(line), NotAssessable)
    off = effects.generic(2 + 3 * (se - 1) / near + np.array([0.0, 0.0, 0.01]), se=se)
    assert not isinstance(smallstudy.egger(off), NotAssessable)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e6])
@pytest.mark.parametrize("offset", [0.0, 5.0])
def test_the_verdict_does_not_change_with_the_unit(unit: float, offset: float) -> None:
    line = effects.generic(unit * (offset + 2 * X), vi=(unit * X) ** 2)
    assert isinstance(smallstudy.egger(line), NotAssessable)
    fit = meta_regression(line, "~ x", {"x": X}, ci="hksj")
    assert isinstance(fit.qm, NotAssessable)
    assert np.isnan(fit.statistic).all()
    near = effects.generic(unit * (offset + 2 * X + 1e-9 * np.array([1, -1, 0, 1, 0])), vi=(unit * X) ** 2)
    assert not isinstance(smallstudy.egger(near), NotAssessable)
    assert meta_regression(near, "~ x", {"x": X}, ci="hksj").qm > 1e6


def test_estimates_that_differ_by_rounding_are_equal() -> None:
    given = effects.generic(THIRDS, vi=[1.0, 2.0, 3.0, 4.0])
    pooled = tm.pool(given)
    assert pooled.se == 0.0
    assert isinstance(pooled.p_value, NotAssessable)
    assert isinstance(smallstudy.begg(given), NotAssessable)
    rows = tm.pool_batch(np.array([THIRDS]), np.array([[1.0, 2.0, 3.0, 4.0]]), ci="hksj")
    assert rows.se[0] == 0.0
    groups = tm.subgroups(effects.generic([0.1 + 0.2, 0.3, 0.7 + 0.1, 0.8], vi=[1, 2, 3, 4.0]), list("aabb"))
    assert isinstance(groups.statistic, NotAssessable)


def test_shares_do_not_exceed_their_whole_by_rounding() -> None:
    """100 * a / a is 100.00000000000001 for one in a hundred values of a; 100 * (a / a) is 100."""
    values = [a for a in np.linspace(0.1, 1, 2000).tolist() if 100 * a / a > 100]
    assert values
    assert all(i2_h2("tau2", 0.0, 3, a, 1e-20)[0] == 100.0 for a in values)


def test_r2_of_moderators_that_explain_everything_is_100() -> None:
    """tau2 without moderators of each set is one for which 100 * tau2 / tau2 exceeds 100."""
    found = []
    for step in np.linspace(1, 2, 300):
        y = step * np.array([0.0, 1.0, 2.0, 3.0]) + np.array([0.0, 0.01, -0.01, 0.0])
        fit = meta_regression(effects.generic(y, vi=[0.01] * 4), "~ x", {"x": [0, 1, 2, 3]}, tau2="DL")
        found.append(fit.r2)
    assert set(found) == {100.0}
