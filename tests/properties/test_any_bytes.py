"""Whatever bytes and words are given, the answer is a table, a result or a typed error, and it comes soon."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from cli.conftest import TABLES, run_command
from conftest import CHECKOUT, examples
from hypothesis import given
from hypothesis import strategies as st

import tmsmeta as tm
from tmsmeta.cli.app import app
from tmsmeta.errors import TmsmetaError
from tmsmeta.models.regression.formula import parsed_formula
from tmsmeta.review.claims.read import parse_claims
from tmsmeta.review.protocol_reader import parse_protocol
from tmsmeta.tables.files import read_cells

SOON = 20.0
"""Seconds after which a small input hangs; a hundred times what the slowest takes on a busy machine."""
FRAME = pd.DataFrame(
    {
        "study": ["Müller 2001", "Beta", "Gamma", "Delta"],
        "events_t": [12, 9, 3, 20],
        "n_t": [40, 30, 25, 60],
        "events_c": [6, 4, 2, 11],
        "n_c": [41, 29, 25, 58],
        "dose": [1.5, 2.0, 2.5, 1.0],
    }
)
REVMAN = """<?xml version="1.0" encoding="UTF-8"?>
<COCHRANE_REVIEW><STUDIES_AND_REFERENCES><STUDIES><INCLUDED_STUDIES><STUDY ID="STD-A" NAME="A 2001"/>
</INCLUDED_STUDIES></STUDIES></STUDIES_AND_REFERENCES><COMPARISON><NAME>Drug</NAME><DICH_OUTCOME><NAME>Death</NAME>
<DICH_DATA STUDY_ID="STD-A" EVENTS_1="3" TOTAL_1="30" EVENTS_2="5" TOTAL_2="31"/></DICH_OUTCOME></COMPARISON>
</COCHRANE_REVIEW>"""


@contextmanager
def soon() -> Iterator[None]:
    """What is done inside ends, with a typed error or without one."""
    begun = time.monotonic()
    with suppress(TmsmetaError):
        yield
    assert time.monotonic() - begun < SOON


@cache
def sound(kind: str) -> bytes:
    """A file of this kind that can be read."""
    out = io.BytesIO()
    if kind in ("csv", "txt"):
        return FRAME.to_csv(index=False).encode()
    if kind == "german.csv":
        return FRAME.to_csv(index=False, sep=";", decimal=",").encode("cp1252")
    if kind == "utf16.csv":
        return FRAME.to_csv(index=False, sep="\t").encode("utf-16")
    if kind == "xlsx":
        FRAME.to_excel(out, index=False, engine="xlsxwriter")
    elif kind == "parquet":
        FRAME.to_parquet(out)
    elif kind == "dta":
        FRAME.to_stata(out, write_index=False, version=118)
    else:
        return REVMAN.encode()
    return out.getvalue()


KINDS = ("csv", "german.csv", "utf16.csv", "txt", "xlsx", "parquet", "dta", "rm5")
_ODD = (b"", b"\0", b'"', b"'", b",", b";", b"\n", b"\r", b"\xff", b"\xef\xbb\xbf", b"-1", b"1e999", b"9" * 40, b"nan",
        b"=1+1", b"<", b"&a;", b"\xe2\x80\xae", b"\xd9\xa1", b"{{", b"%s", b"[", b"]", b"=", b"#")  # fmt: skip
_edit = st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(_ODD) | st.binary(max_size=6))
_edits = st.lists(_edit, min_size=1, max_size=6)


def edited(data: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """Some bytes replaced, put in or taken out."""
    for where, length, instead in edits:
        start = int(where * len(data))
        data = data[:start] + instead + data[start + length :]
    return data


def inside(data: bytes, where: float, edits: list[tuple[float, int, bytes]]) -> bytes:
    """An archive with one of its files edited, and its sums right."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as copy:
        names = archive.namelist()
        chosen = names[int(where * (len(names) - 1))]
        for name in names:
            content = archive.read(name)
            copy.writestr(name, edited(content, edits) if name == chosen else content)
    return out.getvalue()


def read(kind: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, soon():
        path = Path(folder) / f"table.{kind}"
        path.write_bytes(data)
        tm.pool(tm.effects.from_frame(path))


@pytest.mark.parametrize("kind", KINDS)
def test_the_sound_files_are_read(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"table.{kind}"
    path.write_bytes(sound(kind))
    assert len(read_cells(path).frame) == (1 if kind == "rm5" else 4)


@pytest.mark.parametrize("kind", KINDS)
@examples(5)
@given(_edits)
def test_a_damaged_file_of_any_kind_is_read_or_refused(kind: str, edits: list[tuple[float, int, bytes]]) -> None:
    read(kind, edited(sound(kind), edits))


@examples(10)
@given(st.floats(0, 1), _edits)
def test_a_workbook_damaged_inside_is_read_or_refused(where: float, edits: list[tuple[float, int, bytes]]) -> None:
    read("xlsx", inside(sound("xlsx"), where, edits))


@pytest.mark.parametrize("kind", KINDS)
@examples(3)
@given(st.binary(max_size=200))
def test_any_bytes_under_any_name_are_read_or_refused(kind: str, data: bytes) -> None:
    read(kind, data)


@examples(20)
@given(_edits)
def test_a_damaged_protocol_is_read_or_refused(edits: list[tuple[float, int, bytes]]) -> None:
    with soon():
        _, issues = parse_protocol(edited((CHECKOUT / "examples/bcg/review.toml").read_bytes(), edits))
        assert all(str(issue) for issue in issues)


@examples(10)
@given(_edits)
def test_damaged_claims_are_read_or_refused(edits: list[tuple[float, int, bytes]]) -> None:
    with soon():
        evidence = _bcg().evidence
        _, issues = parse_claims(
            "claims.csv", edited((CHECKOUT / "examples/bcg/claims.csv").read_bytes(), edits), evidence
        )
        assert all(str(issue) for issue in issues)


@cache
def _bcg() -> Any:
    return tm.read_review(CHECKOUT / "examples" / "bcg")


_words = st.sampled_from(
    ["dose", "year", "place", "1", "0", "+", "-", "*", ":", "~", "|", "(", ")", "^", "**", "%in%", "C(", "I(", "log(",
     "`", "'a'", "[0]",
     ".", "__import__", "os", "lambda x", "=", ",", "9" * 30, "{dose}", "\n", "\0", "é", "np.log(", "@"]
)  # fmt: skip
_formula = st.lists(_words, max_size=8).map(" ".join) | st.text(max_size=12)


@examples(25)
@given(_formula)
def test_any_formula_is_fitted_or_refused(formula: str) -> None:
    data = {"dose": np.arange(6.0), "year": np.array([1, 3, 2, 5, 4, 9]), "place": list("aabbcc")}
    effects = tm.effects.generic([0.1, 0.4, 0.2, 0.8, 0.3, 0.5], vi=[0.1, 0.2, 0.1, 0.3, 0.2, 0.1])
    with soon():
        parsed_formula(formula)
    with soon():
        tm.meta_regression(effects, formula, data)


_LONG = {"reproduce", "run", "export"}
"""Commands that work on a whole review; their arguments are a folder and the options of the others."""
_COMMANDS = sorted({str(c.name or c.callback.__name__) for c in app.registered_commands if c.callback} - _LONG)
_values = st.sampled_from(
    [*TABLES, "nothing.csv", ".", "-1", "0", "1", "nan", "1e999", "OR", "REML", "x=y", "=", "", "~ dose", "higher", "'",
     "\x1b[31m", "é", "[bold]", "a.png", "--", "-", "99999999999999999999"]
)  # fmt: skip


@cache
def _options(command: str) -> list[str]:
    import typer.main

    found = typer.main.get_command(app).commands[command]  # type: ignore[attr-defined]
    return [name for parameter in found.params for name in parameter.opts if name.startswith("--")]


@contextmanager
def working_folder() -> Iterator[None]:
    """A folder with small tables to run commands in."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        for name, text in TABLES.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


@examples(8)
@given(st.data())
def test_any_words_on_the_command_line_end_with_an_answer_or_a_message(data: Any) -> None:
    command = data.draw(st.sampled_from(_COMMANDS))
    first = data.draw(st.sampled_from([*TABLES, "nothing.csv", "."]))
    words = data.draw(st.lists(_values | st.sampled_from(_options(command)), max_size=4))
    begun = time.monotonic()
    with working_folder():
        ran = run_command(command, first, *words)
    assert ran.code in (0, 1, 2)
    assert "Traceback" not in ran.err
    assert ran.code == 0 or ran.err.strip() or ran.out.strip()
    assert time.monotonic() - begun < SOON


MEASURE = """
import resource, sys
import tmsmeta as tm
try:
    tm.pool(tm.effects.from_frame(sys.argv[1]), tau2="DL")
except tm.TmsmetaError as error:
    print(str(error)[:200])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
_ROW = "Trial number {0} of many,{1},40,{2},41,a note that makes the row longer\n"


def _large(kind: str) -> bytes:
    """Twenty million bytes: a sound table, one with a fault in every row, and what no table is."""
    header = "study,events_t,n_t,events_c,n_c,note\n"
    if kind in ("sound", "faulty"):
        shift = 0 if kind == "sound" else 60
        rows = (_ROW.format(i, i % 39 + shift, i % 41) for i in range(290_000))
        return (header + "".join(rows)).encode()[:20_000_000].rsplit(b"\n", 1)[0]
    if kind == "one line":
        return b"a," * 10_000_000
    if kind == "one cell":
        return header.encode() + b'"' + b"x" * 20_000_000
    return bytes(20_000_000)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sound", "faulty", "one line", "one cell", "zeros"])
def test_a_file_of_twenty_megabytes_needs_at_most_one_gigabyte(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_bytes(_large(kind))
    command = [sys.executable, "-c", MEASURE, str(path)]
    run = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=600, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    print(kind, run.stdout)
    assert int(run.stdout.split()[-1]) <= 1024
