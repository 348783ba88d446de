"""The batched kernels against the estimators for one data set, on data sets that are meant to break them."""

from __future__ import annotations

import numpy as np
import pytest

from tmsmeta.errors import ConvergenceError
from tmsmeta.pooling.heterogeneity import InterceptModel
from tmsmeta.pooling.heterogeneity.likelihood import Criterion, log_likelihood, maximise, upper_bound
from tmsmeta.pooling.many import likelihood as rows_likelihood
from tmsmeta.pooling.many import moments as rows_model
from tmsmeta.pooling.many.likelihood import (
    find_and_prove,
    grid_first,
    maximise_rows,
    upper_bound_rows,
)
from tmsmeta.pooling.many.moments import (
    Rows,
    arrange,
    largest_variance,
    residual_squares,
    score,
    slope_of_q,
    squares_times_variance,
    trace_p,
    weigh,
    weighted_squares,
)
from tmsmeta.pooling.many.uniqueness_proof import evaluate, on_grid, proven


@pytest.fixture(params=["grid first", "search first"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every test meets both ways to the proof, whatever the number of its data sets, and both ways to the sums."""
    few = 10**9 if request.param == "grid first" else 0
    monkeypatch.setattr(rows_likelihood, "_FEW", few)
    monkeypatch.setattr(rows_model, "_AT_ONCE", few)
    return str(request.param)


def _wild(scale: float, k: int, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Variances and effects whose logarithms have the standard deviations `scale` and `scale` / 2."""
    rng = np.random.default_rng(seed)
    v = np.exp(rng.normal(0, scale, (k, n)))
    return rng.normal(size=(k, n)) * np.exp(rng.normal(0, scale / 2, (k, n))), v


def _naive(y: np.ndarray, v: np.ndarray, tau2: float) -> dict[str, float]:
    w = np.diag(1 / (v + tau2))
    one = np.ones((len(y), 1))
    p = w - w @ one @ one.T @ w / w.sum()
    return {
        "q": y @ p @ y,
        "a": y @ p @ p @ y,
        "c": y @ p @ p @ p @ y,
        "tr_p": np.trace(p),
        "tr_pp": np.trace(p @ p),
    }


@pytest.mark.parametrize("k", [2, 3, 8])
def test_sums_equal_their_matrix_definition(k: int) -> None:
    y, v = _wild(1.0, k, 30, k)
    if k > 3:
        y[1, ::3] = np.nan
    rows = arrange(y, v)
    tau2 = np.linspace(0, 2, 30)
    x = weigh(rows, tau2)
    terms = score(x, "REML")
    found = {
        "q": weighted_squares(x),
        "a": slope_of_q(x),
        "c": terms.c,
        "tr_p": trace_p(x),
        "tr_pp": terms.d,
    }
    for i in range(30):
        present = ~np.isnan(y[:, i])
        for name, value in _naive(y[present, i], v[present, i], tau2[i]).items():
            # the matrix form itself loses about three digits where one weight dominates
            np.testing.assert_allclose(found[name][i], value, rtol=1e-9, err_msg=name)
        np.testing.assert_allclose(terms.b[i], found["tr_p"][i], rtol=1e-13)


@pytest.mark.parametrize("criterion", ["ML", "REML"])
@pytest.mark.parametrize("scale", [1.0, 2.5, 6.0])  # 6: variances over ten and more orders of magnitude
@pytest.mark.parametrize("k", [2, 3, 6, 12])
def test_wild_data_sets_give_the_global_maximum(criterion: Criterion, scale: float, k: int) -> None:
    y, v = _wild(scale, k, 60, int(10 * scale) + k)
    rows = arrange(y, v)
    wanted = np.array([maximise(InterceptModel(y[:, i], v[:, i]), criterion) for i in range(60)])
    found = maximise_rows(rows, criterion, weigh(rows, 0.0))
    assert (np.abs(found - wanted) <= 1e-11 * (wanted + rows.v_top)).all()


@pytest.mark.parametrize("criterion", ["ML", "REML"])
@pytest.mark.parametrize("power", [-20, 20])
def test_maxima_are_the_same_in_any_unit(criterion: Criterion, power: int) -> None:
    """A unit of a power of 2 changes no digit: tau2 is the same but for its square."""
    y, v = _wild(1.0, 6, 200, 3)
    usual, other = arrange(y, v), arrange(y * 2.0**power, v * 4.0**power)
    with np.errstate(all="ignore"):
        found, sure = find_and_prove(other, criterion, weigh(other, 0.0))
        wanted, proved = find_and_prove(usual, criterion, weigh(usual, 0.0))
    np.testing.assert_array_equal(sure, proved)
    np.testing.assert_array_equal(found[sure] / 4.0**power, wanted[sure])


@pytest.mark.parametrize("criterion", ["ML", "REML"])
def test_equal_estimates_are_proven_to_have_no_variance(criterion: Criterion) -> None:
    """Beside others, and with variances too unequal for any other proof."""
    y, v = _wild(1.0, 4, 6, 5)
    y[:, ::2], v[0, ::2] = 0.3, 1e-9
    rows = arrange(y, v)
    with np.errstate(all="ignore"):
        found, sure = find_and_prove(rows, criterion, weigh(rows, 0.0))
    assert sure.all()
    assert (found[::2] == 0.0).all()


def test_the_bound_of_tau2_is_that_of_one_data_set() -> None:
    y, v = _wild(1.5, 5, 40, 4)
    y[1, ::4] = np.nan
    rows = arrange(y, v)
    found = upper_bound_rows(rows, residual_squares(rows), largest_variance(rows))
    np.testing.assert_allclose(found, [upper_bound(rows.model(i)) for i in range(40)], rtol=1e-13)


@pytest.mark.parametrize("criterion", ["ML", "REML"])
def test_beyond_the_bound_of_tau2_the_score_is_negative(criterion: Criterion) -> None:
    """It is the root of REML itself where all variances are equal, but for the margin of 1e-9."""
    y, v = _wild(2.0, 6, 300, 9)
    v[:, ::3] = v[0, ::3]
    rows = arrange(y, v)
    top = upper_bound_rows(rows, residual_squares(rows), largest_variance(rows))
    for factor in (1.0, 1.5, 10.0):
        assert (evaluate(rows, factor * top, criterion).ratio < 1.0).all()
    equal = np.arange(300) % 3 == 0
    root = np.maximum(y.var(axis=0, ddof=1) - v[0], 0.0)
    np.testing.assert_allclose((top - root)[equal], 1e-9 * np.maximum(root + v[0], v[0])[equal], rtol=1e-5)


def test_residuals_are_those_of_the_plain_mean() -> None:
    y, v = _wild(1.0, 5, 20, 8)
    y[2, ::2] = np.nan
    rows, squares = arrange(y, v), (y - np.nanmean(y, axis=0)) ** 2
    np.testing.assert_allclose(residual_squares(rows), np.nansum(squares, axis=0), rtol=1e-12)
    np.testing.assert_allclose(squares_times_variance(rows), np.nansum(v * squares, axis=0), rtol=1e-12)


# Found by a random search: the likelihood has two maxima, and Newton steps alone end on the lower one.
def _two_maxima(criterion: Criterion) -> list[tuple[np.ndarray, np.ndarray, float]]:
    found = []
    y, v = _wild(2.5, 4, 4000, 11)
    rows = arrange(y, v)
    with np.errstate(all="ignore"):
        newton, sure = find_and_prove(rows, criterion, weigh(rows, 0.0))
    for i in np.flatnonzero(~sure):
        best = maximise(InterceptModel(y[:, i], v[:, i]), criterion)
        if abs(best - newton[i]) > 1e-3 * (best + rows.v_top[i]):
            found.append((y[:, i], v[:, i], newton[i]))
    return found


@pytest.mark.parametrize("criterion", ["ML", "REML"])
def test_the_lower_of_two_maxima_is_never_taken_for_the_answer(criterion: Criterion) -> None:
    cases = _two_maxima(criterion)
    assert len(cases) >= 5
    for y, v, newton in cases:
        model = InterceptModel(y, v)
        rows = arrange(y[:, None], v[:, None])
        best = maximise_rows(rows, criterion, weigh(rows, 0.0))[0]
        assert log_likelihood(model, best, criterion) > log_likelihood(model, newton, criterion)


def _maxima(rows: Rows, criterion: Criterion) -> list[float]:
    """Places where the score of the one data set in `rows` changes from plus to minus, 0 included, on a fine grid."""
    top = 1e3 * (rows.v.max() + np.abs(rows.y).max() ** 2 + rows.v_top[0])
    grid = np.concatenate([[0.0], np.geomspace(1e-4 * rows.v_top[0], top, 2000)])
    many = rows.take(np.zeros(len(grid), dtype=int))
    terms = score(weigh(many, grid), criterion)
    positive = terms.a > terms.b
    found = [] if positive[0] else [0.0]
    for i in np.flatnonzero(positive[:-1] & ~positive[1:]):
        low, high = grid[i], grid[i + 1]
        for _ in range(60):
            middle = (low + high) / 2
            here = score(weigh(rows, middle), criterion)
            low, high = (middle, high) if here.a[0] > here.b[0] else (low, middle)
        found.append(low)
    return found


@pytest.mark.parametrize("criterion", ["ML", "REML"])
def test_neither_of_two_maxima_is_ever_proven_to_be_the_only_one(criterion: Criterion) -> None:
    """The proof looks to both sides: whichever maximum it is shown, the other one must not escape it."""
    y, v = _wild(2.5, 4, 500 if criterion == "ML" else 3000, 21)
    rows = arrange(y, v)
    shown = 0
    with np.errstate(all="ignore"):
        suspects = np.flatnonzero(~find_and_prove(rows, criterion, weigh(rows, 0.0))[1])
        for i in suspects:
            one = rows.take(np.array([i]))
            maxima = _maxima(one, criterion)
            if len(maxima) < 2:
                continue
            zero, squares = evaluate(one, np.zeros(1), criterion), residual_squares(one)
            top = upper_bound_rows(one, squares, largest_variance(one))
            assert not on_grid(one, criterion, top)[0][0]
            assert not grid_first(one, criterion, top)[1][0]
            for place in maxima:
                root = evaluate(one, np.array([place]), criterion)
                if place > 0:
                    root = root._replace(ratio=np.ones(1))
                limit_a = squares_times_variance(one) / squares
                assert not proven(one, criterion, zero, root, limit_a)[0]
                shown += place > 0
    assert shown >= 5


@pytest.mark.parametrize("criterion", ["ML", "REML"])
@pytest.mark.parametrize("scale", [0.7, 2.0, 3.0])
def test_what_is_proven_is_right(criterion: Criterion, scale: float) -> None:
    y, v = _wild(scale, 5, 60, int(scale * 7))
    rows = arrange(y, v)
    with np.errstate(all="ignore"):
        found, sure = find_and_prove(rows, criterion, weigh(rows, 0.0))
    assert sure.mean() > 0.8  # otherwise the test would say little
    for i in np.flatnonzero(sure):
        model = InterceptModel(y[:, i], v[:, i])
        grid = np.geomspace(rows.v_top[i], 1e4 * (v[:, i].max() + np.ptp(y[:, i]) ** 2), 150) - rows.v_top[i]
        heights = [log_likelihood(model, t, criterion) for t in grid]
        here = log_likelihood(model, found[i], criterion)
        assert here >= max(heights) - 1e-12 * (1 + abs(here))


@pytest.mark.parametrize("criterion", ["ML", "REML"])
def test_equal_variances_with_a_root_at_or_beside_zero(criterion: Criterion) -> None:
    """With equal variances REML's root is the upper bound itself, so rounding must not put it outside."""
    pairs = [(a / 100, b / 100, (b - a) ** 2 / 20000) for a in range(1, 40) for b in range(a + 1, 40)]
    near = 1.0 + np.array([0.0, 1e-16, -1e-15, 1e-12, 1e-9, 1e-7, 1e-5])
    y = np.array([[a, b] for a, b, _ in pairs]).T.repeat(len(near), axis=1)
    v = np.tile(np.outer([t for *_, t in pairs], near).ravel(), (2, 1))
    rows = arrange(y, v)
    found = maximise_rows(rows, criterion, weigh(rows, 0.0))
    share = 1.0 if criterion == "REML" else 0.5
    np.testing.assert_allclose(found, np.maximum(share * (y[0] - y[1]) ** 2 / 2 - v[0], 0.0), atol=1e-14)
    single = [maximise(InterceptModel(y[:, i], v[:, i]), criterion) for i in range(0, y.shape[1], 7)]
    np.testing.assert_allclose(single, found[::7], atol=1e-14)


@pytest.mark.parametrize("criterion", ["ML", "REML"])
@pytest.mark.parametrize("power", [-370, -100, 100, 166, 250, 370])
def test_the_unit_of_measurement_does_not_matter(criterion: Criterion, power: int) -> None:
    y, v = _wild(1.5, 5, 12, 3)
    rows, same = arrange(y, v), arrange(np.ldexp(y, power), np.ldexp(v, 2 * power))
    with np.errstate(over="ignore"):  # the cubes of weights at this scale
        at_zero = weigh(same, 0.0)
    found = maximise_rows(same, criterion, at_zero)
    wanted = maximise_rows(rows, criterion, weigh(rows, 0.0))
    np.testing.assert_allclose(np.ldexp(found, -2 * power), wanted, rtol=1e-11, atol=1e-12)


def test_a_short_step_is_not_the_last_where_terms_cancel_by_chance() -> None:
    y = [
        84.31839405318152,
        90.46960543813616,
        -394.23508918269584,
        -54.00411901549157,
        825.915066174256,
        -169.9595613389,
    ]
    v = [
        118544.3027997157,
        1.1847473839637723,
        76889.37674093196,
        1.4745511935644715,
        101535.66388080658,
        83018.54195850,
    ]
    rows = arrange(np.array(y)[:, None], np.array(v)[:, None])
    found = maximise_rows(rows, "ML", weigh(rows, 0.0))[0]
    assert found == pytest.approx(maximise(InterceptModel(np.array(y), np.array(v)), "ML"), rel=1e-12)


def test_estimates_too_far_apart_are_refused_in_words() -> None:
    with pytest.raises(ConvergenceError, match="too far apart for their standard errors"):
        maximise(InterceptModel(np.array([0.0, 1e100]), np.ones(2)), "REML")
