"""Files as people have them are read into the same cells, and what is not plain is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tmsmeta.tables.files import Cells, read_cells
from tmsmeta.tables.numerals import numbers

PLAIN = "study,events_t,n_t,events_c,n_c\nA,11,35,2,33\nB,7,35,1,33\nC,13,25,2,25\n"
ROWS = [["A", "11", "35", "2", "33"], ["B", "7", "35", "1", "33"], ["C", "13", "25", "2", "25"]]

Read = Callable[[str | bytes], Cells]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def write_and_read(content: str | bytes) -> Cells:
        path = tmp_path / "trials.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        cells = read_cells(path)
        assert not cells.issues, cells.issues
        return cells

    return write_and_read


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (PLAIN, ()),
        (b"\xef\xbb\xbf" + PLAIN.encode(), ()),
        (PLAIN.replace("\n", "\r\n"), ()),
        (PLAIN.replace("\n", "\r"), ()),
        (PLAIN.replace(",", "\t"), ("tabs between the cells",)),
        (PLAIN.replace(",", ";"), ("semicolons between the cells",)),
        (PLAIN.replace(",", "|"), ("vertical bars between the cells",)),
        (PLAIN.replace(",", "   "), ("blanks between the cells",)),
        ("sep=;\r\n" + PLAIN.replace(",", ";"), ("semicolons between the cells",)),
        (PLAIN.encode("utf-16"), ("UTF-16",)),
        (b"\xfe\xff" + PLAIN.encode("utf-16-be"), ("UTF-16",)),
        (PLAIN.encode("utf-16-le"), ("UTF-16",)),
        (PLAIN.encode("utf-16-be"), ("UTF-16",)),
        (PLAIN.replace("\n", ",,\n") + ",,,,,,\n\n\n", ()),
        ("# made by a script\n\n" + PLAIN, ("1 comment line above the header left out",)),
        ("Table 1. All trials\n\n" + PLAIN, ("1 line above the header left out: 'Table 1. All trials'",)),
        (PLAIN + ",,,,\nNote: as printed,,,,\n", ("1 note below the table left out: 'Note: as printed'",)),
    ],
)
def test_one_table_in_many_dresses(read: Read, content: str | bytes, said: tuple[str, ...]) -> None:
    cells = read(content)
    assert cells.columns == ("study", "events_t", "n_t", "events_c", "n_c")
    assert cells.frame.to_numpy().tolist() == ROWS
    assert cells.said == said


def test_the_index_is_the_line_of_the_file(read: Read) -> None:
    assert list(read(PLAIN).frame.index) == [2, 3, 4]
    assert list(read("Trials\n\n" + PLAIN.replace("B,", "\nB,")).frame.index) == [4, 6, 7]


def test_names_in_windows_1252_are_spelled_right(read: Read) -> None:
    cells = read("study;n\nMüller – Åberg;12\nB;3\n".encode("cp1252"))
    assert list(cells.frame["study"]) == ["Müller – Åberg", "B"]
    assert cells.said == ("Windows-1252", "semicolons between the cells")


def test_decimal_commas_become_points_and_texts_stay(read: Read) -> None:
    cells = read("Studie;RR;95%-KI;n\nMüller, 1999;2,82;1,57 bis 5,09;1.234\nB;1,400;0,70 bis 2,80;456\n")
    assert cells.frame.to_numpy().tolist() == [
        ["Müller, 1999", "2.82", "1.57 bis 5.09", "1234"],
        ["B", "1.400", "0.70 bis 2.80", "456"],
    ]
    assert cells.said == ("semicolons between the cells", "decimal commas", "points between thousands")


def test_commas_between_thousands_are_not_decimal_commas(read: Read) -> None:
    cells = read('study,time,rate\n"A, B","1,234",0.5\nC,"12,345",0.25\n')
    assert list(cells.frame["time"]) == ["1,234", "12,345"]
    assert numbers(cells.frame["time"], whole=True).values.tolist() == [1234, 12345]


@pytest.mark.parametrize(
    "content",
    ['"","study","n"\n"1","A",3\n"2","B",5\n', ",study,n\n0,A,3\n7,B,5\n", '"study" "n"\n"1" "A" 3\n"2" "B" 5\n'],
)
def test_row_numbers_of_r_and_pandas_are_left_out(read: Read, content: str) -> None:
    cells = read(content)
    assert cells.frame.to_numpy().tolist() == [["A", "3"], ["B", "5"]]
    assert "row numbers in the first column left out" in cells.said


def test_rows_of_wide_arms_may_end_early(read: Read) -> None:
    cells = read("study,t1,r1,t2,r2,t3,r3\nA,x,1,y,2,z,3\nB,x,4,y,5\n")
    assert cells.frame.to_numpy().tolist()[1] == ["B", "x", "4", "y", "5", "", ""]


@pytest.mark.parametrize(
    ("cell", "number", "said"),
    [
        ("0.5", 0.5, ()),
        ("−0.5", -0.5, ()),
        ("– 3", -3, ()),
        ("1e-3", 0.001, ()),
        ("1 234", 1234, ("separators of thousands in `x` taken off",)),
        ("1\u202f234.5", 1234.5, ("separators of thousands in `x` taken off",)),
        ("1'234", 1234, ("separators of thousands in `x` taken off",)),
        ("1,234,567", 1234567, ("separators of thousands in `x` taken off",)),
        ("1,234.5", 1234.5, ("separators of thousands in `x` taken off",)),
        ("12.5 %", 12.5, ("percent signs in `x` taken off",)),
    ],
)
def test_numbers_as_people_write_them(cell: str, number: float, said: tuple[str, ...]) -> None:
    found = numbers(pd.Series([cell], index=[2], name="x"))
    assert (found.values.tolist(), found.issues, found.said) == ([number], (), said)


@pytest.mark.parametrize("cell", ["", "NA", "n/a", "-", "–", ".", "NaN", "null", "#N/A", "NR"])
def test_missing_is_no_fault_of_a_number(cell: str) -> None:
    found = numbers(pd.Series([cell, "1"], index=[2, 3], name="x"))
    assert found.issues == ()
    assert found.missing.tolist() == [True, False]
    assert found.values.isna().tolist() == [True, False]
