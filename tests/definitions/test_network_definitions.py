"""The network against its naive definition, on random networks with multi-arm trials."""

from __future__ import annotations

import numpy as np
import pytest
from definitions.network_naive import (
    as_contrasts,
    naive_gls,
    naive_log_likelihood,
    naive_p_score,
    naive_side_split,
    naive_walk_shares,
    random_arms,
)

import tmsmeta.networks.input.independent_contrasts as independent_contrasts
from tmsmeta.networks import contributions, geometry, leverage, network_from_contrasts, node_split, p_scores, supports
from tmsmeta.networks.answers.evidence_flow import evidence_flow

SEEDS = range(12)


def example(seed, **options):
    rng = np.random.default_rng(seed)
    treatments = int(rng.integers(2, 7))
    arms = random_arms(rng, treatments, treatments + int(rng.integers(1, 12)))
    net = network_from_contrasts(*as_contrasts(arms), reference="t0", **{"better": "higher", **options})
    return arms, net


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("tau2", ["FE", "DL", 0.3])
def test_estimates_and_covariance(seed, tau2):
    arms, net = example(seed, tau2=tau2)
    _, _, _, q, df, trace = naive_gls(arms, "t0", 0.0)
    assert net.q == pytest.approx(q, rel=1e-9)
    assert net.q_df == df
    if tau2 == "DL":
        assert net.fit.tau2 == pytest.approx(max(0.0, (q - df) / trace) if df else 0.0, rel=1e-8, abs=1e-12)
    others, theta, cov, *_ = naive_gls(arms, "t0", net.fit.tau2)
    np.testing.assert_allclose(net.estimates.loc[others, "t0"], theta, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(net.se.loc[others, "t0"], np.sqrt(np.diag(cov)), rtol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_sparse_algebra_equals_dense(seed, monkeypatch):
    _, dense = example(seed, tau2="REML")
    monkeypatch.setattr(independent_contrasts, "DENSE_CELLS", 0)
    _, sparse = example(seed, tau2="REML")
    assert not sparse.data.rows.is_small
    # both maximise the likelihood; the searches start from different brackets
    assert sparse.fit.tau2 == pytest.approx(dense.fit.tau2, rel=1e-8, abs=1e-12)
    np.testing.assert_allclose(sparse.estimates, dense.estimates, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(sparse.se, dense.se, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("fill", [0, 1000], ids=["dense Cholesky", "sparse factor"])
@pytest.mark.parametrize("seed", SEEDS)
def test_sparse_factor_equals_dense_inverse(seed, fill, monkeypatch):
    import tmsmeta.networks.model.equations as equations

    _, dense = example(seed)
    monkeypatch.setattr(independent_contrasts, "DENSE_CELLS", 0)
    monkeypatch.setattr(equations, "FILL", fill)
    _, sparse = example(seed)
    np.testing.assert_allclose(sparse.estimates, dense.estimates, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(sparse.se, dense.se, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("seed", SEEDS)
def test_likelihood_is_highest_at_tau2(seed, method):
    arms, net = example(seed, tau2=method)
    if net.q_df == 0:
        pytest.skip("no degrees of freedom for tau2")
    top = naive_log_likelihood(arms, "t0", net.tau2, method == "REML")
    around = [0.0, *(net.tau2 * f for f in (0.5, 0.9, 0.999, 1.001, 1.1, 2.0)), 0.01, 0.1, 1.0, 10.0]
    # the likelihood is flat at its maximum: near it, differences drown in rounding
    assert all(naive_log_likelihood(arms, "t0", t, method == "REML") <= top + 1e-9 for t in around)


@pytest.mark.parametrize(
    ("method", "y", "se", "comparator"),
    [
        # two maxima above zero, near 0.13 and 399
        ("REML", [0.39, -0.82, 48.25, -0.15, 1.12], [0.18, 2.06, 9.87, 0.02, 1.32], "cbbcb"),
        # falls at zero and at the first guess, and is highest between them
        ("ML", [-11.68, 7.12, 8.47, -0.01], [8.28, 4.68, 2.93, 0.28], "bbbb"),
    ],
)
def test_the_highest_of_several_maxima_is_found(method, y, se, comparator):
    study = [f"s{i}" for i in range(len(y))]
    net = network_from_contrasts(
        study, ["a"] * len(y), list(comparator), y, se, reference="a", tau2=method, better="higher"
    )
    trials = zip(study, comparator, y, se, strict=True)
    arms = {s: {"a": (effect, 0.0), t: (0.0, error**2)} for s, t, effect, error in trials}
    top = naive_log_likelihood(arms, "a", net.tau2, method == "REML")
    everywhere = [0.0, *np.geomspace(1e-4, 1e4, 300).tolist()]
    assert all(naive_log_likelihood(arms, "a", t, method == "REML") <= top + 1e-9 for t in everywhere)


@pytest.mark.parametrize("seed", SEEDS)
def test_critical_trials_are_those_whose_loss_takes_the_network_apart(seed):
    """Sparse networks, so that there are such trials; the definition leaves out one trial after the other."""
    rng = np.random.default_rng(seed)
    arms = random_arms(rng, 7, 8)
    net = network_from_contrasts(*as_contrasts(arms), reference="t0", better="higher")

    def reached(start, without):
        seen, front = {start}, [start]
        while front:
            here = front.pop()
            for trial, members in arms.items():
                if trial != without and here in members:
                    front += [t for t in members if t not in seen]
                    seen |= set(members)
        return seen

    lost = {trial: set(net.treatments) - reached("t0", trial) for trial in arms}
    assert set(geometry(net).critical_trials) == {trial for trial, treatments in lost.items() if treatments}
    found = supports(net).set_index("treatment")["critical_trials"]
    for treatment in net.treatments:
        assert set(found[treatment]) == {trial for trial, treatments in lost.items() if treatment in treatments}


@pytest.mark.parametrize("seed", SEEDS)
def test_side_splitting_equals_full_regression(seed):
    arms, net = example(seed)
    frame = node_split(net, method="side-splitting", show="both")
    for line in frame.itertuples():
        omega, se = naive_side_split(arms, "t0", net.fit.tau2, line.treat1, line.treat2)
        assert line.difference == pytest.approx(omega, rel=1e-7, abs=1e-9)
        assert line.difference_se == pytest.approx(se, rel=1e-7)
        assert line.direct - line.indirect == pytest.approx(omega, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_side_splitting_equals_back_calculation_for_two_arm_trials(seed):
    rng = np.random.default_rng(seed)
    arms = random_arms(rng, 5, 14, multi=0.0)
    net = network_from_contrasts(*as_contrasts(arms), reference="t0", better="higher")
    a, b = node_split(net), node_split(net, method="side-splitting")
    for column in ("direct", "direct_se", "indirect", "indirect_se", "difference", "p_value"):
        np.testing.assert_allclose(a[column], b[column], rtol=1e-6, atol=1e-9, err_msg=column)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_walk_equals_listing_all_paths(seed):
    _, net = example(seed)
    flow, share = evidence_flow(net), contributions(net).share
    for c, (source, sink) in enumerate(zip(flow.source, flow.sink, strict=True)):
        edges = {
            ((i, j) if f > 0 else (j, i)): abs(f)
            for i, j, f in zip(flow.i.tolist(), flow.j.tolist(), flow.flow[c].tolist(), strict=True)
            if abs(f) > 1e-13
        }
        naive = naive_walk_shares(edges, int(source), int(sink))
        found = dict(zip(zip(flow.i.tolist(), flow.j.tolist(), strict=True), share[c], strict=True))
        for (u, v), s in naive.items():
            assert found[min(u, v), max(u, v)] == pytest.approx(s, abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("method", ["randomwalk", "shortestpath"])
def test_contributions_sum_to_one_and_trials_to_their_comparisons(seed, method):
    _, net = example(seed)
    found = contributions(net, method)
    np.testing.assert_allclose(found.matrix.sum(axis=1), 1.0, rtol=1e-9)
    np.testing.assert_allclose(found.studies.sum(axis=1), 1.0, rtol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_flow_is_conserved_and_reproduces_the_estimates(seed):
    _, net = example(seed)
    flow = evidence_flow(net)
    for c in range(len(flow.source)):
        out = np.zeros(len(net.treatments))
        np.add.at(out, flow.i, flow.flow[c])
        np.add.at(out, flow.j, -flow.flow[c])
        wanted = np.zeros(len(out))
        wanted[flow.source[c]], wanted[flow.sink[c]] = 1.0, -1.0
        np.testing.assert_allclose(out, wanted, atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_leverages_sum_to_the_parameters(seed):
    _, net = example(seed)
    frame = leverage(net)
    assert frame["leverage"].sum() == pytest.approx(len(net.treatments) - 1, rel=1e-9)
    assert (frame["leverage"] < frame["arms"] - 1 + 1e-9).all()


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_p_scores(better):
    _, net = example(3, better=better)
    naive = naive_p_score(net.theta, net.se_matrix, better)
    np.testing.assert_allclose(p_scores(net), naive, rtol=1e-10)
