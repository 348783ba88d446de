"""Profiles and the words that explain a difference."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tmsmeta import effects, pool, profiles
from tmsmeta.pooling.profiles import explain_difference, moves
from tmsmeta.words.numbers import interval

SIX = effects.binary(
    "RR", [2, 4, 6, 7, 7, 11], [39, 44, 107, 103, 110, 154], [1, 4, 4, 5, 3, 4], [43, 44, 110, 100, 106, 146]
)


def test_the_steps_lead_from_one_result_to_the_other() -> None:
    a, b = pool(SIX, profile=profiles.REVMAN5), pool(SIX, profile=profiles.REVMAN2025)
    path = moves(a, b)
    assert path[0].start is a
    assert path[-1].end.ci == b.ci
    assert path[-1].end.prediction == b.prediction
    for before, after in itertools.pairwise(path):
        assert before.end is after.start


def test_the_paragraph_names_the_convention_and_both_intervals() -> None:
    a, b = pool(SIX, profile=profiles.REVMAN5), pool(SIX, profile=profiles.REVMAN2025)
    text = explain_difference(a, b)
    assert text.startswith("REVMAN5 gives risk ratio")
    assert "the confidence interval from z to hksj" in text
    for result in (a, b):
        assert isinstance(result.ratio_ci, tuple)
        assert interval(result.ratio_ci, log=True, null=1.0) in text
    assert "owes most of the change to the confidence interval" in text


def test_other_studies_are_the_first_step() -> None:
    a, b = pool(SIX), pool(SIX.subset(np.arange(5)))
    assert [m.choice for m in moves(a, b)] == ["effects"]
    assert "Changing the studies from 6 studies" in explain_difference(a, b)


def test_equal_results_are_said_to_be_equal() -> None:
    assert "same conventions" in explain_difference(pool(SIX), pool(SIX))


def test_a_conclusion_that_changes_is_pointed_out() -> None:
    es = effects.generic([0.9, 0.1, 0.5], vi=[0.05, 0.04, 0.06])
    a, b = pool(es, ci="z"), pool(es, ci="hksj")
    assert isinstance(a.ci, tuple)
    assert isinstance(b.ci, tuple)
    assert a.ci[0] > 0 > b.ci[0]
    assert "Only the second interval includes no effect" in explain_difference(a, b)


@pytest.mark.parametrize("name", list(profiles.PROFILES))
def test_every_profile_pools(name: str) -> None:
    result = pool(SIX, profile=profiles.PROFILES[name])
    assert result.spec.name == name
    assert name in result.methods_sentence()


def test_the_rule_for_zero_cells_is_named_where_it_differs() -> None:
    counts = ([0, 4, 6, 7], [39, 44, 107, 103], [1, 4, 4, 5], [43, 44, 110, 100])
    rules = ({}, {"zero_cells": "all", "add": 0.25}, {"correction": "treatment-arm", "drop_double_zero": True})
    usual, everywhere, by_arm = (pool(effects.binary("RR", *counts, **rule)) for rule in rules)  # type: ignore[arg-type]
    text = explain_difference(usual, everywhere)
    assert "from 4 studies as risk ratio, 1 with a correction (zero_cells='only0', add=0.5)" in text
    assert "to 4 studies as risk ratio, 4 with a correction (zero_cells='all', add=0.25)" in text
    assert "add=0.5, correction='treatment-arm', drop_double_zero=True)" in explain_difference(usual, by_arm)
    assert "zero_cells" not in explain_difference(usual, pool(effects.binary("OR", *counts)))
