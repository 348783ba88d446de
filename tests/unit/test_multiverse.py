"""Every combination of choices, its specification curve, and the choice that moves the result most."""

from __future__ import annotations

import numpy as np
import pytest

import tmsmeta as tm
from tmsmeta import effects
from tmsmeta.errors import InvalidInputError, UnknownOptionError
from tmsmeta.pooling import pool
from tmsmeta.review.multiverse import effects_of, evidence_multiverse
from tmsmeta.robustness.sensitivity.multiverse import multiverse

COUNTS = ([3, 7, 0, 12], [20, 31, 15, 60], [1, 4, 2, 5], [21, 30, 16, 58])


def _build(measure: str, zero_cells: str) -> effects.EffectSizes:
    return effects.binary(measure, *COUNTS, zero_cells=zero_cells)  # type: ignore[arg-type]


def test_every_combination_is_pooled_as_pool_does() -> None:
    found = multiverse(_build, {"measure": ["RR", "OR"], "zero_cells": ["only0", "none"]}, tau2=["DL", "REML"])
    assert len(found) == 2 * 2 * 2 * 2
    for row in found.table.to_dict("records"):
        e = _build(row["measure"], row["zero_cells"])
        single = pool(e, tau2=row["tau2 estimator"], ci=row["interval"])
        assert (row["estimate"], row["ci_low"], row["ci_high"], row["k"]) == (single.estimate, *single.ci, single.k)
        assert row["ratio"] == np.exp(single.estimate)


def test_main_effects_are_means_over_the_other_choices() -> None:
    found = multiverse(_build, {"measure": ["RR", "OR"], "zero_cells": ["only0", "none"]})
    table = found.influence().set_index("factor")
    means = found.table.groupby("zero_cells")["estimate"].mean()
    np.testing.assert_allclose(table.loc["zero_cells", "range"], means.max() - means.min())
    assert table.loc["interval", "range"] == 0
    assert table["range"].is_monotonic_decreasing


def test_differences_and_ratios_are_not_mixed() -> None:
    found = multiverse(_build, {"measure": ["RR", "RD", "OR"], "zero_cells": ["only0"]})
    assert found.scales == ("ratio", "RD")
    assert set(found.curve()["measure"]) == {"RR", "OR"}
    assert set(found.curve("RD")["measure"]) == {"RD"}
    with pytest.raises(UnknownOptionError):
        found.curve("MD")


def test_the_curve_is_sorted_and_knows_what_excludes_no_effect() -> None:
    curve = multiverse(_build, {"measure": ["RR", "OR"], "zero_cells": ["only0", "all"]}).curve()
    assert curve["estimate"].is_monotonic_increasing
    assert curve["rank"].tolist() == list(range(1, len(curve) + 1))
    np.testing.assert_array_equal(curve["excludes_null"], (curve["ci_low"] > 0) | (curve["ci_high"] < 0))


def test_proportions_have_no_value_of_no_effect() -> None:
    """A log odds of 0 is a proportion of 0.5, which is no effect of anything."""
    effects = tm.effects.proportion("PLO", [1, 2, 5, 4], [10, 20, 30, 40])
    found = multiverse({"all": effects})
    assert (found.curve()["ci_high"] < 0).all()
    assert not found.curve()["excludes_null"].any()
    assert "no effect" not in found.sentence()
    figure = tm.figures.specification_curve(found)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["Interval", "Estimate"]


def test_the_sentence_leaves_the_measure_aside_and_names_the_mover() -> None:
    found = multiverse(_build, {"measure": ["RR", "OR"], "zero_cells": ["only0", "none"]})
    top = found.influence()
    mover = top[top["factor"] != "measure"]["factor"].iloc[0]
    text = found.sentence()
    assert f"The choice of {mover} moves the estimate most" in text
    assert "RR, OR of the same data differ by definition" in text or "OR, RR of the same data" in text
    assert str(len(found)) in text


def test_labelled_effect_sets_are_one_factor() -> None:
    sets = {"all": _build("RR", "only0"), "large": effects.generic([0.1, 0.2], vi=[0.1, 0.1], measure="RR")}
    found = multiverse(sets, tau2=["DL"], ci=["z"])
    assert found.factors["data"] == ("all", "large")
    assert found.table["k"].tolist() == [4, 2]


def test_a_combination_without_studies_stays_with_its_reason() -> None:
    found = evidence_multiverse(
        outcomes=("remission",), populations={"none left": ("perinatal",)}, tiers={"A": ("A",), "B": ("B",)}
    )
    assert len(found) == 2 * 3 * 2 * 3 * 2
    assert found.table["note"].str.contains("no trial with usable numbers").any()
    plain = found.to_dict()
    assert len(plain["rows"]) == len(found)


def test_the_evidence_under_the_main_choices() -> None:
    from tmsmeta.review import Selection, load_evidence
    from tmsmeta.review.selecting.apply import select

    one = {"tau2": ["REML"], "ci": ["hksj"], "measures": ["RR"], "zero_cells": ["only0"]}
    for outcome, found in (
        ("remission", evidence_multiverse(outcomes=("remission",), **one)),
        ("response", evidence_multiverse(**one)),
    ):
        main = (found.table["tiers"] == "main (tiers A to C)") & (found.table["population"] == "main groups")
        row = found.table[main].iloc[0]
        trials = select(load_evidence(), Selection(outcome=outcome)).trials
        single = pool(effects.binary("RR", *(trials[c] for c in ("events_t", "n_t", "events_c", "n_c"))))
        np.testing.assert_allclose([row["estimate"], row["ci_low"]], [single.estimate, single.ci[0]], rtol=1e-12)


def test_tiers_and_groups_that_vary_are_those_of_the_protocol() -> None:
    found = evidence_multiverse(tau2=["DL"], ci=["z"], measures=["RR"], zero_cells=["only0"])
    assert found.factors["outcome"] == ("response",)
    assert found.factors["tiers"] == ("main (tiers A to C)", "tier A only", "tiers A and B", "tiers A to D")
    assert found.factors["population"] == ("main groups", "with bipolar, mixed and first-episode")


def test_printed_ratios_join_with_tier_d() -> None:
    from tmsmeta.review import Selection, load_evidence
    from tmsmeta.review.selecting.apply import select

    chosen = select(load_evidence(), Selection(outcome="response", tiers=("A", "B", "C", "D")))
    assert len(chosen.contrasts)
    assert effects_of(chosen, "RR").k == len(chosen.trials) + len(chosen.contrasts)


def test_what_is_refused() -> None:
    with pytest.raises(InvalidInputError) as caught:
        multiverse(_build, {"measure": [], "k": ["a"], "zero_cells": ["x", "x"]})
    assert {i.column for i in caught.value.issues} == {"measure", "k", "zero_cells"}
    with pytest.raises(UnknownOptionError):
        multiverse({"a": _build("RR", "only0")}, tau2=["REMl"])
    with pytest.raises(InvalidInputError, match="factor"):
        multiverse(_build)
