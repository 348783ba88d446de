"""A quoted rank or preference against the network of trials."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from tmsmeta.errors import DisconnectedNetworkError, InvalidInputError, NotAssessable
from tmsmeta.networks import p_scores
from tmsmeta.review import Selection
from tmsmeta.review.claims.cited_rows import Row, trial_rows
from tmsmeta.review.claims.model import EvidenceRow, Finding, Recomputed, Verdict
from tmsmeta.review.claims.numbers import show
from tmsmeta.review.claims.question import Case, Check, named
from tmsmeta.review.networks import TmsNetwork, TmsNetworkSpec, tms_network
from tmsmeta.review.selecting.spec import MAIN_TIERS
from tmsmeta.words.names import inside, listed

RANK_RULE = (
    "A network of risk ratios is fitted for each outcome (the main selection; with contrasts among the keys also "
    "trials "
    "known by ratio only), and the named treatment is set against every other. Reproduced when it is better than "
    "each of "
    "them with an interval that excludes 1; differs when another active treatment is better than it in that sense, "
    "or it "
    "is worse than the reference; holds only under the comparison with the reference when it is better than that but "
    "cannot be told apart from other active treatments; cannot be recomputed when no network has it, or its interval "
    "against the reference includes 1 for every outcome. A rank without an interval decides nothing."
)


@dataclass(frozen=True)
class _Place:
    """Where the treatment stands in the network of one outcome."""

    outcome: str
    effect: Recomputed
    p_score: float
    rank: int
    of: int
    beaten: tuple[str, ...]
    beaten_by: tuple[str, ...]
    equal: tuple[str, ...]
    below_reference: bool


def network_rank(case: Case) -> Finding:
    """Whether a treatment stands out in the network of trials."""
    node = case.option("node", "")
    places: list[_Place] = []
    rows: list[EvidenceRow] = []
    faults: list[str] = []
    for outcome in case.outcomes():
        try:
            found = tms_network(_spec(case, outcome), case.evidence)
        except (DisconnectedNetworkError, InvalidInputError) as error:
            faults.append(f"{outcome}: {error}")
            continue
        rows += trial_rows(case.evidence, found.selection.arms, partial(_arm_says, case), f"arms:{outcome}")
        rows += trial_rows(
            case.evidence, found.selection.contrasts, partial(_contrast_says, case), f"contrasts:{outcome}"
        )
        if node in found.net.treatments:
            places.append(_place(case, found, node))
        else:
            faults.append(f"{outcome}: no trial of {case.evidence.treatment_label(node)}")
    published = case.rows("published")
    rows += [row.evidence(used=False) for row in published]
    printed = tuple(_printed(case, row) for row in published)
    return _Standing(case, node, tuple(places), printed, tuple(rows), tuple(faults)).finding()


def _spec(case: Case, outcome: str) -> TmsNetworkSpec:
    with_contrasts = bool({outcome, "all"} & set(case.outcomes("contrasts")))
    tiers = (*MAIN_TIERS, "D") if with_contrasts else MAIN_TIERS
    groups = case.populations or tuple(sorted(set(case.evidence.trials["population_group"])))
    return TmsNetworkSpec(outcome=outcome, measure="RR", tiers=tiers, populations=groups)


def _place(case: Case, found: TmsNetwork, node: str) -> _Place:
    label, net, outcome = case.evidence.treatment_label, found.net, found.spec.outcome
    others = [t for t in net.treatments if t not in (node, net.reference)]
    low, high = net.estimates - net.critical * net.se, net.estimates + net.critical * net.se
    sign = net.data.sign
    better = {t: _side(sign, float(low.loc[node, t]), float(high.loc[node, t])) for t in net.treatments if t != node}  # type: ignore[arg-type]
    scores = dict(zip(net.treatments, p_scores(net).tolist(), strict=True))
    cells = [float(table.loc[node, net.reference]) for table in (net.estimates, low, high)]  # type: ignore[arg-type]
    value, lower, upper = (math.exp(cell) for cell in cells)
    effect = Recomputed(
        label=f"{outcome}, {label(node)} against {inside(label(net.reference))}",
        value=value, low=lower, high=upper, unit="ratio", kind="interval", agrees=better[net.reference] > 0,
        method=f"network of {net.k} trials and {len(net.treatments)} treatments, "
        f"tiers {', '.join(found.spec.tiers)}, risk ratio, random effects",
    )  # fmt: skip
    return _Place(
        outcome=outcome, effect=effect, p_score=scores[node],
        rank=1 + sum(score > scores[node] for score in scores.values()), of=len(scores),
        beaten=tuple(label(t) for t in others if better[t] > 0),
        beaten_by=tuple(label(t) for t in others if better[t] < 0),
        equal=tuple(label(t) for t in others if better[t] == 0),
        below_reference=better[net.reference] < 0,
    )  # fmt: skip


def _side(sign: float, low: float, high: float) -> int:
    """1 when an interval lies on the better side of no difference, -1 on the worse, 0 when it includes it."""
    return int(np.sign(sign)) * (1 if low > 0 else -1 if high < 0 else 0)


@dataclass(frozen=True)
class _Standing:
    """How a treatment stands in every network, on the way to a verdict."""

    case: Case
    node: str
    places: tuple[_Place, ...]
    printed: tuple[Recomputed, ...]
    rows: tuple[EvidenceRow, ...]
    faults: tuple[str, ...]

    def finding(self) -> Finding:
        """The verdict by the rule of ranks."""
        worse = list(dict.fromkeys(name for place in self.places for name in place.beaten_by))
        if any(place.below_reference for place in self.places):
            worse.append(self.reference)
        if worse:
            better = listed(worse)
            plain = f"The trials at hand do not bear this out: {better} did better."
            return self.found("differs", f"{better} did better than {self.name}", plain)
        if not self.helped:
            reason = listed(self.faults) or f"trials enough to tell {self.name} from {self.reference}"
            plain = f"The trials at hand cannot tell how {self.name} ranks."
            return self.found("cannot be recomputed", f"missing: {reason}", plain, missing=[reason])
        if len(self.helped) == len(self.case.outcomes()) and not any(place.equal for place in self.places):
            plain = f"{self.name} did better than every other treatment"
            return self.found("reproduced", plain, f"The trials at hand bear this out: {plain}.")
        return self.only_against_reference()

    @property
    def name(self) -> str:
        return self.case.evidence.treatment_label(self.node)

    @property
    def reference(self) -> str:
        return inside(self.case.evidence.treatment_label(Selection().control))

    @property
    def helped(self) -> list[_Place]:
        return [place for place in self.places if place.effect.agrees]

    @property
    def unseen(self) -> list[str]:
        """What the claim says beyond the outcomes that the evidence has."""
        return [word.strip() for word in self.case.option("also claimed", "").split(",") if word.strip()]

    def only_against_reference(self) -> Finding:
        outcomes = listed([place.outcome for place in self.helped])
        equal = listed(list(dict.fromkeys(name for place in self.places for name in place.equal)))
        figures = [(place.outcome, place.effect.value) for place in self.helped]
        ratios = listed([f"{outcome} {show(value, '')} times as often" for outcome, value in figures if value])
        unseen = f" There are no numbers here for {listed(self.unseen)}." if self.unseen else ""
        plain = (
            f"{self.name} helps more often than {self.reference} ({ratios}), but whether it is better than other kinds "
            f"of stimulation cannot be told.{unseen}"
        )
        headline = f"holds against {self.reference} ({outcomes}); not told apart from {equal}"
        condition = f"against {self.reference}, for {outcomes}"
        return self.found("holds only under", headline, plain, conditions=[condition])

    def found(
        self, verdict: Verdict, headline: str, plain: str, *,
        conditions: Sequence[str] = (), missing: Sequence[str] = (),
    ) -> Finding:  # fmt: skip
        case, beside = self.case, f" Beside it: {named(self.printed)}." if self.printed else ""
        unseen = [*missing, *(f"data on {word}" for word in self.unseen)]
        if case.claim.cited_source and not any(case.is_cited(row) for row in case.rows("published")):
            unseen.append(f"the figures of the cited source ({case.claim.cited_source})")
        networks = [_spec(case, outcome).to_dict() for outcome in case.outcomes()]
        return case.finding(
            verdict, headline, plain, (_ranks(self.places) or listed(self.faults)) + beside,
            recomputed=[*(place.effect for place in self.places), *self.printed], conditions=conditions, missing=unseen,
            rows=self.rows, spec={"node": self.node, "networks": networks},
        )  # fmt: skip


def _ranks(places: Sequence[_Place]) -> str:
    return " ".join(
        f"{p.effect.label}: {p.effect.text()} ({p.effect.method}); rank {p.rank} of {p.of} by P-score {p.p_score:.2f}; "
        f"intervals include 1 against {listed(p.equal) or 'no other treatment'}."
        for p in places
    )


def _printed(case: Case, row: Row) -> Recomputed:
    estimate, low, high = (row.number(name) for name in ("estimate", "ci_low", "ci_high"))
    label = f"{row.label}, {row.text('outcome')} ({case.comparison(row)})"
    if estimate is None:
        return Recomputed(label=label, value=NotAssessable("ratio", "none was printed"), unit="ratio")
    return Recomputed(label=label, value=estimate, low=low, high=high, unit="ratio",
                      kind="" if low is None else "interval", method=f"{row.text('measure')} as printed")  # fmt: skip


def _arm_says(case: Case, record: Mapping[Any, Any]) -> str:
    return f"{case.evidence.treatment_label(record['treatment'])}: {int(record['events'])} of {int(record['n'])}"


def _contrast_says(case: Case, record: Mapping[Any, Any]) -> str:
    treat1, treat2 = (case.evidence.treatment_label(record[name]) for name in ("treat1", "treat2"))
    limits = f"{record['ci_low']:g} to {record['ci_high']:g}"
    return f"{treat1} against {inside(treat2)}: {record['measure']} {record['estimate']:g} ({limits})"


def _rank_faults(case: Case) -> Iterator[tuple[str, str]]:
    if not case.outcomes():
        yield "evidence", "must name an outcome of arms, such as arms:response, for network_rank."
    node = case.parameter("node")
    nodes = sorted({*case.evidence.arms["treatment"], *case.evidence.contrasts["treat1"]})
    if node is None or node.text not in nodes:
        yield "parameters", f"must name the treatment as node=NAME, one of {', '.join(nodes)}."


CHECKS = (Check(name="network_rank", rule=RANK_RULE, run=network_rank, faults=_rank_faults),)
