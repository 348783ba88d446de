"""Networks of two outcomes fitted together, beside dense matrices written arm by arm."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from definitions.dense import restricted_likelihood
from scipy.optimize import minimize_scalar
from scipy.stats import chi2, multivariate_normal, norm
from scipy.stats import t as student

from tmsmeta import (
    InvalidInputError,
    NotAssessable,
    effects,
    figures,
    joint,
    joint_effects,
    joint_network,
    league_table,
    network,
    network_from_contrasts,
    partial_order,
    rank,
)
from tmsmeta.networks.joint.result import both_below

OUTCOMES = ("response", "remission")


def arms(seed, trials=12, *, share=0.8):
    """Nested counts of trials with 2 to 4 arms; some have the first outcome only."""
    rng = np.random.default_rng(seed)
    rows = []
    for t in range(trials):
        size = int(rng.choice([2, 2, 2, 3, 4]))
        chosen = rng.choice(list("ABCDE"), size, replace=False) if t >= 5 else ["A", "BCDEB"[t]]
        second = t < 5 or rng.random() < share
        push = rng.normal(0, 0.3)
        for treatment in chosen:
            n = int(rng.integers(40, 120))
            p = 1 / (1 + np.exp(0.4 - 0.25 * "ABCDE".index(treatment) - push - rng.normal(0, 0.2)))
            wide = int(np.clip(rng.binomial(n, p), 3, n - 2))
            narrow = int(np.clip(rng.binomial(wide, 0.5), 2, wide))
            rows.append((f"t{t}", treatment, n, wide, narrow if second else -1))
    return pd.DataFrame(rows, columns=["study", "treatment", "n", *OUTCOMES])


def networks(table, *, measure="OR", tau2="REML", reference="A"):
    found = {}
    for name in OUTCOMES:
        own = table[table[name] >= 0].rename(columns={name: "events"})[["study", "treatment", "events", "n"]]
        found[name] = network(own, measure=measure, reference=reference, better="higher", tau2=tau2)
    return found


def dense(table, beta_names, between):
    """y, X and covariance of all log odds ratios against the first arm, from whole matrices of arm effects."""
    y, x, blocks = [], [], []
    for _, trial in table.groupby("study", sort=False):
        trial = trial.reset_index(drop=True)
        names = [o for o in OUTCOMES if trial[o].min() >= 0]
        p, n = len(trial), trial["n"].to_numpy(float)
        errors = np.zeros((2 * p, 2 * p))
        a, b = (trial[o].to_numpy(float) for o in OUTCOMES)
        for j, c in enumerate((a, b)):
            errors[j * p : (j + 1) * p, j * p : (j + 1) * p] = np.diag(1 / np.maximum(c, 1) + 1 / (n - c))
        errors[:p, p:] = errors[p:, :p] = np.diag(n / (a * (n - b)))  # 1 / (n P (1 - p)) of nested proportions
        total = errors + np.kron(between, np.eye(p)) / 2
        contrast = np.column_stack([-np.ones(p - 1), np.eye(p - 1)])
        whole = np.kron(np.diag([1.0 if o in names else 0.0 for o in OUTCOMES]), contrast)
        whole = whole[np.abs(whole).sum(axis=1) > 0]
        logits = np.concatenate([np.log(np.maximum(c, 1) / (n - c)) for c in (a, b)])
        design = np.zeros((2 * p, len(beta_names)))
        for j, o in enumerate(OUTCOMES):
            for i, t in enumerate(trial["treatment"]):
                if (o, t) in beta_names:
                    design[j * p + i, beta_names.index((o, t))] = 1.0
        y.append(whole @ logits)
        x.append(whole @ design)
        blocks.append(whole @ total @ whole.T)
    size = sum(map(len, y))
    covariance, start = np.zeros((size, size)), 0
    for block in blocks:
        covariance[start : start + len(block), start : start + len(block)] = block
        start += len(block)
    return np.concatenate(y), np.vstack(x), covariance


@pytest.mark.parametrize("seed", range(12))
def test_a_joint_network_is_that_of_dense_matrices_and_no_neighbour_is_better(seed):
    table = arms(seed)
    found = joint_network(networks(table), nested=OUTCOMES)
    names = list(zip(found.to_frame()["outcome"], found.to_frame()["treatment"], strict=True))
    value, beta, covariance = restricted_likelihood(*dense(table, names, found.between))
    np.testing.assert_allclose(found.log_likelihood, value, rtol=1e-9)
    np.testing.assert_allclose(found.beta, beta, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(found.covariance, covariance, rtol=1e-7, atol=1e-12)
    rng = np.random.default_rng(seed)
    root = np.linalg.cholesky(found.between + 1e-12 * np.eye(2))
    for size in (1e-3, 1e-2, 0.2):
        for _ in range(6):
            other = root + rng.normal(0, size, root.shape)
            assert restricted_likelihood(*dense(table, names, other @ other.T))[0] <= value + 1e-8


@pytest.mark.parametrize("seed", range(4))
def test_without_correlations_it_is_the_separate_networks(seed):
    separate = networks(arms(seed))
    found = joint_network(separate, correlation=0.0, structure="diagonal")
    for j, (name, net) in enumerate(separate.items()):
        own = found.outcome(name)
        assert found.tau2[j] == pytest.approx(net.tau2, rel=1e-5, abs=1e-7)
        np.testing.assert_allclose(own.theta, net.theta, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(own.se_matrix, net.se_matrix, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(found.borrowing, 0.0, atol=1e-9)


def test_two_treatments_are_the_joint_model_of_pairs():
    table = arms(3)
    two = table[table["study"].isin([s for s, t in table.groupby("study") if set(t["treatment"]) == {"A", "B"}])]
    more = [(f"m{i}", t, 60 + i, 20 + 3 * i + 4 * (t == "B"), 10 + i + 3 * (t == "B")) for i in range(6) for t in "AB"]
    two = pd.concat([two, pd.DataFrame(more, columns=table.columns)])
    found = joint_network(networks(two), nested=OUTCOMES)
    t, c = (two[two["treatment"] == arm].set_index("study") for arm in "BA")
    sets = {}
    for name in OUTCOMES:
        has = t[name] >= 0
        sets[name] = effects.binary(
            "OR", t[name][has], t["n"][has], c[name][has], c["n"][has], study=list(t.index[has])
        )
    wanted = joint(joint_effects(sets, nested=OUTCOMES), ci="z")
    np.testing.assert_allclose(found.beta, wanted.estimate, rtol=1e-7)
    np.testing.assert_allclose(found.se, wanted.se, rtol=1e-7)
    np.testing.assert_allclose(found.between, wanted.between, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found.borrowing, wanted.borrowing, rtol=1e-6)
    ours, theirs = (f.between_intervals().set_index("parameter") for f in (found, wanted))
    assert list(ours.index) == list(theirs.index)
    np.testing.assert_allclose(ours[["low", "high"]], theirs[["low", "high"]], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("seed", [1, 4])
def test_intervals_of_the_between_study_variances_are_where_the_dense_likelihood_falls(seed):
    table = arms(seed)
    found = joint_network(networks(table), nested=OUTCOMES, structure="diagonal")
    names = list(zip(found.to_frame()["outcome"], found.to_frame()["treatment"], strict=True))

    def best(j, held):
        """The largest likelihood with variance j held, by a search over the other one."""
        order = slice(None, None, 1 if j == 0 else -1)

        def downhill(root):
            return -restricted_likelihood(*dense(table, names, np.diag([held, root * root][order])))[0]

        return -min(minimize_scalar(downhill, bounds=(0, 3), method="bounded").fun, downhill(0.0))

    limits = found.between_intervals()
    assert list(limits["parameter"]) == [f"tau2 {name}" for name in OUTCOMES]
    cutoff = found.log_likelihood - chi2.ppf(0.95, 1) / 2
    for j, row in limits.iterrows():
        assert best(j, row["high"]) == pytest.approx(cutoff, abs=1e-5)
        assert best(j, row["low"]) == pytest.approx(cutoff, abs=1e-5) or (row["low"] == 0 and best(j, 0.0) > cutoff)


def test_the_order_of_arms_and_the_reference_do_not_matter():
    table = arms(5)
    one = joint_network(networks(table), nested=OUTCOMES)
    two = joint_network(networks(table.iloc[::-1].reset_index(drop=True), reference="C"), nested=OUTCOMES)
    np.testing.assert_allclose(two.between, one.between, rtol=1e-5, atol=1e-8)
    for name in OUTCOMES:
        a, b = one.outcome(name), two.outcome(name)
        np.testing.assert_allclose(b.effect_matrix, a.effect_matrix, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(b.se_matrix, a.se_matrix, rtol=1e-5, atol=1e-7)


def test_ranks_over_both_outcomes():
    found = joint_network(networks(arms(1)), nested=OUTCOMES)
    ranking = found.ranking().set_index("treatment")
    for name in OUTCOMES:
        scores = rank(found.outcome(name)).p_score
        np.testing.assert_allclose(ranking[f"p_score {name}"][list("ABCDE")], scores, rtol=1e-12)
    assert (ranking["mean_p_score"].diff().dropna() <= 0).all()
    table = found.to_frame()
    place = {(o, t): i for i, (o, t) in enumerate(zip(table["outcome"], table["treatment"], strict=True))}
    pick = {t: np.array([[1.0 * (place.get((o, t)) == i) for i in range(8)] for o in OUTCOMES]) for t in "ABCDE"}
    for t in "ABCDE":
        chances = []
        for u in "ABCDE":
            if u != t:
                d = pick[t] - pick[u]
                chances.append(multivariate_normal(np.zeros(2), d @ found.covariance @ d.T).cdf(d @ found.beta))
        assert ranking["both"][t] == pytest.approx(np.mean(chances), abs=1e-6)
    assert ranking["level"].min() == 1
    assert partial_order(found.by_outcome()).levels == found.partial_order().levels
    assert figures.two_outcomes(found.by_outcome()) is not None
    assert len(league_table(found.outcome("response")).to_frame())


@pytest.mark.parametrize("rho", [-1.0, -0.7, 0.0, 0.4, 1.0])
def test_the_chance_of_both_is_the_bivariate_normal(rho):
    grid = np.array([-2.0, -0.3, 0.0, 0.5, 1.7])
    h, k = (a.ravel() for a in np.meshgrid(grid, grid))
    spread = [[1.0, rho], [rho, 1.0]]
    wanted = multivariate_normal([0, 0], spread, allow_singular=True).cdf(np.column_stack([h, k]))
    np.testing.assert_allclose(both_below(h, k, np.full(len(h), rho)), wanted, atol=2e-5)


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_the_unit_does_not_matter(factor):
    rng = np.random.default_rng(8)
    pairs = [("A", "B"), ("A", "C"), ("B", "C"), ("A", "B"), ("A", "C"), ("B", "C"), ("A", "B"), ("A", "C")]
    one, two = zip(*pairs, strict=True)
    study, se = [f"s{i}" for i in range(8)], rng.uniform(0.2, 0.5, 8)
    y = {o: rng.normal(0.3, 0.8, 8) for o in OUTCOMES}

    def fit(unit):
        nets = {
            o: network_from_contrasts(
                study, one, two, y[o] * unit, se * unit, reference="A", better="higher", measure="MD"
            )
            for o in OUTCOMES
        }
        return joint_network(nets, correlation=0.5)

    plain, scaled = fit(1.0), fit(factor)
    np.testing.assert_allclose(scaled.beta / factor, plain.beta, rtol=1e-5)
    np.testing.assert_allclose(scaled.between / factor**2, plain.between, rtol=1e-4, atol=1e-6)


def test_what_it_says():
    found = joint_network(networks(arms(2)), nested=OUTCOMES)
    assert "with several outcomes" in found.result_sentence()
    assert "nested counts" in found.methods_sentence()
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["reference"] == "A"
    assert plain["k"] == 12
    assert len(plain["effects"]) == 8
    assert len(repr(found).splitlines()) <= 20
    held = joint_network(networks(arms(2)), nested=OUTCOMES, between_correlation=0.5)
    assert "held at 0.5" in held.methods_sentence()
    none = joint_network(networks(arms(2), tau2="FE"), correlation=0.3, structure="diagonal", method="ML")
    assert isinstance(none.correlation, NotAssessable) or none.tau2.min() > 0


def test_what_cannot_be_joined_is_refused_with_every_fault():
    nets, table = networks(arms(2)), arms(2)
    with pytest.raises(InvalidInputError, match="or `correlation` must say"):
        joint_network(nets)
    with pytest.raises(InvalidInputError, match="must name each outcome once"):
        joint_network(nets, nested=["response"])
    with pytest.raises(InvalidInputError, match="at least two"):
        joint_network({"response": nets["response"]}, correlation=0.5)
    with pytest.raises(InvalidInputError, match="between -1 and 1"):
        joint_network(nets, correlation=1.0)
    with pytest.raises(InvalidInputError, match=r"must be numbers\. Got 'high'"):
        joint_network(nets, correlation="high")
    with pytest.raises(InvalidInputError, match="a name of its own"):
        joint_network({"response": nets["response"], "response ": nets["remission"]}, correlation=0.5)
    same = {"response": nets["response"], "other": nets["response"]}
    with pytest.raises(InvalidInputError) as every:
        joint_network(same, nested=["response", "other"])
    assert len(every.value.issues) == len(set(table["study"]))
    other = networks(table, reference="B")
    with pytest.raises(InvalidInputError, match="the same reference"):
        joint_network({"response": nets["response"], "remission": other["remission"]}, correlation=0.5)
    with pytest.raises(InvalidInputError, match="a mapping of the names"):
        joint_network(list(nets.values()), correlation=0.5)
    with pytest.raises(InvalidInputError) as caught:
        joint_network(nets, nested=OUTCOMES[::-1])
    assert "of which they are a part" in str(caught.value)
    assert len(caught.value.issues) > 5


def test_trials_without_counts_need_a_correlation():
    table = arms(2)
    nets = networks(table)
    apart = pd.DataFrame(
        {"study": ["x", "y"], "treat1": ["B", "C"], "treat2": ["A", "A"], "yi": [0.2, 0.4], "se": [0.3, 0.3]}
    )
    for name in OUTCOMES:
        own = table[table[name] >= 0].rename(columns={name: "events"})[["study", "treatment", "events", "n"]]
        nets[name] = network(own, measure="OR", reference="A", better="higher", contrasts=apart)
    with pytest.raises(InvalidInputError, match="no counts of both outcomes; give `correlation`"):
        joint_network(nets, nested=OUTCOMES)
    found = joint_network(nets, nested=OUTCOMES, correlation=0.6)
    assert "without counts" in found.methods_sentence()


def test_outcomes_of_different_trials_have_no_correlation_to_report():
    nets, table = networks(arms(2)), arms(2)
    elsewhere = table.assign(study=table["study"].astype(str) + " again")
    found = joint_network(
        {"response": nets["response"], "remission": networks(elsewhere)["remission"]}, correlation=0.5
    )
    assert found.shared == 0
    assert not found.correlation
    assert "Between-study correlation" not in found.result_sentence()


@pytest.mark.parametrize("ci", ["z", "t"])
def test_intervals_p_values_and_the_test_follow_from_estimates_errors_and_q(ci):
    fitted = joint_network(networks(arms(2)), nested=OUTCOMES, ci=ci, level=0.9)
    for df in (0, 1, 2, 40):
        found = replace(fitted, q_df=df)
        table, law = found.to_frame(), norm if ci == "z" or df < 1 else student(df)
        half = law.ppf(0.95) * table["se"]
        np.testing.assert_allclose(table["estimate"], found.beta)
        np.testing.assert_allclose(table["se"] ** 2, found.covariance.diagonal())
        np.testing.assert_allclose(table["estimate"] - table["ci_low"], half, rtol=1e-8)
        np.testing.assert_allclose(table["ci_high"] - table["estimate"], half, rtol=1e-8)
        np.testing.assert_allclose(table["p_value"], 2 * law.sf(np.abs(table["estimate"] / table["se"])), rtol=1e-8)
        test = found.q_test
        assert (test.statistic, test.df) == (found.q, df)
        assert test.p_value == (
            pytest.approx(chi2.sf(found.q, df), rel=1e-9) if df else NotAssessable("test", "no degree of freedom")
        )


def test_a_variance_without_an_upper_limit_keeps_its_estimate_and_its_lower_one():
    """The second outcome has as many trials as effects, so that no trial disagrees with another: nothing limits it."""
    table = arms(2)
    table.loc[~table["study"].isin(["t0", "t1", "t2", "t3"]), "remission"] = -1
    found = joint_network(networks(table, tau2="DL"), nested=OUTCOMES)
    row = found.between_intervals().set_index("parameter").loc["tau2 remission"]
    assert (row["high"], row["note"]) == (np.inf, "the data set no upper limit")
    assert row["estimate"] == pytest.approx(found.tau2[1], rel=1e-9, abs=1e-12)
    assert 0 <= row["low"] <= row["estimate"]
