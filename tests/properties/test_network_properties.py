"""What must hold for every network."""

from __future__ import annotations

import numpy as np
import pytest
from definitions.network_naive import as_contrasts, random_arms
from hypothesis import given, settings
from hypothesis import strategies as st

from tmsmeta import effects, pool
from tmsmeta.networks import ZeroRule, contributions, network, network_from_contrasts, node_split, rank

seeds = st.integers(0, 10_000)


def build(seed, **options):
    rng = np.random.default_rng(seed)
    treatments = int(rng.integers(2, 7))
    arms = random_arms(rng, treatments, treatments + int(rng.integers(0, 10)))
    return arms, network_from_contrasts(*as_contrasts(arms), reference="t0", **options, better="higher")


@settings(max_examples=40)
@given(seeds, st.sampled_from(["FE", "DL", "ML", "REML"]))
def test_two_nodes_are_pairwise_pooling(seed, tau2):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 12))
    yi, vi = rng.normal(size=k), rng.uniform(0.02, 0.5, size=k)
    study = [f"s{i}" for i in range(k)]
    net = network_from_contrasts(
        study, ["a"] * k, ["b"] * k, yi, np.sqrt(vi), reference="b", tau2=tau2, better="higher"
    )
    pooled = pool(effects.generic(yi, vi=vi), tau2=tau2, ci="z")
    # iterative estimators stop at their own last digit
    tolerance = 1e-7 if tau2 in ("ML", "REML") else 1e-10
    assert net.tau2 == pytest.approx(pooled.tau2, rel=tolerance, abs=1e-10)
    assert net.estimates.loc["a", "b"] == pytest.approx(pooled.estimate, rel=tolerance, abs=1e-9)
    assert net.se.loc["a", "b"] == pytest.approx(pooled.se, rel=tolerance)
    assert net.q == pytest.approx(pooled.q, rel=1e-10)
    assert net.ci_low.loc["a", "b"] == pytest.approx(pooled.ci[0], rel=tolerance, abs=1e-8)


@settings(max_examples=40)
@given(seeds)
def test_two_nodes_from_counts_are_pairwise_pooling(seed):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 9))
    n_t, n_c = rng.integers(5, 60, size=k), rng.integers(5, 60, size=k)
    e_t, e_c = rng.integers(1, n_t), rng.integers(0, n_c)
    arms = {
        "study": [f"s{i}" for i in range(k)] * 2,
        "treatment": ["a"] * k + ["b"] * k,
        "events": [*e_t, *e_c],
        "n": [*n_t, *n_c],
    }
    for measure in ("OR", "RR", "RD", "AS"):
        net = network(arms, measure=measure, reference="b", zero=ZeroRule(convention="metafor"), better="higher")
        pooled = pool(effects.binary(measure, e_t, n_t, e_c, n_c), tau2="DL", ci="z")
        assert net.estimates.loc["a", "b"] == pytest.approx(pooled.estimate, rel=1e-9, abs=1e-10)
        assert net.se.loc["a", "b"] == pytest.approx(pooled.se, rel=1e-9)


@settings(max_examples=25)
@given(seeds)
def test_estimates_do_not_depend_on_order_names_or_reference(seed):
    arms, net = build(seed, tau2="REML")
    rng = np.random.default_rng(seed + 1)
    columns = as_contrasts(arms)
    order = rng.permutation(len(columns[0]))
    flip = rng.random(len(order)) < 0.5
    study, t1, t2, y, se = ([c[i] for i in order] for c in columns)
    t1, t2 = zip(*((b, a) if f else (a, b) for a, b, f in zip(t1, t2, flip, strict=True)), strict=True)
    y = np.where(flip, -np.array(y), y)
    again = network_from_contrasts(study, t1, t2, y, se, reference=net.treatments[-1], tau2="REML", better="higher")
    # REML stops when tau2 no longer moves in its 13th digit; near zero the likelihood is flat
    np.testing.assert_allclose(again.estimates, net.estimates, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(again.se, net.se, rtol=1e-6, atol=1e-8)


@settings(max_examples=25)
@given(seeds)
def test_ranking_follows_the_direction(seed):
    arms, higher = build(seed)
    lower = network_from_contrasts(*as_contrasts(arms), reference="t0", better="lower")
    a, b = rank(higher, draws=200), rank(lower, draws=200)
    np.testing.assert_allclose(a.p_score + b.p_score, 1.0, rtol=1e-12)
    assert a.frame["p_score"].mean() == pytest.approx(0.5, rel=1e-12)
    assert a.probabilities.sum(axis=0) == pytest.approx(np.ones(len(higher.treatments)))
    assert a.frame["p_score"].is_monotonic_decreasing


@settings(max_examples=25)
@given(seeds)
def test_direct_and_indirect_make_up_the_network(seed):
    _, net = build(seed)
    both = node_split(net, show="both")
    if both.empty:
        return
    w1, w2 = both["direct_se"] ** -2, both["indirect_se"] ** -2
    np.testing.assert_allclose((w1 * both["direct"] + w2 * both["indirect"]) / (w1 + w2), both["network"], atol=1e-9)
    np.testing.assert_allclose((w1 + w2) ** -0.5, both["network_se"], rtol=1e-9)
    shares = contributions(net).share
    assert shares.min() >= 0
