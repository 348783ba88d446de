"""A new tau2 estimator is one function and one line in the table; everything else finds it there."""

from __future__ import annotations

import numpy as np
import pytest

from tmsmeta import NotAssessable, effects, meta_regression, pool, pool_batch, subgroups
from tmsmeta.pooling.heterogeneity import ESTIMATORS, Estimator, Tau2Estimate, WeightedModel

FIVE = effects.binary("RR", [5, 9, 3, 12, 7], [40, 60, 30, 55, 41], [2, 4, 3, 5, 2], [41, 58, 31, 54, 40])


def hartung_makambi(model: WeightedModel) -> Tau2Estimate:
    """Positive by construction: Q^2 / ((2 (k - p) + Q) trace(P)) (Hartung & Makambi, Commun Stat 2003;32:1179)."""
    sums, df = model.at_zero, model.k - model.p
    tau2 = float(sums.q**2 / ((2 * df + sums.q) * sums.tr_p))
    return Tau2Estimate(tau2, NotAssessable("standard error of tau2", "not derived for this estimator"))


@pytest.fixture(autouse=True)
def _in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Estimator(name="HM", label="Hartung-Makambi", function=hartung_makambi, reference="Commun Stat 2003;32:1179")
    monkeypatch.setitem(ESTIMATORS, "HM", line)  # type: ignore[arg-type]


def test_pool_and_its_words_find_it() -> None:
    result = pool(FIVE, tau2="HM")
    q, w = result.q, 1 / FIVE.vi
    c = w.sum() - (w**2).sum() / w.sum()
    assert result.tau2 == pytest.approx(q**2 / ((2 * 4 + q) * c))
    assert "Hartung-Makambi" in result.methods_sentence()
    assert result.tau2_se == NotAssessable("standard error of tau2", "not derived for this estimator")


def test_regression_and_subgroups_find_it() -> None:
    data = {"dose": [1.0, 2.0, 3.0, 4.0, 5.0]}
    assert isinstance(meta_regression(FIVE, "dose", data, tau2="HM").tau2, float)
    assert set(subgroups(FIVE, ["a", "a", "b", "b", "b"], tau2="HM").pools) == {"a", "b"}


def test_the_batched_engine_finds_it() -> None:
    y, v = np.vstack([FIVE.yi, FIVE.yi[::-1]]), np.vstack([FIVE.vi, FIVE.vi[::-1]])
    y[1, 0] = v[1, 0] = np.nan
    rows = pool_batch(y, v, tau2="HM", ci="hksj")
    assert rows.tau2[0] == pytest.approx(pool(FIVE, tau2="HM").tau2)
    rest = effects.generic(y[1, 1:], vi=v[1, 1:])
    assert rows.ci_low[1] == pytest.approx(pool(rest, tau2="HM").ci[0])  # type: ignore[index]
