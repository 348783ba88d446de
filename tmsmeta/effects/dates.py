"""Dates and durations as numbers: years and days."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

Unit = Literal["years", "days"]
UNITS: dict[Unit, str] = {"years": "in years of 365.25 days (2000-01-01 is 2000)", "days": "in days"}
"""What the numbers are, in words."""

_ISO = re.compile(r"\d{4}-\d{2}(-\d{2}([T ][\d:.]+(Z|[+-]\d{2}:?\d{2})?)?)?")
_YEAR = 365.25


def unit_of(values: pd.Series[Any]) -> Unit | None:
    """Whether all values are dates (objects, or ISO texts with a month at least) or durations; None if neither."""
    import pandas as pd

    if values.dtype.kind in "iufb" or hasattr(values, "cat"):
        return None
    known = values.dropna()
    if not len(known):
        return None
    if known.map(lambda value: isinstance(value, (timedelta, np.timedelta64))).all():
        return "days"
    dates = (date, np.datetime64, pd.Period)
    if known.map(lambda value: isinstance(value, dates) or bool(_ISO.fullmatch(str(value).strip()))).all():
        return "years"
    return None


def as_numbers(values: pd.Series[Any], unit: Unit) -> pd.Series[float]:
    """Dates as decimal years, 2000 at the start of 2000-01-01 UTC and 365.25 days each; durations as days.

    What is missing, or no date, is NaN. A date without a time zone counts as UTC.
    """
    import pandas as pd

    if unit == "days":
        return pd.to_timedelta(values) / pd.Timedelta(days=1)
    given = values.map(lambda value: value.to_timestamp() if isinstance(value, pd.Period) else value)
    # years and months alone are ISO dates, too; in UTC, dates with and without a time zone can be compared
    moments = pd.to_datetime(given.astype(object), format="ISO8601", utc=True, errors="coerce")
    return 2000 + (moments - pd.Timestamp("2000-01-01", tz="UTC")) / pd.Timedelta(days=_YEAR)
