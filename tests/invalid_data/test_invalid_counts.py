"""Counts that cannot be right are refused, all faults at once, with row and column."""

from __future__ import annotations

import numpy as np
import pytest

from tmsmeta.errors import InvalidInputError, UnknownOptionError
from tmsmeta.models.counts import (
    beta_binomial,
    beta_binomial_two_arm,
    glmm,
    glmm_proportion,
    glmm_rate,
    mantel_haenszel,
    peto,
)

TWO_ARM = {
    "MH": lambda *c: mantel_haenszel("OR", *c),
    "Peto": peto,
    "GLMM": glmm,
    "beta-binomial": beta_binomial_two_arm,
}
ONE_ARM = {"GLMM": glmm_proportion, "beta-binomial": beta_binomial}


@pytest.mark.parametrize("method", TWO_ARM)
def test_two_arms_list_every_fault(method):
    counts = ([-1, 2.5, 30, np.nan, 1], [20, 20, 20, 20, np.inf], [1, 1, 1, 1, 1], [20, 20, 0, 20, 20])
    with pytest.raises(InvalidInputError) as caught:
        TWO_ARM[method](*counts)
    found = {(issue.row, issue.column) for issue in caught.value.issues}
    wanted = {(1, "events_t"), (2, "events_t"), (3, "events_t"), (4, "events_t"), (5, "n_t"), (3, "n_c")}
    assert wanted <= found


@pytest.mark.parametrize("method", TWO_ARM)
@pytest.mark.parametrize(
    "counts",
    [
        ([1, 2], [20], [1, 2], [20, 20]),
        ([], [], [], []),
        (["x"], [20], [1], [20]),
        ([[1]], [[20]], [[1]], [[20]]),
    ],
)
def test_shapes_and_types(method, counts):
    with pytest.raises(InvalidInputError):
        TWO_ARM[method](*counts)


@pytest.mark.parametrize("method", ONE_ARM)
@pytest.mark.parametrize("counts", [([-1], [5]), ([6], [5]), ([0.5], [5]), ([0], [0]), ([np.inf], [5]), ([1, 2], [5])])
def test_one_arm(method, counts):
    with pytest.raises(InvalidInputError):
        ONE_ARM[method](*counts)


@pytest.mark.parametrize("counts", [([-1], [5]), ([0.5], [5]), ([1], [0]), ([1], [-2]), ([np.nan, 0.5], [5, np.nan])])
def test_rates(counts):
    with pytest.raises(InvalidInputError):
        glmm_rate(*counts)


def test_rates_list_fraction_and_nan_together():
    with pytest.raises(InvalidInputError) as caught:
        glmm_rate([np.nan, 0.5], [5, 0])
    assert {(i.row, i.column) for i in caught.value.issues} == {(1, "events"), (2, "events"), (2, "time")}


def test_labels():
    with pytest.raises(InvalidInputError, match="one label per study"):
        peto([1], [5], [2], [5], study=["a", "b"])
    with pytest.raises(InvalidInputError, match=r"row 1 \(Smith\)"):
        peto([9], [5], [2], [5], study=["Smith"])


def test_nothing_left_to_pool():
    for fit in (peto, glmm, lambda *c: mantel_haenszel("OR", *c, double_zero="drop")):
        with pytest.raises(InvalidInputError, match="No study is left to pool"):
            fit([0, 9], [9, 9], [0, 9], [9, 9])


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda c: mantel_haenszel("AS", *c), "measure"),
        (lambda c: mantel_haenszel("OR", *c, correction="sometimes"), "correction"),
        (lambda c: mantel_haenszel("OR", *c, double_zero="maybe"), "double_zero"),
        (lambda c: glmm(*c, model="UM"), "model"),
        (lambda c: glmm(*c, model="PLO"), "model"),
        (lambda c: glmm(*c, ci="hksj"), "ci"),
        (lambda c: glmm(*c, integration="laplace"), "integration"),
        (lambda c: glmm(*c, model="UM.RS", integration="mcmc"), "integration"),
        (lambda c: beta_binomial_two_arm(*c, ci="profile"), "ci"),
    ],
)
def test_unknown_options(call, argument):
    with pytest.raises(UnknownOptionError, match=f"`{argument}` argument must be one of"):
        call(([1, 2], [20, 20], [3, 4], [20, 20]))


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, "high"])
def test_level(level):
    for fit in (peto, glmm, beta_binomial_two_arm, lambda *c, **o: mantel_haenszel("OR", *c, **o)):
        with pytest.raises(InvalidInputError, match="between 0 and 1"):
            fit([1, 2], [20, 20], [3, 4], [20, 20], level=level)


@pytest.mark.parametrize("correction", [-0.5, np.nan, np.inf])
def test_correction_must_be_a_usable_number(correction):
    with pytest.raises(InvalidInputError, match="`add`"):
        mantel_haenszel("OR", [1, 2], [20, 20], [3, 4], [20, 20], correction=correction)
