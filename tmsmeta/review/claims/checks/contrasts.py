"""Two figures against each other: rates of two groups, and percentages of two arms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import NamedTuple

from tmsmeta.effects.intervals import Interval, rate_ratio_exact, risk_ratio_interval
from tmsmeta.effects.reconstruct import events_from_rate
from tmsmeta.errors import InvalidInputError, NotAssessable
from tmsmeta.review.claims.cited_rows import Row, percent_of
from tmsmeta.review.claims.model import Finding, Recomputed, Verdict
from tmsmeta.review.claims.numbers import show
from tmsmeta.review.claims.question import Case, Check, better_side, named
from tmsmeta.words.glossary import BETTER
from tmsmeta.words.names import listed

RATE_CONTRAST_RULE = (
    "The ratio of the first rate to the second comes with the exact conditional interval; counts that were not printed "
    "are those whose rate and exact Poisson interval print as given (the nearest, where none does). With a quoted "
    "ratio: reproduced when it lies in the interval, else differs. Without one the claim lets one rate stand for both: "
    "reproduced when every interval includes 1, differs when every interval excludes it, else holds only under the "
    "counts named."
)
RATIO_OF_PRINTED_RULE = (
    "Rows are taken in pairs, treated before comparator. The ratio of each pair comes with a score interval where "
    "counts are known. Without a quoted ratio the claim is one of benefit, above 1 where more events are better and "
    "below 1 where fewer are: reproduced when every pair is on that side and an interval excludes 1; differs when no "
    "pair is; holds only under the named pairs when some are; cannot be recomputed when all are but no interval "
    "excludes 1. With a quoted ratio: reproduced when every ratio agrees, holds only under the named pairs when some "
    "do, else differs."
)
SCORE = "score (Koopman 1984)"


@dataclass(frozen=True)
class _RateCounts:
    """Events and exposure behind a rate; several pairs where the printed figures leave a choice."""

    row: Row
    pairs: tuple[tuple[int, float], ...]
    how: str


def rate_contrast(case: Case) -> Finding:
    """One event rate against another."""
    first, second = (_rate_counts(row) for row in case.rows("rates")[:2])
    rows = [row.evidence() for row in case.rows("rates")]
    ratios = [rate_ratio_exact(a[0], a[1], b[0], b[1]) for a, b in product(first.pairs, second.pairs)]
    spec = {"interval": "exact conditional binomial", "level": 0.95, "counts": [first.how, second.how]}
    found = partial(case.finding, rows=rows, spec=spec)
    if not ratios:
        unknown = listed([c.row.label for c in (first, second) if not c.pairs])
        missing = f"counts of {unknown}"
        plain = "This cannot be checked: the counts were not printed."
        technical = f"No counts could be found behind the printed rate of {unknown}."
        return found("cannot be recomputed", f"missing: {missing}", plain, technical, missing=[missing])
    figures = [_ratio_figure(case, ratio, f"{_name(first.row)} against {_name(second.row)}") for ratio in ratios]
    return _contrast(case, figures, f"{first.how} {second.how}", partial(found, recomputed=figures))


def _name(row: Row) -> str:
    return row.further or row.label


def _rate_counts(row: Row) -> _RateCounts:
    events, exposure = row.number("events"), row.number("exposure")
    if events is not None and exposure is not None:
        how = f"{_name(row)}: {events:,.0f} in {exposure:,.0f}, as printed."
        return _RateCounts(row, ((int(events), exposure),), how)
    printed = [row.number(name) for name in ("printed_rate", "printed_low", "printed_high")]
    rate, low, high = printed
    if rate is None or low is None or high is None:
        return _RateCounts(row, (), f"{_name(row)}: not printed.")
    figures = [f"{value:.15g}" for value in (rate, low, high)]
    found = events_from_rate(figures[0], figures[1:], per=int(row.number("per") or 1))
    best = found.solutions or found.nearest[:1]
    pairs = tuple((s.events, (s.exposure_low + s.exposure_high) / 2) for s in best)
    return _RateCounts(row, pairs, f"{_name(row)}: {found.sentence(most=2)}")


def _ratio_figure(case: Case, ratio: Interval, label: str) -> Recomputed:
    n = ratio.inputs
    counts = f"{n['events_t']:,.0f} in {n['time_t']:,.0f} against {n['events_c']:,.0f} in {n['time_c']:,.0f}"
    return Recomputed(
        label=label, value=ratio.estimate, low=ratio.low, high=ratio.high, unit="ratio", kind="interval",
        method=ratio.method, agrees=_ratio_agrees(case, ratio), counts=counts,
    )  # fmt: skip


def _ratio_agrees(case: Case, ratio: Interval) -> bool:
    if case.point is None or case.claim.unit != "ratio":
        return ratio.contains(1.0)
    return ratio.contains(float(case.point.value))


def _contrast(case: Case, figures: list[Recomputed], how: str, found: Callable[..., Finding]) -> Finding:
    main, agreeing = figures[0], [f for f in figures if f.agrees]
    quoted = case.claim.quoted() if case.claim.unit == "ratio" and case.point else ""
    if len(agreeing) == len(figures):
        fits = f"in keeping with {quoted or 'one rate for both'}"
        plain = f"The numbers are {fits}: {main.label} is {main.text()}."
        technical = f"{main.label}: {main.text()} ({main.counts}; {main.method}). {how}"
        return found("reproduced", f"ratio {main.text()}, {fits}", plain, technical)
    if agreeing:
        return found(
            "holds only under", f"holds only if the counts are {agreeing[0].counts}",
            "Whether this holds depends on counts that were not printed.",
            f"The printed rates leave several counts: {named(figures)}. {how}",
            conditions=[f.counts for f in agreeing], missing=["the printed counts"],
        )  # fmt: skip
    rebuilt = any(row.number("events") is None for row in case.rows("rates"))
    times = show(main.value, "") if not isinstance(main.value, NotAssessable) else str(main.value)
    one_rate = f"One rate does not stand for both: {main.label}, the rate is about {times} times as high."
    return found(
        "differs", f"{main.label}: {times} times the rate",
        f"The ratio is {main.text()}, not {quoted}." if quoted else one_rate,
        f"{main.label}: rate ratio {main.text()} from {main.counts}; {main.method}. {how}",
        missing=["the counts themselves; they were rebuilt from the printed rates"] if rebuilt else [],
    )  # fmt: skip


def ratio_of_printed(case: Case) -> Finding:
    """Treated against comparator, pair by pair, from printed percentages or counts."""
    rows = case.rows("cohorts")
    pairs = list(zip(rows[::2], rows[1::2], strict=False))
    figures = [_pair(case, treated, comparator) for treated, comparator in pairs]
    found = partial(
        case.finding, rows=[row.evidence() for row in rows], spec={"interval": SCORE, "level": 0.95}
    )  # fmt: skip
    unknown = [f.label for f in figures if isinstance(f.value, NotAssessable)]
    if unknown:
        what = f"percentage of {listed(unknown)}"
        plain = "This cannot be checked: the sources do not print the numbers."
        return found("cannot be recomputed", f"missing: a {what}", plain, f"No {what}.", missing=[f"a {what}"])
    verdict, headline = _pairs_verdict(case, pairs, figures)
    missing = [f.interval_note for f in figures if f.interval_note]
    shown = "; ".join(_in_words(t, c) for t, c in pairs)
    designs = "; ".join(dict.fromkeys(row.text("design") for row in rows))
    return found(
        verdict, headline, f"{_PAIRS_PLAIN[verdict]}: {shown}. Design: {designs}.",
        f"{named(figures)} ({SCORE}). Design: {designs}." + (f" {' '.join(missing)}." if missing else ""),
        recomputed=sorted(figures, key=lambda f: f.low is None), missing=missing,
        conditions=[f.label for f in figures if f.agrees] if verdict == "holds only under" else [],
        difference=case.difference(figures[0]) if verdict == "differs" and case.point else None,
    )  # fmt: skip


_PAIRS_PLAIN: Mapping[Verdict, str] = {
    "reproduced": "The trials at hand say so",
    "differs": "The trials at hand do not say so",
    "holds only under": "Some of the trials at hand say so, others do not",
    "cannot be recomputed": "The trials at hand point that way but are too small to tell",
}


def _in_words(treated: Row, comparator: Row) -> str:
    a, b = percent_of(treated), percent_of(comparator)
    return f"{treated.label}, {treated.text('measure')} {show(a or 0.0, 'percent')} against {show(b or 0.0, 'percent')}"


def _pair(case: Case, treated: Row, comparator: Row) -> Recomputed:
    label = f"{treated.label}, {treated.text('measure')} ({treated.text('sample')} against {comparator.text('sample')})"
    counts = [row.number(name) for row in (treated, comparator) for name in ("events", "n")]
    if None not in counts:
        a, n1, c, n2 = (int(value) for value in counts if value is not None)
        ratio = risk_ratio_interval(a, n1, c, n2)
        if case.point is None:
            agrees: bool | None = better_side(_better(case, treated), ratio.low, ratio.high, null=1.0) > 0
        else:
            agrees = ratio.contains(float(case.point.value))
        return Recomputed(
            label=label, value=ratio.estimate, low=ratio.low, high=ratio.high, unit="ratio", kind="interval",
            method=ratio.method, counts=f"{a} of {n1} against {c} of {n2}", agrees=agrees,
        )  # fmt: skip
    first, second = percent_of(treated), percent_of(comparator)
    if first is None or not second:
        return Recomputed(label=label, value=NotAssessable("ratio", "a percentage was not printed"), unit="ratio")
    agrees = None if case.point is None else case.agrees(first / second)
    return Recomputed(
        label=label, value=first / second, unit="ratio", method="ratio of printed percentages", agrees=agrees,
        interval_note=f"no interval for {treated.label}: arm sizes were not seen",
    )  # fmt: skip


def _better(case: Case, row: Row) -> str:
    """Which direction is better: what the claim says, or the review of an outcome of this name.

    Raises:
        InvalidInputError: neither says so.
    """
    return case.option("better", "") or case.evidence.better(row.text("measure"))


class _Ruling(NamedTuple):
    """A verdict and its reason in one line."""

    verdict: Verdict
    headline: str


def _pairs_verdict(case: Case, pairs: list[tuple[Row, Row]], figures: list[Recomputed]) -> _Ruling:
    values = [float(f.value) for f in figures if not isinstance(f.value, NotAssessable)]
    ratios = f"ratios {listed([show(value, '') for value in values])}"
    if case.point is not None:
        agreeing = sum(bool(f.agrees) for f in figures)
        if agreeing == len(figures):
            return _Ruling("reproduced", ratios)
        return _Ruling("holds only under" if agreeing else "differs", ratios)
    wanted = [_better(case, treated) for treated, _ in pairs]
    holding = sum(better_side(better, value, value, null=1.0) > 0 for better, value in zip(wanted, values, strict=True))
    sides = {"above 1" if better == "higher" else "below 1" for better in wanted}
    where = sides.pop() if len(sides) == 1 else "on the better side of 1"
    if holding == 0:
        return _Ruling("differs", f"{ratios}: none {where}")
    if holding < len(values):
        return _Ruling("holds only under", f"{ratios}: not all {where}")
    if any(f.agrees for f in figures):
        return _Ruling("reproduced", f"{ratios}: all {where}")
    return _Ruling("cannot be recomputed", f"{ratios}: {where}, but no interval excludes 1")


def _rate_contrast_faults(case: Case) -> Iterator[tuple[str, str]]:
    if len(case.rows("rates")) != 2:
        yield "evidence", "must name two rows of rates for rate_contrast."


def _pairs_faults(case: Case) -> Iterator[tuple[str, str]]:
    rows = case.rows("cohorts")
    if not rows or len(rows) % 2:
        yield "evidence", "must name rows of cohorts in pairs, treated before comparator, for ratio_of_printed."
    for treated, comparator in zip(rows[::2], rows[1::2], strict=False):
        if (treated.label, treated.text("measure")) != (comparator.label, comparator.text("measure")):
            yield "evidence", f"must pair rows of one study and measure; {treated.key} and {comparator.key} are not."
    if case.option("better", "higher") not in BETTER:
        yield "parameters", "must give better as higher or lower."
    elif case.point is None:
        yield from _direction_faults(case, rows[::2])


def _direction_faults(case: Case, rows: list[Row]) -> Iterator[tuple[str, str]]:
    for measure, row in {row.text("measure"): row for row in rows}.items():
        try:
            _better(case, row)
        except InvalidInputError:
            yield "parameters", f"must say better=higher or better=lower: {measure!r} is no outcome of the review."


CHECKS = (
    Check(name="rate_contrast", rule=RATE_CONTRAST_RULE, run=rate_contrast, faults=_rate_contrast_faults),
    Check(name="ratio_of_printed", rule=RATIO_OF_PRINTED_RULE, run=ratio_of_printed, faults=_pairs_faults),
)
