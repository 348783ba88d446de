"""The pooled effects of many data sets, as arrays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtr, stdtr

from tmsmeta.effects.base import Floats
from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PoolingSpec, quantile
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.pooling.t_quantile import t_quantile
from tmsmeta.words.arguments import answerable
from tmsmeta.words.numbers import number
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd


class PooledColumns(NamedTuple):
    """What one block of data sets gives, each of shape (n,)."""

    estimate: Floats
    wald_se: Floats
    factor: Floats
    tau2: Floats
    q: Floats
    trace: Floats
    k: Floats


@dataclass(frozen=True, kw_only=True, repr=False)
class PooledRows(Brief):
    """The pooled effects of B data sets, as arrays of shape (B,).

    Where a data set cannot give a statistic the array holds NaN and :meth:`why` gives the reason, the same one that
    :func:`tmsmeta.pool` would give. Everything that is not a field is computed when first asked for.

    Attributes:
        estimate: pooled effects, on the scale of the estimates given; NaN for a data set without a study.
        wald_se: standard errors without the Hartung-Knapp factor.
        factor: what the interval of the spec multiplies them by (1 for ``z`` and ``t``).
        tau2: between-study variances.
        q: Cochran's Q (0 for one study).
        trace: trace(P) at tau2 = 0, from which the typical sampling variance follows.
        k: number of studies in each data set.
        spec: the choices made.
    """

    estimate: Floats
    wald_se: Floats
    factor: Floats
    tau2: Floats
    q: Floats
    trace: Floats
    k: NDArray[np.int64]
    spec: PoolingSpec

    def in_short(self) -> str:
        """How many, and how far their estimates reach."""
        known = self.estimate[np.isfinite(self.estimate)]
        text = f"{len(self):,} data sets pooled"
        if not len(known):
            return f"{text}, none with an estimate."
        low, middle, high, most = (
            number(float(x), 3) for x in (*np.quantile(known, (0, 0.5, 1)), np.nanmax(self.tau2))
        )
        few, many = int(self.k.min()), int(self.k.max())
        size = f"{few} studies each" if few == many else f"{few} to {many} studies"
        return f"{text} ({size}): estimates {low} to {high}, half of them up to {middle}; tau2 up to {most}."

    def __len__(self) -> int:
        return len(self.estimate)

    @cached_property
    def se(self) -> Floats:
        """Standard errors of the estimates, including the Hartung-Knapp factor where the spec asks for it."""
        return self.wald_se * self.factor

    @cached_property
    def _half(self) -> Floats:
        return quantiles(self.spec.ci, self.spec.level, self.k - 1) * self.se

    @cached_property
    def ci_low(self) -> Floats:
        """Lower confidence limits."""
        return self.estimate - self._half

    @cached_property
    def ci_high(self) -> Floats:
        """Upper confidence limits."""
        return self.estimate + self._half

    @cached_property
    def statistic(self) -> Floats:
        """Estimates divided by their standard errors."""
        allowed = (self.se > 0.0) & ((self.spec.ci == "z") | (self.k > 1))
        return np.divide(self.estimate, self.se, out=np.full(len(self), np.nan), where=allowed)

    @cached_property
    def p_value(self) -> Floats:
        """Two-sided p values of no effect."""
        below = -np.abs(self.statistic)
        tail: Floats = ndtr(below) if self.spec.ci == "z" else stdtr(np.maximum(self.k - 1.0, 1.0), below)
        return 2.0 * tail

    @cached_property
    def q_p(self) -> Floats:
        """p values of Cochran's Q."""
        p: Floats = chdtrc(np.maximum(self.k - 1.0, 1.0), self.q)
        return np.where(self.k > 1, p, np.nan)

    @cached_property
    def h2(self) -> Floats:
        """H2, by the definition in the spec."""
        df = np.where(self.k > 1, self.k - 1.0, np.nan)
        return self.q / df if self._i2_from_q else 1.0 + self.tau2 * self.trace / df

    @cached_property
    def i2(self) -> Floats:
        """I2 in percent, by the definition in the spec."""
        df = np.where(self.k > 1, self.k - 1.0, np.nan)
        if self._i2_from_q:
            share = np.divide(self.q - df, self.q, out=np.zeros(len(self)), where=self.q > 0.0)
            return 100.0 * np.where(self.k > 1, np.maximum(share, 0.0), np.nan)
        scaled = self.tau2 * self.trace
        return 100.0 * (scaled / (scaled + df))

    @property
    def _i2_from_q(self) -> bool:
        return self.spec.i2 == "Q" or not ESTIMATORS[self.spec.tau2].random

    @cached_property
    def _prediction_half(self) -> Floats:
        if self.spec.prediction == "none" or not ESTIMATORS[self.spec.tau2].random:
            return np.full(len(self), np.nan)
        lost = 2 if self.spec.prediction == "t(k-2)" else 1
        se = self.se if self.spec.prediction_se == "model" else self.wald_se
        return quantiles(self.spec.prediction, self.spec.level, self.k - lost) * np.sqrt(self.tau2 + se * se)

    @cached_property
    def prediction_low(self) -> Floats:
        """Lower limits of the effect in a comparable new study."""
        return self.estimate - self._prediction_half

    @cached_property
    def prediction_high(self) -> Floats:
        """Upper limits of the effect in a comparable new study."""
        return self.estimate + self._prediction_half

    @answerable
    def why(self, statistic: str, row: int) -> NotAssessable | None:
        """Why data set `row` (counted from 0) has no `statistic`, or None if it has one.

        Args:
            statistic: the name of an array of this result, such as ``"ci_low"``.
            row: position of the data set.

        Returns:
            The reason, or None.
        """
        values = getattr(self, statistic)
        if not np.isnan(values[row]):
            return None
        return NotAssessable(statistic, _reason(statistic, int(self.k[row]), self.spec))

    def to_frame(self) -> pd.DataFrame:
        """One row per data set; ``note`` says what is missing and why."""
        import pandas as pd

        names = ("estimate", "se", "ci_low", "ci_high", "statistic", "p_value", "tau2", "q", "q_p", "i2", "h2")
        frame = pd.DataFrame({name: getattr(self, name) for name in (*names, "prediction_low", "prediction_high")})
        frame.insert(0, "k", self.k)
        notes = np.full(len(self), "", dtype=object)
        for name in ("prediction_low", "p_value", "ci_low", "estimate"):
            for row in np.flatnonzero(frame[name].isna()):
                notes[row] = f"{_LABELS[name]}: {_reason(name, int(self.k[row]), self.spec)}"
        frame["note"] = notes
        return frame

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON: one list per column of :meth:`to_frame`, and the spec.

        ``None`` where a data set has no number; ``note`` says why.
        """
        frame = self.to_frame()
        columns = {str(name): frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in frame}
        return {**columns, "spec": self.spec.to_dict()}

    @classmethod
    @answerable
    def join(cls, blocks: Iterable[PooledColumns], spec: PoolingSpec, *, rows: int | None = None) -> PooledRows:
        """One result from consecutive blocks of data sets.

        Args:
            blocks: the arrays of each block, in order.
            spec: the choices that all of them share.
            rows: how many data sets there are in all, where that is known: blocks are then copied as they come, and
                never held side by side.

        Returns:
            The result.
        """
        columns = _side_by_side(list(blocks)) if rows is None else _as_they_come(blocks, rows)
        return cls(**columns | {"k": columns["k"].astype(np.int64, copy=False)}, spec=spec)


def _side_by_side(parts: list[PooledColumns]) -> dict[str, Any]:
    if len(parts) == 1:
        return parts[0]._asdict()
    return {name: np.concatenate([getattr(part, name) for part in parts]) for name in PooledColumns._fields}


def _as_they_come(blocks: Iterable[PooledColumns], rows: int) -> dict[str, Any]:
    columns: dict[str, Any] = {name: np.empty(rows) for name in PooledColumns._fields}
    columns["k"] = np.empty(rows, dtype=np.int64)
    start = 0
    for block in blocks:
        end = start + len(block.estimate)
        for name, column in columns.items():
            column[start:end] = getattr(block, name)
        start = end
    return columns


_LABELS = {
    "estimate": "pooled effect",
    "ci_low": "interval",
    "p_value": "p value",
    "prediction_low": "prediction interval",
}


def _reason(statistic: str, k: int, spec: PoolingSpec) -> str:
    """Why a data set of k studies lacks a statistic."""
    if k == 0:
        return "no study has an estimate"
    prediction = statistic.startswith("prediction")
    if prediction and not ESTIMATORS[spec.tau2].random:
        return "the common-effect model assumes one effect in all studies"
    if prediction and spec.prediction == "none":
        return "the spec asks for none"
    least = 3 if prediction and spec.prediction == "t(k-2)" else 2
    if k < least:
        return f"needs at least {least} studies, got {k}"
    return "all estimates are equal, so the Hartung-Knapp standard error is 0"


def quantiles(ci: str, level: float, df: NDArray[np.int64]) -> Floats:
    """Two-sided quantiles for each number of degrees of freedom; NaN where there are none."""
    if ci == "z":
        return np.full(len(df), quantile(ci, level, 0))
    if len(df) and 0 < df[0] == df.min() == df.max():
        return np.full(len(df), quantile(ci, level, int(df[0])))
    table = np.full(max(int(df.max(initial=0)), 0) + 1, np.nan)
    table[1:] = t_quantile(np.arange(1.0, len(table)), level)
    return table[np.maximum(df, 0)]
