"""A quoted I2, tau2 or R2 against the analysis of the trials that it is said of."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tmsmeta.errors import NotAssessable
from tmsmeta.models.regression import MetaRegression
from tmsmeta.pooling import PooledEffect
from tmsmeta.review.analyses import Analysis, analyse
from tmsmeta.review.claims.checks.pooled import RATIOS, selected_rows
from tmsmeta.review.claims.model import Finding, Recomputed
from tmsmeta.review.claims.question import Case, Check
from tmsmeta.review.moderators import regressions_of

STATISTIC_RULE = (
    "The statistic is computed from the trials of the main selection as the protocol of the review pools them, or from "
    "the meta-regression of the named formula. Reproduced when it rounds to the quoted figure, or lies in the quoted "
    "range or bound; else differs, by its distance; cannot be recomputed when these trials do not give it. I2 and tau2 "
    "come with their Q-profile interval, which decides nothing: a quoted figure is that of one analysis."
)
STATISTICS = {"i2": "I2", "tau2": "tau2", "r2": "R2"}
"""What can be quoted, and what it is called."""


def pooled_statistic(case: Case) -> Finding:
    """Whether an analysis of the trials has the quoted I2, tau2 or R2."""
    outcome, formula = case.outcomes()[0], case.option("formula", "")
    analysis = analyse(case.evidence, outcome, measures=(case.measure,))
    fitted = _fitted(case, analysis, formula)
    figure = _figure(case, fitted, formula)
    model = case.evidence.protocol.pooling_spec()
    spec = {
        "statistic": case.option("statistic", ""), "formula": formula, "measure": case.measure, "tau2": model.tau2,
        "level": model.level, "selection": analysis.chosen.selection.to_dict(),
    }  # fmt: skip
    rows = selected_rows(case.evidence, outcome, analysis.chosen)
    found = partial(case.finding, recomputed=[figure], rows=rows, spec=spec)
    if isinstance(figure.value, NotAssessable):
        missing = f"trials that give {figure.label}: {figure.value.reason}"
        plain = "This cannot be checked: the trials at hand do not give it."
        return found(
            "cannot be recomputed", f"missing: {missing}", plain, f"{figure.label}: {figure.text()}.", missing=[missing]
        )
    technical = f"{figure.label}: {figure.text()} ({figure.method}, {figure.counts}); quoted {case.claim.quoted()}."
    if figure.agrees:
        plain = f"This holds: {figure.label} is {figure.text()}."
        return found("reproduced", f"{figure.label}: {figure.text()}", plain, technical)
    difference = case.difference(figure)
    off = difference.text() if difference else "outside the quoted range"
    plain = f"The trials at hand give {figure.text()}, not {case.claim.quoted()} ({figure.label})."
    return found("differs", f"the quoted figure is {off}", plain, technical, difference=difference)


def _fitted(case: Case, analysis: Analysis, formula: str) -> PooledEffect | MetaRegression | NotAssessable:
    if not formula:
        return analysis.pooled
    return regressions_of(analysis, (formula,), case.evidence.protocol.pooling_spec())[formula]


def _figure(case: Case, fitted: PooledEffect | MetaRegression | NotAssessable, formula: str) -> Recomputed:
    name = case.option("statistic", "")
    outcome = case.outcome(case.outcomes()[0])
    label = f"{STATISTICS[name]} of {outcome}" + (f" on {formula.lstrip('~ ')}" if formula else "")
    if isinstance(fitted, NotAssessable):
        return Recomputed(label=label, value=fitted, unit=case.claim.unit)
    value: float | NotAssessable = getattr(fitted, name)
    if isinstance(value, NotAssessable):
        return Recomputed(label=label, value=value, unit=case.claim.unit)
    limits = fitted.tau2_interval() if name in ("i2", "tau2") else None
    known = None if limits is None or isinstance(limits, NotAssessable) else getattr(limits, name)
    low, high = known or (None, None)
    return Recomputed(
        label=label, value=value, low=low, high=high, kind="interval" if known else "", level=fitted.spec.level,
        unit=case.claim.unit, agrees=case.agrees(value), counts=f"{fitted.k} trials",
        method=f"{fitted.effects.info.label}, tau2 by {fitted.spec.tau2}",
        interval_note=str(limits) if isinstance(limits, NotAssessable) else "",
    )  # fmt: skip


def _faults(case: Case) -> Iterator[tuple[str, str]]:
    name, formula = case.option("statistic", ""), case.option("formula", "")
    if len(case.outcomes()) != 1:
        yield "evidence", "must name one outcome of arms, as arms:OUTCOME, for pooled_statistic."
    if name not in STATISTICS:
        yield "parameters", f"must give statistic as one of {', '.join(STATISTICS)}, such as statistic=i2."
    if name == "r2" and not formula:
        yield "parameters", "must name the moderators that r2 is of, such as formula=~ year."
    if name in ("i2", "r2") and case.claim.unit != "percent":
        yield "unit", f"must be percent for {name}."
    if case.measure not in (*RATIOS, "RD", "AS"):
        yield "parameters", f"must give measure as one of {', '.join(RATIOS)}, RD, AS."
    if not case.has_quote:
        yield "quoted_low", "must hold the quoted figure (or `quoted_high` a bound)."


CHECKS = (Check(name="pooled_statistic", rule=STATISTIC_RULE, run=pooled_statistic, faults=_faults),)
