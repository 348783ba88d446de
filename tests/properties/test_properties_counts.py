"""What must hold for any tables: exchanging arms or outcomes turns the sign, the order of studies does not matter."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import same
from hypothesis import given, settings
from hypothesis import strategies as st

from tmsmeta.errors import InvalidInputError, NotAssessable
from tmsmeta.models.counts import beta_binomial_two_arm, glmm, glmm_proportion, mantel_haenszel, peto


@st.composite
def trials(draw, smallest=1, largest=6):
    k = draw(st.integers(smallest, largest))
    n_t, n_c = (np.array(draw(st.lists(st.integers(1, 40), min_size=k, max_size=k))) for _ in range(2))
    a, c = (np.array([draw(st.integers(0, int(n))) for n in arm]) for arm in (n_t, n_c))
    return a, n_t, c, n_c


def fit(method, counts):
    try:
        if method in ("OR", "RR", "RD"):
            return mantel_haenszel(method, *counts)
        if method == "peto":
            return peto(*counts)
        return beta_binomial_two_arm(*counts) if method == "BB" else glmm(*counts, model=method)
    except InvalidInputError:  # no study has both events and non-events
        return None


def turned(found, other, rtol=1e-7):
    """Both have the same answer with the opposite sign, or neither has one."""
    assert (found is None) == (other is None)
    if found is None:
        return
    assert found.converged == other.converged
    if isinstance(found.estimate, NotAssessable):
        assert isinstance(other.estimate, NotAssessable)
        return
    # an estimate of 0 has rounding for its relative error; the standard error sets the scale
    same(other.estimate, -found.estimate, rtol, atol=rtol * found.se)
    same(other.se, found.se, 1e2 * rtol)


@settings(max_examples=60)
@given(counts=trials(), method=st.sampled_from(["OR", "RR", "RD", "peto"]))
def test_exchanging_arms_in_closed_formulas(counts, method):
    a, n_t, c, n_c = counts
    turned(fit(method, counts), fit(method, (c, n_c, a, n_t)), 1e-9)


@settings(max_examples=25)
@given(counts=trials(), method=st.sampled_from(["UM.FS", "CM.EL", "BB"]))
def test_exchanging_arms_or_outcomes_in_models(counts, method):
    a, n_t, c, n_c = counts
    found = fit(method, counts)
    turned(found, fit(method, (c, n_c, a, n_t)), 1e-6)
    turned(found, fit(method, (n_t - a, n_t, n_c - c, n_c)), 1e-6)


@settings(max_examples=8)
@given(counts=trials(3, 6))
def test_random_study_effects_exchange(counts):
    a, n_t, c, n_c = counts
    turned(fit("UM.RS", counts), fit("UM.RS", (c, n_c, a, n_t)), 1e-5)


@settings(max_examples=20)
@given(counts=trials(2, 6), method=st.sampled_from(["OR", "RD", "peto", "UM.FS", "CM.AL", "CM.EL", "BB"]))
def test_order_of_studies(counts, method):
    found, other = fit(method, counts), fit(method, tuple(column[::-1] for column in counts))
    assert (found is None) == (other is None)
    if found is not None and not isinstance(found.estimate, NotAssessable):
        same(other.estimate, found.estimate, 1e-6, atol=1e-6 * found.se)


@settings(max_examples=25)
@given(counts=trials(2, 6), model=st.sampled_from(["UM.FS", "CM.AL", "CM.EL"]))
def test_a_fit_converges_or_says_why_not(counts, model):
    found = fit(model, counts)
    if found is None:
        return
    assert found.converged or found.reason
    if found.converged:
        assert found.log_likelihood >= found.log_likelihood_common - 1e-8
        assert isinstance(found.tau2, NotAssessable) == (found.k == 1)
        assert found.k == 1 or found.tau2 >= 0
        assert found.se > 0
    else:
        # no maximum, or (with tau2 in the hundreds) an integrand that even the finest rule does not settle
        assert any(why in found.reason for why in ("infinite", "no maximum", "quadrature nodes")), found.reason


@pytest.mark.parametrize("k", [2, 9])
def test_repeating_all_studies_shrinks_the_standard_error(k):
    rng = np.random.default_rng(k)
    n = rng.integers(10, 50, k)
    x = rng.binomial(n, rng.beta(3, 4, k))
    once, thrice = glmm_proportion(x, n), glmm_proportion(np.tile(x, 3), np.tile(n, 3))
    same((thrice.estimate, thrice.tau2), (once.estimate, once.tau2), 1e-7, atol=1e-9)
    same(thrice.se, once.se / np.sqrt(3), 1e-7)
