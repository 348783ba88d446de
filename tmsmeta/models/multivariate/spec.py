"""What to ask of a joint meta-analysis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from tmsmeta.effects.transform import as_floats
from tmsmeta.errors import InvalidInputError, Issue, check_level, check_option
from tmsmeta.models.multivariate.likelihood import Criterion
from tmsmeta.models.multivariate.structure import STRUCTURES, StructureName

JointInterval = Literal["z", "t", "jackson-riley"]
JOINT_INTERVALS: tuple[JointInterval, ...] = get_args(JointInterval)
CRITERIA: tuple[Criterion, ...] = get_args(Criterion)


NOTHING = 1e-11
"""A between-study variance below this share of a typical sampling variance is what a search leaves of 0."""


def names_alike(argument: str, names: Iterable[Any]) -> list[Issue]:
    """A fault for each outcome without a name that can be told from the others on a page."""
    given = list(names)
    shown = [" ".join(str(name).split()) for name in given]
    message = "must be a name of its own, which can be told from the others on a page."
    pairs = zip(given, shown, strict=True)
    return [Issue(None, argument, name, message) for name, text in pairs if not text or shown.count(text) > 1]


@dataclass(frozen=True, kw_only=True)
class JointSpec:
    """Every choice of a joint meta-analysis. Validated when built.

    Attributes:
        structure: of the between-study covariance: ``unstructured``, ``compound`` (one variance, one correlation) or
            ``diagonal`` (no correlation).
        method: ``REML`` or ``ML``.
        ci: ``z`` (Wald); ``t`` (Wald standard errors, t with N - q df for N estimates and q coefficients);
            ``jackson-riley`` (Hartung-Knapp extended to several outcomes: standard errors times the square root of the
            mean weighted squared residual, t with N - q df).
        level: confidence level of all intervals.
        between_correlation: holds every between-study correlation of the ``unstructured`` matrix at this value, for
            sensitivity analyses; None to estimate it.
    """

    structure: StructureName = "unstructured"
    method: Criterion = "REML"
    ci: JointInterval = "jackson-riley"
    level: float = 0.95
    between_correlation: float | None = None

    @property
    def correlation_held(self) -> bool:
        """Whether the between-study correlations are not estimated: 0, or at the value given."""
        return self.structure == "diagonal" or self.between_correlation is not None

    def __post_init__(self) -> None:
        check_option("structure", self.structure, STRUCTURES)
        rho = (
            None
            if self.between_correlation is None
            else float(as_floats("between_correlation", self.between_correlation))
        )
        if rho is not None and (self.structure != "unstructured" or not -1 <= rho <= 1):
            message = "must lie between -1 and 1 and stand beside structure='unstructured', whose correlation it holds."
            raise InvalidInputError(Issue(None, "between_correlation", rho, message))
        check_option("method", self.method, CRITERIA)
        check_option("ci", self.ci, JOINT_INTERVALS)
        check_level(self.level)
