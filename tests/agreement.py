"""What the tests against other programs compare, counted: a plugin of pytest whose table the documentation shows.

``PYTHONPATH=tests python -m pytest tests/reference -p agreement`` writes ``agreement.csv`` into the folder that it is
run in: one row per quantity, with the count of numbers and the largest difference. Numbers that must be equal (counts,
degrees of freedom) are compared by plain assertions and do not enter.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest


class Compared(NamedTuple):
    """What a test compares.

    Attributes:
        program: with which program.
        words: what.
        by: the parameter of the test, or ``what`` for its words, by which quantities are told apart.
        absolute: whether differences are not relative, as of what was drawn at random.
    """

    program: str
    words: str
    by: str = ""
    absolute: bool = False


POOLED = "pooled effects"
TESTS = {
    "pooling::test_pairwise": Compared("metafor", POOLED, "what"),
    "pooling::test_proportions": Compared("metafor", POOLED, "what"),
    "pooling::test_rates": Compared("metafor", POOLED, "what"),
    "pooling::test_means": Compared("metafor", POOLED, "what"),
    "pooling::test_inverse_freeman_tukey_equals_metafor": Compared("metafor", "way back of Freeman-Tukey, printed"),
    "counts::test_mantel_haenszel": Compared("metafor", "Mantel-Haenszel"),
    "counts::test_peto": Compared("metafor", "Peto"),
    "counts::test_tests_with_the_odds_ratio": Compared("metafor", "Cochran-Mantel-Haenszel, Breslow-Day, Tarone tests"),
    "counts::test_corrections": Compared("metafor", "Mantel-Haenszel with corrections"),
    "counts::test_mixed_models": Compared("metafor", "mixed model of two arms", "model"),
    "counts::test_exact_conditional_model": Compared("metafor", "mixed model of two arms: CM.EL"),
    "counts::test_proportions": Compared("metafor", "mixed model of proportions"),
    "counts::test_rates": Compared("metafor", "mixed model of rates"),
    "counts::test_heterogeneity": Compared("metafor", "tests and I2 of mixed models, printed"),
    "multivariate::test_joint_models_agree_with_metafor": Compared("metafor", "several outcomes (rma.mv)"),
    "multivariate::test_intervals_of_the_between_study_matrix_agree_with_metafor": Compared(
        "metafor", "intervals of between-study variances and correlations"
    ),
    "multivariate::test_multilevel_models_agree_with_metafor": Compared("metafor", "several levels, CR0 and CR1"),
    "network::test_common_and_random_effects": Compared("netmeta", "network from comparisons"),
    "network::test_arms_give_the_same_network_as_their_contrasts": Compared("netmeta", "network from arms"),
    "network::test_prediction_intervals_use_one_degree_of_freedom_less_than_q": Compared(
        "netmeta", "prediction limits"
    ),
    "network::test_heterogeneity_and_inconsistency": Compared("netmeta", "Q within and between designs"),
    "network::test_direct_shares": Compared("netmeta", "direct shares"),
    "network::test_node_splits": Compared("netmeta", "node-splits"),
    "network::test_p_scores": Compared("netmeta", "P-scores"),
    "network::test_sucra_against_simulation": Compared(
        "netmeta", "SUCRA against 100,000 draws (absolute)", absolute=True
    ),
    "network::test_contributions_of_the_random_walk": Compared("netmeta", "contributions by random walk"),
    "network::test_restricted_likelihood": Compared("metafor", "networks by REML (rma.mv)"),
    "regression::test_meta_regression_agrees_with_metafor": Compared("metafor", "meta-regression"),
    "regression::test_subgroups_agree_with_meta": Compared("meta", "subgroups by REML"),
    "regression::test_f_between_subgroups_agrees_with_metafor": Compared("metafor", "F test between subgroups"),
    "regression::test_common_tau2_is_that_of_the_factor": Compared("metafor", "subgroups with one tau2"),
    "regression::test_prediction_agrees_with_metafor": Compared("metafor", "prediction from a regression"),
    "robust::test_pools_agree_with_metafor_and_club_sandwich": Compared(
        "metafor and clubSandwich", "cluster-robust pools, CR0 to CR2"
    ),
    "robust::test_regressions_agree_with_metafor_and_club_sandwich": Compared(
        "metafor and clubSandwich", "cluster-robust regressions, CR0 to CR2"
    ),
    "sensitivity::test_leave_one_out": Compared("metafor", "leave-one-out"),
    "sensitivity::test_cumulative": Compared("metafor", "cumulative analysis"),
    "sensitivity::test_influence": Compared("metafor", "influence diagnostics"),
    "sensitivity::test_diagnostics_of_other_estimators_and_hartung_knapp": Compared(
        "metafor", "influence by other estimators, Baujat"
    ),
    "smallstudy::test_egger_and_begg": Compared("metafor", "Egger and Begg"),
    "smallstudy::test_tests_on_counts": Compared("meta", "Harbord, Peters, Deeks"),
    "smallstudy::test_egger_of_package_meta": Compared("meta", "Egger"),
    "smallstudy::test_mixed_effects_egger": Compared("metafor", "Egger by mixed effects"),
    "smallstudy::test_trim_and_fill": Compared("metafor", "trim and fill by DL"),
    "smallstudy::test_trim_and_fill_by_either_estimator_on_either_side": Compared(
        "metafor", "trim and fill by FE, DL and REML"
    ),
    "smallstudy::test_selection_model": Compared("metafor", "selection models"),
}
"""Tests that hold numbers of ours against those of another program."""

APART = {
    "counts::test_fixed_study_effects_are_nearer_the_optimum_than_the_reference",
    "counts::test_random_study_effects_are_nearer_the_optimum_than_the_reference",
    "counts::test_standard_error_of_the_laplace_fit_is_that_of_the_naive_definition",
    "counts::test_wald_test_counts_only_finite_effects",
    "network::test_trial_without_any_event_is_left_out_with_its_reason",
    "network::test_zero_cells_of_a_risk_ratio_follow_pairwise",
    "nice::test_fixed_effects_are_those_that_nice_printed",
    "nice::test_q_of_a_normal_network_is_the_deviance_beyond_the_parameters",
    "nice::test_random_effects_lie_within_what_nice_printed",
    "nice::test_the_binomial_likelihood_finds_what_nice_printed",
    "pooling::test_generic_from_an_interval_gives_back_the_variance",
    "pooling::test_smdh_has_the_newer_variance_unless_asked",
}
"""Tests of the same folder that hold ours against a definition or a printed page, or the reference against one."""

QUANTITIES = {
    "yi": "effects of studies",
    "vi": "variances of studies",
    "se": "standard error",
    "p_value": "p value",
    "tau2_se": "standard error of tau2",
    "i2": "I2",
    "h2": "H2",
    "q": "Q",
    "q_p": "p of Q",
    "log_likelihood": "log likelihood",
    "Q-profile i2": "Q-profile I2",
    "Q-profile h2": "Q-profile H2",
}
"""What fields of a pooled effect are called in print."""

_ROWS: list[dict[str, Any]] = []


def name_of(module: str, function: str) -> str:
    """``pooling::test_pairwise`` of ``test_reference_pooling`` and its function."""
    return f"{module.split('.')[-1].removeprefix('test_reference_')}::{function}"


def difference(found: Any, wanted: Any, rtol: float, atol: float) -> tuple[int, float]:
    """How many finite numbers, and the largest difference relative to them.

    Near 0, where a relative difference says nothing, it is relative to the size at which the absolute tolerance takes
    over, or to the largest number where that is smaller.
    """
    ours, theirs = np.broadcast_arrays(np.asarray(found, dtype=float), np.asarray(wanted, dtype=float))
    there = np.isfinite(theirs)
    if not there.any():
        return 0, 0.0
    apart, size = np.abs(ours - theirs)[there], np.abs(theirs[there])
    floor = atol / rtol if rtol else np.inf
    size = np.maximum(size, min(floor, size.max()) or floor)
    return int(there.sum()), float((apart / size).max())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Function) -> Generator[None, None, None]:
    compared = TESTS.get(name_of(item.module.__name__, item.originalname))
    if compared is None:
        yield
        return
    parameters = dict(item.callspec.params) if hasattr(item, "callspec") else {}
    plain = np.testing.assert_allclose

    def recorded(actual: Any, desired: Any, rtol: float = 1e-7, atol: float = 0, **more: Any) -> None:
        plain(actual, desired, rtol=rtol, atol=atol, **more)
        count, largest = difference(actual, desired, rtol, atol)
        largest = float(np.abs(np.subtract(actual, desired)).max()) if compared.absolute else largest
        said = str(more.get("err_msg", ""))
        part = _part(said) if compared.by == "what" else str(parameters.get(compared.by, ""))
        quantity = f"{compared.words}: {part}" if part else compared.words
        _ROWS.append(
            {
                "program": compared.program,
                "quantity": quantity,
                "numbers": count,
                "largest": largest,
                "where": item.name,
            }
        )

    np.testing.assert_allclose = recorded
    try:
        yield
    finally:
        np.testing.assert_allclose = plain


def pytest_sessionfinish(session: pytest.Session) -> None:
    pd.DataFrame(_summed()).to_csv("agreement.csv", index=False)


def _part(said: str) -> str:
    """The quantity in the words of a comparison, without the estimator."""
    name = re.sub(r"^[A-Z]{2,4}(\.\w+)? ", "", said)
    return QUANTITIES.get(name, name)


def _summed() -> Iterator[dict[str, Any]]:
    for (program, quantity), rows in pd.DataFrame(_ROWS).groupby(["program", "quantity"], sort=False):
        worst = rows.loc[rows["largest"].idxmax()]
        numbers = int(rows["numbers"].sum())
        found = re.search(r"\[(.*)\]", worst["where"])
        yield {
            "program": program,
            "quantity": quantity,
            "numbers": numbers,
            "largest": worst["largest"],
            "where": found[1] if found else "",
        }
