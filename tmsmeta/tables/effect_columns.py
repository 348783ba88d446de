"""Estimates of a table: on which scale they are, and their standard errors from whatever is given."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from tmsmeta.errors import InvalidInputError, Issue
from tmsmeta.tables.header_words import RATIOS
from tmsmeta.tables.recognise import Fit
from tmsmeta.tables.shapes import Shape

if TYPE_CHECKING:
    import pandas as pd

Scale = Literal["log", "natural"]
SCALES: tuple[Scale, ...] = ("log", "natural")


class Effects(Protocol):
    """What is needed of a table on its way; see :class:`tmsmeta.tables.derive.Derived`."""

    fit: Fit
    shape: Shape
    frame: pd.DataFrame
    issues: list[Issue]
    said: list[str]
    measure: str | None
    log: bool | None
    level: float

    def spelled(self, role: str) -> str: ...

    def fault(self, role: str, bad: pd.Series, message: str) -> None: ...


def effect_columns(made: Effects, scale: Scale | None) -> None:
    """Give `made` its estimates and standard errors, logged for ratios; a ratio with its interval stays as printed.

    Raises:
        InvalidInputError: the scale cannot be told, or header and numbers say different things.
    """
    readings = list(made.fit.readings.values())
    made.measure = next((r.measure for r in readings if r.measure), None)
    made.level = next((r.level for r in readings if r.level), made.level)
    if "observed_less_expected" in made.frame:
        _from_observed(made)
        return
    made.log = _is_log(made, scale)
    natural = made.log is False and (made.measure in RATIOS or scale == "natural" or made.measure is None)
    if natural and "ci_low" in made.frame and made.shape == "estimate":
        made.shape = "ratio"
        made.frame = made.frame.rename(columns={"estimate": "ratio"})
        return
    if natural:
        _logged(made)
    _standard_errors(made)


def _from_observed(made: Effects) -> None:
    """Log ratios from observed less expected events and their variance (Yusuf 1985)."""
    frame = made.frame
    made.fault("variance", frame["variance"] <= 0, "must be above 0.")
    variance = frame["variance"].where(frame["variance"] > 0)
    made.frame = frame.assign(estimate=frame["observed_less_expected"] / variance, se=1 / np.sqrt(variance))
    made.measure, made.log = made.measure or "PETO", True
    made.said.append("log ratio = O-E divided by its variance")


def _is_log(made: Effects, scale: Scale | None) -> bool | None:
    """Whether the estimates are logs: asked for, told by the header, or by intervals that fit one scale only."""
    if scale is not None:
        return scale == "log"
    estimate = next((r for role, r in made.fit.readings.items() if role[0] == "estimate"), None)
    logs = estimate is not None and bool(estimate.log)
    ratios = (made.measure in RATIOS or (estimate is not None and estimate.log is False)) and not logs
    fits = _fitting(made)
    if logs or (ratios and fits != {"log"}):
        if fits == {"natural"} and logs:
            raise _contradiction(made, "logs", "ratios")
        return logs
    if ratios:
        raise _contradiction(made, "ratios", "logs")
    if made.measure is not None:
        return None
    if fits == {"natural"}:
        made.said.append("taken as ratios, as their intervals are symmetric on the log scale only")
        return False
    if fits is not None and len(fits) != 1:
        name = made.spelled("estimate")
        message = "can be ratios or logs (or differences): say scale='natural' or scale='log'."
        raise InvalidInputError(Issue(None, name, None, message), "The scale of the estimates cannot be told")
    return None


def _fitting(made: Effects) -> set[Scale] | None:
    """Scales on which the intervals are symmetric around their estimates; None where there are none to tell by.

    ``log``: the numbers are symmetric as they stand, as logs and differences are; ``natural``: their logs are.
    """
    if "ci_low" not in made.frame:
        return None
    values = made.frame[["estimate", "ci_low", "ci_high"]].dropna()
    values = values[values["ci_low"] < values["ci_high"]]
    if values.empty:
        return None
    positive = values[(values > 0).all(axis=1)]
    if 2 * len(positive) < len(values):
        return {"log"}
    fits: set[Scale] = set()
    if _skew(positive) < _SYMMETRIC:
        fits.add("log")
    if _skew(positive.map(math.log)) < _SYMMETRIC:
        fits.add("natural")
    return fits


_SYMMETRIC = 0.04
"""How far the estimate may lie from the middle of its interval, in widths, in the median row: rounding in print."""


def _skew(values: pd.DataFrame) -> float:
    middle = (values["ci_low"] + values["ci_high"]) / 2
    return float(((values["estimate"] - middle).abs() / (values["ci_high"] - values["ci_low"])).median())


def _contradiction(made: Effects, header: str, numbers: str) -> InvalidInputError:
    name = made.spelled("estimate")
    message = (
        f"is called {header}, but its intervals are symmetric only if these are {numbers}: "
        "say scale='natural' for ratios, scale='log' for logs."
    )
    return InvalidInputError(Issue(None, name, None, message), "Header and numbers say different things")


def _logged(made: Effects) -> None:
    """Ratios with their limits, or with a standard error that is one of logs, as logs."""
    frame = made.frame
    error = next((r for role, r in made.fit.readings.items() if role[0] in ("se", "variance")), None)
    if error is not None and not error.log:
        name = made.spelled("se" if "se" in frame else "variance")
        message = (
            "must be of the log ratio; name it so (such as se_log) where it is, or give the interval. "
            "If the estimates are logs, say scale='log'."
        )
        raise InvalidInputError(Issue(None, name, None, message), "The scale of the standard errors cannot be told")
    for column in [c for c in ("estimate", "ci_low", "ci_high") if c in frame]:
        made.fault(column, frame[column] <= 0, "must be above 0, as a ratio is; say scale='log' if these are logs.")
        frame = frame.assign(**{column: np.log(frame[column].where(frame[column] > 0))})
    made.frame, made.log = frame, True
    made.said.append(f"`{made.spelled('estimate')}` logged")


def _standard_errors(made: Effects) -> None:
    frame = made.frame
    if "se" in frame:
        return
    if "variance" in frame:
        made.fault("variance", frame["variance"] <= 0, "must be above 0.")
        made.frame = frame.assign(se=np.sqrt(frame["variance"].clip(lower=0)))
        made.said.append(f"se = square root of `{made.spelled('variance')}`")
        return
    made.fault("ci_high", frame["ci_high"] <= frame["ci_low"], f"must be above `{made.spelled('ci_low')}`.")
    outside = (frame["estimate"] < frame["ci_low"]) | (frame["estimate"] > frame["ci_high"])
    made.fault("estimate", outside, "must lie within its interval, on the same scale.")
    z = NormalDist().inv_cdf(0.5 + made.level / 2)
    made.frame = frame.assign(se=(frame["ci_high"] - frame["ci_low"]) / (2 * z))
    made.said.append(f"se from the {100 * made.level:g} % interval")
