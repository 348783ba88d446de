"""Dates and durations as moderators and orders."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tmsmeta as tm
from tmsmeta.effects.dates import as_numbers, unit_of
from tmsmeta.errors import InvalidInputError

EFFECTS = tm.effects.generic([0.1, 0.2, 0.3, 0.5, 0.4], se=[0.1, 0.2, 0.1, 0.2, 0.2], study=list("ABCDE"))
ISO = ["2001-05-30", "2003-01-01", "2010-02-03", "2005-06-07", "2000-01-01"]
DATES = pd.to_datetime(pd.Series(ISO))
PYTHON = [dt.date.fromisoformat(text) for text in ISO]
YEARS = [2000 + (day - dt.date(2000, 1, 1)).days / 365.25 for day in PYTHON]
DAYS = [3, 1, 2, 5, 4]


@pytest.mark.parametrize(
    "values",
    [
        DATES,
        DATES.dt.tz_localize("UTC"),
        DATES.to_numpy(),
        PYTHON,
        [dt.datetime(day.year, day.month, day.day) for day in PYTHON],
        ISO,
        dict(zip("EDCBA", reversed(ISO), strict=True)),
    ],
)
def test_dates_count_in_years(values: Any) -> None:
    fit = tm.meta_regression(EFFECTS, "when", {"when": values})
    wanted = tm.meta_regression(EFFECTS, "when", {"when": YEARS})
    np.testing.assert_allclose(fit.beta, wanted.beta, rtol=1e-9)  # type: ignore[union-attr]
    assert "when is in years of 365.25 days (2000-01-01 is 2000)." in fit.methods_sentence()  # type: ignore[union-attr]
    assert "when is" not in wanted.methods_sentence()  # type: ignore[union-attr]
    assert tm.cumulative(EFFECTS, values)["study"].tolist() == list("EABDC")
    new = fit.predict({"when": ["2005-06-07"]})["estimate"]  # type: ignore[union-attr]
    np.testing.assert_allclose(new, fit.predict({"when": [YEARS[3]]})["estimate"], rtol=1e-12)  # type: ignore[union-attr]
    np.testing.assert_allclose(new, [fit.fitted[3]], rtol=1e-9)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "values",
    [pd.to_timedelta(DAYS, unit="D"), [dt.timedelta(days=d) for d in DAYS], pd.Series(pd.to_timedelta(DAYS, unit="D"))],
)
def test_durations_count_in_days(values: Any) -> None:
    fit = tm.meta_regression(EFFECTS, "span + I(span^2)", {"span": values})
    wanted = tm.meta_regression(EFFECTS, "span + I(span^2)", {"span": DAYS})
    np.testing.assert_allclose(fit.beta, wanted.beta, rtol=1e-9)  # type: ignore[union-attr]
    assert "span is in days." in fit.methods_sentence()  # type: ignore[union-attr]
    assert tm.cumulative(EFFECTS, values)["study"].tolist() == list("BCAED")


def test_months_and_periods() -> None:
    months = pd.Series(["2000-01", "2001-01"])
    np.testing.assert_allclose(as_numbers(months, "years"), [2000, 2000 + 366 / 365.25])
    np.testing.assert_allclose(
        as_numbers(pd.Series(pd.PeriodIndex(months, freq="M")), "years"), as_numbers(months, "years")
    )


def test_texts_that_are_no_dates_stay_categories_and_missing_dates_are_missing() -> None:
    assert unit_of(pd.Series(["a", "2001-01-01"])) is None
    assert unit_of(pd.Series(["2001", "2002"])) is None
    assert unit_of(pd.Series([None, None])) is None
    with pytest.raises(InvalidInputError, match=r"row 1 \(A\), `when`: must not be missing"):
        tm.meta_regression(EFFECTS, "when", {"when": pd.to_datetime(pd.Series([None, *ISO[1:]]))})
    kept = tm.meta_regression(EFFECTS, "when", {"when": [None, *ISO[1:]]}, missing="drop")
    assert [i.row for i in kept.left_out] == ["row 1 (A)"]  # type: ignore[union-attr]
    factor = tm.meta_regression(
        EFFECTS, "C(when)", {"when": ["2001-01-01", "2002-01-01", "2001-01-01", "2002-01-01", "2001-01-01"]}
    )
    assert factor.terms == ("Intercept", "C(when)[T.2002-01-01]")  # type: ignore[union-attr]
