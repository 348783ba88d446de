"""Arguments of the wrong kind are refused by a typed error; equal effects are not ranked by their rounding."""

from collections.abc import Callable
from typing import Any

import pytest

from tmsmeta import (
    InvalidInputError,
    NotAssessable,
    UnknownOptionError,
    begg,
    bootstrap,
    effects,
    gosh,
    meta_regression,
    pool,
    pool_batch,
    profiles,
    selection_model,
    simulate,
    subgroups,
)
from tmsmeta.robustness.simulation import grid

EFFECTS = effects.generic([0.1, 0.5, 0.2, 0.4, 0.9], vi=[0.1, 0.2, 0.3, 0.2, 0.1])
DOSE = {"dose": [1, 2, 3, 4, 5]}


@pytest.mark.parametrize("add", ["x", None, True, [0.5], float("nan"), -1])
def test_an_amount_that_is_no_number_is_refused(add: Any) -> None:
    with pytest.raises(InvalidInputError, match="`add`"):
        effects.binary("OR", [1, 2], [10, 10], [1, 0], [10, 10], add=add)


def test_a_misspelt_profile_names_the_near_one() -> None:
    with pytest.raises(UnknownOptionError, match=r"Got 'revman55'\. Is 'REVMAN5' meant\?$"):
        pool(EFFECTS, profile="revman55")
    with pytest.raises(UnknownOptionError, match=r"Got 'zzz'\.$"):
        pool(EFFECTS, profile="zzz")


def test_a_profile_must_be_a_spec_or_the_name_of_one() -> None:
    with pytest.raises(InvalidInputError, match=r"`profile`.*profiles\.REVMAN5, or its name"):
        pool(EFFECTS, profile=5)  # type: ignore[arg-type]
    with pytest.raises(UnknownOptionError, match="`profile` argument must be one of 'METAFOR', 'META', 'REVMAN5'"):
        pool(EFFECTS, profile="STATA")


def test_only_effect_sizes_are_pooled() -> None:
    with pytest.raises(InvalidInputError, match=r"effects\.generic.*'list'"):
        pool([0.1, 0.2])  # type: ignore[arg-type]


def test_an_unknown_choice_of_a_regression_is_refused_by_name() -> None:
    with pytest.raises(UnknownOptionError, match="'colour'"):
        meta_regression(EFFECTS, "dose", DOSE, colour=1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: pool(EFFECTS, profile=profiles.REVMAN5, colour=1),
        lambda: meta_regression(EFFECTS, "dose", DOSE, colour=1),
        lambda: subgroups(EFFECTS, list("aabbb"), colour=1),
        lambda: gosh(EFFECTS, colour=1),
        lambda: pool_batch(EFFECTS.yi, EFFECTS.vi, colour=1),
        lambda: bootstrap(EFFECTS, colour=1),
        lambda: simulate(grid(k=2, tau2=0.0), colour=1),
        lambda: grid(colour=1),
    ],
)
def test_an_argument_that_does_not_exist_is_named_beside_those_that_do(call: Callable[[], object]) -> None:
    message = r"no argument 'colour'; it must be one of .*'tau2'.* Got colour=1\."
    with pytest.raises(UnknownOptionError, match=message) as caught:
        call()
    assert (caught.value.argument, caught.value.found) == ("colour", 1)


def test_steps_and_weights_of_a_selection_model_must_be_numbers() -> None:
    with pytest.raises(InvalidInputError, match="`steps`"):
        selection_model(EFFECTS, steps="a")  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="`weights`"):
        selection_model(EFFECTS, weights=["a", "b"])  # type: ignore[list-item]


def test_one_step_is_taken_as_a_number_too() -> None:
    assert selection_model(EFFECTS, steps=0.1).estimate == selection_model(EFFECTS, steps=(0.1, 1)).estimate  # type: ignore


@pytest.mark.parametrize("value", [0.2, 0.1, 1 / 3])
def test_equal_effects_show_no_rank_correlation(value: float) -> None:
    found = begg(effects.generic([value] * 5, vi=[0.1, 0.2, 0.1, 0.3, 0.1]))
    assert isinstance(found, NotAssessable)
    assert "tied" in found.reason


def test_a_test_that_does_not_exist_is_named_once() -> None:
    assert subgroups(EFFECTS, ["a"] * 5).result_sentence().count("needs at least 2 subgroups") == 1
    regression = meta_regression(EFFECTS, "1", DOSE)
    assert regression.result_sentence().count("no moderator") == 1  # type: ignore[union-attr]
