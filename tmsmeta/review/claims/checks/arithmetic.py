"""Checks that need no trial: thresholds, products, sample sizes behind percentages, and what cannot be computed."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping

from tmsmeta.effects.reconstruct import Reconstruction, feasible_denominators
from tmsmeta.effects.reconstruct.results import Denominator
from tmsmeta.errors import NotAssessable
from tmsmeta.review.claims.cited_figures import Parameter
from tmsmeta.review.claims.cited_rows import parameter_row
from tmsmeta.review.claims.model import EvidenceRow, Finding, Recomputed
from tmsmeta.review.claims.numbers import show
from tmsmeta.review.claims.question import Case, Check
from tmsmeta.words.names import listed

THRESHOLD_RULE = (
    "The score is the relative decrease from before to after in percent, or the quoted figure itself. Reproduced when "
    "it meets the definition (at least, at most, above or below a limit) and rounds to the quoted figure; else "
    "differs, by its distance from the limit or from the quoted figure."
)
PRODUCT_RULE = (
    "The named factors are multiplied, ranges end by end. Reproduced when the quoted figure lies in the product "
    "(rounded); else differs, by the distance to its nearest end."
)
DENOMINATOR_RULE = (
    "A percentage of n patients is a whole number divided by n. Differs when no sample size gives all the percentages "
    "printed for one sample, or when the printed sample size does not; reproduced when the printed sample size does; "
    "cannot be recomputed when no sample size was printed, with the sizes that are possible."
)
NOT_RECOMPUTABLE_RULE = "There is nothing to compute from; the finding says what was seen and what is missing."

_LIMITS: Mapping[str, Callable[[float, float], bool]] = {
    "at least": operator.ge, "at most": operator.le, "above": operator.gt, "below": operator.lt,
}  # fmt: skip
LARGEST_SAMPLE = 500
"""Largest sample size that is tried for printed percentages."""


def _parameter_rows(case: Case) -> list[EvidenceRow]:
    return [parameter_row(parameter, case.claim) for parameter in case.claim.parameters]


def threshold(case: Case) -> Finding:
    """Whether a score meets the definition of a response or of remission."""
    name, limit = _limit(case)
    before, after = case.parameter("before"), case.parameter("after")
    unit = case.claim.unit
    figure = _score(case, before, after)
    value = float(figure.value) if not isinstance(figure.value, NotAssessable) else math.nan
    met = _LIMITS[name](value, limit.low)
    definition = f"{name} {show(limit.low, unit)}"
    spec = {"definition": definition}
    beyond = show(abs(value - limit.low), "percentage points" if unit == "percent" else unit)
    if met and figure.agrees:
        return case.finding(
            "reproduced", f"{figure.text()} is {definition}",
            f"This holds: {figure.text()} meets the definition, which is {definition}.",
            f"{figure.label}: {figure.counts + ' = ' if figure.counts else ''}{figure.text()}, {beyond} from the "
            f"limit ({definition}).",
            recomputed=[figure], rows=_parameter_rows(case), spec=spec,
        )  # fmt: skip
    difference = case.difference(figure)
    why = f"{figure.text()} is not {definition}" if not met else f"the figure is {figure.text()}"
    return case.finding(
        "differs", f"{why}; {beyond} away" if not met else why,
        f"This does not hold: {why}." if not met else f"The figure is {figure.text()}, not {case.claim.quoted()}.",
        f"{figure.label}: {figure.text()}; definition {definition}; distance from the limit {beyond}.",
        recomputed=[figure], difference=difference, rows=_parameter_rows(case), spec=spec,
    )  # fmt: skip


def _limit(case: Case) -> tuple[str, Parameter]:
    return next((name, p) for name in _LIMITS if (p := case.parameter(name)) is not None)


def _score(case: Case, before: Parameter | None, after: Parameter | None) -> Recomputed:
    unit = case.claim.unit
    if before is not None and after is not None:
        change = 100.0 * (before.low - after.low) / before.low
        counts = f"({before.text} - {after.text}) / {before.text}"
        return Recomputed(label="relative decrease", value=change, unit=unit, agrees=case.agrees(change), counts=counts,
                          method="100 (before - after) / before")  # fmt: skip
    quoted = float(case.point.value) if case.point is not None else math.nan
    return Recomputed(label=case.claim.quantity, value=quoted, unit=unit, agrees=True, method="as quoted")


def product(case: Case) -> Finding:
    """A quoted total against the product of its factors."""
    factors = case.values
    low, high = math.prod(p.low for p in factors), math.prod(p.high for p in factors)
    names = " x ".join(f"{p.name} ({p.words})" for p in factors)
    figure = Recomputed(
        label="product of the factors", value=(low + high) / 2, low=low, high=high, unit=case.claim.unit, kind="range",
        method=names, agrees=case.point is not None and low <= float(case.point.value) <= high, counts=names,
    )  # fmt: skip
    spec = {"factors": {p.name: p.text for p in factors}}
    if figure.agrees:
        return case.finding(
            "reproduced", f"within {figure.text()}", f"This fits: {names} gives {figure.text()}.",
            f"{names} = {figure.text()}.", recomputed=[figure], rows=_parameter_rows(case), spec=spec,
        )  # fmt: skip
    difference = case.difference(figure)
    amount = difference.text() if difference else "outside the product"
    return case.finding(
        "differs", f"the quoted figure is {amount}",
        f"The parts multiply to {figure.text()}, so {case.claim.quoted()} is {amount}.",
        f"{names} = {figure.text()}; quoted {case.claim.quoted()}.{_needed(case, low, high)}",
        recomputed=[figure], difference=difference, rows=_parameter_rows(case), spec=spec,
    )  # fmt: skip


def _needed(case: Case, low: float, high: float) -> str:
    """What a factor that is one number would have to be to give the quoted figure at the near end."""
    quoted = float(case.point.value) if case.point is not None else math.nan
    end = high if quoted > high else low
    for parameter in case.values:
        if parameter.low == parameter.high and end:
            needed = parameter.low * quoted / end
            return f" It would take {parameter.name} {show(needed, '')} instead of {parameter.words}."
    return ""


def feasible(case: Case) -> Finding:
    """Sample sizes that can give the printed percentages at once."""
    shared = [p for p in case.values if p.name == "same sample"]
    percents = [case.point.text if case.point else "", *(p.text for p in shared)]
    found = feasible_denominators(percents, max_n=LARGEST_SAMPLE)
    both = listed([f"{p}%" for p in percents])
    spec = {"percentages": percents, "largest sample tried": LARGEST_SAMPLE, "rounding": "half up"}
    size = case.parameter("n")
    if not found.solutions or (size is not None and all(s.n != int(size.low) for s in found.solutions)):
        where = f"{int(size.low)} patients" if size is not None else f"any sample of up to {LARGEST_SAMPLE} patients"
        return case.finding(
            "differs", f"{both} cannot come from {where}", f"No whole number of people out of {where} gives {both}.",
            f"{found.sentence()} None of them is the stated size." if found.solutions else found.sentence(),
            recomputed=_sizes(case, found), rows=_parameter_rows(case), spec=spec,
        )  # fmt: skip
    if size is not None:
        fit = next(s for s in found.solutions if s.n == int(size.low))
        return case.finding(
            "reproduced", f"{both} can come from {fit.n} patients", f"This fits: {fit}.", f"{both}: {fit}.",
            recomputed=_sizes(case, found), rows=_parameter_rows(case), spec=spec,
        )  # fmt: skip
    return _unknown_sample(case, found, both, spec)


def _sizes(case: Case, found: Reconstruction[Denominator]) -> list[Recomputed]:
    if not found.solutions:
        return []
    smallest = found.solutions[0]
    return [
        Recomputed(
            label="smallest sample that gives the figure",
            value=float(smallest.n),
            unit="patients",
            counts=str(smallest),
            method=found.method,
        )
    ]


def _unknown_sample(case: Case, found: Reconstruction[Denominator], both: str, spec: dict[str, object]) -> Finding:
    step, limit = _multiples(found)
    some = listed([str(s.n) for s in found.solutions[:6]])
    pattern = f"; below {limit} only multiples of {step} do" if step > 1 else ""
    missing = f"the study ({case.claim.cited_source}) and how many patients it had"
    return case.finding(
        "cannot be recomputed", f"missing: {missing}",
        f"The study is not named, so the figure cannot be checked; {both} can be true of {found.solutions[0].n} "
        f"patients, for example ({found.solutions[0]}).",
        f"{both} can come from samples of {some} and {len(found.solutions) - 6} more up to {LARGEST_SAMPLE}{pattern}."
        if len(found.solutions) > 6
        else f"{both} can come from samples of {some}{pattern}.",
        recomputed=_sizes(case, found), missing=[missing], rows=_parameter_rows(case), spec=spec,
    )  # fmt: skip


def _multiples(found: Reconstruction[Denominator]) -> tuple[int, int]:
    """The step of the smallest solutions when they are multiples of the first, and the first that is not."""
    step = found.solutions[0].n
    other = next((s.n for s in found.solutions if s.n % step), LARGEST_SAMPLE + 1)
    return (step, other) if other > 2 * step else (1, other)


def not_recomputable(case: Case) -> Finding:
    """A statement without anything to compute from."""
    claim = case.claim
    missing = f"a first-hand source for the quoted {claim.quantity}"
    if claim.cited_source:
        missing += f" (cited: {claim.cited_source})"
    seen = f" Seen so far: {claim.shown}" if claim.shown else ""
    return case.finding(
        "cannot be recomputed", f"missing: {missing}", f"This cannot be checked with numbers.{seen}",
        f"No data to recompute from; missing: {missing}.{seen}",
        missing=[missing], rows=[row.evidence() for row in case.rows("cohorts", "published", "rates")],
    )  # fmt: skip


def _threshold_faults(case: Case) -> Iterator[tuple[str, str]]:
    limits = [name for name in _LIMITS if (p := case.parameter(name)) is not None and p.is_number]
    if len(limits) != 1:
        yield "parameters", f"must name one limit with its number: {', '.join(_LIMITS)}."
    pair = [p for name in ("before", "after") if (p := case.parameter(name)) is not None and p.is_number]
    if len(pair) == 1:
        yield "parameters", "must name both before and after, or neither."
    if pair and pair[0].low <= 0:
        yield "parameters", "must have a value above 0 for before."
    if case.point is None:
        yield "quoted_low", "must hold one quoted figure, the same as `quoted_high`."


def _product_faults(case: Case) -> Iterator[tuple[str, str]]:
    if not case.values:
        yield "parameters", "must name the factors with where each was read, such as price=300@shown."
    if case.point is None:
        yield "quoted_low", "must hold one quoted figure, the same as `quoted_high`."


def _feasible_faults(case: Case) -> Iterator[tuple[str, str]]:
    if case.point is None:
        yield "quoted_low", "must hold one quoted percentage, the same as `quoted_high`."
    percents = [case.point, *(p for p in case.values if p.name == "same sample")]
    values = [float(p.value) if hasattr(p, "value") else p.low for p in percents if p is not None]
    if any(not 0 <= value <= 100 for value in values):
        yield "quoted_low", "must be percentages from 0 to 100."
    size = case.parameter("n")
    if size is not None and not (size.is_number and size.low == size.high and size.low >= 1 and size.low.is_integer()):
        yield "parameters", "must give n as one whole number of at least 1."


def _no_faults(case: Case) -> Iterator[tuple[str, str]]:
    return iter(())


CHECKS = (
    Check(name="threshold", rule=THRESHOLD_RULE, run=threshold, faults=_threshold_faults),
    Check(name="product", rule=PRODUCT_RULE, run=product, faults=_product_faults),
    Check(name="feasible_denominators", rule=DENOMINATOR_RULE, run=feasible, faults=_feasible_faults),
    Check(name="not_recomputable", rule=NOT_RECOMPUTABLE_RULE, run=not_recomputable, faults=_no_faults),
)
