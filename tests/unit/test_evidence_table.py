"""A table of one's own: two layouts, kept columns, comparator, and every fault at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tmsmeta.errors import EvidenceError, InvalidInputError
from tmsmeta.review import check_evidence
from tmsmeta.tables.study_table import read_table

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


def test_two_by_two_layout_keeps_further_columns(tmp_path: Path) -> None:
    text = "study,year,events_t,n_t,events_c,n_c,dose,group\nA,2001,5,10,2.0,12,1.5,x\nB,2002,0,8,1,9,,=1+1\n"
    table = read_table(write(tmp_path, text))
    assert table.layout == "2x2"
    counts = table.two_by_two()
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


def test_named_treatments_of_a_two_by_two_table(tmp_path: Path) -> None:
    text = "study,treatment_t,treatment_c,events_t,n_t,events_c,n_c\nA,itbs,sham,5,10,2,12\n"
    assert read_table(write(tmp_path, text)).arms()["treatment"].tolist() == ["itbs", "sham"]


def test_arm_layout_sums_active_arms_against_the_comparator(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, ARMS))
    assert table.layout == "arms"
    counts = table.two_by_two()
    assert counts.control == "sham"
    assert counts.frame.values.tolist() == [["A", 11, 23, 1, 10], ["B", 3, 20, 2, 21]]
    assert counts.left_out.values.tolist() == [["C", "no sham arm"]]
    assert table.arms().shape == (7, 4)


def test_the_comparator_is_the_treatment_all_studies_share(tmp_path: Path) -> None:
    shared = ARMS.replace("sham", "waitlist").replace("C,rtms", "C,waitlist")
    assert read_table(write(tmp_path, shared)).two_by_two().control == "waitlist"
    assert read_table(write(tmp_path, ARMS.replace("sham", "tau"))).two_by_two().control == "rtms"
    assert read_table(write(tmp_path, ARMS)).two_by_two("rtms").frame["study"].tolist() == ["A", "B", "C"]


def test_a_comparator_that_cannot_be_told_must_be_stated(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, ARMS.replace("sham", "tau").replace("B,rtms", "B,ctbs")))
    with pytest.raises(InvalidInputError, match="which of ctbs, itbs, rtms, tau is the comparator"):
        table.two_by_two()
    with pytest.raises(InvalidInputError, match="one of the treatments ctbs, itbs, rtms, tau"):
        table.two_by_two("sham")


def test_every_fault_of_a_table_at_once(tmp_path: Path) -> None:
    text = "study,treatment,events,n\nA,sham,11,10\nA,sham,1,10\nB,itbs,2.5,20\nB,,3,0\n,rtms,-1,5\n"
    path = write(tmp_path, text)
    with pytest.raises(EvidenceError) as error:
        read_table(path)
    found: dict[int | str | None, set[str]] = {}
    for issue in error.value.issues:
        found.setdefault(issue.row, set()).add(issue.column)
    assert found == {
        2: {"events"},
        3: {"study"},
        4: {"events"},
        5: {"treatment", "events", "n"},
        6: {"study", "events"},
    }
    assert set(check_evidence(path)) == set(error.value.issues)
    assert all(issue.file == "mine.csv" for issue in error.value.issues)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("study,events_t,nt,events_c,n_c\nA,1,2,1,2\n", "Is `nt` meant?"),
        ("trial,treatment,events,n\nA,x,1,2\n", "A table has study, events_t, n_t, events_c, n_c or study, treatment"),
        ("study,treatment,events,n\n", "has a header but no rows"),
        ("", "has no header"),
        ("study;treatment;events;n\nA;x;1;2\n", "separated by commas"),
        ("study,treatment,events,events,n\nA,x,1,1,2\n", "stands twice in the header"),
    ],
)
def test_a_header_that_does_not_fit(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(EvidenceError) as error:
        read_table(write(tmp_path, text))
    assert words in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="is not a file; give a CSV file"):
        read_table(tmp_path / "none.csv")


def test_a_table_of_ratios_is_read_and_has_no_counts(tmp_path: Path) -> None:
    path = tmp_path / "ratios.csv"
    path.write_text("study,ratio,ci_low,ci_high\nA,5.19,1.24,21.66\nB,1.25,0.26,6.07\n", encoding="utf-8")
    table = read_table(path)
    assert table.layout == "ratio"
    assert table.frame["ratio"].tolist() == [5.19, 1.25]
    with pytest.raises(InvalidInputError, match="holds ratios; this needs counts"):
        table.two_by_two()


def test_every_fault_of_a_table_of_ratios_at_once(tmp_path: Path) -> None:
    path = tmp_path / "ratios.csv"
    path.write_text("study,ratio,ci_low,ci_high\nA,5.19,-1.24,21.66\nA,1.25,2.26,6.07\nC,x,0.64,\n", encoding="utf-8")
    with pytest.raises(EvidenceError) as caught:
        read_table(path)
    assert {(i.row, i.column) for i in caught.value.issues} == {
        (2, "ci_low"),
        (3, "study"),
        (3, "ci_low"),
        (4, "ratio"),
        (4, "ci_high"),
    }
