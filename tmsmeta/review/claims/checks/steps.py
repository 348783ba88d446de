"""Figures that follow one another: a trend over steps, and what steps add up to."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from itertools import pairwise

from tmsmeta.errors import NotAssessable
from tmsmeta.review.claims.checks.sourced import proportion
from tmsmeta.review.claims.cited_rows import Row, percent_of
from tmsmeta.review.claims.model import EvidenceRow, Finding, Recomputed
from tmsmeta.review.claims.numbers import show
from tmsmeta.review.claims.question import Case, Check
from tmsmeta.words.names import listed

TREND_RULE = (
    "The rows are steps in their order. Reproduced when every step is lower than the one before (higher with "
    "direction=rising); differs when the last step is not beyond the first; holds only under the named pairs of steps "
    "when some move the other way."
)
PRODUCT_RULE = (
    "The cumulative share is 1 minus the product of the shares without the outcome. Differs when it does not round to "
    "the quoted figure. Where it does, it takes for granted that everybody without the outcome enters the next step: "
    "reproduced when the numbers entering the steps bear that out, holds only under that assumption when they do not, "
    "or are not known."
)


def trend(case: Case) -> Finding:
    """Whether figures fall (or rise) from step to step."""
    steps = [(row, proportion(case, row)) for row in case.rows("cohorts")]
    rows = [row.evidence() for row, _ in steps]
    spec = {"direction": case.option("direction", "falling")}
    unknown = [row.text("sample") or row.label for row, f in steps if isinstance(f.value, NotAssessable)]
    if unknown:
        return _step_unknown(case, unknown, rows, spec)
    sign = 1.0 if spec["direction"] == "rising" else -1.0
    values = [float(f.value) for _, f in steps if not isinstance(f.value, NotAssessable)]
    moves = [sign * (after - before) > 0 for before, after in pairwise(values)]
    figures = [_step(row, f) for row, f in steps]
    series = ", ".join(f"{figure.label} {figure.text()}" for figure in figures)
    plain = ", then ".join(show(value, case.claim.unit) for value in values)
    found = partial(case.finding, recomputed=figures, rows=rows, spec=spec)
    if all(moves):
        headline = f"{spec['direction']} at each of {len(values)} steps"
        return found("reproduced", headline, f"This holds: {plain}.", f"Each step is {spec['direction']}: {series}.")
    steps_with = [(f"{a.label} to {b.label}", ok) for (a, b), ok in zip(pairwise(figures), moves, strict=True)]
    wrong, right = listed([s for s, ok in steps_with if not ok]), [s for s, ok in steps_with if ok]
    technical = f"{series}; not {spec['direction']} from {wrong}."
    if sign * (values[-1] - values[0]) > 0:
        plain = f"This holds for some of the steps only: {plain}."
        return found("holds only under", f"not from {wrong}", plain, technical, conditions=right)
    return found("differs", f"not {spec['direction']}: {plain}", f"The figures do not do that: {plain}.", technical)


def _step_unknown(case: Case, unknown: list[str], rows: list[EvidenceRow], spec: dict[str, str]) -> Finding:
    missing = f"a percentage for {listed(unknown)}"
    plain = "This cannot be checked: a step has no figure."
    technical = f"No percentage was printed for {listed(unknown)}."
    return case.finding(
        "cannot be recomputed", f"missing: {missing}", plain, technical, missing=[missing], rows=rows, spec=spec
    )


def _step(row: Row, figure: Recomputed) -> Recomputed:
    return Recomputed(
        label=row.text("sample") or row.label, value=figure.value, low=figure.low, high=figure.high, unit=figure.unit,
        kind=figure.kind, method=figure.method, counts=figure.counts,
    )  # fmt: skip


def cumulative_product(case: Case) -> Finding:
    """What steps add up to if everybody who is left goes on to the next."""
    steps = case.rows("cohorts")
    shares = [percent_of(row) for row in steps]
    rows = [row.evidence() for row in steps]
    if any(share is None for share in shares):
        unknown = [row.text("sample") or row.label for row, share in zip(steps, shares, strict=True) if share is None]
        return _step_unknown(case, unknown, rows, {})
    known = [share for share in shares if share is not None]
    total = 100 * (1 - math.prod(1 - share / 100 for share in known))
    figure = Recomputed(
        label=f"{len(known)} steps together", value=total, unit=case.claim.unit, agrees=case.agrees(total),
        method="1 minus the product of the shares without the outcome",
        counts=" x ".join(f"(1 - {share / 100:.3f})" for share in known),
    )  # fmt: skip
    spec = {"assumption": "everybody without the outcome enters the next step"}
    if not figure.agrees:
        difference, quoted = case.difference(figure), case.claim.quoted()
        headline = f"the quoted figure is {difference.text()}" if difference else "outside the quoted range"
        plain = f"The steps add up to {figure.text()}, not {quoted}."
        technical = f"1 - {figure.counts} = {figure.text()}; quoted {quoted}."
        found = partial(case.finding, recomputed=[figure], difference=difference, rows=rows, spec=spec)
        return found("differs", headline, plain, technical)
    return _cumulative_holds(case, steps, known, figure, spec)


def _cumulative_holds(
    case: Case, steps: list[Row], shares: list[float], figure: Recomputed, spec: dict[str, str]
) -> Finding:  # fmt: skip
    entered = [row.number("n") for row in steps]
    rows = [row.evidence() for row in steps]
    first = entered[0]
    left_after = [
        None if first is None else first * math.prod(1 - s / 100 for s in shares[:i]) for i in range(len(steps))
    ]
    gaps = [
        f"{n:,.0f} entered {row.text('sample') or row.label} instead of about {left:,.0f}"
        for row, n, left in zip(steps, entered, left_after, strict=True)
        if n is not None and left is not None and abs(n - left) > 0.005 * left + 1
    ]
    found = partial(case.finding, recomputed=[figure], rows=rows, spec=spec)
    total = f"1 - {figure.counts} = {figure.text()}"
    if not gaps and all(n is not None for n in entered):
        headline, plain = f"{figure.text()}, and nobody left between steps", f"This holds: {figure.text()}."
        return found("reproduced", headline, plain, f"{total}; the numbers entering each step fit.")
    unseen = [row.text("sample") or row.label for row, n in zip(steps, entered, strict=True) if n is None]
    why = f" Patients did leave: {listed(gaps)}." if gaps else " Whether anybody left is not known."
    condition = "nobody leaves between the steps, and those who left would have fared like those who stayed"
    plain = f"The sum is right ({figure.text()}), but only if nobody gives up between the steps.{why}"
    technical = f"{total}, which takes no drop-out between steps for granted.{why}"
    missing = [f"how many entered {listed(unseen)}"] if unseen else []
    return found(
        "holds only under", f"holds only if {condition}", plain, technical, conditions=[condition], missing=missing
    )


def _step_faults(case: Case) -> Iterator[tuple[str, str]]:
    if len(case.rows("cohorts")) < 2:
        yield "evidence", f"must name at least two rows of cohorts, in the order of the steps, for {case.claim.check}."
    if case.claim.check == "trend" and case.option("direction", "falling") not in ("falling", "rising"):
        yield "parameters", "must give direction as falling or rising."
    if case.claim.check == "cumulative_product" and not case.has_quote:
        yield "quoted_low", "must hold the quoted percentage."


CHECKS = (
    Check(name="trend", rule=TREND_RULE, run=trend, faults=_step_faults),
    Check(name="cumulative_product", rule=PRODUCT_RULE, run=cumulative_product, faults=_step_faults),
)
