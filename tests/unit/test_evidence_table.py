"""A table of one's own: two layouts, kept columns, comparator, and every fault at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tmsmeta.errors import EvidenceError, InvalidInputError
from tmsmeta.review import check_evidence
from tmsmeta.tables.read import read_table

ARMS = """study,treatment,events,n
A,sham,1,10
A,itbs,5,11
A,rtms,6,12
B,rtms,3,20
B,sham,2,21
C,itbs,4,9
C,rtms,5,9
"""


def write(folder: Path, text: str, name: str = "mine.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_against_layout_keeps_further_columns(tmp_path: Path) -> None:
    text = "study,year,events_t,n_t,events_c,n_c,dose,group\nA,2001,5,10,2.0,12,1.5,x\nB,2002,0,8,1,9,,=1+1\n"
    table = read_table(write(tmp_path, text))
    assert table.shape == "two arms"
    counts = table.against()
    assert counts.frame[["study", "events_t", "n_t", "events_c", "n_c"]].values.tolist() == [
        ["A", 5, 10, 2, 12],
        ["B", 0, 8, 1, 9],
    ]
    assert counts.frame["year"].tolist() == [2001.0, 2002.0]
    assert counts.frame["dose"].isna().tolist() == [False, True]
    assert counts.frame["group"].tolist() == ["x", "=1+1"]
    assert list(table.frame.index) == [2, 3]
    assert table.arms().values.tolist() == [
        ["A", "treated", 5, 10],
        ["A", "comparator", 2, 12],
        ["B", "treated", 0, 8],
        ["B", "comparator", 1, 9],
    ]


def test_named_treatments_of_a_against_table(tmp_path: Path) -> None:
    text = "study,treatment_t,treatment_c,events_t,n_t,events_c,n_c\nA,itbs,sham,5,10,2,12\n"
    assert read_table(write(tmp_path, text)).arms()["treatment"].tolist() == ["itbs", "sham"]


def test_arm_layout_sums_active_arms_against_the_comparator(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, ARMS))
    assert table.shape == "arms"
    counts = table.against()
    assert counts.comparator == "sham"
    assert counts.frame[list(counts.columns)].values.tolist() == [["A", 11, 23, 1, 10], ["B", 3, 20, 2, 21]]
    assert counts.frame["treatment_t"].tolist() == ["itbs + rtms", "rtms"]
    assert counts.left_out[["study", "reason"]].values.tolist() == [["C", "no sham arm"]]
    assert counts.notes == ("Arms were added up to one: itbs and rtms in A.", "Left out: C (no sham arm).")
    assert table.arms().shape == (7, 4)


def test_a_comparator_is_named_as_one_or_given(tmp_path: Path) -> None:
    """A treatment that all studies share is no comparator by that."""
    shared = ARMS.replace("sham", "waitlist").replace("C,rtms", "C,waitlist")
    assert read_table(write(tmp_path, shared)).against().comparator == "waitlist"
    table = read_table(write(tmp_path, ARMS.replace("sham", "lithium")))
    with pytest.raises(InvalidInputError, match=r"which of lithium, itbs, rtms is the comparator \(none is named"):
        table.against()
    with pytest.raises(InvalidInputError, match="one of the treatments lithium, itbs, rtms"):
        table.against("sham")
    assert read_table(write(tmp_path, ARMS)).against("RTMS").frame["study"].tolist() == ["A", "B", "C"]
    usual = read_table(write(tmp_path, ARMS.replace("sham", "TAU")))
    assert usual.against().comparator == "TAU"
    two = read_table(write(tmp_path, ARMS.replace("C,rtms", "C,placebo")))
    with pytest.raises(InvalidInputError, match="sham and placebo are all named as one"):
        two.against()


def test_every_fault_of_a_table_at_once(tmp_path: Path) -> None:
    text = "study,treatment,events,n\nA,sham,11,10\nA,itbs,1,10\nB,itbs,2.5,20\nB,,3,0\n,rtms,-1,5\n"
    path = write(tmp_path, text)
    with pytest.raises(EvidenceError) as error:
        read_table(path)
    found: dict[int | str | None, set[str]] = {}
    for issue in error.value.issues:
        found.setdefault(issue.row, set()).add(issue.column)
    assert found == {
        2: {"events"},
        4: {"events"},
        5: {"treatment", "events", "n"},
        6: {"study", "events"},
    }
    assert set(check_evidence(path)) == set(error.value.issues)
    assert all(issue.file == "mine.csv" for issue in error.value.issues)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("study,events_t,nt2,events_c,n_c\nA,1,2,1,2\n", "to be read as two arms per row the table still needs n_t"),
        ("study,treatment,events,people\nA,x,1,2\n", "Columns at hand: study, treatment, events, people"),
        ("study,treatment,events,n\n", "but no rows"),
        ("", "is empty"),
        ("study,treatment,events,events,n\nA,x,1,1,2\n", "give each a name of its own"),
    ],
)
def test_a_header_that_does_not_fit(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(EvidenceError) as error:
        read_table(write(tmp_path, text))
    assert words in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="is not a file"):
        read_table(tmp_path / "none.csv")


def test_a_table_of_ratios_is_read_and_has_no_counts(tmp_path: Path) -> None:
    path = tmp_path / "ratios.csv"
    path.write_text("study,ratio,ci_low,ci_high\nA,5.19,1.24,21.66\nB,1.25,0.26,6.07\n", encoding="utf-8")
    table = read_table(path)
    assert table.shape == "ratio"
    assert table.frame["ratio"].tolist() == [5.19, 1.25]
    with pytest.raises(InvalidInputError, match="holds ratios with their intervals; this needs arms"):
        table.arms()


def test_every_fault_of_a_table_of_ratios_at_once(tmp_path: Path) -> None:
    path = tmp_path / "ratios.csv"
    path.write_text("study,ratio,ci_low,ci_high\nA,5.19,-1.24,21.66\nA,1.25,2.26,6.07\nC,x,0.64,\n", encoding="utf-8")
    with pytest.raises(EvidenceError) as caught:
        read_table(path)
    assert {(i.row, i.column) for i in caught.value.issues} == {
        (2, "ci_low"),
        (3, "ci_low"),
        (4, "ratio"),
        (4, "ci_high"),
    }
