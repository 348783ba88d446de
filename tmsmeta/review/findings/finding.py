"""One line of a summary of findings: an outcome of a comparison."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from tmsmeta.absolute import AbsoluteRisk, RelativeEffect
from tmsmeta.errors import NotAssessable
from tmsmeta.review.certainty import Certainty
from tmsmeta.words.names import inside
from tmsmeta.words.results import notes, to_cell, to_plain

PER = 1000
_RISKS = (
    "baseline_per_1000",
    "treated_per_1000",
    "treated_low",
    "treated_high",
    "difference_per_1000",
    "difference_low",
    "difference_high",
)
_EFFECTS = ("estimate", "ci_low", "ci_high", "level")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """An outcome of a comparison.

    People are whole: the difference is that of the two numbers beside it, so that a line adds up.

    Attributes:
        outcome: key of the outcome.
        title: its name, with its time point where there is one.
        people: what people with it do, such as "respond".
        treatment: name of the treatment.
        control: name of the control.
        node: node of the network, or blank for all active treatment in the pairwise analysis.
        risk: risks per 1,000 people at the baseline risk, with its source; or why there are none.
        effect: the relative effect with its interval, or why there is none.
        trials: pairwise: trials of the main analysis; network: trials with an arm of the treatment.
        participants: people in them; in a network those in the arms of the treatment.
        certainty: as somebody rated it, or ``NotAssessable`` with the reason "not rated".
    """

    outcome: str
    title: str
    people: str
    treatment: str
    control: str
    node: str
    risk: AbsoluteRisk | NotAssessable
    effect: RelativeEffect | NotAssessable
    trials: int
    participants: int | NotAssessable
    certainty: Certainty | NotAssessable

    @property
    def baseline(self) -> int | NotAssessable:
        """People of 1,000 with the outcome under the control."""
        return self.risk if isinstance(self.risk, NotAssessable) else round(self.risk.baseline)

    @property
    def treated(self) -> int | NotAssessable:
        """People of 1,000 with the outcome under the treatment."""
        return self.risk if isinstance(self.risk, NotAssessable) else _whole(self.risk.treated)

    @property
    def treated_limits(self) -> tuple[int | NotAssessable, int | NotAssessable]:
        """Its lower and upper limit."""
        if isinstance(self.risk, NotAssessable):
            return self.risk, self.risk
        return _whole(self.risk.treated_ci[0]), _whole(self.risk.treated_ci[1])

    @property
    def difference(self) -> int | NotAssessable:
        """People more (or, below 0, fewer) of 1,000 under the treatment: the difference of the two whole numbers."""
        return self._more(self.treated)

    @property
    def difference_limits(self) -> tuple[int | NotAssessable, int | NotAssessable]:
        """Its lower and upper limit."""
        low, high = self.treated_limits
        return self._more(low), self._more(high)

    def _more(self, with_treatment: int | NotAssessable) -> int | NotAssessable:
        if isinstance(with_treatment, NotAssessable) or isinstance(self.baseline, NotAssessable):
            return with_treatment
        return with_treatment - self.baseline

    @property
    def certainty_text(self) -> str:
        """``"not rated"``, or the level."""
        return self.certainty.reason if isinstance(self.certainty, NotAssessable) else self.certainty.level

    @property
    def sentence(self) -> str:
        """The statement and its certainty: of that it says no more than the rating, or that there is none."""
        return f"{self.statement} Certainty: {self.certainty_text}."

    @property
    def statement(self) -> str:
        """The finding in plain words: who has more of the outcome, by how many, and whether the interval says so."""
        difference, (low, high) = self.difference, self.difference_limits
        if isinstance(difference, NotAssessable):
            return f"How many people {self.people} with {inside(self.treatment)} cannot be told: {difference.reason}."
        if isinstance(low, NotAssessable) or isinstance(high, NotAssessable):
            return f"{self._change(difference)}; its interval cannot be given."
        none = "; the interval includes no difference" if self._includes_no_effect() else ""
        return f"{self._change(difference)} ({span(low, high)}){none}."

    def _change(self, difference: int) -> str:
        """Who has it more often, compared with whom."""
        treatment, control = inside(self.treatment), inside(self.control)
        if difference == 0:
            return f"As many people {self.people} with {treatment} as with {control}"
        more = "more" if difference > 0 else "fewer"
        return f"With {treatment}, {abs(difference):,} {more} of {PER:,} people {self.people} than with {control}"

    def _includes_no_effect(self) -> bool:
        if isinstance(self.risk, NotAssessable):
            return False
        low, high = self.risk.difference_ci
        return not isinstance(low, NotAssessable) and not isinstance(high, NotAssessable) and low <= 0 <= high

    def row(self) -> dict[str, Any]:
        """A flat row of numbers at full precision and text; why a number is missing stands under ``note``."""
        risks: dict[str, float | NotAssessable] = dict.fromkeys(_RISKS, math.nan)
        ratios: dict[str, float | NotAssessable] = dict.fromkeys(_EFFECTS, math.nan)
        if not isinstance(self.risk, NotAssessable):
            risk = self.risk
            values = (risk.baseline, risk.treated, *risk.treated_ci, risk.difference, *risk.difference_ci)
            risks = dict(zip(_RISKS, values, strict=True))
        if not isinstance(self.effect, NotAssessable):
            ends = (self.effect.ci, self.effect.ci) if isinstance(self.effect.ci, NotAssessable) else self.effect.ci
            ratios = dict(zip(_EFFECTS, (self.effect.estimate, *ends, self.effect.level), strict=True))
        return {
            "kind": "network" if self.node else "pairwise",
            "outcome": self.outcome,
            "label": self.title,
            "treatment": self.treatment,
            "control": self.control,
            **{name: to_cell(value) for name, value in risks.items()},
            "baseline_source": "" if isinstance(self.risk, NotAssessable) else self.risk.source,
            "measure": "" if isinstance(self.effect, NotAssessable) else self.effect.measure,
            **{name: to_cell(value) for name, value in ratios.items()},
            "trials": self.trials,
            "people": to_cell(self.participants),
            "certainty": self.certainty_text,
            "certainty_reasons": "" if isinstance(self.certainty, NotAssessable) else self.certainty.reasons,
            "sentence": self.sentence,
            "note": notes((self.risk, self.effect, *risks.values(), *ratios.values(), self.participants)),
        }

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        absolute = self.risk if isinstance(self.risk, NotAssessable) else self.risk.to_dict()
        return {
            "kind": "network" if self.node else "pairwise",
            "outcome": self.outcome,
            "title": self.title,
            "treatment": self.treatment,
            "control": self.control,
            "absolute": to_plain(absolute),
            "effect": to_plain(self.effect),
            "trials": self.trials,
            "people": to_plain(self.participants),
            "certainty": to_plain(self.certainty),
            "sentence": self.sentence,
        }


def _whole(value: float | NotAssessable) -> int | NotAssessable:
    return value if isinstance(value, NotAssessable) else round(value)


def span(low: int, high: int) -> str:
    """Two limits of a difference: ``"139 to 356 more"``, ``"5 fewer to 20 more"``, ``"5 to 20 fewer"``."""
    if low < 0 < high:
        return f"{-low:,} fewer to {high:,} more"
    near, far = sorted((abs(low), abs(high)))
    return f"{near:,} to {far:,} {'fewer' if low < 0 else 'more'}"
