"""The friendly edge of the batched engine: shapes, threads, missing studies, estimators without a kernel."""

from __future__ import annotations

import json

import numpy as np
import pytest
from conftest import numbers, reference, same

from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS, Estimator, Tau2Estimate
from tmsmeta.pooling.many.batch import pool_batch


def _random(n: int = 40, k: int = 9, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    vi = rng.gamma(2, 0.1, (n, k)) + 0.02
    return rng.normal(0.3, np.sqrt(vi + 0.1)), vi


def test_one_row_of_studies_serves_for_every_data_set() -> None:
    yi, vi = _random()
    shared = pool_batch(yi, vi[0])
    np.testing.assert_array_equal(shared.estimate, pool_batch(yi, np.tile(vi[0], (len(yi), 1))).estimate)
    assert len(pool_batch(yi[0], vi[0])) == 1


def test_threads_give_what_one_thread_gives() -> None:
    yi, vi = _random(5000, 5)
    alone, together = pool_batch(yi, vi), pool_batch(yi, vi, n_jobs=2)
    np.testing.assert_allclose(together.tau2, alone.tau2, rtol=0, atol=1e-14)  # only the order of sums may differ
    np.testing.assert_array_equal(together.k, alone.k)


def test_an_estimator_added_to_the_table_needs_no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    def half_of_dl(model):  # type: ignore[no-untyped-def]
        return Tau2Estimate(ESTIMATORS["DL"].function(model).tau2 / 2, 0.0)

    monkeypatch.setitem(ESTIMATORS, "HALF", Estimator(name="HALF", label="", function=half_of_dl, reference=""))
    yi, vi = _random()
    yi[3, 2:5] = np.nan
    np.testing.assert_allclose(pool_batch(yi, vi, tau2="HALF").tau2, pool_batch(yi, vi, tau2="DL").tau2 / 2, rtol=1e-12)


def test_rows_with_too_few_studies_say_why() -> None:
    yi = np.array([[0.1, 0.2, 0.3], [0.1, np.nan, np.nan], [np.nan] * 3, [0.1, 0.4, np.nan]])
    rows = pool_batch(yi, np.full(3, 0.1), ci="hksj")
    assert rows.k.tolist() == [3, 1, 0, 2]
    assert np.isnan(rows.estimate).tolist() == [False, False, True, False]
    assert np.isnan(rows.ci_low).tolist() == [False, True, True, False]
    reasons = [rows.why("prediction_low", row) for row in range(4)]
    assert reasons[0] is None
    assert [r.reason for r in reasons[1:] if r is not None] == [
        "needs at least 3 studies, got 1",
        "no study has an estimate",
        "needs at least 3 studies, got 2",
    ]
    notes = rows.to_frame()["note"].tolist()
    assert notes[0] == ""
    assert notes[2] == "pooled effect: no study has an estimate"


def test_equal_estimates_leave_no_test_statistic() -> None:
    rows = pool_batch(np.zeros((1, 3)), np.full(3, 0.1), ci="hksj")
    reason = rows.why("p_value", 0)
    assert reason is not None
    assert "all estimates are equal" in reason.reason


def test_as_many_studies_as_are_needed_are_never_called_too_few() -> None:
    """Two equal estimates lack a p value, but not for want of studies."""
    rows = pool_batch(np.zeros((1, 2)), np.full(2, 0.1), ci="hksj")
    reason = rows.why("p_value", 0)
    assert reason is not None
    assert reason.reason == "all estimates are equal, so the Hartung-Knapp standard error is 0"


@pytest.mark.parametrize("name", ["bcg", "collins1985b_pre", "li2007", "hine1989"])
@pytest.mark.parametrize("tau2", ["DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM"])
def test_agrees_with_metafor(name: str, tau2: str) -> None:
    expected = reference(f"pairwise_{name}")["measures"]["RR"]
    rows = pool_batch(numbers(expected["yi"]), numbers(expected["vi"]), tau2=tau2)
    fit = expected["fits"][f"{tau2}.z"]
    # the reference iterations ran to an absolute step of 1e-12; the smallest tau2 here is about 1e-3
    same([rows.tau2[0], rows.estimate[0], rows.se[0]], [fit["tau2"], fit["b"], fit["se"]], 1e-8, atol=1e-11)


def test_no_data_sets_give_empty_arrays() -> None:
    rows = pool_batch(np.zeros((0, 4)), np.ones((0, 4)))
    assert len(rows) == 0
    assert rows.ci_low.shape == rows.i2.shape == rows.p_value.shape == (0,)


def test_a_batch_goes_to_json_with_its_reasons() -> None:
    yi = np.array([[0.1, 0.2, 0.4], [0.1, np.nan, np.nan], [np.nan] * 3])
    stored = json.loads(json.dumps(pool_batch(yi, np.full((3, 3), 0.1)).to_dict(), allow_nan=False))
    assert stored["k"] == [3, 1, 0]
    assert stored["estimate"][2] is None
    assert stored["spec"]["tau2"] == "REML"
    assert "needs at least 3 studies, got 1" in stored["note"][1]
