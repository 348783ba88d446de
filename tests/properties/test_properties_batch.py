"""Every row of a batch is what `pool` gives for that row, for every estimator and interval."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tmsmeta import effects, pool_batch
from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import INTERVALS, PREDICTIONS, PoolingSpec, pool_by
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.pooling.heterogeneity.statistics import I2Definition
from tmsmeta.pooling.many.result import PooledRows
from tmsmeta.pooling.spec import PredictionSE

# Both sides solve the same equations in double precision; what is left is rounding, which the condition of the sums
# raises to about 1e-12. The promise is 1e-10.
RTOL = 1e-10


def _number(value: float | NotAssessable) -> float:
    return float("nan") if isinstance(value, NotAssessable) else float(value)


def _pair(value: tuple[float, float] | NotAssessable) -> tuple[float, float]:
    return (float("nan"), float("nan")) if isinstance(value, NotAssessable) else value


def assert_row_is_pool(rows: PooledRows, row: int, yi: np.ndarray, vi: np.ndarray) -> None:
    present = ~np.isnan(yi + vi)
    assert rows.k[row] == present.sum()
    if not present.any():
        assert np.isnan(rows.estimate[row])
        assert rows.why("estimate", row) is not None
        return
    y, v = yi[present], vi[present]
    single = pool_by(effects.generic(y, vi=v), rows.spec)
    # Estimates, limits and standard errors are on the scale of the data, and tau2 is the root of an equation in
    # v + tau2: those are the scales on which their digits count. Q and I2 have none.
    size = float(np.abs(y).max()) + float(np.sqrt(v.max()))
    wanted: dict[str, tuple[float, float]] = {
        "estimate": (single.estimate, size),
        "se": (_number(single.se), size),
        "ci_low": (_pair(single.ci)[0], size),
        "ci_high": (_pair(single.ci)[1], size),
        "tau2": (_number(single.tau2), float(v.min())),
        "q": (single.q, 1.0),
        "q_p": (_number(single.q_p), 1.0),
        "h2": (_number(single.h2), 1.0),
        "i2": (_number(single.i2), 100.0),
        "prediction_low": (_pair(single.prediction)[0], size),
        "prediction_high": (_pair(single.prediction)[1], size),
    }
    for name, (value, scale) in wanted.items():
        found = getattr(rows, name)[row]
        np.testing.assert_allclose(found, value, rtol=RTOL, atol=RTOL * scale, err_msg=name)
        assert (rows.why(name, row) is None) == (not np.isnan(found))


CHOICES = {
    "ci": INTERVALS,
    "prediction": PREDICTIONS,
    "prediction_se": get_args(PredictionSE),
    "i2": get_args(I2Definition),
    "level": (0.95, 0.8),
}
variances = st.floats(-4, 2).map(lambda x: 10.0**x)
estimates = st.integers(-300, 300).map(lambda x: x / 100)


@pytest.mark.parametrize("tau2", list(ESTIMATORS))
@given(data=st.data())
@settings(max_examples=50)
def test_every_row_equals_pool_for_every_estimator(tau2: str, data: Any) -> None:
    shape = (data.draw(st.integers(1, 6)), data.draw(st.integers(1, 7)))
    yi = data.draw(arrays(float, shape, elements=estimates))
    vi = data.draw(arrays(float, shape, elements=variances))
    yi[data.draw(arrays(bool, shape))] = np.nan
    spec = PoolingSpec(tau2=tau2, **{name: data.draw(st.sampled_from(values)) for name, values in CHOICES.items()})
    rows = pool_batch(yi, vi, profile=spec)
    for row in range(len(yi)):
        assert_row_is_pool(rows, row, yi[row], vi[row])
