"""How a network is to be analysed: one frozen spec that travels with the result."""

from __future__ import annotations

from dataclasses import dataclass

from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.networks.model.tau2 import check_tau2, tau2_label

CI = ("z", "t")
PREDICTION = ("t(df-1)", "t(df)", "z")
BETTER = ("higher", "lower")


@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """The choices of a network meta-analysis.

    Attributes:
        tau2: ``FE`` (common effect), ``DL`` (generalised DerSimonian-Laird), ``ML``, ``REML``, or the
            between-study variance itself as a number, on the scale of the measure squared.
        ci: ``z``, or ``t`` with the degrees of freedom of Q.
        level: confidence level, between 0 and 1.
        prediction: quantile of the prediction interval: ``t(df-1)`` with one degree of freedom less than Q,
            ``t(df)``, or ``z``.
    """

    tau2: str | float = "DL"
    ci: str = "z"
    level: float = 0.95
    prediction: str = "t(df-1)"

    def __post_init__(self) -> None:
        check_tau2(self.tau2)
        check_option("ci", self.ci, CI)
        check_option("prediction", self.prediction, PREDICTION)
        if not 0 < self.level < 1:
            raise InvalidInputError(Issue(None, "level", self.level, "must lie between 0 and 1, e.g. 0.95."))

    @property
    def tau2_label(self) -> str:
        """The tau2 method in words."""
        return tau2_label(self.tau2)
