"""What to ask of a meta-regression."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS

RegressionInterval = Literal["z", "t", "hksj", "hksj-adhoc"]
RegressionPrediction = Literal["z", "t(k-p)", "t(k-p-1)"]
REGRESSION_INTERVALS = ("z", "t", "hksj", "hksj-adhoc")
REGRESSION_PREDICTIONS = ("z", "t(k-p)", "t(k-p-1)")
MISSING = ("raise", "drop")


@dataclass(frozen=True, kw_only=True)
class RegressionSpec:
    """Every choice of a meta-regression with k studies and p coefficients. Validated when built.

    Attributes:
        formula: the moderators, as given.
        tau2: estimator of the residual between-study variance, a key of
            :data:`tmsmeta.pooling.heterogeneity.ESTIMATORS`.
        ci: ``z`` (Wald, chi-square test of the moderators), ``t`` (Wald standard errors, t and F with k - p df),
            ``hksj`` (Knapp-Hartung standard errors, t and F with k - p df), ``hksj-adhoc`` (the same, with a factor
            of at least 1).
        level: confidence level of all intervals.
        prediction: quantile of prediction intervals: ``z``, ``t(k-p)`` or ``t(k-p-1)``. The last extends the k - 2
            degrees of freedom of a pooled effect, where p = 1.
        missing: ``raise`` an error for studies whose moderators are missing, or ``drop`` them and list them.
    """

    formula: str
    tau2: str = "REML"
    ci: RegressionInterval = "z"
    level: float = 0.95
    prediction: RegressionPrediction = "t(k-p-1)"
    missing: Literal["raise", "drop"] = "raise"

    def __post_init__(self) -> None:
        check_option("tau2", self.tau2, list(ESTIMATORS))
        check_option("ci", self.ci, REGRESSION_INTERVALS)
        check_option("prediction", self.prediction, REGRESSION_PREDICTIONS)
        check_option("missing", self.missing, MISSING)
        if not (isinstance(self.level, (int, float)) and 0 < self.level < 1):
            raise InvalidInputError(Issue(None, "level", self.level, "must lie between 0 and 1, such as 0.95."))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)
