"""The choices of each model on counts: frozen, validated when built, carried by the result."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np

from tmsmeta.errors import InvalidInputError, Issue, check_level, check_option

MantelHaenszelMeasure = Literal["OR", "RR", "RD"]
Correction = Literal["only0", "if0all", "all"]
DoubleZero = Literal["keep", "drop"]
GlmmModel = Literal["UM.FS", "UM.RS", "CM.AL", "CM.EL", "PLO", "IRLN"]
Integration = Literal["quadrature", "laplace"]
WaldInterval = Literal["z", "t"]
TWO_ARM_MODELS = ("UM.FS", "UM.RS", "CM.AL", "CM.EL")


@dataclass(frozen=True, kw_only=True)
class CountsSpec:
    """What all models on counts have in common.

    Attributes:
        level: confidence level.
    """

    level: float = 0.95

    def __post_init__(self) -> None:
        check_level(self.level)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class MantelHaenszelSpec(CountsSpec):
    """Choices of the Mantel-Haenszel method.

    Attributes:
        measure: ``OR``, ``RR`` or ``RD``.
        correction: which studies have `add` added to each of their four cells before pooling: None, no study, which
            is the exact method; ``only0``, those with a zero cell; ``if0all``, all if any has one; ``all``.
        add: what a correction adds to each cell.
        double_zero: ``keep`` or ``drop`` studies without any event, or with only events, in both arms. Kept and
            uncorrected, they count in a risk difference and add nothing to an odds ratio (without events, nor to a
            risk ratio).
    """

    measure: MantelHaenszelMeasure = "OR"
    correction: Correction | None = None
    add: float = 0.5
    double_zero: DoubleZero = "keep"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_option("measure", self.measure, get_args(MantelHaenszelMeasure))
        check_option("correction", self.correction, (None, *get_args(Correction)))
        check_option("double_zero", self.double_zero, get_args(DoubleZero))
        if not (np.isfinite(self.add) and self.add >= 0):
            raise InvalidInputError(Issue(None, "add", self.add, "must be a finite number, 0 or more."))


@dataclass(frozen=True, kw_only=True)
class PetoSpec(CountsSpec):
    """Choices of Peto's one-step method: none but the level."""


@dataclass(frozen=True, kw_only=True)
class GlmmSpec(CountsSpec):
    """Choices of a generalised linear mixed model.

    Attributes:
        model: ``UM.FS`` logistic with an intercept for each study, ``UM.RS`` logistic with normal intercepts,
            ``CM.AL`` conditional on all events of a study with the binomial approximation, ``CM.EL`` the same with the
            exact noncentral hypergeometric likelihood; ``PLO`` for one proportion, ``IRLN`` for one rate per study.
        ci: ``z``, or ``t`` with k - 1 degrees of freedom.
        integration: ``quadrature``, adaptive Gauss-Hermite with nodes added until nothing changes; ``laplace``, the
            one-node approximation (only for ``UM.RS``).
    """

    model: GlmmModel = "UM.FS"
    ci: WaldInterval = "z"
    integration: Integration = "quadrature"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_option("model", self.model, get_args(GlmmModel))
        check_option("ci", self.ci, get_args(WaldInterval))
        possible = get_args(Integration) if self.model == "UM.RS" else ("quadrature",)
        check_option("integration", self.integration, possible)


@dataclass(frozen=True, kw_only=True)
class BetaBinomialSpec(CountsSpec):
    """Choices of a beta-binomial model.

    Attributes:
        arms: 1 for one proportion per study, 2 for treated against comparator.
        ci: ``z``, or ``t`` with k - 1 degrees of freedom.
    """

    arms: Literal[1, 2] = 1
    ci: WaldInterval = "z"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_option("arms", self.arms, (1, 2))
        check_option("ci", self.ci, get_args(WaldInterval))
