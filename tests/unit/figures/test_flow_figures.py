"""Flow diagrams and the table of findings: every number drawn is that of the counts, the tables, the analyses."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from figure_helpers import named, written
from unit.figures.geometry import check_geometry
from unit.figures.people_cases import COUNTS, OTHER_METHODS, findings

import tmsmeta as tm
from tmsmeta import figures


def said(axes: object) -> str:
    return " ".join(written(axes).split())  # type: ignore[arg-type]


def test_a_flow_of_a_search_says_every_number_in_its_box() -> None:
    axes = figures.prisma_flow(COUNTS)
    text = said(axes)
    for words in (
        "PubMed (n = 1,200)",
        "Duplicate records (n = 700)",
        "Records screened (n = 1,600)",
        "Records excluded (n = 1,400)",
        "Reports not retrieved (n = 5)",
        "Reports assessed for eligibility (n = 195)",
        "wrong population (n = 40)",
        "Studies included in review (n = 30) Reports of included studies (n = 35)",
    ):
        assert words in text
    assert (len(named(axes, "box")), len(named(axes, "left out"))) == (5, 4)


def test_other_methods_have_their_own_way_at_two_columns() -> None:
    counts = COUNTS | OTHER_METHODS
    axes = figures.prisma_flow(counts, width="double")
    check_geometry(axes, "double")
    assert len(named(axes, "box")) == 8
    assert "no numbers (n = 16)" in said(axes)
    with pytest.raises(tm.InvalidInputError, match="at least 5 inches, or 'double'"):
        figures.prisma_flow(counts, width="single")


@pytest.mark.parametrize("counts", [COUNTS, COUNTS | OTHER_METHODS, COUNTS | {"identified": 2300}])
def test_bars_name_the_phases_of_the_template_beside_their_boxes(counts: dict[str, object]) -> None:
    axes = figures.prisma_flow(counts, width="double")
    bars = [patch.get_bbox() for patch in named(axes, "phase")]
    names = [(text.get_text(), text.get_position()[1]) for text in named(axes, "phase name")]
    assert [name for name, _ in names] == ["Identification", "Screening", "Included"]
    assert all(bar.y0 < y < bar.y1 for (_, y), bar in zip(names, bars, strict=True))
    assert all(upper.y1 < lower.y0 for upper, lower in pairwise(bars))
    boxes = [patch.get_bbox() for gid in ("box", "left out") for patch in named(axes, gid)]
    held = [[bar.y0 - 1e-9 <= box.y0 and box.y1 <= bar.y1 + 1e-9 for bar in bars].index(True) for box in boxes]
    assert (min(held), max(held), held.count(2)) == (0, 2, 1)


def test_every_fault_of_the_numbers_is_said_at_once() -> None:
    wrong = {
        "identified": 10,
        "duplicates": 2,
        "screend": 8,
        "screened": 9,
        "excluded": 1.5,
        "sought": 3,
        "assessed": 5,
    }
    with pytest.raises(tm.InvalidInputError) as caught:
        figures.prisma_flow(wrong)
    text = str(caught.value)
    for part in (
        "`screend`: is not a number of the diagram",
        "Is 'screened' meant?",
        "`studies`: must be given",
        "`excluded`: must be a whole number, 0 or more. Got 1.5",
        "`screened`: must be 8, which is identified less duplicates. Got 9",
        "`assessed`: must be 3, which is sought. Got 5",
    ):
        assert part in text
    with pytest.raises(tm.InvalidInputError, match=r"`reports`: must be 35.*\n.*`studies`: must be at most 35"):
        figures.prisma_flow(COUNTS | {"reports": 36, "studies": 40})


def test_the_flow_of_trials_is_counted_in_the_tables() -> None:
    review = tm.load_review()
    evidence, flow = review.evidence, tm.trial_flow(review)
    numbers = {*evidence.arms["trial_id"], *evidence.contrasts["trial_id"]}
    known = {*evidence.trials["trial_id"], *evidence.gaps["trial_id"]}
    assert (flow.known, flow.with_numbers, len(flow.without)) == (len(known), len(numbers), len(known - numbers))
    for outcome in flow.outcomes:
        chosen = review.select(outcome.outcome)
        assert (outcome.main, outcome.people) == (chosen.k, chosen.patients)
        assert outcome.main + sum(outcome.left_out.values()) == outcome.with_numbers
    assert flow.to_dict()["known"] == flow.to_frame().set_index("step").loc["known", "trials"]
    text = said(figures.trial_flow(flow))
    assert f"Trials known: {len(known)}" in text
    for name in (*flow.without, *(name for o in flow.outcomes for name in o.not_seen)):
        assert name in text
    with pytest.raises(tm.InvalidInputError, match="must be a review"):
        tm.trial_flow(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("width", ["single", "double"])
def test_the_table_of_findings_draws_the_cells_of_the_table(width: str) -> None:
    summary = findings()
    text = said(figures.findings_table(summary, width=width))  # type: ignore[arg-type]
    for row in summary.to_table().rows:
        assert all(re.sub(r"\s+", " ", cell) in text for cell in row[:-1])
    assert all(note in text for note in summary.notes())
