"""The compiled kernel gives what numpy gives, and numpy takes over where numba is not there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tmsmeta.errors import ConvergenceError, InvalidInputError, UnknownOptionError
from tmsmeta.pooling.many import fit
from tmsmeta.pooling.many.batch import pool_batch

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


@pytest.mark.parametrize("tau2", ["ML", "REML"])
@pytest.mark.parametrize(("spread", "share"), [(0.5, 0.99), (2.0, 0.65), (5.0, 0.2)])
def test_the_kernel_leaves_few_data_sets_to_numpy(tau2: str, spread: float, share: float, kernel: Any) -> None:
    found, sure = kernel.pool_compiled(*_rows(spread), tau2)
    assert sure[found[6] >= 2].mean() >= share


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
