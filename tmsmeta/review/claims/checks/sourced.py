"""Figures that a source states: rates and proportions recomputed from its counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tmsmeta.effects.intervals import clopper_pearson, garwood, wilson
from tmsmeta.errors import NotAssessable
from tmsmeta.review.claims.cited_rows import Row
from tmsmeta.review.claims.model import EvidenceRow, Finding, Recomputed
from tmsmeta.review.claims.question import Case, Check, named
from tmsmeta.words.names import listed

_SOURCED_RULE = (
    "A figure agrees when it rounds to the quoted one (half a unit of its last printed digit either way); with a "
    "quoted bound, when its whole 95% interval keeps to the bound. If rows of the cited source are at hand: reproduced "
    "when one of them agrees, misattributed when none does but another source does, differs when no source does. If "
    "none is at hand: reproduced when a source agrees, else differs. What a source leaves unprinted cannot be "
    "recomputed. "
)
RATE_RULE = _SOURCED_RULE + "Rates are events per exposure with Garwood's exact Poisson interval."
PROPORTION_RULE = _SOURCED_RULE + "Proportions come with the exact interval of Clopper and Pearson."

_UNIT = re.compile(r"(?:percent of|per ([\d,.]+)) (\w+)")


def exact_rate(case: Case) -> Finding:
    """A quoted event rate against rates recomputed from events and exposure."""
    per, unit = rate_unit(case.claim.unit)
    rows = [row for row in case.rows("rates") if row.text("unit") == unit]
    figures = tuple((row, _rate(case, row, per)) for row in rows)
    return _Sourced(
        case, figures, {"interval": "Garwood exact Poisson", "per": per, "of": unit, "level": 0.95}
    ).finding()


def exact_proportion(case: Case) -> Finding:
    """A quoted percentage against proportions recomputed from counts, or as printed where these were not seen."""
    figures = tuple((row, proportion(case, row)) for row in case.rows("cohorts"))
    return _Sourced(case, figures, {"interval": "Clopper-Pearson exact", "level": 0.95}).finding()


def rate_unit(unit: str) -> tuple[float, str]:
    """Exposure and its unit: ``"per 10,000 sessions"`` is (10000, "sessions"), ``"percent of patients"`` (100, ...)."""
    match = _UNIT.fullmatch(unit)
    if match is None:
        return 0.0, ""
    return (float(match[1].replace(",", "")) if match[1] else 100.0), match[2]


def _rate(case: Case, row: Row, per: float) -> Recomputed:
    events, exposure = row.number("events"), row.number("exposure")
    if events is not None and exposure is not None:
        interval = garwood(int(events), exposure, per=per)
        counts = f"{events:,.0f} {row.text('what')} in {exposure:,.0f} {row.text('unit')}"
        assert not isinstance(interval.estimate, NotAssessable)
        return _figure(case, row.label, interval.estimate, interval.low, interval.high, interval.method, counts)
    printed, low, high = (row.number(name) for name in ("printed_rate", "printed_low", "printed_high"))
    if printed is None:
        return Recomputed(label=row.label, value=NotAssessable("rate", "neither counts nor a rate were printed"))
    scale = per / (row.number("per") or 1.0)
    limits = [None if limit is None else limit * scale for limit in (low, high)]
    return _figure(case, row.label, printed * scale, limits[0], limits[1], "as printed", "")


def proportion(case: Case, row: Row) -> Recomputed:
    """The percentage of a cohort row with its exact interval, or as printed."""
    events, n = row.number("events"), row.number("n")
    label = f"{row.label}, {row.text('measure')}"
    if events is not None and n:
        exact, score = clopper_pearson(int(events), int(n)), wilson(int(events), int(n))
        method = f"{exact.method} (Wilson score: {100 * score.low:.1f} to {100 * score.high:.1f}%)"
        counts = f"{events:,.0f} of {n:,.0f}"
        return _figure(case, label, 100 * events / n, 100 * exact.low, 100 * exact.high, method, counts)
    printed = row.number("percent_printed")
    if printed is None:
        return Recomputed(label=label, value=NotAssessable("proportion", "no single percentage was printed"))
    return _figure(case, label, printed, row.number("printed_low"), row.number("printed_high"), "as printed", "")


def _figure(
    case: Case, label: str, value: float, low: float | None, high: float | None, method: str, counts: str
) -> Recomputed:  # fmt: skip
    bound = case.point is None and low is not None and high is not None
    agrees = case.agrees(value) and (not bound or (case.agrees(low or 0.0) and case.agrees(high or 0.0)))
    return Recomputed(
        label=label, value=value, low=low, high=high, unit=case.claim.unit,
        kind="" if low is None else "interval", method=method, agrees=agrees, counts=counts,
    )  # fmt: skip


@dataclass(frozen=True)
class _Sourced:
    """Figures of several sources, some of them cited, on the way to a verdict."""

    case: Case
    figures: tuple[tuple[Row, Recomputed], ...]
    spec: dict[str, Any]

    def finding(self) -> Finding:
        """The verdict by the rule of sourced figures."""
        known = self.known
        if not known:
            return self.nothing_printed()
        cited = [(row, figure) for row, figure in known if self.case.is_cited(row)]
        pool = cited or known
        for _, figure in pool:
            if figure.agrees:
                return self.reproduced(figure, cited=bool(cited))
        owner = next((figure for _, figure in known if figure.agrees), None)
        return self.misattributed(pool[0][1], owner) if owner else self.differs(*pool[0])

    @property
    def known(self) -> list[tuple[Row, Recomputed]]:
        return [(row, f) for row, f in self.figures if not isinstance(f.value, NotAssessable)]

    @property
    def rows(self) -> list[EvidenceRow]:
        return [row.evidence() for row, _ in self.figures]

    def beside(self, *shown: Recomputed) -> list[Recomputed]:
        return [figure for _, figure in self.known if figure not in shown]

    def reproduced(self, figure: Recomputed, *, cited: bool) -> Finding:
        case, quoted = self.case, self.case.claim.quoted()
        unseen = case.claim.cited_source if case.claim.cited_source and not cited else ""
        others = [other for other in self.beside(figure) if not other.agrees]
        aside = f" Another source gives a different figure: {named(others)}." if others else ""
        return case.finding(
            "reproduced", f"{figure.text()}, from {'the cited source' if cited else figure.label}",
            f"The figure holds: {figure.label} counted {_in_words(figure)}.{aside}",
            f"{figure.label}: {figure.text()}{_from(figure)}; this agrees with {quoted}.{aside}",
            recomputed=[figure, *self.beside(figure)], rows=self.rows, spec=self.spec,
            missing=[f"the figures of the source as cited ({unseen})"] if unseen else [],
        )  # fmt: skip

    def misattributed(self, cited: Recomputed, owner: Recomputed) -> Finding:
        case = self.case
        return case.finding(
            "misattributed", f"the cited source gives {plain(cited)}; the figure is that of {owner.label}",
            f"The source that is named counted {_in_words(cited)}; the quoted figure comes from another one, "
            f"{owner.label}.",
            f"Cited: {cited.label}, {cited.text()}{_from(cited)}. The quoted {case.claim.quoted()} is {owner.label}: "
            f"{owner.text()}{_from(owner)}.",
            recomputed=[cited, *self.beside(cited)], difference=case.difference(cited), rows=self.rows, spec=self.spec,
        )  # fmt: skip

    def differs(self, row: Row, figure: Recomputed) -> Finding:
        case, about = self.case, row.about
        difference, others = case.difference(figure), self.beside(figure)
        amount = difference.text() if difference else "beyond the quoted bound at one end of its interval"
        return case.finding(
            "differs", f"the quoted figure is {amount}",
            f"The source counted {_in_words(figure)}, not {case.claim.quoted()}."
            + (f" The figure is about: {about}." if about else ""),
            f"{figure.label}: {figure.text()}{_from(figure)}{self.inside(figure)}."
            + (f" The row is about: {about}." if about else "")
            + (f" Beside it: {named(others)}." if others else ""),
            recomputed=[figure, *others], difference=difference, rows=self.rows, spec=self.spec,
        )  # fmt: skip

    def inside(self, figure: Recomputed) -> str:
        point = self.case.point
        if figure.low is None or figure.high is None or point is None:
            return ""
        if figure.low <= float(point.value) <= figure.high:
            return "; the quoted figure lies inside that interval, but is not what was counted"
        return "; the quoted figure lies outside that interval"

    def nothing_printed(self) -> Finding:
        labels = [row.label for row, _ in self.figures]
        missing = f"counts or a printed figure in {listed(labels)}"
        return self.case.finding(
            "cannot be recomputed", f"missing: {missing}",
            "This cannot be checked: the sources at hand do not print the numbers.",
            f"No row gives a value in the unit of the claim ({self.case.claim.unit}).",
            missing=[missing], rows=self.rows, spec=self.spec,
        )  # fmt: skip


def _in_words(figure: Recomputed) -> str:
    return f"{figure.counts}, which is {plain(figure)}" if figure.counts else plain(figure)


def plain(figure: Recomputed) -> str:
    """The value alone, without its interval."""
    return Recomputed(label="", value=figure.value, unit=figure.unit).text()


def _from(figure: Recomputed) -> str:
    return f" from {figure.counts}, {figure.method}" if figure.counts else f", {figure.method}"


def _rate_faults(case: Case) -> Iterator[tuple[str, str]]:
    per, unit = rate_unit(case.claim.unit)
    if not per:
        yield "unit", "must be 'per 10,000 sessions', 'percent of patients' or alike for exact_rate."
    rows = case.rows("rates")
    if not rows:
        yield "evidence", "must name at least one row of rates for exact_rate."
    elif per and not any(row.text("unit") == unit for row in rows):
        units = listed(sorted({row.text("unit") for row in rows}))
        yield "unit", f"must refer to {units}, as the rows it names do."
    if not case.has_quote:
        yield "quoted_low", "must hold the quoted rate (or `quoted_high` a bound)."


def _proportion_faults(case: Case) -> Iterator[tuple[str, str]]:
    if not case.rows("cohorts"):
        yield "evidence", "must name at least one row of cohorts for exact_proportion."
    if not case.has_quote:
        yield "quoted_low", "must hold the quoted percentage (or `quoted_high` a bound)."


CHECKS = (
    Check(name="exact_rate", rule=RATE_RULE, run=exact_rate, faults=_rate_faults),
    Check(name="exact_proportion", rule=PROPORTION_RULE, run=exact_proportion, faults=_proportion_faults),
)
