"""A quoted ratio of active against control, or a claim of benefit, against the trials at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from tmsmeta.effects.measures import MEASURES
from tmsmeta.errors import NotAssessable
from tmsmeta.pooling import pool_by
from tmsmeta.review.claims.cited_rows import Row, contrast_says, trial_rows
from tmsmeta.review.claims.model import EvidenceRow, Finding, Recomputed
from tmsmeta.review.claims.question import Case, Check, better_side, named, times
from tmsmeta.review.evidence import Evidence
from tmsmeta.review.selecting.apply import select
from tmsmeta.review.selecting.effects import effects_of
from tmsmeta.review.selecting.result import SelectedTrials
from tmsmeta.review.selecting.spec import Selection
from tmsmeta.words.glossary import interval_name
from tmsmeta.words.names import inside, listed

RATIO_RULE = (
    "The trials of the main selection are pooled for each outcome as the protocol of the review says, on its main "
    "measure unless the claim names another. With a quoted ratio: reproduced when it lies in every interval, holds "
    "only under the outcomes where it does, else differs. Without one the claim is one of benefit: reproduced when "
    "every interval keeps to the side of 1 that is better for people (below 1 where fewer events are better), holds "
    "only under the outcomes for which it does, differs when none does. The trials of the cited source's own "
    "comparison and its printed ratios stand beside it."
)
RATIOS = ("RR", "OR", "PETO")
"""Measures on which trials of two arms are pooled to a ratio."""


def selection_of(case: Case, outcome: str, node: str | None) -> Selection:
    """The main selection of an outcome, or the part of it that compares one treatment."""
    return case.evidence.selection(outcome, measure=case.measure, nodes=(node,) if node else None)


def pooled_treatment(case: Case, row: Row) -> str | None:
    """The treated node of a review's comparison, if it is one of several that the evidence has."""
    node = row.text("comparison").partition(" vs ")[0].strip()
    return node if node in case.active and len(case.active) > 1 else None


def pooled_ratio(case: Case) -> Finding:
    """Whether the pooled ratios of the trials say what is quoted."""
    outcomes, published = case.outcomes(), case.rows("published")
    main = [_ratio(case, outcome, None) for outcome in outcomes]
    node = next((n for row in published if case.is_cited(row) and (n := pooled_treatment(case, row))), None)
    scoped = [_ratio(case, outcome, node) for outcome in outcomes] if node else []
    rows = [row for _, group in main for row in group]
    figures = [figure for figure, _ in main]
    others = [figure for figure, _ in scoped] + [published_ratio(case, row) for row in published]
    rows += [row.evidence(used=False) for row in published]
    pooling = case.evidence.protocol.pooling_spec()
    spec = {
        "measure": case.measure, "tau2": pooling.tau2, "interval": interval_name(pooling.ci),
        "level": pooling.level, "selections": [selection_of(case, outcome, None).to_dict() for outcome in outcomes],
    }  # fmt: skip
    missing = [f"trials with {case.outcome(o)}" for o, f in zip(outcomes, figures, strict=True) if f.low is None]
    return ratio_verdict(case, case.measure, figures, others, missing, partial(case.finding, rows=rows, spec=spec))


def _ratio(case: Case, outcome: str, node: str | None) -> tuple[Recomputed, list[EvidenceRow]]:
    selected = select(case.evidence, selection_of(case, outcome, node))
    scope = case.evidence.treatment_label(node) if node else case.every_kind
    label = f"{case.outcome(outcome)}, {inside(scope)} against {inside(case.evidence.control_label)}"
    if not selected.k:
        reason = NotAssessable(MEASURES[case.measure].label, "no trial at hand compares them")
        return Recomputed(label=label, value=reason, unit="ratio"), []
    return _pooled_figure(case, outcome, label, selected), selected_rows(case.evidence, outcome, selected)


def selected_rows(evidence: Evidence, outcome: str, selected: SelectedTrials) -> list[EvidenceRow]:
    """The trials of a selection, by counts and by ratio, as rows of a finding."""
    by_counts = trial_rows(evidence, selected.trials, partial(_trial_says, evidence), f"arms:{outcome}")
    by_ratio = trial_rows(evidence, selected.contrasts, partial(contrast_says, evidence), f"contrasts:{outcome}")
    return by_counts + by_ratio


def _trial_says(evidence: Evidence, record: Mapping[Any, Any]) -> str:
    a, n1, c, n2 = (_whole(record[name]) for name in ("events_t", "n_t", "events_c", "n_c"))
    treated = " + ".join(evidence.treatment_label(node) for node in str(record["treatment"]).split("+"))
    return f"{treated} {a} of {n1}, {inside(evidence.treatment_label(record['control']))} {c} of {n2}"


def _whole(count: float) -> str:
    """A count; one that was divided over comparisons keeps a decimal."""
    return str(int(count)) if float(count).is_integer() else f"{count:.1f}"


def _pooled_figure(case: Case, outcome: str, label: str, selected: SelectedTrials) -> Recomputed:
    protocol = case.evidence.protocol
    spec = protocol.pooling_spec()
    result = pool_by(effects_of(selected, case.measure, protocol.pooling.zero_cells), spec)
    ratio, limits = result.ratio, result.ratio_ci
    counts = f"{result.k} trials, {selected.patients:,} patients"
    if isinstance(ratio, NotAssessable) or isinstance(limits, NotAssessable):
        return Recomputed(label=label, value=ratio, unit="ratio", counts=counts, interval_note=str(limits))
    return Recomputed(
        label=label, value=ratio, low=limits[0], high=limits[1], unit="ratio", kind="interval", level=spec.level,
        method=f"{MEASURES[case.measure].label}, {spec.tau2}, {interval_name(spec.ci)}", counts=counts,
        agrees=ratio_agrees(case, outcome, *limits),
    )  # fmt: skip


def published_ratio(case: Case, row: Row) -> Recomputed:
    """The ratio that a review prints, with the interval seen."""
    label = f"{row.label}, {case.outcome(row.text('outcome'))} ({case.comparison(row)})"
    estimate, low, high = (row.number(name) for name in ("estimate", "ci_low", "ci_high"))
    if estimate is None:
        return Recomputed(label=label, value=NotAssessable("ratio", "none was printed"), unit="ratio")
    return Recomputed(
        label=label, value=estimate, low=low, high=high, unit="ratio", kind="" if low is None else "interval",
        method=f"{row.text('measure')} as printed", interval_note="no interval in the text seen" if low is None else "",
    )  # fmt: skip


def ratio_verdict(
    case: Case, measure: str, figures: list[Recomputed], others: list[Recomputed], missing: list[str],
    finding: Callable[..., Finding],
) -> Finding:  # fmt: skip
    """The verdict on a quoted ratio, or on benefit, from one ratio per outcome of the claim.

    Args:
        case: the claim.
        measure: measure of the ratios.
        figures: one per outcome, in their order; those without limits tell nothing.
        others: figures to set beside them.
        missing: what would be needed for those without limits.
        finding: makes the finding, with rows and spec.
    """
    outcomes = [case.outcome(outcome) for outcome in case.outcomes()]
    known = [(o, f) for o, f in zip(outcomes, figures, strict=True) if f.low is not None]
    holding = [o for o, f in known if f.agrees]
    found = partial(finding, recomputed=[*figures, *others])
    text = f"{named(figures)}; beside it {named(others)}." if others else f"{named(figures)}."
    words = listed([f"{o}: {times(measure, f.value)}" for o, f in known if isinstance(f.value, float)])
    if not known:
        needed = missing or ["trials that can be pooled"]
        plain = "This cannot be checked: too few trials."
        return found("cannot be recomputed", f"missing: {listed(needed)}", plain, text, missing=needed)
    if len(holding) == len(outcomes):
        plain = f"The trials at hand bear this out ({words})."
        return found("reproduced", f"holds for {listed(holding)}", plain, text)
    if holding:
        headline = f"holds for {listed(holding)}, not shown for {listed([o for o in outcomes if o not in holding])}"
        plain = f"The trials at hand bear this out for {listed(holding)} only ({words})."
        return found("holds only under", headline, plain, text, conditions=holding, missing=missing)
    difference = case.difference(known[0][1]) if case.point is not None else None
    headline = f"the quoted figure is {difference.text()}" if difference else f"not shown for {listed(outcomes)}"
    plain = f"The trials at hand do not bear this out ({words})."
    return found("differs", headline, plain, text, difference=difference)


def ratio_agrees(case: Case, outcome: str, low: float, high: float) -> bool:
    """Whether the interval of a ratio holds the quoted one, or where none is quoted, keeps to the better side of 1."""
    if case.point is not None:
        return low <= float(case.point.value) <= high
    return better_side(case.evidence.better(outcome), low, high, null=1.0) > 0


def _ratio_faults(case: Case) -> Iterator[tuple[str, str]]:
    if not case.outcomes():
        yield "evidence", "must name an outcome of arms, as arms:OUTCOME, for pooled_ratio."
    if case.measure not in RATIOS:
        yield "parameters", f"must give measure as one of {', '.join(RATIOS)} for pooled_ratio, such as measure=RR."


CHECKS = (Check(name="pooled_ratio", rule=RATIO_RULE, run=pooled_ratio, faults=_ratio_faults),)
