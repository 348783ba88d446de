"""A quoted percentage of one arm against what sources print, and against that arm pooled over the trials at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tmsmeta.effects.intervals import clopper_pearson
from tmsmeta.errors import NotAssessable
from tmsmeta.models.counts.glmm import glmm_proportion
from tmsmeta.review.claims.checks.pooled import pooled_treatment, selection_of
from tmsmeta.review.claims.cited_rows import Row, trial_rows
from tmsmeta.review.claims.model import EvidenceRow, Finding, Recomputed
from tmsmeta.review.claims.numbers import show
from tmsmeta.review.claims.question import Case, Check, named
from tmsmeta.review.selecting.apply import select_arms
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


def pooled_proportion(case: Case) -> Finding:
    """A quoted percentage of one arm against that arm pooled over trials."""
    arm, outcome = case.option("arm", "active"), case.outcomes()[0]
    published = [(row, _printed(case, row, arm)) for row in case.rows("published")]
    known = [(row, f) for row, f in published if not isinstance(f.value, NotAssessable)]
    cited = [(row, f) for row, f in published if case.is_cited(row)]
    node = next((n for row, _ in cited if (n := pooled_treatment(case, row))), None)
    scoped, rows = _pooled_arm(case, outcome, arm, node)
    others = [_pooled_arm(case, outcome, arm, None)[0]] if node else []
    rows += [row.evidence(used=False) for row, _ in published]
    spec = {
        "model": "binomial-normal (GLMM on the logit), maximum likelihood", "arm": arm, "level": 0.95,
        "selection": selection_of(case, outcome, node).to_dict(),
    }  # fmt: skip
    found = partial(case.finding, rows=rows, spec=spec)
    figures = [figure for _, figure in known]
    printed = [figure for row, figure in known if case.is_cited(row)]
    if printed:
        beside = [scoped, *others, *(f for f in figures if f is not printed[0])]
        return _by_cited(case, printed[0], figures, partial(found, recomputed=[printed[0], *beside]))
    missing = [f"percentages per arm in {row.label}" for row, _ in cited]
    return _by_interval(case, scoped, [*others, *figures], _reviews(figures), missing, found)


def _pooled_arm(case: Case, outcome: str, arm: str, node: str | None) -> tuple[Recomputed, list[EvidenceRow]]:
    """Arms of one kind pooled: the active ones, or those of `node`; or the control arms of trials that compare it."""
    selection = selection_of(case, outcome, node)
    arms = select_arms(case.evidence, selection_of(case, outcome, None)).arms
    if node is not None:
        trials = set(arms.loc[arms["treatment"] == node, "study"])
        arms = arms[arms["study"].isin(trials) & arms["treatment"].isin((node, selection.control))]
    is_control = arms["treatment"] == selection.control
    is_active = arms["treatment"].map(case.evidence.is_active).astype(bool)
    # Of trials that compare active treatment: an arm that is neither, such as another drug, says nothing about it.
    compared = arms["study"].isin(set(arms.loc[is_active, "study"]))
    chosen = arms[compared & (is_control if arm == "control" else is_active)]
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


def _by_cited(case: Case, cited: Recomputed, published: list[Recomputed], found: Callable[..., Finding]) -> Finding:
    quoted, says = case.claim.quoted(), f"{cited.label}: {cited.text()}"
    if cited.agrees:
        plain = f"This holds: {cited.label} prints {cited.text()}."
        return found("reproduced", f"{cited.text()}, from the cited source", plain, f"{says}.")
    difference = case.difference(cited)
    owner = next((f for f in published if f.agrees), None)
    if owner is not None:
        headline = f"the cited source gives {cited.text()}; the figure is that of {owner.label}"
        plain = f"The source that is named gives {cited.text()}; {quoted} is the figure of {owner.label}."
        technical = f"{says}; {owner.label}: {owner.text()}."
        return found("misattributed", headline, plain, technical, difference=difference)
    headline = f"the quoted figure is {difference.text()}" if difference else "another figure"
    plain = f"The source that is named gives {cited.text()}, not {quoted}."
    return found("differs", headline, plain, f"{says}.", difference=difference)


def _by_interval(
    case: Case, scoped: Recomputed, others: list[Recomputed], reviews: str, missing: list[str],
    finding: Callable[..., Finding],
) -> Finding:  # fmt: skip
    quoted = case.claim.quoted()
    if isinstance(scoped.value, NotAssessable):
        needed = [*missing, f"trials with {case.claim.quantity}"]
        headline, plain = f"missing: {scoped.value.reason}", "This cannot be checked: no trial at hand counts it."
        technical = f"{scoped.label}: {scoped.value}."
        return finding("cannot be recomputed", headline, plain, technical, recomputed=others, missing=needed)
    found = partial(finding, recomputed=[scoped, *others], missing=missing)
    beside = f"; beside it {named(others)}" if others else ""
    technical = f"{scoped.label}, {scoped.counts}: {scoped.text()}, {scoped.method}{beside}."
    about = f"about {show(scoped.value, 'percent')}"
    if scoped.agrees:
        unseen = f" The source that is named was not seen to print it ({listed(missing)})." if missing else ""
        plain = f"The trials at hand bear this out: {about} ({_limits(scoped)}).{unseen}"
        technical = f"{technical} The quoted {quoted} lies in the interval."
        return found("reproduced", f"{scoped.text()} in the trials at hand", plain, technical)
    difference = case.difference(scoped)
    headline = f"the quoted figure is {difference.text()}" if difference else "outside the interval"
    plain = f"In the trials at hand it is {about} ({_limits(scoped)}), not {quoted}.{reviews}"
    technical = f"{technical} The quoted {quoted} lies outside the interval."
    return found("differs", headline, plain, technical, difference=difference)


def _limits(figure: Recomputed) -> str:
    return Recomputed(label="", value=0.0, low=figure.low, high=figure.high, unit=figure.unit, kind="range").text()


def _reviews(published: list[Recomputed]) -> str:
    """The span of what reviews print, with the review at either end."""
    values = sorted((float(f.value), f.label) for f in published if not isinstance(f.value, NotAssessable))
    if len(values) < 2:
        return ""
    (low, lowest), (high, highest) = values[0], values[-1]
    return f" Reviews print from {show(low, 'percent')} in {lowest} to {show(high, 'percent')} in {highest}."


def _proportion_faults(case: Case) -> Iterator[tuple[str, str]]:
    if len(case.outcomes()) != 1:
        yield "evidence", "must name one outcome of arms, as arms:OUTCOME, for pooled_proportion."
    if case.point is None:
        yield "quoted_low", "must hold one quoted percentage, the same as `quoted_high`."
    if case.option("arm", "active") not in ("active", "control"):
        yield "parameters", "must give arm as active or control."


CHECKS = (Check(name="pooled_proportion", rule=PROPORTION_RULE, run=pooled_proportion, faults=_proportion_faults),)
