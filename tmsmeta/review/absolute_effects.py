"""The main result of an outcome in people: of so many, how many have it without and with active treatment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tmsmeta.absolute import AbsoluteRisk, risk_per_1000
from tmsmeta.absolute.people import readable_per
from tmsmeta.effects.measures import MEASURES
from tmsmeta.errors import InvalidInputError, NotAssessable, UnknownOptionError
from tmsmeta.pooling import PooledEffect
from tmsmeta.review.analyses import Analysis
from tmsmeta.review.evidence import Evidence
from tmsmeta.words.names import inside
from tmsmeta.words.numbers import level, number

WHAT = "absolute effect"


@dataclass(frozen=True, kw_only=True)
class AbsoluteEffect:
    """Risks that follow from the pooled effect and the risk in the control arms of the same trials.

    Attributes:
        outcome: name of the outcome in a sentence.
        people: what people with the outcome do, such as "respond".
        control: what the control is called.
        active: what active arms are called together.
        per: people that the sentence counts.
        risk: the risks per 1,000.
    """

    outcome: str
    people: str
    control: str
    active: str
    per: int
    risk: AbsoluteRisk

    def sentence(self) -> str:
        """For readers: how many people without and with active treatment, and where the first number is from."""
        risk = self.risk
        control = f"Of {self.per:,} people, {self.count(risk.baseline)} {self.people} with {self.control}"
        if isinstance(risk.treated, NotAssessable):
            return f"{control} ({risk.source}); with {self.active}: {risk.treated}."
        limits = self.limits
        around = f" ({level(risk.effect.level)} CI {limits[0]} to {limits[1]})" if limits else ""
        return f"{control} ({risk.source}), {self.count(risk.treated)} with {self.active}{around}."

    def short(self) -> str:
        """The same for the head of a page: "Of 100 people, 14 respond with sham, 37 with treatment (28 to 50)"."""
        risk = self.risk
        control = f"Of {self.per:,} people, {self.count(risk.baseline)} {self.people} with {self.control}"
        if isinstance(risk.treated, NotAssessable):
            return f"{control}; with {self.active}: {risk.treated}"
        around = f" ({self.limits[0]} to {self.limits[1]})" if self.limits else ""
        return f"{control}, {self.count(risk.treated)} with {self.active}{around}"

    @property
    def limits(self) -> tuple[str, ...]:
        """The limits of the people with active treatment; none where a limit cannot be given."""
        ends = [end for end in self.risk.treated_ci if not isinstance(end, NotAssessable)]
        return tuple(map(self.count, ends)) if len(ends) == 2 else ()

    def count(self, per_1000: float) -> str:
        """So many people of `per`."""
        return number(per_1000 * self.per / 1000, 0)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; risks are per 1,000."""
        return {"per": self.per, "sentence": self.sentence(), **self.risk.to_dict()}


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """A risk with the control, at which absolute effects are given.

    Attributes:
        risk: a fraction between 0 and 1.
        source: where it is from.
    """

    risk: float
    source: str


def baseline_of(analysis: Analysis, evidence: Evidence) -> Baseline | NotAssessable:
    """The risk with the control: as the protocol states it, or all events over all people of the control arms."""
    rule = evidence.outcome_rule(analysis.outcome)
    if rule.baseline_risk is not None:
        return Baseline(risk=rule.baseline_risk, source=rule.baseline_source)
    trials = analysis.chosen.trials
    events, people = float(trials["events_c"].sum()), float(trials["n_c"].sum())
    if not people:
        return NotAssessable("baseline risk", "no trial states the counts of its control arm")
    if not 0 < events < people:
        return NotAssessable("baseline risk", "the control arms give no risk between 0 and 1")
    control = inside(evidence.control_label)
    source = f"{events:,.0f} of {people:,.0f} in the {control} arms of these trials"
    return Baseline(risk=events / people, source=source)


def risk_at(
    baseline: Baseline | NotAssessable, better: str, pooled: PooledEffect | None = None, **numbers: Any
) -> AbsoluteRisk | NotAssessable:
    """The risks of an effect, pooled or given as in :func:`tmsmeta.risk_per_1000`; a reason where it gives none."""
    if isinstance(baseline, NotAssessable):
        return NotAssessable(WHAT, baseline.reason)
    try:
        return risk_per_1000(pooled, baseline_risk=baseline.risk, source=baseline.source, better=better, **numbers)
    except (InvalidInputError, UnknownOptionError):
        measure = numbers["measure"] if pooled is None else pooled.effects.measure
        return NotAssessable(WHAT, f"a pooled {MEASURES[measure].label} gives no risk")


def absolute_effect(analysis: Analysis, evidence: Evidence) -> AbsoluteEffect | NotAssessable:
    """The main result of an analysis in people, at the baseline risk of :func:`baseline_of`."""
    if not isinstance(analysis.pooled, PooledEffect):
        return NotAssessable(WHAT, analysis.pooled.reason)
    risk = risk_at(baseline_of(analysis, evidence), evidence.better(analysis.outcome), analysis.pooled)
    if isinstance(risk, NotAssessable):
        return risk
    return AbsoluteEffect(
        outcome=inside(evidence.outcome_label(analysis.outcome)),
        people=evidence.people_who(analysis.outcome),
        control=inside(evidence.control_label),
        active=inside(evidence.active_label),
        per=evidence.outcome_rule(analysis.outcome).per or readable_per(risk),
        risk=risk,
    )
