"""Effect sizes: zero cells, records, back-transformations."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tmsmeta import effects, errors

ZEROS = ([0, 2, 5, 0], [10, 12, 9, 8], [3, 0, 4, 0], [11, 10, 7, 9])


@pytest.mark.parametrize(
    ("zero_cells", "corrected"),
    [("none", []), ("only0", [0, 1, 3]), ("if0all", [0, 1, 2, 3]), ("all", [0, 1, 2, 3])],
)
def test_each_rule_corrects_and_records_its_studies(zero_cells: str, corrected: list[int]) -> None:
    es = effects.binary("OR", *ZEROS, zero_cells=zero_cells, study=list("abcd"))  # type: ignore[arg-type]
    assert [c.study for c in es.corrections] == ["abcd"[i] for i in corrected]
    for i in corrected:
        a, n_t, c, n_c = (column[i] for column in ZEROS)
        b, d = n_t - a, n_c - c
        assert es.yi[i] == pytest.approx(math.log((a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5))))


def test_a_study_without_an_estimate_keeps_its_row_and_its_reason() -> None:
    es = effects.binary("OR", *ZEROS, zero_cells="none", study=list("abcd"))
    assert np.isnan(es.yi[[0, 1, 3]]).all()
    assert np.isnan(es.vi[[0, 1, 3]]).all()
    assert [i.row for i in es.not_estimable] == ["a", "b", "d"]
    assert list(es.estimable) == [False, False, True, False]


@pytest.mark.parametrize(
    "found",
    [
        effects.binary("RD", [0, 3], [9, 9], [9, 2], [9, 9], zero_cells="none"),
        effects.proportion("PR", [9, 3], [9, 9], zero_cells="none"),
        effects.rate("IR", [0, 3], [9, 9], zero_cells="none"),
        effects.rate_ratio("IRD", [0, 3], [9, 9], [0, 2], [9, 9], zero_cells="none"),
    ],
)
def test_a_variance_of_zero_is_no_estimate_but_a_reason(found: effects.EffectSizes) -> None:
    assert np.isnan([found.yi[0], found.vi[0]]).all()
    assert [(i.row, "`zero_cells`='none'" in i.message) for i in found.not_estimable] == [("study 1", True)]


def test_double_zero_studies_can_be_dropped() -> None:
    es = effects.binary("RR", *ZEROS, drop_double_zero=True, study=list("abcd"))
    assert [i.row for i in es.not_estimable] == ["d"]
    assert "d" not in [c.study for c in es.corrections]


def test_treatment_arm_correction_is_reciprocal_to_the_other_arm() -> None:
    es = effects.binary("OR", [0], [100], [5], [50], correction="treatment-arm")
    (record,) = es.corrections
    # Sweeting 2004: in proportion to 1 / (size of the other arm), summing to 1 as two constants of 0.5 do
    assert record.added_t / record.added_c == pytest.approx((1 / 50) / (1 / 100))
    assert record.added_t + record.added_c == pytest.approx(1.0)


@pytest.mark.parametrize("zero_cells", ["none", "only0", "all"])
def test_measures_defined_at_zero_are_never_corrected(zero_cells: str) -> None:
    for es in (
        effects.binary("AS", *ZEROS, zero_cells=zero_cells),  # type: ignore[arg-type]
        effects.proportion("PAS", [0, 9], [9, 9], zero_cells=zero_cells),  # type: ignore[arg-type]
        effects.proportion("PFT", [0, 9], [9, 9], zero_cells=zero_cells),  # type: ignore[arg-type]
        effects.rate("IRS", [0, 3], [9, 9], zero_cells=zero_cells),  # type: ignore[arg-type]
    ):
        assert es.corrections == ()
        assert es.estimable.all()


@pytest.mark.parametrize("measure", ["PR", "PLN", "PLO", "PAS", "PFT"])
def test_the_way_back_from_a_proportion(measure: str) -> None:
    events, n = np.array([1, 5, 9]), np.array([10, 12, 30])
    es = effects.proportion(measure, events, n)
    np.testing.assert_allclose(effects.back_transform(measure, es.yi, n=n), events / n, rtol=1e-10)


@pytest.mark.parametrize("measure", ["IR", "IRLN", "IRS", "IRFT"])
def test_the_way_back_from_a_rate(measure: str) -> None:
    events, time = np.array([1, 5, 9]), np.array([10.0, 120.0, 3.0])
    es = effects.rate(measure, events, time)
    np.testing.assert_allclose(effects.back_transform(measure, es.yi, n=time), events / time, rtol=1e-10)


def test_freeman_tukey_ends_at_0_and_1() -> None:
    assert effects.back_transform("PFT", [-0.1, 2.0], n=[10, 10]).tolist() == [0.0, 1.0]


def test_the_table_shows_ratios_and_notes() -> None:
    frame = effects.binary("RR", *ZEROS, study=list("abcd")).to_frame()
    assert {"study", "events_t", "yi", "se", "ratio", "ratio_low", "ratio_high", "note"} <= set(frame.columns)
    assert "0.5 and 0.5 added (to studies with a zero cell)" in frame["note"].iloc[0]
    assert "ratio" not in effects.binary("RD", *ZEROS).to_frame().columns


def test_swapping_arms_turns_the_sign() -> None:
    for measure in ("OR", "RR", "RD", "AS", "PETO"):
        there = effects.binary(measure, *ZEROS)
        back = effects.binary(measure, *ZEROS[2:], *ZEROS[:2])
        np.testing.assert_allclose(there.yi, -back.yi, atol=1e-14)
        np.testing.assert_allclose(there.vi, back.vi, rtol=1e-13)


def test_studies_of_one_name_keep_their_own_records() -> None:
    es = effects.binary("OR", [0, 5, 3], [20] * 3, [2, 3, 4], [20] * 3, study=["A", "A", "B"])
    assert [(c.row, c.study) for c in es.corrections] == [(1, "A")]
    assert es.to_frame()["note"].tolist() == ["0.5 and 0.5 added (to studies with a zero cell)", "", ""]
    turned = es.subset(np.array([2, 1, 0]))
    assert [(c.row, c.study) for c in turned.corrections] == [(3, "A")]
    assert es.subset(np.array([False, True, True])).corrections == ()


def test_records_keep_their_place_when_sets_are_combined() -> None:
    first = effects.binary("OR", [5, 3], [20] * 2, [3, 4], [20] * 2, study=["A", "B"])
    second = effects.binary("OR", [4, 0], [20] * 2, [2, 2], [20] * 2, study=["C", "D"])
    both = effects.combine(first, second)
    assert [(c.row, c.study) for c in both.corrections] == [(4, "D")]
    assert both.to_frame()["note"].tolist() == ["", "", "", "0.5 and 0.5 added (to studies with a zero cell)"]


def test_effects_keep_the_rule_for_zero_cells_that_made_them() -> None:
    rule = effects.ZeroCellRule(zero_cells="if0all", add=1.0, drop_double_zero=True)
    made = effects.binary("RR", [0, 2], [9, 9], [1, 3], [9, 9], zero_cells="if0all", add=1.0, drop_double_zero=True)
    assert made.zero_rule == rule
    assert made.subset(np.array([1])).zero_rule == rule
    assert made.to_dict()["zero_rule"] == {
        "zero_cells": "if0all",
        "add": 1.0,
        "correction": "constant",
        "drop_double_zero": True,
    }
    bare = effects.generic([0.2], vi=[0.1], measure="RR", study=["C"])
    assert bare.zero_rule is None
    assert effects.combine(made, bare).zero_rule == rule
    other = effects.binary("RR", [0], [9], [1], [9], study=["D"])
    assert effects.combine(made, other).zero_rule is None


def test_smdh_variance_is_near_that_of_many_draws() -> None:
    """Both variances of SMDH beside the spread of 40,000 estimates, SD 1 and 2, n = 15 and 25, difference of 1.5.

    Both are large-sample formulas; the newer one lies 3 % above the spread, the older 1 % below.
    """
    rng = np.random.default_rng(3)
    t, c = rng.normal(1.5, 1.0, (40_000, 15)), rng.normal(0.0, 2.0, (40_000, 25))
    columns = [
        stat for arm in (t, c) for stat in (arm.mean(axis=1), arm.std(axis=1, ddof=1), np.full(40_000, arm.shape[1]))
    ]
    newer = effects.continuous("SMDH", *columns)
    older = effects.continuous("SMDH", *columns, smdh_variance="metafor 3.8")
    spread = newer.yi.var()
    assert 1.0 < newer.vi.mean() / spread < 1.08
    assert older.vi.mean() / spread < newer.vi.mean() / spread


def test_the_variance_of_smdh_is_not_asked_of_other_measures() -> None:
    columns = ([10, 5], [2, 1], [12, 8], [8, 5.5], [3, 2.5], [20, 9])
    with pytest.raises(errors.InvalidInputError, match="belongs to SMDH, not to SMD"):
        effects.continuous("SMD", *columns, smdh_variance="metafor 3.8")
    with pytest.raises(errors.UnknownOptionError, match=r"'metafor 4\.6', 'metafor 3\.8'"):
        effects.continuous("SMDH", *columns, smdh_variance="newest")  # type: ignore[arg-type]
