"""The parts a claim is read with: printed figures, parameters, citations."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import pytest

from tmsmeta.effects.reconstruct import feasible_denominators
from tmsmeta.errors import NotAssessable
from tmsmeta.review.claims import cited_rows
from tmsmeta.review.claims.because import because
from tmsmeta.review.claims.checks import arithmetic, consistency, contrasts, percentages, ranking, samples, sourced
from tmsmeta.review.claims.checks.pooled import pooled_treatment
from tmsmeta.review.claims.cited_figures import read_parameters, stands_in
from tmsmeta.review.claims.model import VERDICT_KINDS, Claim, Recomputed
from tmsmeta.review.claims.numbers import digits, nearest_quoted, prints_as, show, within
from tmsmeta.review.claims.question import citations, names
from tmsmeta.tables.printed import Printed, read_printed
from tmsmeta.words.names import listed


def printed(text: str) -> Printed:
    faults: list = []
    figure = read_printed(text, "x", faults)
    assert not faults
    return figure


@pytest.mark.parametrize(
    ("value", "text", "fits"),
    [
        (0.753, "0.8", True),
        (0.7499, "0.8", False),
        (0.75, "0.8", True),  # a tie may be rounded either way
        (0.85, "0.8", True),
        (35.4999, "36", False),
        (36.5, "36", True),
        (0.15, "0.2", True),
        (Fraction(1, 3), "0.333", True),
        (34.04, "34.0", True),
        (34.06, "34.0", False),
    ],
)
def test_a_printed_figure_stands_for_half_a_unit_either_way(value: float, text: str, fits: bool) -> None:
    assert prints_as(value, printed(text)) is fits


@pytest.mark.parametrize(
    ("compared", "active", "narrowed"),
    [
        ("itbs vs sham", ("rtms", "itbs"), "itbs"),
        ("any_tms vs sham", ("rtms", "itbs"), None),  # a group of the review's own
        ("itbs vs sham", ("itbs",), None),  # nothing to choose from
        ("tdcs vs sham", ("itbs",), None),
    ],
)
def test_a_comparison_narrows_the_pool_to_one_of_several_treatments(compared, active, narrowed) -> None:
    row = SimpleNamespace(text=lambda column: compared)
    assert pooled_treatment(SimpleNamespace(active=active), row) == narrowed


def test_ranges_are_widened_and_bounds_are_not() -> None:
    low, high = printed("50"), printed("60")
    assert within(49.5, low, high)
    assert within(60.5, low, high)
    assert not within(60.6, low, high)
    assert not within(49.9, low, None)
    assert within(50.0, low, None)
    assert not within(1.001, None, printed("1"))
    assert not within(1.0, None, None)


def test_distance_is_taken_from_the_nearest_end() -> None:
    low, high = printed("50"), printed("60")
    assert nearest_quoted(29.3, low, high) == 50
    assert nearest_quoted(70, low, high) == 60
    assert nearest_quoted(55, low, high) == 55
    assert nearest_quoted(7759, printed("20000"), None) == 20000
    assert nearest_quoted(1.0, None, None) is None


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (81.3333, "percent", "81.3%"),
        (0.00753, "percent of sessions", "0.00753% of sessions"),
        (2008, "year", "2008"),
        (20000, "patients", "20,000 patients"),
        (1, "trials", "1 trial"),
        (2.779, "ratio", "2.78"),
        (float("inf"), "ratio", "infinity"),
        (0.0, "", "0"),
        (14359.4, "", "14,359"),
        (3.67, "percentage points", "3.7 percentage points"),
        (1, "studies", "1 study"),
        (1, "people", "1 person"),
        (1, "dollars", "1 dollar"),
        (1, "losses", "1 loss"),
        (1, "mmHg", "1 mmHg"),
        (1, "per 10,000 sessions", "1 per 10,000 sessions"),
    ],
)
def test_numbers_in_sentences(value: float, unit: str, text: str) -> None:
    assert show(value, unit) == text
    assert digits(value, unit) in text


def test_citations_name_their_sources() -> None:
    assert citations("Stultz 2020; Taylor 2021") == [("Stultz", 2020), ("Taylor", 2021)]
    assert citations("Kishi 2024 (network)") == [("Kishi", 2024)]
    assert citations("Harvard (health letter)") == [("Harvard", None)]
    assert names(("Taylor", 2021), "Taylor survey 2021", 2021)
    assert not names(("Taylor", 2020), "Taylor survey 2021", 2021)
    assert not names(("Tay", 2021), "Taylor survey 2021", 2021)
    assert not names(("surveys", None), "Lerner survey", 2019)
    assert names(("Noda", 2025), "Noda 2025 (MAINT-R)", 2025)


def test_listing() -> None:
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a, b", "c"]) == "a, b; and c"


def places(place: str) -> str | None:
    return {"statement": "5 a week for 4 to 6 weeks", "shown": "two adequate trials, $6,000 to $9,000, 20.7%"}.get(
        place
    )


def test_parameters() -> None:
    found, faults = read_parameters("sessions=5 x 4..6@statement;arm=active", "parameters", 2, "f.csv", places)
    assert not faults
    sessions, arm = found
    assert (sessions.low, sessions.high, sessions.is_number) == (20, 30, True)
    assert (arm.text, arm.is_number, arm.place) == ("active", False, "")
    assert sessions.words == "5 x 4 to 6"


@pytest.mark.parametrize(
    "cell",
    ["x", "=3@statement", "x=", "x=3", "x=3@nowhere", "x=7@statement", "x=6..4@statement", "x=4...6@statement",
     "x=4@statement;x=5@statement"],
)  # fmt: skip
def test_faulty_parameters(cell: str) -> None:
    _, faults = read_parameters(cell, "parameters", 2, "f.csv", places)
    assert faults
    assert all((fault.row, fault.column, fault.file) == (2, "parameters", "f.csv") for fault in faults)


def test_a_number_stands_in_a_text_on_its_own() -> None:
    text = places("shown") or ""
    assert stands_in("2", text)
    assert stands_in("6000", text)
    assert stands_in("20.7", text)
    assert not stands_in("20", text)
    assert not stands_in("7", text)
    assert not stands_in("600", text)


def test_every_verdict_has_a_meaning_and_a_sign_of_its_own() -> None:
    assert all(kind.meaning and kind.sign for kind in VERDICT_KINDS.values())
    assert len({kind.sign for kind in VERDICT_KINDS.values()}) == len(VERDICT_KINDS)


def recomputed(value: float, label: str) -> Recomputed:
    return Recomputed(label=label, value=value, unit="percent")


def test_the_span_of_reviews_runs_from_the_lowest_to_the_highest_with_their_names() -> None:
    reviews = [recomputed(30.0, "B"), recomputed(50.0, "C"), recomputed(10.0, "A"), recomputed(40.0, "D")]
    assert percentages._reviews(reviews) == " Reviews print from 10% in A to 50% in C."
    unknown = Recomputed(label="E", value=NotAssessable("percentage", "none printed"), unit="percent")
    assert percentages._reviews([reviews[0], unknown]) == ""
    assert percentages._reviews([*reviews[:2], unknown]) == " Reviews print from 30% in B to 50% in C."


@pytest.mark.parametrize(
    ("named", "quoted", "agrees"),
    [
        ((10.0, 10.0), (10.0, 10.0), True),
        ((10.0, 12.0), (10.0, 10.0), False),  # only one end of the range is the number
        ((8.0, 10.0), (10.0, 10.0), False),
        ((10.0, 12.0), (10.0, 12.0), True),
        ((10.0, 13.0), (10.0, 12.0), False),
        ((9.0, 12.0), (10.0, 12.0), False),
        ((11.0, 11.0), (10.0, None), False),
    ],
)
def test_a_named_range_agrees_with_both_of_its_ends(named, quoted, agrees) -> None:
    low, high = quoted
    ends = tuple(None if end is None else printed(f"{end:g}") for end in quoted)
    point = low if low == high or high is None else None
    case = SimpleNamespace(
        claim=SimpleNamespace(low=ends[0], high=ends[1], unit="n"), point=point, agrees=lambda value: value == point
    )
    found = samples._named_value(case, "the trials", *named)
    assert found.agrees is agrees
    assert found.value == sum(named) / 2
    assert (found.low, found.high) == (named if named[0] != named[1] else (None, None))
    assert (found.kind, found.method) == (("range", "by arithmetic") if named[0] != named[1] else ("", "as printed"))


@pytest.mark.parametrize(
    ("low", "high", "point", "said"),
    [
        (1.0, 3.0, "2", "lies inside"),
        (2.0, 3.0, "2", "lies inside"),
        (1.0, 2.0, "2", "lies inside"),
        (1.0, 1.9, "2", "lies outside"),
        (2.1, 3.0, "2", "lies outside"),
        (1.0, 3.0, None, ""),
        (None, 3.0, "2", ""),
        (1.0, None, "2", ""),
    ],
)
def test_where_a_quoted_figure_lies_is_said_where_there_is_an_interval(low, high, point, said) -> None:
    case = SimpleNamespace(case=SimpleNamespace(point=None if point is None else printed(point)))
    found = sourced._Sourced.inside(case, SimpleNamespace(low=low, high=high))
    assert said in found
    assert bool(said) == bool(found)


@pytest.mark.parametrize("percents", [["50.0000"], ["50.0"], ["33.3", "16.7"], ["33.3"], ["44"], ["62.5", "37.5"]])
def test_samples_that_are_multiples_of_the_smallest_are_named_up_to_the_first_that_is_not(percents) -> None:
    found = feasible_denominators(percents, max_n=arithmetic.LARGEST_SAMPLE)
    smallest, *sizes = (s.n for s in found.solutions)
    others = [n for n in sizes if n % smallest != 0]
    limit = others[0] if others else arithmetic.LARGEST_SAMPLE + 1
    told = all(n < limit for n in sizes if n <= 2 * smallest)  # the next one is a multiple, too
    assert arithmetic._multiples(found) == (smallest if told else 1, limit)


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        ({"value": 12.345}, "12.3%"),
        ({"value": NotAssessable("percentage", "none printed")}, "not assessable: none printed"),
        ({"value": 10.0, "low": 10.0, "high": 10.0, "kind": "range"}, "10%"),
        ({"value": 10.0, "low": 8.0, "high": 12.0, "kind": "range"}, "8 to 12%"),
        ({"value": 10.0, "low": 8.0, "high": 12.0, "kind": "interval"}, "10% (95% interval 8 to 12)"),
        ({"value": 10.0, "low": 8.0, "high": 12.0, "kind": "interval", "level": 0.9}, "10% (90% interval 8 to 12)"),
        ({"value": 10.0, "low": 8.0, "kind": "interval"}, "10%"),
        ({"value": 10.0, "high": 12.0, "kind": "range"}, "10%"),
    ],
)
def test_a_figure_says_its_value_and_its_limits(figure, text) -> None:
    assert Recomputed(label="x", unit="percent", **figure).text() == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        ("36", "36", "36%"),
        ("5", "8", "5 to 8%"),
        ("5", None, "at least 5%"),
        (None, "8", "at most 8%"),
        (None, None, ""),
    ],
)
def test_a_claim_says_what_it_quotes(low, high, text) -> None:
    ends = {name: None if end is None else printed(end) for name, end in (("low", low), ("high", high))}
    claim = claim_of("count", **ends)
    assert claim.quoted() == text
    assert claim.is_point == (low == high is not None)


def claim_of(check: str, **ends: object) -> Claim:
    """A claim in percent that is checked so, with these ends."""
    named = {"claim_id": "x", "document_id": "d", "statement": "s", "quantity": "q", "cited_source": "c"}
    return Claim(**named, unit="percent", check=check, **ends)  # type: ignore[arg-type]


def row_of(**cells: object) -> SimpleNamespace:
    return SimpleNamespace(
        label="A review", number=lambda name: cells.get(name), text=lambda name: str(cells.get(name, ""))
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "agrees", "limits"),
    [
        ({"estimate": 2.0, "measure": "RR", "ci_low": 1.5, "ci_high": 3.0}, True, (1.5, 3.0)),
        ({"estimate": 1.9, "measure": "RR", "ci_low": 1.5, "ci_high": 3.0}, True, (1.5, 3.0)),
        ({"estimate": 2.1, "measure": "RR"}, True, (None, None)),
        ({"estimate": 1.89, "measure": "RR"}, False, (None, None)),
        ({"estimate": 2.11, "measure": "RR"}, False, (None, None)),
    ],
)
def test_a_printed_ratio_is_set_against_that_of_two_percentages(cells, agrees, limits) -> None:
    case = SimpleNamespace(outcome=lambda name: "response", comparison=lambda row: "x against y")
    found = consistency._printed_ratio(case, row_of(**cells), 1.9, 2.1)
    assert (found.value, found.agrees) == (cells["estimate"], agrees)
    assert (found.low, found.high) == limits
    assert found.kind == ("interval" if limits[0] else "")
    assert bool(found.interval_note) == (limits[0] is None)
    other = consistency._printed_ratio(case, row_of(**cells | {"measure": "OR"}), 1.9, 2.1)
    assert isinstance(other.value, NotAssessable)


@pytest.mark.parametrize(
    ("unit", "point", "agrees"),
    [("ratio", "2", True), ("ratio", "3.5", False), ("ratio", None, False), ("percent", "2", False)],
)
def test_a_ratio_agrees_with_the_one_quoted_or_tells_no_difference(unit, point, agrees) -> None:
    case = SimpleNamespace(point=None if point is None else printed(point), claim=SimpleNamespace(unit=unit))
    above, around = (SimpleNamespace(contains=lambda x, low=low: low <= x <= 3.0) for low in (1.5, 0.9))
    assert contrasts._ratio_agrees(case, above) is agrees
    assert contrasts._ratio_agrees(case, around) is (agrees or point != "3.5")


@pytest.mark.parametrize(
    ("low", "high", "value", "meets"),
    [
        ("10", "20", 10.0, True),
        ("10", "20", 20.4, True),  # prints as 20
        ("10", "20", 15.0, False),
        ("10", None, 10.0, False),  # no range
        (None, "20", 20.0, False),
        ("10", "10", 10.0, False),  # one figure
        ("10", "20", None, False),
    ],
)
def test_a_figure_meets_an_end_of_a_quoted_range_only(low, high, value, meets) -> None:
    ends = [None if end is None else printed(end) for end in (low, high)]
    case = SimpleNamespace(point=ends[0] if low == high else None, claim=SimpleNamespace(low=ends[0], high=ends[1]))
    number = NotAssessable("number", "none was printed") if value is None else value
    assert samples._meets_an_end(case, Recomputed(label="x", value=number)) is meets


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "50% is 50.2%, rounded (the trials), so it holds."),
        ({"verdict": "differs", "value": 60.0}, "50% is not 60% (the trials), so it differs."),
        ({"unit": "ratio"}, "The headline, so it holds."),
        ({"value": NotAssessable("percentage", "none printed")}, "The headline, so it holds."),
        ({"verdict": "misattributed"}, "The headline, so it is misattributed."),
        ({"verdict": "cannot be recomputed", "headline": "missing: the study"},
         "Still missing is the study, so it cannot be recomputed."),
        ({"verdict": "holds only under", "headline": "holds only in one"}, "It holds only in one."),
        ({"low": 40.0, "high": 60.0, "kind": "interval"}, "50% lies inside 40 to 60% (the trials), so it holds."),
        ({"low": 51.0, "high": 60.0, "kind": "interval", "verdict": "differs"},
         "50% lies outside 51 to 60% (the trials), so it differs."),
        ({"low": 40.0, "high": 60.0, "kind": "range"}, "50% lies in 40 to 60% (the trials), so it holds."),
    ],
)  # fmt: skip
def test_why_a_verdict_follows(changes, said) -> None:
    claim = claim_of("pooled_proportion", low=printed("50"), high=printed("50"))
    parts = {"verdict": "reproduced", "headline": "the headline", "value": 50.2, "unit": "percent"} | changes
    verdict, headline = parts.pop("verdict"), parts.pop("headline")
    main = Recomputed(label="the trials", **parts)
    assert because(SimpleNamespace(claim=claim, main=main, verdict=verdict, headline=headline)) == said


@pytest.mark.parametrize(
    ("cells", "further", "said"),
    [
        ({"events": 9, "exposure": 4100, "what": "seizures", "unit": "sessions"}, "", "9 seizures in 4,100 sessions"),
        ({"printed_rate": 2.2, "per": 1000, "unit": "sessions"}, "a clinic",
         "a clinic: printed 2.2 per 1,000 sessions"),
        ({"printed_rate": 2.2, "printed_low": 1, "printed_high": 4.2, "per": 1000, "unit": "sessions"}, "",
         "printed 2.2 (1 to 4.2) per 1,000 sessions"),
        ({"printed_rate": 2.2, "printed_low": 1, "per": 1000, "unit": "sessions"}, "",
         "printed 2.2 per 1,000 sessions"),
        ({"events": 9, "exposure": 4100, "what": "seizures", "unit": "sessions", "printed_rate": 2.2, "per": 1000}, "A",
         "A: 9 seizures in 4,100 sessions; printed 2.2 per 1,000 sessions"),
        ({"events": 9, "unit": "sessions"}, "", ""),
    ],
)  # fmt: skip
def test_what_a_row_of_rates_says(cells, further, said) -> None:
    row = row_of(**cells)
    row.further = further
    assert cited_rows._rate_says(row) == said


def standing(*places: tuple[bool, tuple[str, ...], tuple[str, ...], bool], outcomes: int = 2) -> tuple[str, str]:
    """Verdict and headline of a treatment with these places: does it help, beaten by, equal to, below the reference."""
    made = tuple(
        SimpleNamespace(effect=SimpleNamespace(agrees=helps), beaten_by=by, equal=same, below_reference=below,
                        outcome=f"outcome {at}")
        for at, (helps, by, same, below) in enumerate(places)
    )  # fmt: skip
    case = SimpleNamespace(outcomes=lambda: ("x",) * outcomes)
    told = SimpleNamespace(
        case=case, places=made, reference="sham", name="X", faults=(),
        found=lambda verdict, headline, *_, **__: (verdict, headline),
        helped=[place for place in made if place.effect.agrees],
        only_against_reference=lambda: ("holds only under", ""),
    )  # fmt: skip
    return ranking._Standing.finding(told)


def test_a_treatment_is_the_best_where_it_helps_in_every_outcome_and_is_told_from_all_others() -> None:
    best, equal, beaten = (True, (), (), False), (True, (), ("Y",), False), (True, ("Y",), (), False)
    assert standing(best, best) == ("reproduced", "X did better than every other treatment")
    assert standing(best)[0] == "holds only under"  # one of two outcomes
    assert standing(best, (False, (), (), False))[0] == "holds only under"
    assert standing(best, equal)[0] == "holds only under"
    assert standing(best, beaten) == ("differs", "Y did better than X")
    assert standing(best, (False, (), (), True)) == ("differs", "sham did better than X")
    assert standing((False, (), (), False), (False, (), (), False))[0] == "cannot be recomputed"
