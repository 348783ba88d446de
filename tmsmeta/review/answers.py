"""The answers of a review in the words of the people it is about, and how far its ranking can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import PooledEffect
from tmsmeta.review.absolute_effects import AbsoluteEffect, absolute_effect
from tmsmeta.review.analyses import Analysis
from tmsmeta.words.names import counted, heading, inside, listed
from tmsmeta.words.numbers import level, percent

if TYPE_CHECKING:
    from tmsmeta.review.evidence import Evidence
    from tmsmeta.review.network_fit import ReviewNetwork


@dataclass(frozen=True, kw_only=True)
class OutcomeAnswer:
    """The main result of an outcome, for the head of a page.

    Attributes:
        outcome: its key.
        title: what it is called.
        absolute: people without and with active treatment, or why they cannot be counted.
        effect: the pooled effect with its interval in words, or why there is none.
        trials: trials of the main analysis.
        people: people in the trials whose numbers are known.
    """

    outcome: str
    title: str
    absolute: AbsoluteEffect | NotAssessable
    effect: str
    trials: int
    people: int

    @property
    def sentence(self) -> str:
        """The answer in one sentence: in people where that can be told, else the effect."""
        found = self.absolute
        said = heading(self.effect) if isinstance(found, NotAssessable) else found.short()
        return f"{said}; {self.size}."

    @property
    def size(self) -> str:
        """How much evidence stands behind it."""
        people = f", {self.people:,} {'person' if self.people == 1 else 'people'}" if self.people else ""
        return f"{counted(self.trials, 'trial')}{people}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "title": self.title,
            "sentence": self.sentence,
            "effect": self.effect,
            "trials": self.trials,
            "people": self.people,
        }


def outcome_answer(main: Analysis, evidence: Evidence) -> OutcomeAnswer:
    """The answer to the question of one outcome, from its main analysis."""
    return OutcomeAnswer(
        outcome=main.outcome,
        title=evidence.outcome_label(main.outcome),
        absolute=absolute_effect(main, evidence),
        effect=_effect(main.pooled) if _happened(main) else _nothing_happened(main),
        trials=main.chosen.k,
        people=main.chosen.patients,
    )


def _happened(main: Analysis) -> bool:
    """Whether anybody is known to have the outcome; printed ratios come from trials in which somebody had it."""
    counts = main.chosen.trials[["events_t", "events_c"]]
    return bool(counts.isna().any(axis=None) or counts.to_numpy().sum() > 0 or counts.empty)


def _nothing_happened(main: Analysis) -> str:
    """Why there is no answer in trials without a single event, although the usual correction prints a number."""
    said = "no arm of these trials has a single event, so they cannot tell the treatments apart"
    if isinstance(main.pooled, NotAssessable):
        return said
    return f"{said}; the {_effect(main.pooled)} comes from what the rule for zero cells adds to them"


def _effect(pooled: PooledEffect | NotAssessable) -> str:
    if isinstance(pooled, NotAssessable):
        return f"the pooled effect is {pooled}"
    natural = pooled.effects.natural
    shown, *ends = natural.texts(pooled.estimate, pooled.ci)
    around = f"{level(pooled.spec.level)} CI {' to '.join(ends)}" if len(ends) == 2 else f"interval {ends[0]}"
    return f"{natural.label} {shown} ({around})"


def ranking_sentence(networks: Mapping[str, ReviewNetwork]) -> str:
    """Which treatment does best, and how far that can be trusted; empty where nothing is ranked.

    A treatment does best beyond doubt only where every interval between it and another treatment leaves out "no
    difference"; the chance of being best, the ranks within the limits and the trials behind it are those of the
    ranking.

    Args:
        networks: the main networks by what their outcomes are called.
    """
    if not networks:
        return ""
    first = [_first(net, inside(outcome)) for outcome, net in networks.items()]
    if not any(close for _, close in first):
        return f"{'; '.join(text for text, _ in first)}. Its intervals against all others leave out no difference."
    close = list(dict.fromkeys(name for _, names in first for name in names))
    which = "no interval tells" if all(names for _, names in first) else "not every interval tells"
    them = "the first" if len(first) > 1 else "it"
    rivals = f"{them} apart from {'the others' if len(close) > 2 else listed([inside(name) for name in close])}"
    return f"Which treatment does best is not settled: {'; '.join(text for text, _ in first)}; {which} {rivals}."


def _first(net: ReviewNetwork, outcome: str) -> tuple[str, list[str]]:
    """What ranks first and on what grounds; and the labels of treatments that it is not told apart from."""
    line = net.ranking.to_frame().iloc[0]
    best = str(line["treatment"])
    low, high = int(line["rank_low"]), int(line["rank_high"])
    ranks = f"rank {low}" if low == high else f"rank {low} to {high}"
    grounds = f"{_chance(float(line['p_best']))} chance of being best, {ranks}, {counted(int(line['trials']), 'trial')}"
    close = [t for t in net.net.treatments if t != best and not _apart(net, best, t)]
    return f"{net.label(best)} ranks first for {outcome} ({grounds})", [net.label(t) for t in close]


def _apart(net: ReviewNetwork, one: str, other: str) -> bool:
    """Whether the interval between two treatments leaves out "no difference"."""
    limits = net.net.ci_low, net.net.ci_high
    if any(isinstance(limit, NotAssessable) for limit in limits):
        return False
    i, j = net.net.treatments.index(one), net.net.treatments.index(other)
    low, high = (float(limit.to_numpy()[i, j]) for limit in limits if not isinstance(limit, NotAssessable))
    return low > 0 or high < 0


def _chance(p_best: float) -> str:
    return "over 99%" if p_best > 0.99 else percent(100 * p_best, 0)
