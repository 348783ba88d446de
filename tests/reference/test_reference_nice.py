"""Against results printed by NICE (README): posterior means, deviations and limits of the same data."""

from __future__ import annotations

import pytest
from conftest import reference
from nice import arms_of, binomial_maximum, printed

import tmsmeta as tm

CHAINS = 0.05
"""Of a standard deviation: what drawing by Markov chains leaves open in a mean and, mostly, in a limit."""
FORMULA = 0.15
"""Of a standard deviation: Mantel-Haenszel and the binomial likelihood weigh trials with few events differently."""
FIXED = {"parkinson": CHAINS, "thrombolytics": FORMULA, "blocker": CHAINS, "dietary_fat": CHAINS}
RANDOM = {"parkinson": 0.1, "blocker": 0.1, "dietary_fat": 0.15, "smoking": 0.6}
"""Posterior standard deviations between our estimate and the posterior mean, as found: tau has a prior there."""


@pytest.mark.parametrize(
    "row", [row for row in printed() if row.model == "fixed"], ids=lambda row: f"{row.example}: {row.comparison}"
)
def test_fixed_effects_are_those_that_nice_printed(row):
    assert row.off <= FIXED[row.example], (row.theirs, row.ours)


@pytest.mark.parametrize(
    "row", [row for row in printed() if row.model == "random"], ids=lambda row: f"{row.example}: {row.comparison}"
)
def test_random_effects_lie_within_what_nice_printed(row):
    """Posteriors know that tau is uncertain: ours are never the wider, and only estimates can be near."""
    assert abs(row.ours[0] - row.theirs[0]) <= RANDOM[row.example] * row.theirs[1]
    assert row.ours[1] <= row.theirs[1]


def test_q_of_a_normal_network_is_the_deviance_beyond_the_parameters():
    """The posterior mean of the deviance is Q plus as many as there are parameters."""
    given = reference("nice")["parkinson"]["printed"]["fit_fixed"]
    net = tm.network(arms_of("parkinson"), measure="MD", reference="1", better="lower")
    assert net.q == pytest.approx(given["residual_deviance"] - given["p_d"], abs=0.1)


def test_the_binomial_likelihood_finds_what_nice_printed():
    """The data are the right ones: their likelihood has its maximum where the printed means are."""
    effects = binomial_maximum(arms_of("thrombolytics"), "SK")
    for row in reference("nice")["thrombolytics"]["printed"]["fixed"]:
        found = effects[row["treatment"]] - effects[row["comparator"]]
        assert abs(found - row["mean"]) <= 0.0005 + CHAINS * row["sd"], row
