"""The LFK index and the power of single studies: published values, what does not matter, words, what cannot be."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tmsmeta as tm
from tmsmeta.robustness.smallstudy import LfkIndex, StudyPower

# lfkindex() of the R package metasens 1.5-3 on these estimates and standard errors, to 8 digits
METASENS = [
    (
        [0.05, 0.08, 0.12, 0.20, 0.55, 0.62, 0.85, 1.10, 1.35, 1.60],
        [0.08, 0.09, 0.10, 0.12, 0.30, 0.33, 0.40, 0.48, 0.55, 0.62],
        6.68755816,
        "major",
    ),
    ([-0.3, -0.1, 0.0, 0.1, 0.2, 0.35], [0.2, 0.18, 0.15, 0.16, 0.19, 0.22], 0.63617512, "no"),
]


def index_of(yi, se, **more):
    found = tm.lfk_index(tm.effects.generic(yi, se=se, **more))
    assert isinstance(found, LfkIndex)
    return found


@pytest.mark.parametrize(("yi", "se", "value", "asymmetry"), METASENS)
def test_the_index_is_that_of_metasens(yi, se, value, asymmetry):
    found = index_of(yi, se)
    assert found.index == pytest.approx(value, abs=1e-8)
    assert found.asymmetry == asymmetry


def test_neither_order_nor_unit_matters_and_the_sign_turns_with_the_effects():
    yi, se, *_ = METASENS[0]
    rng = np.random.default_rng(1)
    mixed = rng.permutation(len(yi))
    first = index_of(yi, se)
    assert index_of(np.array(yi)[mixed], np.array(se)[mixed]).index == pytest.approx(first.index, rel=1e-12)
    assert index_of(10 * np.array(yi) + 3, 2 * np.array(se)).index == pytest.approx(first.index, rel=1e-12)
    # the half of a patient that the definition takes off is the only thing that has a direction
    assert index_of(-np.array(yi), se).index == pytest.approx(-first.index, abs=0.02)
    tied = [0.1, 0.1, 0.4, 0.4, 0.9]
    errors = np.array([0.1, 0.3, 0.2, 0.4, 0.5])
    assert index_of(tied, errors).index == index_of(tied, errors[[1, 0, 3, 2, 4]]).index


def test_what_has_no_index():
    few = tm.lfk_index(tm.effects.generic([0.1, 0.2], se=[0.1, 0.1]))
    assert isinstance(few, tm.NotAssessable)
    assert few.reason == "needs at least 3 studies, got 2"
    alike = tm.lfk_index(tm.effects.generic([0.2] * 4, se=[0.1, 0.2, 0.3, 0.4]))
    assert isinstance(alike, tm.NotAssessable)
    assert "same estimate" in alike.reason
    with pytest.raises(tm.InvalidInputError):
        tm.lfk_index([0.1, 0.2, 0.3])


def test_the_words_of_the_index():
    found = index_of(*METASENS[0][:2])
    assert found.result_sentence().startswith(
        "LFK index of 10 studies: 6.69, major asymmetry towards larger values. It is no test: "
    )
    assert "at least 5 studies" in index_of([0.1, 0.2, 0.4], [0.1, 0.2, 0.3]).result_sentence()
    assert "at least 5 studies" not in found.note
    assert "Furuya-Kanamori" in found.methods_sentence()
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["index"] == pytest.approx(6.68755816)
    assert len(plain["points"]) == 10
    assert list(found.to_frame()) == ["study", "yi", "se", "z", "abs_z"]
    assert found.to_frame()["yi"].is_monotonic_increasing
    assert found.centre in found.effects.yi


COUNTS = ([3, 8, 15, 20, 0], [40, 50, 44, 90, 30], [1, 2, 5, 10, 0], [41, 49, 47, 88, 31])


def power_of(**more):
    found = tm.study_power(tm.effects.binary("RR", *COUNTS, study=list("abcde"), drop_double_zero=True), **more)
    assert isinstance(found, StudyPower)
    return found


def test_power_of_known_distances():
    """An effect 1.96 standard errors away is found in half of all studies; none at all in alpha of them."""
    found = tm.study_power(tm.effects.generic([0.0, 1.0, 2.0], se=[0.5, 1.0, 2.0], measure="MD"), assumed=1.9599639845)
    assert found.power[1] == pytest.approx(0.5 + 4.43e-5, abs=1e-6)  # the other tail: P(Z < -2 * 1.96)
    nothing = tm.study_power(tm.effects.generic([0.0, 1.0], se=[0.5, 1.0], measure="MD"), assumed=0.0)
    np.testing.assert_allclose(nothing.power, 0.05)
    np.testing.assert_array_equal(nothing.se_at([0.3, 0.8]), 0.0)


def test_summaries_and_standard_errors_of_given_power():
    found = power_of(tau2="FE")
    assert found.k == 4
    assert [issue.row for issue in found.left_out] == ["e"]
    assert found.assumed == tm.pool(found.effects, tau2="FE").estimate
    table = found.to_frame()
    assert found.observed == (table["p_value"] < 0.05).sum()
    assert found.expected == pytest.approx(table["power"].sum())
    assert found.r_index == pytest.approx(2 * table["power"].median() - found.observed / 4)
    np.testing.assert_allclose(found.se_at(found.power), found.effects.se, rtol=1e-9)


def test_words_and_faults_of_the_power():
    found = power_of()
    assert "Median power of 4 studies to find the pooled risk ratio" in found.result_sentence()
    assert "Kossmeier" in found.methods_sentence()
    assert "named beforehand" in power_of(assumed=0.5).methods_sentence()
    assert json.loads(json.dumps(found.to_dict()))["points"][0]["study"] == "a"
    single = tm.study_power(tm.effects.proportion("PLO", [3, 5, 9], [20, 30, 25]))
    assert isinstance(single, tm.NotAssessable)
    with pytest.raises(tm.InvalidInputError) as caught:
        power_of(alpha=5, assumed=float("nan"))
    assert "`alpha`" in str(caught.value)
    assert "`assumed`" in str(caught.value)
