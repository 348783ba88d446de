"""Files as people have them are read into the same cells, and what is not plain is said."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlsxwriter

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
        (PLAIN + "Source: B, C and D\n# end\n", ("2 notes below the table left out: 'Source: B'",)),
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
    assert list(cells.frame["time"]) == ["1234", "12345"]
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


# Spreadsheets


def workbook(path: Path, sheets: dict[str, list[list[object]]], *, hidden: Sequence[str] = ()) -> Path:
    with xlsxwriter.Workbook(path) as book:
        dates = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            for place, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, dt.date):
                        sheet.write_datetime(place, column, value, dates)
                    elif value is not None:
                        sheet.write(place, column, value)
    return path


TYPED: list[list[object]] = [
    ["study", "n", "mean", "on"],
    ["A", 12, 0.5, dt.date(2024, 3, 5)],
    ["B", 30, 2.0, None],
]


def test_typed_cells_are_read_as_in_a_csv_file(tmp_path: Path) -> None:
    cells = read_cells(workbook(tmp_path / "x.xlsx", {"Trials": TYPED}))
    assert cells.frame.to_numpy().tolist() == [["A", "12", "0.5", "2024-03-05"], ["B", "30", "2", ""]]
    assert (cells.said, list(cells.frame.index)) == ((), [2, 3])


def test_the_only_sheet_with_a_table_is_taken_and_said(tmp_path: Path) -> None:
    codebook: list[list[object]] = [["column", "meaning"], ["n", "patients"], ["mean", "score"]]
    sheets = {"Read me": [["All trials"]], "Codes": codebook, "Trials": [["Table 1"], [], *TYPED], "Old": TYPED}
    cells = read_cells(workbook(tmp_path / "x.xlsx", sheets, hidden=["Old"]))
    assert cells.said == ("sheet Trials of 4", "1 line above the header left out: 'Table 1'")
    assert list(cells.frame.index) == [4, 5]
    old = read_cells(tmp_path / "x.xlsx", sheet="old")
    assert old.said == ("sheet Old of 4",)


def test_merged_cells_and_two_lines_of_header(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:A2", "Study")
        sheet.merge_range("B1:C1", "Experimental")
        sheet.merge_range("D1:E1", "Control")
        sheet.write_row("B2", ["Events", "Total", "Events", "Total"])
        sheet.merge_range("A3:A4", "Smith 1999")
        sheet.write_row("B3", [1, 10, 2, 11])
        sheet.write_row("B4", [3, 12, 4, 13])
    cells = read_cells(path)
    assert cells.columns == ("Study", "Experimental Events", "Experimental Total", "Control Events", "Control Total")
    assert cells.frame.to_numpy().tolist() == [
        ["Smith 1999", "1", "10", "2", "11"],
        ["Smith 1999", "3", "12", "4", "13"],
    ]
    assert cells.said == ("merged cells repeated in each of their rows", "two lines of header joined")


def test_ods(tmp_path: Path) -> None:
    def cell(value: object) -> str:
        if isinstance(value, str):
            return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p/></table:table-cell>'

    rows = "".join(
        f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in (["study", "n"], ["A", 12])
    )
    names = "".join(f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    content = (
        f'<?xml version="1.0"?><office:document-content{names}><office:body><office:spreadsheet>'
        f'<table:table table:name="T">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    with zipfile.ZipFile(tmp_path / "x.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    assert read_cells(tmp_path / "x.ods").frame.to_numpy().tolist() == [["A", "12"]]


# Tables in memory, Parquet, Stata

FRAME = pd.DataFrame({"study": ["A", "B"], "n": [12.0, None], "x": [0.1, 2.0]})
AS_TEXT = [["A", "12", "0.1"], ["B", "", "2"]]


@pytest.mark.parametrize(
    "source",
    [
        FRAME,
        FRAME.set_index("study"),
        FRAME.astype({"n": "Int64", "x": "float32", "study": "category"}),
        FRAME.to_records(index=False),
        FRAME.to_dict("records"),
        FRAME.to_dict("list"),
        FRAME.rename_axis(index=None).reset_index(names="Unnamed: 0"),
    ],
)
def test_tables_in_memory(source: Any) -> None:
    cells = read_cells(source)
    assert cells.columns == ("study", "n", "x")
    assert cells.frame.to_numpy().tolist() == AS_TEXT
    assert list(cells.frame.index) == [2, 3]


def test_a_frame_with_lines_keeps_them_and_has_the_version_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "table").write_text("study,n\nA,1\n\nB,2\n")
    first = read_cells(tmp_path / "table")
    again = read_cells(first.frame)
    assert list(again.frame.index) == list(first.frame.index) == [2, 4]
    (tmp_path / "table").write_text("study,n\nA,1\nB,2\n")
    assert again.data_version == read_cells(tmp_path / "table").data_version


def test_numbers_keep_every_digit() -> None:
    cells = read_cells({"x": [0.1 + 0.2, 1e-300, 123456789012345.0]})
    assert numbers(cells.frame["x"]).values.tolist() == [0.1 + 0.2, 1e-300, 123456789012345.0]


def test_stata_and_parquet(tmp_path: Path) -> None:
    FRAME.to_stata(tmp_path / "x.dta", write_index=False)
    assert read_cells(tmp_path / "x.dta").frame.to_numpy().tolist() == AS_TEXT
    pytest.importorskip("pyarrow")
    FRAME.to_parquet(tmp_path / "x.parquet")
    assert read_cells(tmp_path / "x.parquet").frame.to_numpy().tolist() == AS_TEXT


# RevMan 5

REVIEW = """<?xml version="1.0" encoding="UTF-8"?>
<COCHRANE_REVIEW>
<STUDIES_AND_REFERENCES><STUDIES><INCLUDED_STUDIES>
<STUDY ID="STD-A-1999" NAME="A 1999"/><STUDY ID="STD-B_x0026_C" NAME="B &amp; C 2001"/>
</INCLUDED_STUDIES></STUDIES></STUDIES_AND_REFERENCES>
<ANALYSES_AND_DATA>
<COMPARISON ID="CMP-001" NO="1"><NAME>Drug versus placebo</NAME>
<DICH_OUTCOME EFFECT_MEASURE="RR" METHOD="MH" RANDOM="YES" NO="1"><NAME>Death</NAME>
<GROUP_LABEL_1>Drug</GROUP_LABEL_1><GROUP_LABEL_2>Placebo</GROUP_LABEL_2>
<DICH_SUBGROUP NO="1"><NAME>Early</NAME>
<DICH_DATA STUDY_ID="STD-A-1999" EVENTS_1="2" TOTAL_1="31" EVENTS_2="9" TOTAL_2="34"/></DICH_SUBGROUP>
<DICH_SUBGROUP NO="2"><NAME>Late</NAME>
<DICH_DATA STUDY_ID="STD-B_x0026_C" EVENTS_1="0" TOTAL_1="0" EVENTS_2="0" TOTAL_2="0" ESTIMABLE="NO"/></DICH_SUBGROUP>
</DICH_OUTCOME>
<CONT_OUTCOME EFFECT_MEASURE="MD" METHOD="IV" RANDOM="NO" NO="2"><NAME>Score</NAME>
<CONT_DATA STUDY_ID="STD-A-1999" MEAN_1="2.5" SD_1="1.0" TOTAL_1="31" MEAN_2="-0.5" SD_2="1.2" TOTAL_2="34"/>
</CONT_OUTCOME>
<IV_OUTCOME METHOD="IV" RANDOM="NO" NO="3"><NAME>Survival</NAME><EFFECT_MEASURE>Hazard Ratio</EFFECT_MEASURE>
<IV_DATA STUDY_ID="STD-A-1999" ESTIMATE="-0.5" SE="0.25" EFFECT_SIZE="0.60653"/>
</IV_OUTCOME>
<IPD_OUTCOME METHOD="EXP_O_MINUS_E" RANDOM="NO" NO="4"><NAME>Time</NAME><EFFECT_MEASURE>Hazard Ratio</EFFECT_MEASURE>
<IPD_DATA STUDY_ID="STD-A-1999" EVENTS_1="2" TOTAL_1="31" EVENTS_2="9" TOTAL_2="34" O_E="-1.5" VAR="4.0"/>
</IPD_OUTCOME>
<OTHER_OUTCOME NO="5"><NAME>Remarks</NAME></OTHER_OUTCOME>
</COMPARISON></ANALYSES_AND_DATA></COCHRANE_REVIEW>
"""


@pytest.mark.parametrize(
    ("outcome", "columns", "rows", "analysis"),
    [
        (
            "1.1",
            "study|subgroup|treatment_t|treatment_c|events_t|n_t|events_c|n_c|effect measure",
            [
                ["A 1999", "Early", "Drug", "Placebo", "2", "31", "9", "34", "risk ratio"],
                ["B & C 2001", "Late", "Drug", "Placebo", "", "", "", "", "risk ratio"],
            ],
            "risk ratio, Mantel-Haenszel, random effects",
        ),
        (
            "score",
            "study|mean_t|sd_t|n_t|mean_c|sd_c|n_c|effect measure",
            [["A 1999", "2.5", "1", "31", "-0.5", "1.2", "34", "mean difference"]],
            "mean difference, inverse variance, fixed effect",
        ),
        (
            "Drug versus placebo > Survival",
            "study|log Hazard Ratio|log se",
            [["A 1999", "-0.5", "0.25"]],
            "Hazard Ratio, inverse variance, fixed effect",
        ),
        (
            "Time",
            "study|O-E|Hazard Ratio variance",
            [["A 1999", "-1.5", "4"]],
            "Hazard Ratio, O-E and variance, fixed effect",
        ),
    ],
)
def test_outcomes_of_a_revman_file(
    tmp_path: Path, outcome: str, columns: str, rows: list[list[str]], analysis: str
) -> None:
    (tmp_path / "review.rm5").write_text(REVIEW)
    cells = read_cells(tmp_path / "review.rm5", sheet=outcome)
    assert cells.columns == tuple(columns.split("|"))
    assert cells.frame.to_numpy().tolist() == rows
    assert cells.said[1] == f"analysed in the review as {analysis}"
