"""Quoted ranges against the samples they are said to cover, and quoted numbers against what was counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from tmsmeta.errors import NotAssessable
from tmsmeta.review.claims.cited_rows import Row, parameter_row, percent_of
from tmsmeta.review.claims.model import EvidenceRow, Finding, Recomputed, Verdict
from tmsmeta.review.claims.numbers import prints_as, show
from tmsmeta.review.claims.question import Case, Check, named
from tmsmeta.words.names import listed

RANGE_RULE = (
    "Each sample has a figure or a printed range. A figure agrees when it lies in the quoted range (ends widened by "
    "half a unit of their last digit; a bound such as 'more than 50' is taken as it stands); a printed range agrees "
    "when it lies in it too. A sample meets the claim's own condition (parameter rater) when its scale is rated so. "
    "Reproduced when every sample agrees and each is one sample on one scale; differs when none agrees; holds only "
    "under the named samples and scales when some agree, or when the range that agrees mixes scales or samples."
)
COUNT_RULE = (
    "Each counted number or range (rows of cohorts: the events, else n; named parameters: their value) agrees with one "
    "quoted figure when it rounds to it, with a quoted bound when it keeps to it, with a quoted range when both ends "
    "agree. Reproduced when the largest count of the cited source, or every named value, agrees; differs when no "
    "number agrees with any quoted end; holds only under the named circumstances when some do, or when the two ends of "
    "the range belong to different circumstances."
)


@dataclass(frozen=True)
class _Sample:
    """A sample with its figure, and how it stands to the claim."""

    row: Row
    figure: Recomputed
    brief: str
    mixed: bool
    condition_met: bool

    @property
    def agrees(self) -> bool:
        return bool(self.figure.agrees) and self.condition_met

    @property
    def name(self) -> str:
        return f"{self.row.label} ({self.row.about})" if self.row.about else self.row.label


def range_of_samples(case: Case) -> Finding:
    """A quoted range of percentages against each sample it may stand for."""
    samples = [_sample(case, row) for row in case.rows("cohorts", "published")]
    known = [s for s in samples if not isinstance(s.figure.value, NotAssessable)]
    fitting = [s for s in known if s.figure.agrees]
    plain_fit = [s for s in fitting if s.agrees and not s.mixed]
    if not known:
        return _no_figures(case, samples)
    if not fitting:
        return _range_differs(case, known)
    if len(plain_fit) == len(known):
        return _range_reproduced(case, known)
    return _range_conditional(case, known, fitting)


def _sample(case: Case, row: Row) -> _Sample:
    label, unit = f"{row.label}, {_measured(row)}", case.claim.unit
    value = percent_of(row) if row.table == "cohorts" else percent_of(row, "percent_t", "events_t", "n_t")
    low, high = row.number("printed_low"), row.number("printed_high")
    scale, wanted = row.text("scale"), case.option("rater", "")
    met = not wanted or row.rated_by == frozenset({wanted})
    mixed = " and " in scale or row.text("sample").startswith("both")
    if value is not None:
        counts = _counts(row)
        method = "from counts" if counts else "as printed"
        figure = Recomputed(
            label=label, value=value, unit=unit, method=method, agrees=case.agrees(value), counts=counts
        )
    elif low is not None and high is not None:
        agrees = case.agrees(low) and case.agrees(high)
        figure = Recomputed(
            label=label, value=(low + high) / 2, low=low, high=high, unit=unit, kind="range", method="range as printed",
            agrees=agrees,
        )  # fmt: skip
    else:
        figure = Recomputed(label=label, value=NotAssessable("percentage", "none was printed"), unit=unit)
    return _Sample(row, figure, _brief(case, row), mixed, met)


def _measured(row: Row) -> str:
    """What the figure of a row counts, and on which scale."""
    if row.table == "published":
        return "active arms"
    return row.text("measure") + (f" on {row.text('scale')}" if row.text("scale") else "")


def _counts(row: Row) -> str:
    events, n = ("events", "n") if row.table == "cohorts" else ("events_t", "n_t")
    count, total = row.number(events), row.number(n)
    return "" if count is None or not total else f"{count:,.0f} of {total:,.0f}"


def _range_reproduced(case: Case, known: list[_Sample]) -> Finding:
    figures, quoted = [s.figure for s in known], case.claim.quoted()
    headline = f"every sample lies in {quoted}"
    plain = f"The range holds: every group of patients at hand lies within {quoted}."
    technical = f"All {len(known)} samples agree with {quoted}: {named(figures)}."
    return _found(case, known, "reproduced", headline, plain, technical, recomputed=figures)


def _found(case: Case, samples: list[_Sample], verdict: Verdict, *texts: str, **further: Any) -> Finding:
    """A finding that rests on these samples."""
    rows = [s.row.evidence(used=bool(s.figure.agrees)) for s in samples]
    spec = {"rater": case.option("rater", "any"), "quoted": case.claim.quoted()}
    return case.finding(verdict, *texts, rows=rows, spec=spec, **further)


def _range_differs(case: Case, known: list[_Sample]) -> Finding:
    differences = [(s, case.difference(s.figure)) for s in known]
    nearest, difference = min(differences, key=lambda pair: abs(pair[1].amount) if pair[1] else 0.0)
    figures, quoted = [nearest.figure, *(s.figure for s in known if s is not nearest)], case.claim.quoted()
    headline = f"no sample agrees; the nearest end is {difference.text() if difference else 'not within the range'}"
    at = f"{nearest.figure.text()} ({nearest.name})"
    plain = f"No group of patients at hand shows {quoted}; the nearest is {at}."
    technical = f"None of {len(known)} samples agrees with {quoted}: {named(figures)}."
    return _found(case, known, "differs", headline, plain, technical, recomputed=figures, difference=difference)


def _range_conditional(case: Case, known: list[_Sample], fitting: list[_Sample]) -> Finding:
    others = [s for s in known if s not in fitting]
    unmet = [s for s in fitting if not s.condition_met]
    conditions = [s.name for s in fitting]
    outside = f" Outside the range: {named(s.figure for s in others)}." if others else ""
    rater = case.option("rater", "")
    not_rated = f" Not {rater} throughout: {listed([s.row.label for s in unmet])}." if unmet else ""
    mixing = [s for s in fitting if s.mixed]
    mixed = f" {listed([s.row.label for s in mixing])} mixes scales or samples." if mixing else ""
    elsewhere = f" Elsewhere it was {listed([_short(s) for s in others])}." if others else ""
    headline = f"holds only for {listed([s.brief for s in fitting])}"
    here = listed([_short(s) for s in fitting])
    plain = f"This holds for some groups and ratings only: {here}.{not_rated}{elsewhere}"
    agreeing = f"Agreeing with {case.claim.quoted()}: {named(s.figure for s in fitting)}."
    technical = f"{agreeing}{outside}{mixed}{not_rated}"
    figures = [s.figure for s in (*fitting, *others)]
    return _found(
        case, known, "holds only under", headline, plain, technical, recomputed=figures, conditions=conditions
    )


def _brief(case: Case, row: Row) -> str:
    about = row.text("design") if row.table == "cohorts" else case.comparison(row)
    parts = [row.text("scale"), row.text("sample"), about]
    return f"{row.label} ({', '.join(part for part in parts if part)})"


def _short(sample: _Sample) -> str:
    return f"{sample.figure.text()} in {sample.brief}"


def _no_figures(case: Case, samples: list[_Sample]) -> Finding:
    labels = listed([s.row.label for s in samples])
    missing = f"a percentage or a range in {labels}"
    plain = "This cannot be checked: the sources at hand do not print the numbers."
    technical = f"None of {labels} prints a percentage, counts or a range."
    return _found(case, samples, "cannot be recomputed", f"missing: {missing}", plain, technical, missing=[missing])


def count(case: Case) -> Finding:
    """A quoted number against numbers counted in the evidence, or named with their source."""
    figures = [_counted(case, row) for row in case.rows("cohorts")]
    figures += [_named_value(case, p.name, p.low, p.high) for p in case.values]
    rows = [row.evidence() for row in case.rows("cohorts")] + [parameter_row(p, case.claim) for p in case.values]
    best = max(figures, key=_size)
    agreeing = [f for f in figures if f.agrees]
    if len(agreeing) == len(figures) or (agreeing and not case.values):
        return _counted_right(case, best if best.agrees else agreeing[0], figures, rows)
    ends = [f for f in figures if f.agrees or _meets_an_end(case, f)]
    if ends:
        return _counted_sometimes(case, ends, figures, rows)
    return _counted_otherwise(case, best if case.claim.high is None else _nearest(case, figures), figures, rows)


def _counted(case: Case, row: Row) -> Recomputed:
    value = row.number("events") if row.number("events") is not None else row.number("n")
    label = f"{row.label}, {row.text('sample')}".strip(", ")
    if value is None:
        return Recomputed(label=label, value=NotAssessable("number", "none was printed"), unit=case.claim.unit)
    return Recomputed(
        label=label, value=value, unit=case.claim.unit, method="as counted", agrees=case.agrees(value),
        counts=show(value, case.claim.unit),
    )  # fmt: skip


def _named_value(case: Case, name: str, low: float, high: float) -> Recomputed:
    claim, is_range = case.claim, low != high
    if case.point is None and claim.low is not None and claim.high is not None:
        agrees = prints_as(low, claim.low) and prints_as(high, claim.high)
    else:
        agrees = case.agrees(low) and case.agrees(high)
    limits = (low, high) if is_range else (None, None)
    return Recomputed(
        label=name, value=(low + high) / 2, low=limits[0], high=limits[1], unit=claim.unit,
        kind="range" if is_range else "", method="by arithmetic" if is_range else "as printed", agrees=agrees,
    )  # fmt: skip


def _size(figure: Recomputed) -> float:
    return -1.0 if isinstance(figure.value, NotAssessable) else figure.value


def _meets_an_end(case: Case, figure: Recomputed) -> bool:
    ends = [end for end in (case.claim.low, case.claim.high) if end is not None]
    if case.point is not None or len(ends) < 2 or isinstance(figure.value, NotAssessable):
        return False
    return any(prints_as(figure.value, end) for end in ends)


def _nearest(case: Case, figures: list[Recomputed]) -> Recomputed:
    def distance(figure: Recomputed) -> float:
        difference = case.difference(figure)
        return abs(difference.amount) if difference else float("inf")

    return min(figures, key=distance)


def _counted_right(case: Case, best: Recomputed, figures: list[Recomputed], rows: list[EvidenceRow]) -> Finding:
    text = best.text() if best.label in best.text() else f"{best.label}: {best.text()}"
    technical = f"{named(figures)}; this agrees with {case.claim.quoted()}."
    ordered = [best, *(f for f in figures if f is not best)]
    return case.finding("reproduced", text, f"This holds ({text}).", technical, recomputed=ordered, rows=rows)


def _counted_sometimes(
    case: Case, ends: list[Recomputed], figures: list[Recomputed], rows: list[EvidenceRow]
) -> Finding:
    others = [f for f in figures if f not in ends]
    conditions = [f"{f.label}: {f.text()}" for f in ends]
    here, elsewhere = listed(conditions), f" Otherwise: {named(others)}." if others else ""
    plain = f"The quoted {case.claim.quoted()} holds only in part: {here}.{elsewhere}"
    technical = f"Values that agree with the quoted figure or with one end of its range: {here}.{elsewhere}"
    found = partial(case.finding, recomputed=[*ends, *others], conditions=conditions, rows=rows)
    return found("holds only under", f"holds only for {here}", plain, technical)


def _counted_otherwise(case: Case, best: Recomputed, figures: list[Recomputed], rows: list[EvidenceRow]) -> Finding:
    difference, quoted = case.difference(best), case.claim.quoted()
    headline = f"the quoted figure is {difference.text()}" if difference else "no number agrees"
    plain = f"The source counted {best.text()} ({best.label}), not {quoted}."
    technical = f"Quoted: {quoted}. Counted: {named(figures)}."
    ordered = [best, *(f for f in figures if f is not best)]
    return case.finding("differs", headline, plain, technical, recomputed=ordered, difference=difference, rows=rows)


def _range_faults(case: Case) -> Iterator[tuple[str, str]]:
    if not case.rows("cohorts", "published"):
        yield "evidence", "must name at least one row of cohorts or published for range_of_samples."
    if not case.has_quote:
        yield "quoted_low", "must hold the lower end of the quoted range (or `quoted_high` the upper end)."
    wanted, raters = case.parameter("rater"), case.evidence.protocol.claims.raters
    if wanted is not None and wanted.text not in raters:
        known = ", ".join(raters) or "none so far"
        yield "parameters", f"must give rater as one that claims.raters of review.toml has: {known}."


def _count_faults(case: Case) -> Iterator[tuple[str, str]]:
    if not case.rows("cohorts") and not case.values:
        yield (
            "parameters",
            "must name a number and where it was read, such as sites=103@shown, or `evidence` a row of cohorts.",
        )
    if not case.has_quote:
        yield "quoted_low", "must hold the quoted number."


CHECKS = (
    Check(name="range_of_samples", rule=RANGE_RULE, run=range_of_samples, faults=_range_faults),
    Check(name="count", rule=COUNT_RULE, run=count, faults=_count_faults),
)
