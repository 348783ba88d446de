"""Files that are no table, or one with a fault that others would follow from: that fault is reported, and alone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tmsmeta.errors import EvidenceError
from tmsmeta.tables.files import read_cells
from tmsmeta.tables.numerals import numbers

PLAIN = "study,events_t,n_t,events_c,n_c\nA,11,35,2,33\nB,7,35,1,33\nC,13,25,2,25\n"

FAULTS = {
    "no header": (
        "A,11,35,2,33\nB,7,35,1,33\n",
        "row 1, `file`: has no header, but values (A, 11, 35, 2, 33); put a line above that names the columns.",
    ),
    "a name twice": ("study,n,n\nA,1,2\n", "row 1, `n`: is the name of columns 2 and 3; each name once."),
    "no name": (
        "study,,n\nA,x,2\nB,y,3\n",
        "row 1, `file`: column 2 has no name, but row 2 holds a value there; name it or delete it. Got 'x'.",
    ),
    "units": (
        "study,n,mean\n,people,points\nA,10,1.2\nB,12,1.5\nC,12,1.5\n",
        "row 2, `file`: holds units or a second header, not values; move the units into the names of the columns and "
        "delete it. Got 'people, points'.",
    ),
    "decimal commas among commas": (
        "study,ratio,low,high\nA,2,82,1,57,5,09\nB,1,40,0,70,2,80\n",
        "row 2, `file`: has 7 cells where the header names 4 columns; decimal commas cannot stand between separating "
        "commas: save it with semicolons, or with decimal points.",
    ),
    "decimal commas and points": (
        "study;a\nA;1,5\nB;1.5\n",
        "row 2, `a`: must have decimal commas or decimal points in all its rows, not both; another row has 1.5. "
        "Got '1,5'.",
    ),
    "two separators": (
        PLAIN.replace(",", ";").replace(";", ",", 4),
        "row 1, `file`: is separated by commas, and the rows below it by semicolons; use one of them. "
        "Got 'study,events_t,n_t,events_c,n_c'.",
    ),
    "one column": (
        "study\nA\nB\n",
        "row 1, `file`: has one column only; put commas, semicolons or tabs between the cells of a row. Got 'study'.",
    ),
    "quoted lines": (
        "".join(f'"{line}"\n' for line in PLAIN.splitlines()),
        "row 1, `file`: holds each line in one pair of double quotes; delete these quotes, or save the table as CSV "
        "again. Got 'study,events_t,n_t,events_c,n_c'.",
    ),
    "a short row": (
        PLAIN + "D,1,2\n",
        "row 5, `file`: must have 5 cells, as the header has; put a text that holds the separator into double quotes. "
        "Got '3 cells'.",
    ),
    "an open quote": (
        PLAIN + '"D,1,2,3,4\n',
        "row 5, `file`: cannot be read from here on (unexpected end of data); close every double quote and double it "
        "inside a quoted cell.",
    ),
    "empty": ("", "`file`: is empty; the first line must name the columns."),
    "no rows": ("study,n\n", "`file`: has a header (study, n) but no rows."),
    "two encodings": (
        "study,n\nMüller,3\n".encode() + "Über,4\n".encode("cp1252"),
        "row 3, `file`: mixes UTF-8 with another encoding; save the table as 'CSV UTF-8'. Got b'\\xdc'.",
    ),
    "no encoding": (
        b"study,n\n\x81\x8d,3\n",
        "row 2, `file`: cannot be read as text; save the table as 'CSV UTF-8'. Got b'\\x81'.",
    ),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_the_cause_is_reported_alone(tmp_path: Path, kind: str) -> None:
    content, message = FAULTS[kind]
    path = tmp_path / "trials.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    cells = read_cells(path)
    assert [str(issue) for issue in cells.issues] == [f"trials.csv, {message}"]
    assert cells.frame.empty


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match=r"none\.csv, `file`: is not a file; give a table that can be read\."):
        read_cells(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("cell", "advice"),
    [
        ("<0.001", "must be a number; this is only a bound."),
        ("5,09", "must be a number with a decimal point, not a comma."),
        ("1,234", "can mean 1234 or 1.234; write the number without a comma, or with a decimal point."),
        ("12/35", "must be one number; put events and number of people into columns of their own."),
        ("12 (34.5%)", "must be one number; put what follows it into a column of its own."),
        ("12*", "must be a number; put the footnote into a column of its own."),
        ("2012-03-04", "must be a number; this is a date, as spreadsheets make of 3/4 or 3-4."),
        ("#DIV/0!", "is the error of a spreadsheet formula; mend it there."),
        ("inf", "must be a number with a decimal point, such as 0.5."),
        ("1_000", "must be a number with a decimal point, such as 0.5."),
        ("many", "must be a number with a decimal point, such as 0.5."),
    ],
)
def test_what_is_no_number_is_told_by_its_kind(cell: str, advice: str) -> None:
    found = numbers(pd.Series(["1", cell], index=[2, 3], name="n"), file="trials.csv")
    assert [str(issue) for issue in found.issues] == [f"trials.csv, row 3, `n`: {advice} Got {cell!r}."]
    assert found.values.tolist()[0] == 1
    assert found.values.isna().tolist() == [False, True]
