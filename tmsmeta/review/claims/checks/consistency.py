"""A ratio of two quoted percentages against the ratios that sources print."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from tmsmeta.errors import NotAssessable
from tmsmeta.review.claims.cited_figures import Parameter
from tmsmeta.review.claims.cited_rows import Row, parameter_row
from tmsmeta.review.claims.model import Finding, Recomputed
from tmsmeta.review.claims.numbers import show
from tmsmeta.review.claims.question import Case, Check
from tmsmeta.tables.printed import read_printed
from tmsmeta.words.names import inside, listed

RATIO_CONSISTENCY_RULE = (
    "The quoted ratio must be that of the two quoted percentages, within their rounding, and is compared with the "
    "pooled ratio that the cited source prints. Reproduced when that ratio is one the rounded percentages can give; "
    "misattributed when it is not but another source prints such a ratio; differs when none does; cannot be recomputed "
    "when no source prints a ratio."
)


def ratio_consistency(case: Case) -> Finding:
    """A ratio of two quoted percentages against the pooled ratios that sources print."""
    active, control = (_percentage(case, name) for name in ("active", "control"))
    low, high = _ratio_window(active.text, control.text)
    implied = Recomputed(
        label="ratio of the quoted percentages", value=active.low / control.low, low=low, high=high, unit="ratio",
        kind="range", method="quoted percentages, within their rounding", counts=f"{active.text}% / {control.text}%",
    )  # fmt: skip
    printed = [(row, _printed_ratio(case, row, low, high)) for row in case.rows("published")]
    known = [(row, f) for row, f in printed if not isinstance(f.value, NotAssessable)]
    found = partial(
        case.finding,
        rows=[*(row.evidence() for row, _ in printed), *(parameter_row(p, case.claim) for p in (active, control))],
    )
    if not known:
        labels = listed([row.label for row, _ in printed])
        missing = f"a pooled ratio in {labels}"
        plain = "This cannot be checked: no ratio was printed."
        technical = f"None of {labels} prints a ratio."
        return found(
            "cannot be recomputed", f"missing: {missing}", plain, technical, recomputed=[implied], missing=[missing]
        )
    cited = [f for row, f in known if case.is_cited(row)] or [f for _, f in known]
    main = next((f for f in cited if f.agrees), cited[0])
    owner = next((f for _, f in known if f.agrees), None)
    figures = [main, implied, *(f for _, f in known if f is not main)]
    return _consistency(case, active, control, main, owner, partial(found, recomputed=figures))


def _consistency(
    case: Case, active: Parameter, control: Parameter, main: Recomputed, owner: Recomputed | None,
    found: Callable[..., Finding],
) -> Finding:  # fmt: skip
    assert not isinstance(main.value, NotAssessable)
    ratio, quoted = main.value, case.claim.quoted() or show(active.low / control.low, "ratio")
    means = _implications(case, active, control, ratio)
    spec = {
        "quoted ratio": active.low / control.low,
        "printed ratio": ratio,
        "implied control percent": active.low / ratio,
        "implied active percent": control.low * ratio,
    }
    give = f"the quoted percentages give {quoted} ({_window(active, control)} within their rounding)"
    technical = f"{main.label}: {main.text()}; {give}; {means}."
    if main.agrees:
        plain = f"This holds: {main.label} prints a ratio of {main.text()}."
        return found("reproduced", f"{main.label}: {main.text()}", plain, technical, spec=spec)
    difference = case.difference(main)
    if owner is not None:
        headline = f"the cited source gives {main.text()}; the ratio is that of {owner.label}"
        plain = f"The source that is named gives {main.text()}; the quoted ratio is that of {owner.label}."
        technical = f"{owner.label}: {owner.text()}. {technical}"
        return found("misattributed", headline, plain, technical, spec=spec, difference=difference)
    off = difference.text() if difference else "another"
    headline = f"the cited source gives {main.text()}; the quoted ratio is {off}"
    plain = (
        f"The two percentages cannot both be right if the source is: their ratio is {quoted}, and it prints "
        f"{main.text()}; {means}."
    )
    return found("differs", headline, plain, technical, spec=spec, difference=difference)


def _implications(case: Case, active: Parameter, control: Parameter, ratio: float) -> str:
    """What each quoted percentage makes of the other, if the printed ratio is right."""
    treated, untreated = inside(case.evidence.active_label), inside(case.evidence.control_label)
    printed = show(ratio, "")
    return (
        f"{active.text}% with {treated} would mean {show(active.low / ratio, 'percent')} with {untreated} "
        f"({active.text} / {printed}), and {control.text}% with {untreated} would mean "
        f"{show(control.low * ratio, 'percent')} with {treated} ({control.text} x {printed})"
    )


def _percentage(case: Case, name: str) -> Parameter:
    found = case.parameter(name)
    assert found is not None
    return found


def _window(active: Parameter, control: Parameter) -> str:
    low, high = _ratio_window(active.text, control.text)
    return f"{show(low, '')} to {show(high, '')}"


def _ratio_window(active: str, control: str) -> tuple[float, float]:
    """Least and greatest ratio of two percentages that print like these."""
    a, c = (read_printed(text, "parameters", []).window("nearest") for text in (active, control))
    return float(a.low / c.high), float(a.high / c.low)


def _printed_ratio(case: Case, row: Row, low: float, high: float) -> Recomputed:
    estimate = row.number("estimate") if row.text("measure") == "RR" else None
    label = f"{row.label}, {case.outcome(row.text('outcome'))} ({case.comparison(row)})"
    if estimate is None:
        return Recomputed(label=label, value=NotAssessable("risk ratio", "no risk ratio was printed"), unit="ratio")
    limits = row.number("ci_low"), row.number("ci_high")
    return Recomputed(
        label=label, value=estimate, low=limits[0], high=limits[1], unit="ratio", kind="interval" if limits[0] else "",
        method="pooled risk ratio as printed", agrees=low <= estimate <= high,
        interval_note="" if limits[0] else "no interval in the text seen",
    )  # fmt: skip


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
    Check(name="ratio_consistency", rule=RATIO_CONSISTENCY_RULE, run=ratio_consistency, faults=_consistency_faults),
)
