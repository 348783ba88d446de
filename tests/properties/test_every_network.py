"""What must hold for every measure and estimator of networks, as the package's tables list them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from conftest import examples
from definitions.network_naive import as_contrasts, random_arms
from hypothesis import assume, given
from hypothesis import strategies as st
from properties.random_tables import Columns, columns, made

from tmsmeta import (
    ConvergenceError,
    NetworkMeta,
    ZeroRule,
    joint_network,
    league_table,
    network,
    network_from_contrasts,
    pool,
    rank,
)
from tmsmeta.effects import EffectSizes, generic
from tmsmeta.effects.measures import MEASURES, of_family
from tmsmeta.networks.model.tau2 import METHODS
from tmsmeta.networks.spec import ARM_MEASURES, CONTRAST_MEASURES, MEAN_MEASURES, RATE_MEASURES
from tmsmeta.pooling.heterogeneity import ESTIMATORS

BY_ARM = {
    **dict.fromkeys(ARM_MEASURES, ("events", "n")),
    **dict.fromkeys(MEAN_MEASURES, ("mean", "sd", "n")),
    **dict.fromkeys(RATE_MEASURES, ("events", "time")),
}
"""Measures that a network makes of its arms, with the columns of an arm."""
seeds = st.integers(0, 2**32 - 1)
METAFOR = ZeroRule(convention="metafor")


def drawn(seed: int, tau2: str, scale: float = 1.0, better: str = "higher") -> NetworkMeta:
    """A connected network of two to six treatments, with trials of up to four arms."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 7))
    arms = random_arms(rng, size, size + int(rng.integers(0, 10)))
    study, one, other, yi, se = as_contrasts(arms)
    columns = study, one, other, scale * np.array(yi), scale * np.array(se)
    return network_from_contrasts(*columns, reference="t0", tau2=tau2, better=better)


def close(one: Any, other: Any, rtol: float = 1e-6) -> None:
    np.testing.assert_allclose(np.asarray(one, float), np.asarray(other, float), rtol=rtol, atol=rtol)


@pytest.mark.parametrize("tau2", METHODS)
@examples(3)
@given(seeds)
def test_the_league_is_antisymmetric_and_adds_up(tau2: str, seed: int) -> None:
    net = drawn(seed, tau2)
    table = net.estimates.to_numpy()
    np.testing.assert_allclose(table, -table.T, atol=1e-13)
    np.testing.assert_allclose(net.se, net.se.T, atol=1e-13)
    np.testing.assert_allclose(net.ci_low, -net.ci_high.T, atol=1e-12)
    for a, b, c in itertools.combinations(range(len(table)), 3):
        assert table[a, b] + table[b, c] == pytest.approx(table[a, c], abs=1e-9)
    cells = league_table(net).frame.set_index(["row", "column"])["estimate"]
    for (row, column), value in cells.items():
        assert value == pytest.approx(-cells[(column, row)], abs=1e-12)
        assert value == pytest.approx(net.estimates.loc[row, column], abs=1e-12)


@pytest.mark.parametrize("tau2", METHODS)
@pytest.mark.parametrize("better", ["higher", "lower"])
@examples(2)
@given(seeds)
def test_scores_of_ranking_average_a_half(better: str, tau2: str, seed: int) -> None:
    net = drawn(seed, tau2, better=better)
    frame, n = rank(net, draws=100).frame, len(net.treatments)
    assert frame["p_score"].mean() == pytest.approx(0.5, abs=1e-12)
    assert frame["sucra"].mean() == pytest.approx(0.5, abs=1e-12)
    assert frame["mean_rank"].mean() == pytest.approx((n + 1) / 2, abs=1e-12)


@pytest.mark.parametrize("tau2", METHODS)
@examples(3)
@given(seeds, st.floats(0.05, 20))
def test_scaling_scales_the_network(tau2: str, seed: int, scale: float) -> None:
    here, there = drawn(seed, tau2), drawn(seed, tau2, scale)
    close(there.estimates / scale, here.estimates)
    close(there.se / scale, here.se)
    close([there.tau2 / scale**2, there.q], [here.tau2, here.q])


@pytest.mark.parametrize("tau2", METHODS)
@examples(3)
@given(seeds)
def test_effects_that_agree_have_no_variance_between_them(tau2: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    arms = random_arms(rng, 4, 9)
    level = {f"t{i}": float(rng.normal()) for i in range(4)}
    arms = {s: {t: (level[t], variance) for t, (_, variance) in trial.items()} for s, trial in arms.items()}
    net = network_from_contrasts(*as_contrasts(arms), reference="t0", tau2=tau2, better="higher")
    assert net.tau2 == pytest.approx(0, abs=1e-12)
    assert net.q == pytest.approx(0, abs=1e-12)
    for name in net.treatments:
        assert net.estimates.loc[name, "t0"] == pytest.approx(level[name] - level["t0"], abs=1e-9)


@pytest.mark.parametrize("tau2", [name for name in METHODS if name != "DL"])  # Q counts the trial in its df
@examples(3)
@given(seeds, st.floats(-3, 3))
def test_a_trial_of_huge_variance_changes_nothing(tau2: str, seed: int, value: float) -> None:
    rng = np.random.default_rng(seed)
    study, one, other, yi, se = as_contrasts(random_arms(rng, 4, 9))
    more = ([*study, "vague"], [*one, "t1"], [*other, "t3"], [*yi, value], [*se, 1e6])
    here = network_from_contrasts(study, one, other, yi, se, reference="t0", tau2=tau2, better="higher")
    there = network_from_contrasts(*more, reference="t0", tau2=tau2, better="higher")
    close([there.tau2, there.q], [here.tau2, here.q])
    close(there.estimates, here.estimates)
    close(there.se, here.se)


@pytest.mark.parametrize("measure", CONTRAST_MEASURES)
@examples(3)
@given(st.data())
def test_two_nodes_of_any_measure_are_pairwise_pooling(measure: str, data: Any) -> None:
    effects = made(measure, data.draw(columns(measure, 2)))
    keep = effects.subset(effects.estimable)
    assume(keep.k > 0)
    tau2 = data.draw(st.sampled_from([name for name in METHODS if name in ESTIMATORS]))
    pair = ["new"] * keep.k, ["old"] * keep.k
    net = network_from_contrasts(
        keep.study, *pair, keep.yi, keep.se, measure=measure, reference="old", tau2=tau2, better="lower"
    )
    pooled = pool(keep, tau2=tau2, ci="z")
    size = np.abs(keep.yi).max() + keep.se.max()
    found = [net.estimates.loc["new", "old"], net.se.loc["new", "old"], net.ci_low.loc["new", "old"]]
    np.testing.assert_allclose(found, [pooled.estimate, pooled.se, pooled.ci[0]], rtol=1e-6, atol=1e-6 * size)
    assert net.q == pytest.approx(pooled.q, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("tau2", ["ML", "REML"])
def test_the_highest_of_two_maxima_is_found_far_from_typical_variances(tau2: str) -> None:
    """Rates of three precise trials and one of five quarters of a day: found by the drawn tables above."""
    treated, control = (
        ([48, 1, 48, 28], [515.25, 630.25, 285.75, 979.5]),
        ([3, 16, 23, 34], [408.5, 131.25, 45.5, 1.25]),
    )
    effects = made("IRD", (*treated, *control))
    pair = ["new"] * 4, ["old"] * 4
    net = network_from_contrasts(
        effects.study, *pair, effects.yi, effects.se, measure="IRD", reference="old", tau2=tau2, better="lower"
    )
    assert net.tau2 == pytest.approx(pool(effects, tau2=tau2, ci="z").tau2, rel=1e-7)
    assert net.tau2 > 100


def test_every_measure_of_arms_is_tested() -> None:
    formulas = of_family("binary", "rate ratio", "continuous")
    assert set(BY_ARM) <= set(formulas)
    assert {m for m in formulas if m not in BY_ARM} == {"PETO", "SMDH"}, "a network takes these as comparisons only"


@pytest.mark.parametrize("measure", BY_ARM)
@examples(4)
@given(st.data())
def test_arms_and_contrasts_agree(measure: str, data: Any) -> None:
    """Trials of two arms over three treatments, each read by arm and as the effects of its two arms."""
    cells = data.draw(columns(measure, 3))
    effects, k, half = (
        _standardised(cells) if measure == "SMD" else made(measure, cells),
        len(cells[0]),
        len(cells) // 2,
    )
    assume(effects.estimable[:3].all())  # which link the three treatments
    pairs = [[("a", "b"), ("b", "c"), ("a", "c")][i % 3] for i in range(k)]
    names = BY_ARM[measure]
    arms = {"study": [f"s{i}" for i in range(k)] * 2, "treatment": [p[0] for p in pairs] + [p[1] for p in pairs]}
    arms |= {name: [*cells[i], *cells[half + i]] for i, name in enumerate(names)}
    zero = METAFOR if MEASURES[measure].family == "binary" and not MEASURES[measure].defined_at_zero else None
    if MEASURES[measure].family == "rate ratio":
        assume(min(min(cells[0]), min(cells[half])) > 0)
    keep = np.flatnonzero(effects.estimable & ~_says_nothing(measure, cells))
    assume({pairs[i] for i in keep} == set(pairs))
    by_arm = network(arms, measure=measure, reference="a", better="higher", zero=zero)
    one, other = [pairs[i][0] for i in keep], [pairs[i][1] for i in keep]
    columns_of = effects.study[keep], one, other, effects.yi[keep], effects.se[keep]
    by_pair = network_from_contrasts(*columns_of, measure=measure, reference="a", better="higher")
    size = float(np.abs(effects.yi[keep]).max() + effects.se[keep].max())
    order = list(by_arm.treatments)
    for frame in ("estimates", "se"):
        found, wanted = getattr(by_arm, frame), getattr(by_pair, frame).loc[order, order]
        np.testing.assert_allclose(found, wanted, rtol=1e-7, atol=1e-7 * size)
    assert by_arm.q == pytest.approx(by_pair.q, rel=1e-7, abs=1e-9)


def _standardised(cells: Columns) -> EffectSizes:
    """Mean differences over the pooled SD, without the factor for small samples, as networks take them."""
    mean_t, sd_t, n_t, mean_c, sd_c, n_c = (np.array(column) for column in cells)
    n = n_t + n_c
    d = (mean_t - mean_c) / np.sqrt(((n_t - 1) * sd_t**2 + (n_c - 1) * sd_c**2) / (n - 2))
    return generic(d, vi=1 / n_t + 1 / n_c + d**2 / (2 * n), study=[f"s{i}" for i in range(len(d))])


def _says_nothing(measure: str, cells: Columns) -> np.ndarray:
    """Trials of ratios with no event, or only events, in both arms: a network leaves them out, pooling keeps them."""
    if MEASURES[measure].family != "binary" or not MEASURES[measure].is_ratio:
        return np.zeros(len(cells[0]), bool)
    a, n, c, m = (np.array(column) for column in cells)
    return ((a == 0) & (c == 0)) | ((a == n) & (c == m))


@examples(5)
@given(seeds)
def test_joint_networks_with_zero_correlation_are_each_alone(seed: int) -> None:
    nets = {"response": drawn(seed, "REML"), "remission": drawn(seed, "REML", 1.5)}
    assume(all(net.q_df > 1 for net in nets.values()))
    try:
        found = joint_network(nets, correlation=0.0, structure="diagonal")
    except ConvergenceError:
        assume(False)
    for name, net in nets.items():
        close(found.outcome(name).estimates, net.estimates, 1e-4)
        close(found.outcome(name).se, net.se, 1e-4)
