"""The pooled effect, with everything needed to say how it was made."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tmsmeta.effects.base import EffectSizes, Floats
from tmsmeta.errors import Issue, NotAssessable, check_option
from tmsmeta.pooling.heterogeneity.qprofile import Tau2Interval, tau2_interval
from tmsmeta.pooling.heterogeneity.statistics import typical_variance
from tmsmeta.pooling.heterogeneity.weighted_regression import InterceptModel
from tmsmeta.pooling.spec import PoolingSpec

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class PooledEffect:
    """The pooled effect of k studies, with everything needed to say how it was made.

    Estimates and limits are on the scale of the measure (logs for ratios); ``ratio`` and ``ratio_ci`` are not.
    Positive means more of the outcome with treatment. A statistic that these data cannot give is a
    :class:`~tmsmeta.NotAssessable`.

    Attributes:
        estimate: pooled effect.
        se: its standard error, including the Hartung-Knapp factor where the spec asks for it.
        ci: lower and upper confidence limit.
        statistic: estimate divided by se.
        p_value: two-sided, against no effect (against 0 on the scale of the measure for single arms).
        tau2: between-study variance.
        tau2_se: its standard error.
        i2: heterogeneity in percent, by the definition in the spec.
        h2: H2, by the same definition.
        q, q_df, q_p: Cochran's Q, its degrees of freedom and p value.
        k: number of studies pooled.
        weights: share of each pooled study in the estimate, shape (k,), sum 1.
        prediction: limits of the effect in a comparable new study.
        log_likelihood: at the estimate; restricted for REML, plain for the other estimators.
        spec: the choices made.
        effects: the studies pooled.
        left_out: studies that were given but had no estimate, each with the reason.
    """

    estimate: float
    se: float | NotAssessable
    ci: tuple[float, float] | NotAssessable
    statistic: float | NotAssessable
    p_value: float | NotAssessable
    tau2: float | NotAssessable
    tau2_se: float | NotAssessable
    i2: float | NotAssessable
    h2: float | NotAssessable
    q: float
    q_df: int
    q_p: float | NotAssessable
    k: int
    weights: Floats
    prediction: tuple[float, float] | NotAssessable
    log_likelihood: float
    spec: PoolingSpec
    effects: EffectSizes
    left_out: tuple[Issue, ...] = ()

    @property
    def ratio(self) -> float | NotAssessable:
        """The pooled ratio, or why there is none."""
        if not self.effects.info.is_ratio:
            return NotAssessable("ratio", f"{self.effects.measure} is not a ratio")
        return float(np.exp(self.estimate))

    @property
    def ratio_ci(self) -> tuple[float, float] | NotAssessable:
        """Limits of the pooled ratio, or why there are none."""
        return self._as_ratio(self.ci)

    @property
    def ratio_prediction(self) -> tuple[float, float] | NotAssessable:
        """Prediction limits of the ratio, or why there are none."""
        return self._as_ratio(self.prediction)

    def _as_ratio(self, limits: tuple[float, float] | NotAssessable) -> tuple[float, float] | NotAssessable:
        if not self.effects.info.is_ratio:
            return NotAssessable("ratio", f"{self.effects.measure} is not a ratio")
        if isinstance(limits, NotAssessable):
            return limits
        return float(np.exp(limits[0])), float(np.exp(limits[1]))

    @cached_property
    def model(self) -> InterceptModel:
        """The weighted model behind the estimate."""
        return InterceptModel(self.effects.yi, self.effects.vi)

    def tau2_interval(self, method: Literal["QP"] = "QP") -> Tau2Interval | NotAssessable:
        """Confidence interval of tau2, and from it of I2 and H2, at the level of the spec.

        Args:
            method: ``QP``, the Q-profile method (Viechtbauer, Stat Med 2007;26:37).

        Raises:
            UnknownOptionError: another method.
        """
        check_option("method", method, ("QP",))
        if self.k < 2:
            return NotAssessable("interval for tau2", f"needs at least 2 studies, got {self.k}")
        return tau2_interval(self.model, typical_variance(self.model), self.spec.level)

    def to_dict(self) -> dict[str, Any]:
        """Plain Python values, ready for JSON; what is not assessable as ``{"not_assessable": reason}``."""
        names = [f.name for f in fields(self) if f.name not in ("spec", "effects", "left_out", "weights")]
        return {
            "measure": self.effects.measure,
            **{name: plain(getattr(self, name)) for name in names},
            "ratio": plain(self.ratio),
            "ratio_ci": plain(self.ratio_ci),
            "ratio_prediction": plain(self.ratio_prediction),
            "weights": self.weights.tolist(),
            "studies": self.effects.study.tolist(),
            "left_out": [{"study": i.row, "reason": i.message} for i in self.left_out],
            "spec": self.spec.to_dict(),
        }

    def to_frame(self) -> pd.DataFrame:
        """One row per study with its weight, and a last row for the pooled effect."""
        import pandas as pd

        frame = self.effects.to_frame(self.spec.level)
        frame["weight"] = self.weights
        pooled: dict[str, Any] = {"study": "pooled", "yi": self.estimate, "weight": 1.0}
        for name, value in (("se", self.se), ("ci", self.ci), ("ratio", self.ratio), ("ratio_ci", self.ratio_ci)):
            pooled |= _cells(name, value)
        total = pd.DataFrame([pooled]).reindex(columns=frame.columns)
        total["note"] = str(self.ci) if isinstance(self.ci, NotAssessable) else ""
        return pd.concat([frame, total], ignore_index=True)

    def methods_sentence(self) -> str:
        """How the estimate was made, in a sentence for a methods section (PRISMA 2020 items 12 and 13)."""
        from tmsmeta.pooling.sentences import pooling_methods

        return pooling_methods(self)

    def result_sentence(self) -> str:
        """What came out, in a sentence for a results section."""
        from tmsmeta.pooling.sentences import pooling_result

        return pooling_result(self)

    def _repr_html_(self) -> str:
        from tmsmeta.pooling.sentences import pooling_html

        return pooling_html(self)


def plain(value: Any) -> Any:
    """A value for JSON: numbers as they are, pairs as lists, what is not assessable as its reason."""
    if isinstance(value, NotAssessable):
        return {"not_assessable": value.reason}
    if isinstance(value, tuple):
        return [plain(v) for v in value]
    return value.item() if isinstance(value, np.generic) else value


def _cells(name: str, value: Any) -> dict[str, float]:
    """Table cells of a result: limits as ``<name>_low`` and ``<name>_high``, nothing for what is not assessable."""
    if isinstance(value, NotAssessable):
        return {}
    stem = name.removesuffix("_ci") if name != "ci" else "ci"
    return {f"{stem}_low": value[0], f"{stem}_high": value[1]} if isinstance(value, tuple) else {name: value}
