"""A profile beside choices of one's own: what agrees is welcome, what contradicts is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tmsmeta import (
    EffectSizes,
    InvalidInputError,
    PooledEffect,
    PoolingSpec,
    bootstrap,
    effects,
    gosh,
    permutation_test,
    pool,
    pool_batch,
    profiles,
    subgroups,
)
from tmsmeta.pooling.spec import pooling_spec
from tmsmeta.robustness.sensitivity import baujat, cumulative, influence, leave_one_out
from tmsmeta.robustness.sensitivity.subsets import leave_k_out
from tmsmeta.robustness.smallstudy import funnel, trim_and_fill

SIX = effects.generic([0.1, 0.5, 0.2, 0.4, 0.9, 0.3], vi=[0.1, 0.2, 0.3, 0.2, 0.1, 0.15])

ENTRIES: dict[str, Callable[..., Any]] = {
    "pool": pool,
    "pool_batch": lambda es, **spec: pool_batch(es.yi, es.vi, **spec),
    "subgroups": lambda es, **spec: subgroups(es, list("aaabbb"), **spec),
    "leave_one_out": leave_one_out,
    "leave_k_out": lambda es, **spec: leave_k_out(es, 2, **spec),
    "cumulative": cumulative,
    "influence": influence,
    "baujat": baujat,
    "gosh": gosh,
    "bootstrap": lambda es, **spec: bootstrap(es, replicates=20, **spec),
    "permutation_test": permutation_test,
    "funnel": funnel,
    "trim_and_fill": trim_and_fill,
}
entries = pytest.mark.parametrize("entry", list(ENTRIES))


@entries
@pytest.mark.parametrize(
    ("profile", "choice", "wanted"),
    [("IQWIG6", {"tau2": "REML"}, "'PM'"), ("REVMAN2025", {"ci": "z"}, "'hksj'"), ("META", {"ci": "hksj"}, "'z'")],
)
def test_a_contradiction_is_refused_with_both_values(entry: str, profile: str, choice: dict[str, str], wanted: str):
    [(name, value)] = choice.items()
    with pytest.raises(InvalidInputError) as caught:
        ENTRIES[entry](SIX, profile=profiles.PROFILES[profile], **choice)
    [issue] = caught.value.issues
    assert (issue.column, issue.found) == (name, value)
    change = f"dataclasses.replace(profiles.{profile}, {name}={value!r})"
    assert f"contradicts {wanted} of {profile}" in issue.message
    assert change in issue.message


@entries
def test_a_choice_that_agrees_is_the_same_as_none(entry: str):
    alone, beside = (
        ENTRIES[entry](SIX, profile=profiles.META, **more) for more in ({}, {"tau2": "REML", "ci": "z", "level": 0.95})
    )
    assert _numbers(alone) == _numbers(beside)


@entries
@pytest.mark.parametrize("name", ["META", "meta", " Meta "])
def test_a_profile_goes_by_its_name_in_any_case(entry: str, name: str):
    assert _numbers(ENTRIES[entry](SIX, profile=name)) == _numbers(ENTRIES[entry](SIX, profile=profiles.META))


def _numbers(result: Any) -> str:
    """What a result holds, as text; NaN equals NaN."""
    if hasattr(result, "to_frame"):
        result = result.to_frame()
    return str(result.to_csv(float_format="%.17g"))


def test_every_contradiction_is_listed():
    with pytest.raises(InvalidInputError, match="2 faults"):
        pool(SIX, profile="REVMAN5", tau2="REML", ci="hksj", i2="Q")


def test_a_profile_without_a_name_is_called_the_profile():
    with pytest.raises(InvalidInputError, match=r"contradicts 'DL' of the profile; .*replace\(profile, tau2='REML'\)"):
        leave_one_out(SIX, profile=PoolingSpec(tau2="DL"), tau2="REML")


def test_an_impossible_value_beside_a_profile_is_refused_for_itself():
    with pytest.raises(ValueError, match="The `tau2` argument must be one of"):
        pool(SIX, profile="META", tau2="REMl")


def test_defaults_are_those_of_the_documentation():
    assert pool(SIX).spec == PoolingSpec(tau2="REML", ci="hksj", level=0.95, prediction="t(k-2)")
    assert pool_batch(SIX.yi, SIX.vi).spec == PoolingSpec(tau2="REML", ci="z", level=0.95, prediction="t(k-2)")
    assert pool_batch(SIX.yi, SIX.vi, ci="hksj").spec == PoolingSpec(ci="hksj")
    assert pool_batch(SIX.yi, SIX.vi, profile="REVMAN2025").spec == profiles.REVMAN2025


def test_none_leaves_the_choice_open():
    assert pooling_spec(None, {"tau2": None, "ci": "t"}) == PoolingSpec(ci="t")
    assert pooling_spec(profiles.IQWIG6, {"tau2": None}) is profiles.IQWIG6


def test_the_advice_of_the_message_works():
    advised = pool(SIX, profile=replace(profiles.META, tau2="PM"))
    assert advised.spec.tau2 == "PM"
    assert advised.spec.ci == "z"
    np.testing.assert_allclose(advised.estimate, pool(SIX, tau2="PM", ci="z").estimate, rtol=1e-15)
    assert isinstance(advised, PooledEffect)
    assert isinstance(advised.effects, EffectSizes)
