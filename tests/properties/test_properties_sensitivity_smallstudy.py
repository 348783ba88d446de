"""Properties of regression, deletion and small-study functions on random tables."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tmsmeta import NotAssessable, effects, pool
from tmsmeta.models.regression import meta_regression, subgroups
from tmsmeta.robustness.sensitivity import influence, leave_one_out
from tmsmeta.robustness.smallstudy import begg, deeks, egger, harbord, peters, selection_model, trim_and_fill

finite = st.floats(-3, 3).map(lambda x: float(np.round(x, 3)))
variance = st.floats(-3, 1).map(lambda x: float(10**x))
tables = st.lists(st.tuples(finite, variance), min_size=3, max_size=12)
arm = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def studies(rows):
    return effects.generic([y for y, _ in rows], vi=[v for _, v in rows])


def mirrored(data):
    return effects.generic(-data.yi, vi=data.vi)


@settings(max_examples=40)
@given(tables, st.sampled_from(["DL", "REML", "PM"]))
def test_deletion_diagnostics_turn_round_with_the_effects(rows, tau2):
    data = studies(rows)
    one, other = influence(data, tau2=tau2, ci="z"), influence(mirrored(data), tau2=tau2, ci="z")
    for name, sign in {"rstudent": -1, "dffits": -1, "dfbetas": -1, "cooks_distance": 1, "hat": 1}.items():
        np.testing.assert_allclose(one[name], sign * other[name], rtol=1e-6, atol=1e-8)
    assert abs(one["hat"].sum() - 1) < 1e-12


@settings(max_examples=40)
@given(tables, st.randoms())
def test_the_order_of_studies_does_not_matter(rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    data = studies(rows)
    shuffled = data.subset(np.array(order))
    one = leave_one_out(data, ci="z").iloc[order].reset_index(drop=True)
    np.testing.assert_allclose(one["estimate"], leave_one_out(shuffled, ci="z")["estimate"], rtol=1e-7, atol=1e-9)
    first, second = egger(data), egger(shuffled)
    if isinstance(first, NotAssessable):
        return
    np.testing.assert_allclose(first.statistic, second.statistic, rtol=1e-6, atol=1e-8)


@settings(max_examples=40)
@given(tables)
def test_trim_and_fill_is_the_same_in_the_mirror(rows):
    data = studies(rows)
    for estimator in ("L0", "R0"):
        left = trim_and_fill(data, side="left", estimator=estimator, tau2="DL", ci="z")
        right = trim_and_fill(mirrored(data), side="right", estimator=estimator, tau2="DL", ci="z")
        if isinstance(left, NotAssessable):
            assert isinstance(right, NotAssessable)
            continue
        assert left.k0 == right.k0 == left.is_filled.sum()
        np.testing.assert_allclose(left.pooled.estimate, -right.pooled.estimate, rtol=1e-9, atol=1e-12)


@settings(max_examples=60)
@given(st.lists(st.tuples(arm, arm), min_size=1, max_size=10))
def test_tests_on_counts_answer_or_give_a_reason(rows):
    columns = [[t[0] for t, _ in rows], [t[1] for t, _ in rows], [c[0] for _, c in rows], [c[1] for _, c in rows]]
    for test in (harbord, peters, deeks):
        found = test(*columns)
        if isinstance(found, NotAssessable):
            assert found.reason
        else:
            assert 0 <= found.p_value <= 1
            assert found.k + len(found.left_out) == len(rows)


@settings(max_examples=40)
@given(tables)
def test_begg_lies_between_minus_one_and_one(rows):
    found = begg(studies(rows))
    if isinstance(found, NotAssessable):
        return
    assert -1 <= found.estimate <= 1
    assert 0 < found.p_value <= 1


@settings(max_examples=25)
@given(tables, st.integers(0, 1000))
def test_a_moderator_never_raises_the_residual_q(rows, seed):
    data = studies(rows)
    dose = np.random.default_rng(seed).normal(size=data.k)
    fit = meta_regression(data, "dose", {"dose": dose})
    assert not isinstance(fit, NotAssessable)
    assert fit.qe <= pool(data).q * (1 + 1e-9) + 1e-12
    assert isinstance(fit.r2, float)
    assert 0 <= fit.r2 <= 100


@settings(max_examples=30)
@given(tables, st.booleans())
def test_subgroups_share_out_all_studies(rows, common):
    data = studies(rows)
    found = subgroups(data, ["ab"[i % 2] for i in range(data.k)], common_tau2=common, ci="z")
    assert sum(pool.k for pool in found.pools.values()) == data.k
    assert found.q_between >= 0


@settings(max_examples=15)
@given(st.lists(st.tuples(finite, variance), min_size=6, max_size=14))
def test_the_selection_model_is_never_less_likely_than_none(rows):
    found = selection_model(studies(rows), (0.5,))
    if isinstance(found, NotAssessable):
        return
    assert found.log_likelihood >= found.unselected.log_likelihood - 1e-8
    assert isinstance(found.converged, bool)
