"""All subsets of the studies, a sample of them, and leaving several studies out."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from tmsmeta import effects
from tmsmeta.errors import InvalidInputError
from tmsmeta.pooling import pool
from tmsmeta.robustness.sensitivity.gosh import gosh
from tmsmeta.robustness.sensitivity.subsets import leave_k_out


def _studies(k: int) -> effects.EffectSizes:
    rng = np.random.default_rng(k)
    vi = rng.gamma(2, 0.1, k) + 0.02
    return effects.generic(rng.normal(0.3, np.sqrt(vi + 0.1)), vi=vi)


def test_every_subset_is_pooled_once() -> None:
    e = _studies(6)
    found = gosh(e, ci="hksj")
    table = found.to_frame()
    assert found.complete
    assert len(found) == 2**6 - 1
    members = table[e.study.tolist()].to_numpy()
    assert len({tuple(row) for row in members.tolist()}) == 2**6 - 1
    for row in (0, 5, 20, 41, 62):
        single = pool(e.subset(members[row]), ci="hksj")
        np.testing.assert_allclose(found.rows.estimate[row], single.estimate, rtol=1e-12)
        assert found.rows.k[row] == single.k
        if single.k > 1:
            np.testing.assert_allclose(found.rows.i2[row], single.i2, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(found.contains(e.study[2]), members[:, 2])


def test_a_sample_is_repeatable_and_holds_no_empty_subset() -> None:
    e = _studies(25)
    found = gosh(e, subsets=3000, seed=2)
    assert not found.complete
    assert found.rows.k.min() >= 1
    np.testing.assert_array_equal(found.rows.estimate, gosh(e, subsets=3000, seed=2).rows.estimate)
    np.testing.assert_allclose(gosh(e, subsets=3000, seed=2, n_jobs=2).rows.estimate, found.rows.estimate, rtol=1e-12)
    assert abs(found.contains(e.study[0]).mean() - 0.5) < 0.05


def test_a_sample_as_large_as_all_subsets_is_all_of_them() -> None:
    """500 draws of the three subsets of two studies were told as 500 subsets."""
    two = gosh(_studies(2), subsets=500)
    assert (two.complete, len(two), two.seed) == (True, 3, None)
    assert two.in_short().startswith("All 3 subsets of 2 studies")
    assert gosh(_studies(4), subsets=15).complete
    sample = gosh(_studies(4), subsets=14)
    assert not sample.complete
    assert sample.in_short().startswith("14 random draws of subsets of 4 studies")


def test_a_study_that_pulls_shows() -> None:
    e = effects.generic([0.1, 0.0, 0.2, 0.1, 3.0], vi=np.full(5, 0.05), study=list("abcde"))
    table = gosh(e, ci="z").by_study().set_index("study")
    assert table["shift"].idxmax() == "e"
    assert table.loc["e", "i2_with"] > table.loc["e", "i2_without"]


@pytest.mark.parametrize("left_out", [1, 3])
def test_leave_k_out_pools_what_is_left(left_out: int) -> None:
    e = _studies(6)
    table = leave_k_out(e, left_out, ci="z")
    for row, without in enumerate(combinations(range(6), left_out)):
        rest = [i for i in range(6) if i not in without]
        single = pool(e.subset(np.array(rest)), ci="z")
        assert table.loc[row, "without"] == "; ".join(e.study[list(without)])
        np.testing.assert_allclose(table.loc[row, "estimate"], single.estimate, rtol=1e-10)
        np.testing.assert_allclose(table.loc[row, ["ci_low", "ci_high"]].to_list(), single.ci, rtol=1e-10)


def test_what_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="left_out"):
        leave_k_out(_studies(4), 4)
    with pytest.raises(InvalidInputError, match="subsets"):
        gosh(_studies(4), subsets=0)
    with pytest.raises(InvalidInputError, match="study 1"):
        gosh(_studies(3)).contains("nobody")
    with pytest.raises(InvalidInputError, match="q_centre"):
        gosh(_studies(3), q_centre="mantel-haenszel")
