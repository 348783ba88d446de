"""Files that are no table, or one with a fault that others would follow from: that fault is reported, and alone."""

from __future__ import annotations

import gzip
import io
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xlsxwriter

from tmsmeta.errors import EvidenceError, InvalidInputError
from tmsmeta.tables.files import read_cells
from tmsmeta.tables.numerals import numbers
from tmsmeta.tables.read import read_table

PLAIN = "study,events_t,n_t,events_c,n_c\nA,11,35,2,33\nB,7,35,1,33\nC,13,25,2,25\n"

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "<manifest:manifest><manifest:encryption-data/></manifest:manifest>"


def packed(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def review(outcomes: str) -> bytes:
    return f"<COCHRANE_REVIEW><COMPARISON><NAME>Drug</NAME>{outcomes}</COMPARISON></COCHRANE_REVIEW>".encode()


FAULTS = {
    "no header": (
        "A,11,35,2,33\nB,7,35,1,33\n",
        "row 1, `file`: has no header, but values (A, 11, 35, 2, 33); put a line above that names the columns.",
    ),
    "a name twice": (
        "study,n,n\nA,1,2\n",
        "row 1, `n`: is the name of columns 2 and 3; give each a name of its own, such as n_t and n_c for two arms, or "
        "delete what is not needed.",
    ),
    "equal columns that may be two arms": (
        "study,n,n\nA,2,2\n",
        "row 1, `n`: is the name of columns 2 and 3; give each a name of its own, such as n_t and n_c for two arms, or "
        "delete what is not needed.",
    ),
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


NO_TABLES = {
    "a PDF": (b"%PDF-1.7\n", "is a PDF, not a table; copy the table into a spreadsheet and save it as XLSX or CSV."),
    "an image": (
        b"\x89PNG\r\n\x1a\n",
        "is an image, not a table; type the numbers into a spreadsheet and save it as XLSX or CSV.",
    ),
    "a Word document": (
        packed({"word/document.xml": "<w/>"}),
        "is a Word document; copy the table into a spreadsheet and save it as XLSX or CSV.",
    ),
    "an archive": (packed({"a.csv": PLAIN}), "is a ZIP archive; unpack it and give the table inside."),
    "a damaged archive": (b"PK\x03\x04 cut", "is damaged and cannot be opened; save or download it again."),
    "a locked XLSX": (
        OLE + "EncryptedPackage".encode("utf-16-le"),
        "is protected by a password; save a copy without one.",
    ),
    "a locked ODS": (
        packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "META-INF/manifest.xml": ENCRYPTED}),
        "is protected by a password; save a copy without one.",
    ),
    "an old Word document": (
        OLE + "WordDocument".encode("utf-16-le"),
        "is a Word document; copy the table into a spreadsheet and save it as XLSX or CSV.",
    ),
    "a web page": (
        b"<html><table><tr><td>study</td></tr></table></html>",
        "is a web page (HTML), whatever its name says; open it in a spreadsheet and save it as XLSX or CSV.",
    ),
    "a packed file": (gzip.compress(PLAIN.encode()), "is a packed file; unpack it and give the table inside."),
    "JSON": (b'[{"study": "A"}]', "is a JSON file; in Python, give the data frame of pandas.read_json."),
    "a damaged Parquet": (
        b"PAR1 cut",
        "cannot be read as a Parquet file; write it again, or export the table as CSV.",
    ),
    "a damaged XLS": (
        OLE + "Workbook".encode("utf-16-le"),
        "cannot be opened as a spreadsheet (Cannot detect file format); save it again as XLSX or CSV.",
    ),
    "XML": (b"<?xml version='1.0'?><a/>", "is an XML file of an unknown kind; export the table as CSV."),
    "a review with entities": (
        b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><COCHRANE_REVIEW>&a;</COCHRANE_REVIEW>',
        "declares a document type or entities, which RevMan never writes; save it there again.",
    ),
    "a review without outcomes": (b"<COCHRANE_REVIEW></COCHRANE_REVIEW>", "has no outcomes with data."),
    "a review with several outcomes": (
        review("<DICH_OUTCOME><NAME>Death</NAME></DICH_OUTCOME><IV_OUTCOME><NAME>Time</NAME></IV_OUTCOME>"),
        "holds several outcomes; say which one with sheet= (--sheet): 1.1 Drug > Death; 1.2 Drug > Time.",
    ),
    "a review of texts": (
        review("<OTHER_OUTCOME><NAME>Remarks</NAME></OTHER_OUTCOME>"),
        "holds texts, not numbers, for the outcome 1.1 Drug > Remarks; choose another with sheet= (--sheet).",
    ),
    "an outcome without studies": (
        review("<DICH_OUTCOME><NAME>Death</NAME></DICH_OUTCOME>"),
        "has no studies for the outcome 1.1 Drug > Death.",
    ),
}


@pytest.mark.parametrize("kind", NO_TABLES)
def test_what_is_no_table_is_called_what_it_is(tmp_path: Path, kind: str) -> None:
    content, message = NO_TABLES[kind]
    path = tmp_path / "trials.csv"
    path.write_bytes(content)
    if kind == "a damaged Parquet":
        pytest.importorskip("pyarrow")
    with pytest.raises(EvidenceError) as caught:
        read_cells(path)
    assert [str(issue) for issue in caught.value.issues] == [f"trials.csv, `file`: {message}"]


def test_without_pyarrow_a_parquet_file_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    with pytest.raises(EvidenceError, match=r'needs pyarrow: pip install "tmsmeta\[parquet\]"\.'):
        read_cells(tmp_path / "x.parquet")


@pytest.mark.parametrize(
    ("sheet", "message"),
    [
        (None, "x.xlsx, `file`: holds tables on its sheets 'Trials' and 'Older'; say which one with sheet= (--sheet)."),
        (
            "Trails",
            "x.xlsx, `file`: has no such sheet; its sheets are 'Trials' and 'Older'. Is 'Trials' meant? Got 'Trails'.",
        ),
    ],
)
def test_sheets_that_must_be_chosen(tmp_path: Path, sheet: str | None, message: str) -> None:
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        for name in ("Trials", "Older"):
            worksheet = book.add_worksheet(name)
            worksheet.write_row("A1", ["study", "n"])
            worksheet.write_row("A2", ["A", 1])
    with pytest.raises(EvidenceError) as caught:
        read_cells(tmp_path / "x.xlsx", sheet=sheet)
    assert [str(issue) for issue in caught.value.issues] == [message]


def test_an_empty_workbook(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        book.add_worksheet()
    with pytest.raises(EvidenceError, match=r"has no cells that are filled in\."):
        read_cells(tmp_path / "x.xlsx")


def test_a_text_file_has_no_sheets(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(PLAIN)
    with pytest.raises(
        EvidenceError, match=r"x\.csv, `file`: has no sheets; leave out sheet= \(--sheet\)\. Got 'Trials'\."
    ):
        read_cells(tmp_path / "x.csv", sheet="Trials")


def test_columns_of_different_lengths() -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_cells({"study": ["A", "B"], "n": [1]})
    assert [str(issue) for issue in caught.value.issues] == [
        "`n`: must have 2 values, as the longest column has. Got 1."
    ]


@pytest.mark.parametrize("source", [[1, 2], 5, None, [], np.eye(2)])
def test_what_is_neither_file_nor_table(source: Any) -> None:
    with pytest.raises(InvalidInputError, match="must be a file, a data frame, a list of records or a mapping of col"):
        read_cells(source)


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


@pytest.mark.parametrize(
    ("header", "rows", "columns"),
    [
        ("study,events_t,n_t,events_c,n_c", "A,40,12,6,41\nB,30,9,4,29\n", "events_t=n_t,n_t=events_t"),
        (
            "study,events_t,n_t,events_c,n_c",
            "A,40,12,41,6\nB,30,9,29,4\n",
            "events_t=n_t,n_t=events_t,events_c=n_c,n_c=events_c",
        ),
        ("study,ai,n1i,ci,n2i", "A,50,40,6,60\nB,3,31,4,29\nC,61,44,3,71\n", "n_t=n2i,n_c=n1i"),
        ("study,events,n,Group size", "A,50,40,60\nB,35,31,44\nC,0,9,9\n", "'n=Group size'"),
        ("study,treatment,events,n", "A,x,40,12\nA,placebo,41,6\n", "events=n,n=events"),
    ],
)
def test_columns_that_fit_better_are_named(tmp_path: Path, header: str, rows: str, columns: str) -> None:
    path = tmp_path / "trials.csv"
    path.write_text(f"{header}\n{rows}", encoding="utf-8")
    with pytest.raises(EvidenceError, match=f"--columns {re.escape(columns)}") as refused:
        read_table(path)
    assert len(refused.value.issues) <= 2  # not one fault for each row
    given = dict(pair.split("=") for pair in columns.strip("'").split(","))
    read_table(path, columns=given)


@pytest.mark.parametrize(
    "rows",
    [
        "study,events_t,n_t,events_c,n_c,year,quality\nA,40,12,6,41,1999,3\nB,3,30,4,29,2001,4\nC,5,40,2,40,2003,5\n",
        "study,events_t,n_t,events_c,n_c,year,quality\nA,40,12,60,41,1999,3\nB,70,30,4,29,2001,4\n",
    ],
)
def test_columns_that_mean_something_else_are_not_named(tmp_path: Path, rows: str) -> None:
    path = tmp_path / "trials.csv"
    path.write_text(rows, encoding="utf-8")
    with pytest.raises(EvidenceError, match="must be at most `n_t`, which is 12") as refused:
        read_table(path)
    assert "year" not in str(refused.value)
    assert "quality" not in str(refused.value)


def test_text_in_a_column_of_numbers_is_called_so_and_not_missing(tmp_path: Path) -> None:
    path = tmp_path / "trials.csv"
    path.write_text("study,events_t,n_t,events_c,n_c\nA,12a,40,6,41\nB,9b,30,4,29\n", encoding="utf-8")
    with pytest.raises(EvidenceError, match=r"`events_t`: is taken for numbers by its name, but .* such as '12a'"):
        read_table(path)
