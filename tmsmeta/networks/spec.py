"""How a network is to be analysed: one frozen spec that travels with the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from math import isfinite
from typing import Any

from tmsmeta.effects.measures import MEASURES, of_family
from tmsmeta.errors import InvalidInputError, Issue, check_option
from tmsmeta.networks.model.tau2 import check_tau2, tau2_label
from tmsmeta.words.arguments import answerable
from tmsmeta.words.glossary import BETTER
from tmsmeta.words.names import counted
from tmsmeta.words.results import to_plain

CI = ("z", "t")
PREDICTION = ("t(df-1)", "t(df)", "z")
APPLY = ("only0", "all", "none")
CONVENTIONS = ("netmeta", "metafor")
DUPLICATES = ("error", "merge")
CONTRAST_MEASURES = tuple(name for name, measure in MEASURES.items() if measure.contrast)
ARM_MEASURES = tuple(name for name, measure in MEASURES.items() if measure.family == "binary" and measure.arm_formula)
"""Measures of events and patients by arm that a network takes."""
MEAN_MEASURES = ("MD", "SMD", "ROM")
RATE_MEASURES = of_family("rate ratio")


def check_better(better: str | None) -> str:
    """The direction, which must be stated: nothing else tells whether more of an outcome is good.

    Raises:
        InvalidInputError: none given.
        UnknownOptionError: neither ``higher`` nor ``lower``.
    """
    if better is None:
        message = (
            "must be stated, as the direction of an outcome is never guessed: 'higher' if more events or larger values "
            "are good for the people in the trials (they recover), 'lower' if they are bad (they die)."
        )
        raise InvalidInputError(Issue(None, "better", None, message))
    check_option("better", better, BETTER)
    return better


@dataclass(frozen=True, kw_only=True)
class ZeroRule:
    """What is done about arms without events, or with nothing but events.

    Attributes:
        apply: ``only0`` corrects every arm of a trial in which one arm has no event or only events; ``all`` corrects
            every trial; ``none`` corrects nothing, and such a trial is left out with its reason.
        add: what is added to the events and, but for the next line, to the non-events.
        convention: ``netmeta`` adds to the events and n of a risk ratio, not to its non-events, and leaves the estimate
            of a risk difference as it is, correcting its variance only; ``metafor`` adds to events and non-events of
            both, as :func:`tmsmeta.effects.binary` does.

    A trial in which no arm has an event, or all have nothing but events, tells nothing about a ratio and is left out,
    with the reason, whatever the rule. The arcsine difference needs no correction and gets none.
    """

    apply: str = "only0"
    add: float = 0.5
    convention: str = "netmeta"

    def __post_init__(self) -> None:
        check_option("apply", self.apply, APPLY)
        check_option("convention", self.convention, CONVENTIONS)
        if not (isfinite(self.add) and self.add >= 0):
            raise InvalidInputError(Issue(None, "add", self.add, "must be a finite number, 0 or more."))

    @property
    def _where(self) -> str:
        return "every trial" if self.apply == "all" else "the arms of a trial with no event, or only events, in an arm"

    @answerable
    def sentence(self, trials: int) -> str:
        """What was done, for `trials` corrected trials."""
        count = counted(trials, "trial")
        return f"{self.add:g} was added to the counts of {self._where} ({count})."

    def methods_sentence(self) -> str:
        """The rule, for a methods section."""
        if self.apply == "none":
            return "Counts were not corrected; trials whose zero cells give no variance were left out."
        return f"{self.add:g} was added to the counts of {self._where}, by the convention of {self.convention}."


@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """Every choice of a network meta-analysis. Validated when built; the result carries it, complete.

    What is None was left to the trials: a fitted network holds what they were put together with.

    Attributes:
        measure: ``OR``, ``RR``, ``RD`` or ``AS`` of arms; of comparisons any measure of two arms.
        reference: the treatment against which effects are stated.
        better: ``higher`` or ``lower``: which direction of the outcome is good.
        tau2: ``FE`` (common effect), ``DL`` (generalised DerSimonian-Laird), ``ML``, ``REML``, or the
            between-study variance itself as a number, on the scale of the measure squared.
        ci: ``z``, or ``t`` with the degrees of freedom of Q.
        level: confidence level, between 0 and 1.
        prediction: quantile of the prediction interval: ``t(df-1)`` with one degree of freedom less than Q,
            ``t(df)``, or ``z``.
        zero: what is done about zero cells; None where no counts need it.
        duplicate_arms: ``error``, or ``merge`` where arms of one trial with the same treatment are added up; None
            without arms.
        comparator_risk: risk at which printed odds ratios and risk ratios were brought to the measure, if they had
            none of their own.
    """

    measure: str | None = None
    reference: str | None = None
    better: str | None = None
    tau2: str | float = "DL"
    ci: str = "z"
    level: float = 0.95
    prediction: str = "t(df-1)"
    zero: ZeroRule | None = None
    duplicate_arms: str | None = None
    comparator_risk: float | None = None

    def __post_init__(self) -> None:
        check_tau2(self.tau2)
        check_option("ci", self.ci, CI)
        check_option("prediction", self.prediction, PREDICTION)
        options = {"measure": CONTRAST_MEASURES, "better": BETTER, "duplicate_arms": DUPLICATES}
        for name, allowed in options.items():
            if getattr(self, name) is not None:
                check_option(name, getattr(self, name), allowed)
        if not 0 < self.level < 1:
            raise InvalidInputError(Issue(None, "level", self.level, "must lie between 0 and 1, e.g. 0.95."))
        if self.comparator_risk is not None and not 0 < self.comparator_risk < 1:
            raise InvalidInputError(Issue(None, "comparator_risk", self.comparator_risk, "must lie between 0 and 1."))

    @property
    def tau2_label(self) -> str:
        """The tau2 method in words."""
        return tau2_label(self.tau2)

    @answerable
    def completed(self, made: Mapping[str, Any]) -> NetworkSpec:
        """The spec with what the trials were `made` with, by name.

        Raises:
            InvalidInputError: every choice that contradicts the trials.
        """
        faults = [
            Issue(None, name, getattr(self, name), f"must be {value!r}, with which the trials were put together.")
            for name, value in made.items()
            if getattr(self, name) is not None and getattr(self, name) != value
        ]
        if faults:
            raise InvalidInputError(faults)
        return replace(self, **made)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {f.name: to_plain(getattr(self, f.name)) for f in fields(self)}
