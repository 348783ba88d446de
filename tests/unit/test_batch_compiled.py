"""The compiled kernel gives what numpy gives, and numpy takes over where numba is not there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tmsmeta.errors import ConvergenceError, InvalidInputError, UnknownOptionError
from tmsmeta.pooling.many import fit, moments
from tmsmeta.pooling.many.batch import pool_batch
from tmsmeta.pooling.many.likelihood import upper_bound_rows
from tmsmeta.pooling.many.uniqueness_proof import evaluate

NAMES = ("estimate", "se", "ci_low", "ci_high", "tau2", "q", "i2", "h2", "p_value", "prediction_low")


def _rows(spread: float, n: int = 3000, k: int = 8) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(int(10 * spread))
    vi = np.exp(rng.normal(-1, spread, (n, k)))
    yi = rng.normal(0.3, np.sqrt(vi + rng.choice([0.0, 0.2, 2.0], (n, 1))))
    yi[rng.random((n, k)) < 0.3] = np.nan
    yi[0], yi[1, 1:] = np.nan, np.nan  # no study, and at most one
    return yi, vi


@pytest.mark.parametrize("tau2", ["ML", "REML"])
@pytest.mark.parametrize("ci", ["z", "hksj", "hksj-adhoc"])
@pytest.mark.parametrize("spread", [0.5, 2.0, 5.0])
def test_the_kernel_gives_what_numpy_gives(tau2: str, ci: str, spread: float) -> None:
    pytest.importorskip("numba", reason="needs the extra tmsmeta[numba]")
    yi, vi = _rows(spread)
    plain = pool_batch(yi, vi, tau2=tau2, ci=ci, engine="numpy")
    compiled = pool_batch(yi, vi, tau2=tau2, ci=ci, engine="numba")
    np.testing.assert_array_equal(compiled.k, plain.k)
    scale = np.nanmin(vi)  # tau2 is a root in v + tau2
    np.testing.assert_allclose(compiled.tau2, plain.tau2, rtol=1e-10, atol=1e-10 * scale)
    for name in NAMES:
        np.testing.assert_allclose(getattr(compiled, name), getattr(plain, name), rtol=1e-10, atol=1e-10, err_msg=name)


@pytest.fixture
def kernel() -> Any:
    return pytest.importorskip("tmsmeta.pooling.many.numba_kernel", reason="needs the extra tmsmeta[numba]")


@pytest.mark.parametrize("tau2", ["ML", "REML"])
def test_data_sets_with_several_maxima_get_the_highest(tau2: str, kernel: Any) -> None:
    """About one in twenty of these has two maxima; with tau2 at the lower one the likelihood would be lower."""
    rng = np.random.default_rng(11)
    vi = np.exp(rng.normal(0, 2.5, (4000, 4)))
    yi = rng.normal(size=vi.shape) * np.exp(rng.normal(0, 1.25, vi.shape))
    found, sure = kernel.pool_compiled(yi, vi, tau2)
    plain = pool_batch(yi, vi, tau2=tau2, engine="numpy").tau2
    np.testing.assert_allclose(found[3, sure], plain[sure], rtol=1e-10, atol=1e-10 * vi.min())
    other = np.abs(found[3] - plain) > 1e-3 * (plain + vi.min(axis=1))
    assert other.sum() >= 5
    assert not sure[other].any()


@pytest.mark.parametrize(
    ("tau2", "spread", "share"),
    [
        ("ML", 0.5, 0.9985), ("ML", 2.0, 0.654), ("ML", 5.0, 0.206),
        ("REML", 0.5, 0.9975), ("REML", 2.0, 0.761), ("REML", 5.0, 0.261),
    ],
)  # fmt: skip
def test_the_kernel_leaves_few_data_sets_to_numpy(tau2: str, spread: float, share: float, kernel: Any) -> None:
    found, sure = kernel.pool_compiled(*_rows(spread), tau2)
    assert share <= sure[found[6] >= 2].mean() <= share + 0.005


@pytest.mark.parametrize("spread", [0.5, 2.0])
def test_bounds_sums_and_slopes_of_the_kernel_are_those_of_numpy(spread: float, kernel: Any) -> None:
    yi, vi = _rows(spread, 60)
    for y, v in zip(yi[2:], vi[2:], strict=True):
        rows = moments.arrange(y[:, None], v[:, None])
        own_y, own_v = np.empty(len(y)), np.empty(len(y))
        m, origin = kernel.gather(y, v, own_y, own_v)
        assert (m, origin) == (rows.count[0], rows.y_top[0])
        if m < 2:
            continue
        bound, limit, largest = kernel.spread(own_y, own_v, m)
        squares = moments.residual_squares(rows)
        np.testing.assert_allclose(largest, moments.largest_variance(rows)[0])
        np.testing.assert_allclose(
            bound, upper_bound_rows(rows, squares, moments.largest_variance(rows))[0], rtol=1e-11
        )
        np.testing.assert_allclose(limit, (moments.squares_times_variance(rows) / squares)[0], rtol=1e-10)
        for t in (0.0, 0.3, 4.0):
            for criterion in ("ML", "REML"):
                found = kernel.point(kernel.sums(own_y, own_v, m, t), 1 / (own_v[0] + t), criterion == "REML")
                wanted = evaluate(rows, np.array([t]), criterion)
                np.testing.assert_allclose(found, [wanted.ratio[0], wanted.slope_a[0], wanted.slope_b[0]], rtol=1e-8)


def test_a_study_without_an_estimate_or_a_variance_is_no_study_of_the_kernel(kernel: Any) -> None:
    y, v = np.empty(4), np.empty(4)
    assert kernel.gather(np.array([np.nan, 1.0, 2.0, 0.5]), np.array([1.0, np.nan, 0.5, 0.7]), y, v) == (2, 2.0)
    assert (y[0], y[1], v[0], v[1]) == (0.0, -1.5, 0.5, 0.7)
    assert kernel.gather(np.full(4, np.nan), np.ones(4), y, v)[0] == 0
    kernel.gather(np.array([0.3, 0.1 + 0.2, 0.3, 0.3]), np.ones(4), y, v)
    np.testing.assert_array_equal(y, 0.0)  # equal but for rounding


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("unit", [1e-25, 1.0, 1e25])
def test_estimates_too_far_apart_for_doubles_are_refused_by_both(engine: str, unit: float) -> None:
    """1e33 smallest standard errors apart, in any unit."""
    if engine == "numba":
        pytest.importorskip("numba", reason="needs the extra tmsmeta[numba]")
    with pytest.raises(ConvergenceError, match="lie too far apart"):
        pool_batch(np.array([[0.0, 1e33, 2.0]]) * unit**0.5, np.array([1.0, 2.0, 1.0]) * unit, engine=engine)  # type: ignore[arg-type]


def test_without_numba_the_same_call_runs_on_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    yi, vi = _rows(0.5, 200)
    expected = pool_batch(yi, vi)
    monkeypatch.setattr(fit, "numba_is_installed", lambda: False)
    monkeypatch.setattr(fit, "WORTHWHILE", 10)
    np.testing.assert_array_equal(pool_batch(yi, vi).tau2, expected.tau2)
    with pytest.raises(InvalidInputError, match="install"):
        pool_batch(yi, vi, engine="numba")


def test_the_kernel_is_taken_for_many_data_sets_only(kernel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def nothing_proven(yi: np.ndarray, vi: np.ndarray, criterion: str) -> tuple[np.ndarray, np.ndarray]:
        asked.append((len(yi), criterion))
        return np.full((7, len(yi)), np.nan), np.zeros(len(yi), dtype=bool)

    monkeypatch.setattr(kernel, "pool_compiled", nothing_proven)
    yi, vi = _rows(0.5, 200)
    expected = pool_batch(yi, vi)
    assert asked == []
    monkeypatch.setattr(fit, "WORTHWHILE", 100)
    np.testing.assert_allclose(pool_batch(yi, vi).tau2, expected.tau2, rtol=1e-12, atol=1e-15)
    assert asked == [(200, "REML")]
    pool_batch(yi, vi, tau2="DL")
    assert len(asked) == 1
    with pytest.raises(UnknownOptionError):
        pool_batch(yi, vi, engine="fortran")  # type: ignore[arg-type]
