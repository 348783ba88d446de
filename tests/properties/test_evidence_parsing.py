"""Whatever bytes a file holds, parsing and checking end with faults or a table, and never with a crash."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tmsmeta.errors import InvalidInputError
from tmsmeta.review.checks.whole_folder import folder_issues
from tmsmeta.review.dictionary import column_rules
from tmsmeta.tables.csv_text import FORMULA_STARTS, as_meant, parse_csv
from tmsmeta.tables.csv_write import csv_text
from tmsmeta.tables.read import read_table
from tmsmeta.tables.shapes import SHAPES

cell = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@settings(max_examples=100)
@given(st.binary(max_size=120))
def test_any_bytes_parse_to_a_table_or_to_faults(data: bytes) -> None:
    text = parse_csv("x.csv", data)
    assert text.issues or text.columns
    assert all(len(row) == len(text.columns) for row in text.rows)
    assert list(text.lines) == sorted(set(text.lines))
    folder_issues({"trials": text, "arms": parse_csv("arms.csv", b"trial_id\nx\n")}, column_rules())


@settings(max_examples=50)
@given(st.lists(st.tuples(cell, cell, cell, cell), min_size=1, max_size=5))
def test_any_cells_are_read_back_and_checked(rows: list[tuple[str, str, str, str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([("study", "treatment", "events", "n"), *rows])
    text = parse_csv("x.csv", out.getvalue().encode())
    wanted = [tuple(as_meant(c.strip()) for c in row) for row in rows]
    assert list(text.rows) == [row for row in wanted if any(row)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(out.getvalue().encode())
        try:
            assert read_table(path).shape in SHAPES
        except InvalidInputError as error:
            for issue in error.issues:
                assert issue.row is None or issue.row in range(1, 1 + len(path.read_bytes().splitlines()))


@settings(max_examples=60)
@given(st.lists(cell.filter(lambda c: c.strip() == c and c != ""), min_size=1, max_size=6))
@example(["=1+1", "'=1+1", "''=1+1", "'", "'a", "-1", "\uff1d1", "'\uff1d1"])
def test_written_cells_come_back_as_they_were_and_none_is_a_formula(cells: list[str]) -> None:
    text = csv_text(pd.DataFrame({"c": cells}))
    assert not [c for c in csv.reader(io.StringIO(text, newline="")) if c[0].startswith(FORMULA_STARTS)]
    assert [row[0] for row in parse_csv("x.csv", text.encode()).rows] == cells
