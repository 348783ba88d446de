"""Joint and multilevel models beside definitions of a few lines: dense matrices, simulation, derivatives."""

from __future__ import annotations

import numpy as np
import pytest
from definitions.dense import restricted_likelihood
from scipy.linalg import block_diag

from tmsmeta import effects, pool
from tmsmeta.models.multivariate import joint, joint_effects, multilevel, nested_covariance
from tmsmeta.models.multivariate.likelihood import blocks, fit_at, typical_errors
from tmsmeta.pooling.robust import Clusters, Sandwich


def random_joint(seed):
    rng = np.random.default_rng(seed)
    k, p = int(rng.integers(4, 12)), int(rng.integers(2, 4))
    study = [f"s{i}" for i in range(k)]
    sd = rng.uniform(0.1, 0.6, (k, p))
    share = rng.uniform(-0.3, 0.9)
    within = sd[:, :, None] * sd[:, None, :] * (share / (2 if share < 0 else 1) + (1 - share) * np.eye(p)[None])
    within[:, range(p), range(p)] = sd**2
    tau = rng.uniform(0, 0.6, p)
    between = np.outer(tau, tau) * 0.5 + np.diag(tau**2) * 0.5
    y = np.array([rng.multivariate_normal(np.arange(p) * 0.3, between + w) for w in within])
    has = rng.random((k, p)) < 0.8
    has[:3] = True
    sets = {
        f"o{j}": effects.generic(y[has[:, j], j], vi=sd[has[:, j], j] ** 2, study=np.array(study)[has[:, j]])
        for j in range(p)
    }
    order = list(dict.fromkeys(str(s) for e in sets.values() for s in e.study))
    rows = [study.index(s) for s in order]
    return sets, within[rows], y[rows], has[rows]


@pytest.mark.parametrize("seed", range(25))
def test_joint_likelihood_and_estimates_are_those_of_dense_matrices_and_no_neighbour_is_better(seed):
    sets, within, y, has = random_joint(seed)
    found = joint(sets, covariance=within, ci="z")
    rows = [(i, j) for i in range(len(y)) for j in range(y.shape[1]) if has[i, j]]
    flat = np.array([y[i, j] for i, j in rows])
    x = np.array([[1.0 if j == o else 0.0 for o in range(y.shape[1])] for _, j in rows])

    def at(between):
        total = np.array([[(within[i, a, b] + between[a, b]) if i == g else 0.0 for g, b in rows] for i, a in rows])
        return restricted_likelihood(flat, x, total)

    value, beta, covariance = at(found.between)
    np.testing.assert_allclose(found.log_likelihood, value, rtol=1e-10)
    np.testing.assert_allclose(found.estimate, beta, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.covariance, covariance, rtol=1e-8, atol=1e-14)
    rng = np.random.default_rng(seed + 1000)
    root = np.linalg.cholesky(found.between + 1e-12 * np.eye(len(beta)))
    for size in (1e-3, 1e-2, 0.3):
        for _ in range(10):
            other = root + rng.normal(0, size * 0.3, root.shape)
            assert at(other @ other.T)[0] <= value + 1e-8


def test_a_joint_model_without_correlation_is_the_separate_models():
    sets, _, _, _ = random_joint(3)
    found = joint(sets, correlation=0.0, structure="diagonal", ci="z")
    for j, e in enumerate(sets.values()):
        alone = pool(e, tau2="REML", ci="z")
        np.testing.assert_allclose([found.estimate[j], found.se[j]], [alone.estimate, alone.se], rtol=1e-7)
        np.testing.assert_allclose(found.tau2[j], alone.tau2, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found.borrowing, 0.0, atol=1e-9)


SCALES = {"OR": "logit", "RR": "log", "RD": "identity", "AS": "arcsine"}
SHOWN = {
    "logit": lambda p: np.log(p / (1 - p)),
    "log": np.log,
    "identity": lambda p: p,
    "arcsine": lambda p: np.arcsin(np.sqrt(p)),
}


def nested_tables(seed, k=8):
    rng = np.random.default_rng(seed)
    n_t, n_c = rng.integers(30, 90, k), rng.integers(30, 90, k)
    wide_t, wide_c = rng.binomial(n_t, 0.4), rng.binomial(n_c, 0.25)
    return n_t, n_c, wide_t, wide_c, rng.binomial(wide_t, 0.5), rng.binomial(wide_c, 0.5)


@pytest.mark.parametrize("measure", list(SCALES))
def test_nested_covariance_is_that_of_a_million_simulated_trials(measure):
    n, p, q = 4000, 0.4, 0.22
    rng = np.random.default_rng(11)
    cells = rng.multinomial(n, [q, p - q, 1 - p], size=1_000_000)
    outer, inner = cells[:, 0] + cells[:, 1], cells[:, 0]
    scale = SCALES[measure]
    g = SHOWN[scale]
    seen = np.cov(g(outer / n), g(inner / n))[0, 1]
    exact = nested_covariance((scale, scale), np.array([p * n]), np.array([q * n]), np.array([float(n)]))[0]
    # a million draws tell a covariance to 0.2 %; second-order terms of the delta method are 1/n of it
    assert seen == pytest.approx(exact, rel=6e-3)


@pytest.mark.parametrize("measure", list(SCALES))
def test_nested_covariance_is_the_delta_method_on_the_multinomial(measure):
    n_t, n_c, wide_t, wide_c, narrow_t, narrow_c = nested_tables(5)
    study = [f"s{i}" for i in range(len(n_t))]
    sets = {
        "wide": effects.binary(measure, wide_t, n_t, wide_c, n_c, study=study),
        "narrow": effects.binary(measure, narrow_t, n_t, narrow_c, n_c, study=study),
    }
    found = joint_effects(sets, nested=("wide", "narrow")).covariance

    def estimates(cells, n):
        table = np.array([cells[0] + cells[1], n, cells[0], n])
        one = effects.binary(measure, [table[0]], [n], [wide_c[0]], [n_c[0]], allow_fractional=True).yi[0]
        two = effects.binary(measure, [table[2]], [n], [narrow_c[0]], [n_c[0]], allow_fractional=True).yi[0]
        return np.array([one, two])

    n = float(n_t[0])
    cells = np.array([narrow_t[0], wide_t[0] - narrow_t[0], n - wide_t[0]], dtype=float)
    jacobian = np.empty((2, 2))
    for j in range(2):
        step = np.zeros(3)
        step[j], step[2] = 1e-4, -1e-4
        jacobian[:, j] = (estimates(cells + step, n) - estimates(cells - step, n)) / 2e-4
    share = cells[:2] / n
    multinomial = n * (np.diag(share) - np.outer(share, share))
    treated = (jacobian @ multinomial @ jacobian.T)[0, 1]
    scale = SCALES[measure]
    control = nested_covariance((scale, scale), wide_c[:1] * 1.0, narrow_c[:1] * 1.0, n_c[:1] * 1.0)[0]
    assert found[0, 0, 1] == pytest.approx(treated + control, rel=1e-6)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("correlation", [None, 0.4])
def test_multilevel_likelihood_is_that_of_a_dense_matrix_and_no_neighbour_is_better(seed, correlation):
    rng = np.random.default_rng(seed)
    outer = np.sort(rng.integers(0, 6, 40))
    inner = rng.integers(0, 3, 40)
    outer[:6], inner[:12] = np.arange(6), np.arange(12) % 3
    v = rng.uniform(0.01, 0.2, 40)
    y = rng.normal(0.2, 1, 6)[outer] * 0.4 + rng.normal(0, np.sqrt(v + 0.03))
    shuffled = rng.permutation(40)
    e = effects.generic(y[shuffled], vi=v[shuffled])
    by = {"region": outer[shuffled], "study": inner[shuffled]}
    found = multilevel(e, by, correlation=correlation, ci="z")
    same_outer = outer[:, None] == outer[None, :]
    same_inner = same_outer & (inner[:, None] == inner[None, :])
    errors = np.diag(v)
    if correlation is not None:
        errors = np.where(same_outer, correlation * np.sqrt(np.outer(v, v)), 0.0)
        np.fill_diagonal(errors, v)

    def at(variances):
        total = errors + variances[0] * same_outer + variances[1] * same_inner + variances[2] * np.eye(40)
        return restricted_likelihood(y, np.ones((40, 1)), total)

    best = np.array(list(found.variances.values()))
    value, beta, covariance = at(best)
    assert list(found.variances) == ["region", "study", "effect"]
    np.testing.assert_allclose(found.log_likelihood, value, rtol=1e-10)
    np.testing.assert_allclose([found.beta[0], found.se[0] ** 2], [beta[0], covariance[0, 0]], rtol=1e-8)
    for _ in range(40):
        assert at(np.abs(best * rng.uniform(0.7, 1.4, 3) + rng.uniform(0, 0.01, 3)))[0] <= value + 1e-9


def naive_cr2(clusters, weights, x, residuals, working):
    """Pustejovsky and Tipton's definition with whole matrices; standard errors and Satterthwaite df."""
    bread = np.linalg.inv(x.T @ weights @ x)
    hat = x @ bread @ x.T @ weights
    rest = np.eye(len(x)) - hat
    meat, vectors = np.zeros_like(bread), []
    for rows in clusters:
        d = np.linalg.cholesky(working[np.ix_(rows, rows)]).T
        b = d @ rest[rows] @ working @ rest[rows].T @ d.T
        values, base = np.linalg.eigh(b)
        root = base @ np.diag(np.where(values > 1e-10 * values.max(), 1 / np.sqrt(np.abs(values)), 0)) @ base.T
        a = d.T @ root @ d
        part = x[rows].T @ weights[np.ix_(rows, rows)] @ a
        meat += part @ np.outer(residuals[rows], residuals[rows]) @ part.T
        vectors.append(rest[rows].T @ part.T @ bread)
    df = []
    for j in range(x.shape[1]):
        g = np.array([v[:, j] for v in vectors])
        spread = g @ working @ g.T
        df.append(np.trace(spread) ** 2 / (spread * spread).sum())
    return np.sqrt(np.diag(bread @ meat @ bread)), np.array(df)


@pytest.mark.parametrize("seed", range(8))
def test_cr2_is_its_definition(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 6, 7)
    groups = np.split(np.arange(sizes.sum()), np.cumsum(sizes)[:-1])
    x = np.column_stack([np.ones(sizes.sum()), rng.normal(size=sizes.sum())])
    blocks = [np.diag(rng.uniform(0.1, 1, n)) + 0.3 for n in sizes]
    working = block_diag(*blocks)
    weights = np.linalg.inv(working)
    y = rng.normal(size=sizes.sum())
    bread = np.linalg.inv(x.T @ weights @ x)
    residuals = y - x @ bread @ x.T @ weights @ y
    clusters = [Clusters(x[g][None], residuals[g][None], b[None]) for g, b in zip(groups, blocks, strict=True)]
    found = Sandwich.of(clusters, bread, "CR2").errors
    se, df = naive_cr2(groups, weights, x, residuals, working)
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), se, rtol=1e-8)
    np.testing.assert_allclose(found.df, df, rtol=1e-8)


@pytest.mark.parametrize("seed", range(4))
def test_intervals_of_the_between_study_matrix_are_where_the_likelihood_falls_on_a_grid(seed):
    sets, within, _y, has = random_joint(seed)
    names = list(sets)[:2]
    sets = {name: sets[name] for name in names}
    within = within[:, :2, :2]
    some = has[:, :2].any(axis=1)
    order = list(dict.fromkeys(str(s) for e in sets.values() for s in e.study))
    found = joint(sets, covariance=within[some][: len(order)], ci="z")
    table = found.between_intervals().set_index("parameter")
    data = blocks(found.effects.yi, found.effects.covariance)
    sizes = np.concatenate([[0.0], np.exp(np.linspace(-12, 2, 60))])

    def best(rho=None, first=None):
        """The largest likelihood on a grid of variances and correlations."""
        rhos = [rho] if rho is not None else np.linspace(-1, 1, 41)
        return max(
            fit_at(data, np.array([[a, r * np.sqrt(a * b)], [r * np.sqrt(a * b), b]]), "REML").log_likelihood
            for a in ([first] if first is not None else sizes)
            for b in sizes
            for r in rhos
        )

    cutoff = found.log_likelihood - 3.841458820694124 / 2
    row = table.loc[f"tau2 {names[0]}"]
    assert best(first=row["high"]) == pytest.approx(cutoff, abs=0.05)
    assert row["low"] == 0.0 or best(first=row["low"]) == pytest.approx(cutoff, abs=0.05)
    rho = table.loc[f"correlation {names[0]}, {names[1]}"]
    if np.isfinite(rho["low"]):
        for end, limit in (("low", -1.0), ("high", 1.0)):
            reached = best(rho=rho[end])
            assert reached >= cutoff - 0.05
            assert rho[end] == limit or reached == pytest.approx(cutoff, abs=0.05)
            assert rho[end] != limit or str(int(limit)) in rho["note"]


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_the_unit_of_the_outcomes_does_not_matter(factor):
    sets, within, _, _ = random_joint(2)
    scaled = {n: effects.generic(e.yi * factor, vi=e.vi * factor**2, study=e.study) for n, e in sets.items()}
    one, two = joint(sets, covariance=within), joint(scaled, covariance=within * factor**2)
    np.testing.assert_allclose(two.estimate / factor, one.estimate, rtol=1e-6)
    np.testing.assert_allclose(two.se / factor, one.se, rtol=1e-6)
    np.testing.assert_allclose(two.between / factor**2, one.between, rtol=1e-5, atol=1e-8)
    a, b = (r.between_intervals().set_index("parameter") for r in (one, two))
    tau2 = [name for name in a.index if name.startswith("tau2")]
    np.testing.assert_allclose(b["high"][tau2] / factor**2, a["high"][tau2], rtol=1e-4)


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_nested_estimates_that_rest_on_corrected_counts_keep_the_correlation_of_the_counts(measure):
    """Arm by arm: correlation sqrt(q (1 - p) / (p (1 - q))) of the corrected risks, times both standard errors."""
    n, wide, narrow = np.array([10, 12.0]), np.array([[5, 0.0], [4, 3.0]]), np.array([[0, 0.0], [2, 1.0]])
    sets = {
        name: effects.binary(measure, e[:, 0], [10, 10], e[:, 1], [12, 12], study=["zero", "full"])
        for name, e in (("wide", wide), ("narrow", narrow))
    }
    found = joint_effects(sets, nested=("wide", "narrow")).covariance[0]
    expected = 0.0
    for arm in (0, 1):
        total = n[arm] + 1
        p, q = (wide[0, arm] + 0.5) / total, (narrow[0, arm] + 0.5) / total
        spread = {"OR": lambda x: 1 / (x * (1 - x)), "RR": lambda x: (1 - x) / x, "RD": lambda x: x * (1 - x)}[measure]
        share = q * (1 - p) / (p * (1 - q)) if q < p else 1.0
        expected += np.sqrt(share * spread(p) * spread(q)) / total
    np.testing.assert_allclose(found[0, 1], expected, rtol=1e-12)
    assert found[0, 1] ** 2 < found[0, 0] * found[1, 1]


@pytest.mark.parametrize("scale", list(SHOWN))
def test_nested_covariance_is_the_delta_method_to_the_last_digits(scale):
    """Derivatives by complex steps (Squire & Trapp 1998), which have no error of differences."""
    shown = SHOWN[scale]
    rng = np.random.default_rng(7)
    for _ in range(20):
        share = rng.dirichlet([2.0, 2.0, 2.0])[:2]  # narrower outcome; wider one only
        n, jacobian = float(rng.integers(10, 200)), np.empty((2, 2))
        for j in range(2):
            p = share + 1e-30j * np.eye(2)[j]
            jacobian[:, j] = np.imag([shown(p[0] + p[1]), shown(p[0])]) / 1e-30
        expected = (jacobian @ (np.diag(share) - np.outer(share, share)) @ jacobian.T / n)[0, 1]
        counts = np.array([share.sum() * n]), np.array([share[0] * n]), np.array([n])
        np.testing.assert_allclose(nested_covariance((scale, scale), *counts)[0], expected, rtol=1e-11)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_the_typical_error_is_the_root_of_the_median_variance(missing):
    variances = np.random.default_rng(missing).gamma(2.0, size=(7, 3))
    variances[:missing, 1] = np.nan
    np.testing.assert_allclose(typical_errors(variances), np.sqrt(np.nanmedian(variances, axis=0)), rtol=1e-14)
