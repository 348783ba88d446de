"""Bootstrap and permutation tests."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from conftest import numbers, reference
from scipy.stats import norm

from tmsmeta import effects
from tmsmeta.errors import InvalidInputError, NotAssessable, UnknownOptionError
from tmsmeta.pooling import pool
from tmsmeta.robustness.resampling.bootstrap import bootstrap, permutation_test


def _bcg() -> effects.EffectSizes:
    rr = reference("pairwise_bcg")["measures"]["RR"]
    return effects.generic(numbers(rr["yi"]), vi=numbers(rr["vi"]))


def _few(k: int = 6, shift: float = 0.4) -> effects.EffectSizes:
    rng = np.random.default_rng(5)
    vi = rng.gamma(2, 0.1, k) + 0.02
    return effects.generic(rng.normal(shift, np.sqrt(vi + 0.05)), vi=vi)


@pytest.mark.parametrize("ci", ["z", "hksj"])
def test_exact_sign_flips_equal_the_naive_count(ci: str) -> None:
    e = _few()
    observed = abs(pool(e, ci=ci).statistic)  # type: ignore[arg-type]
    flipped = [
        abs(pool(effects.generic(e.yi * np.array(signs), vi=e.vi), ci=ci).statistic)  # type: ignore[arg-type]
        for signs in product((1, -1), repeat=e.k)
    ]
    test = permutation_test(e, ci=ci)
    assert test.exact
    assert test.arrangements == 2 ** (e.k - 1)
    assert test.p_value[0] == np.mean(np.array(flipped) >= observed * (1 - 1e-9))


def test_random_sign_flips_approach_the_exact_p_value() -> None:
    exact = permutation_test(_bcg(), ci="z")
    sampled = permutation_test(_bcg(), ci="z", arrangements=20_000, seed=4)
    p = exact.p_value[0]
    assert abs(sampled.p_value[0] - p) < 5 * np.sqrt(p * (1 - p) / 20_000)  # five standard errors of the sampling
    assert sampled == permutation_test(_bcg(), ci="z", arrangements=20_000, seed=4)


def test_exact_orders_of_a_moderator_equal_the_naive_count() -> None:
    from itertools import permutations

    from tmsmeta.models.regression import meta_regression

    e = _few(5)
    dose = np.array([1.0, 2.0, 4.0, 7.0, 11.0])

    def z(values: np.ndarray) -> float:
        fit = meta_regression(e, "~ dose", {"dose": values}, tau2="DL")
        return float(fit.coefficients.loc[fit.coefficients.index[-1], "statistic"])  # type: ignore[union-attr]

    all_z = np.abs([z(dose[list(order)]) for order in permutations(range(5))])
    test = permutation_test(e, "~ dose", {"dose": dose}, tau2="DL", ci="z")
    assert test.exact
    assert test.terms == ("dose",)
    np.testing.assert_allclose(test.statistic[0], z(dose), rtol=1e-9)
    np.testing.assert_allclose(test.p_value[0], np.mean(all_z >= abs(z(dose)) * (1 - 1e-9)))


def test_parametric_bootstrap_follows_the_fitted_model() -> None:
    e = _few(12)
    boot = bootstrap(e, replicates=20_000, tau2="DL", ci="z")
    fitted = boot.pooled
    assert isinstance(fitted.tau2, float)
    # the mean of the replicates is the estimate, up to five standard errors of a mean of 20,000
    spread = boot.rows.estimate.std()
    assert abs(boot.rows.estimate.mean() - fitted.estimate) < 5 * spread / np.sqrt(20_000)
    assert len(boot) == 20_000
    assert len(boot.to_frame()) == 20_000


def test_nonparametric_bootstrap_pools_resampled_studies() -> None:
    e = _few(7)
    boot = bootstrap(e, method="nonparametric", replicates=50, seed=9, ci="hksj")
    rng = np.random.default_rng(9)
    chosen = rng.integers(0, 7, (7, 50))
    for row in (0, 17, 49):
        single = pool(effects.generic(e.yi[chosen[:, row]], vi=e.vi[chosen[:, row]]), ci="hksj")
        np.testing.assert_allclose(boot.rows.estimate[row], single.estimate, rtol=1e-10)
        np.testing.assert_allclose(boot.rows.tau2[row], single.tau2, rtol=1e-10, atol=1e-12)


def test_intervals_are_ordered_and_say_what_is_missing() -> None:
    table = bootstrap(_few(8), replicates=2000, ci="z").intervals()
    complete = table[table["note"] == ""]
    assert (complete["ci_low"] <= complete["ci_high"]).all()
    assert set(table["kind"]) == {"percentile", "basic", "studentised", "bca"}
    assert table.loc[table["kind"] == "bca", "note"].str.contains("nonparametric").all()
    boot = bootstrap(_few(8), method="nonparametric", replicates=2000, ci="z")
    low, high = boot.interval(kind="bca")  # type: ignore[misc]
    assert low < boot.pooled.estimate < high


def test_bca_limits_are_those_of_their_definition() -> None:
    """Efron (J Am Stat Assoc 1987;82:171), acceleration from the jackknife; skewed, so that its sign matters."""
    yi, vi = np.array([0.1, 0.15, 0.2, 0.3, 0.35, 2.5]), np.array([0.1, 0.2, 0.1, 0.3, 0.2, 0.1])
    boot = bootstrap(effects.generic(yi, vi=vi), method="nonparametric", replicates=4000, ci="z")
    left_out = np.array(
        [pool(effects.generic(np.delete(yi, i), vi=np.delete(vi, i)), ci="z").estimate for i in range(6)]
    )
    lean = left_out.mean() - left_out
    acceleration = (lean**3).sum() / (6 * (lean**2).sum() ** 1.5)
    assert acceleration > 0.1
    drawn = boot.rows.estimate
    z0 = norm.ppf((drawn < boot.pooled.estimate).mean() / 2 + (drawn <= boot.pooled.estimate).mean() / 2)
    shares = [norm.cdf(z0 + (z0 + z) / (1 - acceleration * (z0 + z))) for z in norm.ppf([0.025, 0.975])]
    np.testing.assert_allclose(boot.interval(kind="bca"), np.quantile(drawn, shares), rtol=1e-9)


def test_percentile_limits_are_quantiles_of_the_replicates() -> None:
    boot = bootstrap(_few(8), replicates=1000, ci="z")
    np.testing.assert_allclose(boot.interval("tau2", level=0.9), np.quantile(boot.rows.tau2, [0.05, 0.95]))
    assert isinstance(boot.interval("tau2", "studentised"), NotAssessable)
    with pytest.raises(InvalidInputError, match="`level`"):
        boot.interval("tau2", level=95)


def test_what_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="replicates"):
        bootstrap(_few(), replicates=0)
    with pytest.raises(UnknownOptionError):
        bootstrap(_few(), method="jackknife")  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="2 studies"):
        permutation_test(effects.generic([0.1], vi=[0.2]))
    with pytest.raises(InvalidInputError, match="moderator"):
        permutation_test(_few(), "~ 1", {"dose": np.arange(6.0)})
    with pytest.raises(InvalidInputError, match="arrangements"):
        permutation_test(_few(), arrangements=-1)


def test_exact_p_values_are_those_of_metafor() -> None:
    """From metafor 3.8-1 on the BCG trials (log risk ratios), all with exact=TRUE and progbar=FALSE.

    permutest(rma(yi, vi, data=dat[1:7,]))                                        p 0.015625000000000
    permutest(rma(yi, vi, data=dat[1:7,], method="DL", test="knha"))              p 0.015625000000000
    permutest(rma(yi, vi, mods=~ablat, data=dat[1:6,], method="DL")), moderator   p 0.030555555555556
    permutest(rma(yi, vi, data=dat)), all 13 trials                               p 0.0015 (four decimals printed)
    """
    bcg = _bcg()
    latitude = np.array(reference("metareg_bcg")["data"]["ablat"], dtype=float)
    first = bcg.subset(np.arange(7))
    six = bcg.subset(np.arange(6))
    assert permutation_test(first, ci="z").p_value == (0.015625,)
    assert permutation_test(first, tau2="DL", ci="hksj").p_value == (0.015625,)
    moderator = permutation_test(six, "~ x", {"x": latitude[:6]}, tau2="DL", ci="z")
    np.testing.assert_allclose(moderator.p_value[0], 0.030555555555556, rtol=1e-13)  # printed to 15 decimals
    assert f"{permutation_test(bcg, ci='z').p_value[0]:.4f}" == "0.0015"
