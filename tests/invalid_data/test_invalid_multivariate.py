"""Joint, multilevel and profile models on inputs at the edge: units, names, words for numbers."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tmsmeta import InvalidInputError, UnknownOptionError, effects, joint, multilevel, profile_likelihood

RNG = np.random.default_rng(0)
YI, VI, STUDY = RNG.normal(0.3, 0.4, 6), RNG.uniform(0.02, 0.1, 6), list("abcdef")
GROUPS = [1, 1, 1, 2, 2, 3]


def pair(first=1.0, second=1.0):
    a = effects.generic(YI * first, vi=VI * first**2, study=STUDY)
    return {"a": a, "b": effects.generic((YI * 2 + 0.1) * second, vi=VI * second**2, study=STUDY)}


@pytest.mark.parametrize("units", [(1e6, 1e6), (1e-6, 1e-6), (1e6, 1e-6), (1e-6, 1e6)])
@pytest.mark.parametrize("structure", ["unstructured", "diagonal"])
def test_each_outcome_may_have_its_own_unit(units, structure):
    plain = joint(pair(), correlation=0.5, structure=structure)
    scaled = joint(pair(*units), correlation=0.5, structure=structure)
    np.testing.assert_allclose(scaled.estimate / units, plain.estimate, rtol=1e-6)
    np.testing.assert_allclose(scaled.se / units, plain.se, rtol=1e-6)
    np.testing.assert_allclose(scaled.between / np.outer(units, units), plain.between, rtol=1e-4, atol=1e-8)


def test_a_variance_whose_best_value_is_0_is_0():
    equal = {n: effects.generic(np.full(6, 0.2), vi=VI, study=STUDY) for n in "ab"}
    found = joint(equal, correlation=0.5)
    assert found.tau2.tolist() == [0.0, 0.0]
    levels = multilevel(effects.generic(np.full(6, 0.2), vi=VI), GROUPS, ci="z")
    assert list(levels.variances.values()) == [0.0, 0.0]


def test_names_of_outcomes_may_be_numbers():
    a, b = pair().values()
    found = joint({1: a, 2: b}, correlation=0.5)
    assert found.outcomes == ("1", "2")
    json.dumps(found.to_dict())
    repr(found)


@pytest.mark.parametrize("argument", ["correlation", "covariance"])
def test_what_is_no_number_is_named(argument):
    for ask in (
        lambda: joint(pair(), **{argument: "half"}),
        lambda: multilevel(effects.generic(YI, vi=VI), GROUPS, **{argument: "half"}),
    ):
        with pytest.raises(InvalidInputError, match=f"`{argument}`: must be numbers. Got 'half'"):
            ask()


def test_a_misspelt_argument_is_answered():
    with pytest.raises(UnknownOptionError, match="corelation"):
        joint(pair(), corelation=0.5)


@pytest.mark.parametrize("parameter", ["tau2", "mu"])
def test_a_profile_goes_into_json(parameter):
    found = profile_likelihood(effects.generic(YI, vi=VI), parameter)
    assert json.loads(json.dumps(found.to_dict()))["effects"]["measure"] == "GEN"
