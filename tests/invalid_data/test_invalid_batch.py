"""What the batched engine refuses, and how it says so."""

from __future__ import annotations

import numpy as np
import pytest

from tmsmeta.errors import InvalidInputError, UnknownOptionError
from tmsmeta.pooling.many.batch import pool_batch


def test_every_fault_is_listed_with_its_place() -> None:
    yi = np.array([[0.1, np.inf], [0.2, 0.3]])
    vi = np.array([[0.1, 0.1], [0.0, -1.0]])
    with pytest.raises(InvalidInputError) as caught:
        pool_batch(yi, vi)
    assert [(i.row, i.column) for i in caught.value.issues] == [
        (1, "yi, study 2"),
        (2, "vi, study 1"),
        (2, "vi, study 2"),
    ]


def test_a_flood_of_faults_is_counted() -> None:
    with pytest.raises(InvalidInputError) as caught:
        pool_batch(np.zeros((600, 2)), np.zeros(2))
    assert caught.value.issues[-1].found == 1200


def test_faults_of_later_blocks_keep_their_row_and_their_number() -> None:
    yi, vi = np.zeros((500_000, 1)), np.ones((500_000, 1))
    yi[[3, 450_000]] = np.inf
    vi[250_000:252_000] = 0.0
    with pytest.raises(InvalidInputError) as caught:
        pool_batch(yi, vi)
    issues = caught.value.issues
    assert [(i.row, i.column) for i in issues[:3]] == [
        (4, "yi, study 1"),
        (450_001, "yi, study 1"),
        (250_001, "vi, study 1"),
    ]
    assert (len(issues), issues[-1].found) == (2 + 1000 + 1, 2000)


@pytest.mark.parametrize(
    ("yi", "vi"),
    [
        (np.zeros((2, 3)), np.ones((2, 4))),
        (np.zeros((2, 3, 4)), np.ones((2, 3, 4))),
        ([["a"]], [[1.0]]),
        (np.zeros((3, 0)), np.ones((3, 0))),
    ],
)
def test_arrays_that_cannot_be_rows(yi: object, vi: object) -> None:
    with pytest.raises(InvalidInputError):
        pool_batch(yi, vi)


def test_unknown_options() -> None:
    with pytest.raises(UnknownOptionError, match="REMl"):
        pool_batch(np.zeros((1, 3)), np.ones(3), tau2="REMl")
    with pytest.raises(InvalidInputError, match="counts"):
        pool_batch(np.zeros((1, 3)), np.ones(3), q_centre="mantel-haenszel")


def test_one_variance_does_not_stand_for_all_studies() -> None:
    with pytest.raises(InvalidInputError, match="must have the shape of `vi`"):
        pool_batch([[0.1, 0.2]], [[0.1]])
