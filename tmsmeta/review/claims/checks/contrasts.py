"""Two figures against each other: rates by device, percentages by arm, a quoted ratio against a printed one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from tmsmeta.effects.intervals import Interval, rate_ratio_exact, risk_ratio_interval
from tmsmeta.effects.reconstruct import events_from_rate
from tmsmeta.errors import NotAssessable
from tmsmeta.review.claims.cited_rows import Row, parameter_row, percent_of
from tmsmeta.review.claims.model import Finding, Recomputed
from tmsmeta.review.claims.numbers import printed_range, show
from tmsmeta.review.claims.question import Case, Check, named
from tmsmeta.tables.printed import read_printed
from tmsmeta.words.names import listed

RATE_CONTRAST_RULE = (
    "The ratio of the first rate to the second comes with the exact conditional interval; counts that were not printed "
    "are those whose rate and exact Poisson interval print as given (the nearest, where none does). With a quoted "
    "ratio: "
    "reproduced when it lies in the interval, else differs. Without one the claim lets one rate stand for both: "
    "reproduced "
    "when every interval includes 1, differs when every interval excludes it, else holds only under the counts named."
)
RATIO_OF_PRINTED_RULE = (
    "Rows are taken in pairs, treated before comparator. The ratio of each pair comes with a score interval where "
    "counts "
    "are known. Without a quoted ratio the claim is one of direction: reproduced when every pair is above 1 and an "
    "interval excludes 1; differs when no pair is above 1; holds only under the named pairs when some are; cannot be "
    "recomputed when all are above 1 but no interval excludes 1. With a quoted ratio: reproduced when every ratio "
    "agrees, "
    "holds only under the named pairs when some do, else differs."
)
RATIO_CONSISTENCY_RULE = (
    "The quoted ratio must be that of the two quoted percentages, within their rounding, and is compared with the "
    "pooled "
    "ratio that the cited source prints. Reproduced when that ratio is one the rounded percentages can give; "
    "misattributed "
    "when it is not but another source prints such a ratio; differs when none does; cannot be recomputed when no "
    "source "
    "prints a ratio."
)


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
    if not ratios:
        unknown = listed([c.row.label for c in (first, second) if not c.pairs])
        return case.finding(
            "cannot be recomputed", f"missing: counts of {unknown}", "This cannot be checked: the counts were not "
            "printed.",
            f"No counts could be found behind the printed rate of {unknown}.", missing=[f"counts of "
            f"{unknown}"], rows=rows,
            spec=spec,
        )  # fmt: skip
    figures = [_ratio_figure(case, ratio, f"{_name(first.row)} against {_name(second.row)}") for ratio in ratios]
    return _contrast(case, figures, f"{first.how} {second.how}", rows, spec)


def _name(row: Row) -> str:
    return row.text("device") or row.label


def _rate_counts(row: Row) -> _RateCounts:
    events, exposure = row.number("events"), row.number("exposure")
    if events is not None and exposure is not None:
        return _RateCounts(
            row, ((int(events), exposure),), f"{_name(row)}: {events:,.0f} in {exposure:,.0f}, as printed."
        )
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
    counts = ratio.inputs
    return Recomputed(
        label=label, value=ratio.estimate, low=ratio.low, high=ratio.high, unit="ratio", kind="interval",
        method=ratio.method, agrees=_ratio_agrees(case, ratio),
        counts=f"{counts['events_t']:,.0f} in {counts['time_t']:,.0f} against {counts['events_c']:,.0f} in "
        f"{counts['time_c']:,.0f}",
    )  # fmt: skip


def _ratio_agrees(case: Case, ratio: Interval) -> bool:
    if case.point is None or case.claim.unit != "ratio":
        return ratio.contains(1.0)
    return ratio.contains(float(case.point.value))


def _contrast(
    case: Case, figures: list[Recomputed], how: str, rows: list[Any], spec: dict[str, Any]
) -> Finding:  # fmt: skip
    main, agreeing = figures[0], [f for f in figures if f.agrees]
    quoted = case.claim.quoted() if case.claim.unit == "ratio" and case.point else "one rate for both"
    if len(agreeing) == len(figures):
        return case.finding(
            "reproduced", f"ratio {main.text()}, in keeping with {quoted}",
            f"The numbers are in keeping with {quoted}: {main.label} is {main.text()}.",
            f"{main.label}: {main.text()} ({main.counts}; {main.method}). {how}",
            recomputed=figures, rows=rows, spec=spec,
        )  # fmt: skip
    if agreeing:
        return case.finding(
            "holds only under", f"holds only if the counts are {agreeing[0].counts}",
            "Whether this holds depends on counts that were not printed.",
            f"The printed rates leave several counts: {named(figures)}. {how}",
            recomputed=figures, conditions=[f.counts for f in agreeing], rows=rows, spec=spec,
            missing=["the printed counts"],
        )  # fmt: skip
    times = show(main.value, "") if not isinstance(main.value, NotAssessable) else str(main.value)
    return case.finding(
        "differs", f"{main.label}: {times} times the rate",
        f"One rate does not stand for both: {main.label}, the rate is about {times} times as high."
        if quoted == "one rate for both"
        else f"The ratio is {main.text()}, not {quoted}.",
        f"{main.label}: rate ratio {main.text()} from {main.counts}; {main.method}. {how}",
        recomputed=figures, rows=rows, spec=spec,
        missing=["the counts themselves; they were rebuilt from the printed rates"]
        if any(row.number("events") is None for row in case.rows("rates"))
        else [],
    )  # fmt: skip


def ratio_of_printed(case: Case) -> Finding:
    """Treated against comparator, pair by pair, from printed percentages or counts."""
    rows = case.rows("cohorts")
    pairs = list(zip(rows[::2], rows[1::2], strict=False))
    figures = [_pair(case, treated, comparator) for treated, comparator in pairs]
    evidence = [row.evidence() for row in rows]
    spec = {"interval": "score (Koopman 1984)", "level": 0.95}
    unknown = [f.label for f in figures if isinstance(f.value, NotAssessable)]
    missing = [f.interval_note for f in figures if f.interval_note]
    if unknown:
        return case.finding(
            "cannot be recomputed", f"missing: a percentage of {listed(unknown)}",
            "This cannot be checked: the sources do not print the numbers.", f"No percentage of {listed(unknown)}.",
            missing=[f"a percentage of {listed(unknown)}"], rows=evidence, spec=spec,
        )  # fmt: skip
    verdict, headline = _pairs_verdict(case, figures)
    shown = "; ".join(_in_words(t, c) for t, c in pairs)
    agreeing = [f for f in figures if f.agrees]
    openness = "; ".join(dict.fromkeys(row.text("design") for row in rows))
    return case.finding(
        verdict, headline, f"{_PAIRS_PLAIN[verdict]}: {shown}. Design: {openness}.",
        f"{named(figures)} ({spec['interval']}). Design: {openness}." + (f" {' '.join(missing)}." if missing else ""),
        recomputed=sorted(figures, key=lambda f: f.low is None), rows=evidence, spec=spec, missing=missing,
        conditions=[f.label for f in agreeing] if verdict == "holds only under" else [],
        difference=case.difference(figures[0]) if verdict == "differs" and case.point else None,
    )  # fmt: skip


_PAIRS_PLAIN: dict[Any, str] = {
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
        agrees: bool | None = ratio.low > 1 if case.point is None else ratio.contains(float(case.point.value))
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


def _pairs_verdict(case: Case, figures: list[Recomputed]) -> tuple[Any, str]:
    values = [float(f.value) for f in figures if not isinstance(f.value, NotAssessable)]
    ratios = f"ratios {listed([show(value, '') for value in values])}"
    if case.point is not None:
        agreeing = sum(bool(f.agrees) for f in figures)
        verdict = "reproduced" if agreeing == len(figures) else "holds only under" if agreeing else "differs"
        return verdict, ratios
    above = sum(value > 1 for value in values)
    if above == 0:
        return "differs", f"{ratios}: none above 1"
    if above < len(values):
        return "holds only under", f"{ratios}: not all above 1"
    if any(f.agrees for f in figures):
        return "reproduced", f"{ratios}: all above 1"
    return "cannot be recomputed", f"{ratios}: above 1, but no interval excludes 1"


def ratio_consistency(case: Case) -> Finding:
    """A ratio of two quoted percentages against the pooled ratios that sources print."""
    active, control = case.parameter("active"), case.parameter("control")
    assert active is not None
    assert control is not None
    low, high = _ratio_window(active.text, control.text)
    implied = Recomputed(
        label="ratio of the quoted percentages", value=active.low / control.low, low=low, high=high, unit="ratio",
        kind="range", method="quoted percentages, within their rounding", counts=f"{active.text}% / {control.text}%",
    )  # fmt: skip
    printed = [(row, _printed_ratio(case, row, low, high)) for row in case.rows("published")]
    known = [(row, f) for row, f in printed if not isinstance(f.value, NotAssessable)]
    rows = [row.evidence() for row, _ in printed] + [parameter_row(p, case.claim) for p in (active, control)]
    if not known:
        labels = listed([row.label for row, _ in printed])
        return case.finding(
            "cannot be recomputed", f"missing: a pooled ratio in {labels}", "This cannot be checked: no ratio was "
            "printed.",
            f"None of {labels} prints a ratio.", recomputed=[implied], missing=[f"a pooled ratio in "
            f"{labels}"], rows=rows,
        )  # fmt: skip
    return _consistency(case, implied, known, rows, (active.low, control.low))


def _consistency(
    case: Case, implied: Recomputed, known: list[tuple[Row, Recomputed]], rows: list[Any], quoted: tuple[float, float]
) -> Finding:  # fmt: skip
    cited = [f for row, f in known if case.is_cited(row)] or [f for _, f in known]
    owner = next((f for _, f in known if f.agrees), None)
    main = next((f for f in cited if f.agrees), cited[0])
    ratio = float(main.value) if not isinstance(main.value, NotAssessable) else 1.0
    with_active, with_control = show(quoted[0] / ratio, "percent"), show(quoted[1] * ratio, "percent")
    means = f"with {show(quoted[0], 'percent')} active it means {with_active} in the control group; with " \
            f"{show(quoted[1], 'percent')} control it means {with_control} active"  # fmt: skip
    figures = [main, implied, *(f for _, f in known if f is not main)]
    spec = {"implied control percent": quoted[0] / ratio, "implied active percent": quoted[1] * ratio}
    difference = case.difference(main)
    if main.agrees:
        return case.finding(
            "reproduced", f"{main.label}: {main.text()}", f"This holds: {main.label} prints a ratio of {main.text()}.",
            f"{main.label}: {main.text()}; the quoted percentages give {implied.text()}.",
            recomputed=figures, rows=rows, spec=spec,
        )  # fmt: skip
    if owner is not None:
        return case.finding(
            "misattributed", f"the cited source gives {main.text()}; the ratio is that of {owner.label}",
            f"The source that is named gives {main.text()}; the quoted ratio is that of {owner.label}.",
            f"{main.label}: {main.text()}; {owner.label}: {owner.text()}; quoted percentages {implied.text()}.",
            recomputed=figures, difference=difference, rows=rows, spec=spec,
        )  # fmt: skip
    return case.finding(
        "differs", f"the cited source gives {main.text()}; the quoted ratio is "
        f"{difference.text() if difference else 'else'}",
        f"The two percentages cannot both be right if the source is: its ratio is {main.text()}; {means}.",
        f"{main.label}: {main.text()}; the quoted percentages give {implied.text()} within their rounding; {means}.",
        recomputed=figures, difference=difference, rows=rows, spec=spec,
    )  # fmt: skip


def _ratio_window(active: str, control: str) -> tuple[float, float]:
    """Least and greatest ratio of two percentages that print like these."""
    (low_a, high_a), (low_c, high_c) = (
        printed_range(read_printed(text, "parameters", [])) for text in (active, control)
    )
    return float(low_a / high_c), float(high_a / low_c)


def _printed_ratio(case: Case, row: Row, low: float, high: float) -> Recomputed:
    estimate = row.number("estimate") if row.text("measure") == "RR" else None
    label = f"{row.label}, {row.text('outcome')} ({case.comparison(row)})"
    if estimate is None:
        return Recomputed(label=label, value=NotAssessable("risk ratio", "no risk ratio was printed"), unit="ratio")
    limits = row.number("ci_low"), row.number("ci_high")
    return Recomputed(
        label=label, value=estimate, low=limits[0], high=limits[1], unit="ratio", kind="interval" if limits[0] else "",
        method="pooled risk ratio as printed", agrees=low <= estimate <= high,
        interval_note="" if limits[0] else "no interval in the text seen",
    )  # fmt: skip


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


def _consistency_faults(case: Case) -> Iterator[tuple[str, str]]:
    if not case.rows("published"):
        yield "evidence", "must name at least one row of published for ratio_consistency."
    for name in ("active", "control"):
        found = case.parameter(name)
        if found is None or len(found.factors) != 1 or found.low != found.high or found.low <= 0:
            yield "parameters", f"must name the quoted percentage {name}, above 0, such as {name}=36@statement."
    active, control = case.parameter("active"), case.parameter("control")
    if active and control and active.is_number and control.is_number and case.point is not None and control.low > 0:
        low, high = _ratio_window(active.text, control.text)
        if not low <= float(case.point.value) <= high:
            yield "quoted_low", f"must be the ratio of {active.text} and {control.text}."


CHECKS = (
    Check(name="rate_contrast", rule=RATE_CONTRAST_RULE, run=rate_contrast, faults=_rate_contrast_faults),
    Check(name="ratio_of_printed", rule=RATIO_OF_PRINTED_RULE, run=ratio_of_printed, faults=_pairs_faults),
    Check(name="ratio_consistency", rule=RATIO_CONSISTENCY_RULE, run=ratio_consistency, faults=_consistency_faults),
)
