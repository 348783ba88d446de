"""What to ask of a meta-regression."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from tmsmeta.errors import check_level, check_option
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS

RegressionInterval = Literal["z", "t", "hksj", "hksj-adhoc", "CR0", "CR1", "CR2"]
RegressionPrediction = Literal["z", "t(k-p)", "t(k-p-1)"]
Missing = Literal["raise", "refuse", "drop"]


@dataclass(frozen=True, kw_only=True)
class RegressionSpec:
    """Every choice of a meta-regression with k studies and p coefficients. Validated when built.

    Attributes:
        formula: the moderators, as given.
        tau2: estimator of the residual between-study variance, a key of
            :data:`tmsmeta.pooling.heterogeneity.ESTIMATORS`.
        ci: ``z`` (Wald, chi-square test of the moderators), ``t`` (Wald standard errors, t and F with k - p df),
            ``hksj`` (Knapp-Hartung standard errors, t and F with k - p df), ``hksj-adhoc`` (the same, with a factor
            of at least 1), or cluster-robust, for effects with clusters: ``CR0``, ``CR1`` (t and F with m - p df for m
            clusters) or ``CR2`` (Satterthwaite df, approximate Hotelling test of the moderators).
        level: confidence level of all intervals.
        prediction: quantile of prediction intervals: ``z``, ``t(k-p)`` or ``t(k-p-1)``. The last extends the k - 2
            degrees of freedom of a pooled effect, where p = 1.
        missing: ``raise`` (or ``refuse``, the same) an error for studies whose moderators are missing, or ``drop`` them
            and list them.
    """

    formula: str
    tau2: str = "REML"
    ci: RegressionInterval = "z"
    level: float = 0.95
    prediction: RegressionPrediction = "t(k-p-1)"
    missing: Missing = "raise"

    def __post_init__(self) -> None:
        check_option("tau2", self.tau2, ESTIMATORS)
        check_option("ci", self.ci, get_args(RegressionInterval))
        check_option("prediction", self.prediction, get_args(RegressionPrediction))
        check_option("missing", self.missing, get_args(Missing))
        check_level(self.level)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)
