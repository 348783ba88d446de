"""Location-scale models and profile likelihoods: metafor's numbers, a dense definition, and what their limits mean."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import chi2, norm

import tmsmeta as tm
from tmsmeta import InvalidInputError, NotAssessable

# BCG vaccine (Colditz et al., JAMA 1994;271:698), in the order of dat.bcg of R's metadat.
EVENTS_T = [4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27]
NONE_T = [119, 300, 228, 13536, 5036, 1361, 2537, 87886, 7470, 1699, 50448, 2493, 16886]
EVENTS_C = [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29]
NONE_C = [128, 274, 209, 12619, 5761, 1079, 619, 87892, 7232, 1600, 27197, 2338, 17825]
ABLAT = [44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33]
YEAR = [1948, 1949, 1960, 1977, 1973, 1953, 1973, 1980, 1968, 1961, 1974, 1969, 1976]

# metafor 3.8-1: rma(yi, vi, mods = ~ ablat, scale = ~ yr, data, method) with yr = (year - 1960) / 10
METAFOR = {
    "REML": ([0.20536174415, -0.0275381742674], [0.288850213222, 0.00792269364418],
             [-2.72681276829, 0.358022631546], [1.07868986328, 0.808492351784], -7.98787876187),
    "ML": ([0.344862381384, -0.0317046223822], [0.136376349116, 0.0043999762347],
           [-3.49281345063, -0.524209350188], [1.54309520672, 2.48552026729], -7.66034859091),
}  # fmt: skip


def bcg():
    a, b, c, d = (np.array(x) for x in (EVENTS_T, NONE_T, EVENTS_C, NONE_C))
    return tm.effects.binary("RR", a, a + b, c, c + d)


@pytest.mark.parametrize("method", METAFOR)
def test_location_scale_agrees_with_metafor(method):
    data = {"ablat": ABLAT, "yr": (np.array(YEAR) - 1960) / 10}
    found = tm.location_scale(bcg(), "~ ablat", "~ yr", data, method=method)
    b, se, alpha, alpha_se, value = METAFOR[method]
    # metafor's optimiser leaves the scale coefficients about 1e-7 short, and its Hessian 1e-6
    np.testing.assert_allclose(found.location.estimate, b, rtol=1e-6)
    np.testing.assert_allclose(found.location.se, se, rtol=1e-6)
    np.testing.assert_allclose(found.scale.estimate, alpha, rtol=1e-6)
    np.testing.assert_allclose(found.scale.se, alpha_se, rtol=1e-5)
    assert found.log_likelihood == pytest.approx(value, abs=1e-9)


def test_the_unit_of_a_scale_moderator_changes_its_coefficient_alone():
    year = np.array(YEAR)
    one = tm.location_scale(bcg(), "~ ablat", "~ yr", {"ablat": ABLAT, "yr": year})
    ten = tm.location_scale(bcg(), "~ ablat", "~ yr", {"ablat": ABLAT, "yr": year / 10})
    np.testing.assert_allclose(one.scale.estimate[1] * 10, ten.scale.estimate[1], rtol=1e-6)
    np.testing.assert_allclose(one.location.estimate, ten.location.estimate, rtol=1e-7)
    assert one.log_likelihood == pytest.approx(ten.log_likelihood, abs=1e-8)


def test_without_moderators_it_is_the_ordinary_model():
    found, pooled = tm.location_scale(bcg(), "1", "1", {}), tm.pool(bcg(), ci="z")
    np.testing.assert_allclose(found.location.estimate[0], pooled.estimate, rtol=1e-7)
    np.testing.assert_allclose(found.tau2, pooled.tau2, rtol=1e-6)
    assert isinstance(found.scale_test, NotAssessable)


def test_estimates_without_heterogeneity_have_no_scale_model():
    e = tm.effects.generic([0.1, 0.11, 0.09, 0.1, 0.1, 0.1], vi=[0.5] * 6)
    assert isinstance(tm.location_scale(e, "1", "~ x", {"x": range(6)}), NotAssessable)


def naive_height(effects, tau2, mean=None):
    w = 1 / (effects.vi + tau2)
    centre = w @ effects.yi / w.sum() if mean is None else mean
    return norm.logpdf(effects.yi, centre, np.sqrt(effects.vi + tau2)).sum()


def naive_restricted(effects, tau2):
    w = 1 / (effects.vi + tau2)
    return naive_height(effects, tau2) - 0.5 * np.log(w.sum()) + 0.5 * np.log(2 * np.pi) + 0.5 * np.log(len(w))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("parameter", "method"), [("tau2", "ML"), ("tau2", "REML"), ("mu", "ML")])
def test_limits_are_where_the_profile_has_fallen_by_half_a_chi_square_quantile(seed, parameter, method):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(3, 15))
    v = rng.uniform(0.02, 0.4, k)
    e = tm.effects.generic(rng.normal(0.3, np.sqrt(v + rng.uniform(0, 0.5))), vi=v)
    found = tm.profile_likelihood(e, parameter, method=method, level=0.9)

    def height(value):
        if parameter == "mu":
            grid = np.exp(np.linspace(-12, 4, 800))
            best = max([0.0, *grid], key=lambda t: naive_height(e, t, value))
            around = minimize_scalar(
                lambda t: -naive_height(e, t, value), bounds=(best * 0.97, best * 1.03 + 1e-9), method="bounded"
            )
            return max(naive_height(e, best, value), -around.fun)
        return naive_height(e, value) if method == "ML" else naive_restricted(e, value)

    top = height(found.estimate)
    assert found.maximum == pytest.approx(top, abs=1e-6)
    half = 0.5 * chi2.ppf(0.9, 1)
    assert found.low <= found.estimate < found.high
    assert top - height(found.high) == pytest.approx(half, abs=1e-5)
    if found.low > 0 or parameter == "mu":
        assert top - height(found.low) == pytest.approx(half, abs=1e-5)
    else:
        assert top - height(0.0) <= half + 1e-9
    assert found.values[0] >= 0 if parameter == "tau2" else found.values[0] < found.low
    assert found.values[-1] > found.high
    for place in (0, len(found.values) // 3, -1):
        assert found.log_likelihood[place] == pytest.approx(height(found.values[place]), abs=1e-8)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("method", ["ML", "REML"])
def test_limits_of_tau2_are_on_both_sides_of_it_in_any_unit(method, scale):
    """Effects in other units have other tau2, by the square of the unit, and so have its limits."""
    usual = bcg()
    found = tm.pool(tm.effects.generic(usual.yi * scale, vi=usual.vi * scale**2), tau2=method)
    limits = tm.pool(tm.effects.generic(usual.yi, vi=usual.vi), tau2=method).tau2_interval("PL").tau2
    low, high = found.tau2_interval("PL").tau2
    assert 0 < low < found.tau2 < high
    np.testing.assert_allclose((low, high), np.array(limits) * scale**2, rtol=1e-9)


def test_tau2_interval_by_profile_likelihood_agrees_with_metafor():
    # confint(rma.mv(yi, vi, random = ~ 1 | trial, method)) of metafor 3.8-1, whose search stops about 3e-5 away
    for method, limits in {"REML": (0.115239399719, 0.964695841303), "ML": (0.10505136066, 0.833912845519)}.items():
        found = tm.pool(bcg(), tau2=method).tau2_interval("PL")
        np.testing.assert_allclose(found.tau2, limits, rtol=3e-4)
        assert found.method == "PL"


def test_faults_of_a_profile_are_sentences():
    with pytest.raises(InvalidInputError, match="must be 'ML' for the pooled effect"):
        tm.profile_likelihood(bcg(), "mu", method="REML")
    with pytest.raises(InvalidInputError, match="at least 11"):
        tm.profile_likelihood(bcg(), points=3)
    assert isinstance(tm.profile_likelihood(tm.effects.generic([0.1], vi=[0.2])), NotAssessable)


def test_the_plot_shows_curve_and_interval():
    profile = tm.profile_likelihood(bcg())
    ax = tm.figures.profile_plot(profile)
    lines = {line.get_gid(): line for line in ax.lines}
    np.testing.assert_allclose(lines["interval"].get_xdata(), [profile.low, profile.high])
    np.testing.assert_allclose(lines["profile"].get_ydata(), profile.log_likelihood - profile.maximum)


def test_a_variance_of_0_in_one_group_is_said():
    """Without heterogeneity in one group the log of its variance has no end: metafor gives a number and no word."""
    yi = [0.30, 0.31, 0.29, 0.30, 0.1, 0.9, -0.4, 0.7]
    data = {"group": list("aaaabbbb")}
    found = tm.location_scale(tm.effects.generic(yi, vi=[0.05] * 8), "~ 1", data=data, scale="~ group")
    assert found.boundary.startswith("the between-study variance of 4 studies is 0")
    assert found.result_sentence().endswith(f"Note: {found.boundary}.")
    both = tm.location_scale(tm.effects.generic([*yi[4:], *yi[4:]], vi=[0.05] * 8), "~ 1", data=data, scale="~ group")
    assert not both.boundary
