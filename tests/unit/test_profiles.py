"""Profiles and the words that explain a difference."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import reference

import tmsmeta as tm
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


# 18 trials of antimicrobial catheters against none, dat.nielweise2007 of metadat; no event in either arm of the 15th
NIEL = reference("pairwise_nielweise2007")["data"]
COUNTS = (NIEL["ai"], NIEL["n1i"], NIEL["ci"], NIEL["n2i"])
DROPPED = "studies without a contrast left out"


@pytest.mark.parametrize("drop", [False, True])
def test_revman_leaves_double_zero_trials_out_of_ratios(drop: bool) -> None:
    """metafor 3.8-1, escalc(measure = "RR", drop00 = TRUE), rma(method = "DL"): -0.925694 (se 0.230319), k = 17."""
    found = pool(effects.binary("RR", *COUNTS, drop_double_zero=drop), profile="REVMAN5")
    assert found.k == 17
    assert found.estimate == pytest.approx(-0.925694, abs=5e-7)
    assert found.se == pytest.approx(0.230319, abs=5e-7)
    assert len(found.left_out) == 1
    assert (DROPPED in found.methods_sentence()) == (not drop)
    assert pool(effects.binary("OR", *COUNTS), profile="REVMAN5").k == 17
    assert pool(effects.binary("RD", *COUNTS), profile="REVMAN5").k == 18


@pytest.mark.parametrize("name", list(profiles.PROFILES))
@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_effects_of_any_rule_give_what_the_profile_has(name: str, measure: str) -> None:
    """One answer per profile, whatever rule the effects were made by."""
    rules = ({}, {"drop_double_zero": True}, {"zero_cells": "all"}, {"zero_cells": "none"}, {"add": 0.1})
    results = [pool(effects.binary(measure, *COUNTS, **rule), profile=name) for rule in rules]  # type: ignore[arg-type]
    for result in results:
        assert (result.estimate, result.ci, result.k) == (results[0].estimate, results[0].ci, results[0].k)
        assert result.k == (17 if measure != "RD" and name != "METAFOR" else 18)
    assert all("made again from their counts" in r.methods_sentence() for r in results[2:])
    assert all(r.effects.corrections == results[0].effects.corrections for r in results)


def test_without_counts_it_is_said_that_the_rule_cannot_be_told() -> None:
    bare = effects.generic([0.1, 0.4], vi=[0.1, 0.2], measure="OR")
    text = pool(bare, profile="REVMAN5").methods_sentence()
    assert text.count("cannot be told") == 1
    assert "no counts" not in pool(bare).methods_sentence()
    assert (
        "no counts"
        not in pool(effects.generic([0.1, 0.4], vi=[0.1, 0.2], measure="MD"), profile="META").methods_sentence()
    )
    assert (
        "no counts" not in pool(effects.binary("PETO", *COUNTS, zero_cells="none"), profile="META").methods_sentence()
    )


def test_rows_without_counts_stay_as_they_are() -> None:
    printed = effects.printed_ratio("RR", [0.5], [0.2], [1.25], study=["printed"])
    both = effects.combine(printed, effects.binary("RR", *COUNTS))
    found = pool(both, profile="REVMAN5")
    assert found.k == 18
    assert found.effects.yi[0] == printed.yi[0]
    same = pool(effects.combine(printed, effects.binary("RR", *COUNTS, drop_double_zero=True)), profile="REVMAN5")
    assert (found.estimate, found.ci) == (same.estimate, same.ci)
    assert [c.study for c in found.effects.corrections] == [c.study for c in same.effects.corrections]
    assert [found.effects.study[c.row - 1] for c in found.effects.corrections] == [
        c.study for c in same.effects.corrections
    ]


def test_every_function_that_takes_a_profile_follows_its_rule() -> None:
    kept = effects.binary("RR", *COUNTS)
    dropped = effects.binary("RR", *COUNTS, drop_double_zero=True)
    calls: dict[str, Callable[[effects.EffectSizes], Any]] = {
        "leave_one_out": lambda e: tm.leave_one_out(e, profile="META").to_numpy().tolist(),
        "cumulative": lambda e: tm.cumulative(e, profile="REVMAN5")["estimate"].tolist(),
        "influence": lambda e: tm.influence(e, profile="META")["weight"].tolist(),
        "subgroups": lambda e: tm.subgroups(e, list("ab") * 9, profile="META").statistic,
        "trim_and_fill": lambda e: tm.trim_and_fill(e, profile="META").pooled.estimate,
        "permutation": lambda e: tm.permutation_test(e, arrangements=50, seed=1, profile="META").p_value,
        "gosh": lambda e: tm.gosh(e, subsets=20, seed=1, profile="META").pooled.estimate,
    }
    for name, call in calls.items():
        assert call(kept) == call(dropped), name


def test_a_difference_owed_to_the_rule_is_said_to_be_one() -> None:
    a, b = (pool(effects.binary("RR", *COUNTS), profile=name) for name in ("REVMAN5", "METAFOR"))
    assert "drop_double_zero=True) to 18 studies as risk ratio" in explain_difference(a, b)
    assert moves(a, b)[-1].end.estimate == pytest.approx(b.estimate, rel=1e-12)
    assert moves(b, a)[-1].end.estimate == pytest.approx(a.estimate, rel=1e-12)
