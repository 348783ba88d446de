"""The choices of an inverse-variance pooling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from tmsmeta.errors import InvalidInputError, Issue, check_names, check_option
from tmsmeta.pooling.heterogeneity.estimators import ESTIMATORS
from tmsmeta.pooling.heterogeneity.statistics import I2_DEFINITIONS, I2Definition

Interval = Literal["z", "t", "hksj", "hksj-adhoc", "hksj-iqwig6"]
Prediction = Literal["z", "t(k-1)", "t(k-2)", "none"]
INTERVALS = ("z", "t", "hksj", "hksj-adhoc", "hksj-iqwig6")
PREDICTIONS = ("z", "t(k-1)", "t(k-2)", "none")
PREDICTION_SE = ("model", "wald")
Q_CENTRES = ("inverse-variance", "mantel-haenszel")


@dataclass(frozen=True, kw_only=True)
class PoolingSpec:
    """Every choice of an inverse-variance pooling. Validated when built; the result carries it.

    Attributes:
        tau2: estimator of the between-study variance, a key of :data:`tmsmeta.pooling.heterogeneity.ESTIMATORS`.
        ci: interval of the pooled effect: ``z`` (Wald), ``t`` (Wald standard error, t with k - 1 df), ``hksj``
            (Hartung-Knapp-Sidik-Jonkman: standard error from the weighted residuals, t with k - 1 df),
            ``hksj-adhoc`` (the same, its standard error never below that of ``z``), ``hksj-iqwig6`` (the same, but
            only where the ``hksj`` interval is narrower than the Wald interval with DerSimonian-Laird's tau2).
        level: confidence level of all intervals.
        prediction: quantile of the prediction interval: ``z``, ``t(k-1)``, ``t(k-2)``, or ``none`` for no interval.
        prediction_se: standard error of the pooled effect inside the prediction interval: ``model``, the one that
            `ci` uses, or ``wald``, the one without the Hartung-Knapp factor.
        i2: ``tau2``: I2 and H2 from tau2 and the typical variance (metafor); ``Q``: from Cochran's Q (RevMan, meta).
        q_centre: what Cochran's Q is taken around: the ``inverse-variance`` estimate, or the ``mantel-haenszel``
            estimate where the effects carry 2x2 counts on OR, RR or RD (RevMan's "M-H, Random"); it enters the
            estimators that start from Q.
        name: name of the profile this spec is, if any.
    """

    tau2: str = "REML"
    ci: Interval = "hksj"
    level: float = 0.95
    prediction: Prediction = "t(k-2)"
    prediction_se: Literal["model", "wald"] = "model"
    i2: I2Definition = "tau2"
    q_centre: Literal["inverse-variance", "mantel-haenszel"] = "inverse-variance"
    name: str = ""

    def __post_init__(self) -> None:
        check_option("tau2", self.tau2, list(ESTIMATORS))
        check_option("ci", self.ci, INTERVALS)
        check_option("prediction", self.prediction, PREDICTIONS)
        check_option("prediction_se", self.prediction_se, PREDICTION_SE)
        check_option("i2", self.i2, I2_DEFINITIONS)
        check_option("q_centre", self.q_centre, Q_CENTRES)
        if not (isinstance(self.level, (int, float)) and 0 < self.level < 1):
            raise InvalidInputError(Issue(None, "level", self.level, "must lie between 0 and 1, such as 0.95."))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


CHOICES = (*(field.name for field in fields(PoolingSpec)), "profile")
"""Keywords of the functions that take the choices of a pooling."""


def pooling_spec(profile: PoolingSpec | None, choices: Mapping[str, Any]) -> PoolingSpec:
    """The spec of `profile`, or the default one with `choices`.

    Raises:
        InvalidInputError: if both are given, or a value that is out of range.
        UnknownOptionError: for a choice that :class:`PoolingSpec` does not have.
    """
    check_names(choices, CHOICES)
    if profile is None:
        return PoolingSpec(**choices)
    if choices:
        message = "cannot be combined with `profile`; use dataclasses.replace(profile, ...) to change one choice."
        raise InvalidInputError(Issue(None, ", ".join(choices), None, message))
    return profile
