"""The way of the evidence into the analyses: trials known, trials with numbers, trials in the main analysis."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tmsmeta.review.evidence import Evidence, evidence_of
from tmsmeta.review.selecting.apply import select
from tmsmeta.words.arguments import answerable
from tmsmeta.words.names import counted, inside
from tmsmeta.words.results import Brief

if TYPE_CHECKING:
    import pandas as pd

    from tmsmeta.review.review import Review
    from tmsmeta.review.run import ReviewRun
    from tmsmeta.review.selecting.result import SelectedTrials

_NUMBERS = ("arms", "contrasts")


@dataclass(frozen=True, kw_only=True)
class OutcomeFlow:
    """What becomes of the trials with numbers on an outcome.

    Attributes:
        outcome: its key.
        title: its name.
        with_numbers: trials with numbers on it.
        main: trials in the main analysis.
        people: people in those known by counts.
        left_out: trials with numbers that the main analysis leaves out, by the first reason that holds for them.
        not_seen: names of trials known to exist whose numbers on it were not seen.
    """

    outcome: str
    title: str
    with_numbers: int
    main: int
    people: int
    left_out: Mapping[str, int]
    not_seen: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, repr=False)
class TrialFlow(Brief):
    """The way of the evidence into the main analyses; every number is counted in the tables of the review.

    Attributes:
        known: trials that the tables name.
        by_tier: trials with numbers by their best tier.
        without: names of trials without any number.
        outcomes: per outcome what is in the main analysis and what is not.
    """

    known: int
    by_tier: Mapping[str, int]
    without: tuple[str, ...]
    outcomes: tuple[OutcomeFlow, ...]

    @property
    def with_numbers(self) -> int:
        """Trials with numbers on any outcome."""
        return sum(self.by_tier.values())

    def in_short(self) -> str:
        """The numbers in a sentence."""
        mains = "; ".join(f"{inside(o.title)}: {counted(o.main, 'trial')} in the main analysis" for o in self.outcomes)
        return f"{counted(self.known, 'trial')} known, {self.with_numbers:,} with numbers; {mains}."

    def to_frame(self) -> pd.DataFrame:
        """One row per number: ``outcome step reason trials``; the outcome is blank where all count."""
        import pandas as pd

        rows: list[tuple[str, str, str, int]] = [("", "known", "", self.known)]
        rows += [("", "with numbers", f"tier {tier}", count) for tier, count in self.by_tier.items()]
        rows.append(("", "without numbers", "", len(self.without)))
        for o in self.outcomes:
            rows.append((o.outcome, "with numbers", "", o.with_numbers))
            rows += [(o.outcome, "left out", reason, count) for reason, count in o.left_out.items()]
            rows += [(o.outcome, "not seen", "", len(o.not_seen)), (o.outcome, "main analysis", "", o.main)]
        return pd.DataFrame(rows, columns=["outcome", "step", "reason", "trials"])

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "known": self.known,
            "by_tier": dict(self.by_tier),
            "without": list(self.without),
            "outcomes": [
                {**vars(o), "left_out": dict(o.left_out), "not_seen": list(o.not_seen)} for o in self.outcomes
            ],
        }


@answerable
def trial_flow(review: Review | ReviewRun) -> TrialFlow:
    """Count what the tables of a review hold, and what of it is in the main analyses.

    Args:
        review: a review, as :func:`tmsmeta.load_review` gives, or what its ``run()`` gives.

    Returns:
        Trials known, trials with numbers by tier, and by outcome those in the main analysis and those left out.

    Raises:
        InvalidInputError: neither a review nor a run of one.

    Example:
        >>> import tmsmeta as tm
        >>> tm.review.trial_flow(tm.read_review("my_evidence")).to_frame().columns.tolist()
        ['outcome', 'step', 'reason', 'trials']
    """
    evidence = evidence_of(review)
    tiers: dict[str, set[str]] = {}
    for table in _NUMBERS:
        for _, cells in evidence.rows(table):
            tiers.setdefault(cells["trial_id"], set()).add(cells["tier"])
    labels = {cells["trial_id"]: cells["label"] for _, cells in (*evidence.rows("gaps"), *evidence.rows("trials"))}
    by_tier = Counter(min(found) for found in tiers.values())
    return TrialFlow(
        known=len(labels),
        by_tier=dict(sorted(by_tier.items())),
        without=tuple(sorted(label for trial, label in labels.items() if trial not in tiers)),
        outcomes=tuple(_outcome(evidence, outcome, labels) for outcome in evidence.outcome_names),
    )


def _outcome(evidence: Evidence, outcome: str, labels: Mapping[str, str]) -> OutcomeFlow:
    chosen = select(evidence, evidence.selection(outcome))
    numbers = {cells["trial_id"] for table in _NUMBERS for _, cells in evidence.rows_of(table, outcome)}
    gaps = {cells["trial_id"] for _, cells in evidence.rows_of("gaps", outcome)}
    used = {*chosen.trials["trial_id"], *chosen.contrasts["trial_id"]}
    return OutcomeFlow(
        outcome=outcome,
        title=evidence.outcome_label(outcome),
        with_numbers=len(numbers),
        main=chosen.k,
        people=chosen.patients,
        left_out=_reasons(chosen, numbers - used),
        not_seen=tuple(sorted(labels[trial] for trial in gaps - numbers)),
    )


def _reasons(chosen: SelectedTrials, trials: set[str]) -> dict[str, int]:
    """Trials by the reason for which their first row is left out, without what stands in brackets, most first."""
    rows = chosen.left_out[chosen.left_out["trial_id"].isin(trials) & chosen.left_out["table"].isin(_NUMBERS)]
    first = rows.drop_duplicates("trial_id")["reason"]
    short = (re.split(r" \(|;|:", reason, maxsplit=1)[0].replace("_", " ") for reason in first)
    return dict(Counter(short).most_common())
