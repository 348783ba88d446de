"""Every tau2 estimator against its naive definition in 50-digit arithmetic."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from tmsmeta.pooling.heterogeneity import ESTIMATORS, DesignModel, InterceptModel, estimate_tau2
from tmsmeta.pooling.heterogeneity.likelihood import log_likelihood, maximise
from tmsmeta.pooling.heterogeneity.qprofile import solve_q

sys.path.insert(0, str(Path(__file__).parent))
import tau2 as naive

# Double precision against 50 digits: the root is determined by sums of k terms, so about 1e-12 relative is left
# for well-scaled data, and 1e-9 where variances span ten orders of magnitude.
RTOL = 1e-11
RTOL_WIDE = 1e-9


def tables(seed: int, spread: float) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    made = []
    for k in (2, 2, 3, 4, 5, 8, 13):
        v = 10 ** rng.uniform(-spread / 2, spread / 2, k)
        made.append((rng.normal(0, 1, k) * np.sqrt(v + rng.choice([0.0, 0.1, 2.0])), v))
    return made


def test_every_estimator_has_a_naive_definition() -> None:
    assert set(ESTIMATORS) == set(naive.DEFINITIONS)


@pytest.mark.parametrize("name", list(ESTIMATORS))
@pytest.mark.parametrize(("spread", "rtol"), [(1.0, RTOL), (10.0, RTOL_WIDE)])
def test_estimator_equals_its_definition(name: str, spread: float, rtol: float) -> None:
    for y, v in tables(7, spread):
        found = estimate_tau2(InterceptModel(y, v), name).tau2
        wanted = float(naive.DEFINITIONS[name](naive.to_mp(y), naive.to_mp(v)))
        # below: tau2 is then a small difference of numbers of the size of v
        assert found == pytest.approx(wanted, rel=rtol, abs=1e-13 * v.min())


@pytest.mark.parametrize("criterion", ["ML", "REML"])
@pytest.mark.parametrize("power", [-400, -90, -40, -12, 12, 40, 90, 400])
def test_the_highest_maximum_is_found_in_any_unit(criterion: str, power: int) -> None:
    """A unit of a power of 2 changes no digit: tau2 is the same but for its square, however unequal the variances."""
    for y, v in (*tables(5, 1.0), *(table for seed in range(8) for table in tables(seed, 8.0))):
        usual = maximise(InterceptModel(y, v), criterion)
        found = maximise(InterceptModel(y * 2.0**power, v * 4.0**power), criterion)
        assert found == pytest.approx(usual * 4.0**power, rel=1e-12)


@pytest.mark.parametrize("name", list(ESTIMATORS))
@pytest.mark.parametrize("effect", [0.3, 0.1])
def test_equal_effects_give_no_variance(name: str, effect: float) -> None:
    """Three times 0.1 is not 0.3 in binary arithmetic, so that their mean is not 0.1 either."""
    model = InterceptModel(np.full(3, effect), np.array([0.1, 0.2, 5.0]))
    assert estimate_tau2(model, name).tau2 == 0.0


@pytest.mark.parametrize("name", list(ESTIMATORS))
def test_the_design_of_ones_equals_the_intercept_model(name: str) -> None:
    for y, v in tables(11, 2.0):
        one = estimate_tau2(InterceptModel(y, v), name)
        other = estimate_tau2(DesignModel(y, v, np.ones((len(y), 1))), name)
        assert other.tau2 == pytest.approx(one.tau2, rel=1e-9, abs=1e-14)
        if isinstance(one.se, float):
            assert other.se == pytest.approx(one.se, rel=1e-9)


@pytest.mark.parametrize("k", [6, 120])
def test_sums_of_a_design_of_ones_keep_their_digits(k: int) -> None:
    """The solution by QR against the one written for a common mean, which keeps all digits."""
    rng = np.random.default_rng(k)
    for _ in range(20):
        v = 10 ** rng.uniform(-5, 5, k)
        y = rng.normal(0, 1, k) * np.sqrt(v)
        design = DesignModel(y, v, np.ones((k, 1)))
        for tau2 in (0.0, float(v.min()), 1.0):
            found, wanted = design.sums(tau2), InterceptModel(y, v).sums(tau2)
            if k > 100:  # trace(PP) is then found from the leverages, and held only to its lower bound
                assert found.tr_pp >= found.tr_p**2 / (k - 1)
                found, wanted = found._replace(tr_pp=0.0), wanted._replace(tr_pp=0.0)
            # the study with the largest weight costs its share 1e-10 of the digits
            np.testing.assert_allclose(found, wanted, rtol=1e-7)


def test_the_trace_of_pp_of_many_studies_is_that_of_the_matrix() -> None:
    """From the leverages, with two moderators, against P = W - W X (X'WX)^-1 X'W written out."""
    rng = np.random.default_rng(7)
    k = 150
    v, x = rng.uniform(0.1, 3, k), np.column_stack([np.ones(k), rng.normal(size=(k, 2))])
    design = DesignModel(rng.normal(size=k), v, x)
    for tau2 in (0.0, 0.5):
        w = np.diag(1 / (v + tau2))
        p = w - w @ x @ np.linalg.inv(x.T @ w @ x) @ x.T @ w
        assert design.sums(tau2).tr_pp == pytest.approx(np.trace(p @ p), rel=1e-11)


@pytest.mark.parametrize("criterion", ["ML", "REML"])
def test_no_grid_point_beats_the_maximum_found(criterion: str) -> None:
    """Adversarial data: variances over ten orders of magnitude make the likelihood have several maxima."""
    rng = np.random.default_rng(3)
    grid = np.r_[0.0, np.logspace(-8, 9, 120)]
    several = 0
    for trial in range(150):
        k = int(rng.integers(2, 12))
        v = 10 ** rng.uniform(-5, 5, k)
        y = rng.normal(0, 1, k) * np.sqrt(v) * rng.choice([0.1, 1, 3, 10]) + rng.normal(0, 1, k) * 10 ** rng.uniform(
            -3, 3
        )
        design = np.c_[np.ones(k), rng.normal(size=k)]
        model = DesignModel(y, v, design) if trial % 3 == 0 and k > 3 else InterceptModel(y, v)
        best = log_likelihood(model, maximise(model, criterion), criterion)
        heights = np.array([log_likelihood(model, t, criterion) for t in grid])
        assert heights.max() <= best + 1e-9 * max(1.0, abs(best))
        slopes = np.sign(np.diff(heights))
        several += int((np.diff(slopes) < 0).sum() > 1)
    assert several > 5, "the data are meant to include likelihoods with several maxima"


def test_log_likelihood_equals_its_definition() -> None:
    for y, v in tables(5, 2.0):
        for restricted, criterion in ((False, "ML"), (True, "REML")):
            found = log_likelihood(InterceptModel(y, v), 0.37, criterion)
            wanted = naive.log_likelihood(naive.to_mp(y), naive.to_mp(v), naive.mp.mpf("0.37"), restricted)
            assert found == pytest.approx(float(wanted), rel=1e-12)


def test_q_at_its_root_is_its_target() -> None:
    """However unequal the variances: sixteen orders of magnitude here."""
    rng = np.random.default_rng(3)
    inside = 0
    for _ in range(200):
        k = int(rng.integers(2, 9))
        v = 10 ** rng.uniform(-8, 8, k)
        model = InterceptModel(rng.normal(0, 1, k) * np.sqrt(v + 10 ** rng.uniform(-9, 1)), v)
        if root := solve_q(model, k - 1.0):
            assert float(model.sums(root).q) == pytest.approx(k - 1.0, rel=1e-13)
            inside += 1
    assert inside > 50
