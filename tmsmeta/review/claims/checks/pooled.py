"""Figures pooled over the trials at hand: percentages of one arm, and ratios of active against control."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tmsmeta.effects.intervals import clopper_pearson
from tmsmeta.effects.measures import MEASURES
from tmsmeta.errors import NotAssessable
from tmsmeta.models.counts.glmm import glmm_proportion
from tmsmeta.pooling import pool_by
from tmsmeta.review.claims.cited_rows import Row, contrast_says, trial_rows
from tmsmeta.review.claims.model import EvidenceRow, Finding, Recomputed
from tmsmeta.review.claims.numbers import show
from tmsmeta.review.claims.question import Case, Check, better_side, named, times
from tmsmeta.review.evidence import Evidence
from tmsmeta.review.selecting.apply import select, select_arms
from tmsmeta.review.selecting.effects import effects_of
from tmsmeta.review.selecting.result import SelectedTrials
from tmsmeta.review.selecting.spec import Selection
from tmsmeta.words.names import inside, listed

if TYPE_CHECKING:
    import pandas as pd

PROPORTION_RULE = (
    "If the cited source prints a percentage of that arm: reproduced when it rounds to the quoted one; misattributed "
    "when it does not but another source's does; differs when none does. If it prints none: the arms of the main "
    "selection are pooled (binomial-normal model), those of the treatment that the cited source pooled where it is at "
    "hand, since a percentage of one arm does not carry over from one treatment to another. Reproduced when the quoted "
    "figure lies in the 95% interval, else differs, by its distance from the pooled percentage. A percentage of one "
    "arm is never compared with that of the other: only the ratio within trials keeps what randomisation made "
    "comparable."
)
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

_INTERVALS = {"z": "Wald", "t": "Wald with t quantiles", "hksj": "Hartung-Knapp"}
"""Short names of intervals; the other ones of :class:`~tmsmeta.PoolingSpec` are called what the protocol calls them."""


def pooled_proportion(case: Case) -> Finding:
    """A quoted percentage of one arm against that arm pooled over trials."""
    arm, outcome = case.option("arm", "active"), case.outcomes()[0]
    published = [(row, _printed(case, row, arm)) for row in case.rows("published")]
    known = [(row, f) for row, f in published if not isinstance(f.value, NotAssessable)]
    cited = [(row, f) for row, f in published if case.is_cited(row)]
    node = next((n for row, _ in cited if (n := _node(case, row))), None)
    scoped, rows = _pooled_arm(case, outcome, arm, node)
    others = [_pooled_arm(case, outcome, arm, None)[0]] if node else []
    rows += [row.evidence(used=False) for row, _ in published]
    spec = {
        "model": "binomial-normal (GLMM on the logit), maximum likelihood", "arm": arm, "level": 0.95,
        "selection": _selection(case, outcome, node).to_dict(),
    }  # fmt: skip
    figures = [scoped, *others, *(f for _, f in known)]
    printed = [f for row, f in known if case.is_cited(row)]
    if printed:
        return _by_cited(case, printed[0], [f for _, f in known], figures, rows, spec)
    missing = [f"percentages per arm in {row.label}" for row, _ in cited]
    return _by_interval(case, scoped, figures, [f for _, f in known], rows, spec, missing)


def _selection(case: Case, outcome: str, node: str | None) -> Selection:
    return case.evidence.selection(outcome, measure=case.measure, nodes=(node,) if node else None)


def _node(case: Case, row: Row) -> str | None:
    """The treated node of a review's comparison, if it is one of several that the evidence has."""
    node = row.text("comparison").partition(" vs ")[0].strip()
    return node if node in case.active and len(case.active) > 1 else None


def _pooled_arm(case: Case, outcome: str, arm: str, node: str | None) -> tuple[Recomputed, list[EvidenceRow]]:
    """Arms of one kind pooled: the arms of `node`, or the control arms of trials that compare it."""
    selection = _selection(case, outcome, node)
    arms = select_arms(case.evidence, _selection(case, outcome, None)).arms
    if node is not None:
        trials = set(arms.loc[arms["treatment"] == node, "study"])
        arms = arms[arms["study"].isin(trials) & arms["treatment"].isin((node, selection.control))]
    is_control = arms["treatment"] == selection.control
    chosen = arms[is_control] if arm == "control" else arms[~is_control]
    scope = case.evidence.treatment_label(node) if node else case.every_kind
    what = f"control arms of trials of {inside(scope)}" if arm == "control" else scope
    label = f"{what[0].upper()}{what[1:]}: {len(chosen)} arms pooled"
    rows = trial_rows(case.evidence, chosen, partial(_arm_says, case), f"arms:{outcome}")
    return _pool_proportion(case, label, chosen), rows


def _pool_proportion(case: Case, label: str, arms: pd.DataFrame) -> Recomputed:
    unit = case.claim.unit
    if arms.empty:
        return Recomputed(
            label=label, value=NotAssessable("pooled percentage", "no arm of this kind is at hand"), unit=unit
        )
    fit = glmm_proportion(arms["events"].to_numpy(), arms["n"].to_numpy(), study=arms["study"].to_numpy())
    value, limits = fit.natural, fit.natural_ci
    counts = f"{int(arms['events'].sum()):,} of {int(arms['n'].sum()):,} in {len(arms)} arms"
    if isinstance(value, NotAssessable) or isinstance(limits, NotAssessable):
        reason = value if isinstance(value, NotAssessable) else limits
        assert isinstance(reason, NotAssessable)
        return Recomputed(label=label, value=reason, unit=unit, counts=counts)
    low, high = 100 * limits[0], 100 * limits[1]
    quoted = float(case.point.value) if case.point is not None else None
    return Recomputed(
        label=label, value=100 * value, low=low, high=high, unit=unit, kind="interval",
        method="binomial-normal model on the logit", counts=counts,
        agrees=None if quoted is None else low <= quoted <= high,
    )  # fmt: skip


def _arm_says(case: Case, record: Mapping[Any, Any]) -> str:
    events, n = int(record["events"]), int(record["n"])
    return f"{case.evidence.treatment_label(record['treatment'])}: {events} of {n} ({100 * events / n:.1f}%)"


def _printed(case: Case, row: Row, arm: str) -> Recomputed:
    suffix = "c" if arm == "control" else "t"
    percent, events, n = (row.number(f"{name}_{suffix}") for name in ("percent", "events", "n"))
    label, unit = f"{row.label} ({case.comparison(row)})", case.claim.unit
    if percent is None:
        return Recomputed(label=label, value=NotAssessable("percentage", "none printed for this arm"), unit=unit)
    agrees = case.agrees(percent)
    if events is None or n is None:
        return Recomputed(label=label, value=percent, unit=unit, method="as printed", agrees=agrees)
    exact = clopper_pearson(int(events), int(n))
    return Recomputed(
        label=label, value=100 * events / n, low=100 * exact.low, high=100 * exact.high, unit=unit, kind="interval",
        method=exact.method, counts=f"{events:,.0f} of {n:,.0f}", agrees=agrees,
    )  # fmt: skip


def _by_cited(
    case: Case, cited: Recomputed, published: list[Recomputed], figures: list[Recomputed], rows: list[EvidenceRow],
    spec: dict[str, Any],
) -> Finding:  # fmt: skip
    figures = [cited, *(f for f in figures if f is not cited)]
    quoted = case.claim.quoted()
    owner = next((f for f in published if f.agrees), None)
    if cited.agrees:
        return case.finding(
            "reproduced", f"{cited.text()}, from the cited source", f"This holds: {cited.label} prints {cited.text()}.",
            f"{cited.label}: {cited.text()}.", recomputed=figures, rows=rows, spec=spec,
        )  # fmt: skip
    difference = case.difference(cited)
    if owner is not None:
        return case.finding(
            "misattributed", f"the cited source gives {cited.text()}; the figure is that of {owner.label}",
            f"The source that is named gives {cited.text()}; {quoted} is the figure of {owner.label}.",
            f"{cited.label}: {cited.text()}; {owner.label}: {owner.text()}.",
            recomputed=figures, difference=difference, rows=rows, spec=spec,
        )  # fmt: skip
    return case.finding(
        "differs", f"the quoted figure is {difference.text()}" if difference else "another figure",
        f"The source that is named gives {cited.text()}, not {quoted}.", f"{cited.label}: {cited.text()}.",
        recomputed=figures, difference=difference, rows=rows, spec=spec,
    )  # fmt: skip


def _by_interval(
    case: Case, scoped: Recomputed, figures: list[Recomputed], published: list[Recomputed], rows: list[EvidenceRow],
    spec: dict[str, Any], missing: list[str],
) -> Finding:  # fmt: skip
    quoted = case.claim.quoted()
    reviews = _reviews(published)
    technical = f"{scoped.label}, {scoped.counts}: {scoped.text()}, {scoped.method}; beside it {named(figures[1:])}."
    if isinstance(scoped.value, NotAssessable):
        return case.finding(
            "cannot be recomputed", f"missing: {scoped.value.reason}",
            "This cannot be checked: no trial at hand counts it.",
            f"{scoped.label}: {scoped.value}.", recomputed=figures[1:], rows=rows, spec=spec,
            missing=[*missing, f"trials with {case.claim.quantity}"],
        )  # fmt: skip
    if scoped.agrees:
        return case.finding(
            "reproduced", f"{scoped.text()} in the trials at hand",
            f"The trials at hand bear this out: about {show(scoped.value, 'percent')}, with a wide margin "
            f"({_limits(scoped)})."
            + (f" The source that is named was not seen to print it ({listed(missing)})." if missing else ""),
            f"{technical} The quoted {quoted} lies in the interval.",
            recomputed=figures, rows=rows, spec=spec, missing=missing,
        )  # fmt: skip
    difference = case.difference(scoped)
    return case.finding(
        "differs", f"the quoted figure is {difference.text()}" if difference else "outside the interval",
        f"In the trials at hand it is about {show(scoped.value, 'percent')} ({_limits(scoped)}), not "
        f"{quoted}.{reviews}",
        f"{technical} The quoted {quoted} lies outside the interval.",
        recomputed=figures, difference=difference, rows=rows, spec=spec, missing=missing,
    )  # fmt: skip


def _limits(figure: Recomputed) -> str:
    return Recomputed(label="", value=0.0, low=figure.low, high=figure.high, unit=figure.unit, kind="range").text()


def _reviews(published: list[Recomputed]) -> str:
    """The span of what reviews print, with the review at either end."""
    values = sorted((float(f.value), f.label) for f in published if not isinstance(f.value, NotAssessable))
    if len(values) < 2:
        return ""
    (low, lowest), (high, highest) = values[0], values[-1]
    return f" Reviews print from {show(low, 'percent')} in {lowest} to {show(high, 'percent')} in {highest}."


def pooled_ratio(case: Case) -> Finding:
    """Whether the pooled ratios of the trials say what is quoted."""
    outcomes, published = case.outcomes(), case.rows("published")
    main = [_ratio(case, outcome, None) for outcome in outcomes]
    node = next((n for row in published if case.is_cited(row) and (n := _node(case, row))), None)
    scoped = [_ratio(case, outcome, node) for outcome in outcomes] if node else []
    rows = [row for _, group in main for row in group]
    figures = [figure for figure, _ in main]
    others = [figure for figure, _ in scoped] + [published_ratio(case, row) for row in published]
    rows += [row.evidence(used=False) for row in published]
    pooling = case.evidence.protocol.pooling_spec()
    spec = {
        "measure": case.measure, "tau2": pooling.tau2, "interval": _INTERVALS.get(pooling.ci, pooling.ci),
        "level": pooling.level, "selections": [_selection(case, outcome, None).to_dict() for outcome in outcomes],
    }  # fmt: skip
    missing = [f"trials with {case.outcome(o)}" for o, f in zip(outcomes, figures, strict=True) if f.low is None]
    return ratio_verdict(case, case.measure, figures, others, missing, partial(case.finding, rows=rows, spec=spec))


def _ratio(case: Case, outcome: str, node: str | None) -> tuple[Recomputed, list[EvidenceRow]]:
    selected = select(case.evidence, _selection(case, outcome, node))
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
        method=f"{MEASURES[case.measure].label}, {spec.tau2}, {_INTERVALS.get(spec.ci, spec.ci)}", counts=counts,
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


def _proportion_faults(case: Case) -> Iterator[tuple[str, str]]:
    if len(case.outcomes()) != 1:
        yield "evidence", "must name one outcome of arms, as arms:OUTCOME, for pooled_proportion."
    if case.point is None:
        yield "quoted_low", "must hold one quoted percentage, the same as `quoted_high`."
    if case.option("arm", "active") not in ("active", "control"):
        yield "parameters", "must give arm as active or control."


def _ratio_faults(case: Case) -> Iterator[tuple[str, str]]:
    if not case.outcomes():
        yield "evidence", "must name an outcome of arms, as arms:OUTCOME, for pooled_ratio."
    if case.measure not in RATIOS:
        yield "parameters", f"must give measure as one of {', '.join(RATIOS)} for pooled_ratio, such as measure=RR."


CHECKS = (
    Check(name="pooled_proportion", rule=PROPORTION_RULE, run=pooled_proportion, faults=_proportion_faults),
    Check(name="pooled_ratio", rule=RATIO_RULE, run=pooled_ratio, faults=_ratio_faults),
)
