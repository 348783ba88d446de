"""Leave-one-out, cumulative analysis, influence and coordinates: order, labels, notes."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from tmsmeta import InvalidInputError, NotAssessable, PoolingSpec, bootstrap, effects, gosh, pool
from tmsmeta.robustness.sensitivity import baujat, cumulative, influence, labbe, labbe_curve, leave_one_out

COUNTS = ([3, 8, 5, 20], [40, 50, 44, 90], [9, 12, 5, 30], [41, 49, 47, 88])


def studies():
    return effects.generic([0.3, 0.5, 0.1, 0.9], vi=[0.1, 0.2, 0.3, 0.15], study=list("DBCA"))


def test_columns_of_the_contract_come_first():
    wanted = ["study", "estimate", "se", "ci_low", "ci_high", "tau2", "q", "i2"]
    assert list(leave_one_out(studies()).columns)[:8] == wanted
    assert list(cumulative(studies()).columns)[:8] == wanted


def test_cumulative_sorts_by_values_and_keeps_ties():
    assert cumulative(studies())["study"].tolist() == list("DBCA")
    assert cumulative(studies(), order=[2, 1, 2, 1])["study"].tolist() == list("BADC")
    last = cumulative(studies(), order=[4, 3, 2, 1]).iloc[-1]
    assert last["estimate"] == pytest.approx(pool(studies()).estimate, rel=1e-12)


@pytest.mark.parametrize(
    "dates",
    [
        ["2001-05", "1999-12-31", "2010", "2001-05-30"],
        ["2010", "9", "2011", "2010.5"],
        [date(2001, 5, 1), datetime(1999, 12, 31, 8), pd.Timestamp("2010-01-01"), "2001-05-30"],
        pd.Series(pd.to_datetime(["2001-05-01", "1999-12-31", "2010-01-01", "2001-05-30"]), index=[3, 2, 1, 0]),
        np.array(["2001-05-01", "1999-12-31", "2010-01-01", "2001-05-30"], dtype="M8[ns]"),
        ["2001-05-30T12:00+02:00", "2001-05-30T09:59Z", "2001-05-30T11:00", "2001-05-30 10:30"],
    ],
)
def test_cumulative_sorts_by_dates(dates):
    assert cumulative(studies(), order=dates)["study"].tolist() == list("BDAC")


def test_a_profile_replaces_the_choices():
    spec = PoolingSpec(tau2="DL", ci="z")
    assert leave_one_out(studies(), profile=spec).equals(leave_one_out(studies(), tau2="DL", ci="z"))


def test_rows_without_an_estimate_get_no_row():
    data = effects.binary("OR", [0, 3, 5, 4], [9] * 4, [0, 5, 6, 2], [9] * 4, zero_cells="none")
    for table in (leave_one_out(data), cumulative(data), influence(data), baujat(data)):
        assert table["study"].tolist() == ["study 2", "study 3", "study 4"]


def test_one_and_two_studies_say_what_is_missing():
    two = studies().subset(np.arange(2))
    one_out = leave_one_out(two, ci="z")
    np.testing.assert_allclose(one_out["se"], [0.2**0.5, 0.1**0.5])
    assert one_out["i2"].isna().all()
    assert one_out["note"].str.startswith("one study").all()
    assert leave_one_out(two, ci="hksj")["ci_low"].isna().all()
    alone = studies().subset(np.arange(1))
    for table in (leave_one_out(alone), influence(alone), baujat(alone)):
        assert table["note"].tolist() == ["no study is left"]
    assert cumulative(alone, ci="z")["se"].tolist() == [pytest.approx(0.1**0.5)]


def test_equal_estimates_give_reasons_and_no_warnings():
    data = effects.generic([0.3] * 4, vi=[0.1, 0.2, 0.3, 0.4])
    for table in (leave_one_out(data), influence(data), baujat(data)):
        assert table["note"].str.contains("all equal").all()
    assert not influence(data)["influential"].any()
    assert influence(data, ci="z")["rstudent"].abs().max() < 1e-12


def test_an_outlier_is_flagged():
    data = effects.generic([0.1, 0.12, 0.08, 0.11, 0.09, 2.5], vi=[0.02] * 6)
    flagged = influence(data, ci="z")
    assert flagged["influential"].tolist() == [False] * 5 + [True]
    assert flagged["rstudent"].abs().idxmax() == 5


def test_baujat_of_the_common_effect_model_adds_up_to_q():
    assert baujat(studies(), tau2="FE", ci="z")["x"].sum() == pytest.approx(pool(studies(), tau2="FE").q)


def test_labbe_from_counts_and_from_effects():
    from_counts = labbe(*COUNTS, study=list("abcd"))
    from_effects = labbe(effects.binary("OR", *COUNTS, study=list("abcd")))
    assert from_counts.equals(from_effects)
    assert from_counts["risk_t"][0] == 3 / 40
    assert from_counts["risk_c"][0] == 9 / 41
    missing = labbe(studies())
    assert isinstance(missing, NotAssessable)


@pytest.mark.parametrize("measure", ["OR", "RR", "RD", "AS"])
def test_the_labbe_curve_goes_through_the_table_that_gave_the_effect(measure):
    effect = effects.binary(measure, [30], [100], [20], [100])
    assert labbe_curve(measure, effect.yi[0], [0.2])[0] == pytest.approx(0.3)
    assert np.isnan(labbe_curve("RR", 1.0, [0.9])[0])


@pytest.mark.parametrize("analysis", [pool, leave_one_out, cumulative, influence, baujat, gosh, bootstrap])
def test_no_study_at_all_is_refused_like_no_study_with_an_estimate(analysis):
    none = effects.generic([0.1], vi=[0.1]).subset(np.array([], dtype=int))
    zeros = effects.binary("OR", [0, 0], [9, 9], [0, 0], [9, 9], zero_cells="none")
    for data in (none, zeros):
        with pytest.raises(InvalidInputError, match="No study has an estimate to pool"):
            analysis(data)
